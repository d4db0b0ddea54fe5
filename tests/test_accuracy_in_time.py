"""Survival probabilities and densities against references; all sets in `benchmarks.accuracy_in_time`."""

import math

import numpy as np
import pytest
from mpmath import mp, mpc, mpf

import resetdyn as rd
from benchmarks import accuracy_in_time, references_in_time, transforms
from benchmarks.references import cylinder
from resetdyn.theory.numerics.inversion import invert
from resetdyn.theory.passages.passage import find_passage

FORMS = list(references_in_time.WIDTHS)


@pytest.mark.parametrize("form", FORMS)
def test_survival_and_density(form):
    found = accuracy_in_time.check(form, slice(7, None, 40))
    assert len(found.errors) == 50
    assert found.refused == 0
    assert np.all(found.errors < accuracy_in_time.LIMIT)
    assert np.all(found.references < 1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_sets_are_many_and_wide(form):
    rows = references_in_time.load(form)
    assert len(rows) == references_in_time.SETS >= 2000
    free = rows[:, 0] == 0
    assert 0.3 < free.mean() < 0.36
    assert rows[~free, 0].min() < 1e-6
    assert rows[:, 0].max() > 1e5
    survival, density = rows[:, -3], rows[:, -2]
    assert np.mean(survival > 0.999) > 0.02
    assert np.mean(survival < 1e-3) > 0.02
    assert density.min() < 1e-100


@pytest.mark.parametrize("form", FORMS)
def test_stored_references_are_those_that_are_made(form):
    rows = references_in_time.load(form)
    cheap = [i for i in range(2, 60, 3) if rows[i, 0] * rows[i, -4] > 300][:1]
    for i in cheap or [2]:
        assert references_in_time.row(form, i)[:-1] == pytest.approx(rows[i, :-1].tolist(), rel=1e-13)


@pytest.mark.parametrize(("level", "start"), [(-1.0, 1.0), (2.0, 2.1), (-3.0, -4.0), (4.0, -5.0)])
def test_transforms_of_a_trap_by_another_route(level, start):
    side = 1 if start > level else -1
    with mp.workdps(60):
        transform = transforms.ornstein_uhlenbeck(level, start)
        for s in (mpc(0.5, 0.1), mpc(-4, 7), mpc(20, 15), mpc(-30, 60)):
            with mp.workdps(200):
                known = cylinder(s, side * mpf(start)) / cylinder(s, side * mpf(level))
            assert abs(transform(s) / known - 1) < 1e-20


@pytest.mark.parametrize(("dim", "start", "target"), [(2, 1.0, 0.5), (3, 5.0, 4.9), (8, 0.1, 0.01)])
def test_transforms_of_a_ball_by_another_route(dim, start, target):
    with mp.workdps(60):
        transform = transforms.kummer(dim, start, target)
        for s in (mpc(0.5, 0.1), mpc(-4, 7), mpc(20, 15), mpc(-300, 600)):
            with mp.workdps(200):
                far, near = (mp.hyperu(s / 2, mpf(dim) / 2, mpf(z) ** 2 / 2) for z in (start, target))
            assert abs(transform(s) / (far / near) - 1) < 1e-20


@pytest.mark.parametrize(
    ("form", "own"),
    [
        ("ornstein_uhlenbeck", [-8.7, -7.8]), ("ornstein_uhlenbeck", [7.3, 7.2]), ("kummer", [3, 5.0, 4.9]),
        ("kummer", [8, 0.1, 0.01]), ("bessel", [-3.5, 0.01]), ("bessel", [5.375, 0.75]),
        ("bessel", [4.5, 0.0]), ("kummer", [10, 0.011, 0.0107]),
    ],
)  # fmt: skip
def test_transforms_in_digits_by_another_route(form, own):
    given = accuracy_in_time.problem(form, 0.0, *own)
    passage = find_passage(given.process, given.start, given.target)
    with mp.workdps(70):
        nodes = [mpc(0.5, 0.1), mpc(-4, 7), mpc(20, 15), mpc(-30, 60), mpc(1e-12, 1e-11), mpc(900, 2000)]
        transform = transforms.FORMS[form](*own)
        for s, (hit, missed) in zip(nodes, passage.hits_in_digits(nodes), strict=True):
            assert abs(hit / transform(s) - 1) < 1e-22
            assert abs(missed / (1 - transform(s)) - 1) < 1e-22


@pytest.mark.parametrize(("level", "start"), [(7.5, 7.49), (-8.0, -7.0), (9.0, 8.9), (-9.9, -9.89)])
def test_density_after_most_have_arrived(level, start):
    """Late, what is left arrives at the rate of the slowest pole, however few they are."""
    passage = find_passage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), start, rd.Level(level))
    t = np.array([40.0, 50.0, 90.0, 700.0])
    hazards = passage.density(t) / passage.survival(t)
    assert hazards == pytest.approx(-passage.decay, rel=2e-9)  # to which the pole is sought
    alone = [float(passage.density(t[i : i + 1])[0]) for i in range(t.size)]
    assert passage.density(t) == pytest.approx(np.array(alone), rel=1e-12)


def test_floats_lose_what_digits_keep():
    def lost(s):
        return (s + 0.25) / (s + 1) + 1e-14 / (s + 2e-14)

    def kept(s):
        return [(p + mpf(0.25)) / (p + 1) + mpf(1e-14) / (p + mpf(2e-14)) for p in s]

    t = np.array([50.0, 80.0, 1e6])  # the first part is over
    known = 1e-14 * np.exp(-2e-14 * t) - 0.75 * np.exp(-t)
    assert np.all(np.abs(invert(lost, t, -2e-14) / known - 1)[:2] > 1e-7)
    assert invert(lost, t, -2e-14, precise=kept) == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize("t", [0.004, 0.02, 0.05, 0.2])
def test_resets_after_a_sharp_delay(t):
    """Hold the answer against ``f_r = e^(-r t) f + r int e^(-r u) Q(u) f_r(t - u) du``."""
    drift, rate = 115.7, 6.0
    result = rd.solve(rd.FirstPassage(rd.Brownian(1.0, drift=-drift), 1.0, rd.Level(0.0), rd.Poisson(rate)))
    free = find_passage(rd.Brownian(1.0, drift=-drift), 1.0, rd.Level(0.0))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    edges = np.linspace(0.0, t, 41)
    u = (edges[:-1, None] + np.diff(edges)[:, None] * (nodes + 1) / 2).ravel()
    w = (np.diff(edges)[:, None] * weights / 2).ravel()
    again = rate * np.sum(w * np.exp(-rate * u) * free.survival(u) * result.pdf(t - u))
    known = math.exp(-rate * t) * float(free.density(np.array([t]))[0]) + again
    assert result.pdf(t) == pytest.approx(known, rel=1e-9)
    survived = math.exp(-rate * t) * float(free.survival(np.array([t]))[0])
    survived += rate * np.sum(w * np.exp(-rate * u) * free.survival(u) * result.survival(t - u))
    assert result.survival(t) == pytest.approx(survived, rel=1e-9)


@pytest.mark.parametrize("drift", [-40.0, 0.0, 90.0])
def test_density_out_of_an_interval(drift):
    passage = find_passage(rd.Brownian(2.0, drift=drift), 0.3, rd.Interval(0.0, 1.0))
    edges = np.geomspace(1e-6, 5.0, 400)
    nodes, weights = np.polynomial.legendre.leggauss(12)
    t = (edges[:-1, None] + np.diff(edges)[:, None] * (nodes + 1) / 2).ravel()
    w = (np.diff(edges)[:, None] * weights / 2).ravel()
    density = passage.density(t)
    for s in (0.0, 3.0, 200.0):
        hit = 1 - s * math.exp(passage.log_mean(s, 0)[0]) / (1 + s * math.exp(passage.log_mean(s, 0)[0]))
        assert np.sum(w * density * np.exp(-s * t)) == pytest.approx(hit, rel=1e-11)


@pytest.mark.parametrize(
    "problem",
    [
        rd.FirstPassage(rd.Brownian(np.eye(3)), [2.0, 0.0, 0.0], rd.Ball([0.0, 0.0, 0.0], 1.0)),
        rd.FirstPassage(rd.Brownian(1.0, drift=0.3), 1.0, rd.Level(0.0)),
    ],
)
def test_densities_are_slopes_of_survival(problem):
    result, t, h = rd.solve(problem), 0.7, 1e-3
    at = result.survival(t + h * np.array([-2.0, -1.0, 1.0, 2.0]))
    assert result.pdf(t) == pytest.approx(-(at @ [1, -8, 8, -1]) / (12 * h), rel=1e-9)
