"""torchsde: Euler's method for a batch over blocks of time; paths that crossed are left out of the next."""

import numpy as np
import torch
import torchsde

ORDER = 0.5
START = 256
torch.set_num_threads(1)


class Motion(torch.nn.Module):
    noise_type = "diagonal"
    sde_type = "ito"

    def __init__(self, force, sigma):
        super().__init__()
        self.force, self.sigma = force, sigma

    def f(self, t, x):
        return self.force(x)

    def g(self, t, x):
        return torch.full_like(x, self.sigma)


def draw(case, step):
    dim = case.get("dim", 1)
    start = torch.zeros(dim, dtype=torch.float64)
    start[0] = case.get("distance", case.get("start"))
    if "dim" in case:
        force = lambda x: -case["stiffness"] * x
        over = lambda path: (path**2).sum(-1) <= case["radius"] ** 2
    else:
        force = eval("lambda x: " + case["force"])
        low, high = case.get("ends", (case.get("target"), np.inf))
        over = lambda path: (path[..., 0] <= low) | (path[..., 0] >= high)
    motion = Motion(force, (2 * case["diffusion"]) ** 0.5)
    grid = torch.arange(0, 1 + step / 2, step, dtype=torch.float64)

    @torch.no_grad()
    def times(n):
        x, now, found = start.repeat(n, 1), 0.0, []
        while len(x):
            path = torchsde.sdeint(motion, x, grid, method="euler", dt=step)
            ends = over(path[1:])
            done = ends.any(0)
            found.append(now + grid[1 + ends.int().argmax(0)[done]].numpy())
            x, now = path[-1][~done], now + float(grid[-1])
        return np.concatenate(found)

    return times
