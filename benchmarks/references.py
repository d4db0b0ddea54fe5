r"""The references of `benchmarks.accuracy`: mpmath, 90 digits or more, straight from the transforms.

``T~`` is taken as the books print it, with its derivatives as power series, and nothing is done about
cancellation but to carry digits: with ``T~`` around the rate ``r``, the transform of the survival probability
is ``Q~ = (1 - T~) / (s - r + r T~)``, its value at ``s = r`` the mean, its derivatives the moments.

- Brownian motion, ``D = 1``, from 1 to 0: ``T~ = exp(-(sqrt(v^2 + 4 s) - v) / 2)``.
- Interval (0, 1), ``D = 1``: the two quotients of hyperbolic sines.
- Ornstein-Uhlenbeck, ``k = D = 1``, from z above a level a: ``T~ = J(z) / J(a)`` with
  ``J(y) = int_0^inf t^s (t + y) e^(-t^2 / 2 - y t) dt`` by the trapezoidal rule, in ``log t`` at large `s`
  and with ``t = exp(u - exp(-u))`` else.  `by_cylinder` has the same transform from `mpmath.hyperu` and
  `mpmath.hyp1f1`, which converge at orders that are not large: a second witness.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from mpmath import mp, mpf

FOLDER = Path(__file__).parents[1] / "tests" / "references"
FIELDS = ("mean", "second", "third", "log_mean")
SETS = 2100
_DIGITS = {"brownian": 90, "interval": 220, "ornstein_uhlenbeck": 90}  # a tiny drift's square costs most
_ORDER = 3
_DEPTH = 150  # exponents this far below the maximum are dropped: 1e-65
Jet = list[Any]


def multiply(a: Jet, b: Jet) -> Jet:
    return [mp.fsum(a[i] * b[n - i] for i in range(n + 1)) for n in range(len(a))]


def divide(a: Jet, b: Jet) -> Jet:
    out: Jet = []
    for n in range(len(a)):
        out.append((a[n] - mp.fsum(out[i] * b[n - i] for i in range(n))) / b[0])
    return out


def exponential(a: Jet) -> Jet:
    out = [mp.exp(a[0])]
    for n in range(1, len(a)):
        out.append(mp.fsum(i * a[i] * out[n - i] for i in range(1, n + 1)) / n)
    return out


def root(a: Jet) -> Jet:
    out = [mp.sqrt(a[0])]
    for n in range(1, len(a)):
        out.append((a[n] - mp.fsum(out[i] * out[n - i] for i in range(1, n))) / (2 * out[0]))
    return out


def sinh(a: Jet) -> Jet:
    return [(p - m) / 2 for p, m in zip(exponential(a), exponential([-c for c in a]), strict=True)]


def statistics(transform: Jet, rate: Any) -> list[float]:
    """Return the mean, the second and third moment and the logarithm of the mean."""
    above = [(1 if n == 0 else 0) - c for n, c in enumerate(transform)]
    if rate == 0:
        survival = above[1:]
    else:
        survival = divide(above, [rate * c + (1 if n == 1 else 0) for n, c in enumerate(transform)])
    moments = [survival[0], -2 * survival[1], 6 * survival[2]]
    return [float(m) if m < mpf(10) ** 308 else np.inf for m in moments] + [float(mp.log(moments[0]))]


def brownian(rate: float, velocity: float) -> list[float]:
    s, v = mpf(rate), mpf(velocity)
    if rate == 0 and velocity <= 0:
        return [np.inf] * 4
    phi = [c / 2 for c in root([v * v + 4 * s, mpf(4), mpf(0), mpf(0)])]
    phi[0] -= v / 2
    return statistics(exponential([-c for c in phi]), s)


def interval(rate: float, drift: float, start: float) -> list[float]:
    s, v, x = mpf(rate), mpf(drift) / 2, mpf(start)
    if s == 0 and v == 0:  # the sines' argument has no series here, but their quotient has

        def cosh(square: Any) -> Jet:
            return [square**k / mp.factorial(2 * k) for k in range(_ORDER + 1)]

        return [*statistics(divide(cosh((x - mpf(1) / 2) ** 2), cosh(mpf(1) / 4)), s), float(1 - x)]
    theta = root([v * v + s, mpf(1), mpf(0), mpf(0)])
    whole = sinh(theta)
    low = [mp.exp(-v * x) * c for c in divide(sinh([(1 - x) * c for c in theta]), whole)]
    high = [mp.exp(v * (1 - x)) * c for c in divide(sinh([x * c for c in theta]), whole)]
    both = [a + b for a, b in zip(low, high, strict=True)]
    return [*statistics(both, s), float(low[0] / both[0])]


_TABLE: dict[float, list[tuple[Any, Any, Any]]] = {}


def _table(step: float) -> list[tuple[Any, Any, Any]]:
    """Return t, log t and the weight of ``t = exp(u - exp(-u))``, good for all small powers."""
    if step not in _TABLE:
        _TABLE[step], h = [], mpf(step)
        for j in range(int(-5.2 / step), int(3.6 / step) + 1):
            u = j * h
            w = u - mp.exp(-u)
            _TABLE[step].append((mp.exp(w), w, h * (1 + mp.exp(-u))))
    return _TABLE[step]


def integral(nu: Any, y: Any, step: float = 0.018) -> Jet:
    """Return J(y) and its derivatives in `nu`, by the trapezoidal rule."""
    sums = [mpf(0)] * (_ORDER + 1)
    nodes = _table(step) if nu <= 20 else _around_the_peak(nu, y, step)
    for t, w, weight in nodes:
        value = weight * (t + y) * mp.exp((nu + 1) * w - t * (t / 2 + y))
        for n in range(_ORDER + 1):
            sums[n] += value
            value = value * w / (n + 1)
    return sums


def _around_the_peak(nu: Any, y: Any, step: float) -> list[tuple[Any, Any, Any]]:
    power = nu + 2
    peak = (mp.sqrt(y * y + 4 * power) - y) / 2
    width = 1 / mp.sqrt(power + peak**2)
    h = min(mpf("0.3") * width, mpf("0.03")) * mpf(step) / mpf("0.018")
    center, nodes = mp.log(peak), []

    def depth(w: Any) -> Any:
        t = peak * mp.exp(w)
        return (t - peak) ** 2 / 2 + power * (mp.expm1(w) - w)

    for side in (1, -1):
        j = 0 if side == 1 else 1
        while depth(side * j * h) < _DEPTH:
            w = center + side * j * h
            nodes.append((mp.exp(w), w, h))
            j += 1
    return nodes


def ornstein_uhlenbeck(rate: float, level: float, start: float, step: float = 0.018) -> list[float]:
    side = 1 if start > level else -1
    nu, a, z = mpf(rate), side * mpf(level), side * mpf(start)
    return statistics(divide(integral(nu, z, step), integral(nu, a, step)), nu)


def cylinder(nu: Any, y: Any) -> Any:
    """Return ``e^(y^2 / 4) D_(-nu)(y)``, for complex `nu` too, from Kummer's functions."""
    if y >= 0 and not isinstance(nu, mp.mpc):
        return mp.hyperu(nu / 2, mpf(1) / 2, y * y / 2) / 2 ** (nu / 2)
    even = mp.hyp1f1(nu / 2, mpf(1) / 2, y * y / 2) * mp.rgamma((1 + nu) / 2)
    odd = mp.hyp1f1((nu + 1) / 2, mpf(3) / 2, y * y / 2) * mp.rgamma(nu / 2)
    return mp.sqrt(mp.pi) / mpf(2) ** (nu / 2) * (even - mp.sqrt(2) * y * odd)


def by_cylinder(rate: float, level: float, start: float) -> list[float]:
    """Return the mean and its logarithm at a rate above 0, from Kummer's functions."""
    side, nu = (1 if start > level else -1), mpf(rate)
    mean = (cylinder(nu, side * mpf(level)) / cylinder(nu, side * mpf(start)) - 1) / nu
    return [float(mean) if mean < mpf(10) ** 308 else np.inf, float(mp.log(mean))]


def _rates(rng: np.random.Generator, zeros: float, sets: int) -> Any:
    return np.where(rng.random(sets) < zeros, 0.0, 10 ** rng.uniform(-8, 8, sets))


def _peclet(rng: np.random.Generator, sets: int) -> Any:
    """Return both signs, a third uniform, a third around 1, the rest tiny or 0."""
    kind, sign = rng.random(sets), rng.choice([-1.0, 1.0], sets)
    tiny = np.where(rng.random(sets) < 0.3, 0.0, sign * 10 ** rng.uniform(-12, -2, sets))
    return np.where(
        kind < 0.4, rng.uniform(-300, 300, sets),
        np.where(kind < 0.75, sign * 10 ** rng.uniform(-2, 2.4, sets), tiny),
    )  # fmt: skip


def parameters(form: str, sets: int = SETS, seed: int = 1871) -> Any:
    """Return parameter sets of a form, one in each row; by default those that are stored."""
    rng = np.random.default_rng([seed, *form.encode()])
    rates = _rates(rng, 0.1, sets)
    if form == "brownian":
        return np.column_stack([rates, _peclet(rng, sets)])
    if form == "interval":
        near = 10 ** rng.uniform(-6, np.log10(0.5), sets)
        start = np.where(rng.random(sets) < 0.5, rng.uniform(1e-6, 1 - 1e-6, sets), near)
        start = np.where(rng.random(sets) < 0.5, start, 1 - start)
        return np.column_stack([rates, _peclet(rng, sets), start])
    level, start = rng.uniform(-10, 10, (2, sets))
    level = np.where(rng.random(sets) < 0.1, 0.0, level)
    close = (level + rng.choice([-1.0, 1.0], sets) * 10 ** rng.uniform(-6, 0, sets)).clip(-10, 10)
    start = np.where(rng.random(sets) < 0.2, close, start)
    return np.column_stack([rates, level, start])


FORMS: dict[str, Callable[..., list[float]]] = {
    "brownian": brownian, "interval": interval, "ornstein_uhlenbeck": ornstein_uhlenbeck,
}  # fmt: skip


def row(task: tuple[str, list[float]]) -> list[float]:
    """Return the values of one set."""
    with mp.workdps(_DIGITS[task[0]]):
        return FORMS[task[0]](*task[1])


def make(forms: Iterable[str] = tuple(FORMS)) -> None:
    """Compute and store the references of some forms."""
    FOLDER.mkdir(exist_ok=True)
    with Pool(2, initializer=os.nice, initargs=(10,)) as pool:
        for form in forms:
            rows = parameters(form)
            values = np.array(pool.map(row, [(form, own) for own in rows.tolist()], chunksize=8))
            np.savez_compressed(FOLDER / f"{form}.npz", parameters=rows, values=values)
            print(f"{form}: {len(rows)} sets", flush=True)


def load(form: str) -> tuple[Any, Any]:
    """Return the stored parameters and values of a form."""
    with np.load(FOLDER / f"{form}.npz") as stored:
        return stored["parameters"], stored["values"]
