"""Training held to exact theory: the machinery on tiny data, and the claims in a quick run."""

from types import SimpleNamespace

import numpy as np
import pytest

import resetdyn as rd
from analysis.sampling import renewed
from resetdyn.theory.learning.moments import transient
from validation.data import NOISE_RATES, binary_task
from validation.theory import EXPERIMENTS, run_all
from validation.theory.estimates import jackknife, lowest_point
from validation.theory.gradients import mean_path, parts, reversal, vertex
from validation.theory.paths import trajectories
from validation.theory.ridge import shrunk_to
from validation.theory.steady_state import setup


@pytest.fixture
def tiny():
    rng = np.random.default_rng(8)
    X = rng.normal(size=(9, 2))
    return rd.LinearSGD(X, X @ [1.0, -2.0] + rng.normal(size=9), learning_rate=0.2, batch_size=3)


@pytest.mark.parametrize("noise_rate", NOISE_RATES)
def test_labels_are_corrupted_at_the_rate_said(noise_rate):
    task = binary_task(noise_rate)
    assert np.mean(task.y_clean != task.y_noisy) == pytest.approx(noise_rate, abs=1 / len(task.X))
    assert set(np.unique(task.y_noisy)) == {-1.0, 1.0}


def test_trajectories_have_the_exact_moments(tiny, rng):
    steps, start = [0, 1, 5, 20], np.array([3.0, 0.0])
    paths = trajectories(tiny, start, steps, 4000, rng)
    means, covariances = transient(tiny, start, steps)
    np.testing.assert_array_equal(paths[:, 0], np.broadcast_to(start, (4000, 2)))
    error = np.sqrt(covariances[1:].diagonal(axis1=1, axis2=2) / 4000)
    assert np.abs((paths.mean(axis=0) - means)[1:] / error).max() < 4
    optimum = np.linalg.lstsq(tiny.X, tiny.y, rcond=None)[0]
    np.testing.assert_allclose(mean_path(tiny, optimum, start, steps), means, atol=1e-12)


def test_the_drift_reverses_where_the_clean_risk_of_the_mean_path_is_lowest():
    task = binary_task(0.4)
    model, sgd = task.model(), task.sgd()

    def path(steps):
        return mean_path(sgd, model.effective_optimum, model.initial, steps)

    turn = reversal(model, path)
    whole = np.arange(2 * int(turn))  # the risk of whole steps is lowest next to where the drift reverses
    assert abs(np.argmin(model.clean_risk(path(whole))) - turn) <= 1
    # Full-batch descent with the learning rate 0.5 stays close to gradient flow.
    assert turn * sgd.learning_rate == pytest.approx(model.early_stopping.time, rel=0.05)
    assert parts(model, path([turn / 2])).drift[0] > 0 > parts(model, path([2 * turn])).drift[0]


def test_vertex_of_a_parabola():
    x = np.array([0.0, 1.0, 2.0, 5.0])
    assert vertex(x, np.stack([(x - 1.5) ** 2, 7 - (x + 2) ** 2])) == pytest.approx([1.5, -2.0])


def test_a_wrong_majority_reverses_the_drift_at_once():
    task = binary_task(0.6)
    model = task.model()
    path = mean_path(task.sgd(), model.effective_optimum, model.initial, [5, 50, 500])
    assert np.all(parts(model, path).drift < 0)


def test_jackknife_removes_the_bias_of_a_square(rng):
    samples = rng.normal(size=(3000, 5, 1)) + 2.0
    value, error = np.transpose([jackknife(lambda mean: mean[..., 0] ** 2, s[:, None]) for s in samples])[0]
    z = (value.mean() - 4.0) / (value.std(ddof=1) / np.sqrt(len(value)))
    biased = samples.mean(axis=1)[:, 0] ** 2
    assert abs(z) < 4
    assert (biased.mean() - 4.0) / (biased.std(ddof=1) / np.sqrt(len(biased))) > 3
    assert np.sqrt(np.mean(error**2)) == pytest.approx(value.std(), rel=0.2)


def test_lowest_point_of_a_cubic_and_its_error(rng):
    x, error = np.linspace(-1, 1, 9), np.full(9, 0.01)
    truth = (x - 0.2) ** 2 + 0.1 * x**3
    bottom = np.roots([0.3, 2, -0.4]).max()
    estimates = [lowest_point(x, truth + error * rng.normal(size=9), error) for _ in range(400)]
    values = np.array([e.value for e in estimates])
    assert lowest_point(x, truth, error).value == pytest.approx(bottom)
    assert abs((values.mean() - bottom) / (values.std() / 20)) < 4
    assert np.mean([e.error for e in estimates]) == pytest.approx(values.std(), rel=0.2)


def test_renewal_under_both_conventions(published):
    # A symmetric walk that has one step to go: F(z) = (1 - sqrt(1 - z^2)) / z, from its first-passage law.
    k = np.arange(1, 4000)
    odd = 2 * k - 1
    law = np.cumprod(np.concatenate([[0.5], (2 * k[1:] - 3) / (2 * k[1:])]))
    steps = np.repeat(odd, np.round(law * 2**20).astype(int)).astype(float)
    times = np.concatenate([steps, np.full(2**20 - len(steps), steps.max())])
    free = SimpleNamespace(times=times, censored=np.arange(2**20) >= len(steps))
    for ties, name in (("reset", "rw.restartwins.L1.r0.1"), ("process", "rw.processwins.L1.r0.1")):
        found = renewed(free, rd.Geometric(0.1, ties=ties))
        assert found.value == pytest.approx(published(name), rel=1e-5)


def test_ridge_is_the_exact_stationary_mean():
    task = binary_task(0.4)
    checkpoint = task.model().flow(10.0)
    exact = rd.solve(rd.SteadyState(task.sgd(), rd.Geometric(0.01, to=checkpoint))).mean
    np.testing.assert_allclose(shrunk_to(checkpoint, task, 0.01), exact, rtol=1e-8, atol=1e-9)


def test_a_finite_probability_is_best_from_an_early_checkpoint():
    case = setup(0.4)
    assert case.risk(case.best) < min(case.risk(case.best / 3), case.risk(3 * case.best), case.risk(1.0))
    assert case.model.early_stopping.time > 20
    assert setup(0.0).best is None


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_claims_hold_in_a_quick_run(name, seed):
    (experiment,) = run_all(quick=True, seed=seed, names=[name])
    assert [c for c in experiment.claims if not c.as_expected] == []
    assert experiment.figures
    assert all(not illustration.caption.count("  ") for illustration in experiment.figures)
