"""What each view says of itself: two sentences, with the numbers of the moment."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

import resetdyn as rd
from resetdyn.lab.dials import Values
from resetdyn.lab.systems import System, model
from resetdyn.results import FirstPassageResult, SteadyStateResult
from resetdyn.results.trajectories import Trajectories
from resetdyn.verdicts import OptimalReset

_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def landscape(system: System, v: Values) -> str:
    """Say what the landscape does to a walk, and where a reset leads."""
    if system.name == "learning":
        made = model(v)
        return (
            f"Wrong labels ({v['noise_rate']:.0%}) tilt the clean risk (blue) into the training loss (red): "
            f"the latent bias moves the minimum from {made.clean_optimum:g} to {made.effective_optimum:.3g}. "
            "SGD settles there and memorises; a reset takes it back to the checkpoint (square)."
        )
    if system.name == "search":
        drift = v["drift"]
        shape = "is flat" if drift == 0 else f"slopes {'to' if drift < 0 else 'away from'} the target"
        return (
            f"The potential {shape}, so that the walk {_habit(drift)}. A reset puts it back at its start "
            "(dot), from where it has to find the target (line)."
        )
    return (
        "The walk slides down the potential, and noise of strength D lifts it over barriers. It has to find "
        "the target (line) from its start (dot), where a reset puts it back."
    )


def _habit(drift: float) -> str:
    if drift == 0:
        return "wanders without direction, at times very far"
    return "is carried to where it should go" if drift < 0 else "is carried off, and may never come back"


def paths(system: System, drawn: Trajectories) -> str:
    """Say what the lines are, and count resets and arrivals."""
    resets = sum(len(times) for times in drawn.resets)
    if system.name == "learning":
        return (
            f"Each colour is one training run, and a dotted line one of its resets to the checkpoint "
            f"({resets} here). Between resets the latent bias pulls a run from the clean optimum (full line) "
            "to the memorising one (dashed)."
        )
    arrived = int(np.isfinite(drawn.arrivals).sum())
    return (
        f"Each colour is one search for the target (black line), and a dotted line one of its resets "
        f"({resets} here). Dots are arrivals: {arrived} of {drawn.n} within the time shown."
    )


def density(system: System, v: Values, exact: SteadyStateResult) -> str:
    """Say where the process is found, with mean and spread."""
    what = "training run" if system.name == "learning" else "walk that nothing stops"
    spread = sqrt(float(exact.cov))
    first = (
        f"Where a {what} is found after a long time, exactly (red) and in {system.samples:,} simulated ones "
        f"(blue): mean {number(float(exact.mean))}, standard deviation {number(spread)}. "
    )
    if v["reset_rate"] == 0:
        return first + "Without resets it is in equilibrium, and the potential alone shapes the density."
    return first + (
        "The more often it is reset, the nearer it stays to where resets lead (dotted), and it never comes "
        "to equilibrium."
    )


def mean(system: System, result: FirstPassageResult, best: OptimalReset) -> str:
    """Say why there is an optimum, and where one stands."""
    aim, slow = "the target", "leave it to wander"
    if system.name == "learning":
        aim, slow = "the clean optimum, from the memorising one,", "leave it with the wrong labels"
    first = (
        f"The mean time to {aim} against the reset rate: too few resets {slow}, too many undo the way that "
        f"it has made. At your rate it takes {number(result.mean, 'for ever')}; "
    )
    if best.rate == 0:
        return f"{first}no rate is better than none at all, with {number(best.mean)}."
    if best.rate == inf:
        return f"{first}the more often it is reset the better."
    gain = number(best.speedup, "infinitely many")
    found = f"the best rate is {number(best.rate)}, with {number(best.mean)}"
    return f"{first}{found}, {gain} times as fast as without resets."


def risk(made: rd.LabelNoiseQuadratic, rate: float) -> str:
    """Say what the risk is made of, and which rate is best."""
    best = rd.optimal_reset(made)
    first = (
        "The clean risk of long training against the reset rate: with few resets the latent bias rules, with "
        f"many the checkpoint does. At your rate it is {number(float(made.steady_risk(rate)))}; "
    )
    if best.rate == 0:
        return f"{first}no rate is better than none at all, with {number(best.risk)}."
    where = (
        "to stay at the checkpoint is best" if best.rate == inf else f"the best rate is {number(best.rate)}"
    )
    return (
        f"{first}{where}, with {number(best.risk)}, {number(best.risk_ratio)} times less than without resets."
    )


def diagram(system: System, v: Values) -> str:
    """Say what the colours mean, and what they are where one stands."""
    gain = "lower the clean risk" if system.name == "learning" else "shorten the search"
    if v["reset_rate"] == 0:
        here = "you do not reset, and stand at the lower edge (ring)"
    else:
        here = f"you stand in the ring, where {_here(system, v)}"
    return (
        f"Resets {gain} where it is blue and do harm where it is red; the full line is the best rate, and "
        f"the dashed one where the gain ends. At these settings {here}."
    )


def _here(system: System, v: Values) -> str:
    if system.name == "learning":
        made = model(v)
        ratio = float(made.steady_risk(0.0) / made.steady_risk(v["reset_rate"]))
        return f"the risk without resets is {number(ratio)} times that with them"
    problem = system.problem(v)
    free = rd.FirstPassage(problem.process, problem.start, problem.target)
    ratio = rd.solve(free).mean / rd.solve(problem).mean
    if ratio == inf:
        return "only with resets the mean time is finite"
    return f"the mean time without resets is {number(ratio)} times that with them"


def number(value: float, infinite: str = "infinite") -> str:
    """Return a number for a sentence: three digits, and powers of ten as such."""
    if not np.isfinite(value):
        return infinite if value == inf else "unknown"
    text = f"{value:.3g}".replace("-", "−")
    if "e" not in text:
        return text
    digits, power = f"{value:.3g}".split("e")
    return f"{digits} × 10{str(int(power)).translate(_POWERS)}"
