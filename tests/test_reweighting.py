"""One run for many rates: means against the theory, stated errors against the true ones, and trust."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from scipy import stats

import resetdyn as rd

matplotlib.use("Agg")

BROWNIAN = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.NoReset())
TRAPPED = rd.FirstPassage(rd.OrnsteinUhlenbeck(1.0, 0.0, 0.5), 1.0, rd.Level(0.0), rd.NoReset())
INTERVAL = rd.FirstPassage(rd.Brownian(1.0), 0.3, rd.Interval(0.0, 1.0), rd.NoReset())
RATES = np.array([0.0, 0.05, 0.5, 1.5, 2.0, 3.0, 6.0, 12.0, 100.0, 1000.0])


def exact(problem, resets):
    return np.array([rd.solve(replace(problem, reset=reset)).mean for reset in resets])


@pytest.mark.parametrize("own", [0.0, 2.0])
@pytest.mark.parametrize("problem", [BROWNIAN, TRAPPED, INTERVAL])
def test_stated_errors_hold_wherever_they_are_trusted(problem, own, seed):
    truth = exact(problem, [rd.Poisson(rate) for rate in RATES])
    run = replace(problem, reset=rd.Poisson(own))
    answers = [rd.reweight(rd.simulate(run, n=5000, rng=[seed, k]), RATES) for k in range(200)]
    trusted = np.array([answer.trusted for answer in answers])
    usual = trusted.mean(axis=0) > 0.9
    assert usual.sum() >= 4
    assert not usual[-1]
    mean, error = (
        np.array([getattr(answer, name)[usual] for answer in answers]) for name in ("mean", "error")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.ma.masked_where(~trusted[:, usual], (mean - truth[usual]) / error)
    # 200 runs: the share within 1.96 has a standard error of 1.5 %, a standard deviation one of 5 %.
    assert np.all(abs(np.mean(abs(z) < 1.96, axis=0) - 0.95) < 4 * 0.0154)
    assert np.all(abs(z.std(axis=0, ddof=1) - 1) < 4 * 0.05)
    assert np.all(abs(z.mean(axis=0)) < 4 / np.sqrt(200) + 0.1)  # a bias of order 1 / n beside an error
    with np.errstate(invalid="ignore"):
        wrong = [~(abs(a.mean - truth) < 5 * a.error) & a.trusted for a in answers]
    assert np.mean(wrong) < 0.002


def test_low_rates_are_no_small_difference(seed):
    run = replace(INTERVAL, reset=rd.Poisson(2.0))
    rates = [0.0, 1e-9, 1e-3]
    answer = rd.reweight(rd.simulate(run, n=20_000, rng=seed), rates)
    truth = exact(INTERVAL, [rd.Poisson(rate) for rate in rates])
    assert answer.trusted.all()
    assert np.all(abs(answer.mean - truth) < 4 * answer.error)
    own = rd.simulate(INTERVAL, n=20_000, rng=seed)
    assert np.all(answer.error < 2 * own.error)  # as good as samples of that rate, not 1 / rate times worse


def test_a_search_that_may_never_end_is_not_taken_for_one_that_does(seed):
    away = rd.FirstPassage(rd.Brownian(0.5, drift=3.0), 0.3, rd.Level(0.0), rd.Poisson(1.0))
    answers = [rd.reweight(rd.simulate(away, n=5000, rng=[seed, k]), [0.02, 0.3]) for k in range(40)]
    truth = exact(away, [rd.Poisson(0.02), rd.Poisson(0.3)])  # a sixth arrives without resets
    assert truth[0] > 10 * truth[1]
    for answer in answers:
        assert np.all((abs(answer.mean - truth) < 5 * answer.error)[answer.trusted])
    # Noise along one axis: the other coordinate leaves the height of the ball for good.
    drawn = rd.FirstPassage(
        rd.OrnsteinUhlenbeck(np.eye(2), [0.0, 0.0], [[1.0, 0.0], [0.0, 0.0]]), [0.0, 1.0],
        rd.Ball([1.0, 0.8], 0.15), rd.Poisson(2.0),
    )  # fmt: skip
    answer = rd.reweight(rd.simulate(drawn, n=5000, rng=seed), [0.1])
    slow = rd.simulate(replace(drawn, reset=rd.Poisson(0.1)), n=1000, rng=seed)
    assert not answer.trusted[0] or abs(answer.mean[0] - slow.mean) < 5 * np.hypot(
        answer.error[0], slow.error
    )


@pytest.mark.parametrize(
    "reset",
    [
        rd.Poisson(1.0), rd.Sharp(0.7), rd.NoReset(),
        rd.Renewal(stats.gamma(2, scale=0.4)), rd.Renewal(stats.uniform(0.2, 1.0)),
    ],
)  # fmt: skip
def test_reset_free_times_answer_for_any_law(reset, seed):
    samples = rd.simulate(TRAPPED, n=50_000, rng=seed)
    answer = rd.reweight(samples, [reset])
    truth = exact(TRAPPED, [reset])
    assert answer.trusted[0]
    assert abs(answer.mean[0] - truth[0]) < 4 * answer.error[0]
    single = rd.renewal_samples(samples.times, reset)
    assert (answer.mean[0], answer.error[0]) == pytest.approx((single.mean, single.error), rel=1e-6)
    if not isinstance(reset, rd.NoReset):
        assert single.cv == pytest.approx(rd.solve(replace(TRAPPED, reset=reset)).cv, rel=0.03)


def test_exponential_waits_are_poisson_resets(seed):
    times = rd.simulate(TRAPPED, n=1000, rng=seed).times
    answer = rd.reweight(times, [rd.Poisson(1.3), rd.Renewal(stats.expon(scale=1 / 1.3))])
    assert answer.mean[1] == pytest.approx(answer.mean[0], rel=1e-9)
    one, two = (rd.renewal_samples(times, reset) for reset in answer.resets)
    assert two.cv == pytest.approx(one.cv, rel=1e-9)


def test_resets_elsewhere_are_reweighted_too(seed):
    problem = replace(BROWNIAN, reset=rd.Poisson(2.0, to=0.5))
    answer = rd.reweight(rd.simulate(problem, n=50_000, rng=seed), [1.6, 2.0, 2.5])
    truth = exact(problem, [rd.Poisson(rate, to=0.5) for rate in answer.rates])
    assert answer.trusted.all()
    assert np.all(abs(answer.mean - truth) < 4 * answer.error)


@pytest.mark.parametrize("own", [0.0, 2.0])
def test_the_optimum_comes_with_its_interval(own, seed):
    run = replace(BROWNIAN, reset=rd.Poisson(own))
    rates = [1.5, 2.0, 2.5, 3.0, 4.0, 5.0]
    best = [rd.reweight(rd.simulate(run, n=20_000, rng=[seed, k]), rates).optimum for k in range(60)]
    z = np.array([(b.rate - rd.optimal_reset(run).rate) / b.error for b in best])
    assert abs(z.mean()) < 4 / np.sqrt(60) + 0.1
    assert abs(z.std(ddof=1) - 1) < 4 * 0.092
    low, high = best[0].interval
    assert low < best[0].rate < high


def test_a_rate_that_stands_twice_changes_no_optimum(seed):
    run = rd.simulate(replace(BROWNIAN, reset=rd.Poisson(2.0)), n=100_000, rng=seed)
    rates = [1.5, 2.0, 2.3, 3.2, 4.0]
    best = rd.reweight(run, rates).optimum
    for more in (rates, [best.rate, 2.3]):
        again = rd.reweight(run, sorted([*rates, *more])).optimum
        assert again.rate == pytest.approx(best.rate, abs=0.1 * best.error)


def heavy(rate, reset_velocity="keep"):
    process = rd.UnderdampedLangevin("x**2/2", diffusion=1.0, friction=0.5, reset_velocity=reset_velocity)
    return rd.FirstPassage(process, 1.0, rd.Level(-1.0), rd.Poisson(rate) if rate else rd.NoReset())


def test_what_outlasts_a_reset_is_not_renewed(seed):
    run = rd.simulate(heavy(1.0), n=40_000, rng=seed)
    answer = rd.reweight(run, [0.9, 1.0, 1.1, 1.5])
    direct = [rd.simulate(heavy(rate), n=40_000, rng=seed + i) for i, rate in enumerate((0.9, 1.1), 1)]
    for mean, error, other in zip(answer.mean[[0, 2]], answer.error[[0, 2]], direct, strict=True):
        assert abs(mean - other.mean) < 4 * np.hypot(error, other.error)
    with pytest.raises(ValueError, match="the velocity outlasts a reset"):
        rd.reweight(rd.simulate(heavy(0.0), n=100, rng=seed), [1.0])
    rd.reweight(rd.simulate(heavy(0.0, "redraw"), n=100, rng=seed), [1.0])
    sgd = rd.QuadraticSGD(1.0, 0.0, 1.0, learning_rate=0.1, batch_size=1, schedule=[1.0, 0.5])
    slower = rd.simulate(rd.FirstPassage(sgd, 1.0, rd.Level(0.0)), n=100, rng=seed)
    with pytest.raises(ValueError, match="the schedule of the learning rate outlasts a reset"):
        rd.reweight(slower, [rd.Geometric(0.1)])


def test_without_an_optimum_inside_there_is_none(seed):
    run = rd.simulate(BROWNIAN, n=5000, rng=seed)
    assert rd.reweight(run, [0.5, 1.0, 1.5]).optimum is None
    assert rd.reweight(run, [2.5]).optimum is None
    assert rd.reweight(run, [rd.Sharp(1.0)]).optimum is None


def test_it_can_be_drawn(seed):
    answer = rd.reweight(rd.simulate(BROWNIAN, n=5000, rng=seed), [1.0, 2.0, 3.0, 5.0, 1000.0])
    ax = answer.plot()
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")  # the mean at 1000 has no room beside others
    assert (
        rd.reweight(rd.simulate(BROWNIAN, n=5000, rng=seed), [1.0, 2.0, 3.0]).plot().get_yscale() == "linear"
    )
    assert {"trusted", "not trusted"} <= {text.get_text() for text in ax.get_legend().get_texts()}
    matplotlib.pyplot.close("all")


def test_bad_input():
    def run(reset, **options):
        return rd.simulate(replace(BROWNIAN, reset=reset), n=100, rng=7, **options)

    for samples, rates, error, message in (
        (run(rd.Poisson(1.0)), [-1.0], ValueError, "rates of at least 0"),
        (run(rd.Poisson(1.0)), [[1.0]], ValueError, "one row of rates"),
        (run(rd.Poisson(1.0)), "no", TypeError, "rates="),
        (run(rd.Poisson(1.0)), [rd.Sharp(1.0)], ValueError, "answer for rates;"),
        (run(rd.Sharp(1.0)), [1.0], ValueError, "drawn under Sharp"),
        (run(rd.Poisson(1.0, refractory=0.5)), [1.0], ValueError, "without pause"),
        (run(rd.Poisson(1.0), max_time=0.1), [1.0], ValueError, "simulate without max_time"),
        ([1.0], [1.0], ValueError, "at least two"),
        ([1.5, 2.0], [rd.Geometric(0.1)], ValueError, "whole numbers"),
    ):
        with pytest.raises(error, match=message):
            rd.reweight(samples, rates)
