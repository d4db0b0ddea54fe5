"""Run-and-tumble motion at one time, on the way to the steady state."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

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


def test_pauses_are_refused():
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        rd.solve(rd.SteadyState(RTP, rd.Poisson(0.6, to=0.0, refractory=1.0))).transient(1.0)
