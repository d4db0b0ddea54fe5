"""pyddm: the mean decision time of a drift diffusion model, from its solver's density."""

import warnings

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyddm

DT = 0.001


def value(case):
    low, high = case["ends"]
    scale = (2 * case["diffusion"]) ** 0.5
    model = pyddm.Model(
        drift=pyddm.DriftConstant(drift=case["drift"]),
        noise=pyddm.NoiseConstant(noise=scale),
        bound=pyddm.BoundConstant(B=(high - low) / 2),
        overlay=pyddm.OverlayNone(),
        dx=0.005,
        dt=DT,
        T_dur=15.0,
    )

    def mean():
        solution = model.solve()
        density = np.asarray(solution.pdf("correct")) + np.asarray(solution.pdf("error"))
        return float(np.sum(density * solution.t_domain) / np.sum(density))

    return mean
