"""Euler's loop in numba with `np.random.normal`, path by path; the target is seen at the ends of steps."""

import math

import numpy as np
from numba import njit

ORDER = 0.5


def draw(case, step):
    if "dim" in case:
        return _in_space(case, step)
    force = njit(eval("lambda x: " + case["force"]))
    low, high = case.get("ends", (case.get("target"), math.inf))
    start, rate, noise = case["start"], case["reset_rate"], math.sqrt(2 * case["diffusion"] * step)

    @njit
    def times(n):
        found = np.empty(n)
        for i in range(n):
            x, k, reset = start, 0, 1 << 60
            if rate > 0:
                reset = math.ceil(np.random.exponential() / (rate * step))
            while low < x < high:
                x += force(x) * step + noise * np.random.normal()
                k += 1
                if k == reset and low < x < high:
                    x = start
                    reset += math.ceil(np.random.exponential() / (rate * step))
            found[i] = k * step
        return found

    return times


def _in_space(case, step):
    dim, distance, square = case["dim"], case["distance"], case["radius"] ** 2
    keep, noise = 1 - case["stiffness"] * step, math.sqrt(2 * case["diffusion"] * step)

    @njit
    def times(n):
        found, x = np.empty(n), np.empty(dim)
        for i in range(n):
            x[:] = 0.0
            x[0] = distance
            k, left = 0, distance**2
            while left > square:
                left = 0.0
                for j in range(dim):
                    x[j] = keep * x[j] + noise * np.random.normal()
                    left += x[j] ** 2
                k += 1
            found[i] = k * step
        return found

    return times
