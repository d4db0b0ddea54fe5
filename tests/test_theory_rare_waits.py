"""Waits far shorter than any passage: the mean is decided by times that are rare for both."""

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

import resetdyn as rd

DIGITS = 30


def log_reached(t, drift):
    """Return log P(T <= t) of Brownian motion (D = 1) from the middle of (0, 2), without the images."""

    def one(v):  # towards a level at the distance 1
        ahead, behind = (1 - v * t) / mp.sqrt(4 * t), (1 + v * t) / mp.sqrt(4 * t)
        return (mp.erfc(ahead) + mp.exp(v) * mp.erfc(behind)) / 2

    return mp.log(one(drift) + one(-drift))


# The logarithm of the density (of the wait in units of its scale), its support, its mean.
LAWS = {
    "exponential": (lambda r: stats.expon(scale=1 / r), lambda x: -x, (0, mp.inf), 1),
    "gamma": (lambda r: stats.gamma(2, scale=1 / r), lambda x: mp.log(x) - x, (0, mp.inf), 2),
    "narrow gamma": (
        lambda r: stats.gamma(40, scale=1 / r), lambda x: 39 * mp.log(x) - x - mp.loggamma(40),
        (0, mp.inf), 40,
    ),
    "Weibull": (
        lambda r: stats.weibull_min(0.5, scale=1 / r),
        lambda x: mp.log(mp.mpf("0.5")) - mp.log(x) / 2 - mp.sqrt(x), (0, mp.inf), 2,
    ),
    "uniform": (lambda r: stats.uniform(0, 2 / r), lambda x: -mp.log(2), (0, 2), 1),
    "lognormal": (
        lambda r: stats.lognorm(0.5, scale=1 / r),
        lambda x: -2 * mp.log(x) ** 2 - mp.log(x) - mp.log(2 * mp.pi) / 2 + mp.log(2), (0, mp.inf),
        mp.exp(mp.mpf("0.125")),
    ),
}  # fmt: skip


def log_mean_by_quadrature(name, rate, drift):
    """Return log(<R> / P(T <= R)), what the mean is where passages are rare."""
    _, log_density, (first, last), mean = LAWS[name]
    with mp.workdps(DIGITS):
        rate = mp.mpf(rate)

        def height(u):  # of the integrand in u = log t
            t = mp.exp(u)
            return log_density(t * rate) + mp.log(rate) + log_reached(t, mp.mpf(drift)) + u

        low = mp.log(first / rate) if first else mp.mpf(-60)
        high = mp.log(last / rate) if last != mp.inf else mp.mpf(3)
        a, b = low, high
        for _ in range(120):  # the peak, by thirds
            third = (b - a) / 3
            a, b = (a + third, b) if height(a + third) < height(b - third) else (a, b - third)
        peak = (a + b) / 2
        most = height(peak)
        cuts = {peak}
        for side, end in ((-1, low), (1, high)):
            step = mp.mpf(10) ** -12
            while step < abs(end - peak) and height(peak + side * step) > most - 80:
                step *= 2
            far = min(step, abs(end - peak))
            cuts |= {peak + side * far * mp.mpf(k) / 16 for k in range(1, 17)}
        total = mp.quad(lambda u: mp.exp(height(u) - most), sorted(cuts))
        return mp.log(mean / rate) - most - mp.log(total)


@pytest.mark.parametrize(
    ("name", "rate", "drift"),
    [(name, rate, 2.0) for name in LAWS for rate in (1e5, 1e8)] + [("gamma", 1e6, 2.0), ("gamma", 1e7, 0.0)],
)
def test_the_mean_under_short_waits_is_that_of_a_quadrature(name, rate, drift):
    reset = rd.Renewal(LAWS[name][0](rate))
    result = rd.solve(rd.FirstPassage(rd.Brownian(1.0, drift=drift), 1.0, rd.Interval(0.0, 2.0), reset))
    assert result.log_mean == pytest.approx(
        float(log_mean_by_quadrature(name, rate, drift)), rel=2e-14, abs=1e-11
    )


@pytest.mark.parametrize("rate", np.geomspace(1e-3, 1e8, 23).tolist())
@pytest.mark.parametrize("target", [rd.Level(0.0), rd.Interval(0.0, 3.0)])
def test_exponential_waits_are_poisson_resetting_at_any_rate(rate, target):
    def solved(reset):
        return rd.solve(rd.FirstPassage(rd.Brownian(1.0, drift=1.0), 1.0, target, reset))

    renewal, poisson = solved(rd.Renewal(stats.expon(scale=1 / rate))), solved(rd.Poisson(rate))
    assert renewal.log_mean == pytest.approx(poisson.log_mean, rel=1e-13, abs=1e-11)
    if poisson.mean < np.inf:
        assert abs(renewal.mean - poisson.mean) <= renewal.error + poisson.error
        assert renewal.error < 1e-10 * poisson.mean


def test_a_potential_of_ones_own_under_short_waits_is_poisson_resetting():
    process = rd.Langevin("x**2 / 2 + x**4 / 4", 1.0)
    logs = [
        rd.solve(rd.FirstPassage(process, 2.0, rd.Level(0.0), reset)).log_mean
        for reset in (rd.Poisson(2e4), rd.Renewal(stats.expon(scale=5e-5)))
    ]
    assert logs[0] > 200
    assert logs[1] == pytest.approx(logs[0], rel=1e-13)


@pytest.mark.parametrize("rate", [1e3, 1e6, 1e8])
@pytest.mark.parametrize("target", [rd.Level(0.0), rd.Interval(0.0, 3.0)])
def test_what_arrives_at_a_front_decides_under_short_waits(target, rate):
    problems = [
        rd.FirstPassage(rd.RunAndTumble(1.0, 1.0), 1.0, target, reset)
        for reset in (rd.Poisson(rate), rd.Renewal(stats.expon(scale=1 / rate)))
    ]
    poisson, renewal = map(rd.solve, problems)
    assert renewal.log_mean == pytest.approx(poisson.log_mean, rel=1e-13)


def test_a_density_that_vanishes_in_the_floats_where_it_matters_is_refused():
    class Given(stats.rv_continuous):
        def _pdf(self, x):
            return np.exp(-x)

    reset = rd.Renewal(Given(a=0.0, name="given")(scale=1e-7))
    problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Interval(0.0, 2.0), reset)
    with pytest.raises(ValueError, match=r"logpdf .* rd\.Poisson, or use rd\.simulate"):
        rd.solve(problem)


def test_rates_out_of_reach_are_refused():
    problem = rd.FirstPassage(
        rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), 1.0, rd.Interval(0.0, 4.0),
        rd.Renewal(stats.uniform(0, 1e-8)),
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        rd.solve(problem)
