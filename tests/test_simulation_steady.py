"""Steady states by renewal against closed forms."""

import numpy as np
from scipy import stats

import resetdyn as rd

N = 100_000


def test_the_laplace_law_of_brownian_motion(seed):
    samples = rd.simulate(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)), N, rng=seed).samples
    assert stats.kstest(samples, stats.laplace(scale=np.sqrt(0.5)).cdf).pvalue > 1e-4


def test_the_published_variance_of_ornstein_uhlenbeck(published, seed):
    state = rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Poisson(2.0, to=1.5))
    samples = rd.simulate(state, N, rng=seed).samples
    squares = (samples - 2 * 1.5 / 3) ** 2
    exact = published("ou.ness.var.k1.r2")
    assert abs((squares.mean() - exact) / (squares.std() / np.sqrt(N))) < 4


def test_sharp_resetting_filters_the_mean(published, seed):
    state = rd.SteadyState(rd.OrnsteinUhlenbeck(2.0, 0.5, 1.0), rd.Sharp(1.0, to=0.0))
    samples = rd.simulate(state, N, rng=seed)
    # Drift -(2 x - 1): b = 1, and the mean is g(2) b.
    assert abs((samples.mean - published("filter.sharp.h2.tau1")) / samples.error) < 4


def test_ridge_mean_and_covariance_in_two_dimensions(published, seed):
    hessian = np.array([[2, 0.5], [0.5, 1]])
    center = np.linalg.solve(hessian, [1, -0.3])
    noise = np.array([[0.4, 0.05], [0.05, 0.3]]) / 2
    state = rd.SteadyState(rd.OrnsteinUhlenbeck(hessian, center, noise), rd.Poisson(0.7, to=[0.0, 0.0]))
    samples = rd.simulate(state, N, rng=seed)
    exact = np.array([published("ridge.mean.0"), published("ridge.mean.1")])
    assert np.all(np.abs((samples.mean - exact) / samples.error) < 4)
    squares = (samples.samples[:, 0] - exact[0]) ** 2
    assert abs((squares.mean() - published("ridge.cov.00")) / (squares.std() / np.sqrt(N))) < 4


def test_without_resetting_the_law_is_gaussian_even_with_singular_noise(seed):
    process = rd.OrnsteinUhlenbeck([[2, 0.5], [0.5, 1]], [1.0, 2.0], np.outer([1, 1], [1, 1]) * 0.5)
    samples = rd.simulate(rd.SteadyState(process), N, rng=seed).samples
    exact = rd.solve(rd.SteadyState(process))
    for i in range(2):
        law = stats.norm(exact.mean[i], np.sqrt(exact.cov[i, i]))
        assert stats.kstest(samples[:, i], law.cdf).pvalue > 1e-4
