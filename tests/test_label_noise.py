"""The label-noise model: its parts against definitions, data, independent integrals and long training."""

import pickle

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import solve_continuous_lyapunov
from scipy.optimize import minimize_scalar

import resetdyn as rd
from resetdyn.theory.learning.moments import steady_state


def line(**changes):
    kwargs = {
        "hessian": 1.5,
        "clean_optimum": 0.2,
        "wrong_optimum": 2.0,
        "noise_rate": 0.3,
        "learning_rate": 0.05,
        "batch_size": 8,
        "initial": -1.0,
    }
    return rd.LabelNoiseQuadratic(**kwargs | changes)


def plane(**changes):
    kwargs = {
        "hessian": [[2.0, 0.5], [0.5, 1.0]],
        "wrong_hessian": [[1.0, -0.3], [-0.3, 1.5]],
        "clean_optimum": [0.5, -0.3],
        "wrong_optimum": [-1.0, 2.0],
        "noise_rate": 0.4,
        "gradient_covariance": [[0.4, 0.05], [0.05, 0.3]],
        "learning_rate": 0.1,
        "batch_size": 5,
        "initial": [1.5, -1.5],
    }
    return rd.LabelNoiseQuadratic(**kwargs | changes)


def data(rng, n=300, d=4, noise_rate=0.3):
    X = rng.normal(size=(n, d)) * [2.0, 1.0, 0.5, 1.0][:d]
    y_clean = X @ [1.0, -1.0, 0.5, 2.0][:d] + 0.1 * rng.normal(size=n)
    wrong = rng.random(n) < noise_rate
    return X, y_clean, np.where(wrong, -y_clean, y_clean)


def from_data(*labelled, **kwargs):
    return rd.LabelNoiseQuadratic.from_data(*labelled, learning_rate=0.05, batch_size=10, **kwargs)


@pytest.mark.parametrize("model", [line(), plane()], ids=["line", "plane"])
def test_latent_bias_is_the_weighted_gap_of_the_gradients(model, rng):
    theta = rng.normal() if model.dim == 1 else rng.normal(size=2)
    clean = np.dot(model.hessian, theta - model.clean_optimum)
    wrong = np.dot(model.wrong_hessian, theta - model.wrong_optimum)
    np.testing.assert_allclose(model.latent_bias(theta), model.noise_rate * (wrong - clean), rtol=1e-13)
    mixture = (1 - model.noise_rate) * clean + model.noise_rate * wrong
    np.testing.assert_allclose(model.gradient(theta), mixture, rtol=1e-13)
    np.testing.assert_allclose(model.gradient(model.effective_optimum), 0, atol=1e-14)


def test_one_dimension_in_closed_form():
    model = line()
    assert model.effective_optimum == pytest.approx(0.7 * 0.2 + 0.3 * 2.0)
    gap = 1.5 * (0.2 - 2.0)
    assert model.gradient_covariance == pytest.approx(0.3 * 0.7 * gap**2)
    assert model.diffusion == pytest.approx(0.05 * model.gradient_covariance / 16)
    time = np.log((model.effective_optimum + 1.0) / (model.effective_optimum - 0.2)) / 1.5
    assert model.early_stopping.time == pytest.approx(time, rel=1e-12)
    assert model.early_stopping.state == pytest.approx(0.2, rel=1e-12)
    assert model.checkpoint == model.early_stopping.state
    for value in (model.effective_optimum, model.checkpoint, model.steady_risk(1.0), model.flow(0.3)):
        assert isinstance(value, float)


def test_default_covariance_is_that_of_drawing_clean_or_wrong(rng):
    model = plane(gradient_covariance=None)
    clean, wrong = (
        model.clean_risk.gradient(model.effective_optimum),
        model.wrong_part.gradient(model.effective_optimum),
    )
    drawn = np.array([clean] * 6 + [wrong] * 4)  # noise rate 0.4
    np.testing.assert_allclose(model.gradient_covariance, np.cov(drawn.T, bias=True), rtol=1e-12)


def test_flow_solves_gradient_descent_in_continuous_time():
    model = plane()
    times = np.array([0.0, 0.3, 2.0, np.inf])
    states = model.flow(times)
    assert states.shape == (4, 2)
    np.testing.assert_allclose(states[0], model.initial, rtol=1e-14)
    np.testing.assert_allclose(states[3], model.effective_optimum, rtol=1e-13)
    h = 1e-5
    velocity = (model.flow(0.3 + h) - model.flow(0.3 - h)) / (2 * h)
    np.testing.assert_allclose(velocity, -model.gradient(states[1]), rtol=1e-8)


def test_early_stopping_is_the_lowest_clean_risk_along_the_flow():
    model = plane()
    stop = model.early_stopping
    found = minimize_scalar(
        lambda t: model.clean_risk(model.flow(t)), bounds=(0, 10), method="bounded", options={"xatol": 1e-10}
    )
    assert 0 < stop.time < np.inf
    assert stop.time == pytest.approx(found.x, abs=1e-6)
    assert stop.risk <= found.fun * (1 + 1e-15)
    np.testing.assert_allclose(stop.state, model.flow(stop.time), rtol=1e-14)
    slope = model.clean_risk.gradient(stop.state) @ model.gradient(stop.state)
    assert slope == pytest.approx(0.0, abs=1e-13)


@pytest.mark.parametrize(
    ("changes", "time"),
    [
        ({"initial": 5.0}, np.inf),  # the effective optimum lies before the clean one
        ({"initial": 0.2}, 0.0),  # training starts at the clean optimum and only leaves it
        ({"noise_rate": 0.0}, np.inf),
        ({"initial": 0.74}, np.inf),  # the start is the effective optimum
    ],
)
def test_early_stopping_at_the_ends(changes, time):
    model = line(**changes)
    assert model.early_stopping.time == time
    end = model.initial if time == 0 else model.effective_optimum
    assert model.early_stopping.state == pytest.approx(end, rel=1e-14)


@pytest.mark.parametrize("seed_offset", range(20))
def test_early_stopping_never_loses_to_a_grid(seed, seed_offset):
    rng = np.random.default_rng([seed, seed_offset])
    root = rng.normal(size=(2, 3, 3))
    hessian, wrong_hessian = (r @ r.T + 0.01 * np.eye(3) for r in root)
    model = plane(
        hessian=hessian, wrong_hessian=wrong_hessian, gradient_covariance=1.0,
        clean_optimum=rng.normal(size=3), wrong_optimum=rng.normal(size=3), initial=rng.normal(size=3),
    )  # fmt: skip
    grid = model.clean_risk(model.flow(np.geomspace(1e-5, 1e4, 5000)))
    assert model.early_stopping.risk <= grid.min() * (1 + 1e-12)
    assert grid.min() <= model.early_stopping.risk * (1 + 1e-2)


@pytest.mark.parametrize("d", [1, 4])
def test_data_split_is_exact(rng, d):
    X, y_clean, y_noisy = data(rng, d=d)
    model = from_data(X, y_clean, y_noisy)
    wrong = y_clean != y_noisy
    theta = rng.normal(size=d)
    state = theta[0] if d == 1 else theta
    n = len(X)

    def part(rows):
        return X[rows].T @ (X[rows] @ theta - y_noisy[rows]) / n

    assert model.noise_rate == wrong.mean()
    np.testing.assert_allclose(
        np.atleast_1d(model.gradient(state)), part(slice(None)), rtol=1e-10, atol=1e-12
    )
    bias = np.atleast_1d(model.latent_bias(state))
    np.testing.assert_allclose(
        bias, part(wrong) - wrong.mean() / (1 - wrong.mean()) * part(~wrong), rtol=1e-10, atol=1e-12
    )


def test_data_risk_refers_to_all_inputs_with_true_labels(rng):
    X, y_clean, y_noisy = data(rng)
    model = from_data(X, y_clean, y_noisy)
    np.testing.assert_allclose(model.clean_optimum, np.linalg.lstsq(X, y_clean)[0], rtol=1e-12)
    np.testing.assert_allclose(model.effective_optimum, np.linalg.lstsq(X, y_noisy)[0], rtol=1e-12)
    theta = rng.normal(size=4)
    assert model.clean_risk(theta) == pytest.approx(np.mean((X @ theta - y_clean) ** 2) / 2, rel=1e-12)


def test_data_gradient_covariance_is_that_of_the_samples(rng):
    X, y_clean, y_noisy = data(rng)
    optimum = np.linalg.lstsq(X, y_noisy)[0]
    gradients = X * (X @ optimum - y_noisy)[:, None]
    covariance = np.cov(gradients.T, bias=True)
    np.testing.assert_allclose(
        from_data(X, y_clean, y_noisy).gradient_covariance, covariance, rtol=1e-10, atol=1e-12
    )
    without = from_data(X, y_clean, y_noisy, replacement=False).gradient_covariance
    np.testing.assert_allclose(without, covariance * (300 - 10) / 299, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("noise_rate", [0.0, 1.0])
def test_data_with_no_or_only_wrong_labels(rng, noise_rate):
    X, y_clean, y_noisy = data(rng, noise_rate=noise_rate)
    model = from_data(X, y_clean, y_noisy)
    assert model.noise_rate == noise_rate
    np.testing.assert_allclose(model.effective_optimum, np.linalg.lstsq(X, y_noisy)[0], rtol=1e-12)
    if noise_rate == 0:
        np.testing.assert_array_equal(model.latent_bias(np.ones(4)), 0)
        assert model.early_stopping.time == np.inf
        assert model.steady_risk(0.0) > model.clean_floor


def test_few_wrong_labels_may_be_flat(rng):
    X, y_clean, _ = data(rng, n=50)
    y_noisy = y_clean.copy()
    y_noisy[:2] *= -1  # two samples cannot fix four parameters
    model = from_data(X, y_clean, y_noisy)
    np.testing.assert_allclose(model.effective_optimum, np.linalg.lstsq(X, y_noisy)[0], rtol=1e-11)


def test_steady_risk_in_one_dimension_is_the_integral_over_the_age():
    model, rate = line(initial=-1.0, checkpoint=-0.4), 0.7
    k, D = model.training_hessian, model.diffusion

    def risk(age):
        mean = model.effective_optimum + (model.checkpoint - model.effective_optimum) * np.exp(-k * age)
        variance = D / k * -np.expm1(-2 * k * age)
        return 0.5 * model.hessian * ((mean - model.clean_optimum) ** 2 + variance)

    integral = quad(lambda age: rate * np.exp(-rate * age) * risk(age), 0, np.inf, epsabs=0, epsrel=1e-12)[0]
    assert model.steady_risk(rate) == pytest.approx(integral, rel=1e-11)


@pytest.mark.parametrize("rate", [0.0, 0.3, 50.0])
def test_steady_risk_in_two_dimensions_solves_a_lyapunov_equation(rate):
    model = plane(checkpoint=[1.0, -1.0])
    H, center = model.training_hessian, model.effective_optimum
    away = model.checkpoint - center
    drift = H + rate / 2 * np.eye(2)
    second = solve_continuous_lyapunov(drift, 2 * model.diffusion + rate * np.outer(away, away))
    mean = np.linalg.solve(H + rate * np.eye(2), rate * away)
    shift = center - model.clean_optimum
    expected = np.sum(model.hessian * (second + np.outer(mean, shift) + np.outer(shift, mean))) / 2
    expected += shift @ model.hessian @ shift / 2
    assert model.steady_risk(rate) == pytest.approx(expected, rel=1e-12)


def test_steady_risk_at_infinite_rate_is_the_risk_at_the_checkpoint():
    model = plane(checkpoint=[1.0, -1.0])
    assert model.steady_risk(np.inf) == pytest.approx(model.clean_risk([1.0, -1.0]), rel=1e-14)
    rates = np.array([[0.0, 1.0], [10.0, np.inf]])
    risks = model.steady_risk(rates)
    assert risks.shape == (2, 2)
    assert risks[0, 1] == model.steady_risk(1.0)


def test_process_and_sgd_are_the_same_dynamics():
    model = plane()
    process, sgd = model.process(), model.sgd()
    np.testing.assert_array_equal(process.stiffness, sgd.hessian)
    np.testing.assert_array_equal(process.center, sgd.optimum)
    np.testing.assert_array_equal(process.diffusion, 0.1 * sgd.gradient_covariance / (2 * 5))
    np.testing.assert_allclose(np.dot(process.stiffness, -process.center), model.gradient([0.0, 0.0]))


def test_sgd_has_the_steady_risk_at_small_learning_rates():
    rate, away = 0.8, []
    for learning_rate in (1e-2, 1e-3):
        model = plane(learning_rate=learning_rate, checkpoint=[1.0, -1.0])
        reset = rd.Geometric(rate * learning_rate, to=model.checkpoint)
        steady = steady_state(rd.SteadyState(model.sgd(), reset))
        away.append(steady.expect(model.clean_risk) / model.steady_risk(rate) - 1)
    assert abs(away[0]) < 0.02
    assert away[0] / away[1] == pytest.approx(10, rel=0.05)


def test_data_model_agrees_with_the_exact_moments_at_small_learning_rates(rng):
    X, y_clean, y_noisy = data(rng)
    away = []
    for learning_rate in (1e-3, 1e-4):
        model = rd.LabelNoiseQuadratic.from_data(
            X, y_clean, y_noisy, learning_rate, 10, checkpoint=np.zeros(4), replacement=False
        )
        sgd = rd.LinearSGD(X, y_noisy, learning_rate, 10, replacement=False)
        steady = steady_state(rd.SteadyState(sgd, rd.Geometric(0.5 * learning_rate, to=np.zeros(4))))
        away.append(steady.expect(model.clean_risk) / model.steady_risk(0.5) - 1)
    assert abs(away[0]) < 0.02
    assert away[0] / away[1] == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize("noise_rate", [0.0, 1.0])
def test_without_gradient_noise_there_is_no_process(noise_rate):
    model = line(noise_rate=noise_rate)
    assert model.effective_optimum == pytest.approx([0.2, 2.0][int(noise_rate)])
    assert model.steady_risk(0.0) == pytest.approx(model.clean_risk(model.effective_optimum), abs=1e-30)
    for build in (model.process, model.sgd):
        with pytest.raises(
            ValueError, match=r"gradient_covariance=0 at noise_rate=.*give gradient_covariance="
        ):
            build()
    assert line(noise_rate=noise_rate, gradient_covariance=1.0).process().diffusion == pytest.approx(
        0.05 / 16
    )


def test_models_are_values():
    assert plane() == plane()
    assert hash(plane()) == hash(plane())
    assert plane() != plane(noise_rate=0.41)
    copy = pickle.loads(pickle.dumps(plane()))
    assert copy == plane()
    assert copy.steady_risk(1.0) == plane().steady_risk(1.0)
    with pytest.raises(ValueError, match="read-only"):
        plane(gradient_covariance=None).gradient_covariance[0, 0] = 1.0


BAD = [
    ({"noise_rate": 1.2}, r"noise_rate=1.2: give a number between 0 and 1"),
    ({"noise_rate": np.nan}, r"noise_rate=nan: give finite numbers"),
    ({"learning_rate": 0.0}, r"learning_rate=0: give a number above 0"),
    ({"learning_rate": -0.1}, r"learning_rate=-0.1: give a number above 0"),
    ({"batch_size": 0}, r"batch_size=0: give a whole number of at least 1"),
    ({"hessian": [[1.0, 2.0], [2.0, 1.0]]}, r"hessian is not positive definite .*: give a positive definite"),
    ({"hessian": [[1.0, 2.0], [0.0, 1.0]]}, r"hessian=.*: give a symmetric matrix"),
    ({"hessian": np.eye(3)}, r"clean_optimum has shape \(2,\): give a number or a vector of length 3"),
    ({"wrong_hessian": -np.eye(2)}, r"wrong_hessian is not positive definite"),
    ({"clean_optimum": [np.inf, 0.0]}, r"clean_optimum=.*: give finite numbers"),
    ({"wrong_optimum": [1.0, 2.0, 3.0]}, r"has shape .*: give a number or a"),
    ({"gradient_covariance": -1.0}, r"gradient_covariance is not positive .*: give a positive"),
    ({"initial": [1.0, 2.0, 3.0]}, r"initial has shape \(3,\): give a number or a vector of length 2"),
    ({"checkpoint": [np.nan, 0.0]}, r"checkpoint=.*: give finite numbers"),
    ({"clean_part": rd.Quadratic(1.0, 0.0)}, r"clean_part has dimension 1: give one of dimension 2"),
    ({"clean_floor": np.inf}, r"clean_floor=inf: give finite numbers"),
]


@pytest.mark.parametrize(("changes", "message"), BAD, ids=[str(next(iter(c))) for c, _ in BAD])
def test_bad_parameters_are_named_with_the_remedy(changes, message):
    with pytest.raises(ValueError, match=message):
        plane(**changes)


@pytest.mark.parametrize("changes", [{"batch_size": 2.5}, {"hessian": "a"}, {"clean_part": "risk"}])
def test_wrong_kinds_are_type_errors(changes):
    with pytest.raises(TypeError, match=f"{next(iter(changes))}=.*give"):
        plane(**changes)


@pytest.mark.parametrize("rate", [-1.0, np.nan, [1.0, -2.0]])
def test_bad_reset_rates_are_refused(rate):
    with pytest.raises(ValueError, match=r"reset_rate=.*: give numbers of at least 0"):
        plane().steady_risk(rate)


def test_states_of_another_dimension_are_refused():
    with pytest.raises(ValueError, match=r"x has shape \(3,\): give states of shape"):
        plane().latent_bias([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"time=-1.*: give numbers of at least 0"):
        plane().flow(-1.0)


def test_bad_data_is_refused(rng):
    X, y_clean, y_noisy = data(rng)
    with pytest.raises(ValueError, match=r"X has shape \(300,\): give an array \(samples, features\)"):
        from_data(y_clean, y_clean, y_noisy)
    with pytest.raises(
        ValueError, match=r"y_noisy has shape \(299,\): give one label for each of the 300 rows"
    ):
        from_data(X, y_clean, y_noisy[1:])
    with pytest.raises(ValueError, match=r"y_clean=.*: give finite numbers"):
        from_data(X, np.full(300, np.nan), y_noisy)
    with pytest.raises(ValueError, match=r"X\^T X / n is not positive definite .*: give more samples"):
        from_data(X[:3], y_clean[:3], y_noisy[:3])
    with pytest.raises(ValueError, match=r"batch_size=10: without replacement give at most n=8"):
        from_data(X[:8], y_clean[:8], y_noisy[:8], replacement=False)
