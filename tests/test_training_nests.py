"""Nests of arrays: taken apart and put together again, copied, compared, and refused where they cannot be."""

import copy
import dataclasses
import re
from collections import OrderedDict, defaultdict, namedtuple
from types import MappingProxyType

import numpy as np
import pytest
from scipy import sparse

from resetdyn.training import nests
from resetdyn.training.checkpoint import Checkpoint

Pair = namedtuple("Pair", ["mean", "scale"])


class Immutable:
    """An array as JAX has them: it cannot be written to, and must be copied by its own means."""

    def __init__(self, data):
        self.data, self.shape, self.dtype = np.array(data), np.shape(data), np.asarray(data).dtype

    def copy(self):
        return Immutable(self.data)

    def __setitem__(self, key, value):
        raise TypeError("immutable")


def nest():
    state = OrderedDict(head=np.ones(3))
    state._metadata = {"version": 2}
    return {
        "net": {
            "layers": [np.arange(4.0).reshape(2, 2), (np.zeros(2), None)],
            "stats": Pair(np.ones(1), 2.0),
        },
        "torch": state,
        "names": ("a", b"b"),
        "rest": defaultdict(list, {1: np.float32(3), 2: Immutable([1, 2])}),
        "empty": {},
        "view": MappingProxyType({"x": np.array(5)}),
    }


def test_paths_are_the_keys_to_the_leaves():
    assert [nests.shown(path) for path in nests.leaves(nest())] == [
        "net.layers.0", "net.layers.1.0", "net.layers.1.1", "net.stats.mean", "net.stats.scale", "torch.head",
        "names.0", "names.1", "rest.1", "rest.2", "view.x",
    ]  # fmt: skip
    assert list(nests.leaves(3.0)) == [()]


def test_other_leaves_come_in_containers_of_the_same_types():
    old = nest()
    new = nests.replaced(old, dict.fromkeys(nests.leaves(old), "new"))
    assert set(nests.leaves(new).values()) == {"new"}
    assert nests.leaves(new).keys() == nests.leaves(old).keys()
    assert isinstance(new["net"]["stats"], Pair)
    assert isinstance(new["net"]["layers"][1], tuple)
    assert type(new["torch"]) is OrderedDict
    assert new["torch"]._metadata == {"version": 2}
    assert new["rest"].default_factory is list
    assert type(new["view"]) is MappingProxyType
    assert old["names"] == ("a", b"b")


def test_what_is_not_replaced_is_not_touched():
    old = nest()
    new = nests.replaced(old, {("net", "layers", 1, 0): "new"})
    assert new["torch"] is old["torch"]
    assert new["net"]["stats"] is old["net"]["stats"]
    assert new["net"]["layers"][0] is old["net"]["layers"][0]
    assert new["net"]["layers"][1] == ("new", None)
    assert old["net"]["layers"][1][0] is not new["net"]["layers"][1][0]
    assert nests.replaced(old, {}) is old


@pytest.mark.parametrize(
    "leaf",
    [np.arange(6.0).reshape(2, 3).T, np.array(1.0), np.zeros(0), np.array(["a"]), Immutable([1.0]),
     sparse.csr_array(np.eye(2)), np.zeros(2, dtype=[("a", float)])],
    ids=["transposed", "no axes", "empty", "strings", "immutable", "sparse", "structured"],
)  # fmt: skip
def test_copies_are_equal_and_apart(leaf):
    new = nests.copied(leaf)
    assert new is not leaf
    assert type(new) is type(leaf)
    assert nests.difference({(): leaf}, {(): new}) is None
    if isinstance(leaf, np.ndarray):
        assert np.array_equal(new, leaf)
        assert not np.shares_memory(new, leaf)
        assert new.flags.f_contiguous == leaf.flags.f_contiguous


@pytest.mark.parametrize("atom", [1, 2.0, 1j, True, None, "text", b"bytes", np.float64(3), np.int8(1)])
def test_atoms_are_kept_as_they_are(atom):
    assert nests.copied(atom) is atom
    assert not nests.is_array(atom)


def test_memory_is_used_again_where_it_can_be():
    buffer, leaf = np.zeros(3), np.arange(3.0)
    assert nests.refreshed(buffer, leaf) is buffer
    assert np.array_equal(buffer, leaf)
    fresh = nests.refreshed(Immutable([0.0]), Immutable([7.0]))
    assert fresh.data == [7.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s["net"].update(extra=1.0), "net.extra is new"),
        (lambda s: s.pop("torch"), "torch.head is gone"),
        (lambda s: s["net"]["layers"].append(np.ones(1)), "net.layers.2 is new"),
        (lambda s: s["torch"].update(head=np.ones(4)), r"torch.head had shape \(3,\) and has \(4,\)"),
        (lambda s: s["torch"].update(head=np.ones(3, "f4")), "torch.head had dtype float64 and has float32"),
        (lambda s: s["torch"].update(head=None), r"torch.head was an array of shape \(3,\) and is None"),
        (lambda s: s["rest"].update({1: np.ones(2)}), "rest.1 was of type float32 and is an array of shape"),
        (lambda s: s.update(empty={"x": 1}), "empty.x is new"),
    ],
)
def test_a_change_of_structure_is_named(change, words):
    state = nest()
    assert nests.difference(nests.leaves(state), nests.leaves(nest())) is None
    before = nests.leaves(state)
    change(state)
    found = nests.difference(before, nests.leaves(state))
    assert re.search(words, found)


def test_arithmetic_may_turn_an_array_without_axes_into_a_number():
    before = {("b",): np.array(1.0)}
    assert nests.difference(before, {("b",): before["b",] - 1}) is None
    assert nests.difference({("b",): 1}, {("b",): np.array(2.5)}) is None
    assert nests.difference({("b",): None}, {("b",): np.array(2.5)}) is not None


@dataclasses.dataclass
class Fields:
    w: object


class Network:
    def state_dict(self):
        return {}


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        (Fields(1.0), "net.x is of type Fields.*vars"),
        (Network(), r"net.x is of type Network.*state_dict\(\)"),
        ({1, 2}, "net.x is of type set.*list"),
        (np.array([object()]), "net.x is of type ndarray.*objects"),
        (np.ma.masked_array([1.0], [True]), "net.x is of type MaskedArray.*mask"),
        (np.random.default_rng(0), "net.x is of type Generator.*dict of arrays"),
        (len, "net.x is of type builtin_function_or_method"),
        (iter([1]), "net.x is of type list_iterator"),
        (np.zeros(1, [("a", float)])[0], "net.x is of type void"),
    ],
)
def test_what_cannot_be_copied_is_refused_by_name(leaf, words):
    with pytest.raises(TypeError, match=words):
        nests.leaves({"net": {"x": leaf}})


def test_an_array_in_two_places_is_kept_once_and_stays_one():
    tied = np.arange(3.0)
    kept = Checkpoint()
    kept.take(nests.leaves({"a": tied, "b": [tied], "c": tied.copy(), "d": tied[:]}), 1, 0.0)
    assert kept.leaves["a",] is kept.leaves["b", 0] is kept.leaves["d",] is not kept.leaves["c",]
    out = kept.copies()
    assert out["a",] is out["b", 0]
    assert out["a",] is not out["c",]
    assert not np.shares_memory(out["a",], kept.leaves["a",])


def test_arrays_that_part_ways_are_kept_apart():
    tied = np.zeros(2)
    kept = Checkpoint()
    kept.take(nests.leaves([tied, tied]), 1, 0.0)
    kept.take(nests.leaves([np.zeros(2), np.ones(2)]), 2, 0.0)
    first, second = kept.copies().values()
    assert np.array_equal(first, np.zeros(2))
    assert np.array_equal(second, np.ones(2))
    kept.take(nests.leaves([tied, tied]), 3, 0.0)
    assert len({id(leaf) for leaf in kept.copies().values()}) == 1


def test_nothing_of_a_new_checkpoint_is_taken_where_it_does_not_fit():
    kept = Checkpoint()
    state = {"a": np.zeros(2), "b": np.zeros(2)}
    kept.take(nests.leaves(state), 1, 0.5)
    wrong = {"a": np.ones(2), "b": np.ones(3)}
    with pytest.raises(
        ValueError, match=r"checkpoint of step 1: b had shape \(2,\) and has \(3,\); give states"
    ):
        kept.take(nests.leaves(wrong), 2, 0.1)
    assert (kept.step, kept.score) == (1, 0.5)
    assert all(np.array_equal(leaf, np.zeros(2)) for leaf in kept.copies().values())


def test_copies_survive_deep_copying():
    kept = Checkpoint()
    kept.take(nests.leaves(nest()), 1, 0.0)
    assert nests.difference(copy.deepcopy(kept).copies(), kept.copies()) is None
