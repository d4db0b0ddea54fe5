"""Steady states and transients in potentials by inversion in time, against closed forms and a plain grid."""

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import gamma, uniform

import resetdyn as rd
from tests.naive_grid import extrapolated, grid

OU = rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5)
WELLS = rd.Langevin("x**4/4 - x**2/2", 0.1)
PLACES = np.array([-1.0, 0.0, 0.3, 0.5, 1.0])


@pytest.mark.parametrize("reset", [rd.Poisson(1.3, to=0.4), rd.Sharp(0.7, to=0.4), rd.NoReset()], ids=str)
@pytest.mark.parametrize("t", [1e-6, 0.3, 5.0, 1e4])
def test_transients_of_a_harmonic_well(reset, t):
    closed, chain = (
        rd.solve(rd.SteadyState(OU, reset), method=how).transient(t, start=-2.0) for how in ("age", "chain")
    )
    x = closed.mean + np.sqrt(closed.cov) * np.array([-3.0, -0.5, 0.0, 1.0, 4.0])
    assert chain.pdf(x) == pytest.approx(closed.pdf(x), rel=1e-10)
    assert chain.mean == pytest.approx(closed.mean, rel=1e-11)
    assert chain.cov == pytest.approx(closed.cov, rel=1e-10)


@pytest.mark.parametrize(
    "reset",
    [rd.Sharp(0.7, to=0.4), rd.Sharp(100.0, to=0.4), rd.Sharp(0.7, to=0.4, refractory=0.3),
     rd.Renewal(uniform(0.5, 1), to=0.4), rd.Renewal(gamma(2), to=0.4)],
    ids=str,
)  # fmt: skip
def test_steady_states_of_a_harmonic_well(reset):
    closed, chain = (rd.solve(rd.SteadyState(OU, reset), method=how) for how in ("age", "chain"))
    x = np.array([-3.0, -1.0, 0.4, 0.41, 1.0, 4.0])
    assert chain.pdf(x) == pytest.approx(closed.pdf(x), rel=1e-11)
    assert chain.mean == pytest.approx(closed.mean, rel=1e-12)
    assert chain.cov == pytest.approx(closed.cov, rel=1e-12)
    assert chain.atom == closed.atom
    assert abs(chain.mean - closed.mean) <= chain.error < 1e-10


@pytest.mark.parametrize(
    ("reset", "t"),
    [(rd.Renewal(uniform(0.5, 1), to=0.4), 1.3), (rd.Renewal(gamma(2), to=0.4, refractory=0.5), 1.3),
     (rd.Sharp(0.7, to=0.4, refractory=0.2), 2.0), (rd.Sharp(0.7, to=0.4, refractory=gamma(2)), 2.0),
     (rd.Poisson(1.3, to=0.4, refractory=0.4), 40.0)],
    ids=str,
)  # fmt: skip
def test_transients_under_any_waits_and_pauses(reset, t):
    closed, chain = (
        rd.solve(rd.SteadyState(OU, reset), method=how).transient(t, start=-2.0) for how in ("age", "chain")
    )
    x = np.array([-2.0, -1.0, 0.0, 0.4, 0.41, 1.5])
    assert chain.pdf(x) == pytest.approx(closed.pdf(x), rel=1e-9)
    assert chain.mean == pytest.approx(closed.mean, rel=1e-11)
    assert chain.cov == pytest.approx(closed.cov, rel=1e-10)
    assert chain.atoms == closed.atoms


def test_who_pauses_is_where_resets_lead():
    result = rd.solve(rd.SteadyState(WELLS, rd.Sharp(0.5, to=0.3, refractory=0.2)))
    still, moved = result.transient(0.6), result.transient(1.0, start=0.5)
    assert (still.mean, still.cov, still.atoms) == (0.3, 0.0, ((0.3, 1.0),))
    assert still.pdf([0.3, 0.5]).tolist() == [0.0, 0.0]
    free = rd.solve(rd.SteadyState(WELLS)).transient(0.3, start=0.3)
    assert moved.pdf(PLACES) == pytest.approx(free.pdf(PLACES), rel=1e-10)


def on_a_grid(law, low=-3.0, high=3.0, cells=240):
    """Return the density at the places from the extrapolation of two grids, and a bound on its error."""

    def values(cells):
        g = grid(WELLS.energy, WELLS.diffusion, low, high, cells, (False, False))
        return law(g)[[g.at(x) for x in PLACES]] / (g.x[1] - g.x[0])

    return extrapolated(values, cells)


@pytest.mark.parametrize("t", [0.5, 20.0])
def test_transients_of_a_double_well_under_poisson(t):
    start, to, r = -0.6, 0.3, 0.4

    def law(g):
        with_resets = g.generator - r * np.eye(len(g.x))
        with_resets[:, g.at(to)] += r
        return expm(with_resets * t)[g.at(start)]

    reference, bound = on_a_grid(law)
    later = rd.solve(rd.SteadyState(WELLS, rd.Poisson(r, to=to))).transient(t, start=start)
    # A grid that starts at a point sees a kink there: it is off by more next to it.
    assert np.all(np.abs(later.pdf(PLACES) - reference) <= 3 * bound + 1e-7)
    assert np.max(bound) < 1e-4


def test_a_double_well_under_sharp_resets():
    period, to = 2.0, 0.3

    def law(g):
        i = g.at(to)
        alive = np.zeros((2 * len(g.x), 2 * len(g.x)))  # exp of it integrates the law over the age
        alive[: len(g.x), : len(g.x)], alive[: len(g.x), len(g.x) :] = g.generator, np.eye(len(g.x))
        return expm(alive * period)[i, len(g.x) :] / period

    reference, bound = on_a_grid(law, cells=120)
    result = rd.solve(rd.SteadyState(WELLS, rd.Sharp(period, to=to)))
    assert np.all(np.abs(result.pdf(PLACES) - reference) <= 3 * bound + 1e-7)
    assert np.max(bound) < 1e-3
    assert result.expect(lambda x: 1.0) == pytest.approx(1.0, rel=1e-10)
    # What the force takes in a period, the resets give back.
    force = result.expect(lambda x: x - x**3)
    late = result.transient(period * (1 - 1e-12))
    assert (late.mean - to) / period == pytest.approx(force, rel=1e-8)


@pytest.mark.parametrize(
    ("formula", "walls", "to"),
    [("x**4/4 - x**2/2", (None, None), 0.3), ("Abs(x)", (None, None), 0.5), ("x", (0.0, None), 0.7),
     ("x**2/2 - 2*log(x)", (None, None), 1.0), ("log(1 + x**2)/4", (None, None), 0.2),
     ("0*x", (-1.0, 2.0), 0.5)],
)  # fmt: skip
def test_it_settles(formula, walls, to):
    process = rd.Langevin(formula, 0.5, reflecting=walls)
    result = rd.solve(rd.SteadyState(process, rd.Poisson(1.3, to=to)), method="chain")
    late = result.transient(40.0, start=1.5)
    x = np.array([0.1, 0.5, 1.0, 1.9])
    assert late.pdf(x) == pytest.approx(result.pdf(x), rel=1e-9)
    assert late.mean == pytest.approx(result.mean, rel=1e-9)
    assert late.cov == pytest.approx(result.cov, rel=1e-9)
    assert late.pdf(-1.5) == pytest.approx(result.pdf(-1.5), rel=1e-9, abs=0)


def test_slides_with_little_noise():
    quiet = rd.OrnsteinUhlenbeck(1.0, 1.0, 1e-3)
    closed, chain = (
        rd.solve(rd.SteadyState(quiet), method=how).transient(0.1, start=3.0) for how in ("age", "chain")
    )
    x = closed.mean + np.sqrt(closed.cov) * np.array([-3.0, 0.0, 2.0])
    assert chain.pdf(x) == pytest.approx(closed.pdf(x), rel=1e-8)
    assert chain.cov == pytest.approx(closed.cov, rel=1e-8)


def test_starts_that_are_none():
    half = rd.solve(rd.SteadyState(rd.Langevin("x**2 - 2*log(x)", 1.0), rd.Poisson(1.0, to=1.0)))
    with pytest.raises(ValueError, match=r"start=-1 is outside the domain"):
        half.transient(1.0, start=-1.0)
    with pytest.raises(ValueError, match="say where the process starts"):
        rd.solve(rd.SteadyState(WELLS)).transient(1.0)
    at = rd.solve(rd.SteadyState(WELLS, rd.Sharp(0.5, to=0.3))).transient(1.0)
    assert (at.mean, at.cov) == (0.3, 0.0)
    assert at.pdf([0.3, 0.5]).tolist() == [np.inf, 0.0]


def test_simulated_states_follow_the_laws(seed):
    problem, times = rd.SteadyState(WELLS, rd.Poisson(0.4, to=0.3)), [0.5, 3.0]
    paths = rd.trajectories(problem, times, n=4000, rng=seed)
    for k, t in enumerate(times):
        exact, states = rd.solve(problem).transient(t, start=0.3), paths.states[:, k]
        error = states.std() / np.sqrt(len(states))
        assert abs(states.mean() - exact.mean) < 4 * error
        spread = np.mean((states - exact.mean) ** 2)
        assert abs(spread - exact.cov) < 4 * np.std((states - exact.mean) ** 2) / np.sqrt(len(states))
    for reset in (rd.Sharp(1.5, to=0.3), rd.Renewal(gamma(2, scale=0.5), to=0.3)):
        problem = rd.SteadyState(WELLS, reset)
        exact, found = rd.solve(problem), rd.simulate(problem, n=10_000, rng=seed)
        assert abs(found.mean - exact.mean) < 4 * found.error
