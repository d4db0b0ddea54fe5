"""Bounds on what resetting can reach: in closed form, in order for many laws, and kept by other protocols."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import resetdyn as rd
from resetdyn.theory.optima.bounds import MEDIAN_BOUND
from resetdyn.theory.passages.law import LawPassage

LEVEL = rd.Level(0.0)
LAWS = {
    "lognorm(0.3)": stats.lognorm(0.3),
    "lognorm(0.9)": stats.lognorm(0.9),
    "lognorm(1.5)": stats.lognorm(1.5),
    "lognorm(3)": stats.lognorm(3.0),
    "gamma(0.5)": stats.gamma(0.5),
    "gamma(3)": stats.gamma(3.0),
    "expon": stats.expon(scale=2.0),
    "weibull(0.6)": stats.weibull_min(0.6),
    "weibull(2)": stats.weibull_min(2.0),
    "levy": stats.levy(),
    "pareto(0.7)": stats.pareto(0.7),
    "pareto(2.5)": stats.pareto(2.5),
    "lomax(1.2)": stats.lomax(1.2),
    "uniform": stats.uniform(1.0, 2.0),
    "uniform from 0": stats.uniform(0.0, 2.0),
    "invgauss(2)": stats.invgauss(2.0),
    "invgauss(0.1)": stats.invgauss(0.1),
    "invgamma(1.5)": stats.invgamma(1.5),
    "fisk(1.5)": stats.fisk(1.5),
    "burr": stats.burr12(3.0, 0.4),
    "rayleigh": stats.rayleigh(),
    "half-normal": stats.halfnorm(),
    "frechet": stats.genextreme(-0.5, loc=2.0, scale=1.0),
    "late": stats.expon(loc=3.0, scale=0.1),
}
SEARCHES = {
    "free": rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL),
    "away": rd.FirstPassage(rd.Brownian(1.0, drift=0.3), 1.0, LEVEL),
    "toward": rd.FirstPassage(rd.Brownian(0.5, drift=-3.0), 1.0, LEVEL),
    "trap": rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), 0.4, LEVEL),
    "barrier": rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), 0.5, LEVEL),
    "interval": rd.FirstPassage(rd.Brownian(1.0, drift=3.0), 0.1, rd.Interval(0.0, 1.0)),
}


def assert_ordered(bounds):
    slack = 1 + 1e-12
    best = bounds.poisson if np.isnan(bounds.best) else bounds.best
    assert 0 <= bounds.harmonic <= best * slack
    assert best <= bounds.poisson * slack
    assert bounds.poisson <= min(bounds.median, bounds.mean) * slack


@pytest.mark.parametrize("name", LAWS)
def test_bounds_of_laws_are_in_order(name):
    bounds = rd.reset_bounds(LAWS[name])
    assert_ordered(bounds)
    assert not np.isnan(bounds.best)
    assert bounds.median == pytest.approx(MEDIAN_BOUND * LAWS[name].median(), rel=1e-13)
    if bounds.median_rate > 0:
        assert (
            rd.renewal_survival(LawPassage(LAWS[name]).survival, rd.Poisson(bounds.median_rate)).mean
            <= bounds.median
        )


@pytest.mark.parametrize("name", SEARCHES)
def test_bounds_of_searches_are_in_order(name):
    assert_ordered(rd.reset_bounds(SEARCHES[name]))


@pytest.mark.parametrize("name", ["lognorm(1.5)", "levy", "pareto(2.5)", "gamma(3)", "frechet"])
def test_no_protocol_beats_the_best_period(name, rng):
    """Random waiting times of every kind are slower."""
    law = LAWS[name]
    bounds = rd.reset_bounds(law)
    for _ in range(4):
        shape, mean = (
            float(rng.uniform(0.5, 5)),
            bounds.best_period if np.isfinite(bounds.best_period) else 1.0,
        )
        for waiting in (
            stats.gamma(shape, scale=mean / shape),
            stats.uniform(0.5 * mean, mean),
            stats.lognorm(1.0, scale=mean),
        ):
            other = rd.renewal_survival(law.sf, rd.Renewal(waiting))
            assert other.mean >= bounds.best * (1 - 1e-9)


@pytest.mark.parametrize(
    ("law", "harmonic"),
    [
        (stats.lognorm(1.5), np.exp(-1.125)),
        (stats.gamma(3.0), 2.0),  # shape - 1
        (stats.gamma(1.2), 0.2),
        (stats.gamma(1.0), 0.0),
        (stats.gamma(0.5), 0.0),
        (stats.levy(), 1.0),
        (stats.pareto(2.5), 3.5 / 2.5),
        (stats.uniform(1.0, 2.0), 2 / np.log(3.0)),
        (stats.invgauss(2.0), 2.0 / 3.0),  # 1 / mu + 1 at scale 1
        (stats.weibull_min(2.0), 1 / np.sqrt(np.pi)),
    ],
)
def test_harmonic_mean_in_closed_form(law, harmonic):
    assert rd.reset_bounds(law).harmonic == pytest.approx(harmonic, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize(
    ("problem", "harmonic"),
    [
        # The inverse-Gaussian law with mean d / v and shape d^2 / (2 D), and how likely the target is found.
        (SEARCHES["free"], 1 / 2),
        (SEARCHES["toward"], 1 / (3.0 + 1.0)),
        (SEARCHES["away"], np.exp(0.3) / (0.3 + 2.0)),
    ],
)
def test_harmonic_mean_of_searches(problem, harmonic):
    assert rd.reset_bounds(problem).harmonic == pytest.approx(harmonic, rel=1e-11)


@pytest.mark.parametrize("name", ["trap", "barrier", "interval"])
def test_harmonic_mean_is_the_integral_of_the_transform(name):
    problem = SEARCHES[name]

    def transform(s):
        mean = rd.solve(
            rd.FirstPassage(problem.process, problem.start, problem.target, rd.Poisson(s))
        ).log_mean
        return 1 / (1 + s * np.exp(mean))

    whole = quad(lambda u: np.exp(u) * transform(np.exp(u)), -30, 12, limit=400, epsabs=0, epsrel=1e-11)[0]
    assert rd.reset_bounds(problem).harmonic == pytest.approx(1 / whole, rel=1e-9)


def test_harmonic_mean_is_reached_by_a_search_that_succeeds_at_once_or_never():
    chance, needed = 0.3, 2.0
    sharp = rd.renewal_survival(lambda t: 1 - chance * (np.asarray(t) >= needed), rd.Sharp(needed))
    assert sharp.mean == pytest.approx(needed / chance, rel=1e-14)


def test_median_bound(published):
    bounds = rd.reset_bounds(stats.lognorm(1.0, scale=3.0))
    assert bounds.median == pytest.approx(3.0 * published("bound.median.poisson.val"), rel=1e-14)
    assert bounds.median_rate == pytest.approx(published("bound.median.poisson") / 3.0, rel=1e-14)


def test_median_of_a_search_that_mostly_fails():
    away = rd.FirstPassage(rd.Brownian(1.0, drift=2.0), 1.0, LEVEL)  # found with probability exp(-2)
    bounds = rd.reset_bounds(away)
    assert bounds.median == np.inf
    assert bounds.median_rate == 0
    assert_ordered(bounds)


def test_what_has_no_bounds_is_refused():
    for reset in (rd.Poisson(1.0, to=0.5), rd.Sharp(1.0, refractory=0.1), rd.Poisson(1.0, return_speed=1.0)):
        with pytest.raises(ValueError, match="without cost"):
            rd.reset_bounds(rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, reset))
    walk = rd.FirstPassage(rd.RandomWalk({-1: 0.5, 1: 0.5}), 3.0, LEVEL)
    with pytest.raises(ValueError, match="continuous time"):
        rd.reset_bounds(walk)
    with pytest.raises(TypeError, match=r"frozen scipy\.stats"):
        rd.reset_bounds(1.0)
    with pytest.raises(ValueError, match="never negative"):
        rd.reset_bounds(stats.uniform(-1.0, 3.0))
