"""What the words of a command line mean: options as a process, resets, a search, axes of a diagram."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import numpy as np

import resetdyn as rd
from resetdyn import _checks
from resetdyn.resets import Reset, never_resets


def process(arguments: Namespace) -> Any:
    """Return the process that options describe."""
    if arguments.potential is not None:
        given = [name for name in ("drift", "stiffness", "center") if getattr(arguments, name) is not None]
        if given:
            raise ValueError(
                f"--{given[0]} says how the process moves, and so does --potential: give one of them"
            )
        return rd.Langevin(arguments.potential, arguments.diffusion, parameters=_parameters(arguments))
    if arguments.parameter and arguments.rate_field is None:
        raise ValueError(f"--parameter {arguments.parameter[0]} belongs to a formula: give --potential")
    if arguments.stiffness is None:
        if arguments.center is not None:
            raise ValueError(
                f"--center {arguments.center:g} belongs to an Ornstein-Uhlenbeck process: give --stiffness"
            )
        return rd.Brownian(arguments.diffusion, drift=arguments.drift or 0.0)
    if arguments.drift is not None:
        raise ValueError(
            f"--drift {arguments.drift:g} belongs to Brownian motion: leave out --stiffness, or give --center"
        )
    return rd.OrnsteinUhlenbeck(arguments.stiffness, arguments.center or 0.0, arguments.diffusion)


def reset(arguments: Namespace) -> Reset:
    """Return the resets that options describe."""
    shared = costs_and_place(arguments)
    if arguments.rate is not None:
        return rd.Poisson(arguments.rate, **shared)
    if arguments.period is not None:
        return rd.Sharp(arguments.period, **shared)
    if arguments.rate_field is not None:
        return rd.RateField(arguments.rate_field, parameters=_parameters(arguments), **shared)
    for name, value in shared.items():
        if value is not None and (value or name != "refractory"):  # which is 0 where it is not given
            option = "--" + name.replace("_", "-")
            raise ValueError(f"{option} {value:g}: nothing is reset; give --rate, --period or --rate-field")
    return rd.NoReset()


def steady_state(arguments: Namespace) -> rd.SteadyState:
    """Return the steady state that options describe."""
    resets = reset(arguments)
    if arguments.to is None and not never_resets(resets):
        raise ValueError("--to: a steady state has no start, say where resets lead")
    return rd.SteadyState(process(arguments), resets)


def costs_and_place(arguments: Namespace) -> dict[str, Any]:
    """Return what all resets share: where they lead, and what they cost."""
    return {
        "to": arguments.to, "refractory": arguments.refractory, "return_speed": arguments.return_speed
    }  # fmt: skip


def _parameters(arguments: Namespace) -> dict[str, float]:
    """Return the values of the symbols of formulas."""
    pairs = [(text, *text.partition("=")) for text in arguments.parameter]
    for text, _, sign, _ in pairs:
        if not sign:
            raise ValueError(f"--parameter {text}: give NAME=VALUE")
    values: dict[str, float] = {}
    for text, name, _, value in pairs:
        if name in values:
            raise ValueError(f"--parameter {text}: {name} is {values[name]:g} already, leave one out")
        values[name] = _number(f"--parameter {name}", value)
    return values


def search(arguments: Namespace, reset: Reset) -> rd.FirstPassage:
    """Return the search that options describe, under such resets."""
    start = 1.0 if arguments.start is None else _checks.finite("--start", arguments.start)
    for option, values in (("--target", [arguments.target or 0.0]), ("--interval", arguments.interval or [])):
        for value in values:
            _checks.finite(option, value)
    target = rd.Interval(*arguments.interval) if arguments.interval else rd.Level(arguments.target or 0.0)
    return rd.FirstPassage(process(arguments), start, target, reset)


def seed(arguments: Namespace) -> int | None:
    """Return the seed, None for new random numbers."""
    return None if arguments.seed is None else _checks.integer("--seed", arguments.seed, at_least=0)


def setting(text: str, defaults: dict[str, Any]) -> tuple[str, Any]:
    """Return name and value of a parameter of a family from ``NAME=VALUE``."""
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"--set {text}: give NAME=VALUE")
    number = _number(f"--set {name}", value)
    return _known("--set", name, defaults), int(number) if _whole(defaults[name]) else number


def axis(option: str, words: list[str], defaults: dict[str, Any]) -> tuple[str, Any]:
    """Return name and values of an axis from ``NAME LOW HIGH N [log]``."""
    if len(words) not in (4, 5) or words[4:] not in ([], ["log"]):
        raise ValueError(f"{option} {' '.join(words)}: give NAME LOW HIGH N, and log for a logarithmic axis")
    name = _known(option, words[0], defaults)
    low, high = (_number(f"{option} {name}", word) for word in words[1:3])
    if not words[3].isdecimal() or int(words[3]) < 2:
        raise ValueError(f"{option} {name}: N={words[3]}, give a whole number of at least 2")
    if not low < high or (words[4:] and low <= 0):
        raise ValueError(f"{option} {name}: LOW={low:g}, HIGH={high:g}, give LOW < HIGH, and above 0 for log")
    values = (np.geomspace if words[4:] else np.linspace)(low, high, int(words[3]))
    return name, np.unique(np.rint(values).astype(int)) if _whole(defaults[name]) else values


def _known(option: str, name: str, defaults: dict[str, Any]) -> str:
    return _checks.choice(f"{option} NAME", name, tuple(defaults))


def _whole(default: Any) -> bool:
    return isinstance(default, int)


def _number(name: str, text: str) -> float:
    try:
        return _checks.finite(name, float(text))
    except ValueError:
        raise ValueError(f"{name}: {text!r} is not a finite number, give one") from None
