"""Steady states along paths: exact moments within errors that know how long a path remembers."""

from __future__ import annotations

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.results.correlation import memory

WELL = rd.Langevin("x**4/4 - x**2/2", 0.3)
TRAP = rd.Langevin("x**2/2 + x", 0.5)
CASES = {
    "trap": rd.SteadyState(TRAP),
    "double well": rd.SteadyState(WELL),
    "journeys": rd.SteadyState(TRAP, rd.Poisson(1.0, to=1.0, return_speed=2.0)),
    "partial": rd.SteadyState(TRAP, rd.Poisson(1.0, to=rd.Partial(0.5))),
    "rate of the position": rd.SteadyState(WELL, rd.RateField("1 + x**2", to=1.0)),
    "walls": rd.SteadyState(rd.Langevin("x", 0.5, reflecting=(0.0, 2.0))),
}
EXACT = {"partial": rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, -1.0, 0.5), rd.Poisson(1.0, to=rd.Partial(0.5)))}


@pytest.mark.parametrize("name", CASES)
def test_moments_are_exact_within_their_errors(name, seed):
    samples = rd.simulate(CASES[name], n=20_000, dt=0.02, rng=seed)
    exact = rd.solve(EXACT.get(name, CASES[name]))
    assert samples.chain > 0
    step = 2e-3 if name != "walls" else 1e-2  # order 2, and 1 at walls
    assert abs(samples.mean - exact.mean) < 4 * samples.error + step
    square, error = samples.expect(lambda x: (x - exact.mean) ** 2)
    assert abs(square - exact.cov) < 4 * error + step


def test_velocity_and_position_of_motion_with_inertia_part_at_rest(seed):
    process = rd.UnderdampedLangevin("x**4/4 - x**2/2", 0.3, 1.5)
    samples = rd.simulate(rd.SteadyState(process), n=20_000, dt=0.1, rng=seed)
    exact = rd.solve(rd.SteadyState(WELL))  # the law of the position does not know of inertia
    square, error = samples.expect(lambda x: x * x)
    assert abs(square - exact.cov) < 4 * error + 2e-3


def test_a_kept_velocity_has_the_exact_moments(seed):
    # x' = v, v' = -g (x + v) + noise; at the rate r, x goes to 1 and v is kept.
    g, D, r = 1.0, 0.5, 1.0
    process = rd.UnderdampedLangevin("x**2/2", D, g, reset_velocity="keep")
    samples = rd.simulate(rd.SteadyState(process, rd.Poisson(r, to=1.0)), n=40_000, rng=seed)
    # Balance of <x>, <v>, then of <x x>, <x v>, <v v>.
    first = np.array([[-r, 1.0], [-g, -g]])
    x, v = np.linalg.solve(first, [-r, 0.0])
    second = np.array([[-r, 2.0, 0.0], [-g, -g - r, 1.0], [0.0, -2 * g, -2 * g]])
    xx = np.linalg.solve(second, [-r, -r * v, -2 * g * g * D])[0]
    assert abs(samples.mean - x) < 4 * samples.error + 1e-3
    square, error = samples.expect(lambda y: y * y)
    assert abs(square - xx) < 4 * error + 2e-3


def test_wells_that_do_not_exchange_are_reported(seed):
    samples = rd.simulate(rd.SteadyState(rd.Langevin("x**4/4 - x**2/2", 0.02)), n=40_000, rng=seed)
    assert samples.memory > 1000
    assert abs(samples.mean) < 4 * samples.error


def test_a_summary_of_samples_that_remember_each_other_is_refused():
    with pytest.raises(ValueError, match="keep='samples'"):
        rd.simulate(CASES["trap"], n=100, keep="summary")


def test_a_potential_that_does_not_hold_is_refused():
    with pytest.raises(ValueError, match="does not hold the motion"):
        rd.simulate(rd.SteadyState(rd.Langevin("-x**2/2", 1.0)), n=100)


@pytest.mark.parametrize("persistence", [0.0, 0.5, 0.9, -0.3])
def test_memory_is_that_of_an_autoregressive_chain(persistence, rng):
    chain, chains = 4000, 10
    x = np.empty((chains, chain))
    x[:, 0] = rng.normal(size=chains)
    for i in range(1, chain):
        x[:, i] = persistence * x[:, i - 1] + np.sqrt(1 - persistence**2) * rng.normal(size=chains)
    exact = (1 + persistence) / (1 - persistence)
    assert memory(x.ravel(), chain) == pytest.approx(max(1.0, exact), rel=0.15)


def test_errors_cover_as_often_as_they_should():
    # 60 runs of few memories each: z is standard normal within what 60 numbers tell.
    z = []
    for seed in range(60):
        samples = rd.simulate(CASES["trap"], n=2000, dt=0.05, rng=seed)
        z.append((samples.mean + 1.0) / samples.error)
    assert 0.75 < np.std(z) < 1.3
    assert abs(np.mean(z)) < 4 / np.sqrt(60)
