"""Resetting together with other methods: what is trained, what is watched, and how the answers follow."""

import numpy as np
import pytest

from validation.experiments import combined
from validation.experiments.combined import Cell, added, best_of_all, trainings
from validation.runs import Setting, Study, train
from validation.runs.confident import is_installed, train_confident
from validation.runs.statistics import Mean

SMALL = Setting("wine", features=30, steps=120, every=10, patience=20, batch_size=8, seed=5)


def cell(method, alone, gains):
    by_score = {score: Mean.of(np.asarray(gains) / 100) for score in ("loss", "error")}
    return Cell("wine", 0.4, method, Mean.of(np.array([alone - 0.01, alone, alone + 0.01])), by_score)


def test_every_method_trains_alone_and_with_resetting_on_the_same_data(tmp_path):
    found = [*trainings(Study(tmp_path, quick=False, datasets=("wine", "diabetes")))]
    names = {one.method for one in found}
    assert names >= {*combined.PUBLISHED, "cross-entropy", "small-loss selection"}
    assert ("confident learning" in names) == is_installed()
    assert {one.dataset for one in found} == {"wine"}
    for one in found:
        for reset in one.resetting.values():
            assert reset.data == one.alone.data
            assert reset.probability > 0 == one.alone.probability


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ([(5, 5.1, 4.9)] * 6, "holds"),
        ([(5, 5.1, 4.9)] * 2 + [(1, 0, -1)] * 4, "holds in part"),
        ([(5, 5.1, 4.9)] * 5 + [(-5, -5.1, -4.9)], "holds in part"),
        ([(1, 0, -1)] * 6, "does not hold"),
    ],
)
def test_the_answer_follows_its_rule(gains, verdict):
    cells = [cell(name, 0.8, each) for name, each in zip(combined.PUBLISHED, gains, strict=True)]
    found = added(cells, "loss")
    assert found.verdict == verdict
    assert found.measured == pytest.approx(np.mean([np.mean(each) for each in gains]))


def test_the_best_other_method_is_the_one_to_beat():
    cells = [cell("cross-entropy", 0.7, (5, 5.1, 4.9)), cell("Co-teaching", 0.74, (0, 1, 2))]
    assert best_of_all(cells).measured == pytest.approx(1.0)
    assert best_of_all(cells).verdict == "holds"
    cells.append(cell("mean absolute error", 0.9, (0, 1, 2)))
    assert best_of_all(cells).measured == pytest.approx(-15.0)
    assert best_of_all(cells).verdict == "does not hold"


def test_the_error_is_watched_where_that_is_said():
    by_loss, by_error = train(SMALL), train(SMALL.but(score="error"))
    np.testing.assert_allclose(by_error.score, 1 - by_error.seen["validation_accuracy"])
    np.testing.assert_array_equal(by_loss.seen["accuracy"], by_error.seen["accuracy"])
    assert not np.array_equal(by_loss.score, by_error.score)


@pytest.mark.skipif(not is_installed(), reason="cleanlab is not installed")
def test_confident_learning_trains_with_and_without_resetting():
    setting = SMALL.but(method="confident", noise_rate=0.2, steps=600)
    alone, reset = train_confident(setting), train_confident(setting.but(probability=0.05))
    assert alone.last() > 0.6
    assert not len(alone.resets)
    assert len(reset.resets)
    assert alone.last() == train_confident(setting).last()


@pytest.mark.slow
def test_a_quick_run_gives_a_table_and_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(combined, "base", lambda dataset: SMALL)
    found = combined.run(Study(tmp_path, quick=True, seeds=2, datasets=("wine",)))
    (table,) = found.tables
    assert len(table.rows) == 8
    assert len(found.findings) == 3
    assert found.figures[0].figure.get_axes()
