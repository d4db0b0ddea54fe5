"""The density of an Ornstein-Uhlenbeck process under partial resets."""

import numpy as np
import pytest
from numpy.polynomial import Chebyshev

import resetdyn as rd

CASES = [
    (1.0, 0.0, 0.5, 1.5, 0.6),
    (1.0, 0.7, 0.5, 1.5, 0.99),
    (1.0, 0.7, 0.5, 1.5, 0.05),
    (1.0, 2.0, 0.5, 30.0, 0.9),
]


def solved(k, c, d, r, a):
    return rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(k, c, d), rd.Poisson(r, to=rd.Partial(a))))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_obeys_its_equation(case):
    k, c, d, r, a = case
    result = solved(*case)
    low, high = result.mean + result.std * np.array([0.2, 1.5])
    # On the one side of 0 the density is smooth, so that a fit may be differentiated.
    fit = Chebyshev.interpolate(result.pdf, 60, domain=(low, high)).trim(1e-13)
    x = np.linspace(low + 0.2 * (high - low), high - 0.2 * (high - low), 7)
    drift = k * (x - c) * fit.deriv()(x) + k * fit(x)
    terms = np.array([d * fit.deriv(2)(x), drift, -r * fit(x), r / a * result.pdf(x / a)])
    assert np.abs(terms.sum(axis=0)).max() < 1e-8 * np.abs(terms).max()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_its_moments_are_those_of_the_hierarchy(case):
    result = solved(*case)
    assert result.expect(lambda x: 1.0) == pytest.approx(1.0, rel=1e-11)
    assert result.expect(lambda x: x) == pytest.approx(result.mean, rel=1e-11, abs=1e-12)
    assert result.expect(lambda x: (x - result.mean) ** 2) == pytest.approx(result.cov, rel=1e-10)
    assert result.expect(lambda x: x**4) == pytest.approx(result.moment(4), rel=1e-9)


def test_limits():
    ou, x = rd.OrnsteinUhlenbeck(1.0, 0.7, 0.5), np.array([-1.0, -0.2, 0.3, 0.9, 2.0])
    whole = rd.solve(rd.SteadyState(ou, rd.Poisson(1.5, to=0.0)))
    assert solved(1.0, 0.7, 0.5, 1.5, 0.0).pdf(x) == pytest.approx(whole.pdf(x), rel=1e-12)
    # A factor of 1e-9 leads to within 1e-9 of 0.
    assert solved(1.0, 0.7, 0.5, 1.5, 1e-9).pdf(x) == pytest.approx(whole.pdf(x), rel=1e-8)
    free = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=rd.Partial(0.5))))
    assert solved(1e-11, 0.0, 1.0, 1.0, 0.5).pdf(x) == pytest.approx(free.pdf(x), rel=1e-9)
    alone = rd.solve(rd.SteadyState(ou))
    assert solved(1.0, 0.7, 0.5, 1e-12, 0.5).pdf(x) == pytest.approx(alone.pdf(x), rel=1e-10)


def test_simulation(seed):
    result = solved(1.0, 0.7, 0.5, 1.5, 0.6)
    found = rd.simulate(result.problem, n=20_000, rng=seed)
    for function in (np.cos, lambda x: np.exp(-((x - 0.3) ** 2) / 0.02)):
        values = function(np.asarray(found.samples))
        # Successive samples of the chain may be correlated: batches say how much.
        batches = values.reshape(100, -1).mean(axis=1)
        assert abs(values.mean() - result.expect(function)) < 4 * batches.std(ddof=1) / 10
