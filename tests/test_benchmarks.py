"""The benchmark scripts run, on tiny sizes, and what they time is right."""

import pytest

from benchmarks import first_passage as bench


def test_the_bias_of_the_plain_loop_is_seen():
    run = bench.euler(2000, 4e-3)
    assert run.mean > bench.EXACT
    assert run.steps > 0
    assert run.seconds > 0


def test_the_c_loop_finds_the_same_as_the_plain_one():
    ours, theirs = bench.c_euler(20_000, 4e-3), bench.euler(20_000, 4e-3)
    if ours is None:
        pytest.skip("no gcc")
    assert abs(ours.mean - theirs.mean) < 4 * (ours.error**2 + theirs.error**2) ** 0.5


def test_resetdyn_is_within_its_own_error():
    run, _ = bench.resetdyn_seconds(repeats=1)
    assert abs(run.mean - bench.EXACT) < 4 * run.error
