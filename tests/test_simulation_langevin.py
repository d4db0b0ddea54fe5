"""Motion in a potential: locally linear steps against the exact theory, and their order."""

from math import log, sqrt

import numpy as np
import pytest
import sympy as sp
from numba import njit
from scipy import stats

import resetdyn as rd
from resetdyn.simulation.force import led
from resetdyn.simulation.formulas import compiled_formula
from resetdyn.simulation.langevin import taylor_of
from tests import wrong_simulators as wrong

N = 20_000


def double_well(diffusion):
    return rd.Langevin("x**4/4 - x**2/2", diffusion)


def search(process, start, target, reset=None):
    return rd.FirstPassage(process, start, target, reset or rd.NoReset())


def z(values, exact):
    return (np.mean(values) - exact) / (np.std(values, ddof=1) / sqrt(len(values)))


@pytest.mark.parametrize("slope", [-2.4, -0.7, -0.01, 0.01, 0.7, 2.4])
@pytest.mark.parametrize("h", [0.1, 0.2])
def test_the_series_of_a_step_is_the_step_of_a_linear_force(slope, h):
    growth = np.expm1(slope * h)
    spread, xi, force, bend = sqrt(2 * 0.3 * h), 0.8, 1.5, 0.3 * 4.0
    x, span = led(force, slope, 4.0, 0.3, 0.2, h, spread, xi)
    drifted = 0.2 + force * growth / slope + bend * (growth - slope * h) / slope**2
    assert x == pytest.approx(
        drifted + spread * xi * sqrt(np.expm1(2 * slope * h) / (2 * slope * h)), rel=1e-6
    )
    assert span == pytest.approx(0.3 * np.sinh(slope * h) / slope, rel=1e-6)


@pytest.mark.parametrize(
    "problem",
    [
        search(rd.Langevin("-0.5*x", 1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0)),
        search(rd.Langevin("x**2/2", 1.0), 2.0, rd.Level(1.0), rd.Poisson(1.0)),
        search(rd.Langevin("log(x)", 1.0), 2.0, rd.Level(1.0), rd.Poisson(1.0)),
        search(rd.Langevin("a*cos(3*x)", 0.5, parameters={"a": 0.2}), 0.2, rd.Interval(-1.0, 1.5)),
        search(rd.Langevin("Abs(x)", 1.0), 1.0, rd.Level(-0.5), rd.Poisson(1.0)),
        search(rd.Langevin("2*Abs(x)", 1.0), 0.3, rd.Interval(-0.5, 0.7)),
        search(rd.Langevin("x**2/2", 1.0, reflecting=(-0.5, None)), 0.0, rd.Level(1.0)),
        search(rd.Langevin("0", 1.0, reflecting=(0.0, None)), 0.3, rd.Level(1.0), rd.Poisson(2.0)),
        search(rd.Langevin("x", 0.5, reflecting=(None, 2.0)), 1.5, rd.Level(0.0), rd.Poisson(0.5)),
    ],
)
def test_means_hold_to_the_exact_theory(problem, seed):
    exact = rd.solve(problem).mean
    assert abs(z(rd.simulate(problem, N, rng=seed).times, exact)) < 4


@pytest.mark.parametrize(
    "reset",
    [
        rd.Poisson(0.5, to=-0.5),
        rd.Renewal(stats.gamma(2, scale=2.0), refractory=0.5),
        rd.Poisson(0.5, to=stats.norm(0.0, 0.5)),
        rd.RateField("x**2"),
    ],
)
def test_resets_in_the_double_well(reset, seed):
    problem = search(double_well(0.3), -1.0, rd.Level(0.5), reset)
    samples = rd.simulate(problem, N // 2, dt=0.02, rng=seed)
    assert abs(z(samples.times, rd.solve(problem).mean)) < 4


def test_the_ends_of_an_interval_in_the_double_well(seed):
    problem = search(double_well(0.3), 0.1, rd.Interval(-1.0, 1.0))
    low = rd.solve(problem).ends[0]
    assert abs((rd.simulate(problem, N, rng=seed).ends == 0).mean() - low) < 4 * sqrt(low * (1 - low) / N)


def test_the_bias_is_within_one_per_cent_at_the_step_of_one_hundredth(seed):
    # Times from the well to beyond the barrier with their error: D = 0.1, where one takes 140 time units.
    for diffusion, n in ((0.1, 2000), (0.3, N)):
        problem = search(double_well(diffusion), -1.0, rd.Level(0.5), rd.Poisson(0.5))
        exact = rd.solve(problem).mean
        samples = rd.simulate(problem, n, dt=1e-2, rng=seed, workers=2)
        assert abs(samples.mean / exact - 1) < 0.01 + 4 * samples.error / exact
        assert abs(z(samples.times, exact)) < 4


def test_the_weak_order_of_smooth_potentials_is_two(seed):
    # The mean of the steady state of the double well is off by a power of the step.
    state = rd.SteadyState(double_well(0.3), rd.Poisson(0.5, to=-1.0))
    exact = rd.solve(state).mean
    coarse, fine = (rd.simulate(state, 1_000_000, dt=dt, rng=seed) for dt in (0.5, 0.25))
    order = log((coarse.mean - exact) / (fine.mean - exact)) / log(2)
    error = sqrt(sum((s.error / (s.mean - exact)) ** 2 for s in (coarse, fine))) / log(2)
    assert error < 0.1
    assert abs(order - 2) < 4 * error


def test_the_kink_and_the_wall_keep_the_bias_of_order_one(seed):
    for process in (rd.Langevin("Abs(x)", 1.0), rd.Langevin("x**2/2", 1.0, reflecting=(-0.5, None))):
        state = rd.SteadyState(process, rd.Poisson(0.5, to=1.0))
        exact = rd.solve(state)
        samples = rd.simulate(state, 200_000, dt=0.1, rng=seed)
        assert abs(samples.mean - exact.mean) < 0.01 * sqrt(exact.cov) + 4 * samples.error


def test_euler_steps_that_forget_the_kink_and_the_bridge_are_rejected(seed):
    problem = search(rd.Langevin("Abs(x)", 1.0), 1.0, rd.Level(-0.5), rd.Poisson(1.0))
    exact = rd.solve(problem).mean
    assert abs(z(rd.simulate(problem, N, dt=0.02, rng=seed).times, exact)) < 4
    assert abs(z(wrong.euler_in_a_wedge(seed, N, 0.02), exact)) > 4


@pytest.mark.parametrize("reset", [rd.Poisson(0.5, to=-1.0), rd.Poisson(0.5, to=0.7, refractory=1.0)])
def test_steady_states_in_the_double_well(reset, seed):
    state = rd.SteadyState(double_well(0.3), reset)
    exact, samples = rd.solve(state), rd.simulate(state, N, rng=seed).samples
    assert abs(z(samples, exact.mean)) < 4
    assert abs(z((samples - exact.mean) ** 2, exact.cov)) < 4


def test_a_steady_state_over_random_places(seed):
    well = double_well(0.3)
    samples = rd.simulate(rd.SteadyState(well, rd.Poisson(0.5, to=stats.uniform(-1.0, 2.0))), N, rng=seed)
    # The second moment is the average of those from each place, symmetric about 0.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    from_each = [rd.solve(rd.SteadyState(well, rd.Poisson(0.5, to=y))) for y in nodes]
    assert abs(z(samples.samples, 0.0)) < 4
    assert abs(z(samples.samples**2, weights @ [r.cov + r.mean**2 for r in from_each] / 2)) < 4


@pytest.mark.parametrize(
    "formula",
    [
        "x**4/4 - x**2/2",
        "x",
        "sqrt(1 + x**2) + exp(-x**2)",
        "Abs(x - 1/3) + 2*Heaviside(x)*x",
        "Max(x, x**2) + Min(1, x)",
        "Piecewise((x**2, x < 0), (x, True))",
        "sign(x)*x + erf(x) + tanh(x) + atan(x) + asinh(x)",
        "log(2 + sin(x)) + cosh(x)/9",
    ],
)
def test_compiled_forces_are_those_of_the_process(formula):
    process = rd.Langevin(formula, 1.0)
    x = np.array([-1.7, -0.4, 0.2, 0.9, 2.3])
    function = njit(taylor_of(process.expression, process.symbols[0]))
    taylor = np.array([function(y) for y in x])
    assert taylor[:, 0] == pytest.approx(process.force(x), rel=1e-13)
    slopes = (process.force(x + 1e-6) - process.force(x - 1e-6)) / 2e-6
    assert taylor[:, 1] == pytest.approx(slopes, rel=1e-6, abs=1e-8)


def test_a_function_without_a_compiled_form_is_named():
    x = sp.Symbol("x", real=True)
    with pytest.raises(ValueError, match="does not compile"):
        compiled_formula("potential", sp.besselj(0, x), (x,))


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (search(rd.Langevin("log(x)", 1.0), 2.0, rd.Level(3.0)), "singular at 0"),
        (rd.SteadyState(rd.Langevin("x**2 - log(x)", 1.0), rd.Poisson(1.0, to=1.0)), "singular at 0"),
    ],
)
def test_what_cannot_be_sampled_is_named(problem, message):
    with pytest.raises(ValueError, match=message):
        rd.simulate(problem, 10)


def test_workers_do_not_change_a_bit(seed):
    problem = search(rd.Langevin("Abs(x)", 1.0), 1.0, rd.Level(-0.5), rd.RateField("x**2"))
    one, two = (rd.simulate(problem, 9000, rng=seed, dt=0.05, workers=w).times for w in (1, 2))
    assert np.array_equal(one, two)
