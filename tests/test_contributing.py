"""The worked example of CONTRIBUTING.md is a process that works, and its test one that can fail."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```python\n# (\S+\.py)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL))
PROCESS, STEPPER = "resetdyn/processes/telegraph.py", "resetdyn/simulation/telegraph.py"
TEST = "tests/test_telegraph.py"

# The three lines that make a process known, in a process of their own: loops that were compiled for a motion
# which is gone would stay in numba's cache.
RUN = f"""
import runpy, sys
import resetdyn.processes, resetdyn.simulation
from resetdyn import problems
from resetdyn.simulation.sampler import STEPPERS
for package in (resetdyn.processes, resetdyn.simulation):
    package.__path__.append(package.__name__.replace(".", "/"))
from resetdyn.processes.telegraph import TelegraphDrift
resetdyn.TelegraphDrift = TelegraphDrift
problems.Process = problems.Process | TelegraphDrift
STEPPERS["TelegraphDrift"] = "resetdyn.simulation.telegraph"
tests = {{name: test for name, test in runpy.run_path("{TEST}").items() if name.startswith("test_")}}
for name, test in tests.items():
    try:
        test(int(sys.argv[1]))
    except AssertionError:
        print("failed", name)
    else:
        print("passed", name)
"""


def outcomes(folder, seed, change=lambda stepper: stepper):
    """Return what the tests of the example say, with a change of its stepper."""
    for path, text in BLOCKS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(change(text) if path == STEPPER else text, encoding="utf-8")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-W", "error", "-c", RUN, str(seed)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def test_the_example_has_its_three_files():
    assert sorted(BLOCKS) == [PROCESS, STEPPER, TEST]


@pytest.mark.slow
def test_the_example_works(tmp_path, seed):
    assert outcomes(tmp_path, seed) == [
        "passed test_mean_under_poisson_resets", "passed test_variance_of_the_steady_state",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_drift_that_never_flips_is_found_out(tmp_path, seed):
    def change(stepper):
        wrong = stepper.replace("time, sign = after, -sign", "time = after")
        assert wrong != stepper
        return wrong

    assert outcomes(tmp_path, seed, change) == [
        "failed test_mean_under_poisson_resets", "failed test_variance_of_the_steady_state",
    ]  # fmt: skip


@pytest.mark.parametrize("path", [PROCESS, STEPPER, TEST])
def test_the_example_keeps_the_house_rules(path):
    for command in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *command, "--stdin-filename", path, "-"]
        done = subprocess.run(
            command, cwd=ROOT, input=BLOCKS[path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
