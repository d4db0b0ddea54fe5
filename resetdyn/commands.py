"""What each command does: parsed arguments in, a dictionary of named answers out.

Files are refused before the work is done, not after.
"""

from __future__ import annotations

import inspect
from argparse import Namespace
from functools import partial
from typing import Any

import numpy as np

import resetdyn as rd
from resetdyn import _checks, storage
from resetdyn.families import FAMILIES
from resetdyn.resets import Reset


def mfpt(arguments: Namespace) -> dict[str, Any]:
    """Solve a first-passage problem."""
    _check_outputs(arguments.plot)
    problem = _search(arguments, _reset(arguments))
    if arguments.plot and isinstance(problem.reset, rd.Sharp):
        raise ValueError("--plot draws the mean against a Poisson rate: give --rate instead of --period")
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
    problem = rd.SteadyState(_process(arguments), _reset(arguments))
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
    problem = _search(arguments, rd.Poisson(1.0, **_shared(arguments)))
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
    fixed = dict(_setting(text, defaults) for text in arguments.set)
    x, y = _axis("--x", arguments.x, defaults), _axis("--y", arguments.y, defaults)
    for name in fixed.keys() & {x[0], y[0]}:
        raise ValueError(f"--set {name}: it is on an axis already, leave it out")
    _check_outputs(arguments.plot, arguments.save)
    diagram = rd.phase_diagram(
        partial(family, **fixed), x, y, quantity=arguments.quantity, workers=arguments.workers,
        simulate=None if arguments.simulate is None else {"n": arguments.simulate},
        rng=arguments.seed, checkpoint=arguments.resume,
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
    arrays = ("x", "y", "values", "error", "optimum", "boundary", "transitions")
    return {
        **answer, "problem": diagram.problem, "axes": [diagram.x_name, diagram.y_name],
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
        "n": arguments.n, "dt": arguments.dt, "rng": arguments.seed, "workers": arguments.workers,
        "max_time": arguments.max_time, "keep": arguments.keep, "target_error": arguments.target_error,
        "timeout": arguments.timeout,
    }  # fmt: skip
    result: Any
    if arguments.steady:
        if any(a is not None for a in (arguments.start, arguments.target, arguments.interval)):
            raise ValueError(
                "--steady has no start and no target: leave out --start, --target and --interval"
            )
        result = rd.simulate(rd.SteadyState(_process(arguments), _reset(arguments)), **options)
        columns = {} if summed else {"state": result.samples}
        answer = {"variance": result.cov}
        picture: tuple[Any, ...] = ("steady_density", arguments.plot, None, result)
    else:
        result = rd.simulate(_search(arguments, _reset(arguments)), **options)
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


def _process(arguments: Namespace) -> Any:
    if arguments.potential is not None:
        given = [name for name in ("drift", "stiffness", "center") if getattr(arguments, name) is not None]
        if given:
            raise ValueError(
                f"--{given[0]} says how the process moves, and so does --potential: give one of them"
            )
        return rd.Langevin(arguments.potential, arguments.diffusion, parameters=_parameters(arguments))
    if arguments.parameter and arguments.rate_field is None:
        raise ValueError(f"--parameter {arguments.parameter[0]} belongs to a formula: give --potential")
    if arguments.stiffness is None:
        if arguments.center is not None:
            raise ValueError(
                f"--center {arguments.center:g} belongs to an Ornstein-Uhlenbeck process: give --stiffness"
            )
        return rd.Brownian(arguments.diffusion, drift=arguments.drift or 0.0)
    if arguments.drift is not None:
        raise ValueError(
            f"--drift {arguments.drift:g} belongs to Brownian motion: leave out --stiffness, or give --center"
        )
    return rd.OrnsteinUhlenbeck(arguments.stiffness, arguments.center or 0.0, arguments.diffusion)


def _reset(arguments: Namespace) -> Reset:
    shared = _shared(arguments)
    if arguments.rate is not None:
        return rd.Poisson(arguments.rate, **shared)
    if arguments.period is not None:
        return rd.Sharp(arguments.period, **shared)
    if arguments.rate_field is not None:
        return rd.RateField(arguments.rate_field, parameters=_parameters(arguments), **shared)
    return rd.NoReset(**shared)


def _shared(arguments: Namespace) -> dict[str, Any]:
    """Return what all resets share: where they lead, and what they cost."""
    return {
        "to": arguments.to, "refractory": arguments.refractory, "return_speed": arguments.return_speed
    }  # fmt: skip


def _parameters(arguments: Namespace) -> dict[str, float]:
    """Return the values of the symbols of formulas."""
    pairs = [(text, *text.partition("=")) for text in arguments.parameter]
    for text, _, sign, _ in pairs:
        if not sign:
            raise ValueError(f"--parameter {text}: give NAME=VALUE")
    return {name: _number(f"--parameter {name}", value) for _, name, _, value in pairs}


def _search(arguments: Namespace, reset: Reset) -> rd.FirstPassage:
    start = 1.0 if arguments.start is None else arguments.start
    target = rd.Interval(*arguments.interval) if arguments.interval else rd.Level(arguments.target or 0.0)
    return rd.FirstPassage(_process(arguments), start, target, reset)


def _setting(text: str, defaults: dict[str, Any]) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"--set {text}: give NAME=VALUE")
    number = _number(f"--set {name}", value)
    return _known("--set", name, defaults), int(number) if _whole(defaults[name]) else number


def _axis(option: str, words: list[str], defaults: dict[str, Any]) -> tuple[str, Any]:
    """Return name and values of an axis from ``NAME LOW HIGH N [log]``."""
    if len(words) not in (4, 5) or words[4:] not in ([], ["log"]):
        raise ValueError(f"{option} {' '.join(words)}: give NAME LOW HIGH N, and log for a logarithmic axis")
    name = _known(option, words[0], defaults)
    low, high = (_number(f"{option} {name}", word) for word in words[1:3])
    if not words[3].isdecimal() or int(words[3]) < 2:
        raise ValueError(f"{option} {name}: N={words[3]}, give a whole number of at least 2")
    if not low < high or (words[4:] and low <= 0):
        raise ValueError(f"{option} {name}: LOW={low:g}, HIGH={high:g}, give LOW < HIGH, and above 0 for log")
    values = (np.geomspace if words[4:] else np.linspace)(low, high, int(words[3]))
    return name, np.unique(np.rint(values).astype(int)) if _whole(defaults[name]) else values


def _known(option: str, name: str, defaults: dict[str, Any]) -> str:
    return _checks.choice(f"{option} NAME", name, tuple(defaults))


def _whole(default: Any) -> bool:
    return isinstance(default, int)


def _number(name: str, text: str) -> float:
    try:
        return _checks.finite(name, float(text))
    except ValueError:
        raise ValueError(f"{name}: {text!r} is not a finite number, give one") from None


def _check_outputs(picture: str | None, *files: str | None) -> None:
    if picture:
        from resetdyn.plotting.style import picture_format

        picture_format(picture)
    for path in (picture, *files):
        if path:
            storage.check_writable(path)


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
