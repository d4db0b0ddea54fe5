"""Does a diffusion describe the paths?  Yes where one made them, as often as stated; no where none did."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

import resetdyn as rd
from resetdyn.advice.diffusion_tests import examined
from resetdyn.advice.drift_fit import fit_drift
from resetdyn.advice.recorded import steps_of
from resetdyn.advice.straighten import straightened

DT = 0.05


def ou(rng, n, m, dt=DT):
    decay = np.exp(-dt)
    x = rng.normal(size=n)
    record = [x]
    for _ in range(m):
        x = decay * x + np.sqrt(1 - decay**2) * rng.normal(size=n)
        record.append(x)
    return np.array(record).T


def walk(rng, n, m):
    return np.cumsum(rng.normal(0.05, 1.0, size=(n, m)), axis=1)


def run_and_tumble(rng, n, m):
    return np.cumsum(DT * np.cumprod(np.where(rng.random((n, m)) < DT, -1, 1), axis=1), axis=1)


def underdamped(rng, n, m):
    x, v = np.zeros(n), rng.normal(size=n)
    record = [x]
    for _ in range(m):
        for _ in range(5):
            v = v - (v + x) * DT / 5 + np.sqrt(2 * DT / 5) * rng.normal(size=n)
            x = x + v * DT / 5
        record.append(x)
    return np.array(record).T


def jumps(rng, n, m):
    rare = (rng.random((n, m)) < 0.2 * DT) * rng.normal(size=(n, m))
    return np.cumsum(np.sqrt(DT) * rng.normal(size=(n, m)) + rare, axis=1)


def fractional(hurst):
    def paths(rng, n, m):
        """Draw fractional Brownian motion by embedding its steps in a circle."""
        k = np.arange(m)
        ends = abs(k + 1.0) ** (2 * hurst) - 2 * abs(k) ** (2 * hurst) + abs(k - 1.0) ** (2 * hurst)
        circle = np.concatenate([ends, [0.0], ends[:0:-1]]) / 2
        power = np.sqrt(np.maximum(np.fft.fft(circle).real, 0))
        noise = rng.normal(size=(n, 2 * m)) + 1j * rng.normal(size=(n, 2 * m))
        return np.cumsum(np.fft.fft(power * noise / np.sqrt(2 * m), axis=1).real[:, :m], axis=1)

    return paths


def measured_with_noise(rng, n, m):
    return ou(rng, n, m) + 0.15 * rng.normal(size=(n, m + 1))


def noise_with_weather(rng, n, m):
    """Steps without correlation, whose size is a slow process of its own."""
    size = np.exp(0.5 * ou(rng, n, m, dt=0.02))
    return np.cumsum(size * rng.normal(size=size.shape), axis=1)


@pytest.mark.parametrize(("make", "dt"), [(ou, DT), (walk, 1.0)])
def test_p_values_are_uniform_where_it_is_a_diffusion(make, dt, rng):
    found = [rd.fit_process(make(rng, 4, 300), dt) for _ in range(80)]
    for name in ("memory", "jumps", "varying"):
        p = np.array([getattr(fitted, name).pvalue for fitted in found])
        assert stats.kstest(p, "uniform").pvalue > 1e-4, name
        assert stats.binomtest(int(np.sum(p < 0.05)), len(p), 0.05, "greater").pvalue > 1e-4, name


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (run_and_tumble, "memory"),
        (underdamped, "memory"),
        (jumps, "jumps"),
        (fractional(0.4), "memory"),
        (fractional(0.7), "memory"),
        (measured_with_noise, "memory"),
        (noise_with_weather, "memory"),
    ],
)
def test_what_is_no_diffusion_is_rejected(make, name, rng):
    fitted = rd.fit_process(make(rng, 5, 1500), DT)
    assert getattr(fitted, name).pvalue < 1e-4
    assert not fitted.describes
    assert fitted.robust
    assert "does NOT describe" in fitted.text()


def test_white_jumps_have_no_memory(rng):
    assert rd.fit_process(jumps(rng, 5, 1500), DT).memory.pvalue > 1e-4


def test_fractional_noise_of_exponent_one_half_passes(rng):
    """The sampler of fractional noise is sound: at one half it is Brownian motion."""
    fitted = rd.fit_process(fractional(0.5)(rng, 5, 1500), DT)
    assert min(fitted.memory.pvalue, fitted.jumps.pvalue) > 1e-4


def varying(rng, n, m, dt=DT):
    """Return paths of ``dX = -X dt + sqrt(2 D(X)) dW`` (Ito) with ``D = 0.3 (1 + X^2)``.

    Drawn in ``y = int dx / sqrt(D(x))``: short steps in `x` itself have a spread that is not quite theirs.
    """
    y, root, h = np.zeros(n), np.sqrt(0.3), dt / 10
    record = [y]
    for _ in range(m):
        for _ in range(10):
            y = y - 1.3 / root * np.tanh(root * y) * h + np.sqrt(2 * h) * rng.normal(size=n)
        record.append(y)
    return np.sinh(root * np.array(record).T)


def test_a_diffusion_that_varies_is_a_diffusion(rng):
    """The process has a constant one, which is said; that paths are those of a diffusion is not denied."""
    found = [rd.fit_process(varying(rng, 4, 800), DT) for _ in range(6)]
    assert all(fitted.varying.pvalue < 1e-6 for fitted in found)
    assert "varies with the position" in found[0].text()
    for name in ("memory", "jumps"):
        p = [getattr(fitted, name).pvalue for fitted in found]
        assert stats.combine_pvalues(p).pvalue > 1e-4, name


def test_in_its_own_coordinate_it_would_be_denied(rng):
    """A control of the change of coordinate: steps are skewed where the diffusion varies."""
    steps = steps_of(varying(rng, 10, 2000), DT)
    fit = fit_drift(steps, 3, steps.blocks())
    assert examined(steps, fit).jumps.pvalue < 1e-4
    straight = straightened(steps, fit)
    there = fit_drift(straight, 3, steps.blocks())
    assert examined(straight, there).jumps.pvalue > 1e-4
    assert np.all(np.diff(straight.before[np.argsort(steps.before)]) >= 0)


def test_the_diffusion_is_found_where_it_varies(rng):
    local = rd.fit_process(varying(rng, 10, 2000, dt=0.005), 0.005).local
    inside = np.abs(local.x) < 1.5
    off, error = np.log(local.diffusion / (0.3 * (1 + local.x**2))), local.diffusion_error / local.diffusion
    # How many visits tell the error of a bin shows in its interval; Student's law is made the normal one.
    low, high = local.diffusion_interval[inside].T
    quantile = np.log(high / low) / 2 / error[inside]
    visits = [brentq(lambda dof, q=q: stats.t.isf(0.025, dof) - q, 0.5, 1e7) for q in quantile]
    z = stats.norm.isf(stats.t.sf(off[inside] / error[inside], visits))
    assert np.all(np.abs(z) < 4)


def test_the_remedy_that_is_named_is_one(rng):
    """In ``y = int dx / sqrt(D(x))`` the diffusion is 1: nothing varies any more, and drift and paths fit."""
    said = []
    for _ in range(2):
        x = varying(rng, 10, 2000)
        fitted = rd.fit_process(x, DT)
        assert "record y = int dx / sqrt(D(x))" in fitted.text()
        straight = rd.fit_process(np.arcsinh(x) / np.sqrt(0.3), DT)
        assert fitted.varying.pvalue < 1e-6 < 1e-4 < straight.varying.pvalue
        assert abs(straight.process.diffusion - 1.0) < 4 * straight.errors["diffusion"]
        said.append(straight.describes and "does not seem to depend" in straight.text())
    assert any(said)  # each is denied by chance twice in a hundred times
