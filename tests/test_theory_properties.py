"""What must hold of any exact answer: units, mirrors, limits, equal ways of saying the same."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import expon, norm

import resetdyn as rd

few = settings(max_examples=20, deadline=None)
sizes = st.floats(0.2, 3.0)
signed = st.floats(-2.0, 2.0).map(lambda value: round(value, 2))
rates = st.floats(0.05, 5.0)


@st.composite
def searches(draw, resets=("Poisson", "Sharp", "NoReset", "RateField")):
    """Draw a search on the line, from a start in (0, 1.2) to the level 0 or out of the interval."""
    diffusion, kind = draw(sizes), draw(st.sampled_from(["Brownian", "OrnsteinUhlenbeck", "Langevin"]))
    if kind == "Brownian":
        process = rd.Brownian(diffusion, drift=draw(signed))
    elif kind == "OrnsteinUhlenbeck":
        process = rd.OrnsteinUhlenbeck(draw(sizes), draw(signed), diffusion)
    else:
        process = rd.Langevin("x**4/4 - a*x**2/2 + b*x", diffusion, parameters={"a": 1.0, "b": draw(signed)})
    target = draw(st.sampled_from([rd.Level(0.0), rd.Interval(0.0, 1.2)]))
    start, to = draw(st.floats(0.1, 1.1)), draw(st.floats(0.1, 1.1))
    name = draw(st.sampled_from(resets))
    reset = {
        "Poisson": lambda: rd.Poisson(draw(rates), to=to, refractory=draw(st.sampled_from([0.0, 0.3]))),
        "Sharp": lambda: rd.Sharp(1 / draw(rates), to=to),
        "NoReset": rd.NoReset,
        "RateField": lambda: rd.RateField(f"{draw(rates)}*Heaviside(x - 1/2)", to=to),
    }[name]()
    return rd.FirstPassage(process, start, target, reset)


def rescaled(problem, length, time):
    """Return the same search in other units, and turned round where the length is negative."""
    process, reset, target = problem.process, problem.reset, problem.target
    diffusion = process.diffusion * length**2 / time
    match process:
        case rd.Brownian():
            process = rd.Brownian(diffusion, drift=process.drift * length / time)
        case rd.OrnsteinUhlenbeck():
            process = rd.OrnsteinUhlenbeck(process.stiffness / time, process.center * length, diffusion)
        case rd.Langevin():
            (x,) = process.symbols
            potential = process.expression.subs(x, x / length) * length**2 / time
            process = rd.Langevin(potential, diffusion)
    match target:
        case rd.Level():
            target = rd.Level(target.x * length)
        case rd.Interval():
            target = rd.Interval(*sorted((target.low * length, target.high * length)))
    to = None if reset.to is None else reset.to * length
    match reset:
        case rd.Poisson():
            reset = rd.Poisson(reset.rate / time, to=to, refractory=reset.refractory * time)
        case rd.Sharp():
            reset = rd.Sharp(reset.period * time, to=to)
        case rd.RateField():
            x = reset.rate.free_symbols.pop()
            reset = rd.RateField(reset.rate.subs(x, x / length) / time, to=to)
    return rd.FirstPassage(process, problem.start * length, target, reset)


@few
@given(searches(), st.floats(0.3, 3.0), st.floats(0.3, 3.0), st.sampled_from([1, -1]))
def test_units_and_mirrors_change_nothing(problem, length, time, side):
    ours, theirs = rd.solve(problem), rd.solve(rescaled(problem, side * length, time))
    assert theirs.mean == pytest.approx(ours.mean * time, rel=1e-9)
    assert theirs.moment(2) == pytest.approx(ours.moment(2) * time**2, rel=1e-8)


@few
@given(searches())
def test_moments_are_those_of_a_law(problem):
    result = rd.solve(problem)
    assert result.mean > 0
    assert result.moment(2) >= result.mean**2 * (1 - 1e-9)
    if np.isfinite(result.moment(3)):
        assert result.moment(3) * result.mean >= result.moment(2) ** 2 * (1 - 1e-9)
    assert result.log_mean == pytest.approx(np.log(result.mean), abs=1e-12)
    assert result.error >= 0
    if isinstance(problem.target, rd.Interval) and result.ends is not None:
        assert sum(result.ends) == pytest.approx(1.0, abs=1e-12)
        assert np.dot(result.ends, result.end_means) == pytest.approx(result.mean, rel=1e-9)


@settings(max_examples=8, deadline=None)
@given(searches(resets=("Poisson", "Sharp", "NoReset")))
def test_survival_is_that_of_the_mean(problem):
    result = rd.solve(problem)
    if not np.isfinite(result.mean):
        return
    times = result.mean * np.array([0.0, 0.1, 0.5, 1.0, 3.0])
    alive = result.survival(times)
    assert alive[0] == 1
    assert np.all(np.diff(alive) <= 0)
    half = result.quantile(0.5)
    assert result.survival(half) == pytest.approx(0.5, abs=1e-7)
    step = 1e-6 * half
    slope = (result.survival(half - step) - result.survival(half + step)) / (2 * step)
    assert result.pdf(half) == pytest.approx(slope, rel=1e-5, abs=1e-5 / half)


@pytest.mark.parametrize(
    "reset", [rd.Poisson(1.5, refractory=0.2), rd.Sharp(0.7), rd.Renewal(expon(scale=0.5))]
)
def test_survival_integrates_to_the_mean(reset):
    result = rd.solve(rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.3, 0.5), 0.8, rd.Level(0.0), reset))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    one = np.array([0, 0.01, 0.03, 0.1, 0.3])  # of a period of 0.7, or of any time as long
    edges = np.append((0.7 * np.arange(80)[:, None] + one).ravel(), 56.0)
    half = np.diff(edges)[:, None] / 2
    times = edges[:-1, None] + half * (1 + nodes)
    alive = result.survival(times.ravel()).reshape(times.shape)
    assert np.sum(half * weights * alive) == pytest.approx(result.mean, rel=1e-9)


@few
@given(searches(resets=("Poisson",)))
def test_equal_ways_of_saying_the_same(problem):
    rate, to = problem.reset.rate, problem.reset.to
    mean = rd.solve(replace(problem, reset=rd.Poisson(rate, to=to))).mean
    renewal = rd.solve(replace(problem, reset=rd.Renewal(expon(scale=1 / rate), to=to)))
    assert renewal.mean == pytest.approx(mean, rel=1e-8)
    assert rd.solve(replace(problem, reset=rd.RateField(rate, to=to))).mean == pytest.approx(mean, rel=1e-9)
    near = rd.Poisson(rate, to=norm(to, 1e-9))
    assert rd.solve(replace(problem, reset=near)).mean == pytest.approx(mean, rel=1e-7)
    free, there = (rd.solve(replace(problem, start=x, reset=rd.NoReset())).mean for x in (problem.start, to))
    if np.isfinite(free):
        slow = rd.solve(replace(problem, reset=rd.Poisson(1e-12 / max(free, there), to=to))).mean
        assert slow == pytest.approx(free, rel=1e-9)


@few
@given(searches(resets=("Poisson",)))
def test_nothing_near_the_optimum_is_better(problem):
    best = rd.optimal_reset(problem)
    if not 0 < best.rate < np.inf:
        return
    at_best = rd.solve(replace(problem, reset=best.reset))
    assert best.mean == pytest.approx(at_best.mean, rel=1e-12)
    for factor in (0.5, 0.99, 1.01, 2.0):
        other = replace(problem, reset=replace(problem.reset, rate=factor * best.rate))
        assert rd.solve(other).mean >= best.mean * (1 - 1e-12)


@few
@given(sizes, signed, sizes, rates, st.floats(-1.0, 1.0))
def test_steady_states_are_laws(diffusion, center, stiffness, rate, to):
    for process in (rd.Brownian(diffusion, drift=center), rd.OrnsteinUhlenbeck(stiffness, center, diffusion)):
        steady = rd.solve(rd.SteadyState(process, rd.Poisson(rate, to=to)))
        assert steady.expect(lambda x: 1.0) == pytest.approx(1.0, rel=1e-9)
        assert steady.expect(lambda x: x) == pytest.approx(steady.mean, rel=1e-8, abs=1e-8)
        assert steady.moment(2) == pytest.approx(steady.cov + steady.mean**2, rel=1e-9)
        renewal = rd.solve(rd.SteadyState(process, rd.Renewal(expon(scale=1 / rate), to=to)))
        assert renewal.cov == pytest.approx(steady.cov, rel=1e-8)
        assert renewal.pdf(to + 0.3) == pytest.approx(steady.pdf(to + 0.3), rel=1e-7)
        late = steady.transient(60 / rate)
        assert late.mean == pytest.approx(steady.mean, rel=1e-9, abs=1e-9)
        assert late.pdf(to + 0.3) == pytest.approx(steady.pdf(to + 0.3), rel=1e-7)


@few
@given(sizes, rates)
def test_a_partial_reset_to_nothing_is_a_reset(diffusion, rate):
    whole = rd.solve(rd.SteadyState(rd.Brownian(diffusion), rd.Poisson(rate, to=0.0)))
    partial = rd.solve(rd.SteadyState(rd.Brownian(diffusion), rd.Poisson(rate, to=rd.Partial(0.0))))
    assert partial.cov == pytest.approx(whole.cov, rel=1e-12)
    assert partial.pdf(0.7) == pytest.approx(whole.pdf(0.7), rel=1e-9)
