"""The same bits from any workers, also if some die on the way."""

import io
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context, parent_process

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.simulation import progress, workers
from resetdyn.simulation.streams import CHUNK

SEARCH = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
N = CHUNK * 100 + 17


def fingerprint(keep, seed, given=1, n=N, **options):
    """Return numbers that any change of a bit would change."""
    result = rd.simulate(SEARCH, n, rng=seed, keep=keep, workers=given, **options)
    if keep == "samples":
        return result.times.tobytes(), result.resets.tobytes(), result.censored.tobytes()
    return result.moments, result.resets_moments, result.sketch.first, result.sketch.counts.tobytes()


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("keep", ["samples", "summary"])
def test_threads_processes_and_maps_do_not_change_a_bit(keep, seed, pool):
    expected = fingerprint(keep, seed)
    with ThreadPoolExecutor(3) as threads:
        for given in (2, 16, pool, pool.map, threads, threads.map, map):
            assert fingerprint(keep, seed, given) == expected


def test_a_summary_of_states_does_not_change_a_bit(seed, pool):
    problem = rd.SteadyState(rd.Brownian(1.0, dim=3), rd.Poisson(2.0, to=[0.0, 1.0, 2.0]))
    one, two = (rd.simulate(problem, N, rng=seed, keep="summary", workers=w) for w in (1, pool))
    assert np.array_equal(one.cov, two.cov)
    assert np.array_equal(one.moments.fourth, two.moments.fourth)
    for a, b in zip(one.sketches, two.sketches, strict=True):
        assert np.array_equal(a.counts, b.counts)


def test_a_pool_of_multiprocessing_does_not_change_a_bit(seed):
    with get_context("spawn").Pool(2) as processes:
        assert fingerprint("summary", seed, processes.map) == fingerprint("summary", seed)


def test_another_process_repeats_the_bits(seed):
    code = f"""
import resetdyn as rd
problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
print(rd.simulate(problem, {N}, rng={seed}, keep="summary", workers=2).moments.fourth.hex())
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float.fromhex(out.strip()) == rd.simulate(SEARCH, N, rng=seed, keep="summary").moments.fourth


def test_a_target_error_stops_at_the_same_path_on_a_pool(seed, pool):
    expected = fingerprint("summary", seed, n=None, target_error=0.004)
    assert fingerprint("summary", seed, pool, n=None, target_error=0.004) == expected


def slow(item):
    time.sleep(0.02)
    return item**2


# The thread of such a pool may itself end in an error, as it goes through what is pending while more comes.
dying = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@dying
def test_a_process_killed_in_mid_run_costs_only_time():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(slow, range(4)))  # both are up
        results = workers.run(slow, range(60), pool)
        found = [next(results)]
        os.kill(next(iter(pool._processes)), signal.SIGKILL)
        with pytest.warns(RuntimeWarning, match="lost a worker"):
            found += results
    assert found == [i**2 for i in range(60)]


class Forgetful(Executor):
    """A pool that finds a worker dead, and says nothing of what was submitted in that moment."""

    def __init__(self, known):
        self.known, self.seen, self._broken, self.ended = known, 0, False, []
        self._processes = {1: self}

    def terminate(self):
        self.ended.append(1)

    def submit(self, job, item):
        self.seen += 1
        future = Future()
        if self.seen <= self.known:
            future.set_result(job(item))
        else:
            self._broken = True
        return future


def test_what_a_broken_pool_forgot_is_done_all_the_same(monkeypatch):
    monkeypatch.setattr(workers, "_LOOK", 0.01)
    pool = Forgetful(3)
    with pytest.warns(RuntimeWarning, match="lost a worker"):
        assert list(workers.run(slow, range(8), pool)) == [i**2 for i in range(8)]
    assert pool.ended == [1]


def half_a_result(item):
    """Die while a result is sent: its length is there, the lock is held, the rest never comes."""
    if item == 5 and parent_process() is not None:
        frame = sys._getframe()
        while "result_queue" not in frame.f_locals:
            frame = frame.f_back
        queue = frame.f_locals["result_queue"]
        queue._wlock.acquire()
        os.write(queue._writer.fileno(), struct.pack("!i", 1000))
        os._exit(1)
    return slow(item)


@dying
@pytest.mark.skipif(sys.platform == "win32", reason="pipes have messages there")
def test_a_worker_that_dies_while_it_sends_costs_only_time():
    started = get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=started) as pool, pytest.warns(RuntimeWarning, match="lost"):
        assert list(workers.run(half_a_result, range(20), pool)) == [i**2 for i in range(20)]


def test_a_job_that_runs_out_of_time_says_so(monkeypatch):
    monkeypatch.setattr(workers, "_LOOK", 0.01)

    def late(item):
        raise TimeoutError("the job's own")

    with ThreadPoolExecutor(2) as pool, pytest.raises(TimeoutError, match="the job's own"):
        list(workers.run(late, range(3), pool))


class JustInTime(Executor):
    """Ends each job in the moment in which one has just ceased to wait for it."""

    def submit(self, job, *arguments):
        class Late(Future):
            def result(self, timeout=None):
                if not self.done():
                    self.set_result(job(*arguments))
                    raise TimeoutError
                return super().result(timeout)

        return Late()


def test_a_job_that_ends_as_one_ceases_to_wait_has_its_result():
    assert list(workers.run(lambda item: item**2, range(5), JustInTime())) == [i**2 for i in range(5)]


@dying
def test_a_simulation_survives_a_killed_worker(seed):
    expected = fingerprint("summary", seed, n=CHUNK * 2000)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        rd.simulate(SEARCH, 2 * CHUNK, rng=seed, workers=pool)
        victim = next(iter(pool._processes))
        killer = threading.Timer(0.1, os.kill, (victim, signal.SIGKILL))
        killer.start()
        with pytest.warns(RuntimeWarning, match="to the same bits"):
            assert fingerprint("summary", seed, pool, n=CHUNK * 2000) == expected
        killer.join()


def test_a_pool_that_was_broken_before_is_no_obstacle(seed):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(BrokenExecutor):
            pool.submit(os._exit, 1).result()
        with pytest.warns(RuntimeWarning, match="lost a worker"):
            assert fingerprint("samples", seed, pool) == fingerprint("samples", seed)


def test_an_error_of_the_job_is_not_taken_for_a_lost_worker(pool):
    with pytest.raises(ZeroDivisionError):
        list(workers.run((1).__truediv__, [1, 2, 0], 1))
    with ThreadPoolExecutor(2) as threads, pytest.raises(TypeError):
        list(workers.run(abs, [1, 2, "x", 3], threads))


def test_jobs_are_handed_out_only_a_few_ahead():
    asked = []

    def items():
        for i in range(1000):
            asked.append(i)
            yield i

    results = workers.run(abs, items(), 2)
    assert [next(results) for _ in range(5)] == list(range(5))
    assert len(asked) < 20
    results.close()
    assert len(asked) < 20


def test_a_map_that_returns_futures_is_waited_for():
    def submit(job, items):
        futures = [Future() for _ in items]
        for future, item in zip(futures, items, strict=True):
            future.set_result(job(item))
        return futures

    assert list(workers.run(abs, [-1, 2, -3], submit)) == [1, 2, 3]


class KilledWorker(Exception):
    """What dask raises for a task whose worker has died three times."""


class Unlucky(ThreadPoolExecutor):
    def submit(self, job, item):
        future = super().submit(job, item)
        future.result()
        lost = Future()
        lost.set_exception(KilledWorker(item))
        return lost if item == 3 else future


def test_what_dask_gives_up_is_done_here():
    with Unlucky(2) as pool, pytest.warns(RuntimeWarning, match="lost a worker"):
        assert list(workers.run(abs, range(20), pool)) == list(range(20))


def test_a_bar_tells_the_time_left(monkeypatch, seed):
    monkeypatch.setattr(progress, "_AFTER_SECONDS", 0)
    for limits, shown in (
        ({"n": CHUNK * 300}, "1.23M"),
        ({"n": None, "timeout": 0.3}, "/0 s"),
        ({"n": None, "target_error": 0.0007}, "M/"),
    ):
        screen = io.StringIO()
        screen.isatty = lambda: True
        monkeypatch.setattr(sys, "stderr", screen)
        rd.simulate(SEARCH, rng=seed, keep="summary", **limits)
        assert "simulate" in screen.getvalue()
        assert shown in screen.getvalue()
        assert "<" in screen.getvalue() or "timeout" in limits  # elapsed < left


def test_import_and_a_first_simulation_are_quick(seed):
    rd.simulate(SEARCH, 10, rng=seed)  # compiled on disk from now on
    code = "\n".join(
        [
            "import resetdyn as rd",
            "problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))",
            "rd.simulate(problem, 1000, rng=1).mean",
            "import time",
            "print(time.process_time())",
        ]
    )
    # Time of the processor, as other work on the machine stretches that on the clock several times.
    runs = [
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE) for _ in range(3)
    ]
    seconds = [float(run.stdout) for run in runs]
    assert min(seconds) < 2.0  # 0.8 on an idle machine, where compiling would take 10


@pytest.mark.parametrize("bad", [0, 1.5, "two", None])
def test_bad_workers_are_named(bad):
    with pytest.raises((TypeError, ValueError), match="workers="):
        rd.simulate(SEARCH, 10, workers=bad)


def test_dask_does_not_change_a_bit_and_survives_a_killed_worker(seed, tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra 'distributed' is not installed")
    options = {"processes": True, "dashboard_address": None, "local_directory": tmp_path}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert fingerprint("summary", seed, client) == fingerprint("summary", seed)
        few = CHUNK * 4
        assert fingerprint("samples", seed, client.map, few) == fingerprint("samples", seed, n=few)
        many = CHUNK * 2000
        victim = next(iter(client.run(os.getpid).values()))
        killer = threading.Timer(0.2, os.kill, (victim, signal.SIGKILL))
        killer.start()
        assert fingerprint("summary", seed, client, many) == fingerprint("summary", seed, n=many)
        killer.join()
