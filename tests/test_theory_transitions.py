"""Transitions of resetting: places, orders, jumps and tricritical points, against roots found otherwise."""

from math import sqrt

import mpmath as mp
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import gamma, lognorm, pareto

import resetdyn as rd

LEVEL = rd.Level(0.0)


def drifting(u, drift):
    return rd.FirstPassage(rd.Brownian(1.0, drift=drift), u, rd.Interval(0.0, 1.0))


def toward(peclet, reset=None):
    return rd.FirstPassage(rd.Brownian(1.0, drift=-2 * peclet), 1.0, LEVEL, reset or rd.NoReset())


def trapped(z, reset=None):
    return rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), z, LEVEL, reset or rd.NoReset())


def drifting_at(u, rate):
    return rd.FirstPassage(rd.Brownian(1.0, drift=3.0), u, rd.Interval(0.0, 1.0), rd.Poisson(rate))


def mp_mean(u, drift, rate):
    """Return the mean out of the drifted interval, from the transforms at the two ends, in 40 digits."""
    v = mp.mpf(drift) / 2
    theta = mp.sqrt(v**2 + rate)
    low = mp.exp(-v * u) * mp.sinh((1 - u) * theta) / mp.sinh(theta)
    high = mp.exp(v * (1 - u)) * mp.sinh(u * theta) / mp.sinh(theta)
    return (1 / (low + high) - 1) / rate


def test_first_order_transition_of_the_drifted_interval():
    """Between 0.18600 and 0.20478 a finite rate helps although CV < 1."""
    found = rd.transition(lambda u: drifting(u, 3.0), "u", 0.1, 0.4)
    assert (found.order, found.helps_below) == (1, True)
    assert found.spinodal == pytest.approx(0.18600, abs=5e-6)
    assert found.value == pytest.approx(0.20478, abs=5e-6)
    assert found.cv < 1
    assert found.slope > 0
    assert found.rate_above == 0
    assert found.rate_below == found.jump > 1
    # The same by the mean alone: it and its slope in the rate agree with the end at rate 0.
    with mp.workdps(40):
        free = mp.limit(lambda n: mp_mean(found.value, 3, mp.mpf(10) ** -(12 + n)), mp.inf)

        def equations(u, rate):
            gap = mp_mean(u, 3, rate) - mp_mean(u, 3, mp.mpf(10) ** -18)
            return gap, mp.diff(lambda r: mp_mean(u, 3, r), rate)

        u, rate = mp.findroot(equations, (found.value, found.jump))
        assert float(free) == pytest.approx(rd.solve(drifting(found.value, 3.0)).mean, rel=1e-9)
    assert found.value == pytest.approx(float(u), rel=1e-11)
    assert found.jump == pytest.approx(float(rate), rel=1e-9)
    assert abs(found.value - float(u)) < 1e-12
    spinodal = brentq(lambda u: rd.solve(drifting(u, 3.0)).cv - 1, 0.15, 0.25, xtol=1e-13)
    assert found.spinodal == pytest.approx(spinodal, abs=1e-12)


@pytest.mark.parametrize("gap", [1e-3, 1e-6])
def test_verdict_on_both_sides_of_both_ends_of_the_window(gap):
    found = rd.transition(lambda u: drifting(u, 3.0), "u", 0.1, 0.4)
    for place, cv_above_one, helps in (
        (found.spinodal - gap, True, True),
        (found.spinodal + gap, False, True),
        (found.value - gap, False, True),
        (found.value + gap, False, False),
    ):
        verdict = rd.reset_helps(drifting(place, 3.0))
        assert (verdict.cv > 1, verdict.slope < 0, verdict.helps) == (cv_above_one, cv_above_one, helps)
        assert (verdict.rate > 0) == helps


def test_the_optimal_rate_jumps_by_what_is_said():
    found = rd.transition(lambda u: drifting(u, 3.0), "u", 0.1, 0.4)
    assert rd.optimal_reset(drifting(found.value - 1e-10, 3.0)).rate == pytest.approx(found.jump, rel=1e-7)
    assert rd.optimal_reset(drifting(found.value + 1e-10, 3.0)).rate == 0


@pytest.mark.parametrize(
    ("build", "name", "low", "high", "critical"),
    [
        (lambda u: drifting(u, 0.0), "u", 0.1, 0.4, (5 - sqrt(5)) / 10),
        (lambda u: drifting(u, 0.0), "u", 0.6, 0.95, (5 + sqrt(5)) / 10),
        (toward, "peclet", -1.0, 4.0, 1.0),
        (lambda pause: toward(0.5, rd.Poisson(1.0, refractory=pause)), "pause", 0.0, 4.0, 0.5),
    ],
)
def test_continuous_transitions_in_closed_form(build, name, low, high, critical):
    found = rd.transition(build, name, low, high)
    assert found.order == 2
    assert found.jump == found.rate_below == found.rate_above == 0
    assert found.value == found.spinodal == pytest.approx(critical, rel=1e-13)
    assert abs(found.value - critical) <= found.error < 1e-11


def test_transition_of_the_trap(published):
    found = rd.transition(trapped, "z", 0.5, 2.0)
    assert (found.order, found.helps_below) == (2, True)
    assert found.value == pytest.approx(published("ou.center.zc"), rel=1e-13)
    assert found.curvature == pytest.approx(published("ou.center.a2.at.zc"), rel=1e-10)
    assert found.cv == pytest.approx(1.0, abs=1e-13)


def test_a_pause_ends_the_help():
    """To first order in the rate a pause costs ``c <T>``: it wins where ``2 c <T> > <T^2> - 2 <T>^2``."""
    free = rd.solve(trapped(0.5))
    critical = (free.moment(2) / free.mean - 2 * free.mean) / 2
    found = rd.transition(lambda c: trapped(0.5, rd.Poisson(1.0, refractory=c)), "c", 0.0, 10.0)
    assert found.order == 2
    assert found.value == pytest.approx(critical, rel=1e-11)
    assert rd.reset_helps(trapped(0.5, rd.Poisson(1.0, refractory=0.999 * critical))).helps
    assert not rd.reset_helps(trapped(0.5, rd.Poisson(1.0, refractory=1.001 * critical))).helps


def test_a_pause_ends_the_help_of_a_finite_rate():
    """Where slow resetting does not help to begin with, the optimal rate jumps to 0 at some pause."""

    def paused(c):
        return rd.FirstPassage(
            rd.Brownian(1.0, drift=3.0), 0.19, rd.Interval(0.0, 1.0), rd.Poisson(1.0, refractory=c)
        )

    found = rd.transition(paused, "c", 0.0, 1.0)
    assert (found.order, found.helps_below) == (1, True)
    assert np.isnan(found.spinodal)
    free, best = rd.solve(drifting(0.19, 3.0)).mean, rd.solve(drifting_at(0.19, found.jump)).mean
    assert best * (1 + found.jump * found.value) == pytest.approx(free, rel=1e-13)
    assert rd.optimal_reset(paused(0.999999 * found.value)).rate == pytest.approx(found.jump, rel=1e-3)
    assert rd.optimal_reset(paused(1.000001 * found.value)).rate == 0


def test_transition_of_a_law():
    """A gamma law has CV = 1 at shape 1, where resetting starts to help at any rate at once."""
    found = rd.transition(lambda shape: gamma(shape), "shape", 0.5, 3.0)
    assert found.value == pytest.approx(1.0, abs=1e-9)
    found = rd.transition(lambda sigma: lognorm(sigma), "sigma", 0.1, 1.5)
    assert (found.order, found.helps_below) == (2, False)
    assert found.value == pytest.approx(sqrt(np.log(2)), rel=1e-13)  # exp(sigma^2) = 2
    assert rd.reset_helps(lognorm(found.value + 1e-6)).helps
    assert not rd.reset_helps(lognorm(found.value - 1e-6)).helps


@pytest.mark.parametrize(("ties", "drift"), [("reset", (sqrt(17) - 3) / 4), ("process", 1 / 3)])
def test_transition_of_a_walk(ties, drift):
    """With mean step `m`, ``CV^2 = (1 - m^2) / (3 m)`` from distance 3, and it must be ``1 +- m / 3``."""

    def walk(m):
        steps = rd.RandomWalk({-1: (1 + m) / 2, 1: (1 - m) / 2})
        return rd.FirstPassage(steps, 3.0, LEVEL, rd.Geometric(0.1, ties=ties))

    found = rd.transition(walk, "m", 0.1, 0.9)
    assert (found.order, found.helps_below) == (2, True)
    assert found.value == pytest.approx(drift, rel=1e-11)
    assert found.cv**2 == pytest.approx(1 + (1 if ties == "reset" else -1) * drift / 3, rel=1e-11)


def test_no_transition_is_refused():
    with pytest.raises(ValueError, match="helps at both ends"):
        rd.transition(toward, "peclet", -1.0, 0.5)
    with pytest.raises(ValueError, match="hinders at both ends"):
        rd.transition(toward, "peclet", 2.0, 3.0)
    with pytest.raises(ValueError, match="helps at both ends"):
        rd.transition(lambda peclet: toward(peclet, rd.Sharp(1.0)), "peclet", 0.1, 1.9)


@pytest.mark.parametrize("guess", [(0.25, 1.0), (0.2, 2.0), (0.27, 0.3)])
def test_tricritical_point(guess, published):
    point = rd.tricritical_point(drifting, {"u": guess[0], "drift": guess[1]})
    u, v = published("interval.drift.tricrit.u"), published("interval.drift.tricrit.V")
    assert point.values["u"] == pytest.approx(u, rel=1e-11)
    assert point.values["drift"] == pytest.approx(v, rel=1e-11)
    assert abs(point.values["drift"] / v - 1) < point.error < 1e-10
    assert point.coefficients[3] == pytest.approx(2.4787181e-7, rel=1e-7)


def test_the_order_changes_at_the_tricritical_point():
    point = rd.tricritical_point(drifting, {"u": 0.25, "drift": 1.0})
    v = point.values["drift"]
    below = rd.transition(lambda u: drifting(u, v - 0.2), "u", 0.1, 0.4)
    above = rd.transition(lambda u: drifting(u, v + 0.2), "u", 0.1, 0.4)
    assert (below.order, above.order) == (2, 1)
    assert below.jump == 0
    assert 0 < above.jump < rd.transition(lambda u: drifting(u, v + 0.4), "u", 0.1, 0.4).jump


def test_tricritical_point_needs_two_parameters():
    with pytest.raises(ValueError, match="two parameters"):
        rd.tricritical_point(drifting, {"u": 0.25})


@pytest.mark.parametrize("shape", [1.0, 1.2])
def test_parameters_that_are_one_in_effect_have_no_tricritical_point(shape):
    with pytest.raises(ValueError, match="independently there"):
        rd.tricritical_point(lambda a, unit: gamma(a, scale=unit), {"a": shape, "unit": 1.0})


def test_small_rate_coefficients_of_the_interval(published):
    """Against the expansion of ``(cosh(q / 2) / cosh((1/2 - u) q) - 1) / r``, ``q^2 = r``."""
    edge = (5 - sqrt(5)) / 10
    assert rd.landau(drifting(edge, 0.0))[2] == pytest.approx(published("interval.a2.at.ucrit"), rel=1e-12)
    with mp.workdps(40):
        u = mp.mpf(0.1)
        taylor = mp.taylor(
            lambda r: mp.nsum(lambda n: (r / 4) ** n / mp.factorial(2 * n), [0, 20])
            / mp.nsum(lambda n: ((mp.mpf(1) / 2 - u) ** 2 * r) ** n / mp.factorial(2 * n), [0, 20]),
            0, 6,
        )  # fmt: skip
    assert rd.landau(drifting(0.1, 0.0), 5) == pytest.approx([float(c) for c in taylor[1:]], rel=1e-10)


def test_small_rate_coefficients_with_another_place_and_a_pause():
    """Against the polynomial through exact means at small rates."""
    reset = rd.Poisson(1.0, to=0.4, refractory=0.3)
    problem = rd.FirstPassage(rd.Brownian(1.0, drift=-1.5), 1.0, LEVEL, reset)
    a = rd.landau(problem, 3)
    nodes = 2e-2 * (1 + np.cos(np.pi * (np.arange(14) + 0.5) / 14))
    means = [
        rd.solve(rd.FirstPassage(problem.process, 1.0, LEVEL, rd.Poisson(r, to=0.4, refractory=0.3))).mean
        for r in nodes
    ]
    fit = np.polynomial.Polynomial.fit(nodes, means, 13).convert().coef
    assert a[:3] == pytest.approx(fit[:3], rel=1e-8)
    assert rd.reset_helps(problem).slope == a[1]


def test_small_rate_coefficients_that_diverge():
    assert rd.landau(toward(0.0), 2)[0] == np.inf
    a = rd.landau(pareto(2.5), 4)
    assert np.isfinite(a[:2]).all()
    assert a[2] == np.inf
    assert np.isnan(a[3:]).all()
    assert rd.landau(pareto(1.5), 1)[1] == -np.inf
    missed = rd.FirstPassage(rd.Brownian(1.0, drift=-1.0), 1.0, LEVEL, rd.NoReset(to=-1.0))
    assert rd.landau(missed, 1).tolist() == [1.0, np.inf]


def sharp(u, drift=0.0, pause=0.0):
    return rd.FirstPassage(
        rd.Brownian(1.0, drift=drift), u, rd.Interval(0.0, 1.0), rd.Sharp(1.0, refractory=pause)
    )


@pytest.mark.parametrize(
    ("build", "low", "high", "value"),
    [
        # <T> = u (1 - u) / 2, decay pi^2
        (lambda x: sharp(x), 0.1, 0.45, (1 - sqrt(1 - 8 / np.pi**2)) / 2),
        (lambda x: sharp(0.2, pause=x), 0.0, 0.1, 1 / np.pi**2 - 0.08),
        # <T> = 1 / (2 x), decay x^2
        (lambda x: toward(x, rd.Sharp(1.0)), 0.5, 4.0, 2.0),
    ],
)
def test_late_resets_begin_to_help_where_mean_times_decay_is_one(build, low, high, value):
    found = rd.transition(lambda x: build(x), "x", low, high)
    assert (found.order, found.helps_below, found.jump) == (2, True, 0.0)
    assert found.value == found.spinodal
    assert abs(found.value - value) <= found.error
    assert found.error < 1e-10


def test_late_resets_of_a_trapped_particle_begin_to_help_where_its_mean_is_one_over_its_decay():
    found = rd.transition(lambda z: trapped(z, rd.Sharp(1.0)), "z", 0.5, 4.0)

    def mean(z):  # int_0^inf erf(z / sqrt(2 (e^(2 t) - 1))) dt
        return mp.quad(lambda t: mp.erf(z / mp.sqrt(2 * mp.expm1(2 * t))), [0, 0.1, 1, 5, 20, 60])

    with mp.workdps(20):
        z = mp.findroot(lambda z: mean(z) - 1, 1.2)
    assert found.order == 2
    assert abs(found.value - z) <= found.error
    assert found.error < 1e-10


@pytest.mark.parametrize("drift", [3.0, 6.0])
def test_the_best_period_jumps_in_the_drifted_interval(drift):
    """Against the series of the survival probability in its eigenfunctions."""
    found = rd.transition(lambda u: sharp(u, drift), "u", 0.05, 0.45)
    assert (found.order, found.helps_below) == (1, True)
    poisson = rd.transition(lambda u: drifting(u, drift), "u", 0.05, 0.45)
    assert found.value > poisson.value  # no rate beats the best period
    with mp.workdps(30):
        v = mp.mpf(drift) / 2

        def survival(u, t, power=0):  # or its integral from t on, with the power -1
            return mp.exp(-v * u) * sum(
                2 * n * mp.pi * (1 - (-1) ** n * mp.exp(v)) * mp.sin(n * mp.pi * u)
                * mp.exp(-(v**2 + (n * mp.pi) ** 2) * t) * (v**2 + (n * mp.pi) ** 2) ** (power - 1)
                for n in range(1, 60)
            )  # fmt: skip

        def free(u):
            exact = (1 - mp.exp(-2 * v * u)) / (1 - mp.exp(-2 * v))
            return (exact - u) / (2 * v)

        def gap(u, t):
            alive = survival(u, t)
            return (free(u) - survival(u, t, -1)) / (1 - alive) - free(u)

        u, period = mp.findroot(
            lambda u, t: (gap(u, t), mp.diff(lambda x: gap(u, x), t)), (found.value, 1 / found.jump)
        )
    assert abs(found.value - u) <= found.error
    assert found.error < 1e-10
    assert found.jump == pytest.approx(float(1 / period), rel=1e-8)
