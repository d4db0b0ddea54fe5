"""`solve`: the one entry to exact answers."""

from __future__ import annotations

from typing import Any, overload

from resetdyn import _checks
from resetdyn.problems import FirstPassage, SteadyState
from resetdyn.resets import BestSoFar
from resetdyn.results import FirstPassageResult, SteadyStateResult

# Each registers its passages.
from resetdyn.theory.passages import (  # noqa: F401
    bessel,
    brownian,
    interval,
    kummer,
    log_potential,
    ornstein_uhlenbeck,
    potential,
    run_and_tumble,
    run_and_tumble_interval,
)
from resetdyn.theory.resetting import first_passage
from resetdyn.theory.steady import steady_state


@overload
def solve(problem: FirstPassage, method: str | None = None) -> FirstPassageResult: ...
@overload
def solve(problem: SteadyState, method: str | None = None) -> SteadyStateResult: ...
def solve(problem: Any, method: str | None = None) -> Any:
    """Solve a problem exactly.

    Parameters
    ----------
    problem : FirstPassage or SteadyState
        What is asked.
    method : str, optional
        Route to force; by default the best one that is valid. For a first passage ``"transform"`` (renewal
        from the Laplace transform of the reset-free first passage), ``"survival"`` (from its survival
        probability), ``"field"`` (from the motion killed at a rate of the position) or ``"generating"`` (from
        the generating function of a discrete process); for a steady state ``"age"`` (the law at a given age,
        averaged), ``"hierarchy"`` (of moments, under partial resets), ``"tumbles"`` (run-and-tumble motion),
        ``"chain"`` (potentials and rate fields), ``"recursion"`` (SGD step by step) or ``"walk"`` (random
        walks).

    Returns
    -------
    FirstPassageResult or SteadyStateResult
        Its `method` says which route was taken; a mean that diverges is `inf`.

    Raises
    ------
    ValueError
        If `method` is unknown, or no exact route (or not this one) is known for the problem.

    Examples
    --------
    >>> import resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    >>> result = rd.solve(problem)
    >>> round(result.mean, 6), round(result.cv, 6), result.method
    (1.718282, 1.115025, 'transform: closed form (Brownian motion)')
    """
    match problem:
        case FirstPassage():
            routes: Any = first_passage.ROUTES
        case SteadyState():
            routes = steady_state.ROUTES
        case _:
            raise TypeError(f"problem={problem!r}: give rd.FirstPassage or rd.SteadyState")
    names = tuple(routes) if method is None else (_checks.choice("method", method, tuple(routes)),)
    if not isinstance(problem.reset.to, BestSoFar):  # a path that remembers its best state is not renewed
        for name in names:
            result = routes[name](problem)
            if result is not None:
                return result
    raise ValueError(
        f"no exact route ({' or '.join(names)}) for {_described(problem)}; use rd.simulate(problem)"
    )


def _described(problem: Any) -> str:
    parts = [type(problem.process).__name__, f"in {problem.process.dim} dimension(s)"]
    if isinstance(problem, FirstPassage):
        parts.append(f"to a {type(problem.target).__name__}")
    return " ".join([*parts, f"with {type(problem.reset).__name__}"])
