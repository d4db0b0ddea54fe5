"""Draw the picture at the top of the README: ``python docs/make_picture.py``."""

from pathlib import Path

import numpy as np

import resetdyn as rd
from resetdyn import plotting


def build(diffusion: float, reset_rate: float) -> rd.FirstPassage:
    """Search for the centre of a trap from distance 1, reset to the start."""
    trap = rd.OrnsteinUhlenbeck(stiffness=1.0, center=0.0, diffusion=diffusion)
    return rd.FirstPassage(trap, start=1.0, target=rd.Level(0.0), reset=rd.Poisson(reset_rate))


def main() -> None:
    """Draw it."""
    diagram = rd.phase_diagram(
        build,
        x=("diffusion", np.linspace(0.4, 4.0, 121)),
        y=("reset_rate", np.linspace(0.0, 6.0, 121)),
    )
    with plotting.style():
        figure = diagram.plot().figure
        figure.savefig(Path(__file__).parent / "images" / "phase_diagram.png", dpi=160)


if __name__ == "__main__":
    main()
