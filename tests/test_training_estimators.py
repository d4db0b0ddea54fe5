"""SGD with resetting as estimators: scikit-learn's own checks, a plain NumPy loop, resets, and bad input."""

import importlib
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import resetdyn as rd
from resetdyn.training import losses
from resetdyn.training.classifier import stratified_rows

ESTIMATORS = [
    rd.ResettingSGDClassifier(),
    rd.ResettingSGDClassifier("gce", momentum=0.9, learning_rate="cosine", score_every=3),
    rd.ResettingSGDRegressor(),
]


CHECKS = parametrize_with_checks(ESTIMATORS)


@pytest.mark.parametrize(CHECKS.args[0], list(CHECKS.args[1]), **CHECKS.kwargs)  # older ones give a generator
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def blobs(rng, n=300, classes=3, dim=5):
    centres = 2 * rng.normal(size=(classes, dim))
    y = rng.integers(classes, size=n)
    return centres[y] + rng.normal(size=(n, dim)), y


def wrong(y, share, rng):
    """Return labels of ten classes of which this share are wrong."""
    return np.where(rng.random(len(y)) < share, (y + rng.integers(1, 10, len(y))) % 10, y)


def rates(schedule, eta0, steps):
    t = np.arange(steps)
    if schedule == "cosine":
        return eta0 * (1 + np.cos(np.pi * t / steps)) / 2
    return eta0 / (t + 1) ** 0.5 if schedule == "invscaling" else np.full(steps, eta0)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "invscaling"])
@pytest.mark.parametrize(
    ("momentum", "alpha", "fit_intercept"), [(0, 0, True), (0.9, 0.05, True), (0.5, 0.1, False)]
)
def test_without_resets_it_is_plain_sgd(schedule, momentum, alpha, fit_intercept, rng):
    X, y = blobs(rng, n=50)
    model = rd.ResettingSGDClassifier(
        alpha=alpha,
        fit_intercept=fit_intercept,
        batch_size=16,
        max_iter=4,
        learning_rate=schedule,
        eta0=0.1,
        momentum=momentum,
        reset_probability=0,
        return_best=False,
        shuffle=False,
    ).fit(X, y, X_val=X, y_val=y)

    inputs = np.column_stack([X, np.ones(50)]) if fit_intercept else X
    free = np.eye(inputs.shape[1])[-1] * fit_intercept
    w, v = np.zeros((2, 3, inputs.shape[1]))
    for step, rate in enumerate(rates(schedule, 0.1, 4 * 4)):
        batch = slice(16 * (step % 4), min(16 * (step % 4) + 16, 50))
        p = np.exp(inputs[batch] @ w.T)
        p /= p.sum(axis=1, keepdims=True)
        gradient = (p - np.eye(3)[y[batch]]).T @ inputs[batch] / len(p) + alpha * w * (1 - free)
        v = momentum * v - rate * gradient
        w = w + v
    np.testing.assert_allclose(model.coef_, w[:, : X.shape[1]], rtol=1e-11)
    np.testing.assert_allclose(model.intercept_, w[:, -1] if fit_intercept else 0, rtol=1e-10)
    assert (model.t_, model.n_iter_) == (16, 4)
    assert model.validation_steps_.tolist() == [4, 8, 12, 16]
    np.testing.assert_allclose(
        model.validation_scores_[-1], -np.log(model.predict_proba(X)[np.arange(50), y]).mean()
    )


def test_a_long_run_finds_the_minimum_that_solvers_find(rng):
    X, y = blobs(rng, n=200)
    options = {
        "alpha": 0.1,
        "batch_size": 200,
        "max_iter": 3000,
        "momentum": 0.9,
        "eta0": 0.3,
        "reset_probability": 0,
        "return_best": False,
    }
    model = rd.ResettingSGDClassifier(**options).fit(X, y, X_val=X, y_val=y)
    exactly = {"solver": "newton-cg", "tol": 1e-9, "max_iter": 1000}
    exact = LogisticRegression(C=1 / (0.1 * 200), **exactly).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), exact.predict_proba(X), atol=1e-5)
    two = y > 0
    model.fit(X, two, X_val=X, y_val=two)
    assert model.coef_.shape == (1, 5)
    # Each of the two rows has the penalty, so that their difference has half of it.
    exact = LogisticRegression(C=2 / (0.1 * 200), **exactly).fit(X, two)
    np.testing.assert_allclose(model.coef_, exact.coef_, atol=1e-5)
    np.testing.assert_allclose(model.decision_function(X), exact.decision_function(X), atol=1e-4)
    line = rd.ResettingSGDRegressor(**options | {"eta0": 0.1}).fit(X, X[:, 0] - y, X_val=X, y_val=y)
    exact = Ridge(alpha=0.1 * 200).fit(X, X[:, 0] - y)
    np.testing.assert_allclose(line.coef_, exact.coef_, atol=1e-8)
    np.testing.assert_allclose(line.intercept_, exact.intercept_, atol=1e-8)


def test_the_part_that_is_watched_is_held_out_of_training(rng):
    X, y = blobs(rng, n=100)
    options = {"max_iter": 10, "reset_probability": 0.1, "n_iter_no_change": 1, "eta0": 0.3}
    model = rd.ResettingSGDClassifier(**options, validation_fraction=0.3, random_state=4).fit(X, y)
    held_out = stratified_rows(y, 30, model._streams().split)
    kept = np.setdiff1d(np.arange(100), held_out)
    assert len(held_out) == 30
    same = rd.ResettingSGDClassifier(**options, random_state=4)
    same.fit(X[kept], y[kept], X_val=X[held_out], y_val=y[held_out])
    np.testing.assert_array_equal(model.coef_, same.coef_)
    # What happens to the labels that are watched changes the scores, and no step before the first reset.
    y[held_out] = (y[held_out] + 1) % 3
    other = clone(same).set_params(reset_probability=0, return_best=False)
    again = clone(other)
    other.fit(X[kept], y[kept], X_val=X[held_out], y_val=y[held_out])
    y[held_out] = (y[held_out] + 1) % 3
    again.fit(X[kept], y[kept], X_val=X[held_out], y_val=y[held_out])
    np.testing.assert_array_equal(other.coef_, again.coef_)
    assert other.best_score_ != again.best_score_


def test_the_split_gives_each_class_its_share(rng):
    codes = np.repeat([0, 1, 2, 3], [500, 300, 199, 1])
    rows = stratified_rows(codes, 100, rng)
    assert len(np.unique(rows)) == len(rows)
    assert np.bincount(codes[rows], minlength=4)[3] == 0
    assert np.all(np.abs(np.bincount(codes[rows], minlength=4)[:3] - [50, 30, 19.9]) < 1)
    assert set(codes[stratified_rows(np.arange(20) % 10, 2, rng)]) <= set(range(10))
    firsts = {tuple(stratified_rows(codes, 5, np.random.default_rng(i))) for i in range(10)}
    assert len(firsts) == 10


def test_resets_go_back_to_the_best_state_and_are_logged(rng):
    X, y = blobs(rng, n=200)
    noisy = np.where(rng.random(200) < 0.4, rng.integers(3, size=200), y)
    options = {"eta0": 0.5, "max_iter": 40, "n_iter_no_change": 2, "random_state": 1}
    model = rd.ResettingSGDClassifier(**options, reset_probability=1, return_best=False).fit(X, noisy)
    best = clone(model).set_params(return_best=True).fit(X, noisy)
    np.testing.assert_array_equal(model.coef_, best.coef_)  # the last step ended with a reset
    steps = [entry.step for entry in model.resets_]
    # Each step is a reset from the first on, but where the step itself found a new best.
    assert set(range(steps[0], model.t_ + 1)) - set(steps) <= set(model.validation_steps_)
    assert steps[0] >= model.validation_steps_[0] + 2 * 6
    assert model.resets_[-1].score == model.best_score_ == model.validation_scores_.min()
    sharp = clone(model).set_params(reset_probability=0.1, timing="sharp", patience=7).fit(X, noisy)
    assert {entry.step % 10 for entry in sharp.resets_} == {sharp.resets_[0].step % 10}
    plain = clone(model).set_params(reset_probability=0).fit(X, noisy)
    assert plain.resets_ == []
    until = np.searchsorted(model.validation_steps_, steps[0])
    np.testing.assert_array_equal(plain.validation_scores_[:until], model.validation_scores_[:until])


def test_a_reset_brings_back_what_it_is_told_to(rng):
    X, y = blobs(rng, n=200)
    options = {
        "eta0": 0.5,
        "momentum": 0.9,
        "learning_rate": "cosine",
        "max_iter": 20,
        "patience": 3,
        "random_state": 1,
    }
    ways = [("weights",), ("weights", "optimizer"), ("weights", "optimizer", "schedule")]
    rd.ResettingSGDClassifier(**options | {"momentum": 0}, restore=ways[-1]).fit(X, y)  # no velocity: nothing
    fits = [
        rd.ResettingSGDClassifier(**options, reset_probability=0.2, restore=way, return_best=False).fit(X, y)
        for way in ways
    ]
    assert [fit.resets_[0].restored for fit in fits] == ways
    assert len({fit.coef_.tobytes() for fit in fits}) == 3
    assert len({fit.resets_[0].step for fit in fits}) == 1


def test_the_best_state_is_kept_also_where_the_checkpoint_is_fixed(rng):
    X, y = blobs(rng, n=200)
    model = rd.ResettingSGDClassifier(
        checkpoint="fixed", reset_probability=0.05, patience=30, max_iter=30, random_state=0
    ).fit(X[:150], y[:150], X_val=X[150:], y_val=y[150:])
    loss = losses.values(X[150:] @ model.coef_.T + model.intercept_, y[150:], losses.loss("log_loss")).mean()
    assert loss == pytest.approx(model.best_score_, rel=1e-12)


@pytest.mark.parametrize("name", losses.NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_loss_learns_classes_of_any_name(name, dtype, rng):
    X, y = blobs(rng, n=400)
    names = np.array(["ape", "bee", "cat"])
    for classes in (3, 2):
        few = y < classes
        model = rd.ResettingSGDClassifier(name, random_state=0).fit(X[few].astype(dtype), names[y[few]])
        assert model.classes_.tolist() == names[:classes].tolist()
        assert model.coef_.dtype == dtype
        assert model.score(X[few].astype(dtype), names[y[few]]) > 0.75
        if name == "squared_error":
            assert not hasattr(model, "predict_proba")
        else:
            p = model.predict_proba(X[few])
            assert p.shape == (few.sum(), classes)
            np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
            np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(X[few]))


def test_it_works_in_pipelines_searches_clones_and_pickles():
    X, y = load_diabetes(return_X_y=True)
    pipe = make_pipeline(StandardScaler(), rd.ResettingSGDRegressor(random_state=0, max_iter=20))
    search = GridSearchCV(pipe, {"resettingsgdregressor__reset_probability": [0, 0.1]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.4
    model = search.best_estimator_
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict(X), again.predict(X))
    assert again[-1].resets_ == model[-1].resets_
    np.testing.assert_array_equal(clone(model).fit(X, y).predict(X), model.predict(X))


def test_a_warm_start_goes_on_where_the_last_fit_ended(rng):
    X, y = blobs(rng, n=100)
    options = {"shuffle": False, "reset_probability": 0, "return_best": False, "eta0": 0.1}
    once = rd.ResettingSGDClassifier(max_iter=6, **options).fit(X, y, X_val=X, y_val=y)
    twice = rd.ResettingSGDClassifier(max_iter=3, warm_start=True, **options)
    for _ in range(2):
        twice.fit(X, y, X_val=X, y_val=y)
    np.testing.assert_array_equal(once.coef_, twice.coef_)
    other = clone(twice).set_params(warm_start=False)
    for _ in range(2):
        other.fit(X, y, X_val=X, y_val=y)
    assert not np.array_equal(other.coef_, once.coef_)


def gains(noise_rate, seed, **options):
    """Return for each of eight splits of the digits what resetting gains in test accuracy at the last step.

    The model is linear in random features, which it can use to memorise.
    """
    X, y = load_digits(return_X_y=True)
    X = (X - X.mean(axis=0)) / 16
    found = []
    for rng in np.random.default_rng(seed).spawn(8):
        features = np.maximum(X @ rng.normal(size=(64, 300)), 0)
        rows = rng.permutation(len(y))
        train, test = rows[:1000], rows[1000:]
        noisy, drawn = wrong(y[train], noise_rate, rng), int(rng.integers(2**31))
        rate = 4 / np.mean(np.sum(features[train] ** 2, axis=1))
        plain, resetting = (
            rd.ResettingSGDClassifier(
                alpha=0,
                eta0=rate,
                max_iter=60,
                reset_probability=p,
                return_best=False,
                random_state=drawn,
                **options,
            ).fit(features[train], noisy)
            for p in (0.0, 0.01)
        )
        assert resetting.resets_
        found.append(resetting.score(features[test], y[test]) - plain.score(features[test], y[test]))
    return np.array(found)


def test_resetting_holds_back_the_memorising_of_wrong_labels(seed):
    gain = gains(0.4, seed)
    assert gain.mean() / (gain.std(ddof=1) / np.sqrt(len(gain))) > 4
    assert gain.mean() > 0.02


def test_resetting_gains_nothing_where_all_labels_are_right(seed):
    # By itself it would not even begin: the watched loss goes on falling.
    gain = gains(0.0, seed, patience=0)
    assert gain.mean() < 4 * gain.std(ddof=1) / np.sqrt(len(gain))
    assert abs(gain.mean()) < 0.01


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"reset_probability": -0.1}, ValueError, "reset_probability=-0.1: give a number between 0 and 1"),
        ({"loss": "hinge"}, ValueError, "loss='hinge': give one of"),
        ({"loss": "gce", "loss_parameters": {"q": 2}}, ValueError, "q=2: give a number between"),
        ({"alpha": -1}, ValueError, "alpha=-1"),
        ({"batch_size": 0}, ValueError, "batch_size=0"),
        ({"max_iter": 2.5}, TypeError, "max_iter=2.5: give a whole number"),
        ({"learning_rate": "optimal"}, ValueError, "learning_rate='optimal': give one of 'constant'"),
        ({"eta0": 0}, ValueError, "eta0=0: give a number above 0"),
        ({"eta0": "fast"}, ValueError, "eta0='fast': give one of 'auto'"),
        ({"momentum": 1.0}, ValueError, "momentum=1: give a number below 1"),
        ({"n_iter_no_change": 0}, ValueError, "n_iter_no_change=0"),
        ({"patience": -1}, ValueError, "patience=-1"),
        ({"checkpoint": "worst"}, ValueError, "checkpoint='worst'"),
        ({"restore": ("wights",)}, ValueError, "wights"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction=1"),
        ({"validation_fraction": 0.0}, ValueError, "validation_fraction=0"),
        ({"score_every": 0}, ValueError, "score_every=0"),
    ],
)
def test_bad_parameters_are_named_at_fit(options, error, message, rng):
    with pytest.raises(error, match=message):
        rd.ResettingSGDClassifier(**options).fit(*blobs(rng))


def test_bad_data_is_refused(rng):
    X, y = blobs(rng, n=60)
    model = rd.ResettingSGDClassifier(max_iter=10)
    with pytest.raises(ValueError, match="y has one class only, 0: give labels of two classes"):
        model.fit(X, np.zeros(60, dtype=int))
    with pytest.raises(ValueError, match="X_val and y_val go together"):
        model.fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="y_val has the class 5, which y has not"):
        model.fit(X, y, X_val=X, y_val=y + 5)
    with pytest.raises(ValueError, match="no class with a sample to spare"):
        model.fit(X[:3], np.arange(3))
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.fit(X, y)
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(X[1:], y[1:], X_val=X[:1], y_val=y[:1])


def test_a_run_that_diverges_says_so(rng):
    X, y = blobs(rng)
    with pytest.raises(ValueError, match=r"the run diverged; lower eta0=10, or scale the features"):
        rd.ResettingSGDRegressor(eta0=10.0).fit(X, y)


def test_a_patience_longer_than_the_run_is_warned_of(rng):
    with pytest.warns(UserWarning, match=r"patience=500 .*resetting would never start"):
        rd.ResettingSGDClassifier(patience=500, max_iter=5).fit(*blobs(rng))


def test_progress_is_printed_where_it_is_asked_for(rng, capsys):
    rd.ResettingSGDClassifier(max_iter=6, verbose=1).fit(*blobs(rng))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[-1].startswith("step 54 of 54: validation loss ")


def test_without_scikit_learn_the_error_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("classifier", "regressor", "estimators", "scikit_learn"):
        monkeypatch.delitem(sys.modules, f"resetdyn.training.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"need scikit-learn: pip install 'resetdyn\[learn\]'"):
        importlib.import_module("resetdyn.training.classifier")


def test_a_star_import_needs_no_extra():
    code = (
        "import sys; sys.modules['sklearn'] = None; "
        "import importlib.util as u; find = u.find_spec; "
        "u.find_spec = lambda name, *rest: None if name == 'sklearn' else find(name, *rest); "
        "from resetdyn import *; assert 'ResettingSGDClassifier' not in dir(); solve"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
