"""Who takes part, in which environment, and on which cases."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.cases import CASES
from benchmarks.peers.environments import OWN

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PATIENCE = 180  # seconds
_LINE = ("brownian", "away", "trap", "well", "trap_free", "well_free", "interval", "space")
_FREE = ("trap_free", "well_free", "interval", "space")


@dataclass(frozen=True)
class Side:
    """One that is measured.

    Attributes
    ----------
    name : str
        What it is called.
    file : str
        Its file in ``sides/``.
    environment : str
        Where it is run.
    cases : tuple of str
        What it is asked.
    order : float or None
        The order in the step of its bias, by its construction; None for what has no bias to speak of or none
        that is known.
    steps : tuple of float
        Steps at which it runs.
    """

    name: str
    file: str
    environment: str
    cases: tuple[str, ...]
    order: float | None = None
    steps: tuple[float, ...] = (1e-2, 1e-3)


_NONE = (0.0,)  # one that chooses its steps itself
_LONG = (4e-2, 1e-2)  # for those that would take minutes for a path at shorter ones
SIMULATORS = (
    Side("resetdyn", "resetdyn_", OWN, (*_LINE, "box"), None, _NONE),
    Side("C, gcc -O3", "c_loop", OWN, _LINE, 0.5),
    Side("plain numba loop", "numba_loop", OWN, _LINE, 0.5),
    Side("plain NumPy loop", "numpy_loop", OWN, _LINE, 0.5),
    Side("multires", "multires_", "multires", ("box",)),
    Side("ssm-simulators", "ssms_", "ssm-simulators", ("interval",), 0.5),
    Side("diffrax", "diffrax_", "diffrax", _FREE, 0.5, _LONG),
    Side("torchsde", "torchsde_", "torchsde", _FREE, 0.5, _LONG),
    Side("diffusionx", "diffusionx_", "diffusionx", ("trap_free", "well_free", "interval"), 0.5),
    Side("sdeint", "sdeint_", "sdeint", _FREE, 0.5, _LONG),
    Side("stochrare", "stochrare_", "stochrare", ("trap_free", "well_free"), 0.5, _LONG),
)
SOLVERS = (
    Side("resetdyn", "resetdyn_exact", OWN, (*_LINE, "box"), None, _NONE),
    Side("mpmath", "mpmath_", OWN, ("trap", "trap_free"), None, _NONE),
    Side("scipy's solve_bvp", "solve_bvp_", OWN, ("trap", "well", "trap_free", "well_free"), None, _NONE),
    Side("ppf-approx", "ppf_approx_", "ppf-approx", ("box",), None, _NONE),
    Side("pyddm", "pyddm_", "pyddm", ("interval",), None, _NONE),
    Side("fplanck", "fplanck_", "fplanck", ("trap_free", "well_free"), None, _NONE),
)


@dataclass(frozen=True)
class Measured:
    """What one side did on one case at one step.

    Attributes
    ----------
    seconds : float
        By path, or by call of a solver.
    bias, error : float
        Relative difference of the mean from the exact one, and its standard error.
    n : int
        Paths or calls.
    first, imported : float
        Seconds of the first call, and of the import.
    memory : float
        MB at most.
    """

    side: str
    case: str
    step: float
    seconds: float
    bias: float
    error: float
    n: int
    first: float
    imported: float
    memory: float


def measured(side: Side, case: str, step: float, python: Path, seconds: float) -> Measured:
    """Run a side in a process of its own.

    Raises
    ------
    RuntimeError
        If it fails, with the last of what it printed, or takes minutes.
    """
    about = CASES[case]
    asked = {"case": {**about.data, "key": case}, "step": step, "seconds": seconds}
    command = [str(python), str(_HERE / "measure.py"), str(_HERE / "sides" / f"{side.file}.py")]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    surroundings = {**os.environ, **threads, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    surroundings["PYTHONPATH"] = str(_ROOT) if side.environment == OWN else ""
    name = f"{side.name}, {about.name}"
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            env=surroundings,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{name}: not one batch of paths in {_PATIENCE} seconds") from None
    if done.returncode:
        raise RuntimeError(f"{name}: {' '.join(done.stderr.split()[-20:])}")
    found = json.loads(done.stdout.splitlines()[-1])
    exact = about.exact.mean
    return Measured(
        side.name,
        case,
        step,
        found["seconds"] / found["n"],
        found["mean"] / exact - 1,
        found["error"] / exact,
        found["n"],
        found["first"],
        found["import"],
        found["memory"],
    )
