"""Optimal rates: roots of exact slopes, global, and in closed form where there is one."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

import resetdyn as rd
from benchmarks import accuracy_optima

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


@pytest.mark.parametrize("form", accuracy_optima.FORMS)
def test_optimal_rates_in_high_precision(form):
    """The rate is right to 1e-8, and its error is not beyond what is said; a command checks 2,000 sets."""
    found = accuracy_optima.check(form, range(17))
    assert found.rate.max() < accuracy_optima.LIMIT
    assert found.log_mean.max() < 1e-12
    assert found.stated.max() < 1e-5
    assert found.covered == 1


def test_every_rate_is_worse_with_costs_and_random_places():
    for reset in (
        rd.Poisson(1.0, refractory=0.5),
        rd.Poisson(1.0, refractory=stats.gamma(2.0), to=0.7),
        rd.Poisson(1.0, return_speed=2.0),
        rd.Poisson(1.0, to=stats.uniform(0.5, 1.0)),
    ):
        problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, reset)
        best = rd.optimal_reset(problem)
        assert best.error < 1e-8 * best.rate
        assert rd.solve(rd.FirstPassage(problem.process, 1.0, LEVEL, best.reset)).mean == pytest.approx(
            best.mean
        )

        def mean(rate, shared=reset):
            again = rd.Poisson(
                rate, to=shared.to, refractory=shared.refractory, return_speed=shared.return_speed
            )
            return rd.solve(rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, again)).mean

        assert all(mean(best.rate * f) > best.mean for f in (0.01, 0.5, 0.99, 1.01, 2.0, 100.0))
        step = 1e-3
        slope = (mean(best.rate * (1 + step)) - mean(best.rate * (1 - step))) / (2 * step * best.mean)
        assert abs(slope) < step**2


def test_pauses_move_the_optimum():
    """Diffusion with a pause `c`: the rate solves ``1 / (1 + c r) = (z / 2) / (1 - e^-z)``, z^2 = r."""
    rates = []
    for pause in (0.0, 0.1, 1.0, 10.0, 1e6):
        reset = rd.Poisson(1.0, refractory=pause)
        best = rd.optimal_reset(rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, reset))
        r, z = best.rate, np.sqrt(best.rate)
        assert 1 / (1 + pause * r) == pytest.approx(-z / 2 / np.expm1(-z), rel=1e-12)
        rates.append(r)
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] * 1e6 == pytest.approx(1.0, rel=0.01)  # of (1 + c r) / sqrt(r)


@pytest.mark.parametrize(
    "problem",
    [
        rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, rd.Sharp(3.0)),
        rd.FirstPassage(rd.Brownian(0.3, drift=0.4), 2.0, LEVEL, rd.Sharp(3.0)),
        rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, rd.Sharp(3.0, to=0.6, refractory=0.2)),
        rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), 0.4, LEVEL, rd.Sharp(3.0)),
    ],
    ids=str,
)
def test_no_period_is_better(problem):
    best = rd.optimal_reset(problem)

    def mean(period):
        reset = rd.Sharp(period, to=problem.reset.to, refractory=problem.reset.refractory)
        return rd.solve(rd.FirstPassage(problem.process, problem.start, problem.target, reset)).mean

    assert best.reset.period == best.parameter == pytest.approx(1 / best.rate, rel=1e-15)
    assert best.error < 1e-8 * best.parameter
    assert mean(best.parameter) == pytest.approx(best.mean, rel=1e-12)
    assert all(mean(best.parameter * f) > best.mean for f in np.geomspace(0.05, 20, 14))
    step = 1e-3
    slope = (mean(best.parameter * (1 + step)) - mean(best.parameter * (1 - step))) / (2 * step * best.mean)
    assert abs(slope) < step**2
    if problem.reset.free and problem.reset.to is None:
        free = rd.solve(rd.FirstPassage(problem.process, problem.start, problem.target))
        hazard = free.pdf(best.parameter) / free.survival(best.parameter)
        assert hazard * best.mean == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("tumbling", [0.01, 0.3])
def test_the_best_period_of_a_runner_is_that_of_a_straight_run(tumbling):
    """Nothing arrives before ``d / v``, when a runner that has not tumbled does."""
    process = rd.RunAndTumble(2.0, tumbling)
    best = rd.optimal_reset(rd.FirstPassage(process, 3.0, LEVEL, rd.Sharp(1.0)))
    assert best.parameter == pytest.approx(1.5, rel=1e-14)
    assert best.mean == pytest.approx(1.5 / (0.5 * np.exp(-1.5 * tumbling)), rel=1e-12)


def test_some_period_may_help_although_no_rate_does():
    """Over all periods the verdict is that of every protocol."""
    law = stats.pareto(2.5)
    assert not rd.reset_helps(law).helps
    assert rd.optimal_reset(law, family=rd.Sharp).speedup > 1.01
    # The mean residual life tends to 4 D / v^2, above the mean d / v for Peclet numbers below 2.
    for peclet, any_rate, any_period in (
        (0.9, True, True),
        (1.1, False, True),
        (1.5, False, True),
        (3.0, False, False),
    ):
        process = rd.Brownian(1.0, drift=-2 * peclet)
        problem, sharp = (
            rd.FirstPassage(process, 1.0, LEVEL, reset) for reset in (rd.NoReset(), rd.Sharp(1.0))
        )
        assert rd.reset_helps(problem).helps == any_rate
        assert rd.reset_helps(sharp).helps == any_period
        assert (rd.optimal_reset(sharp).mean < rd.solve(problem).mean) == any_period


class Hyperexponential(stats.rv_continuous):
    """Exponential times of two rates: resetting all the time is best."""

    def _cdf(self, t):
        return 1 - self._sf(t)

    def _sf(self, t):
        return 0.9 * np.exp(-3 * t) + 0.1 * np.exp(-0.1 * t)

    def _pdf(self, t):
        return 2.7 * np.exp(-3 * t) + 0.01 * np.exp(-0.1 * t)


def test_optimum_of_laws():
    ceaseless = Hyperexponential(a=0.0)()
    for family, never in ((None, 0.0), (rd.Sharp, np.inf)):
        best = rd.optimal_reset(ceaseless, family=family)
        assert best.rate == np.inf
        assert best.reset is None
        assert best.mean == pytest.approx(1 / 2.71, rel=1e-9)  # one over the density at 0
        assert best.speedup == pytest.approx((0.3 + 1.0) * 2.71, rel=1e-9)
        for dull in (stats.expon(), stats.uniform(1.0, 2.0), stats.gamma(3.0)):
            best = rd.optimal_reset(dull, family=family)
            assert (best.rate, best.speedup, best.parameter) == (0.0, 1.0, never)
    inverse_gaussian = stats.invgauss(2.0 / 0.5, scale=0.5)  # mean 2, shape 1/2: distance 1, drift 1/2, D = 1
    search = rd.FirstPassage(rd.Brownian(1.0, drift=-0.5), 1.0, LEVEL)
    law, exact = rd.optimal_reset(inverse_gaussian), rd.optimal_reset(search)
    assert law.rate == pytest.approx(exact.rate, rel=1e-10)
    assert law.mean == pytest.approx(exact.mean, rel=1e-11)
    law, exact = (rd.optimal_reset(p, family=rd.Sharp) for p in (inverse_gaussian, search))
    assert law.parameter == pytest.approx(exact.parameter, rel=1e-10)


@pytest.mark.parametrize("sigma", [4.0, 8.0, 12.0])
def test_very_broad_laws(sigma):
    """The best period is deep in the early tail, where hardly a trial succeeds: hazard is one over mean."""
    law = stats.lognorm(sigma)
    sharp, poisson = rd.optimal_reset(law, family=rd.Sharp), rd.optimal_reset(law)
    x = np.log(sharp.parameter)
    hazard = np.exp(stats.norm.logpdf(x / sigma) - np.log(sigma) - x - stats.norm.logsf(x / sigma))
    assert x < -0.8 * sigma**2
    assert hazard * sharp.mean == pytest.approx(1.0, rel=1e-9)
    assert sharp.mean < poisson.mean
    for factor in (0.01, 0.9, 1.1, 100.0):
        assert rd.renewal_survival(law.sf, rd.Poisson(factor * poisson.rate)).mean > poisson.mean


def test_families_and_bounds():
    problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL)
    best = rd.optimal_reset(problem)
    # A user's family of exponential waiting times is Poisson resetting.
    own = rd.optimal_reset(problem, family=lambda m: rd.Renewal(stats.expon(scale=m)), bounds=(1e-2, 1e2))
    assert own.parameter == pytest.approx(1 / best.rate, rel=1e-8)
    assert abs(own.parameter - 1 / best.rate) < own.error < 1e-7
    assert own.rate == pytest.approx(best.rate, rel=1e-8)
    assert own.mean == pytest.approx(best.mean, rel=1e-12)
    # The optimum at the end of a range is that end.
    assert rd.optimal_reset(problem, bounds=(0.0, 1.0)).rate == 1.0
    assert rd.optimal_reset(problem, bounds=(5.0, np.inf)).rate == 5.0
    assert rd.optimal_reset(problem, bounds=(1.0, 5.0)).rate == pytest.approx(best.rate, rel=1e-12)
    assert rd.optimal_reset(problem, family=rd.Sharp, bounds=(1.0, 2.0)).parameter == 1.0
    gamma = rd.optimal_reset(
        problem, family=lambda m: rd.Renewal(stats.gamma(2, scale=m / 2)), bounds=(1.0, 9.0)
    )
    assert gamma.parameter == 1.0
    # Where resets lead, and what they cost, is kept.
    costly = rd.FirstPassage(problem.process, 1.0, LEVEL, rd.Poisson(1.0, to=0.5, refractory=0.3))
    kept = rd.optimal_reset(costly, family=rd.Sharp).reset
    assert (kept.to, kept.refractory) == (0.5, 0.3)
    own = rd.optimal_reset(costly, family=lambda m: rd.Renewal(stats.expon(scale=m)), bounds=(1e-2, 1e2))
    assert own.mean == pytest.approx(rd.optimal_reset(costly).mean, rel=1e-11)


def test_functions_of_a_parameter(published):
    """A target at a distance that is exponential, and fixed in each realisation."""
    best = rd.optimal_reset(
        lambda r: (1 / (1 - np.sqrt(r)) - 1) / r if r < 1 else np.inf, bounds=(1e-3, 10.0)
    )
    assert best.parameter == pytest.approx(published("randomtarget.exp.rstar"), rel=1e-9)
    assert best.mean == pytest.approx(published("randomtarget.exp.Tstar"), rel=1e-12)
    best = rd.optimal_reset(lambda r: 1 / (np.sqrt(r) * (1 - np.sqrt(r))), bounds=(1e-6, 0.999))
    assert best.parameter == pytest.approx(published("sparre.rstar"), rel=1e-9)


def test_optimum_of_a_walk(published):
    def walk(distance, ties="reset", left=0.5):
        steps = rd.RandomWalk({-1: left, 1: 1 - left})
        return rd.FirstPassage(steps, float(distance), LEVEL, rd.Geometric(0.2, ties=ties))

    best = rd.optimal_reset(walk(5))
    assert best.parameter == best.rate == best.reset.probability
    assert best.parameter == pytest.approx(published("rw.rstar.L5"), rel=1e-10)
    assert abs(best.parameter - published("rw.rstar.L5")) < max(best.error, 1e-13)
    assert rd.solve(rd.FirstPassage(walk(5).process, 5.0, LEVEL, best.reset)).cv ** 2 == pytest.approx(
        published("rw.CV2opt.L5"), rel=1e-9
    )
    # From the neighbouring site with the process winning ties, a reset at every step is best.
    nearest = rd.optimal_reset(walk(1, "process"))
    assert (nearest.parameter, nearest.mean) == (1.0, pytest.approx(2.0))
    assert rd.optimal_reset(walk(3, left=0.9)).rate == 0


def test_optimum_of_a_rate_field():
    """Resets behind the start only: ``<T> = L^2 / (2 D) + L / sqrt(r D)`` falls for ever."""
    informed = rd.FirstPassage(rd.Brownian(1.0), 0.0, rd.Level(1.0), rd.RateField("2*Heaviside(-x)"))
    best = rd.optimal_reset(informed)
    assert best.rate == np.inf
    assert best.mean == pytest.approx(0.5, rel=1e-9)
    uniform = rd.optimal_reset(rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, rd.RateField("0.5")))
    assert uniform.parameter == pytest.approx(2 * 2.539638282188165, rel=1e-7)


def test_what_is_to_vary_must_be_said():
    law = rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, rd.Renewal(stats.gamma(2.0)))
    with pytest.raises(ValueError, match="which of its parameters"):
        rd.optimal_reset(law)
    with pytest.raises(TypeError, match="return a reset"):
        rd.optimal_reset(law, family=lambda m: m, bounds=(0.1, 1.0))
    with pytest.raises(TypeError, match="bounds=None"):
        rd.optimal_reset(law, family=lambda m: rd.Sharp(m))
    for bounds in ((2.0, 1.0), (-1.0, 1.0), (0.1, np.nan)):
        with pytest.raises(ValueError, match="lower one first"):
            rd.optimal_reset(law, family=rd.Sharp, bounds=bounds)
    with pytest.raises(ValueError, match="never negative"):
        rd.optimal_reset(stats.norm())
    with pytest.raises(TypeError, match="discrete"):
        rd.optimal_reset(stats.geom(0.3))


def model(checkpoint, covariance=0.1):
    return rd.LabelNoiseQuadratic(
        hessian=1.0, clean_optimum=0.0, wrong_optimum=2.0, noise_rate=0.25, learning_rate=0.1,
        batch_size=10, initial=-1.0, checkpoint=checkpoint, gradient_covariance=covariance,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(checkpoint=st.floats(-3, 3), covariance=st.floats(0.01, 300.0))
@example(checkpoint=0.77, covariance=51.12)  # two minima, at 0 and infinity: the first is the lower one
@example(checkpoint=0.72, covariance=95.58)  # the second is
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
