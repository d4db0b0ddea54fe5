r"""Phase transitions of resetting: where in a family it begins to help, and how.

Along a one-parameter family the optimal rate is an order parameter.  At a continuous (second-order)
transition the slope `a_1` of the mean at rate 0 vanishes, and no finite rate is better.  At a first-order one
the minimum at a finite rate and the end at rate 0 are equally low while ``a_1 > 0``: the optimal rate jumps,
and between there and where ``a_1 = 0`` (the spinodal) resetting helps although slow resetting does not.  The
two kinds meet at the tricritical point, ``a_1 = a_2 = 0`` (Pal and Prasad, PRR 1, 032001 (2019)).  All are
roots of exact functions.

Of fixed periods it is the long ones that play the part of small rates.  A reset at `t` saves the mean
residual life of the search, which at late times is one over the decay `l` of its survival probability, and
costs a pause `c` and a new search from `y`: late resets help where ``l (<T>_y + c) < 1`` (derived here; Pal
and Reuveni, PRL 118, 030603 (2017) for the residual life).  At a continuous transition the best period
diverges, and the gain vanishes with all its derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, inf, isfinite, nan
from typing import Any

import numpy as np
from scipy.optimize import brentq

from resetdyn import _checks
from resetdyn.problems import FirstPassage
from resetdyn.theory.numerics.minimum import Minimum
from resetdyn.theory.optima.expansion import landau
from resetdyn.theory.optima.helps import fluctuation
from resetdyn.theory.optima.optimum import finite_minima, optimum_of
from resetdyn.theory.optima.reset_dials import Dial, dial_of
from resetdyn.theory.passages.decay import decay_of
from resetdyn.theory.passages.passage import InvertiblePassage
from resetdyn.theory.resetting.pair import passages
from resetdyn.theory.resetting.renewal import LOG_MAX
from resetdyn.verdicts import Transition, Tricritical

_EPS = float(np.finfo(float).eps)
# Halvings of a range in which a finite minimum has yet to be followed to its end.
_HALVINGS = 200
_NEWTON = 30
# Condition number of the differences by which two parameters count as one; these have some eleven digits.
_DEPENDENT = 1e9
# Least relative error of a coefficient.
_ROUNDING = 1e-14


def transition(build: Callable[..., Any], name: str, low: float, high: float) -> Transition:
    """Find where along a family resetting begins or ceases to help, and whether the optimal rate jumps there.

    Parameters
    ----------
    build : callable
        Makes the `FirstPassage` (or the law of completion times) from the parameter, ``build(name=value)``.
        The problem's reset says where resets lead, what they cost, and what is varied: a rate, a
        probability or a period.
    name : str
        The parameter.
    low, high : float
        Range of the parameter: resetting helps at one end and not at the other.

    Returns
    -------
    Transition
        Its critical value, order, and the optimal rates on both sides.

    Raises
    ------
    ValueError
        If the verdict is the same at both ends, or the reset does not say what is varied.

    References
    ----------
    A. Pal and V. V. Prasad, Phys. Rev. Research 1, 032001 (2019).

    Examples
    --------
    >>> import resetdyn as rd
    >>> def drifting(u):
    ...     return rd.FirstPassage(rd.Brownian(1.0, drift=3.0), u, rd.Interval(0.0, 1.0))
    >>> found = rd.transition(drifting, "u", 0.1, 0.4)
    >>> found.order, round(found.spinodal, 5), round(found.value, 5), round(found.rate_below, 6)
    (1, 0.186, 0.20478, 52.284253)

    Resets of a fixed period help from farther within, and begin to so rarely that no rate shows it:

    >>> def centred(u):
    ...     return rd.FirstPassage(rd.Brownian(1.0), u, rd.Interval(0.0, 1.0), rd.Sharp(1.0))
    >>> found = rd.transition(centred, "u", 0.1, 0.4)
    >>> found.order, round(found.value, 9)  # pi^2 u (1 - u) / 2 = 1
    (2, 0.282381911)
    """
    family = _Family(build, name)
    low, high = _checks.finite("low", low), _checks.finite("high", high)
    helps = [family.helps(x) for x in (low, high)]
    if helps[0] == helps[1]:
        raise ValueError(
            f"{name}={low:g} ... {high:g}: resetting {'helps' if helps[0] else 'hinders'} at both ends; "
            "give a range with one transition (rd.phase_diagram shows where)"
        )
    inside, outside = (low, high) if helps[0] else (high, low)
    spinodal = family.spinodal(inside, outside)
    jumps = not isfinite(spinodal) or family.gain(spinodal) > family.noise(spinodal)
    value = family.coexistence(spinodal if isfinite(spinodal) else inside, outside) if jumps else spinodal
    problem = family.problem(value)
    _, slope, curvature = map(float, landau(problem, 2))
    jump = 0.0
    if jumps:
        best = family.best(family.dial(value))
        jump = family.dial(value).rate(best.x) if best else nan
    return Transition(
        name, value, 1 if jumps else 2, helps[0], jump, spinodal, fluctuation(problem), slope, curvature,
        family.error(value, jumps),
    )  # fmt: skip


def tricritical_point(build: Callable[..., Any], guess: Mapping[str, float]) -> Tricritical:
    """Find where in a two-parameter family a continuous transition turns into one with a jump.

    Parameters
    ----------
    build : callable
        Makes the `FirstPassage` (or the law of completion times) from the two parameters, given by name.
    guess : mapping of str to float
        The two parameters, near the point.

    Returns
    -------
    Tricritical
        Where slope and curvature vanish, the coefficients of the mean there, and the error of the place.

    Raises
    ------
    ValueError
        If there are not two parameters, if they are one in effect, or if none of the points on the way to the
        solution is usable.

    References
    ----------
    A. Pal and V. V. Prasad, Phys. Rev. Research 1, 032001 (2019).

    Examples
    --------
    >>> import resetdyn as rd
    >>> def drifting(u, drift):
    ...     return rd.FirstPassage(rd.Brownian(1.0, drift=drift), u, rd.Interval(0.0, 1.0))
    >>> point = rd.tricritical_point(drifting, {"u": 0.25, "drift": 1.0})
    >>> round(point.values["u"], 9), round(point.values["drift"], 9)
    (0.251862671, 0.875281901)
    """
    names = tuple(guess)
    if len(names) != 2:
        raise ValueError(f"guess={dict(guess)}: give two parameters and where to look for the point")
    place = np.array([_checks.finite(f"guess[{name!r}]", guess[name]) for name in names])

    def landau_at(x: Any) -> Any:
        a = landau(build(**dict(zip(names, map(float, x), strict=True))), 3)
        return np.array([a[1] / a[0] ** 2, a[2] / a[0] ** 3])

    scale = np.maximum(np.abs(place), 1e-3)
    error = inf
    for _ in range(_NEWTON):
        value, steps = landau_at(place), 1e-5 * scale
        shifts = np.diag(steps)
        slopes = np.array([landau_at(place + s) - landau_at(place - s) for s in shifts]).T / (2 * steps)
        if not (np.all(np.isfinite(value)) and np.all(np.isfinite(slopes))):
            raise ValueError(
                f"guess={dict(guess)}: a third moment diverges on the way; start closer (if there is one)"
            )
        if not np.linalg.cond(slopes * scale) < _DEPENDENT:
            raise ValueError(
                f"guess={dict(guess)}: these parameters do not move slope and curvature independently there "
                "(a unit of time moves neither); give others, or another guess"
            )
        move = np.linalg.solve(slopes, value)
        move /= max(1.0, float(np.max(np.abs(move) / scale)) / 0.3)  # no farther than that at once
        place, last, error = place - move, error, float(np.max(np.abs(move) / scale))
        if error < 1e-14 or (error < 1e-9 and error >= last):
            break
    else:
        raise ValueError(
            f"guess={dict(guess)}: no point where slope and curvature vanish was found; start closer"
        )
    values = dict(zip(names, map(float, place), strict=True))
    # What the error of the coefficients does to the point.
    precision = max(float(dial_of(build(**values), None, None).curve.precision), _ROUNDING)
    rounding = np.abs(np.linalg.inv(slopes)) @ np.array([4 * precision, 4 * precision])
    coefficients = tuple(map(float, landau(build(**values), 4)))
    return Tricritical(values, coefficients, max(error, float(np.max(rounding / scale))))


class _Family:
    """The verdict along a family."""

    def __init__(self, build: Callable[..., Any], name: str) -> None:
        self.build, self.name = build, name

    def problem(self, x: float) -> Any:
        return self.build(**{self.name: x})

    def dial(self, x: float) -> Dial:
        return dial_of(self.problem(x), None, None)

    def best(self, dial: Dial) -> Minimum | None:
        """Return the lowest minimum at a finite rate; None where there is none."""
        return min(finite_minima(dial), key=lambda m: m.log_mean, default=None)

    def gain(self, x: float) -> float:
        """Return the logarithm of the best speed-up: above 0 where resetting helps."""
        dial = self.dial(x)
        best = optimum_of(dial)
        if best.parameter == dial.never:
            return 0.0
        return max(dial.free - best.log_mean, _EPS)

    def helps(self, x: float) -> bool:
        """Return whether resetting helps, if only beneath rounding."""
        return self.gain(x) > 0 or (self.dial(x).name == "period" and self.slope(x) < 0)

    def noise(self, x: float) -> float:
        """Return how large a gain may be rounding, or the remains of an optimum at rate 0."""
        return 64 * float(self.dial(x).curve.precision)

    def slope(self, x: float) -> float:
        """Return the slope at rate 0, in units of the mean, or what has its sign; -1 where it diverges."""
        if self.dial(x).name == "period":
            return self.late(x)
        a = landau(self.problem(x), 1)
        slope = float(a[1] / a[0] ** 2) if isfinite(a[0]) else -inf
        return slope if isfinite(slope) else -1.0 if slope < 0 else 1.0

    def late(self, x: float) -> float:
        """Return what late resets cost over what they save, less 1; nan where the decay is not known."""
        problem = self.problem(x)
        pair = passages(problem) if isinstance(problem, FirstPassage) else None
        if pair is None or not isinstance(pair[0], InvertiblePassage):
            return nan
        again = exp(min(pair[1].log_mean(0.0, 0)[0], LOG_MAX)) + problem.reset.mean_refractory
        return -decay_of(pair[0]) * again - 1

    def spinodal(self, inside: float, outside: float) -> float:
        """Return where slow resetting begins to help; nan where it does not at either end."""
        if not self.slope(inside) < 0 < self.slope(outside):
            return nan
        return float(brentq(self.slope, inside, outside, xtol=1e-300, rtol=4 * _EPS))

    def excess(self, x: float) -> float | None:
        """Return by how much the best finite rate is above rate 0; None where there is no minimum at one."""
        dial = self.dial(x)
        best = self.best(dial)
        return None if best is None else best.log_mean - dial.free

    def coexistence(self, inside: float, outside: float) -> float:
        """Return where a finite rate and rate 0 are equally good."""
        for _ in range(_HALVINGS):  # until the minimum is there at both ends
            if self.excess(outside) is not None:
                break
            middle = (inside + outside) / 2
            if middle in (inside, outside):
                return middle
            excess = self.excess(middle)
            if excess is not None and excess < 0:
                inside = middle
            else:
                outside = middle

        def difference(x: float) -> float:
            excess = self.excess(x)
            return 1.0 if excess is None else excess

        return float(brentq(difference, inside, outside, xtol=1e-300, rtol=4 * _EPS))

    def error(self, value: float, jumps: bool) -> float:
        """Return by how much rounding moves the critical value."""
        step = 1e-5 * (abs(value) or 1.0)
        function = (lambda x: self.excess(x) or 0.0) if jumps else self.slope
        bend = abs(function(value + step) - function(value - step)) / (2 * step)
        precision = 8 * float(self.dial(value).curve.precision)
        return max(precision / bend if bend else inf, 4 * _EPS * abs(value))
