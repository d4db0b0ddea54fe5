"""Advice from measured times: known answers, z-scores against exact theory, and controls that must fail."""

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd

N = 100_000


@pytest.fixture
def slow(rng):
    """Lognormal times, sigma = 1.5."""
    return rng.lognormal(sigma=1.5, size=N)


def z_score(advice, rate, exact):
    """Return by how many standard errors the mean at a rate is off, from its symmetric interval."""
    at = advice.mean_at(rate)
    return float(np.log(at.mean / exact)) / error_of((at.low, at.high))


def error_of(interval):
    """Return the standard error of the logarithm that a 95 % interval goes back to."""
    low, high = interval
    return float(np.log(high / low)) / (2 * 1.96)


def under_resets(draw, rate, n, rng, overhead=0.0):
    """Draw searches under Poisson resetting, one attempt after the other."""
    times, left = np.zeros(n), np.arange(n)
    while len(left):
        attempt, wait = draw(len(left)), rng.exponential(1 / rate, len(left))
        ends = attempt <= wait
        times[left] += np.where(ends, attempt, wait + overhead)
        left = left[~ends]
    return times


def test_lognormal_times_have_the_published_optimum(slow, published):
    advice = rd.advise(slow)
    best = published("lognormal.s1.5.Tstar")
    assert advice.helps
    assert advice.settled
    assert abs(z_score(advice, published("lognormal.s1.5.rstar"), best)) < 4
    low, high = advice.rate_interval
    error = np.log(high / low) / (2 * 1.96)
    assert error < 0.05
    assert abs(np.log(advice.rate / published("lognormal.s1.5.rstar"))) < 4 * error
    assert advice.mean == pytest.approx(best, rel=0.02)
    assert advice.speedup == pytest.approx(published("lognormal.s1.5.mean") / best, rel=0.1)


def test_a_wrong_mean_is_told_from_the_right_one(slow, published):
    best = published("lognormal.s1.5.Tstar")
    assert abs(z_score(rd.advise(slow), published("lognormal.s1.5.rstar"), 1.05 * best)) > 4


def test_where_ever_faster_resets_help_the_rate_ends_with_the_data(rng):
    fast = rng.random(N) < 0.3
    advice = rd.advise(rng.exponential(np.where(fast, 0.2, 5.0)))
    assert advice.helps
    some = [rd.advise(rng.exponential(np.where(rng.random(2000) < 0.3, 0.2, 5.0))) for _ in range(8)]
    assert sum(each.rate_interval[1] == np.inf for each in some) >= 6  # of 8 intervals at 95 %
    # <T_r> falls for ever: to 1 / (p l1 + (1 - p) l2).
    assert advice.mean < 0.8
    assert abs(z_score(advice, 5.0, (1 - (f := 0.3 * 0.5 + 0.7 * 0.2 / 5.2)) / (5 * f))) < 4


def test_sharp_waits_on_the_way_to_a_level(rng, published):
    times = 0.5 / rng.normal(size=N) ** 2  # Brownian motion, D = 1, distance 1
    advice = rd.advise(times)
    assert error_of(advice.sharp.mean_interval) < 0.01
    z = np.log(advice.sharp.mean / published("diffusion.sharp.min")) / error_of(advice.sharp.mean_interval)
    assert abs(z) < 4
    assert advice.sharp.reset.period == pytest.approx(published("diffusion.sharp.taustar"), rel=0.2)
    assert advice.gamma.mean < advice.poisson.mean
    assert advice.sharp.mean < published("diffusion.gamma2.min") < advice.poisson.mean


def test_waits_of_a_family_against_theory(rng):
    from resetdyn.advice.families import waits_menu
    from resetdyn.advice.menu import Price
    from resetdyn.advice.samples import samples_of
    from resetdyn.advice.survival import law_of

    data = samples_of(0.5 / rng.normal(size=N) ** 2)
    for name, wait in (
        ("gamma", stats.gamma(2, scale=0.25)),
        ("Weibull", stats.weibull_min(2.0)),
    ):
        menu = waits_menu(
            name, np.array([2.0]), np.array([wait.mean()]), data.at, data.high[-1:], Price(overhead=0.1)
        )
        problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Renewal(wait, refractory=0.1))
        assert menu.spent(law_of(data))[0] == pytest.approx(rd.solve(problem).mean, rel=0.02)


@pytest.mark.parametrize("overhead", [0.0, 0.2])
def test_times_taken_under_resets_tell_of_higher_rates(overhead, rng, slow):
    taken = under_resets(lambda n: rng.lognormal(sigma=1.5, size=n), 1.0, N, rng, overhead)
    under = rd.advise(taken, at_rate=1.0, overhead=overhead)
    free = rd.advise(slow, overhead=overhead)
    for rate in (1.0, 2.0, 4.0):
        a, b = under.mean_at(rate), free.mean_at(rate)
        errors = [np.log(m.high / m.low) / (2 * 1.96) for m in (a, b)]
        assert abs(np.log(a.mean / b.mean)) < 4 * np.hypot(*errors)
    assert under.sharp is None
    with pytest.raises(ValueError, match="rate 1"):
        under.mean_at(0.5)


def test_forgetting_that_times_were_taken_under_resets_is_seen(rng, slow):
    taken = under_resets(lambda n: rng.lognormal(sigma=1.5, size=n), 1.0, N, rng)
    wrong, free = rd.advise(taken).mean_at(0.5), rd.advise(slow).mean_at(0.5)
    assert abs(np.log(wrong.mean / free.mean)) > 4 * np.log(free.high / free.low) / 2


def test_the_mean_without_resets_from_times_under_them(rng):
    # A law with an exponential tail: the weights e^(rate T) of any heavier one have no variance.
    taken = under_resets(lambda n: rng.gamma(0.5, 3.0, size=n), 0.1, N, rng)
    advice = rd.advise(taken, at_rate=0.1)
    low, high = advice.free_mean_interval
    error = (high - low) / (2 * 1.96)
    assert abs(advice.free_mean - 1.5) < 4 * error
    heavy = rd.advise(under_resets(lambda n: rng.lognormal(sigma=1.0, size=n), 0.1, N, rng), at_rate=0.1)
    assert np.isnan(heavy.free_mean) or abs(heavy.free_mean / np.exp(0.5) - 1) < 0.03
    fast = under_resets(lambda n: rng.lognormal(sigma=1.5, size=n), 2.0, 2000, rng)
    assert np.isnan(rd.advise(fast, at_rate=2.0).free_mean)


@pytest.mark.parametrize("ties", ["process", "reset"])
def test_steps_follow_their_tie_convention(ties, rng):
    steps = rng.negative_binomial(1, rng.choice([0.5, 0.01], size=N)) + 1
    advice = rd.advise(steps, ties=ties)
    exact = rd.renewal_samples(steps.astype(float), rd.Geometric(0.05, ties=ties))
    assert advice.steps
    assert advice.poisson.reset.ties == ties
    assert float(advice.mean_at(0.05).mean) == pytest.approx(exact.mean, rel=1e-3)
    other = {"process": "reset", "reset": "process"}[ties]
    assert rd.advise(steps, ties=other).mean_at(0.05).mean != pytest.approx(exact.mean, rel=0.01)


@pytest.mark.parametrize("ties", ["process", "reset"])
def test_steps_taken_under_resets_tell_of_higher_probabilities(ties, rng):
    def draw(n):
        return rng.geometric(rng.choice([0.5, 0.01], size=n))

    steps, left = np.zeros(N), np.arange(N)
    while len(left):
        attempt, wait = draw(len(left)), rng.geometric(0.05, len(left))
        ends = attempt <= wait if ties == "process" else attempt < wait
        steps[left] += np.where(ends, attempt, wait)
        left = left[~ends]
    under = rd.advise(steps, at_rate=0.05, ties=ties, cost=1.0)
    free = rd.advise(draw(N), ties=ties, cost=1.0)
    for probability in (0.05, 0.2):
        a, b = under.mean_at(probability), free.mean_at(probability)
        errors = [error_of((m.low, m.high)) for m in (a, b)]
        assert abs(np.log(a.mean / b.mean)) < 4 * np.hypot(*errors)
    # The price, and with it the best probability, counts all resets.
    errors = [error_of(advice.poisson.mean_interval) for advice in (under, free)]
    assert abs(np.log(under.poisson.spent / free.poisson.spent)) < 4 * np.hypot(*errors)
    assert under.poisson.resets == pytest.approx(under.poisson.spent - under.poisson.mean, rel=0.02)


def test_censored_times_give_the_same_means(rng, slow):
    stops = rng.exponential(5.0, size=N)
    advice = rd.advise(np.minimum(slow, stops), slow > stops)
    law = rd.advise(slow)
    for rate in (0.5, 4.0):
        a, b = advice.mean_at(rate), law.mean_at(rate)
        assert abs(np.log(a.mean / b.mean)) < 4 * np.log(a.high / a.low) / (2 * 1.96)
    naive = rd.advise(np.minimum(slow, stops)).mean_at(0.5)  # a run given up is no run that ended
    assert abs(np.log(naive.mean / law.mean_at(0.5).mean)) > 4 * np.log(naive.high / naive.low) / (2 * 1.96)


def test_a_time_out_leaves_the_mean_open(slow):
    advice = rd.advise(np.minimum(slow, 5.0), slow > 5.0)
    assert advice.lower_bound
    assert advice.free_mean < np.exp(1.125)
    assert advice.free_mean_interval[1] == np.inf
    assert advice.helps
    assert any("lower bound" in note for note in advice.notes)


def test_regular_times_are_better_left_alone(rng):
    advice = rd.advise(rng.gamma(4.0, size=2000))
    assert not advice.helps
    assert advice.settled
    assert advice.rate == 0
    assert advice.mean == advice.free_mean
    assert abs(np.log(advice.cv / 0.5)) < 4 * error_of(advice.cv_interval)
    assert not advice.any_helps


def test_an_indifferent_law_is_seldom_settled(rng):
    settled = [rd.advise(rng.exponential(size=200), resamples=100).settled for _ in range(100)]
    assert sum(settled) < 25  # at 5 % a side, and four standard errors


def test_overhead_and_price_are_what_resets_cost(slow):
    free, slower, dearer = rd.advise(slow), rd.advise(slow, overhead=0.3), rd.advise(slow, cost=0.3)
    assert slower.rate == pytest.approx(dearer.rate, rel=1e-6)
    assert slower.rate < free.rate
    assert dearer.poisson.spent == pytest.approx(slower.mean, rel=1e-3)
    assert dearer.mean < slower.mean
    of_age = rd.advise(slow, cost=lambda age: np.full_like(age, 0.3))
    assert of_age.poisson.spent == pytest.approx(dearer.poisson.spent, rel=0.01)
    problem_mean = slower.mean_at(2.0).mean
    f = np.mean(np.exp(-2 * slow))
    assert float(problem_mean) == pytest.approx((1 - f) / f * (0.5 + 0.3), rel=1e-4)


def test_rates_beyond_the_data_are_flagged_and_bounded(rng):
    times = rng.lognormal(sigma=1.5, size=200)
    advice = rd.advise(times)
    rates = advice.reach * np.array([0.5, 1.0, 3.0, 30.0, 300.0])
    told = advice.mean_at(rates)
    assert told.extrapolated.tolist() == [False, False, True, True, True]
    assert np.isinf(told.high).tolist() == told.extrapolated.tolist()
    assert float(advice.mean_at(rates[3]).high) == np.inf
    many = np.exp(rng.normal(scale=1.5, size=4_000_000))  # the law itself
    for rate, low in zip(rates[2:4], told.low[2:4], strict=True):
        f = np.exp(-rate * many).mean()
        assert low < (1 - f) / (rate * f)


def test_a_time_out_far_beyond_the_resets_leaves_nothing_open(slow, published):
    """Whether runs that were given up would have ended soon or never makes no difference to fast resets."""
    times = slow[:2000]
    advice = rd.advise(np.minimum(times, 4.0), times > 4.0)
    assert advice.free_mean_interval[1] == np.inf
    assert advice.mean_interval[1] < np.inf
    error = error_of(advice.mean_interval)
    best = published("lognormal.s1.5.Tstar")
    assert (
        abs(np.log(advice.mean / best)) < 4 * error + 0.01
    )  # the rate that was chosen is not quite the best
    early = rd.advise(np.minimum(times, 0.3), times > 0.3)  # the control: given up before it is told
    assert early.poisson.mean_interval[1] == np.inf
