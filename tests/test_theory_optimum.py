"""Optimal rates: roots of exact slopes, global, and in closed form where there is one."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import resetdyn as rd

LEVEL = rd.Level(0.0)


def _mean(problem, rate):
    reset = rd.Poisson(rate, to=problem.reset.to)
    return rd.solve(rd.FirstPassage(problem.process, problem.start, problem.target, reset)).mean


@pytest.mark.parametrize(
    "problem",
    [
        rd.FirstPassage(rd.Brownian(1.0, drift=-0.5), 1.0, LEVEL, rd.Poisson(9.0, to=0.4)),
        rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, rd.NoReset(to=-2.0)),
        rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 2.0, 0.5), 1.0, LEVEL),
        rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 2.0, 0.5), 1.0, LEVEL, rd.NoReset(to=0.5)),
        rd.FirstPassage(rd.Brownian(1.0, drift=3.0), 0.1, rd.Interval(0.0, 1.0)),
    ],
    ids=str,
)
def test_no_rate_is_better(problem):
    best = rd.optimal_reset(problem)
    assert best.rate > 0
    assert best.error < 1e-8 * best.rate
    assert _mean(problem, best.rate) == pytest.approx(best.mean, rel=1e-12)
    assert all(_mean(problem, r) >= best.mean for r in np.geomspace(1e-4, 1e4, 81) * best.rate)
    found = minimize_scalar(
        lambda u: np.log(_mean(problem, np.exp(u))), np.log(best.rate) + np.array([-1.0, 0.1, 1.0])
    )
    assert np.exp(found.x) == pytest.approx(best.rate, rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(pe=st.floats(-20, 0.99), distance=st.floats(0.1, 10), diffusion=st.floats(0.1, 10))
def test_fluctuation_is_one_at_the_optimum(pe, distance, diffusion):
    process = rd.Brownian(diffusion, drift=-2 * pe * diffusion / distance)
    best = rd.optimal_reset(rd.FirstPassage(process, distance, LEVEL))
    assert rd.solve(rd.FirstPassage(process, distance, LEVEL, rd.Poisson(best.rate))).cv == pytest.approx(
        1.0, abs=1e-9
    )


def test_resetting_may_help_although_the_fluctuation_is_small():
    problem = rd.FirstPassage(rd.Brownian(1.0, drift=3.0), 0.2, rd.Interval(0.0, 1.0))
    verdict, best = rd.reset_helps(problem), rd.optimal_reset(problem)
    assert verdict.cv < 1
    assert verdict.slope > 0
    assert verdict.transition_order == 1
    assert verdict.helps
    assert best.speedup > 1
    assert _mean(problem, best.rate) < rd.solve(problem).mean


def test_resetting_to_where_the_target_is_missed():
    problem = rd.FirstPassage(rd.Brownian(1.0, drift=-1.0), 1.0, LEVEL, rd.NoReset(to=-1.0))
    verdict = rd.reset_helps(problem)
    assert not verdict.helps
    assert verdict.slope == np.inf
    assert rd.optimal_reset(problem).rate == 0


def test_what_no_theory_knows_is_refused():
    for verb in (rd.optimal_reset, rd.reset_helps):
        with pytest.raises(TypeError, match=r"give rd\.FirstPassage"):
            verb(rd.Brownian(1.0))
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            verb(
                rd.FirstPassage(
                    rd.Brownian(1.0, dim=2),
                    [1.0, 1.0],
                    rd.Sublevel(rd.Quadratic(np.diag([1.0, 2.0]), [0.0, 0.0]), 0.5),
                )
            )


def model(checkpoint, covariance=0.1):
    return rd.LabelNoiseQuadratic(
        hessian=1.0, clean_optimum=0.0, wrong_optimum=2.0, noise_rate=0.25, learning_rate=0.1,
        batch_size=10, initial=-1.0, checkpoint=checkpoint, gradient_covariance=covariance,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(checkpoint=st.floats(-3, 3), covariance=st.floats(0.01, 300.0))
def test_risk_optimum_in_one_dimension(checkpoint, covariance):
    subject = model(checkpoint, covariance)
    k, D, shift, away = 1.0, subject.diffusion, 0.5, checkpoint - 0.5
    low, high = away * (away + 4 * shift), away * (away + shift)
    assume(all(abs(D / k - edge) > 1e-3 * D for edge in (low, high, away * (away + 2 * shift))))
    best = rd.optimal_reset(subject)
    if low < D / k < high:
        numerator = D - k * away * (away + 2 * shift) + np.sqrt(k * shift * away * (D - k * away**2))
        assert best.rate == pytest.approx(k * numerator / (k * away * (away + shift) - D), rel=1e-8)
    elif D / k > max(low, high):
        assert best.rate == np.inf
    rates = np.concatenate([[0.0], np.geomspace(1e-4, 1e4, 60), [np.inf]])
    assert best.risk <= subject.steady_risk(rates).min() * (1 + 1e-14)


def test_early_stopping_checkpoint_is_best_kept():
    assert rd.optimal_reset(model(None)).rate == np.inf


def test_risk_optimum_in_many_dimensions(rng):
    for _ in range(5):
        A = rng.normal(size=(4, 4))
        subject = rd.LabelNoiseQuadratic(
            hessian=A @ A.T + 0.1 * np.eye(4), clean_optimum=np.zeros(4), wrong_optimum=rng.normal(size=4),
            noise_rate=0.4, learning_rate=0.05, batch_size=4, checkpoint=rng.normal(size=4),
            gradient_covariance=np.eye(4),
        )  # fmt: skip
        best = rd.optimal_reset(subject)
        rates = np.concatenate([[0.0], np.geomspace(1e-4, 1e4, 300), [np.inf]])
        assert best.risk <= subject.steady_risk(rates).min() * (1 + 1e-13)
        assert best.risk_ratio == pytest.approx(subject.steady_risk(0.0) / best.risk)
