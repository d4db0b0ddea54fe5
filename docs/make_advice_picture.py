"""Draw the picture of docs/advise.md, from the same times: ``python docs/make_advice_picture.py``."""

from pathlib import Path

import numpy as np

import resetdyn as rd
from resetdyn.plotting.advice import advice_figure

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw it."""
    times = np.random.default_rng(1).lognormal(sigma=1.5, size=1000)
    censored = times > 20
    times = np.minimum(times, 20)
    figure = advice_figure(rd.advise(times, censored), times, censored, "ms")
    figure.savefig(IMAGES / "advice.png", dpi=120)


if __name__ == "__main__":
    main()
