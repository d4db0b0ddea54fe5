"""Means over seeds: their intervals, paired differences, slopes, and how they are written."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, t, ttest_1samp, ttest_rel

from validation.runs import Setting
from validation.runs.defaults import LISTED, base, with_resetting
from validation.runs.statistics import Mean, gain, holm, over_seeds, slope


def test_a_mean_is_students(rng):
    samples = rng.normal(0.7, 1.0, 12)
    found, expected = Mean.of(samples), ttest_1samp(samples, 0.0)
    assert found.interval() == pytest.approx(tuple(expected.confidence_interval(0.95)), rel=1e-12)
    assert found.interval(0.5) == pytest.approx(tuple(expected.confidence_interval(0.5)), rel=1e-12)
    assert (found.t, found.p_value) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)


def test_intervals_hold_the_truth_as_often_as_they_say(rng):
    """19 of 20, by a z-score; the normal interval of so few seeds does not."""
    truth, repetitions, n = 0.3, 4000, 5
    found = [Mean.of(row) for row in rng.normal(truth, 2.0, (repetitions, n))]
    spread = np.sqrt(0.95 * 0.05 / repetitions)
    inside = np.mean([low < truth < high for low, high in (mean.interval() for mean in found)])
    assert abs(inside - 0.95) < 4 * spread
    normal = np.mean([abs(mean.value - truth) < 1.96 * mean.error for mean in found])
    assert abs(normal - 0.95) > 4 * spread


def test_a_sign_is_an_interval_on_one_side_of_zero():
    assert [Mean(value, 1.0, 10).sign for value in (-3.0, -2.0, 0.0, 2.0, 3.0)] == [-1, 0, 0, 0, 1]
    assert Mean(0.0, 0.0, 4).sign == 0
    assert (Mean(0.1, 0.0, 4).sign, Mean(0.1, 0.0, 4).p_value, Mean(0.0, 0.0, 4).p_value) == (1, 0.0, 1.0)


def test_cells():
    half = t.ppf(0.975, 3)
    assert Mean(0.031, 0.01 / half, 4).text(100) == "+3.1 [2.1, 4.1]"
    assert Mean(-0.031, 0.04 / half, 4).text(100) == "−3.1 [−7.1, 0.9]"
    assert Mean(-0.0001, 0.0001 / half, 4).text(100) == "+0.0 [0.0, 0.0]"
    assert Mean(0.5, 0.125, 4).plain(decimals=2) == "0.50 ± 0.12"


def test_a_gain_is_paired(rng):
    plain = Setting()
    method = plain.but(probability=0.1)
    base_of, extra = rng.normal(size=9), rng.normal(0.5, 0.1, size=9)
    records = {plain.but(seed=i): base_of[i] for i in range(9)}
    records |= {method.but(seed=i): base_of[i] + extra[i] for i in range(9)}
    found = gain(records, method, plain, range(9), lambda number: number)
    expected = ttest_rel(base_of + extra, base_of)
    assert (found.value, found.t) == pytest.approx((extra.mean(), expected.statistic), rel=1e-9)
    assert over_seeds(records, plain, range(9), float).tolist() == base_of.tolist()


def test_a_slope_has_the_error_of_its_seeds(rng):
    """Where all points of a seed move together the slope is exact, though every point is uncertain."""
    x = np.array([0.2, 0.4, 0.6, 0.8])
    assert slope(x, 2 * x + rng.normal(size=(6, 1))).error < 1e-12
    noisy = [slope(x, 2 * x + rng.normal(size=(6, 4))) for _ in range(400)]
    z = (np.mean([found.value for found in noisy]) - 2) / np.std([found.value for found in noisy]) * 20
    assert abs(z) < 4


def test_holm_is_between_bonferroni_and_the_false_discovery_rate(rng):
    p = rng.random(30) ** 4
    found = holm(p)
    assert np.all(found >= (p <= 0.05 / 30))
    assert np.all(found <= (false_discovery_control(p) <= 0.05))
    assert holm([0.01, 0.02, 0.04]).tolist() == [True, True, True]
    assert holm([0.04, 0.04, 0.04]).tolist() == [False, False, False]


@pytest.mark.parametrize(
    ("samples", "words"), [([1.0], ">= 2 seeds"), ([[1.0, 2.0]], "shape"), ([1.0, np.nan], "not finite")]
)
def test_what_has_no_error_is_refused(samples, words):
    with pytest.raises(ValueError, match=words):
        Mean.of(samples)


@pytest.mark.parametrize("dataset", LISTED)
def test_defaults_have_the_papers_proportions(dataset):
    plain = base(dataset)
    resetting = with_resetting(plain)
    assert plain.probability == 0.0
    assert resetting.probability * resetting.steps == pytest.approx(50)
    assert resetting.patience == plain.patience == plain.steps // 10
    assert plain.steps % plain.every == 0


def test_defaults_of_other_files(tmp_path, rng):
    X = rng.normal(size=(60, 3))
    np.savez(tmp_path / "numbers.npz", X=X, y=X @ [1.0, 2.0, 3.0])
    np.savez(tmp_path / "classes.npz", X=X, y=(X[:, 0] > 0).astype(int))
    assert base(str(tmp_path / "numbers.npz")).loss == "squared_error"
    assert base(str(tmp_path / "classes.npz")).loss == "log_loss"
    with pytest.raises(ValueError, match="dataset='none' is unknown"):
        base("none")
