"""The law at one time, on the way to the steady state."""

import numpy as np
import pytest
from scipy.integrate import quad_vec
from scipy.special import erfc
from scipy.stats import gamma, multivariate_normal, norm

import resetdyn as rd

OU = rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5)


def test_published(published):
    result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)))
    assert result.transient(0.5).pdf(1.0) == pytest.approx(published("em2011.transient.x1.t0.5"), rel=1e-12)


@pytest.mark.parametrize("t", [1e-6, 0.3, 4.0, 1e3])
def test_free_diffusion_in_closed_form(t):
    D, r, y = 0.7, 1.3, 0.4
    later = rd.solve(rd.SteadyState(rd.Brownian(D), rd.Poisson(r, to=y))).transient(t)
    x = y + np.sqrt(2 * D * min(t, 1 / r)) * np.array([-3.0, -0.5, 1e-3, 2.0])
    a, u = np.sqrt(r / D), np.abs(x - y)
    w, away = np.sqrt(r * t), u / np.sqrt(4 * D * t)
    parts = np.exp(-a * u) * erfc(away - w) - np.exp(a * u) * erfc(away + w)
    reference = np.exp(-r * t) * norm.pdf(x, y, np.sqrt(2 * D * t)) + a / 4 * parts
    # The closed form subtracts; at short times it is the Gaussian that counts.
    assert later.pdf(x) == pytest.approx(reference, rel=1e-9)
    assert later.mean == pytest.approx(y)
    assert later.cov == pytest.approx(2 * D * -np.expm1(-r * t) / r, rel=1e-12)


@pytest.mark.parametrize("process", [rd.Brownian(0.7, drift=0.9), OU], ids=str)
@pytest.mark.parametrize("t", [0.2, 3.0])
def test_from_elsewhere(process, t):
    r, y, start = 1.3, 0.4, -2.0
    later = rd.solve(rd.SteadyState(process, rd.Poisson(r, to=y))).transient(t, start=start)

    def gaussian(a, origin):
        if isinstance(process, rd.Brownian):
            return origin + 0.9 * a, 1.4 * a
        return 1.0 + (origin - 1.0) * np.exp(-2.0 * a), -np.expm1(-4.0 * a) * 0.25

    x = np.array([-3.0, 0.0, 0.4, 1.5])

    def rows(a, origin):
        mean, variance = gaussian(a, origin)
        return np.concatenate([norm.pdf(x, mean, np.sqrt(variance)), [mean, variance + mean**2]])

    def recent(u):  # ages u^2: the density is singular at 0
        return 2 * u * r * np.exp(-r * u * u) * rows(u * u, y)

    *density, mean, second = (
        np.exp(-r * t) * rows(t, start) + quad_vec(recent, 1e-13, np.sqrt(t), epsrel=1e-12)[0]
    )
    assert later.pdf(x) == pytest.approx(np.array(density), rel=1e-9)
    assert later.mean == pytest.approx(mean, rel=1e-11)
    assert later.cov == pytest.approx(second - mean**2, rel=1e-10)


def test_it_settles():
    result = rd.solve(rd.SteadyState(OU, rd.Poisson(1.3, to=0.4)))
    late = result.transient(60.0, start=7.0)
    x = np.linspace(-1.0, 3.0, 9)
    assert late.pdf(x) == pytest.approx(result.pdf(x), rel=1e-9)
    assert late.mean == pytest.approx(result.mean, rel=1e-12)
    assert late.cov == pytest.approx(result.cov, rel=1e-12)


def test_sharp_resets_and_none():
    sharp = rd.solve(rd.SteadyState(OU, rd.Sharp(1.0, to=0.4)))
    early, late = sharp.transient(0.3, start=3.0), sharp.transient(5.3, start=3.0)
    assert early.mean == pytest.approx(1 + 2 * np.exp(-0.6), rel=1e-13)
    assert late.mean == pytest.approx(1 - 0.6 * np.exp(-0.6), rel=1e-13)
    assert late.pdf(0.9) == pytest.approx(norm.pdf(0.9, late.mean, np.sqrt(late.cov)), rel=1e-12)
    at = sharp.transient(2.0)
    assert (at.mean, at.cov) == (0.4, 0.0)
    assert at.pdf([0.4, 0.5]).tolist() == [np.inf, 0.0]
    alone = rd.solve(rd.SteadyState(OU))
    assert alone.transient(0.3, start=3.0).mean == pytest.approx(early.mean, rel=1e-13)
    with pytest.raises(ValueError, match="say where the process starts"):
        alone.transient(0.3)


def test_in_two_dimensions():
    H, to, start, r, t = (
        np.array([[2.0, 0.5], [0.5, 1.0]]),
        np.array([1.0, 0.5]),
        np.array([-1.0, 0.0]),
        0.8,
        0.7,
    )
    process = rd.OrnsteinUhlenbeck(H, 0.0, np.diag([0.2, 0.1]))
    later = rd.solve(rd.SteadyState(process, rd.Poisson(r, to=to))).transient(t, start=start)
    h, V = np.linalg.eigh(H)

    def mean(a, origin):
        return V @ (np.exp(-h * a) * (V.T @ origin))

    pair, noise = h[:, None] + h, V.T @ np.diag([0.2, 0.1]) @ V

    def rows(a, origin):
        state = mean(a, origin)
        cov = V @ (-np.expm1(-pair * a) * 2 * noise / pair) @ V.T
        return np.concatenate([state, (cov + np.outer(state, state)).ravel()])

    average = quad_vec(lambda a: r * np.exp(-r * a) * rows(a, to), 0, t, epsabs=1e-14)[0]
    average = average + np.exp(-r * t) * rows(t, start)
    assert later.mean == pytest.approx(average[:2], rel=1e-11)
    second = average[2:].reshape(2, 2)
    assert later.cov == pytest.approx(second - np.outer(later.mean, later.mean), rel=1e-10)

    def density(a, origin, x):
        return multivariate_normal.pdf(
            x, mean(a, origin), V @ (-np.expm1(-pair * a) * 2 * noise / pair) @ V.T
        )

    x = np.array([[0.0, 0.2], [-1.0, -0.5]])
    recent = quad_vec(lambda a: r * np.exp(-r * a) * density(a, to, x), 1e-4, t, epsrel=1e-11)[0]
    assert later.pdf(x) == pytest.approx(recent + np.exp(-r * t) * density(t, start, x), rel=1e-8)


def test_refused():
    later = rd.solve(rd.SteadyState(OU, rd.Renewal(gamma(2), to=0.0)))
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        later.transient(1.0)
    with pytest.raises(ValueError, match=r"t=0: give a time above 0"):
        rd.solve(rd.SteadyState(OU, rd.Poisson(1.0, to=0.0))).transient(0.0)
    singular = rd.OrnsteinUhlenbeck(np.eye(2), 0.0, np.ones((2, 2)))
    with pytest.raises(ValueError, match="there is no density"):
        rd.solve(rd.SteadyState(singular, rd.Poisson(1.0, to=[0.0, 1.0]))).transient(1.0).pdf([0.0, 0.0])
