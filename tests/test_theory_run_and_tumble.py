"""Run-and-tumble motion to a level and out of an interval: 60-digit transforms, quadrature, samples."""

from functools import partial
from math import log, sqrt

import mpmath as mp
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import resetdyn as rd
from resetdyn.theory.passages.run_and_tumble_interval import TumblingExit

LEVEL, INTERVAL = rd.Level(0.0), rd.Interval(0.0, 2.0)
N = 20_000


def search(target, reset, start=0.6, speed=1.0, tumbling=3.0):
    return rd.FirstPassage(rd.RunAndTumble(speed, tumbling), start, target, reset)


def exact(v, g, x, y, s):
    """Return the transform of 1 - h over s h, and log(h_low / h_high), from the solved backward equations."""
    theta = mp.sqrt(s * (s + 2 * g)) / v
    k = mp.sqrt(s / (s + 2 * g))
    below = (1 + k**2) * mp.sinh(theta * (x + y)) + 2 * k * mp.cosh(theta * (x + y))
    low, high = ((mp.sinh(theta * z) + k * mp.cosh(theta * z)) / below for z in (y, x))
    return mp.log((1 / (low + high) - 1) / s), mp.log(low / high)


def transform(rate, at, s):
    """Return the transform of the first-passage time under resets to the start."""
    return 1 / (1 + s * mp.exp(exact(*at, rate + s)[0]))


def random_sets(count):
    rng = np.random.default_rng(11)
    for _ in range(count):
        v = 10 ** rng.uniform(-2, 2)
        g = v * 10 ** rng.uniform(-8, 8)
        x = rng.random() if rng.random() < 0.7 else 10 ** rng.uniform(-6, 0)
        yield v, g, x, 1.0 - x if x < 0.9 else 1.0, 10 ** rng.uniform(-8, 8) * min(v, v * v / g)


def test_leaving_an_interval_has_the_transform_of_the_backward_equations():
    with mp.workdps(60):
        for v, g, x, y, s in random_sets(80):
            passage = TumblingExit(v, g, x, y)
            at = [mp.mpf(z) for z in (v, g, x, y)]
            step = mp.mpf(s) * mp.mpf(10) ** -18
            mean, odds = exact(*at, mp.mpf(s))
            up, down = (exact(*at, s + sign * step) for sign in (1, -1))
            log_mean, slope = passage.log_mean(s, 1)
            log_odds, odds_slope = passage.log_odds(s)
            assert log_mean == pytest.approx(float(mean), rel=1e-13, abs=1e-13)
            # Of slopes the terms that they are made of count: the mean is that of one of them at least.
            scale = abs((up[0] - down[0]) / (2 * step)) + mp.exp(min(mean, -mp.log(s)))
            assert abs(slope - (up[0] - down[0]) / (2 * step)) < 1e-12 * scale
            assert log_odds == pytest.approx(float(odds), rel=1e-13, abs=1e-13)
            expected = (up[1] - down[1]) / (2 * step)
            assert abs(odds_slope - expected) < 1e-12 * (scale + abs(expected))
            inverse = complex(passage.inverse_mean(np.array([s], complex))[0])
            if inverse:
                assert abs(log(inverse.real) + float(mean)) < 1e-12 * (1 + abs(float(mean)))
            low, high = (complex(passage.end_transform(np.array([s], complex), end)[0]) for end in (0, 1))
            if low and high:
                assert log(low.real / high.real) == pytest.approx(float(odds), rel=1e-12, abs=1e-12)


def test_without_resets_the_moments_are_polynomials():
    # <T> = g x y / v^2 + (x + y) / (2 v); the odds are (v + 2 g y) to (v + 2 g x).
    for v, g, x, y in ((1.5, 2.0, 0.6, 1.4), (1.0, 1e-8, 0.3, 0.7), (1.0, 1e8, 1e-3, 1.0)):
        result = rd.solve(search(rd.Interval(0.0, x + y), rd.NoReset(), x, v, g))
        assert result.mean == pytest.approx(g * x * y / v**2 + (x + y) / (2 * v), rel=1e-13)
        assert result.ends[0] == pytest.approx((v + 2 * g * y) / (2 * v + 2 * g * (x + y)), rel=1e-13)
        assert sum(p * t for p, t in zip(result.ends, result.end_means, strict=True)) == pytest.approx(
            result.mean, rel=1e-12
        )


@pytest.mark.parametrize("tumbling", [1e-8, 0.3, 3.0, 1e4])
def test_higher_moments_out_of_an_interval(tumbling):
    for reset in (rd.NoReset(), rd.Poisson(0.8)):
        result = rd.solve(search(INTERVAL, reset, tumbling=tumbling))
        rate = getattr(reset, "rate", 0.0)
        with mp.workdps(320):
            hit = partial(transform, rate, [mp.mpf(z) for z in (1.0, tumbling, 0.6, 1.4)])
            for order in (2, 3):
                taken = mp.diff(hit, mp.mpf(10) ** -60, order, h=mp.mpf(10) ** -62)
                assert result.moment(order) == pytest.approx(float((-1) ** order * taken), rel=1e-10)


@pytest.mark.parametrize("tumbling", [0.3, 3.0, 30.0])
def test_survival_and_density_out_of_an_interval(tumbling):
    result = rd.solve(search(INTERVAL, rd.NoReset(), tumbling=tumbling))
    # Jumps of those that never tumble, e^(-g x / v) / 2, at both fronts.
    for front in (0.6, 1.4):
        jump = result.survival(front * (1 - 1e-13)) - result.survival(front * (1 + 1e-13))
        assert jump == pytest.approx(np.exp(-tumbling * front) / 2, abs=1e-10)
    assert result.survival(0.59) == 1
    assert result.pdf(0.59) == 0
    for low, high in ((0.61, 1.39), (1.41, 2.59), (2.61, 3.39), (11.0, 13.0), (39.0, 41.0)):
        between = quad(result.pdf, low, high, epsabs=1e-13, points=[(low + high) / 2])[0]
        assert between == pytest.approx(result.survival(low) - result.survival(high), abs=1e-11)
    fronts = [0.6, 1.4, 2.6, 3.4, 4.6, 5.4, 6.6]
    total = quad(result.survival, 0, 12, points=fronts, epsabs=1e-12, limit=500)[0]
    tail = quad(lambda u: result.survival(12 * np.exp(u)) * 12 * np.exp(u), 0, 6, epsabs=1e-12)[0]
    assert total + tail == pytest.approx(result.mean, rel=1e-8)


@pytest.mark.parametrize("reset", [rd.Poisson(1.0), rd.Poisson(2.0, to=1.3)])
def test_late_densities_under_resets_out_of_an_interval(reset):
    result = rd.solve(search(INTERVAL, reset))
    between = quad(result.pdf, 30.0, 40.0, epsabs=1e-14)[0]
    assert between == pytest.approx(result.survival(30.0) - result.survival(40.0), rel=1e-8)


@pytest.mark.parametrize(
    ("rate", "to", "intervals"),
    [
        (1.0, 0.6, [(0.1, 0.59), (0.61, 1.19), (1.21, 1.79), (4.0, 4.1), (11.5, 12.5)]),
        (3.0, 0.25, [(0.26, 0.49), (0.51, 0.59), (0.61, 0.74), (2.6, 2.7), (11.5, 12.5)]),
        (1e-3, 2.0, [(0.61, 1.99), (2.01, 2.59), (2.61, 3.99), (39.0, 41.0)]),
    ],
)
def test_densities_to_a_level_under_resets(rate, to, intervals):
    result = rd.solve(search(LEVEL, rd.Poisson(rate, to=to)))
    for low, high in intervals:
        between = quad(result.pdf, low, high, epsabs=1e-13)[0]
        assert between == pytest.approx(result.survival(low) - result.survival(high), abs=1e-10)
    # The atom: those that go straight there, before any reset.
    jump = result.survival(0.6 * (1 - 1e-13)) - result.survival(0.6 * (1 + 1e-13))
    assert jump == pytest.approx(np.exp(-(3.0 + rate) * 0.6) / 2, abs=1e-10)
    assert result.pdf(0.6) == np.inf
    assert result.pdf(0.2) == 0


@pytest.mark.parametrize(
    "reset",
    [
        rd.Poisson(1.0),
        rd.Poisson(1.0, to=1.1, refractory=0.3),
        rd.Sharp(1.0, to=1.1),
        rd.Renewal(stats.gamma(2), to=0.3),
    ],
)
def test_samples_leave_an_interval_as_the_theory_says(reset, seed):
    problem = search(INTERVAL, reset)
    samples, result = rd.simulate(problem, N, rng=seed), rd.solve(problem)

    def z(values, expected):
        return (np.mean(values) - expected) / (np.std(values, ddof=1) / sqrt(len(values)))

    assert abs(z(samples.times, result.mean)) < 4
    assert abs(z(samples.ends == 0, result.ends[0])) < 4
    for end in (0, 1):
        assert abs(z(samples.times[samples.ends == end], result.end_means[end])) < 4


@pytest.mark.parametrize("to", [None, 1.1])
@pytest.mark.parametrize("tumbling", [0.3, 3.0, 30.0])
def test_ends_under_exponential_waiting_times_are_those_under_poisson(tumbling, to):
    poisson, renewal = (
        rd.solve(search(INTERVAL, reset, tumbling=tumbling))
        for reset in (
            rd.Poisson(1.5, to=to, refractory=0.2),
            rd.Renewal(stats.expon(scale=1 / 1.5), to=to, refractory=0.2),
        )
    )
    assert renewal.ends == pytest.approx(poisson.ends, rel=1e-9)
    assert renewal.end_means == pytest.approx(poisson.end_means, rel=1e-9)


@pytest.mark.parametrize(
    "reset",
    [
        rd.Sharp(1.0, to=1.1),
        rd.Sharp(3.0),
        rd.Renewal(stats.uniform(0.5, 1)),
        rd.Renewal(stats.randint(1, 4)),
    ],
)
def test_ends_hold_the_mean_of_the_whole(reset):
    result = rd.solve(search(INTERVAL, reset))  # whose mean comes from the survival probability
    assert sum(result.ends) == pytest.approx(1.0, rel=1e-14)
    assert np.dot(result.ends, result.end_means) == pytest.approx(result.mean, rel=1e-9)


def test_ends_within_and_beyond_the_reach_of_a_period():
    """What is reset to 1.5 every 0.55 leaves at 2; the other end is for the first trial, from 0.5."""
    speed, g, period = 1.0, 3.0, 0.55
    result = rd.solve(search(INTERVAL, rd.Sharp(period, to=1.5), start=0.5))
    alone = rd.solve(rd.FirstPassage(rd.RunAndTumble(speed, g), 0.5, rd.Level(0.0)))
    assert result.ends[0] == pytest.approx(
        1 - alone.survival(period), rel=1e-9
    )  # the far end is out of reach
    assert 0.5 <= result.end_means[0] <= period
    never = rd.solve(search(INTERVAL, rd.Sharp(period), start=1.5))
    assert never.ends == (0.0, 1.0)
    assert never.end_means == (np.inf, pytest.approx(never.mean, rel=1e-9))


def test_fast_tumbling_is_diffusion():
    v = 1e5
    passage = TumblingExit(v, v * v / 2, 0.6, 1.4)
    diffusing = rd.solve(rd.FirstPassage(rd.Brownian(1.0), 0.6, INTERVAL, rd.Poisson(2.0)))
    assert passage.log_mean(2.0, 0)[0] == pytest.approx(diffusing.log_mean, abs=1e-4)
    assert passage.survival(np.array([0.3])) == pytest.approx(
        rd.solve(rd.FirstPassage(rd.Brownian(1.0), 0.6, INTERVAL, rd.NoReset())).survival(0.3), abs=1e-4
    )


def test_survival_under_renewal_begins_at_the_front_and_is_that_of_poisson():
    # Before the front nothing happens: that is no decay which has settled.
    search = rd.FirstPassage(rd.RunAndTumble(1.0, 2.0), 0.47, rd.Level(0.0), rd.Poisson(1.0))
    same = rd.FirstPassage(search.process, 0.47, rd.Level(0.0), rd.Renewal(stats.expon()))
    times = np.array([0.3, 0.6, 1.5, 5.0])
    assert rd.solve(same).survival(times) == pytest.approx(rd.solve(search).survival(times), rel=1e-9)
