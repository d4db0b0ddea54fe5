"""Phase diagrams: reset rate against noise rate, batch size and diffusion, with cells checked by simulation.

Every diagram is exact theory; the circles in it are cells that were simulated as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

import resetdyn as rd
from analysis import figures
from analysis.checks import against
from analysis.claims import Claim, Experiment, Illustration
from analysis.sampling import of_means, stream

SAMPLES, FEWER = 60_000, 8_000
GRID, COARSE = 41, 13


def noisy_search(noise_rate: float, reset_rate: float, batch_size: int = 4) -> Any:
    """Search by SGD for a state cleaner than the checkpoint, which lies a little past the clean optimum."""
    model = rd.LabelNoiseQuadratic(
        1.0, clean_optimum=0.0, wrong_optimum=3.0, noise_rate=noise_rate, learning_rate=0.1,
        batch_size=batch_size, gradient_covariance=8 + 9 * noise_rate * (1 - noise_rate), checkpoint=0.5,
    )  # fmt: skip
    return rd.FirstPassage(model.process(), model.checkpoint, rd.Level(0.2), rd.Poisson(reset_rate))


def batch_search(batch_size: int, reset_rate: float) -> Any:
    """Search by SGD as above, at 30 % wrong labels."""
    return noisy_search(0.3, reset_rate, batch_size)


def trapped_search(diffusion: float, reset_rate: float) -> Any:
    """Search from 1 for the centre of a trap."""
    return rd.FirstPassage(
        rd.OrnsteinUhlenbeck(1.0, 0.0, diffusion), 1.0, rd.Level(0.0), rd.Poisson(reset_rate)
    )


def batch_risk(batch_size: int, reset_rate: float) -> Any:
    """Train with a checkpoint taken long before the early-stopping point (the model itself knows no rate)."""
    return rd.LabelNoiseQuadratic(
        1.0, clean_optimum=0.0, wrong_optimum=0.2, noise_rate=0.3, learning_rate=0.1, batch_size=batch_size,
        gradient_covariance=20.0, initial=-1.0, checkpoint=-0.3,
    )  # fmt: skip


@dataclass(frozen=True)
class Map:
    """One diagram: what is drawn over which plane, where it is checked, and what it shows."""

    name: str
    build: Callable[..., Any]
    x: tuple[str, Any]
    rates: Any
    sample: Callable[..., Any]
    cells: tuple[tuple[float, float], ...]
    label: str
    caption: str

    def solve(self) -> Any:
        """Return the diagram on a grid that contains the cells."""
        xs = np.unique(np.concatenate([self.x[1], np.asarray([x for x, _ in self.cells], self.x[1].dtype)]))
        rates = np.unique(np.concatenate([self.rates, [rate for _, rate in self.cells]]))
        return rd.phase_diagram(self.build, x=(self.x[0], xs), y=("reset_rate", rates), progress=False)

    def ratio(self, x: float, rate: float, n: int, rng: Any) -> Any:
        """Simulate one cell: the mean (time or risk) without resetting over that with it."""
        free, reset = (self.sample(self.build, x, each, n, rng) for each in (0.0, rate))
        return of_means(lambda without, with_: without / with_, free, reset)


def times(build: Callable[..., Any], x: float, rate: float, n: int, rng: Any) -> Any:
    """Return simulated search times."""
    return rd.simulate(build(x, rate), n=n, rng=rng).times


def risks(build: Callable[..., Any], x: float, rate: float, n: int, rng: Any) -> Any:
    """Return the clean risks of simulated steady states."""
    model = build(x, rate)
    problem = rd.SteadyState(model.process(), rd.Poisson(rate, to=model.checkpoint))
    return model.clean_risk(rd.simulate(problem, n=n, rng=rng).samples)


def maps(size: int) -> list[Map]:
    """Return the diagrams to be drawn, on grids of about this size."""
    small, large = (np.unique(np.geomspace(*ends, size).round().astype(int)) for ends in ((1, 16), (4, 100)))
    return [
        Map(
            "phase_noise_rate",
            noisy_search,
            ("noise_rate", np.linspace(0.0, 0.5, size)),
            np.geomspace(0.05, 50, size),
            times,
            ((0.02, 1.0), (0.15, 5.0), (0.3, 2.0), (0.4, 10.0)),
            "speed-up of the search at noise rate {x:g}, rate {rate:g}",
            "The more wrong labels, the farther the effective optimum lies from the cleaner states that SGD "
            "searches for, and the more resetting to the checkpoint speeds up the search. With few wrong "
            "labels the drift itself leads to the target, and too fast resetting does harm.",
        ),
        Map(
            "phase_batch_size",
            batch_search,
            ("batch_size", small),
            np.geomspace(0.05, 50, size),
            times,
            ((2, 2.0), (4, 2.0), (8, 0.5)),
            "speed-up of the search at batch size {x:g}, rate {rate:g}",
            "A larger batch means less gradient noise, so that without resetting the climb back from the "
            "effective optimum takes exponentially longer. The speed-up by resetting therefore grows with "
            "the batch size.",
        ),
        Map(
            "phase_diffusion",
            trapped_search,
            ("diffusion", np.geomspace(0.3, 6.0, size)),
            np.geomspace(0.02, 20, size),
            times,
            ((0.5, 0.5), (1.5, 0.3), (4.0, 2.0)),
            "speed-up of the search at D = {x:g}, rate {rate:g}",
            "With the target at the centre of a trap, resetting helps only where diffusion is strong enough "
            "to carry the searcher far up the slope: D > k x₀² / 1.0931, where the optimal-rate curve "
            "leaves zero. To its left the trap is the better guide, and every reset delays the arrival.",
        ),
        Map(
            "phase_risk",
            batch_risk,
            ("batch_size", large),
            np.geomspace(0.02, 20, size),
            risks,
            ((8, 1.0), (30, 0.3), (80, 2.0)),
            "gain in steady risk at batch size {x:g}, rate {rate:g}",
            "For the steady clean risk the roles are reversed: it is gradient noise that resetting to an "
            "early checkpoint keeps out, so that small batches gain. With large batches little noise is "
            "left to remove, and each reset only throws away progress.",
        ),
    ]  # fmt: skip


def run(quick: bool, seed: int) -> Experiment:
    """Draw the phase diagrams and simulate some of their cells."""
    rng = stream(seed, "phase_diagrams")
    n = FEWER if quick else SAMPLES
    claims: list[Claim] = []
    drawn = []
    for one in tqdm(maps(COARSE if quick else GRID), "phase diagrams", leave=False):
        diagram = one.solve()
        claims += [_check(one, diagram, x, rate, n, rng) for x, rate in one.cells]
        drawn.append(_draw(one, diagram))
    return Experiment(
        "phase_diagrams",
        "Phase diagrams",
        "Where resetting helps (blue) and where it harms (red), over reset rate and noise. The solid line "
        "is the optimal rate, the dashed one the rate beyond which resetting does harm; circles mark the "
        "cells that were simulated.",
        claims,
        drawn,
    )


def _check(one: Map, diagram: Any, x: float, rate: float, n: int, rng: Any) -> Claim:
    value = diagram.values[np.searchsorted(diagram.y, rate), np.searchsorted(diagram.x, x)]
    return against(one.label.format(x=x, rate=rate), value, one.ratio(x, rate, n, rng))


def _draw(one: Map, diagram: Any) -> Illustration:
    figure, axes = figures.new(width=6.4, height=4.4)
    diagram.plot(axes)
    for colour, width in (("white", 3.5), (figures.BLACK, 1.5)):
        axes.plot(*zip(*one.cells, strict=True), "o", ms=7, mfc="none", mec=colour, mew=width)
    return Illustration(one.name, one.caption, figure)
