"""Fresh environments: made, filled, asked; every step has a time limit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_MINUTES = 60.0


def run(*command: str | Path, cwd: Path, minutes: float = 20.0) -> None:
    """Run a command that must succeed, without paths of the caller's that hide what is not installed."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    clean |= {"PYTHONNOUSERSITE": "1", "MPLBACKEND": "agg"}
    subprocess.run(list(map(str, command)), cwd=cwd, env=clean, timeout=minutes * _MINUTES, check=True)


def interpreter(version: str) -> str | None:
    """Return the path of a Python of such a version ("3.12"), or None if there is none that runs."""
    names = (f"python{version}",) if sys.platform != "win32" else ("py", f"-{version}")
    asked = [*names, "-c", "import sys; print(sys.executable)"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def fresh(python: str, folder: Path, *requirements: str | Path) -> Path:
    """Make an environment and install into it; return its Python."""
    run(python, "-m", "venv", folder, cwd=folder.parent)
    inside = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(inside, "-m", "pip", "install", "--quiet", *requirements, cwd=folder.parent)
    return inside
