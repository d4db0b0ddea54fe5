"""sdeint: `itoEuler` over a block of time, path by path, until a block holds the passage."""

import numpy as np
import sdeint

ORDER = 0.5
START = 2


def draw(case, step):
    rng = np.random.default_rng(1)
    grid = np.arange(0, 2 + step / 2, step)
    if "dim" in case:
        start, noise = np.zeros(case["dim"]), np.sqrt(2 * case["diffusion"]) * np.eye(case["dim"])
        start[0] = case["distance"]

        def force(x, t):
            return -case["stiffness"] * x

        def over(path):
            return (path**2).sum(axis=1) <= case["radius"] ** 2
    else:
        start, noise = np.array([case["start"]]), np.array([[np.sqrt(2 * case["diffusion"])]])
        of = eval("lambda x: " + case["force"])
        low, high = case.get("ends", (case.get("target"), np.inf))

        def force(x, t):
            return of(x)

        def over(path):
            return (path[:, 0] <= low) | (path[:, 0] >= high)

    def one():
        x, now = start, 0.0
        while True:
            path = sdeint.itoEuler(force, lambda x, t: noise, x, grid, generator=rng)
            ends = over(path)
            if ends.any():
                return now + grid[np.argmax(ends)]
            x, now = path[-1], now + grid[-1]

    return lambda n: [one() for _ in range(n)]
