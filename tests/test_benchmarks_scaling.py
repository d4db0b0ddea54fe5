"""How time and memory grow: what is timed is what is said, and exponents are those of the times."""

import pytest

import resetdyn as rd
from benchmarks import scaling


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_is_that_of_the_largest_sizes(power):
    times = {1: 5.0, 10: 10.0**power, 1000: 1000.0**power}
    assert scaling.growth(times) == pytest.approx(power)
    assert f"{power:.2f}" in scaling.table("Paths", "n", times).caption


@pytest.mark.parametrize("dim", [1, 5])
def test_the_search_has_one_mean_in_all_dimensions(dim, seed):
    exact = rd.solve(scaling._SEARCH).mean
    found = rd.simulate(scaling.in_space(dim), 4000, rng=seed, dt=0.02)
    assert abs(found.mean - exact) < 4 * found.error


def test_the_shortest_of_all_rounds_counts_after_a_first_call():
    calls = []
    found = scaling.shortest({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert calls == ["a", "b", "a", "b", "a", "b"]
    assert min(found.values()) >= 0


@pytest.mark.slow
def test_a_summary_needs_no_more_memory_for_more_paths():
    few, many = (scaling.memory(n, "summary")[1] for n in (10_000, 1_000_000))
    kept = scaling.memory(1_000_000, "samples")[1]
    assert many < few + 4
    assert kept > many + 15  # a million times and counts are


def test_each_reset_protocol_is_compared_with_poisson_resets():
    found = scaling.protocols(200, rounds=1)
    assert [row[0] for row in found.rows] == list(scaling._RESETS)
    assert found.rows[0][2] == "1.00"
    assert all(float(row[2]) > 0 for row in found.rows)
