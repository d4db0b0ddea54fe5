"""Moments of SGD held to plain training, to the compiled sampler and to forty digits; and their speed."""

from itertools import product

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.theory.learning.moments import transient
from resetdyn.theory.learning.noise import Minibatches
from resetdyn.theory.learning.stability import stability_limit
from tests.naive_sgd import dataset, exactly, gaussian, steady, train, z_scores


@pytest.mark.parametrize(("share", "steps"), [(0.1, 12), (0.4, 12), (0.9, 3)])
@pytest.mark.parametrize(("momentum", "velocity"), [(0.0, "zero"), (0.8, "zero"), (0.8, "keep")])
@pytest.mark.parametrize("kind", ["data", "no replacement", "gaussian"])
def test_plain_training_has_these_moments(rng, kind, momentum, velocity, share, steps):
    extra = {"momentum": momentum, "reset_velocity": velocity}
    X, y = dataset(rng, n=8)
    if kind == "gaussian":  # near the edge a third step on unbounded inputs leaves tails of 1 in 100
        steps = min(steps, 2) if share > 0.5 else steps

    def process(rate):
        if kind == "gaussian":
            return gaussian(covariance=[[1.0, 0.3], [0.3, 0.5]], learning_rate=rate, **extra)
        return rd.LinearSGD(X, y, rate, 3, kind == "data", **extra)

    to, start, p = np.array([0.5, 1.0]), np.array([1.0, -2.0]), 0.1
    reset = rd.Geometric(p, to=to)
    sgd = process(share * stability_limit(process(0.1), reset))
    theta = train(sgd, start, steps, p, to, 20_000, rng)  # many steps near the edge leave heavy tails
    (mean,), (cov,) = transient(sgd, start, [steps], reset)
    assert np.abs(z_scores(theta, mean, cov)).max() < 4
    if share < 0.5:  # nearer to the edge the steady state has no fourth moment, and so no score
        theta, result = train(sgd, to, 100, p, to, 5_000, rng), steady(sgd, reset)
        assert np.abs(z_scores(theta, result.mean, result.cov)).max() < 4


def test_the_other_fate_of_the_velocity_is_rejected(rng):
    to, start = np.array([0.5, 1.0]), np.array([1.0, -2.0])
    X, y = dataset(rng, n=8)
    kept, stopped = (
        rd.LinearSGD(X, y, 0.1, 3, momentum=0.8, reset_velocity=velocity) for velocity in ("keep", "zero")
    )
    theta = train(kept, start, 12, 0.3, to, 20_000, rng)
    (mean,), (cov,) = transient(stopped, start, [12], rd.Geometric(0.3, to=to))
    assert np.abs(z_scores(theta, mean, cov)).max() > 8


@pytest.mark.parametrize("share", [0.1, 0.3])
@pytest.mark.parametrize(
    "reset", [rd.NoReset(), rd.Geometric(0.05, to=[2.0, 0.0]), rd.Sharp(5, to=[2.0, 0.0])], ids=repr
)
@pytest.mark.parametrize("replacement", [True, False])
def test_the_compiled_sampler_agrees(rng, reset, replacement, share):
    X, y = dataset(rng, n=10)
    rate = share * stability_limit(rd.LinearSGD(X, y, 0.1, 3, replacement))
    problem = rd.SteadyState(rd.LinearSGD(X, y, rate, 3, replacement), reset)
    result, found = rd.solve(problem), rd.simulate(problem, n=20_000, rng=rng)
    assert np.abs(z_scores(found.samples, result.mean, result.cov)).max() < 4


@pytest.mark.parametrize("share", [0.1, 0.3])
@pytest.mark.parametrize(
    "reset", [rd.NoReset(), rd.Geometric(0.05, to=[2.0, 0.0]), rd.Sharp(5, to=[2.0, 0.0])], ids=repr
)
def test_the_compiled_sampler_agrees_on_gaussian_inputs(rng, reset, share):
    covariance = [[1.0, 0.3], [0.3, 0.5]]
    rate = share * stability_limit(gaussian(covariance=covariance))
    problem = rd.SteadyState(gaussian(covariance=covariance, learning_rate=rate), reset)
    result, found = rd.solve(problem), rd.simulate(problem, n=20_000, rng=rng)
    assert found.method.startswith("minibatch SGD on fresh Gaussian inputs")
    assert np.abs(z_scores(found.samples, result.mean, result.cov)).max() < 4


def test_first_passage_on_gaussian_inputs_is_that_of_plain_training(rng):
    sgd, start, target = gaussian(covariance=2.0, learning_rate=0.2), 1.5, rd.Level(0.5)
    found = rd.simulate(rd.FirstPassage(sgd, start, target, rd.Geometric(0.1)), n=20_000, rng=rng)
    plain, theta = np.zeros(20_000), np.full(20_000, start)
    alive = np.arange(20_000)
    while alive.size:
        theta[alive] = train(sgd, theta[alive, None], 1, 0.1, start, alive.size, rng)[:, 0]
        plain[alive] += 1
        alive = alive[theta[alive] > 0.5]
    assert abs(found.mean - plain.mean()) < 4 * np.hypot(found.error, plain.std() / np.sqrt(20_000))


def test_accuracy_against_forty_digits(rng):
    mp = pytest.importorskip("mpmath")
    with mp.workdps(40):
        for _ in range(25):
            d = int(rng.integers(1, 4))
            n = int(rng.integers(d + 1, 8))
            X = rng.normal(size=(n, d)) * 10 ** rng.uniform(-3, 0, size=d) * 10 ** rng.uniform(-2, 2)
            y = X @ rng.normal(size=d) + rng.normal(size=n) * 10 ** rng.uniform(-3, 3)
            options = {
                "batch_size": int(rng.integers(1, n)),
                "replacement": bool(rng.integers(2)),
                "momentum": float(rng.choice([0, 0.5, 0.9, 0.999])),
                "reset_velocity": str(rng.choice(["zero", "keep"])),
            }
            p = float(rng.choice([0, 1e-8, 1e-4, 0.01, 0.3, 0.999]))
            to = rng.normal(size=d) * 10 ** rng.uniform(-2, 2)
            reset = rd.Geometric(p, to=to)
            limit = stability_limit(rd.LinearSGD(X, y, 1.0, **options), reset)
            rate = limit * float(rng.choice([1e-8, 1e-4, 1e-2, 0.5, 0.9, 0.99]))
            process = rd.LinearSGD(X, y, rate, **options)
            result = steady(process, reset)
            mean, cov = exactly(mp, process, p, to)
            found_mean, found_cov = np.atleast_1d(result.mean), np.atleast_2d(result.cov)
            for i, j in product(range(d), repeat=2):
                away = abs(float(found_mean[i] - mean[i]))
                assert away <= 1e-10 * max(map(abs, mean))
                assert away <= result.error
                assert abs(found_cov[i, j] - cov[i][j]) <= 1e-10 * mp.sqrt(cov[i][i] * cov[j][j])


def test_sizes_of_everyday_take_few_passes_over_the_data(rng, monkeypatch):
    # A pass costs 4 n d^2 operations, about a millisecond here; a dense solve would cost d^6.
    passes, spread = [], Minibatches.spread
    monkeypatch.setattr(Minibatches, "spread", lambda *args: passes.append(1) or spread(*args))
    X, y, reset = rng.normal(size=(1000, 50)), rng.normal(size=1000), rd.Geometric(0.01, to=np.zeros(50))
    limit = stability_limit(rd.LinearSGD(X, y, 0.05, 8, momentum=0.5), reset)
    assert len(passes) < 250
    for share in (0.2, 0.99):
        passes.clear()
        steady(rd.LinearSGD(X, y, share * limit, 8, momentum=0.5), reset)
        assert len(passes) < 80
