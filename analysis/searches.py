"""Randomised algorithms of SciPy and scikit-learn, each run until it has what it looks for.

What counts is what the algorithm itself does, a whole number: evaluations of the function up to and including
the first that is within the tolerance, or epochs of training.  Nothing of the libraries is changed: a run is
cut by an exception from the function that it calls, as any user could do it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import SeedSequence
from scipy import optimize

WIDE, WIDER = 5.12, 500.0  # half the width of the usual boxes
WELL = 418.9828872724339  # depth per dimension of the lowest well of Schwefel's function
FOREVER = 10**6  # iterations; whoever counts evaluations cuts the run long before


@dataclass(frozen=True)
class Search:
    """A randomised algorithm on a problem.

    Parameters
    ----------
    name : str
        The algorithm, as the library calls it.
    problem : str
        What it is applied to, and when it has arrived.
    unit : str
        What is counted.
    cap : int
        Count at which a run without resets is given up.
    runs : int
        How many runs without resets are recorded; the advice sees the first half.
    once : callable
        ``once(seed, limit)``: the count at which a run with this seed arrives, None if it has not by `limit`.
    """

    name: str
    problem: str
    unit: str
    cap: int
    runs: int
    once: Callable[[SeedSequence, int], int | None]


class _Enough(Exception):
    """Ends a run from inside the function that it calls."""


def rastrigin(x: Any) -> float:
    """Return Rastrigin's function: a bowl with a well at every whole number, the lowest at 0."""
    return float(10 * len(x) + np.sum(x * x - 10 * np.cos(2 * np.pi * x)))


def schwefel(x: Any) -> float:
    """Return Schwefel's function: its lowest well is far from the second lowest."""
    return float(WELL * len(x) - np.sum(x * np.sin(np.sqrt(np.abs(x)))))


def schwefel_slope(x: Any) -> Any:
    """Return the gradient of Schwefel's function."""
    root = np.sqrt(np.abs(x))
    return -np.sin(root) - root * np.cos(root) / 2


def evaluations(minimise: Callable[[Any], Any], function: Any, tolerance: float, limit: int) -> int | None:
    """Return at which evaluation a minimiser is within the tolerance, None if not by the limit."""
    spent, arrived = 0, False

    def counted(x: Any) -> float:
        nonlocal spent, arrived
        value = function(x)
        spent += 1
        arrived = value < tolerance
        if arrived or spent >= limit:
            raise _Enough
        return value

    try:
        minimise(counted)
    except _Enough:
        return spent if arrived else None
    raise RuntimeError(f"the minimiser stopped by itself after {spent} evaluations: give it more iterations")


def differential_evolution(seed: SeedSequence, limit: int) -> int | None:
    """Run a small population; where it has died out over a wrong well, it will never arrive."""

    def minimise(counted: Any) -> None:
        optimize.differential_evolution(
            counted, [(-WIDE, WIDE)] * 2, popsize=5, maxiter=FOREVER, polish=False, seed=_rng(seed),
            tol=0, atol=-1,  # a dead population goes on, so that its evaluations are counted too
        )  # fmt: skip

    return evaluations(minimise, rastrigin, 1e-2, limit)


def dual_annealing(seed: SeedSequence, limit: int) -> int | None:
    """Anneal, with local searches in between."""

    def minimise(counted: Any) -> None:
        optimize.dual_annealing(
            counted, [(-WIDE, WIDE)] * 2, maxiter=FOREVER, maxfun=float("inf"), seed=_rng(seed)
        )

    return evaluations(minimise, rastrigin, 1e-6, limit)


def basinhopping(seed: SeedSequence, limit: int) -> int | None:
    """Hop between wells from a random start."""
    rng = _rng(seed)
    local = {"method": "L-BFGS-B", "jac": schwefel_slope, "bounds": [(-WIDER, WIDER)] * 2}

    def minimise(counted: Any) -> None:
        start = rng.uniform(-WIDER, WIDER, 2)
        optimize.basinhopping(
            counted, start, niter=FOREVER, stepsize=150.0, T=1.0, minimizer_kwargs=local, seed=rng
        )

    return evaluations(minimise, schwefel, 1e-3, limit)


def perceptron(seed: SeedSequence, limit: int) -> int | None:
    """Train two hidden units on exclusive or, from random weights."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier(
        (2,), activation="tanh", solver="sgd", learning_rate_init=0.5, momentum=0.0, alpha=0.0, batch_size=1,
        max_iter=limit, tol=0.0, n_iter_no_change=limit + 1,
        random_state=np.random.RandomState(np.random.MT19937(seed)),  # it takes no Generator
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a run that is cut has not converged
        network.fit([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], [0, 1, 1, 0])
    arrived = np.flatnonzero(np.asarray(network.loss_curve_) < 0.1)
    return int(arrived[0]) + 1 if len(arrived) else None


def _rng(seed: SeedSequence) -> np.random.Generator:
    return np.random.default_rng(seed)


SEARCHES = (
    Search(
        "differential_evolution", "Rastrigin in the plane, 10 members, to 0.01",
        "evaluations", 3000, 1000, differential_evolution,
    ),
    Search(
        "basinhopping", "Schwefel in the plane, random start, to 0.001",
        "evaluations", 2000, 2000, basinhopping,
    ),
    Search(
        "MLPClassifier", "exclusive or, two hidden units, to a loss of 0.1",
        "epochs", 500, 600, perceptron,
    ),
    Search(
        "dual_annealing", "Rastrigin in the plane, to 1e-6",
        "evaluations", 10_000, 2000, dual_annealing,
    ),
)  # fmt: skip
