r"""Numerical inversion of Laplace transforms along a parabola through the saddle point.

For a transform `F` whose singularities lie on the real axis at and below `shift`, the parabola
``s = shift + mu (1 + i u)^2`` goes round them all, and the trapezoidal rule in `u`,

    f(t) = (h mu / pi) sum_k (1 + i k h) e^(s_k t) F(s_k),

converges geometrically (Weideman and Trefethen, Math. Comp. 76, 1341 (2007)).  With `shift` at the dominant
singularity nothing cancels at late times, when it rules: the digits are those of `f`, not of 1.  At early
times nothing cancels if the parabola crosses the real axis where ``e^(s t) F(s)``, which is convex for a
positive `f`, has its minimum; for diffusion, ``F ~ e^(-d sqrt(s / D))``, that parabola is the path of
steepest descent.  Where singularities lie elsewhere, the rule and that with every other node disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resetdyn._checks import FloatArray

ComplexArray = NDArray[np.complex128]
Transform = Callable[[ComplexArray], ComplexArray]

# Where the parabola crosses the axis, in units of 1 / t right of `shift`, and the nodes on its upper half (an
# even number); it ends where e^(s t) is down by exp(-_FALL^2).
_CROSSING, _NODES = 4.5, 32
_FALL = 6.1
# By how much the sums over all nodes and over every other one may differ.
_TOLERANCE = 1e-8
# Where e^(s t) F(s) is lower this many times further out, its minimum is sought ...
_FURTHER = 8.0
# ... among so many crossings, twice: a factor sqrt(2) apart, then in between.
_CROSSINGS, _BLOCKS = 2.0 ** (np.arange(36) / 2), 9
_FINER = 2.0 ** np.linspace(-0.5, 0.5, 17)
_TINY = 1e-300
# Where the dominant singularity is sought, in units of the function at 0: in long steps while the function is
# above _HIGH of that, then in short ones, for a pole and another zero may follow; and how it is narrowed.
_STRIDES = np.split(np.geomspace(1e-9, 1e5, 128), 16)
_HIGH, _STEPS, _STEP = 0.8, 16, 1.03
_SECTIONS, _NARROWINGS = 33, 7
_REAL = 1e-6


def invert(transform: Transform, t: Any, shift: float = 0.0) -> Any:
    """Return the function of time whose Laplace transform is given.

    Parameters
    ----------
    transform : callable
        The transform, for a one-dimensional array of complex `s`.
    t : float or array
        Times above 0.
    shift : float
        Rightmost singularity of the transform, if it is below 0: late times keep their digits then.

    Returns
    -------
    float or array
        One value for each time.

    Raises
    ------
    ValueError
        If the inversion does not settle, because there are singularities off the real axis.

    Examples
    --------
    >>> import numpy as np
    >>> from resetdyn.theory.numerics.inversion import invert
    >>> late = invert(lambda s: 1 / (s + 2) - 1 / (s + 3), 50.0, shift=-2.0)
    >>> bool(abs(late * np.exp(100.0) - 1) < 1e-12)
    True
    """
    times = np.atleast_1d(np.asarray(t, dtype=float)).ravel()
    first, second = _on_parabola(transform, times, shift)
    scale = np.maximum(np.exp(shift * times), np.abs(first))
    unsettled = ~(np.abs(first - second) <= _TOLERANCE * scale)
    if unsettled.any():
        i = int(np.argmax(unsettled))
        raise ValueError(
            f"t={times[i]:g}: the Laplace inversion does not settle ({first[i]:.6g} or {second[i]:.6g}); "
            "use rd.simulate(problem).survival(t)"
        )
    return float(first[0]) if np.ndim(t) == 0 else first.reshape(np.shape(t))


def dominant_pole(function: Transform) -> float:
    """Return where a real function, positive at 0, first has a zero or ends to the left of 0.

    For ``1 / M(rate + s) + s`` that is the dominant singularity of the survival probability under resetting,
    the `shift` of `invert`.

    Parameters
    ----------
    function : callable
        The function, for a one-dimensional array of complex `s`; beyond a branch point it is not real.

    Returns
    -------
    float
        At most 1e-9 of itself above the zero; 0 if the function vanishes at 0, or is positive far out.

    Examples
    --------
    >>> from resetdyn.theory.numerics.inversion import dominant_pole
    >>> round(dominant_pole(lambda s: (s + 2) * (s + 3)), 6)
    -2.0
    """

    def above(s: NDArray[Any], least: float = 0.0) -> NDArray[np.bool_]:
        with np.errstate(all="ignore"):
            values = np.asarray(function(s.astype(np.complex128)))
        return (values.real > least) & (np.abs(values.imag) <= _REAL * np.abs(values.real))

    with np.errstate(all="ignore"):
        at_zero = float(np.real(function(np.zeros(1, complex)))[0])
    if not 0 < at_zero < np.inf:
        return 0.0
    last = 0.0
    for stride in _STRIDES:
        low = ~above(-at_zero * stride, _HIGH * at_zero)
        if low.any():
            i = int(np.argmax(low))
            last = float(-at_zero * stride[i - 1]) if i else last
            break
        last = float(-at_zero * stride[-1])
    else:
        return 0.0
    last = last or -at_zero * float(_STRIDES[0][0]) / 10
    while -last < at_zero * _STRIDES[-1][-1]:
        points = last * _STEP ** np.arange(_STEPS + 1)
        gone = ~above(points[1:])
        if gone.any():
            break
        last = float(points[-1])
    else:
        return 0.0
    for _ in range(_NARROWINGS):
        i = int(np.argmax(gone))
        points = np.linspace(points[i], points[i + 1], _SECTIONS)
        gone = ~above(points[1:])
        gone[-1] = True
    return float(points[np.argmax(gone)])


def _on_parabola(transform: Transform, t: FloatArray, shift: float) -> FloatArray:
    """Return the sum at each time, and that over every other node."""
    mu = _CROSSING / t
    heights = [_height(transform, t, shift, factor * mu[:, None])[:, 0] for factor in (1.0, _FURTHER)]
    early = heights[1] < heights[0]
    if early.any():
        mu[early] = _minimum(transform, t[early], shift, mu[early])
    i = np.flatnonzero(np.isfinite(mu))
    values = np.zeros((2, t.size))
    values[:, i] = _trapezoid(transform, t[i], shift, mu[i])
    return values


def _trapezoid(transform: Transform, t: FloatArray, shift: float, mu: FloatArray) -> FloatArray:
    """Return the sum at each time, and that over every other node."""
    h = _FALL / np.sqrt(mu * t) / _NODES
    turn = 1 + 1j * h[:, None] * np.arange(_NODES + 1)
    s = mu[:, None] * turn**2  # right of `shift`
    weight = turn * (2 * h * mu / np.pi)[:, None]
    weight[:, 0] /= 2
    with np.errstate(all="ignore"):  # what is not a number does not settle
        terms = weight * np.exp(s * t[:, None]) * _values(transform, shift + s)
        return np.exp(shift * t) * np.array([terms.real.sum(axis=1), 2 * terms.real[:, ::2].sum(axis=1)])


def _values(transform: Transform, s: NDArray[Any]) -> ComplexArray:
    return transform(s.astype(np.complex128).ravel()).reshape(s.shape)


def _height(transform: Transform, t: FloatArray, shift: float, mu: FloatArray) -> FloatArray:
    """Return the logarithm of ``e^(s t) |F(s)|`` on the axis, `inf` where `F` is beneath the floats."""
    with np.errstate(all="ignore"):
        value = np.abs(_values(transform, shift + mu))
    return np.where(value > _TINY, mu * t[:, None] + np.log(np.maximum(value, _TINY)), np.inf)


def _minimum(transform: Transform, t: FloatArray, shift: float, mu: FloatArray) -> FloatArray:
    """Return where on the axis ``e^(s t) F(s)`` is least, right of `shift`, from the given crossing on.

    It is `inf` where `F` has no floats so far out; then `f` is of the order of 1e-150 or less.
    """
    lowest, rows = mu, np.arange(t.size)
    # The height is convex: far-out crossings, where a transform is dear, are not looked at once it rises.
    height = np.empty((t.size, 0))
    for crossings in np.split(_CROSSINGS, _BLOCKS):
        height = np.hstack([height, _height(transform, t, shift, mu[:, None] * crossings)])
        best = np.argmin(height, axis=1)
        if np.all(best < height.shape[1] - 1):
            break
    ends = np.isinf(height[rows, np.minimum(best + 1, height.shape[1] - 1)])
    trial = np.maximum(lowest, mu * _CROSSINGS[best])[:, None] * _FINER
    height = _height(transform, t, shift, trial)
    best = np.argmin(height, axis=1)
    ends |= np.isinf(height[rows, np.minimum(best + 1, height.shape[1] - 1)])
    return np.where(ends, np.inf, np.maximum(lowest, trial[rows, best]))
