"""multires: the hybrid multiresolution algorithm for drifted diffusion in a box, with resets."""

import multires

ORDER = None
START = 4


def draw(case, step):
    arguments = (case["drift"], case["diffusion"], case["reset_rate"], case["start"], step)
    return lambda n: [float(multires.hmra(*arguments, eul_dt=step)[0]) for _ in range(n)]
