"""The resetter in a JAX loop: arrays that cannot be changed, and may be given away."""

import numpy as np
import pytest

import resetdyn as rd

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")


def test_arrays_come_back():
    resetter = rd.CheckpointResetter(1.0)
    state = {"w": jnp.arange(3.0), "layers": [(jnp.zeros(()), 1)]}
    assert resetter.step(state, jnp.float32(1.0)) is state
    later = jax.tree_util.tree_map(lambda leaf: leaf + 1, state)
    after = resetter.step(later)
    assert jax.tree_util.tree_structure(after) == jax.tree_util.tree_structure(state)
    assert isinstance(after["w"], jax.Array)
    assert np.array_equal(after["w"], state["w"])
    assert after["layers"][0][1] == 1


def test_a_step_that_takes_its_arguments_memory_does_not_take_the_checkpoints():
    step = jax.jit(lambda w: w + 1, donate_argnums=0)
    resetter = rd.CheckpointResetter(1.0)
    w = step(jnp.zeros(4))
    resetter.step({"w": w}, 1.0)
    for _ in range(3):
        w = step(w)  # the array that was given is gone
        w = resetter.step({"w": w})["w"]
        assert np.array_equal(w, np.ones(4))
    assert len(resetter.log) == 3
