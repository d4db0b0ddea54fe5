"""Adaptive policies from reset-free runs: against exact theory, against searches that are really reset."""

import numpy as np
import pytest

import resetdyn as rd

START = 1.0


def walks(rng, n, steps=400, start=START):
    """Return walks before a far wall, until they are below 0, and whether they got there."""
    x = np.full(n, start)
    record = [x]
    for _ in range(steps):
        x = np.minimum(x + 0.35 * rng.normal(size=n) - 0.02, 6.0)
        record.append(x)
    paths = np.array(record).T
    over = paths <= 0
    ends = np.where(over.any(axis=1), over.argmax(axis=1), steps)
    return [path[: end + 1] for path, end in zip(paths, ends, strict=True)], over.any(axis=1)


def search_with_resets(rng, n, level, overhead=0.0):
    """Search as a user would: step, stop below 0, go back to the start above the level."""
    x, spent, open_ = np.full(n, START), np.zeros(n), np.ones(n, dtype=bool)
    while open_.any():
        x[open_] = np.minimum(x[open_] + 0.35 * rng.normal(size=open_.sum()) - 0.02, 6.0)
        spent[open_] += 1
        open_ &= x > 0
        back = open_ & (x > level)
        x[back] = START
        spent[back] += overhead
    return spent


@pytest.mark.parametrize("overhead", [0.0, 5.0])
def test_thresholds_against_searches_that_are_reset(overhead, rng):
    paths, _ = walks(rng, 4000, steps=4000)
    levels = [1.5, 2.5, 4.0]
    answer = rd.policy_mean(paths, 1.0, above=levels, overhead=overhead)
    assert answer.policies == tuple(levels)
    assert answer.trusted.all()
    for i, level in enumerate(levels):
        spent = search_with_resets(rng, 4000, level, overhead)
        error = np.hypot(answer.error[i], spent.std() / np.sqrt(len(spent)))
        assert abs(answer.mean[i] - spent.mean()) < 4 * error


def test_a_constant_rate_is_poisson_resetting(seed):
    search = rd.FirstPassage(rd.Brownian(0.5, drift=-0.5), 1.0, rd.Level(0.0))
    runs = rd.trajectories(search, np.arange(0, 60, 0.25), n=2000, rng=seed)
    rates = {"seldom": 0.2, "often": 1.0}
    policies = {name: (lambda x, t, r=rate: np.full(len(x), r)) for name, rate in rates.items()}
    answer = rd.policy_mean(runs, policy=policies)
    for i, rate in enumerate(rates.values()):
        exact = rd.solve(rd.FirstPassage(search.process, 1.0, search.target, rd.Poisson(rate))).mean
        assert abs(answer.mean[i] - exact) < 4 * answer.error[i]
    assert abs(answer.free_mean - 2.0) < 4 * answer.free_error


def test_a_policy_may_look_at_the_time(rng):
    """Resets at a fixed age are sharp resetting, which has an estimator of its own."""
    paths, _ = walks(rng, 1000, steps=4000)
    times = np.array([len(path) - 1.0 for path in paths])
    answer = rd.policy_mean(paths, 1.0, policy=lambda x, t: t == 12)
    sharp = rd.renewal_samples(times, rd.Sharp(12.0))
    assert answer.mean[0] == pytest.approx(sharp.mean, rel=1e-12)
    assert answer.error[0] == pytest.approx(sharp.error, rel=1e-9)


def memoryless(rng, n):
    """Return runs that end with the same probability at each step, and a coordinate that tells nothing."""
    return [rng.normal(size=1 + k) for k in rng.geometric(0.1, n)]


def test_the_best_of_many_is_judged_by_others(rng):
    """Where no policy helps, the least of the means is too low (a control); the held-out mean is not."""
    held_out, least = [], []
    for i in range(60):
        levels = np.linspace(0.3, 2.5, 12)
        answer = rd.policy_mean(memoryless(rng, 150), 1.0, above=levels, rng=i)
        held_out.append((answer.best_mean - 10.0) / answer.best_error)
        at = answer.policies.index(answer.best)
        least.append((answer.mean[at] - 10.0) / answer.error[at])
    assert abs(np.sum(held_out)) < 4 * np.sqrt(60) * 1.3  # folds share what chooses for them
    assert np.sum(least) < -4 * np.sqrt(60)
    assert np.std(held_out) < 1.5


def test_runs_given_up_are_weighed(rng):
    """Runs that are given up at random, before the policy resets them, leave no bias."""
    z, naive = [], []
    whole, _ = walks(rng, 20_000, steps=3000)
    truth = rd.policy_mean(whole, 1.0, above=[2.0])
    for _ in range(30):
        paths, _ = walks(rng, 400, steps=3000)
        patience = rng.geometric(0.01, len(paths))
        ended = np.array([len(path) - 1 <= p for path, p in zip(paths, patience, strict=True)])
        cut = [path[: p + 1] for path, p in zip(paths, patience, strict=True)]
        answer = rd.policy_mean(cut, 1.0, above=[2.0], ended=ended)
        if np.isnan(answer.mean[0]):
            continue
        z.append((answer.mean[0] - truth.mean[0]) / np.hypot(answer.error[0], truth.error[0]))
        only = rd.policy_mean([p for p, e in zip(cut, ended, strict=True) if e], 1.0, above=[2.0])
        naive.append((only.mean[0] - truth.mean[0]) / only.error[0])
    assert len(z) > 15
    assert abs(np.sum(z)) < 4 * np.sqrt(len(z))
    assert abs(np.sum(naive)) > 4 * np.sqrt(len(naive))


def test_long_trials_that_were_all_given_up_leave_the_mean_open(rng):
    paths, ended = walks(rng, 300, steps=30)
    answer = rd.policy_mean(paths, 1.0, above=[1.2, 8.0], ended=ended)
    assert np.isfinite(answer.mean[0])
    assert np.isnan(answer.mean[1])
    assert np.isnan(answer.free_mean)
    assert answer.best == 1.2


def test_a_policy_that_lets_none_end_is_not_trusted(rng):
    paths, _ = walks(rng, 200, steps=4000)
    answer = rd.policy_mean(paths, 1.0, above=[-1.0, 3.0])
    assert np.isinf(answer.mean[0])
    assert not answer.trusted[0]
    assert answer.best == 3.0


def test_wrong_sides_can_be_below(rng):
    paths, _ = walks(rng, 300, steps=4000)
    up = rd.policy_mean(paths, 1.0, above=[2.0, 3.0])
    down = rd.policy_mean([-path for path in paths], 1.0, below=[-2.0, -3.0])
    np.testing.assert_array_equal(up.mean, down.mean)
    assert up.speedup == up.free_mean / up.best_mean
    low, high = up.best_interval
    assert low < up.best_mean < high


def test_refused(rng):
    paths, _ = walks(rng, 50, steps=2000)
    with pytest.raises(ValueError, match="give one of the three"):
        rd.policy_mean(paths, 1.0)
    with pytest.raises(ValueError, match="dt=None: give the time between records"):
        rd.policy_mean(paths, above=[1.0])
    with pytest.raises(ValueError, match="5 runs; give at least 10"):
        rd.policy_mean(paths[:5], 1.0, above=[2.0])
    with pytest.raises(ValueError, match="all 50 runs were given up"):
        rd.policy_mean(paths, 1.0, above=[2.0], ended=np.zeros(50, dtype=bool))
    with pytest.raises(ValueError, match="one bool for each run"):
        rd.policy_mean(paths, 1.0, above=[2.0], ended=[True])
    with pytest.raises(ValueError, match="do enough runs end"):
        rd.policy_mean(paths, 1.0, above=[-5.0])
    with pytest.raises(TypeError, match="give a function"):
        rd.policy_mean(paths, 1.0, policy="often")
    with pytest.raises(ValueError, match="not a finite number of at least 0"):
        rd.policy_mean(paths, 1.0, policy=lambda x, t: -x)
    with pytest.raises(ValueError, match=r"returned shape \(\)"):
        rd.policy_mean(paths, 1.0, policy=lambda x, t: True)
    with pytest.raises(ValueError, match="holds nan"):
        rd.policy_mean([*paths, np.array([1.0, np.nan])], 1.0, above=[2.0])
    with pytest.raises(ValueError, match="overhead=-1"):
        rd.policy_mean(paths, 1.0, above=[2.0], overhead=-1)
    reset = rd.FirstPassage(rd.Brownian(0.5), 1.0, rd.Level(0.0), rd.Poisson(1.0))
    with pytest.raises(ValueError, match="there were resets"):
        rd.policy_mean(rd.trajectories(reset, np.arange(0, 20, 0.5), n=20, rng=1), above=[2.0])
    heavy = rd.UnderdampedLangevin("x**2/2", diffusion=1.0, friction=0.5, reset_velocity="keep")
    with pytest.raises(ValueError, match="the velocity outlasts a reset"):
        rd.policy_mean(
            rd.trajectories(rd.FirstPassage(heavy, 1.0, rd.Level(-1.0)), np.arange(0, 20, 0.5), n=20, rng=1),
            above=[2.0],
        )
