"""The cost of resetting: what is timed, what is counted, and how the paper's claim is answered."""

import numpy as np
import pytest

from validation.experiments.cost import Cost, Training, call, extra_memory, memory_finding, time_finding
from validation.runs import Setting
from validation.runs.statistics import Mean

SMALL = Setting("wine", features=30, batch_size=8, every=5, seed=5)


def cost(*shares):
    share = Mean.of(shares)
    return Cost("a training", 1e-3, share, share, 10)


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0.004, 0.005, 0.006), "holds"),
        ((0.02, 0.03, 0.04), "holds in part"),
        ((-0.5, 0.0, 0.6), "holds in part"),  # undecided
        ((0.2, 0.21, 0.22), "does not hold"),
    ],
)
def test_the_answer_follows_from_the_interval(shares, verdict):
    found = time_finding([cost(0.0, 0.001), cost(*shares)], {1000: (1e-7, 1e-5)})
    assert found.verdict == verdict
    assert found.measured == pytest.approx(100 * np.mean(shares))
    assert "0.01 % of a step of 1 ms" in found.found


def test_a_resetter_keeps_one_checkpoint():
    kept = extra_memory(10**6)
    assert 0.99 < kept < 1.05
    assert memory_finding({10**6: kept}).verdict == "holds"
    assert memory_finding({10**6: 2.0}).verdict == "does not hold"


def test_a_quiet_step_does_not_depend_on_the_size_of_the_state():
    small, large = call(10**3, True)[0], call(10**6, True)[0]
    assert large < 1e-5
    assert large < 5 * small
    assert call(10**6, True)[1] > 5 * large  # a new best is copied


def test_the_three_trainings_do_what_their_names_say():
    plain, watched, resetting = (
        Training(kind, SMALL.but(probability=0.3 if kind == "resetting" else 0.0, patience=0))
        for kind in ("plain", "watched", "resetting")
    )
    for training in (plain, watched, resetting):
        assert all(training.go_on() > 0 for _ in range(20))
    np.testing.assert_array_equal(
        plain.state["weights"][0]["weights"], watched.state["weights"][0]["weights"]
    )
    assert resetting.resetter.log
    assert not watched.resetter.log
    assert plain.state["schedule"]["step"] == 100
