"""Resets to the best state so far: against an exact law."""

from __future__ import annotations

import math

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.simulation.checkpoint import score_of

SCORE = rd.Quadratic(1.0, 0.0)


def ratchet(every, rate=1.0, start=2.0, score=SCORE, **costs):
    reset = rd.Poisson(rate, to=rd.BestSoFar(score, every=every), **costs)
    return rd.FirstPassage(rd.Brownian(1.0), start, rd.Level(0.0), reset)


class TestBestSoFar:
    @pytest.mark.parametrize("rate", [0.5, 4.0])
    def test_a_ratchet_takes_a_time_proportional_to_the_distance(self, rate, seed):
        # Scored without a break, the best place is the running minimum, and resets cut the excursions above
        # it: by excursion theory <exp(-s T)> = exp(-x s / sqrt(D (r + s))), so that <T> = x / sqrt(r D) and
        # var T = x / sqrt(D r^3) (derived here). Scores at intervals h miss the minimum by order sqrt(h).
        coarse, fine = (
            rd.simulate(ratchet(every, rate), n=20_000, rng=seed) for every in (4e-3 / rate, 1e-3 / rate)
        )
        mean = 2 * fine.mean - coarse.mean
        error = math.hypot(2 * fine.error, coarse.error)
        exact = 2.0 / math.sqrt(rate)
        assert abs(mean - exact) < 4 * error + 5e-3 * exact  # what sqrt(h) leaves: order h
        assert coarse.mean > fine.mean > exact
        assert fine.std == pytest.approx(math.sqrt(2.0 / rate**1.5), rel=0.1)

    def test_a_score_of_ones_own_is_compiled(self, seed):
        by_hand = ratchet(0.05, score=lambda x: x * x / 2)
        a, b = (rd.simulate(p, n=500, rng=seed).times for p in (ratchet(0.05), by_hand))
        assert np.array_equal(a, b)

    def test_the_same_score_is_compiled_once(self):
        functions = [
            score_of(ratchet(0.5, score=rd.Quadratic(k, 0.0)).reset, 1.0)[0] for k in (1.0, 1.0, 2.0)
        ]
        assert functions[0] is functions[1]
        assert functions[2](3.0) == 2 * functions[0](3.0)

    def test_in_space_it_is_the_state_that_is_scored(self, seed):
        trap = rd.OrnsteinUhlenbeck([[2.0, 0.5], [0.5, 1.0]], [1.0, 1.0], 0.2 * np.eye(2))
        ball, start = rd.Ball([0.0, 0.0], 0.3), [1.0, 1.0]
        best = rd.Poisson(2.0, to=rd.BestSoFar(rd.Quadratic(np.eye(2), [0.0, 0.0]), every=0.05))
        times = {}
        for name, reset in {"best": best, "start": rd.Poisson(2.0)}.items():
            problem = rd.FirstPassage(trap, start, ball, reset)
            times[name] = rd.simulate(problem, n=2000, rng=seed, dt=0.02, max_time=50.0).mean
        assert times["best"] < times["start"] / 3
        # With a score that is lowest at the start it is the start.
        home = rd.Poisson(2.0, to=rd.BestSoFar(rd.Quadratic(np.eye(2), start), every=0.05))
        a = rd.simulate(rd.FirstPassage(trap, start, ball, home), n=2000, rng=seed, dt=0.02, max_time=50.0)
        assert abs(a.mean - times["start"]) < 4 * math.sqrt(2) * a.error

    def test_refusals(self):
        best = rd.BestSoFar(SCORE)
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            rd.solve(ratchet(0.1))
        with pytest.raises(ValueError, match="no steady state"):
            rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=best))
        with pytest.raises(TypeError, match="score"):
            rd.BestSoFar(3.0)
        with pytest.raises(ValueError, match="every"):
            rd.BestSoFar(SCORE, every=0.0)
        with pytest.raises(ValueError, match="does not compile"):
            rd.simulate(ratchet(0.1, score=lambda x: open(x)), n=10)  # noqa: SIM115
        with pytest.raises(ValueError, match=r"score is not a number where a path has come, x="):
            rd.simulate(ratchet(0.01, score=lambda x: np.sqrt(3.0 - x)), n=1000)
