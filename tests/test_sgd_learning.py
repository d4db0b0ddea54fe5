"""Momentum, Gaussian inputs, stability: held to enumerated batches, to quadrature and to plain training."""

import pickle
from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import uniform

import resetdyn as rd
from resetdyn.processes import GaussianSGD, is_discrete
from resetdyn.theory.sgd_moments import steady_state, transient
from resetdyn.theory.sgd_stability import stability_limit

A = np.diag([1.0, 0.5, 0.2])
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(3)  # exact to the fifth power, fourth moments need four
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def dataset(rng, n=5, d=2):
    return rng.normal(size=(n, d)), rng.normal(size=n)


def gaussian(**changes):
    kwargs = {"covariance": A, "noise_variance": 0.25, "learning_rate": 0.1, "batch_size": 4}
    return rd.LinearSGD.gaussian(**kwargs | changes)


def steady(process, reset=None):
    return steady_state(rd.SteadyState(process, reset or rd.NoReset()))


# The oracle: every batch is an affine map of (theta, v), so a linear map of (theta, v, 1) and of its second
# moment, which is averaged over all batches. It knows nothing of Hessians, blocks or balances.


def inputs(process):
    """Yield weight, inputs and labels of every batch (for Gaussian inputs at the nodes of a quadrature)."""
    batch, d = process.batch_size, process.dim
    if isinstance(process, GaussianSGD):
        root = np.linalg.cholesky(np.atleast_2d(process.covariance))
        size = batch * (d + 1)
        for nodes in product(range(3), repeat=size):
            z = NODES[list(nodes)].reshape(batch, d + 1)
            yield (
                WEIGHTS[list(nodes)].prod(),
                z[:, :d] @ root.T,
                np.sqrt(process.noise_variance) * z[:, d],
            )
    else:
        every = product if process.replacement else combinations
        picks = (
            list(product(range(len(process.X)), repeat=batch))
            if every is product
            else list(combinations(range(len(process.X)), batch))
        )
        for pick in picks:
            yield 1 / len(picks), process.X[list(pick)], process.y[list(pick)]


def average_map(process):
    d, size = process.dim, 2 * process.dim + 1
    total = np.zeros((size**2, size**2))
    for weight, X, y in inputs(process):
        gradient = np.zeros((d, size))
        gradient[:, :d], gradient[:, -1] = X.T @ X / len(y), -X.T @ y / len(y)
        step = np.zeros((size, size))
        step[d : 2 * d] = -process.learning_rate * gradient
        step[d : 2 * d, d : 2 * d] += process.momentum * np.eye(d)
        step[:d] = step[d : 2 * d]
        step[:d, :d] += np.eye(d)
        step[-1, -1] = 1
        total += weight * np.kron(step, step)
    return total


def reset_map(process, to, factor=0.0):
    d = process.dim
    reset = np.zeros((2 * d + 1, 2 * d + 1))
    reset[:d, :d] = factor * np.eye(d)
    reset[:d, -1] = to
    reset[d : 2 * d, d : 2 * d] = (process.reset_velocity == "keep") * np.eye(d)
    reset[-1, -1] = 1
    return np.kron(reset, reset)


def moments_of(vector):
    size = round(np.sqrt(len(vector)))
    second = vector.reshape(size, size)
    mean = second[:-1, -1] / second[-1, -1]
    return mean, second[:-1, :-1] / second[-1, -1] - np.outer(mean, mean)


def one_step(process, probability, resets):
    """Return the map of a step and a reset by one of some equally likely maps."""
    step = average_map(process)
    return ((1 - probability) * np.eye(len(step)) + probability * np.mean(resets, axis=0)) @ step


def oracle_steady(process, probability, *resets):
    whole = one_step(process, probability, resets)
    # The last entry, of (1, 1), is fixed: the others solve a linear system.
    open_part = np.eye(len(whole) - 1) - whole[:-1, :-1]
    return moments_of(np.append(np.linalg.solve(open_part, whole[:-1, -1]), 1.0))


def check(result, mean, cov, d, rtol=1e-10):
    np.testing.assert_allclose(np.atleast_1d(result.mean), mean[:d], rtol=rtol, atol=1e-12)
    found = result.joint_cov if result.joint_cov is not None else np.atleast_2d(result.cov)
    atol = 1e-14 + 1e-12 * np.abs(cov).max()  # rounding of the oracle, which subtracts the squared mean
    np.testing.assert_allclose(found, cov[: len(found), : len(found)], rtol=rtol, atol=atol)
    np.testing.assert_allclose(np.atleast_2d(result.cov), found[:d, :d], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("velocity", ["zero", "keep"])
@pytest.mark.parametrize("probability", [0.0, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("momentum", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dim", [1, 2])
def test_momentum_is_that_of_the_enumerated_batches(rng, dim, momentum, probability, velocity):
    X, y = dataset(rng, d=dim)
    sgd = rd.LinearSGD(X, y, 0.05, 2, momentum=momentum, reset_velocity=velocity)
    to = rng.normal(size=dim)
    result = steady(sgd, rd.Geometric(probability, to=to))
    check(result, *oracle_steady(sgd, probability, reset_map(sgd, to)), dim)


@pytest.mark.parametrize("velocity", ["zero", "keep"])
def test_momentum_at_large_learning_rates_and_many_features(rng, velocity):
    X, y = dataset(rng, n=4, d=3)
    sgd = rd.LinearSGD(X, y, 0.1, 1, momentum=0.7, reset_velocity=velocity)
    to = np.ones(3)
    for p in (0.0, 0.05):
        limit = stability_limit(sgd, rd.Geometric(p, to=to))
        for share in (0.5, 0.9, 0.99):
            fast = rd.LinearSGD(X, y, share * limit, 1, momentum=0.7, reset_velocity=velocity)
            check(steady(fast, rd.Geometric(p, to=to)), *oracle_steady(fast, p, reset_map(fast, to)), 3)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("reset", [rd.NoReset(), rd.Geometric(0.1), rd.Sharp(4), rd.Sharp(5, to=[0.0, 3.0])])
@pytest.mark.parametrize("velocity", ["zero", "keep"])
def test_transient_with_momentum_is_that_of_the_enumerated_batches(rng, reset, velocity, replacement):
    sgd = rd.LinearSGD(*dataset(rng), 0.1, 2, replacement, momentum=0.6, reset_velocity=velocity)
    start, steps = np.array([1.0, -2.0]), [0, 1, 4, 5, 13]
    back = reset_map(sgd, start if reset.to is None else reset.to)
    state = np.array([*start, 0.0, 0.0, 1.0])
    state = np.outer(state, state).ravel()
    means, covs = transient(sgd, start, steps, reset)
    for step in range(14):
        if step:
            p = getattr(reset, "probability", 0.0)
            if isinstance(reset, rd.Sharp):
                p = float(step % reset.period == 0)
            state = average_map(sgd) @ state
            state = (1 - p) * state + p * (back @ state)
        if step in steps:
            mean, cov = moments_of(state)
            np.testing.assert_allclose(means[steps.index(step)], mean[:2], rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(covs[steps.index(step)], cov[:2, :2], rtol=1e-10, atol=1e-12)


def test_sharp_resetting_averages_over_the_period_with_momentum(rng):
    sgd = rd.LinearSGD(*dataset(rng), 0.1, 2, momentum=0.6)
    to, period = np.array([2.0, -1.0]), 7
    start = np.array([*to, 0.0, 0.0, 1.0])
    ages = [np.outer(start, start).ravel()]
    for _ in range(period - 1):
        ages.append(average_map(sgd) @ ages[-1])
    check(steady(sgd, rd.Sharp(period, to=to)), *moments_of(np.mean(ages, axis=0)), 2)


@pytest.mark.parametrize("velocity", ["zero", "keep"])
@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_partial_and_random_resets(rng, momentum, velocity):
    sgd = rd.LinearSGD(*dataset(rng), 0.1, 2, momentum=momentum, reset_velocity=velocity)
    result = steady(sgd, rd.Geometric(0.2, to=rd.Partial(0.4)))
    check(result, *oracle_steady(sgd, 0.2, reset_map(sgd, np.zeros(2), 0.4)), 2)
    line = rd.LinearSGD(*dataset(rng, d=1), 0.1, 2, momentum=momentum, reset_velocity=velocity)
    # A random place on the line: two equally likely places have the same mean and variance.
    law = uniform(-1.0, 3.0)
    resets = [reset_map(line, [law.mean() + sign * law.std()]) for sign in (-1, 1)]
    check(steady(line, rd.Geometric(0.2, to=law)), *oracle_steady(line, 0.2, *resets), 1)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("probability", [0.0, 0.1])
@pytest.mark.parametrize(("dim", "batch"), [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)])
def test_gaussian_inputs_are_those_of_a_quadrature(dim, batch, probability, momentum):
    # Three nodes give z^4 exactly, and all that appears is of the fourth order in each input.
    covariance = np.array([[1.0, 0.3, 0.1], [0.3, 0.5, 0.0], [0.1, 0.0, 0.4]])[:dim, :dim]
    sgd = gaussian(covariance=covariance, batch_size=batch, momentum=momentum)
    to = np.arange(1.0, dim + 1)
    result = steady(sgd, rd.Geometric(probability, to=to))
    check(result, *oracle_steady(sgd, probability, reset_map(sgd, to)), dim)


@pytest.mark.parametrize("i", [0, 1])
def test_published_moments_of_gaussian_inputs(published, i):
    assert steady(gaussian()).cov[i, i] == pytest.approx(published(f"ziyin.label.cov.{i}"), rel=1e-14)
    result = rd.solve(rd.SteadyState(gaussian(), rd.Geometric(0.02, to=[0.5, -0.2, 0.3])))
    second = result.cov[i, i] + result.mean[i] ** 2
    assert second == pytest.approx(published(f"sgdreset.linreg.m2.{i}"), rel=2e-13)


def test_gaussian_inputs_without_resetting_follow_the_formula_in_the_published_form():
    a, eta, size = np.diag(A), 0.1, 4
    mu, shape = eta / size, 1 / (2 - eta * (1 + 1 / size) * np.diag(A))
    expected = mu * 0.25 / (1 - mu * a @ shape) * shape
    np.testing.assert_allclose(np.diag(steady(gaussian()).cov), expected, rtol=1e-14)


def test_gaussian_sgd_is_a_noun():
    sgd = gaussian(momentum=0.5)
    copy = pickle.loads(pickle.dumps(sgd))
    assert copy == sgd
    assert hash(copy) == hash(sgd)
    assert sgd != gaussian()
    assert is_discrete(sgd)
    assert sgd.dim == 3
    assert repr(gaussian(covariance=2.0)) == (
        "GaussianSGD(covariance=2.0, noise_variance=0.25, learning_rate=0.1, batch_size=4)"
    )
    assert "momentum=0.5" in repr(sgd)
    with pytest.raises(ValueError, match="read-only"):
        sgd.covariance[0, 0] = 1.0
    assert isinstance(steady(gaussian(covariance=2.0)).cov, float)


@pytest.mark.parametrize("make", [gaussian, lambda **k: rd.LinearSGD(np.eye(2), np.ones(2), 0.1, 1, **k)])
def test_bad_momentum_is_refused(make):
    with pytest.raises(ValueError, match=r"momentum=1: the velocity would never decay; give a number below"):
        make(momentum=1.0)
    with pytest.raises(ValueError, match=r"momentum=-0.1: give a number of at least 0"):
        make(momentum=-0.1)
    with pytest.raises(ValueError, match=r"reset_velocity='stop': give one of 'zero', 'keep'"):
        make(reset_velocity="stop")


def second_moment_radius(process, probability=0.0):
    whole = one_step(process, probability, [reset_map(process, np.zeros(process.dim))])
    return np.abs(np.linalg.eigvals(whole[:-1, :-1])).max()


@pytest.mark.parametrize("velocity", ["zero", "keep"])
@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("probability", [0.0, 0.01, 0.4])
@pytest.mark.parametrize("kind", ["data", "no replacement", "full batch", "gaussian"])
def test_stability_limit_is_where_the_second_moment_diverges(rng, kind, probability, momentum, velocity):
    X, y = dataset(rng)

    def process(rate):
        extra = {"momentum": momentum, "reset_velocity": velocity}
        if kind == "gaussian":
            return gaussian(covariance=[[1.0, 0.3], [0.3, 0.5]], learning_rate=rate, batch_size=1, **extra)
        batch = 5 if kind == "full batch" else 2
        return rd.LinearSGD(X, y, rate, batch, kind == "data", **extra)

    reset = rd.Geometric(probability, to=[1.0, 1.0])
    limit = stability_limit(process(0.1), reset)
    if kind == "full batch":  # rounding: a double eigenvalue at the edge moves as the root of the change
        assert second_moment_radius(process(limit * (1 - 1e-6)), probability) < 1
        assert second_moment_radius(process(limit * (1 + 1e-6)), probability) > 1
    assert second_moment_radius(process(limit * (1 - 1e-9)), probability) < 1
    assert second_moment_radius(process(limit * (1 + 1e-9)), probability) > 1
    assert np.isfinite(steady(process(limit * (1 - 1e-9)), reset).cov).all()
    with pytest.raises(ValueError, match=r"the stability limit is [\d.]+\)"):
        steady(process(limit * (1 + 1e-9)), reset)


def test_published_stability_condition_of_gaussian_inputs():
    a, size = np.diag(A), 4
    eta = stability_limit(gaussian())
    assert eta / size * np.sum(a / (2 - eta * (1 + 1 / size) * a)) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_stability_limit_in_one_dimension_is_closed(rng, batch):
    x = rng.normal(size=20)
    kappa, h = np.mean(x**4) / np.mean(x**2) ** 2, np.mean(x**2)
    for probability in (0.0, 0.3):
        bend = 1 + (kappa - 1) / batch
        root = (1 + np.sqrt(1 + bend * probability / (1 - probability))) / bend
        sgd = rd.LinearSGD(x[:, None], x, 0.1, batch)
        limit = stability_limit(sgd, rd.Geometric(probability, to=0.0))
        assert limit == pytest.approx(root / h, rel=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_stability_of_the_mean(momentum):
    h = np.array([2.0, 0.5])
    for velocity, p in product(["zero", "keep"], [0.0, 0.2]):
        sgd = gaussian(covariance=np.diag(h), momentum=momentum, reset_velocity=velocity)
        rate = stability_limit(sgd, rd.Geometric(p, to=[0.0, 0.0]), moment=1)
        for factor, stable in ((1 - 1e-9, True), (1 + 1e-9, False)):
            a = factor * rate * h[0]
            step = np.array([[1 - a, momentum], [-a, momentum]])
            step = np.diag([1 - p, 1 - p * (velocity == "zero")]) @ step
            assert (np.abs(np.linalg.eigvals(step)).max() < 1) == stable
    assert stability_limit(gaussian(), rd.Sharp(5, to=[0.0] * 3)) == np.inf
    assert stability_limit(gaussian(), rd.Geometric(1.0, to=[0.0] * 3)) == np.inf


def test_stability_limit_in_many_dimensions(rng):
    # The same spectrum, found by the sparse and by the dense solver, is where the condition of Ziyin is met.
    a = np.geomspace(1, 0.1, 30)
    eta = stability_limit(gaussian(covariance=np.diag(a), batch_size=2))
    assert eta / 2 * np.sum(a / (2 - eta * 1.5 * a)) == pytest.approx(1, rel=1e-11)


def test_quadratic_loss_is_stable_up_to_two_over_the_curvature():
    sgd = rd.QuadraticSGD([[2.0, 0.5], [0.5, 1.0]], [0.0, 0.0], 1.0, 0.1, 4)
    top = np.linalg.eigvalsh(sgd.hessian)[-1]
    assert stability_limit(sgd) == pytest.approx(2 / top, rel=1e-14)
