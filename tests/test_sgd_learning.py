"""SGD with momentum, Gaussian inputs and any reset, held to enumerated batches and to a quadrature."""

import dataclasses
import pickle

import numpy as np
import pytest
from scipy.stats import uniform

import resetdyn as rd
from resetdyn.processes import is_discrete
from resetdyn.theory.learning.moments import transient
from resetdyn.theory.learning.stability import stability_limit
from tests.naive_sgd import (
    A,
    average_map,
    dataset,
    gaussian,
    moments_of,
    oracle_steady,
    reset_map,
    steady,
)


def check(result, mean, cov, d, rtol=1e-10):
    np.testing.assert_allclose(np.atleast_1d(result.mean), mean[:d], rtol=rtol, atol=1e-12)
    found = result.joint_cov if result.joint_cov is not None else np.atleast_2d(result.cov)
    atol = 1e-14 + 1e-12 * np.abs(cov).max()  # rounding of the oracle, which subtracts the squared mean
    np.testing.assert_allclose(found, cov[: len(found), : len(found)], rtol=rtol, atol=atol)
    np.testing.assert_allclose(np.atleast_2d(result.cov), found[:d, :d], rtol=1e-13, atol=1e-15)


def check_from_the_optimum(sgd, probability, to):
    """Hold to an oracle that is seen from the optimum, where squared means do not drown the covariance."""
    optimum = np.linalg.lstsq(sgd.X, sgd.y)[0]
    seen = dataclasses.replace(sgd, y=sgd.y - sgd.X @ optimum)
    mean, cov = oracle_steady(seen, probability, reset_map(seen, to - optimum))
    mean[: sgd.dim] += optimum
    check(steady(sgd, rd.Geometric(probability, to=to)), mean, cov, sgd.dim)


@pytest.mark.parametrize("velocity", ["zero", "keep"])
@pytest.mark.parametrize("probability", [0.0, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("momentum", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dim", [1, 2])
def test_momentum_is_that_of_the_enumerated_batches(rng, dim, momentum, probability, velocity):
    X, y = dataset(rng, d=dim)
    sgd = rd.LinearSGD(X, y, 0.05, 2, momentum=momentum, reset_velocity=velocity)
    to = rng.normal(size=dim)
    check_from_the_optimum(sgd, probability, to)


@pytest.mark.parametrize("velocity", ["zero", "keep"])
def test_momentum_at_large_learning_rates_and_many_features(rng, velocity):
    X, y = dataset(rng, n=4, d=3)
    sgd = rd.LinearSGD(X, y, 0.1, 1, momentum=0.7, reset_velocity=velocity)
    to = np.ones(3)
    for p in (0.0, 0.05):
        limit = stability_limit(sgd, rd.Geometric(p, to=to))
        for share in (0.5, 0.9, 0.99):
            fast = rd.LinearSGD(X, y, share * limit, 1, momentum=0.7, reset_velocity=velocity)
            check_from_the_optimum(fast, p, to)


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
    sgd = rd.LinearSGD(X, y, 1e4, 1)
    with pytest.raises(
        ValueError, match=r"learning_rate=10000: within a period of 100 steps .* shorter period"
    ):
        steady(sgd, rd.Sharp(100, to=[0.0, 0.0]))
    with pytest.raises(ValueError, match=r"after 100 steps the second moment outgrows floating point"):
        transient(sgd, [1.0, 1.0], [100])
    kept = rd.LinearSGD(X, y, 300.0, 1)
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
