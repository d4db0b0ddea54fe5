"""Learning and memorising: parts of the gradient, the mean path of least squares, rules of findings."""

import numpy as np
import pytest

from validation.data import load
from validation.experiments import memorise, memorise_tables
from validation.experiments.memorise_figures import thinned
from validation.experiments.memorise_findings import _Answer
from validation.runs import Record, Setting, Study, train
from validation.runs.fluctuations import predicted_fates, spreads
from validation.runs.gradients import (
    GROUPS,
    at_zero,
    directions,
    eigen_directions,
    gradients,
    in_groups,
    parts,
)
from validation.runs.mean_path import MeanPath, gradient_parts, mean_path
from validation.runs.methods import METHODS, targets
from validation.runs.models import MODELS
from validation.runs.watch import View, fates

SQUARES = Setting(
    dataset="wine",
    features=40,
    loss="squared_error",
    learning_rate=1.0,
    sampling="independent",
    steps=60,
    every=60,
    watch=("directions",),
)


def view_of(setting, rng, spread=0.02):
    split = load(
        setting.dataset,
        noise_rate=setting.noise_rate,
        features=setting.features,
        seed=setting.seed,
        dtype=np.float64,
    )
    model = MODELS[setting.model]
    parameters = model.start(split.train.shape[1], max(split.classes, 1), spread, rng, np.float64)
    return View.of(setting, split, model, parameters)


@pytest.mark.parametrize("model", ["linear", "two-layer"])
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_the_whole_gradient_is_that_of_the_training_loss(model, loss, rng):
    view = view_of(Setting(dataset="wine", features=20, model=model, loss=loss), rng)
    method, everything = METHODS["plain"](view.setting, view.split), np.arange(len(view.split.train))

    def loss_at(shift):
        moved, used = {}, 0
        for name, part in view.parameters.items():
            moved[name] = part + shift[used : used + part.size].reshape(part.shape)
            used += part.size
        return np.mean(method.values(view.model.all_scores(moved, view.split.train), everything))

    direction = rng.normal(size=sum(part.size for part in view.parameters.values()))
    step = 1e-6 * direction / np.linalg.norm(direction)
    slope = (loss_at(step) - loss_at(-step)) / 2e-6
    found = parts(view)
    assert found.total @ direction / np.linalg.norm(direction) == pytest.approx(slope, rel=1e-5)
    tau = view.split.noise_rate
    np.testing.assert_allclose(found.total, (1 - tau) * found.clean + tau * found.wrong, atol=1e-12)


def test_without_wrong_labels_there_is_no_bias(rng):
    view = view_of(Setting(dataset="wine", features=20, noise_rate=0.0), rng)
    found = parts(view)
    assert not found.bias.any()
    np.testing.assert_allclose(found.risk, found.total)
    seen = gradients(view)
    assert seen["norm_bias"] == 0
    assert np.isnan(seen["cosine_clean_bias"])
    assert seen["cosine_risk_total"] == pytest.approx(1)


def test_with_no_right_label_there_is_nothing_to_compare_with(rng):
    with pytest.raises(ValueError, match="all training labels are wrong"):
        parts(view_of(Setting(dataset="wine", features=20, noise_rate=1.0), rng))


def test_directions_are_eigen_directions_in_order_and_keep_the_whole_gradient(rng):
    view = view_of(SQUARES, rng)
    along, X = eigen_directions(view.split), view.split.train
    np.testing.assert_allclose(along.axes @ along.axes.T, np.eye(len(along.axes)), atol=1e-10)
    np.testing.assert_allclose(
        (X.T @ X / len(X)) @ along.axes.T, (along.axes * along.stiffness[:, None]).T, atol=1e-10
    )
    assert along.group[0] == 0
    assert np.all(np.diff(along.group) >= 0)
    clean = parts(view).clean
    blocks = in_groups(clean, along)
    assert len(blocks) == GROUPS
    assert sum(np.vdot(b, b) for b in blocks) == pytest.approx(clean @ clean)


def test_projections_at_zero_weights_are_norms(rng):
    view = view_of(SQUARES, rng, spread=0.0)
    seen, start = directions(view), at_zero(view.setting, view.split, view.model)
    for name, part in (("clean_group", start.clean), ("bias_group", start.bias)):
        norms = [np.linalg.norm(block) for block in in_groups(part, eigen_directions(view.split))]
        np.testing.assert_allclose(seen[name], norms)


@pytest.mark.parametrize("shape", [(12, 5), (5, 12)], ids=["more samples", "more features"])
def test_the_mean_path_is_full_batch_descent(shape, rng):
    X, Y = rng.normal(size=shape), rng.normal(size=(shape[0], 3))
    X[:, 0] *= 1e-4  # a direction that hardly relaxes
    H = X.T @ X / len(X)
    rate = 1.7 / np.linalg.eigvalsh(H)[-1]
    W, wanted = np.zeros((3, shape[1])), {}
    for step in range(301):
        wanted[step] = W.copy()
        W -= rate * (X @ W.T - Y).T @ X / len(X)
    steps = [0, 1, 2, 17, 300]
    found = MeanPath(X, Y, rate).weights(steps)
    np.testing.assert_allclose(found, [wanted[step] for step in steps], atol=1e-9)


def test_a_mean_path_that_diverges_or_is_not_known_says_so(rng):
    X = rng.normal(size=(6, 2))
    with pytest.raises(ValueError, match="diverges"):
        MeanPath(X, X, rate=2.1 / np.linalg.eigvalsh(X.T @ X / 6)[-1])
    split = load("wine", features=20)
    for change in ({"loss": "log_loss"}, {"sampling": "epochs"}, {"probability": 0.01}):
        with pytest.raises(ValueError, match="the mean path is known"):
            mean_path(SQUARES.but(**change), split)


def test_the_parts_of_the_gradient_on_the_mean_path_are_those_seen_at_these_weights(rng):
    view = view_of(SQUARES, rng)
    found = parts(view)
    clean, bias = gradient_parts(view.split, view.parameters["weights"][None])
    np.testing.assert_allclose(clean.ravel(), found.clean, atol=1e-12)
    np.testing.assert_allclose(bias.ravel(), found.bias, atol=1e-12)
    assert targets(view.split.train_labels, 3, float).shape == (89, 3)


def test_runs_keep_to_the_mean_path_and_not_to_one_without_wrong_labels(seed):
    apart, alone = [], []
    for one in range(40):
        setting = SQUARES.but(seed=1000 * seed + one)
        split = load("wine", noise_rate=setting.noise_rate, features=setting.features, seed=setting.seed)
        seen = train(setting).seen["against_group"][-1]
        start, along = at_zero(setting, split, MODELS["linear"]), eigen_directions(split)
        axes = [block / np.linalg.norm(block) for block in in_groups(start.bias, along)]
        for part, kept in ((slice(None), apart), (~split.wrong, alone)):
            clean, _ = gradient_parts(split, mean_path(setting, split, part).weights([setting.steps]))
            blocks = in_groups(clean[0], along)
            kept.append(seen - [np.vdot(b, axis) for b, axis in zip(blocks, axes, strict=True)])
    z, control = (np.mean(d, 0) / (np.std(d, 0, ddof=1) / np.sqrt(len(d))) for d in (apart, alone))
    assert np.abs(z).max() < 4
    assert np.abs(control[:2]).min() > 4


def test_the_spread_of_scores_is_that_of_many_runs(seed):
    setting = SQUARES.but(learning_rate=0.3, watch=("fractions",))
    split = load("wine", noise_rate=0.4, features=setting.features, dtype=np.float64)
    X, aims = split.train, targets(split.train_labels, 3, float)
    rng, rate = np.random.default_rng(seed), 0.3 / np.mean(np.sum(X**2, axis=1))
    weights = np.zeros((400, 3, X.shape[1]))
    steps = np.arange(1, 31)
    for _ in steps:
        rows = rng.integers(len(X), size=(len(weights), setting.batch_size))
        x = X[rows]
        residual = np.einsum("rbd,rkd->rbk", x, weights) - aims[rows]
        weights -= rate / setting.batch_size * np.einsum("rbk,rbd->rkd", residual, x)
    scores = weights @ X.T  # (runs, K, n)
    measured, wanted = np.var(scores, axis=0).T, list(spreads(setting, split, steps))[-1]
    ratio = np.mean(np.diagonal(wanted, axis1=1, axis2=2)) / np.mean(measured)
    assert ratio == pytest.approx(1, abs=0.15)  # it keeps no covariances between directions
    best = scores.argmax(axis=1)
    seen = {name: [fates(split, one)[name] for one in best] for name in ("learned", "memorised")}
    found = predicted_fates(setting, split, steps, rng)
    plain = fates(split, (X @ mean_path(setting, split).weights(steps[-1:])[0].T).argmax(axis=1))
    for name, values in seen.items():
        away = abs(found[name][-1] - np.mean(values))
        assert away < 0.03
        assert away < abs(plain[name] - np.mean(values))


def case_of(steps, **seen):
    course = memorise.Course(np.array(steps), {name: np.array(rows) for name, rows in seen.items()})
    return memorise.Case(SQUARES, 2, course, course)


def test_half_times_are_those_of_curves_whose_answer_is_known():
    steps = np.arange(1, 101)
    learned = 0.5 + 0.4 * (steps >= 7)
    memorised = np.where(steps < 5, 0.9, np.where(steps < 60, 0.1, 0.5))  # wrong before anything is learned
    never = np.linspace(0.5, 0.1, 100)
    case = case_of(steps, learned=[learned] * 2, memorised=[memorised, never])
    np.testing.assert_array_equal(memorise_tables.learned_half(case), [7, 7])
    np.testing.assert_array_equal(memorise_tables.memorised_half(case), [60, 100])


def test_accuracy_is_not_lost_by_noise_alone(seed):
    steps = np.arange(1, 101)
    cases = np.random.default_rng(seed).normal(size=(100, 8, 100))
    # Seeds of one case are not independent: who lifts a step is one of whose others it is not the best.
    means = np.array([memorise_tables.lost(case_of(steps, accuracy=rows)).mean() for rows in cases])
    assert abs(means.mean() / (means.std(ddof=1) / 10)) < 4
    rows = np.concatenate(cases)
    naive = rows.max(axis=1) - rows[:, 90:].mean(axis=1)
    assert naive.mean() > 2  # what each seed's own maximum would say
    peak = rows + 5 * (steps == 40)
    assert memorise_tables.lost(case_of(steps, accuracy=peak)).mean() == pytest.approx(5, abs=0.3)


def test_a_claim_holds_by_its_mean_and_by_no_setting_against_it(rng):
    up, down, flat = (level + 0.01 * rng.normal(size=8) for level in (1.0, -0.5, 0.0))
    assert _Answer.of([up, up], 1).verdict == "holds"
    assert _Answer.of([up, up], -1).verdict == "does not hold"
    assert _Answer.of([up, down], 1).verdict == "holds in part"
    flat -= flat.mean()
    assert _Answer.of([flat, flat], 1).verdict == "does not hold"
    noisy = 100 * (rng.permutation(8) - 3.5)
    assert _Answer.of([up, noisy], 1).verdict == "holds in part"


def test_a_beginning_takes_the_same_steps_as_the_run():
    setting = SQUARES.but(steps=40, every=20, watch=("accuracy",), seed=3)
    early = memorise.beginning(setting)
    records = {one: train(one) for one in (setting, early)}
    assert early.steps == 20
    for name, values in records[early].seen.items():
        assert values[-1] == records[setting].seen[name][0]
    joined = memorise.course(records, setting, [3])
    assert joined.steps.tolist() == [*range(1, 21), 40]
    reset = Record(
        *(getattr(records[setting], name) for name in ("steps", "score", "seen")), np.array([9]), 0.0
    )
    with pytest.raises(ValueError, match="a reset after 9 steps"):
        memorise.course({**records, setting: reset}, setting, [3])


def test_thinned_courses_keep_means():
    course = memorise.Course(np.array([1, 2, 98, 100]), {"x": np.array([[1.0, 2.0, 3.0, 5.0]])})
    steps, rows = thinned(course, "x")
    np.testing.assert_allclose(steps, [1, 2, 99])
    np.testing.assert_allclose(rows, [[1, 2, 4]])


@pytest.mark.slow
def test_a_quick_run_holds_its_claims(seed, tmp_path):
    study = Study(tmp_path, quick=True, seed=seed, seeds=3, datasets=("wine",))
    found = memorise.run(study)
    assert [claim for claim in found.claims if not claim.as_expected] == []
    assert len(found.findings) == 5
    assert len(found.figures) == 4
    assert all(table.rows for table in found.tables)
