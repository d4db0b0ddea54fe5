"""What each command does: parsed arguments in, a dictionary of named answers out.

Files are refused before the work is done, not after.
"""

from __future__ import annotations

import inspect
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import resetdyn as rd
from resetdyn import _checks, storage
from resetdyn import command_words as words
from resetdyn.families import FAMILIES


def mfpt(arguments: Namespace) -> dict[str, Any]:
    """Solve a first-passage problem."""
    _check_outputs(arguments.plot)
    problem = words.search(arguments, words.reset(arguments))
    if arguments.plot and isinstance(problem.reset, rd.Sharp | rd.RateField):
        raise ValueError(
            "--plot draws the mean against a Poisson rate: give --rate, not --period or --rate-field"
        )
    result = rd.solve(problem)
    if arguments.plot:
        _draw("mean_against_rate", arguments.plot, problem)
    return {
        "mean": result.mean, "error": result.error, "std": result.std, "cv": result.cv,
        "method": result.method, "problem": repr(problem),
    }  # fmt: skip


def steady(arguments: Namespace) -> dict[str, Any]:
    """Solve for a steady state."""
    _check_outputs(arguments.plot)
    problem = words.steady_state(arguments)
    result = rd.solve(problem)
    if arguments.plot:
        _draw("steady_density", arguments.plot, result)
    return {
        "mean": result.mean, "variance": result.cov, "error": result.error,
        "method": result.method, "problem": repr(problem),
    }  # fmt: skip


def optimal(arguments: Namespace) -> dict[str, Any]:
    """Find the optimal reset rate."""
    _check_outputs(arguments.plot)
    problem = words.search(arguments, rd.Poisson(1.0, **words.costs_and_place(arguments)))
    verdict, best = rd.reset_helps(problem), rd.optimal_reset(problem)
    if arguments.plot:
        _draw("mean_against_rate", arguments.plot, problem)
    return {
        "helps": verdict.helps, "rate": best.rate, "error": best.error, "mean": best.mean,
        "speedup": best.speedup, "cv": verdict.cv, "slope": verdict.slope,
        "transition_order": verdict.transition_order, "method": best.method, "problem": repr(problem),
    }  # fmt: skip


def phase(arguments: Namespace) -> dict[str, Any]:
    """Make a phase diagram of a family."""
    family = FAMILIES[arguments.family]
    defaults = {name: p.default for name, p in inspect.signature(family).parameters.items()}
    fixed = dict(words.setting(text, defaults) for text in arguments.set)
    x, y = words.axis("--x", arguments.x, defaults), words.axis("--y", arguments.y, defaults)
    for name in fixed.keys() & {x[0], y[0]}:
        raise ValueError(f"--set {name}: it is on an axis already, leave it out")
    if arguments.seed is not None and arguments.simulate is None:
        raise ValueError(f"--seed {arguments.seed}: nothing is random here; give --simulate as well")
    _check_suffix("--save", arguments.save, ".npz")
    _check_outputs(arguments.plot, arguments.save)
    diagram = rd.phase_diagram(
        partial(family, **fixed), x, y, quantity=arguments.quantity, workers=arguments.workers,
        simulate=None if arguments.simulate is None else {"n": arguments.simulate},
        rng=words.seed(arguments), checkpoint=arguments.resume,
    )  # fmt: skip
    if arguments.save:
        diagram.save(arguments.save)
    if arguments.plot:
        _draw("phase_map", arguments.plot, diagram)
    best = np.unravel_index(np.nanargmax(diagram.values), diagram.values.shape)
    answer: dict[str, Any] = {
        "quantity": diagram.quantity,
        "largest": float(diagram.values[best]),
        f"at {diagram.x_name}": float(diagram.x[best[1]]),
        f"at {diagram.y_name}": float(diagram.y[best[0]]),
    }
    if diagram.transitions.size:
        vanishes = ", ".join(f"{x:.8g}" for x in diagram.transitions)
        answer["optimum vanishes at"] = f"{diagram.x_name} = {vanishes}"
    arrays = ("x", "y", "values", "error", "optimum", "boundary", "transitions", "onsets")
    return {
        **answer, "method": diagram.method, "problem": diagram.problem,
        "axes": [diagram.x_name, diagram.y_name],
        **{name: getattr(diagram, name).tolist() for name in arrays},
    }  # fmt: skip


def derive(arguments: Namespace) -> dict[str, Any]:
    """Show the derivation of a condition."""
    from resetdyn.theory.conditions.catalogue import CATALOGUE

    if arguments.list:
        width = max(map(len, CATALOGUE))
        lines = [f"{name:<{width}}  {entry.title}" for name, entry in CATALOGUE.items()]
        return {
            "text": "\n".join(lines),
            "names": list(CATALOGUE),
            "titles": [entry.title for entry in CATALOGUE.values()],
        }
    if arguments.name is None:
        raise ValueError("NAME is missing: give one of those that `resetdyn derive --list` lists")
    condition = rd.conditions[_checks.choice("NAME", arguments.name, tuple(CATALOGUE))]
    return {
        "name": condition.name,
        "title": condition.title,
        "source": condition.source,
        "assumptions": list(condition.assumptions),
        "steps": [{"text": step.text, "latex": step.latex()} for step in condition.steps],
        "statement": str(condition.statement),
        "text": condition.latex() if arguments.latex else condition.text(),
    }


def lab(arguments: Namespace) -> dict[str, Any]:
    """Serve the lab until it is interrupted."""
    from resetdyn.lab.server import serve

    serve(arguments.port, arguments.headless)
    return {"text": "resetdyn lab: closed"}


def simulate(arguments: Namespace) -> dict[str, Any]:
    """Sample first-passage times, or a steady state."""
    summed = arguments.keep == "summary"
    if arguments.csv and summed:
        raise ValueError("--csv writes samples, and --keep summary keeps none: leave out one of them")
    _check_outputs(arguments.plot, arguments.csv)
    options: dict[str, Any] = {
        "n": arguments.n, "dt": arguments.dt, "rng": words.seed(arguments), "workers": arguments.workers,
        "max_time": arguments.max_time, "keep": arguments.keep, "target_error": arguments.target_error,
        "timeout": arguments.timeout,
    }  # fmt: skip
    result: Any
    if arguments.steady:
        if any(a is not None for a in (arguments.start, arguments.target, arguments.interval)):
            raise ValueError(
                "--steady has no start and no target: leave out --start, --target and --interval"
            )
        result = rd.simulate(words.steady_state(arguments), **options)
        columns = {} if summed else {"state": result.samples}
        answer = {"variance": result.cov}
        picture: tuple[Any, ...] = ("steady_density", arguments.plot, None, result)
    else:
        result = rd.simulate(words.search(arguments, words.reset(arguments)), **options)
        columns = {} if summed else {
            "time": result.times, "resets": result.resets, "censored": result.censored
        }  # fmt: skip
        answer = {
            "cv": result.cv, "resets": float(np.mean(result.resets)),
            "censored": int(np.sum(result.censored)), "lower_bound": result.lower_bound,
        }  # fmt: skip
        picture = ("survival", arguments.plot, result)
    if arguments.target_error is not None:
        answer = {"bias": result.bias, **answer}
    if arguments.csv:
        _write_csv(arguments.csv, columns)
    if arguments.plot:
        _draw(*picture)
    return {
        "mean": result.mean, "error": result.error, **answer, "n": result.n, "method": result.method,
        "problem": repr(result.problem),
    }  # fmt: skip


def advise(arguments: Namespace) -> dict[str, Any]:
    """Tell from a file of measured times whether resetting helps."""
    from resetdyn.advice import units
    from resetdyn.advice.files import measured_times
    from resetdyn.advice.words import unit_of

    _check_suffix("--report", arguments.report, ".html")
    _check_outputs(arguments.plot, arguments.report)
    found = measured_times(
        arguments.file, arguments.column, arguments.censored, arguments.unit, arguments.outcome
    )
    # whole milliseconds are rounded times, not steps
    steps = True if arguments.discrete else False if found.unit in units.TIMES else None
    advice = rd.advise(
        found.times, found.censored, at_rate=arguments.at_rate, overhead=arguments.overhead,
        cost=arguments.cost, steps=steps, outcomes=found.outcomes,
    )  # fmt: skip
    if arguments.plot:
        from resetdyn import plotting
        from resetdyn.plotting.advice import advice_figure

        plotting.save(advice_figure(advice, found.times, found.censored, found.unit), arguments.plot)
    if arguments.report:
        from resetdyn.advice.report import write_report

        write_report(arguments.report, advice, found)
    answer: dict[str, Any] = {
        "file": found.source,
        "column": found.column,
        "unit": unit_of(advice, found.unit),
    }
    if arguments.json:
        answer = {**answer, **advice.as_dict()}
    return {**answer, "text": advice.text(arguments.details, found.unit)}


def _check_outputs(picture: str | None, *files: str | None) -> None:
    if picture:
        from resetdyn.plotting.style import picture_format

        picture_format(picture)
    for path in (picture, *files):
        if path:
            storage.check_writable(path)


def _check_suffix(option: str, path: str | None, suffix: str) -> None:
    if path and Path(path).suffix.lower() != suffix:
        raise ValueError(f"{option} {path}: give a name that ends in {suffix}")


def _draw(piece: str, path: str, *what: Any) -> None:
    """Draw one of the pieces of :mod:`resetdyn.plotting` into a file, without a window."""
    from matplotlib.figure import Figure

    from resetdyn import plotting

    with plotting.style():
        figure = Figure()
        getattr(plotting, piece)(*what, ax=figure.subplots())
        plotting.save(figure, path)


def _write_csv(path: str, columns: dict[str, Any]) -> None:
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    lines = [",".join(columns), *(",".join(str(value).lower() for value in row) for row in rows)]
    storage.write_atomically(path, ("\n".join(lines) + "\n").encode())
