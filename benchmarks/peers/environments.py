"""An environment for each peer, so that none of them is a dependency of the project."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

OWN = "resetdyn"
PEERS = {
    "multires": ["multires==0.1.3"],
    "sdeint": ["sdeint==0.3.0"],
    "diffusionx": ["diffusionx==0.3.0"],
    "stochrare": ["stochrare==0.0.1", "scipy<1.11"],
    "ssm-simulators": ["ssm-simulators==0.12.5"],
    "diffrax": ["diffrax==0.7.2"],
    "torchsde": ["torch==2.13.0", "torchsde==0.2.6"],
    "pyddm": ["pyddm==0.9.0"],
    "ppf-approx": ["ppf-approx==0.1.2"],
    "fplanck": ["fplanck==0.2.2", "numpy<2"],
}
"""What is installed for each."""


def python(name: str, folder: Path, *, install: bool = True) -> Path | None:
    """Return the interpreter of an environment in `folder`, made if need be; None if it cannot be had."""
    if name == OWN:
        return Path(sys.executable)
    place = folder / name
    found = place / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if (place / "complete").exists():
        return found
    if not install:
        return None
    venv.create(place, with_pip=True)
    for package in PEERS[name]:  # one by one: a pin of the first keeps the next from fetching another build
        done = subprocess.run(
            [str(found), "-m", "pip", "install", "-q", package], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(
                f"{name} is left out, as it could not be installed:",
                *done.stderr.split()[-12:],
                file=sys.stderr,
            )
            return None
    (place / "complete").touch()
    return found
