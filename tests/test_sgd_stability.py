"""The learning rates at which SGD diverges, held to the spectrum of the enumerated batches."""

from itertools import product

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.theory.learning.stability import stability_limit
from tests.naive_sgd import A, dataset, gaussian, one_step, reset_map, steady


def second_moment_radius(process, probability=0.0):
    whole = one_step(process, probability, [reset_map(process, np.zeros(process.dim))])
    return np.abs(np.linalg.eigvals(whole[:-1, :-1])).max()


@pytest.mark.parametrize("velocity", ["zero", "keep"])
@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("probability", [0.0, 0.01, 0.4])
@pytest.mark.parametrize("kind", ["data", "no replacement", "full batch", "gaussian"])
def test_stability_limit_is_where_the_second_moment_diverges(rng, kind, probability, momentum, velocity):
    X, y = dataset(rng)

    def process(rate):
        extra = {"momentum": momentum, "reset_velocity": velocity}
        if kind == "gaussian":
            return gaussian(covariance=[[1.0, 0.3], [0.3, 0.5]], learning_rate=rate, batch_size=1, **extra)
        batch = 5 if kind == "full batch" else 2
        return rd.LinearSGD(X, y, rate, batch, kind == "data", **extra)

    reset = rd.Geometric(probability, to=[1.0, 1.0])
    limit = stability_limit(process(0.1), reset)
    if kind == "full batch":  # rounding: a double eigenvalue at the edge moves as the root of the change
        assert second_moment_radius(process(limit * (1 - 1e-6)), probability) < 1
        assert second_moment_radius(process(limit * (1 + 1e-6)), probability) > 1
    assert second_moment_radius(process(limit * (1 - 1e-9)), probability) < 1
    assert second_moment_radius(process(limit * (1 + 1e-9)), probability) > 1
    assert np.isfinite(steady(process(limit * (1 - 1e-9)), reset).cov).all()
    with pytest.raises(ValueError, match=r"the stability limit is [\d.]+\)"):
        steady(process(limit * (1 + 1e-9)), reset)


def test_published_stability_condition_of_gaussian_inputs():
    a, size = np.diag(A), 4
    eta = stability_limit(gaussian())
    assert eta / size * np.sum(a / (2 - eta * (1 + 1 / size) * a)) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_stability_limit_in_one_dimension_is_closed(rng, batch):
    x = rng.normal(size=20)
    kappa, h = np.mean(x**4) / np.mean(x**2) ** 2, np.mean(x**2)
    for probability in (0.0, 0.3):
        bend = 1 + (kappa - 1) / batch
        root = (1 + np.sqrt(1 + bend * probability / (1 - probability))) / bend
        sgd = rd.LinearSGD(x[:, None], x, 0.1, batch)
        limit = stability_limit(sgd, rd.Geometric(probability, to=0.0))
        assert limit == pytest.approx(root / h, rel=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_stability_of_the_mean(momentum):
    h = np.array([2.0, 0.5])
    for velocity, p in product(["zero", "keep"], [0.0, 0.2]):
        sgd = gaussian(covariance=np.diag(h), momentum=momentum, reset_velocity=velocity)
        rate = stability_limit(sgd, rd.Geometric(p, to=[0.0, 0.0]), moment=1)
        for factor, stable in ((1 - 1e-9, True), (1 + 1e-9, False)):
            a = factor * rate * h[0]
            step = np.array([[1 - a, momentum], [-a, momentum]])
            step = np.diag([1 - p, 1 - p * (velocity == "zero")]) @ step
            assert (np.abs(np.linalg.eigvals(step)).max() < 1) == stable
    assert stability_limit(gaussian(), rd.Sharp(5, to=[0.0] * 3)) == np.inf
    assert stability_limit(gaussian(), rd.Geometric(1.0, to=[0.0] * 3)) == np.inf


def test_stability_limit_in_many_dimensions(rng):
    # The same spectrum, found by the sparse and by the dense solver, is where the condition of Ziyin is met.
    a = np.geomspace(1, 0.1, 30)
    eta = stability_limit(gaussian(covariance=np.diag(a), batch_size=2))
    assert eta / 2 * np.sum(a / (2 - eta * 1.5 * a)) == pytest.approx(1, rel=1e-11)


def test_quadratic_loss_is_stable_up_to_two_over_the_curvature():
    sgd = rd.QuadraticSGD([[2.0, 0.5], [0.5, 1.0]], [0.0, 0.0], 1.0, 0.1, 4)
    top = np.linalg.eigvalsh(sgd.hessian)[-1]
    assert stability_limit(sgd) == pytest.approx(2 / top, rel=1e-14)


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_flat_directions_play_no_part(rng, momentum):
    X, y = rng.normal(size=(3, 5)), rng.normal(size=3)
    curved = X @ np.linalg.svd(X)[2][:3].T  # the same data in the directions that they see
    whole, part = (rd.LinearSGD(data, y, 0.1, 2, momentum=momentum) for data in (X, curved))
    assert stability_limit(whole) == pytest.approx(stability_limit(part), rel=1e-12)
    wide = rd.LinearSGD(np.hstack([X, X]), y, 0.1, 2, momentum=momentum)  # by the sparse solver
    assert stability_limit(wide) == pytest.approx(stability_limit(part) / 2, rel=1e-11)
    assert stability_limit(rd.LinearSGD(0 * X, y, 0.1, 2)) == np.inf
