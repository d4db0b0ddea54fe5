"""Whole laws and many seeds: samples against exact laws, and errors that are what they claim to be."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from resetdyn.simulation.streams import Streams, chunks
from tests import wrong_simulators as wrong

# A right sampler fails one test in so many thousand; the wrong ones are further off.
RARE = 1e-4
N = 10_000
UNTIL = 50.0

GAMMA = stats.gamma(2, scale=0.5)
LEVEL, BAND, CIRCLE = rd.Level(0.0), rd.Interval(0.0, 1.0), rd.Ball([0.0, 0.0], 0.5)
FREE, DRIFTING, PLANE = rd.Brownian(1.0), rd.Brownian(0.8, drift=0.4), rd.Brownian(1.0, dim=2)
TRAP = rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5)
WELL = rd.Langevin("x**4/4 - x**2/2", 0.3)
RUNS = rd.RunAndTumble(1.0, 2.0)


def search(process, start, target, reset):
    return rd.FirstPassage(process, start, target, reset)


def p_of_times(problem, times):
    """Return the p-value of Kolmogorov and Smirnov for first-passage times, given up at UNTIL.

    The two laws are compared at 100 times between neighbouring samples, so that it makes no difference to
    which side an atom is counted; the largest distance is at least that.
    """
    ordered = np.sort(times)
    between = np.flatnonzero((np.diff(ordered) > 1e-9) & (ordered[1:] < UNTIL))
    at = between[:: max(1, len(between) // 100)]
    exact = 1 - rd.solve(problem).survival((ordered[at] + ordered[at + 1]) / 2)
    return stats.kstwo.sf(np.max(np.abs(exact - (at + 1) / len(times))), len(times))


LAWS = {
    "free": search(FREE, 1.0, LEVEL, rd.NoReset()),
    "level, Poisson": search(DRIFTING, 1.0, LEVEL, rd.Poisson(1.0, to=0.7)),
    "level, sharp": search(DRIFTING, 1.0, LEVEL, rd.Sharp(0.7)),
    "level, renewal": search(DRIFTING, 1.0, LEVEL, rd.Renewal(GAMMA)),
    "level, field": search(FREE, 1.0, LEVEL, rd.RateField("x**2")),
    "level, pause": search(DRIFTING, 1.0, LEVEL, rd.Poisson(1.0, refractory=0.3)),
    "level, law of pauses": search(
        DRIFTING, 1.0, LEVEL, rd.Renewal(GAMMA, refractory=stats.gamma(3, scale=0.1))
    ),
    "interval": search(DRIFTING, 0.4, BAND, rd.NoReset()),
    "interval, Poisson": search(DRIFTING, 0.4, BAND, rd.Poisson(3.0)),
    "interval, sharp": search(DRIFTING, 0.4, BAND, rd.Sharp(0.1)),
    "interval, renewal": search(DRIFTING, 0.4, BAND, rd.Renewal(stats.gamma(2, scale=0.05))),
    "interval, field": search(DRIFTING, 0.4, BAND, rd.RateField("20*x*(1 - x)")),
    "interval, pause": search(DRIFTING, 0.4, BAND, rd.Sharp(0.1, refractory=0.05)),
    "ball": search(rd.Brownian(1.0, dim=3), [1.0, 0.0, 0.0], rd.Ball([0.0, 0.0, 0.0], 0.5), rd.NoReset()),
    "circle, Poisson": search(PLANE, [1.0, 0.0], CIRCLE, rd.Poisson(1.0)),
    "circle, sharp": search(PLANE, [1.0, 0.0], CIRCLE, rd.Sharp(0.7)),
    "circle, renewal": search(PLANE, [1.0, 0.0], CIRCLE, rd.Renewal(GAMMA)),
    "trap": search(TRAP, 0.5, LEVEL, rd.NoReset()),
    "trap, Poisson": search(TRAP, 0.5, LEVEL, rd.Poisson(1.0)),
    "trap, sharp": search(TRAP, 0.5, LEVEL, rd.Sharp(0.7)),
    "trap, renewal": search(TRAP, 0.5, LEVEL, rd.Renewal(GAMMA)),
    "trap, field": search(TRAP, 0.5, LEVEL, rd.RateField("x**2")),
    "trap, pause": search(TRAP, 0.5, LEVEL, rd.Sharp(0.7, refractory=stats.expon(scale=0.2))),
    "trap, interval": search(TRAP, 0.5, rd.Interval(-0.5, 2.0), rd.NoReset()),
    "trap, interval, Poisson": search(TRAP, 0.5, rd.Interval(-0.5, 2.0), rd.Poisson(1.0)),
    "well": search(WELL, -1.0, rd.Level(0.5), rd.NoReset()),
    "well, Poisson": search(WELL, -1.0, rd.Level(0.5), rd.Poisson(0.5, to=-0.5)),
    "well, renewal": search(WELL, -1.0, rd.Level(0.5), rd.Renewal(stats.gamma(2, scale=2.0))),
    "well, pause": search(WELL, -1.0, rd.Level(0.5), rd.Poisson(0.5, refractory=0.5)),
    "runs": search(RUNS, 0.47, LEVEL, rd.NoReset()),
    "runs, Poisson": search(RUNS, 0.47, LEVEL, rd.Poisson(1.0)),
    "runs, sharp": search(RUNS, 0.47, LEVEL, rd.Sharp(0.8)),
}


@pytest.mark.parametrize("problem", LAWS.values(), ids=LAWS)
def test_first_passage_times_have_the_exact_law(problem, seed):
    assert p_of_times(problem, rd.simulate(problem, N, max_time=UNTIL, rng=seed).times) > RARE


@pytest.mark.parametrize("period", [0.35, 0.45])
def test_the_last_step_before_a_reset_is_as_long_as_the_time_left(period, seed):
    free = search(TRAP, 0.5, LEVEL, rd.NoReset())
    found = rd.simulate(search(TRAP, 0.5, LEVEL, rd.Sharp(period)), 50_000, rng=seed, dt=0.2)
    exact = 1 - rd.solve(free).survival(period)
    assert abs(np.mean(found.resets == 0) - exact) < 4 * (exact * (1 - exact) / found.n) ** 0.5


STATES = {
    "free, Poisson": (rd.Brownian(1.0, drift=0.3), rd.Poisson(1.0, to=0.0)),
    "free, sharp": (FREE, rd.Sharp(1.0, to=0.0)),
    "free, partial": (FREE, rd.Poisson(1.0, to=rd.Partial(0.5))),
    "trap": (TRAP, rd.NoReset()),
    "trap, Poisson": (TRAP, rd.Poisson(1.0, to=-1.0)),
    "trap, sharp": (TRAP, rd.Sharp(1.0, to=-1.0)),
    "trap, renewal": (TRAP, rd.Renewal(GAMMA, to=-1.0)),
    "trap, pause": (TRAP, rd.Poisson(1.0, to=-1.0, refractory=0.3)),
    "well": (WELL, rd.NoReset()),
    "well, Poisson": (WELL, rd.Poisson(0.5, to=-1.0)),
    "well, field": (WELL, rd.RateField("x**2", to=-1.0)),
    "runs, Poisson": (RUNS, rd.Poisson(1.0, to=0.0)),
}


@pytest.mark.parametrize(("process", "reset"), STATES.values(), ids=STATES)
def test_steady_states_have_the_exact_density(process, reset, seed):
    problem = rd.SteadyState(process, reset)
    drawn = rd.simulate(problem, N, rng=seed)
    # Neighbours on a path remember each other; every twentieth has forgotten the one before.
    x = drawn.samples[::20] if "correlated" in drawn.method else drawn.samples
    home = getattr(reset, "to", math.nan)
    moving = x[x != home] if isinstance(home, float) else x
    exact = rd.solve(problem)
    waiting = reset.refractory * 1.0 / (1 + reset.refractory * 1.0) if hasattr(reset, "refractory") else 0.0
    assert abs(len(x) - len(moving) - waiting * len(x)) <= 4 * math.sqrt(len(x) * waiting * (1 - waiting))
    nodes = np.unique(np.r_[np.linspace(-12.0, 12.0, 6001), np.linspace(-0.01, 0.01, 41) + moving.mean()])
    density = exact.pdf(nodes) / (1 - waiting)
    cumulative = np.r_[0.0, np.cumsum(np.diff(nodes) * (density[1:] + density[:-1]) / 2)]
    assert cumulative[-1] == pytest.approx(1.0, abs=1e-4)
    assert stats.kstest(moving, lambda y: np.interp(y, nodes, cumulative)).pvalue > RARE


class Verdict(NamedTuple):
    """The p-values of a sweep: z-scores of mean 0, and of variance 1."""

    mean: float
    variance: float


def sweep(draw, exact, seeds):
    """Judge the z-scores of the mean over seeds: each is standard normal, if errors are what they claim."""
    z = []
    for each in seeds:
        values = draw(each)
        z.append((values.mean() - exact) / (values.std(ddof=1) / math.sqrt(len(values))))
    spread = stats.chi2(len(z) - 1).cdf((len(z) - 1) * np.var(z, ddof=1))
    return Verdict(2 * stats.norm.sf(abs(np.mean(z)) * math.sqrt(len(z))), 2 * min(spread, 1 - spread))


SEEDS = 40
SWEPT = {
    "level": (LAWS["level, Poisson"], 20_000),
    "pause": (LAWS["level, law of pauses"], 8000),
    "interval": (LAWS["interval, Poisson"], 8000),
    "trap": (LAWS["trap, Poisson"], 4000),
    "well": (LAWS["well, Poisson"], 500),
    "circle": (LAWS["circle, Poisson"], 1000),
    "runs": (LAWS["runs, Poisson"], 8000),
}


@pytest.mark.parametrize(("problem", "n"), SWEPT.values(), ids=SWEPT)
def test_the_errors_of_means_are_what_they_claim_over_many_seeds(problem, n, seed):
    exact = rd.solve(problem).mean
    verdict = sweep(lambda s: rd.simulate(problem, n, rng=s).times, exact, range(seed, seed + SEEDS))
    assert min(verdict) > RARE


@pytest.mark.parametrize("name", ["trap, Poisson", "free, sharp", "runs, Poisson"])
def test_the_errors_of_states_are_what_they_claim_over_many_seeds(name, seed):
    problem = rd.SteadyState(*STATES[name])
    exact = rd.solve(problem).mean
    verdict = sweep(lambda s: rd.simulate(problem, 8192, rng=s).samples, exact, range(seed, seed + SEEDS))
    assert min(verdict) > RARE


def test_streams_that_are_used_twice_are_rejected(monkeypatch, seed):
    # Four chunks are one chunk four times: the errors look half as large as they are.
    problem = LAWS["level, Poisson"]
    exact = rd.solve(problem).mean

    def judge():
        return sweep(
            lambda s: rd.simulate(problem, 4 * 4096, rng=s).times, exact, range(seed, seed + 2 * SEEDS)
        )

    assert min(judge()) > RARE
    own = Streams.chunk
    monkeypatch.setattr(Streams, "chunk", lambda self, number, *size: own(self, number // 4, *size))
    assert judge().variance < RARE


def test_normals_that_are_too_wide_are_rejected(seed):
    # 1 % in the variance, which is 1 % in the diffusion.
    problem = LAWS["free"]
    again = search(FREE, 1.0, LEVEL, rd.Poisson(1.0))
    exact = rd.solve(again).mean

    def judge(variance):
        def draw(each):
            return wrong.by_levy_flights(chunks(each, 1)[0].state, 50_000, 1.0, variance)

        return sweep(draw, exact, range(seed, seed + SEEDS))

    assert problem.start == again.start
    assert min(judge(1.0)) > RARE
    assert judge(1.01).mean < RARE


# Searches in a trap far behind the target, by steps of 8 % of its relaxation time, each wrong in one thing.
STEP, START, CENTER, RATE = 0.08, 0.3, 3.0, 3.0
SHORT = search(rd.OrnsteinUhlenbeck(1.0, CENTER, 0.5), START, LEVEL, rd.Poisson(RATE))
FAULTS = {
    "no bridge": (wrong.NO_BRIDGE, 1.0),
    "a bridge without the drift": (wrong.FLAT_BRIDGE, 1.0),
    "a barrier that does not bend": (wrong.STRAIGHT_BARRIER, 1.0),
    "a force that is kept across the reset": (wrong.KEPT_FORCE, 1.0),
    "a clock that is set again a step late": (wrong.LATE_CLOCK, 1.0),
    "normals too wide": (wrong.NONE, 1.01),
}


def in_the_trap(each, n, fault, variance=1.0):
    return wrong.in_the_trap(chunks(each, 1)[0].state, n, CENTER, 0.5, START, RATE, STEP, fault, variance)


def test_the_loop_without_a_fault_is_right(seed):
    exact = rd.solve(SHORT).mean
    verdict = sweep(lambda s: in_the_trap(s, 10_000, wrong.NONE), exact, range(seed, seed + SEEDS))
    assert min(verdict) > RARE
    assert p_of_times(SHORT, in_the_trap(seed, 10_000, wrong.NONE)) > RARE


@pytest.mark.parametrize(("fault", "variance"), FAULTS.values(), ids=FAULTS)
def test_a_loop_with_a_fault_is_rejected(fault, variance, seed):
    exact = rd.solve(SHORT).mean
    verdict = sweep(lambda s: in_the_trap(s, 10_000, fault, variance), exact, range(seed, seed + SEEDS))
    assert verdict.mean < RARE


def test_a_bridge_without_the_drift_is_off_by_five_per_cent(seed):
    # The figure of the engine's requirements, at a tenth of the relaxation time.
    problem, state = LAWS["trap, Poisson"], chunks(seed, 1)[0].state
    times = wrong.in_the_trap(state, 200_000, 1.5, 0.5, 0.5, 1.0, 0.1, wrong.FLAT_BRIDGE, 1.0)
    error = times.std() / math.sqrt(len(times))
    assert abs(times.mean() - 1.048 * rd.solve(problem).mean) < 4 * error
