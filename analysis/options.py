"""What the commands `python -m analysis` and `python -m validation` have in common: how they are asked."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """The options of a command that runs experiments by name and writes what it found to a folder.

    The names are chosen by ``--only``, or, where they are `commands`, by themselves.
    """

    def __init__(
        self, prog: str, description: str, epilog: str, names: Sequence[str], out: str, commands: bool = False
    ) -> None:
        super().__init__(
            prog=prog,
            description=f"{description} The exit status is 1 when a check that should hold does not.",
            epilog=epilog,
        )
        self.add_argument(
            "--quick", action="store_true", help="the same claims with fewer samples, in about a minute"
        )
        if commands:
            self.add_argument("names", nargs="*", type=_one_of(names), metavar="NAME", help=", ".join(names))
        else:
            self._add_only(names)
        self.add_argument("--list", action="store_true", help="list the names of the experiments")
        self.add_argument("--out", type=Path, default=Path(out), metavar="DIR", help="folder to write to")
        self.add_argument("--seed", type=_seed, default=1, metavar="N", help="seed of all random numbers")

    def _add_only(self, names: Sequence[str]) -> None:
        self.add_argument(
            "--only", action="append", choices=names, metavar="NAME", help="only this one (may be repeated)"
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, and stop with status 2."""
        self.exit(2, f"{self.prog}: error: {message}\n")

    def made_writable(self, folder: Path) -> Path:
        """Return the folder, made where it is missing, after writing to it once; stop where that fails."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError as problem:
            reason = problem.strerror or problem
            self.error(f"--out {folder}: cannot write there ({reason}); give another folder")


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    """Return the type of a name: argparse would hold the default of none at all against `choices`."""

    def name(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(names)}")
        return text

    return name


def positive(text: str) -> int:
    """Return a whole number of at least 1, for the type of an option."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number of at least 1")
    return int(text)


def _seed(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed: give a whole number of at least 0")
    return number
