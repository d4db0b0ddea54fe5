"""The command line: arguments in, a few aligned lines or strict JSON out, one line and status 2 on error."""

from __future__ import annotations

import argparse
import inspect
import json
import math
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from resetdyn import commands
from resetdyn._interrupts import interruptible
from resetdyn._version import __version__
from resetdyn.families import FAMILIES

_JSON_NOTE = 'With --json, numbers that are infinite are the string "inf", undefined ones null.'
_FORMULAS = ("--potential", "--rate-field")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 2 for an error, 130 if interrupted."""
    try:
        arguments = _parser().parse_args(_with_formulas(sys.argv[1:] if argv is None else argv))
        with interruptible():
            answer = arguments.run(arguments)
        text = json.dumps(_strict(answer), allow_nan=False) if arguments.json else _aligned(answer)
        print(text, flush=True)
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
    except KeyboardInterrupt:
        print("resetdyn: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader has seen enough, as in `resetdyn derive --list | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, TypeError, ArithmeticError, OSError, MemoryError, ImportError) as error:
        print("resetdyn: error:", *str(error).split(), file=sys.stderr)
        return 2
    return 0


def _with_formulas(words: Sequence[str]) -> list[str]:
    """Tie formulas to their options: "-x**2" would be taken for an option."""
    tied: list[str] = []
    for word in words:
        if tied and tied[-1] in _FORMULAS and word.startswith("-") and not word.startswith("--"):
            tied[-1] += f"={word}"
        else:
            tied.append(word)
    return tied


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are raised, and which takes -1e-3 for a number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
        self._negative_number_matcher = re.compile(r"-(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$", re.IGNORECASE)

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="resetdyn", description="Theory and simulation of stochastic resetting.")
    parser.add_argument("--version", action="version", version=f"resetdyn {__version__}")
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str, *examples: str) -> argparse.ArgumentParser:
        epilog = "\n".join([_JSON_NOTE, "", "examples:", *(f"  resetdyn {name} {e}" for e in examples)])
        added = parsers.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=epilog
        )
        added.add_argument("--json", action="store_true", help="print JSON instead of lines")
        added.set_defaults(run=run)
        return added

    mfpt = command(
        "mfpt", commands.mfpt, "exact mean first-passage time",
        "--diffusion 1 --start 1 --target 0 --rate 2.5",
        "--diffusion 0.5 --stiffness 1 --center 1.5 --start 0.5 --rate 1 --plot mean.svg",
        "--potential 'x**4/4 - a*x**2/2' --parameter a=1 --diffusion 0.1 --start -1 --rate 0.05",
        "--drift -1 --start 2 --json",
    )  # fmt: skip
    _add_process(mfpt)
    _add_search(mfpt)
    _add_reset(mfpt)
    _add_plot(mfpt, "mean against reset rate")

    steady = command(
        "steady", commands.steady, "exact steady state under resetting",
        "--diffusion 1 --rate 2 --to 0",
        "--stiffness 1 --center 1.5 --diffusion 0.5 --rate 1 --to 0.5 --plot density.svg",
        "--stiffness 2 --json",
    )  # fmt: skip
    _add_process(steady)
    _add_reset(steady)
    _add_plot(steady, "density")

    optimal = command(
        "optimal", commands.optimal, "optimal reset rate, and whether resetting helps at all",
        "--diffusion 1 --start 1 --target 0",
        "--drift -0.5 --start 1 --plot optimum.svg",
        "--stiffness 1 --diffusion 2 --start 1 --json",
    )  # fmt: skip
    _add_process(optimal)
    _add_search(optimal)
    optimal.add_argument("--to", type=float, metavar="X", help="where resets lead (default: the start)")
    _add_costs(optimal)
    _add_plot(optimal, "mean against reset rate")

    phase = command(
        "phase", commands.phase, "phase diagram of a family of problems over two of its parameters",
        "--family search --x drift -4 2 25 --y reset_rate 0.1 10 20 log --plot search.svg",
        "--family label-noise --x noise_rate 0 0.6 25 --y reset_rate 0.01 30 20 log --save noise.npz",
        "--family ornstein-uhlenbeck --x diffusion 0.3 3 5 log --y reset_rate 0.1 10 5 log --set center=0.5 "
        "--json",
        "--family search --x drift -4 2 9 --y reset_rate 0.1 9 9 log --simulate 10000 --seed 7 --resume here",
    )  # fmt: skip
    phase.description = f"{phase.description}\n\n{_families()}"
    phase.add_argument("--family", required=True, choices=tuple(FAMILIES), help="what to solve")
    for axis in ("x", "y"):
        phase.add_argument(
            f"--{axis}", required=True, nargs="+", metavar=("NAME", "LOW HIGH N [log]"),
            help=f"parameter on the {axis} axis, at N values from LOW to HIGH",
        )  # fmt: skip
    phase.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="another parameter of the family"
    )
    phase.add_argument("--quantity", help="speedup, mean; risk_ratio, risk (default: the ratio)")
    phase.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes, with --simulate threads (default: 1)"
    )
    phase.add_argument("--simulate", type=int, metavar="N", help="simulate every cell with N paths")
    phase.add_argument("--seed", type=int, metavar="N", help="seed of the simulations (default: a new one)")
    phase.add_argument(
        "--resume", metavar="FOLDER", help="keep finished cells there, and go on from those that are"
    )
    phase.add_argument("--save", metavar="FILE.npz", help="save the diagram, for rd.load")
    _add_plot(phase, "diagram")

    derive = command(
        "derive", commands.derive, "derivation of a condition for resetting to help, step by step",
        "--list",
        "peclet",
        "peclet --latex",
    )  # fmt: skip
    derive.add_argument("name", nargs="?", metavar="NAME", help="which condition")
    derive.add_argument("--list", action="store_true", help="list the conditions")
    derive.add_argument("--latex", action="store_true", help="print LaTeX")

    advise = command(
        "advise", commands.advise, "whether resetting would help measured times, when, and by how much",
        "times.csv",
        "runs.tsv --column 'time [ms]' --censored 'given up' --details",
        "evaluations.npy --discrete --json",
        "solver.csv --outcome result",
        "restarted.txt --unit s --at-rate 0.5 --report advice.html --plot advice.svg",
    )  # fmt: skip
    _add_advice(advise)

    simulate = command(
        "simulate", commands.simulate, "Monte Carlo: a first passage, or a steady state with --steady",
        "--diffusion 1 --start 1 --target 0 --rate 2.5 --n 10000 --seed 7",
        "--drift 1 --start 1 --max-time 50 --n 10000 --seed 7 --csv times.csv --plot survival.svg",
        "--steady --stiffness 1 --diffusion 0.5 --rate 1 --to 0.5 --n 10000 --seed 7 --json",
        "--potential 'x**4/4 - x**2/2' --start -1 --rate 0.5 --target-error 0.02 --keep summary",
    )  # fmt: skip
    _add_process(simulate)
    _add_search(simulate)
    _add_reset(simulate)
    simulate.add_argument("--steady", action="store_true", help="sample the steady state")
    simulate.add_argument(
        "--n", type=int, metavar="N", help="paths (default: 100000, or as many as the next two take)"
    )
    simulate.add_argument(
        "--target-error", type=float, metavar="E", help="go on until the error is this small, relative"
    )
    simulate.add_argument("--timeout", type=float, metavar="S", help="stop after so many seconds")
    simulate.add_argument(
        "--keep", choices=("samples", "summary"), default="samples",
        help="keep all samples, or sums and counts in little memory (default: samples)",
    )  # fmt: skip
    simulate.add_argument("--dt", type=float, metavar="T", help="time step, where one is needed")
    simulate.add_argument("--seed", type=int, metavar="N", help="seed (default: a new one)")
    simulate.add_argument("--workers", type=int, default=1, metavar="N", help="threads (default: 1)")
    simulate.add_argument("--max-time", type=float, default=math.inf, metavar="T", help="give paths up then")
    simulate.add_argument("--csv", metavar="FILE", help="write the samples, one a line")
    _add_plot(simulate, "survival probability or histogram")

    lab = parsers.add_parser(
        "lab", help="a page in the browser to play with resetting, on this machine",
        description="A page in the browser to play with resetting, served on this machine and to it alone.",
        epilog="examples:\n  resetdyn lab\n  resetdyn lab --headless --port 8000",
    )  # fmt: skip
    lab.add_argument("--headless", action="store_true", help="do not open a browser")
    lab.add_argument(
        "--port", type=int, default=2718, metavar="N", help="port to listen on, 0 for any (default: 2718)"
    )
    lab.set_defaults(run=commands.lab, json=False)
    return parser


def _add_advice(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        f"{parser.description}\n\nThe file has one run in each row: .csv, .tsv, .txt, .npy, .npz, .parquet, "
        "or - for text from\nthe standard input. Rates are per unit of the times, overheads in that unit."
    )
    parser.add_argument("file", metavar="FILE", help="measured times")
    parser.add_argument("--column", metavar="NAME", help="column of the times, by name or number from 1")
    parser.add_argument(
        "--censored", metavar="NAME",
        help="column that is true where a run was given up (default: one called censored, if there is one)",
    )  # fmt: skip
    parser.add_argument(
        "--outcome", metavar="NAME", help="column that names how each run ended: tells the odds as well"
    )
    parser.add_argument("--unit", metavar="U", help="unit of the times, if no column is called 'time [U]'")
    parser.add_argument(
        "--at-rate", type=float, metavar="R", help="the runs were restarted at random at this rate"
    )
    parser.add_argument(
        "--overhead", type=float, default=0.0, metavar="T", help="time that each restart takes (default: 0)"
    )
    parser.add_argument(
        "--cost", type=float, default=0.0, metavar="C",
        help="price of each restart, in units of time, that takes no time (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--discrete", action="store_true",
        help="times are numbers of steps (default: where all are whole and have no unit of time)",
    )  # fmt: skip
    parser.add_argument("--details", action="store_true", help="print all that is known")
    parser.add_argument("--report", metavar="FILE.html", help="write a page with pictures")
    _add_plot(parser, "mean against reset rate, survival and hazard")


def _families() -> str:
    """Return one line for each family: its parameters and their defaults."""
    lines = ["families and their parameters:"]
    for name, family in FAMILIES.items():
        parameters = inspect.signature(family).parameters.values()
        lines.append(f"  {name}: {', '.join(f'{p.name}={p.default}' for p in parameters)}")
    return "\n".join(lines)


def _add_process(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "process", "Brownian motion; Ornstein-Uhlenbeck with --stiffness; any other with --potential"
    )
    group.add_argument(
        "--diffusion", type=float, default=1.0, metavar="D", help="diffusion coefficient (default: 1)"
    )
    group.add_argument("--drift", type=float, metavar="V", help="drift of the Brownian motion (default: 0)")
    group.add_argument(
        "--stiffness", type=float, metavar="K", help="stiffness of the Ornstein-Uhlenbeck process"
    )
    group.add_argument("--center", type=float, metavar="C", help="its centre (default: 0)")
    group.add_argument(
        "--potential", metavar="U", help="potential, a formula in x, such as 'x**4/4 - x**2/2'"
    )
    group.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the formula"
    )


def _add_search(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("search")
    group.add_argument("--start", type=float, metavar="X", help="start (default: 1)")
    where = group.add_mutually_exclusive_group()
    where.add_argument("--target", type=float, metavar="X", help="target level (default: 0)")
    where.add_argument(
        "--interval", type=float, nargs=2, metavar=("LOW", "HIGH"), help="end on leaving this interval"
    )


def _add_reset(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("reset")
    when = group.add_mutually_exclusive_group()
    when.add_argument("--rate", type=float, metavar="R", help="Poisson resetting at this rate")
    when.add_argument("--period", type=float, metavar="T", help="resetting after every such period")
    when.add_argument("--rate-field", metavar="R", help="rate as a formula in x, such as '2*Heaviside(-x)'")
    where = "where resets lead (default: the start; a steady state has none)"
    group.add_argument("--to", type=float, metavar="X", help=where)
    _add_costs(group)


def _add_costs(group: Any) -> None:
    group.add_argument("--refractory", type=float, default=0.0, metavar="T", help="pause after each reset")
    group.add_argument("--return-speed", type=float, metavar="V", help="travel back at this speed, not jump")


def _add_plot(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--plot", metavar="FILE", help=f"draw the {text} (.svg, .png or .pdf)")


def _aligned(answer: dict[str, Any]) -> str:
    """Return one line for each short entry; the long ones (lists) are for JSON and files."""
    if "text" in answer:
        return str(answer["text"])
    short = {name: value for name, value in answer.items() if not isinstance(value, list)}
    width = max(map(len, short))
    return "\n".join(f"{name:<{width}}  {_shown(name, value)}" for name, value in short.items())


def _shown(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2g}" if name == "error" else f"{value:.12g}"
    return str(value)


def _strict(value: Any) -> Any:
    """Return `value` as JSON can hold it: JSON has neither infinity nor nan."""
    if isinstance(value, dict):
        return {name: _strict(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value
