"""Linear motion in many dimensions: matrices are used as far as they reach from the diagonal."""

import time

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

import resetdyn as rd
from resetdyn.simulation.gaussian import banded, eigenvalues, linear_of, transition
from resetdyn.simulation.sampler import Task
from resetdyn.simulation.streams import chunks


def _along(dim):
    return np.eye(dim)[0]


def _search(dim, diffusion=0.5):
    process = rd.OrnsteinUhlenbeck(np.eye(dim), 1.5 * _along(dim), diffusion)
    return rd.FirstPassage(process, 0.5 * _along(dim), rd.HalfSpace(_along(dim), 0.0), rd.Poisson(1.0))


@pytest.mark.parametrize("band", [0, 1, 3])
def test_a_transition_has_the_covariance_of_the_matrix_exponential(band, rng):
    dim, time_ = 4, 0.7
    turned = np.linalg.qr(rng.normal(size=(dim, dim)))[0]
    rates = np.array([0.3, 0.8, 1.1, 2.0])
    noise = np.diag(rng.uniform(0.5, 1.0, dim))
    for k in range(1, band + 1):
        noise += 0.1 * (np.eye(dim, k=k) + np.eye(dim, k=-k))
    stiffness, diffusion = turned @ np.diag(rates) @ turned.T, turned @ noise @ turned.T
    linear = linear_of(rd.OrnsteinUhlenbeck(stiffness, np.ones(dim), (diffusion + diffusion.T) / 2))
    assert linear.band == band
    decay, push, root = np.empty(dim), np.empty(dim), np.empty((dim, band + 1))
    transition(linear, time_, decay, push, root)
    lower = sum(np.diag(root[k:, k], -k) for k in range(band + 1))
    stationary = linear.diffusion * 2 / (linear.rates[:, None] + linear.rates)
    flow = expm(-np.diag(linear.rates) * time_)
    assert lower @ lower.T == pytest.approx(stationary - flow @ stationary @ flow, abs=1e-13)


def test_rounding_is_not_taken_for_a_band(rng):
    turned = np.linalg.qr(rng.normal(size=(20, 20)))[0]
    exact, band = banded(turned.T @ (0.3 * np.eye(20)) @ turned)
    assert band == 0
    assert eigenvalues(exact, band) == pytest.approx(np.full(20, 0.3))
    matrix = np.eye(3) + 0.1 * np.eye(3, k=2) + 0.1 * np.eye(3, k=-2)
    assert banded(matrix)[1] == 2
    assert eigenvalues(*banded(matrix)) == pytest.approx([0.9, 1.0, 1.1])


def test_weak_noise_beside_strong_noise_stays(seed):
    weak = np.diag([1e10, 1e-6])
    exact, band = banded(weak)
    assert band == 0
    assert np.array_equal(exact, weak)
    problem = rd.SteadyState(rd.OrnsteinUhlenbeck(np.eye(2), np.zeros(2), weak), rd.NoReset())
    spread = rd.simulate(problem, 4000, rng=seed).samples[:, 1] / 1e-3
    assert stats.kstest(spread, "norm").pvalue > 1e-4


@pytest.mark.slow
def test_a_thousand_dimensions_find_the_mean_of_one(seed):
    exact = rd.solve(
        rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), 0.5, rd.Level(0.0), rd.Poisson(1.0))
    )
    found = rd.simulate(_search(1000), 2000, rng=seed, dt=0.05)
    assert abs(found.mean - exact.mean) < 4 * found.error
    assert found.error < 0.05 * exact.mean


def test_the_time_of_a_path_grows_as_the_dimension_not_as_its_square(seed):
    took = []
    for dim in (50, 400):
        sampler = Task(_search(dim), 0.05, np.inf).sampler  # what it prepares, an eigenbasis, is not counted
        state = chunks(seed, 1)[0].state
        sampler.draw(state, 10)
        began = time.process_time()
        sampler.draw(state, 2000)
        took.append(time.process_time() - began)
    assert took[1] / took[0] < 8**1.5


def test_noise_in_all_directions_alike_and_noise_that_leans_obey_the_same_law(seed):
    leaning = 0.5 * np.eye(3)
    leaning[1, 2] = leaning[2, 1] = 0.2  # across the search: it changes nothing for it
    one, two = (
        rd.simulate(_search(3, noise), 4000, rng=seed + k, dt=0.02).times
        for k, noise in enumerate((0.5, leaning))
    )
    assert stats.ks_2samp(one, two).pvalue > 1e-4
