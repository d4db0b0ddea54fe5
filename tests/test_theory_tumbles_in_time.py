"""Run-and-tumble motion at one time, on the way to the steady state."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import expon, gamma, randint, uniform

import resetdyn as rd

RTP = rd.RunAndTumble(speed=1.5, tumble_rate=0.8)


@pytest.mark.parametrize("reset", [rd.Poisson(0.6, to=0.4), rd.Sharp(5.0, to=0.4)])
@pytest.mark.parametrize("t", [0.01, 1.0, 4.0])
def test_density_and_fronts_hold_the_moments(reset, t):
    later = rd.solve(rd.SteadyState(RTP, reset)).transient(t, start=-0.3)
    ends = sorted({place + side * 1.5 * t for place in (0.4, -0.3) for side in (-1, 1)} | {0.4, -0.3})

    def whole(f):
        pieces = pairwise(ends)
        smooth = sum(
            quad(lambda x: f(x) * later.pdf(x), low, high, epsabs=1e-13, epsrel=1e-12)[0]
            for low, high in pieces
        )
        return smooth + sum(weight * f(place) for place, weight in later.atoms)

    assert whole(lambda x: 1.0) == pytest.approx(1, abs=1e-10)
    assert whole(lambda x: x) == pytest.approx(later.mean, abs=1e-10)
    assert whole(lambda x: (x - later.mean) ** 2) == pytest.approx(later.cov, rel=1e-9)


def test_late_it_is_the_steady_state():
    result = rd.solve(rd.SteadyState(RTP, rd.Poisson(0.6, to=0.4)))
    later, x = result.transient(100.0, start=-2.0), np.linspace(-4, 5, 19)
    assert later.pdf(x) == pytest.approx(result.pdf(x), rel=1e-10)
    assert (later.mean, later.cov) == pytest.approx((result.mean, result.cov), rel=1e-10)


def test_fast_tumbles_diffuse():
    rtp, t, x = rd.RunAndTumble(speed=1e4, tumble_rate=1e8 / 2), 0.7, np.linspace(-2, 2, 9)
    fast = rd.solve(rd.SteadyState(rtp, rd.Poisson(1.3, to=0.0))).transient(t)
    diffusion = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.3, to=0.0))).transient(t)
    assert fast.pdf(x) == pytest.approx(diffusion.pdf(x), rel=1e-6)


RENEWALS = [
    rd.Renewal(gamma(2), to=0.4), rd.Renewal(uniform(0.5, 1), to=0.4), rd.Renewal(randint(1, 4), to=0.4),
    rd.Poisson(1.3, to=0.4, refractory=0.3), rd.Sharp(0.7, to=0.4, refractory=0.2),
    rd.Sharp(0.7, to=0.4, refractory=expon(scale=0.3)), rd.Poisson(1.3, to=0.4, refractory=gamma(2)),
]  # fmt: skip
# Ages at which that of the last restart, or the waiting time, has an edge at the time below.
T, AGES = 1.9, [0.4, 0.5, 0.7, 0.9, 1.0, 1.2, 1.4, 1.5, 1.6, 1.9, 0.1, 0.3, 1.3]


@pytest.mark.parametrize("reset", RENEWALS, ids=str)
def test_waits_and_pauses_hold_the_moments(reset):
    later = rd.solve(rd.SteadyState(RTP, reset)).transient(T, start=-0.3)
    ends = sorted({0.4, -0.3 - 1.5 * T, -0.3 + 1.5 * T} | {0.4 + s * 1.5 * a for s in (-1, 1) for a in AGES})
    nodes, weights = np.polynomial.legendre.leggauss(30)
    x = np.concatenate([(high + low) / 2 + (high - low) / 2 * nodes for low, high in pairwise(ends)])
    w = np.concatenate([(high - low) / 2 * weights for low, high in pairwise(ends)]) * later.pdf(x)

    def whole(f):
        return w @ f(x) + sum(weight * f(place) for place, weight in later.atoms)

    assert whole(lambda x: x * 0 + 1) == pytest.approx(1, abs=1e-12)
    assert whole(lambda x: x) == pytest.approx(later.mean, abs=1e-12)
    assert whole(lambda x: (x - later.mean) ** 2) == pytest.approx(later.cov, rel=1e-12)


def test_exponential_waits_are_poisson():
    x = np.array([-2.0, -0.3, 0.4, 0.9, 3.0])
    for t in (0.3, 2.0):
        one, other = (
            rd.solve(rd.SteadyState(RTP, reset)).transient(t, start=-0.3)
            for reset in (rd.Poisson(2.0, to=0.4), rd.Renewal(expon(scale=0.5), to=0.4))
        )
        assert other.pdf(x) == pytest.approx(one.pdf(x), rel=1e-11)
        assert np.array(other.atoms) == pytest.approx(np.array(one.atoms))


def test_singular_waits_settle():
    result, x = rd.solve(rd.SteadyState(RTP, rd.Renewal(gamma(0.5), to=0.4))), np.linspace(-4, 5, 19)
    assert result.transient(60.0, start=-2.0).pdf(x) == pytest.approx(result.pdf(x), rel=1e-10)


@pytest.mark.parametrize("reset", RENEWALS, ids=str)
def test_simulated_paths_follow_them(reset, seed):
    problem, times = rd.SteadyState(RTP, reset), [0.6, 1.9]
    states = rd.trajectories(problem, times, n=20_000, rng=seed).states
    for k, t in enumerate(times):
        exact, found = rd.solve(problem).transient(t), states[:, k]
        squares = (found - exact.mean) ** 2
        assert abs(squares.mean() - exact.cov) < 4 * squares.std() / np.sqrt(len(found))
        for place, weight in exact.atoms:
            share = np.mean(np.abs(found - place) < 1e-9)
            assert abs(share - weight) <= 4 * np.sqrt(weight * (1 - weight) / len(found))
    wrong = rd.solve(rd.SteadyState(RTP, rd.Poisson(3.0, to=0.4))).transient(T)
    assert abs(squares.mean() - wrong.cov) > 4 * squares.std() / np.sqrt(len(found))
