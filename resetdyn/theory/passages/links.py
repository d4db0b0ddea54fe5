"""Running the chain: on as long a mesh and with as much room as it needs."""

from __future__ import annotations

from math import log
from typing import Any, NamedTuple

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.theory.numerics import series
from resetdyn.theory.numerics.series import Series
from resetdyn.theory.passages.mesh import Mesh

_LOG2 = log(2.0)
_ROOM = 256  # elements at first
_MOST = 2**18  # elements at last


class Links(NamedTuple):
    """What the chain gives at each Laplace variable (see :func:`.passages.chain.chain`).

    Attributes
    ----------
    ratio, ratio_exponent : (n, jet), (n,) arrays
        ``Q / h`` from the start, over 2 to the exponent.
    hit, hit_exponents : (n, m, jet), (n, m) arrays
        ``1 / h`` over each stretch.
    y, q, q_exponent : (n,) arrays
        At the target.
    tilts : (m,) array
        By how much the potential rises over each stretch, in units of `D`.
    """

    ratio: Any
    ratio_exponent: Any
    hit: Any
    hit_exponents: Any
    y: Any
    q: Any
    q_exponent: Any
    tilts: FloatArray


def run(
    mesh: Mesh, rates: Any, diffusion: float, stops: FloatArray, absorbing: bool, order: int = 0,
    unit: float = 1.0,
) -> Links:  # fmt: skip
    """Run the chain at all the rates, with jets in ``(s - rate) / unit``."""
    from resetdyn.theory.passages import chain

    far = chain.ABSORBING if absorbing else chain.REFLECTING if mesh.closed else chain.OPEN
    varying = mesh.kill is not None
    n, m, jet = len(rates), len(stops), order + 1
    ratio, hit = np.empty((n, jet), rates.dtype), np.empty((n, m, jet), rates.dtype)
    slopes, exponents, tilts = np.empty((n, 2), rates.dtype), np.empty((n, m + 2)), np.empty(m)
    # About what the elements' tilt and growth ask for, so as to begin with room enough.
    growth = stops[-1] * np.sqrt(np.abs(rates).max(initial=0.0) / diffusion)
    done, room = 0, int(min(_ROOM + growth / 3 + mesh.variation / diffusion / 2, 2 * _MOST))
    while done < n:
        if room > _MOST:
            raise ValueError(
                f"diffusion={diffusion:g}, rate={np.abs(rates).max():g}: noise this small (or a rate this "
                "large) for the distances would need too many elements; use rd.simulate(problem)"
            )
        end = chain.SETTLED if far == chain.OPEN and mesh.complete else far
        status, more = chain.chain(
            rates[done:], unit, diffusion, *mesh.arrays(), stops, end, varying or absorbing, varying, room,
            ratio[done:], hit[done:], slopes[done:], exponents[done:], tilts,
        )  # fmt: skip
        done += more
        if status == chain.FULL:
            room *= 4
        elif status == chain.TOO_SHORT:
            mesh.extend()
    return Links(
        ratio, exponents[:, 0], hit, exponents[:, 2:], slopes[:, 0], slopes[:, 1], exponents[:, 1], tilts
    )


def run_in_scale(
    mesh: Mesh, rates: FloatArray, diffusion: float, stops: FloatArray, absorbing: bool, order: int
) -> tuple[Links, FloatArray]:
    """Run the chain with a unit for each rate that keeps its jets within the floats; return those too.

    Where they leave them, the unit is the inverse of ``Q / h``: the jets are its powers.
    """
    links = run(mesh, rates, diffusion, stops, absorbing, order)
    units = np.ones(len(rates))
    if order:
        for i in np.flatnonzero(~np.isfinite(links.ratio).all(axis=1)):
            size = np.log2(links.ratio[i, 0]) + links.ratio_exponent[i]
            units[i] = 2.0 ** -np.clip(np.round(size), 0, 1000)
            again = run(mesh, rates[i : i + 1], diffusion, stops, absorbing, order, float(units[i]))
            links.ratio[i], links.hit[i] = again.ratio[0], again.hit[0]
            links.ratio_exponent[i], links.hit_exponents[i] = again.ratio_exponent[0], again.hit_exponents[0]
    return links, units


def logarithm(jets: Any, exponents: Any, units: FloatArray) -> Any:
    """Return the jets ``(order + 1, n)`` in `s` of the logarithms of ``jets 2^exponents``, ``(n, jet)``."""
    parts = jets.T
    out = np.empty_like(parts)
    with np.errstate(all="ignore"):
        out[0] = np.log(parts[0]) + exponents * _LOG2
        for n in range(1, len(out)):
            rest = sum((i * out[i] * parts[n - i] for i in range(1, n)), np.zeros_like(parts[0]))
            out[n] = (parts[n] - rest / n) / parts[0]
        return out * units ** -np.arange(len(out))[:, None]


def log_sum(a: Series, b: Series) -> Series:
    """Return the series of ``log(exp(a) + exp(b))``."""
    if a[0] < b[0]:
        a, b = b, a
    share = series.exponential(series.subtract(b, a))
    share[0] += 1.0
    return series.add(a, series.logarithm(share))
