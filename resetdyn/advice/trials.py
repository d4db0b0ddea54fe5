"""One trial of each recorded run under a policy that resets it: how long it takes, and whether it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.advice.competing import contributions
from resetdyn.advice.recorded import paths_of
from resetdyn.problems import left_by_resets
from resetdyn.results.trajectories import Trajectories

Policy = Callable[[FloatArray, FloatArray], Any]

_FEWEST = 10  # runs
_OPEN = 0.01  # of the probability: what runs that were given up may leave open


class Runs(NamedTuple):
    """Recorded runs: positions, time between records, how long each was seen, and whether it ended then."""

    paths: list[FloatArray]
    dt: float
    durations: FloatArray
    ended: Any


def runs_of(trajectories: Any, dt: Any, ended: Any) -> Runs:
    """Check recorded runs."""
    if isinstance(trajectories, Trajectories):
        return _recorded(trajectories, dt, ended)
    if dt is None:
        raise ValueError("dt=None: give the time between records")
    step = _checks.positive("dt", dt)
    paths = paths_of(trajectories)
    if len(paths) < _FEWEST:
        raise ValueError(f"trajectories: {len(paths)} runs; give at least {_FEWEST}")
    flags = np.ones(len(paths), dtype=bool) if ended is None else np.asarray(ended)
    if flags.shape != (len(paths),) or flags.dtype != bool:
        raise ValueError(f"ended has shape {flags.shape} and type {flags.dtype}: give one bool for each run")
    return _checked(Runs(paths, step, np.array([len(path) - 1 for path in paths]) * step, flags))


def _recorded(runs: Trajectories, dt: Any, ended: Any) -> Runs:
    if dt is not None or ended is not None:
        raise ValueError("dt, ended: rd.trajectories knows both; leave them out")
    steps = np.diff(runs.times)
    if runs.times[0] != 0 or not np.allclose(steps, steps.mean(), rtol=1e-6):
        raise ValueError("trajectories: its times are not even; give np.arange(m) * dt, from 0")
    if any(len(resets) for resets in runs.resets):
        raise ValueError("trajectories: there were resets; record runs without, rd.NoReset()")
    if left := left_by_resets(runs.problem.process):
        raise ValueError(f"trajectories: {left} outlasts a reset, so that none begins a new trial")
    states = runs.component(0)
    if states is not runs.states:
        raise ValueError("trajectories has several coordinates; give the one that is looked at, and dt")
    paths = [path[~np.isnan(path)] for path in states]
    arrived = np.isfinite(runs.arrivals)
    return _checked(
        Runs(paths, float(steps.mean()), np.where(arrived, runs.arrivals, runs.times[-1]), arrived)
    )


def _checked(runs: Runs) -> Runs:
    if not runs.ended.any():
        raise ValueError(f"ended: all {len(runs.ended)} runs were given up; record until some have ended")
    if np.any(runs.durations <= 0):
        i = int(np.argmin(runs.durations))
        raise ValueError(f"trajectories[{i}] has one record; give the start and the end at least")
    return runs


def rules_of(policy: Any, above: Any, below: Any) -> list[tuple[Any, Policy]]:
    """Return the policies with their names."""
    if sum(option is not None for option in (policy, above, below)) != 1:
        raise ValueError("policy, above, below: give one of the three")
    if policy is not None:
        named = list(policy.items()) if isinstance(policy, Mapping) else [("policy", policy)]
        for name, rule in named:
            if not callable(rule):
                raise TypeError(f"policy={rule!r} ({name}): give a function of positions and times")
        if not named:
            raise ValueError("policy={}: give at least one policy")
        return named
    which, given = ("above", above) if above is not None else ("below", below)
    levels = np.atleast_1d(_checks.finite_array(which, given))
    if levels.ndim != 1:
        raise ValueError(f"{which} has shape {levels.shape}: give one row of thresholds")
    return [(level, _threshold(level, which == "above")) for level in levels.tolist()]


def _threshold(level: float, above: bool) -> Policy:
    return (lambda x, t: x > level) if above else (lambda x, t: x < level)


class Trial(NamedTuple):
    """What each run contributes: the time until its first reset or its end, and whether that is the end."""

    spent: FloatArray
    ends: FloatArray


def trial_of(runs: Runs, rule: Policy, overhead: float, name: Any) -> Trial:
    """Return one trial of each run under a policy."""
    count = len(runs.paths)
    spent, alive = np.empty(count), np.empty(count)
    for i, (path, duration) in enumerate(zip(runs.paths, runs.durations, strict=True)):
        times = runs.dt * np.arange(len(path), dtype=np.float64)
        wish = np.asarray(rule(path, times))
        if wish.shape != path.shape:
            raise ValueError(f"policy {name!r} returned shape {wish.shape} for {len(path)} records")
        if wish.dtype == bool:
            spent[i], alive[i] = _stopped(wish, times, duration)
        else:
            spent[i], alive[i] = _thinned(wish, times, duration, runs.dt, name)
    return _with_runs_given_up(runs, Trial(spent + overhead * (1 - alive), alive), name)


def _stopped(wish: Any, times: FloatArray, duration: float) -> tuple[float, float]:
    """Return the time of the first reset or the end, and 1 if that is the end."""
    asked = wish & (times > 0) & (times < duration * (1 - 1e-12))
    if asked.any():
        return float(times[int(np.argmax(asked))]), 0.0
    return duration, 1.0


def _thinned(wish: Any, times: FloatArray, duration: float, dt: float, name: Any) -> tuple[float, float]:
    """Return the mean time until the first reset or the end, and the probability that that is the end."""
    rates = np.asarray(wish, dtype=float)
    if not np.all(np.isfinite(rates) & (rates >= 0)):
        raise ValueError(f"policy {name!r} returned a rate that is not a finite number of at least 0")
    if duration > times[-1]:  # the end lies between records: the rate stays what it was
        times, rates = np.append(times, duration), np.append(rates, rates[-1])
    hazard = np.diff(times) * (rates[1:] + rates[:-1]) / 2
    before = np.exp(-np.concatenate([[0.0], np.cumsum(hazard)]))
    inside = np.where(hazard > 0, -np.expm1(-hazard) / np.where(hazard > 0, hazard, 1.0), 1.0)
    return float(np.sum(before[:-1] * inside * np.diff(times))), float(before[-1])


def _with_runs_given_up(runs: Runs, trial: Trial, name: Any) -> Trial:
    """Return the contributions where some runs were given up before the policy reset them or they ended."""
    sure = runs.ended | (trial.ends == 0)
    if sure.all():
        return trial
    if np.all((trial.ends == 0) | (trial.ends == 1)):
        lasted = np.where(sure, trial.spent, runs.durations)
        values = np.column_stack([*trial, np.ones(len(sure))])
        parts = contributions(lasted, sure, values, np.array([lasted.max(), 0.0, 0.0]))
        if parts[:, 2].mean() < 1 - _OPEN:  # nothing tells how long the longest would have taken
            return Trial(np.full(len(sure), np.nan), np.where(sure, trial.ends, 0.0))
        return Trial(parts[:, 0], parts[:, 1])
    if np.sum(trial.ends[~sure]) > _OPEN * np.sum(trial.ends[sure]):
        raise ValueError(
            f"policy {name!r}: {int((~sure).sum())} runs were given up while it let them go on; "
            "give more eager policies, or record for longer"
        )
    return Trial(trial.spent, np.where(sure, trial.ends, 0.0))
