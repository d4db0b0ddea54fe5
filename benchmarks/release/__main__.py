"""Make a release and try it: build, check, and a fresh environment for every Python that is here.

    python -m benchmarks.release [--python 3.11 3.12 ...] [--lowest] [--out dist]

Builds the sdist, and the wheel from it; checks their metadata (twine) and their files; installs each in a
fresh environment and runs `smoke.py` there.  ``--lowest`` installs the lowest versions that `pyproject.toml`
admits, on its lowest Python, and runs the cheap tests of the sdist.  The extra ``release`` has what it needs.
The exit status is 1 if something does not hold; a Python that is not here is told and is no failure.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from benchmarks.release import contents, requirements
from benchmarks.release.environments import fresh, interpreter, run

PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
_SMOKE = Path(__file__).with_name("smoke.py")
# Some minutes: every dependency is called, by theory, samplers, pictures, SymPy, files and scikit-learn.
_CHEAP = (
    "nouns", "expressions", "conditions", "theory_first_passage", "theory_resets", "theory_optimum",
    "theory_potential", "theory_steady_state", "simulation_streams", "simulation_summary", "simulation_truth",
    "phase", "plotting", "cli", "label_noise", "sgd_risk", "training_estimators", "advice",
    "trust_saving", "reweighting",
)  # fmt: skip


def build(out: Path) -> tuple[Path, Path]:
    """Build both files into an empty folder and check them; return the wheel and the sdist."""
    shutil.rmtree(out, ignore_errors=True)
    run(sys.executable, "-m", "build", "--outdir", out, requirements.ROOT, cwd=requirements.ROOT)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist, cwd=out)
    if wrong := [*contents.in_wheel(wheel), *contents.in_sdist(sdist)]:
        raise SystemExit("\n".join(wrong))
    return wheel, sdist


def installs(python: str, package: Path, *further: str) -> None:
    """Install a package in a fresh environment and run the smoke test, from an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        inside = fresh(python, Path(folder) / "environment", package, *further)
        script = shutil.copy(_SMOKE, folder)
        run(inside, script, cwd=Path(folder))


def lowest(python: str, sdist: Path) -> None:
    """Run the cheap tests of the sdist with the lowest versions of all dependencies."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        (source,) = Path(folder).iterdir()
        pins = [*requirements.lowest("learn"), *requirements.OF_THEIR_TIME]
        tests = ("pytest", "pytest-timeout", "hypothesis")
        inside = fresh(python, Path(folder) / "environment", sdist, *pins, *tests)
        run(inside, "-m", "pip", "check", cwd=Path(folder))
        files = [f"tests/test_{name}.py" for name in _CHEAP]
        run(
            inside, "-m", "pytest", "-q", "-m", "not slow", "--timeout", "300", *files, cwd=source, minutes=40
        )


def main() -> int:
    """Do what the command line asks; say what held and what could not be tried."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--python", nargs="+", default=PYTHONS, metavar="VERSION", help="default: %(default)s"
    )
    parser.add_argument("--lowest", action="store_true", help="lowest versions and the cheap tests instead")
    parser.add_argument("--out", type=Path, default=requirements.ROOT / "dist", help="default: dist")
    options = parser.parse_args()
    wheel, sdist = build(options.out.resolve())
    lines, status = [], 0
    for version in PYTHONS[:1] if options.lowest else options.python:
        python = interpreter(version)
        if python is None:
            lines.append(f"Python {version}: not here, not tried")
            continue
        try:
            if options.lowest:
                lowest(python, sdist)
            else:
                installs(python, wheel)
                installs(python, sdist)
            lines.append(f"Python {version}: holds")
        except subprocess.SubprocessError as error:
            lines.append(f"Python {version}: FAILS ({error})")
            status = 1
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
