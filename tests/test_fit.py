"""Processes from recorded trajectories: known ones found again, errors that hold, predictions that hold."""

import math

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from resetdyn.advice.drift_fit import fit_drift, moments
from resetdyn.advice.recorded import steps_of

STIFFNESS, CENTER, DIFFUSION = 1.0, 1.5, 0.5
TRUE_OU = rd.OrnsteinUhlenbeck(STIFFNESS, CENTER, DIFFUSION)
WELL = rd.Langevin("x**4/4 - x**2/2", diffusion=0.25)


def ou_paths(rng, n, m, dt):
    """Return exact paths in the steady state."""
    decay = math.exp(-STIFFNESS * dt)
    paths = np.empty((n, m))
    paths[:, 0] = CENTER + math.sqrt(DIFFUSION / STIFFNESS) * rng.normal(size=n)
    for i in range(1, m):
        kick = math.sqrt(DIFFUSION / STIFFNESS * (1 - decay**2)) * rng.normal(size=n)
        paths[:, i] = CENTER + (paths[:, i - 1] - CENTER) * decay + kick
    return paths


def passage_time(process):
    return rd.solve(rd.FirstPassage(process, 0.5, rd.Level(0.0), rd.Poisson(1.0))).mean


def hopping_time(process):
    return rd.solve(rd.FirstPassage(process, -1.0, rd.Level(1.0), rd.Poisson(0.05))).mean


def check_z_scores(z):
    z = np.array(z)
    assert abs(z.sum()) < 4 * math.sqrt(len(z))
    assert 1e-4 < stats.chi2.cdf(np.sum(z**2), len(z)) < 1 - 1e-4


def test_ornstein_uhlenbeck_is_found_with_errors_that_hold(rng):
    truth = {"stiffness": STIFFNESS, "center": CENTER, "diffusion": DIFFUSION}
    z = {name: [] for name in truth}
    for _ in range(25):
        fitted = rd.fit_process(ou_paths(rng, 10, 300, 0.25), dt=0.25)
        if not isinstance(fitted.process, rd.OrnsteinUhlenbeck):
            continue  # a curve is preferred by chance once in a hundred fits
        for name, value in truth.items():
            z[name].append((fitted.parameters[name] - value) / fitted.errors[name])
    assert len(z["stiffness"]) >= 22  # fewer of 25 once in ten thousand times
    for scores in z.values():
        check_z_scores(scores)


def test_predictions_are_within_their_errors(rng):
    exact = passage_time(TRUE_OU)
    answers = [rd.fit_process(ou_paths(rng, 10, 300, 0.25), dt=0.25).predict(passage_time) for _ in range(12)]
    check_z_scores([math.log(a.value / exact) / (a.error / a.value) for a in answers])
    assert sum(a.interval[0] < exact < a.interval[1] for a in answers) >= 8  # of 12 at 95 %: fails 1e-4


def test_double_well_predicts_its_hopping_time(seed):
    exact = hopping_time(WELL)
    z, described = [], 0
    for i in range(5):
        paths = rd.trajectories(
            rd.SteadyState(WELL, rd.NoReset()), np.arange(1001) * 0.05, n=20, rng=[seed, i]
        )
        fitted = rd.fit_process(paths.states, dt=0.05)
        assert isinstance(fitted.process, rd.Langevin)
        described += fitted.describes
        answer = fitted.predict(hopping_time)
        z.append(math.log(answer.value / exact) / (answer.error / answer.value))
    check_z_scores(z)
    assert described >= 4  # of 5: a true model is rejected once in a hundred fits


def test_what_is_fitted_is_accepted_everywhere(seed, rng):
    process = rd.fit_process(ou_paths(rng, 10, 300, 0.25), dt=0.25).process

    def build(reset_rate, start):
        return rd.FirstPassage(process, start, rd.Level(0.0), rd.Poisson(reset_rate))

    run = rd.simulate(build(1.0, 0.5), n=20_000, rng=seed)
    assert abs(run.mean - passage_time(process)) < 4 * run.error
    best = rd.optimal_reset(build(1.0, 0.5))
    assert 0 < best.rate < math.inf
    diagram = rd.phase_diagram(build, x=("start", [0.4, 0.5]), y=("reset_rate", [0.5, 1.0]), quantity="mean")
    assert diagram.values[1, 1] == pytest.approx(passage_time(process), rel=1e-9)


def test_the_kind_of_process(rng):
    constant = rd.fit_process(0.3 + np.cumsum(rng.normal(0.1, 1.0, size=(5, 400)), axis=1), dt=1.0)
    assert isinstance(constant.process, rd.Brownian)
    assert constant.process.drift == constant.parameters["drift"]
    assert abs(constant.parameters["drift"] - 0.1) < 4 * constant.errors["drift"]
    assert abs(constant.parameters["diffusion"] - 0.5) < 4 * constant.errors["diffusion"]
    away = np.empty((50, 40))  # driven away at the rate 1: linear, but not an Ornstein-Uhlenbeck process
    away[:, 0] = 0.0
    for i in range(1, 40):
        away[:, i] = away[:, i - 1] * math.exp(0.05) + 0.1 * rng.normal(size=50)
    unstable = rd.fit_process(away, dt=0.05)
    assert isinstance(unstable.process, rd.Langevin)
    assert abs(unstable.parameters["drift_1"] - 1.0) < 4 * unstable.errors["drift_1"]


def test_paths_of_unequal_lengths_are_cut_nowhere(rng):
    whole = ou_paths(rng, 2, 400, 0.25)
    parts = rd.fit_process([whole[0], whole[1, :150]], dt=0.25)
    assert parts.n == 399 + 149
    by_row = rd.fit_process(whole, dt=0.25)
    by_list = rd.fit_process(list(whole), dt=0.25)
    assert by_row.parameters == by_list.parameters


def test_lengths_and_times_have_units(rng):
    paths = ou_paths(rng, 5, 300, 0.25)
    one = rd.fit_process(paths, dt=0.25, degree=1).parameters
    other = rd.fit_process(1000 + 100 * paths, dt=25.0, degree=1).parameters
    assert other["stiffness"] == pytest.approx(one["stiffness"] / 100, rel=1e-6)
    assert other["center"] == pytest.approx(1000 + 100 * one["center"], rel=1e-9)
    assert other["diffusion"] == pytest.approx(100 * one["diffusion"], rel=1e-6)


def test_linear_drift_agrees_with_regression(rng):
    """The exact likelihood of the discrete process has its maximum where regression on the last value has."""
    path = ou_paths(rng, 1, 500, 0.5)[0]
    fitted = rd.fit_process(path, dt=0.5, degree=1)
    slope, intercept = np.polyfit(path[:-1], path[1:], 1)
    rest = path[1:] - slope * path[:-1] - intercept
    k = -math.log(slope) / 0.5
    assert fitted.process.stiffness == pytest.approx(k, abs=0.02 * fitted.errors["stiffness"])
    assert fitted.process.center == pytest.approx(intercept / (1 - slope), abs=0.02 * fitted.errors["center"])
    exact = k * np.mean(rest**2) / (1 - slope**2)
    assert fitted.process.diffusion == pytest.approx(exact, abs=0.02 * fitted.errors["diffusion"])


def test_slopes_of_a_step_are_its_differences(rng):
    theta = np.array([0.3, -1.2, 0.4, -0.7, -0.5])
    z = rng.uniform(-1, 1, size=50)
    here = moments(z, 0.3, theta)
    for j in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[j] += 1e-5
        down[j] -= 1e-5
        above, below = moments(z, 0.3, up), moments(z, 0.3, down)
        np.testing.assert_allclose((above.change - below.change) / 2e-5, here.change_slopes[:, j], atol=1e-8)
        by_variance = (above.log_variance - below.log_variance) / 2e-5
        np.testing.assert_allclose(by_variance, here.variance_slopes[:, j], atol=1e-8)


def test_steps_of_finite_length_are_corrected():
    """Mean and variance of a step are right to the third power of its length.

    The other route is the semigroup as a series: the generator of ``dX = (X - X^3) dt + sqrt(2 D) dW``
    applied again and again to x and x^2 by SymPy, to an order at which it has converged.
    """
    import sympy as sp

    x, D = sp.Symbol("x"), sp.Rational(1, 5)

    def expect(g, h, at):
        total, term = 0, g
        for k in range(12):
            total += float(term.subs(x, at)) * h**k / math.factorial(k)
            term = sp.expand((x - x**3) * sp.diff(term, x) + D * sp.diff(term, x, 2))
        return total

    theta = np.append(np.polynomial.legendre.poly2leg([0, 1.0, 0, -1.0]), math.log(0.2))
    at, errors = sp.Rational(7, 10), []
    for h in (0.02, 0.01):
        m = moments(np.array([0.7]), h, theta)
        mean = expect(x, h, at)
        variance = expect(x**2, h, at) - mean**2
        errors.append((abs(0.7 + m.change[0] - mean), abs(math.exp(m.log_variance[0]) - variance)))
    for coarse, fine in zip(*errors, strict=True):
        assert 13 < coarse / fine < 19  # what remains is of the fourth order


def test_local_estimates_cover(rng):
    inside, total = 0, 0
    for _ in range(10):
        local = rd.fit_process(ou_paths(rng, 10, 300, 0.25), dt=0.25, bins=12).local
        exact = -STIFFNESS * (local.x - CENTER)
        inside += np.sum((local.drift_interval[:, 0] < exact) & (exact < local.drift_interval[:, 1]))
        low, high = local.diffusion_interval.T
        inside += np.sum((low < DIFFUSION) & (high > DIFFUSION))
        total += 2 * len(local.x)
    share = inside / total
    assert abs(share - 0.95) < 4 * math.sqrt(0.95 * 0.05 / total)


def test_plain_local_estimates_would_not_cover(rng):
    """Without the correction for the length of a step the drift is off by k dt / 2: a negative control."""
    paths = ou_paths(rng, 10, 3000, 0.5)
    local = rd.fit_process(paths, dt=0.5, bins=12).local
    before, after = paths[:, :-1].ravel(), paths[:, 1:].ravel()
    middle = np.argsort(local.count)[-1]
    away = before > CENTER + 0.5
    plain = np.mean(after[away] - before[away]) / 0.5
    exact = -STIFFNESS * (np.mean(before[away]) - CENTER)
    assert abs(plain - exact) > 4 * np.std(after[away] - before[away]) / 0.5 / math.sqrt(away.sum())
    assert abs(local.diffusion[middle] - DIFFUSION) < 4 * local.diffusion_error[middle]


def test_beyond_the_data_the_drift_stays_what_it_is_at_the_edge(rng):
    x = np.zeros(200)
    record = [x]
    for _ in range(60):  # the drift sin(2 x), of which a polynomial knows nothing outside the data
        for _ in range(10):
            x = x + np.sin(2 * x) * 0.005 + math.sqrt(2 * 0.5 * 0.005) * rng.normal(size=200)
        record.append(x)
    fitted = rd.fit_process(np.array(record).T, dt=0.05, degree=4)
    low, high = fitted.edges
    assert fitted.reach[0] < low < high < fitted.reach[1]
    force = fitted.process.force
    assert force(high + 5.0) == pytest.approx(float(force(high)), rel=1e-6)
    assert force(low - 5.0) == pytest.approx(float(force(low)), rel=1e-6)
    places = np.linspace(low, high, 7)
    np.testing.assert_allclose(force(places), fitted.drift(places), rtol=1e-6, atol=1e-9)
    energy = fitted.process.energy
    assert energy(high + 1e-9) == pytest.approx(float(energy(high - 1e-9)), abs=1e-6)
    assert rd.solve(rd.FirstPassage(fitted.process, 0.0, rd.Level(1.0), rd.Poisson(1.0))).mean > 0


def test_coarse_records_are_said_to_be(seed):
    """Of a curved drift; for a linear one no step is too long."""
    fine = rd.trajectories(rd.SteadyState(WELL, rd.NoReset()), np.arange(801) * 0.1, n=10, rng=seed).states
    assert not rd.fit_process(fine, dt=0.1, degree=3).coarse
    coarse = rd.fit_process(fine[:, ::3], dt=0.3, degree=3)
    assert coarse.coarse
    assert "coarse" in coarse.text()
    assert not rd.fit_process(fine[:, ::3], dt=0.3, degree=1).coarse


def test_what_is_said(rng):
    text = rd.fit_process(ou_paths(rng, 10, 300, 0.25), dt=0.25).text()
    assert "OrnsteinUhlenbeck: stiffness = " in text
    assert "2990 steps of 10 paths" in text
    assert "does not seem to depend on the position (p = " in text
    assert "beyond, it is extrapolated" in text


def test_blocks_hold_steps_of_one_path(rng):
    for sizes in ([50, 400, 7], [3] * 900):
        steps = steps_of([rng.normal(size=size) for size in sizes], 1.0)
        blocks = steps.blocks()
        path = np.cumsum(steps.age == 0) - 1
        assert np.all(np.diff(blocks) >= 0)
        assert set(np.diff(blocks)) <= {0, 1}
        assert len(np.unique(blocks)) <= 200 + len(sizes) % 900
        if len(sizes) < 200:
            assert all(len(np.unique(path[blocks == b])) == 1 for b in np.unique(blocks))


def test_errors_from_blocks_agree_where_both_hold(rng):
    steps = steps_of(ou_paths(rng, 40, 500, 0.25), 0.25)
    fit = fit_drift(steps, 1, steps.blocks())
    ratio = np.sqrt(np.diag(fit.covariance(robust=True)) / np.diag(fit.covariance(robust=False)))
    assert np.all(np.abs(ratio - 1) < 4 / math.sqrt(2 * 200))


@pytest.mark.parametrize(
    ("trajectories", "dt", "error", "words"),
    [
        (np.ones(500), 1.0, ValueError, "constant"),
        (np.arange(50.0), 1.0, ValueError, "have 49 steps in all: give at least 100"),
        (np.arange(500.0), 0.0, ValueError, "dt=0: give a number above 0"),
        (np.arange(500.0), -1.0, ValueError, "dt=-1"),
        (np.array([[1.0, 2.0], [3.0, np.nan]]), 1.0, ValueError, r"nan at 1 of 4 places.*~np.isnan"),
        (np.array([1.0, np.inf]), 1.0, ValueError, "finite"),
        (np.zeros((3, 4, 2)), 1.0, ValueError, "states"),
        ([np.zeros((3, 2))], 1.0, ValueError, "one coordinate"),
        ([np.arange(200.0), [1.0]], 1.0, ValueError, "path 1 has 1 record"),
        ("path.csv", 1.0, TypeError, "array of numbers"),
        ([], 1.0, ValueError, "at least one number"),
    ],
)
def test_refused(trajectories, dt, error, words):
    with pytest.raises(error, match=words):
        rd.fit_process(trajectories, dt)


def test_refused_options(rng):
    path = np.cumsum(rng.normal(size=300))
    with pytest.raises(ValueError, match="degree=12: give at most 7"):
        rd.fit_process(path, 1.0, degree=12)
    with pytest.raises(ValueError, match="bins=0"):
        rd.fit_process(path, 1.0, bins=0)
    with pytest.raises(ValueError, match="level=2"):
        rd.fit_process(path, 1.0, level=2)
    with pytest.raises(ValueError, match="no noise"):
        rd.fit_process(np.arange(300.0), 1.0)
