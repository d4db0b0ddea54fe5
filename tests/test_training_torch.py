"""The resetter in a torch loop: the one shown in the docs, and what is torch's own."""

import copy
import re
from pathlib import Path

import numpy as np
import pytest

import resetdyn as rd

torch = pytest.importorskip("torch")

PAGE = (Path(__file__).parents[1] / "docs" / "training.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"^```py\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def example(change=lambda text: text):
    """Return the names that the example of the page ends with, after a change of its text."""
    names = {}
    exec(compile(change(EXAMPLE), "training.md", "exec"), names)
    return names


def changed(old, new):
    def change(text):
        assert text.count(old) == 1
        return text.replace(old, new)

    return change


def cosine(steps, length=400, rate=0.1):
    return rate * (1 + np.cos(np.pi * steps / length)) / 2


def test_the_example_resets_and_ends_on_its_best():
    names = example()
    resetter, model = names["resetter"], names["model"]
    assert resetter.active
    assert len(resetter.log) > 3
    assert resetter.log[0].restored == ("weights", "buffers")
    model.eval()
    with torch.no_grad():
        score = names["loss"](model(names["inputs"][names["held_out"]]), names["labels"][names["held_out"]])
    assert float(score) == resetter.best_score
    # The schedule was left alone.
    assert names["optimizer"].param_groups[0]["lr"] == pytest.approx(cosine(400), abs=1e-12)
    assert names["scheduler"].last_epoch == 400


def test_a_schedule_that_comes_back_is_rewound():
    everything = 'rng=7, restore=("weights", "buffers", "optimizer", "schedule")'
    names = example(changed("rng=7", everything))
    resetter, clock = names["resetter"], [0]
    assert len(resetter.log) > 3
    at_reset = {reset.step: reset.checkpoint_step for reset in resetter.log}
    for step in range(1, 401):
        clock.append(clock[at_reset[step]] if step in at_reset else clock[-1] + 1)
    rewound = clock[resetter.checkpoint_step]  # by the example's last line
    assert names["scheduler"].last_epoch == rewound < 400
    assert names["optimizer"].param_groups[0]["lr"] == pytest.approx(cosine(rewound), rel=1e-9)
    assert resetter.log[0].restored == ("weights", "buffers", "optimizer", "schedule")


def network():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    return model, torch.optim.AdamW(model.parameters(), lr=0.01)


def train(model, optimizer, steps=1):
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(8, 3)).square().mean().backward()
        optimizer.step()


def equal(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("only", [None, "2"])
def test_a_state_dict_comes_back_as_one(only):
    model, optimizer = network()
    train(model, optimizer)
    resetter = rd.CheckpointResetter(1.0, only=only)
    assert resetter.step(model.state_dict(), 1.0) is not None
    kept = copy.deepcopy(model.state_dict())
    train(model, optimizer, 3)
    now = copy.deepcopy(model.state_dict())
    state = resetter.step(model.state_dict())
    assert type(state) is type(kept)
    assert state._metadata == kept._metadata
    for name, tensor in state.items():
        assert torch.equal(tensor, (kept if only is None or name.startswith("2.") else now)[name]), name
    assert equal(model.state_dict(), now)  # until it is loaded
    model.load_state_dict(state)
    train(model, optimizer)
    assert equal(resetter.restored(kept), kept)  # what trains on is no part of the checkpoint


def test_the_optimizer_comes_back_whole():
    model, optimizer = network()
    train(model, optimizer, 2)
    resetter = rd.CheckpointResetter(1.0, restore=("weights", "optimizer"))
    state = {"weights": model.state_dict(), "optimizer": optimizer.state_dict()}
    kept = copy.deepcopy(state)
    resetter.step(state, torch.tensor(1.0))
    optimizer.param_groups[0]["lr"] = 0.5
    for _ in range(2):  # twice: what was brought back and trained on has not changed the checkpoint
        train(model, optimizer, 3)
        state = resetter.step({"weights": model.state_dict(), "optimizer": optimizer.state_dict()})
        model.load_state_dict(state["weights"])
        optimizer.load_state_dict(state["optimizer"])
        assert optimizer.param_groups[0]["lr"] == 0.01
        for number, moments in optimizer.state_dict()["state"].items():
            assert equal(moments, kept["optimizer"]["state"][number])
    assert len(resetter.log) == 2


def test_parameters_come_back_ready_to_train():
    w = torch.nn.Parameter(torch.ones(2))
    resetter = rd.CheckpointResetter(1.0)
    resetter.step({"w": w}, 0.0)
    with torch.no_grad():
        w += 1
    new = resetter.step({"w": w})["w"]
    assert new.requires_grad
    assert new.is_leaf
    (3 * new).sum().backward()
    assert torch.equal(new.detach(), torch.ones(2))
    assert torch.equal(new.grad, torch.full((2,), 3.0))


def test_a_new_best_is_written_into_the_old_ones_memory():
    resetter, w = rd.CheckpointResetter(0.5, rng=0), torch.zeros(1000)
    resetter.step({"w": w}, 0.0)
    before = {leaf.data_ptr() for leaf in resetter._checkpoint.leaves.values()}
    resetter.step({"w": w + 1}, -1.0)
    assert {leaf.data_ptr() for leaf in resetter._checkpoint.leaves.values()} == before
    assert torch.equal(resetter.restored({"w": w})["w"], torch.ones(1000))


def test_tied_weights_are_kept_once_and_stay_tied():
    model = torch.nn.ModuleDict(
        {"embed": torch.nn.Embedding(5, 3), "head": torch.nn.Linear(3, 5, bias=False)}
    )
    model["head"].weight = model["embed"].weight
    resetter = rd.CheckpointResetter(1.0)
    resetter.step(model.state_dict(), 0.0)
    kept = model["head"].weight.detach().clone()
    with torch.no_grad():
        model["head"].weight += 1
    state = resetter.step(model.state_dict())
    assert state["embed.weight"] is state["head.weight"]
    model.load_state_dict(state)
    assert torch.equal(model["embed"].weight, kept)
    with pytest.raises(ValueError, match="which are the same array"):
        rd.CheckpointResetter(1.0, only="head").step(model.state_dict())


def test_a_saved_resetter_loads_without_unpickling_code(tmp_path):
    model, optimizer = network()
    train(model, optimizer)
    resetter = rd.CheckpointResetter(0.5, rng=0)
    resetter.step(model.state_dict(), 1.0)
    for _ in range(6):
        resetter.step(model.state_dict())
    assert resetter.log
    torch.save(resetter.state_dict(), tmp_path / "resetter.pt")
    other = rd.CheckpointResetter(0.5)
    other.load_state_dict(torch.load(tmp_path / "resetter.pt", weights_only=True))
    assert other.log == resetter.log
    assert equal(other.restored(model.state_dict()), resetter.restored(model.state_dict()))
    for each in (resetter, other):
        for _ in range(20):
            each.step(model.state_dict())
    assert other.log == resetter.log


def test_a_change_of_a_module_is_named():
    model, _ = network()
    resetter = rd.CheckpointResetter(1.0)
    resetter.step(model.state_dict(), 1.0)
    with pytest.raises(ValueError, match=r"weights\.0\.weight had dtype torch.float32 and has torch.float64"):
        resetter.step(model.double().state_dict())
    with pytest.raises(TypeError, match=r"is of type Linear: .*; give its state_dict\(\)"):
        rd.CheckpointResetter(1.0).step({"net": torch.nn.Linear(1, 1)})
