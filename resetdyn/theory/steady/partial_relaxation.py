r"""The density of an Ornstein-Uhlenbeck process under partial resets, ``x -> a x`` at the rate `r`.

With stiffness `k` about `c`, the steady characteristic function ``phi(z) = <e^(i z x)>`` obeys (derived here
from the Fokker-Planck equation)

    k z phi'(z) + (r + D z^2 - i k c z) phi(z) = r phi(a z),    phi(0) = 1,

an equation with the delay on the right at smaller `z`.  It is solved panel by panel outwards from 0, by
collocation: the delayed value is on an earlier panel or on the same one, so that every panel is one linear
system.  At large `z` what is not driven by ``phi(a z)`` has died, so that panels may be as wide as there,
over `a`.  The density

    p(x) = (1 / pi) Re int_0^inf e^(-i z x) phi(z) dz

takes the integrals of Legendre polynomials times the oscillation by Gauss's rule, or where panels are wide
in closed form, by spherical Bessel functions.  For factors near 1 the mean `m` is taken out,
``phi e^(-i m z)`` being solved for.  The error is about 1e-14 of the largest density; less than that is
given as 0.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.polynomial import legendre
from scipy.special import spherical_jn

from resetdyn._checks import FloatArray
from resetdyn.processes import OrnsteinUhlenbeck

_DEGREE = 31
_NODES: FloatArray = legendre.leggauss(_DEGREE)[0]
_VALUES: Any = legendre.legvander(_NODES, _DEGREE)
_SLOPES: Any = np.stack(
    [legendre.legval(_NODES, legendre.legder(row)) for row in np.eye(_DEGREE + 1)], axis=1
)
_GAUSS, _WEIGHTS = legendre.leggauss(_DEGREE + 3)
_AT_GAUSS: Any = legendre.legvander(_GAUSS, _DEGREE)
_SLOW = 8.0  # phase over half a panel, up to which Gauss's rule takes the oscillation too
_WIDTH = 2.0  # of the first panels, over the width of the law
_NEAR_1 = 0.7  # factors above that leave a law around its mean
_DIED = 9.0  # in units of sqrt(k / D), from where the undriven part no longer counts
_END = 1e-17  # of the integral of the modulus, what is left out
_PANELS, _CHUNK = 20_000, 256
_NOISE = 1e-14  # of the largest density


class Relaxing:
    """The steady density on the line, by Fourier inversion.

    Parameters
    ----------
    process : OrnsteinUhlenbeck
        One-dimensional motion.
    rate, factor : float
        Rate of the resets and what they multiply the place with, above 0.
    mean, std : float
        Of the steady state.

    Attributes
    ----------
    least : float
        The least density that is told from 0.
    """

    def __init__(
        self, process: OrnsteinUhlenbeck, rate: float, factor: float, mean: float, std: float
    ) -> None:
        self._process, self._rate, self._factor = process, rate, factor
        # Far out the law of a^n x is seen, which is near 0.
        self._about = mean if factor > _NEAR_1 else 0.0
        self._edges: list[float] = [0.0]
        self._found: list[Any] = []
        self._solve(_WIDTH / (std + (1 - factor if self._about else 1.0) * abs(mean)))
        self._coefficients = np.array(self._found)
        self._low, self._high = np.array(self._edges[:-1]), np.array(self._edges[1:])
        largest = float(self._inverted(np.linspace(mean - std, mean + std, 65)).max())
        self.least = _NOISE * max(largest, 1 / std)

    def density(self, x: FloatArray) -> FloatArray:
        """Return the density."""
        flat = np.ravel(x)
        values = np.empty(flat.size)
        for some in np.array_split(np.argsort(flat), flat.size // _CHUNK + 1):
            values[some] = self._inverted(flat[some])
        return np.asarray(np.where(values > self.least, values, 0.0).reshape(np.shape(x)))

    def _inverted(self, x: FloatArray) -> FloatArray:
        half, middle = (self._high - self._low) / 2, (self._high + self._low) / 2
        away = x - self._about
        slow = half * np.abs(away).max(initial=0.0) <= _SLOW
        z = middle[slow, None] + half[slow, None] * _GAUSS
        values = half[slow, None] * _WEIGHTS * (self._coefficients[slow] @ _AT_GAUSS.T)
        total = values.ravel() @ np.exp(-1j * np.multiply.outer(z.ravel(), away))
        turns = np.abs(np.multiply.outer(half[~slow], away))
        parts = np.zeros(turns.shape, complex)
        for n in range(_DEGREE + 1):
            # The polynomial's parity is that of the Bessel function.
            signs = (-1j) ** n * np.where(away < 0, (-1.0) ** n, 1.0)
            parts += self._coefficients[~slow, n, None] * spherical_jn(n, turns) * signs
        waves = np.exp(-1j * np.multiply.outer(middle[~slow], away)) * parts
        return np.asarray((total + 2 * half[~slow] @ waves).real / pi)

    def _solve(self, width: float) -> None:
        k, d = self._process.stiffness, self._process.diffusion
        died, value, area = _DIED * sqrt(k / d), 1.0 + 0.0j, 0.0
        for _ in range(_PANELS):
            low = self._edges[-1]
            high = low + self._width(low, width, died)
            self._edges.append(high)
            self._found.append(self._panel(low, high, value))
            value = complex(self._found[-1].sum())
            size = float(np.abs(_VALUES @ self._found[-1]).max())
            area += size * (high - low)
            if size * high < _END * area:
                return
        raise ValueError(
            f"factor={self._factor:g}: the density has too much structure on too many scales; "
            "use rd.simulate(problem)"
        )

    def _width(self, low: float, width: float, died: float) -> float:
        if low < died:
            return width
        i = int(np.searchsorted(self._edges, self._factor * low, side="right")) - 1
        there = self._edges[i + 1] - self._edges[i] if i + 1 < len(self._edges) else width
        most = _WIDTH / abs(self._about) if self._about else low / 2
        return min(max(width, min(there / self._factor, low / 2, most)), 2 * (low - self._edges[-2]))

    def _panel(self, low: float, high: float, value: complex) -> Any:
        """Return the Legendre coefficients on a panel at whose lower edge the value is given."""
        k, d = self._process.stiffness, self._process.diffusion
        shift, jump = self._about - self._process.center, (1 - self._factor) * self._about
        z = low + (high - low) * (1 + _NODES) / 2
        system = k * z[:, None] * _SLOPES * (2 / (high - low)) + (
            (self._rate + d * z**2 + 1j * k * shift * z)[:, None] * _VALUES
        )
        right = np.zeros(_DEGREE, complex)
        back = self._factor * z
        own, again = back >= low, self._rate * np.exp(-1j * jump * z)
        here = legendre.legvander(2 * (back[own] - low) / (high - low) - 1, _DEGREE)
        system[own] -= again[own, None] * here
        for j in np.flatnonzero(~own):
            i = int(np.searchsorted(self._edges, back[j], side="right")) - 1
            first, last = self._edges[i], self._edges[i + 1]
            place = 2 * (back[j] - first) / (last - first) - 1
            right[j] = again[j] * legendre.legval(place, self._found[i])
        scale = 1 / np.abs(system).max(axis=1)
        start = (-1.0) ** np.arange(_DEGREE + 1)
        return np.linalg.solve(
            np.vstack([start, system * scale[:, None]]), np.concatenate([[value], right * scale])
        )
