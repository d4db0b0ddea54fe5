"""Sampled SGD with momentum, fresh noise, schedules, checkpoints, pauses: exact moments and plain loops."""

import math

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.simulation.streams import CHUNK
from tests.naive_sgd import gaussian, passages_by_hand

N = 20_000
TO = [2.0, -1.0]
X = np.array([[1.0, 0.2], [0.5, -1.0], [-0.3, 0.8], [1.2, 0.4], [-0.7, -0.6], [0.1, 1.1]])
Y = np.array([1.0, -0.5, 0.8, 0.3, -1.2, 0.4])
RISK = rd.Quadratic([[1.0, 0.3], [0.3, 0.6]], [0.3, 0.2], floor=0.1)


def on_data(**changes):
    return rd.LinearSGD(X, Y, **{"learning_rate": 0.1, "batch_size": 2, "momentum": 0.6} | changes)


def inputs(**changes):
    covariance = [[1.0, 0.3], [0.3, 0.5]]
    return gaussian(**{"covariance": covariance, "batch_size": 2, "momentum": 0.6} | changes)


def moment_scores(problem, n, rng):
    """Return the z-scores of means and covariances; a chunk counts as one sample where samples correlate."""
    exact, found = rd.solve(problem), rd.simulate(problem, n=n, rng=rng)
    away = found.samples - exact.mean
    columns = np.hstack([away, np.einsum("ni,nj->nij", away, away).reshape(n, -1) - exact.cov.ravel()])
    if "correlated" in found.method:
        columns = columns.reshape(-1, CHUNK, columns.shape[1]).mean(axis=1)
    return columns.mean(axis=0) / (columns.std(axis=0, ddof=1) / math.sqrt(len(columns)))


def z_of_difference(a, b):
    return (np.mean(a) - np.mean(b)) / math.hypot(
        np.std(a) / math.sqrt(len(a)), np.std(b) / math.sqrt(len(b))
    )


RESETS = [rd.NoReset(), rd.Geometric(0.05, to=TO), rd.Sharp(12, to=TO), rd.Geometric(0.1, to=rd.Partial(0.5))]


@pytest.mark.parametrize("make", [on_data, inputs])
@pytest.mark.parametrize("reset", RESETS, ids=repr)
@pytest.mark.parametrize("velocity", ["zero", "keep"])
def test_momentum_has_the_exact_moments(make, reset, velocity, rng):
    problem = rd.SteadyState(make(reset_velocity=velocity), reset)
    assert np.abs(moment_scores(problem, 24 * CHUNK, rng)).max() < 4


def test_the_other_fate_of_the_velocity_is_rejected(rng):
    reset = rd.Geometric(0.2, to=TO)
    kept, stopped = (rd.SteadyState(on_data(reset_velocity=v), reset) for v in ("keep", "zero"))
    found, exact = rd.simulate(stopped, n=N, rng=rng), rd.solve(kept)
    assert np.abs((found.mean - exact.mean) / found.error).max() > 4


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("noise", [0.5, np.linspace(0.0, 2.0, 6)], ids=["alike", "each"])
@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_fresh_label_noise_has_the_exact_moments(replacement, noise, momentum, rng):
    sgd = on_data(fresh_noise=noise, replacement=replacement, momentum=momentum)
    assert np.abs(moment_scores(rd.SteadyState(sgd, rd.Geometric(0.1, to=TO)), N, rng)).max() < 4


def test_fresh_noise_is_not_that_of_fixed_labels(rng):
    quiet, noisy = (rd.SteadyState(on_data(fresh_noise=f), rd.Geometric(0.1, to=TO)) for f in (0.0, 1.0))
    found = rd.simulate(noisy, n=N, rng=rng)
    away = (found.samples - found.mean) ** 2
    z = (away.mean(axis=0) - np.diag(rd.solve(quiet).cov)) / (away.std(axis=0) / math.sqrt(N))
    assert z.min() > 4


def test_labels_flipped_anew_are_fresh_noise_to_second_order(rng):
    y, q = np.array([1.0, -1.0, 1.0, -1.0, -1.0, 1.0]), 0.2
    sgd = rd.LinearSGD(X, (1 - 2 * q) * y, 0.1, 2, fresh_noise=4 * q * (1 - q))
    exact = rd.solve(rd.SteadyState(sgd, rd.Sharp(20, to=TO)))
    theta, seen = np.tile(TO, (N, 1)), rng.integers(20, size=N)
    states = theta.copy()
    for age in range(20):
        states[seen == age] = theta[seen == age]
        pick = rng.integers(6, size=(N, 2))
        labels = np.where(rng.random((N, 2)) < q, -1, 1) * y[pick]
        residual = np.einsum("rbd,rd->rb", X[pick], theta) - labels
        theta = theta - 0.05 * np.einsum("rb,rbd->rd", residual, X[pick])
    away = states - exact.mean
    assert np.abs(away.mean(axis=0) / (away.std(axis=0) / math.sqrt(N))).max() < 4
    products = np.einsum("ni,nj->nij", away, away)
    assert np.abs((products.mean(axis=0) - exact.cov) / (products.std(axis=0) / math.sqrt(N))).max() < 4


TARGET = rd.Sublevel(RISK, 0.3)
COOLING = [1.0, 2.0, 0.5, 1.5, 0.8]
GEOMETRIC = rd.Geometric(0.1)
PATHS = {
    "momentum, zero": ({}, GEOMETRIC),
    "momentum, keep": ({"reset_velocity": "keep"}, GEOMETRIC),
    "momentum, keep, process wins ties": ({"reset_velocity": "keep"}, rd.Geometric(0.1, ties="process")),
    "momentum, sharp, risk from rows": ({"batch_size": 1}, rd.Sharp(15)),
    "fresh noise": ({"fresh_noise": 0.3, "momentum": 0.0}, GEOMETRIC),
    "schedule": ({"schedule": COOLING, "reset_velocity": "keep"}, GEOMETRIC),
    "pause": ({"schedule": COOLING}, rd.Geometric(0.1, refractory=3)),
    "best so far": ({}, rd.Geometric(0.1, to=rd.BestSoFar(RISK))),
    "best so far, process wins ties": (
        {"momentum": 0.0}, rd.Geometric(0.2, to=rd.BestSoFar(RISK, every=3), ties="process")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("make", [on_data, inputs])
def test_first_passages_have_the_law_of_a_plain_loop(name, make, rng):
    changes, reset = PATHS[name]
    if make is inputs and "fresh_noise" in changes:
        pytest.skip("the labels of fresh inputs are fresh as well")
    problem = rd.FirstPassage(make(**changes), TO, TARGET, reset)
    fast, slow = rd.simulate(problem, n=N, rng=rng), passages_by_hand(problem, 1000, rng)
    assert abs(z_of_difference(fast.times, slow)) < 4
    for share in (0.2, 0.5, 0.8):
        time = np.quantile(slow, share)
        assert abs(z_of_difference(fast.times <= time, slow <= time)) < 4


def test_a_schedule_of_gaussian_noise_has_the_law_of_a_plain_loop(rng):
    sgd = rd.QuadraticSGD(1.0, 0.0, 4.0, learning_rate=0.2, batch_size=2, schedule=lambda k: 1 / (1 + k / 9))
    fast = rd.simulate(rd.FirstPassage(sgd, 1.0, rd.Level(-0.5)), n=N, rng=rng, max_time=300)
    theta, times = np.full(N, 1.0), np.full(N, 300)
    for k in range(300):
        theta -= 0.2 / (1 + k / 9) * (theta + math.sqrt(2) * rng.normal(size=N))
        times[(theta <= -0.5) & (times == 300)] = k + 1
    assert abs(z_of_difference(fast.times, times)) < 4
    assert abs(z_of_difference(fast.censored, times == 300)) < 4


def test_steps_that_the_schedule_takes_away_take_time(rng):
    still = on_data(schedule=[0.0, 0.0, 0.0, 1.0], momentum=0.0)
    late = rd.simulate(rd.FirstPassage(still, TO, TARGET), n=500, rng=5).times
    early = rd.simulate(rd.FirstPassage(on_data(momentum=0.0), TO, TARGET), n=500, rng=rng).times
    assert late.min() > 3
    assert abs(z_of_difference(late - 3, early)) < 4


@pytest.mark.parametrize("ties", ["reset", "process"])
def test_a_ratchet_of_independent_steps_is_solved_step_by_step(ties, rng):
    # With learning rate and Hessian 1 the state is a fresh normal at each step, so that a hit below -1.2
    # comes with the same chance q at any step. A reset undoes the hit where it wins ties, but leads back to
    # the best state, which is the hit itself.
    forgetful = rd.QuadraticSGD(1.0, 0.0, 4.0, learning_rate=1.0, batch_size=4)
    q = 0.5 * math.erfc(1.2 / math.sqrt(2))
    best = rd.Geometric(0.4, to=rd.BestSoFar(rd.Quadratic(1.0, -9.0)), ties=ties)
    times = rd.simulate(rd.FirstPassage(forgetful, 0.0, rd.Level(-1.2), best), n=N, rng=rng).times
    assert abs((times.mean() - 1 / q) / (times.std() / math.sqrt(N))) < 4
    fixed = rd.FirstPassage(forgetful, 0.0, rd.Level(-1.2), rd.Geometric(0.4, ties="reset"))
    assert rd.simulate(fixed, n=N, rng=rng).mean > 1.4 / q


def test_a_score_of_ones_own_is_that_of_the_quadratic(seed):
    def risk(x):
        a, b = x[0] - 0.3, x[1] - 0.2
        return (a * a + 0.6 * a * b + 0.6 * b * b) / 2

    for make in (on_data, inputs):  # the inputs step in their own basis
        a, b = (
            rd.simulate(
                rd.FirstPassage(make(), TO, TARGET, rd.Geometric(0.1, to=rd.BestSoFar(score, every=2))),
                n=500,
                rng=seed,
            ).times
            for score in (RISK, risk)
        )
        np.testing.assert_array_equal(a, b)


def test_pauses_take_their_share_of_a_steady_state(rng):
    sgd = rd.QuadraticSGD(1.0, 0.0, 4.0, learning_rate=0.5, batch_size=1)
    found = rd.simulate(rd.SteadyState(sgd, rd.Geometric(0.1, to=2.0, refractory=5)), n=N, rng=rng)
    at_rest = found.samples == 2.0
    share = (5 + 1) / (5 + 10)  # the pause, and the moment after a reset, out of a cycle
    assert abs((at_rest.mean() - share) / math.sqrt(share * (1 - share) / N)) < 4
    free = rd.solve(rd.SteadyState(sgd, rd.Geometric(0.1, to=2.0)))
    exact = (5 * 2.0 + 10 * free.mean) / 15
    assert abs((found.mean - exact) / found.error) < 4


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_learning_rate_beyond_the_stability_limit_is_refused_at_once(momentum):
    for sgd in (on_data(learning_rate=9.0, momentum=momentum), inputs(learning_rate=9.0, momentum=momentum)):
        limit = rd.stability_limit(sgd, moment=1)
        with pytest.raises(ValueError, match=rf"learning_rate=9: .* below {limit:.6g},"):
            rd.simulate(rd.FirstPassage(sgd, TO, TARGET), n=10)
        reset = rd.Geometric(0.05, to=TO)
        limit = rd.stability_limit(sgd, reset, moment=1)
        with pytest.raises(ValueError, match=rf"below {limit:.6g},"):
            rd.simulate(rd.SteadyState(sgd, reset), n=10)


def test_a_run_that_diverges_is_reported():
    hot = on_data(schedule=lambda k: 90.0)
    with pytest.raises(ValueError, match=r"learning_rate=0\.1: SGD diverges"):
        rd.simulate(rd.FirstPassage(hot, TO, rd.Ball([1e9, 0], 1e-3)), n=10, max_time=10_000)


def test_what_is_refused_and_why():
    cooled = on_data(schedule=COOLING)
    steady = rd.SteadyState(cooled, rd.Geometric(0.1, to=TO))
    for answer in (rd.solve, rd.simulate):
        with pytest.raises(ValueError, match="while the learning rate changes there is no steady state"):
            answer(steady)
    for process in (cooled, inputs(schedule=COOLING)):
        with pytest.raises(ValueError, match="schedule"):
            process.continuous()
    with pytest.raises(ValueError, match=r"max_time=inf: a schedule that is a function"):
        rd.simulate(rd.FirstPassage(on_data(schedule=lambda k: 1.0), TO, TARGET))
    with pytest.raises(ValueError, match=r"schedule\(2\)=-1"):
        rd.simulate(rd.FirstPassage(on_data(schedule=lambda k: 1.0 - k), TO, TARGET), max_time=9)
    with pytest.raises(ValueError, match="one factor for each step"):
        on_data(schedule=[[1.0]])
    with pytest.raises(ValueError, match="at least 0"):
        on_data(schedule=[1.0, -1.0])
    with pytest.raises(ValueError, match="one for each of the 6 labels"):
        on_data(fresh_noise=[1.0, 2.0])
    with pytest.raises(ValueError, match="at least 0"):
        on_data(fresh_noise=-1.0)
    with pytest.raises(ValueError, match=r"refractory=0\.5: SGD advances in steps"):
        rd.simulate(rd.FirstPassage(on_data(), TO, TARGET, rd.Geometric(0.1, refractory=0.5)))
    with pytest.raises(ValueError, match="journeys back"):
        rd.simulate(rd.FirstPassage(on_data(), TO, TARGET, rd.Geometric(0.1, return_speed=1.0)))
    kept = rd.Geometric(0.1, to=TO, refractory=2)
    with pytest.raises(ValueError, match="velocity, or part of the state, is left"):
        rd.simulate(rd.SteadyState(on_data(reset_velocity="keep"), kept))
    with pytest.raises(ValueError, match="flat in some direction"):
        rd.simulate(rd.SteadyState(rd.LinearSGD(np.ones((3, 2)), np.ones(3), 0.1, 1, momentum=0.5)))
    best = rd.Geometric(0.1, to=rd.BestSoFar(RISK))
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        rd.solve(rd.FirstPassage(on_data(), TO, TARGET, best))


def test_a_score_that_is_not_a_number_stops_the_run_at_its_state():
    best = rd.BestSoFar(lambda x: np.sqrt(x[0] + 1.0))
    problem = rd.FirstPassage(
        on_data(fresh_noise=9.0), TO, rd.Ball([9.0, 9.0], 0.01), rd.Geometric(0.1, to=best)
    )
    with pytest.raises(ValueError, match=r"score is not a number where a path has come, x=\["):
        rd.simulate(problem, n=10)


def test_a_thousand_dimensions_work(rng):
    A = rng.normal(size=(1200, 1000)) / math.sqrt(1000)
    y = A @ np.ones(1000) + 0.1 * rng.normal(size=1200)
    sgd = rd.LinearSGD(A, y, learning_rate=0.2, batch_size=4, momentum=0.5)
    risk = rd.Quadratic(A.T @ A / 1200, np.ones(1000))
    problem = rd.FirstPassage(sgd, np.zeros(1000), rd.Sublevel(risk, 0.9 * risk(np.zeros(1000))))
    found = rd.simulate(problem, n=5, rng=rng)
    assert np.all(found.times > 1)
    assert not found.censored.any()
