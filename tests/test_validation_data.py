"""Data of the training experiments: exact corruption, honest splits, files, and what bad input gets."""

import csv
from urllib.error import URLError

import numpy as np
import pytest

from validation.data import SHIPPED, corrupt, load, raw
from validation.data.corruption import KINDS, made_judge
from validation.data.features import featurer, scaler
from validation.data.splits import dealt

RATES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.fixture(scope="module")
def digits():
    data = raw("digits")
    return scaler(data.inputs)(data.inputs), data.labels


@pytest.mark.parametrize("dataset", SHIPPED)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", RATES)
def test_exactly_the_asked_number_of_labels_is_wrong_in_each_part(dataset, kind, rate, seed):
    noisy, clean = (load(dataset, kind, rate, 5, which, seed % 1000) for which in ("noisy", "clean"))
    assert noisy.wrong.sum() == round(rate * len(noisy.train_labels))
    wrong = noisy.validation_labels != clean.validation_labels
    assert wrong.sum() == round(rate * len(wrong))
    np.testing.assert_array_equal(noisy.train_labels, clean.train_labels)
    assert noisy.noise_rate == pytest.approx(rate, abs=0.5 / len(noisy.wrong))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dataset", ["digits", "breast_cancer", "diabetes"])
def test_corruption_is_nested(dataset, kind, seed):
    data = raw(dataset)
    inputs = scaler(data.inputs)(data.inputs)
    before = data.labels
    for rate in RATES[1:]:
        noisy = corrupt(data.labels, inputs, kind, rate, np.random.default_rng(seed))
        was_wrong = before != data.labels
        np.testing.assert_array_equal(noisy[was_wrong], before[was_wrong])
        before = noisy


def test_symmetric_noise_takes_all_other_classes_alike(digits, rng):
    inputs, labels = digits
    noisy = corrupt(labels, inputs, "symmetric", 1.0, rng)
    shifts = np.bincount((noisy - labels) % 10, minlength=10)
    assert shifts[0] == 0
    expected = len(labels) / 9
    assert np.abs((shifts[1:] - expected) / np.sqrt(expected * 8 / 9)).max() < 4


def test_asymmetric_noise_goes_to_the_confused_class(digits, rng):
    inputs, labels = digits
    judge = made_judge(inputs, labels)
    noisy = corrupt(labels, inputs, "asymmetric", 0.4, rng)
    wrong = noisy != labels
    np.testing.assert_array_equal(noisy[wrong], judge.confused_with[labels[wrong]])
    assert np.all(judge.confused_with != np.arange(10))


def test_confused_classes_are_the_near_ones(rng):
    # Three clusters on a line, 0 close to 1 and 2 far from both: a plain measurement of distances.
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 4.0]])
    labels = np.repeat([0, 1, 2], 50)
    judge = made_judge(centres[labels] + 0.1 * rng.normal(size=(150, 2)), labels)
    assert judge.confused_with[:2].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("kind", "depends"), [("instance", True), ("symmetric", False), ("asymmetric", False)]
)
def test_only_instance_noise_depends_on_the_instance(digits, kind, depends, rng):
    # Hard samples, by another judge than the corruption's: distance to the own class's centroid against the
    # nearest other one's.
    inputs, labels = digits
    centroids = np.array([inputs[labels == c].mean(axis=0) for c in range(10)])
    distances = np.linalg.norm(inputs[:, None] - centroids, axis=2)
    rows = np.arange(len(labels))
    own = distances[rows, labels].copy()
    distances[rows, labels] = np.inf
    margin = distances.min(axis=1) - own
    wrong = corrupt(labels, inputs, kind, 0.3, rng) != labels
    a, b = margin[wrong], margin[~wrong]
    z = (a.mean() - b.mean()) / np.hypot(a.std() / np.sqrt(len(a)), b.std() / np.sqrt(len(b)))
    assert (z < -10) if depends else (abs(z) < 4)


def test_permuted_targets_keep_their_distribution(rng):
    targets = rng.integers(6, size=500).astype(float)
    permuted = corrupt(targets, targets[:, None], "symmetric", 1.0, rng)
    np.testing.assert_array_equal(np.sort(permuted), np.sort(targets))
    assert np.all(permuted != targets)
    half = np.repeat([0.0, 1.0], 20)  # just possible: every target is the other one's
    np.testing.assert_array_equal(corrupt(half, half[:, None], "symmetric", 1.0, rng), 1 - half)


@pytest.mark.parametrize("dataset", SHIPPED)
def test_parts_do_not_share_samples_and_have_all_classes(dataset, rng):
    data = raw(dataset)
    parts = dealt(data, rng)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(data.labels)))
    shares = [len(part) / len(data.labels) for part in parts]
    np.testing.assert_allclose(shares, [1 / 2, 1 / 6, 1 / 3], atol=0.02)
    if data.task == "classification":
        whole = np.bincount(data.labels) / len(data.labels)
        for part in parts:
            found = np.bincount(data.labels[part], minlength=len(whole)) / len(part)
            assert np.abs(found - whole).max() < 2 / len(part)


def test_the_split_tells_the_truth_about_its_samples(tmp_path, seed):
    # Inputs name their sample, so that features can be traced back.
    names, labels = np.arange(240.0), np.arange(240) % 3
    np.savez(tmp_path / "named.npz", X=names[:, None], y=labels)
    split = load(
        str(tmp_path / "named.npz"), noise_rate=0.5, features=0, validation="clean", seed=seed, dtype=float
    )
    train, watched, test = split.train[:, 0], split.validation[:, 0], split.test[:, 0]
    step = np.min(np.diff(np.sort(np.concatenate([train, watched, test]))))
    assert step > 0.9 * 12**0.5 / 240  # no sample in two parts
    place = [
        np.round((part - min(map(np.min, (train, watched, test)))) / step).astype(int)
        for part in (train, watched, test)
    ]
    for rows, given in zip(
        place, (split.train_clean, split.validation_labels, split.test_labels), strict=True
    ):
        np.testing.assert_array_equal(labels[rows], given)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_touches_nothing_but_labels(kind):
    clean, noisy = load("wine", kind, 0.0, 20, seed=3), load("wine", kind, 0.6, 20, seed=3)
    for name in ("train", "validation", "test", "train_clean", "test_labels"):
        np.testing.assert_array_equal(getattr(clean, name), getattr(noisy, name))
    np.testing.assert_array_equal(clean.train_labels, clean.train_clean)


def test_test_data_decide_nothing(tmp_path):
    data = raw("wine")
    test = dealt(data, np.random.default_rng([0, 0]))[2]
    inputs = data.inputs.copy()
    np.savez(tmp_path / "a.npz", X=inputs, y=data.labels)
    inputs[test] *= 50
    np.savez(tmp_path / "b.npz", X=inputs, y=data.labels)
    for kind in KINDS:
        a, b = (load(str(tmp_path / name), kind, 0.4, 30) for name in ("a.npz", "b.npz"))
        for part in ("train", "validation", "train_labels", "validation_labels", "test_labels"):
            np.testing.assert_array_equal(getattr(a, part), getattr(b, part))
        assert np.any(a.test != b.test)


def test_scales_come_from_the_training_part():
    split = load("breast_cancer", features=0, dtype=float)
    np.testing.assert_allclose(split.train[:, :-1].mean(axis=0), 0, atol=0.05)  # values far away are cut
    assert np.abs(split.validation[:, :-1].mean(axis=0)).max() > 0.05
    assert np.all(split.train[:, -1] == 1)
    targets = load("diabetes", noise_rate=0.4, dtype=float).train_labels
    assert (targets.mean(), targets.std()) == pytest.approx((0, 1), abs=1e-12)


def test_random_features_are_the_kernel_of_their_width(rng):
    inputs = rng.normal(size=(40, 7))
    made = featurer(inputs, 40_000, np.random.default_rng(5))(inputs)
    pick = np.random.default_rng(5).integers(40, size=(2, 2000))
    distances = np.linalg.norm(inputs[pick[0]] - inputs[pick[1]], axis=1)
    width = 1 / np.median(distances[distances > 0])
    kernel = np.exp(-(width**2) * ((inputs[:, None] - inputs) ** 2).sum(axis=2) / 2)
    found, error = made @ made.T / 40_000, 1 / np.sqrt(40_000)
    assert np.abs(found - kernel).max() / error < 5  # 1,600 entries, deviation of each at most 1 error


def test_splits_are_the_same_every_time_and_differ_between_seeds():
    first = load("wine", seed=5)
    load.cache_clear()
    again, other = load("wine", seed=5), load("wine", seed=6)
    for name in ("train", "validation", "test", "train_labels", "validation_labels", "test_labels"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert np.any(first.train != other.train)
    assert load("wine", seed=6) is other
    assert all(getattr(first, part).flags.c_contiguous for part in ("train", "validation", "test"))
    assert first.train.dtype == np.float32


def human(rng, n=90):
    X, clean = rng.normal(size=(n, 3)), np.arange(n) % 3
    return X, clean, np.where(rng.random(n) < 0.3, (clean + 1) % 3, clean)


def test_npz_with_human_noise(tmp_path, rng):
    X, clean, given = human(rng)
    path = str(tmp_path / "people.npz")
    np.savez(path, X=X.reshape(90, 3, 1), y=given, y_clean=clean)
    found = raw(path)
    np.testing.assert_array_equal(found.inputs, X)
    np.testing.assert_array_equal(found.labels, clean)
    np.testing.assert_array_equal(found.given_labels, given)
    split = load(path, "symmetric", 0.9)
    assert split.noise == "given"
    assert split.wrong.sum() + (given != clean).sum() > 0
    everything = [split.wrong, split.validation_labels != load(path, validation="clean").validation_labels]
    assert sum(part.sum() for part in everything) <= (given != clean).sum()
    np.testing.assert_array_equal(np.unique(split.test_labels), [0, 1, 2])


@pytest.mark.parametrize("header", [True, False])
def test_csv_round_trip(tmp_path, rng, header):
    X, clean, given = human(rng)
    names = np.array(["cat", "dog", "owl"])
    path = tmp_path / "people.csv"
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        if header:
            lines.writerow(["clean_label", "a", "label", "b", "c"])
            lines.writerows(zip(names[clean], X[:, 0], names[given], X[:, 1], X[:, 2], strict=True))
        else:
            lines.writerows(np.column_stack([X, given]))
    found = raw(str(path))
    np.testing.assert_array_equal(found.inputs, X)
    np.testing.assert_array_equal(found.given_labels if header else found.labels, given)
    if header:
        np.testing.assert_array_equal(found.labels, clean)


def test_labels_say_what_the_task_is(tmp_path):
    def task(y):
        np.savez(tmp_path / "y.npz", X=np.arange(300.0)[:, None], y=y)
        return raw(str(tmp_path / "y.npz"))

    assert task(np.arange(300) % 3 + 0.5).task == "regression"
    assert task(np.arange(300)).task == "regression"
    assert task(np.arange(300) % 2 == 0).task == "classification"
    strings = task(np.array(["10", "9"])[np.arange(300) % 2])  # as numbers, not in the order of letters
    assert (strings.task, strings.labels[0]) == ("classification", 1)


def refused(call, word, kind=ValueError):
    with pytest.raises(kind) as stop:
        call()
    assert word in str(stop.value)
    assert "\n" not in str(stop.value)


GOOD = {"X": np.arange(24.0).reshape(12, 2), "y": np.arange(12) % 2}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"X": None}, "lacks the array X"),
        ({"y": None}, "lacks the array y"),
        ({"X": np.where(GOOD["X"] == 5, np.nan, GOOD["X"])}, "feature 2 of sample 3 is not a finite number"),
        ({"X": np.array([["a", "b"]] * 12)}, "not numbers"),
        ({"X": np.zeros(12)}, "(samples, features)"),
        ({"y": np.zeros(12, int)}, "at least two classes"),
        ({"y": np.arange(11) % 2}, "one label for each of the 12 samples"),
        ({"y_clean": np.arange(13) % 2}, "one label for each of the 12 samples"),
        ({"y": np.where(np.arange(12) == 3, np.nan, GOOD["y"])}, "label is not a finite number"),
        ({"y": np.arange(12) % 3, "y_clean": np.arange(12) % 2}, "never a true one"),
    ],
)
def test_bad_arrays_get_one_line(tmp_path, changes, word):
    arrays = {name: value for name, value in (GOOD | changes).items() if value is not None}
    np.savez(tmp_path / "bad.npz", **arrays)
    refused(lambda: raw(str(tmp_path / "bad.npz")), word)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("none.npz", None, "No such file"),
        ("none.csv", None, "No such file"),
        ("text.npz", b"no archive", "cannot be read"),
        ("half.npz", b"PK\x03\x04 broken", "cannot be read"),
        ("binary.csv", b"\xff\xfe\x00", "cannot be read"),
        ("empty.csv", b"", "is empty"),
        ("ragged.csv", b"a,label\n1,0\n2\n", "sample 2 has 1 entries, not 2"),
        ("words.csv", b"a,label\n1,0\ntwo,1\n", "'two' in 'a' of sample 2"),
        ("gap.csv", b"a,label\n1,0\n,1\n", "feature 1 of sample 2 is not a finite number"),
    ],
)
def test_bad_files_get_one_line(tmp_path, name, content, word):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    refused(lambda: raw(str(tmp_path / name)), word)


def test_openml_without_a_network_names_the_remedy(monkeypatch):
    def fetch(*args, **kwargs):
        raise URLError("no route\nto host")

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    refused(lambda: raw("openml:mnist_784"), "give a local .npz file", ConnectionError)


def test_openml_labels_are_understood(monkeypatch):
    def fetch(name, **kwargs):
        assert name == "mnist_784"
        return np.arange(24.0).reshape(12, 2), np.array([*"730"] * 4, dtype=object)

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    assert raw("openml:mnist_784").labels[:3].tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"dataset": "mnist"}, "openml:NAME"),
        ({"noise_rate": 1.1}, "noise_rate=1.1"),
        ({"noise_rate": -0.1}, "noise_rate=-0.1"),
        ({"noise_rate": np.nan}, "noise_rate=nan"),
        ({"noise": "salt"}, "noise='salt'"),
        ({"validation": "test"}, "validation='test'"),
        ({"features": -1}, "features=-1"),
        ({"features": 2.5}, "features=2.5"),
    ],
)
def test_bad_arguments_get_one_line(arguments, word):
    refused(lambda: load(**{"dataset": "wine"} | arguments), word)


def test_too_few_samples_get_one_line(tmp_path):
    np.savez(tmp_path / "few.npz", X=np.arange(5.0)[:, None], y=np.arange(5) % 2)
    refused(lambda: load(str(tmp_path / "few.npz")), "too few")
    refused(
        lambda: corrupt(np.zeros(9), np.zeros((9, 1)), "symmetric", 0.1, np.random.default_rng(0)),
        "all the same",
    )
    lopsided = np.array([0.0] * 6 + [1.0, 2.0, 3.0])
    refused(
        lambda: corrupt(lopsided, lopsided[:, None], "symmetric", 0.1, np.random.default_rng(0)),
        "more than half",
    )


def test_a_feature_that_never_varies_is_dropped():
    data = np.column_stack([np.full(20, 0.1), np.arange(20.0)])
    assert scaler(data)(data).shape == (20, 1)
    refused(lambda: scaler(data[:, :1]), "no feature varies")
