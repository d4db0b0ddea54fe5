"""Samplers of forces in space and of the user's, of motion with inertia, and of heavy-tailed noise."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, special

import resetdyn as rd
from resetdyn.simulation.sampler import Task

TRAP = rd.OrnsteinUhlenbeck(np.eye(3), np.zeros(3), 0.5 * np.eye(3))
START, BALL = [1.0, 0.5, 0.2], rd.Ball([0.0, 0.0, 0.0], 0.5)


def z_of(samples, exact):
    return (samples.mean - exact) / samples.error


class TestForces:
    @pytest.mark.parametrize(
        "process",
        [
            rd.Langevin("(x**2 + y**2 + z**2) / 2", 0.5, ("x", "y", "z")),
            rd.ForceField(lambda x: -x, 0.5, dim=3),
        ],
        ids=["formula", "function"],
    )
    def test_a_linear_force_in_space_is_the_trap(self, process, seed):
        exact = rd.solve(rd.FirstPassage(TRAP, START, BALL, rd.Poisson(0.3))).mean
        problem = rd.FirstPassage(process, START, BALL, rd.Poisson(0.3))
        assert abs(z_of(rd.simulate(problem, n=50_000, dt=0.02, rng=seed), exact)) < 4

    def test_a_steady_state_in_space_has_the_moments_of_the_trap(self, seed):
        reset = rd.Sharp(1.5, to=[1.0, 0.0, -1.0])
        process = rd.Langevin("(x**2 + y**2 + z**2) / 2", 0.5, ("x", "y", "z"))
        samples = rd.simulate(rd.SteadyState(process, reset), n=50_000, dt=0.05, rng=seed)
        exact = rd.solve(rd.SteadyState(TRAP, reset))
        assert np.all(np.abs(samples.mean - exact.mean) < 4 * samples.error + 5e-4)  # dt^2
        assert np.allclose(samples.cov, exact.cov, atol=0.02)

    def test_a_function_on_the_line_is_the_formula(self, seed):
        well = rd.ForceField(lambda x: x - x**3, 0.2)
        exact = rd.solve(
            rd.FirstPassage(
                rd.Langevin("x**4/4 - x**2/2", 0.2), -1.0, rd.Interval(-1.6, 0.5), rd.Poisson(0.1)
            )
        )
        problem = rd.FirstPassage(well, -1.0, rd.Interval(-1.6, 0.5), rd.Poisson(0.1))
        samples = rd.simulate(problem, n=40_000, dt=0.01, rng=seed)
        assert abs(z_of(samples, exact.mean)) < 4
        low = np.mean(samples.ends == 0)
        assert abs(low - exact.ends[0]) < 4 * math.sqrt(exact.ends[0] * exact.ends[1] / 40_000)

    def test_a_force_that_no_potential_has(self, seed):
        # A rotation about the centre of a trap does not change when a circle around it is reached.
        swirl = rd.ForceField(lambda x: np.array([-x[0] - 3 * x[1], 3 * x[0] - x[1]]), 0.5, dim=2)
        plain = rd.OrnsteinUhlenbeck(np.eye(2), [0.0, 0.0], 0.5 * np.eye(2))
        ball = rd.Ball([0.0, 0.0], 0.4)
        exact = rd.solve(rd.FirstPassage(plain, [1.5, 0.0], ball, rd.Poisson(0.5))).mean
        samples = rd.simulate(
            rd.FirstPassage(swirl, [1.5, 0.0], ball, rd.Poisson(0.5)), n=40_000, dt=5e-3, rng=seed
        )
        assert abs(z_of(samples, exact)) < 4

    def test_the_bias_in_space_falls_with_the_step(self, seed):
        exact = rd.solve(rd.FirstPassage(TRAP, START, BALL)).mean
        problem = rd.FirstPassage(rd.ForceField(lambda x: -x, 0.5, dim=3), START, BALL)
        coarse, fine = (rd.simulate(problem, n=200_000, dt=dt, rng=seed) for dt in (0.9, 0.3))
        bias = coarse.mean - exact
        assert abs(bias) > 5 * coarse.error
        assert abs(fine.mean - exact) < abs(bias) / 3 + 4 * fine.error

    @pytest.mark.parametrize(
        ("force", "dim", "message"),
        [
            (lambda x: np.array([1.0, 2.0]), 3, "shape"),
            (lambda x: x, 2, None),
            (lambda x: open(x), 2, "does not compile"),  # noqa: SIM115
            (lambda x: np.array([x, x]), 1, "shape"),
            (lambda x: open(x), 1, "does not compile"),  # noqa: SIM115
        ],
    )
    def test_a_force_of_the_wrong_kind_is_refused(self, force, dim, message):
        start, target = (1.0, rd.Level(0.0)) if dim == 1 else (np.ones(dim), rd.Ball(np.zeros(dim), 0.5))
        problem = rd.FirstPassage(rd.ForceField(force, 1.0, dim=dim), start, target)
        if message is None:
            assert rd.simulate(problem, n=10, dt=0.01, max_time=0.1, rng=1).n == 10
        else:
            with pytest.raises(ValueError, match=message):
                rd.simulate(problem, n=10, dt=0.01)

    @pytest.mark.parametrize("dim", [1, 2])
    def test_what_changes_in_time_is_refused_with_the_reason(self, dim):
        start, target = (1.0, rd.Level(0.0)) if dim == 1 else (np.ones(dim), rd.Ball(np.zeros(dim), 0.5))
        problem = rd.FirstPassage(rd.ForceField(lambda x, t: -x * t, 1.0, dim=dim), start, target)
        with pytest.raises(TypeError, match=r"needs x, t: .*changes in time.*schedule"):
            rd.simulate(problem, n=10, rng=1)
        with pytest.raises(TypeError, match=r"diffusion=.*changes in time.*schedule"):
            rd.ForceField(lambda x: -x, lambda t: 1 / t, dim=dim)
        with pytest.raises(ValueError, match=r"t unknown.*changes in time"):
            rd.Langevin("x**2/2 + t*x", 1.0)
        scaled = rd.ForceField(lambda x, scale=2.0: -scale * x, 1.0, dim=dim)
        assert rd.simulate(rd.FirstPassage(scaled, start, target), n=10, dt=0.01, rng=1).n == 10

    @pytest.mark.parametrize("dim", [1, 2])
    def test_a_force_that_is_not_finite_stops_the_run_and_says_where(self, dim):
        def force(x):
            return x * np.sqrt(4.0 - x * x)

        start = 1.0 if dim == 1 else np.ones(dim)
        target = rd.Level(0.0) if dim == 1 else rd.Ball(np.zeros(dim), 0.1)
        problem = rd.FirstPassage(rd.ForceField(force, 1.0, dim=dim), start, target)
        with pytest.raises(ValueError, match=r"not a finite number where a path has come, x=.*[2-9]\."):
            rd.simulate(problem, n=1000, dt=0.01, rng=1)

    @pytest.mark.parametrize(
        ("force", "potential", "diffusion", "start", "target"),
        [
            (lambda x: -1.0 if x > 0 else 1.0, "Abs(x)", 1.0, 1.0, -0.5),
            (lambda x: 0.6 * np.sin(3 * x), "cos(3*x)/5", 0.5, 0.2, -0.7),
            (lambda x: 1 / x - x, "x**2/2 - log(x)", 0.15, 1.0, 1.5),  # which keeps steps away from 0
        ],
    )
    def test_a_force_and_its_potential_have_times_and_steps_alike(
        self, force, potential, diffusion, start, target, seed
    ):
        search = [rd.Level(target), rd.Poisson(1.0)]
        own = rd.FirstPassage(rd.ForceField(force, diffusion), start, *search)
        samples = rd.simulate(own, n=50_000, rng=seed)
        exact = rd.solve(rd.FirstPassage(rd.Langevin(potential, diffusion), start, *search)).mean
        assert abs(samples.mean - exact) < 4 * samples.error
        if "log" not in potential:  # which Langevin refuses, as it could come close to 0
            known = rd.FirstPassage(rd.Langevin(potential, diffusion), start, *search)
            ratio = Task(own, None, np.inf).sampler.scheme.dt / Task(known, None, np.inf).sampler.scheme.dt
            assert 1 / 3 < ratio < 3

    def test_a_force_that_ends_at_the_target_has_a_slope_up_to_there(self, seed):
        problem = rd.FirstPassage(
            rd.ForceField(lambda x: -np.sqrt(x), 0.5), 1.0, rd.Level(0.0), rd.Poisson(1.0)
        )
        coarse, fine = (
            rd.simulate(problem, n=50_000, dt=dt, rng=seed + k) for k, dt in enumerate((0.02, 0.005))
        )
        assert abs(coarse.mean - fine.mean) < 4 * np.hypot(coarse.error, fine.error)

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_force_that_raises_an_error_stops_the_run(self):
        def force(x):
            if x < 0.5:
                raise ValueError("nowhere")
            return -x

        problem = rd.FirstPassage(rd.ForceField(force, 1.0), 1.0, rd.Level(0.0))
        with pytest.raises(ValueError, match=r"raised an error .*on a path from here, x=1\."):
            rd.simulate(problem, n=10, dt=0.01, rng=1)

    def test_a_step_too_long_for_the_stiffness_names_the_limit(self):
        problem = rd.FirstPassage(
            rd.ForceField(lambda x: -50 * x, 1.0, dim=2), [1.0, 0.0], rd.Ball([0, 0], 0.5)
        )
        with pytest.raises(ValueError, match=r"dt=0\.1: too long .* at most 0\.02"):
            rd.simulate(problem, n=10, dt=0.1)

    def test_exact_theory_sends_a_function_to_simulation(self):
        problem = rd.FirstPassage(rd.ForceField(lambda x: -x, 1.0), 1.0, rd.Level(0.0))
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            rd.solve(problem)


def underdamped_moments(friction, diffusion, velocity_variance, rate, to):
    """Mean and variance of the position in x^2/2 under Poisson resetting, from the moment equations."""
    # m' = A m + b, averaged over the age of the last reset: rate (rate - A)^-1 (m(0) + b / rate).
    g = friction
    first = np.array([[0.0, 1.0], [-g, -g]])
    second = np.array([[0.0, 2.0, 0.0], [-g, -g, 1.0], [0.0, -2 * g, -2 * g]])
    source = np.array([0.0, 0.0, 2 * g**2 * diffusion])
    mean = np.linalg.solve(rate * np.eye(2) - first, rate * np.array([to, 0.0]))[0]
    start = np.array([to**2, 0.0, velocity_variance])
    square = np.linalg.solve(rate * np.eye(3) - second, rate * start + source)[0]
    return mean, square - mean**2


class TestInertia:
    @pytest.mark.parametrize("rule", ["redraw", "zero"])
    @pytest.mark.parametrize("friction", [0.7, 5.0])
    def test_a_trap_has_the_exact_moments(self, friction, rule, seed):
        process = rd.UnderdampedLangevin("x**2/2", 0.5, friction, reset_velocity=rule)
        samples = rd.simulate(rd.SteadyState(process, rd.Poisson(0.8, to=1.0)), n=200_000, rng=seed)
        mean, variance = underdamped_moments(
            friction, 0.5, friction * 0.5 if rule == "redraw" else 0.0, 0.8, 1.0
        )
        assert abs(samples.mean - mean) < 4 * samples.error + 1e-3
        centred = (samples.samples - mean) ** 2
        assert abs(centred.mean() - variance) < 4 * centred.std() / math.sqrt(samples.n) + 1e-3

    def test_space_is_made_of_lines(self, seed):
        process = rd.UnderdampedLangevin("(x**2 + y**2)/2", 0.5, 2.0, ("x", "y"))
        samples = rd.simulate(rd.SteadyState(process, rd.Poisson(0.8, to=[1.0, 0.0])), n=100_000, rng=seed)
        mean, variance = underdamped_moments(2.0, 0.5, 1.0, 0.8, 1.0)
        assert np.all(np.abs(samples.mean - [mean, 0.0]) < 4 * samples.error + 1e-3)
        assert samples.cov[0, 0] == pytest.approx(variance, abs=0.01)
        line = rd.UnderdampedLangevin("x**2/2", 0.5, 2.0)
        across = rd.FirstPassage(process, [1.0, 0.0], rd.HalfSpace([1.0, 0.0], 0.0), rd.Poisson(0.5))
        along = rd.FirstPassage(line, 1.0, rd.Level(0.0), rd.Poisson(0.5))
        a, b = (rd.simulate(p, n=50_000, rng=seed) for p in (across, along))
        assert abs(a.mean - b.mean) < 4 * math.hypot(a.error, b.error)

    def test_strong_friction_is_overdamped_but_for_the_milne_length(self, seed):
        # To first order the target lies 1.46 sqrt(D / friction) further off (Burschka and Titulaer, 1981).
        friction = 400.0
        process = rd.UnderdampedLangevin("-x", 1.0, friction)
        further = abs(special.zeta(0.5)) * math.sqrt(1.0 / friction)
        problem = rd.FirstPassage(process, -1.0, rd.Level(0.0))
        samples = rd.simulate(problem, n=40_000, dt=5e-4, rng=seed)
        assert abs(samples.mean - (1.0 + further)) < 4 * samples.error + 2.0 / friction

    def test_what_a_reset_does_to_the_velocity_matters(self, seed):
        # Without noise to speak of, a kept velocity carries the path on to a target that it just missed.
        means = {}
        for rule in ("redraw", "zero", "keep"):
            process = rd.UnderdampedLangevin("x**2/2", 0.05, 0.3, reset_velocity=rule)
            problem = rd.FirstPassage(process, 1.0, rd.Level(-0.3), rd.Sharp(5.0))
            means[rule] = rd.simulate(problem, n=20_000, rng=seed)
            naive = naive_underdamped(rule, 4000, seed)
            z = (means[rule].mean - naive.mean()) / math.hypot(
                means[rule].error, naive.std() / math.sqrt(4000)
            )
            assert abs(z) < 4
        gap = math.hypot(means["keep"].error, means["zero"].error)
        assert abs(means["keep"].mean - means["zero"].mean) > 10 * gap

    def test_refusals(self):
        stiff = rd.UnderdampedLangevin("50*x**2", 1.0, 1.0)
        with pytest.raises(ValueError, match=r"less than 0\.2"):
            rd.simulate(rd.FirstPassage(stiff, 1.0, rd.Level(0.0)), n=10, dt=0.5)
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            rd.solve(rd.FirstPassage(stiff, 1.0, rd.Level(0.0)))


def naive_underdamped(rule, n, seed, dt=0.005):
    """Euler's steps, semi-implicit, with the target looked at after each; D = 0.05, friction 0.3."""
    rng = np.random.default_rng(seed + 1)
    thermal, sigma = math.sqrt(0.3 * 0.05), 0.3 * math.sqrt(2 * 0.05 * dt)
    x, times = np.ones(n), np.full(n, np.nan)
    v = np.zeros(n) if rule == "zero" else thermal * rng.normal(size=n)
    for k in range(1, 200_000):
        v += -0.3 * (x + v) * dt + sigma * rng.normal(size=n)
        x += v * dt
        times[np.isnan(times) & (x <= -0.3)] = k * dt
        if not np.isnan(times).any():
            break
        if k % 1000 == 0:
            x[:] = 1.0
            if rule != "keep":
                v = np.zeros(n) if rule == "zero" else thermal * rng.normal(size=n)
    return times


class TestStableNoise:
    def test_the_characteristic_function_of_a_steady_state_is_the_published_one(self, published, seed):
        law = published("levyou.reset.cf1")
        process = rd.LevyOrnsteinUhlenbeck(1.0, 0.0, 1.0, 1.5)
        waves = np.cos(
            rd.simulate(rd.SteadyState(process, rd.Poisson(0.5, to=0.0)), n=200_000, rng=seed).samples
        )
        assert abs(waves.mean() - law) < 4 * waves.std() / math.sqrt(len(waves))

    @pytest.mark.parametrize(
        ("alpha", "x", "name"),
        [
            (1.5, 1.0, "levy.ness.p1.al1.5"),
            (1.5, 0.0, "levy.ness.p0.al1.5"),
            (1.2, 0.0, "levy.ness.p0.al1.2"),
        ],
    )
    def test_flights_settle_to_the_published_density(self, alpha, x, name, published, seed):
        process = rd.LevyOrnsteinUhlenbeck(0.0, 0.0, 1.0, alpha)
        samples = rd.simulate(rd.SteadyState(process, rd.Poisson(1.0, to=0.0)), n=400_000, rng=seed).samples
        # By a smooth window of the width w and its exact average over the Linnik law.
        w = 0.05
        window = np.exp(-(((samples - x) / w) ** 2) / 2) / (w * math.sqrt(2 * math.pi))

        def wave(k):
            return math.cos(k * x) * math.exp(-((k * w) ** 2) / 2) / (1 + k**alpha) / math.pi

        smooth = integrate.quad(wave, 0, 10 / w, limit=2000)[0]
        assert abs(window.mean() - smooth) < 4 * window.std() / math.sqrt(len(window))
        w = 0.0  # the same integral without a window is the density
        rest = 2000 ** (1 - alpha) / (alpha - 1) / math.pi if x == 0 else 0.0
        density = integrate.quad(wave, 0, 2000, limit=20_000)[0] + rest
        assert density == pytest.approx(published(name), abs=1e-4)

    @pytest.mark.parametrize("alpha", [0.7, 1.0, 1.5, 2.0])
    def test_survival_after_steps_is_universal(self, alpha, seed):
        # Sparre Andersen: from the edge of the target, C(2n, n) / 4^n whatever the symmetric jumps.
        process = rd.LevyOrnsteinUhlenbeck(0.0, 0.0, 1.0, alpha)
        problem = rd.FirstPassage(process, 1e-12, rd.Level(0.0))
        n = 40_000
        samples = rd.simulate(problem, n=n, dt=1.0, max_time=20.0, rng=seed)
        for steps in (1, 2, 5, 19):
            chance = special.binom(2 * steps, steps) / 4.0**steps
            alive = np.mean(samples.times > steps + 0.5)
            assert abs(alive - chance) < 4 * math.sqrt(chance * (1 - chance) / n)

    def test_gaussian_noise_is_the_trap(self, seed):
        problem = rd.SteadyState(rd.LevyOrnsteinUhlenbeck(2.0, 0.5, 0.3, 2.0), rd.Sharp(1.0, to=-1.0))
        exact = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(2.0, 0.5, 0.3), rd.Sharp(1.0, to=-1.0)))
        samples = rd.simulate(problem, n=100_000, rng=seed)
        assert abs(z_of(samples, exact.mean)) < 4
        centred = (samples.samples - exact.mean) ** 2
        assert abs(centred.mean() - exact.cov) < 4 * centred.std() / math.sqrt(samples.n)

    def test_first_passages_converge_at_the_stated_order(self, seed):
        exact = rd.solve(
            rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), 0.5, rd.Level(0.0), rd.Poisson(1.0))
        ).mean
        process = rd.LevyOrnsteinUhlenbeck(1.0, 1.5, 0.5, 2.0)
        problem = rd.FirstPassage(process, 0.5, rd.Level(0.0), rd.Poisson(1.0))
        biases = [
            rd.simulate(problem, n=100_000, dt=dt, rng=seed).mean - exact for dt in (0.016, 0.004, 0.001)
        ]
        for coarse, fine in itertools.pairwise(biases):
            assert 1.7 < coarse / fine < 2.4  # 4^(1/2)

    @pytest.mark.parametrize("alpha", [0.0, 2.5, math.nan])
    def test_indices_out_of_range_are_refused(self, alpha):
        with pytest.raises(ValueError, match="alpha"):
            rd.LevyOrnsteinUhlenbeck(1.0, 0.0, 1.0, alpha)
