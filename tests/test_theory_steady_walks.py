"""Steady states of random walks under geometric resets."""

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd

SIMPLE = {-1: 0.5, 1: 0.5}
WIDE = {-2: 0.3, -1: 0.1, 0: 0.1, 1: 0.3, 3: 0.2}
WALKS = [SIMPLE, WIDE, {1: 0.5, 2: 0.5}, {-3: 1.0}, {0: 0.5, -2: 0.1, 5: 0.4}, {-40: 0.2, 1: 0.8}]


def solved(steps, p, to=0.0, **costs):
    return rd.solve(rd.SteadyState(rd.RandomWalk(steps), rd.Geometric(p, to=to, **costs)))


@pytest.mark.parametrize("p", [1e-12, 1e-4, 0.3, 1 - 1e-12])
def test_simple_walk_in_closed_form(p):
    result, k = solved(SIMPLE, p, to=2.0), np.array([0, 1, -3, 40])
    root = np.sqrt(p * (2 - p))
    reference = p / root * ((1 - p) / (1 + root)) ** np.abs(k)
    assert result.pmf(2.0 + k) == pytest.approx(reference, rel=1e-12)
    assert result.mean == 2.0
    assert result.cov == pytest.approx((1 - p) / p, rel=1e-14)


@pytest.mark.parametrize("steps", WALKS, ids=str)
@pytest.mark.parametrize("p", [1e-9, 0.01, 0.7])
def test_every_place_is_in_balance(steps, p):
    """What is at a place was reset to it, or came there by a step: to rounding, however rare it is."""
    result = solved(steps, p, to=5.0)
    x = np.arange(-150.0, 151.0)
    came = sum(chance * result.pmf(x - k) for k, chance in steps.items())
    held = result.pmf(x)
    seen = held > 1e-290
    assert seen.any()
    balance = np.where(x == 5.0, p, 0.0) + (1 - p) * came
    assert balance[seen] == pytest.approx(held[seen], rel=1e-12)


@pytest.mark.parametrize("steps", WALKS, ids=str)
def test_moments_are_those_of_the_places(steps):
    result = solved(steps, 0.05, to=-1.0)
    assert result.expect(lambda x: 1.0) == pytest.approx(1.0, rel=1e-13)
    assert result.expect(lambda x: x) == pytest.approx(result.mean, rel=1e-12)
    assert result.expect(lambda x: (x - result.mean) ** 2) == pytest.approx(result.cov, rel=1e-12)
    for n in (3, 4):
        assert result.expect(lambda x, n=n: x**n) == pytest.approx(result.moment(n), rel=1e-12)


def test_places_that_are_never_reached():
    result = solved({-2: 0.5, 2: 0.5}, 0.3, to=1.0)
    assert result.pmf([0.0, 2.0, 1.5]).tolist() == [0.0, 0.0, 0.0]
    assert result.pmf(np.arange(-199.0, 200.0, 2.0)).sum() == pytest.approx(1.0, rel=1e-13)
    at = solved(SIMPLE, 1.0, to=1.0)
    assert (at.pmf(1.0), at.pmf(2.0), at.mean, at.cov, at.moment(3)) == (1.0, 0.0, 1.0, 0.0, 1.0)


def test_far_out_the_largest_root_is_left():
    result = solved(WIDE, 1e-15)
    assert result.pmf(3e8) / result.pmf(2e8) == pytest.approx(result.pmf(2e8) / result.pmf(1e8), rel=1e-9)
    assert 0 < result.pmf(3e8) < result.pmf(2e8)


@pytest.mark.parametrize("ties", ["reset", "process"])
@pytest.mark.parametrize("steps", [WIDE, stats.norm(0.3, 2.0)], ids=["integers", "continuous"])
def test_simulated(steps, ties, seed):
    problem = rd.SteadyState(rd.RandomWalk(steps), rd.Geometric(0.1, to=2.0, ties=ties))
    exact, found = rd.solve(problem), rd.simulate(problem, n=100_000, rng=seed)
    assert abs(found.mean - exact.mean) < 4 * found.error
    squares = (found.samples - exact.mean) ** 2
    assert abs(squares.mean() - exact.cov) < 4 * squares.std() / np.sqrt(squares.size)
    if steps is WIDE:
        for place in (2.0, 3.0, -4.0):
            chance = exact.pmf(place)
            share = np.mean(found.samples == place)
            assert abs(share - chance) < 4 * np.sqrt(chance / found.samples.size)
            off = solved(WIDE, 0.11, to=2.0).pmf(2.0)  # a wrong probability of resets is seen
        assert abs(np.mean(found.samples == 2.0) - off) > 4 * np.sqrt(off / found.samples.size)


def test_random_places(seed):
    problem = rd.SteadyState(rd.RandomWalk(WIDE), rd.Geometric(0.2, to=stats.norm(1.0, 3.0)))
    exact, found = rd.solve(problem), rd.simulate(problem, n=50_000, rng=seed)
    assert abs(found.mean - exact.mean) < 4 * found.error
    assert exact.cov == pytest.approx(9.0 + solved(WIDE, 0.2).cov, rel=1e-13)
    cubes = found.samples**3
    assert abs(cubes.mean() - exact.moment(3)) < 4 * cubes.std() / np.sqrt(cubes.size)


def test_refused():
    with pytest.raises(ValueError, match=r"no exact route .* RandomWalk .* with Geometric; use rd\.simulate"):
        solved(SIMPLE, 0.1, refractory=2.0)
    with pytest.raises(ValueError, match=r"RandomWalk .* with Sharp; use rd\.simulate"):
        rd.solve(rd.SteadyState(rd.RandomWalk(SIMPLE), rd.Sharp(4.0, to=0.0)))
    with pytest.raises(ValueError, match=r"no finite mean, nor has the steady state; use rd\.simulate"):
        solved(stats.cauchy(), 0.1)
    assert solved(stats.t(2), 0.1).cov == np.inf
    with pytest.raises(ValueError, match=r"has no density; use \.pmf"):
        solved(SIMPLE, 0.1).pdf(0.0)
    with pytest.raises(ValueError, match=r"has no exact density; use rd\.simulate"):
        solved(stats.norm(), 0.1).pdf(0.0)
    with pytest.raises(ValueError, match=r"pmf: .* use rd\.simulate"):
        solved(stats.norm(), 0.1).pmf(0.0)
    with pytest.raises(ValueError, match=r"before the steady state .* rd\.trajectories"):
        solved(SIMPLE, 0.1).transient(3.0)
    with pytest.raises(ValueError, match=r"too many places"):
        solved(SIMPLE, 1e-15).expect(np.cos)
