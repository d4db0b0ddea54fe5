"""Discrete SGD: exact laws where they are known, exact moments elsewhere, and a plain oracle for the rest."""

import math

import numpy as np
import pytest
from scipy.stats import norm

import resetdyn as rd
from resetdyn.theory.learning.moments import steady_state

N = 20_000


def z_of_mean(samples, expected):
    """z-scores of the mean of independent samples (one a row)."""
    samples = np.asarray(samples, dtype=float)
    return (samples.mean(axis=0) - expected) / (samples.std(axis=0, ddof=1) / math.sqrt(len(samples)))


def z_of_difference(a, b):
    return (np.mean(a) - np.mean(b)) / math.hypot(
        np.std(a) / math.sqrt(len(a)), np.std(b) / math.sqrt(len(b))
    )


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(12, 3))
    return X, X @ [1.0, -1.0, 0.5] + rng.normal(size=12)


def gaussian_sgd():
    return rd.QuadraticSGD(
        hessian=[[2.0, 0.5], [0.5, 1.0]], optimum=[0.3, -0.2], gradient_covariance=[[0.4, 0.05], [0.05, 0.3]],
        learning_rate=0.3, batch_size=2,
    )  # fmt: skip


RESETS = [
    rd.NoReset(),
    rd.Geometric(0.2, to=[1.0, -1.0]),
    rd.Geometric(1.0, to=[1.0, -1.0]),
    rd.Sharp(4, to=[1.0, -1.0]),
]


def check_moments(problem, rng):
    exact, found = steady_state(problem), rd.simulate(problem, n=N, rng=rng)
    if not np.any(exact.cov):
        np.testing.assert_allclose(
            found.samples, np.broadcast_to(exact.mean, found.samples.shape), rtol=1e-12
        )
        return
    assert np.abs(z_of_mean(found.samples, exact.mean)).max() < 4
    away = found.samples - exact.mean
    assert np.abs(z_of_mean(np.einsum("ni,nj->nij", away, away), exact.cov)).max() < 4


@pytest.mark.parametrize("reset", RESETS, ids=repr)
def test_steady_state_with_gaussian_noise(reset, rng):
    check_moments(rd.SteadyState(gaussian_sgd(), reset), rng)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("reset", [rd.NoReset(), rd.Geometric(0.1, to=[2.0, 0.0, 0.0])], ids=repr)
def test_steady_state_on_data(dataset, reset, replacement, rng):
    sgd = rd.LinearSGD(*dataset, learning_rate=0.1, batch_size=3, replacement=replacement)
    check_moments(rd.SteadyState(sgd, reset), rng)


def test_a_batch_of_all_samples_has_no_noise(dataset):
    X, y = dataset
    sgd = rd.LinearSGD(X, y, learning_rate=0.1, batch_size=len(y), replacement=False)
    found = rd.simulate(rd.SteadyState(sgd, rd.Sharp(2, to=np.zeros(3))), n=50, rng=1)
    one_step = 0.1 * X.T @ y / len(y)
    states = np.unique(found.samples.round(12), axis=0)
    np.testing.assert_allclose(states, sorted([[0.0, 0, 0], list(one_step)]), atol=1e-11)


# With learning rate 1 and Hessian 1 every step forgets the last: states are independent normals, and the
# number of steps is geometric. A reset costs nothing when the process wins ties, else a fraction p of the
# hits.
LEVEL = 1.2
INDEPENDENT = rd.QuadraticSGD(
    hessian=1.0, optimum=0.0, gradient_covariance=4.0, learning_rate=1.0, batch_size=4
)
TARGETS = {
    "level": (rd.Level(-LEVEL), norm.sf(LEVEL)),
    "half-space": (rd.HalfSpace([2.0], -2 * LEVEL), norm.sf(LEVEL)),
    "interval": (rd.Interval(-LEVEL, LEVEL), 2 * norm.sf(LEVEL)),
    "ball": (rd.Ball(LEVEL + 1, 1.0), norm.cdf(LEVEL + 2) - norm.cdf(LEVEL)),
    "sublevel": (
        rd.Sublevel(rd.Quadratic(2.0, LEVEL + 1, floor=3.0), 4.0),
        norm.cdf(LEVEL + 2) - norm.cdf(LEVEL),
    ),
}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    ("reset", "share"),
    [
        (rd.NoReset(), 1.0),
        (rd.Geometric(0.3, ties="process", to=0.5), 1.0),
        (rd.Geometric(0.3, ties="reset", to=0.5), 0.7),
        (rd.Sharp(3), 1.0),
    ],
    ids=repr,
)
def test_steps_that_forget_reach_the_target_geometrically(name, reset, share, rng):
    target, hit = TARGETS[name]
    found = rd.simulate(rd.FirstPassage(INDEPENDENT, 0.0, target, reset), n=N, rng=rng)
    assert abs(z_of_mean(found.times, 1 / (share * hit))) < 4
    assert abs(z_of_mean(found.times == 1, share * hit)) < 4


def test_level_is_reached_from_either_side_and_a_reset_across_it_is_no_hit(rng):
    reset = rd.Geometric(0.5, to=-2.0, ties="process")
    found = rd.simulate(rd.FirstPassage(INDEPENDENT, 2.0, rd.Level(0.0), reset), n=N, rng=rng)
    # Half of all steps cross from either side; the reset itself crosses whenever it happens.
    assert abs(z_of_mean(found.times, 2.0)) < 4


def test_interval_says_which_end(rng):
    sgd = rd.QuadraticSGD(hessian=1.0, optimum=1.0, gradient_covariance=1.0, learning_rate=1.0, batch_size=1)
    found = rd.simulate(rd.FirstPassage(sgd, 0.0, rd.Interval(-1.0, 1.0)), n=N, rng=rng)
    assert abs(z_of_mean(found.ends == 1, 0.5 / (0.5 + norm.sf(2.0)))) < 4


def test_resets_are_counted(rng):
    found = rd.simulate(rd.FirstPassage(INDEPENDENT, 0.0, rd.Level(LEVEL), rd.Sharp(3)), n=2000, rng=rng)
    np.testing.assert_array_equal(found.resets, (found.times - 1) // 3)


def oracle(X, y, rate, batch, start, target, reset, rng, n, replacement=True):
    """Plain NumPy: one path after another, the check by the target itself."""
    times = np.empty(n)
    for path in range(n):
        theta, steps = np.array(start), 0
        while True:
            rows = rng.choice(len(y), size=batch, replace=replacement)
            theta = theta - rate * X[rows].T @ (X[rows] @ theta - y[rows]) / batch
            steps += 1
            resetting = isinstance(reset, rd.Geometric) and rng.random() < reset.probability
            if resetting and reset.ties == "reset":
                theta = np.array(start)
            if target.contains(theta):
                break
            if resetting:
                theta = np.array(start)
        times[path] = steps
    return times


RISK = rd.Quadratic([[2.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 0.5]], [1.0, -0.5, 0.5], floor=0.1)
SETUPS = {
    "risk from the rows of the batch": (rd.Sublevel(RISK, 0.25), 2, True),
    "risk afresh": (rd.Sublevel(RISK, 0.25), 5, True),
    "half-space": (rd.HalfSpace([-1.0, 0.2, 0.0], -1.1), 2, True),
    "ball, without replacement": (rd.Ball([1.0, -0.5, 0.5], 0.5), 2, False),
}


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize(
    "reset", [rd.NoReset(), rd.Geometric(0.1), rd.Geometric(0.1, ties="process")], ids=repr
)
def test_first_passage_on_data_has_the_law_of_a_plain_loop(dataset, setup, reset, rng):
    target, batch, replacement = SETUPS[setup]
    start = np.zeros(3)
    sgd = rd.LinearSGD(*dataset, learning_rate=0.2, batch_size=batch, replacement=replacement)
    fast = rd.simulate(rd.FirstPassage(sgd, start, target, reset), n=N, rng=rng).times
    slow = oracle(*dataset, 0.2, batch, start, target, reset, rng, 1000, replacement)
    assert abs(z_of_difference(fast, slow)) < 4
    median = np.median(slow)
    assert abs(z_of_difference(fast <= median, slow <= median)) < 4


def renewed(times, reset):
    """Mean under resetting to the start from reset-free step counts, and its error (jackknife in blocks)."""

    def mean(T):
        if isinstance(reset, rd.Sharp):
            return np.minimum(T, reset.period).mean() / np.mean(reset.period >= T)
        p = reset.probability
        F = np.mean((1 - p) ** T)
        return (1 - F) / (p * F) * (1.0 if reset.ties == "reset" else 1 - p)

    blocks = np.array_split(times, 50)
    left_out = [mean(np.concatenate(blocks[:i] + blocks[i + 1 :])) for i in range(50)]
    return mean(times), math.sqrt(49 * np.var(left_out))


@pytest.fixture(scope="module")
def search(dataset):
    sgd = rd.LinearSGD(*dataset, learning_rate=0.2, batch_size=2)
    return sgd, np.zeros(3), rd.Sublevel(RISK, 0.2)


def z_of_renewal(search, predicted_for, reset, rng):
    free = rd.simulate(rd.FirstPassage(*search), n=N, rng=rng).times
    found = rd.simulate(rd.FirstPassage(*search, reset), n=N, rng=rng)
    predicted, error = renewed(free, predicted_for)
    return (found.mean - predicted) / math.hypot(error, found.error)


@pytest.mark.parametrize(
    "reset", [rd.Geometric(0.15, ties="reset"), rd.Geometric(0.15, ties="process"), rd.Sharp(10)], ids=repr
)
def test_renewal_from_runs_without_resetting(search, reset, rng):
    assert abs(z_of_renewal(search, reset, reset, rng)) < 4


def test_the_other_tie_convention_is_rejected(search, rng):
    reset, other = rd.Geometric(0.15, ties="reset"), rd.Geometric(0.15, ties="process")
    assert abs(z_of_renewal(search, other, reset, rng)) > 4


def test_first_passage_away_from_the_reset_point_uses_both_bands(rng):
    # From the far side of the level every flight that begins at `to` must come back over it.
    sgd = rd.QuadraticSGD(hessian=1.0, optimum=0.0, gradient_covariance=1.0, learning_rate=0.1, batch_size=1)
    problem = rd.FirstPassage(sgd, 1.0, rd.Level(0.0), rd.Geometric(0.2, to=-1.0))
    mirrored = rd.FirstPassage(sgd, -1.0, rd.Level(0.0), rd.Geometric(0.2, to=1.0))
    there, back = (rd.simulate(p, n=N, rng=rng).times for p in (problem, mirrored))
    assert abs(z_of_difference(there, back)) < 4


def test_paths_are_given_up_at_max_time(search):
    found = rd.simulate(rd.FirstPassage(*search, rd.Geometric(1.0)), n=10, rng=1, max_time=25.5)
    assert found.censored.all()
    np.testing.assert_array_equal(found.times, 25)


def test_results_do_not_depend_on_workers(search):
    problem = rd.FirstPassage(*search, rd.Geometric(0.1))
    alone, together = (rd.simulate(problem, n=9000, rng=5, workers=w).times for w in (1, 2))
    np.testing.assert_array_equal(alone, together)


def test_a_callable_that_is_not_a_quadratic_is_refused(search):
    sgd, start, _ = search
    with pytest.raises(ValueError, match=r"rd\.Quadratic"):
        rd.simulate(rd.FirstPassage(sgd, start, rd.Sublevel(lambda x: float(x @ x - 5), -5.5)), n=10)


def test_divergence_is_reported(dataset):
    sgd = rd.LinearSGD(*dataset, learning_rate=50.0, batch_size=2)
    with pytest.raises(ValueError, match="learning_rate=50"):
        rd.simulate(rd.FirstPassage(sgd, np.zeros(3), rd.Ball([1e6, 0, 0], 1e-3)), n=10)
    with pytest.raises(ValueError, match="learning_rate=50"):
        rd.simulate(rd.SteadyState(sgd), n=10)
    with pytest.raises(ValueError, match="learning_rate=50"):
        rd.simulate(rd.SteadyState(sgd, rd.Geometric(1e-4, to=np.zeros(3))), n=100)
