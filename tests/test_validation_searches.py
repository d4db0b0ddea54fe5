"""The search picture: hunts from a checkpoint, renewal of them, and what drift and diffusion predict."""

import numpy as np
import pytest

from validation.experiments import searches
from validation.experiments.searches import (
    diffusive,
    peclet,
    renewal_claims,
    renewed,
    shorter,
    wrong_ties,
)
from validation.runs import Setting, Study, train
from validation.runs.hunts import Hunt, Times, Trail, hunt
from validation.runs.looked_at import mean_strides, survival

SMALL = Setting("wine", features=30, steps=120, every=10, patience=20, batch_size=8, seed=5)


def walks(rng, p, runs=1500, drift=0.3, horizon=4000):
    """Hunts of a Gaussian walk, which is drift and diffusion."""
    place, strides = np.zeros(runs), np.zeros(runs)
    hunting = np.ones(runs, dtype=bool)
    while hunting.any() and strides.max() < (horizon if p else 200):
        place[hunting] += drift + rng.normal(size=hunting.sum())
        strides[hunting] += 1
        hunting &= place >= 0
        place[hunting & (rng.random(runs) < p)] = 0.0
    return Times(strides, hunting.copy())


@pytest.fixture
def gaussian(rng):
    moves = 0.3 + rng.normal(size=4000)
    return Hunt(SMALL, moves, {p: walks(rng, p) for p in (0.0, 0.1, 0.3)})


def test_the_checkpoint_is_the_best_state_of_the_plain_run():
    trail = Trail(SMALL)
    assert trail.best == train(SMALL).score.min()
    trail.back()
    assert trail.score(trail.state) == trail.best
    assert trail.stride() != 0
    assert trail.score(trail.checkpoint) == trail.best  # training went on from a copy


def test_hunts_end_where_the_checkpoint_is_beaten():
    found = hunt(SMALL, (0.2,), runs=30, free=40, horizon=40)
    for p, times in found.times.items():
        assert np.all(times.strides >= 1)
        assert np.all(times.strides[times.censored] == (800 if p else 40))
    again = hunt(SMALL, (0.2,), runs=30, free=40, horizon=40)
    np.testing.assert_array_equal(found.times[0.2].strides, again.times[0.2].strides)


def test_renewal_predicts_hunts_with_resets_and_the_wrong_ties_do_not(gaussian):
    claims = renewal_claims(gaussian)
    assert len(claims) == 2
    assert all(claim.holds for claim in claims)
    (control,) = wrong_ties([gaussian])
    assert control.as_expected


def test_drift_and_diffusion_predict_a_gaussian_walk(gaussian):
    found = diffusive([gaussian])
    assert found.verdict == "holds"
    assert peclet(gaussian) == pytest.approx(-0.3, abs=0.08)
    # A walk that also jumps is not of this kind.
    moves = np.where(np.arange(4000) % 100 == 0, 30.0, gaussian.moves - 0.3)
    jumping = diffusive([gaussian._replace(moves=moves)])
    assert jumping.verdict != "holds"
    assert abs(jumping.measured) > 3 * abs(found.measured)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.3])
def test_the_law_of_a_gaussian_walk_that_is_looked_at(gaussian, p):
    found = gaussian.times[p]
    predicted = survival(0.3, p, 30)
    measured = np.mean(found.strides[:, None] > np.arange(1, 31), axis=0)
    error = np.sqrt(predicted[1:] * (1 - predicted[1:]) / len(found.strides))
    assert np.abs((measured - predicted[1:]) / error).max() < 4
    assert np.abs(measured - survival(0.5, p, 30)[1:]).max() > 4 * error.max()
    if p:  # two routes to the mean
        assert mean_strides(0.3, p) == pytest.approx(survival(0.3, p, 2000).sum(), rel=1e-9)


def test_a_walk_downhill_needs_no_resets():
    assert mean_strides(0.1, 0.0) == np.inf
    assert mean_strides(-0.5, 0.0) == pytest.approx(survival(-0.5, 0.0, 2000).sum(), rel=1e-9)
    assert mean_strides(-0.5, 1e-6) == pytest.approx(mean_strides(-0.5, 0.0), rel=1e-4)


def test_resetting_shortens_the_search_of_a_walk_that_drifts_away(gaussian, rng):
    assert shorter([gaussian]).verdict == "holds"
    towards = Hunt(SMALL, gaussian.moves, {p: walks(rng, p, drift=-1.0) for p in (0.0, 0.1)})
    assert shorter([towards]).verdict == "does not hold"


def test_hunts_that_cannot_carry_a_prediction_give_none(gaussian):
    free = Times(np.full(50, 200.0), np.ones(50, dtype=bool))
    slow = gaussian._replace(times={0.0: free, 0.5: gaussian.times[0.3]})
    assert renewed(slow, 0.5) is None
    assert renewal_claims(slow) == wrong_ties([slow]) == []


@pytest.mark.slow
def test_a_quick_run_keeps_its_hunts(tmp_path, monkeypatch):
    monkeypatch.setattr(searches, "base", lambda dataset: SMALL.but(dataset=dataset))
    monkeypatch.setattr(searches, "FEWER_RUNS", 20)
    monkeypatch.setattr(searches, "SHORTER", 10)
    study = Study(tmp_path, quick=True, seeds=1, datasets=("wine",))
    found = searches.run(study)
    assert found.figures
    monkeypatch.setattr(searches, "hunt", lambda *_: pytest.fail("hunted again"))
    again = searches.run(study)
    assert [c.measured for c in again.claims] == [c.measured for c in found.claims]
