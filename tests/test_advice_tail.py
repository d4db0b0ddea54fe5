"""Means and variances that are not there are said where the runs show it, and not of laws that have them."""

import math

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from benchmarks.tails import KINDS, main, said
from resetdyn.advice.tail import shape_of, tail_of

BY_NAME = {kind.name: kind for kind in KINDS}
TRIALS = 60


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.5, 1.5])
def test_the_shape_is_that_of_the_law(shape, rng):
    excess = np.sort(stats.genpareto(shape).rvs(4000, random_state=rng))
    error = (1 + shape) / math.sqrt(4000)
    assert abs(shape_of(excess) - shape) < 4 * error
    assert abs(shape_of(excess**2) - shape) > 4 * error  # the control: of another law


@pytest.mark.parametrize("n", [300, 1000, 10_000])
@pytest.mark.parametrize("name", ["exponential", "lognormal, sigma 1.5", "Pareto, index 2.5"])
def test_no_false_alarm(name, n, rng):
    no_mean, no_variance = said(BY_NAME[name], n, TRIALS, rng)
    allowed = 0.05 + 4 * math.sqrt(0.05 * 0.95 / TRIALS)
    assert no_mean < allowed
    assert no_variance < allowed


def test_a_mean_that_is_not_there_is_said_from_a_thousand_runs_on(rng):
    found = [said(BY_NAME["first passage, no drift"], n, TRIALS, rng)[0] for n in (1000, 10_000)]
    for share, least in zip(found, (0.6, 0.9), strict=True):
        assert share > least - 4 * math.sqrt(least * (1 - least) / TRIALS)


def test_a_handful_of_slow_runs_is_no_heavy_tail(rng):
    times = np.r_[1 + 0.02 * rng.random(985), 500 * (1 + 0.02 * rng.random(15))]
    advice = rd.advise(times)
    assert advice.tail.shape > 0.5  # it looks like one
    assert advice.tail.mean_exists
    assert advice.tail.variance_exists
    assert np.isfinite(advice.free_mean)


def test_what_is_not_there_is_not_estimated():
    times = stats.levy.ppf((np.arange(30_000) + 0.5) / 30_000)  # no chance: that it is seen is tested above
    advice = rd.advise(times)
    assert not advice.tail.mean_exists
    assert advice.free_mean == advice.cv == advice.speedup == advice.sharp.speedup == np.inf
    assert "there is no mean without restarts" in advice.text()
    assert "no mean as it is" in advice.text(details=True)
    assert rd.advise(np.minimum(times, 100.0), times > 100.0).tail is None  # given up: the tail is not seen


def test_too_few_or_equal_times_tell_nothing():
    assert tail_of(np.arange(1.0, 6.0)) is None
    assert tail_of(np.full(40, 2.0)) is None
    assert rd.advise(np.arange(1.0, 31.0)).tail is None


def test_the_table_is_printed(capsys, monkeypatch):
    monkeypatch.setattr("benchmarks.tails.SIZES", (300,))
    assert main(["--quick"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + len(KINDS)
    assert any("(no mean)" in line for line in lines)
