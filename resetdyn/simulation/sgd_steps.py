"""One step of discrete SGD: the compiled part that all kinds of SGD share, so that the loops compile once.

On data a step picks a batch and moves ``theta -= rate * sum_b (x_b . theta - y_b - noise_b) x_b``; Gaussian
inputs are drawn instead, in the eigenbasis of their covariance where they are independent, of standard
deviations `scales`.  With Gaussian noise a step moves, in the eigenbasis of the Hessian where the drift is
diagonal, ``theta_i += force_i - pull_i theta_i + sum_k kick_ik xi_k``.  With momentum a velocity moves by as
much, after it has lost its share ``1 - momentum``, and the state by the velocity.

A schedule multiplies the moves of a step, and so its learning rate, by a factor.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from resetdyn.processes import GaussianSGD, LinearSGD
from resetdyn.simulation.kernel import kernel
from resetdyn.simulation.sgd_targets import INCREMENTAL
from resetdyn.simulation.variates import below, normal
from resetdyn.simulation.vectors import add, add_row, dot, dot_row, lean, scale


class Step(NamedTuple):
    """How a step moves: on data (`X` has rows), on Gaussian inputs (`scales` is not empty) or with noise.

    `spread` is the deviation of the noise that a sample's label gets whenever it is drawn, empty for none.
    """

    X: Any
    y: Any
    spread: Any
    rate: float
    momentum: float
    batch: int
    replacement: bool
    pull: Any
    force: Any
    kick: Any
    scales: Any
    label_noise: float


class Walker(NamedTuple):
    """Where a path is: state and velocity, both also as the target's measure sees them; and room to work in.

    `order` is a permutation of the samples.
    """

    theta: Any
    velocity: Any
    curved: Any
    curving: Any
    order: Any
    picks: Any
    residuals: Any
    x: Any
    gradient: Any


def step_of(process: Any) -> tuple[Step, Any]:
    """Return how the process steps, and the basis in which it does (one direction a column)."""
    rate, batch, dim = process.learning_rate, process.batch_size, process.dim
    none, flat = np.empty(0), np.empty((0, dim))
    if isinstance(process, LinearSGD):
        X, y = np.array(process.X, order="C"), np.array(process.y)
        spread = (
            np.sqrt(np.broadcast_to(process.fresh_noise, y.shape)) if np.any(process.fresh_noise) else none
        )
        beta, again = process.momentum, process.replacement
        return Step(X, y, spread, rate / batch, beta, batch, again, none, none, flat, none, 0.0), np.eye(dim)
    if isinstance(process, GaussianSGD):
        h, basis = np.linalg.eigh(np.atleast_2d(process.covariance))
        beta, noise = process.momentum, math.sqrt(process.noise_variance)
        scales = np.sqrt(h)
        return Step(flat, none, none, rate / batch, beta, batch, True, none, none, flat, scales, noise), basis
    h, basis = np.linalg.eigh(np.atleast_2d(process.hessian))
    spread, axes = np.linalg.eigh(np.atleast_2d(process.gradient_covariance))
    noisy = spread > dim * np.finfo(float).eps * spread[-1]  # noise of low rank costs less
    kick = np.ascontiguousarray(rate * np.sqrt(spread[noisy] / batch)[:, None] * (basis.T @ axes[:, noisy]).T)
    pull = rate * h
    force = pull * (basis.T @ np.atleast_1d(process.optimum))
    return Step(flat, none, none, rate, 0.0, batch, True, pull, force, kick, none, 0.0), basis


@kernel
def room(step, dim):  # type: ignore[no-untyped-def]
    """Return a walker at the origin, at rest."""
    return Walker(
        np.zeros(dim),
        np.zeros(dim),
        np.zeros(dim),
        np.zeros(dim),
        np.arange(len(step.y)),
        np.empty(step.batch, np.int64),
        np.empty(step.batch),
        np.empty(dim),
        np.empty(dim),
    )


@lean
def stop(walker):  # type: ignore[no-untyped-def]
    """Take the velocity away."""
    walker.velocity[:] = 0.0
    walker.curving[:] = 0.0


@lean
def advance(state, step, measure, walker, factor):  # type: ignore[no-untyped-def]
    """Take one step in place, at `factor` times the learning rate."""
    if len(step.scales) == 0 and len(step.y) == 0:
        for i in range(len(walker.theta)):
            walker.theta[i] += factor * (step.force[i] - step.pull[i] * walker.theta[i])
        for k in range(len(step.kick)):
            add_row(walker.theta, factor * normal(state), step.kick, k)
        return
    heavy = step.momentum > 0
    incremental = measure.kind == INCREMENTAL
    # What the gradient pushes: the state itself, or the velocity that then moves it.
    pushed, curving = (walker.velocity, walker.curving) if heavy else (walker.theta, walker.curved)
    if heavy:
        scale(walker.velocity, step.momentum)
        if incremental:
            scale(walker.curving, step.momentum)
    rate = factor * step.rate
    if len(step.scales) > 0:
        _gradient_of_inputs(state, step, walker)
        add(pushed, -rate, walker.gradient)
    else:
        _pick(state, step, walker)
        for b in range(step.batch):
            add_row(pushed, -rate * walker.residuals[b], step.X, walker.picks[b])
            if incremental:
                add_row(curving, -rate * walker.residuals[b], measure.rows, walker.picks[b])
    if heavy:
        add(walker.theta, 1.0, walker.velocity)
        if incremental:
            add(walker.curved, 1.0, walker.curving)


@lean
def _gradient_of_inputs(state, step, walker):  # type: ignore[no-untyped-def]
    """Fill in the summed gradient of fresh Gaussian inputs."""
    x, theta = walker.x, walker.theta
    walker.gradient[:] = 0.0
    for _ in range(step.batch):
        for i in range(len(theta)):
            x[i] = step.scales[i] * normal(state)
        add(walker.gradient, step.label_noise * normal(state) + dot(x, theta), x)


@lean
def _pick(state, step, walker):  # type: ignore[no-untyped-def]
    """Fill in the samples of a batch and their residuals."""
    n, order = len(step.y), walker.order
    for b in range(step.batch):
        if step.replacement:
            sample = below(state, n)
        else:  # the first places of a shuffle; any permutation is as good a beginning as any other
            place = b + below(state, n - b)
            sample = order[place]
            order[place] = order[b]
            order[b] = sample
        walker.picks[b] = sample
        walker.residuals[b] = dot_row(step.X, sample, walker.theta) - step.y[sample]
    if len(step.spread) > 0:
        for b in range(step.batch):
            walker.residuals[b] -= step.spread[walker.picks[b]] * normal(state)
