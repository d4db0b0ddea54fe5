"""fplanck: the mean time by a linear solve with the generator that it builds for a force.

It works in SI units with a temperature and a drag: k T / drag is the diffusion coefficient.  Its ends
reflect; taking the first cell out of the matrix makes that end absorb.
"""

import numpy as np
from fplanck import fokker_planck
from scipy import constants
from scipy.sparse.linalg import spsolve

STEP, FAR = 0.004, 4.0


def value(case):
    of, target = eval("lambda x: " + case["force"]), case["target"]
    center = target + (np.ceil((FAR - target) / STEP) - 1) * STEP / 2

    def mean():
        model = fokker_planck(
            temperature=case["diffusion"] / constants.k,
            drag=1.0,
            extent=FAR - target,
            resolution=STEP,
            force=lambda x: of(x + center),
        )
        x = model.axes[0] + center
        lasting = spsolve(model.master_matrix.T.tocsc()[1:, 1:], -np.ones(len(x) - 1))
        return float(np.interp(case["start"], x[1:], lasting))

    return mean
