"""Intervals and verdicts of the advice are right as often as they say; the study sees it if they are not."""

import math

import numpy as np
import pytest

import resetdyn as rd
from benchmarks import calibration
from benchmarks.calibration_laws import LAWS

BY_NAME = {law.name: law for law in LAWS}
TRIALS = 200


@pytest.fixture(scope="module")
def cell(request):
    law, rng = BY_NAME["lognormal, sigma 1.5"], np.random.default_rng(request.config.getoption("--seed"))
    trials = [calibration.trial(law, 40, 0.2, rng, resamples=60) for _ in range(TRIALS)]
    return calibration.Cell(law.name, 40, 0.2, trials)


def test_truths_are_those_published(published):
    law = BY_NAME["lognormal, sigma 1.5"]
    assert law.best == pytest.approx(published("lognormal.s1.5.Tstar"), rel=1e-9)
    assert law.mean == pytest.approx(published("lognormal.s1.5.mean"), rel=1e-12)
    assert BY_NAME["hyperexponential"].mean == pytest.approx(published("hyperexp.mean"), rel=1e-12)
    assert BY_NAME["first passage, no drift"].transform(2.0) == pytest.approx(
        math.exp(-math.sqrt(2)), rel=1e-8
    )
    assert BY_NAME["first passage, no drift"].each(0.5) == pytest.approx(
        published("diffusion.sharp.tau0.5"), rel=1e-6
    )
    assert BY_NAME["exponential"].time_out(0.25) == pytest.approx(1 / 3, rel=1e-8)


def test_censored_shares_are_as_asked(rng):
    _, flags = calibration.drawn(BY_NAME["bimodal"], 40_000, 0.3, rng)
    assert abs(flags.mean() - 0.3) < 4 * math.sqrt(0.3 * 0.7 / 40_000)


@pytest.mark.parametrize("name", ["at a rate", "achieved", "CV", "free", "sharp"])
def test_intervals_hold_the_truth_often_enough(name, cell):
    # 92 % is what is stated; four standard errors of the number of trials.
    assert cell.coverage(name) > 0.92 - 4 * math.sqrt(0.92 * 0.08 / TRIALS)


def test_settled_verdicts_are_seldom_wrong(cell):
    assert cell.mean("wrong") < 0.05 + 4 * math.sqrt(0.05 * 0.95 / TRIALS)


def test_predictions_are_not_optimistic(cell):
    pessimism = [trial.pessimism for trial in cell.trials]
    assert np.mean(pessimism) > -4 * np.std(pessimism) / math.sqrt(TRIALS)


def test_intervals_half_as_wide_are_seen(monkeypatch, rng):
    from resetdyn.advice import intervals

    whole = intervals.student
    monkeypatch.setattr(intervals, "student", lambda support, share: whole(support, share) / 2)
    law = BY_NAME["exponential"]
    trials = [calibration.trial(law, 40, 0.0, rng, resamples=50) for _ in range(TRIALS)]
    assert "at a rate" in calibration.Cell(law.name, 40, 0.0, trials).failed()


def test_the_table_is_printed(capsys):
    code = calibration.main(["--trials", "5", "--sizes", "30", "--censored", "0", "--laws", "exp"])
    assert code in (0, 1)
    assert "| exponential | 30 | 0 |" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["exponential", "bimodal"])
def test_the_speed_up_of_few_runs_half_of_them_given_up_is_bounded_from_below(name, rng):
    """Nothing tells how slow the slow ones are: a two-sided interval held the truth in 70 to 80 %."""
    law, number, held, below, drawn = BY_NAME[name], 80, 0, 0, 0
    while drawn < number:
        times, flags = calibration.drawn(law, 30, 0.5, rng)
        if (~flags).sum() < 10:
            continue
        drawn += 1
        option = rd.advise(times, flags, resamples=60, rng=rng).poisson
        truth = law.mean / law.under(option.reset.rate)
        low, high = option.speedup_interval
        held += low <= truth <= high
        below += truth < low
    assert below / number < 0.05 + 4 * math.sqrt(0.05 * 0.95 / number)
    assert held / number > 0.92 - 4 * math.sqrt(0.92 * 0.08 / number)
