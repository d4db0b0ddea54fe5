r"""Steady states under resetting: which route answers which problem.

What was reset a time `a` ago has the reset-free law of that age, so a steady state averages it over the
stationary law of the age (:mod:`.steady.ages`; Evans and Majumdar, PRL 106, 160601 (2011);
Pal, PRE 91, 012113 (2015)).  A route takes a problem and returns a result, or None where it does not apply;
a new one is a new entry of `ROUTES`, and they are asked in that order.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt
from typing import Any

import numpy as np

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.problems import SteadyState
from resetdyn.processes import Brownian, Langevin, OrnsteinUhlenbeck, RandomWalk, is_discrete
from resetdyn.resets import Partial, RateField, never_resets
from resetdyn.results import SteadyStateResult
from resetdyn.theory.passages.recognise import simpler
from resetdyn.theory.resetting.waiting import values_of
from resetdyn.theory.steady import density as steady_density
from resetdyn.theory.steady import random_places as steady_random
from resetdyn.theory.steady.ageing import Ageing, Gaussian
from resetdyn.theory.steady.ages import Ages, Exponential, Uniform, ages_of
from resetdyn.theory.steady.costs import Cycle, Journey, paused
from resetdyn.theory.steady.entropy import entropy_rates, free_entropy_rates
from resetdyn.theory.steady.line_density import LineLaw
from resetdyn.theory.steady.moments import raw_moments
from resetdyn.theory.steady.transient import transient_of

_EPS = float(np.finfo(float).eps)
_FREE = Cycle(1.0, 0.0, 0.0)


def by_age(problem: SteadyState) -> SteadyStateResult | None:
    """Linear processes: the Gaussian law averaged over the time since the last reset."""
    process, reset = _linear(problem.process), problem.reset
    if process is None or isinstance(reset, RateField) or isinstance(reset.to, Partial):
        return None
    ages = None if never_resets(reset) else ages_of(reset)
    if ages is None:
        return _unreset(problem, process)
    if reset.random_to:
        return _to_random_place(problem, process, ages)
    return _to_point(problem, process, ages)


def by_recursion(problem: SteadyState) -> SteadyStateResult | None:
    """SGD step by step: the fixed point of the recursion of mean and covariance."""
    if not is_discrete(problem.process) or isinstance(problem.process, RandomWalk):
        return None
    from resetdyn.theory.learning import moments as sgd_moments

    return sgd_moments.steady_state(problem)


def by_hierarchy(problem: SteadyState) -> SteadyStateResult | None:
    """Partial resets: the hierarchy of moments."""
    from resetdyn.theory.steady import partial as steady_partial

    process = _linear(problem.process)
    return None if process is None else steady_partial.steady_state(problem, process)


def by_tumbles(problem: SteadyState) -> SteadyStateResult | None:
    """Run-and-tumble motion: its propagator averaged over the age."""
    from resetdyn.theory.steady import tumbles as steady_tumbles

    return steady_tumbles.steady_state(problem)


def by_chain(problem: SteadyState) -> SteadyStateResult | None:
    """Any potential on the line: Boltzmann's density, or the propagator in Laplace space."""
    from resetdyn.theory.steady import potential as steady_potential

    return steady_potential.steady_state(problem)


def by_walk(problem: SteadyState) -> SteadyStateResult | None:
    """Random walks: the displacement in a geometric number of steps."""
    from resetdyn.theory.steady import walks as steady_walks

    return steady_walks.steady_state(problem)


ROUTES: dict[str, Callable[[SteadyState], SteadyStateResult | None]] = {
    "age": by_age,
    "hierarchy": by_hierarchy,
    "tumbles": by_tumbles,
    "chain": by_chain,
    "recursion": by_recursion,
    "walk": by_walk,
}


def _linear(process: Any) -> Gaussian | None:
    """Return the process as a linear one, None if it is not."""
    if isinstance(process, Langevin) and process.dim == 1:
        process = simpler(process) or process
    return process if isinstance(process, Brownian | OrnsteinUhlenbeck) else None


def _unreset(problem: SteadyState, process: Gaussian) -> SteadyStateResult:
    if isinstance(process, Brownian):
        raise ValueError(
            f"{problem.process}: the potential is not confining, so that without resetting there is no "
            "steady state; give a reset with a rate above 0"
        )
    mean, cov = Ageing(process, process.center).moments(None)
    density = _density(process, None, process.center)
    return _result(
        problem, process, mean, cov, density, marks=(), moments=raw_moments(process, None, 0.0),
        later=transient_of(process, problem.reset),
    )  # fmt: skip


def _to_point(problem: SteadyState, process: Gaussian, ages: Ages) -> SteadyStateResult | None:
    reset, dim = problem.reset, process.dim
    to: Any = reset.to
    mean, cov = Ageing(process, to).moments(ages)
    density, cycle, moments = _density(process, ages, to), _FREE, None
    pause = reset.mean_refractory
    if reset.return_speed is not None:
        if dim > 1:
            return None
        journey = Journey(process, ages, to, reset.return_speed, pause)
        cycle = journey.cycle
        first, second = journey.moments(float(mean[0]), float(cov[0, 0]))
        mean, cov, density = np.array([first]), np.array([[second]]), journey.density
    elif pause:
        cycle = paused(ages.cycle, pause)
        away = mean - to
        mean = to + cycle.moving * away
        cov = cycle.moving * cov + cycle.moving * cycle.pausing * np.outer(away, away)
        density = _scaled(density, cycle.moving)
    elif dim == 1:
        moments = raw_moments(process, ages, to)
    return _result(
        problem, process, mean, cov, density, marks=(to,) if dim == 1 else (), moments=moments,
        later=transient_of(process, reset), cycle=cycle, ages=ages,
        entropy=_entropy(process, ages, to, mean, cov) if cycle is _FREE and dim == 1 else None,
        method=_method(ages, cycle),
    )  # fmt: skip


def _to_random_place(problem: SteadyState, process: Gaussian, ages: Ages) -> SteadyStateResult | None:
    reset = problem.reset
    law: Any = reset.to
    if reset.return_speed is not None:
        return None
    mean, cov = steady_random.moments(process, ages, law)
    width = _width(process, ages)
    cycle, moments = _FREE, raw_moments(process, ages, law)
    discrete = hasattr(law, "pmf")
    values = values_of(law)[0] if discrete else np.empty(0)

    def density(x: FloatArray) -> FloatArray:
        with np.errstate(under="ignore"):
            free = np.exp(steady_random.log_mixture(process, ages, law, x, width))
            return free if discrete or not cycle.pausing else cycle.moving * free + cycle.pausing * law.pdf(x)

    if reset.mean_refractory:
        if discrete:
            return None
        cycle, moments = paused(ages.cycle, reset.mean_refractory), None
        gap = mean - law.mean()
        cov = cycle.moving * cov + cycle.pausing * law.var() + cycle.moving * cycle.pausing * gap**2
        mean = law.mean() + cycle.moving * gap
    ends = [end for end in law.support() if abs(end) < inf]
    marks = (float(law.median()), *values.tolist(), *ends)
    return _result(
        problem,
        process,
        mean,
        cov,
        density,
        marks=marks,
        moments=moments,
        ages=ages,
        method=_method(ages, cycle) + ", over random destinations",
    )


def _result(
    problem: SteadyState, process: Gaussian, mean: FloatArray, cov: FloatArray,
    density: Callable[[FloatArray], FloatArray] | None, marks: tuple[float, ...],
    moments: Callable[[int], float] | None, later: Any = None, cycle: Cycle = _FREE, ages: Ages | None = None,
    entropy: Any = None, method: str = "age: closed form",
) -> SteadyStateResult:  # fmt: skip
    dim = process.dim
    first, second = _checks.unit_or_scalar(mean, dim), _checks.unit_or_scalar(cov, dim)
    expectation = None
    if dim == 1:
        bulk = [first] if abs(first) < inf else []
        bulk += [process.center] if isinstance(process, OrnsteinUhlenbeck) else []
        atoms = ((marks[0], cycle.pausing),) if cycle.pausing and not problem.reset.random_to else ()
        scale = sqrt(second) if second < inf or ages is None else _width(process, ages)
        assert density is not None
        expectation = LineLaw(density, (*marks, *bulk), scale, atoms=atoms).expect
    size = float(np.max(np.abs(mean)) + np.max(np.abs(marks), initial=0.0))
    return SteadyStateResult(
        problem=problem,
        method=method,
        mean=first,
        cov=second,
        error=32 * _EPS * size if size < inf else 0.0,
        density=density,
        expectation=expectation,
        atom=0.0 if problem.reset.random_to else cycle.pausing,
        returning=cycle.returning,
        moments=moments,
        later=later,
        entropy=entropy,
    )


def _method(ages: Ages, cycle: Cycle) -> str:
    how = "closed form" if isinstance(ages, Exponential | Uniform) else "quadrature over the waiting time"
    return f"age: {how}" + ("" if cycle is _FREE else ", renewal over the cycle")


def _density(process: Gaussian, ages: Ages | None, to: Any) -> Callable[[FloatArray], FloatArray] | None:
    if not steady_density.has_density(process):
        return None

    def density(x: FloatArray) -> FloatArray:
        with np.errstate(under="ignore", over="ignore"):
            return np.asarray(np.exp(steady_density.log_density(process, ages, x, to)))

    return density


def _scaled(density: Any, factor: float) -> Any:
    return None if density is None else lambda x: factor * density(x)


def _width(process: Gaussian, ages: Ages) -> float:
    """Return a length that the process moves between resets, finite whatever diverges."""
    typical = min(ages.cycle, float(np.median(ages.strike_nodes[0])))
    if process.dim > 1:
        return 1.0
    if isinstance(process, Brownian):
        return sqrt(2 * process.diffusion * typical) + abs(process.drift) * typical
    return sqrt(process.diffusion / process.stiffness * -np.expm1(-2 * process.stiffness * typical))


def _entropy(process: Gaussian, ages: Ages, to: float, mean: FloatArray, cov: FloatArray) -> Any:
    if not isinstance(ages, Exponential):
        return None
    if isinstance(process, Brownian):
        return lambda: free_entropy_rates(process, ages.rate)

    density = _density(process, ages, to)
    assert density is not None

    def energy(x: FloatArray) -> FloatArray:
        return process.stiffness * (x - process.center) ** 2 / 2

    law = LineLaw(density, (to, process.center, float(mean[0])), sqrt(float(cov[0, 0])))
    return lambda: entropy_rates(law, energy, process.diffusion, ages.rate, to)
