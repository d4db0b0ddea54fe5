"""Searches that practically never end: a deadline and Ctrl-C reach the loops, and what was drawn stays."""

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.simulation.halt import STRETCH, Halt
from resetdyn.simulation.sampler import Task
from resetdyn.simulation.streams import WORDS, chunks

NEVER = rd.NoReset()
ENDLESS = {
    "resets too fast": rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1000.0)),
    "a trap": rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 9.0, 0.1), 9.0, rd.Level(0.0), NEVER),
    "a barrier": rd.FirstPassage(rd.Langevin("x**4 - 8*x**2", 0.05), 2.0, rd.Level(-2.0), NEVER),
    "a walk": rd.FirstPassage(rd.RandomWalk({1: 0.9, -1: 0.1}), 1000, rd.Level(0), rd.Geometric(0.5)),
    "in space": rd.FirstPassage(
        rd.OrnsteinUhlenbeck(np.eye(2), [9.0, 0.0], 0.1), [9.0, 0.0], rd.HalfSpace([1.0, 0.0], 0.0), NEVER
    ),
    "learning": rd.FirstPassage(
        rd.QuadraticSGD(1.0, 9.0, 0.1, learning_rate=0.1, batch_size=1), 9.0, rd.Level(0.0), NEVER
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("keep", ["samples", "summary"])
def test_a_timeout_gives_up_paths_that_do_not_end(name, keep):
    rd.simulate(ENDLESS[name], n=2, rng=1, timeout=0.01)  # compiled
    began = time.monotonic()
    result = rd.simulate(ENDLESS[name], rng=1, timeout=0.5, keep=keep)
    assert time.monotonic() - began < 20  # 1.5 s and a stretch, on a busy machine
    assert result.lower_bound
    assert result.mean > 0
    assert "timeout" in result.method


@pytest.mark.parametrize(
    "call",
    [
        "simulate(search, rng=1)",
        "simulate(search, rng=1, workers=2)",
        "trajectories(search, [1e9], rng=1)",
        "simulate(steady, n=10**9, keep='summary', dt=1e-5, rng=1)",
    ],
)
def test_ctrl_c_ends_the_loops(call):
    program = (
        "import signal, resetdyn as rd; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "search = rd.FirstPassage(rd.Langevin('x**4 - 8*x**2', 0.05), 2.0, rd.Level(-2.0), rd.NoReset())\n"
        "steady = rd.SteadyState(rd.Langevin('x**4', 0.05))\n"
        "print('go', flush=True)\n"
        f"try: rd.{call}\n"
        "except KeyboardInterrupt: print('ended', flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "go\n"
        time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (out, process.returncode) == ("ended\n", 0)


@pytest.mark.parametrize("keep", ["samples", "summary"])
def test_a_thread_that_is_not_the_main_one_simulates_as_well(keep, seed):
    problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(2.0))
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(rd.simulate, problem, n=5000, rng=seed, keep=keep).result(timeout=60)
    assert found.mean == rd.simulate(problem, n=5000, rng=seed, keep=keep).mean


def test_what_was_drawn_before_the_end_stays(seed):
    process = rd.OrnsteinUhlenbeck(1.0, 0.5, 0.1)
    problem = rd.FirstPassage(process, 1.0, rd.Level(0.0), rd.Poisson(0.5))
    task, (chunk,) = Task(problem, 1e-4, np.inf), chunks(seed, 4096)
    times, resets, censored, _ = task(chunk)
    halt = Halt()
    alarm = threading.Timer(0.05, halt.set)
    alarm.start()
    ended, its_resets, its_censored, _ = task(chunk, halt)
    alarm.join()
    last = int(np.argmax(its_censored))
    assert its_censored.sum() == 1
    assert np.array_equal(ended[:last], times[:last])
    assert np.array_equal(its_resets[:last], resets[:last])
    assert not censored.any()
    assert 0 <= ended[last] <= times[last]
    assert np.isnan(ended[last + 1 :]).all()


@pytest.mark.parametrize("workers", [1, 2])
def test_no_chunk_begins_after_the_deadline(workers, monkeypatch, seed):
    begun = []

    def slow(self, chunk, halt=None):
        begun.append(time.monotonic())
        time.sleep(0.8)
        return np.ones(chunk.size), np.zeros(chunk.size, np.int64), np.zeros(chunk.size, bool), None

    monkeypatch.setattr(Task, "__call__", slow)
    before = time.monotonic()
    found = rd.simulate(ENDLESS["a trap"], rng=seed, timeout=1.0, workers=workers)
    assert found.n == 4096 * len(begun)
    assert not found.lower_bound
    assert max(begun) < before + 1.0 + 0.5
    assert len(begun) >= workers


def test_a_halt_ends_what_begins_later_at_once():
    halt = Halt()
    halt.set()
    (chunk,) = chunks(1, 100)
    times, _, censored, _ = Task(ENDLESS["a trap"], None, np.inf)(chunk, halt)
    assert censored[0]
    assert not censored[1:].any()
    assert np.isnan(times[1:]).all()
    assert chunk.state[WORDS] == 0  # the chunk itself can be drawn again


def test_a_path_longer_than_a_stretch_goes_on_as_it_was(seed):
    problem = rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 1.0, 0.5), 1.0, rd.Level(0.0), NEVER)
    exact, dt, n = rd.solve(problem), 1e-5, 400
    times = rd.simulate(problem, n=n, dt=dt, rng=seed, workers=2).times
    assert np.median(times) / dt > 2 * STRETCH
    assert abs(times.mean() - exact.mean) < 4 * exact.std / np.sqrt(n)
