"""The kernels of linear models, against NumPy: any shape, both precisions, in place and without copies."""

import tracemalloc

import numpy as np
import pytest

from resetdyn.training import linear

SHAPES = [(1, 1, 1), (1, 7, 5), (2, 3, 4), (3, 64, 32), (10, 64, 32), (10, 501, 7), (13, 17, 33)]


def case(rng, shape, dtype):
    outputs, dim, size = shape
    weights, inputs = rng.normal(size=(outputs, dim)), rng.normal(size=(40, dim))
    rows, slopes = rng.integers(40, size=size), rng.normal(size=(size, outputs))
    return weights.astype(dtype), inputs.astype(dtype), rows, slopes.astype(dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_are_products(shape, dtype, rng):
    weights, inputs, rows, _ = case(rng, shape, dtype)
    found = linear.scores(weights, inputs, rows)
    exact = inputs[rows].astype(float) @ weights.T.astype(float)
    size = np.abs(inputs[rows]).astype(float) @ np.abs(weights.T).astype(float)
    assert found.dtype == dtype
    # Rounding of a sum of d products, in any order.
    assert np.all(np.abs(found - exact) <= (shape[1] + 1) * np.finfo(dtype).eps * size)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_descent_takes_the_sum_of_gradients_in_place(shape, dtype, rng):
    weights, inputs, rows, slopes = case(rng, shape, dtype)
    before = weights.astype(float)
    given = [array.copy() for array in (inputs, rows, slopes)]
    assert linear.descend(weights, inputs, rows, slopes, 0.3) is None
    gradient = slopes.T.astype(float) @ inputs[rows].astype(float)
    size = np.abs(before) + np.abs(slopes.T).astype(float) @ np.abs(inputs[rows]).astype(float)
    assert np.all(np.abs(weights - (before - 0.3 * gradient)) <= (shape[2] + 4) * np.finfo(dtype).eps * size)
    for array, kept in zip((inputs, rows, slopes), given, strict=True):
        np.testing.assert_array_equal(array, kept)


def test_the_data_is_not_copied(rng):
    weights, inputs, rows, slopes = case(rng, (10, 20_000, 32), np.float64)
    linear.descend(weights, inputs, rows, slopes, 0.0)  # compiles
    linear.scores(weights, inputs, rows)
    tracemalloc.start()
    linear.scores(weights, inputs, rows)
    linear.descend(weights, inputs, rows, slopes, 1.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000  # a minibatch is 5 MB


def test_numbers_that_are_not_finite_stay_so():
    weights = np.array([[1.0, np.nan], [1.0, 1.0]])
    scores = linear.scores(weights, np.ones((1, 2)), np.array([0]))
    assert np.isnan(scores[0]).tolist() == [True, False]
    linear.descend(weights, np.ones((1, 2)), np.array([0]), np.array([[0.0, np.inf]]), 1.0)
    assert np.isneginf(weights[1]).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"weights": np.zeros((2, 3), np.float32)}, TypeError, "float32 or float64 for both"),
        ({"weights": np.zeros((2, 4))}, ValueError, r"weights have shape \(2, 4\)"),
        ({"weights": np.zeros((3, 2)).T}, ValueError, "not contiguous"),
        ({"inputs": np.zeros((3, 5)).T}, ValueError, "not contiguous"),
        ({"rows": np.array([0, 5])}, ValueError, "a row is outside the data"),
        ({"rows": np.array([0, -1])}, ValueError, "a row is outside the data"),
        ({"rows": np.array([0.0, 1.0])}, TypeError, "whole numbers"),
        ({"slopes": np.zeros((2, 3))}, ValueError, r"slopes of shape \(2, 3\)"),
        ({"slopes": np.zeros((2, 2), np.float32)}, ValueError, "slopes of shape .* float32"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, message):
    given = {"weights": np.zeros((2, 3)), "inputs": np.ones((5, 3)), "rows": np.array([0, 1])}
    given |= {key: value for key, value in change.items() if key != "slopes"}
    if "slopes" not in change:
        with pytest.raises(error, match=message):
            linear.scores(**given)
    with pytest.raises(error, match=message):
        linear.descend(**given, slopes=change.get("slopes", np.zeros((2, 2))), rate=0.1)
    assert not given["weights"].any()
