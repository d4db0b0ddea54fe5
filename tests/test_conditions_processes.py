"""The conditions for particular processes, held against transforms and means computed without them."""

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.sparse import diags
from scipy.sparse.linalg import spsolve
from scipy.special import kv

import resetdyn as rd


def exit_transform(u, drift, rate, ends=(1, 1)):
    """Return the transform of the exit from [0, 1] at D = 1, with a weight for each end."""
    with mpmath.workdps(50):
        u, drift, rate = (mpmath.mpf(value) for value in (u, drift, rate))
        q = mpmath.sqrt(rate + drift**2 / 4)
        low = mpmath.exp(-drift * u / 2) * mpmath.sinh((1 - u) * q) / mpmath.sinh(q)
        high = mpmath.exp(drift * (1 - u) / 2) * mpmath.sinh(u * q) / mpmath.sinh(q)
        return ends[0] * low + ends[1] * high


def exit_moments(u, drift):
    """Return the first three moments of the exit, by differences of the transform at 50 digits."""
    with mpmath.workdps(50):
        rates = [mpmath.mpf(n) * mpmath.mpf("1e-8") for n in range(1, 7)]
        powers = mpmath.matrix([[rate**n for n in range(6)] for rate in rates])
        series = mpmath.lu_solve(powers, mpmath.matrix([exit_transform(u, drift, rate) for rate in rates]))
        return float(-series[1]), float(2 * series[2]), float(-6 * series[3])


def mean_exit(u, drift, rate):
    """Return the mean exit time under resetting at a rate, or without."""
    if rate == 0:
        return exit_moments(u, drift)[0]
    found = exit_transform(u, drift, rate)
    return float((1 - found) / (rate * found))


def best_exit(u, drift):
    """Return the least mean over the rates, by brute force."""
    rates = np.geomspace(1e-3, 1e4, 500)
    return min(mean_exit(u, drift, rate) for rate in rates)


def test_the_interval_without_drift(published, rng):
    condition = rd.conditions.interval
    critical = condition.value("critical")
    assert critical == pytest.approx(published("interval.ucrit"), rel=1e-15)
    assert condition.value("curvature", u=critical) == pytest.approx(
        published("interval.a2.at.ucrit"), rel=1e-10
    )
    for u, helps in ((critical * (1 - 1e-12), True), (critical * (1 + 1e-12), False)):
        assert condition.holds(u=u) is helps
        assert condition.holds(u=1 - u) is helps
    for u in (*rng.uniform(0.02, 0.98, 8), 0.27, 0.283, 0.73):
        first, second, _ = exit_moments(u, 0.0)
        assert condition.value("mean", u=u) == pytest.approx(first, rel=1e-12)
        assert condition.value("second_moment", u=u) == pytest.approx(second, rel=1e-12)
        assert condition.holds(u=u) == (best_exit(u, 0.0) < first * (1 - 1e-9))
    with pytest.raises(ValueError, match="outside the domain of interval"):
        condition.holds(u=1.2)


def test_no_rate_helps_the_interval_where_slow_resetting_does_not():
    """The series that the derivation rests on, at the boundary and beyond it."""
    for c in (np.sqrt(0.2), 0.3, 0.05):
        for n in range(2, 40):
            assert sum(c ** (2 * j) for j in range(n)) - n * (2 * n - 1) * c ** (2 * n - 2) > -1e-15


def test_the_interval_with_drift_has_the_exact_moments(rng):
    condition, order = rd.conditions.interval_drift, rd.conditions.interval_drift_order
    verdicts = []
    for u, drift in zip(rng.uniform(0.02, 0.98, 30), rng.uniform(-30, 30, 30), strict=True):
        first, second, third = exit_moments(u, drift)
        assert condition.value("mean", u=u, Pe_L=drift) == pytest.approx(first, rel=1e-12)
        assert condition.value("second_moment", u=u, Pe_L=drift) == pytest.approx(second, rel=1e-12)
        a1, a2 = first**2 - second / 2, third / 6 - first * second + first**3
        assert order.value("slope", u=u, Pe_L=drift) == pytest.approx(a1, rel=1e-10, abs=1e-13 * second)
        assert order.value("curvature", u=u, Pe_L=drift) == pytest.approx(a2, rel=1e-9, abs=1e-12 * third)
        verdicts.append(condition.holds(u=u, Pe_L=drift))
        assert verdicts[-1] == (a1 < 0)
        assert condition.holds(u=1 - u, Pe_L=-drift) == verdicts[-1]
        assert order.holds(u=u, Pe_L=drift) == (a2 > 0)
        cv = condition.value("cv", u=u, Pe_L=drift)
        assert cv == pytest.approx(np.sqrt(second / first**2 - 1), rel=1e-9)
    assert 0 < sum(verdicts) < len(verdicts)


@pytest.mark.parametrize("drift", [0.0, 1e-30, -1e-15, 1e-8, 1e-4])
def test_a_vanishing_drift_loses_no_digits(drift):
    condition, still = rd.conditions.interval_drift, rd.conditions.interval
    for u in (0.01, 0.2, 0.27639, 0.27640, 0.5):
        for name in ("mean", "second_moment"):
            value = condition.value(name, u=u, Pe_L=drift)
            assert value == pytest.approx(still.value(name, u=u), rel=1e-14 + abs(drift))
        assert condition.holds(u=u, Pe_L=drift) == still.holds(u=u)
        assert rd.conditions.interval_drift_order.value("curvature", u=u, Pe_L=drift) == pytest.approx(
            still.value("curvature", u=u), rel=1e-13 + 100 * abs(drift)
        )


def test_a_strong_drift_neither_overflows_nor_cancels():
    for drift in (300.0, 5000.0, -5000.0):
        distance = 0.7 if drift > 0 else 0.3  # to the end that the drift leads to
        mean = rd.conditions.interval_drift.value("mean", u=0.3, Pe_L=drift)
        assert mean == pytest.approx(distance / abs(drift), rel=1e-14)
        assert not rd.conditions.interval_drift.holds(u=0.3, Pe_L=drift)


def test_the_tricritical_point(published):
    condition = rd.conditions.interval_drift_order
    u, drift = condition.value("tricritical_u"), condition.value("tricritical_drift")
    assert u == pytest.approx(published("interval.drift.tricrit.u"), rel=1e-15)
    assert drift == pytest.approx(published("interval.drift.tricrit.V"), rel=1e-15)
    assert condition.value("slope", u=u, Pe_L=drift) == pytest.approx(0, abs=1e-16)
    assert condition.value("curvature", u=u, Pe_L=drift) == pytest.approx(0, abs=1e-17)
    # Along the line CV = 1 the transition is continuous before the point, and not after it.
    for other, continuous in ((0.9 * drift, True), (1.1 * drift, False)):
        edge = mpmath.findroot(
            lambda start, other=other: condition.value("slope", u=start, Pe_L=other), (0.24, 0.26), tol=1e-25
        )
        assert condition.holds(u=float(edge), Pe_L=other) is continuous


def test_a_rate_may_help_although_cv_is_below_1():
    local, at_rate = rd.conditions.interval_drift, rd.conditions.interval_drift_rate
    low, high = at_rate.value("window_low"), at_rate.value("window_high")
    assert (low, high) == (pytest.approx(0.18600, abs=5e-6), pytest.approx(0.20478, abs=5e-6))
    for u, slow, any_rate in (
        (0.185, True, True),
        (0.1865, False, True),
        (0.2047, False, True),
        (0.2049, False, False),
    ):
        assert local.holds(u=u, Pe_L=3.0) is slow
        best = minimize_scalar(lambda rate, u=u: mean_exit(u, 3.0, rate), bounds=(1, 300), method="bounded")
        assert (best.fun < mean_exit(u, 3.0, 0)) == any_rate
        assert at_rate.holds(u=u, Pe_L=3.0, rho=best.x) is any_rate
        value = at_rate.value("mean", u=u, Pe_L=3.0, rho=best.x)
        assert value == pytest.approx(best.fun, rel=1e-13)


def test_the_published_means_of_the_interval(published):
    condition = rd.conditions.interval_drift_rate
    for name, u, rate in (("interval.mfpt.u0.1.r5", 0.1, 5.0), ("interval.mfpt.u0.5.r1", 0.5, 1.0)):
        assert condition.value("mean", u=u, Pe_L=0.0, rho=rate) == pytest.approx(published(name), rel=1e-15)


def test_the_logarithmic_potential(published, rng):
    condition, finite = rd.conditions.logarithmic, rd.conditions.logarithmic_mean
    assert condition.value("critical") == published("log.CV")
    verdicts = []
    for strength in (-0.9, *rng.uniform(-0.5, 9, 4), 4.9, 5.1):
        nu, D, x0 = (1 + strength) / 2, 0.7, 1.3

        def density(t, nu=nu, D=D, x0=x0):
            y = x0**2 / (4 * D * t)
            return y**nu / mpmath.gamma(nu) / t * mpmath.exp(-y)

        def mean(rate, density=density):
            edges = [0, 0.01, 0.1, 1, 10, 100, mpmath.inf]
            transform = mpmath.quad(lambda t: mpmath.exp(-rate * t) * density(t), edges)
            return float((1 - transform) / (rate * transform))

        without = finite.value("mean", beta_U0=strength, D=D, x0=x0)
        assert finite.holds(beta_U0=strength) == np.isfinite(without)
        if np.isfinite(without) and strength > 2:
            direct = quad(lambda t: t * float(density(t)), 0, np.inf, epsabs=0, epsrel=1e-10, limit=400)[0]
            assert without == pytest.approx(direct, rel=1e-8)
        best = min(mean(rate) for rate in np.geomspace(1e-3, 50, 16))
        verdicts.append(condition.holds(beta_U0=strength))
        assert verdicts[-1] == (best < without * (1 - 1e-9))
    assert 0 < sum(verdicts) < len(verdicts)
    assert not condition.holds(beta_U0=-1.2)


def test_turans_inequality_for_bessel_functions(rng):
    for nu, q in zip(rng.uniform(2.05, 12, 200), np.exp(rng.uniform(-3, 4, 200)), strict=True):
        assert kv(nu, q) * kv(nu - 2, q) < (nu - 1) / (nu - 2) * kv(nu - 1, q) ** 2


def test_the_ball(published, rng):
    condition = rd.conditions.ball
    for name, d in (("em2014.mfpt.d2.R1.a0.1.r1", 2), ("em2014.mfpt.d3.R1.a0.1.r1", 3)):
        value = condition.value("mean", d=d, R0=1.0, a=0.1, r=1.0, D=1.0)
        assert value == pytest.approx(published(name), rel=1e-14)
    for d in (1, 2, 3, 4, 7):
        a, R0, D = rng.uniform(0.05, 0.6), rng.uniform(0.7, 2), rng.uniform(0.3, 3)
        nu = 1 - d / 2

        def mean(r, a=a, R0=R0, D=D, nu=nu):
            near, far = a * np.sqrt(r / D), R0 * np.sqrt(r / D)
            return ((a / R0) ** nu * kv(nu, near) / kv(nu, far) - 1) / r

        rates = np.geomspace(0.01, 200, 30) * D / R0**2
        falls = mean(rates * 1.0001) < mean(rates)
        assert 0 < sum(falls) < len(falls)
        assert [condition.holds(d=d, a=a, R0=R0, D=D, r=r) for r in rates] == falls.tolist()
    rate = published("em2014.d2.rstar.R1.a0.1")
    assert condition.holds(d=2, a=0.1, R0=1.0, D=1.0, r=rate * (1 - 1e-12))
    assert not condition.holds(d=2, a=0.1, R0=1.0, D=1.0, r=rate * (1 + 1e-12))
    with pytest.raises(ValueError, match="outside the domain of ball"):
        condition.holds(d=2, a=1.0, R0=0.5, D=1.0, r=1.0)


def test_the_best_rate_for_the_ball_in_3_dimensions(published, rng):
    condition = rd.conditions.ball_3d
    at = {"R0": 1.0, "a": 0.1, "D": 1.0}
    assert condition.value("optimal_rate", **at) == pytest.approx(
        published("em2014.d3.rstar.R1.a0.1"), rel=1e-15
    )
    assert condition.value("optimal_mean", **at) == pytest.approx(
        published("em2014.d3.Tstar.R1.a0.1"), rel=1e-15
    )
    for a, gap, D in rng.uniform(0.05, 2, (10, 3)):
        at = {"a": a, "R0": a + gap, "D": D}
        best = condition.value("optimal_rate", **at)
        means = [rd.conditions.ball.value("mean", d=3, r=best * factor, **at) for factor in (0.99, 1, 1.01)]
        assert means[1] < min(means[0], means[2])
        assert condition.value("mean", r=best, **at) == pytest.approx(means[1], rel=1e-14)
        assert condition.value("optimal_mean", **at) == pytest.approx(means[1], rel=1e-14)
        assert condition.holds(r=best * (1 - 1e-12), **at)
        assert not condition.holds(r=best * (1 + 1e-12), **at)


def test_run_and_tumble(published, rng):
    condition = rd.conditions.run_and_tumble
    mean = lambda **at: condition.value("mean", **at)  # noqa: E731
    assert mean(r=0.5, gamma=1.0, v=1.0, x0=1.0) == pytest.approx(published("rtp.mfpt"), rel=1e-15)
    verdicts = []
    for r, gamma, v, x0 in np.exp(rng.normal(0, 1, (40, 4))):
        at = {"gamma": gamma, "v": v, "x0": x0}
        q = np.sqrt(r * (r + 2 * gamma))
        with mpmath.workdps(30):
            evans = -1 / mpmath.mpf(r) + 2 * gamma / mpmath.mpf(r) * mpmath.exp(x0 * q / v) / (
                r + 2 * gamma - q
            )
        assert mean(r=r, **at) == pytest.approx(float(evans), rel=1e-11)
        verdicts.append(condition.holds(r=r, **at))
        assert verdicts[-1] == (mean(r=r * (1 + 1e-6), **at) < mean(r=r, **at))
    assert 0 < sum(verdicts) < len(verdicts)


def test_run_and_tumble_becomes_diffusion():
    """Many tumbles at a high speed: D = v^2 / (2 gamma)."""
    gamma = 1e10
    value = rd.conditions.run_and_tumble.value("mean", r=1.3, gamma=gamma, v=np.sqrt(2 * gamma), x0=0.9)
    assert value == pytest.approx(np.expm1(0.9 * np.sqrt(1.3)) / 1.3, rel=1e-4)


def test_a_random_target(published, rng):
    condition = rd.conditions.random_target
    unit = {"D": 1.0, "l": 1.0}
    assert condition.value("optimal_rate", **unit) == published("randomtarget.exp.rstar")
    assert condition.value("optimal_mean", **unit) == published("randomtarget.exp.Tstar")
    for D, l, share in rng.uniform(0.1, 0.9, (8, 3)):  # noqa: E741
        r = share * D / l**2
        root = np.sqrt(r / D)
        decays = 1 / l - root, 1 / l
        terms = [quad(lambda x, a=a: np.exp(-a * x) / l, 0, np.inf, epsabs=0)[0] for a in decays]  # noqa: B023
        direct = (terms[0] - terms[1]) / r
        assert condition.value("mean", D=D, l=l, r=r) == pytest.approx(direct, rel=1e-7)
        falls = condition.value("mean", D=D, l=l, r=r * 1.0001) < condition.value("mean", D=D, l=l, r=r)
        assert condition.holds(D=D, l=l, r=r) == falls
    with pytest.raises(ValueError, match="outside the domain of random_target"):
        condition.holds(r=1.1, **unit)


def informed_mean(r, D, x0, cells, far=30.0):
    """Return the mean with resets on the far side, by finite differences of its backward equation."""
    reach = far * np.sqrt(D / r)
    h = x0 / cells
    behind = round(reach / h)
    n = behind + cells  # unknowns from -behind h to (cells - 1) h; the wall far away reflects
    rates = np.where(np.arange(n) < behind, r, 0.0)
    rates[behind] = r / 2  # half of the cell at 0 lies on the far side
    coupling = np.full(n - 1, D / h**2)
    diagonal = -2 * D / h**2 - rates
    diagonal[0] += D / h**2
    matrix = diags([coupling, diagonal, coupling], [-1, 0, 1], format="lil")
    matrix[:, behind] = matrix[:, [behind]].toarray() + rates[:, None]
    return spsolve(matrix.tocsc(), -np.ones(n))[behind]


def test_informed_resetting(published):
    condition = rd.conditions.informed
    assert condition.value("mean", r=2.0, D=1.0, x0=1.0) == pytest.approx(
        published("adaptive.halfline.mfpt"), rel=1e-15
    )
    for r, D, x0 in ((2.0, 1.0, 1.0), (0.4, 0.7, 1.2), (8.0, 0.5, 0.6)):
        coarse, fine = (informed_mean(r, D, x0, cells) for cells in (100, 200))
        assert condition.value("mean", r=r, D=D, x0=x0) == pytest.approx((4 * fine - coarse) / 3, rel=1e-6)
    best = published("em2011.Tstar")
    critical = condition.value("critical")
    assert 1 / 2 + 1 / critical == pytest.approx(best, rel=1e-14)
    for factor, better in ((1 - 1e-12, False), (1 + 1e-12, True)):
        assert condition.holds(r=(factor * critical) ** 2, D=1.0, x0=1.0) is better
    for z in np.geomspace(0.01, 20, 20):
        assert np.expm1(z) / z**2 > condition.value("mean", r=z**2, D=1.0, x0=1.0)
