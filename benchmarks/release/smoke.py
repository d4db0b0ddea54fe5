"""What an installed resetdyn must do; run as a script, from a folder that is not the checkout."""

import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import resetdyn as rd


def command(*arguments: str) -> str:
    """Return what the command `resetdyn` of this environment prints."""
    script = Path(sys.executable).with_name("resetdyn.exe" if sys.platform == "win32" else "resetdyn")
    done = subprocess.run([script, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def main() -> None:
    """Import, solve, simulate, advise; raise where something is not as it should be."""
    home = Path(rd.__file__).resolve().parent
    assert home.is_relative_to(Path(sys.prefix).resolve()), f"resetdyn comes from {home}"
    assert rd.__version__ == version("resetdyn")
    assert (home / "py.typed").exists()
    assert (home / "lab" / "page.css").exists()

    problem = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(2.5))
    exact = rd.solve(problem).mean
    samples = rd.simulate(problem, n=10_000, rng=7)
    z = (samples.mean - exact) / samples.error
    assert abs(z) < 4, f"{samples.mean} is {z} standard errors from {exact}"
    assert rd.conditions.peclet.text()

    assert "advise" in command("--help")
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "times.csv"
        free = rd.simulate(rd.FirstPassage(rd.Brownian(1.0, -0.3), 1.0, rd.Level(0.0)), n=200, rng=1)
        table.write_text("time\n" + "\n".join(map(str, free.times)) + "\n", encoding="utf-8")
        assert command("advise", str(table)).strip()
    print(
        f"resetdyn {rd.__version__} on Python {sys.version.split()[0]}: {z:+.2f} standard errors from exact"
    )


if __name__ == "__main__":
    main()
