"""Renewal from samples: z-scores against exact theory, and refusals where samples cannot carry the answer."""

import numpy as np
import pytest

import resetdyn as rd

N = 200_000


@pytest.fixture
def free_times(rng):
    """Reset-free first-passage times of Brownian motion, D = 1, from a distance 1."""
    return 0.5 / rng.normal(size=N) ** 2


@pytest.fixture
def walks(rng):
    """Steps that a symmetric walk takes to move one to the left, given up after 300."""
    steps, censored = np.zeros(N), np.ones(N, dtype=bool)
    place = np.ones(N, dtype=int)
    for step in range(1, 301):
        place += np.where(censored, 2 * rng.integers(0, 2, size=N) - 1, 0)
        hit = censored & (place == 0)
        steps[hit], censored[hit] = step, False
    return np.where(censored, 300, steps), censored


@pytest.mark.parametrize("reset", [rd.Poisson(1.0), rd.Poisson(0.05), rd.Sharp(0.5), rd.Poisson(20.0)])
def test_brownian(reset, free_times):
    estimate = rd.renewal_samples(free_times, reset)
    exact = rd.solve(rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), reset))
    assert abs(estimate.mean - exact.mean) < 4 * estimate.error
    assert estimate.cv == pytest.approx(exact.cv, rel=0.05)
    assert str(estimate.n) in str(estimate)


def test_error_is_the_spread_of_estimates(free_times):
    parts = [rd.renewal_samples(part, rd.Poisson(1.0)) for part in free_times.reshape(200, -1)]
    spread = np.std([part.mean for part in parts], ddof=1)
    # The standard deviation of a standard deviation of 200 values is 5 %.
    assert abs(np.mean([part.error for part in parts]) / spread - 1) < 4 * 0.05


@pytest.mark.parametrize(("ties", "name"), [("reset", "restartwins"), ("process", "processwins")])
def test_random_walk(ties, name, walks, published):
    steps, censored = walks
    estimate = rd.renewal_samples(steps, rd.Geometric(0.1, ties=ties), censored)
    assert abs(estimate.mean - published(f"rw.{name}.L1.r0.1")) < 4 * estimate.error


def test_geometric_moments_of_a_known_law():
    # One step with probability 1/4, else two: enumerate the renewal by hand.
    steps, p = np.repeat([1.0, 2.0], [10, 30]), 0.3
    process = rd.renewal_samples(steps, rd.Geometric(p, ties="process"))
    # States after a reset and after one step: transition matrix between them, absorbed when done.
    alive = np.array([[0.75 * p, 0.75 * (1 - p)], [0.0, 0.0]])
    reset = rd.renewal_samples(steps, rd.Geometric(p, ties="reset"))
    undone = np.array([[p, 0.75 * (1 - p)], [p, 0.0]])
    for estimate, chain in ((process, alive), (reset, undone)):
        walk = np.linalg.inv(np.eye(2) - chain)
        mean = walk @ np.ones(2)
        second = walk @ (2 * mean - np.ones(2))
        assert estimate.mean == pytest.approx(mean[0], rel=1e-12)
        assert estimate.cv == pytest.approx(np.sqrt(second[0] / mean[0] ** 2 - 1), rel=1e-10)


def test_reset_at_every_step():
    steps = np.repeat([1, 2], [100, 300])
    estimate = rd.renewal_samples(steps, rd.Geometric(1.0, ties="process"))
    assert estimate.mean == pytest.approx(4.0)  # one step succeeds with probability 1/4
    assert estimate.cv == pytest.approx(np.sqrt(0.75))


def test_without_resetting(rng):
    times = rng.exponential(size=1000)
    for reset in (rd.NoReset(), rd.Poisson(0.0), rd.Sharp(times.max() + 1)):
        estimate = rd.renewal_samples(times, reset)
        assert estimate.mean == pytest.approx(times.mean())
        assert estimate.cv == pytest.approx(times.std() / times.mean())


def test_censoring_widens_the_error(free_times):
    horizon = 3.0
    cut, censored = np.minimum(free_times, horizon), free_times > horizon
    whole = rd.renewal_samples(free_times, rd.Poisson(1.0))
    part = rd.renewal_samples(cut, rd.Poisson(1.0), censored)
    assert abs(part.mean - whole.mean) <= part.error
    assert part.error > whole.error
    assert (
        rd.renewal_samples(cut, rd.Sharp(2.0), censored).mean
        == rd.renewal_samples(free_times, rd.Sharp(2.0)).mean
    )
    with pytest.raises(ValueError, match=r"censored: .* leaves the mean between"):
        rd.renewal_samples(cut, rd.Poisson(0.01), censored)
    with pytest.raises(ValueError, match="censored"):
        rd.renewal_samples(cut, rd.NoReset(), censored)


def test_too_high_a_rate_is_refused(free_times):
    with pytest.raises(ValueError, match="too few of the 200000 searches are fast enough"):
        rd.renewal_samples(free_times, rd.Poisson(2000.0))
    with pytest.raises(ValueError, match="too few"):
        rd.renewal_samples(free_times, rd.Sharp(1e-3))


def test_bad_input():
    good = [1.0, 2.0, 3.0]
    for times, message in (
        ([1.0], "at least two"),
        ([[1.0, 2.0]], "at least two"),
        ([1.0, -1.0], "times above 0"),
        ([1.0, np.nan], "finite"),
    ):
        with pytest.raises(ValueError, match=message):
            rd.renewal_samples(times, rd.Poisson(0.1))
    with pytest.raises(ValueError, match="whole numbers"):
        rd.renewal_samples([1.5, 2.0], rd.Geometric(0.1))
    with pytest.raises(ValueError, match="one bool for each time"):
        rd.renewal_samples(good, rd.Poisson(0.1), censored=[1, 0, 0])
    with pytest.raises(ValueError, match="one bool for each time"):
        rd.renewal_samples(good, rd.Poisson(0.1), censored=[True])
    with pytest.raises(TypeError, match=r"give rd\.Poisson"):
        rd.renewal_samples(good, 0.1)
