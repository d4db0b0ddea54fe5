"""Command lines: an answer, or one line on what is wrong and the status 2; never a traceback."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

from benchmarks.trust.formulas import formula
from benchmarks.trust.mutations import ODD_NUMBERS, Rng, pick, scribbled
from benchmarks.trust.watch import Nonsense
from resetdyn import cli

# Lines that are right, of every command; one in `{}` is a file of times or one that is written.
GOOD = (
    "mfpt --diffusion 1 --start 1 --target 0 --rate 2.5", "mfpt --drift -1 --start 2 --json",
    "mfpt --stiffness 1 --center 1.5 --rate 1 --json",
    "mfpt --start 0.5 --interval 0 1 --period 2 --json", "mfpt --start 1 --rate-field 2*Heaviside(-x) --json",
    "steady --diffusion 1 --rate 2 --to 0 --json",
    "mfpt --potential x**4/4-a*x**2/2 --parameter a=1 --diffusion 0.5 --start -1 --rate 0.05 --json",
    "steady --stiffness 2 --json",
    "steady --stiffness 1 --center 1.5 --rate 1 --to 0.5 --refractory 0.1 --json",
    "optimal --diffusion 1 --start 1 --json",
    "optimal --drift -0.5 --start 1 --refractory 0.1 --return-speed 3 --json", "derive --list",
    "derive peclet", "derive peclet --latex --json",
    "phase --family search --x drift -4 2 3 --y reset_rate 0.1 10 3 log --json",
    "phase --family label-noise --x noise_rate 0 0.6 3 --y reset_rate 0.01 30 3 log",
    "phase --family ornstein-uhlenbeck --x diffusion 1 3 2 --y reset_rate 1 9 2 --set center=1 --save {out}",
    "phase --family search --x drift -4 -2 2 --y reset_rate 0.1 2 2 --simulate 50 --seed 7 --json",
    "advise {times} --json", "advise {times} --column 1 --unit s",
    "advise {times} --overhead 0.1 --details", "simulate --rate 2.5 --n 50 --seed 7 --json",
    "simulate --steady --stiffness 1 --n 50 --rate 1 --to 0.5 --json",
    "simulate --drift 1 --start 1 --max-time 5 --n 50 --seed 7 --csv {out}.csv",
    "simulate --n 50 --rate 1 --keep summary --json", "--help", "mfpt --help", "--version",
)  # fmt: skip
_EXTRA = (
    "--rate", "--period", "--to", "--refractory", "--return-speed", "--drift", "--stiffness", "--center",
    "--start", "--target", "--interval", "--parameter",
    "--rate-field", "--json", "--seed", "--quantity", "--set", "--column", "--censored", "--at-rate",
    "--overhead", "--dt", "--latex", "--list", "--potential",
    "--nonsense", "--", "-", "-x", "--rate=1", "--seed=-1", "--n=0", "--n=-5", "--dt=0", "--max-time=0",
    "--max-time=nan", "--timeout=-1", "--workers=0",
    "--workers=-3", "--target-error=0", "--plot=x.exe", "--plot=/nowhere/x.svg", "--save=/nowhere/x.npz",
    "--csv=.", "--resume=/dev/null", "--discrete",
)  # fmt: skip
_BIG = ("--n", "--simulate", "--workers")  # what may cost what it says is left as it is
# With some values of these a simulated search practically never ends (docs/known_limits.md).
_ENDLESS = ("--rate", "--drift", "--start", "--diffusion", "--target", "--max-time")


class Command:
    """The arguments of one call of the command."""

    name, names = "command lines", ("resetdyn: error: ",)

    def __init__(self, folder: Path) -> None:
        self.folder, self.trace = folder, folder / "trace"
        self.times = folder / "times.csv"
        self.times.write_text("time\n" + "\n".join(str(1 + (7 * k) % 11 / 3) for k in range(30)) + "\n")

    def make(self, rng: Rng) -> list[str]:
        """Return arguments: right ones, with some lost, doubled, swapped, scribbled on or replaced."""
        words = str(pick(GOOD, rng)).format(out=self.folder / "out", times=self.times).split()
        for _ in range(rng.integers(0, 4)):
            at = int(rng.integers(len(words)))
            endless = _ENDLESS if words[0] == "simulate" else ()
            if at and words[at - 1] in (*_BIG, *endless):
                continue
            match rng.integers(9):
                case 0:
                    del words[at]
                case 1 | 2 | 3:
                    words[at] = str(pick(ODD_NUMBERS, rng))
                case 4:
                    words[at] = scribbled(words[at], rng)
                case 5:
                    words.insert(at, str(pick(_EXTRA, rng)))
                case 6:
                    option = str(pick(_EXTRA, rng))
                    words[at:at] = [option, "1" if option in endless else str(pick(ODD_NUMBERS, rng))]
                case 7:
                    words[at], words[-1] = words[-1], words[at]
                case 8 if "--potential" in words:
                    words[words.index("--potential") + 1 :][:1] = [formula(rng, str(self.trace))]
            words = words or ["mfpt"]
        return [word.replace("/nowhere", "/nowhere/at/all") for word in words]

    def read(self, words: list[str]) -> None:
        """Run it where it may write, and judge its lines."""
        out, err = io.StringIO(), io.StringIO()
        home = os.getcwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = cli.main(words)
        finally:
            os.chdir(home)
        said = err.getvalue()
        if status == 2:
            if said.count("\n") != 1 or "Traceback" in said or out.getvalue():
                raise Nonsense(f"not one line: {said[:200]!r}")
            raise ValueError(said)
        if status or said:
            raise Nonsense(f"status {status}, {said[:200]!r}")
        if "--json" in words and not {"--help", "--version"} & {*words}:
            answer = json.loads(out.getvalue(), parse_constant=_refuse)
            if answer.get("mean", 0.0) is None:
                raise Nonsense(f"a mean that is no number: {out.getvalue()[:200]}")
        elif any(line.split()[:2] == ["mean", "nan"] for line in out.getvalue().splitlines()):
            raise Nonsense(f"a mean that is no number: {out.getvalue()[:200]}")


def _refuse(text: str) -> None:
    raise Nonsense(f"{text} is not JSON")
