"""Draw the moving picture of the README: ``python docs/make_animation.py``."""

from pathlib import Path

import numpy as np
from matplotlib import pyplot

import resetdyn as rd
from resetdyn import plotting

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw three walkers that look for the origin, each sent back to its start now and then."""
    problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(1.0))
    paths = rd.trajectories(problem, np.linspace(0.0, 4.5, 901), n=3, rng=9)
    with plotting.style():
        figure, ax = pyplot.subplots(figsize=(6.0, 3.2))
        walk = plotting.animate(paths, ax=ax, seconds=8.0, fps=15)
        walk.save(IMAGES / "walk.gif", writer="pillow", dpi=100)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
