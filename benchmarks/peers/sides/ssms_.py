"""ssm-simulators: drift diffusion between two ends, in Cython."""

import numpy as np
from ssms.basic_simulators.simulator import simulator

ORDER = 0.5
START = 1000


def draw(case, step):
    low, high = case["ends"]
    scale = (2 * case["diffusion"]) ** 0.5
    half = (high - low) / 2 / scale
    theta = {"v": case["drift"] / scale, "a": half, "z": 0.5, "t": 0.0}
    seed = iter(range(1, 10**9))

    def times(n):
        found = simulator(
            theta=theta, model="ddm", n_samples=n, delta_t=step, max_t=100.0, random_state=next(seed)
        )
        return np.asarray(found["rts"]).ravel()

    return times
