"""Random numbers in the bulk, in the tails and next to each other, and what independent paths owe to them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit
from scipy import stats

import resetdyn as rd
from resetdyn.simulation import variates
from resetdyn.simulation.streams import CHUNK, Streams, chunks, streams_of
from tests import wrong_simulators as wrong

RARE = 1e-4
PROBLEM = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
MANY = 256  # chunks


def state_of(seed, number=0):
    return chunks(seed, (number + 1) * CHUNK)[number].state.copy()


@njit
def normals(state, n):
    values = np.empty(n)
    for i in range(n):
        values[i] = variates.normal(state)
    return values


@njit
def uniforms(state, n):
    values = np.empty(n)
    for i in range(n):
        values[i] = variates.uniform(state)
    return values


@njit
def whole_numbers(state, n, below):
    values = np.empty(n, np.int64)
    for i in range(n):
        values[i] = variates.below(state, below)
    return values


@njit
def words(state, n):
    values = np.empty(n, np.uint64)
    for i in range(n):
        values[i] = variates.bits(state)
    return values


@njit
def inverse_gaussians(state, n, mean, shape):
    values = np.empty(n)
    for i in range(n):
        values[i] = variates.inverse_gaussian(state, mean, shape)
    return values


@njit
def normals_beyond(state, n, edge):
    values, count = np.empty(n // 1000), 0
    for _ in range(n):
        x = variates.normal(state)
        if abs(x) > edge:
            values[count] = x
            count += 1
    return values[:count]


@njit
def exponentials_beyond(state, n, edge):
    values, count = np.empty(n // 1000), 0
    for _ in range(n):
        x = variates.exponential(state)
        if x > edge:
            values[count] = x
            count += 1
    return values[:count]


def p_of_moments(x):
    """Return the p-values of the first four moments of standard normal numbers."""
    errors = [1, 2, 15, 96]
    exact = [0, 1, 0, 3]
    z = [(np.mean(x**k) - exact[k - 1]) / math.sqrt(errors[k - 1] / len(x)) for k in (1, 2, 3, 4)]
    return 2 * stats.norm.sf(np.abs(z))


def p_of_scores(z):
    """Return p-values of numbers that ought to be standard normal: their law, and their sum of squares."""
    chance = stats.chi2(len(z)).cdf(np.sum(np.square(z)))
    return stats.kstest(z, stats.norm.cdf).pvalue, 2 * min(chance, 1 - chance)


def ranks(values):
    """Return normal scores: standard normal numbers in the order of the values, whatever their law."""
    return stats.norm.ppf((stats.rankdata(values) - 0.5) / len(values))


def serial(values, lags):
    """Return the correlations of values with later ones, in standard errors."""
    centred = values - values.mean()
    square, n = np.mean(centred**2), len(values)
    return np.array([centred[k:] @ centred[:-k] / (square * math.sqrt(n - k)) for k in range(1, lags + 1)])


@pytest.fixture(scope="module")
def paths(request):
    """Return normal scores of first-passage times, one chunk a row."""
    seed = request.config.getoption("--seed")
    return ranks(rd.simulate(PROBLEM, MANY * CHUNK, rng=seed).times).reshape(MANY, CHUNK)


class TestLaws:
    def test_moments_of_normals_and_wide_ones_are_rejected(self, seed):
        x = normals(state_of(seed), 2_000_000)
        assert min(p_of_moments(x)) > RARE
        assert p_of_moments(x * math.sqrt(1.01))[1] < RARE

    def test_normals_beyond_four_sigma_have_the_law_of_the_tail(self, seed):
        n, edge = 60_000_000, 4.0
        x = normals_beyond(state_of(seed), n, edge)
        expected = 2 * stats.norm.sf(edge) * n
        assert abs(len(x) - expected) < 4 * math.sqrt(expected)
        assert abs(np.sum(x > 0) - len(x) / 2) < 4 * math.sqrt(len(x)) / 2
        beyond = stats.norm.sf(np.abs(x)) / stats.norm.sf(edge)
        assert stats.kstest(beyond, "uniform").pvalue > RARE
        far = 2 * stats.norm.sf(5.0) * n
        assert abs(np.sum(np.abs(x) > 5.0) - far) < 4 * math.sqrt(far) + 1

    def test_exponentials_beyond_the_last_layer_have_the_law_of_the_tail(self, seed):
        n, edge = 20_000_000, 7.5
        x = exponentials_beyond(state_of(seed), n, edge)
        expected = math.exp(-edge) * n
        assert abs(len(x) - expected) < 4 * math.sqrt(expected)
        assert stats.kstest(x - edge, stats.expon.cdf).pvalue > RARE

    @pytest.mark.parametrize(
        ("mean", "shape"), [(1.0, 1.0), (0.3, 5.0), (50.0, 0.1), (1e4, 1.0), (2.0, 1e3), (1e-3, 1e-6)]
    )
    def test_inverse_gaussian_numbers_have_their_law(self, mean, shape, seed):
        x = inverse_gaussians(state_of(seed), 200_000, mean, shape)
        assert stats.kstest(x, stats.invgauss(mean / shape, scale=shape).cdf).pvalue > RARE

    def test_the_limits_of_the_inverse_gaussian_law(self, seed):
        levy = inverse_gaussians(state_of(seed), 200_000, math.inf, 2.0)
        assert stats.kstest(levy, stats.levy(scale=2.0).cdf).pvalue > RARE
        assert np.all(inverse_gaussians(state_of(seed), 100, 3.0, math.inf) == 3.0)

    def test_uniform_and_whole_numbers_are_even(self, seed):
        u = uniforms(state_of(seed), 2_000_000)
        assert u.min() > 0
        assert u.max() <= 1
        assert stats.kstest(u, "uniform").pvalue > RARE
        pairs = np.histogram2d(u[::2], u[1::2], 32, [[0, 1], [0, 1]])[0]
        assert stats.chisquare(pairs.ravel()).pvalue > RARE
        for below in (3, 7, 1000):
            counts = np.bincount(whole_numbers(state_of(seed), 300_000, below), minlength=below)
            assert len(counts) == below
            assert stats.chisquare(counts).pvalue > RARE

    def test_every_bit_is_fair_and_forgets_the_word_before(self, seed):
        n = 200_000
        word = words(state_of(seed), n)
        signs = 1.0 - 2.0 * ((word[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).astype(float)
        assert min(p_of_scores(signs.sum(axis=0) / math.sqrt(n))) > RARE
        among = (signs.T @ signs)[np.triu_indices(64, 1)] / math.sqrt(n)
        later = (signs[1:].T @ signs[:-1]).ravel() / math.sqrt(n - 1)
        assert min(*p_of_scores(among), *p_of_scores(later)) > RARE


class TestIndependence:
    def test_neighbouring_paths_do_not_know_each_other(self, paths):
        scores = paths.ravel()
        assert min(p_of_scores(serial(scores, 50))) > RARE
        assert min(p_of_scores(serial(scores**2, 50))) > RARE

    def test_chunks_do_not_know_each_other(self, paths):
        assert min(p_of_chunks(paths)) > RARE

    def test_a_chunk_that_is_drawn_twice_is_rejected(self, monkeypatch, seed):
        own = Streams.chunk
        monkeypatch.setattr(Streams, "chunk", lambda self, number, *size: own(self, number // 2, *size))
        scores = ranks(rd.simulate(PROBLEM, 64 * CHUNK, rng=seed).times).reshape(64, CHUNK)
        assert min(p_of_chunks(scores)) < RARE

    def test_streams_that_overlap_are_rejected(self, seed):
        # Each chunk goes on where another is, one number later.
        x = normals(state_of(seed), 64 + CHUNK)
        shifted = np.array([x[k : k + CHUNK] for k in range(64)])
        assert min(p_of_chunks(shifted, 1)) < RARE
        right = np.array([normals(state_of(seed, k), CHUNK) for k in range(64)])
        assert min(p_of_chunks(right, 1)) > RARE

    def test_seeds_do_not_know_each_other(self, seed):
        runs = np.array([normals(state_of(s), 20_000) for s in range(seed, seed + 40)])
        assert min(p_of_rows(runs)) > RARE

    def test_branches_do_not_know_each_other_nor_the_run(self, seed):
        root = streams_of(seed)
        runs = [root, *(root.other(branch) for branch in range(1, 6))]
        drawn = np.array([normals(run.chunk(number).state, 20_000) for run in runs for number in range(6)])
        assert min(p_of_rows(drawn)) > RARE
        assert len({run.chunk(number).state.tobytes() for run in runs for number in range(40)}) == 240

    def test_numbers_in_order_do_not_know_each_other(self, seed):
        x = normals(state_of(seed), 2_000_000)
        assert min(*p_of_scores(serial(x, 50)), *p_of_scores(serial(x**2, 50))) > RARE

    def test_a_search_by_too_wide_normals_is_rejected_by_its_mean(self, seed):
        exact = rd.solve(PROBLEM).mean
        for variance, right in ((1.0, True), (1.01, False)):
            times = wrong.by_levy_flights(state_of(seed), 4_000_000, 1.0, variance)
            z = (times.mean() - exact) / (times.std() / math.sqrt(len(times)))
            assert (abs(z) < 4) == right


def p_of_rows(rows):
    """Return p-values of the correlations between all rows."""
    found = np.corrcoef(rows)[np.triu_indices(len(rows), 1)]
    return p_of_scores(found * math.sqrt(rows.shape[1]))


def p_of_chunks(rows, shift=0):
    """Return p-values of what chunks, one a row, have in common.

    Looked at are the spread of their means, the correlation of successive means, and that of each path with
    the one in the same place, or `shift` earlier, in the next chunk.
    """
    means = rows.mean(axis=1) * math.sqrt(rows.shape[1])
    later = rows[1:, : rows.shape[1] - shift] * rows[:-1, shift:]
    across = later.sum(axis=1) / math.sqrt(later.shape[1])
    lag = serial(means, 1)
    return (*p_of_scores(means), *p_of_scores(across), 2 * stats.norm.sf(abs(lag[0])))
