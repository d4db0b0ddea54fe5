"""Resetting as ridge regression and as a spectral filter."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import expon, gamma, pareto, rv_discrete, uniform

import resetdyn as rd
from resetdyn.theory.learning.filters import ridge_penalty, spectral_filter
from tests.naive_sgd import dataset, steady


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
