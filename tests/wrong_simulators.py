"""Samplers that are wrong on purpose, each with its right twin: what rejects the one must pass the other."""

from math import exp, inf, sinh, sqrt

import numpy as np
from numba import njit

from resetdyn.simulation import variates
from resetdyn.simulation.bridge import crossing_time


@njit(cache=True)
def end_of_step(seed, n, rate, dt, bridge):
    """Search from 1 to 0 (D = 1, resets to 1); without `bridge` absorption is seen at step ends only."""
    np.random.seed(seed)
    times = np.empty(n)
    for i in range(n):
        x, t, reset_at = 1.0, 0.0, np.random.exponential() / rate
        while True:
            h = min(dt, reset_at - t)
            y = x + sqrt(2 * h) * np.random.normal()
            t += h
            if y <= 0 or (bridge and np.random.random() < exp(-x * y / h)):
                times[i] = t - h / 2 * bridge
                break
            x = y
            if t >= reset_at:
                x, reset_at = 1.0, t + np.random.exponential() / rate
    return times


@njit(cache=True)
def kept_position(seed, n, rate, dt, moves):
    """Search from 1 to 0 with dX = -X dt + sqrt(2) dW; without `moves` a reset keeps the old position."""
    np.random.seed(seed)
    times = np.empty(n)
    for i in range(n):
        x, t, reset_at = 1.0, 0.0, np.random.exponential() / rate
        while True:
            h = min(dt, reset_at - t)
            y = x * exp(-h) + sqrt(1 - exp(-2 * h)) * np.random.normal()
            t += h
            if y <= 0 or (h > 0 and np.random.random() < exp(-x * y / sinh(h))):
                times[i] = t - h / 2
                break
            x = y
            if t >= reset_at:
                x = 1.0 if moves else x
                reset_at = t + np.random.exponential() / rate
    return times


def pause(seed, n, rate, length, clock_stops):
    """Search from 1 to 0 (D = 1) with pauses; without `clock_stops` the next reset may come during one."""
    rng = np.random.default_rng(seed)
    times, alive, paused = np.zeros(n), np.arange(n), np.zeros(n)
    while alive.size:
        h = rng.exponential(1 / rate, alive.size)
        h = h if clock_stops else np.maximum(h - paused[alive], 0.0)
        arrival = 0.5 / rng.normal(size=alive.size) ** 2
        hit = arrival < h
        times[alive] += np.where(hit, arrival, h + length)
        paused[alive] = length
        alive = alive[~hit]
    return times


def renewal_state(seed, n, law, at_random_times):
    """Brownian motion (D = 1) reset to 0 after waits; without `at_random_times` seen as the wait ends."""
    rng = np.random.default_rng(seed)
    waits = law.rvs(size=(n, 400), random_state=rng)
    if at_random_times:
        resets = np.cumsum(waits, axis=1)
        now = 300 * law.mean()
        ages = now - np.max(np.where(resets <= now, resets, 0.0), axis=1)
    else:
        ages = waits[:, 0]
    return np.sqrt(2 * ages) * rng.normal(size=n)


def tied_walk(seed, n, start, p, process_wins):
    """Walk by steps of 1 from `start` to 0; without `process_wins` a reset undoes the hit of its step."""
    rng = np.random.default_rng(seed)
    times, x, alive = np.zeros(n), np.full(n, start), np.arange(n)
    while alive.size:
        x[alive] += rng.choice([-1, 1], alive.size)
        times[alive] += 1
        reset = rng.random(alive.size) < p
        hit = (x[alive] <= 0) & (process_wins | ~reset)
        x[alive[reset]] = start
        alive = alive[~hit]
    return times


def euler_in_a_wedge(seed, n, dt):
    """Search from 1 to -1/2 in the potential |x| (D = 1, rate 1) by Euler steps, seen at step ends only."""
    rng = np.random.default_rng(seed)
    times, x, alive = np.zeros(n), np.ones(n), np.arange(n)
    while alive.size:
        x[alive] += -np.sign(x[alive]) * dt + np.sqrt(2 * dt) * rng.normal(size=alive.size)
        times[alive] += dt
        alive = alive[x[alive] > -0.5]
        x[alive[rng.random(alive.size) < dt]] = 1.0
    return times


@njit(cache=True)
def by_levy_flights(state, n, rate, variance):
    """Search from 1 to 0 (D = 1, resets to 1) by the first-passage law of normals of this variance."""
    times = np.empty(n)
    for i in range(n):
        time = 0.0
        while True:
            wait = variates.exponential(state) / rate
            z = variates.normal(state)
            arrival = 0.5 / (variance * z * z)
            if arrival < wait:
                break
            time += wait
        times[i] = time + arrival
    return times


NONE, NO_BRIDGE, FLAT_BRIDGE, STRAIGHT_BARRIER, KEPT_FORCE, LATE_CLOCK = range(6)


@njit(cache=True)
def in_the_trap(state, n, center, diffusion, start, rate, dt, fault, variance):
    """Search for 0 with dX = (center - X) dt + sqrt(2 D) dW by steps of `dt`, with one fault or none."""
    times = np.empty(n)
    for i in range(n):
        x, time, pulled = start, 0.0, start
        reset_at = variates.exponential(state) / rate
        while True:
            h = min(dt, reset_at - time)
            decay = exp(-h)
            sigma = sqrt(variance * diffusion * (1 - decay * decay))
            after = x + (center - pulled) * (1 - decay) + sigma * variates.normal(state)
            crossed = h / 2 if after <= 0 else inf
            if fault == FLAT_BRIDGE:  # that of Brownian motion with the variance of the step
                crossed = crossing_time(state, x, after, h, 0.0, diffusion, sigma * sigma / 2, 0.0)
            elif fault != NO_BRIDGE:
                bend = 0.0 if fault == STRAIGHT_BARRIER else -center * h * h / 2
                crossed = crossing_time(state, x, after, h, 1.0, diffusion, diffusion * sinh(h), bend)
            if crossed < inf:
                times[i] = time + crossed
                break
            x, pulled, time = after, after, time + h
            if time >= reset_at:
                # The force of the last place is that of the first step from the next one.
                x, pulled = start, after if fault == KEPT_FORCE else start
                reset_at = time + variates.exponential(state) / rate + (dt if fault == LATE_CLOCK else 0.0)
    return times
