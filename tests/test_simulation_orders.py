"""By which power of the step a bias falls, measured where it is larger than the noise."""

from __future__ import annotations

from itertools import pairwise
from math import hypot, log

import pytest

import resetdyn as rd
from tests.test_simulation_processes import underdamped_moments

KINK = rd.Langevin("Abs(x)", 1.0)
WALL = rd.Langevin("x**2/2", 1.0, reflecting=(-0.5, None))


def order(coarse, fine, ratio):
    """Return the order that two biases tell, each with its standard error, and the error of that."""
    (a, a_error), (b, b_error) = coarse, fine
    assert abs(b) > 4 * b_error  # a bias that is seen at all
    return log(a / b) / log(ratio), hypot(a_error / a, b_error / b) / log(ratio)


@pytest.mark.slow
@pytest.mark.parametrize("process", [KINK, WALL], ids=["kink", "wall"])
def test_a_kink_and_a_wall_are_of_order_one_or_better(process, seed):
    state = rd.SteadyState(process, rd.Poisson(0.5, to=1.0))
    exact = rd.solve(state).mean
    runs = [rd.simulate(state, 3_000_000, dt=dt, rng=seed, workers=2) for dt in (0.4, 0.2)]
    found, error = order(*((run.mean - exact, run.error) for run in runs), 2)
    assert error < 0.25
    assert found + 4 * error > 1
    assert found - 4 * error > 0.5


def test_baoab_is_of_order_two_at_rest(seed):
    # A mean under resetting, as that without is exact in a linear force.
    process = rd.UnderdampedLangevin("x**2/2", 0.01, 0.7, reset_velocity="zero")
    state = rd.SteadyState(process, rd.Poisson(0.8, to=1.0))
    exact = underdamped_moments(0.7, 0.01, 0.0, 0.8, 1.0)[0]
    runs = [rd.simulate(state, 4_000_000, dt=dt, rng=seed, workers=2) for dt in (1.6, 0.8)]
    found, error = order(*((run.mean - exact, run.error) for run in runs), 2)
    assert error < 0.25
    assert abs(found - 2) < 4 * error


def test_baoab_to_a_level_is_of_order_one_or_better(seed):
    # No exact time is known: differences between steps fall as the bias does.
    process = rd.UnderdampedLangevin("x**2/2", 0.5, 2.0)
    problem = rd.FirstPassage(process, 1.0, rd.Level(0.0), rd.Poisson(0.5))
    means = [
        rd.simulate(problem, 1_000_000, dt=dt, rng=seed + k, workers=2)
        for k, dt in enumerate((0.4, 0.2, 0.1))
    ]
    coarse, fine = ((b.mean - a.mean, hypot(a.error, b.error)) for a, b in pairwise(means))
    found, error = order(coarse, fine, 2)
    assert error < 0.25
    assert found + 4 * error > 1
    assert found - 4 * error > 0.5  # that of a target seen at the ends of steps
