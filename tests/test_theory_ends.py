"""The ends of an interval under any resetting, held to series, quadratures, grids and simulations."""

from itertools import pairwise
from math import sqrt

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.stats import expon, gamma, norm, pareto, rv_discrete, uniform

import resetdyn as rd
from resetdyn.theory.passages.ends_in_time import ends_in_time
from resetdyn.theory.passages.passage import find_passage
from tests import naive_grid

LOW, HIGH, START, TO = 0.0, 1.25, 0.5, 0.75
INTERVAL = rd.Interval(LOW, HIGH)
PROCESSES = {
    "Brownian": (rd.Brownian(0.8, drift=0.3), lambda x: -0.3 * x, 0.8),
    "OrnsteinUhlenbeck": (rd.OrnsteinUhlenbeck(1.5, 0.4, 0.5), lambda x: 0.75 * (x - 0.4) ** 2, 0.5),
    "double well": (rd.Langevin("x**4/4 - x**2/2", 0.3), lambda x: x**4 / 4 - x**2 / 2, 0.3),
}


def solved(process, reset, start=START):
    return rd.solve(rd.FirstPassage(process, start, INTERVAL, reset))


def brownian_density(t, x, v):
    """Density of leaving the unit interval at its low end, ``D = 1``, by its series or by images."""
    t, x = mp.mpf(t), mp.mpf(x)
    drifted = mp.exp(-v * x - v * v * t)
    if t > 0.05:
        modes = sum(n * mp.sin(mp.pi * n * x) * mp.exp(-((mp.pi * n) ** 2) * t) for n in range(1, 30))
        return 2 * mp.pi * drifted * modes
    images = sum((x + 2 * k) * mp.exp(-((x + 2 * k) ** 2) / (4 * t)) for k in range(-6, 7))
    return drifted * images / mp.sqrt(4 * mp.pi * t**3)


@pytest.mark.parametrize(("x", "v"), [(0.25, 0.0), (0.9, 3.0), (0.99, -10.0), (1e-3, 1.0)])
def test_densities_of_brownian_motion(x, v):
    ends = ends_in_time(find_passage(rd.Brownian(1.0, drift=2 * v), x, rd.Interval(0.0, 1.0)))
    with mp.workdps(60):
        for t in (0.01, 0.1, 0.5, 1.0):
            for end, place, along in ((ends[0], x, v), (ends[1], 1 - x, -v)):
                known = mp.log(brownian_density(t, place, along))
                if known > -120:
                    assert end.log_density(np.array([t]))[0] == pytest.approx(float(known), abs=1e-10)


@pytest.mark.parametrize("pause", [0.0, 0.3])
@pytest.mark.parametrize("to", [None, TO])
@pytest.mark.parametrize("process", PROCESSES)
def test_exponential_waiting_times_are_poisson(process, to, pause):
    process = PROCESSES[process][0]
    poisson = solved(process, rd.Poisson(2.0, to=to, refractory=pause))
    renewal = solved(process, rd.Renewal(expon(scale=0.5), to=to, refractory=pause))
    assert renewal.method.startswith("survival")
    assert renewal.ends == pytest.approx(poisson.ends, rel=1e-10)
    assert renewal.end_means == pytest.approx(poisson.end_means, rel=1e-10)


POINTS = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4]


@pytest.mark.parametrize("law", [gamma(2.5, scale=0.05), pareto(0.4, scale=0.05), uniform(0.05, 0.1)])
def test_waiting_times_by_quadrature(law):
    x, v, pause = 0.3, 1.5, 0.2
    problem = rd.FirstPassage(
        rd.Brownian(1.0, drift=2 * v), x, rd.Interval(0.0, 1.0), rd.Renewal(law, refractory=pause)
    )
    result = rd.solve(problem)
    densities = [lambda t: brownian_density(t, x, v), lambda t: brownian_density(t, 1 - x, -v)]
    points = sorted({*POINTS, *(edge for edge in law.support() if edge < np.inf)})
    alone = rd.solve(rd.FirstPassage(problem.process, x, problem.target))

    def alive(t):
        return alone.survival(t) * law.sf(t)

    spent = sum(quad(alive, a, b, epsabs=1e-14, epsrel=1e-12)[0] for a, b in pairwise(points))
    with mp.workdps(20):
        chances = [
            [mp.quad(lambda t, f=f, n=n: t**n * f(t) * float(law.sf(float(t))), points) for n in (0, 1)]
            for f in densities
        ]
        total = sum(a for a, _ in chances)
        # <min(T, R)> less what successes take is what resets take.
        again = (spent - sum(b for _, b in chances) + (1 - total) * pause) / total
        for end, (a, b) in enumerate(chances):
            assert result.ends[end] == pytest.approx(float(a / total), rel=1e-9)
            assert result.end_means[end] == pytest.approx(float(b / a + again), rel=1e-9)


def on_grid(name, cells, period, rate=None):
    """Return share of the low end and both mean times: sharp resets, or at a rate of the position."""
    _, potential, diffusion = PROCESSES[name]
    g = naive_grid.grid(potential, diffusion, LOW, HIGH, cells, (True, True))
    leak = -g.generator.sum(axis=1)
    i, j = g.at(START), g.at(TO)
    found = []
    if rate is None:
        step = expm(g.generator * period)
        trial = []
        for k in (0, -1):
            out = np.zeros(len(leak))
            out[k] = -leak[k]
            h = np.linalg.solve(g.generator, out)
            w = np.linalg.solve(g.generator, -h)
            trial.append((h - step @ h, w - step @ (w + period * h)))
        alive = step.sum(axis=1)
        (a_low, t_low), (a_high, t_high) = trial
        for a, b in ((a_low, t_low), (a_high, t_high)):
            phi = a[j] / (a_low[j] + a_high[j])
            later = (b[j] + alive[j] * period * phi) / (a_low[j] + a_high[j])
            found.append((a[i] + alive[i] * phi, b[i] + alive[i] * (period * phi + later)))
    else:
        killed = g.generator - np.diag(rate(g.x))
        killed[:, j] += rate(g.x)
        for k in (0, -1):
            out = np.zeros(len(leak))
            out[k] = -leak[k]
            h = np.linalg.solve(killed, out)
            # Each reset takes `period` of pause.
            found.append((h[i], np.linalg.solve(killed, -h - period * rate(g.x) * h[j])[i]))
    (p_low, m_low), (p_high, m_high) = found
    return np.array([p_low, m_low / p_low, m_high / p_high])


@pytest.mark.parametrize("process", PROCESSES)
def test_sharp_resets_on_a_grid(process):
    result = solved(PROCESSES[process][0], rd.Sharp(0.4, to=TO))
    values = np.array([result.ends[0], *result.end_means])
    better, error = naive_grid.extrapolated(lambda cells: on_grid(process, cells, 0.4), 100)
    assert np.all(error < 1e-4 * better)
    assert np.all(abs(values - better) < 3 * error + 1e-9)


@pytest.mark.parametrize("process", PROCESSES)
def test_rate_fields_with_pauses_on_a_grid(process):
    result = solved(PROCESSES[process][0], rd.RateField("1 + x**2", to=TO, refractory=0.3))
    values = np.array([result.ends[0], *result.end_means])
    better, error = naive_grid.extrapolated(
        lambda cells: on_grid(process, cells, 0.3, lambda x: 1 + x**2), 100
    )
    assert np.all(error < 1e-4 * better)
    assert np.all(abs(values - better) < 3 * error + 1e-9)
    assert np.dot(result.ends, result.end_means) == pytest.approx(result.mean, rel=1e-11)


def test_constant_rate_fields_with_pauses_are_poisson():
    process = PROCESSES["OrnsteinUhlenbeck"][0]
    for to in (None, TO):
        field = solved(process, rd.RateField("2", to=to, refractory=0.3))
        poisson = solved(process, rd.Poisson(2.0, to=to, refractory=0.3))
        assert field.ends == pytest.approx(poisson.ends, rel=1e-11)
        assert field.end_means == pytest.approx(poisson.end_means, rel=1e-11)


@pytest.mark.parametrize(
    "law", [uniform(0.2, 0.5), norm(0.6, 0.4), rv_discrete(values=([-1, 1, 2], [0.1, 0.8, 0.1]))]
)
@pytest.mark.parametrize("process", PROCESSES)
def test_random_places_under_poisson(process, law):
    # The last law, and the tails of the second, reach into the target.
    process, rate, pause = PROCESSES[process][0], 2.0, 0.1
    result = solved(process, rd.Poisson(rate, to=law, refractory=pause))
    assert sum(result.ends) == pytest.approx(1.0, rel=1e-12)
    assert np.dot(result.ends, result.end_means) == pytest.approx(result.mean, rel=1e-10)


@pytest.mark.parametrize("process", PROCESSES)
def test_shares_from_random_places_by_quadrature(process):
    process, rate = PROCESSES[process][0], 2.0
    result = solved(process, rd.Poisson(rate, to=uniform(0.2, 0.5)))
    nodes, weights = np.polynomial.legendre.leggauss(20)
    shares = [solved(process, rd.Poisson(rate), 0.45 + 0.25 * x) for x in nodes]
    # T~ = 1 / (1 + r M), by end, from each place.
    hits = np.array([np.array(s.ends) / (1 + rate * s.mean) for s in shares])
    low, high = weights @ hits / 2
    alone = solved(process, rd.Poisson(rate))
    hit = 1 / (1 + rate * alone.mean)
    assert result.ends[0] == pytest.approx(hit * alone.ends[0] + (1 - hit) * low / (low + high), rel=1e-11)


@pytest.mark.parametrize("process", ["Brownian", "OrnsteinUhlenbeck"])
def test_random_places_under_renewals(process):
    process = PROCESSES[process][0]
    poisson = solved(process, rd.Poisson(2.0, to=uniform(0.2, 0.5), refractory=0.1))
    renewal = solved(process, rd.Renewal(expon(scale=0.5), to=uniform(0.2, 0.5), refractory=0.1))
    assert renewal.ends == pytest.approx(poisson.ends, rel=1e-10)
    assert renewal.end_means == pytest.approx(poisson.end_means, rel=1e-10)


def test_random_places_in_the_target_under_renewals():
    process, law = PROCESSES["Brownian"][0], rv_discrete(values=([-1, 1, 2], [0.1, 0.8, 0.1]))
    poisson = solved(process, rd.Poisson(2.0, to=law))
    renewal = solved(process, rd.Renewal(expon(scale=0.5), to=law))
    assert renewal.mean == pytest.approx(poisson.mean, rel=1e-10)
    assert renewal.ends == pytest.approx(poisson.ends, rel=1e-10)
    assert renewal.end_means == pytest.approx(poisson.end_means, rel=1e-10)


def test_simulated_random_places(seed):
    count = 40_000
    problem = rd.FirstPassage(
        PROCESSES["Brownian"][0], START, INTERVAL, rd.Renewal(gamma(2, scale=0.1), to=uniform(0.1, 0.3))
    )
    exact, samples = rd.solve(problem), rd.simulate(problem, count, rng=seed)
    low = samples.ends == 0
    p = exact.ends[0]
    assert abs(low.mean() - p) < 4 * sqrt(p * (1 - p) / count)
    for end in (0, 1):
        times = samples.times[samples.ends == end]
        assert abs(times.mean() - exact.end_means[end]) < 4 * times.std() / sqrt(len(times))


def test_an_end_that_is_rarely_seen():
    result = rd.solve(rd.FirstPassage(rd.Brownian(1.0), 0.7, rd.Interval(0.0, 1.0), rd.Sharp(0.0025)))
    with mp.workdps(60):
        low, high = (
            mp.quad(lambda t, x=x: brownian_density(t, x, 0), mp.linspace(0, 0.0025, 26)) for x in (0.7, 0.3)
        )
    assert low / high < 1e-15
    assert result.ends[0] == pytest.approx(float(low / (low + high)), rel=1e-9)


def test_without_resetting_all_routes_agree():
    problem = rd.FirstPassage(PROCESSES["double well"][0], START, INTERVAL)
    closed, trials = rd.solve(problem), rd.solve(problem, "survival")
    assert trials.ends == pytest.approx(closed.ends, rel=1e-11)
    assert trials.end_means == pytest.approx(closed.end_means, rel=1e-11)
