"""The conditions for laws of reset times, bounds and steady states, held against calculation."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erfc

import resetdyn as rd
from tests.laws import Law, random_law, slope_at_0


def test_at_the_best_rate_cv_is_1(published, rng):
    condition, verdicts = rd.conditions.optimum_cv, []
    for _ in range(15):
        law, r = random_law(rng), float(np.exp(rng.normal()))

        def whole(s, law=law, r=r):  # the transform of the time under resetting
            found = law.transform(r + s)
            return found / (1 - r * (1 - found) / (r + s))

        with mpmath.workdps(30):
            first, second = -mpmath.diff(whole, 0), mpmath.diff(whole, 0, 2)
            slope = mpmath.diff(lambda rate, law=law: (1 / law.transform(rate) - 1) / rate, r)
        at = {"T_r": float(first), "T2_r": float(second)}
        assert condition.value("slope", **at) == pytest.approx(float(slope), rel=1e-9, abs=1e-11)
        verdicts.append(condition.holds(**at))
        assert verdicts[-1] == (slope < 0)
    assert 0 < sum(verdicts) < len(verdicts)
    best, mean = published("em2011.rstar"), published("em2011.Tstar")
    moment = mean**2 * (1 + published("reuveni.cv.at.opt.bm") ** 2)
    assert condition.value("slope", T_r=mean, T2_r=moment) == pytest.approx(0, abs=1e-15)
    found = np.exp(-np.sqrt(best))
    derivative = -found / (2 * np.sqrt(best))
    assert moment == pytest.approx(2 * (best * derivative - found + 1) / (best * found) ** 2, rel=1e-14)


def test_when_a_period_helps(rng):
    condition, verdicts = rd.conditions.sharp_helps, []
    for _ in range(40):
        law = random_law(rng)
        period = rng.uniform(0.1, 3) * law.moment(1)
        values = {"T": law.moment(1), "E": law.lasting(period), "P": 1 - law.sf(period)}
        residual = quad(law.sf, period, np.inf, epsabs=0, epsrel=1e-10, limit=300)[0] / law.sf(period)
        assert condition.value("residual_life", **values) == pytest.approx(residual, rel=1e-7)
        mean = condition.value("mean", **values)
        assert mean == pytest.approx(law.sharp(period), rel=1e-13)
        verdicts.append(condition.holds(**values))
        assert verdicts[-1] == (law.sharp(period) < law.moment(1)) == (residual > mean)
    assert 0 < sum(verdicts) < len(verdicts)


def diffusion_survival(t):
    return 1 - erfc(1 / np.sqrt(4 * t)) if t > 0 else 1.0


def diffusion_density(t):
    return np.exp(-1 / (4 * t)) / np.sqrt(4 * np.pi * t**3)


def diffusion_sharp(period):
    alive = quad(diffusion_survival, 0, period, epsabs=0, epsrel=1e-13, limit=200)[0]
    return alive / (1 - diffusion_survival(period))


def test_the_best_period_for_diffusion(published):
    condition = rd.conditions.sharp_period
    assert diffusion_sharp(0.5) == pytest.approx(published("diffusion.sharp.tau0.5"), rel=1e-12)

    def hazard(t):
        return diffusion_density(t) / diffusion_survival(t)

    best = brentq(lambda t: hazard(t) * diffusion_sharp(t) - 1, 0.3, 0.6, xtol=1e-13)
    assert best == pytest.approx(published("diffusion.sharp.taustar"), rel=1e-11)
    assert diffusion_sharp(best) == pytest.approx(published("diffusion.sharp.min"), rel=1e-12)
    for period in np.geomspace(0.1, 3, 15):
        longer = condition.holds(hazard=hazard(period), T_r=diffusion_sharp(period))
        assert longer == (diffusion_sharp(period * 1.0001) < diffusion_sharp(period)) == (period < best)


def test_hazard_times_mean_is_1_at_the_best_period_of_a_lognormal_law(published):
    law = stats.lognorm(1.5)
    lasting = lambda t: quad(law.sf, 0, t, epsabs=0, epsrel=1e-12)[0]  # noqa: E731
    best = minimize_scalar(
        lambda t: lasting(t) / law.cdf(t), bounds=(0.05, 2), method="bounded", options={"xatol": 1e-10}
    )
    product = law.pdf(best.x) / law.sf(best.x) * best.fun
    assert product == pytest.approx(published("sharp.hazardcondition"), rel=1e-6)
    condition = rd.conditions.sharp_period
    for factor, longer in ((0.999, True), (1.001, False)):
        period = best.x * factor
        assert (
            condition.holds(hazard=law.pdf(period) / law.sf(period), T_r=lasting(period) / law.cdf(period))
            is longer
        )


def test_no_law_of_reset_times_beats_the_best_period(published, rng):
    condition = rd.conditions.sharp_best
    for _ in range(15):
        law = random_law(rng)
        periods = np.geomspace(0.05, 30, 60) * law.moment(1)
        lasting = np.array([law.lasting(t) for t in periods])
        success = 1 - law.sf(periods)
        means = lasting / success
        weights = rng.dirichlet(np.full(periods.size, 0.1))
        E, P = weights @ lasting, weights @ success
        assert condition.value("mean", E=E, P=P, T_r=1.0) == pytest.approx(E / P, rel=1e-14)
        assert condition.holds(E=E, P=P, T_r=means.min() * (1 - 1e-12))
        assert not condition.holds(E=E, P=P, T_r=means.max() * (1 + 1e-12))
    for name in ("diffusion.gamma2.min", "diffusion.weibull2.b1", "em2011.Tstar", "powerlaw.al1.5.t00.3"):
        assert condition.holds(E=published(name), P=1.0, T_r=published("diffusion.sharp.min"))


def test_the_harmonic_bound(rng, published):
    condition = rd.conditions.bound_harmonic
    for _ in range(20):
        # Shapes above 1, for a finite mean of 1 / T.
        parts = [
            (w, stats.gamma(a, scale=s), a, s)
            for w, a, s in ((0.3, *rng.uniform(1.3, 6, 2)), (0.7, *rng.uniform(1.3, 6, 2)))
        ]
        law = Law(parts)
        inverse = sum(w / (s * (a - 1)) for w, _, a, s in parts)
        best = min(law.sharp(t) for t in np.geomspace(0.02, 20, 60) * law.moment(1))
        assert condition.holds(T_r=best, T_inv=inverse)
        assert condition.value("lower_bound", T_inv=inverse) <= best
        assert condition.value("largest_speedup", T=law.moment(1), T_inv=inverse) >= law.moment(1) / best
        assert not condition.holds(T_r=0.999 / inverse, T_inv=inverse)
    # Tight where T is tau with some probability, and else never ends.
    p, tau = 0.2, 1.7
    assert condition.value("lower_bound", T_inv=p / tau) == pytest.approx(
        (tau * (1 - p) + tau * p) / p * published("bound.harmonic")
    )


def test_the_median_bound(published, rng):
    condition = rd.conditions.bound_median
    assert condition.value("x_star") == pytest.approx(published("bound.median.poisson"), rel=1e-15)
    assert condition.value("upper_bound", m=1.0) == pytest.approx(
        published("bound.median.poisson.val"), rel=1e-15
    )
    verdicts = []
    for sigma in (0.5, 1.0, 1.6, 1.75, 2.5, 3.0):  # lognormal laws of median 2
        law = stats.lognorm(sigma, scale=2.0)
        rate = condition.value("rate", m=2.0)
        transform = quad(
            lambda y, rate=rate, s=sigma: np.exp(-rate * 2 * np.exp(s * y) - y**2 / 2) / np.sqrt(2 * np.pi),
            -12,
            12,
            limit=300,
        )[0]
        mean = (1 / transform - 1) / rate
        assert mean <= condition.value("upper_bound", m=2.0)
        verdicts.append(condition.holds(T=law.mean(), m=2.0))
        if verdicts[-1]:
            assert mean < law.mean()
    assert 0 < sum(verdicts) < len(verdicts)
    # Nearly reached by a law with half its weight on the median, the other half far away.
    x = condition.value("x_star")
    assert (2 * math.exp(x) - 1) / x == pytest.approx(condition.value("upper_bound", m=1.0), rel=1e-14)


def test_slow_resetting_and_the_success_probability(rng):
    condition, verdicts = rd.conditions.success, []
    for _ in range(20):
        good, bad, chance = random_law(rng), random_law(rng), rng.uniform(0.05, 0.95)

        def success(r, good=good, bad=bad, chance=chance):
            found, lost = chance * good.transform(r), (1 - chance) * bad.transform(r)
            return found / (found + lost)

        values = {"T_success": good.moment(1), "T_failure": bad.moment(1)}
        slope = condition.value("slope", P=chance, **values)
        assert slope == pytest.approx(slope_at_0(success), rel=1e-6, abs=1e-8)
        verdicts.append(condition.holds(**values))
        assert verdicts[-1] == (slope > 0)
    assert 0 < sum(verdicts) < len(verdicts)


def test_the_success_probability_of_an_interval(published, rng):
    condition = rd.conditions.success_interval
    assert condition.value("success_without", u=0.3, Pe_L=2.0) == pytest.approx(
        published("belan.success.r0"), rel=1e-15
    )
    at_0 = 1 - condition.value("success", u=0.1, Pe_L=0.0, rho=5.0)
    assert at_0 == pytest.approx(published("interval.split.u0.1.r5"), rel=1e-14)
    for u, drift, rho in zip(
        rng.uniform(0.05, 0.95, 30), rng.uniform(-8, 8, 30), np.exp(rng.normal(0, 3, 30)), strict=True
    ):
        value = condition.value("success", u=u, Pe_L=drift, rho=rho)
        q = np.sqrt(rho + drift**2 / 4)
        low, high = (
            np.exp(-drift * u / 2) * np.sinh((1 - u) * q),
            np.exp(drift * (1 - u) / 2) * np.sinh(u * q),
        )
        assert value == pytest.approx(high / (low + high), rel=1e-11)
        raised = value > condition.value("success_without", u=u, Pe_L=drift)
        assert condition.holds(u=u) == raised


def test_partial_resets(published, rng):
    condition = rd.conditions.partial_steady
    for c, name in ((0.5, "partial.var.a0.5"), (0.9, "partial.var.a0.9")):
        assert condition.value("variance", c=c, D=1.0, r=1.0) == pytest.approx(published(name), rel=1e-14)
    assert condition.value("kurtosis", c=0.5) == pytest.approx(published("partial.kurt.a0.5"), rel=1e-15)
    for c, D, r in ((0.5, 1.0, 1.0), (-0.7, 0.4, 2.0), (0.0, 1.0, 3.0)):
        with mpmath.workdps(30):  # the characteristic function is a product over the resets
            product = lambda k, c=c, D=D, r=r: mpmath.nprod(  # noqa: E731
                lambda j: 1 / (1 + mpmath.mpf(c) ** (2 * j) * D * k**2 / r), [0, 200]
            )
            series = mpmath.taylor(product, 0, 4)
        assert condition.value("variance", c=c, D=D, r=r) == pytest.approx(float(-2 * series[2]), rel=1e-10)
        assert condition.value("fourth_moment", c=c, D=D, r=r) == pytest.approx(
            float(24 * series[4]), rel=1e-10
        )
    assert condition.holds(c=-0.999)
    assert not condition.holds(c=1.0)
    assert not condition.holds(c=-1.2)


def test_the_filter_of_a_fixed_period(published, rng):
    condition = rd.conditions.filter_sharp
    assert condition.value("filter", h=2.0, period=1.0) == pytest.approx(
        published("filter.sharp.h2.tau1"), rel=1e-15
    )
    for h, period in np.exp(rng.normal(0, 1.5, (20, 2))):
        average = (
            quad(lambda age, h=h: -np.expm1(-h * age) / h, 0, period, epsabs=0, epsrel=1e-12)[0] / period
        )
        found = condition.value("filter", h=h, period=period)
        assert found == pytest.approx(average, rel=1e-11)
        penalty = condition.value("penalty", h=h, period=period)
        assert found == pytest.approx(1 / (h + penalty), rel=1e-12)
        assert 1 / period < penalty < 2 / period
        assert condition.holds(penalty=penalty, h=h, period=period)
        assert not condition.holds(penalty=penalty * (1 + 1e-9), h=h, period=period)
    assert condition.value("filter", h=1e-9, period=1e-3) == pytest.approx(0.5e-3, rel=1e-12)
    assert condition.value("filter", h=1e9, period=1e3) == pytest.approx(1e-9, rel=1e-11)
