"""The continuous limit of SGD and the risk along training."""

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.theory.learning.moments import transient
from resetdyn.theory.learning.training_risk import sgd_risk
from tests.naive_sgd import dataset, gaussian, steady


@pytest.mark.parametrize("rate", [0.0, 0.7])
@pytest.mark.parametrize(
    "kind", ["data", "no replacement", "gaussian", "quadratic", "heavy", "heavy and kept"]
)
def test_moments_meet_the_continuous_limit_at_first_order(rng, kind, rate):
    X, y = dataset(rng, n=9)
    extra = {"heavy": {"momentum": 0.8}, "heavy and kept": {"momentum": 0.8, "reset_velocity": "keep"}}

    def process(eta):
        if kind == "gaussian":
            return gaussian(covariance=[[1.0, 0.3], [0.3, 0.5]], learning_rate=eta)
        if kind == "quadratic":
            return rd.QuadraticSGD([[1.0, 0.3], [0.3, 0.5]], [1.0, 2.0], 0.7, eta, 3)
        return rd.LinearSGD(X, y, eta, 3, kind != "no replacement", **extra.get(kind, {}))

    away, to = [], np.array([0.2, 0.4])
    for eta in (1e-4, 1e-5):
        sgd = process(eta)
        limit = rd.solve(rd.SteadyState(sgd.continuous(), rd.Poisson(rate, to=to)))
        found = steady(sgd, rd.Geometric(rate * eta, to=to))
        spread = np.abs(found.cov - limit.cov).max() / np.abs(limit.cov).max()
        away.append([np.abs(found.mean - limit.mean).max(), spread])
    away = np.array(away)
    assert away.max() < 0.02
    if rate == 0:  # the mean is the optimum at any learning rate
        assert away[:, 0].max() < 1e-12
        away = away[:, 1:]
    np.testing.assert_allclose(away[0] / away[1], 10, rtol=0.05)


def test_what_has_no_noise_has_no_continuous_limit(rng):
    X, y = dataset(rng)
    for sgd in (rd.LinearSGD(X, X @ [1.0, 2.0], 0.1, 2), rd.LinearSGD(X, y, 0.1, 5, replacement=False)):
        with pytest.raises(ValueError, match="without gradient noise at the optimum there is no diffusion"):
            sgd.continuous()
    with pytest.raises(ValueError, match=r"noise_variance=0: .* there is no diffusion"):
        gaussian(noise_variance=0.0).continuous()


@pytest.mark.parametrize("reset", [rd.NoReset(), rd.Geometric(0.1, to=[1.0, 1.0]), rd.Sharp(4)])
def test_risk_along_training_is_that_of_the_moments(rng, reset):
    sgd = rd.LinearSGD(*dataset(rng), 0.1, 2, momentum=0.5)
    risk, start, steps = rd.Quadratic([[2.0, 0.3], [0.3, 1.0]], [0.5, -0.5], 0.1), [3.0, 4.0], [0, 2, 7, 30]
    risks = sgd_risk(sgd, risk, start, steps, reset)
    means, covs = transient(sgd, start, steps, reset)
    expected = [risk(m) + np.sum(risk.matrix * c) / 2 for m, c in zip(means, covs, strict=True)]
    np.testing.assert_allclose(risks, expected, rtol=1e-13)
    assert sgd_risk(sgd, risk, start, 7, reset) == pytest.approx(risks[2], rel=1e-14)
    if not isinstance(reset, rd.Sharp):
        result = rd.solve(rd.SteadyState(sgd, reset))
        assert sgd_risk(sgd, risk, start, 4000, reset) == pytest.approx(result.expect(risk), rel=1e-10)
        on_the_way = result.transient(steps, start)
        np.testing.assert_allclose([moments.expect(risk) for moments in on_the_way], risks, rtol=1e-13)
        assert result.transient(7, start).time == 7


def test_bad_risks_are_refused(rng):
    sgd = rd.LinearSGD(*dataset(rng), 0.1, 2)
    with pytest.raises(TypeError, match=r"risk=.*: give an rd\.Quadratic"):
        sgd_risk(sgd, np.sum, [0.0, 0.0], 3)
    with pytest.raises(ValueError, match=r"risk has dimension 1: give one of dimension 2"):
        sgd_risk(sgd, rd.Quadratic(1.0, 0.0), [0.0, 0.0], 3)
    with pytest.raises(ValueError, match=r"only an rd\.Quadratic has an exact"):
        rd.solve(rd.SteadyState(sgd)).transient(3, [0.0, 0.0]).expect(np.sum)


def label_noise(learning_rate, **changes):
    kwargs = {
        "hessian": [[2.0, 0.5], [0.5, 1.0]], "clean_optimum": [0.0, 1.0], "wrong_optimum": [2.0, -1.0],
        "noise_rate": 0.3, "learning_rate": learning_rate, "batch_size": 4, "initial": [-1.0, -2.0],
        "gradient_covariance": [[0.5, 0.1], [0.1, 0.4]],
    }  # fmt: skip
    return rd.LabelNoiseQuadratic(**kwargs | changes)


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_risk_of_label_noise_is_the_limit_of_discrete_training(rate):
    times, away = np.array([0.1, 0.5, 2.0]), []
    for learning_rate in (1e-2, 1e-3):
        model = label_noise(learning_rate)
        reset = rd.Geometric(rate * learning_rate, to=model.checkpoint)
        steps = np.rint(times / learning_rate).astype(int)
        exact = sgd_risk(model.sgd(), model.clean_risk, model.initial, steps, reset)
        away.append(np.abs(model.transient_risk(times, rate) / exact - 1).max())
    assert away[0] < 0.05
    assert away[0] / away[1] == pytest.approx(10, rel=0.1)


def test_risk_of_label_noise_begins_at_the_start_and_ends_in_the_steady_state():
    model = label_noise(0.1)
    assert model.transient_risk(0.0, 0.5) == pytest.approx(model.clean_risk(model.initial), rel=1e-14)
    for rate in (0.0, 1e-8, 0.5, 1e8):
        assert model.transient_risk(1e9, rate) == pytest.approx(model.steady_risk(rate), rel=1e-12)
    assert model.transient_risk(np.ones((2, 3))).shape == (2, 3)
    quiet = label_noise(0.1, gradient_covariance=np.zeros((2, 2)))  # gradient flow
    np.testing.assert_allclose(quiet.transient_risk(1.3), model.clean_risk(model.flow(1.3)), rtol=1e-13)


def test_risk_of_label_noise_under_resetting_is_the_renewal_average():
    # Last reset a time a ago with density r e^(-r a), or never: an average of risks without resetting.
    model, rate, time = label_noise(0.1), 0.8, 1.7
    fresh = label_noise(0.1, initial=model.checkpoint)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    ages, weights = time * (nodes + 1) / 2, weights * time / 2
    expected = np.exp(-rate * time) * model.transient_risk(time)
    expected += weights @ (rate * np.exp(-rate * ages) * fresh.transient_risk(ages))
    assert model.transient_risk(time, rate) == pytest.approx(expected, rel=1e-13)
