"""scipy's solve_bvp: the backward equation D m'' + f m' + r (m(start) - m) = -1, with a wall far away.

With resets the unknown m(start) is a parameter of the boundary value problem.
"""

import numpy as np
from scipy.integrate import solve_bvp


def value(case):
    of = eval("lambda x: " + case["force"])
    diffusion, rate, start, target = (case[name] for name in ("diffusion", "reset_rate", "start", "target"))
    far = 4.0

    def half(x, y, p):  # two intervals, target to start and start to far, on one unit interval
        near, beyond = target + (start - target) * x, start + (far - start) * x
        a, b = start - target, far - start
        return np.stack(
            [
                a * y[1],
                -a * (1 + of(near) * y[1] + rate * (p[0] - y[0])) / diffusion,
                b * y[3],
                -b * (1 + of(beyond) * y[3] + rate * (p[0] - y[2])) / diffusion,
            ]
        )

    def ends(ya, yb, p):
        return np.array([ya[0], yb[0] - ya[2], yb[1] - ya[3], yb[3], yb[0] - p[0]])

    def mean():
        grid = np.linspace(0, 1, 51)
        found = solve_bvp(half, ends, grid, np.ones((4, 51)), p=[1.0], tol=1e-8, max_nodes=100_000)
        return float(found.p[0]) if found.success else float("nan")

    return mean
