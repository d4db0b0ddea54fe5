"""Steady states: densities, moments and the processes' own limits agree."""

import numpy as np
import pytest
from scipy.integrate import quad_vec
from scipy.stats import norm

import resetdyn as rd

STATES = [
    rd.SteadyState(rd.Brownian(0.7, drift=0.9), rd.Poisson(1.3, to=0.4)),
    rd.SteadyState(rd.Brownian(0.7, drift=-9.0), rd.Poisson(1.3, to=0.4)),
    rd.SteadyState(rd.Brownian(0.7), rd.Sharp(1.3, to=0.4)),
    rd.SteadyState(rd.Brownian(0.7, drift=0.9), rd.Sharp(1.3, to=0.4)),
    rd.SteadyState(rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5), rd.Poisson(0.7, to=-0.6)),
    rd.SteadyState(rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5), rd.Sharp(0.7, to=-0.6)),
    rd.SteadyState(rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5), rd.Sharp(1e-4, to=-0.6)),
    rd.SteadyState(rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5)),
]


@pytest.mark.parametrize("problem", STATES, ids=str)
def test_density_has_the_moments(problem):
    result = rd.solve(problem)
    assert result.expect(lambda x: 1.0) == pytest.approx(1.0, rel=1e-10)
    assert result.expect(lambda x: x) == pytest.approx(result.mean, rel=1e-9)
    assert result.expect(lambda x: (x - result.mean) ** 2) == pytest.approx(result.cov, rel=1e-9)
    assert result.expect(rd.Quadratic(2.0, result.mean)) == pytest.approx(result.cov, rel=1e-12)


def test_density_is_the_gaussian_law_averaged_over_the_age():
    k, c, D, rate, to = 2.0, 1.0, 0.5, 0.7, -0.6
    result = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(k, c, D), rd.Poisson(rate, to=to)))
    x = np.array([-2.0, -0.7, 0.3, 1.0, 3.0])

    def aged(u):  # age = u^2 removes the singular end
        a = u * u
        spread = np.sqrt(-np.expm1(-2 * k * a) * D / k)
        return 2 * u * rate * np.exp(-rate * a) * norm.pdf(x, c + (to - c) * np.exp(-k * a), spread)

    reference = quad_vec(aged, 1e-9, 8.0, epsabs=1e-13, epsrel=1e-12)[0]
    assert result.pdf(x) == pytest.approx(reference, rel=1e-9)


@pytest.mark.parametrize("period", [1e-3, 0.7, 30.0])
def test_sharp_moments_in_two_dimensions(period):
    H, D = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[0.2, 0.05], [0.05, 0.1]])
    center, to = np.array([0.3, -0.2]), np.array([1.0, 0.5])
    result = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(H, center, D), rd.Sharp(period, to=to)))
    h, V = np.linalg.eigh(H)
    noise, away = V.T @ D @ V, V.T @ (to - center)

    def moments(a):
        state = away * np.exp(-h * a)
        pair = h[:, None] + h
        second = -np.expm1(-pair * a) * 2 * noise / pair + np.outer(state, state)
        return np.concatenate([state, second.ravel()])

    average = quad_vec(moments, 0.0, period, epsabs=1e-15, epsrel=1e-13)[0] / period
    mean, second = average[:2], average[2:].reshape(2, 2)
    assert result.mean == pytest.approx(center + V @ mean, rel=1e-11)
    # The reference subtracts; its rounding is that of the second moments.
    assert result.cov == pytest.approx(V @ (second - np.outer(mean, mean)) @ V.T, rel=1e-9, abs=1e-14)


def test_brownian_in_three_dimensions():
    drift = np.array([1.0, 0.0, -2.0])
    result = rd.solve(
        rd.SteadyState(rd.Brownian(0.5, drift=drift, dim=3), rd.Poisson(2.0, to=[0.0, 1.0, 0.0]))
    )
    assert result.mean == pytest.approx(np.array([0.5, 1.0, -1.0]))
    assert result.cov == pytest.approx(0.5 * np.eye(3) + np.outer(drift, drift) / 4)
    with pytest.raises(ValueError, match="give places in 3 dimensions"):
        result.pdf(0.0)


def test_limits():
    ou = rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5)
    x = np.linspace(-1, 3, 7)
    alone, slow = rd.solve(rd.SteadyState(ou)), rd.solve(rd.SteadyState(ou, rd.Poisson(1e-9, to=-1.0)))
    assert alone.pdf(x) == pytest.approx(norm.pdf(x, 1.0, 0.5), rel=1e-12)
    assert slow.pdf(x) == pytest.approx(alone.pdf(x), rel=1e-5)
    weak = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(1e-7, 0.0, 1.0), rd.Poisson(1.0, to=0.0)))
    free = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0)))
    assert weak.pdf(x) == pytest.approx(free.pdf(x), rel=1e-5)


def test_routes():
    sgd = rd.QuadraticSGD(hessian=1.0, optimum=0.0, gradient_covariance=2.0, learning_rate=0.1, batch_size=8)
    problem = rd.SteadyState(sgd, rd.Geometric(0.1, to=1.0))
    assert rd.solve(problem).mean == rd.solve(problem, method="recursion").mean
    with pytest.raises(ValueError, match=r"no exact route .age.*rd\.simulate"):
        rd.solve(problem, method="age")
    with pytest.raises(ValueError, match="give one of 'age', 'hierarchy', 'tumbles', 'chain', 'recursion'"):
        rd.solve(problem, method="magic")
