"""The checkpoint resetter: when resets begin and come, what they bring back, and what it costs."""

import copy
import pickle
import subprocess
import sys
import time
import tracemalloc
import warnings

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from resetdyn.training.nests import leaves
from resetdyn.training.reset_times import ResetTimes

SCORES = [5, 4, 3, 6, 6, 6, 6, 2, 6, 6]


def run(resetter, scores, start=0):
    """Train on states that say at which step they were made; return the states to go on from."""
    seen = []
    for number, score in enumerate(scores, start + 1):
        seen.append(int(resetter.step({"w": np.array([number])}, score)["w"][0]))
    return seen


def resets(resetter):
    return [(reset.step, reset.checkpoint_step) for reset in resetter.log]


@pytest.mark.parametrize(
    ("arguments", "scores", "expected"),
    [
        ({"patience": 3}, SCORES, [(6, 3), (7, 3), (9, 8), (10, 8)]),
        ({"patience": 3, "checkpoint": "onset"}, SCORES, [(6, 3), (7, 3), (8, 3), (9, 3), (10, 3)]),
        ({"patience": 3, "checkpoint": "fixed"}, SCORES, [(6, 1), (7, 1), (8, 1), (9, 1), (10, 1)]),
        ({"patience": 3, "warm_up": 4}, SCORES, [(7, 3), (9, 8), (10, 8)]),
        ({"patience": 3, "warm_up": 6}, SCORES, []),  # at step 9 the best score is one step old
        ({"patience": 2, "warm_up": 6}, SCORES, [(10, 8)]),
        ({"patience": 3, "warm_up": 6, "checkpoint": "fixed"}, SCORES, []),
        ({"patience": 2, "warm_up": 6, "checkpoint": "fixed"}, SCORES, [(10, 7)]),
        ({"patience": 0}, SCORES, [(4, 3), (5, 3), (6, 3), (7, 3), (9, 8), (10, 8)]),
        ({"patience": 0, "warm_up": 4}, SCORES, [(5, 3), (6, 3), (7, 3), (9, 8), (10, 8)]),
        ({"patience": 0, "checkpoint": "onset"}, SCORES, [(n, 1) for n in range(2, 11)]),
        ({"patience": 0, "checkpoint": "fixed"}, [None] * 4, [(2, 1), (3, 1), (4, 1)]),
        ({"patience": 3, "warm_up": 2, "checkpoint": "fixed"}, [None] * 7, [(5, 3), (6, 3), (7, 3)]),
        (
            {"patience": 2},
            [None, 3, None, None, None, 4],
            [(4, 2), (5, 2), (6, 2)],
        ),  # steps, not scores, count
        ({"patience": 2}, [1, 1, 1, 1], [(3, 1), (4, 1)]),  # a tie is no new best
        ({"patience": 0}, [None] * 5, []),  # no score, no checkpoint
        ({"patience": 0}, [np.nan, np.inf, -np.inf, None], []),
        ({"patience": 2}, [3, np.nan, np.nan, np.nan], [(3, 1), (4, 1)]),
        ({"patience": 6}, SCORES[:7], []),
        ({"patience": 0, "probability": 0.0}, SCORES, []),
        ({"patience": 0, "probability": 1e-300}, SCORES, []),
        ({"patience": 0, "probability": 0.3, "timing": "sharp"}, [1] + [2] * 9, [(3, 1), (6, 1), (9, 1)]),
        ({"patience": 3, "probability": 0.4, "timing": "sharp"}, [1] + [2] * 9, [(5, 1), (7, 1), (9, 1)]),
        ({"probability": 0.5, "timing": "sharp"}, [4, 3, 4, 2, 4, 4], [(6, 4)]),  # due at 2 and 4: new bests
        ({"patience": 0, "timing": "sharp"}, SCORES[:5], [(4, 3), (5, 3)]),
        ({"probability": 5e-324, "timing": "sharp"}, SCORES, []),
    ],
)
def test_resets_come_when_they_should(arguments, scores, expected):
    resetter = rd.CheckpointResetter(**{"probability": 1.0, **arguments})
    states = run(resetter, scores)
    assert resets(resetter) == expected
    resets_at = dict(expected)
    assert states == [resets_at.get(number, number) for number in range(1, len(scores) + 1)]


def test_what_it_knows_along_the_way():
    resetter = rd.CheckpointResetter(1.0, patience=3)
    assert (resetter.best_score, resetter.best_step, resetter.checkpoint_step) == (np.inf, None, None)
    assert not resetter.was_reset
    active, was_reset, steps = [], [], []
    for number, score in enumerate(SCORES):
        run(resetter, [score], number)
        active.append(resetter.active)
        was_reset.append(resetter.was_reset)
        steps.append(resetter.steps_taken)
    assert active == [False] * 5 + [True] * 5
    assert was_reset == [step in (6, 7, 9, 10) for step in steps]
    assert steps == list(range(1, 11))
    assert (resetter.best_score, resetter.best_step) == (2.0, 8)
    assert (resetter.checkpoint_step, resetter.checkpoint_score) == (8, 2.0)
    assert resetter.log[0] == (6, 3, 3.0, ("weights",))
    assert [reset.score for reset in resetter.log] == [3.0, 3.0, 2.0, 2.0]


def test_a_fixed_checkpoint_remembers_whether_it_had_a_score():
    resetter = rd.CheckpointResetter(1.0, checkpoint="fixed", warm_up=1)
    run(resetter, [1.0, None, 0.5])
    assert resetter.log[0] == (3, 2, None, ("weights",))
    assert resetter.best_score == 0.5


def test_scores_that_are_no_numbers_never_make_a_checkpoint():
    resetter = rd.CheckpointResetter(1.0)
    run(resetter, [np.nan, np.float32("nan"), np.inf, 3.0, float("nan"), -np.inf])
    assert (resetter.ignored_scores, resetter.best_score, resetter.checkpoint_step) == (5, 3.0, 4)


@pytest.mark.parametrize("score", [np.float32(2), np.array(2), 2, np.int64(2), np.longdouble(2)])
def test_scores_of_any_numeric_type(score):
    resetter = rd.CheckpointResetter(1.0)
    run(resetter, [score])
    assert resetter.best_score == 2.0
    assert type(resetter.best_score) is float


# ---- the law of the reset times


def reset_steps(seed, probability, steps, first):
    """Return when resets came in a run in which they begin at `first`, with a best score long ago."""
    resetter = rd.CheckpointResetter(probability, warm_up=first - 1, rng=seed)
    state = np.zeros(1)
    resetter.step(state, 1.0)
    for _ in range(steps + first - 2):
        resetter.step(state)
    return np.array([reset.step for reset in resetter.log])


def misfit(waits, probability):
    """Return the p-value of waiting times under the geometric law, each in its own bin, the tail in one."""
    last = int(np.floor(np.log(0.05) / np.log1p(-probability)))
    counts = np.bincount(np.minimum(waits, last + 1), minlength=last + 2)[1:]
    each = stats.geom.pmf(np.arange(1, last + 1), probability)
    return stats.chisquare(counts, waits.size * np.append(each, 1 - each.sum())).pvalue


LEVEL = 2 * stats.norm.sf(4)


@pytest.mark.parametrize("probability", [0.5, 0.1, 0.02])
def test_waiting_times_are_geometric(probability, seed):
    waits = np.diff(reset_steps(seed, probability, int(4000 / probability), 10), prepend=9)
    error = np.sqrt(1 - probability) / probability / np.sqrt(waits.size)
    assert abs(waits.mean() - 1 / probability) / error < 4
    assert misfit(waits, probability) > LEVEL


def test_the_first_active_step_is_like_any_other(seed):
    probability, runs = 0.2, 4000
    firsts = np.array([(*reset_steps([seed, k], probability, 60, 5), 99)[0] for k in range(runs)])
    assert firsts.min() == 5
    assert misfit(firsts - 4, probability) > LEVEL


@pytest.mark.parametrize("wrong", ["one late", "of an exponential", "too often"])
def test_resets_of_another_law_are_found_out(wrong, seed, monkeypatch):
    def wait(self):
        if wrong == "one late":
            return int(self._rng.geometric(self.probability)) + 1
        if wrong == "of an exponential":
            return max(1, round(self._rng.exponential(1 / self.probability)))
        return int(self._rng.geometric(1.1 * self.probability))

    monkeypatch.setattr(ResetTimes, "wait", wait)
    waits = np.diff(reset_steps(seed, 0.1, 120_000, 10), prepend=9)
    assert misfit(waits, 0.1) < LEVEL


class Coins:
    """The plain version: a coin at every step, and everything looked at and copied every time."""

    def __init__(self, probability, patience, rng):
        self.probability, self.patience, self.rng = probability, patience, rng
        self.best, self.best_step, self.steps, self.active, self.log = np.inf, 0, 0, False, []

    def step(self, state, score):
        self.steps += 1
        if score < self.best:
            self.best, self.best_step, self.kept = score, self.steps, copy.deepcopy(state)
        self.active |= self.steps - self.best_step >= self.patience
        if self.active and self.rng.random() < self.probability and self.best_step != self.steps:
            self.log.append(self.steps)
            return copy.deepcopy(self.kept)
        return state


def descent(make, rng):
    """Return what a noisy descent under resetting ends with: its place, its best and its number of resets."""
    resetter, x = make(rng), np.array([2.0])
    for _ in range(120):
        x = 0.95 * x + 0.3 * rng.normal(size=1) + 0.02
        x = resetter.step(x, float(abs(x[0] + 0.5)))
    best = resetter.best if isinstance(resetter, Coins) else resetter.best_score
    return x[0], x[0] ** 2, best, len(resetter.log)


def test_a_coin_at_every_step_does_the_same(seed):
    ours = [
        descent(lambda rng: rd.CheckpointResetter(0.1, 12, rng=rng), np.random.default_rng([seed, 1, k]))
        for k in range(800)
    ]
    plain = [
        descent(lambda rng: Coins(0.1, 12, rng), np.random.default_rng([seed, 2, k])) for k in range(800)
    ]
    ours, plain = np.array(ours), np.array(plain)
    error = np.sqrt(ours.var(axis=0, ddof=1) / len(ours) + plain.var(axis=0, ddof=1) / len(plain))
    assert np.all(np.abs(ours.mean(axis=0) - plain.mean(axis=0)) < 4 * error)


# ---- copies, and what is brought back


def test_the_same_object_comes_back_where_no_reset_happens():
    resetter, state = rd.CheckpointResetter(1.0, patience=10), {"w": np.zeros(2)}
    assert all(resetter.step(state, score) is state for score in (3, 2, None, 1, np.nan))


def test_states_are_copied_in_and_out():
    resetter, w = rd.CheckpointResetter(1.0), np.zeros(2)
    resetter.step([w], 1.0)
    w += 5
    first = resetter.step([w])[0]
    assert np.array_equal(first, [0, 0])
    assert np.array_equal(w, [5, 5])
    first += 7
    second = resetter.step([first])[0]
    assert np.array_equal(second, [0, 0])
    assert not np.shares_memory(first, second)
    second -= 1
    assert np.array_equal(resetter.restored([w])[0], [0, 0])


def parts(number):
    return {
        "weights": {"fc": {"w": np.array([number]), "b": float(number)}, "head": {"w": np.array([number])}},
        "optimizer": {"state": {0: {"momentum": np.array([number])}}, "lr": number},
        "schedule": {"epoch": number},
        "buffers": {"fc": {"mean": np.array([number])}, "norm": {"mean": np.array([number])}},
    }


def numbers(state):
    return {".".join(map(str, path)): int(np.sum(leaf)) for path, leaf in leaves(state).items()}


@pytest.mark.parametrize(
    ("arguments", "back", "restored"),
    [
        ({}, ("weights", "buffers"), ("weights", "buffers")),
        ({"restore": "weights"}, ("weights",), ("weights",)),
        ({"restore": ["optimizer"]}, ("optimizer",), ("optimizer",)),
        ({"restore": ("schedule", "weights")}, ("weights", "schedule"), ("schedule", "weights")),
        ({"only": "head"}, ("weights.head",), ("weights.head.w",)),
        ({"only": "fc.w"}, ("weights.fc.w",), ("weights.fc.w",)),
        ({"only": "fc"}, ("weights.fc", "buffers.fc"), ("weights.fc.w", "weights.fc.b", "buffers.fc.mean")),
        ({"only": ["*.b", "norm"]}, ("weights.fc.b", "buffers.norm"), ("weights.fc.b", "buffers.norm.mean")),
        ({"only": "head", "restore": ("weights", "optimizer")}, ("weights.head", "optimizer"),
         ("weights.head.w", "optimizer")),
    ],
)  # fmt: skip
def test_a_reset_brings_back_what_it_is_told_to(arguments, back, restored):
    resetter = rd.CheckpointResetter(1.0, **arguments)
    resetter.step(parts(1), 1.0)
    state = parts(2)
    after = resetter.step(state)
    for path, number in numbers(after).items():
        assert number == (1 if any(f"{path}.".startswith(f"{name}.") for name in back) else 2), path
    assert resetter.log[0].restored == restored
    if "buffers" not in " ".join(back):
        assert after["buffers"] is state["buffers"]
    assert numbers(state) == numbers(parts(2))


def test_any_other_nest_is_all_weights():
    resetter = rd.CheckpointResetter(1.0)
    resetter.step({"weights": np.array([1]), "bias": 1}, 0.0)
    after = resetter.step({"weights": np.array([2]), "bias": 2})
    assert after == {"weights": np.array([1]), "bias": 1}


@pytest.mark.parametrize(
    "state", [np.array([1.0]), 1.0, np.float32(1), (1.0, [np.array(1.0)]), {"a": {3: 1.0}}]
)
def test_states_of_any_shape(state):
    resetter = rd.CheckpointResetter(1.0)
    resetter.step(state, 0.0)
    after = resetter.step(copy.deepcopy(state))
    assert len(resetter.log) == 1
    assert type(after) is type(state)
    assert after == state


def test_arrays_in_two_places_stay_one():
    resetter, tied = rd.CheckpointResetter(1.0), np.zeros(2)
    resetter.step({"encoder": tied, "decoder": tied}, 0.0)
    tied += 1
    after = resetter.step({"encoder": tied, "decoder": tied})
    assert after["encoder"] is after["decoder"]
    assert np.array_equal(after["encoder"], [0, 0])


# ---- saved and resumed


@pytest.mark.parametrize("checkpoint", ["best", "onset", "fixed"])
@pytest.mark.parametrize("timing", ["geometric", "sharp"])
@pytest.mark.parametrize("pause", [0, 1, 3, 11, 12, 29, 60])
def test_a_resumed_run_is_the_uninterrupted_one(checkpoint, timing, pause, seed):
    def make(rng=None):
        return rd.CheckpointResetter(0.3, 6, warm_up=2, checkpoint=checkpoint, timing=timing, rng=rng)

    scores = np.random.default_rng(seed).normal(size=80)
    scores[::7] = np.nan
    whole = make(seed)
    states = run(whole, scores)
    first = make(np.random.Generator(np.random.MT19937(seed)) if pause == 29 else seed)
    if pause == 29:
        whole = make(np.random.Generator(np.random.MT19937(seed)))
        states = run(whole, scores)
    before = run(first, scores[:pause])
    saved = pickle.loads(pickle.dumps(first.state_dict()))
    second = make()
    second.load_state_dict(saved)
    run(first, scores[pause:], pause)  # that one goes on as well, and changes nothing of what was saved
    assert before + run(second, scores[pause:], pause) == states
    assert second.log == whole.log == first.log
    assert len(whole.log) > 5
    for name in ("steps_taken", "best_score", "best_step", "ignored_scores", "active", "checkpoint_step"):
        assert getattr(second, name) == getattr(whole, name)


def test_a_run_with_other_random_numbers_is_another_one(seed):
    logs = []
    for rng in (seed, seed + 1):
        resetter = rd.CheckpointResetter(0.3, rng=rng)
        run(resetter, [1.0] + [2.0] * 80)
        logs.append(resetter.log)
    assert logs[0] != logs[1]


def test_what_is_saved_is_apart_from_the_run():
    resetter, w = rd.CheckpointResetter(1.0), np.zeros(2)
    resetter.step({"w": w}, 1.0)
    saved = resetter.state_dict()
    resetter.step({"w": w + 1}, 0.0)
    other = rd.CheckpointResetter(1.0)
    other.load_state_dict(saved)
    next(iter(saved["checkpoint"]["leaves"].values()))[:] = 9
    assert np.array_equal(other.restored({"w": w})["w"], [0, 0])


def test_loading_leaves_a_shared_generator_alone():
    shared = np.random.default_rng(1)
    resetter = rd.CheckpointResetter(0.5, rng=shared)
    saved = rd.CheckpointResetter(0.5, rng=2).state_dict()
    before = shared.bit_generator.state
    resetter.load_state_dict(saved)
    assert shared.bit_generator.state == before


def test_what_does_not_fit_is_not_loaded():
    saved = rd.CheckpointResetter(0.5, rng=0).state_dict()
    with pytest.raises(ValueError, match=r"with probability=0.5, this one has probability=0.4: make it with"):
        rd.CheckpointResetter(0.4).load_state_dict(saved)
    with pytest.raises(ValueError, match=r"with only=None, this one has only=\('w',\)"):
        rd.CheckpointResetter(0.5, only="w").load_state_dict(saved)
    del saved["due"]
    with pytest.raises(ValueError, match=r"saved has no 'due': give what state_dict\(\) returned"):
        rd.CheckpointResetter(0.5).load_state_dict(saved)


# ---- what it costs


def a_network():
    return {f"layer{k}": {"w": np.zeros((64, 64)), "b": np.zeros(64)} for k in range(50)}


def running():
    """Return a resetter that is on but will hardly ever reset, and its state."""
    resetter, state = rd.CheckpointResetter(1e-12, patience=1, rng=0), a_network()
    resetter.step(state, 1.0)
    resetter.step(state)
    assert resetter.active
    return resetter, state


def calls(function):
    """Return the number of Python calls that a call of a function makes."""
    made = []
    sys.setprofile(lambda frame, event, _: made.append(frame.f_code.co_name) if event == "call" else None)
    try:
        function()
    finally:
        sys.setprofile(None)
    return len(made) - 1


def test_a_step_without_a_reset_costs_less_than_a_hundredth_of_a_millisecond():
    resetter, state = running()
    assert calls(lambda: resetter.step(state)) == 1  # step() itself: the state is not looked at
    assert calls(lambda: resetter.step(state, 2.0)) <= 6
    for score in (None, 2.0):
        best = np.inf
        for _ in range(20):
            begin = time.perf_counter()
            for _ in range(1000):
                resetter.step(state, score)
            best = min(best, (time.perf_counter() - begin) / 1000)
        assert best < 10e-6, f"{best * 1e6:.2f} us"


def test_it_holds_one_checkpoint_and_no_more():
    state = {"a": np.zeros(1_000_000), "b": [np.zeros(500_000, "f4")]}
    size = state["a"].nbytes + state["b"][0].nbytes
    resetter = rd.CheckpointResetter(0.2, rng=0)
    tracemalloc.start()
    try:
        resetter.step(state, 0.0)
        first, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for number in range(1, 30):
            resetter.step(state, -number)  # every one a new best
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert resetter.checkpoint_step == 30
    assert size <= first < 1.01 * size
    assert after < 1.01 * size
    assert peak < 1.01 * size  # a new best is written where the old one was


def test_it_loads_no_framework():
    code = (
        "import sys, numpy, resetdyn; resetdyn.CheckpointResetter(1.0).step(numpy.zeros(1), 0.0); "
        "print(*sorted({'torch', 'jax', 'sklearn', 'numba', 'sympy', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_partial_reset_keeps_only_what_it_brings_back():
    state = {"body": np.zeros(1_000_000), "head": np.zeros(1000)}
    resetter = rd.CheckpointResetter(0.5, only="head", rng=0)
    tracemalloc.start()
    try:
        resetter.step(state, 0.0)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 0.01 * state["body"].nbytes


# ---- what is refused


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"probability": 1.5}, ValueError, "probability=1.5: give a number between 0 and 1"),
        ({"probability": -0.1}, ValueError, "probability=-0.1"),
        ({"probability": np.nan}, ValueError, "probability=nan"),
        ({"probability": "0.1"}, TypeError, "probability='0.1'"),
        ({"patience": -1}, ValueError, "patience=-1: give a whole number of at least 0"),
        ({"patience": 2.5}, TypeError, "patience=2.5"),
        ({"warm_up": -1}, ValueError, "warm_up=-1"),
        ({"steps": 0}, ValueError, "steps=0"),
        ({"checkpoint": "last"}, ValueError, "checkpoint='last': give one of 'best', 'onset', 'fixed'"),
        ({"timing": "random"}, ValueError, "timing='random'"),
        (
            {"restore": ("weights", "momentum")},
            ValueError,
            "restore='momentum': give some of 'weights', 'opt",
        ),
        ({"restore": ()}, TypeError, r"restore=\(\): give a name"),
        ({"restore": 3}, TypeError, "restore=3"),
        ({"only": []}, TypeError, r"only=\[\]"),
        ({"only": [3]}, TypeError, r"only=\[3\]"),
    ],
)
def test_arguments_are_checked(arguments, error, words):
    with pytest.raises(error, match=words):
        rd.CheckpointResetter(**{"probability": 0.1, **arguments})


@pytest.mark.parametrize(
    ("state", "arguments", "error", "words"),
    [
        ({"w": np.zeros(1)}, {"only": "v*"}, ValueError, r"only='v\*' matches no parameter: the state has w"),
        ({"w": np.zeros(1)}, {"only": ["w", "v"]}, ValueError, "only='v'"),
        (
            {"w": np.zeros(1)},
            {"restore": ("weights", "optimizer")},
            ValueError,
            "has no 'optimizer'; give it",
        ),
        (
            {"optimizer": {}, "model": np.zeros(1)},
            {},
            ValueError,
            "'model' beside 'optimizer'.* put everything",
        ),
        ({"weights": np.zeros(1), "optimiser": {}}, {}, ValueError, "'optimiser' beside 'weights'"),
        ({"weights": {}, "optimizer": {"m": np.zeros(1)}}, {}, ValueError, "no array and no number"),
        ({}, {}, ValueError, "no array and no number"),
        (None, {}, ValueError, "no array and no number"),
        ({"w": object()}, {}, TypeError, "w is of type object"),
    ],
)
def test_states_are_checked_in_the_first_step(state, arguments, error, words):
    with pytest.raises(error, match=words):
        rd.CheckpointResetter(0.1, **arguments).step(state)


def test_one_place_of_an_array_in_two_is_not_reset():
    tied = np.zeros(2)
    resetter = rd.CheckpointResetter(0.1, only="head")
    with pytest.raises(ValueError, match=r"picks one of weights.embed and weights.head.*the same array"):
        resetter.step({"embed": tied, "head": tied})


@pytest.mark.parametrize("score", ["1.0", b"1", True, 1j, [1.0], np.ones(1), np.ones(2), object(), {}])
def test_a_score_that_is_not_one_number_is_refused(score):
    resetter = rd.CheckpointResetter(0.1)
    with pytest.raises(TypeError, match="give one number, lower for better states, or None"):
        resetter.step({"w": np.zeros(1)}, score)


def test_the_log_is_kept_where_a_state_has_changed():
    resetter = rd.CheckpointResetter(1.0, patience=1)
    run(resetter, [1.0, None, None])
    log, best = list(resetter.log), resetter.best_score
    for score in (None, 0.5):
        with pytest.raises(
            ValueError, match=r"not built as at the checkpoint of step 1: weights.w had shape \(1,\)"
        ):
            resetter.step({"w": np.zeros(2, int)}, score)
        with pytest.raises(ValueError, match=r"weights\.v is new"):
            resetter.step({"w": np.zeros(1, int), "v": 1}, score)
    assert resetter.log == log
    assert len(log) == 2
    assert resetter.best_score == best
    assert run(resetter, [None], 7) == [1]  # and goes on


def test_there_must_be_something_to_restore():
    with pytest.raises(ValueError, match="there is no checkpoint yet"):
        rd.CheckpointResetter(0.1).restored(np.zeros(1))


@pytest.mark.parametrize("checkpoint", ["best", "onset", "fixed"])
@pytest.mark.parametrize("timing", ["geometric", "sharp"])
@pytest.mark.parametrize("probability", [1.0, 0.5, 0.2])
def test_a_run_too_short_to_reset_in_is_warned_of(checkpoint, timing, probability):
    for patience in range(5):
        for warm_up in range(5):
            arguments = {"patience": patience, "warm_up": warm_up, "checkpoint": checkpoint, "timing": timing}
            resetter = rd.CheckpointResetter(1.0 if timing == "geometric" else probability, **arguments)
            run(resetter, [1.0] + [None] * 25)
            first = resetter.log[0].step
            rd.CheckpointResetter(probability, steps=first, **arguments)
            with pytest.warns(
                UserWarning, match=f"patience={patience} and warm_up={warm_up}: resetting would"
            ):
                rd.CheckpointResetter(probability, steps=first - 1, **arguments)


def test_plain_training_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rd.CheckpointResetter(0.0, 100, steps=10)


def test_it_is_copied_and_pickled_whole(seed):
    resetter = rd.CheckpointResetter(0.3, rng=seed)
    run(resetter, [1.0] + [None] * 20)
    twin, double = pickle.loads(pickle.dumps(resetter)), copy.deepcopy(resetter)
    states = run(resetter, [None] * 40, 21)
    assert run(twin, [None] * 40, 21) == run(double, [None] * 40, 21) == states
    assert 1 in states
