"""Radial diffusion and run-and-tumble motion: references, published values, limits, time and transform."""

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad

import resetdyn as rd
from benchmarks.accuracy_radial import FORMS, errors
from resetdyn.theory import bessel, renewal
from resetdyn.theory.inversion import invert
from resetdyn.theory.passage import find_passage
from resetdyn.theory.run_and_tumble import RunAndTumblePassage

ORIGIN = {d: np.zeros(d) for d in (2, 3, 4)}


def ball_problem(dim, radius, rate, distance=1.0, diffusion=1.0):
    start = np.array([distance, *[0.0] * (dim - 1)])
    process = rd.Brownian(diffusion, dim=dim)
    return rd.FirstPassage(process, start, rd.Ball(np.zeros(dim), radius), rd.Poisson(rate))


@pytest.mark.parametrize("form", FORMS)
def test_agrees_with_the_references(form):
    table = errors(form, 50)
    assert table.shape == (50, 5)
    assert table[:, :3].max() < 1e-10
    assert table[:, 3].max() < 1e-13
    assert np.all(table[:, 0] <= table[:, 4])


@pytest.mark.parametrize("dim", [2, 3])
def test_ball_published(published, dim):
    assert rd.solve(ball_problem(dim, 0.1, 1.0)).mean == pytest.approx(
        published(f"em2014.mfpt.d{dim}.R1.a0.1.r1"), rel=1e-13
    )
    best = rd.optimal_reset(ball_problem(dim, 0.1, 1.0))
    assert best.rate == pytest.approx(published(f"em2014.d{dim}.rstar.R1.a0.1"), rel=1e-11)
    if dim == 3:
        assert best.mean == pytest.approx(published("em2014.d3.Tstar.R1.a0.1"), rel=1e-13)


def test_logarithmic_potential_published(published):
    for strength, rate in ((1, 1.0), (3, 0.5)):
        passage = bessel.log_passage(1.0, float(strength), 1.0, 0.0)
        mean = renewal.poisson_moment(1, rate, passage, passage)
        assert mean == pytest.approx(published(f"log.mfpt.U{strength}.r{rate:g}"), rel=1e-13)
    # Without resetting CV^2 = 1 / (nu - 2): resetting helps below U = 5.
    critical = published("log.CV")
    for strength in (critical - 0.01, critical, critical + 0.01):
        passage = bessel.log_passage(1.0, strength, 1.0, 0.0)
        first, second = (renewal.poisson_moment(k, 0.0, passage, passage) for k in (1, 2))
        assert second / first**2 - 1 == pytest.approx(1 / ((1 + strength) / 2 - 2), rel=1e-12)


@pytest.mark.parametrize("nu", [0.3, 1.0, 1.5, 2.0, 3.0, 4.2, 7.0])
@pytest.mark.parametrize("target", [0.0, 0.4])
def test_reset_free_moments_are_finite_below_the_index(nu, target):
    passage = bessel.log_passage(0.7, 0.7 * (2 * nu - 1), 1.3, target)
    for order in (1, 2, 3, 4):
        moment = renewal.poisson_moment(order, 0.0, passage, passage)
        assert np.isinf(moment) == (nu <= order)
        if target == 0 and nu > order:  # inverse gamma
            known = (1.3**2 / 2.8) ** order / np.prod([nu - k for k in range(1, order + 1)])
            assert moment == pytest.approx(known, rel=1e-12)
        if nu > order + 1:  # and slow resetting joins smoothly, at a slope set by the next moment
            slow = renewal.poisson_moment(order, 1e-11, passage, passage)
            assert slow == pytest.approx(moment, rel=1e-9)


@pytest.mark.parametrize(("nu", "target"), [(-0.5, 0.3), (0.5, 0.3), (0.2, 0.0), (1.7, 0.0), (4.0, 0.0)])
def test_survival_agrees_with_the_inverted_transform(nu, target):
    passage = bessel.log_passage(1.0, 2 * nu - 1, 1.0, target)
    for t in (1e-2, 0.1, 1.0, 10.0, 1e4):
        inverted = invert(lambda s: 1 / (s + passage.inverse_mean(s)), t)
        assert passage.survival(np.array(t)) == pytest.approx(inverted, abs=1e-11)
        assert passage.survival(np.array(t)) + passage.reached(np.array(t)) == pytest.approx(1, abs=1e-15)


def test_the_transform_in_the_complex_plane(rng):
    for _ in range(50):
        nu, target = rng.uniform(-2, 20), 1 / (1 + 10 ** rng.uniform(-3, 3))
        s = 10 ** rng.uniform(-6, 6) * np.exp(1j * rng.uniform(-2.2, 2.2))
        found = bessel.log_passage(1.0, 2 * nu - 1, 1.0, target).inverse_mean(np.array([s]))[0]
        with mp.workdps(40):
            q, order = mp.sqrt(mp.mpc(s)), (1 + mp.mpf(2 * nu - 1)) / 2
            hit = mp.mpf(target) ** -order * mp.besselk(order, q) / mp.besselk(order, q * mp.mpf(target))
            known = complex(mp.mpc(s) * hit / (1 - hit))
        if abs(known) > 1e-280:
            assert abs(found / known - 1) < 1e-11


def test_ball_in_other_directions_and_the_refusals():
    start, centre = np.array([1.0, 2.0, -1.0]), np.array([0.5, -1.0, 0.0])
    passage = find_passage(rd.Brownian(2.0, dim=3), start, rd.Ball(centre, 0.5))
    assert passage.x == pytest.approx(np.linalg.norm(start - centre))
    ball = rd.Ball([0.0, 0.0], 0.5)
    for process in (rd.Brownian([[1.0, 0.3], [0.3, 1.0]]), rd.Brownian(1.0, drift=[0.0, 1.0])):
        assert find_passage(process, np.array([1.0, 1.0]), ball) is None
    assert bessel.log_passage(1.0, -1.0, 1.0, 0.0) is None  # 0 is never reached
    assert bessel.log_passage(1.0, 1.0, 0.5, 0.5) is None


def test_transient_searches_fail_for_ever_without_resetting():
    for dim in (2, 3, 4):
        problem = ball_problem(dim, 0.1, 0.0)
        assert rd.solve(problem).mean == np.inf
        assert rd.optimal_reset(problem).speedup == np.inf


def test_on_a_line_the_ball_is_brownian_motion():
    passage, plain = bessel._bessel(0.7, 0.5, 1.7, 0.4), rd.Brownian(0.7)
    known = find_passage(plain, 1.7, rd.Level(0.4))
    for rate in (1e-8, 1e-2, 1.0, 1e4):
        assert passage.log_mean(rate, 3) == pytest.approx(known.log_mean(rate, 3), rel=1e-13)


def _flight(rate=0.0, to=1.0, distance=1.0, tumble_rate=1.0):
    process = rd.RunAndTumble(speed=1.0, tumble_rate=tumble_rate)
    return rd.FirstPassage(process, distance, rd.Level(0.0), rd.Poisson(rate, to=to))


def test_run_and_tumble_published(published):
    assert rd.solve(_flight(0.5)).mean == pytest.approx(published("rtp.mfpt"), rel=1e-14)
    assert rd.solve(_flight(0.0)).mean == np.inf


def test_run_and_tumble_in_time_is_its_density_summed():
    for tumble_rate in (0.3, 1.0, 4.0):
        passage = RunAndTumblePassage(1.0, tumble_rate, 1.0)
        at_once = np.exp(-tumble_rate) / 2
        assert passage.survival(np.array([0.5, 1.0])) == pytest.approx([1, 1 - at_once], rel=1e-15)
        for t in (1 + 1e-9, 1.3, 2.0, 7.0, 19.9, 20.1, 300.0):
            flown = at_once + quad(passage.density, 1, t, epsabs=1e-13, epsrel=1e-13, limit=400)[0]
            assert passage.reached(np.array(t)) == pytest.approx(flown, rel=1e-11)
            assert passage.survival(np.array(t)) == pytest.approx(1 - flown, abs=1e-12)


@pytest.mark.parametrize(("rate", "to"), [(0.5, 1.0), (2.0, 0.4), (0.3, 2.0)])
def test_run_and_tumble_under_resetting_survives_for_its_mean(rate, to):
    result = rd.solve(_flight(rate, to))
    kinks = np.unique(np.round([i + j * to for i in (0, 1) for j in range(60)], 12))
    edges = np.concatenate([kinks[kinks < 22], np.geomspace(22, 40 * result.mean, 40)])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = np.diff(edges)[:, None] / 2
    times = (edges[:-1, None] + half + half * nodes).ravel()
    area = np.sum((half * weights).ravel() * result.survival(times))
    assert area == pytest.approx(result.mean, rel=1e-9)


def test_run_and_tumble_with_a_period_is_summed_to_the_front_and_beyond():
    passage = RunAndTumblePassage(1.0, 1.0, 1.0)
    for period in (1.5, 3.0):
        problem = rd.FirstPassage(rd.RunAndTumble(1.0, 1.0), 1.0, rd.Level(0.0), rd.Sharp(period))
        alive = 1 + quad(passage.survival, 1, period, epsabs=1e-13)[0]
        result = rd.solve(problem)
        assert result.mean == pytest.approx(alive / passage.reached(np.array(period)), rel=1e-12)
    too_short = rd.FirstPassage(rd.RunAndTumble(1.0, 1.0), 1.0, rd.Level(0.0), rd.Sharp(0.9))
    assert rd.solve(too_short).mean == np.inf


def test_fast_tumbling_is_diffusion():
    passage = RunAndTumblePassage(100.0, 100.0**2 / 2, 1.0)
    plain = find_passage(rd.Brownian(1.0), 1.0, rd.Level(0.0))
    # The flight before the first tumble makes the distance longer by about v / (2 g).
    assert passage.log_mean(1.0, 1) == pytest.approx(plain.log_mean(1.0, 1), rel=0.03)
