"""The views of the lab: values of the dials in, a picture out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from textwrap import indent, wrap
from typing import Any

import numpy as np

import resetdyn as rd
from resetdyn import _checks, plotting
from resetdyn.lab import words
from resetdyn.lab.dials import Values
from resetdyn.lab.picture import Picture, Series, empty, series_of
from resetdyn.lab.steps import affordable_step
from resetdyn.lab.systems import HIGHEST, LOWEST, SYSTEMS, System, model

VIEWS = {
    "landscape": "Landscape",
    "paths": "Trajectories",
    "density": "Steady state",
    "mean": "Mean time",
    "risk": "Clean risk",
    "diagram": "Phase diagram",
}
SIMULATED = ("paths", "density")
_PATHS, _TIMES = 3, 601
_RATES = np.geomspace(LOWEST, HIGHEST, 81)
_ROWS = np.geomspace(LOWEST, HIGHEST, 21)
_DRAWING = threading.Lock()  # matplotlib's settings belong to the process, and each visitor has a thread


def picture(
    system: str, view: str, values: Values | None = None, sample: int = 1, duration: float | None = None
) -> Picture:
    """Return what a view of a system shows.

    Parameters
    ----------
    system : {"search", "learning", "typed"}
        The system.
    view : str
        One of its views, of those in `VIEWS`.
    values : mapping, optional
        Values of its dials, by name; by default those it begins with.
    sample : int, optional
        Seed of what is simulated.
    duration : float, optional
        The time that trajectories are shown for; by default that of the system.

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError, ArithmeticError
        If a value cannot be, or there is no such picture for these values; the message is for the reader.

    Examples
    --------
    >>> from resetdyn.lab import picture
    >>> shown = picture("search", "mean", {"drift": 0.0, "diffusion": 2.0})
    >>> float(shown.series["optimum"]["reset_rate"][0].round(4))
    5.0793
    >>> shown.file("csv").splitlines()[0]
    b'series,reset_rate,mean'
    """
    chosen = SYSTEMS[_checks.choice("system", system, tuple(SYSTEMS))]
    draw = _DRAW[_checks.choice("view", view, chosen.views)]
    given = chosen.checked(values or {})
    shown = chosen.duration if duration is None else _checks.positive("duration", duration)
    options = {"sample": _checks.integer("sample", sample, at_least=0), "duration": shown}
    with _DRAWING:
        return draw(chosen, given, options)


def _landscape(system: System, v: Values, _: Values) -> Picture:
    learning = system.name == "learning"
    figure, ax = empty()
    plotting.landscape(model(v) if learning else system.problem(v), ax=ax)
    setup = [system.process] if learning else [system.process, system.search]
    draw = f"plotting.landscape({'model' if learning else 'problem'}, ax=ax)"
    axes = ("theta", "loss") if learning else ("position", "potential")
    return Picture(
        figure, series_of(ax, *axes), words.landscape(system, v), _code(_filled(v, *setup), [draw])
    )


def _paths(system: System, v: Values, options: Values) -> Picture:
    learning = system.name == "learning"
    problem: Any = system.steadily(v) if learning else system.problem(v)
    times = np.linspace(0, options["duration"], _TIMES)
    dt = affordable_step(problem, _PATHS * options["duration"])
    paths = rd.trajectories(problem, times, n=_PATHS, dt=dt, rng=options["sample"])
    figure, ax = empty()
    paths.plot(ax=ax)
    setup = [
        *_filled(v, system.process, system.steady if learning else system.search),
        f"times = np.linspace(0, {options['duration']!r}, {_TIMES})",
        f"paths = rd.trajectories({'steady' if learning else 'problem'}, times, n={_PATHS}, "
        f"{_given(dt)}rng={options['sample']})",
    ]
    draw = ["paths.plot(ax=ax)"]
    series: Series = {"paths": {"time": paths.times}}
    series["paths"] |= {f"path_{i + 1}": states for i, states in enumerate(paths.states)}
    series |= {f"resets_{i + 1}": {"time": resets} for i, resets in enumerate(paths.resets)}
    if learning:
        made = model(v)
        ax.axhline(made.clean_optimum, color="black", lw=1.2, label="clean optimum")
        ax.axhline(made.effective_optimum, color="black", lw=1.2, ls="--", label="memorising optimum")
        ax.set_ylabel(r"parameter $\theta$")
        _legend(ax)
        draw += [
            'ax.axhline(model.clean_optimum, color="black", lw=1.2, label="clean optimum")',
            'ax.axhline(model.effective_optimum, color="black", lw=1.2, ls="--", label="memorising optimum")',
            'ax.set_ylabel(r"parameter $\\theta$")',
            _LEGEND_CODE,
        ]
    else:
        series["arrivals"] = {"time": paths.arrivals}
    return Picture(figure, series, words.paths(system, paths), _code(setup, draw))


def _density(system: System, v: Values, options: Values) -> Picture:
    steady = system.steadily(v)
    exact = rd.solve(steady)
    # A path is seen at the age of its last reset, on average one over the rate.
    dt = affordable_step(steady, system.samples / v["reset_rate"] if v["reset_rate"] else 0.0)
    samples = rd.simulate(steady, n=system.samples, dt=dt, rng=options["sample"])
    figure, ax = empty()
    plotting.steady_density(exact, samples, ax=ax)
    _legend(ax)
    draw = ["plotting.steady_density(exact, samples, ax=ax)", _LEGEND_CODE]
    if system.name == "learning":
        ax.set_xlabel(r"parameter $\theta$")
        draw.append('ax.set_xlabel(r"parameter $\\theta$")')
    setup = [
        *_filled(v, system.process, system.steady),
        "exact = rd.solve(steady)",
        f"samples = rd.simulate(steady, n={system.samples}, {_given(dt)}rng={options['sample']})",
    ]
    code = _code(setup, draw)
    return Picture(figure, series_of(ax, "position", "density"), words.density(system, v, exact), code)


def _mean(system: System, v: Values, _: Values) -> Picture:
    problem = system.problem(v)
    figure, ax = empty()
    plotting.mean_against_rate(problem, _RATES, ax=ax)
    setup = [*_filled(v, system.process, system.search), f"rates = {_geomspace(_RATES)}"]
    code = _code(setup, ["plotting.mean_against_rate(problem, rates, ax=ax)"])
    text = words.mean(system, rd.solve(problem), rd.optimal_reset(problem))
    return Picture(figure, series_of(ax, "reset_rate", "mean"), text, code)


def _risk(system: System, v: Values, _: Values) -> Picture:
    made, rate = model(v), v["reset_rate"]
    figure, ax = empty()
    plotting.risk_against_rate(made, _RATES, ax=ax)
    setup = [*_filled(v, system.process), f"rates = {_geomspace(_RATES)}"]
    draw = ["plotting.risk_against_rate(model, rates, ax=ax)"]
    if rate > 0:  # rate 0 has no place on a logarithmic axis
        ax.plot(rate, made.steady_risk(rate), "s", color="black", label=f"this model, $r = {rate:.4g}$")
        _legend(ax)
        draw += [
            f'ax.plot({rate!r}, model.steady_risk({rate!r}), "s", color="black", '
            f'label="this model, $r = {rate:.4g}$")',
            _LEGEND_CODE,
        ]
    return Picture(figure, series_of(ax, "reset_rate", "risk"), words.risk(made, rate), _code(setup, draw))


def _diagram(system: System, v: Values, _: Values) -> Picture:
    fixed = {name: value for name, value in v.items() if name not in (system.axis, "reset_rate")}
    diagram = _swept(system.name, tuple(fixed.items()))
    here = v[system.axis], max(v["reset_rate"], LOWEST)  # rate 0 has no place on a logarithmic axis
    figure, ax = empty(right=0.88)
    diagram.plot(ax=ax)
    ring: dict[str, Any] = {"ms": 13, "mfc": "none", "clip_on": False}
    ax.plot(*here, "o", mec="white", mew=6, **ring)
    ax.plot(*here, "o", mec="black", mew=3, **ring)
    build = system.cell.format(**{**v, system.axis: _Name(system.axis), "reset_rate": _Name("reset_rate")})
    setup = [
        f"def build({system.axis}, reset_rate):\n{indent(build, '    ')}\n",
        f"x = {system.axis!r}, {_listed(system.swept)}",
        f'y = "reset_rate", {_geomspace(_ROWS)}',
        "diagram = rd.phase_diagram(build, x, y)",
        f"here = {here!r}",
    ]
    draw = [
        "diagram.plot(ax=ax)",
        'ax.plot(*here, "o", ms=13, mfc="none", mec="white", mew=6, clip_on=False)',
        'ax.plot(*here, "o", ms=13, mfc="none", mec="black", mew=3, clip_on=False)',
    ]
    across, rates = np.meshgrid(diagram.x, diagram.y)
    plane = {system.axis: across.ravel(), "reset_rate": rates.ravel()}
    series: Series = {
        "diagram": {**plane, diagram.quantity: diagram.values.ravel()},
        "optimum": {system.axis: np.asarray(diagram.x, dtype=float), "reset_rate": diagram.optimum},
        "here": {system.axis: np.array([here[0]]), "reset_rate": np.array([here[1]])},
    }
    return Picture(figure, series, words.diagram(system, v), _code(setup, draw))


@lru_cache(maxsize=64)  # while only the ring moves, the diagram stays
def _swept(name: str, fixed: tuple[tuple[str, Any], ...]) -> rd.PhaseDiagram:
    system = SYSTEMS[name]
    return rd.phase_diagram(
        lambda **cell: system.build({**dict(fixed), **cell}),
        (system.axis, system.swept),
        ("reset_rate", _ROWS),
        progress=False,
    )


class _Name(str):
    """A name in a line of code, where otherwise a value stands."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


_HEAD = """\
import numpy as np
import resetdyn as rd
from matplotlib import pyplot
from resetdyn import plotting
"""
_AXES = "\nwith plotting.style():\n    figure, ax = pyplot.subplots()"
_LEGEND_CODE = 'ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, frameon=False)'


def _legend(ax: Any) -> None:
    """Put the legend above the axes, as the other pictures have it."""
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, frameon=False)


def _filled(v: Values, *lines: str) -> list[str]:
    return [line.format(**v) for line in lines]


def _given(dt: float | None) -> str:
    return "" if dt is None else f"dt={dt!r}, "


def _geomspace(values: Any) -> str:
    return f"np.geomspace({LOWEST!r}, {HIGHEST!r}, {len(values)})"


def _listed(values: tuple[float, ...]) -> str:
    return "\n".join(wrap(str(list(values)), 92, subsequent_indent="    "))


def _code(setup: list[str], draw: list[str]) -> str:
    """Return a program: what is needed, then what draws on its axes."""
    program = "\n".join([*setup, _AXES, *draw, 'figure.savefig("picture.svg")', ""])
    return (_HEAD if "np." in program else _HEAD.partition("\n")[2]) + "\n" + program


_DRAW: dict[str, Callable[[System, Values, Values], Picture]] = {
    "landscape": _landscape,
    "paths": _paths,
    "density": _density,
    "mean": _mean,
    "risk": _risk,
    "diagram": _diagram,
}
