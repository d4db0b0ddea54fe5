"""Euler's loop in NumPy, all paths at once; the target is seen at the ends of steps."""

import numpy as np

ORDER = 0.5
START = 1000


def draw(case, step):
    rng = np.random.default_rng(1)
    noise = np.sqrt(2 * case["diffusion"] * step)
    leaving = -np.expm1(-case["reset_rate"] * step)
    if "dim" in case:
        start = np.zeros(case["dim"])
        start[0] = case["distance"]

        def drift(x):
            return -case["stiffness"] * x

        def open_(x):
            return (x**2).sum(axis=1) > case["radius"] ** 2
    else:
        start, drift = np.asarray(case["start"]), eval("lambda x: " + case["force"])
        low, high = case.get("ends", (case.get("target"), np.inf))

        def open_(x):
            return (x > low) & (x < high)

    def times(n):
        x = np.tile(start, (n,) + (1,) * start.ndim)
        found, now = [], 0.0
        while len(x):
            x = x + drift(x) * step + noise * rng.standard_normal(x.shape)
            now += step
            left = open_(x)
            found.append(np.full(len(x) - left.sum(), now))
            x = x[left]
            if leaving:
                x[rng.random(len(x)) < leaving] = start
        return np.concatenate(found)

    return times
