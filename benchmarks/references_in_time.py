r"""References in time: survival probability and density under Poisson resetting, by mpmath at 60 digits.

The transforms of :mod:`benchmarks.transforms` are renewed, ``Q~ = (1 - T~) / (s + r T~)`` with ``T~`` at
``r + s``, and inverted by the trapezoidal rule along

    s = c + m (2 i u - u^2),

a parabola that crosses the real axis at `c`: the saddle point of ``e^(s t) (1 - s Q~)``, or ``5 / t`` where
that is further to the right; nothing is assumed of the poles, digits are carried instead.  It bends away as
late as drift asks for, because a sharp first-passage time puts zeros of ``s + r T~`` off the axis.  The step
is halved until nothing changes; then another parabola is taken, with another step, and how far the two are
apart is stored as the error.  Without resetting, Brownian motion to a level has error functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp, mpf

from benchmarks.references import FOLDER
from benchmarks.transforms import FORMS, Transform

SETS = 2000
_DIGITS = 60
_FIRST, _MOST, _SETTLED = 8, 1500, mpf(10) ** -13
_LEAST = 1e-300
# Where this times `t` is larger in a trap, that many nodes would take too long: another set is drawn.
_DEAR = 400
# Number of parameters of a form beside the reset rate.
WIDTHS = {"brownian": 1, "interval": 2, "ornstein_uhlenbeck": 2, "bessel": 2, "kummer": 3}


def draw(form: str, number: int, attempt: int) -> tuple[float, list[float]]:
    """Return the reset rate and the parameters of a set, drawn over wide ranges."""
    rng = np.random.default_rng([1912, number, attempt, *form.encode()])
    rate = 0.0 if number % 3 == 0 else 10 ** rng.uniform(-8, 8)
    if number % 3 == 2:  # of the order of the other rates
        rate = 10 ** rng.uniform(-2, 3)
    kind, sign = rng.random(), rng.choice([-1.0, 1.0])
    if form in ("brownian", "interval"):
        own = [rng.uniform(-300, 300) if kind < 0.4 else sign * 10 ** rng.uniform(-2, 2.4)]
        own = [0.0] if kind > 0.9 else own
        if form == "interval":
            near = 10 ** rng.uniform(-4, np.log10(0.5))
            start = rng.uniform(0.01, 0.99) if rng.random() < 0.6 else near
            own.append(start if rng.random() < 0.5 else 1 - start)
        return rate, own
    if form == "ornstein_uhlenbeck":
        level = 0.0 if kind < 0.1 else rng.uniform(-10, 10)
        start = rng.uniform(-10, 10)
        if 0.1 <= kind < 0.5:
            start = float(np.clip(level + sign * 10 ** rng.uniform(-3, 0), -10, 10))
        return rate, [level, start]
    target = 1 / (1 + 10 ** rng.uniform(-3, 3))
    if form == "bessel":
        nu = 1 - rng.integers(2, 11) / 2 if kind < 0.7 else rng.uniform(-4, 6)
        if kind > 0.93:
            nu, target = abs(nu) + 0.05, 0.0
        return rate, [float(nu), target]
    start = 10 ** rng.uniform(-2, 1)
    return rate, [float(rng.integers(2, 11)), start, start * target]


def times_of(form: str, own: list[float]) -> tuple[float, float, float]:
    """Return the way to go, how far a force acts on it, and the largest force towards the target, halved."""
    if form == "brownian":
        return 1.0, 1.0, abs(own[0]) / 2
    if form == "interval":
        return min(own[1], 1 - own[1]), 1.0, abs(own[0]) / 2
    if form == "bessel":
        return 1 - own[1], 1 - own[1], 0.0
    way, start = abs(own[-2] - own[-1]), own[1]
    towards = start if form == "kummer" or start > own[0] else -start
    return way, way, max(towards, 0.0) / 2


def _time(rng: np.random.Generator, early: float, mean: float, force: float) -> float:
    """Return a time, from well before to well after the typical one."""
    kind = rng.random()
    if kind < 0.25:  # e^(-early / t) of all have arrived
        return early / 10 ** rng.uniform(0, 1.5 if kind < 0.22 else 2.7)
    if kind < 0.6 and mean < np.inf:
        return mean * rng.uniform(0.02, 5)
    if kind < 0.75 and mean < np.inf:
        return mean * rng.uniform(5, 60 if kind < 0.73 else 400)
    last = max(min(max(mean, 10 * early), 1e6 * early, 500 / (force**2 + 1e-300)), 2 * early)
    return early * (last / early) ** rng.random()


class Inverse:
    """Survival probability and density at one time, as functions of the contour."""

    def __init__(self, transform: Transform, rate: float, t: float) -> None:
        self.free, self.r, self.t = transform, mpf(rate), mpf(t)
        self.late = False

    def terms(self, s: Any) -> tuple[Any, Any]:
        """Return the two transforms, times ``e^(s t)``; late, 1 is taken off that of the density."""
        hit = self.free(self.r + s)
        weight = mp.exp(s * self.t) / (s + self.r * hit)
        return (1 - hit) * weight, (s * (hit - 1) if self.late else (self.r + s) * hit) * weight

    def height(self, c: Any) -> Any:
        """Return the logarithm of the second one on the axis."""
        return mp.log(abs(self.terms(c)[1]))

    def crossing(self) -> Any:
        """Return the saddle point, or ``5 / t`` if that is further to the right."""
        c, factor = 5 / self.t, mpf(4)
        self.late = self.height(c) > 5 - mp.log(2)
        if self.late:
            return c
        here, there = self.height(c), self.height(c * factor)
        while factor > 1.1:  # downhill
            if there < here:
                c, here = c * factor, there
            else:
                factor = mp.sqrt(factor)
                back = c / factor
                if back > 5 / self.t and (before := self.height(back)) < here:
                    c, here = back, before
            there = self.height(c * factor)
        return c

    def along(self, c: Any, m: Any, h: Any, offset: Any) -> tuple[Any, Any]:
        """Return both sums over the nodes ``offset h, (1 + offset) h, ...``, conjugates included."""
        sums, largest = [mpf(0), mpf(0)], [mpf(0), mpf(0)]
        for k in range(_MOST):
            u = (k + offset) * h
            values = self.terms(c + m * (2j * u - u * u))
            beneath = True
            for i, value in enumerate(values):
                term = (value * (1 + 1j * u)).real * (1 if u == 0 else 2)
                sums[i] += term
                size = abs(value)
                largest[i] = max(largest[i], size)
                least = max(mpf(10) ** -18 * abs(sums[i]), mpf(10) ** -mp.dps * largest[i])
                beneath = beneath and size < least
            if beneath and k > 2:
                break
        else:
            raise ValueError("too many nodes")
        if max(big / abs(total) for big, total in zip(largest, sums, strict=True)) > mpf(10) ** (mp.dps - 35):
            raise ArithmeticError("digits")
        return sums[0], sums[1]

    def settled(self, c: Any, m: Any, nodes: int) -> tuple[list[Any], int]:
        """Return both values, the step being halved until nothing changes, and the nodes that it took."""
        h = mp.sqrt(45 / (m * self.t)) / nodes
        sums = self.along(c, m, h, mpf(0))
        while True:
            between = self.along(c, m, h, mpf(1) / 2)
            both = [(a + b) / 2 for a, b in zip(sums, between, strict=True)]
            apart = max(abs(1 - a / b) for a, b in zip(sums, both, strict=True))
            h, sums, nodes = h / 2, (both[0] * 2, both[1] * 2), 2 * nodes
            if apart < 1e-7:  # the error is squared by halving
                return [total * h * m / mp.pi for total in sums], nodes
            if nodes > _MOST:
                raise ValueError("does not settle")


def invert(transform: Transform, rate: float, t: float, bend: float) -> list[float]:
    """Return survival probability, density and how far two contours are apart, relatively."""
    inverse = Inverse(transform, rate, t)
    c = inverse.crossing()
    m = max(c, mpf(bend))
    first, nodes = inverse.settled(c, m, _FIRST)
    second = inverse.settled(c * mpf("1.13"), m * mpf("1.37"), max(_FIRST, int(nodes * 0.6)))[0]
    apart = max(abs(1 - a / b) for a, b in zip(first, second, strict=True))
    return [*map(float, first), float(apart)]


def in_closed_form(v: float, t: float) -> list[float]:
    """Return survival probability and density of the inverse-Gaussian law, whose parts may cancel."""
    with mp.workdps(400):
        velocity, time = mpf(v), mpf(t)
        root = 2 * mp.sqrt(time)
        ahead, behind = mp.erfc((velocity * time - 1) / root), mp.erfc((velocity * time + 1) / root)
        density = mp.exp(-(((1 - velocity * time) / root) ** 2)) / (root * time * mp.sqrt(mp.pi))
        return [float((ahead - mp.exp(velocity) * behind) / 2), float(density), 0.0]


def row(form: str, number: int) -> list[float]:
    """Return the stored row of a set: rate, parameters, time, survival probability, density, error."""
    for attempt in range(100):
        rate, own = draw(form, number, attempt)
        way, reach, force = times_of(form, own)
        early = way * way / 4
        with mp.workdps(_DIGITS):
            at = mpf(rate) if rate else mpf(10) ** -14
            mean = (1 / FORMS[form](*own)(at).real - 1) / at
        forever = rate == 0 and ((form == "brownian" and own[0] <= 0) or (form == "bessel" and own[0] <= 1))
        rng = np.random.default_rng([number, attempt, *form.encode()])
        t = _time(rng, early, np.inf if forever or mean > 1e250 else float(mean), force)
        # Resets after a sharp time put zeros off the axis, which matter until there have been many.
        drifts = force * reach > 3 and 1e-14 < rate * t < 300 and force**2 * t < 3000
        bend = force**2 + rate if drifts else 0.0
        if form in ("ornstein_uhlenbeck", "kummer") and bend * t > _DEAR:
            continue
        try:
            if form == "brownian" and rate == 0:
                values = in_closed_form(own[0], t)
            else:
                with mp.workdps(_DIGITS):
                    values = invert(FORMS[form](*own), rate, t, bend)
        except (ArithmeticError, ValueError):  # too late a time for the digits
            continue
        if min(values[:2]) > _LEAST and values[1] < 1 / _LEAST and values[2] < _SETTLED:
            return [rate, *own, t, *values]
    raise ValueError(f"{form} {number}: no reference")


def make(form: str, count: int = SETS) -> None:
    """Compute the rows that are not there yet, one by one, and store them."""
    kept = FOLDER / f"in_time_{form}.csv"
    done = len(kept.read_text().splitlines()) if kept.exists() else 0
    with kept.open("a") as out:
        for number in range(done, count):
            out.write(",".join(repr(float(c)) for c in row(form, number)) + "\n")
            out.flush()
    rows = np.loadtxt(kept, delimiter=",", ndmin=2)
    np.savez_compressed(FOLDER / f"in_time_{form}.npz", rows=rows)
    kept.unlink()
    print(f"{form} in time: {len(rows)} sets", flush=True)


def load(form: str) -> Any:
    """Return the stored rows of a form."""
    with np.load(FOLDER / f"in_time_{form}.npz") as stored:
        return stored["rows"]
