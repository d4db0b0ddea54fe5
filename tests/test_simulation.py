"""First-passage samplers against closed forms, slow oracles and each other; wrong ones must be rejected."""

from math import exp, log, sqrt

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from tests import naive_simulators as naive
from tests import wrong_simulators as wrong

N = 100_000
RESETS = 10.0  # so frequent that keeping the old position shows


def z(times, exact):
    return (np.mean(times) - exact) / (np.std(times, ddof=1) / sqrt(len(times)))


def z_two(a, b):
    return (np.mean(a) - np.mean(b)) / sqrt(np.var(a) / len(a) + np.var(b) / len(b))


def search(reset, start=1.0, process=None, target=None):
    return rd.FirstPassage(process or rd.Brownian(1.0), start, target or rd.Level(0.0), reset)


@pytest.mark.parametrize(
    ("problem", "name"),
    [
        (search(rd.Poisson(1.0)), "em2011.mfpt.D1.x1.r1"),
        (search(rd.Poisson(0.7), 1.3, rd.Brownian(0.5)), "em2011.mfpt.D0.5.x1.3.r0.7"),
        (search(rd.Sharp(0.45850276945959186)), "diffusion.sharp.min"),
        (search(rd.Poisson(5.0), 0.1, target=rd.Interval(0.0, 1.0)), "interval.mfpt.u0.1.r5"),
        (search(rd.Poisson(1.0), process=rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0)), "ou.center.mfpt.z1.s1"),
        (
            search(rd.Poisson(1.0), 2.0, rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Level(1.0)),
            "ou.general.z2.za1.s1",
        ),
    ],
)
def test_means_hold_to_published_values(problem, name, published, seed):
    assert abs(z(rd.simulate(problem, N, rng=seed).times, published(name))) < 4


@pytest.mark.parametrize(
    ("dim", "name"), [(2, "em2014.mfpt.d2.R1.a0.1.r1"), (3, "em2014.mfpt.d3.R1.a0.1.r1")]
)
def test_a_ball_in_space_holds_to_published_values(dim, name, published, seed):
    start = np.eye(dim)[0]
    ball = rd.Ball(np.zeros(dim), 0.1)
    problem = rd.FirstPassage(rd.Brownian(1.0, dim=dim), start, ball, rd.Poisson(1.0))
    assert abs(z(rd.simulate(problem, 4000, dt=1e-4, rng=seed).times, published(name))) < 4


def test_without_resetting_the_times_follow_the_levy_and_the_inverse_gaussian_law(seed):
    levy = rd.simulate(search(rd.NoReset()), N, rng=seed).times
    assert stats.kstest(levy, stats.levy(scale=0.5).cdf).pvalue > 1e-4
    towards = rd.simulate(search(rd.NoReset(), process=rd.Brownian(1.0, drift=-2.0)), N, rng=seed).times
    # Mean 1/2 and shape 1/2, in SciPy's parameters mean / shape and shape.
    assert stats.kstest(towards, stats.invgauss(1.0, scale=0.5).cdf).pvalue > 1e-4


def test_a_drift_away_misses_the_target_as_often_as_it_should(seed):
    samples = rd.simulate(search(rd.NoReset(), process=rd.Brownian(1.0, drift=1.0)), N, rng=seed)
    missed = 1 - exp(-1.0)
    assert abs(samples.censored.mean() - missed) < 4 * sqrt(missed * (1 - missed) / N)
    assert np.all(np.isinf(samples.times[samples.censored]))


def test_max_time_censors(seed):
    samples = rd.simulate(
        search(rd.NoReset(), process=rd.Brownian(1.0, drift=1.0)), N, rng=seed, max_time=2.0
    )
    assert np.all(samples.times[samples.censored] == 2.0)
    assert np.all(samples.times[~samples.censored] < 2.0)
    assert samples.lower_bound


def test_the_number_of_resets_matches_the_time(seed):
    samples = rd.simulate(search(rd.Poisson(2.0)), N, rng=seed)
    # Resets come at rate 2 as long as the search goes on (Wald).
    assert abs(z(samples.resets - 2.0 * samples.times, 0.0)) < 4


def test_a_reset_to_the_other_side_of_the_level(seed):
    # From 1, or after the first reset from -0.5: (1 - T(1)) / r, plus what the other side needs after it.
    mean = (1 - exp(-1.0)) + (exp(0.5) - 1) * (1 - exp(-1.0))
    assert abs(z(rd.simulate(search(rd.Poisson(1.0, to=-0.5)), N, rng=seed).times, mean)) < 4


def test_the_ends_of_an_interval(published, seed):
    ends = rd.simulate(search(rd.Poisson(5.0), 0.1, target=rd.Interval(0.0, 1.0)), N, rng=seed).ends
    low = published("interval.split.u0.1.r5")
    assert abs((ends == 0).mean() - low) < 4 * sqrt(low * (1 - low) / N)
    assert set(ends) == {0, 1}


@pytest.mark.parametrize("reset", [rd.Poisson(1.5, to=0.7), rd.Sharp(0.6, to=0.7)])
def test_the_law_of_the_direct_sampler_is_that_of_the_bridge(reset, seed, rng):
    times = rd.simulate(search(reset, process=rd.Brownian(0.8, drift=0.4)), 20_000, rng=seed).times
    oracle = naive.brownian_level(rng, 20_000, 1.0, 0.4, 0.8, reset, 0.7)
    assert stats.ks_2samp(times, oracle).pvalue > 1e-4


def test_the_ornstein_uhlenbeck_sampler_against_small_steps(seed, rng):
    reset = rd.Sharp(0.7)
    ou = rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5)
    times = rd.simulate(search(reset, 0.5, ou), 20_000, rng=seed).times
    oracle = naive.small_steps(
        rng, 4000, lambda x: 1.5 - x, np.eye(1), lambda x: x[:, 0], 0.5, reset, 0.5, h=1e-3
    )
    assert abs(z_two(times, oracle)) < 4


def test_half_spaces_balls_and_sublevels_are_barriers_on_the_line(seed):
    ou = rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0)
    level = search(rd.Poisson(1.0), 2.0, ou, rd.Level(1.0))
    same = [rd.HalfSpace([2.0], 2.0), rd.Ball(0.0, 1.0), rd.Sublevel(rd.Quadratic(1.0, 0.0), 0.5)]
    expected = rd.simulate(level, 1000, rng=seed).times
    for target in same:
        times = rd.simulate(search(rd.Poisson(1.0), 2.0, ou, target), 1000, rng=seed).times
        assert np.array_equal(times, expected)


def test_a_half_space_in_space_is_a_level(published, seed):
    ou = rd.OrnsteinUhlenbeck(np.eye(2), [0.0, 0.0], 1.0)
    problem = search(rd.Poisson(1.0), [2.0, 0.3], ou, rd.HalfSpace([1.0, 0.0], 1.0))
    assert abs(z(rd.simulate(problem, 20_000, rng=seed).times, published("ou.general.z2.za1.s1"))) < 4


def test_a_users_function_gives_what_the_ball_gives(seed):
    walk = rd.Brownian(1.0, dim=2)
    ball = search(rd.Poisson(1.0), [1.0, 0.0], walk, rd.Ball([0.0, 0.0], 0.5))
    by_hand = rd.Sublevel(lambda x: x[0] ** 2 + x[1] ** 2, 0.25)
    times = rd.simulate(search(rd.Poisson(1.0), [1.0, 0.0], walk, by_hand), 4000, rng=seed, dt=2e-3).times
    assert abs(z_two(times, rd.simulate(ball, 20_000, rng=seed, dt=2e-3).times)) < 4


def test_a_users_function_that_is_no_number_stops_the_run_and_says_where(seed):
    walk = rd.Brownian(1.0, dim=2)
    rooted = rd.Sublevel(lambda x: np.sqrt(x[0]), 0.5)
    with pytest.raises(ValueError, match="not a number where a path has come, x="):
        rd.simulate(search(rd.Poisson(1.0), [1.0, 0.0], walk, rooted), 1000, rng=seed, dt=0.05)
    with pytest.raises(ValueError, match="one number for one state"):
        search(rd.Poisson(1.0), [1.0, 0.0], walk, rd.Sublevel(lambda x: x, 0.5))


def test_the_bias_of_the_line_falls_with_the_square_of_the_step(seed):
    problem = search(rd.Poisson(1.0), 0.5, rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5))
    exact = rd.solve(problem).mean
    coarse, fine = (rd.simulate(problem, 4_000_000, dt=dt, rng=seed, workers=2) for dt in (1.6, 0.8))
    order = log((coarse.mean - exact) / (fine.mean - exact)) / log(2)
    error = sum((s.error / (s.mean - exact)) ** 2 for s in (coarse, fine)) ** 0.5 / log(2)
    assert order + 4 * error > 2
    assert order - 4 * error > 0.5  # that of absorption at step ends


@pytest.mark.parametrize(("center", "start"), [(1.5, 0.5), (3.0, 0.3)])
def test_a_step_of_a_tenth_of_the_relaxation_time_has_no_bias_to_speak_of(center, start, seed):
    problem = search(rd.Poisson(1.0), start, rd.OrnsteinUhlenbeck(1.0, center, 0.5))
    samples = rd.simulate(problem, 2_000_000, dt=0.1, rng=seed, workers=2)
    exact = rd.solve(problem).mean
    assert abs(samples.mean - exact) < 1e-3 * exact + 3 * samples.error


def test_absorption_at_step_ends_is_rejected(published, seed):
    exact = published("em2011.mfpt.D1.x1.r1")
    assert abs(z(wrong.end_of_step(seed, N, 1.0, 1e-2, True), exact)) < 4
    assert abs(z(wrong.end_of_step(seed, N, 1.0, 1e-2, False), exact)) > 4


def test_a_reset_that_keeps_the_old_position_is_rejected(seed):
    exact = rd.solve(search(rd.Poisson(RESETS), 1.0, rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0))).mean
    assert abs(z(wrong.kept_position(seed, N, RESETS, 1e-2, True), exact)) < 4
    assert abs(z(wrong.kept_position(seed, N, RESETS, 1e-2, False), exact)) > 4


def test_a_reset_at_rest_does_not_jump_twice(seed):
    # No drift, hardly any noise, frequent resets to 0: nothing moves, and resets come at their own rate.
    quiet = search(rd.Poisson(10.0, to=0.0), 0.0, rd.Brownian(1e-12), rd.Level(1.0))
    samples = rd.simulate(quiet, 20_000, rng=seed, max_time=1.0)
    assert np.all(samples.censored)
    assert abs(z(samples.resets, 10.0)) < 4
    assert abs(np.var(samples.resets) / 10.0 - 1) < 4 * sqrt(2.1 / 20_000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n=0"),
        ({"dt": -1.0}, "dt=-1"),
        ({"dt": float("nan")}, "dt=nan"),
        ({"max_time": 0.0}, "max_time=0"),
        ({"max_time": float("nan")}, "max_time=nan"),
        ({"workers": 0}, "workers=0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        rd.simulate(search(rd.Poisson(1.0)), **arguments)


def test_a_function_that_does_not_compile_is_named():
    target = rd.Sublevel(lambda x: eval("x[0]"), -1.0)
    problem = rd.FirstPassage(rd.Brownian(1.0, dim=2), [1.0, 0.0], target, rd.Poisson(1.0))
    with pytest.raises(ValueError, match="compile"):
        rd.simulate(problem, dt=1e-2)


def test_a_run_that_would_never_end_says_so(monkeypatch, seed):
    monkeypatch.setattr("resetdyn.simulation.paths.BUDGET", 100_000)
    with pytest.raises(ValueError, match="max_time"):
        rd.simulate(search(rd.Sharp(1e-4)), 10, rng=seed)
