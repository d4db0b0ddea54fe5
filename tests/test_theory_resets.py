"""First passage under every law of resetting: two routes, published values, limits, times and refusals."""

import json
from itertools import pairwise
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import erf

import resetdyn as rd
from resetdyn.theory.passages.passage import find_passage
from resetdyn.theory.passages.timed import Tabulated

LEVEL = rd.Level(0.0)
FREE = rd.Brownian(1.0)
PUBLISHED = {
    entry["id"]: float(entry["value"])
    for entry in json.loads((Path(__file__).parent / "published.json").read_text())
    if entry["id"].startswith(("refractory", "return", "diffusion", "powerlaw", "adaptive"))
}


def solve(reset, process=FREE, start=1.0, target=LEVEL, **how):
    return rd.solve(rd.FirstPassage(process, start, target, reset), **how)


@pytest.mark.parametrize(
    ("name", "reset"),
    [
        ("refractory.mfpt", rd.Poisson(1.0, refractory=0.5)),
        ("refractory.mfpt", rd.Poisson(1.0, refractory=stats.gamma(2, scale=0.25))),
        ("return.constspeed.mfpt", rd.Poisson(1.0, return_speed=2.0)),
        ("diffusion.sharp.tau0.5", rd.Sharp(0.5)),
        ("diffusion.sharp.min", rd.Sharp(PUBLISHED["diffusion.sharp.taustar.hp"])),
        ("diffusion.gamma2.mean0.5", rd.Renewal(stats.gamma(2, scale=0.25))),
        ("diffusion.gamma2.min", rd.Renewal(stats.gamma(2, scale=0.447770670117 / 2))),
        ("diffusion.weibull2.b1", rd.Renewal(stats.weibull_min(2))),
        ("powerlaw.al1.5.t00.3", rd.Renewal(stats.pareto(1.5, scale=0.3))),
    ],
)
def test_published(name, reset):
    result = solve(reset)
    assert result.mean == pytest.approx(PUBLISHED[name], rel=1e-13)
    assert result.error < 1e-12 * result.mean


def test_published_informed_resetting():
    result = solve(rd.RateField("2*Heaviside(-x)"), start=0.0, target=rd.Level(1.0))
    assert result.mean == pytest.approx(PUBLISHED["adaptive.halfline.mfpt"], rel=1e-13)


def _density_transform(order):
    """Return derivatives at 2 of ``Q~ = (1 - e^-sqrt s) / s``, of diffusion from 1 to 0."""
    with mp.workdps(40):
        return [mp.diff(lambda s: (1 - mp.exp(-mp.sqrt(s))) / s, 2, n) for n in range(order + 1)]


def test_erlang_and_mixed_laws_from_derivatives_of_the_transform():
    # S = e^(-2 t) (1 + 2 t), f = 4 t e^(-2 t): A = Q~(2) - 2 Q~'(2), success 1 + 4 Q~'(2).
    alive = _density_transform(1)
    expected = (alive[0] - 2 * alive[1]) / (1 + 4 * alive[1])
    assert solve(rd.Renewal(stats.gamma(2, scale=0.5))).mean == pytest.approx(float(expected), rel=1e-13)

    class Mixture(stats.rv_continuous):
        def _pdf(self, t):
            return 0.3 * np.exp(-t) + 0.7 * 4 * np.exp(-4 * t)

        def _sf(self, t):
            return 0.3 * np.exp(-t) + 0.7 * np.exp(-4 * t)

        def _cdf(self, t):
            return 1 - self._sf(t)

    def q(s):
        return float((1 - mp.exp(-mp.sqrt(s))) / s)

    mixed = (0.3 * q(1) + 0.7 * q(4)) / (1 - 0.3 * q(1) - 0.7 * 4 * q(4))
    assert solve(rd.Renewal(Mixture(a=0.0)())).mean == pytest.approx(mixed, rel=1e-12)


LAWS = [
    stats.gamma(0.5),
    stats.uniform(0.2, 0.5),
    stats.lognorm(1.0),
    stats.triang(0.3, scale=2.0),
    stats.pareto(2.5, scale=0.3),
    stats.invgauss(1.0),
    stats.randint(1, 4),
    stats.geom(0.3),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.dist.name)
def test_means_from_plain_quadrature(law):
    def q(t):
        return erf(1 / np.sqrt(4 * t))

    if hasattr(law, "pmf"):
        ticks = np.arange(1, 200)
        hit = np.sum(law.pmf(ticks) * (1 - q(ticks)))
        alive = sum(law.sf(n - 0.5) * quad(q, n - 1, n, epsabs=1e-14, epsrel=1e-13)[0] for n in ticks)
    else:
        low, high = law.support()
        edges = [
            0.0,
            *(e for e in (low, 0.6, high, 2, 10, 50, 1e3, 1e5, 1e7) if 0 < e < np.inf and e <= high),
        ]
        pieces = [*pairwise(edges), *([(1e7, np.inf)] if high == np.inf else [])]

        def whole(function):
            return sum(
                quad(function, a, b, epsabs=1e-14, epsrel=1e-12, limit=200)[0] for a, b in pieces if b <= high
            )

        alive = whole(lambda t: q(t) * law.sf(t) if t > 0 else 1.0)
        hit = whole(lambda t: (1 - q(t)) * law.pdf(t) if t > 0 else 0.0)
    result = solve(rd.Renewal(law))
    assert result.mean == pytest.approx(alive / hit, rel=1e-9)
    assert result.error < 1e-12 * result.mean
    assert result.resets == pytest.approx((1 - hit) / hit, rel=1e-9)


@pytest.mark.parametrize(
    ("process", "start", "target"),
    [
        (rd.Brownian(1.0, drift=-0.7), 1.0, LEVEL),
        (rd.OrnsteinUhlenbeck(1.0, 0.5, 0.5), 1.0, LEVEL),
        (FREE, 1.0, rd.Interval(0.0, 2.5)),
        (rd.Langevin("3*log(x)", 1.0), 1.0, LEVEL),
        (rd.Langevin("x**4/4 - x**2/2", 0.5), -1.0, LEVEL),
    ],
)
def test_survival_route_agrees_with_the_transform(process, start, target):
    for kwargs in ({}, {"to": 0.6 * start, "refractory": 0.4}):
        reset = rd.Poisson(1.3, **kwargs)
        one = solve(reset, process, start, target)
        other = solve(reset, process, start, target, method="survival")
        assert one.method.startswith("transform")
        assert other.method.startswith("survival")
        for order in (1, 2, 5, 8):
            assert other.moment(order) == pytest.approx(one.moment(order), rel=1e-10)
        assert abs(other.mean - one.mean) <= other.error + one.error
        assert other.resets == pytest.approx(one.resets, rel=1e-10)


@pytest.mark.parametrize("process", [FREE, rd.OrnsteinUhlenbeck(1.0, 0.3, 1.0)])
@pytest.mark.parametrize("kwargs", [{}, {"to": 0.4}, {"refractory": 0.3}, {"to": 0.4, "refractory": 0.3}])
def test_a_constant_field_is_poisson(process, kwargs):
    field, poisson = (solve(r, process) for r in (rd.RateField("3", **kwargs), rd.Poisson(3.0, **kwargs)))
    for order in (1, 2, 4):
        assert field.moment(order) == pytest.approx(poisson.moment(order), rel=1e-11)
    assert field.resets == pytest.approx(poisson.resets, rel=1e-11)
    if "refractory" not in kwargs:
        times = np.array([0.1, 1.0, 10.0])
        assert field.survival(times) == pytest.approx(poisson.survival(times), rel=1e-10)
        assert field.pdf(times) == pytest.approx(poisson.pdf(times), rel=1e-10)


@pytest.mark.parametrize("kwargs", [{}, {"to": 0.4}, {"refractory": 0.2}, {"to": 1.5, "refractory": 0.2}])
def test_ends_of_an_interval(kwargs):
    drifting, ends = rd.Brownian(1.0, drift=0.4), rd.Interval(0.0, 2.0)
    result = solve(rd.Poisson(2.0, **kwargs), drifting, 0.8, ends)
    assert sum(result.ends) == pytest.approx(1.0, rel=1e-13)
    assert np.dot(result.ends, result.end_means) == pytest.approx(result.mean, rel=1e-12)
    # The derivative of the transform of leaving at the low end, by mpmath.
    pause, to = kwargs.get("refractory", 0.0), kwargs.get("to", 0.8)

    def low_and_all(x, s):
        theta = mp.sqrt(mp.mpf("0.04") + s)
        low = mp.exp(-mp.mpf("0.2") * x) * mp.sinh((2 - x) * theta) / mp.sinh(2 * theta)
        high = mp.exp(mp.mpf("0.2") * (2 - x)) * mp.sinh(x * theta) / mp.sinh(2 * theta)
        return low, low + high

    def transform(s):
        (low_x, all_x), (low_y, all_y) = (low_and_all(mp.mpf(x), s + 2) for x in (0.8, to))
        again_x, again_y = (2 / (s + 2) * (1 - whole) * mp.exp(-pause * s) for whole in (all_x, all_y))
        return low_x + again_x * low_y / (1 - again_y)

    with mp.workdps(30):
        chance, slope = transform(mp.mpf(0)), mp.diff(transform, 0)
    assert result.ends[0] == pytest.approx(float(chance), rel=1e-12)
    assert result.end_means[0] == pytest.approx(float(-slope / chance), rel=1e-11)


def test_ends_under_a_field():
    for kwargs in ({}, {"to": 0.4}):
        field, poisson = (
            solve(r, target=rd.Interval(0.0, 2.2))
            for r in (rd.RateField("3", **kwargs), rd.Poisson(3.0, **kwargs))
        )
        assert field.ends == pytest.approx(poisson.ends, rel=1e-11)
        assert field.end_means == pytest.approx(poisson.end_means, rel=1e-11)


@pytest.mark.parametrize("law", [stats.norm(1.0, 0.5), stats.uniform(-1.0, 3.0), stats.randint(1, 4)])
def test_random_destinations(law):
    rate = 0.9
    result = solve(rd.Poisson(rate, to=law))
    # T~ averaged over the places, by plain quadrature.
    if hasattr(law, "pmf"):
        hit = sum(law.pmf(y) * np.exp(-np.sqrt(rate) * y) for y in (1, 2, 3))
    else:
        low, high = law.ppf([1e-16, 1 - 1e-16])

        def part(y):
            return law.pdf(y) * np.exp(-np.sqrt(rate) * abs(y))

        hit = quad(part, low, 0, epsrel=1e-13)[0] + quad(part, 0, high, epsrel=1e-13, limit=200)[0]
    first = np.exp(-np.sqrt(rate))
    assert result.mean == pytest.approx((1 - first) / rate * (1 + (1 - hit) / hit), rel=1e-10)
    other = solve(rd.Poisson(rate, to=law), method="survival")
    assert other.moment(3) == pytest.approx(result.moment(3), rel=1e-10)


def test_a_narrow_destination_is_a_point():
    point = solve(rd.Poisson(2.0, to=0.5))
    narrow = solve(rd.Poisson(2.0, to=stats.norm(0.5, 1e-7)))
    assert narrow.mean == pytest.approx(point.mean, rel=1e-12)
    assert narrow.survival(3.0) == pytest.approx(point.survival(3.0), rel=1e-10)


@pytest.mark.parametrize(("place", "drift", "speed"), [(1.0, -0.4, 2.0), (0.4, 0.3, 0.5), (-0.5, 0.0, 3.0)])
def test_journeys_back_from_plain_quadrature(place, drift, speed):
    rate, w = 1.1, drift / 2
    result = solve(rd.Poisson(rate, to=place, return_speed=speed), rd.Brownian(1.0, drift=drift))

    def trial(start, w, y):
        """Return A, and the mean of the journey over the absorbed propagator."""
        kappa = np.sqrt(w * w + rate)

        def density(x):
            tilt = w * (x - start)
            return (np.exp(tilt - kappa * abs(x - start)) - np.exp(tilt - kappa * (x + start))) / (2 * kappa)

        cuts = sorted({0.0, start, max(y, 0.0)})
        pieces = [*pairwise(cuts), (cuts[-1], np.inf)]

        def whole(f):
            return sum(quad(f, a, b, epsabs=1e-14, epsrel=1e-13, limit=200)[0] for a, b in pieces)

        return whole(density), rate * whole(lambda x: density(x) * abs(x - y) / speed)

    side = np.sign(place)
    alive_x, journey_x = trial(1.0, w, place)
    alive_y, journey_y = trial(abs(place), side * w, abs(place))
    again = (alive_y + journey_y) / (1 - rate * alive_y)
    assert result.mean == pytest.approx(alive_x + journey_x + rate * alive_x * again, rel=1e-11)


def test_slow_and_fast_journeys():
    quick = solve(rd.Poisson(1.0, return_speed=1e9))
    assert quick.mean == pytest.approx(np.e - 1, rel=1e-8)
    slow, slower = (solve(rd.Poisson(1.0, return_speed=v)).mean for v in (1e-7, 1e-8))
    assert slower == pytest.approx(10 * slow, rel=1e-6)


def test_heavy_tails():
    for exponent in (0.2, 0.5):
        result = solve(rd.Renewal(stats.pareto(exponent, scale=0.3)))
        assert result.mean == result.moment(2) == result.log_mean == np.inf
        assert result.error == 0
    for exponent in (0.501, 0.6, 1.0):
        result = solve(rd.Renewal(stats.pareto(exponent, scale=0.3)))

        def tail(t, exponent=exponent):
            return mp.erf(1 / mp.sqrt(4 * t)) * (mp.mpf("0.3") / t) ** exponent

        with mp.workdps(20):
            # Beyond 1e8 the survival probability is a series in 1 / t.
            alive = mp.quad(lambda t: mp.erf(1 / mp.sqrt(4 * t)), [0, 0.01, 0.1, 0.3])
            alive += mp.quad(tail, [mp.mpf("0.3"), 1, 10, 1e2, 1e3, 1e4, 1e6, 1e8])
            e, c = mp.mpf(exponent), mp.mpf("0.3") ** exponent / mp.sqrt(mp.pi)
            big = mp.mpf(1e8)
            alive += c * (big ** (0.5 - e) / (e - 0.5) - big ** (-0.5 - e) / (12 * (e + 0.5)))
            hit = mp.quad(
                lambda t, e=e: mp.erfc(1 / mp.sqrt(4 * t)) * e * mp.mpf("0.3") ** e * t ** (-e - 1),
                [mp.mpf("0.3"), 1, 10, 1e2, 1e3, 1e4, 1e6, 1e9, 1e12, 1e16, 1e25, 1e40, mp.inf],
            )
        assert result.mean == pytest.approx(float(alive / hit), rel=1e-10)
        assert result.moment(2) == np.inf
    assert solve(rd.Renewal(stats.pareto(1.6, scale=0.3))).moment(2) < np.inf


def test_pauses_without_a_second_moment():
    heavy = solve(rd.Poisson(1.0, refractory=stats.pareto(1.5)))
    assert heavy.mean == pytest.approx((np.e - 1) * (1 + 3.0), rel=1e-13)
    assert heavy.moment(2) == heavy.cv == np.inf
    third = solve(rd.Poisson(1.0, refractory=stats.pareto(2.5)))
    assert third.moment(2) < third.moment(3) == np.inf


def test_what_the_motion_alone_decides():
    # Towards the target no waiting time makes the mean diverge.
    drifting = rd.Brownian(1.0, drift=-1.0)
    assert solve(rd.Renewal(stats.pareto(0.2)), drifting).mean < np.inf
    assert solve(rd.NoReset(), drifting, method="survival").mean == pytest.approx(1.0, rel=1e-12)
    assert solve(rd.NoReset(), method="survival").mean == np.inf


def test_overflow():
    for reset in (rd.Poisson(1e6), rd.Poisson(1e6, refractory=1.0), rd.Poisson(1e6, to=1.1)):
        result = solve(reset)
        assert result.mean == result.moment(2) == np.inf
        assert 900 < result.log_mean < 1200
    assert solve(rd.Poisson(1e6)).log_mean == pytest.approx(1000 - np.log(1e6), rel=1e-13)
    assert solve(rd.NoReset()).log_mean == np.inf
    rare = solve(rd.Sharp(1e-4))
    with mp.workdps(30):
        expected = mp.log(mp.mpf("1e-4")) - mp.log(mp.erfc(mp.mpf(50)))
    assert rare.mean == np.inf
    assert rare.log_mean == pytest.approx(float(expected), rel=1e-13)
    # Waiting times of the gamma law with shape 2 and scale c: f = t e^(-t / c) / c^2.
    gamma = solve(rd.Renewal(stats.gamma(2, scale=1e-6)))
    with mp.workdps(40):
        rate = mp.mpf(10) ** 6
        slope = mp.diff(lambda s: mp.exp(-mp.sqrt(s)) / s, rate)  # - int t e^(-s t) (1 - Q) dt
        expected = mp.log(2 / rate) - mp.log(-slope * rate**2)
    assert gamma.log_mean == pytest.approx(float(expected), rel=1e-12)


TIMES = np.array([0.02, 0.2, 1.0, 5.0, 40.0])


def test_survival_and_density_under_poisson():
    result = solve(rd.Poisson(1.0))
    with mp.workdps(40):
        for t in TIMES[:4]:

            def alive(s):
                hit = mp.exp(-mp.sqrt(1 + s))
                return (1 - hit) / (s + hit)

            at = mp.invertlaplace(alive, t, method="talbot", degree=80)
            rate = mp.invertlaplace(lambda s: 1 - s * alive(s), t, method="talbot", degree=80)
            assert result.survival(t) == pytest.approx(float(at), rel=1e-12)
            assert result.pdf(t) == pytest.approx(float(rate), rel=1e-10)
        pole = mp.findroot(lambda s: s + mp.exp(-mp.sqrt(1 + s)), -0.489)
        slope = 1 - mp.exp(-mp.sqrt(1 + pole)) / (2 * mp.sqrt(1 + pole))
        late = (1 - mp.exp(-mp.sqrt(1 + pole))) / slope
        for t in (200.0, 1000.0):
            assert result.survival(t) == pytest.approx(float(late * mp.exp(pole * t)), rel=1e-10)
            assert result.pdf(t) == pytest.approx(float(-pole * late * mp.exp(pole * t)), rel=1e-10)


def test_renewal_equation_agrees_with_inversion():
    inverted, renewed = (solve(rd.Poisson(1.0), method=method) for method in ("transform", "survival"))
    assert renewed.survival(TIMES) == pytest.approx(inverted.survival(TIMES), rel=1e-9)
    assert renewed.pdf(TIMES) == pytest.approx(inverted.pdf(TIMES), rel=1e-8)
    elsewhere = [solve(rd.Poisson(1.0, to=0.5), method=method) for method in ("transform", "survival")]
    assert elsewhere[1].survival(TIMES) == pytest.approx(elsewhere[0].survival(TIMES), rel=1e-9)


@pytest.mark.parametrize("pause", [0.0, 0.3, stats.gamma(2, scale=0.1)])
@pytest.mark.parametrize(
    "law", [stats.gamma(0.5), stats.uniform(0.2, 0.5), stats.weibull_min(2), stats.randint(1, 3)]
)
def test_moments_from_the_survival_in_time(law, pause):
    result = solve(rd.Renewal(law, refractory=pause))
    # Gauss's rule between whole multiples of everything that lasts.
    edges = np.arange(0.0, 60.0, 0.1)
    x, w = np.polynomial.legendre.leggauss(8)
    times = (edges[:, None] + 0.05 * (1 + x)).ravel()
    weights = np.tile(0.05 * w, len(edges))
    alive = result.survival(times)
    assert np.all(np.diff(alive) <= 1e-9)
    assert weights @ alive == pytest.approx(result.mean, rel=3e-7)
    assert 2 * weights @ (times * alive) == pytest.approx(result.moment(2), rel=3e-5)
    sample = np.array([0.3, 1.05, 2.15])
    step = 1e-3
    slope = (
        8 * (result.survival(sample - step) - result.survival(sample + step))
        - (result.survival(sample - 2 * step) - result.survival(sample + 2 * step))
    ) / (12 * step)
    assert result.pdf(sample) == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_periods_with_pauses():
    period, pause = 0.5, 0.2
    result = solve(rd.Sharp(period, refractory=pause))
    one = float(erf(1 / np.sqrt(4 * period)))
    assert result.survival([0.5, 0.6, 0.7, 1.0, 1.2, 1.3]) == pytest.approx(
        [one, one, one, one * erf(1 / np.sqrt(1.2)), one**2, one**2], rel=1e-12
    )
    assert result.pdf([0.6, 1.25]) == pytest.approx([0.0, 0.0], abs=0)
    trials = 1 / (1 - one)
    alive = quad(lambda t: erf(1 / np.sqrt(4 * t)), 0, period, epsabs=1e-14)[0]
    assert result.mean == pytest.approx(trials * alive + (trials - 1) * pause, rel=1e-12)
    assert solve(rd.Sharp(0.5)).survival(5000.25) == pytest.approx(one**10000 * erf(1.0), rel=1e-8)
    random_pause = solve(rd.Sharp(period, refractory=stats.uniform(0.1, 0.2)))
    assert random_pause.mean == pytest.approx(result.mean, rel=1e-12)
    assert random_pause.survival(0.55) == pytest.approx(one, rel=1e-10)


def test_quantiles():
    for reset in (rd.Poisson(1.0), rd.Sharp(0.5), rd.Renewal(stats.gamma(2, scale=0.25))):
        result = solve(reset)
        for q in (0.01, 0.5, 0.99):
            assert result.survival(result.quantile(q)) == pytest.approx(1 - q, rel=1e-9)
    missing = solve(rd.NoReset(), rd.Brownian(1.0, drift=1.0))
    assert missing.quantile([0.3, 0.5]) == pytest.approx([missing.quantile(0.3), np.inf])
    assert missing.survival(missing.quantile(0.3)) == pytest.approx(0.7, rel=1e-10)
    for bad in (0.0, 1.0, [0.5, 1.5]):
        with pytest.raises(ValueError, match="give probabilities between 0 and 1"):
            solve(rd.Sharp(0.5)).quantile(bad)


@pytest.mark.parametrize(
    ("process", "start"),
    [(FREE, 1.0), (rd.Brownian(1.0, drift=-0.5), 1.0), (rd.OrnsteinUhlenbeck(1.0, 0.0, 0.5), 1.0)],
)
def test_tabulated_survival_is_the_closed_form(process, start):
    passage = find_passage(process, start, LEVEL)
    table, times = Tabulated(passage), np.array([0.02, 0.1, 0.7, 3.0, 12.0])
    assert table.survival(times) == pytest.approx(passage.survival(times), rel=1e-12)
    assert table.reached(times) == pytest.approx(passage.reached(times), rel=1e-12)
    assert table.density(times) == pytest.approx(passage.density(times), rel=1e-10)
    if process is FREE:
        assert table.survival(np.array([1e30])) == pytest.approx([1e-15 / np.sqrt(np.pi)], rel=1e-8)


def test_rare_successes_come_from_the_earliest_times():
    # 1e-38 of the trials succeed, long before the median: no part of the table may be missing.
    process, target = rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Level(-2.5)
    one, other = (solve(rd.Poisson(500.0), process, 1.6, target, method=m) for m in ("transform", "survival"))
    assert one.mean > 1e35
    assert other.mean == pytest.approx(one.mean, rel=1e-11)


def test_resets_are_counted(seed):
    problem = rd.FirstPassage(FREE, 1.0, LEVEL, rd.Sharp(0.5))
    paths = rd.simulate(problem, n=20_000, rng=seed)
    error = np.std(paths.resets) / np.sqrt(len(paths.resets))
    assert abs(np.mean(paths.resets) - rd.solve(problem).resets) < 4 * error
    assert solve(rd.NoReset()).resets == solve(rd.Poisson(0.0)).resets == 0


def test_given_survival_functions():
    law = stats.lognorm(1.5)
    for reset in (rd.Poisson(3.7), rd.Sharp(0.4), rd.Renewal(stats.gamma(2, scale=0.2)), rd.NoReset()):
        given = rd.renewal_survival(law.sf, reset)
        assert given.error < 1e-10 * given.mean
        if isinstance(reset, rd.NoReset):
            assert given.mean == pytest.approx(law.mean(), rel=1e-12)
            assert given.moment(3) == pytest.approx(law.moment(3), rel=1e-12)
    paused = rd.renewal_survival(lambda t: np.exp(-t), rd.Poisson(2.0, refractory=0.5))
    assert paused.mean == pytest.approx(1 + 2 * 0.5, rel=1e-12)
    assert rd.renewal_survival(lambda t: np.exp(-t), rd.Renewal(stats.gamma(2))).survival(
        3.0
    ) == pytest.approx(np.exp(-3), rel=1e-8)


def test_refusals():
    for reset in (
        rd.RateField("x**2", to=stats.norm(1.0, 0.1)),
        rd.RateField("x**2", return_speed=1.0),
        rd.Sharp(0.5, to=stats.norm(1.0, 0.1), return_speed=1.0),
    ):
        with pytest.raises(ValueError, match=r"no exact route.*rd\.simulate"):
            solve(reset)
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        solve(rd.Poisson(1.0, return_speed=1.0)).survival(1.0)
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        solve(rd.Renewal(stats.pareto(1.5, scale=0.3))).survival(1e9)
    with pytest.raises(ValueError, match=r"values matter.*rd\.simulate"):
        solve(rd.Renewal(stats.zipf(1.2)))


def test_lengths_that_shift_time_are_kept_exactly():
    """Waits of 1 or 2 and pauses of 0.31, told one by one until 2.5."""
    brownian = rd.Brownian(1.0)
    problem = rd.FirstPassage(brownian, 1.0, rd.Level(0.0), rd.Renewal(stats.randint(1, 3), refractory=0.31))
    alive = rd.solve(rd.FirstPassage(brownian, 1.0, rd.Level(0.0))).survival
    once = alive(1.0) * (alive(1.0) + alive(1.19)) / 2
    reference = (alive(2.0) * alive(0.19) + once) / 2
    assert rd.solve(problem).survival(2.5) == pytest.approx(reference, rel=1e-10)
    strange = rd.FirstPassage(
        brownian, 1.0, rd.Level(0.0), rd.Renewal(stats.randint(1, 3), refractory=2**0.5)
    )
    with pytest.raises(ValueError, match=r"lengths 1, 2, 1\.41421 .* no simple ratio.*; use rd\.simulate"):
        rd.solve(strange).survival(2.5)
