"""A process fitted to recorded trajectories, with its errors and the tests whether to believe it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, inf, isfinite, log, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from resetdyn._checks import FloatArray
from resetdyn.advice.diffusion_tests import Tested
from resetdyn.advice.drift_fit import DriftFit
from resetdyn.advice.formula import Edges, process_of
from resetdyn.advice.local import Local
from resetdyn.processes import Brownian, OrnsteinUhlenbeck
from resetdyn.saving.saved import Saved

# Root mean square of f' dt beyond which the expansion in dt of a curved drift is not good enough for the
# tests: in a double well they are calibrated at 0.2 and not at 0.4.
_COARSE = 0.3
_NORMAL = float(stats.norm.isf(0.025))


class Predicted(NamedTuple):
    """What a fitted process answers, with the error that its parameters bring.

    Attributes
    ----------
    value, error : float
        The answer of the fitted process, and its standard error.
    interval : (float, float)
        95 % interval; of a positive answer even on a logarithmic scale.
    """

    value: float
    error: float
    interval: tuple[float, float]


@dataclass(frozen=True, eq=False)
class FittedProcess(Saved):
    """What :func:`resetdyn.fit_process` returns.

    Attributes
    ----------
    chosen : str
        Why this degree of the drift.
    dt : float
        Time between records.
    n, paths : int
        Number of steps and of paths.
    reach : (float, float)
        Lowest and highest recorded position; answers about places beyond are extrapolated.
    level : float
        Below this p-value a test has failed.
    robust : bool
        Whether errors come from blocks of steps (a test failed) or from Fisher's information, which for a
        Markov diffusion needs no correction for correlated records.
    local : Local
        Local drift and diffusion with errors and intervals.
    memory, jumps, varying : Tested
        Tests whether steps depend on the past, have jumps, and whether the diffusion varies with the
        position; a small ``.pvalue`` says so. See :mod:`resetdyn.advice.diffusion_tests`.
    edges : (float, float) or None
        Beyond these positions the drift is taken to be constant.
    """

    fit: DriftFit = field(repr=False)
    edges: Edges
    chosen: str
    dt: float
    n: int
    paths: int
    reach: tuple[float, float]
    level: float
    robust: bool
    local: Local = field(repr=False)
    memory: Tested
    jumps: Tested
    varying: Tested

    @cached_property
    def process(self) -> Any:
        """The process: an rd.Brownian, rd.OrnsteinUhlenbeck or rd.Langevin."""
        return process_of(self.fit, self.fit.theta, self.edges)

    @property
    def describes(self) -> bool:
        """Whether a Markov diffusion describes the paths: neither memory nor jumps were found."""
        return min(self.memory.pvalue, self.jumps.pvalue) >= self.level / 2

    @property
    def coarse(self) -> bool:
        """Whether records are too far apart for a drift that is not linear: tests may fail for that alone."""
        steep = float(np.sqrt(np.mean(self.fit.tangent**2)))
        return self.fit.degree > 1 and steep > _COARSE

    @cached_property
    def covariance(self) -> FloatArray:
        """Covariance of the estimates: coefficients of the drift, and the logarithm of the diffusion."""
        return self.fit.covariance(self.robust)

    @cached_property
    def parameters(self) -> dict[str, float]:
        """The parameters of the process by name; ``drift_k`` belongs to the k-th power of the position."""
        return self._named(self.fit.theta)

    @cached_property
    def errors(self) -> dict[str, float]:
        """Standard errors of the parameters."""
        moved = [(self._named(up), self._named(down)) for up, down in self._shifted()]
        return {
            name: sqrt(sum(((up[name] - down[name]) / 2) ** 2 for up, down in moved))
            for name in self.parameters
        }

    @cached_property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of the parameters; of the diffusion even on a logarithmic scale."""
        return {
            name: _interval(value, self.errors[name], name == "diffusion")
            for name, value in self.parameters.items()
        }

    def predict(self, question: Callable[[Any], float]) -> Predicted:
        """Return what a question has for an answer, and its error.

        Parameters
        ----------
        question : callable
            Takes a process and returns a number. It is asked for the fitted process and twice for each
            parameter, one standard error up and down along the principal axes of the covariance.

        Returns
        -------
        Predicted
            ``.value``, ``.error`` and ``.interval``.

        Examples
        --------
        >>> import numpy as np, resetdyn as rd
        >>> path = np.cumsum(np.random.default_rng(1).normal(0.1, 1.0, size=10_000))
        >>> fitted = rd.fit_process(path, dt=1.0)
        >>> def mean(process):
        ...     return rd.solve(rd.FirstPassage(process, 1.0, rd.Level(0.0), rd.Poisson(0.5))).mean
        >>> low, high = fitted.predict(mean).interval
        >>> low < mean(rd.Brownian(0.5, drift=0.1)) < high
        True
        """
        value = float(question(self.process))
        answers = [
            tuple(float(question(process_of(self.fit, theta, self.edges))) for theta in pair)
            for pair in self._shifted()
        ]
        if not all(map(isfinite, (value, *(a for pair in answers for a in pair)))):
            return Predicted(value, inf, (-inf, inf))
        error = sqrt(sum(((up - down) / 2) ** 2 for up, down in answers))
        if not (value > 0 and all(a > 0 for pair in answers for a in pair)):
            return Predicted(value, error, _interval(value, error, False))
        ratio = sqrt(sum((log(up / down) / 2) ** 2 for up, down in answers))
        return Predicted(value, error, _interval(value, value * ratio, True))

    def text(self) -> str:
        """Return what was found, in a few lines."""
        named = ", ".join(f"{k} = {v:.4g} +- {self.errors[k]:.2g}" for k, v in self.parameters.items())
        low, high = self.reach
        lines = [
            f"{type(self.process).__name__}: {named} ({self.n} steps of {self.paths} paths)",
            f"drift of degree {self.fit.degree}: {self.chosen}",
            "a Markov diffusion describes the paths" if self.describes
            else "a Markov diffusion does NOT describe the paths: " + self._found(),
            self._diffusion(),
            f"positions from {low:.4g} to {high:.4g} were seen; beyond, it is extrapolated",
        ]  # fmt: skip
        if self.coarse:
            lines.append(
                f"records {self.dt:g} apart are coarse for this drift, and tests may fail for that alone; "
                "record more often"
            )
        return "\n".join(lines)

    __str__ = text

    def plot(self, ax: Any = None) -> Any:
        """Draw the local drift with 95 % intervals and the drift of the process, and return the axes."""
        from resetdyn.plotting.fitted import fitted_drift

        return fitted_drift(self, ax=ax)

    def drift(self, x: Any) -> FloatArray:
        """Return the drift of the fitted process at positions `x`."""
        x = np.asarray(x, dtype=float)
        return self.fit.drift(x if self.edges is None else np.clip(x, *self.edges))

    def _diffusion(self) -> str:
        """Return whether the diffusion varies, by how much, and what to do about it."""
        p = self.varying.pvalue
        if p >= self.level:
            return f"diffusion does not seem to depend on the position (p = {p:.2g})"
        low, high = self.local.diffusion.min(), self.local.diffusion.max()
        return (
            f"diffusion varies with the position (p = {p:.2g}), from {low:.3g} to {high:.3g} (see .local): "
            "its mean is taken, which changes the answers; to have it constant, "
            "record y = int dx / sqrt(D(x))"
        )

    def _found(self) -> str:
        names = (("memory", "steps remember the past"), ("jumps", "steps are not Gaussian, as with jumps"))
        return ", ".join(
            f"{words} (p = {getattr(self, name).pvalue:.2g})"
            for name, words in names
            if getattr(self, name).pvalue < self.level / 2
        )

    def _shifted(self) -> list[tuple[FloatArray, FloatArray]]:
        values, axes = np.linalg.eigh(self.covariance)
        moves = (axes * np.sqrt(np.maximum(values, 0))).T
        return [(self.fit.theta + move, self.fit.theta - move) for move in moves]

    def _named(self, theta: FloatArray) -> dict[str, float]:
        centre, half = self.fit.scale
        diffusion = exp(theta[-1]) * half**2
        if isinstance(self.process, Brownian):
            return {"drift": float(half * theta[0]), "diffusion": diffusion}
        if isinstance(self.process, OrnsteinUhlenbeck):
            place = float(centre - half * theta[0] / theta[1])
            return {"stiffness": -float(theta[1]), "center": place, "diffusion": diffusion}
        powers = self.fit.polynomial(theta, 0.0)
        return {**{f"drift_{k}": float(c) for k, c in enumerate(powers)}, "diffusion": diffusion}


def _interval(value: float, error: float, positive: bool) -> tuple[float, float]:
    if positive:
        factor = exp(_NORMAL * error / value)
        return value / factor, value * factor
    return value - _NORMAL * error, value + _NORMAL * error
