r"""How the steady clean risk of a label-noise model changes with the reset rate.

In the eigenbasis of the training Hessian (eigenvalues `h`), with ``Delta`` from the clean to the effective
optimum, ``delta`` from there to the checkpoint, `A` the clean Hessian and `D` the diffusion matrix,

    dR / dr = sum_ij A_ij [delta_i delta_j (h_i + h_j) / 2 - D_ij] / (h_i + h_j + r)^2
              + sum_i (A Delta)_i delta_i h_i / (h_i + r)^2,

the derivative of the moments in :mod:`.steady.relaxation`.  Times ``(h + r)^2``, with `h` a typical
eigenvalue, it is finite at both ends, and its sign at infinity says whether staying at the checkpoint is a
minimum.
"""

from __future__ import annotations

from math import exp, inf, isinf, log

import numpy as np
from scipy.optimize import brentq

from resetdyn._checks import FloatArray
from resetdyn.label_noise import LabelNoiseQuadratic
from resetdyn.theory.steady.relaxation import LinearRelaxation
from resetdyn.verdicts import OptimalRisk

_EPS = float(np.finfo(float).eps)


def optimal_risk(model: LabelNoiseQuadratic) -> OptimalRisk:
    """Return the reset rate, 0 and `inf` included, at which the steady clean risk is lowest."""
    slope = _Slope(model)
    risks = {rate: model.steady_risk(rate) for rate in slope.minima()}
    rate = min(risks, key=lambda rate: risks[rate])
    risk, free = risks[rate], model.steady_risk(0.0)
    ratio = free / risk if risk > 0 else (inf if free > 0 else 1.0)
    method = "root of the slope of the exact steady risk"
    return OptimalRisk(rate, risk, ratio, slope.error(rate), method, model)


class _Slope:
    """The slope of the risk times ``(h + r)^2``."""

    def __init__(self, model: LabelNoiseQuadratic) -> None:
        flow = LinearRelaxation(model.training_hessian, model.effective_optimum, model.diffusion)
        self.h, basis = flow.eigenvalues, flow.basis
        clean_hessian = basis.T @ np.atleast_2d(model.hessian) @ basis
        shift = basis.T @ np.atleast_1d(np.subtract(model.effective_optimum, model.clean_optimum))
        away = basis.T @ np.atleast_1d(np.subtract(model.checkpoint, model.effective_optimum))
        self.pairs = self.h[:, None] + self.h
        self.spread = clean_hessian * (np.outer(away, away) * self.pairs / 2 - flow.diffusion)
        self.pull = (clean_hessian @ shift) * away * self.h
        self.typical = float(self.h.mean())
        terms = (
            clean_hessian * np.outer(away, away) * self.pairs / 2,
            clean_hessian * flow.diffusion,
            self.pull,
        )
        self.rounding = 8 * _EPS * sum(float(np.abs(term).sum()) for term in terms)

    def __call__(self, rate: float) -> float:
        if isinf(rate):
            return float(self.spread.sum() + self.pull.sum())
        pairs, single = (self.typical + rate) / (self.pairs + rate), (self.typical + rate) / (self.h + rate)
        return float(np.sum(self.spread * pairs**2) + self.pull @ single**2)

    def _scanned(self, rates: FloatArray) -> FloatArray:
        if self.h.size > 1:
            return np.array([self(float(rate)) for rate in rates])
        pairs, single = (
            (self.typical + rates) / (self.pairs[0] + rates),
            (self.typical + rates) / (self.h + rates),
        )
        return self.spread[0] * pairs**2 + self.pull * single**2  # the same bits, of all at once

    def minima(self) -> list[float]:
        """Return the rates of all local minima of the risk."""
        rates = np.concatenate(
            [[1e-30 * self.h[0]], np.geomspace(1e-8 * self.h[0], 1e8 * self.h[-1], 400), [1e30 * self.h[-1]]]
        )
        values = self._scanned(rates)
        found = [0.0] if self(0.0) >= -self.rounding else []
        for i in np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0)):
            low, high = log(rates[i]), log(rates[i + 1])
            found.append(exp(brentq(lambda u: self(exp(u)), low, high, xtol=1e-15, rtol=1e-15)))
        return found + [inf] * (self(inf) <= self.rounding)

    def error(self, rate: float) -> float:
        """Return by how much a slope that is off by its rounding would move the minimum."""
        if rate == 0 or isinf(rate):
            return 0.0
        step = 1e-5 * rate
        bend = abs(self(rate + step) - self(rate - step)) / (2 * step)
        return max(self.rounding / bend if bend else inf, 4 * _EPS * rate)
