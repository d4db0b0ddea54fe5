"""Crossings inside a step have the chance and the dates of the process between its two ends, by images."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numba import njit
from scipy.integrate import cumulative_simpson
from scipy.stats import kstest, norm

from resetdyn.simulation.bridge import bridge_span, crossing_time
from resetdyn.simulation.streams import chunks

few = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
N = 20_000


@njit(cache=True)
def crossings(state, n, b0, b1, h, stiffness, diffusion):
    """Draw when steps from b0 to b1 crossed 0, the centre; inf where they did not."""
    times = np.empty(n)
    span = bridge_span(h, stiffness, diffusion)
    for i in range(n):
        times[i] = crossing_time(state, b0, b1, h, stiffness, diffusion, span, 0.0)
    return times


def density(x, t, b0, stiffness, diffusion):
    """Return the density of the free process at `x`, a time `t` after it was at `b0`."""
    mean = b0 * np.exp(-stiffness * t)
    variance = 2 * diffusion * t if stiffness == 0 else -diffusion / stiffness * np.expm1(-2 * stiffness * t)
    return norm.pdf(x, mean, np.sqrt(variance))


def first_passage(t, b0, stiffness, diffusion):
    """Return the density of the first passage to the centre: that of the image's flux."""
    rate = 2 * stiffness / -np.expm1(-2 * stiffness * t) if stiffness else 1 / t
    return b0 * np.exp(-stiffness * t) * rate * density(0.0, t, b0, stiffness, diffusion)


@few
@given(
    st.floats(0.2, 1.5),
    st.floats(0.2, 1.5),
    st.sampled_from([-1, 1]),
    st.floats(0.2, 1.5),
    st.sampled_from([0.0, 0.5, 2.0]),
    st.floats(0.3, 2.0),
)
@example(1.0, 0.5, 1, 1.5, 2.0, 1.0)
@example(1.0, 0.5, -1, 1.5, 2.0, 1.0)
@example(0.7, 0.4, 1, 0.8, 0.0, 0.6)
def test_chances_and_dates_of_crossings(seed, b0, b1, side, h, stiffness, diffusion):
    b1 = side * b1
    times = crossings(chunks(seed, 1)[0].state, N, b0, b1, h, stiffness, diffusion)
    crossed = times < math.inf
    ends = density(b1, h, b0, stiffness, diffusion)
    chance = 1.0 if side < 0 else density(-b1, h, b0, stiffness, diffusion) / ends
    assert abs(crossed.mean() - chance) <= 4 * math.sqrt(chance * (1 - chance) / N)
    if crossed.sum() < 100:
        return
    # Reached first at s, and then on to b1; near both ends of the step that vanishes.
    s = h * (1 - np.cos(np.linspace(0, np.pi, 4001)[1:-1])) / 2
    here = first_passage(s, b0, stiffness, diffusion) * density(b1, h - s, 0.0, stiffness, diffusion)
    law = cumulative_simpson(here, x=s, initial=0.0)
    assert law[-1] / ends == pytest.approx(chance, rel=1e-4)
    assert kstest(times[crossed], lambda t: np.interp(t, s, law / law[-1])).pvalue > 1e-5
