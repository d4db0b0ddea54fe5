"""The pieces of the benchmark of simulations run, on tiny sizes, and what they time is right."""

import numpy as np
import pytest

import resetdyn as rd
from benchmarks import simulation as bench
from benchmarks.searches import CASES
from resetdyn.simulation.sampler import Task
from resetdyn.simulation.streams import CHUNK

NAMES = [case.name for case in CASES]
# Steps at which the schemes have no bias that so few paths would show.
STEPS = {"gaussian": 0.02, "locally_linear": 0.05}


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_all_that_is_timed_at_equal_steps_finds_the_mean(case):
    dt = STEPS[case.scheme[0]]
    for name in ("resetdyn", "C", "lanes"):
        loop = case.loops[name]
        if loop is not None:
            # Lanes are reset at the ends of steps.
            slack = 0.02 if name == "lanes" else 0.005
            run = loop(4000, dt)
            assert abs(run.mean / case.exact.mean - 1) < slack + 4 * run.error / case.exact.mean


def test_eulers_loop_in_c_is_the_plain_one():
    ours = CASES[0].loops["C Euler"]
    if ours is None:
        pytest.skip("gcc is not installed")
    for case in CASES[:3]:
        runs = [case.loops[name](20_000, 4e-3) for name in ("C Euler", "plain")]
        difference = runs[0].mean - runs[1].mean
        assert abs(difference) < 4 * np.hypot(runs[0].error, runs[1].error)


def test_the_bias_of_eulers_loop_is_that_of_a_target_further_off():
    # Broadie, Glasserman and Kou (1997): the target moves away by 0.5826 sqrt(2 D dt).
    case = CASES[0]
    c, seconds = bench.extrapolated(case, 0.3)
    root = case.problem.reset.rate**0.5
    slope = root * np.exp(root) / (np.exp(root) - 1)
    assert abs(c / (0.5826 * 2**0.5 * slope) - 1) < 0.25
    # Half of the 1 % is bias, half is noise, and a step takes some nanoseconds.
    steps = 4 * bench.variation(case) / bench.TOTAL**2 * case.exact.mean / (bench.TOTAL / 2 / c) ** 2
    assert 1e-9 < seconds / steps < 1e-6


def test_a_mean_is_within_its_own_error():
    for case in CASES[:3]:
        _, samples = bench.to_one_percent(case, repeats=1)
        assert samples.error / case.exact.mean == pytest.approx(bench.TOTAL - bench.OWN_BIAS, rel=0.1)
        assert abs(samples.mean / case.exact.mean - 1) < bench.OWN_BIAS + 4 * samples.error / case.exact.mean


def test_a_second_process_finds_a_mean():
    assert min(bench.startup(1)) > 0


def test_workers_are_compared_where_each_has_chunks_to_do(monkeypatch):
    simulate, asked = rd.simulate, []

    def seen(problem, n, workers, **options):
        asked.append((n / CHUNK / workers, workers))
        return simulate(problem, n=n, workers=workers, **options)

    monkeypatch.setattr(rd, "simulate", seen)
    assert min(bench.gain_of_workers(2, repeats=1)) > 0
    assert asked == [(2, 1), (1, 2)]


@pytest.mark.parametrize(
    ("potential", "diffusion", "start", "target", "rate"),
    [
        ("x**2/2", 1.0, 2.0, 1.0, 1.0),
        ("log(x)", 1.0, 2.0, 1.0, 1.0),
        ("x**4", 1.0, 1.5, 0.5, 0.3),
        ("x**4/4 - x**2/2", 0.3, 2.0, 1.0, 0.5),
    ],
)
def test_default_steps_in_potentials_have_the_bias_that_they_are_said_to(
    potential, diffusion, start, target, rate, seed
):
    process = rd.Langevin(potential, diffusion)
    problem = rd.FirstPassage(process, start, rd.Level(target), rd.Poisson(rate))
    exact = rd.solve(problem).mean
    found = rd.simulate(problem, n=500_000, rng=seed, keep="summary")
    assert abs(found.mean / exact - 1) < bench.OWN_BIAS + 4 * found.error / exact


@pytest.mark.parametrize(
    ("process", "start", "target", "order", "n"),
    [
        (rd.Langevin("cos(3*x)/5", 0.5), 0.2, rd.Interval(-1.0, 1.5), 2, 1_000_000),
        (rd.Langevin("exp(x) - x", 0.5), 0.0, rd.Level(1.0), 2, 300_000),
        (rd.Langevin("x**2/2 - x**3/3", 0.3), 0.0, rd.Level(1.5), 2, 300_000),
        (rd.Langevin("x**2/2", 1.0, reflecting=(-0.5, None)), 0.0, rd.Level(1.0), 1, 4_000_000),
    ],
)
def test_steps_four_times_as_long_have_the_bias_that_their_order_allows(
    process, start, target, order, n, seed
):
    problem = rd.FirstPassage(process, start, target, rd.Poisson(1.0))
    exact = rd.solve(problem).mean
    dt = 4 * Task(problem, None, np.inf).sampler.scheme.dt
    found = rd.simulate(problem, n=n, dt=dt, rng=seed, keep="summary")
    assert abs(found.mean / exact - 1) < 4**order * bench.OWN_BIAS + 4 * found.error / exact
