"""The pieces of the benchmark of training run, on tiny sizes, and what they time has learned something."""

import numpy as np

from benchmarks import training as bench


def test_both_sides_learn_the_same_classes():
    X, y = bench.data(1000, 64, np.float64)
    ours, theirs = bench.accuracies(X, y)
    assert min(ours, theirs) > 0.9


def test_all_figures_are_there_and_positive():
    figures = bench.main(n=200, repeats=1)
    assert len(figures) == 7
    assert all(np.isfinite(figure.value) for figure in figures)
    assert sum(figure.above for figure in figures) == 5


def test_a_step_that_is_timed_makes_no_reset(monkeypatch):
    made = []
    kept = bench.rd.CheckpointResetter

    def watched(*arguments, **options):
        made.append(kept(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(bench.rd, "CheckpointResetter", watched)
    assert bench.a_step_of_the_resetter(5, 10, 1.0) > 0
    assert made[0].active
    assert made[0].steps_taken == 11
    assert made[0].log == []
