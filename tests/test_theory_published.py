"""Theory against published values, to 1e-9 relative."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import lognorm

import resetdyn as rd

EXACT = 1e-9


def brownian(D=1.0, x0=1.0, r=None, pe=0.0):
    """Brownian search at a distance x0 with this Peclet number."""
    reset = rd.NoReset() if r is None else rd.Poisson(r)
    return rd.FirstPassage(rd.Brownian(D, drift=-2 * pe * D / x0), x0, rd.Level(0.0), reset)


def trapped(z, r=None, level=0.0):
    reset = rd.NoReset() if r is None else rd.Poisson(r)
    return rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), z, rd.Level(level), reset)


def interval(u, r=None, drift=0.0):
    reset = rd.NoReset() if r is None else rd.Poisson(r)
    return rd.FirstPassage(rd.Brownian(1.0, drift=drift), u, rd.Interval(0.0, 1.0), reset)


MEANS = {
    "em2011.mfpt.D1.x1.r1": brownian(r=1.0),
    "em2011.mfpt.D0.5.x1.3.r0.7": brownian(0.5, 1.3, 0.7),
    "em2011.mfpt.D1.x1.r0.1": brownian(r=0.1),
    "peclet.mfpt.Pe0.2.rho1": brownian(r=1.0, pe=0.2),
    "peclet.mfpt.Pe0.8.rho1": brownian(r=1.0, pe=0.8),
    "ou.center.mfpt.z1.s1": trapped(1.0, 1.0),
    "ou.center.mfpt.z0.5.s0.3": trapped(0.5, 0.3),
    "ou.general.z2.za1.s1": trapped(2.0, 1.0, level=1.0),
    "interval.mfpt.u0.1.r5": interval(0.1, 5.0),
    "interval.mfpt.u0.5.r1": interval(0.5, 1.0),
    "diffusion.sharp.tau0.5": rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Sharp(0.5)),
}
OPTIMA = {
    ("em2011.rstar", "em2011.Tstar"): brownian(),
    ("driftaway.rhostar.Pe-0.5", "driftaway.Tstar.Pe-0.5"): brownian(pe=-0.5),
    ("driftaway.rhostar.Pe-1", "driftaway.Tstar.Pe-1"): brownian(pe=-1.0),
    ("ou.center.sstar.z1", "ou.center.Tstar.z1"): trapped(1.0),
    ("interval.rstar.u0.1", "interval.Tstar.u0.1"): interval(0.1),
    ("interval.rstar.u0.2", "interval.Tstar.u0.2"): interval(0.2),
}


@pytest.mark.parametrize("name", MEANS)
def test_mean(name, published):
    assert rd.solve(MEANS[name]).mean == pytest.approx(published(name), rel=EXACT)


@pytest.mark.parametrize(("rate", "mean"), OPTIMA)
def test_optimum(rate, mean, published):
    problem = OPTIMA[rate, mean]
    best = rd.optimal_reset(problem)
    assert best.rate == pytest.approx(published(rate), rel=EXACT)
    assert best.mean == pytest.approx(published(mean), rel=EXACT)
    at_best = rd.FirstPassage(problem.process, problem.start, problem.target, rd.Poisson(best.rate))
    assert rd.solve(at_best).cv == pytest.approx(1.0, rel=EXACT)


@pytest.mark.parametrize("pe", [0.2, 0.5])
def test_peclet_optimum(pe, published):
    best = rd.optimal_reset(brownian(pe=pe))
    assert best.rate == pytest.approx(published(f"peclet.rhostar.Pe{pe}"), rel=EXACT)
    assert best.speedup == pytest.approx(published(f"peclet.speedup.Pe{pe}"), rel=EXACT)


def test_peclet_threshold(published):
    gap = 1e-6
    assert rd.optimal_reset(brownian(pe=1 - gap)).rate / gap == pytest.approx(
        published("peclet.slope.at1"), rel=1e-5
    )
    assert rd.solve(brownian(pe=1.0)).cv == pytest.approx(published("peclet.CV"), rel=EXACT)
    assert rd.optimal_reset(brownian(pe=1 + gap)).rate == 0


def test_second_moment_and_survival(published):
    result = rd.solve(brownian(r=1.0))
    assert result.moment(2) == pytest.approx(published("reuveni.secondmoment.bm"), rel=EXACT)
    assert result.survival(1.0) == pytest.approx(published("em2011.survival.t1"), rel=1e-10)
    late = result.survival([22.0, 24.0])  # a pole rules; the inversion's 1e-12 is 1e-7 of what is left
    assert np.log(late[1] / late[0]) / 2 == pytest.approx(published("em2011.decayrate"), rel=1e-6)


def test_transition_at_the_centre(published):
    critical = published("ou.center.zc")
    verdict = rd.reset_helps(trapped(critical))
    assert verdict.cv == pytest.approx(1.0, rel=EXACT)
    assert verdict.curvature == pytest.approx(published("ou.center.a2.at.zc"), rel=EXACT)
    assert verdict.transition_order == 2
    gap = 1e-5
    slope = rd.optimal_reset(trapped(critical - gap)).rate / gap
    assert slope == pytest.approx(published("ou.center.slope"), rel=1e-4)
    assert brentq(lambda z: rd.solve(trapped(z)).cv - 1, 0.5, 2.0, xtol=1e-14) == pytest.approx(
        critical, rel=EXACT
    )


def test_transitions_of_the_interval(published):
    verdict = rd.reset_helps(interval(published("interval.ucrit")))
    assert verdict.cv == pytest.approx(1.0, rel=EXACT)
    assert verdict.curvature == pytest.approx(published("interval.a2.at.ucrit"), rel=EXACT)
    u, v = published("interval.drift.tricrit.u"), published("interval.drift.tricrit.V")
    tricritical = rd.reset_helps(interval(u, drift=v))
    assert abs(tricritical.slope) < 1e-15
    assert abs(tricritical.curvature) < 1e-15


def test_ends_of_the_interval(published):
    low, high = rd.solve(interval(0.1, 5.0)).ends
    assert low == pytest.approx(published("interval.split.u0.1.r5"), rel=EXACT)
    assert low + high == 1
    assert rd.solve(interval(0.3, drift=2.0)).ends[1] == pytest.approx(
        published("belan.success.r0"), rel=EXACT
    )


def test_sharp_optimum(published):
    def mean(period):
        return rd.solve(rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Sharp(period))).mean

    best = published("diffusion.sharp.taustar")
    assert mean(best) == pytest.approx(published("diffusion.sharp.min"), rel=EXACT)
    assert mean(best * 0.99) > mean(best) < mean(best * 1.01)


def test_lognormal(published):
    def result(rate):
        return rd.renewal_survival(lognorm(1.5).sf, rd.Poisson(rate))

    # d mean / d rate = mean^2 - <T_r^2> / 2
    best = brentq(lambda r: result(r).mean ** 2 - result(r).moment(2) / 2, 1.0, 10.0, xtol=1e-14)
    assert best == pytest.approx(published("lognormal.s1.5.rstar"), rel=EXACT)
    assert result(best).mean == pytest.approx(published("lognormal.s1.5.Tstar"), rel=EXACT)
    assert result(1e-12).mean == pytest.approx(published("lognormal.s1.5.mean"), rel=EXACT)


def test_hyperexponential(published):
    slow = rd.renewal_survival(lambda t: 0.3 * np.exp(-5 * t) + 0.7 * np.exp(-0.2 * t), rd.Poisson(1e-11))
    assert slow.mean == pytest.approx(published("hyperexp.mean"), rel=EXACT)
    assert slow.mean**2 - slow.moment(2) / 2 == pytest.approx(published("pr2017.slope"), rel=EXACT)


def test_renewal_from_a_transform(published):
    def free(s):
        return np.exp(-np.sqrt(s))

    assert rd.renewal_laplace(free, rd.Poisson(1.0)).moment(2) == pytest.approx(
        published("reuveni.secondmoment.bm"), rel=EXACT
    )
    best = rd.Poisson(published("em2011.rstar"))
    assert rd.renewal_laplace(free, best).cv == pytest.approx(published("reuveni.cv.at.opt.bm"), rel=EXACT)


def test_steady_densities(published):
    free = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)))
    assert free.pdf(0.0) == pytest.approx(published("em2011.ness.x0"), rel=EXACT)
    assert free.pdf(0.5) == pytest.approx(published("em2011.ness.x0.5"), rel=EXACT)
    assert free.cov == pytest.approx(published("em2011.ness.var"), rel=EXACT)
    ou = rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0)
    steady = rd.solve(rd.SteadyState(ou, rd.Poisson(1.0, to=0.0)))
    assert steady.pdf(0.0) == pytest.approx(published("ou.ness.x0.s1.0"), rel=EXACT)
    assert steady.pdf(1.0) == pytest.approx(published("ou.ness.x1.s1.0"), rel=EXACT)
    away = rd.solve(rd.SteadyState(ou, rd.Poisson(2.0, to=1.5)))
    assert away.cov == pytest.approx(published("ou.ness.var.k1.r2"), rel=EXACT)
    slow = rd.solve(rd.SteadyState(ou, rd.Poisson(0.5, to=0.0)))
    assert slow.expect(np.cos) == pytest.approx(published("ou.reset.cf1"), rel=EXACT)


def test_steady_moments(published):
    H, S = np.array([[2, 0.5], [0.5, 1]]), np.array([[0.4, 0.05], [0.05, 0.3]])
    ridge = rd.OrnsteinUhlenbeck(H, np.linalg.solve(H, [1, -0.3]), S / 2)
    steady = rd.solve(rd.SteadyState(ridge, rd.Poisson(0.7, to=[0.0, 0.0])))
    assert steady.mean == pytest.approx([published("ridge.mean.0"), published("ridge.mean.1")], rel=EXACT)
    assert steady.cov[0, 0] == pytest.approx(published("ridge.cov.00"), rel=EXACT)
    sgd = rd.OrnsteinUhlenbeck(0.1 * H, 0.0, 0.1**2 / 5 * S / 2)
    cov = rd.solve(rd.SteadyState(sgd)).cov
    for i, j in ((0, 0), (0, 1), (1, 1)):
        assert cov[i, j] == pytest.approx(published(f"mandt.cov.{i}{j}"), rel=EXACT)
    sharp = rd.SteadyState(rd.OrnsteinUhlenbeck(2.0, 0.5, 1.0), rd.Sharp(1.0, to=0.0))
    assert rd.solve(sharp).mean == pytest.approx(published("filter.sharp.h2.tau1"), rel=EXACT)
