"""Slow plain oracles for the compiled samplers: NumPy, one rule a line, another algorithm if there is one."""

import numpy as np


def waits(rng, reset, n):
    """Return waiting times to the next reset."""
    if hasattr(reset, "rate"):
        return rng.exponential(1 / reset.rate, n)
    return np.full(n, getattr(reset, "period", np.inf))


def brownian_level(rng, n, distance, drift, diffusion, reset, distance_after):
    """Search by one Gaussian step and its bridge for each reset interval (not by the first-passage law)."""
    times, b = np.zeros(n), np.full(n, float(distance))
    alive = np.arange(n)
    while alive.size:
        h = waits(rng, reset, alive.size)
        end = b[alive] + drift * h + np.sqrt(2 * diffusion * h) * rng.normal(size=alive.size)
        hit = (end <= 0) | (rng.random(alive.size) < np.exp(-b[alive] * end / (diffusion * h)))
        ratio = rng.wald(b[alive] / np.abs(end), b[alive] ** 2 / (2 * diffusion * h))
        times[alive] += np.where(hit, h * ratio / (1 + ratio), h)
        b[alive] = distance_after
        alive = alive[~hit]
    return times


def small_steps(rng, n, drift, noise, value, start, reset, to, h):
    """Search by small Euler steps and a bridge at half a step.

    `value` returns the distance to the target (negative inside); `drift` and `noise`, a matrix, are those of
    dX = drift(X) dt + noise dW.
    """
    start, to = np.atleast_1d(start), np.atleast_1d(to)
    x, times, left = np.tile(start, (n, 1)), np.zeros(n), waits(rng, reset, n)
    alive = np.arange(n)
    strength = np.sum(np.linalg.eigvalsh(noise @ noise.T)) / len(start)
    while alive.size:
        y = x[alive] + drift(x[alive]) * h + np.sqrt(h) * rng.normal(size=(alive.size, len(start))) @ noise.T
        b0, b1 = value(x[alive]), value(y)
        hit = (b1 <= 0) | (rng.random(alive.size) < np.exp(-2 * b0 * b1 / (strength * h)))
        times[alive] += np.where(hit, h / 2, h)
        x[alive], left[alive] = y, left[alive] - h
        back = alive[left[alive] <= 0]
        x[back], left[back] = to, waits(rng, reset, back.size)
        alive = alive[~hit]
    return times


def costly_search(rng, n, start, drift, diffusion, reset):
    """Search for 0, or from below it, with random places, journeys back and pauses; times and resets."""
    times, resets, x = np.zeros(n), np.zeros(n, int), np.full(n, float(start))
    alive = np.arange(n)
    while alive.size:
        side = np.sign(x[alive])
        b, h = np.abs(x[alive]), reset.law.rvs(size=alive.size, random_state=rng)
        end = b + side * drift * h + np.sqrt(2 * diffusion * h) * rng.normal(size=alive.size)
        hit = (end <= 0) | (rng.random(alive.size) < np.exp(-b * end / (diffusion * h)))
        ratio = rng.wald(b / np.abs(end), b**2 / (2 * diffusion * h))
        times[alive] += np.where(hit, h * ratio / (1 + ratio), h)
        end, alive = (side * end)[~hit], alive[~hit]
        x[alive] = reset.to.rvs(size=alive.size, random_state=rng)
        times[alive] += np.abs(x[alive] - end) / reset.return_speed
        times[alive] += reset.refractory.rvs(size=alive.size, random_state=rng)
        resets[alive] += 1
    return times, resets


def journeys_in_the_plane(rng, n, speed):
    """Search from (1, 1) for x + y <= 0 with the drift (0.1, 0.2), a correlated noise and journeys back."""
    root = np.linalg.cholesky(2 * np.array([[1.0, 0.3], [0.3, 2.0]]))
    across = 3.6 / 2  # D along the normal
    times, alive = np.zeros(n), np.arange(n)
    while alive.size:
        h = rng.exponential(size=alive.size)
        moved = (
            np.array([0.1, 0.2]) * h[:, None]
            + np.sqrt(h)[:, None] * rng.normal(size=(alive.size, 2)) @ root.T
        )
        b, end = np.sqrt(2), (2 + moved.sum(axis=1)) / np.sqrt(2)
        hit = (end <= 0) | (rng.random(alive.size) < np.exp(-b * end / (across * h)))
        ratio = rng.wald(b / np.abs(end), b**2 / (2 * across * h))
        times[alive] += np.where(hit, h * ratio / (1 + ratio), h + np.hypot(*moved.T) / speed)
        alive = alive[~hit]
    return times


def walk_survival(steps, start, n):
    """Return the exact chance that a walk from `start` above 0 is still above after 0, ..., n steps."""
    chances, alive = {start: 1.0}, [1.0]
    for _ in range(n):
        after = {}
        for x, chance in chances.items():
            for step, p in steps.items():
                if x + step > 0:
                    after[x + step] = after.get(x + step, 0.0) + chance * p
        chances = after
        alive.append(sum(chances.values()))
    return np.array(alive)
