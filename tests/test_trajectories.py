"""Paths in time against exact laws: where they are, when they are reset, when they arrive."""

from __future__ import annotations

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.simulation.halt import STRETCH

TIMES = np.linspace(0.0, 2.0, 41)
SEARCHES = {
    "Brownian": rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0)),
    "trap": rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), 0.5, rd.Level(0.0), rd.Sharp(0.7)),
    "interval": rd.FirstPassage(rd.Langevin("x", 1.0), 0.4, rd.Interval(0.0, 2.0), rd.Poisson(1.0)),
    "ball": rd.FirstPassage(rd.Brownian(1.0, dim=2), [1.0, 0.0], rd.Ball([0.0, 0.0], 0.5), rd.Poisson(1.0)),
    "field": rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.RateField("x**2")),
    "run": rd.FirstPassage(rd.RunAndTumble(1.0, 2.0), 0.47, rd.Level(0.0), rd.Poisson(1.0)),
}


@pytest.mark.parametrize("problem", SEARCHES.values(), ids=SEARCHES)
def test_arrivals_follow_the_exact_survival(problem, seed):
    n = 2000
    paths = rd.trajectories(problem, TIMES, n=n, dt=None if problem.process.dim == 1 else 2e-3, rng=seed)
    exact = rd.solve(problem)
    for k in (10, 20, 40):
        alive = exact.survival(TIMES[k])
        assert abs(np.mean(paths.arrivals > TIMES[k]) - alive) < 4 * np.sqrt(alive * (1 - alive) / n)
    states = paths.states.reshape(n, len(TIMES), -1)
    gone = paths.arrivals[:, None] < TIMES
    assert np.array_equal(np.isnan(states).any(axis=2), gone)
    assert not any(problem.target.contains(x) for x in states[~gone][:500])


@pytest.mark.parametrize(
    ("process", "to"),
    [
        (rd.OrnsteinUhlenbeck(1.0, 0.5, 0.3), -1.0),
        (rd.OrnsteinUhlenbeck([[2.0, 0.5], [0.5, 1.0]], [0.0, 1.0], [[0.3, 0.1], [0.1, 0.2]]), [1.0, -1.0]),
        (rd.Brownian(0.5, drift=0.3), 0.0),
    ],
)
def test_states_in_time_have_the_exact_moments(process, to, seed):
    problem = rd.SteadyState(process, rd.Poisson(1.3, to=to))
    paths = rd.trajectories(problem, [0.5, 1.5], n=20_000, rng=seed)
    for k, time in enumerate((0.5, 1.5)):
        exact, states = rd.solve(problem).transient(time, start=to), paths.states[:, k]
        error = states.std(axis=0) / np.sqrt(len(states))
        assert np.all(np.abs(states.mean(axis=0) - exact.mean) < 4 * error)
        assert np.allclose(np.cov(states, rowvar=False), exact.cov, rtol=0.06, atol=0.01)
    counts = np.array([np.sum(resets < 1.5) for resets in paths.resets])
    assert abs(counts.mean() - 1.3 * 1.5) < 4 * np.sqrt(1.3 * 1.5 / len(counts))


def test_a_reset_leads_where_it_should_and_a_journey_takes_its_time(seed):
    home = rd.Sharp(1.0, to=0.0, return_speed=2.0, refractory=0.25)
    times = np.linspace(0, 8, 8001)
    paths = rd.trajectories(rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 2.0, 0.3), home), times, n=20, rng=seed)
    for states, resets in zip(paths.states, paths.resets, strict=True):
        for reset in resets[resets < 5]:
            away = np.interp(reset, times, states)
            back = reset + abs(away) / 2.0
            assert abs(np.interp(reset + abs(away) / 4.0, times, states) - away / 2) < 0.08
            waiting = states[(times > back + 0.02) & (times < back + 0.24)]
            assert np.all(waiting == 0.0)
        cycles = np.diff(resets)
        assert np.all(cycles > 1.25)


def test_sharp_resets_come_on_time():
    paths = rd.trajectories(SEARCHES["trap"], TIMES, n=50, rng=1)
    for resets, arrival in zip(paths.resets, paths.arrivals, strict=True):
        assert np.allclose(resets, 0.7 * np.arange(1, 1 + len(resets)))
        assert np.all(resets <= arrival)


def test_the_same_seed_gives_the_same_paths(seed):
    a, b = (rd.trajectories(SEARCHES["Brownian"], TIMES, n=3, rng=seed) for _ in range(2))
    assert np.array_equal(a.states, b.states, equal_nan=True)
    assert np.array_equal(rd.trajectories(SEARCHES["Brownian"], TIMES, n=1, rng=seed).states[0], a.states[0],
                          equal_nan=True)  # fmt: skip


@pytest.mark.parametrize(
    ("times", "message"), [([0.0, 0.0], "increasing"), ([-1.0, 1.0], "at least 0"), ([np.nan], "finite")]
)
def test_times_that_are_none_are_refused(times, message):
    with pytest.raises(ValueError, match=message):
        rd.trajectories(SEARCHES["Brownian"], times)


@pytest.mark.parametrize(
    "problem",
    [
        rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5)),
        rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), rd.Poisson(1.0, to=rd.Partial(0.5))),
        rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=rd.Partial(0.5))),
        rd.SteadyState(rd.OrnsteinUhlenbeck(np.array([[1.0, 0.2], [0.2, 2.0]]), [1.0, -1.0], 0.5)),
    ],
    ids=["no resets", "partial", "free, partial", "plane"],
)
def test_paths_without_a_place_to_start_from_come_to_their_steady_state(problem, seed):
    paths = rd.trajectories(problem, [0.0, 20.0], n=2000, rng=seed)
    exact = rd.solve(problem)
    last = paths.states[:, -1]
    error = last.std(axis=0) / np.sqrt(paths.n)
    assert np.all(np.abs(last.mean(axis=0) - exact.mean) < 4 * error)
    spread = last.reshape(paths.n, -1)[:, 0].var()
    assert abs(spread / np.atleast_2d(exact.cov)[0, 0] - 1) < 4 * np.sqrt(6 / paths.n)


def test_paths_that_practically_never_end_are_refused():
    problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1000.0))
    with pytest.raises(ValueError, match=r"more than 1e\+09 steps or 1e\+07 resets; give earlier"):
        rd.trajectories(problem, [1e6])


def test_steady_states_may_have_any_number_of_resets(monkeypatch, seed):
    problem = rd.SteadyState(rd.Langevin("x**4", 1.0), rd.Poisson(1000.0, to=rd.Partial(0.5)))
    monkeypatch.setattr("resetdyn.simulation.record._RESETS", 10)
    found = rd.simulate(problem, n=5000, rng=seed)
    square, error = found.expect(lambda x: x**2)  # 2 D / (r (1 - factor^2)): no time for the potential
    assert abs(square - 2 / (1000 * 0.75)) < 4 * error
    with pytest.raises(ValueError, match="resets; give earlier ones"):
        rd.trajectories(problem, [1.0])


def test_a_path_longer_than_a_stretch_goes_on_as_it_was(seed):
    reset, time, dt, n = rd.Poisson(0.5, to=0.0), 1.5, 1e-5, 400
    problem = rd.SteadyState(rd.Langevin("x**2/2 - 2*x", 0.5), reset)
    states = rd.trajectories(problem, [time], n=n, dt=dt, rng=seed).states[:, 0]
    assert time / dt > 2 * STRETCH
    exact = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 2.0, 0.5), reset)).transient(time)
    assert abs(states.mean() - exact.mean) < 4 * states.std() / np.sqrt(n)


def test_processes_in_steps_are_refused():
    walk = rd.FirstPassage(rd.RandomWalk([-1, 1]), 3.0, rd.Level(0.0))
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        rd.trajectories(walk, [0.0, 1.0])


def test_the_picture_shows_paths_resets_and_target():
    ax = rd.trajectories(SEARCHES["interval"], TIMES, n=3, rng=2).plot()
    assert ax.get_ylabel() == "position $x$"
    assert len(ax.lines) >= 3 + 2


def test_memory_is_foreseen():
    home = np.zeros(1000)
    problem = rd.SteadyState(rd.Brownian(1.0, dim=1000), rd.Poisson(1.0, to=home))
    with pytest.raises(MemoryError, match=r"n=100000: paths at 1000 times would need 1\.6 TB"):
        rd.trajectories(problem, np.linspace(0.0, 1.0, 1000), n=100_000)
