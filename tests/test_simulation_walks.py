"""Random walks and run-and-tumble motion: exact samplers against exact theory and closed forms."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from tests import naive_simulators as naive
from tests import wrong_simulators as wrong

N = 20_000
SIMPLE = rd.RandomWalk([-1, 1])
WIDE = rd.RandomWalk({-2: 0.3, -1: 0.1, 0: 0.1, 1: 0.3, 3: 0.2})
TUMBLER = rd.RunAndTumble(speed=1.5, tumble_rate=2.0)


def walk(reset, process=SIMPLE, start=3.0, target=rd.Level(0.0)):  # noqa: B008
    return rd.FirstPassage(process, start, target, reset)


def tumble(reset, start=1.0, target=rd.Level(0.0)):  # noqa: B008
    return rd.FirstPassage(TUMBLER, start, target, reset)


def z(values, exact):
    return (np.mean(values) - exact) / (np.std(values, ddof=1) / sqrt(len(values)))


@pytest.mark.parametrize("ties", ["reset", "process"])
@pytest.mark.parametrize(
    ("process", "start", "level", "p", "to"),
    [
        (SIMPLE, 3.0, 0.0, 0.1, None),
        (SIMPLE, 1.0, 0.0, 0.4, 2.0),
        (WIDE, 3.0, 0.0, 0.1, 2.0),
        (WIDE, -4.0, 2.0, 0.05, None),
    ],
)
def test_walks_hold_to_the_exact_theory(process, start, level, p, to, ties, seed):
    problem = walk(rd.Geometric(p, to=to, ties=ties), process, start, rd.Level(level))
    exact, samples = rd.solve(problem), rd.simulate(problem, N, rng=seed)
    assert abs(z(samples.times, exact.mean)) < 4
    assert abs(z(samples.resets, exact.resets)) < 4
    for t in (3, 9):
        alive = exact.survival(t)
        assert abs(samples.survival(t) - alive) < 4 * sqrt(alive * (1 - alive) / N)


def test_the_wrong_winner_of_ties_is_rejected(seed):
    exact = rd.solve(walk(rd.Geometric(0.3, ties="process"))).mean
    assert abs(z(wrong.tied_walk(seed, N, 3, 0.3, True), exact)) < 4
    assert abs(z(wrong.tied_walk(seed, N, 3, 0.3, False), exact)) > 4


@pytest.mark.parametrize("ties", ["reset", "process"])
def test_a_continuous_walk_has_the_law_of_sparre_andersen(ties, seed):
    # From the level itself P(T > n) = binom(2 n, n) / 4^n, so that F = 1 - sqrt(1 - u) whatever the steps.
    p = 0.1
    mean = sqrt(p) / (p * (1 - sqrt(p))) * (1 if ties == "reset" else 1 - p)
    for start in (0.0, 1e-12):
        problem = walk(rd.Geometric(p, ties=ties), rd.RandomWalk(stats.laplace()), start)
        assert abs(z(rd.simulate(problem, N, rng=seed).times, mean)) < 4


def test_sharp_resets_of_a_walk_lose_ties(seed):
    # Renewal, with the hit at the step of the reset counting: sum of S(n), n < m, over 1 - S(m).
    period, alive = 8, naive.walk_survival(SIMPLE.steps, 3, 8)
    times = rd.simulate(walk(rd.Sharp(period)), N, rng=seed).times
    assert abs(z(times, alive[:period].sum() / (1 - alive[period]))) < 4


def test_the_gamblers_ruin(seed):
    samples = rd.simulate(walk(rd.NoReset(), target=rd.Interval(0.0, 10.0)), N, rng=seed)
    assert abs(z(samples.times, 3 * 7)) < 4
    assert abs((samples.ends == 0).mean() - 0.7) < 4 * sqrt(0.21 / N)


def test_pauses_and_random_places_of_a_walk(seed):
    plain, paused = walk(rd.Geometric(0.1)), walk(rd.Geometric(0.1, refractory=2.0))
    samples = rd.simulate(paused, N, rng=seed)
    assert abs(z(samples.times - 2 * samples.resets, rd.solve(plain).mean)) < 4
    # A place that is 3 for sure, but as a law.
    at_random = rd.simulate(walk(rd.Geometric(0.1, to=stats.randint(3, 4))), N, rng=seed)
    assert abs(z(at_random.times, rd.solve(plain).mean)) < 4


def test_the_steady_state_of_a_walk(seed):
    # After a geometric number of steps k: variance <k>, kurtosis from <x^4> = <3 k^2 - 2 k>.
    p = 0.2
    samples = rd.simulate(rd.SteadyState(SIMPLE, rd.Geometric(p, to=1.0)), N, rng=seed).samples - 1
    k, k2 = (1 - p) / p, (1 - p) * (2 - p) / p**2
    assert abs(z(samples**2, k)) < 4
    assert abs(z(samples**4, 3 * k2 - 2 * k)) < 4


def test_max_time_counts_steps(seed):
    samples = rd.simulate(walk(rd.Geometric(0.1)), N, rng=seed, max_time=5)
    alive = rd.solve(walk(rd.Geometric(0.1))).survival(5)
    assert abs(samples.censored.mean() - alive) < 4 * sqrt(alive * (1 - alive) / N)
    assert np.all(samples.times[samples.censored] == 5)


@pytest.mark.parametrize(
    "reset",
    [
        rd.Poisson(1.0),
        rd.Poisson(1.0, to=0.5, refractory=0.2),
        rd.Poisson(1.0, to=stats.norm(1.0, 1.0)),
        rd.Sharp(1.5),
        rd.Renewal(stats.gamma(2, scale=0.5)),
    ],
)
def test_tumbles_hold_to_the_exact_theory(reset, seed):
    samples = rd.simulate(tumble(reset), N, rng=seed)
    assert abs(z(samples.times, rd.solve(tumble(reset)).mean)) < 4


def test_tumbles_without_resetting_have_the_exact_survival(seed):
    samples = rd.simulate(tumble(rd.NoReset()), N, rng=seed, max_time=20.0)
    exact = rd.solve(tumble(rd.NoReset()))
    for t in (0.7, 1.0, 5.0):
        alive = exact.survival(t)
        assert abs(samples.survival(t) - alive) < 4 * sqrt(alive * (1 - alive) / N)
    assert samples.times.min() == pytest.approx(1 / 1.5)


def test_tumbles_leave_an_interval(seed):
    # The backward equations give <T> = g x (L - x) / v^2 + L / (2 v).
    samples = rd.simulate(tumble(rd.NoReset(), 0.6, rd.Interval(0.0, 2.0)), N, rng=seed)
    assert abs(z(samples.times, 2.0 * 0.6 * 1.4 / 1.5**2 + 2.0 / 3.0)) < 4


@pytest.mark.parametrize(
    "reset",
    [
        rd.Poisson(1.0, to=0.5),
        rd.Sharp(1.0, to=0.5, refractory=0.3),
        rd.Renewal(stats.gamma(2, scale=0.5), to=0.5),
    ],
)
def test_steady_states_of_tumbles_hold_to_the_exact_theory(reset, seed):
    state = rd.SteadyState(TUMBLER, reset)
    exact, samples = rd.solve(state), rd.simulate(state, N, rng=seed).samples
    assert abs(z(samples, exact.mean)) < 4
    assert abs(z((samples - exact.mean) ** 2, exact.cov)) < 4


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (walk(rd.Geometric(0.1), target=rd.Ball(0.0, 1.0)), "may jump over it"),
        (rd.SteadyState(SIMPLE, rd.Sharp(5.0, to=0.0)), "give rd.Geometric"),
        (rd.SteadyState(SIMPLE, rd.Geometric(0.1, to=rd.Partial(0.5))), "no sampler of such a steady state"),
        (rd.SteadyState(TUMBLER, rd.RateField("1 + x**2", to=0.0)), "rate of the position"),
        (tumble(rd.RateField("x**2")), "no sampler that knows"),
    ],
)
def test_what_cannot_be_sampled_is_named(problem, message):
    with pytest.raises(ValueError, match=message):
        rd.simulate(problem, 10)


@pytest.mark.parametrize("problem", [walk(rd.Geometric(0.1)), tumble(rd.Poisson(1.0))])
def test_workers_do_not_change_a_bit(problem, seed):
    one, two = (rd.simulate(problem, 9000, rng=seed, workers=w).times for w in (1, 2))
    assert np.array_equal(one, two)


def test_a_period_beyond_all_steps_is_never():
    walk_ = walk(rd.Sharp(1e20), WIDE, 3.0)
    assert rd.simulate(walk_, 100, rng=1, max_time=1000).resets.sum() == 0
    sgd = rd.QuadraticSGD(1.0, 0.0, 1.0, learning_rate=0.1, batch_size=1)
    assert rd.simulate(rd.FirstPassage(sgd, 1.0, rd.Level(0.0), rd.Sharp(1e20)), 100, rng=1).resets.sum() == 0
