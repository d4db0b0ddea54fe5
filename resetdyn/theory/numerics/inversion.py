r"""Numerical inversion of Laplace transforms along a parabola through the saddle point.

For a transform `F` whose singularities lie on the real axis at and below `shift`, the parabola

    s = shift + c + m (2 i u - u^2)

goes round them all, and the trapezoidal rule in `u`,

    f(t) = (h m / pi) sum_k (1 + i k h) e^(s_k t) F(s_k),

converges geometrically (Weideman and Trefethen, Math. Comp. 76, 1341 (2007), with ``m = c``).  With `shift`
at the dominant singularity nothing cancels at late times, when it rules: the digits are those of `f`, not
of 1.  At early times nothing cancels if the parabola crosses the real axis where ``e^(s t) F(s)``, which is
convex for a positive `f`, has its minimum; for diffusion, ``F ~ e^(-d sqrt(s / D))``, that parabola is the
path of steepest descent.

After a sharp delay `F` rises to the left, ``F ~ e^(-s d / v)``, until ``|s| ~ v^2 / D``, and under resetting
it has singularities off the axis there.  With `m` of that size the parabola bends away later and has them on
its left, at the price of more nodes.  That the step is fine enough is seen by leaving out every other node.

How much cancels is seen from the sizes of the terms.  Where that is more than floats have to spare and the
transform is known to more digits, the sum is taken to more of them (:mod:`.inversion_in_digits`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics.inversion_in_digits import PreciseTransform, invert_in_digits

ComplexArray = NDArray[np.complex128]
Transform = Callable[[ComplexArray], ComplexArray]

# Where the parabola crosses the axis, in units of 1 / t right of `shift`, and the nodes on its upper half (an
# even number), for m = c, and for m = 4^k c over 2^k; it ends where e^(s t) is down by exp(-_FALL^2).
_CROSSING, _NODES, _MORE_NODES = 4.5, 32, 48
_FALL = 6.1
# How often those are tried again that have not settled, each time with a larger `m` and a finer step.
_TRIALS = 3
# By how much the sums over all nodes and over every other one may differ: the error of the first is about the
# square of that of the second.
_TOLERANCE = 1e-8
# What the last term may be, in units of that.
_CUT = 1e-4
# Sum of the sizes of the terms, over that of the sum, from which on more digits are taken; what rounding
# makes of it, at most.
_LOST, _ROUNDING = 3e4, 1e-13
# Where e^(s t) F(s) is lower this much further out, its minimum is sought ...
_FURTHER = 2.0
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


def invert(
    transform: Transform,
    t: Any,
    shift: float = 0.0,
    bend: Any = 0.0,
    precise: PreciseTransform | None = None,
) -> Any:
    """Return the function of time whose Laplace transform is given.

    Parameters
    ----------
    transform : callable
        The transform, for a one-dimensional array of complex `s`.
    t : float or array
        Times above 0.
    shift : float
        Rightmost singularity of the transform, if it is below 0: late times keep their digits then.
    bend : float or array
        The least `m`, if there are singularities off the real axis, for each time.
    precise : callable, optional
        The transform to 30 digits, for a list of `mpmath.mpc`: it is dear, and asked where floats do not do.

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
    crossing = _crossings(transform, times, shift)
    wide = np.maximum(np.ceil(np.log2(np.maximum(bend / crossing, 1.0)) / 2), 0).astype(int)
    values, apart = np.zeros((2, times.size)), np.zeros(times.size)
    lost, kept = np.ones(times.size), wide.copy()
    left = np.flatnonzero(np.isfinite(crossing))
    apart[left] = np.inf
    for trial in range(1 + _TRIALS):
        for k in np.unique(wide[left]):
            i = left[wide[left] == k]
            try:
                found, differ, sizes = _trapezoid(transform, times[i], shift, crossing[i], int(k), trial)
            except ValueError:  # too far out for the transform: what there is must do
                if trial == 0:
                    raise
                continue
            better = ~(differ >= apart[i])
            values[:, i[better]], apart[i[better]] = found[:, better], differ[better]
            lost[i[better]], kept[i[better]] = sizes[better], k
        done = apart[left] <= _TOLERANCE
        if precise is not None:  # what rounding leaves is no matter of the step
            done |= (lost[left] > _LOST) & (apart[left] <= _ROUNDING * lost[left])
        left = left[~done]
        if left.size == 0:
            break
        wide[left] += 1
    first, second = values
    dim = np.flatnonzero(lost > _LOST) if precise is not None else left[:0]
    if precise is not None and dim.size:
        found = invert_in_digits(precise, times[dim], shift, crossing[dim], kept[dim])
        known = np.isfinite(found)
        values[:, dim[known]] = found[known]
    # What is much smaller than the transform keeps as many digits as rounding leaves it.
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


def _crossings(transform: Transform, t: FloatArray, shift: float) -> FloatArray:
    """Return where the parabola crosses the axis, right of `shift`; `inf` where nothing is left of `F`."""
    c = _CROSSING / t
    heights = [_height(transform, t, shift, factor * c[:, None])[:, 0] for factor in (1.0, _FURTHER)]
    early = heights[1] < heights[0]
    if early.any():
        c[early] = _minimum(transform, t[early], shift, c[early])
    return c


def _trapezoid(
    transform: Transform, t: FloatArray, shift: float, c: FloatArray, wide: int, fine: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the sums over all nodes and over every other one, how far they differ, and how much cancels.

    The parabola has ``m = 4^wide c``.
    """
    m, nodes = 4.0**wide * c, (_MORE_NODES << wide + fine if wide else _NODES)
    h = _FALL / np.sqrt(m * t) / nodes
    turn = 1 + 1j * h[:, None] * np.arange(nodes + 1)
    s = m[:, None] * turn**2 + (c - m)[:, None]  # right of `shift`
    weight = turn * (2 * h * m / np.pi)[:, None]
    weight[:, 0] /= 2
    with np.errstate(all="ignore"):  # what is not a number does not settle
        terms = weight * np.exp(s * t[:, None]) * _values(transform, shift + s)
        sums = np.exp(shift * t) * np.array([terms.real.sum(axis=1), 2 * terms.real[:, ::2].sum(axis=1)])
        differ = np.abs(sums[0] - sums[1])
        beyond = np.exp(shift * t) * np.abs(terms[:, -1]) / _CUT
        differ = np.maximum(differ, beyond) / np.abs(sums[0])
        lost = np.exp(shift * t) * np.abs(terms.real).sum(axis=1) / np.abs(sums[0])
    nothing = (sums == 0).all(axis=0)
    return sums, np.where(nothing, 0.0, differ), np.where(nothing, 1.0, lost)


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
