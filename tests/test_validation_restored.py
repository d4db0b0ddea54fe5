"""What is reset: every choice is changed alone, and the answers follow their rules."""

from dataclasses import asdict

import numpy as np
import pytest

from validation.experiments import restored
from validation.experiments.restored import Cell, better_finding, difference_finding, trainings
from validation.runs import Setting, Study, train
from validation.runs.statistics import Mean

SMALL = Setting("wine", features=30, steps=120, every=10, patience=20, batch_size=8, seed=5)


def cell(group, choice, *differences):
    difference = Mean.of(np.asarray(differences) / 100)
    return Cell("wine", group, choice, difference, difference, difference)


def test_a_choice_changes_nothing_but_itself(tmp_path):
    found = [*trainings(Study(tmp_path, datasets=("wine",)))]
    assert len({one.group for one in found}) == len(restored.GROUPS)
    for one in found:
        a, b = asdict(one.setting), asdict(one.reference)
        changed = {name for name in a if a[name] != b[name]}
        assert len(changed - {"warm_up"}) == (one.setting != one.reference)
        assert one.plain.probability == 0 < one.setting.probability


@pytest.mark.parametrize("group", restored.GROUPS, ids=lambda group: group.name)
def test_every_choice_trains_and_makes_a_difference(group):
    _, how = group.reference
    common = SMALL.but(probability=0.1, learning_rate=0.5, **group.common)
    reference = train(common.but(**how))
    assert len(reference.resets)
    for changes in group.others.values():
        other = train(common.but(**{**how, **changes}, warm_up=20 if "checkpoint" in changes else 0))
        same = len(other.seen["risk"]) == len(reference.seen["risk"])
        assert not (same and np.array_equal(other.seen["risk"], reference.seen["risk"]))


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [((0.1, 0.0, -0.1), "holds"), ((5, 5.1, 4.9), "does not hold"), ((9, -9, 1), "holds in part")],
)
def test_alike_means_shown_to_be_close(differences, verdict):
    assert difference_finding("alike", [cell("times", "sharp", *differences)], "sharp").verdict == verdict


@pytest.mark.parametrize(
    ("differences", "sign", "wanted", "verdict"),
    [
        ((5, 5.1, 4.9), 1, True, "holds"),
        ((5, 5.1, 4.9), -1, True, "does not hold"),
        ((5, 5.1, 4.9), 1, False, "does not hold"),
        ((1, 0, -1), 1, False, "holds"),
    ],
)
def test_better_means_surely_better(differences, sign, wanted, verdict):
    found = better_finding("better", [cell("x", "clean", *differences)], "clean", sign, wanted)
    assert found.verdict == verdict
    assert found.measured == pytest.approx(np.mean(differences))


@pytest.mark.slow
def test_a_quick_run_gives_a_table_and_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(restored, "base", lambda dataset: SMALL)
    found = restored.run(Study(tmp_path, quick=True, seeds=2, datasets=("wine",)))
    assert len(found.tables[0].rows) == 16
    assert len(found.findings) == 7
