"""What must hold of samples of random problems: theory, mirrors, units, workers, and measured times."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import stats

import resetdyn as rd
from resetdyn.simulation.streams import CHUNK
from tests.test_theory_properties import rates, rescaled, searches, signed, sizes

few = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
N = 8000


def z_of(samples, exact):
    return (samples.mean - exact) / samples.error


@st.composite
def linear(draw, resets=("Poisson", "Sharp")):
    """Draw a search of a linear process under resets, in the box or mirrored."""
    problem = draw(searches(resets=resets))
    assume(not isinstance(problem.process, rd.Langevin))  # each formula would be compiled
    return rescaled(problem, draw(st.sampled_from([1.0, -1.0])), 1.0)


@st.composite
def any_linear(draw):
    """Draw a search with any law of waits, random places or pauses, where the mean is not too long."""
    problem = draw(linear())
    scale = 1 / draw(rates)
    reset = draw(
        st.sampled_from(
            [
                problem.reset,
                rd.Renewal(stats.gamma(2, scale=scale), to=problem.reset_to),
                replace(problem.reset, refractory=0.2),
                replace(problem.reset, refractory=stats.expon(scale=0.2)),
            ]
        )
    )
    return replace(problem, reset=reset)


@few
@given(any_linear())
def test_samples_hold_to_the_theory(seed, problem):
    exact = rd.solve(problem)
    assume(exact.mean < 50)
    samples = rd.simulate(problem, N, rng=seed)
    assert abs(z_of(samples, exact.mean)) < 4
    if exact.resets > 0.05:  # else a few paths, or none, carry the mean
        spread = np.std(samples.resets, ddof=1) / np.sqrt(N)
        assert abs(np.mean(samples.resets) - exact.resets) < 4 * spread
    time = exact.mean
    alive = exact.survival(time)
    error = np.sqrt(alive * (1 - alive) / N)
    assert abs(np.mean(samples.times > time) - alive) < 4 * error


def test_the_wrong_theory_is_rejected(seed):
    problem = rd.FirstPassage(rd.Brownian(0.7, drift=0.4), -0.8, rd.Level(0.0), rd.Poisson(1.0))
    wrong = replace(problem, process=rd.Brownian(0.7, drift=-0.4))
    samples = rd.simulate(problem, N, rng=seed)
    assert abs(z_of(samples, rd.solve(problem).mean)) < 4
    assert abs(z_of(samples, rd.solve(wrong).mean)) > 6


@few
@given(sizes, signed, sizes, rates, st.sampled_from([rd.Poisson, rd.Sharp]))
def test_the_mirror_image_of_a_direct_search_is_the_same_to_the_bit(seed, D, drift, start, rate, kind):
    reset = kind(rate)
    ours = rd.FirstPassage(rd.Brownian(D, drift=drift), start, rd.Level(0.0), reset)
    theirs = rd.FirstPassage(rd.Brownian(D, drift=-drift), -start, rd.Level(0.0), reset)
    a, b = (rd.simulate(problem, 500, rng=seed, max_time=50.0) for problem in (ours, theirs))
    assert np.array_equal(a.times, b.times)
    assert np.array_equal(a.resets, b.resets)


@few
@given(linear(), st.integers(-3, 3), st.integers(-3, 3))
def test_units_that_are_powers_of_two_change_no_bit(seed, problem, length, time):
    # Such factors only move exponents, and sqrt(2 D h) has the length's.
    other = rescaled(problem, 2.0**length, 2.0**time)
    a = rd.simulate(problem, 300, rng=seed, max_time=20.0)
    b = rd.simulate(other, 300, rng=seed, max_time=20.0 * 2.0**time)
    assert np.array_equal(a.times * 2.0**time, b.times)
    assert np.array_equal(a.resets, b.resets)


@few
@given(linear(), st.integers(1, 3 * CHUNK), st.integers(2, 4))
def test_workers_change_no_bit(seed, problem, n, workers):
    def backwards(function, items):
        return [function(item) for item in list(items)[::-1]][::-1]

    alone = rd.simulate(problem, n, rng=seed, max_time=3.0)
    for chosen in (workers, backwards):
        shared = rd.simulate(problem, n, rng=seed, max_time=3.0, workers=chosen)
        assert np.array_equal(alone.times, shared.times)
        assert np.array_equal(alone.censored, shared.censored)
    # Fewer paths are the first of more.
    first = rd.simulate(problem, max(1, n - CHUNK), rng=seed, max_time=3.0)
    whole = CHUNK * ((n - CHUNK) // CHUNK) if n > CHUNK else 0
    assert np.array_equal(first.times[:whole], alone.times[:whole])


@few
@given(sizes, sizes, rates, st.integers(-4, 4))
def test_measured_times_have_no_order_and_no_unit(seed, shape, scale, rate, unit):
    times = stats.gamma(shape, scale=scale).rvs(200, random_state=np.random.default_rng(seed))
    factor = 2.0**unit
    for make in (rd.Poisson, lambda r: rd.Sharp(1 / r)):
        try:
            ours = rd.renewal_samples(times, make(rate))
        except ValueError:  # too few are that fast
            continue
        shuffled = rd.renewal_samples(times[::-1], make(rate))
        other = rd.renewal_samples(times * factor, make(rate / factor))
        assert shuffled.mean == pytest.approx(ours.mean, rel=1e-12)
        assert other.mean == pytest.approx(ours.mean * factor, rel=1e-12)
        assert other.error == pytest.approx(ours.error * factor, rel=1e-9)
    advice, other = rd.advise(times), rd.advise(times * factor)
    assert other.helps == advice.helps
    assert other.cv == pytest.approx(advice.cv, rel=1e-9)
    assert other.mean == pytest.approx(advice.mean * factor, rel=1e-6)


def test_what_ends_with_the_period_has_ended():
    # Of the times 1, 2 and 3, two end within the period of 2: (1 + 2 + 2) / 2 on average.
    times = np.array([1.0, 2.0, 3.0] * 40)
    assert rd.renewal_samples(times, rd.Sharp(2.0)).mean == pytest.approx(2.5, rel=1e-12)
    assert rd.reweight(times, [rd.Sharp(2.0)]).mean == pytest.approx([2.5], rel=1e-12)


@pytest.mark.parametrize("factor", [0.2, 0.8])
def test_partial_resets_along_paths_leave_their_factor(seed, factor):
    # At one half, what is left is what is taken.
    state = rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), rd.Poisson(1.0, to=rd.Partial(factor)))
    exact = rd.solve(state)
    late = rd.trajectories(state, np.array([0.0, 12.0]), n=N, rng=seed).states[:, -1]
    centred = (late - exact.mean) ** 2
    assert abs((late.mean() - exact.mean) / (late.std() / np.sqrt(N))) < 4
    assert abs((centred.mean() - exact.cov) / (centred.std() / np.sqrt(N))) < 4


@few
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.floats(0.02, 0.5),
    st.sampled_from(["reset", "process"]),
)
def test_walks_of_any_steps_hold_to_the_theory(seed, weights, p, ties):
    chances = np.array(weights) / np.sum(weights)
    steps = rd.RandomWalk(dict(zip([-1, 2, 0, -3, 1], chances.tolist(), strict=False)))
    problem = rd.FirstPassage(steps, 2, rd.Level(0), rd.Geometric(p, ties=ties))
    exact = rd.solve(problem)
    samples = rd.simulate(problem, N, rng=seed)
    assert abs(z_of(samples, exact.mean)) < 4
    alive = exact.survival(3)
    assert abs(np.mean(samples.times > 3) - alive) < 4 * np.sqrt(alive * (1 - alive) / N)
