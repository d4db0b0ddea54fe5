"""Reproducible whatever the workers; random numbers that are what they claim to be."""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from numba import njit
from scipy import stats

import resetdyn as rd
from resetdyn.simulation import variates
from resetdyn.simulation.streams import chunks, streams_of

PROBLEM = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
N = 4096 * 4 + 17
COUNT = 2_000_000


@njit
def draw_normals(state, n):
    values = np.empty(n)
    for i in range(n):
        values[i] = variates.normal(state)
    return values


@njit
def draw_exponentials(state, n):
    values = np.empty(n)
    for i in range(n):
        values[i] = variates.exponential(state)
    return values


@pytest.mark.parametrize("workers", [2, 5])
def test_threads_do_not_change_a_bit(workers, seed):
    assert np.array_equal(
        rd.simulate(PROBLEM, N, rng=seed).times, rd.simulate(PROBLEM, N, rng=seed, workers=workers).times
    )


def test_processes_do_not_change_a_bit(seed):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        elsewhere = rd.simulate(PROBLEM, N, rng=seed, workers=pool.map).times
    assert np.array_equal(rd.simulate(PROBLEM, N, rng=seed).times, elsewhere)


def test_a_second_process_repeats_the_first_without_compiling(seed):
    rd.simulate(PROBLEM, 10, rng=seed)
    code = f"""
import resetdyn as rd
problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
print(repr(rd.simulate(problem, 10, rng={seed}).mean))
from resetdyn.simulation import paths
assert not paths._PASSAGES.cached.stats.cache_misses
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(out.removeprefix("np.float64(").rstrip(")\n")) == rd.simulate(PROBLEM, 10, rng=seed).mean


def test_a_generator_goes_on_and_a_seed_starts_again(seed):
    generator = np.random.default_rng(seed)
    first, second = (rd.simulate(PROBLEM, 100, rng=generator).times for _ in range(2))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, rd.simulate(PROBLEM, 100, rng=seed).times)


def test_normals_have_the_moments_and_the_tails_of_the_normal_law(seed):
    x = draw_normals(chunks(seed, 1)[0].state, COUNT)
    for order, (moment, variance) in enumerate([(0, 1), (1, 2), (0, 15), (3, 96)], start=1):
        assert abs(np.mean(x**order) - moment) < 4 * np.sqrt(variance / COUNT)
    for edge in (3.0, 3.654, 4.0, 4.5):
        tail = 2 * stats.norm.sf(edge)
        assert abs(np.sum(np.abs(x) > edge) - COUNT * tail) < 4 * np.sqrt(COUNT * tail)
    assert stats.kstest(x, stats.norm.cdf).pvalue > 1e-4


def test_exponentials_have_their_law_and_their_tail(seed):
    x = draw_exponentials(chunks(seed, 1)[0].state, COUNT)
    assert stats.kstest(x, stats.expon.cdf).pvalue > 1e-4
    tail = np.exp(-9.0)
    assert abs(np.sum(x > 9.0) - COUNT * tail) < 4 * np.sqrt(COUNT * tail)


def test_streams_of_chunks_are_independent(seed):
    streams = np.array([draw_normals(chunk.state, 10_000) for chunk in chunks(seed, 4096 * 20)])
    correlations = np.corrcoef(streams)[np.triu_indices(20, 1)]
    assert np.all(np.abs(correlations) * 100 < 5)
    assert stats.kstest(correlations * 100, stats.norm.cdf).pvalue > 1e-4


@pytest.mark.parametrize("rng", [-1, [1, -2], "a", 1.5])
def test_a_seed_that_is_none_is_named(rng):
    with pytest.raises((TypeError, ValueError), match=r"rng=.*give a whole number of at least 0"):
        streams_of(rng)
