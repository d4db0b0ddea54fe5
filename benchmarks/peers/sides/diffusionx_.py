"""diffusionx: first-passage times of its compiled processes; of any other force by a Python function."""

from diffusionx.simulation import OU, Bm, Langevin

ORDER = 0.5
FAR = 1e9


def draw(case, step):
    sigma = (2 * case["diffusion"]) ** 0.5
    low, high = case.get("ends", (case.get("target"), FAR))
    start, force = case["start"], case["force"]
    if force == "1 - x":  # its own process relaxes to 0
        process, low, high = OU(1.0, sigma, start - 1.0), low - 1.0, high
    elif force == "0*x":
        process = Bm(start, case["diffusion"])
    else:
        of = eval("lambda x: " + force)
        process = Langevin(lambda x, t: of(x), lambda x, t: sigma, start)
    return lambda n: [process.fpt((low, high), time_step=step, max_duration=1e5) for _ in range(n)]
