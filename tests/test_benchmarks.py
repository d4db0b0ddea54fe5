"""The benchmark script's pieces run, on tiny sizes, and what they time is right."""

import pytest

from benchmarks import first_passage as bench


def test_the_plain_loop_has_the_bias_that_is_extrapolated():
    runs = {dt: bench.plain_euler(5000, dt) for dt in bench.STEPS}
    coefficient, seconds = bench.euler_seconds(runs)
    assert coefficient > 0
    assert seconds > max(run.seconds for run in runs.values())


def test_the_c_loop_finds_what_the_plain_one_finds():
    ours, theirs = bench.c_euler(20_000, 4e-3), bench.plain_euler(20_000, 4e-3)
    if ours is None:
        pytest.skip("gcc is not installed")
    assert abs(ours.mean - theirs.mean) < 4 * (ours.error**2 + theirs.error**2) ** 0.5


def test_resetdyn_is_within_its_own_error():
    _, samples = bench.resetdyn_seconds(repeats=1)
    assert abs(samples.mean - bench.EXACT) < 4 * samples.error
