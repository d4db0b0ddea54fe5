"""Means under resets so frequent that the target is hit beneath the floats: their logarithms."""

import mpmath as mp
import numpy as np
import pytest

import resetdyn as rd


def log_reached(problem, t):
    with mp.workdps(40):
        t = mp.mpf(t)
        if isinstance(problem.process, rd.OrnsteinUhlenbeck):
            return mp.log(mp.erfc(mp.exp(-t) / mp.sqrt(2 * (1 - mp.exp(-2 * t)))))
        if problem.process.dim == 3:
            return mp.log(mp.erfc(1 / mp.sqrt(4 * t)) / 2)
        return mp.log(2 * mp.erfc(1 / mp.sqrt(4 * t)))  # the other images are beneath rounding


CASES = {
    "Ornstein-Uhlenbeck": rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), 1.0, rd.Level(0.0)),
    "transfer chain": rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), 1.0, rd.Interval(0.0, 4.0)),
    "ball": rd.FirstPassage(rd.Brownian(np.eye(3)), [2.0, 0, 0], rd.Ball([0.0, 0, 0], 1.0)),
    "interval": rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Interval(0.0, 2.0)),
}


@pytest.mark.parametrize(
    ("name", "period"),
    [(name, period) for name in CASES for period in (3e-4, 1e-5, 1e-7) if name != "transfer chain"]
    + [("transfer chain", 3e-4)],  # beyond, too many elements
)
def test_the_logarithm_of_the_mean_goes_on_beneath_the_floats(name, period):
    problem = CASES[name]
    result = rd.solve(rd.FirstPassage(problem.process, problem.start, problem.target, rd.Sharp(period)))
    assert result.mean == np.inf
    # <T> = int Q / F, and Q = 1 to rounding.
    assert result.log_mean == pytest.approx(float(mp.log(period) - log_reached(problem, period)), rel=1e-12)
