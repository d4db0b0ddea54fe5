"""Draw the pictures of docs/simulation.md: ``python docs/make_simulation_pictures.py``."""

from pathlib import Path

import numpy as np
from matplotlib import pyplot
from scipy import stats

import resetdyn as rd
from resetdyn import plotting

IMAGES = Path(__file__).parent / "images"


def paths() -> None:
    """Draw searches of a trapped walker, under jumps back and under journeys back."""
    pauses = stats.gamma(2.0, scale=0.1)
    trap = rd.OrnsteinUhlenbeck(stiffness=1.0, center=1.5, diffusion=0.5)
    resets = {
        "jumps back to the start": rd.Poisson(1.0),
        "journeys back, and pauses": rd.Poisson(1.0, return_speed=4.0, refractory=pauses),
    }
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(7.2, 2.8), sharey=True, layout="constrained")
    for (name, reset), ax in zip(resets.items(), (left, right), strict=True):
        problem = rd.FirstPassage(trap, start=0.5, target=rd.Level(0.0), reset=reset)
        rd.trajectories(problem, np.linspace(0, 6, 1201), n=3, rng=3).plot(ax=ax)
        ax.set_title(name)
    right.set_ylabel("")
    figure.savefig(IMAGES / "trajectories.png", dpi=160)


def rates() -> None:
    """Draw what one run says about many reset rates."""
    problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(2.0))
    answer = rd.reweight(rd.simulate(problem, n=1_000_000, rng=7), np.geomspace(0.3, 300, 25))
    figure, ax = pyplot.subplots(figsize=(6.0, 3.4), layout="constrained")
    answer.plot(ax=ax)
    rates = np.geomspace(0.3, 300, 200)
    ax.plot(rates, np.expm1(np.sqrt(rates)) / rates, color="black", lw=0.8, label="exact")
    ax.legend(loc=(0.36, 0.6))
    figure.savefig(IMAGES / "reweighted.png", dpi=160)


if __name__ == "__main__":
    with plotting.style():
        paths()
        rates()
