"""When a run stops: by number, by error or by time, and what it then is."""

import math
import re
import time

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.simulation import engine, refinement
from resetdyn.simulation.sampler import Sampler, Scheme, Task
from resetdyn.simulation.streams import CHUNK, Chunks, chunks, streams_of

SEARCH = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
STATE = rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0))
OU = rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), 0.5, rd.Level(0.0), rd.Poisson(1.0))
FREE = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.NoReset())


def test_chunks_are_made_when_asked_for(seed):
    many = chunks(seed, 10**12)
    few = chunks(seed, 3 * CHUNK + 5)
    assert len(many) == -(-(10**12) // CHUNK)
    assert [chunk.size for chunk in few] == [CHUNK] * 3 + [5]
    for a, b in zip(few, many, strict=False):
        assert np.array_equal(a.state, b.state)
    assert np.array_equal(many[2].state, few[2].state)
    assert np.array_equal(few[1:][0].state, few[1].state)


def test_chunks_have_the_streams_that_numpy_spawns(seed):
    entropy = streams_of(seed).entropy
    spawned = np.random.SeedSequence(entropy).spawn(4)
    for chunk, child in zip(chunks(seed, 4 * CHUNK), spawned, strict=True):
        assert np.array_equal(chunk.state, [*child.generate_state(4, np.uint64), 0])


def test_branches_are_other_streams(seed):
    own = {streams_of(seed).other(branch).chunk(i).state.tobytes() for branch in range(5) for i in range(50)}
    assert len(own) == 250
    later = Chunks(streams_of(seed), 5 * CHUNK, 2 * CHUNK)
    assert np.array_equal(later[0].state, chunks(seed, 5 * CHUNK)[2].state)


@pytest.mark.parametrize("keep", ["samples", "summary"])
@pytest.mark.parametrize("problem", [SEARCH, STATE], ids=["first passage", "steady state"])
def test_a_target_error_is_reached_and_not_by_far(problem, keep, seed):
    result = rd.simulate(problem, rng=seed, keep=keep, target_error=0.004)
    assert 0.003 < engine.relative_error(result) <= 0.004
    exact = rd.solve(problem).mean
    assert abs(result.mean - exact) < 4 * result.error
    assert "target_error=0.004 reached" in result.method
    assert result.n % CHUNK == 0


def test_stopping_at_a_target_is_the_same_for_all_workers_and_a_prefix(seed):
    one = rd.simulate(SEARCH, rng=seed, target_error=0.005)
    two = rd.simulate(SEARCH, rng=seed, target_error=0.005, workers=2)
    assert np.array_equal(one.times, two.times)
    assert np.array_equal(one.times, rd.simulate(SEARCH, one.n, rng=seed).times)


def test_stopping_at_a_target_does_not_bias(seed):
    exact = rd.solve(SEARCH).mean
    results = [rd.simulate(SEARCH, rng=[seed, i], keep="summary", target_error=0.008) for i in range(200)]
    z = np.array([(result.mean - exact) / result.error for result in results])
    assert abs(z.mean()) * math.sqrt(len(z)) < 4
    assert abs(z.std() - 1) < 4 / math.sqrt(2 * len(z))


def test_the_number_of_paths_bounds_a_target(seed):
    result = rd.simulate(SEARCH, 10_000, rng=seed, target_error=1e-6)
    assert result.n == 10_000
    assert "not reached, by n=10000" in result.method


def test_a_mean_that_does_not_exist_ends_the_search_for_its_error(seed):
    result = rd.simulate(FREE, rng=seed, keep="summary", target_error=0.01)
    assert result.mean == math.inf
    assert result.n < 10**6
    assert "not reached, by a heavy tail" in result.method
    away = rd.FirstPassage(rd.Brownian(1.0, drift=1.0), 1.0, rd.Level(0.0), rd.NoReset())
    assert "by paths that never arrive" in rd.simulate(away, rng=seed, target_error=0.01).method


@pytest.mark.parametrize("workers", [1, 2])
def test_a_timeout_gives_a_prefix(workers, seed):
    rd.simulate(SEARCH, 10, rng=seed)  # what is loaded once does not count
    began = time.perf_counter()
    result = rd.simulate(SEARCH, rng=seed, timeout=0.2, workers=workers)
    assert time.perf_counter() - began < 5.0
    assert "stopped by timeout=0.2 s" in result.method
    assert result.n % CHUNK == 0
    assert result.n > CHUNK
    assert np.array_equal(result.times, rd.simulate(SEARCH, result.n, rng=seed).times)


def test_a_timeout_does_at_least_one_chunk_and_a_number_ends_before_it(seed):
    assert rd.simulate(SEARCH, rng=seed, timeout=1e-9).n == CHUNK
    in_time = rd.simulate(SEARCH, 10, rng=seed, timeout=600.0)
    assert in_time.n == 10
    assert "timeout" not in in_time.method


def test_steps_are_halved_until_their_bias_is_below_the_target(seed):
    result = rd.simulate(OU, rng=seed, keep="summary", target_error=0.02, dt=0.5)
    exact = rd.solve(OU).mean
    assert result.bias > 0
    assert result.error <= 0.02 * result.mean
    assert abs(result.mean - exact) < 4 * result.error
    assert refinement.time_step(Task(OU, 0.5, math.inf)) == 0.5
    assert float(re.search(r"dt=([0-9.e+-]+)", result.method)[1]) < 0.5
    assert "by twice the step" in result.method


class Biased:
    """A sampler whose bias is known: exponential times, of mean ``1 + dt``."""

    problem = SEARCH
    max_time = math.inf

    def __init__(self, problem, dt, max_time):
        self.problem, self.dt, self.max_time = problem, dt, max_time

    @property
    def sampler(self):
        return Sampler(Scheme("a biased law", self.dt, 1), None)

    def __call__(self, chunk, halt=None):
        rng = np.random.Generator(np.random.PCG64(int(chunk.state[0])))
        times = rng.exponential(1 + self.dt, size=chunk.size)
        return times, np.zeros(chunk.size, np.int64), np.zeros(chunk.size, bool), None


def test_a_known_step_bias_is_measured_and_brought_below_the_target(monkeypatch, seed):
    monkeypatch.setattr(engine, "Task", Biased)
    rules = engine.Rules(None, 0.01, math.inf)
    results = [
        engine.simulated(Biased(SEARCH, 0.4, math.inf), "summary", streams_of([seed, i]), 1, rules)
        for i in range(20)
    ]
    for result in results:
        dt = float(re.search(r"dt=([0-9.e+-]+)", result.method)[1])
        assert dt <= 0.025  # of the mean 1: the bias of twice the step has shown
        assert abs(result.mean - 1) < 4 * result.error
        assert result.error <= 0.01 * result.mean
    assert np.mean([result.bias for result in results]) < 0.01


def test_a_timeout_leaves_no_path_out_for_being_slow(monkeypatch, seed):
    # A clock that goes on by the time of each path that is drawn, and chunks so small that any bias shows.
    clock = [0.0]

    class Timed(Biased):
        def __call__(self, chunk, halt=None):
            columns = super().__call__(chunk)
            clock[0] += columns[0].sum()
            return columns

    monkeypatch.setattr(engine.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr("resetdyn.simulation.streams.CHUNK", 4)
    rules, runs = engine.Rules(None, None, 40.0), 1000
    results = [
        engine.simulated(Timed(SEARCH, 0.0, math.inf), "summary", streams_of([seed, i]), 1, rules)
        for i in range(runs)
    ]
    n, mean = (np.array([getattr(result, name) for result in results]) for name in ("n", "mean"))
    assert n.min() < 40 < n.max()
    assert abs((n * (mean - 1)).sum()) < 4 * math.sqrt(n.sum())  # Wald
    # The mean of the ratio is off by CV^2 / n, as stated, here a sixth of a standard error.
    assert abs((mean - 1 - 1 / n.mean()).mean()) < 4 * mean.std() / math.sqrt(runs)


class Unstable(Biased):
    """A sampler that refuses steps above 0.3; its usual one is 0.1."""

    def __init__(self, problem, dt, max_time):
        super().__init__(problem, dt, max_time)
        if dt is not None and dt > 0.3:
            self.dt = None

    @property
    def sampler(self):
        if self.dt is None:
            raise ValueError("unstable")
        return super().sampler


def test_the_first_step_is_long_where_that_is_stable(monkeypatch):
    usual = refinement.time_step(Task(OU, None, math.inf))
    assert refinement.coarse(Task(OU, None, math.inf)).dt == 8 * usual
    assert refinement.coarse(Task(OU, 0.01, math.inf)).dt == 0.01
    monkeypatch.setattr(refinement, "Task", Unstable)
    monkeypatch.setattr(refinement, "time_step", lambda task: 0.1)
    asked_for = type("Usual", (), {"problem": SEARCH, "dt": None, "max_time": math.inf})
    assert refinement.coarse(asked_for).dt == 0.2


@pytest.mark.parametrize("shift", range(4))
def test_the_stated_error_holds_without_a_step_given(shift, seed):
    result = rd.simulate(OU, rng=[seed, shift], keep="summary", target_error=0.01)
    assert abs(result.mean - rd.solve(OU).mean) < 3 * result.error <= 0.03 * result.mean


def test_exact_samplers_are_not_refined(seed):
    assert refinement.time_step(Task(SEARCH, None, math.inf)) is None
    assert rd.simulate(SEARCH, rng=seed, target_error=0.02).bias == 0.0


def test_out_of_time_before_the_bias_is_measured_says_so(seed):
    result = rd.simulate(OU, rng=seed, target_error=1e-6, timeout=0.01)
    assert "step bias not measured" in result.method
    assert result.n >= CHUNK


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": "all"}, "keep='all': give one of 'samples', 'summary'"),
        ({"target_error": 0.0}, "target_error=0"),
        ({"target_error": float("nan")}, "target_error=nan"),
        ({"timeout": -1.0}, "timeout=-1"),
        ({"n": 0, "timeout": 1.0}, "n=0"),
    ],
)
def test_bad_rules_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        rd.simulate(SEARCH, **arguments)
