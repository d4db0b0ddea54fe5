"""A share of `python -m benchmarks.trust.load`, and a clock that shows a wrong progress."""

import pytest

import resetdyn as rd
from benchmarks.trust import clock, load


@pytest.mark.parametrize(("name", "size"), [("paths", 100_000), ("side", 30), ("dimension", 30), ("week", 0)])
def test_a_share_of_the_load_is_carried(name, size):
    found = load.alone(name, size)
    assert found["holds"], found["judged"]


@pytest.mark.parametrize("kept", [0, 28])
def test_a_week_is_shown_as_a_week(kept):
    lines = clock.a_week_of_cells(kept=kept)
    assert len(lines) >= 28
    assert clock.worst(lines) < 1e-3
    done, total, gone, left = lines[13]
    assert (done, total) == (14 + kept, 28 + kept)
    assert gone == pytest.approx(clock.WEEK / 2, rel=1e-3)
    assert left == pytest.approx(clock.WEEK / 2, rel=1e-3)


def test_a_wrong_display_would_be_seen():
    assert clock.worst([(1, 28, clock.WEEK / 28, clock.WEEK / 2)]) > 0.4


def test_a_summary_takes_the_same_room_for_any_number_of_paths():
    problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
    sizes = [len(rd.simulate(problem, n=n, rng=7, keep="summary").sketch.counts) for n in (10_000, 1_000_000)]
    assert sizes[1] < 2 * sizes[0]
