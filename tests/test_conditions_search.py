"""The conditions for search, held against means computed without them: quadrature, series, brute force."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

import resetdyn as rd


class Mixture:
    """A mixture of two gamma laws: transform and moments in closed form, to many digits."""

    def __init__(self, weight, shapes, scales):
        with mpmath.workdps(60):
            weight = mpmath.mpf(float(weight))
            self.parts = [
                (w, mpmath.mpf(float(a)), mpmath.mpf(float(theta)))
                for w, a, theta in zip((weight, 1 - weight), shapes, scales, strict=True)
            ]

    def transform(self, rate):
        return sum(w * (1 + theta * rate) ** (-a) for w, a, theta in self.parts)

    def moment(self, order):
        return float(sum(w * theta**order * mpmath.rf(a, order) for w, a, theta in self.parts))


def random_mixture(rng):
    return Mixture(rng.uniform(0.05, 0.95), rng.uniform(0.3, 6, 2), rng.uniform(0.1, 3, 2))


def expansion(x, y):
    """Return the first Taylor coefficients in the rate of the mean from x, reset to y."""
    with mpmath.workdps(60):
        h = mpmath.mpf("1e-12")
        rates = [n * h for n in range(1, 6)]
        means = [(1 - x.transform(rate)) / (rate * y.transform(rate)) for rate in rates]
        powers = mpmath.matrix([[rate**m for m in range(5)] for rate in rates])
        return [float(c) for c in mpmath.lu_solve(powers, mpmath.matrix(means))]


def test_small_rate_is_the_slope_of_the_mean(rng):
    condition, verdicts = rd.conditions.small_rate, []
    for _ in range(40):
        x, y = random_mixture(rng), random_mixture(rng)
        values = {"T_x": x.moment(1), "T2_x": x.moment(2), "T_y": y.moment(1)}
        start, slope, curvature, *_ = expansion(x, y)
        assert start == pytest.approx(values["T_x"], rel=1e-9)
        assert condition.value("slope", **values) == pytest.approx(slope, rel=1e-8, abs=1e-9)
        more = {"T3_x": x.moment(3), "T2_y": y.moment(2)}
        assert condition.value("curvature", **values, **more) == pytest.approx(curvature, rel=1e-7, abs=1e-7)
        verdicts.append(condition.holds(**values))
        assert verdicts[-1] == (slope < 0)
        # Just on either side of the boundary.
        critical = values["T2_x"] / (2 * values["T_x"])
        assert condition.holds(**{**values, "T_y": critical * (1 - 1e-9)})
        assert not condition.holds(**{**values, "T_y": critical * (1 + 1e-9)})
    assert 0 < sum(verdicts) < len(verdicts)


def test_cv_is_the_slope_for_a_reset_to_the_start(rng, published):
    verdicts = []
    for _ in range(40):
        x = random_mixture(rng)
        values = {"T": x.moment(1), "T2": x.moment(2)}
        verdicts.append(rd.conditions.cv.holds(**values))
        assert verdicts[-1] == (expansion(x, x)[1] < 0)
    assert 0 < sum(verdicts) < len(verdicts)
    hyperexponential = Mixture(0.3, (1, 1), (1 / 5, 1 / 0.2))
    values = {"T": hyperexponential.moment(1), "T2": hyperexponential.moment(2)}
    assert values["T"] == pytest.approx(published("hyperexp.mean"), rel=1e-14)
    assert rd.conditions.cv.value("slope", **values) == pytest.approx(published("pr2017.slope"), rel=1e-13)


def interval_moments(u, drift=0.0):
    """Return the moments of the exit from [0, 1] at D = 1, by Taylor expansion of the transform."""

    def transform(s):
        q = mpmath.sqrt(s + mpmath.mpf(drift) ** 2 / 4)
        low = mpmath.exp(-drift * u / 2) * mpmath.sinh((1 - u) * q)
        high = mpmath.exp(drift * (1 - u) / 2) * mpmath.sinh(u * q)
        return (low + high) / mpmath.sinh(q)

    with mpmath.workdps(60):
        h = mpmath.mpf("1e-9")
        points = [n * h for n in range(1, 8)]
        powers = mpmath.matrix([[s**m for m in range(7)] for s in points])
        series = mpmath.lu_solve(powers, mpmath.matrix([transform(s) for s in points]))
        return {
            name: float(abs(series[n]) * mpmath.factorial(n)) for n, name in ((1, "T"), (2, "T2"), (3, "T3"))
        }


def centre_moments(z):
    """Return the moments of the arrival at the centre of a unit Ornstein-Uhlenbeck process from z."""
    survival = lambda t: mpmath.erf(z / mpmath.sqrt(2 * mpmath.expm1(2 * t)))  # noqa: E731
    edges = [0, 0.1, 1, 4, 10, 30, 60]
    return {
        name: float(mpmath.quad(lambda t, n=n: n * t ** (n - 1) * survival(t), edges))
        for n, name in ((1, "T"), (2, "T2"), (3, "T3"))
    }


def test_the_interval_turns_where_published(published):
    u, curvature = published("interval.ucrit"), rd.conditions.transition_order
    at = interval_moments(u)
    assert curvature.value("curvature", **at) == pytest.approx(published("interval.a2.at.ucrit"), rel=1e-8)
    assert curvature.holds(**at)
    for shift, helps in ((-1e-6, True), (1e-6, False)):
        near = interval_moments(u + shift)
        assert rd.conditions.cv.holds(T=near["T"], T2=near["T2"]) is helps


def test_the_drifted_interval_turns_discontinuous_at_its_tricritical_point(published):
    u, drift = published("interval.drift.tricrit.u"), published("interval.drift.tricrit.V")
    at = interval_moments(u, drift)
    assert rd.conditions.transition_order.value("slope", **at) == pytest.approx(0, abs=1e-12)
    assert rd.conditions.transition_order.value("curvature", **at) == pytest.approx(0, abs=1e-12)
    # Along the line CV = 1 the coefficient changes sign there.
    signs = []
    for other in (0.9 * drift, 1.1 * drift):

        def slope(v, other=other):
            return rd.conditions.transition_order.value("slope", **interval_moments(v, other))

        edge = mpmath.findroot(slope, (u - 0.01, u + 0.01), tol=1e-22)
        signs.append(rd.conditions.transition_order.holds(**interval_moments(edge, other)))
    assert sorted(signs) == [False, True]


def test_the_transition_order_tells_where_the_optimal_rate_goes(rng):
    """Close to CV = 1 the mean turns at the predicted small rate, or goes on falling past it."""
    orders = []
    for _ in range(60):
        weight, shapes, first = rng.uniform(0.05, 0.95), rng.uniform(0.2, 6, 2), rng.uniform(0.1, 3)

        def excess(second, weight=weight, shapes=shapes, first=first):
            law = Mixture(weight, shapes, (first, second))
            return law.moment(2) / law.moment(1) ** 2 - 2.0002

        grid = np.geomspace(0.01, 30, 60)
        values = np.array([excess(second) for second in grid])
        turns = np.flatnonzero(values[:-1] * values[1:] < 0)
        if not turns.size:
            continue
        second = mpmath.findroot(excess, (grid[turns[0]], grid[turns[0] + 1]), solver="anderson", tol=1e-13)
        law = Mixture(weight, shapes, (first, second))
        moments = {"T": law.moment(1), "T2": law.moment(2), "T3": law.moment(3)}
        curvature = rd.conditions.transition_order.value("curvature", **moments)
        if abs(curvature) < 0.02 * moments["T"] ** 3:
            continue
        slope = rd.conditions.transition_order.value("slope", **moments)
        assert slope < 0
        near = abs(slope / (2 * curvature))
        change = mpmath.diff(lambda r, law=law: (1 - law.transform(r)) / (r * law.transform(r)), 1.5 * near)
        orders.append(rd.conditions.transition_order.holds(**moments))
        assert orders[-1] == (change > 0)
        if orders[-1]:
            assert rd.conditions.transition_order.value("optimal_rate", **moments) == pytest.approx(near)
    assert 0 < sum(orders) < len(orders)


def drift_survival(peclet):
    """Return the probability not to have reached the target by time t, in units of x0^2 / D."""

    def survival(t):
        width = np.sqrt(2 * t)
        there, image = (1 - 2 * peclet * t) / width, (-1 - 2 * peclet * t) / width
        return ndtr(there) - ndtr(image) * np.exp(2 * peclet)

    return survival


def drift_mean(peclet, rate):
    """Return the mean under resetting by quadrature of the survival probability."""
    survival = drift_survival(peclet)
    edges = [0, 0.05, 0.5, 3, 3 + 60 / (rate + peclet**2)]
    alive = sum(
        quad(lambda t: np.exp(-rate * t) * survival(t), a, b, epsabs=1e-13, epsrel=1e-12, limit=200)[0]
        for a, b in pairwise(edges)
    )
    return alive / (1 - rate * alive)


def test_peclet_is_the_verdict_over_all_rates(rng):
    for peclet in (*rng.uniform(0.2, 2.5, 12), 0.97, 1.03):
        without = 1 / (2 * peclet)
        best = min(drift_mean(peclet, rate) for rate in np.geomspace(0.02, 200, 40))
        assert rd.conditions.peclet.holds(Pe=peclet) == (best < without * (1 - 1e-9))


def test_a_target_that_drift_leads_away_from_is_missed_and_resetting_helps(rng):
    for peclet in rng.uniform(-2, -0.1, 5):
        missed = drift_survival(peclet)(1e5)
        found = rd.conditions.drift_away.value("missing_probability", Pe=peclet)
        assert found == pytest.approx(missed, rel=1e-12)
        assert rd.conditions.drift_away.holds(Pe=peclet)
        assert rd.conditions.peclet.holds(Pe=peclet)
        assert all(np.isfinite(drift_mean(peclet, rate)) for rate in (0.1, 1.0, 10.0))
    for peclet in (0.0, 1e-12, 1.0):
        assert not rd.conditions.drift_away.holds(Pe=peclet)


def test_z_star_is_the_optimal_rate(published, rng):
    condition = rd.conditions.z_star
    assert condition.value("z_star") == pytest.approx(published("em2011.zstar"), rel=1e-15)
    rate = condition.value("optimal_rate", D=1.0, x0=1.0)
    assert rate == pytest.approx(published("em2011.rstar"), rel=1e-15)
    assert drift_mean(0.0, rate) == pytest.approx(published("em2011.Tstar"), rel=1e-9)
    for D, x0, factor in zip(
        rng.uniform(0.2, 3, 6), rng.uniform(0.2, 3, 6), (0.3, 0.8, 0.99, 1.01, 1.3, 4), strict=True
    ):
        r = factor * condition.value("optimal_rate", D=D, x0=x0)
        scaled = r * x0**2 / D
        falls = drift_mean(0.0, scaled * 1.002) < drift_mean(0.0, scaled * 0.998)
        assert condition.holds(D=D, x0=x0, r=r) is bool(falls)


def test_the_critical_stiffness_is_the_published_one(published):
    condition = rd.conditions.ornstein_uhlenbeck_center
    critical = published("ou.center.zc2")
    assert condition.value("critical") == pytest.approx(critical, rel=2e-16)
    assert condition.holds(k=critical * (1 - 1e-14), x0=1.0, D=1.0)
    assert not condition.holds(k=critical * (1 + 1e-14), x0=1.0, D=1.0)


def test_the_critical_stiffness_is_the_verdict_over_all_rates(rng):
    def under(z, s):
        at_centre = mpmath.sqrt(mpmath.pi) * 2 ** (-s / 2) / mpmath.gamma((1 + s) / 2)
        return (at_centre * mpmath.exp(-(z**2) / 4) / mpmath.pcfd(-s, z) - 1) / s

    for k, x0, D in rng.uniform(0.4, 2, (12, 3)):
        z = x0 * np.sqrt(k / D)
        helps = min(under(z, s) for s in np.geomspace(0.003, 100, 40)) < centre_moments(z)["T"]
        assert rd.conditions.ornstein_uhlenbeck_center.holds(k=k, x0=x0, D=D) == helps


def test_the_verdicts_are_those_of_the_numerical_theory(rng):
    verdicts = []
    for k, centre, D in rng.uniform((0.3, -1.5, 0.3), (3, 1.5, 2), (12, 3)):
        process = rd.OrnsteinUhlenbeck(stiffness=k, center=centre, diffusion=D)
        problem = rd.FirstPassage(process, start=1.0, target=rd.Level(0.0))
        result, verdict = rd.solve(problem), rd.reset_helps(problem)
        moments = {"T": result.mean, "T2": result.moment(2)}
        verdicts.append(rd.conditions.cv.holds(**moments))
        assert verdicts[-1] == (verdict.slope < 0)
        assert verdict.helps or not verdicts[-1]
        assert rd.conditions.cv.value("slope", **moments) == pytest.approx(verdict.slope, rel=1e-7, abs=1e-9)
    assert 0 < sum(verdicts) < len(verdicts)


def test_the_transition_at_the_critical_stiffness_is_continuous(published):
    z = published("ou.center.zc")
    order, at = rd.conditions.transition_order, centre_moments(z)
    curvature = order.value("curvature", **at)
    assert curvature == pytest.approx(published("ou.center.a2.at.zc"), rel=1e-10)
    assert order.holds(**at)
    change = [order.value("slope", **centre_moments(z + step)) for step in (-1e-4, 1e-4)]
    slope = (change[1] - change[0]) / 2e-4
    assert slope / (2 * curvature) == pytest.approx(published("ou.center.slope"), rel=1e-6)


def test_the_optimal_rate_starts_at_the_published_slope_below_a_peclet_number_of_1(published):
    def moments(peclet):  # of the inverse Gaussian law
        first, variance = 1 / (2 * peclet), 1 / (4 * peclet**3)
        skew = 3 / np.sqrt(peclet) * variance**1.5
        return {"T": first, "T2": variance + first**2, "T3": skew + 3 * first * variance + first**3}

    rate = rd.conditions.transition_order.value("optimal_rate", **moments(1 - 1e-5))
    assert rate / 1e-5 == pytest.approx(published("peclet.slope.at1"), rel=1e-4)
