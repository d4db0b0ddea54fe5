"""Euler's loop in C (gcc -O3 -march=native, xoshiro256++, ziggurat), path by path."""

import ctypes
import math
import subprocess
import tempfile
from pathlib import Path

import numpy as np

ORDER = 0.5
_SOURCE = Path(__file__).resolve().parents[1] / "euler.c"


def draw(case, step):
    with tempfile.TemporaryDirectory() as folder:
        library = f"{folder}/euler.so"
        force = case.get("force", "0").replace("x**3", "x*x*x")
        flags = ["-O3", "-march=native", f"-DFORCE(x)=({force})", "-shared", "-fPIC"]
        subprocess.run(["gcc", *flags, str(_SOURCE), "-o", library, "-lm"], check=True)
        loops = ctypes.CDLL(library)
    state = np.random.SeedSequence(1).generate_state(4, np.uint64)
    real, pointer = ctypes.c_double, ctypes.c_void_p
    low, high = case.get("ends", (case.get("target"), math.inf))

    def times(n):
        found = np.empty(n)
        out = (ctypes.c_long(n), real(step), pointer(state.ctypes.data), pointer(found.ctypes.data))
        if "dim" in case:
            numbers = (case["distance"], case["radius"], case["stiffness"], case["diffusion"])
            loops.space(ctypes.c_int(case["dim"]), *map(real, numbers), *out)
        else:
            numbers = (case["start"], low, high, case["diffusion"], case["reset_rate"])
            loops.line(*map(real, numbers), *out)
        return found

    return times
