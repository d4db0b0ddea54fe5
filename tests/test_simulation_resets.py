"""First passage under waits of any law, random places, pauses, journeys back and rates of the position."""

from math import exp, sqrt

import numpy as np
import pytest
from numba import njit
from scipy import stats

import resetdyn as rd
from resetdyn.simulation import quantiles
from resetdyn.simulation.ages import age_quantiles
from resetdyn.simulation.streams import chunks
from tests import naive_simulators as naive
from tests import wrong_simulators as wrong

N = 20_000
BROWNIAN = rd.Brownian(1.0)
OU = rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0)
GAMMA = stats.gamma(2, scale=0.25)
TWO_BLOCKS = stats.rv_histogram((np.array([1, 0, 2]), np.arange(4.0)))


def search(reset, process=BROWNIAN, start=1.0, target=rd.Level(0.0)):  # noqa: B008
    return rd.FirstPassage(process, start, target, reset)


def in_interval(reset, start=0.4, drift=0.5):
    return search(reset, rd.Brownian(1.0, drift=drift), start, rd.Interval(0.0, 1.0))


def z(times, exact):
    return (np.mean(times) - exact) / (np.std(times, ddof=1) / sqrt(len(times)))


@njit
def draws(state, law, n):
    values = np.empty(n)
    for i in range(n):
        values[i] = quantiles.draw(state, law)
    return values


LAWS = [
    GAMMA,
    stats.gamma(0.1),
    stats.pareto(0.5),
    stats.lognorm(2.0),
    stats.weibull_min(0.3),
    stats.uniform(1.0, 1.0),
    stats.norm(0.5, 2.0),
    stats.cauchy(),
    stats.beta(0.3, 0.2),
    TWO_BLOCKS,
]


@pytest.mark.parametrize("law", LAWS)
def test_draws_have_the_law_and_its_table_is_right_to_a_millionth(law, seed):
    table = quantiles.quantiles_of(law)
    values = draws(chunks(seed, 1)[0].state, table, 5 * N)
    assert stats.kstest(values, law.cdf).pvalue > 1e-4
    e = np.random.default_rng(seed).exponential(size=5000)
    split = 1 + int(np.argmin(np.diff(table.starts)))  # where the upper half begins
    for half, exact in ((slice(0, split), law.ppf), (slice(split, None), law.isf)):
        k = np.searchsorted(table.starts[half], e, side="right") - 1
        t = e - table.starts[half][k]
        found = np.sum(table.cubics[half][k] * t[:, None] ** np.arange(4), axis=1)
        truth = exact(np.exp(-e) / 2)
        spread = law.ppf(0.75) - law.ppf(0.25)
        assert np.max(np.abs(found - truth) / (np.abs(truth) + 1e-3 * spread)) < 1e-6


def test_atoms_are_drawn_as_atoms(seed):
    law = stats.randint(1, 4)
    values = draws(chunks(seed, 1)[0].state, quantiles.quantiles_of(law), N)
    assert set(values) == {1.0, 2.0, 3.0}
    assert stats.chisquare(np.unique(values, return_counts=True)[1]).pvalue > 1e-4


def test_ages_have_the_law_of_equilibrium(seed):
    # Density S(t) / <R>: for the Lomax law of exponent 3/2 again a Lomax law, of exponent 1/2.
    values = draws(chunks(seed, 1)[0].state, age_quantiles(stats.lomax(1.5)), 5 * N)
    assert stats.kstest(values, stats.lomax(0.5).cdf).pvalue > 1e-4
    waits = draws(chunks(seed, 1)[0].state, quantiles.quantiles_of(stats.lomax(1.5)), 5 * N)
    assert stats.kstest(waits, stats.lomax(0.5).cdf).pvalue < 1e-9


@pytest.mark.parametrize(
    "problem",
    [
        search(rd.Renewal(GAMMA)),
        search(rd.Renewal(GAMMA), OU, 2.0, rd.Level(1.0)),
        search(rd.Renewal(stats.pareto(2.5, scale=0.4))),
        search(rd.Renewal(stats.randint(1, 4))),
        in_interval(rd.Renewal(stats.weibull_min(0.7, scale=0.3))),
        search(
            rd.Renewal(GAMMA), rd.Brownian(1.0, dim=2), [1.0, 0.0], rd.Ball([0.0, 0.0], 0.5)
        ),
        search(rd.Poisson(1.0, to=stats.norm(0.5, 1.0))),
        search(rd.Poisson(1.0, to=stats.norm(0.5, 1.0)), OU),
        in_interval(rd.Poisson(3.0, to=stats.uniform(0.0, 1.0))),
        in_interval(rd.Poisson(3.0, to=stats.norm(0.5, 1.0))),
        search(rd.Poisson(2.0, refractory=0.3)),
        search(rd.Sharp(0.7, refractory=stats.expon(scale=0.2)), OU),
        in_interval(rd.Renewal(GAMMA, refractory=stats.gamma(3, scale=0.1))),
        search(rd.Poisson(2.0, return_speed=3.0), rd.Brownian(1.0, drift=0.3)),
        search(rd.Poisson(2.0, to=0.6, return_speed=3.0, refractory=0.1)),
        search(rd.RateField("2*Heaviside(-x)"), BROWNIAN, 0.0, rd.Level(1.0)),
        search(rd.RateField("x**2", refractory=0.2)),
        search(rd.RateField("abs(x) + x**2/2", to=0.5), OU),
        in_interval(rd.RateField("20*x*(1 - x)")),
    ],
)  # fmt: skip
def test_means_hold_to_the_exact_theory(problem, seed):
    samples = rd.simulate(problem, N // (10 if problem.process.dim > 1 else 1), rng=seed)
    assert abs(z(samples.times, rd.solve(problem).mean)) < 4
    assert not samples.lower_bound


def test_the_ends_of_an_interval(seed):
    # Pauses change no end; places that are symmetric about the middle favour none.
    paused = rd.simulate(in_interval(rd.Poisson(3.0, refractory=0.4)), N, rng=seed).ends
    low = rd.solve(in_interval(rd.Poisson(3.0))).ends[0]
    assert abs((paused == 0).mean() - low) < 4 * sqrt(low * (1 - low) / N)
    symmetric = in_interval(rd.Poisson(9.0, to=stats.norm(0.5, 0.3)), 0.5, 0.0)
    assert abs((rd.simulate(symmetric, N, rng=seed).ends == 0).mean() - 0.5) < 4 * sqrt(0.25 / N)


def test_all_at_once_against_a_plain_oracle(seed, rng):
    reset = rd.Renewal(
        stats.lognorm(1.0, scale=0.5),
        to=stats.norm(1.0, 0.6),
        refractory=stats.expon(scale=0.3),
        return_speed=2.0,
    )
    samples = rd.simulate(search(reset, rd.Brownian(0.7, drift=0.2)), N, rng=seed)
    times, resets = naive.costly_search(rng, N, 1.0, 0.2, 0.7, reset)
    assert stats.ks_2samp(samples.times, times).pvalue > 1e-4
    assert stats.ks_2samp(samples.resets, resets).pvalue > 1e-4


def test_the_number_of_resets_under_pauses(seed):
    pause, rate = 0.5, 2.0
    samples = rd.simulate(search(rd.Poisson(rate, refractory=pause)), N, rng=seed)
    # Resets come at the rate while the state moves (Wald), and each adds its pause.
    assert abs(z(samples.resets - rate * (samples.times - pause * samples.resets), 0.0)) < 4


def test_a_path_is_given_up_during_a_pause(seed):
    samples = rd.simulate(search(rd.Sharp(0.5, refractory=1.0), start=50.0), N, rng=seed, max_time=1.25)
    assert np.all(samples.censored)
    assert np.all(samples.times == 1.25)
    assert np.all(samples.resets == 1)


def test_a_journey_in_space_takes_the_distance_over_the_speed(seed):
    # Towards a half-space across an anisotropic noise: fast journeys are jumps, slow ones take their time.
    process = rd.Brownian(np.array([[1.0, 0.3], [0.3, 2.0]]), drift=[0.1, 0.2])
    target = rd.HalfSpace([1.0, 1.0], 0.0)
    jump = search(rd.Poisson(1.0), process, [1.0, 1.0], target)
    fast, slow = (search(rd.Poisson(1.0, return_speed=v), process, [1.0, 1.0], target) for v in (1e9, 2.0))
    exact = rd.simulate(jump, N, rng=seed)
    for problem in (jump, fast):
        times = rd.simulate(problem, N, rng=seed + 1).times
        assert abs(np.mean(times) - exact.mean) < 4 * sqrt(2) * exact.error
    rng = np.random.default_rng(seed)
    oracle = naive.journeys_in_the_plane(rng, N, 2.0)
    assert stats.ks_2samp(rd.simulate(slow, N, rng=seed).times, oracle).pvalue > 1e-4


def test_a_clock_that_runs_on_during_the_pause_is_rejected(seed):
    exact = rd.solve(search(rd.Poisson(2.0, refractory=0.3))).mean
    assert abs(z(wrong.pause(seed, N, 2.0, 0.3, True), exact)) < 4
    assert abs(z(wrong.pause(seed, N, 2.0, 0.3, False), exact)) > 4


def test_a_rate_without_its_peaks_is_rejected_and_one_above_the_bound_stops_the_run(monkeypatch, seed):
    problem = search(rd.RateField("4*x**2"))
    assert abs(z(rd.simulate(problem, N, rng=seed).times, rd.solve(problem).mean)) < 4
    cut = search(rd.RateField("Min(4*x**2, 4)"))
    assert abs(z(rd.simulate(cut, N, rng=seed).times, rd.solve(problem).mean)) > 4
    monkeypatch.setattr("resetdyn.simulation.rate_field._MARGIN", 1e-2)
    with pytest.raises(ValueError, match="rate: a path met"):
        rd.simulate(problem, N, rng=seed)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (search(rd.RateField("1/(x - 2)**2")), "infinite or negative within reach of 1"),
        (search(rd.RateField("Heaviside(-x - 1)")), "0 wherever paths go"),
        (search(rd.RateField("2 - x")), "infinite or negative within reach of 1"),
        (
            search(rd.RateField("1"), target=rd.Sublevel(lambda x: x * x, 0.25)),
            "no sampler that knows when the next reset comes",
        ),
        (
            search(rd.Geometric(0.1, refractory=0.5), rd.QuadraticSGD(1.0, 0.0, 0.1, 1.0, 1)),
            "refractory=0.5",
        ),
    ],
)
def test_what_cannot_be_sampled_is_named(problem, message):
    with pytest.raises(ValueError, match=message):
        rd.simulate(problem, 10, dt=1e-2)


def test_a_rate_of_zero_is_no_resetting(seed):
    for problem in (search(rd.RateField("0*x")), in_interval(rd.RateField("0*x"))):
        process, target = problem.process, problem.target
        alone = rd.FirstPassage(process, problem.start, target)
        times = [rd.simulate(p, 1000, rng=seed, max_time=3.0).times for p in (problem, alone)]
        assert np.array_equal(*times)


def test_workers_do_not_change_a_bit(seed):
    problem = in_interval(rd.RateField("20*x*(1 - x)", refractory=stats.expon(), to=stats.uniform(0.1, 0.8)))
    one, two = (rd.simulate(problem, 9000, rng=seed, workers=w) for w in (1, 2))
    assert np.array_equal(one.times, two.times)
    assert np.array_equal(one.resets, two.resets)


def test_a_law_of_waits_that_is_exponential_is_poisson(published, seed):
    # (e^sqrt(r / D) - 1) / r at r = D = 1.
    times = rd.simulate(search(rd.Renewal(stats.expon())), 5 * N, rng=seed).times
    assert abs(z(times, published("em2011.mfpt.D1.x1.r1"))) < 4
    assert published("em2011.mfpt.D1.x1.r1") == pytest.approx(exp(1) - 1)
