"""A user's typed program that names every public name: `mypy --strict` reads it, nothing runs it."""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import resetdyn as rd
from resetdyn.results import FirstPassageResult, SteadyStateResult
from resetdyn.verdicts import Verdict

FloatArray = NDArray[np.float64]


def processes() -> list[Any]:
    """Name every process."""
    eye = np.eye(2)
    return [
        rd.Brownian(1.0, drift=0.1),
        rd.OrnsteinUhlenbeck(1.0, 0.0, 0.5),
        rd.Langevin("a*x**4", diffusion=0.1, parameters={"a": 1.0}),
        rd.ForceField(lambda x: -x, diffusion=1.0, dim=2),
        rd.UnderdampedLangevin("x**2", diffusion=1.0, friction=1.0),
        rd.LevyOrnsteinUhlenbeck(1.0, 0.0, 1.0, alpha=1.5),
        rd.RunAndTumble(speed=1.0, tumble_rate=1.0),
        rd.RandomWalk({-1: 0.5, 1: 0.5}),
        rd.QuadraticSGD(eye, np.zeros(2), eye, learning_rate=0.1, batch_size=8),
        rd.LinearSGD(eye, np.zeros(2), learning_rate=0.1, batch_size=1),
        rd.GaussianSGD(eye, noise_variance=1.0, learning_rate=0.1, batch_size=8),
    ]


def resets() -> list[Any]:
    """Name every reset and every target."""
    return [
        rd.NoReset(), rd.Poisson(1.0, to=0.0), rd.Sharp(period=1.0), rd.Renewal(None), rd.RateField("x**2"),
        rd.Geometric(0.1, ties="process"), rd.Poisson(1.0, to=rd.Partial(0.5)), rd.BestSoFar(lambda x: x),
        rd.Level(0.0), rd.Interval(-1.0, 1.0), rd.HalfSpace([1.0, 0.0], 0.0), rd.Ball([0.0, 0.0], 1.0),
        rd.Sublevel(lambda x: x, 0.0), rd.Quadratic(np.eye(2), np.zeros(2)),
    ]  # fmt: skip


def problem(diffusion: float, rate: float) -> rd.FirstPassage:
    """Make a problem of two numbers."""
    return rd.FirstPassage(rd.Brownian(diffusion), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(rate))


def answers(times: FloatArray) -> None:
    """Ask every verb; what comes back has a type."""
    search, steady = problem(1.0, 2.0), rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0))
    assert_type(rd.solve(search), FirstPassageResult)
    assert_type(rd.solve(steady), SteadyStateResult)
    assert_type(rd.reset_helps(search), Verdict)
    mean: float = rd.solve(search).mean
    samples = rd.simulate(search, n=100, rng=7)
    sampled: float = samples.mean
    rd.reweight(samples, [1.0, 2.0])
    rd.trajectories(search, times=times, n=2)
    rd.optimal_reset(search)
    rd.reset_bounds(search)
    rd.landau(search)
    rd.transition(lambda drift: problem(drift, 1.0), "drift", 0.1, 2.0)
    rd.tricritical_point(problem, {"diffusion": 1.0, "rate": 1.0})
    rd.renewal_laplace(lambda s: float(np.exp(-s)), rd.Poisson(1.0))
    rd.renewal_survival(lambda t: np.exp(-t), rd.Sharp(1.0))
    rd.renewal_samples(times, rd.Poisson(1.0))
    diagram: rd.PhaseDiagram = rd.phase_diagram(problem, x=("diffusion", times), y=("rate", times))
    diagram.save("diagram.npz")
    rd.load("diagram.npz")
    print(mean, sampled, rd.conditions.peclet.text(), rd.__version__)


def measured(times: FloatArray, paths: list[FloatArray]) -> None:
    """Go from data to decisions."""
    print(rd.advise(times).text())
    rd.fit_process(paths, dt=0.1)
    rd.policy_mean(paths, dt=0.1)
    rd.outcomes_under(times, times > 1, [1.0, 2.0])


def learning(X: FloatArray, y: FloatArray) -> None:
    """Train and learn about training."""
    rd.LabelNoiseQuadratic(1.0, 0.0, 2.0, noise_rate=0.4, learning_rate=0.1, batch_size=8)
    sgd, reset = rd.LinearSGD(X, y, learning_rate=0.1, batch_size=1), rd.Geometric(0.1)
    limit: float = rd.stability_limit(sgd)
    penalty: float = rd.ridge_penalty(reset, learning_rate=0.1)
    rd.spectral_filter(reset, [1.0, 2.0], learning_rate=0.1)
    rd.sgd_risk(sgd, rd.Quadratic(np.eye(2), np.zeros(2)), start=np.zeros(2), steps=[1, 10])
    rd.ResettingSGDClassifier(reset_probability=0.01).fit(X, y)
    rd.ResettingSGDRegressor(reset_probability=0.01).fit(X, y)
    rd.CheckpointResetter(0.01, rng=7)
    print(limit, penalty)
