"""Several outcomes under resetting: against closed forms, exact theory, and runs that are reset."""

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.advice.competing import contributions


def two_kinds(rng, n, share=0.4, fast=1.0, slow=4.0):
    """Return exponential times of two kinds, and which."""
    first = rng.random(n) < share
    return np.where(first, rng.exponential(fast, n), rng.exponential(slow, n)), np.where(first, "a", "b")


def exact(r, share=0.4, fast=1.0, slow=4.0):
    """Return P(a), <time | a>, time per a; from the transforms of two exponential laws."""
    f = np.array([share / (1 + r * fast), (1 - share) / (1 + r * slow)])
    g = np.array([share * fast / (1 + r * fast) ** 2, (1 - share) * slow / (1 + r * slow) ** 2])
    waste = ((1 - f.sum()) / r - g.sum()) / f.sum()
    return f[0] / f.sum(), waste + g[0] / f[0], (1 - f.sum()) / (r * f[0])


def waits(reset, n, rng):
    match reset:
        case rd.Sharp(period=period):
            return np.full(n, period)
        case rd.Geometric(probability=p):
            return rng.geometric(p, n).astype(float)
    return np.full(n, np.inf)


def check(answer, row, column, truth):
    for name, value in zip(("probability", "time", "time_per"), truth, strict=True):
        estimate, error = getattr(answer, name)[row, column], getattr(answer, name + "_error")[row, column]
        assert abs(estimate - value) < 4 * error, name
        assert error < 0.1 * value, name


def test_two_exponential_outcomes(rng):
    answer = rd.outcomes_under(*two_kinds(rng, 20_000), [0.5, 2.0])
    assert answer.labels == ("a", "b")
    np.testing.assert_allclose(answer.probability.sum(axis=0), 1)
    for column, rate in enumerate((0.5, 2.0)):
        check(answer, 0, column, exact(rate))


def test_errors_hold_with_runs_given_up(rng):
    z = []
    for _ in range(40):
        times, labels = two_kinds(rng, 500)
        patience = rng.exponential(6.0, 500)
        answer = rd.outcomes_under(np.minimum(times, patience), labels, [1.0], censored=times > patience)
        z.append([
            (getattr(answer, name)[0, 0] - value) / getattr(answer, name + "_error")[0, 0]
            for name, value in zip(("probability", "time", "time_per"), exact(1.0), strict=True)
        ])  # fmt: skip
    z = np.array(z)
    assert np.all(np.abs(z.sum(axis=0)) < 4 * np.sqrt(40))
    assert np.all(np.abs((z**2).sum(axis=0) - 40) < 4 * np.sqrt(80))


def test_leaving_out_runs_that_were_given_up_is_wrong(rng):
    """A negative control: what was given up was slow."""
    times, labels = two_kinds(rng, 20_000)
    patience = rng.exponential(2.0, 20_000)
    seen = times < patience
    answer = rd.outcomes_under(times[seen], labels[seen], [0.2])
    assert abs(answer.probability[0, 0] - exact(0.2)[0]) > 4 * answer.probability_error[0, 0]


def test_which_end_of_an_interval_is_hit(seed):
    """The exact theory of Brownian motion between two ends is another route to the same numbers."""
    free = rd.FirstPassage(rd.Brownian(0.5, drift=0.3), 0.4, rd.Interval(0.0, 1.0))
    run = rd.simulate(free, n=20_000, rng=seed)
    answer = rd.outcomes_under(run.times, run.ends, [1.0, 5.0])
    for column, rate in enumerate((1.0, 5.0)):
        solved = rd.solve(rd.FirstPassage(free.process, 0.4, free.target, rd.Poisson(rate)))
        for end in (0, 1):
            row = answer.of(end)
            z = (answer.probability[row, column] - solved.ends[end]) / answer.probability_error[row, column]
            assert abs(z) < 4
            z = (answer.time[row, column] - solved.end_means[end]) / answer.time_error[row, column]
            assert abs(z) < 4


@pytest.mark.parametrize(
    "reset", [rd.Sharp(1.5), rd.Geometric(0.1), rd.Geometric(0.1, ties="process"), rd.NoReset()]
)
def test_other_resets_against_runs_that_are_reset(reset, rng):
    """Draw runs with resets, one trial after another, as a user would run them."""
    steps = isinstance(reset, rd.Geometric)

    def runs(n):
        times, labels = two_kinds(rng, n)
        return (np.ceil(times * 4), labels) if steps else (times, labels)

    answer = rd.outcomes_under(*runs(20_000), [reset])
    n = 20_000
    spent, ends, open_ = np.zeros(n), np.full(n, "-"), np.arange(n)
    while len(open_):
        T, labels = runs(len(open_))
        R = waits(reset, len(open_), rng)
        done = T < R if steps and reset.ties == "reset" else T <= R
        spent[open_] += np.minimum(T, R)
        ends[open_[done]] = labels[done]
        open_ = open_[~done]
    for row, label in enumerate(answer.labels):
        mine = ends == label
        p, p_error = mine.mean(), mine.std() / np.sqrt(n)
        assert abs(answer.probability[row, 0] - p) < 4 * np.hypot(p_error, answer.probability_error[row, 0])
        mean, error = spent[mine].mean(), spent[mine].std() / np.sqrt(mine.sum())
        assert abs(answer.time[row, 0] - mean) < 4 * np.hypot(error, answer.time_error[row, 0])
        each = np.add.reduceat(spent, np.arange(0, n, 100)) / np.add.reduceat(mine, np.arange(0, n, 100))
        ratio = spent.sum() / mine.sum()
        error = each.std() / np.sqrt(len(each))
        assert abs(answer.time_per[row, 0] - ratio) < 4 * np.hypot(error, answer.time_per_error[row, 0])


def test_weights_are_those_of_kaplan_and_meier(rng):
    from scipy.stats import CensoredData, ecdf

    T, C = rng.exponential(size=60), rng.exponential(1.5, size=60)
    T[0], C[0] = 9.0, 10.0  # the longest run ended
    seen, ended = np.minimum(T, C), T <= C
    law = ecdf(CensoredData(uncensored=seen[ended], right=seen[~ended])).sf
    jumps = -np.diff(np.append(1.0, law.probabilities))
    means = contributions(seen, ended, np.column_stack([seen, seen**2]), np.zeros(2)).mean(axis=0)
    np.testing.assert_allclose(means, [jumps @ law.quantiles, jumps @ law.quantiles**2])


def test_refused(rng):
    times, labels = two_kinds(rng, 50)
    with pytest.raises(ValueError, match=r"outcomes has shape \(3,\): give one label for each of 50 times"):
        rd.outcomes_under(times, labels[:3], [1.0])
    with pytest.raises(ValueError, match="all 50 runs were given up"):
        rd.outcomes_under(times, labels, [1.0], censored=np.ones(50, dtype=bool))
    with pytest.raises(ValueError, match="one bool for each time"):
        rd.outcomes_under(times, labels, [1.0], censored=[True])
    with pytest.raises(ValueError, match="ask for a rate above 0"):
        rd.outcomes_under(times, labels, [0.0], censored=times > 3)
    with pytest.raises(ValueError, match="measure for longer"):
        rd.outcomes_under(np.minimum(times, 1.0), labels, [0.01], censored=times > 1.0)
    with pytest.raises(ValueError, match="give a label, or censored="):
        rd.outcomes_under(times, np.full(50, np.nan), [1.0])
    with pytest.raises(ValueError, match="the outcomes are 'a', 'b'"):
        rd.outcomes_under(times, labels, [1.0]).of("c")
    with pytest.raises(ValueError, match="at least 0"):
        rd.outcomes_under(times, labels, [-1.0])
    with pytest.raises(TypeError, match="resets"):
        rd.outcomes_under(times, labels, ["often"])
