"""Radial diffusion and run-and-tumble motion: references, published values, limits, time and transform."""

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad

import resetdyn as rd
from benchmarks.accuracy_radial import FORMS, by_hyperu, errors, load
from resetdyn.theory.numerics.inversion import invert
from resetdyn.theory.passages import bessel
from resetdyn.theory.passages.kummer import KummerPassage
from resetdyn.theory.passages.passage import find_passage
from resetdyn.theory.passages.run_and_tumble import RunAndTumblePassage
from resetdyn.theory.resetting import renewal

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


def test_survival_at_any_time():
    for dim in (2, 3, 4):
        result = rd.solve(ball_problem(dim, 0.1, 1.0))
        early = result.survival(np.array([0.0, 1e-12, 1e-9, 1e-5]))
        assert early == pytest.approx(1.0, abs=1e-12)
        late = result.survival(np.array([1.0, 10.0, 100.0]) * result.mean)
        assert np.all(np.diff(late) < 0)
        assert np.all(late > 0)
    free = rd.solve(ball_problem(4, 0.1, 0.0))  # missed with probability 1 - (a / x)^2
    assert free.survival(1e10) == pytest.approx(0.99, rel=1e-9)


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


def _trap_problem(dim, radius, rate, distance=2.0):
    start = np.array([distance, *[0.0] * (dim - 1)]) + 0.5
    process = rd.OrnsteinUhlenbeck(1.3, np.full(dim, 0.5), np.eye(dim) * 0.7)
    return rd.FirstPassage(process, start, rd.Ball(np.full(dim, 0.5), radius), rd.Poisson(rate))


def test_kummer_references_have_a_second_witness(rng):
    rows, values = load("kummer")
    moderate = np.flatnonzero((rows[:, 0] > 0) & (rows[:, 0] < 30))
    for i in rng.choice(moderate, 12, replace=False):
        with mp.workdps(60):
            assert by_hyperu(*rows[i].tolist()) == pytest.approx(values[i, 3], rel=1e-13, abs=1e-13)


def test_in_one_dimension_the_trap_is_the_ornstein_uhlenbeck_process():
    plain = find_passage(rd.OrnsteinUhlenbeck(1.3, 0.0, 0.7), 2.0, rd.Level(0.3))
    radial = KummerPassage(1.3, 0.7, 1, 2.0, 0.3)
    for rate in (0.0, 1e-6, 0.4, 30.0, 1e5):
        assert radial.log_mean(rate, 2) == pytest.approx(plain.log_mean(rate, 2), rel=1e-11)


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_a_weak_trap_leaves_brownian_motion(dim):
    free = bessel._bessel(0.7, 1 - dim / 2, 2.0, 0.3)
    weak = KummerPassage(1e-9, 0.7, dim, 2.0, 0.3)
    assert weak.log_mean(2.0, 2) == pytest.approx(free.log_mean(2.0, 2), rel=1e-7)


@pytest.mark.parametrize("dim", [2, 3, 6])
def test_ball_in_a_trap_without_resetting_agrees_with_the_backward_equation(dim):
    """Integrate the backward equation for the mean: T' = -(1 / D) int_r^inf (y / r)^(d - 1) e^(...) dy."""
    k, D, x, a = 1.3, 0.7, 2.0, 0.3

    def slope(r):
        def weight(y):
            return (y / r) ** (dim - 1) * np.exp(-k * (y * y - r * r) / (2 * D)) / D

        return quad(weight, r, r + 14, epsabs=0, epsrel=1e-13)[0]

    known = quad(slope, a, x, epsabs=0, epsrel=1e-12)[0]
    result = rd.solve(_trap_problem(dim, a, 0.0))
    assert result.mean == pytest.approx(known, rel=1e-11)
    assert rd.solve(_trap_problem(dim, a, 1e-12)).mean == pytest.approx(known, rel=1e-10)


def test_trap_refusals():
    ball, start = rd.Ball([0.0, 0.0], 0.5), np.array([1.0, 1.0])
    for process in (
        rd.OrnsteinUhlenbeck([[1.0, 0.2], [0.2, 1.0]], 0.0, 1.0),
        rd.OrnsteinUhlenbeck(np.eye(2), [0.1, 0.0], np.eye(2)),
        rd.OrnsteinUhlenbeck(np.eye(2), 0.0, [[1.0, 0.0], [0.0, 2.0]]),
    ):
        assert find_passage(process, start, ball) is None


@pytest.mark.parametrize(("dim", "rate"), [(2, 0.0), (3, 0.7), (6, 0.0)])
def test_survival_in_a_trap_adds_up_to_the_moments(dim, rate):
    result = rd.solve(_trap_problem(dim, 0.3, rate))
    nodes, weights = np.polynomial.legendre.leggauss(24)
    edges = np.concatenate([[0.0], np.geomspace(1e-2, 60, 9) * result.mean])
    half = np.diff(edges)[:, None] / 2
    times, weights = (edges[:-1, None] + half + half * nodes).ravel(), (half * weights).ravel()
    alive = result.survival(times)
    assert weights @ alive == pytest.approx(result.mean, rel=1e-9)
    assert weights @ (2 * times * alive) == pytest.approx(result.moment(2), rel=1e-9)


def test_kummer_at_complex_orders(rng):
    for _ in range(15):
        dim, x = int(rng.integers(1, 9)), 10 ** rng.uniform(-1, 0.7)
        a = x / (1 + 10 ** rng.uniform(-2, 2))
        order = 10 ** rng.uniform(-2, 2) * np.exp(1j * rng.uniform(-2.6, 2.6))
        passage = KummerPassage(1.0, 1.0, dim, x, a)
        found = passage.inverse_mean(np.array([2 * order]))[0]
        with mp.workdps(40):
            far, near = (mp.hyperu(mp.mpc(order), mp.mpf(dim) / 2, mp.mpf(r) ** 2 / 2) for r in (x, a))
            known = complex(2 * mp.mpc(order) * far / (near - far))
        assert abs(found / known - 1) < 1e-9
