"""The closed forms against stored references: 50 sets of each here, all in `benchmarks.accuracy`."""

import math

import numpy as np
import pytest
from mpmath import mp, mpf

import resetdyn as rd
from benchmarks import accuracy, references
from resetdyn.theory.numerics.inversion import dominant_pole, invert
from resetdyn.theory.passages.passage import find_passage

# The sets in which each form is worst, in each of the quantities, and others evenly spread.
WORST = {
    "brownian": [62, 83, 116, 256, 325, 611, 700, 786, 821, 1187, 1392, 1493, 2082],
    "interval": [697, 704, 786, 908, 1090, 1385, 1407, 1575, 1580, 1662, 1802, 1905, 2084, 2086],
    "ornstein_uhlenbeck": [527, 573, 722, 892, 1147, 1512, 1742, 1773, 1843, 1966, 2068],
}


def sets(form):
    others = [i for i in range(0, references.SETS, 41) if i not in WORST[form]]
    return WORST[form] + others[: 50 - len(WORST[form])]


@pytest.mark.parametrize("form", references.FORMS)
def test_mean_moments_and_shares(form):
    found = accuracy.check(form, sets(form))
    assert len(found.errors) == 50
    assert np.all(found.errors < accuracy.LIMIT)
    assert found.covered >= 0.98  # of the 50, the worst of 2,100 among them, one may be out


def test_references_by_another_route():
    parameters, values = references.load("ornstein_uhlenbeck")
    usable = [i for i in range(100) if 0 < parameters[i, 0] < 1e3]
    assert len(usable) > 40
    with mp.workdps(200):
        for i in usable[:10]:
            mean, log_mean = references.by_cylinder(*parameters[i].tolist())
            if mean < math.inf:
                assert values[i, 0] == pytest.approx(mean, rel=1e-14)
            assert values[i, 3] == pytest.approx(log_mean, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize("form", references.FORMS)
def test_stored_references_are_those_that_are_made(form):
    parameters, values = references.load(form)
    assert parameters.shape[0] == references.SETS >= 2000
    assert np.array_equal(parameters, references.parameters(form))
    for i in (0, 700, 1500):
        assert np.array_equal(references.row((form, parameters[i].tolist())), values[i])


FREE = {
    "towards a level": (rd.Brownian(1.0, drift=-0.7), 1.0, rd.Level(0.0)),
    "fast towards a level": (rd.Brownian(1.0, drift=-200.0), 1.0, rd.Level(0.0)),
    "interval": (rd.Brownian(1.0), 0.3, rd.Interval(0.0, 1.0)),
    "drifted interval": (rd.Brownian(1.0, drift=40.0), 0.3, rd.Interval(0.0, 1.0)),
    "near an end": (rd.Brownian(1.0, drift=1.0), 1e-6, rd.Interval(0.0, 1.0)),
    "down a trap": (rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), 3.0, rd.Level(0.5)),
    "up a trap": (rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), -1.0, rd.Level(3.0)),
    "a small step": (rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), 1e-5, rd.Level(0.0)),
}


@pytest.mark.parametrize("case", FREE)
def test_small_rates_join_the_reset_free_limit(case):
    process, start, target = FREE[case]
    free = rd.solve(rd.FirstPassage(process, start, target))
    slope = find_passage(process, start, target).log_mean(0.0, 1)[1]
    for rate in (1e-300, 1e-100, 1e-30, 1e-15 / abs(slope), 1e-8 / abs(slope)):
        slow = rd.solve(rd.FirstPassage(process, start, target, rd.Poisson(rate)))
        assert slow.log_mean == pytest.approx(free.log_mean + slope * rate, rel=1e-12, abs=1e-12)
        if abs(slope * rate) < 1e-14:
            for order in (1, 2, 3):
                assert slow.moment(order) == pytest.approx(free.moment(order), rel=1e-12)


@pytest.mark.parametrize("case", FREE)
def test_many_rates_agree_with_one_at_a_time(case):
    passage = find_passage(*FREE[case])
    rates = np.array([0.0, 1e-6, 0.03, 1.0, 17.0, 20.0, 500.0, 3e5])
    many = passage.log_mean_many(rates, 3)
    for rate, column in zip(rates.tolist(), many.T, strict=True):
        assert column == pytest.approx(np.array(passage.log_mean(rate, 3)), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("level", "start", "rate"),
    [(-50.0, 0.0, 1.0), (-45.0, -44.0, 0.3), (0.0, 1000.0, 2.0), (300.0, 300.1, 0.01), (-5.0, 60.0, 18.0)],
)
def test_levels_far_out(level, start, rate):
    with mp.workdps(60):
        mean, log_mean = references.by_cylinder(rate, level, start)
    result = rd.solve(accuracy.problem("ornstein_uhlenbeck", rate, level, start))
    assert result.log_mean == pytest.approx(log_mean, rel=1e-12, abs=1e-10)
    assert (result.mean == math.inf) == (mean == math.inf)


@pytest.mark.parametrize("case", ["interval", "near an end", "down a trap", "up a trap", "a small step"])
def test_late_times_keep_their_digits(case):
    passage = find_passage(*FREE[case])
    decay = dominant_pole(lambda s: passage.inverse_mean(s) + s)
    times = np.array([40.0, 41.0]) / -decay
    late = invert(lambda s: 1 / (passage.inverse_mean(s) + s), times, decay)
    assert late[0] < 1e-14
    assert math.log(late[1] / late[0]) == pytest.approx(-1.0, rel=1e-8)


def test_early_times_keep_their_digits():
    density = invert(lambda s: np.exp(-np.sqrt(s)), 1e-3)
    assert density == pytest.approx(math.exp(-250) / math.sqrt(4 * math.pi * 1e-9), rel=1e-11)


def test_dominant_pole_of_a_branch_point_and_of_nothing():
    assert dominant_pole(lambda s: np.sqrt(s + 2.0)) == pytest.approx(-2.0, rel=1e-8)
    assert dominant_pole(lambda s: 0 * s) == 0
    assert dominant_pole(lambda s: 1 + 0 * s) == 0


@pytest.mark.parametrize("nu", [0.3 + 0.2j, -3.7 + 5.0j, -0.5 + 1e-3j, -70.0 + 12.0j, 30.0 - 45.0j])
def test_complex_rates_agree_with_kummers_functions(nu):
    for level, start in ((-2.0, 1.5), (1.0, 4.0), (0.0, 1e-3)):
        passage = find_passage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), start, rd.Level(level))
        with mp.workdps(120):
            s = mp.mpc(nu)
            ratio = references.cylinder(s, mpf(level)) / references.cylinder(s, mpf(start))
            known = complex(s / (ratio - 1))
        assert abs(passage.inverse_mean(np.array([nu]))[0] / known - 1) < 1e-12


@pytest.mark.parametrize(("level", "start"), [(6.19, 6.31), (2.97, 3.13), (-7.0, -4.4), (1.0, 3.0)])
def test_survived_and_reached_make_one(level, start):
    passage = find_passage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), start, rd.Level(level))
    times = math.exp(passage.log_mean(0.0, 0)[0]) * np.array([0.01, 0.3, 1.0, 3.0, 20.0])
    assert passage.survival(times) + passage.reached(times) == pytest.approx(np.ones(5), rel=1e-12)
    assert passage.survival(np.array([0.0, np.inf])).tolist() == [1.0, 0.0]
