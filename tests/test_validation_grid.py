"""The many regimes that exact theory is held to: what they cover, and what measures them."""

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.theory.learning.moments import transient
from validation.theory.grid import EACH, LEVELS, PACES, SERIES, design, followed, series, together
from validation.theory.optimum import ALWAYS, FINITE, GRID, NEVER, best_probability, bottom
from validation.theory.paths import chain_risks, reset_risks
from validation.theory.regimes import SAMPLES, TASKS, Regime, data


def test_the_design_covers_a_hundred_regimes_and_every_level_evenly():
    regimes = design()
    assert regimes == design()
    assert len(set(regimes)) == len(regimes) >= 100
    for task in TASKS:
        assert sum(regime.task == task for regime in regimes) == EACH
    assert 10 <= len(followed()) < len(regimes)
    for name, values in LEVELS.items():
        counts = [sum(getattr(regime, name) == value for regime in regimes) for value in values]
        assert min(counts) > 0.6 * len(regimes) / len(values)
    for regime in regimes:  # a corruption that does not exist would make two kinds of noise the same
        _, clean, noisy = data(regime.task, regime.noise, regime.noise_rate)
        assert np.sum(clean != noisy) == round(regime.noise_rate * len(clean))
        assert len(clean) <= SAMPLES


@pytest.mark.parametrize("task", SERIES, ids=str)
def test_a_series_keeps_the_reset_rate_and_its_excess_vanishes_with_the_learning_rate(task):
    regimes = series(task)
    rates = [regime.probability / regime.learning_rate for regime in regimes]
    assert rates == pytest.approx([rates[0]] * len(PACES))
    excess = [regime.exact() / regime.langevin() - 1 for regime in series(task, (0.001, 0.002, 0.3))]
    assert excess[1] / excess[0] == pytest.approx(2, rel=0.15)  # of first order
    assert excess[2] > 100 * excess[0] > 0


def test_chi_square_sees_many_small_errors(rng):
    scores = rng.normal(size=120)
    assert together(scores).holds
    assert not together(1.5 * np.sign(scores) * np.maximum(np.abs(scores), 1)).holds


def test_reset_risks_average_over_the_age_of_the_last_reset(rng):
    regime = Regime(TASKS[5], stopped=0.1)
    model, p, steps = regime.model, np.array([0.05, 0.3, 1.0]), 200
    risks = reset_risks(regime.sgd, model.checkpoint, model.clean_risk, p, steps, 2000, rng)
    exact = np.array([regime.exact(q) for q in p])
    assert risks[:, 2] == pytest.approx(exact[2], rel=1e-12)  # every step is a reset
    z = (risks.mean(axis=0) - exact)[:2] / (risks.std(axis=0)[:2] / np.sqrt(len(risks)))
    assert np.abs(z).max() < 4


def test_resets_that_happen_one_by_one_give_the_same_steady_state(rng):
    regime = Regime(TASKS[5], noise_rate=0.2, stopped=0.0, pace=0.4)
    model = regime.model

    def risks(p, runs):
        return chain_risks(regime.sgd, model.checkpoint, model.clean_risk, p, 100, runs, rng)

    found = risks(0.1, 1500)
    error = found.std() / np.sqrt(len(found))
    assert abs(found.mean() - regime.exact(0.1)) < 4 * error
    before = (regime.exact(0.1) - 0.1 * regime.exact(1.0)) / 0.9  # looked at before each reset decision
    assert abs(found.mean() - before) > 4 * error
    assert risks(1.0, 3) == pytest.approx(regime.exact(1.0), rel=1e-12)


def test_ages_beyond_the_end_count_as_the_end(rng):
    regime = Regime(TASKS[5], stopped=0.0)
    model = regime.model
    risks = reset_risks(regime.sgd, model.checkpoint, model.clean_risk, [0.0], 20, 2000, rng)[:, 0]
    means, covariances = transient(regime.sgd, model.checkpoint, [20])
    exact = model.clean_risk.expect(means[0], covariances[0])
    assert abs((risks.mean() - exact) / (risks.std() / np.sqrt(len(risks)))) < 4


def test_bottom_of_a_cubic():
    x = np.linspace(-1, 2, 9)
    curves = np.stack([(x - 0.5) ** 2, (x - 0.2) ** 2 + 0.1 * x**3])
    assert bottom(x, curves) == pytest.approx([0.5, np.roots([0.3, 2, -0.4]).max()])
    assert np.isnan(bottom(x, x + x**3))  # rises all the way


@pytest.mark.parametrize("regime", [FINITE[0], FINITE[6]], ids=str)
def test_a_finite_best_probability_is_a_minimum(regime):
    best = best_probability(regime)
    assert 0 < best < 1
    others = (0.0, 0.8 * best, 1.25 * best, 1.0)
    assert regime.exact(best) < min(regime.exact(p) for p in others)


def test_ends_where_resetting_cannot_help():
    assert [best_probability(regime) for regime in NEVER] == [0.0] * len(NEVER)
    assert [best_probability(regime) for regime in ALWAYS] == [1.0] * len(ALWAYS)
    assert GRID[0] == 0
    assert GRID[-1] == 1
    still = ALWAYS[0]
    assert still.exact(1.0) == pytest.approx(still.model.clean_risk(still.model.checkpoint), rel=1e-12)


def test_a_regime_is_what_it_says():
    regime = Regime(TASKS[0], noise="instance", noise_rate=0.3, pace=0.2, batch_size=4, stopped=0.5)
    limit = rd.stability_limit(regime.sgd)
    assert regime.learning_rate == pytest.approx(0.2 * limit)
    model = regime.model
    assert model.noise_rate == pytest.approx(0.3, abs=0.5 / SAMPLES)
    np.testing.assert_allclose(model.checkpoint, model.flow(0.5 * model.early_stopping.time))
    clean = regime.but(noise_rate=0.0)
    assert clean.model.early_stopping.time == np.inf
    assert np.all(np.isfinite(clean.model.checkpoint))
    assert "instance 0.3" in str(regime)
    assert "permuted" in str(Regime(TASKS[7]))
