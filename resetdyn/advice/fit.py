"""`rd.fit_process`: a process from recorded trajectories of one coordinate."""

from __future__ import annotations

from typing import Any

from scipy import stats

from resetdyn import _checks
from resetdyn.advice.diffusion_tests import DiffusionTests, examined
from resetdyn.advice.drift_fit import DriftFit, fit_drift
from resetdyn.advice.fitted import FittedProcess
from resetdyn.advice.formula import edges_of
from resetdyn.advice.local import local_estimates
from resetdyn.advice.recorded import Steps, steps_of
from resetdyn.advice.straighten import straightened

_HIGHEST = 7  # degree of the drift
_PATIENCE = 3  # degrees without a better criterion before the search ends
_SUFFICES = 1e-3  # a constant or a linear drift is given up only below this p-value


def fit_process(
    trajectories: Any, dt: float, degree: int | None = None, bins: int = 20, level: float = 0.01
) -> FittedProcess:
    """Estimate the drift and diffusion of a recorded coordinate, and return a process to ask questions of.

    The drift is a polynomial, the diffusion a constant, fitted by maximum likelihood with steps of finite
    length: exact for a constant and for a linear drift, biased by O(dt^3) otherwise. A constant drift gives
    an ``rd.Brownian``, a linear one that leads back an ``rd.OrnsteinUhlenbeck``, another an ``rd.Langevin``.
    The degree is the one with the lowest Akaike criterion; a constant or a linear drift is kept unless the
    likelihood ratio rejects it (p < 0.001). A polynomial that does not lead back from beyond the data is
    continued there by the drift at its edge.

    Parameters
    ----------
    trajectories : (m,) array, (n, m) array, or sequence of arrays
        Recorded positions: one path, one path a row, or paths of any lengths (length). Resets and missing
        records end a path: cut it in two. A path that ended at a target should end with a record beyond it,
        for paths that are cut before they arrive look as if they were repelled.
    dt : float
        Time between records (time).
    degree : int, optional
        Degree of the drift, 0 to 7, instead of the one that the criterion chooses.
    bins : int, optional
        Number of bins of equal width for the local estimates.
    level : float, optional
        Below this p-value a test has failed.

    Returns
    -------
    FittedProcess
        ``.process``, its ``.parameters`` with ``.errors`` and ``.intervals``, the ``.local`` estimates, the
        tests ``.memory``, ``.jumps`` and ``.varying``, the verdict ``.describes``, and ``.predict(question)``
        for answers with errors.

    Raises
    ------
    TypeError, ValueError
        If the paths hold nan, are constant or too short, or an argument is out of range.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> true = rd.OrnsteinUhlenbeck(stiffness=1.0, center=1.5, diffusion=0.5)
    >>> steady = rd.SteadyState(true, rd.NoReset())
    >>> paths = rd.trajectories(steady, np.arange(2001) * 0.05, n=10, rng=7)
    >>> fitted = rd.fit_process(paths.states, dt=0.05)
    >>> abs(fitted.process.stiffness - 1.0) < 4 * fitted.errors["stiffness"]
    True
    >>> fitted.describes
    True
    >>> def mean(process):
    ...     return rd.solve(rd.FirstPassage(process, 0.5, rd.Level(0.0), rd.Poisson(1.0))).mean
    >>> answer = fitted.predict(mean)
    >>> abs(answer.value - mean(true)) < 4 * answer.error
    True
    """
    steps = steps_of(trajectories, dt)
    bins = _checks.integer("bins", bins)
    level = _checks.probability("level", level)
    blocks = steps.blocks()
    fits = _fits(steps, blocks) if degree is None else [fit_drift(steps, _degree(degree), blocks)]
    fit = _chosen(fits)
    tests = _tests(steps, fit, blocks, level)
    robust = _fails(tests, level) or tests.varying.pvalue < level
    return FittedProcess(
        fit=fit,
        edges=edges_of(fit, steps.before),
        chosen="given" if degree is not None else _reason(fits, fit),
        dt=steps.dt, n=steps.n, paths=steps.paths, reach=steps.reach, level=level, robust=robust,
        local=local_estimates(steps, fit, bins, blocks if robust else None),
        memory=tests.memory, jumps=tests.jumps, varying=tests.varying,
    )  # fmt: skip


def _tests(steps: Steps, fit: DriftFit, blocks: Any, level: float) -> DiffusionTests:
    """Return the tests; of memory and jumps in a coordinate in which the diffusion does not vary."""
    tests = examined(steps, fit)
    if tests.varying.pvalue >= level:
        return tests
    straight = straightened(steps, fit)
    again = examined(straight, _chosen(_fits(straight, blocks)))
    return again._replace(varying=tests.varying)


def _fails(tests: DiffusionTests, level: float) -> bool:
    return min(tests.memory.pvalue, tests.jumps.pvalue) < level / 2


def _degree(degree: Any) -> int:
    number = _checks.integer("degree", degree, at_least=0)
    if number > _HIGHEST:
        raise ValueError(f"degree={number}: give at most {_HIGHEST}; higher powers are not told by data")
    return number


def _fits(steps: Steps, blocks: Any) -> list[DriftFit]:
    fits: list[DriftFit] = []
    best = 0
    for degree in range(_HIGHEST + 1):
        fits.append(fit_drift(steps, degree, blocks, fits[-1].theta if fits else None))
        if fits[degree].information_criterion < fits[best].information_criterion:
            best = degree
        if degree - best >= _PATIENCE:
            break
    return fits


def _chosen(fits: list[DriftFit]) -> DriftFit:
    best = min(fits, key=lambda f: f.information_criterion)
    simple = [fit for fit in fits if fit.degree < min(best.degree, 2)]
    return next((fit for fit in simple if _gain(fit, best) > _SUFFICES), best)


def _gain(fit: DriftFit, best: DriftFit) -> float:
    """Return the p-value of the likelihood ratio of two nested drifts."""
    ratio = 2 * (best.log_likelihood - fit.log_likelihood)
    return float(stats.chi2.sf(ratio, best.degree - fit.degree))


def _reason(fits: list[DriftFit], fit: DriftFit) -> str:
    best = min(fits, key=lambda f: f.information_criterion)
    if fit is best:
        return "lowest Akaike criterion"
    return f"suffices: degree {best.degree} is better with p = {_gain(fit, best):.2g} only"
