"""What must hold of exact answers on random problems: nearer targets, costs, limits, other words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

import resetdyn as rd
from tests.test_theory_properties import rates, rescaled, searches, signed, sizes

few = settings(max_examples=15, deadline=None, derandomize=True)
fewer = settings(max_examples=6, deadline=None, derandomize=True)
chances = st.floats(0.02, 0.98)


def in_closed_form(problem):
    """Return whether a search takes milliseconds, not seconds: no potential, no trap between two ends."""
    match problem.process:
        case rd.Brownian():
            return True
        case rd.OrnsteinUhlenbeck():
            return isinstance(problem.target, rd.Level)
    return False


def linear(*resets):
    return searches(resets=resets).filter(in_closed_form)


def solved(problem, **changed):
    return rd.solve(replace(problem, **changed))


@few
@given(linear("Poisson", "Sharp", "NoReset"), st.floats(0.05, 0.95))
def test_nearer_targets_are_met_earlier(problem, share):
    # Every path to a level comes by all levels before it; out of an interval by the smaller one within.
    nearest = min(problem.start, problem.reset_to)
    if isinstance(problem.target, rd.Level):
        nearer = rd.Level(share * nearest)
    else:
        farthest = max(problem.start, problem.reset_to)
        nearer = rd.Interval(share * nearest, 1.2 - share * (1.2 - farthest))
    far = rd.solve(problem)
    near = solved(problem, target=nearer)
    assert near.mean < far.mean or near.mean == far.mean == np.inf
    if np.isfinite(far.mean) and not isinstance(problem.reset, rd.Sharp):
        time = far.mean / 2
        assert near.survival(time) <= far.survival(time) + 1e-9


@few
@given(linear("Poisson", "Sharp"), st.floats(0.05, 2.0))
def test_a_pause_costs_its_length_for_each_reset(problem, pause):
    free = solved(problem, reset=replace(problem.reset, refractory=0.0))
    assume(np.isfinite(free.mean))
    paused = solved(problem, reset=replace(problem.reset, refractory=pause))
    assert paused.mean == pytest.approx(free.mean + pause * free.resets, rel=1e-8)
    assert paused.resets == pytest.approx(free.resets, rel=1e-8)
    random = solved(problem, reset=replace(problem.reset, refractory=stats.gamma(2, scale=pause / 2)))
    assert random.mean == pytest.approx(paused.mean, rel=1e-8)


@few
@given(searches(resets=("Poisson",)))
def test_resets_come_at_their_rate(problem):
    # Wald: as long as the search goes on and does not pause.
    free = solved(problem, reset=replace(problem.reset, refractory=0.0))
    assert free.resets == pytest.approx(problem.reset.rate * free.mean, rel=1e-8)


@few
@given(searches(resets=("NoReset",)), rates)
def test_the_laplace_transform_falls_and_is_log_convex(problem, rate):
    # <exp(-r T)> is 1 / (1 + r <T_r>) for a reset to the start.
    means = [solved(problem, reset=rd.Poisson(k * rate)).mean for k in (1, 2, 3)]
    logs = [-np.log1p(k * rate * mean) for k, mean in zip((1, 2, 3), means, strict=True)]
    assert 0 > logs[0] > logs[1] > logs[2]
    assert logs[0] + logs[2] >= 2 * logs[1] - 1e-12


@few
@given(linear("NoReset"), sizes)
def test_a_law_of_one_value_is_a_period(problem, period):
    sharp = solved(problem, reset=rd.Sharp(period))
    atom = solved(problem, reset=rd.Renewal(stats.rv_discrete(values=([period], [1.0]))()))
    assert atom.mean == pytest.approx(sharp.mean, rel=1e-9)
    assert atom.resets == pytest.approx(sharp.resets, rel=1e-8)
    narrow = solved(problem, reset=rd.Renewal(stats.uniform(period * (1 - 1e-7), period * 2e-7)))
    assert narrow.mean == pytest.approx(sharp.mean, rel=1e-5)


@few
@given(linear("NoReset"))
def test_late_resets_are_none(problem):
    free = rd.solve(problem)
    assume(np.isfinite(free.mean) and free.mean < 1e3)
    late = 1e4 * free.mean
    assert solved(problem, reset=rd.Poisson(1e-6 / late)).mean == pytest.approx(free.mean, rel=1e-6)
    if free.survival(late) < 1e-12:
        assert solved(problem, reset=rd.Sharp(late)).mean == pytest.approx(free.mean, rel=1e-8)


@few
@given(linear("NoReset"), sizes)
def test_ever_faster_resets_let_none_through(problem, factor):
    # What arrives within 1 / r falls faster than any power of r.
    rate = factor * 200 * problem.process.diffusion / min(problem.start, abs(1.2 - problem.start)) ** 2
    slower, faster = (solved(problem, reset=rd.Poisson(r)).log_mean for r in (rate, 4 * rate))
    assert faster > slower + 2
    if isinstance(problem.process, rd.Brownian):
        assert np.isposinf(solved(problem, reset=rd.Poisson(1e12)).mean)


@few
@given(chances, st.integers(1, 12), st.floats(0.1, 0.9), st.integers(1, 12))
def test_ties_cost_a_factor(p, start, left, to):
    # A hit that a reset undoes happens with the chance p at each arrival: both means differ by 1 - p.
    steps = rd.RandomWalk({-1: left, 1: 1 - left})
    resets = [rd.Geometric(p, ties=ties) for ties in ("reset", "process")]
    undone, kept = (rd.solve(rd.FirstPassage(steps, start, rd.Level(0), reset)) for reset in resets)
    assert kept.log_mean == pytest.approx(undone.log_mean + np.log1p(-p), abs=1e-9)
    mirrored = rd.RandomWalk({1: left, -1: 1 - left})
    for ties in ("reset", "process"):
        ours = rd.FirstPassage(steps, start, rd.Level(0), rd.Geometric(p, to=to, ties=ties))
        theirs = rd.FirstPassage(mirrored, -start, rd.Level(0), rd.Geometric(p, to=-to, ties=ties))
        assert rd.solve(theirs).log_mean == pytest.approx(rd.solve(ours).log_mean, abs=1e-12)


@few
@given(sizes, sizes, sizes, rates, st.floats(0.3, 3.0), st.floats(0.3, 3.0), st.sampled_from([1, -1]))
def test_units_and_mirrors_of_a_runner(speed, tumbles, start, rate, length, time, side):
    ours = rd.FirstPassage(rd.RunAndTumble(speed, tumbles), start, rd.Level(0.0), rd.Poisson(rate, to=0.4))
    theirs = rd.FirstPassage(
        rd.RunAndTumble(speed * length / time, tumbles / time),
        side * start * length,
        rd.Level(0.0),
        rd.Poisson(rate / time, to=side * 0.4 * length),
    )
    for k in (1, 2):
        assert rd.solve(theirs).moment(k) == pytest.approx(rd.solve(ours).moment(k) * time**k, rel=1e-9)


@fewer
@given(linear("NoReset"), st.floats(0.3, 3.0), st.floats(0.3, 3.0), st.sampled_from([1, -1]))
def test_units_and_mirrors_of_verdicts_and_optima(problem, length, time, side):
    problem = replace(problem, reset=rd.Poisson(1.0, to=problem.start))
    other = rescaled(problem, side * length, time)
    ours, theirs = rd.optimal_reset(problem), rd.optimal_reset(other)
    verdict, again = rd.reset_helps(problem), rd.reset_helps(other)
    assert again.helps == verdict.helps
    assert again.cv == pytest.approx(verdict.cv, rel=1e-8)
    assert theirs.speedup == pytest.approx(ours.speedup, rel=1e-8)
    assert theirs.rate * time == pytest.approx(ours.rate, rel=1e-5)


@few
@given(sizes, signed, sizes, rates, st.floats(-1.0, 1.0), st.floats(0.3, 3.0), st.floats(0.3, 3.0))
def test_units_and_mirrors_of_steady_states(diffusion, center, stiffness, rate, to, length, time):
    for reset in (rd.Poisson, lambda r, to: rd.Sharp(1 / r, to=to)):
        ours = rd.SteadyState(rd.OrnsteinUhlenbeck(stiffness, center, diffusion), reset(rate, to=to))
        theirs = rd.SteadyState(
            rd.OrnsteinUhlenbeck(stiffness / time, -center * length, diffusion * length**2 / time),
            reset(rate / time, to=-to * length),
        )
        a, b = rd.solve(ours), rd.solve(theirs)
        assert b.mean == pytest.approx(-a.mean * length, rel=1e-9, abs=1e-12)
        assert b.cov == pytest.approx(a.cov * length**2, rel=1e-9)
        assert b.pdf(-0.3 * length) == pytest.approx(a.pdf(0.3) / length, rel=1e-7, abs=1e-12)


@few
@given(st.floats(0.02, 0.98), sizes, sizes, signed, signed, signed, rates)
def test_clean_and_wrong_labels_may_change_places(tau, clean, wrong, here, there, start, rate):
    def model(a, b, x, y, noise):
        return rd.LabelNoiseQuadratic(a, x, y, noise, 0.1, 8, wrong_hessian=b, initial=start, checkpoint=0.2)

    assume(abs(here - there) > 0.05)
    ours, theirs = model(clean, wrong, here, there, tau), model(wrong, clean, there, here, 1 - tau)
    assert theirs.effective_optimum == pytest.approx(ours.effective_optimum, rel=1e-9, abs=1e-9)
    assert theirs.gradient(0.7) == pytest.approx(ours.gradient(0.7), rel=1e-9, abs=1e-9)
    assert theirs.diffusion == pytest.approx(ours.diffusion, rel=1e-9)
    # The bias is what the mixture adds to the gradient of the clean loss.
    clean_slope = clean * (0.7 - here)
    assert ours.latent_bias(0.7) == pytest.approx(ours.gradient(0.7) - clean_slope, rel=1e-9, abs=1e-9)
    # Between staying and drifting there is nothing but the two: the risk ends where it should.
    assert ours.steady_risk(np.inf) == pytest.approx(ours.clean_risk(0.2), rel=1e-12)
    assert ours.steady_risk(1e-12) == pytest.approx(ours.steady_risk(0.0), rel=1e-9)
    assert ours.steady_risk(rate) > 0


@few
@given(st.integers(0, 10_000), st.floats(0.01, 0.2), st.integers(1, 6), rates)
def test_samples_have_no_order_and_no_axes(draw, rate, batch, turn):
    rng = np.random.default_rng(draw)
    X, y = rng.normal(size=(9, 2)), rng.normal(size=9)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    order = rng.permutation(9)
    to = np.array([0.3, -0.2])
    for beta in (0.0, 0.5):
        ours = rd.solve(rd.SteadyState(rd.LinearSGD(X, y, rate, batch, beta), rd.Geometric(0.2, to=to)))
        theirs = rd.solve(
            rd.SteadyState(
                rd.LinearSGD(X[order] @ rotation, y[order], rate, batch, beta),
                rd.Geometric(0.2, to=to @ rotation),
            )
        )
        np.testing.assert_allclose(theirs.mean, ours.mean @ rotation, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(theirs.cov, rotation.T @ ours.cov @ rotation, rtol=1e-7, atol=1e-10)
