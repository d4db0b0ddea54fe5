"""Steady states under partial resets, random places, pauses and waits of any law."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from tests import wrong_simulators as wrong

N = 20_000
OU = rd.OrnsteinUhlenbeck(1.0, 0.5, 1.0)
GAMMA = stats.gamma(2, scale=0.25)


def z(values, exact):
    return (np.mean(values) - exact) / (np.std(values, ddof=1) / sqrt(len(values)))


@pytest.mark.parametrize(
    "state",
    [
        rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.5, to=rd.Partial(0.6))),
        rd.SteadyState(rd.Brownian(1.0, drift=0.5), rd.Poisson(1.5, to=rd.Partial(0.9))),
        rd.SteadyState(OU, rd.Poisson(1.5, to=rd.Partial(0.6))),
        rd.SteadyState(OU, rd.Poisson(1.0, to=stats.norm(0.5, 1.0))),
        rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=stats.uniform(-1.0, 2.0), refractory=0.5)),
        rd.SteadyState(OU, rd.Sharp(1.0, to=1.5, refractory=stats.expon(scale=0.3))),
        rd.SteadyState(rd.Brownian(1.0, drift=1.0), rd.Renewal(GAMMA, to=1.0)),
        rd.SteadyState(OU, rd.Renewal(stats.pareto(1.5), to=2.0)),
        rd.SteadyState(OU, rd.Renewal(stats.weibull_min(0.4), to=2.0)),
        rd.SteadyState(OU, rd.Renewal(stats.randint(1, 4), to=2.0)),
    ],
)
def test_mean_and_variance_hold_to_the_exact_theory(state, seed):
    exact = rd.solve(state)
    samples = rd.simulate(state, N, rng=seed).samples
    assert abs(z(samples, exact.mean)) < 4
    assert abs(z((samples - exact.mean) ** 2, exact.cov)) < 4


@pytest.mark.parametrize(
    "state",
    [
        rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=1.0, return_speed=2.0, refractory=0.3)),
        rd.SteadyState(OU, rd.Poisson(1.0, to=1.0, return_speed=0.5)),
        rd.SteadyState(OU, rd.Renewal(GAMMA, to=2.0, return_speed=2.0)),
        rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 0.01), rd.Sharp(1.0, to=1.0, return_speed=2.0)),
        rd.SteadyState(rd.Brownian(1.0), rd.RateField("1 + x**2", to=1.0)),
        rd.SteadyState(OU, rd.RateField("x**2", to=1.0)),
    ],
)
def test_journeys_and_rates_of_the_position_hold_to_the_exact_theory(state, seed):
    exact = rd.solve(state)
    samples = rd.simulate(state, N, rng=seed).samples
    assert abs(z(samples, exact.mean)) < 4
    assert abs(z((samples - exact.mean) ** 2, exact.cov)) < 4


@pytest.mark.parametrize("slope", [0.4, 0.0])
def test_resets_some_way_hold_what_the_potential_does_not(slope, seed):
    reset = rd.Poisson(1.0, to=rd.Partial(0.4))
    exact = rd.solve(rd.SteadyState(rd.Brownian(0.5, drift=slope), reset))
    found = rd.simulate(rd.SteadyState(rd.Langevin(f"-{slope}*x", 0.5), reset), N, rng=seed)
    assert abs(found.mean - exact.mean) < 4 * found.error
    square, error = found.expect(lambda x: (x - exact.mean) ** 2)
    assert abs(square - exact.cov) < 4 * error


def test_a_process_seen_too_early_is_rejected(monkeypatch, seed):
    state = rd.SteadyState(rd.Brownian(1.0), rd.RateField("1 + x**2", to=1.0))
    exact = rd.solve(state).mean
    monkeypatch.setattr("resetdyn.simulation.watched._CYCLES", 0)
    assert abs(z(rd.simulate(state, N, rng=seed).samples, exact)) > 4


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (rd.SteadyState(OU, rd.Renewal(stats.pareto(1.5), to=1.0, return_speed=1.0)), "so rare at times"),
        (
            rd.SteadyState(OU, rd.Poisson(1.0, to=rd.Partial(0.5), return_speed=1.0)),
            "partial resets with journeys",
        ),
        (
            rd.SteadyState(OU, rd.RateField("1", to=rd.Partial(0.5))),
            "partial resets with rates of the position",
        ),
        (
            rd.SteadyState(
                rd.OrnsteinUhlenbeck(np.eye(2), [0.0, 0.0], 1.0),
                rd.Poisson(1.0, to=[1.0, 0.0], return_speed=1.0),
            ),
            "journeys back are sampled in one dimension, this one has 2; give return_speed=None",
        ),
        (rd.SteadyState(OU, rd.RateField("1/(x - 1)", to=0.0)), "infinite or negative"),
    ],
)
def test_what_cannot_be_sampled_is_named(state, message):
    with pytest.raises(ValueError, match=message):
        rd.simulate(state, 10)


def test_in_space(seed):
    process = rd.OrnsteinUhlenbeck([[2, 0.5], [0.5, 1]], [1.0, -0.3], np.array([[0.2, 0.05], [0.05, 0.3]]))
    state = rd.SteadyState(process, rd.Renewal(GAMMA, to=[1.0, 2.0]))
    exact, samples = rd.solve(state), rd.simulate(state, N, rng=seed)
    assert np.all(np.abs((samples.mean - exact.mean) / samples.error) < 4)
    products = np.prod(samples.samples - exact.mean, axis=1)
    assert abs(z(products, exact.cov[0, 1])) < 4


def test_partial_resets_in_space_go_component_by_component(seed):
    # Brownian motion with independent components: 2 D / (r (1 - a^2)) each.
    state = rd.SteadyState(rd.Brownian([[1.0, 0.0], [0.0, 2.0]]), rd.Poisson(1.5, to=rd.Partial(0.6)))
    samples = rd.simulate(state, N, rng=seed).samples
    for i, diffusion in enumerate((1.0, 2.0)):
        assert abs(z(samples[:, i] ** 2, 2 * diffusion / (1.5 * (1 - 0.36)))) < 4


@pytest.mark.parametrize("factor", [0.0, 0.5, 0.95])
def test_the_kurtosis_of_partial_resets(factor, seed):
    rate, diffusion = 2.0, 0.7
    state = rd.SteadyState(rd.Brownian(diffusion), rd.Poisson(rate, to=rd.Partial(factor)))
    samples = rd.simulate(state, N, rng=seed).samples
    variance = 2 * diffusion / (rate * (1 - factor**2))
    assert abs(z(samples**2, variance)) < 4
    # <x^4> / <x^2>^2 = 6 / (1 + a^2); the error of the ratio by the delta method.
    kurtosis = 6 / (1 + factor**2)
    assert abs(z(samples**4 - 2 * kurtosis * variance * samples**2, -kurtosis * variance**2)) < 4


def test_a_chain_that_is_too_short_is_rejected(monkeypatch, seed):
    state = rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=rd.Partial(0.9)))
    exact = 2 / (1 - 0.81)
    assert abs(z(rd.simulate(state, N, rng=seed).samples ** 2, exact)) < 4
    monkeypatch.setattr("resetdyn.simulation.steady._FORGOTTEN", 0.5)
    assert abs(z(rd.simulate(state, N, rng=seed).samples ** 2, exact)) > 4


def test_waits_taken_for_ages_are_rejected(seed):
    exact = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Renewal(GAMMA, to=0.0))).cov
    assert abs(z(wrong.renewal_state(seed, N, GAMMA, True) ** 2, exact)) < 4
    assert abs(z(wrong.renewal_state(seed, N, GAMMA, False) ** 2, exact)) > 4


def test_a_pause_keeps_the_state_where_the_reset_led(seed):
    samples = rd.simulate(rd.SteadyState(OU, rd.Poisson(2.0, to=1.5, refractory=0.5)), N, rng=seed).samples
    # The share <P> / (<R> + <P>) of the time.
    assert abs((samples == 1.5).mean() - 0.5) < 4 * sqrt(0.25 / N)


def test_workers_do_not_change_a_bit(seed):
    state = rd.SteadyState(OU, rd.Renewal(GAMMA, to=rd.Partial(0.5)))
    one, two = (rd.simulate(state, 9000, rng=seed, workers=w).samples for w in (1, 2))
    assert np.array_equal(one, two)
