"""Checks at the boundary: every message names the argument, its value and the remedy."""

from __future__ import annotations

import operator
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


class Axis(np.ndarray[Any, np.dtype[np.float64]]):
    """A whole axis of a phase diagram in the place of one number: the rate of a Poisson reset, nothing else.

    A function of the user that does arithmetic with it does so for all its values; one that does anything
    else with it fails, and is then asked for one value at a time.
    """


# Relative rounding that a matrix computed from data may carry before it counts as asymmetric or indefinite.
_MATRIX_ROUNDING = 1e-10


def _shown(value: Any) -> str:
    shown = np.array2string(np.asarray(value), threshold=12, precision=6)
    return " ".join(shown.split())  # a message is one line


def finite_array(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a read-only float array of finite numbers, or raise."""
    array = _float_array(name, value)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name}={_shown(array)}: give finite numbers")
    array.flags.writeable = False
    return array


def non_negative_array(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a float array of numbers of at least zero (`inf` included), or raise."""
    array = _float_array(name, value)
    if not np.all(array >= 0):
        raise ValueError(f"{name}={_shown(array)}: give numbers of at least 0")
    return array


def _float_array(name: str, value: ArrayLike) -> FloatArray:
    try:
        if isinstance(value, Axis):  # an axis stands for one number, and this is not the place for it
            raise TypeError
        if value is None or np.asarray(value).dtype.kind in "SU":  # NumPy would read "1.0" as a number
            raise TypeError
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        late = (
            "; if it changes in time, resets do not begin anew, and only SGD has such schedules: "
            "rd.LinearSGD(..., schedule=...)"
        )
        reason = late if callable(value) and not isinstance(value, Axis | type) else ""
        raise TypeError(f"{name}={value!r}: give a number or an array of numbers{reason}") from None
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}: give at least one number")
    return array


def finite(name: str, value: Any) -> float:
    """Return `value` as a finite float, or raise."""
    if type(value) is float and isfinite(value):  # what a sweep gives a million times
        return value
    array = finite_array(name, value)
    if array.size != 1:
        raise ValueError(f"{name}={_shown(array)}: give one number, not an array of shape {array.shape}")
    return float(array.reshape(()))


def positive(name: str, value: Any) -> float:
    """Return `value` as a finite float above zero, or raise."""
    number = finite(name, value)
    if number <= 0:
        raise ValueError(f"{name}={number:g}: give a number above 0")
    return number


def rate(name: str, value: Any) -> Any:
    """Return `value` as a finite float (or an :class:`Axis` of them) of at least zero, or raise."""
    if isinstance(value, Axis):
        non_negative_array(name, value.view(np.ndarray))
        return value
    return non_negative(name, value)


def non_negative(name: str, value: Any) -> float:
    """Return `value` as a finite float of at least zero, or raise."""
    number = finite(name, value)
    if number < 0:
        raise ValueError(f"{name}={number:g}: give a number of at least 0")
    return number


def probability(name: str, value: Any) -> float:
    """Return `value` as a float in [0, 1], or raise."""
    number = finite(name, value)
    if not 0 <= number <= 1:
        raise ValueError(f"{name}={number:g}: give a number between 0 and 1")
    return number


def integer(name: str, value: Any, at_least: int = 1) -> int:
    """Return `value` as an int of at least `at_least`, or raise."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r}: give a whole number") from None
    if number < at_least:
        raise ValueError(f"{name}={number}: give a whole number of at least {at_least}")
    return number


def generator(name: str, value: Any) -> np.random.Generator:
    """Return the random numbers of a seed, or a generator that is given; new ones for None."""
    try:
        return np.random.default_rng(value)
    except (TypeError, ValueError) as error:
        kind = type(error) if type(error) in (TypeError, ValueError) else ValueError
        raise kind(
            f"{name}={value!r}: give a whole number of at least 0, a numpy.random.Generator, or None"
        ) from None


def choice(name: str, value: Any, options: tuple[str, ...]) -> str:
    """Return `value` if it is one of `options`, or raise."""
    if value not in options:
        raise ValueError(f"{name}={value!r}: give one of {', '.join(map(repr, options))}")
    return str(value)


def vector(name: str, value: ArrayLike, dim: int) -> FloatArray:
    """Return `value` as a read-only vector of length `dim` (a scalar is repeated), or raise."""
    array = finite_array(name, value)
    if array.ndim > 1 or (array.ndim == 1 and array.size not in (1, dim)):
        raise ValueError(f"{name} has shape {array.shape}: give a number or a vector of length {dim}")
    array = np.broadcast_to(array, (dim,)).copy()
    array.flags.writeable = False
    return array


def symmetric(name: str, value: ArrayLike, dim: int, *, definite: bool) -> FloatArray:
    """Return `value` as a read-only symmetric positive matrix (a scalar times the identity), or raise.

    With ``definite=False`` a positive semi-definite matrix other than zero is accepted.
    """
    array = finite_array(name, value)
    if array.ndim == 0:
        array = float(array) * np.eye(dim)
    if array.shape != (dim, dim):
        raise ValueError(f"{name} has shape {array.shape}: give a number or a {dim} x {dim} matrix")
    scale = float(np.abs(array).max())
    if np.abs(array - array.T).max() > _MATRIX_ROUNDING * scale:
        raise ValueError(f"{name}={_shown(array)}: give a symmetric matrix")
    array = (array + array.T) / 2
    lowest = float(np.linalg.eigvalsh(array)[0])
    floor = dim * np.finfo(float).eps * scale
    if definite and lowest <= floor:
        raise ValueError(
            f"{name} is not positive definite (lowest eigenvalue {lowest:.3g}): "
            "give a positive definite matrix"
        )
    if lowest < -_MATRIX_ROUNDING * scale or scale == 0:
        raise ValueError(
            f"{name} is not positive (lowest eigenvalue {lowest:.3g}): give a positive matrix other than zero"
        )
    array.flags.writeable = False
    return array


def plain(*values: Any) -> bool:
    """Return whether all values are plain floats, so that the problem is one-dimensional."""
    return all(type(value) is float for value in values)


def common_dim(*arrays: FloatArray) -> int:
    """Return the dimension that scalars, vectors and square matrices agree on (1 if all are scalars)."""
    return max((a.shape[-1] for a in arrays if a.ndim), default=1)


def unit_or_scalar(array: FloatArray, dim: int) -> Any:
    """Return a float in one dimension, else the array: 1-D problems speak in plain numbers."""
    return float(array.reshape(-1)[0]) if dim == 1 else array


def diffusion(value: ArrayLike, dim: int) -> Any:
    """Return a diffusion coefficient: a positive number in one dimension, else a positive matrix."""
    if np.ndim(value) == 0:
        scalar = positive("diffusion", value)
        return scalar if dim == 1 else symmetric("diffusion", scalar, dim, definite=True)
    return unit_or_scalar(symmetric("diffusion", value, dim, definite=False), dim)


def distribution(name: str, value: Any) -> Any:
    """Return `value` if it is a frozen distribution of one number as scipy.stats makes them, or raise."""
    needed = ("cdf", "sf", "support", "mean", "rvs")
    if isinstance(value, type) or not all(callable(getattr(value, method, None)) for method in needed):
        raise TypeError(
            f"{name}={value!r}: give a frozen scipy.stats distribution, such as gamma(2, scale=0.5)"
        )
    try:
        low, high = (float(end) for end in value.support())
        cdf = float(value.cdf(np.nextafter(high, np.inf)))
    except (TypeError, ValueError):
        raise TypeError(f"{name}: give a frozen scipy.stats distribution of one number") from None
    if not (low <= high and cdf > 0):  # nan where a parameter is out of range
        raise ValueError(f"{name}: the distribution's parameters are out of range; give valid ones")
    return value
