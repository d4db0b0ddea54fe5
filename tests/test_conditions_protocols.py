"""The conditions for costs, laws of reset times, discrete time and bounds, held against calculation."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erfc

import resetdyn as rd


def random_law(rng):
    """Return a mixture of two gamma laws: its density, survival, transform and moments."""
    weight, (a, b), (s, t) = rng.uniform(0.05, 0.95), rng.uniform(0.4, 5, 2), rng.uniform(0.1, 3, 2)
    parts = [(weight, stats.gamma(a, scale=s), a, s), (1 - weight, stats.gamma(b, scale=t), b, t)]
    return Law(parts)


class Law:
    """A mixture of gamma laws."""

    def __init__(self, parts):
        self.parts = parts

    def pdf(self, t):
        return sum(w * law.pdf(t) for w, law, _, _ in self.parts)

    def sf(self, t):
        return sum(w * law.sf(t) for w, law, _, _ in self.parts)

    def moment(self, n):
        return sum(w * law.moment(n) for w, law, _, _ in self.parts)

    def transform(self, r):
        return sum(w * (1 + scale * r) ** -shape for w, _, shape, scale in self.parts)

    def lasting(self, period):
        """Return the mean of min(T, period): t times a gamma density is one of a higher shape."""
        ended = sum(w * a * s * stats.gamma(a + 1, scale=s).cdf(period) for w, _, a, s in self.parts)
        return ended + period * self.sf(period)

    def sharp(self, period):
        return self.lasting(period) / (1 - self.sf(period))


def slope_at_0(mean, h=1e-4):
    """Return the derivative at rate 0 by extrapolated differences."""
    m = [mean(n * h) for n in (1, 2, 3, 4)]
    return (-25 * mean(0) + 48 * m[0] - 36 * m[1] + 16 * m[2] - 3 * m[3]) / (12 * h)


def test_refractory_times(published, rng):
    condition, verdicts = rd.conditions.refractory, []
    for _ in range(40):
        law, pause = random_law(rng), rng.uniform(0, 0.6)

        def mean(r, law=law, pause=pause):
            if r == 0:
                return law.moment(1)
            found = mpmath.mpf(law.transform(mpmath.mpf(r)))
            return float((1 / found - 1) * (1 / mpmath.mpf(r) + pause))

        values = {"T": law.moment(1), "T2": law.moment(2)}
        slope = condition.value("slope", W=pause, **values)
        assert slope == pytest.approx(slope_at_0(mean), rel=1e-5, abs=1e-6)
        verdicts.append(condition.holds(W=pause, **values))
        assert verdicts[-1] == (slope < 0)
        critical = condition.value("critical_pause", **values)
        if critical > 0:
            assert condition.holds(W=critical * (1 - 1e-9), **values)
            assert not condition.holds(W=critical * (1 + 1e-9), **values)
    assert 0 < sum(verdicts) < len(verdicts)
    at = {"Ttilde": math.exp(-1.0), "r": 1.0, "W": 0.5}
    assert step_value(condition, "M", at) == pytest.approx(published("refractory.mfpt"), rel=1e-14)
    assert step_value(condition, "M_i", at) == pytest.approx(published("refractory.mfpt.initial"), rel=1e-14)


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


def step_value(condition, name, values):
    """Return what the first step that gives `name` says it is, at these values."""
    sides = (getattr(step.expression, "args", ()) for step in condition.steps[1:])
    right = next(side[1] for side in sides if str(side[0]) == name)
    return float(right.subs({symbol: values[symbol.name] for symbol in right.free_symbols}))


class TwoSided:
    """The exit from [-b, 1 - b] of diffusion from 0, by the Green's function at D = 1."""

    def __init__(self, b):
        self.b = b

    def green(self, x, r):
        behind, ahead = self.b + min(x, 0), 1 - self.b - max(x, 0)
        q = math.sqrt(r)
        return math.sinh(q * behind) * math.sinh(q * ahead) / (q * math.sinh(q)) if r else behind * ahead

    def integral(self, r, power):
        return sum(
            quad(lambda x: abs(x) ** power * self.green(x, r), *ends, epsabs=0, epsrel=1e-12)[0]
            for ends in ((-self.b, 0), (0, 1 - self.b))
        )

    def mean(self, r, speed):
        alive = self.integral(r, 0)
        return (alive + r * self.integral(r, 1) / speed) / (1 - r * alive)


def test_returns_at_constant_speed_for_a_two_sided_search():
    condition, verdicts = rd.conditions.return_speed, []
    for b in (0.1, 0.2, 0.26, 0.35):
        search, moments = TwoSided(b), rd.conditions.interval.value
        at = {"T": search.integral(0, 0), "T2": moments("second_moment", u=b), "A": search.integral(0, 1)}
        assert not condition.holds(v=1e-3, **at)
        verdicts.append(condition.holds(v=1e9, **at))
        assert verdicts[-1] == rd.conditions.interval.holds(u=b)
        if verdicts[-1]:
            critical = condition.value("critical_speed", **at)
            assert condition.holds(v=critical * (1 + 1e-9), **at)
            assert not condition.holds(v=critical * (1 - 1e-9), **at)
            # There the slope vanishes: the mean changes in second order only.
            changes = [search.mean(r, critical) - at["T"] for r in (0.02, 0.04)]
            assert changes[1] / changes[0] == pytest.approx(4, rel=0.05)
    assert 0 < sum(verdicts) < len(verdicts)


def brownian_return_mean(r, D, x0, v):
    """Return the mean with returns by quadrature of the density that the image method gives."""
    a = math.sqrt(r / D)
    density = lambda x: (math.exp(-a * abs(x)) - math.exp(-a * (2 * x0 - x))) / (2 * math.sqrt(D * r))  # noqa: E731
    path = quad(lambda x: -x * density(x), -60 / a, 0, epsrel=1e-12, limit=200)[0]
    path += quad(lambda x: x * density(x), 0, x0, epsrel=1e-12)[0]
    found = math.exp(-a * x0)
    return (1 - found) / (r * found) + r * path / (v * found)


def test_returns_at_constant_speed_for_diffusion(published, rng):
    condition = rd.conditions.return_speed_brownian
    value = condition.value("mean", r=1.0, D=1.0, x0=1.0, v=2.0)
    assert value == pytest.approx(published("return.constspeed.mfpt"), rel=1e-15)
    verdicts = []
    for r, D, x0, v in np.exp(rng.normal(0, 0.8, (30, 4))):
        at = {"D": D, "x0": x0, "v": v}
        assert condition.value("mean", r=r, **at) == pytest.approx(brownian_return_mean(r, **at), rel=1e-10)
        verdicts.append(condition.holds(r=r, **at))
        assert verdicts[-1] == (
            condition.value("mean", r=r * (1 + 1e-7), **at) < condition.value("mean", r=r, **at)
        )
    assert 0 < sum(verdicts) < len(verdicts)
    # At a very high speed the best rate is that of instantaneous resets; at small rates nothing is lost.
    best = published("em2011.rstar")
    assert condition.holds(r=best * (1 - 1e-6), D=1.0, x0=1.0, v=1e9)
    assert not condition.holds(r=best * (1 + 1e-6), D=1.0, x0=1.0, v=1e9)
    assert condition.holds(r=1e-12, D=1.0, x0=1.0, v=1e-3)


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


class Steps:
    """A law of whole numbers of steps, by its probabilities from 1 on."""

    def __init__(self, chances):
        self.chances = chances / chances.sum()
        self.steps = np.arange(1, chances.size + 1)

    def moment(self, n):
        return float(self.chances @ self.steps**n)

    def mean(self, p, reset_wins):
        """Return the mean under resetting from trials laid out step by step."""
        if p == 0:
            return self.moment(1)
        no_reset = (1 - p) ** (self.steps if reset_wins else self.steps - 1)
        success = self.chances @ no_reset
        alive = 1 - np.concatenate(([0.0], np.cumsum(self.chances)[:-1]))
        return float(alive @ (1 - p) ** (self.steps - 1) / success)


@pytest.mark.parametrize(
    ("name", "reset_wins"), [("discrete_reset_wins", True), ("discrete_process_wins", False)]
)
def test_discrete_time_under_both_rules(name, reset_wins, rng, published):
    condition, verdicts = rd.conditions[name], []
    for _ in range(60):
        law = Steps(rng.dirichlet(np.full(rng.integers(2, 60), 0.1)))
        values = {"T": law.moment(1), "T2": law.moment(2)}
        slope = condition.value("slope", **values)
        assert slope == pytest.approx(
            slope_at_0(lambda p, law=law: law.mean(p, reset_wins)), rel=1e-6, abs=1e-7
        )
        verdicts.append(condition.holds(**values))
        assert verdicts[-1] == (slope < 0)
    assert 0 < sum(verdicts) < len(verdicts)


def test_the_two_rules_differ_in_their_verdict():
    law = Steps(np.array([0.8, 0, 0, 0, 0, 0.2]))
    values = {"T": law.moment(1), "T2": law.moment(2)}
    assert rd.conditions.discrete_process_wins.holds(**values)
    assert not rd.conditions.discrete_reset_wins.holds(**values)
    assert law.mean(0.01, reset_wins=False) < law.mean(0, reset_wins=False)
    assert law.mean(0.01, reset_wins=True) > law.mean(0, reset_wins=True)
    # In the limit of many steps both become CV > 1.
    long = {"T": 1e9, "T2": 2.1e18}
    assert rd.conditions.discrete_process_wins.holds(**long)
    assert rd.conditions.discrete_reset_wins.holds(**long)


def walk_F(z, L):
    return ((1 - mpmath.sqrt(1 - z**2)) / z) ** L


def walk_moments(p, L):
    """Return the first two moments under resetting, a reset winning ties, from the generating function."""

    def whole(z):
        at = walk_F(z * (1 - p), L)
        return at / (1 - p * z * (1 - at) / (1 - z * (1 - p)))

    with mpmath.workdps(40):
        first = mpmath.diff(whole, mpmath.mpf(1), 1)
        return float(first), float(mpmath.diff(whole, mpmath.mpf(1), 2) + first)


def test_at_the_best_probability_of_a_walk(published):
    condition = rd.conditions.discrete_optimum
    best = published("rw.rstar.L5")
    first, second = walk_moments(mpmath.mpf("0.0431534719158"), 5)
    assert second / first**2 - 1 == pytest.approx(published("rw.CV2opt.L5"), rel=1e-9)
    assert 1 + 1 / first == pytest.approx(published("rw.CV2opt.L5"), rel=1e-11)
    assert walk_moments(mpmath.mpf("0.1"), 1)[0] == pytest.approx(
        published("rw.restartwins.L1.r0.1"), rel=1e-14
    )
    for factor, helps in ((0.5, True), (0.999, True), (1.001, False), (3, False)):
        first, second = walk_moments(mpmath.mpf(factor * best), 5)
        assert condition.holds(T_r=first, T2_r=second) is helps
        assert (walk_moments(mpmath.mpf(factor * best * 1.0001), 5)[0] < first) is helps


def test_the_walk_from_the_edge(published, rng):
    condition = rd.conditions.sparre_andersen
    assert condition.value("optimal_probability") == published("sparre.rstar")
    assert condition.value("optimal_mean") == published("sparre.Tstar")
    n = np.arange(1, 400_000)
    survival = np.concatenate(([1.0], np.cumprod((2 * n - 1) / (2 * n))))
    for p in (0.01, 0.1, 0.25, 0.6):
        decay = (1 - p) ** np.arange(survival.size)
        lasting = survival @ decay  # steps of a trial
        found = 1 - p * lasting
        assert condition.value("mean", p=p) == pytest.approx(lasting / found, rel=1e-11)
        assert condition.holds(p=p) is (p < 0.25)


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
