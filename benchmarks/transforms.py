r"""Transforms ``T~(s)`` of reset-free first-passage times at complex `s`, for `references_in_time`.

In the units of `benchmarks.references` (``D = 1``, with ``k = 1`` in a trap), by mpmath; where the package
takes integrals of positive functions or steps through a differential equation, from other representations:

- Ornstein-Uhlenbeck: ``e^(y^2 / 4) D_(-nu)(y)`` is ``e^(y^2 / 2) / (i sqrt(2 pi))`` times
  ``int e^(t^2 / 2 - y t) t^(-nu) dt`` up the line ``Re t = c > 0`` (DLMF 12.5.6), for every
  `nu`; at large ones through the saddle point.
- Bessel: `mpmath.besselk`; an integer index is moved by 1e-25, which moves the answer as little.
- Kummer: from two functions of the first kind (DLMF 13.2.42, `b` moved in the same way), or, at large
  `alpha`, by the integral of DLMF 13.4.4 along the line through its saddle in ``log t``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath import mp, mpc, mpf

Transform = Callable[[Any], Any]
_MOVED = mpf(10) ** -25
_BENEATH = mpf(10) ** -24
# From these orders, or this curvature, on integrals run through the saddle.
_LARGE_ORDER, _TO_THE_RIGHT, _PEAKED = 30, 3, 150
# Real part of a saddle beneath which it is too close to 0 for a line through it.
_CLOSE = mpf(3)


def brownian(velocity: float) -> Transform:
    v = mpf(velocity)
    return lambda s: mp.exp((v - mp.sqrt(v * v + 4 * s)) / 2)


def interval(drift: float, start: float) -> Transform:
    v, x = mpf(drift) / 2, mpf(start)

    def transform(s: Any) -> Any:
        theta = mp.sqrt(v * v + s)
        low, high = mp.exp(-v * x), mp.exp(v * (1 - x))
        up, down = mp.exp(theta * x), mp.exp(theta * (1 - x))
        return (low * (down - 1 / down) + high * (up - 1 / up)) / (up * down - 1 / (up * down))

    return transform


def ornstein_uhlenbeck(level: float, start: float) -> Transform:
    side = 1 if start > level else -1
    a, z = side * mpf(level), side * mpf(start)
    before = mp.exp((z * z - a * a) / 2)
    table = _Line(a, z)

    def transform(s: Any) -> Any:
        if abs(s) < _LARGE_ORDER and s.real < _TO_THE_RIGHT:
            return before * table.ratio(s)
        (above, log_above), (below, log_below) = (_up_the_saddle(s, y) for y in (z, a))
        return before * above / below * mp.exp(log_above - log_below)

    return transform


class _Line:
    """The contour at moderate orders: everything but ``t^(-nu)`` is tabulated."""

    def __init__(self, a: Any, z: Any) -> None:
        c, h = mpf(3), mpf("0.13")
        self._logs, self._weights = [], []
        for j in range(-130, 131):
            t = mpc(c, j * h)
            self._logs.append(mp.log(t))
            core = mp.exp(t * t / 2 - z * t)
            self._weights.append((core, core * mp.exp((z - a) * t)))

    def ratio(self, nu: Any) -> Any:
        above, below = mpc(0), mpc(0)
        for log_t, (w_z, w_a) in zip(self._logs, self._weights, strict=True):
            power = mp.exp(-nu * log_t)
            above += w_z * power
            below += w_a * power
        return above / below


def _up_the_saddle(nu: Any, y: Any) -> tuple[Any, Any]:
    """Return the integral over its integrand where the line starts, and the logarithm of that."""
    middle = (y + mp.sqrt(y * y + 4 * nu)) / 2
    beneath, h = _BENEATH, min(mpf("0.24"), 2 * mp.pi * middle.real / 70)
    if middle.real < _CLOSE:  # to 0: the line passes right of the saddle
        middle, beneath, h = mpc(_CLOSE, middle.imag), _BENEATH**2, mpf("0.13")
    top = middle * middle / 2 - y * middle - nu * mp.log(middle)
    slope = middle - y
    total = mpc(1)
    for side in (1, -1):
        for j in range(1, 4000):
            step = mpc(0, side * j * h)
            term = mp.exp(step * (step / 2 + slope) - nu * mp.log(1 + step / middle))
            total += term
            if abs(term) < beneath:
                break
        else:
            raise ValueError(f"nu={nu}, y={y}: the integrand does not fall off")
    return total * h, top


def bessel(nu: float, target: float) -> Transform:
    index, a = mpf(nu), mpf(target)
    if index == int(index):
        index += _MOVED
    factor = a**-index if target else 1 / (mp.gamma(index) * mpf(2) ** (index - 1))

    def transform(s: Any) -> Any:
        q = mp.sqrt(s)
        far = mp.besselk(index, q)
        return factor * far / mp.besselk(index, q * a) if target else factor * q**index * far

    return transform


def kummer(dim: float, start: float, target: float) -> Transform:
    b = mpf(int(dim)) / 2
    places = [mpf(place) ** 2 / 2 for place in (start, target)]

    def transform(s: Any) -> Any:
        (above, log_above), (below, log_below) = (_kummer_integral(s / 2, b, z) for z in places)
        return above / below * mp.exp(log_above - log_below)

    return transform


def _kummer_integral(alpha: Any, b: Any, z: Any) -> tuple[Any, Any]:
    """Return ``Gamma(alpha) U(alpha, b, z)``, as a factor and the logarithm of another."""
    saddle = 2 * (alpha / z) / (1 + mp.sqrt(1 + 4 * alpha / z))
    # (d / d log t)^2 of alpha log(t / (1 + t)) - z t
    curvature = alpha * (1 + 2 * saddle) / (1 + saddle) ** 2
    if abs(curvature) > _PEAKED:
        return _through_the_saddle(alpha, b, z, saddle, curvature)
    with mp.workdps(mp.dps + int(2 * float(abs(alpha) * z) ** 0.5)):
        moved = b + _MOVED if b == int(b) else b
        value = mp.gammaprod([1 - moved, alpha], [alpha - moved + 1]) * _first_kind(alpha, moved, z)
        other = _first_kind(alpha - moved + 1, 2 - moved, z)
        return value + mp.gamma(moved - 1) * z ** (1 - moved) * other, 0


def _first_kind(a: Any, b: Any, z: Any) -> Any:
    """Return Kummer's M, by its series; `mpmath.hyp1f1` gives up at large orders."""
    term = total = mpc(1)
    k = 0
    while abs(term) > mpf(10) ** -mp.dps * abs(total) or k * k < 4 * abs(a) * z:
        term *= (a + k) * z / ((b + k) * (k + 1))
        total += term
        k += 1
    return total


def _through_the_saddle(alpha: Any, b: Any, z: Any, t0: Any, curvature: Any) -> tuple[Any, Any]:
    """Return the integral over its integrand at the saddle of the large terms, and the logarithm of that."""
    across = 1 / mp.sqrt(curvature)  # steepest descent
    h, total = mpf("0.5") * across, mpc(1)
    for side in (1, -1):
        for j in range(1, 4000):
            x = side * j * h
            rise = mp.expm1(x)
            outer = mp.log(1 + t0 * rise / (1 + t0))
            term = mp.exp(alpha * (x - outer) - z * t0 * rise + (b - 1) * outer)
            total += term
            if abs(term) < _BENEATH:
                break
        else:
            raise ValueError(f"alpha={alpha}, z={z}: the integrand does not fall off")
    return total * h, alpha * mp.log(t0 / (1 + t0)) - z * t0 + (b - 1) * mp.log(1 + t0)


FORMS: dict[str, Callable[..., Transform]] = {
    "brownian": brownian, "interval": interval, "ornstein_uhlenbeck": ornstein_uhlenbeck, "bessel": bessel,
    "kummer": kummer,
}  # fmt: skip
