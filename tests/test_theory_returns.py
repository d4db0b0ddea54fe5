"""Journeys back at constant speed, in any potential: the mean, against a plain grid and the free limit."""

import numpy as np
import pytest

import resetdyn as rd
from tests import naive_grid

RATE, SPEED, PAUSE = 1.3, 0.7, 0.2
MOTIONS = {
    "trap": (rd.OrnsteinUhlenbeck(1.5, 0.4, 0.5), lambda x: 0.75 * (x - 0.4) ** 2, 0.5),
    "double well": (rd.Langevin("x**4/4 - x**2/2", 0.3), lambda x: x**4 / 4 - x**2 / 2, 0.3),
}


def problem(process, start=0.5, to=0.75, rate=RATE, pause=PAUSE):
    reset = rd.Poisson(rate, to=to, return_speed=SPEED, refractory=pause)
    return rd.FirstPassage(process, start, rd.Level(0.0), reset)


@pytest.mark.parametrize(("start", "to"), [(0.5, 0.75), (0.5, 0.5), (1.0, 0.25)])
@pytest.mark.parametrize("name", MOTIONS)
def test_the_mean_is_that_of_a_grid(name, start, to):
    process, potential, diffusion = MOTIONS[name]

    def on_grid(cells):
        g = naive_grid.grid(potential, diffusion, 0.0, 5.0, cells, (True, False))
        generator = g.generator - RATE * np.eye(len(g.x))
        generator[:, g.at(to)] += RATE
        spent = 1 + RATE * (np.abs(g.x - to) / SPEED + PAUSE)
        return np.linalg.solve(generator, -spent)[g.at(start)]

    known, error = naive_grid.extrapolated(on_grid, 200)
    assert error < 1e-5 * known
    assert abs(rd.solve(problem(process, start, to)).mean - known) < error


@pytest.mark.parametrize("rate", [1e-3, 0.1, 1.0, 30.0])
def test_a_trap_that_hardly_holds_is_none(rate):
    held = rd.solve(problem(rd.OrnsteinUhlenbeck(1e-13, 0.0, 1.0), 1.0, 1.5, rate))
    free = rd.solve(problem(rd.Brownian(1.0), 1.0, 1.5, rate))
    assert held.mean == pytest.approx(free.mean, rel=1e-8)


def test_mirrors_change_nothing():
    there = rd.solve(problem(rd.Langevin("x**4/4 + x/5", 0.3))).mean
    reset = rd.Poisson(RATE, to=-0.75, return_speed=SPEED, refractory=PAUSE)
    mirror = rd.FirstPassage(rd.Langevin("x**4/4 - x/5", 0.3), -0.5, rd.Level(0.0), reset)
    assert rd.solve(mirror).mean == pytest.approx(there, rel=1e-12)


def test_other_moments_are_not_known():
    with pytest.raises(ValueError, match=r"no other moment; use rd\.simulate"):
        rd.solve(problem(MOTIONS["trap"][0])).moment(2)


def test_a_mean_that_does_not_settle_is_refused():
    with pytest.raises(ValueError, match=r"does not settle.*rd\.simulate"):
        rd.solve(problem(MOTIONS["trap"][0], rate=1e-7))


@pytest.mark.parametrize("name", MOTIONS)
def test_simulation_agrees(name, rng):
    search = problem(MOTIONS[name][0])
    samples = rd.simulate(search, n=20_000, rng=rng)
    assert abs(samples.mean - rd.solve(search).mean) < 4 * samples.error
