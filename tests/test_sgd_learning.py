"""Momentum, Gaussian inputs, stability: held to enumerated batches, to quadrature and to plain training."""

import dataclasses
import pickle
import time
from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import expon, gamma, pareto, rv_discrete, uniform

import resetdyn as rd
from resetdyn.processes import GaussianSGD, is_discrete
from resetdyn.theory.filters import ridge_penalty, spectral_filter
from resetdyn.theory.sgd_moments import steady_state, transient
from resetdyn.theory.sgd_risk import sgd_risk
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


@pytest.mark.parametrize("factor", [0.0, 0.7])
@pytest.mark.parametrize("velocity", ["zero", "keep"])
@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_sharp_resetting_averages_over_the_period(rng, momentum, velocity, factor):
    sgd = rd.LinearSGD(*dataset(rng), 0.1, 2, momentum=momentum, reset_velocity=velocity)
    to, period = np.zeros(2) if factor else np.array([2.0, -1.0]), 7
    step, reset = average_map(sgd), reset_map(sgd, to, factor)
    whole = reset @ np.linalg.matrix_power(step, period)
    start = np.append(np.linalg.solve(np.eye(24) - whole[:-1, :-1], whole[:-1, -1]), 1.0)
    ages = [start]
    for _ in range(period - 1):
        ages.append(step @ ages[-1])
    result = steady(sgd, rd.Sharp(period, to=rd.Partial(factor) if factor else to))
    check(result, *moments_of(np.mean(ages, axis=0)), 2)


def test_partial_sharp_resetting_around_the_optimum_stays_there():
    sgd = rd.QuadraticSGD(1.0, 0.0, 1.0, 0.5, 4)
    result = steady(sgd, rd.Sharp(2, to=rd.Partial(0.5)))
    after = 1 / 16  # eta^2 C / B; the variances are v and v / 4 + 1 / 16, then a reset takes them to v again
    begin = 0.25 * after * 1.25 / (1 - 0.25**3)
    assert result.mean == 0
    assert result.cov == pytest.approx((begin + 0.25 * begin + after) / 2, rel=1e-13)


def test_what_outgrows_floating_point_says_so(rng):
    X, y = dataset(rng)
    sgd = rd.LinearSGD(X, y, 1e3, 1)
    with pytest.raises(
        ValueError, match=r"learning_rate=1000: within a period of 100 steps .* shorter period"
    ):
        steady(sgd, rd.Sharp(100, to=[0.0, 0.0]))
    with pytest.raises(ValueError, match=r"after 100 steps the second moment outgrows floating point"):
        transient(sgd, [1.0, 1.0], [100])
    kept = rd.LinearSGD(X, y, 10.0, 1)
    with pytest.raises(ValueError, match=r"does not settle|outgrows floating point"):
        steady(kept, rd.Sharp(3, to=rd.Partial(0.9)))
    assert np.isfinite(steady(kept, rd.Sharp(3, to=[0.0, 0.0])).cov).all()


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


# Plain training in NumPy, a step at a time: nothing but draws, gradients, velocities and resets.


def train(process, start, steps, probability, to, runs, rng):
    theta, velocity = np.tile(np.atleast_1d(start), (runs, 1)), np.zeros((runs, process.dim))
    batch, d = process.batch_size, process.dim
    for _ in range(steps):
        if isinstance(process, GaussianSGD):
            root = np.linalg.cholesky(np.atleast_2d(process.covariance))
            X = rng.normal(size=(runs, batch, d)) @ root.T
            y = np.sqrt(process.noise_variance) * rng.normal(size=(runs, batch))
        else:
            pick = rng.integers(len(process.X), size=(runs, batch))
            if not process.replacement:
                pick = rng.permuted(np.tile(np.arange(len(process.X)), (runs, 1)), axis=1)[:, :batch]
            X, y = process.X[pick], process.y[pick]
        gradient = np.einsum("rbd,rb->rd", X, np.einsum("rbd,rd->rb", X, theta) - y) / batch
        velocity = process.momentum * velocity - process.learning_rate * gradient
        theta = theta + velocity
        reset = rng.random(runs) < probability
        theta[reset] = to
        if process.reset_velocity == "zero":
            velocity[reset] = 0
    return theta


def z_scores(theta, mean, cov):
    runs, away = len(theta), theta - mean
    products = np.einsum("ri,rj->rij", away, away)
    z_mean = away.mean(axis=0) / (away.std(axis=0) / np.sqrt(runs))
    return np.append(z_mean, (products.mean(axis=0) - cov) / (products.std(axis=0) / np.sqrt(runs)))


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
@pytest.mark.parametrize(("momentum", "velocity"), [(0.0, "zero"), (0.8, "zero"), (0.8, "keep")])
@pytest.mark.parametrize("kind", ["data", "no replacement", "gaussian"])
def test_plain_training_has_these_moments(rng, kind, momentum, velocity, share):
    extra = {"momentum": momentum, "reset_velocity": velocity}
    X, y = dataset(rng, n=8)

    def process(rate):
        if kind == "gaussian":
            return gaussian(covariance=[[1.0, 0.3], [0.3, 0.5]], learning_rate=rate, **extra)
        return rd.LinearSGD(X, y, rate, 3, kind == "data", **extra)

    to, start, p = np.array([0.5, 1.0]), np.array([1.0, -2.0]), 0.1
    reset = rd.Geometric(p, to=to)
    sgd = process(share * stability_limit(process(0.1), reset))
    theta = train(sgd, start, 12, p, to, 20_000, rng)
    (mean,), (cov,) = transient(sgd, start, [12], reset)
    assert np.abs(z_scores(theta, mean, cov)).max() < 4
    if share < 0.5:  # nearer to the edge the steady state has no fourth moment, and so no score
        theta, result = train(sgd, to, 100, p, to, 5_000, rng), steady(sgd, reset)
        assert np.abs(z_scores(theta, result.mean, result.cov)).max() < 4


def test_the_other_fate_of_the_velocity_is_rejected(rng):
    to, start = np.array([0.5, 1.0]), np.array([1.0, -2.0])
    X, y = dataset(rng, n=8)
    kept, stopped = (
        rd.LinearSGD(X, y, 0.1, 3, momentum=0.8, reset_velocity=velocity) for velocity in ("keep", "zero")
    )
    theta = train(kept, start, 12, 0.3, to, 20_000, rng)
    (mean,), (cov,) = transient(stopped, start, [12], rd.Geometric(0.3, to=to))
    assert np.abs(z_scores(theta, mean, cov)).max() > 8


@pytest.mark.parametrize("share", [0.1, 0.3])
@pytest.mark.parametrize(
    "reset", [rd.NoReset(), rd.Geometric(0.05, to=[2.0, 0.0]), rd.Sharp(5, to=[2.0, 0.0])], ids=repr
)
@pytest.mark.parametrize("replacement", [True, False])
def test_the_compiled_sampler_agrees(rng, reset, replacement, share):
    X, y = dataset(rng, n=10)
    rate = share * stability_limit(rd.LinearSGD(X, y, 0.1, 3, replacement))
    problem = rd.SteadyState(rd.LinearSGD(X, y, rate, 3, replacement), reset)
    result, found = rd.solve(problem), rd.simulate(problem, n=20_000, rng=rng)
    assert np.abs(z_scores(found.samples, result.mean, result.cov)).max() < 4


def test_what_is_not_sampled_says_so():
    sgd = rd.LinearSGD(np.eye(2), np.ones(2), 0.1, 1, momentum=0.5)
    with pytest.raises(ValueError, match=r"momentum=0.5: only plain SGD is sampled.*rd\.solve"):
        rd.simulate(rd.SteadyState(sgd, rd.Geometric(0.1, to=[0.0, 0.0])), n=10, rng=1)
    with pytest.raises(ValueError, match=r"no sampler for GaussianSGD; use rd\.solve"):
        rd.simulate(rd.SteadyState(gaussian()), n=10, rng=1)


# Accuracy: a dense linear system of everything at once, in the original basis, with forty digits.


def exactly(mp, process, p, to):
    """Return mean and covariance of theta, by mpmath."""
    n, d = process.X.shape
    X, y, to = mp.matrix(process.X.tolist()), mp.matrix(process.y.tolist()), mp.matrix(to.tolist())
    eta, beta, p = mp.mpf(process.learning_rate), mp.mpf(process.momentum), mp.mpf(p)
    kept = [0] * d + [int(process.reset_velocity == "keep")] * d
    hessian, force, size = X.T * X / n, X.T * y / n, 2 * d
    step, shift = mp.zeros(size), mp.matrix([eta * f for f in force] * 2)
    for i, j in product(range(size), range(d)):
        step[i, j] = -eta * hessian[i % d, j] + (i == j)
        step[i, d + j] = beta * (i % d == j)
    stay = mp.diag([1 - p + p * k for k in kept])
    mean = mp.lu_solve(mp.eye(size) - stay * step, stay * shift + p * mp.matrix([*to, *[0] * d]))
    after = step * mean + shift
    jump = [(to[a] if a < d else 0) - (1 - kept[a]) * after[a] for a in range(size)]
    batch = process.batch_size
    scale = mp.mpf(1) / batch if process.replacement else mp.mpf(n - batch) / (batch * (n - 1))
    residual = X * mean[:d] - y
    gradients = [[X[i, a] * residual[i] for a in range(d)] for i in range(n)]
    pull = [mp.fsum(g[a] for g in gradients) / n for a in range(d)]
    pairs = [(a, b) for a in range(size) for b in range(a, size)]
    place = {pair: t for t, (a, b) in enumerate(pairs) for pair in ((a, b), (b, a))}
    system, source = mp.eye(len(pairs)), mp.zeros(len(pairs), 1)
    for t, (a, b) in enumerate(pairs):
        survival, (i, j) = 1 - p + p * kept[a] * kept[b], (a % d, b % d)
        for e, h in product(range(size), repeat=2):
            system[t, place[e, h]] -= survival * step[a, e] * step[b, h]
        for e, h in product(range(d), repeat=2):
            fourth = mp.fsum(X[k, i] * X[k, j] * X[k, e] * X[k, h] for k in range(n)) / n
            spread = scale * eta**2 * (fourth - hessian[i, e] * hessian[j, h])
            system[t, place[e, h]] -= survival * spread
        noise = mp.fsum((g[i] - pull[i]) * (g[j] - pull[j]) for g in gradients) / n
        source[t] = survival * eta**2 * scale * noise + p * (1 - p) * jump[a] * jump[b]
    solution = mp.lu_solve(system, source)
    return mean[:d], [[solution[place[a, b]] for b in range(d)] for a in range(d)]


def test_accuracy_against_forty_digits(rng):
    mp = pytest.importorskip("mpmath")
    with mp.workdps(40):
        for _ in range(25):
            d = int(rng.integers(1, 4))
            n = int(rng.integers(d + 1, 8))
            X = rng.normal(size=(n, d)) * 10 ** rng.uniform(-3, 0, size=d) * 10 ** rng.uniform(-2, 2)
            y = X @ rng.normal(size=d) + rng.normal(size=n) * 10 ** rng.uniform(-3, 3)
            options = {
                "batch_size": int(rng.integers(1, n)),
                "replacement": bool(rng.integers(2)),
                "momentum": float(rng.choice([0, 0.5, 0.9, 0.999])),
                "reset_velocity": str(rng.choice(["zero", "keep"])),
            }
            p = float(rng.choice([0, 1e-8, 1e-4, 0.01, 0.3, 0.999]))
            to = rng.normal(size=d) * 10 ** rng.uniform(-2, 2)
            reset = rd.Geometric(p, to=to)
            limit = stability_limit(rd.LinearSGD(X, y, 1.0, **options), reset)
            rate = limit * float(rng.choice([1e-8, 1e-4, 1e-2, 0.5, 0.9, 0.99]))
            process = rd.LinearSGD(X, y, rate, **options)
            result = steady(process, reset)
            mean, cov = exactly(mp, process, p, to)
            found_mean, found_cov = np.atleast_1d(result.mean), np.atleast_2d(result.cov)
            for i, j in product(range(d), repeat=2):
                away = abs(float(found_mean[i] - mean[i]))
                assert away <= 1e-10 * max(map(abs, mean))
                assert away <= result.error
                assert abs(found_cov[i, j] - cov[i][j]) <= 1e-10 * mp.sqrt(cov[i][i] * cov[j][j])


def test_sizes_of_everyday_are_quick(rng):
    X = rng.normal(size=(1000, 50))
    sgd = rd.LinearSGD(X, rng.normal(size=1000), 0.05, 8, momentum=0.5)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        steady(sgd, rd.Geometric(0.01, to=np.zeros(50)))
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1


# The continuous limit, the risk along training, ridge regression and the filters of other reset laws.


@pytest.mark.parametrize("rate", [0.0, 0.7])
@pytest.mark.parametrize(
    "kind", ["data", "no replacement", "gaussian", "quadratic", "heavy", "heavy and kept"]
)
def test_moments_meet_the_continuous_limit_at_first_order(rng, kind, rate):
    X, y = dataset(rng, n=9)
    extra = {"heavy": {"momentum": 0.8}, "heavy and kept": {"momentum": 0.8, "reset_velocity": "keep"}}

    def process(eta):
        if kind == "gaussian":
            return gaussian(covariance=[[1.0, 0.3], [0.3, 0.5]], learning_rate=eta)
        if kind == "quadratic":
            return rd.QuadraticSGD([[1.0, 0.3], [0.3, 0.5]], [1.0, 2.0], 0.7, eta, 3)
        return rd.LinearSGD(X, y, eta, 3, kind != "no replacement", **extra.get(kind, {}))

    away, to = [], np.array([0.2, 0.4])
    for eta in (1e-4, 1e-5):
        sgd = process(eta)
        limit = rd.solve(rd.SteadyState(sgd.continuous(), rd.Poisson(rate, to=to)))
        found = steady(sgd, rd.Geometric(rate * eta, to=to))
        spread = np.abs(found.cov - limit.cov).max() / np.abs(limit.cov).max()
        away.append([np.abs(found.mean - limit.mean).max(), spread])
    away = np.array(away)
    assert away.max() < 0.02
    if rate == 0:  # the mean is the optimum at any learning rate
        assert away[:, 0].max() < 1e-12
        away = away[:, 1:]
    np.testing.assert_allclose(away[0] / away[1], 10, rtol=0.05)


def test_what_has_no_noise_has_no_continuous_limit(rng):
    X, y = dataset(rng)
    for sgd in (rd.LinearSGD(X, X @ [1.0, 2.0], 0.1, 2), rd.LinearSGD(X, y, 0.1, 5, replacement=False)):
        with pytest.raises(ValueError, match="without gradient noise at the optimum there is no diffusion"):
            sgd.continuous()
    with pytest.raises(ValueError, match=r"noise_variance=0: .* there is no diffusion"):
        gaussian(noise_variance=0.0).continuous()


@pytest.mark.parametrize("reset", [rd.NoReset(), rd.Geometric(0.1, to=[1.0, 1.0]), rd.Sharp(4)])
def test_risk_along_training_is_that_of_the_moments(rng, reset):
    sgd = rd.LinearSGD(*dataset(rng), 0.1, 2, momentum=0.5)
    risk, start, steps = rd.Quadratic([[2.0, 0.3], [0.3, 1.0]], [0.5, -0.5], 0.1), [3.0, 4.0], [0, 2, 7, 30]
    risks = sgd_risk(sgd, risk, start, steps, reset)
    means, covs = transient(sgd, start, steps, reset)
    expected = [risk(m) + np.sum(risk.matrix * c) / 2 for m, c in zip(means, covs, strict=True)]
    np.testing.assert_allclose(risks, expected, rtol=1e-13)
    assert sgd_risk(sgd, risk, start, 7, reset) == pytest.approx(risks[2], rel=1e-14)
    if not isinstance(reset, rd.Sharp):
        result = rd.solve(rd.SteadyState(sgd, reset))
        assert sgd_risk(sgd, risk, start, 4000, reset) == pytest.approx(result.expect(risk), rel=1e-10)
        on_the_way = result.transient(steps, start)
        np.testing.assert_allclose([moments.expect(risk) for moments in on_the_way], risks, rtol=1e-13)
        assert result.transient(7, start).steps == 7


def test_bad_risks_are_refused(rng):
    sgd = rd.LinearSGD(*dataset(rng), 0.1, 2)
    with pytest.raises(TypeError, match=r"risk=.*: give an rd\.Quadratic"):
        sgd_risk(sgd, np.sum, [0.0, 0.0], 3)
    with pytest.raises(ValueError, match=r"risk has dimension 1: give one of dimension 2"):
        sgd_risk(sgd, rd.Quadratic(1.0, 0.0), [0.0, 0.0], 3)
    with pytest.raises(ValueError, match=r"only an rd\.Quadratic has an exact"):
        rd.solve(rd.SteadyState(sgd)).transient(3, [0.0, 0.0]).expect(np.sum)


def label_noise(learning_rate, **changes):
    kwargs = {
        "hessian": [[2.0, 0.5], [0.5, 1.0]], "clean_optimum": [0.0, 1.0], "wrong_optimum": [2.0, -1.0],
        "noise_rate": 0.3, "learning_rate": learning_rate, "batch_size": 4, "initial": [-1.0, -2.0],
        "gradient_covariance": [[0.5, 0.1], [0.1, 0.4]],
    }  # fmt: skip
    return rd.LabelNoiseQuadratic(**kwargs | changes)


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_risk_of_label_noise_is_the_limit_of_discrete_training(rate):
    times, away = np.array([0.1, 0.5, 2.0]), []
    for learning_rate in (1e-2, 1e-3):
        model = label_noise(learning_rate)
        reset = rd.Geometric(rate * learning_rate, to=model.checkpoint)
        steps = np.rint(times / learning_rate).astype(int)
        exact = sgd_risk(model.sgd(), model.clean_risk, model.initial, steps, reset)
        away.append(np.abs(model.transient_risk(times, rate) / exact - 1).max())
    assert away[0] < 0.05
    assert away[0] / away[1] == pytest.approx(10, rel=0.1)


def test_risk_of_label_noise_begins_at_the_start_and_ends_in_the_steady_state():
    model = label_noise(0.1)
    assert model.transient_risk(0.0, 0.5) == pytest.approx(model.clean_risk(model.initial), rel=1e-14)
    for rate in (0.0, 1e-8, 0.5, 1e8):
        assert model.transient_risk(1e9, rate) == pytest.approx(model.steady_risk(rate), rel=1e-12)
    assert model.transient_risk(np.ones((2, 3))).shape == (2, 3)
    quiet = label_noise(0.1, gradient_covariance=np.zeros((2, 2)))  # gradient flow
    np.testing.assert_allclose(quiet.transient_risk(1.3), model.clean_risk(model.flow(1.3)), rtol=1e-13)


def test_risk_of_label_noise_under_resetting_is_the_renewal_average():
    # Last reset a time a ago with density r e^(-r a), or never: an average of risks without resetting.
    model, rate, time = label_noise(0.1), 0.8, 1.7
    fresh = label_noise(0.1, initial=model.checkpoint)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    ages, weights = time * (nodes + 1) / 2, weights * time / 2
    expected = np.exp(-rate * time) * model.transient_risk(time)
    expected += weights @ (rate * np.exp(-rate * ages) * fresh.transient_risk(ages))
    assert model.transient_risk(time, rate) == pytest.approx(expected, rel=1e-13)


def test_published_filter(published):
    value = published("filter.sharp.h2.tau1")
    assert spectral_filter(rd.Sharp(1.0), 2.0) == pytest.approx(value, rel=1e-14)


LAWS = {
    "gamma": gamma(2, scale=0.5), "half a second": uniform(0.25, 0.5), "heavy": pareto(1.5),
    "bursts": gamma(0.1, scale=3.0), "two periods": rv_discrete(values=([1, 4], [0.25, 0.75])),
    "exponential": expon(scale=0.5),
}  # fmt: skip


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_filters_of_renewal_laws_against_quadrature(law):
    mp = pytest.importorskip("mpmath")
    h = np.array([1e-6, 0.03, 1.0, 40.0])
    found = spectral_filter(rd.Renewal(law), h)
    transforms = {
        "gamma": lambda s: (1 + 0.5 * s) ** -2, "half a second": lambda s: (
            (mp.exp(-s / 4) - mp.exp(-3 * s / 4)) / (s / 2)), "heavy": lambda s: 1.5 * mp.expint(2.5, s),
        "bursts": lambda s: (1 + 3 * s) ** mp.mpf("-0.1"), "exponential": lambda s: 1 / (1 + s / 2),
        "two periods": lambda s: (mp.exp(-s) + 3 * mp.exp(-4 * s)) / 4,
    }  # fmt: skip
    name = next(name for name, value in LAWS.items() if value is law)
    mean = mp.mpf(float(law.mean()))
    with mp.workdps(40):
        expected = [float((1 - (1 - transforms[name](s)) / (s * mean)) / s) for s in map(mp.mpf, h.tolist())]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("reset", [rd.Poisson(0.7), rd.Sharp(1.3), rd.NoReset()], ids=repr)
def test_filters_are_the_means_of_the_steady_state(reset):
    hessian, center, to = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.0, -0.3]), np.array([0.2, 0.4])
    process = rd.OrnsteinUhlenbeck(hessian, center, 0.1)
    h, basis = np.linalg.eigh(hessian)
    mean = to + basis @ (spectral_filter(reset, h) * (basis.T @ (hessian @ (center - to))))
    solved = rd.solve(rd.SteadyState(process, dataclasses.replace(reset, to=to)))
    np.testing.assert_allclose(solved.mean, mean, rtol=1e-12)


@pytest.mark.parametrize(
    "reset", [rd.Geometric(0.05), rd.Sharp(7), rd.NoReset(), rd.Geometric(1.0)], ids=repr
)
def test_filters_are_the_means_of_discrete_training(rng, reset):
    X, y = dataset(rng, n=20, d=3)
    to, sgd = np.array([0.3, -1.0, 2.0]), rd.LinearSGD(X, y, 0.1, 4)
    h, basis = np.linalg.eigh(X.T @ X / 20)
    g = spectral_filter(reset, h, learning_rate=0.1)
    mean = to + basis @ (g * (basis.T @ (X.T @ (y - X @ to) / 20)))
    np.testing.assert_allclose(steady(sgd, dataclasses.replace(reset, to=to)).mean, mean, rtol=1e-12)


def test_sharp_filter_joins_its_series():
    for reset, rate in ((rd.Sharp(7), 0.1), (rd.Sharp(7.5), None)):
        edge = 1 / (reset.period * (rate or 1.0))
        low, high = spectral_filter(reset, edge * (1 + np.array([-1e-13, 1e-13])), rate)
        assert low == pytest.approx(high, rel=1e-12)
    assert spectral_filter(rd.Sharp(7.0), 0.0) == 3.5
    assert spectral_filter(rd.Sharp(7), 0.0, 0.1) == pytest.approx(0.3, rel=1e-15)  # mean age 3 steps
    assert spectral_filter(rd.NoReset(), 0.0) == np.inf


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("velocity", ["zero", "keep"])
def test_mean_is_ridge_regression_with_this_penalty(rng, momentum, velocity):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = dataset(rng, n=40, d=6)
    to, reset = rng.normal(size=6), rd.Geometric(0.03)
    alpha = 40 * ridge_penalty(reset, 0.01, momentum, velocity)
    ridge = linear_model.Ridge(alpha=alpha, fit_intercept=False, tol=1e-14).fit(X, y - X @ to)
    sgd = rd.LinearSGD(X, y, 0.01, 4, momentum=momentum, reset_velocity=velocity)
    np.testing.assert_allclose(
        steady(sgd, dataclasses.replace(reset, to=to)).mean, to + ridge.coef_, rtol=1e-10
    )


BAD_FILTERS = {
    "rate field": (rd.RateField("x**2"), None, r"no spectral filter; give rd\.Poisson"),
    "partial": (rd.Poisson(1.0, to=rd.Partial(0.5)), None, "give a full reset"),
    "pause": (rd.Poisson(1.0, refractory=1.0), None, "without pauses"),
    "steps of no size": (rd.Geometric(0.1), None, "give their learning_rate="),
    "steps of a rate": (rd.Poisson(1.0), 0.1, "leave out learning_rate="),
    "half a step": (rd.Sharp(2.5), 0.1, "give a whole number of steps"),
}


@pytest.mark.parametrize(("reset", "rate", "message"), BAD_FILTERS.values(), ids=BAD_FILTERS.keys())
def test_what_has_no_filter_says_so(reset, rate, message):
    with pytest.raises(ValueError, match=message):
        spectral_filter(reset, 1.0, rate)


def test_what_is_no_ridge_regression_says_so():
    with pytest.raises(ValueError, match=r"only memoryless resetting is ridge regression"):
        ridge_penalty(rd.Sharp(1.0))
    with pytest.raises(ValueError, match=r"h=.*: give eigenvalues of at least 0"):
        spectral_filter(rd.Poisson(1.0), [-1.0, 1.0])
    assert ridge_penalty(rd.NoReset()) == 0
    assert ridge_penalty(rd.Geometric(1.0), 0.1) == np.inf
