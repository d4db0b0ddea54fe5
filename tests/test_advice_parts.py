"""Parts of the advice against plain loops: groups, censored laws, quantiles, Luby's sequence, bounds."""

import json
import time

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from resetdyn.advice.luby import _exponents, luby_mean
from resetdyn.advice.menu import Price
from resetdyn.advice.quantiles import renewal_quantile, sharp_quantile, survival_of
from resetdyn.advice.samples import samples_of
from resetdyn.advice.survival import law_of


def test_groups_keep_averages(rng):
    times = rng.lognormal(sigma=2.0, size=200_000)
    data = samples_of(times)
    law = law_of(data)
    assert len(data.at) < 5000
    assert law.p.sum() == pytest.approx(1.0, abs=1e-12)
    assert law.p @ data.at == pytest.approx(times.mean(), rel=1e-12)
    for rate in (0.01, 1.0, 30.0):
        assert law.p @ np.exp(-rate * data.at) == pytest.approx(np.exp(-rate * times).mean(), rel=1e-4)


def test_groups_do_not_bridge_gaps(rng):
    times = np.r_[rng.normal(1, 0.01, 50_000), rng.normal(100, 1, 50_000)]
    data = samples_of(times)
    assert np.exp(-data.at) @ law_of(data).p == pytest.approx(np.exp(-times).mean(), rel=1e-4)


def test_law_of_censored_times_is_that_of_scipy(rng):
    times, flags = rng.exponential(size=300), rng.random(300) < 0.4
    data = samples_of(times, flags)
    law = law_of(data)
    known = stats.ecdf(stats.CensoredData.right_censored(times, flags)).sf
    assert law.after == pytest.approx(known.evaluate(data.high), abs=1e-12)


def test_variance_is_that_of_a_mean_and_greenwoods(rng):
    times, flags = rng.exponential(size=400), rng.random(400) < 0.3
    data = samples_of(times)
    plain = law_of(data).variance(data.at, 0.0)
    assert plain == pytest.approx(times.var() / 400, rel=1e-9)
    flags[np.argmax(times)] = True  # SciPy's interval is undefined where nobody is left
    data = samples_of(times, flags)
    law = law_of(data)
    known = stats.ecdf(stats.CensoredData.right_censored(times, flags)).sf
    interval = known.confidence_interval()
    at = 1.0
    spread = (interval.high.evaluate(at) - interval.low.evaluate(at)) / (2 * 1.959964)
    assert np.sqrt(law.variance((data.at > at).astype(float), 1.0)) == pytest.approx(spread, rel=1e-6)


def test_many_censored_times_in_groups_are_unbiased(rng):
    times = rng.exponential(size=300_000)
    stops = rng.exponential(size=300_000)
    data = samples_of(np.minimum(times, stops), times > stops)
    law = law_of(data)
    assert law.p @ np.exp(-data.at) + law.rest * 0 == pytest.approx(0.5, abs=4 * 0.29 * 2 / np.sqrt(300_000))


@pytest.mark.parametrize("overhead", [0.0, 0.5])
def test_quantiles_against_drawn_searches(overhead, rng):
    at, p = np.array([1.0, 2.0, 7.0]), np.array([0.2, 0.3, 0.5])
    after = 1 - np.cumsum(p)
    n, period = 400_000, 2.5
    attempts = rng.geometric(0.5, size=n) - 1
    drawn = attempts * (period + overhead) + rng.choice([1.0, 2.0], p=[0.4, 0.6], size=n)
    for q in (0.3, 0.93, 0.98):  # away from the steps of the law, such as 0.95
        assert sharp_quantile(at, after, period, overhead, q) == np.quantile(drawn, q, method="inverted_cdf")
    times, left, rate = np.zeros(n), np.arange(n), 0.3
    while len(left):
        T, R = rng.choice(at, p=p, size=len(left)), rng.exponential(1 / rate, len(left))
        times[left] += np.where(T <= R, T, R + overhead)
        left = left[T > R]
    for q in (0.5, 0.95, 0.99):
        found = renewal_quantile(
            survival_of(at, after), lambda t: np.exp(-rate * t), overhead, times.mean(), 1.0, q, False
        )
        share = np.mean(times <= found)
        assert abs(share - q) < 0.01


def test_quantiles_solve_the_renewal_equation(rng):
    """Against a plain sum over the last reset, and a control with the overhead left out."""
    data = samples_of(rng.lognormal(sigma=1.5, size=300))
    survives = survival_of(data.high, law_of(data).after)
    rate, overhead, h, n = 2.0, 0.4, 0.01, 2500
    t = h * np.arange(n)
    kernel = rate * np.exp(-rate * (t[1:] - h / 2)) * h * survives(t[1:] - h / 2)
    Q = np.exp(-rate * t) * survives(t)
    for i in range(1, n):
        back = t[i] - (t[1 : i + 1] - h / 2) - overhead
        Q[i] += kernel[:i] @ np.interp(back, t[:i], Q[:i], left=1.0)
    for q in (0.5, 0.95, 0.99):
        plain = float(np.interp(q, 1 - Q, t))
        solved = renewal_quantile(survives, lambda s: np.exp(-rate * s), overhead, 1.0, 3.0, q, False)
        assert solved == pytest.approx(plain, rel=0.01)
        wrong = renewal_quantile(survives, lambda s: np.exp(-rate * s), 0.0, 1.0, 3.0, q, False)
        assert wrong != pytest.approx(plain, rel=0.03)


def test_intervals_of_quantiles_hold_as_often_as_they_say(rng):
    held, trials = {0.95: 0, 0.99: 0}, 60
    for _ in range(trials):
        option = rd.advise(rng.weibull(0.5, 200), resamples=80, rng=rng).sharp
        period = option.reset.period
        stays = np.exp(-(period**0.5))
        for q in held:
            resets = np.floor(np.log(1 - q) / np.log(stays))
            truth = resets * period + np.log(stays**resets / (1 - q)) ** 2
            low, high = option.quantile_interval(q)
            held[q] += low <= truth <= high
    for q, count in held.items():
        assert count / trials > 0.92 - 4 * np.sqrt(0.92 * 0.08 / trials), q


def test_a_quantile_beyond_all_runs_is_open_above(rng):
    option = rd.advise(rng.gamma(4.0, size=40)).poisson
    assert option.resets < 1
    assert option.quantile_interval(0.99)[1] == np.inf
    assert option.quantile_interval(0.5)[1] < np.inf


def test_exponential_times_stay_exponential(rng):
    advice = rd.advise(rng.exponential(size=50_000))
    option = advice.robust
    assert option.quantile(0.95) == pytest.approx(np.log(20), rel=0.05)
    with pytest.raises(ValueError, match="q=1"):
        option.quantile(1.0)


def test_lubys_sequence():
    assert (2 ** _exponents()[:15]).tolist() == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]
    # Ends at once with probability 1/2, else never: each run of length 1 or more costs its length.
    data = samples_of(np.r_[np.full(500, 1.0), np.full(500, 1e9)])
    runs, alive, mean = 2.0 ** _exponents(), 1.0, 0.0
    for run in runs[:60]:
        mean += alive * (0.5 * 1.0 + 0.5 * (run + 0.1))
        alive /= 2
    assert luby_mean(law_of(data), data.at, 1.0, Price(overhead=0.1)) == pytest.approx(mean, rel=1e-9)


def test_bounds_hold_and_are_ordered(rng, published):
    advice = rd.advise(rng.lognormal(sigma=1.5, size=100_000))
    bounds = advice.bounds
    assert bounds.harmonic < bounds.best <= advice.poisson.mean < bounds.median
    assert bounds.harmonic == pytest.approx(np.exp(-1.125), rel=0.05)
    assert bounds.median == pytest.approx(published("bound.median.poisson.val"), rel=0.05)
    low, high = bounds.median_interval
    assert abs(np.log(low * high) / 2) < 4 * np.log(high / low) / (2 * 1.96)


def test_answers_are_the_same_each_time_and_plain(rng):
    times = rng.lognormal(size=200)
    a, b = rd.advise(times), rd.advise(times)
    assert a.as_dict() == b.as_dict()
    json.dumps(a.as_dict())
    assert len(a.text().splitlines()) <= 5
    assert "Luby" in a.text(details=True)
    assert rd.advise(1000 * times).mean == pytest.approx(1000 * a.mean, rel=1e-6)  # units do not matter


def test_a_million_times_are_quick(rng):
    times = rng.lognormal(sigma=1.5, size=1_000_000)
    began = time.process_time()
    rd.advise(times)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("times", "arguments", "message"),
    [
        ([], {}, "empty"),
        ([1.0, -2.0, 3.0], {}, r"times\[1\]=-2.*above 0"),
        ([1.0, np.nan], {}, r"times\[1\]=nan.*not a number"),
        ([1.0, np.inf], {}, "infinite.*censored"),
        ([[1.0, 2.0]], {}, "shape"),
        (["1 s", "2 min"], {}, "one unit"),
        (np.arange(1.0, 50.0), {"censored": np.ones(49, bool)}, "all 49 runs were given up"),
        (np.arange(1.0, 50.0), {"censored": np.zeros(3, bool)}, "shape"),
        (np.arange(1.0, 50.0), {"censored": np.arange(49)}, "True"),
        (np.full(50, 3.0), {}, "all 50 runs that ended took 3"),
        (np.arange(1.0, 6.0), {}, "only 5 runs ended"),
        (np.arange(1.0, 50.0), {"overhead": -1}, "overhead"),
        (np.arange(1.0, 50.0), {"cost": -1}, "cost"),
        (np.arange(1.0, 50.0), {"cost": lambda age: 1.0}, "array of times"),
        (np.arange(1.0, 50.0), {"at_rate": 2.0}, "probability"),
        (np.arange(1.0, 50.0) + 0.5, {"steps": True}, "whole numbers"),
        (np.arange(1.0, 50.0), {"ties": "both"}, "ties"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(times, arguments, message):
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        rd.advise(times, **arguments)
    assert "\n" not in str(caught.value)
