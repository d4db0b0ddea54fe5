"""Journeys back at constant speed: against a plain grid, high precision, limits and simulation."""

from math import factorial

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from tests import naive_grid

RATE, SPEED, PAUSE = 1.3, 0.7, 0.2
LEVEL, GAP = rd.Level(0.0), rd.Interval(0.0, 1.5)
MOTIONS = {
    "free": (rd.Brownian(0.5, drift=-0.4), lambda x: 0.4 * x, 0.5),
    "trap": (rd.OrnsteinUhlenbeck(1.5, 0.4, 0.5), lambda x: 0.75 * (x - 0.4) ** 2, 0.5),
    "double well": (rd.Langevin("x**4/4 - x**2/2", 0.3), lambda x: x**4 / 4 - x**2 / 2, 0.3),
}


def problem(process, start=0.5, to=0.75, rate=RATE, pause=PAUSE, target=LEVEL, speed=SPEED):
    reset = rd.Poisson(rate, to=to, return_speed=speed, refractory=pause)
    return rd.FirstPassage(process, start, target, reset)


def moments_on_grid(g, start, to, orders):
    """Return the raw moments from the generator, order by order: ``L V_n = -n V_(n-1)`` and resets."""
    cost = np.abs(g.x - to) / SPEED + PAUSE
    known, j = [np.ones(len(g.x))], g.at(to)
    # E[T^n | reset now at x] = sum_m binom(n, m) cost^(n-m) V_m(to).
    for n in range(1, orders + 1):
        lower = sum(
            factorial(n) / factorial(m) / factorial(n - m) * cost ** (n - m) * known[m][j] for m in range(n)
        )
        generator = g.generator - RATE * np.eye(len(g.x))
        generator[:, j] += RATE
        known.append(np.linalg.solve(generator, -n * known[n - 1] - RATE * lower))
    return [v[g.at(start)] for v in known[1:]]


@pytest.mark.parametrize(("start", "to"), [(0.5, 0.75), (0.5, 0.5), (1.0, 0.25)])
@pytest.mark.parametrize("target", [LEVEL, GAP], ids=["level", "interval"])
@pytest.mark.parametrize("name", MOTIONS)
def test_the_moments_are_those_of_a_grid(name, target, start, to):
    process, potential, diffusion = MOTIONS[name]
    result = rd.solve(problem(process, start, to, target=target))
    high = 1.5 if target is GAP else 12.0 if name == "free" else 5.0

    for order in (1, 2, 3, 4):

        def on_grid(cells, order=order):
            cells = int(cells * high)
            g = naive_grid.grid(potential, diffusion, 0.0, high, cells, (True, target is GAP))
            return moments_on_grid(g, start, to, order)[-1]

        known, error = naive_grid.extrapolated(on_grid, 40)
        assert error < 1e-3 * known
        assert abs(result.moment(order) - known) < 1.5 * error


def brownian_journeys(x, drift, rate, y, low, high, order):
    """Return the series of `k` in an interval (or on a half-line), from the images' sines by quadrature."""
    v, rate, x, y = mp.mpf(drift) / 2, mp.mpf(rate), mp.mpf(x), mp.mpf(y)

    def density(at, s):  # the absorbed propagator from x, D = 1, up to a factor of s
        kappa = mp.sqrt(v * v + s)
        below, above = min(at, x), max(at, x)
        far = mp.exp(-kappa * (above - low)) if high is None else mp.sinh(kappa * (high - above))
        whole = mp.exp(0) if high is None else mp.sinh(kappa * (high - low))
        return mp.exp(v * (at - x)) * mp.sinh(kappa * (below - low)) * far / (kappa * whole)

    slow = mp.sqrt(v * v + rate) - v
    ends = [low, high] if high is not None else [low, *(x + n / slow for n in (1, 4, 16, 80))]
    cuts = sorted({mp.mpf(c) for c in [*ends, x, y]})

    def k(s):
        def gain(at):
            return -mp.expm1(-s * abs(at - y) / mp.mpf(SPEED)) / s * density(at, rate + s)

        top, all_ = mp.quad(gain, cuts), mp.quad(lambda at: density(at, rate + s), cuts)
        return 1 + rate * top / all_

    # Central differences in many digits.
    h = mp.mpf(10) ** -12 * min(rate, slow)
    plus, minus = k(h), k(-h)
    return [(plus + minus) / 2, (plus - minus) / (2 * h)][: order + 1]


@pytest.mark.parametrize("high", [None, 1.0])
@pytest.mark.parametrize("drift", [0.0, -2.0, 1.5])
@pytest.mark.parametrize("rate", [1e-8, 1e-2, 3.0, 1e4])
def test_brownian_journeys_to_ten_digits(rate, drift, high):
    from resetdyn.theory.resetting.returns import return_delay, travel_to

    target = rd.Level(0.0) if high is None else rd.Interval(0.0, high)
    with mp.workdps(40):
        known = brownian_journeys(0.4, drift, rate, 0.7, 0, high, 1)
        k = return_delay(rd.Brownian(1.0, drift=drift), target, rate, 0.4, travel_to(0.7, SPEED), (0.7,), 1)
        for mine, theirs in zip(k, known, strict=True):
            assert abs(mine / theirs - 1) < 1e-11


@pytest.mark.parametrize("rate", [1e-6, 1e-3, 1.0, 1e3])
@pytest.mark.parametrize("target", [LEVEL, GAP], ids=["level", "interval"])
def test_the_chain_knows_brownian_motion(target, rate):
    held = rd.solve(
        problem(rd.Langevin("x/3 + 0*Abs(x - 7)", 1.0, reflecting=(None, 1e4)), rate=rate, target=target)
    )
    free = rd.solve(problem(rd.Brownian(1.0, drift=-1 / 3), rate=rate, target=target))
    for order in (1, 2, 3, 4):
        assert held.moment(order) == pytest.approx(free.moment(order), rel=1e-10)


@pytest.mark.parametrize("target", [LEVEL, GAP], ids=["level", "interval"])
@pytest.mark.parametrize("name", MOTIONS)
def test_slow_resets_join_the_limit(name, target):
    process = MOTIONS[name][0]
    free = rd.solve(rd.FirstPassage(process, 0.5, target))
    for order in (1, 2, 3, 4):
        known = free.moment(order)
        changes = [
            rd.solve(problem(process, rate=rate, target=target)).moment(order) / known - 1
            for rate in (1e-5, 1e-6, 1e-8)
        ]
        assert abs(changes[0]) < 1e-2
        # In proportion to the rate, all the way down.
        assert changes[1] == pytest.approx(changes[0] / 10, rel=1e-2)
        assert changes[2] == pytest.approx(changes[1] / 100, rel=1e-2)


def test_fast_journeys_are_jumps():
    for target in (LEVEL, GAP):
        quick = rd.solve(problem(MOTIONS["double well"][0], target=target, speed=1e12))
        jump = rd.solve(
            rd.FirstPassage(
                MOTIONS["double well"][0], 0.5, target, rd.Poisson(RATE, to=0.75, refractory=PAUSE)
            )
        )
        for order in (1, 2, 3, 4):
            assert quick.moment(order) == pytest.approx(jump.moment(order), rel=1e-10)


def test_mirrors_change_nothing():
    there = rd.solve(problem(rd.Langevin("x**4/4 + x/5", 0.3)))
    reset = rd.Poisson(RATE, to=-0.75, return_speed=SPEED, refractory=PAUSE)
    mirror = rd.solve(rd.FirstPassage(rd.Langevin("x**4/4 - x/5", 0.3), -0.5, LEVEL, reset))
    for order in (1, 2, 3, 4):
        assert mirror.moment(order) == pytest.approx(there.moment(order), rel=1e-12)


def test_the_ends_share_what_leaves():
    result = rd.solve(problem(MOTIONS["trap"][0], target=GAP))
    assert np.dot(result.ends, result.end_means) == pytest.approx(result.mean, rel=1e-11)


@pytest.mark.parametrize("target", [LEVEL, GAP], ids=["level", "interval"])
@pytest.mark.parametrize("name", MOTIONS)
def test_simulation_agrees(name, target, rng):
    search = problem(MOTIONS[name][0], target=target)
    samples, exact = rd.simulate(search, n=20_000, rng=rng), rd.solve(search)
    assert abs(samples.mean - exact.mean) < 4 * samples.error
    squares = samples.times**2
    assert abs(squares.mean() - exact.moment(2)) < 4 * squares.std() / len(squares) ** 0.5


@pytest.mark.parametrize("drift", [0.0, -0.8, 0.5])
@pytest.mark.parametrize("to", [1.0, 1.7, -0.4])
def test_trials_in_time_know_constant_rates(to, drift):
    search = problem(rd.Brownian(1.0, drift=drift), 1.0, to)
    exact, other = rd.solve(search), rd.solve(search, method="survival")
    assert exact.method != other.method
    for order in (1, 2, 3, 4):
        assert other.moment(order) == pytest.approx(exact.moment(order), rel=1e-12)


def test_sharp_journeys_from_quadrature():
    period, y, drift = mp.mpf("0.8"), mp.mpf("1.5"), mp.mpf("-0.3")

    def place(x, t, z):  # D = 1
        images = ((z, 1), (-z, -mp.exp(-drift * z)))
        return sum(w * mp.exp(-((x - m - drift * t) ** 2) / (4 * t)) for m, w in images) / mp.sqrt(
            4 * mp.pi * t
        )

    def trial(z):
        def survival(t):
            return (
                mp.erfc(-(z + drift * t) / mp.sqrt(4 * t))
                - mp.exp(-drift * z) * mp.erfc((z - drift * t) / mp.sqrt(4 * t))
            ) / 2

        alive = mp.quad(survival, [0, period / 16, period / 4, period])
        away = mp.quad(lambda x: abs(x - y) * place(x, period, z), [0, z, y, y + 4, y + 12])
        return alive + away / mp.mpf("0.7"), survival(period)

    with mp.workdps(30):
        (spent, lost), (again, lost_again) = trial(mp.mpf(1)), trial(y)
        known = spent + lost * again / (1 - lost_again)
    reset = rd.Sharp(0.8, to=1.5, return_speed=0.7)
    result = rd.solve(rd.FirstPassage(rd.Brownian(1.0, drift=-0.3), 1.0, LEVEL, reset))
    assert result.mean == pytest.approx(float(known), rel=1e-12)
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        result.survival(1.0)


def test_sharp_journeys_in_a_trap_are_not_known():
    search = rd.FirstPassage(MOTIONS["trap"][0], 0.5, LEVEL, rd.Sharp(0.8, return_speed=0.7))
    with pytest.raises(ValueError, match=r"no exact route.*rd\.simulate"):
        rd.solve(search)


@pytest.mark.parametrize(
    "law", [rd.Sharp, lambda mean, **kw: rd.Renewal(stats.gamma(2, scale=mean / 2), **kw)]
)
def test_simulation_agrees_on_other_laws(law, rng):
    reset = law(0.8, to=1.5, return_speed=0.7, refractory=0.1)
    search = rd.FirstPassage(rd.Brownian(1.0, drift=0.2), 1.0, LEVEL, reset)
    samples, exact = rd.simulate(search, n=20_000, rng=rng), rd.solve(search)
    assert abs(samples.mean - exact.mean) < 4 * samples.error
    squares = samples.times**2
    assert abs(squares.mean() - exact.moment(2)) < 4 * squares.std() / len(squares) ** 0.5


@pytest.mark.parametrize("target", [LEVEL, GAP], ids=["level", "interval"])
@pytest.mark.parametrize("name", MOTIONS)
def test_a_few_random_places_on_a_grid(name, target):
    process, potential, diffusion = MOTIONS[name]
    places, chances = [0.25, 0.75, 1.0], [0.2, 0.5, 0.3]
    law = stats.rv_discrete(values=(places, chances))()
    high = 1.5 if target is GAP else 12.0 if name == "free" else 5.0
    result = rd.solve(problem(process, 0.5, law, target=target))

    def on_grid(cells):
        g = naive_grid.grid(potential, diffusion, 0.0, high, int(cells * high), (True, target is GAP))
        generator, cost = g.generator - RATE * np.eye(len(g.x)), PAUSE
        for place, chance in zip(places, chances, strict=True):
            generator[:, g.at(place)] += RATE * chance
            cost = cost + chance * np.abs(g.x - place) / SPEED
        return np.linalg.solve(generator, -1 - RATE * cost)[g.at(0.5)]

    known, error = naive_grid.extrapolated(on_grid, 40)
    assert error < 1e-3 * known
    assert abs(result.mean - known) < 1.5 * error


@pytest.mark.parametrize("name", MOTIONS)
def test_random_places_may_reach_to_the_target(name):
    def of(law):
        return rd.solve(problem(MOTIONS[name][0], 0.5, law)).mean

    def by_midpoints(n):
        return of(stats.rv_discrete(values=((np.arange(n) + 0.5) / n, np.full(n, 1 / n)))())

    fine, coarse = by_midpoints(40), by_midpoints(20)
    assert abs(of(stats.uniform(0.0, 1.0)) - fine) < abs(fine - coarse)


@pytest.mark.parametrize("law", [stats.norm(1.0, 0.5), stats.uniform(0.2, 2.0)], ids=["normal", "uniform"])
def test_random_places_from_quadrature(law, rng):
    from resetdyn.theory.resetting.returns_to_places import mean_distance

    distance, _ = mean_distance(law)
    x = np.linspace(-4.0, 6.0, 41)
    if law.dist.name == "norm":
        u = (x - 1.0) / 0.5
        known = 0.5 * (u * (2 * stats.norm.cdf(u) - 1) + 2 * stats.norm.pdf(u))
    else:
        inner = np.clip(x, 0.2, 2.2)
        known = ((inner - 0.2) ** 2 + (2.2 - inner) ** 2) / 4 + np.abs(x - inner)
    np.testing.assert_allclose(distance(x), known, rtol=1e-11)
    search = problem(MOTIONS["trap"][0], to=law, target=rd.Level(-0.5))
    samples, exact = rd.simulate(search, n=20_000, rng=rng), rd.solve(search)
    assert abs(samples.mean - exact.mean) < 4 * samples.error
    with pytest.raises(ValueError, match=r"no other moment; use rd\.simulate"):
        exact.moment(2)


def test_places_without_a_mean_distance_take_for_ever():
    assert rd.solve(problem(rd.Brownian(1.0), to=stats.cauchy(1.0, 0.1))).mean == np.inf
