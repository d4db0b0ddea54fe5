"""Training runs: against a plain loop, paired where they should be, kept and found again."""

import numpy as np
import pytest

import validation.runs.collect as collecting
from validation.data import load
from validation.runs import Setting, Study, train
from validation.runs.collect import read, write
from validation.runs.methods import METHODS, softmax, targets
from validation.runs.models import MODELS
from validation.runs.train import minibatches, share_of_rate

SMALL = Setting("wine", features=30, steps=120, every=10, patience=20, batch_size=8, seed=5)


def plain_softmax(setting):
    """Train as slowly and plainly as it can be written; without resetting."""
    split = load("wine", noise="symmetric", noise_rate=0.4, features=30, seed=5)
    inputs, aims = split.train.astype(float), np.eye(split.classes)[split.train_labels]
    rate = setting.learning_rate / np.mean(np.sum(inputs**2, axis=1))
    weights = np.zeros((split.classes, inputs.shape[1]))
    rng = np.random.default_rng([setting.seed, *b"order"])
    accuracies = []
    for step, rows in enumerate(minibatches(setting, len(inputs), rng), start=1):
        gradient = np.zeros_like(weights)
        for i in rows:
            gradient += np.outer(softmax(weights @ inputs[i]) - aims[i], inputs[i]) / len(rows)
        weights -= rate * gradient
        if step % setting.every == 0:
            found = (split.test @ weights.T).argmax(axis=1)
            accuracies.append(np.mean(found == split.test_labels))
    return np.array(accuracies)


def test_training_is_that_of_a_plain_loop():
    exact = plain_softmax(SMALL)
    found = train(SMALL).seen["accuracy"]
    # Single precision decides a sample on the boundary differently now and then.
    assert np.abs(found - exact).max() <= 1.5 / 60
    assert np.mean(found == exact) > 0.8
    assert np.ptp(exact) > 0.05


def test_the_same_setting_is_the_same_run():
    reset = SMALL.but(probability=0.05)
    one, two = train(reset), train(reset)
    np.testing.assert_array_equal(one.score, two.score)
    np.testing.assert_array_equal(one.resets, two.resets)
    assert len(one.resets)
    assert not np.array_equal(train(reset.but(seed=6)).score, one.score)


def test_runs_with_and_without_resetting_are_paired_until_the_first_reset():
    plain, reset = train(SMALL), train(SMALL.but(probability=0.05))
    first = reset.resets[0]
    before = plain.steps <= first
    np.testing.assert_array_equal(plain.score[before], reset.score[before])
    assert not np.array_equal(plain.score, reset.score)
    assert first >= SMALL.patience


def test_a_reset_of_probability_one_stays_at_the_best():
    record = train(SMALL.but(probability=1.0))
    late = record.steps > record.resets[0]
    assert len(record.resets) == SMALL.steps - record.resets[0] + 1
    assert np.ptp(record.seen["risk"][late]) < np.ptp(train(SMALL).seen["risk"][late])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_every_method_trains_every_model(method, model, momentum):
    setting = SMALL.but(
        method=method, model=model, momentum=momentum, noise_rate=0.2, learning_rate=0.5, probability=0.05
    )
    record = train(setting)
    assert record.seen["accuracy"].max() > 0.6
    assert np.all(np.isfinite(record.score))


def test_two_layers_descend_their_numerical_gradient(rng):
    model, x = MODELS["two-layer"], rng.normal(size=(6, 4))
    parameters = model.start(4, 3, 0.5, rng, np.float64)
    aims, rows = rng.normal(size=(6, 3)), np.array([0, 2, 5])

    def loss(name, place, shift):
        moved = {part: values.copy() for part, values in parameters.items()}
        moved[name][place] += shift
        return np.sum((model.all_scores(moved, x[rows]) - aims[rows]) ** 2) / 2

    moved = {part: values.copy() for part, values in parameters.items()}
    model.descend(moved, parameters, x, rows, model.scores(parameters, x, rows) - aims[rows], 1.0)
    for name, place in (("first", (3, 1)), ("first", (100, 2)), ("second", (1, 7))):
        numeric = (loss(name, place, 1e-6) - loss(name, place, -1e-6)) / 2e-6
        assert parameters[name][place] - moved[name][place] == pytest.approx(numeric, rel=1e-5, abs=1e-8)


def test_early_learning_descends_its_numerical_gradient(rng):
    setting = SMALL.but(method="early-learning")
    split = load("wine", noise="symmetric", noise_rate=0.4, features=30, seed=5)
    method, rows = METHODS["early-learning"](setting, split), np.array([3, 8])
    scores, memory = rng.normal(size=(2, 3)), rng.dirichlet(np.ones(3), len(split.train_labels))
    ((_, slopes),) = method.slopes([scores], rows, 1.0, {"memory": memory.copy()})
    kept = 0.7 * memory[rows] + 0.3 * softmax(scores)

    def loss(shift):
        p = softmax(scores + shift)
        own = -np.log(p[np.arange(2), split.train_labels[rows]])
        return np.sum(own + 3.0 * np.log(1 - np.sum(p * kept, axis=1)))

    for place in np.ndindex(2, 3):
        shift = np.zeros((2, 3))
        shift[place] = 1e-6
        assert slopes[place] == pytest.approx((loss(shift) - loss(-shift)) / 2e-6, rel=1e-4, abs=1e-7)


def test_co_teaching_gives_each_model_what_the_other_finds_easy():
    split = load("wine", noise="symmetric", noise_rate=0.4, features=30, seed=5)
    method = METHODS["co-teaching"](SMALL.but(method="co-teaching"), split)
    rows = np.arange(10)
    sure = 5.0 * targets(split.train_labels[rows], 3, float)
    first, second = np.zeros((10, 3)), np.zeros((10, 3))
    first[:6], second[4:] = sure[:6], sure[4:]  # each finds six samples easy
    (one, _), (two, _) = method.slopes([first, second], rows, 1.0, {})
    assert set(one) == set(range(4, 10))
    assert set(two) == set(range(6))


def test_minibatches_cover_an_epoch_or_are_independent(rng):
    setting = SMALL.but(steps=4, batch_size=5)
    epoch = np.concatenate([*minibatches(setting, 20, rng)])
    assert sorted(epoch) == [*range(20)]
    drawn = np.concatenate([*minibatches(setting.but(sampling="independent", steps=2000), 20, rng)])
    counts = np.bincount(drawn, minlength=20)
    assert np.sum((counts - 500) ** 2 / 500) < 19 + 4 * np.sqrt(2 * 19)
    assert len([*minibatches(setting.but(batch_size=99), 20, rng)]) == 4  # all of a small part


def test_the_cosine_schedule_ends_at_zero():
    setting = SMALL.but(schedule="cosine")
    assert [share_of_rate(setting, step) for step in (0, 60, 120)] == pytest.approx([1.0, 0.5, 0.0])
    with pytest.raises(ValueError, match="'constant' or 'cosine'"):
        share_of_rate(SMALL.but(schedule="linear"), 1)


def test_a_loss_that_explodes_says_after_how_many_steps():
    with pytest.raises(ValueError, match=r"after \d+ steps the loss is (nan|inf): lower the learning rate"):
        train(Setting("diabetes", loss="squared_error", features=0, learning_rate=1e3, steps=200))


def test_records_are_kept_and_found_again(tmp_path, monkeypatch):
    study = Study(tmp_path, seeds=2)
    settings = [SMALL.but(seed=seed, probability=p) for seed in (1, 2) for p in (0.0, 0.05)]
    first = study.collect(settings[:3])
    monkeypatch.setattr(collecting, "train", lambda setting: pytest.fail("trained again"))
    again = study.collect(settings[:3])
    for setting in settings[:3]:
        np.testing.assert_array_equal(first[setting].score, again[setting].score)
        np.testing.assert_array_equal(first[setting].resets, again[setting].resets)
        assert first[setting].seen.keys() == again[setting].seen.keys()
        assert first[setting].last() == again[setting].last()
    with pytest.raises(BaseException, match="trained again"):
        study.collect(settings)


def test_a_damaged_record_is_run_again(tmp_path):
    write(tmp_path, SMALL, train(SMALL))
    path = tmp_path / f"{SMALL.key}.npz"
    path.write_bytes(path.read_bytes()[:100])
    assert read(tmp_path, SMALL) is None
    assert path.with_suffix(".damaged").exists()


def test_processes_do_not_change_what_is_found(tmp_path):
    settings = [SMALL.but(seed=seed) for seed in range(3)]
    one = Study(tmp_path / "one").collect(settings)
    two = Study(tmp_path / "two", workers=2).collect(settings)
    for setting in settings:
        np.testing.assert_array_equal(one[setting].score, two[setting].score)


def test_what_was_done_is_kept_when_one_run_fails(tmp_path):
    bad = SMALL.but(method="no such method", seed=7)
    with pytest.raises(ValueError, match="method='no such method' is unknown: give one of 'plain'"):
        Study(tmp_path).collect([SMALL, bad])
    assert read(tmp_path / "runs", SMALL) is not None
