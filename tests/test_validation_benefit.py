"""Whether and when resetting helps: exact expectations of runs, rules, and reports of tiny studies."""

import numpy as np
import pytest

from analysis.report import write
from resetdyn.theory.learning.training_risk import sgd_risk
from validation import experiments
from validation.experiments import benefit_gains, benefit_rates, benefit_steady, benefit_table, benefit_trends
from validation.experiments.benefit_drawing import best_probability
from validation.experiments.benefit_exact import ExactRun
from validation.experiments.benefit_gains import answer, learnable, lost_from, overall, trained
from validation.experiments.benefit_steady import TASK, Cell, Column
from validation.experiments.benefit_trends import at_fixed_epochs, at_fixed_steps
from validation.runs import Record, Study, train
from validation.runs.statistics import Mean

SMALL = TASK.but(features=8, noise_rate=0.2, batch_size=8, steps=1500, every=5)


@pytest.fixture
def study(tmp_path, rng):
    """Return a quick study of a small set with three classes."""
    labels = np.repeat([0, 1, 2], 24)
    X = rng.normal(size=(72, 4)) + 2 * np.eye(3, 4)[labels]
    np.savez(tmp_path / "small.npz", X=X, y=labels)
    return Study(tmp_path, quick=True, seeds=3, datasets=(str(tmp_path / "small.npz"),))


def z(samples):
    return Mean.of(samples).t


def test_the_checkpoint_is_where_the_run_was():
    plain = SMALL.but(warm_up=6, steps=7, every=1)
    exact = ExactRun(plain)
    assert train(plain).seen["risk"][-1] == pytest.approx(exact.at(exact.checkpoint()), rel=1e-5)


def test_certain_resets_leave_one_step_from_the_checkpoint(seed):
    """With p = 1 every look is one step from the checkpoint: the run, the resetter and the theory agree."""
    found = []
    for i in range(12):
        setting = SMALL.but(probability=1.0, every=1, steps=400, seed=100 * seed + i)
        exact, record = ExactRun(setting), train(setting)
        assert len(record.resets) == 400 - (setting.warm_up + 1)
        one = sum(
            sgd_risk(sgd, risk, to, 1)
            for sgd, risk, to in zip(exact.sgd, exact.risks, exact.checkpoint(), strict=True)
        )
        found.append(record.seen["risk"][record.steps > setting.warm_up + 1].mean() / one - 1)
    assert abs(z(found)) < 4


def test_steady_risks_are_those_of_long_runs(seed):
    """And a prediction for runs that are never reset is rejected."""
    found, control = [], []
    for i in range(24):
        setting = SMALL.but(probability=0.3, seed=100 * seed + i)  # no run is shared by neighbouring seeds
        exact, risk = ExactRun(setting), benefit_steady.late_risk(train(setting))
        to = exact.checkpoint()
        found.append(risk / exact.steady(setting.probability, to) - 1)
        control.append(risk / exact.steady(0.0, to) - 1)
    assert abs(z(found)) < 4
    assert abs(z(control)) > 4


def test_a_steady_risk_is_an_average_over_ages(rng):
    """The renewal of resets by another route: the risk at each age since a reset, each with its chance."""
    exact = ExactRun(SMALL)
    to, p, ages = exact.checkpoint(), 0.05, np.arange(1, 1200)
    course = sum(
        sgd_risk(sgd, risk, start, ages) for sgd, risk, start in zip(exact.sgd, exact.risks, to, strict=True)
    )
    assert exact.steady(p, to) == pytest.approx(p * np.sum((1 - p) ** (ages - 1) * course), rel=1e-9)


def test_the_early_stop_is_where_the_mean_risk_is_lowest():
    exact = ExactRun(TASK.but(noise_rate=0.4))
    stop = exact.early_stop(120)
    around = [stop - 1, stop, stop + 1]
    course = sum(
        sgd_risk(sgd, risk, np.zeros(sgd.dim), around)
        for sgd, risk in zip(exact.sgd, exact.risks, strict=True)
    )
    assert 0 < stop < 120
    assert course[1] < min(course[0], course[2])


@pytest.mark.parametrize(
    "change", [{"loss": "log_loss"}, {"momentum": 0.9}, {"sampling": "epochs"}, {"schedule": "cosine"}]
)
def test_runs_without_an_exact_answer_are_refused(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))}=.*: exact theory needs"):
        ExactRun(SMALL.but(**change))


def test_a_certain_reset_has_no_steady_look():
    exact = ExactRun(SMALL)
    with pytest.raises(ValueError, match="probability=1"):
        exact.steady(1, exact.checkpoint())


def test_the_best_probability_is_between_the_grid():
    p = np.geomspace(1e-3, 0.5, 15)
    ratios = 1.2 - 0.02 * np.log(p / 0.0123) ** 2
    flat = np.ones(4)
    column = Column(Cell(flat, flat), {}, 1.1 * flat, {})
    assert best_probability(p, ratios, column) == pytest.approx(0.0123, rel=1e-6)
    assert np.isnan(best_probability(p, ratios, column._replace(checkpoint=0.8 * flat)))  # better to stay
    assert np.isnan(best_probability(p, ratios - 0.3, column))  # better never to reset
    assert np.isnan(best_probability(p, np.log(p), column))  # best at an end


def test_a_gain_is_over_the_better_end():
    one = np.array([1.0, 1.1, 0.9])
    column = Column(Cell(one, one), {0.1: Cell(0.9 * one, 0.85 * one)}, 0.8 * one, {})
    assert column.gains().measured == pytest.approx(1 - 0.9 / 0.8)
    assert column.gains().exact == pytest.approx(1 - 0.85 / 0.8)
    assert column._replace(checkpoint=2 * one).gains().measured == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        ([1, 1, 1, 0], "holds"),
        ([1, 1, 0, 0], "holds in part"),
        ([1, 1, 1, -1], "holds in part"),
        ([0, 0, 0, 0], "does not hold"),
        ([-1, 0, 0, 0], "does not hold"),
    ],
)
def test_answers_follow_their_rule(signs, found):
    assert answer(signs) == found


def test_the_overall_mean_has_the_error_of_independent_sets(rng):
    samples = rng.normal(size=(4, 400))
    found = overall([Mean.of(row) for row in samples])
    assert found.value == pytest.approx(samples.mean())
    assert found.error == pytest.approx(1 / np.sqrt(samples.size), rel=0.1)


def test_labels_are_lost_where_the_true_class_is_no_longer_the_most_frequent(study):
    full = Study(study.folder, datasets=("digits", "breast_cancer", "wine", "diabetes"))
    bounds = [lost_from(trained(full, dataset)) for dataset in full.datasets]
    assert bounds == pytest.approx([0.9, 0.5, 2 / 3, 1.0])
    assert [len(learnable(full, dataset)) for dataset in full.datasets] == [4, 2, 3, 4]


def test_batch_sizes_vary_at_fixed_steps_or_epochs():
    plain = trained(Study("."), "digits")
    for size in (4, 64):
        steps, epochs = at_fixed_steps(plain, size), at_fixed_epochs(plain, size)
        assert (steps.steps, steps.batch_size) == (plain.steps, size)
        assert epochs.steps * size == pytest.approx(plain.steps * plain.batch_size)
        assert epochs.steps / epochs.every == pytest.approx(plain.steps / plain.every, rel=0.1)
        assert epochs.patience == pytest.approx(epochs.steps / 10, abs=1)


@pytest.mark.parametrize("part", [benefit_table, benefit_trends])
def test_a_part_reports_what_its_runs_found(study, part):
    records = study.collect(part.settings(study))
    found = part.report(study, records)
    assert all(setting.seed in study.each_seed for setting in records)
    assert len(found.findings) >= 4
    assert all(np.isfinite(finding.measured) and finding.error >= 0 for finding in found.findings)
    for table in found.tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert found.figures


def test_gains_are_paired_differences(study):
    (dataset,) = study.datasets
    records = study.collect(benefit_table.settings(study))
    found = benefit_gains.gains_by_rate(study, records, dataset, benefit_gains.LAST)
    plain = trained(study, dataset).but(noise_rate=0.4, seed=study.each_seed[1])
    pair = [records[each].last() for each in (benefit_gains.with_resetting(plain), plain)]
    assert found.shape == (3, 2)
    assert found[1, 1] == pair[0] - pair[1]


@pytest.mark.slow
def test_a_quick_run_of_the_experiment(tmp_path):
    """Its claims, negative controls among them, come out as they should."""
    found = experiments.run("benefit", Study(tmp_path, quick=True, seeds=3, workers=2))
    assert len(found.findings) >= 12
    assert any(not claim.should_hold for claim in found.claims)
    assert write([found], tmp_path, "a test").passed
    assert (tmp_path / "benefit_maps.png").exists()


def test_learning_rates_change_nothing_else(tmp_path):
    study = Study(tmp_path, seeds=2, datasets=("wine",))
    found = benefit_rates.settings(study)
    assert len(found) == 2 * 2 * len(benefit_rates.FACTORS)
    assert len({setting.learning_rate for setting in found}) == len(benefit_rates.FACTORS)
    same = {setting.but(learning_rate=1.0, probability=0.0, seed=0) for setting in found}
    assert len(same) == 1


@pytest.mark.parametrize(("gain", "verdict"), [(0.1, "holds"), (0.0, "does not hold")])
def test_the_answer_on_learning_rates_follows_from_the_gains(tmp_path, gain, verdict):
    study = Study(tmp_path, seeds=3, datasets=("wine",))
    records = {}
    for setting in benefit_rates.settings(study):
        level = 0.7 + 0.01 * (setting.seed % 3) + gain * (setting.probability > 0)
        noise = 0.001 * (setting.seed % 2) * (setting.probability > 0)
        seen = {"accuracy": np.array([level, level + noise])}
        records[setting] = Record(np.array([1, 2]), np.array([1.0, 0.5]), seen, np.array([]), 0.0)
    found = benefit_rates.report(study, records)
    assert {finding.verdict for finding in found.findings} == {verdict}
    assert found.findings[0].measured == pytest.approx(100 * gain, abs=0.2)
    assert len(found.tables[0].rows) == len(benefit_rates.FACTORS)
