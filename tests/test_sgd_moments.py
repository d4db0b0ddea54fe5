"""Exact moments of discrete SGD, held to enumerated batches, to limits, to Ridge and to plain training."""

from itertools import combinations, product

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.theory.learning.moments import steady_state, transient
from resetdyn.theory.steady.relaxation import LinearRelaxation

H = np.array([[2.0, 0.5], [0.5, 1.0]])
B = np.array([1.0, -0.3])


def quadratic(**changes):
    kwargs = {
        "hessian": H,
        "optimum": np.linalg.solve(H, B),
        "gradient_covariance": [[0.4, 0.05], [0.05, 0.3]],
        "learning_rate": 0.1,
        "batch_size": 5,
    }
    return rd.QuadraticSGD(**kwargs | changes)


def dataset(rng, n=5, d=2):
    return rng.normal(size=(n, d)), rng.normal(size=n)


def steady(process, reset=None):
    return steady_state(rd.SteadyState(process, reset or rd.NoReset()))


# An oracle that knows nothing of the formulas: every batch is an affine map of the state, a linear map of
# (state, 1) and so of its second moment. The expectation is the average over all batches.


def batches(sgd):
    n = len(sgd.X)
    if sgd.replacement:
        return list(product(range(n), repeat=sgd.batch_size))
    return list(combinations(range(n), sgd.batch_size))


def average_map(sgd):
    d = sgd.dim
    total = np.zeros(((d + 1) ** 2, (d + 1) ** 2))
    for batch in batches(sgd):
        X, y = sgd.X[list(batch)], sgd.y[list(batch)]
        step = np.eye(d + 1)
        step[:d, :d] -= sgd.learning_rate * X.T @ X / sgd.batch_size
        step[:d, d] = sgd.learning_rate * X.T @ y / sgd.batch_size
        total += np.kron(step, step)
    return total / len(batches(sgd))


def reset_map(to):
    d = len(to)
    reset = np.zeros((d + 1, d + 1))
    reset[:, d] = [*to, 1.0]
    return np.kron(reset, reset)


def unpack(vector, d):
    second = vector.reshape(d + 1, d + 1)
    mean = second[:d, d]
    return mean, second[:d, :d] - np.outer(mean, mean)


def stationary(step_map, d):
    values, vectors = np.linalg.eig(step_map)
    vector = vectors[:, np.argmin(np.abs(values - 1))].real
    return unpack(vector / vector[-1], d)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("probability", [0.0, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_steady_state_is_that_of_the_enumerated_batches(rng, replacement, probability, dim):
    X, y = dataset(rng, d=dim)
    to, optimum = rng.normal(size=dim), np.linalg.lstsq(X, y)[0]
    sgd = rd.LinearSGD(X, y, learning_rate=0.2, batch_size=2, replacement=replacement)
    # Seen from the optimum, the second moment of the oracle does not drown its covariance.
    seen = rd.LinearSGD(X, y - X @ optimum, learning_rate=0.2, batch_size=2, replacement=replacement)
    oracle = (1 - probability) * average_map(seen) + probability * reset_map(to - optimum)
    mean, cov = stationary(oracle, dim)
    result = steady(sgd, rd.Geometric(probability, to=to))
    np.testing.assert_allclose(result.mean - optimum, mean, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.atleast_2d(result.cov), cov, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("replacement", [True, False])
def test_sharp_resetting_averages_the_enumerated_batches_over_the_period(rng, replacement):
    sgd = rd.LinearSGD(*dataset(rng), learning_rate=0.2, batch_size=3, replacement=replacement)
    to, period = np.array([2.0, -1.0]), 7
    ages = [np.outer([*to, 1.0], [*to, 1.0]).ravel()]
    for _ in range(period - 1):
        ages.append(average_map(sgd) @ ages[-1])
    mean, cov = unpack(np.mean(ages, axis=0), 2)
    result = steady(sgd, rd.Sharp(period, to=to))
    np.testing.assert_allclose(result.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(result.cov, cov, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("reset", [rd.NoReset(), rd.Geometric(0.1), rd.Sharp(4), rd.Sharp(5, to=[0.0, 3.0])])
def test_transient_is_that_of_the_enumerated_batches(rng, reset):
    sgd = rd.LinearSGD(*dataset(rng), learning_rate=0.2, batch_size=2)
    start = np.array([1.0, -2.0])
    back = reset_map(start if reset.to is None else reset.to)
    state = np.outer([*start, 1.0], [*start, 1.0]).ravel()
    steps = [0, 1, 4, 5, 13]
    means, covs = transient(sgd, start, steps, reset)
    assert means.shape == (5, 2)
    assert covs.shape == (5, 2, 2)
    for step in range(14):
        if step:
            state = average_map(sgd) @ state
            p = getattr(reset, "probability", 0.0)
            if isinstance(reset, rd.Sharp):
                p = float(step % reset.period == 0)
            state = (1 - p) * state + p * (back @ state)
        if step in steps:
            mean, cov = unpack(state, 2)
            np.testing.assert_allclose(means[steps.index(step)], mean, rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(covs[steps.index(step)], cov, rtol=1e-10, atol=1e-12)


def test_transient_ends_in_the_steady_state(rng):
    sgd = rd.LinearSGD(*dataset(rng, n=30), learning_rate=0.2, batch_size=4)
    reset = rd.Geometric(0.05, to=[1.0, 1.0])
    means, covs = transient(sgd, [5.0, -5.0], [2000], reset)
    result = steady(sgd, reset)
    np.testing.assert_allclose(means[0], result.mean, rtol=1e-12)
    np.testing.assert_allclose(covs[0], result.cov, rtol=1e-11)


def test_published_additive_covariance(published):
    assert steady(quadratic()).cov[0, 0] == pytest.approx(published("sgd.discrete.cov.00"), rel=1e-12)


def test_published_mean_under_resetting(published):
    result = steady(quadratic(), rd.Geometric(0.05, to=[0.2, 0.4]))
    assert result.mean[0] == pytest.approx(published("discrete.ridge.mean.0"), rel=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.7])
def test_small_learning_rates_lead_to_the_relaxation_of_the_langevin_limit(rate):
    to = np.array([0.2, 0.4])
    away = []
    for learning_rate in [1e-3, 1e-4]:
        sgd = quadratic(learning_rate=learning_rate)
        diffusion = learning_rate * sgd.gradient_covariance / (2 * sgd.batch_size)
        mean, cov = LinearRelaxation(H, sgd.optimum, diffusion).moments(rate, to)
        result = steady(sgd, rd.Geometric(rate * learning_rate, to=to))
        away.append([np.abs(result.mean / mean - 1).max(), np.abs(result.cov / cov - 1).max()])
    assert np.max(away[0]) < 5e-3
    if rate == 0:  # the mean is the optimum at any learning rate
        away = np.array(away)[:, 1:]
    np.testing.assert_allclose(np.divide(*away), 10, rtol=0.05)  # the deviation is of first order


def test_mean_is_ridge_regression_that_shrinks_to_the_checkpoint(rng):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = dataset(rng, n=40, d=6)
    checkpoint, p, learning_rate = rng.normal(size=6), 0.03, 0.05
    ridge = linear_model.Ridge(alpha=40 * p / ((1 - p) * learning_rate), fit_intercept=False, tol=1e-14)
    ridge.fit(X, y - X @ checkpoint)
    result = steady(rd.LinearSGD(X, y, learning_rate, 4), rd.Geometric(p, to=checkpoint))
    np.testing.assert_allclose(result.mean, checkpoint + ridge.coef_, rtol=1e-10)


def simulate(sgd, start, steps, probability, to, runs, rng):
    """Plain SGD, a step at a time: draw batches, step, then reset."""
    theta = np.tile(start, (runs, 1))
    for _ in range(steps):
        if sgd.replacement:
            batch = rng.integers(len(sgd.X), size=(runs, sgd.batch_size))
        else:
            batch = rng.permuted(np.tile(np.arange(len(sgd.X)), (runs, 1)), axis=1)[:, : sgd.batch_size]
        X, y = sgd.X[batch], sgd.y[batch]
        residual = np.einsum("rbd,rd->rb", X, theta) - y
        theta = theta - sgd.learning_rate * np.einsum("rbd,rb->rd", X, residual) / sgd.batch_size
        theta[rng.random(runs) < probability] = to
    return theta


@pytest.mark.parametrize("replacement", [True, False])
def test_plain_training_has_these_moments(rng, replacement):
    sgd = rd.LinearSGD(*dataset(rng, n=8), learning_rate=0.2, batch_size=3, replacement=replacement)
    start, to, p, steps, runs = np.array([1.0, -2.0]), np.array([0.5, 1.0]), 0.1, 12, 20_000
    theta = simulate(sgd, start, steps, p, to, runs, rng)
    z_mean, z_cov = scores(theta, *transient(sgd, start, [steps], rd.Geometric(p, to=to)))
    assert np.abs(z_mean).max() < 4
    assert np.abs(z_cov).max() < 4


def test_the_other_way_of_drawing_batches_is_rejected(rng):
    X, y = dataset(rng, n=8)
    start = np.linalg.lstsq(X, y)[0]
    theta = simulate(rd.LinearSGD(X, y, 0.1, 4), start, 12, 0.0, start, 5000, rng)
    wrong = rd.LinearSGD(X, y, 0.1, 4, replacement=False)
    _, z_cov = scores(theta, *transient(wrong, start, [12]))
    assert np.abs(z_cov).max() > 8


def scores(theta, means, covs):
    """Return the z-scores of the sampled mean and covariance."""
    runs, away = len(theta), theta - means[0]
    products = np.einsum("ri,rj->rij", away, away)
    z_mean = away.mean(axis=0) / np.sqrt(np.diag(covs[0]) / runs)
    return z_mean, (products.mean(axis=0) - covs[0]) / (products.std(axis=0) / np.sqrt(runs))


def test_steady_state_under_additive_noise_by_the_sum_over_ages():
    sgd, p, to = quadratic(learning_rate=0.4), 0.2, np.array([1.0, 2.0])
    ages = np.arange(400)
    means, covs = transient(sgd, to, ages)
    weights = p * (1 - p) ** ages
    mean = weights @ means
    second = np.einsum("a,aij->ij", weights, covs + np.einsum("ai,aj->aij", means, means))
    result = steady(sgd, rd.Geometric(p, to=to))
    np.testing.assert_allclose(result.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(result.cov, second - np.outer(mean, mean), rtol=1e-11)


def test_one_dimension_speaks_in_floats(rng):
    sgd = rd.QuadraticSGD(hessian=2.0, optimum=1.0, gradient_covariance=3.0, learning_rate=0.1, batch_size=4)
    result = steady(sgd)
    assert isinstance(result.mean, float)
    assert isinstance(result.cov, float)
    assert result.cov == pytest.approx(0.1**2 * 3 / 4 / (1 - 0.8**2), rel=1e-13)
    means, variances = transient(sgd, 0.0, [1, 2])
    assert means.shape == variances.shape == (2,)


def test_full_batch_has_no_noise(rng):
    X, y = dataset(rng)
    result = steady(rd.LinearSGD(X, y, 0.1, batch_size=5, replacement=False))
    np.testing.assert_allclose(result.mean, np.linalg.lstsq(X, y)[0], rtol=1e-10)
    assert not result.cov.any()


def test_resetting_always_stays_at_the_checkpoint(rng):
    result = steady(rd.LinearSGD(*dataset(rng), 0.1, 2), rd.Geometric(1.0, to=[3.0, 4.0]))
    np.testing.assert_allclose(result.mean, [3.0, 4.0], rtol=1e-15)
    assert not result.cov.any()


def test_a_flat_direction_stays_at_the_checkpoint(rng):
    X = rng.normal(size=(6, 1)) * [[1.0, 0.0]]
    sgd = rd.LinearSGD(X, rng.normal(size=6), 0.1, 2)
    result = steady(sgd, rd.Geometric(0.1, to=[0.0, 3.0]))
    assert result.mean[1] == pytest.approx(3.0, rel=1e-14)
    assert result.cov[1, 1] == pytest.approx(0.0, abs=1e-14)
    with pytest.raises(ValueError, match=r"flat in some direction .* give a reset"):
        steady(sgd)


def second_moment_radius(sgd):
    steps = []
    for batch in batches(sgd):
        X = sgd.X[list(batch)]
        step = np.eye(sgd.dim) - sgd.learning_rate * X.T @ X / sgd.batch_size
        steps.append(np.kron(step, step))
    return np.abs(np.linalg.eigvals(np.mean(steps, axis=0))).max()


def test_divergence_is_refused_exactly_where_the_second_moment_diverges(rng):
    X, y = dataset(rng)
    low, high = 0.01, 100.0
    while high / low > 1 + 1e-12:
        middle = np.sqrt(low * high)
        if second_moment_radius(rd.LinearSGD(X, y, middle, 1)) < 1:
            low = middle
        else:
            high = middle
    assert np.isfinite(steady(rd.LinearSGD(X, y, low * (1 - 1e-6), 1)).cov).all()
    with pytest.raises(ValueError, match=r"learning_rate=.* second moment .* smaller learning_rate"):
        steady(rd.LinearSGD(X, y, low * (1 + 1e-6), 1))


def test_divergence_is_seen_where_every_label_is_fitted(rng):
    # Without a residual there is no noise at the optimum, and an unstable fixed point looks quiet.
    X = rng.normal(size=(5, 2))
    sgd = rd.LinearSGD(X, X @ [1.0, 2.0], learning_rate=5.0 / np.square(X).sum(axis=1).max(), batch_size=1)
    assert second_moment_radius(sgd) > 1
    with pytest.raises(ValueError, match="second moment"):
        steady(sgd)


def test_resetting_can_stabilise_what_diverges_alone(rng):
    X, y = dataset(rng)
    sgd = rd.LinearSGD(X, y, learning_rate=3.0 / np.square(X).sum(axis=1).max(), batch_size=1)
    radius = second_moment_radius(sgd)
    assert radius > 1
    edge = 1 - 1 / radius
    assert np.isfinite(steady(sgd, rd.Geometric(edge + 1e-4, to=[0.0, 0.0])).cov).all()
    with pytest.raises(ValueError, match="more resetting"):
        steady(sgd, rd.Geometric(edge - 1e-4, to=[0.0, 0.0]))


def test_many_features_converge(rng):
    X = rng.normal(size=(400, 60)) * np.geomspace(1, 1e-2, 60)
    sgd = rd.LinearSGD(X, rng.normal(size=400), learning_rate=0.05, batch_size=8)
    reset = rd.Geometric(1e-3, to=rng.normal(size=60))
    result = steady(sgd, reset)
    after = one_step(result, sgd, reset)
    assert np.abs(after - result.cov).max() < 1e-12 * np.abs(result.cov).max()


def one_step(result, sgd, reset):
    """One step and one reset decision on the covariance of a steady state, in plain matrices."""
    p, eta, n, d = reset.probability, sgd.learning_rate, *sgd.X.shape
    hessian = sgd.X.T @ sgd.X / n
    shrink = np.eye(d) - eta * hessian
    gradients = sgd.X * (sgd.X @ result.mean - sgd.y)[:, None]
    weights = np.einsum("ni,ij,nj->n", sgd.X, result.cov, sgd.X)
    noise = np.cov(gradients.T, bias=True) + sgd.X.T @ (weights[:, None] * sgd.X) / n
    noise -= hessian @ result.cov @ hessian
    cov = shrink @ result.cov @ shrink + eta**2 * noise / sgd.batch_size
    gap = result.mean - eta * gradients.mean(axis=0) - reset.to
    return (1 - p) * cov + p * (1 - p) * np.outer(gap, gap)


@pytest.mark.parametrize("steps", [[], [3, 2], [-1, 2], [0.5], 3, [[1, 2]], [1, 1]])
def test_bad_steps_are_refused(steps):
    with pytest.raises(ValueError, match=r"steps=.*give a list of increasing whole numbers"):
        transient(quadratic(), [0.0, 0.0], steps)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"start has shape \(\).*dimension 2"):
        transient(quadratic(), 1.0, [1])
    with pytest.raises(ValueError, match=r"rd\.Geometric"):
        transient(quadratic(), [0.0, 0.0], [1], rd.Poisson(1.0))
    with pytest.raises(TypeError, match=r"process=.*give a QuadraticSGD or a LinearSGD"):
        transient(rd.Brownian(1.0), 1.0, [1])
