"""The conditions for learning, held against steady risks and means that are computed without them."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import resetdyn as rd
from resetdyn.theory.steady.relaxation import LinearRelaxation

RATES = np.geomspace(1e-7, 1e7, 141)  # in units of the stiffness


def random_points(rng, n):
    """Return points with both signs of Delta and delta."""
    return [
        {"D": rng.exponential(), "k": rng.uniform(0.3, 3), "delta": rng.normal(0, 1.5), "Delta": rng.normal()}
        for _ in range(n)
    ]


def near(points, bound, step):
    """Return the points moved next to a bound on D / k, on both sides, where it is positive."""
    return [
        {**v, "D": v["k"] * bound(v["delta"], v["Delta"]) * factor}
        for v in points
        if bound(v["delta"], v["Delta"]) > 0
        for factor in (1 - step, 1 + step)
    ]


def steady_risk(D, k, delta, Delta):
    """Return the steady risk (twice the excess risk over the Hessian) as a function of the rate."""
    relaxation = LinearRelaxation(k, Delta, D)  # the clean optimum at 0

    def risk(rate):
        mean, cov = relaxation.moments(rate, Delta + delta)
        return float(mean[0] ** 2 + cov[0, 0])

    return risk


def best(values):
    """Return the best rate: 0, inf, or the minimum between."""
    risk, rates = steady_risk(**values), values["k"] * RATES
    risks = [risk(rate) for rate in rates]
    i = int(np.argmin(risks))
    if min(risk(0.0), risk(np.inf)) <= risks[i] or i in (0, len(rates) - 1):
        return 0.0 if risk(0.0) <= risk(np.inf) else np.inf
    between = np.log(rates[[i - 1, i + 1]])
    found = minimize_scalar(
        lambda log: risk(np.exp(log)), bounds=between, method="bounded", options={"xatol": 1e-10}
    )
    return float(np.exp(found.x))


def slow(delta, Delta):
    return delta * (delta + 4 * Delta)


def fast(delta, Delta):
    return delta * (delta + 2 * Delta)


def last(delta, Delta):
    return delta * (delta + Delta)


def both(verdicts):
    """Whether a test has seen yes and no."""
    return 0 < sum(verdicts) < len(verdicts)


def test_slow_resetting_lowers_the_risk_where_the_slope_is_negative(rng):
    points, verdicts = random_points(rng, 300), []
    for values in points + near(points, slow, 1e-3):
        risk = steady_risk(**values)
        verdicts.append(rd.conditions.steady_risk_slope.holds(**values))
        assert verdicts[-1] == (risk(1e-6 * values["k"]) < risk(0.0))
    assert both(verdicts)


def test_some_rate_lowers_the_risk_above_the_smaller_bound(rng):
    points, verdicts, differ = random_points(rng, 60), [], 0
    for values in points + near(points[:20], slow, 0.02) + near(points[:20], fast, 0.02):
        risk = steady_risk(**values)
        lowest = min(risk(rate) for rate in (*(values["k"] * RATES), np.inf))
        verdicts.append(rd.conditions.steady_risk_any.holds(**values))
        assert verdicts[-1] == (lowest < risk(0.0) * (1 - 1e-12))
        differ += verdicts[-1] != rd.conditions.steady_risk_slope.holds(**values)
    assert both(verdicts)
    assert differ  # slow resetting hurts where fast resetting helps


def test_the_best_rate_is_finite_between_the_bounds_and_is_the_formula(rng):
    points = random_points(rng, 40)
    finite, stay = [], []
    for values in points + near(points, slow, 0.02) + near(points, last, 0.02) + near(points, fast, 0.02):
        rate = best(values)
        finite.append(rd.conditions.steady_risk_optimum.holds(**values))
        assert finite[-1] == (0 < rate < np.inf)
        if finite[-1]:
            formula = rd.conditions.steady_risk_optimum.value("optimal_rate", **values)
            assert formula == pytest.approx(rate, rel=1e-5)
            risk = steady_risk(**values)
            assert risk(formula) < min(risk(0.9 * formula), risk(1.1 * formula))
        stay.append(rd.conditions.steady_risk_stay.holds(**values))
        assert stay[-1] == (rate == np.inf)
        assert rd.conditions.steady_risk_any.holds(**values) == (rate > 0)
    assert both(finite)
    assert both(stay)


def test_above_the_window_the_best_rate_is_infinite_only_on_the_clean_side():
    """With Delta delta > 0 a noise above delta (delta + Delta) can still be best without resetting."""
    values = {"D": 2.5, "k": 1.0, "delta": 1.0, "Delta": 1.0}
    assert values["D"] / values["k"] > last(1.0, 1.0)
    assert best(values) == 0
    assert not rd.conditions.steady_risk_stay.holds(**values)
    assert not rd.conditions.steady_risk_any.holds(**values)


def test_an_early_stopping_checkpoint_is_never_worth_leaving(rng):
    """In one dimension and in three with full matrices, whatever the noise."""
    for dim in (1, 1, 1, 1, 1, 1, 3, 3, 3, 3):
        model = rd.LabelNoiseQuadratic(
            hessian=random_matrix(rng, dim), wrong_hessian=random_matrix(rng, dim),
            clean_optimum=rng.normal(size=dim), wrong_optimum=rng.normal(size=dim),
            initial=rng.normal(size=dim), noise_rate=rng.uniform(0.1, 0.9), learning_rate=0.1, batch_size=4,
        )  # fmt: skip
        risks = model.steady_risk(np.geomspace(1e-4, 1e4, 81))
        assert np.all(risks >= model.steady_risk(np.inf) * (1 - 1e-12))


def test_staying_is_best_at_any_noise_exactly_for_such_checkpoints(rng):
    verdicts = []
    for values in random_points(rng, 60):
        delta, Delta = values["delta"], values["Delta"]
        verdicts.append(rd.conditions.early_stopping_checkpoint.holds(delta=delta, Delta=Delta))
        quiet = {**values, "D": 1e-9}
        assert verdicts[-1] == (best(quiet) == np.inf)
        if verdicts[-1]:
            assert best(values) == np.inf
    assert both(verdicts)
    # The early-stopping optimum itself: on the clean optimum, at the initial state, at the end of the flow.
    for delta, Delta in ((-1.0, 1.0), (-0.5, 1.0), (0.0, 1.0)):
        assert rd.conditions.early_stopping_checkpoint.holds(delta=delta, Delta=Delta)
    assert not rd.conditions.early_stopping_checkpoint.holds(delta=-1.000001, Delta=1.0)


def random_matrix(rng, dim):
    root = rng.normal(size=(dim, dim))
    matrix = root @ root.T + 0.2 * np.eye(dim)
    return float(matrix[0, 0]) if dim == 1 else matrix


def slope_at_zero(hessian, clean_hessian, diffusion, Delta, delta):
    """Return the slope of the risk at rate 0 by a one-sided difference of second order."""
    relaxation = LinearRelaxation(hessian, Delta, diffusion)  # the clean optimum at the origin
    risks = []
    for rate in (0.0, 1e-5, 2e-5):
        mean, cov = relaxation.moments(rate, Delta + delta)
        risks.append(mean @ clean_hessian @ mean + np.sum(clean_hessian * cov))
    return (4 * risks[1] - 3 * risks[0] - risks[2]) / 2e-5


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
def test_the_slope_in_d_dimensions_with_full_matrices(rng, dim):
    holds = rd.conditions.steady_risk_slope_matrix.holds
    verdicts, directions = [], []
    for _ in range(60):
        H, A, D = (np.atleast_2d(random_matrix(rng, dim)) for _ in range(3))
        Delta, delta = rng.normal(size=(2, dim))
        # Without noise the slope is one number, and noise lowers it in proportion: cross 0 from both sides.
        quiet = slope_at_zero(H, A, 0 * D, Delta, delta)
        edge = quiet / (quiet - slope_at_zero(H, A, D, Delta, delta))
        for factor in (0.3, 0.999, 1.001, 3):
            given = {"hessian": H, "clean_hessian": A, "diffusion": abs(edge) * factor * D, "Delta": Delta}
            verdicts.append(holds(**given, delta=delta))
            assert verdicts[-1] == (slope_at_zero(**given, delta=delta) < 0)
            h, basis = np.linalg.eigh(H)
            turned = {"hessian": np.diag(h), "Delta": basis.T @ Delta, "delta": basis.T @ delta}
            turned |= {name: basis.T @ given[name] @ basis for name in ("clean_hessian", "diffusion")}
            assert holds(**turned) == verdicts[-1]
            turned["clean_hessian"] = np.diag(np.diag(turned["clean_hessian"]))
            directions.append(holds(**turned))
    assert both(verdicts)
    assert (verdicts == directions) == (dim == 1)  # a sum over directions alone gives wrong verdicts


def test_the_drift_is_reversed_where_a_step_of_training_raises_the_clean_risk(rng):
    verdicts = []
    for _ in range(40):
        model = rd.LabelNoiseQuadratic(
            hessian=random_matrix(rng, 3), wrong_hessian=random_matrix(rng, 3),
            clean_optimum=rng.normal(size=3), wrong_optimum=rng.normal(size=3),
            noise_rate=rng.uniform(), learning_rate=0.1, batch_size=4,
        )  # fmt: skip
        theta = rng.normal(size=3)
        clean, wrong = model.clean_risk.gradient(theta), model.wrong_part.gradient(theta)
        step = 1e-7 * model.gradient(theta)
        verdicts.append(
            rd.conditions.drift_reversal.holds(tau=model.noise_rate, g_clean=clean, g_wrong=wrong)
        )
        assert verdicts[-1] == (model.clean_risk(theta - step) > model.clean_risk(theta))
        size, product = clean @ clean, clean @ wrong
        if product < 0:
            for factor, reversed_ in ((1 - 1e-9, False), (1 + 1e-9, True)):
                tau = factor * size / (size - product)
                assert rd.conditions.drift_reversal.holds(tau=tau, g_clean=clean, g_wrong=wrong) is reversed_
    assert both(verdicts)


def test_the_collinear_reversal_is_the_general_one(rng):
    for tau, clean, wrong in rng.uniform(0.05, 0.95, (30, 3)):
        collinear = rd.conditions.drift_reversal_collinear.holds(tau=tau, g_clean=clean, g_wrong=wrong)
        assert collinear == rd.conditions.drift_reversal.holds(tau=tau, g_clean=clean, g_wrong=-wrong)
        edge = rd.conditions.drift_reversal_collinear.value("noise_rate", g_clean=clean, g_wrong=wrong)
        for factor, reversed_ in ((1 - 1e-12, False), (1 + 1e-12, True)):
            values = {"tau": edge * factor, "g_clean": clean, "g_wrong": wrong}
            assert rd.conditions.drift_reversal_collinear.holds(**values) is reversed_


def test_ridge_continuous_is_the_mean_under_resetting(rng, published):
    H, pull, rate = np.array([[2, 0.5], [0.5, 1]]), np.array([1, -0.3]), 0.7
    mean, _ = LinearRelaxation(H, np.linalg.solve(H, pull), 0.0).moments(rate, np.zeros(2))
    assert mean == pytest.approx([published("ridge.mean.0"), published("ridge.mean.1")], rel=1e-13)
    for factor, same in ((1, True), (1 - 1e-6, False), (1 + 1e-6, False)):
        penalty = factor * rate
        ridge = np.linalg.solve(H + penalty * np.eye(2), pull)
        assert np.allclose(ridge, mean, rtol=1e-12) is same
        assert rd.conditions.ridge_continuous.holds(penalty=penalty, r=rate) is same


def test_ridge_discrete_is_the_mean_of_the_recursion_and_of_scikit_learn(rng, published):
    linear_model = pytest.importorskip("sklearn.linear_model")
    condition, p, eta = rd.conditions.ridge_discrete, 0.05, 0.1
    X, y, checkpoint = rng.normal(size=(40, 3)), rng.normal(size=40), rng.normal(size=3)
    mean = np.zeros(3)
    for _ in range(2000):
        step = mean - eta * X.T @ (X @ mean - y) / len(X)
        mean = (1 - p) * step + p * checkpoint
    alpha = condition.value("sklearn_alpha", p=p, eta=eta, n=len(X))
    ridge = linear_model.Ridge(alpha=alpha, fit_intercept=False).fit(X, y - X @ checkpoint)
    assert checkpoint + ridge.coef_ == pytest.approx(mean, rel=1e-10)
    penalty = condition.value("penalty", p=p, eta=eta)
    assert alpha == pytest.approx(len(X) * penalty, rel=1e-15)
    assert condition.holds(penalty=penalty, p=p, eta=eta)
    assert not condition.holds(penalty=p / eta, p=p, eta=eta)  # as if sampled without the reset decision
    H, pull, to = np.array([[2, 0.5], [0.5, 1]]), np.array([1, -0.3]), np.array([0.2, 0.4])
    ridge = np.linalg.solve(H + penalty * np.eye(2), pull + penalty * to)
    assert ridge[0] == pytest.approx(published("discrete.ridge.mean.0"), rel=1e-13)
