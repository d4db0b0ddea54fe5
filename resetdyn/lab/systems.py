"""The systems of the lab: their dials, and how the values of these become problems, and lines of code.

Problems and lines are written twice, side by side; the tests run the lines and compare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import resetdyn as rd
from resetdyn import _checks
from resetdyn.lab.dials import Dial, Field, Values, even, geometric

LOWEST, HIGHEST = 0.05, 20.0  # reset rates that are drawn
_RATE = Dial("reset_rate", "reset rate r", (0.0, *geometric(LOWEST, HIGHEST, 61)), 1.0)
_DIFFUSION = Dial("diffusion", "diffusion D", geometric(0.05, 5.0, 61), 1.0)


@dataclass(frozen=True)
class System:
    """One system: what it is called, what can be turned, and what is made of the values.

    Attributes
    ----------
    name, title : str
        Its name in code and on the page.
    dials : tuple of Dial or Field
        What can be turned.
    views : tuple of str
        Names of its views, in their order.
    axis : str
        The parameter on the horizontal axis of its phase diagram.
    swept : tuple of numbers
        The values there.
    duration : float
        The time that trajectories are shown for, to begin with.
    samples : int
        How many states are simulated for the steady state: a potential with kinks takes small steps.
    process, search, steady, cell : str
        Lines that make the process, then the search or the steady state, and what a cell of the phase diagram
        is made of; with places for the values.
    problem, steadily, build : callable
        The search, the steady state and the cell that these lines make, from values.
    """

    name: str
    title: str
    dials: tuple[Dial | Field, ...]
    views: tuple[str, ...]
    axis: str
    swept: tuple[float, ...]
    duration: float
    samples: int
    process: str
    search: str
    steady: str
    cell: str
    problem: Callable[[Values], rd.FirstPassage]
    steadily: Callable[[Values], rd.SteadyState]
    build: Callable[[Values], rd.FirstPassage | rd.LabelNoiseQuadratic]

    def checked(self, given: Values) -> dict[str, object]:
        """Return values of all dials, the defaults where none is given; raise for what they cannot be."""
        names = [dial.name for dial in self.dials]
        for name in given:
            _checks.choice("dial", name, tuple(names))
        return {dial.name: dial.checked(given.get(dial.name, dial.default)) for dial in self.dials}


def _walk(v: Values) -> rd.Brownian:
    return rd.Brownian(v["diffusion"], drift=v["drift"])


def _found(v: Values) -> rd.FirstPassage:
    return rd.FirstPassage(_walk(v), v["distance"], rd.Level(0.0), rd.Poisson(v["reset_rate"]))


_WALK = "process = rd.Brownian(diffusion={diffusion!r}, drift={drift!r})"
_FOUND = "rd.FirstPassage(process, {distance!r}, rd.Level(0.0), rd.Poisson({reset_rate!r}))"

SEARCH = System(
    name="search",
    title="Search on the line",
    dials=(
        _RATE,
        _DIFFUSION,
        Dial("drift", "drift v (below 0: to the target)", even(-4.0, 1.0, 0.1), -0.5),
        Dial("distance", "distance of the target L", even(0.3, 3.0, 0.1), 1.0),
    ),
    views=("landscape", "paths", "density", "mean", "diagram"),
    axis="drift",
    swept=even(-4.0, 1.0, 0.25),
    duration=3.0,
    samples=20_000,
    process=_WALK,
    search=f"problem = {_FOUND}",
    steady="steady = rd.SteadyState(process, rd.Poisson({reset_rate!r}, to={distance!r}))",
    cell=f"{_WALK}\nreturn {_FOUND}",
    problem=_found,
    steadily=lambda v: rd.SteadyState(_walk(v), rd.Poisson(v["reset_rate"], to=v["distance"])),
    build=_found,
)


def model(v: Values) -> rd.LabelNoiseQuadratic:
    """Return the model of SGD on noisy labels that the dials say."""
    return rd.LabelNoiseQuadratic(
        hessian=1.0, clean_optimum=0.0, wrong_optimum=2.0, noise_rate=v["noise_rate"],
        learning_rate=v["learning_rate"], batch_size=v["batch_size"], checkpoint=v["checkpoint"],
    )  # fmt: skip


def _recovered(v: Values) -> rd.FirstPassage:
    made = model(v)
    reset = rd.Poisson(v["reset_rate"], to=made.checkpoint)
    return rd.FirstPassage(made.process(), made.effective_optimum, rd.Level(made.clean_optimum), reset)


def _trained(v: Values) -> rd.SteadyState:
    made = model(v)
    return rd.SteadyState(made.process(), rd.Poisson(v["reset_rate"], to=made.checkpoint))


_MODEL = """\
rd.LabelNoiseQuadratic(
    hessian=1.0, clean_optimum=0.0, wrong_optimum=2.0, noise_rate={noise_rate!r},
    learning_rate={learning_rate!r}, batch_size={batch_size!r}, checkpoint={checkpoint!r},
)"""

LEARNING = System(
    name="learning",
    title="SGD on noisy labels",
    dials=(
        _RATE,
        Dial("noise_rate", "noise rate τ (share of wrong labels)", even(0.02, 0.9, 0.02), 0.4),
        Dial("batch_size", "batch size B", (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128), 4),
        Dial("learning_rate", "learning rate η", geometric(0.01, 0.5, 40), 0.2),
        # Not at the clean optimum itself: a reset must not end the search for it.
        Dial("checkpoint", "checkpoint θc", tuple(x for x in even(-1.0, 1.0, 0.05) if x), -0.3),
    ),
    views=("landscape", "paths", "density", "mean", "risk", "diagram"),
    axis="noise_rate",
    swept=even(0.02, 0.9, 0.055),
    duration=10.0,
    samples=20_000,
    process=f"model = {_MODEL}\nprocess = model.process()",
    search="""\
reset = rd.Poisson({reset_rate!r}, to=model.checkpoint)
problem = rd.FirstPassage(process, model.effective_optimum, rd.Level(model.clean_optimum), reset)""",
    steady="steady = rd.SteadyState(process, rd.Poisson({reset_rate!r}, to=model.checkpoint))",
    cell=f"return {_MODEL}",
    problem=_recovered,
    steadily=_trained,
    build=model,
)


def _typed(v: Values) -> rd.Langevin:
    process = rd.Langevin(v["potential"], v["diffusion"])
    places = np.array([v["start"], v["target"]])
    with np.errstate(all="ignore"):
        heights = process.energy(places)
    if not np.all(np.isfinite(heights)):
        raise ValueError(
            f"potential={v['potential']!r}: not a finite number at x={places[~np.isfinite(heights)][0]:g}; "
            "give one that is, or move start and target to where it is"
        )
    return process


def _escaped(v: Values) -> rd.FirstPassage:
    return rd.FirstPassage(_typed(v), v["start"], rd.Level(v["target"]), rd.Poisson(v["reset_rate"]))


_OWN = "process = rd.Langevin({potential!r}, diffusion={diffusion!r})"
_ESCAPED = "rd.FirstPassage(process, {start!r}, rd.Level({target!r}), rd.Poisson({reset_rate!r}))"

TYPED = System(
    name="typed",
    title="A potential of your own",
    dials=(
        Field("potential", "potential U(x)", "x**4/4 - x**2/2"),
        _RATE,
        replace(_DIFFUSION, default=0.1),
        Dial("start", "start", even(-3.0, 3.0, 0.1), 0.2),
        Dial("target", "target", even(-3.0, 3.0, 0.1), 1.0),
    ),
    views=("landscape", "paths", "density", "mean", "diagram"),
    axis="diffusion",
    swept=geometric(0.05, 5.0, 17),
    duration=10.0,
    samples=4_000,
    process=_OWN,
    search=f"problem = {_ESCAPED}",
    steady="steady = rd.SteadyState(process, rd.Poisson({reset_rate!r}, to={start!r}))",
    cell=f"{_OWN}\nreturn {_ESCAPED}",
    problem=_escaped,
    steadily=lambda v: rd.SteadyState(_typed(v), rd.Poisson(v["reset_rate"], to=v["start"])),
    build=_escaped,
)

SYSTEMS: dict[str, System] = {system.name: system for system in (SEARCH, LEARNING, TYPED)}
