"""Slow plain oracles for SGD: batches enumerated, trained one by one, or solved densely with forty digits.

Every batch is an affine map of (theta, v), so a linear map of (theta, v, 1) and of its second moment, which
is averaged over all batches (for Gaussian inputs over the nodes of a quadrature).  The oracles know nothing
of Hessians, blocks or balances.
"""

from itertools import combinations, product

import numpy as np

import resetdyn as rd
from resetdyn.processes import GaussianSGD
from resetdyn.theory.learning.moments import steady_state

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(3)  # exact to the fifth power, fourth moments need four
WEIGHTS = WEIGHTS / WEIGHTS.sum()
A = np.diag([1.0, 0.5, 0.2])


def dataset(rng, n=5, d=2):
    """Return inputs of length 1 at most, for which a learning rate of 0.1 is stable, and labels."""
    X = rng.normal(size=(n, d))
    return X / np.linalg.norm(X, axis=1).max(), rng.normal(size=n)


def gaussian(**changes):
    kwargs = {"covariance": A, "noise_variance": 0.25, "learning_rate": 0.1, "batch_size": 4}
    return rd.LinearSGD.gaussian(**kwargs | changes)


def steady(process, reset=None):
    return steady_state(rd.SteadyState(process, reset or rd.NoReset()))


def inputs(process):
    """Yield weight, inputs and labels of every batch (for Gaussian inputs at the nodes of a quadrature)."""
    batch, d = process.batch_size, process.dim
    if isinstance(process, GaussianSGD):
        root = np.linalg.cholesky(np.atleast_2d(process.covariance))
        size = batch * (d + 1)
        for nodes in product(range(3), repeat=size):
            z = NODES[list(nodes)].reshape(batch, d + 1)
            yield (
                WEIGHTS[list(nodes)].prod(),
                z[:, :d] @ root.T,
                np.sqrt(process.noise_variance) * z[:, d],
            )
    else:
        every = product if process.replacement else combinations
        picks = (
            list(product(range(len(process.X)), repeat=batch))
            if every is product
            else list(combinations(range(len(process.X)), batch))
        )
        for pick in picks:
            yield 1 / len(picks), process.X[list(pick)], process.y[list(pick)]


def average_map(process):
    d, size = process.dim, 2 * process.dim + 1
    total = np.zeros((size**2, size**2))
    for weight, X, y in inputs(process):
        gradient = np.zeros((d, size))
        gradient[:, :d], gradient[:, -1] = X.T @ X / len(y), -X.T @ y / len(y)
        step = np.zeros((size, size))
        step[d : 2 * d] = -process.learning_rate * gradient
        step[d : 2 * d, d : 2 * d] += process.momentum * np.eye(d)
        step[:d] = step[d : 2 * d]
        step[:d, :d] += np.eye(d)
        step[-1, -1] = 1
        total += weight * np.kron(step, step)
    return total


def reset_map(process, to, factor=0.0):
    d = process.dim
    reset = np.zeros((2 * d + 1, 2 * d + 1))
    reset[:d, :d] = factor * np.eye(d)
    reset[:d, -1] = to
    reset[d : 2 * d, d : 2 * d] = (process.reset_velocity == "keep") * np.eye(d)
    reset[-1, -1] = 1
    return np.kron(reset, reset)


def moments_of(vector):
    size = round(np.sqrt(len(vector)))
    second = vector.reshape(size, size)
    mean = second[:-1, -1] / second[-1, -1]
    return mean, second[:-1, :-1] / second[-1, -1] - np.outer(mean, mean)


def one_step(process, probability, resets):
    """Return the map of a step and a reset by one of some equally likely maps."""
    step = average_map(process)
    return ((1 - probability) * np.eye(len(step)) + probability * np.mean(resets, axis=0)) @ step


def oracle_steady(process, probability, *resets):
    whole = one_step(process, probability, resets)
    # The last entry, of (1, 1), is fixed: the others solve a linear system.
    open_part = np.eye(len(whole) - 1) - whole[:-1, :-1]
    return moments_of(np.append(np.linalg.solve(open_part, whole[:-1, -1]), 1.0))


def train(process, start, steps, probability, to, runs, rng):
    theta, velocity = np.broadcast_to(start, (runs, process.dim)), np.zeros((runs, process.dim))
    batch, d = process.batch_size, process.dim
    for _ in range(steps):
        if isinstance(process, GaussianSGD):
            root = np.linalg.cholesky(np.atleast_2d(process.covariance))
            X = rng.normal(size=(runs, batch, d)) @ root.T
            y = np.sqrt(process.noise_variance) * rng.normal(size=(runs, batch))
        else:
            pick = rng.integers(len(process.X), size=(runs, batch))
            if not process.replacement:
                pick = rng.permuted(np.tile(np.arange(len(process.X)), (runs, 1)), axis=1)[:, :batch]
            X, y = process.X[pick], process.y[pick]
        gradient = np.einsum("rbd,rb->rd", X, np.einsum("rbd,rd->rb", X, theta) - y) / batch
        velocity = process.momentum * velocity - process.learning_rate * gradient
        theta = theta + velocity
        reset = rng.random(runs) < probability
        theta[reset] = to
        if process.reset_velocity == "zero":
            velocity[reset] = 0
    return theta


def z_scores(theta, mean, cov):
    runs, away = len(theta), theta - mean
    products = np.einsum("ri,rj->rij", away, away)
    z_mean = away.mean(axis=0) / (away.std(axis=0) / np.sqrt(runs))
    return np.append(z_mean, (products.mean(axis=0) - cov) / (products.std(axis=0) / np.sqrt(runs)))


def exactly(mp, process, p, to):
    """Return mean and covariance of theta, by mpmath."""
    n, d = process.X.shape
    X, y, to = mp.matrix(process.X.tolist()), mp.matrix(process.y.tolist()), mp.matrix(to.tolist())
    eta, beta, p = mp.mpf(process.learning_rate), mp.mpf(process.momentum), mp.mpf(p)
    kept = [0] * d + [int(process.reset_velocity == "keep")] * d
    hessian, force, size = X.T * X / n, X.T * y / n, 2 * d
    step, shift = mp.zeros(size), mp.matrix([eta * f for f in force] * 2)
    for i, j in product(range(size), range(d)):
        step[i, j] = -eta * hessian[i % d, j] + (i == j)
        step[i, d + j] = beta * (i % d == j)
    stay = mp.diag([1 - p + p * k for k in kept])
    mean = mp.lu_solve(mp.eye(size) - stay * step, stay * shift + p * mp.matrix([*to, *[0] * d]))
    after = step * mean + shift
    jump = [(to[a] if a < d else 0) - (1 - kept[a]) * after[a] for a in range(size)]
    batch = process.batch_size
    scale = mp.mpf(1) / batch if process.replacement else mp.mpf(n - batch) / (batch * (n - 1))
    residual = X * mean[:d] - y
    gradients = [[X[i, a] * residual[i] for a in range(d)] for i in range(n)]
    pull = [mp.fsum(g[a] for g in gradients) / n for a in range(d)]
    pairs = [(a, b) for a in range(size) for b in range(a, size)]
    place = {pair: t for t, (a, b) in enumerate(pairs) for pair in ((a, b), (b, a))}
    system, source = mp.eye(len(pairs)), mp.zeros(len(pairs), 1)
    for t, (a, b) in enumerate(pairs):
        survival, (i, j) = 1 - p + p * kept[a] * kept[b], (a % d, b % d)
        for e, h in product(range(size), repeat=2):
            system[t, place[e, h]] -= survival * step[a, e] * step[b, h]
        for e, h in product(range(d), repeat=2):
            fourth = mp.fsum(X[k, i] * X[k, j] * X[k, e] * X[k, h] for k in range(n)) / n
            spread = scale * eta**2 * (fourth - hessian[i, e] * hessian[j, h])
            system[t, place[e, h]] -= survival * spread
        noise = mp.fsum((g[i] - pull[i]) * (g[j] - pull[j]) for g in gradients) / n
        source[t] = survival * eta**2 * scale * noise + p * (1 - p) * jump[a] * jump[b]
    solution = mp.lu_solve(system, source)
    return mean[:d], [[solution[place[a, b]] for b in range(d)] for a in range(d)]


def passages_by_hand(problem, n, rng):
    """First-passage steps, one path after another: every kind of SGD, reset and schedule, as it is told."""
    process, reset = problem.process, problem.reset
    schedule = getattr(process, "schedule", None)
    best_so_far = isinstance(reset.to, rd.BestSoFar)
    times = np.empty(n)
    for path in range(n):
        theta, velocity = np.array(problem.start), np.zeros(process.dim)
        best, lowest, steps, age = theta, np.inf, 0, 0
        if best_so_far:
            lowest = reset.to.score(theta)
        while True:
            factor = 1.0 if schedule is None else schedule[min(steps, len(schedule) - 1)]
            rows, labels = batch_by_hand(process, rng)
            gradient = rows.T @ (rows @ theta - labels) / process.batch_size
            velocity = process.momentum * velocity - factor * process.learning_rate * gradient
            theta = theta + velocity
            steps, age = steps + 1, age + 1
            if isinstance(reset, rd.Sharp):
                resetting, undone = age == reset.period, False
            else:
                resetting = rng.random() < getattr(reset, "probability", 0.0)
                undone = resetting and reset.ties == "reset"
            if not undone and problem.target.contains(theta):
                break
            if best_so_far and steps % reset.to.every == 0 and reset.to.score(theta) < lowest:
                best, lowest = theta, reset.to.score(theta)
            if resetting:
                theta, age = (best if best_so_far else np.array(problem.reset_to)), 0
                if process.reset_velocity == "zero":
                    velocity = np.zeros(process.dim)
                if problem.target.contains(theta):
                    break
                steps += int(reset.refractory)
        times[path] = steps
    return times


def batch_by_hand(process, rng):
    """Return inputs and labels of a batch."""
    size, dim = process.batch_size, process.dim
    if isinstance(process, GaussianSGD):
        rows = rng.multivariate_normal(np.zeros(dim), np.atleast_2d(process.covariance), size=size)
        return rows, np.sqrt(process.noise_variance) * rng.normal(size=size)
    pick = rng.choice(len(process.X), size=size, replace=process.replacement)
    noise = np.sqrt(np.broadcast_to(process.fresh_noise, process.y.shape)[pick]) * rng.normal(size=size)
    return process.X[pick], process.y[pick] + noise
