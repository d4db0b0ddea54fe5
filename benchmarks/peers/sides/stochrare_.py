"""stochrare: `FirstPassageProcess` of a one-dimensional diffusion, path by path, upwards to a level."""

import numpy as np
from stochrare.dynamics.diffusion1d import ConstantDiffusionProcess1D
from stochrare.firstpassage import FirstPassageProcess

ORDER = 0.5
START = 2


def draw(case, step):
    of = eval("lambda x: " + case["force"])
    model = ConstantDiffusionProcess1D(
        lambda x, t: -of(-x), case["diffusion"]
    )  # mirrored: its levels are above
    search = FirstPassageProcess(model)
    return lambda n: search.escapetime_sample(
        -case["start"], 0.0, -case["target"], dt=step, ntraj=n, dtype=np.float64
    )
