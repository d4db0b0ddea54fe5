"""Losses and their slopes: against plain NumPy formulas, numerical derivatives, limits and large scores."""

import numpy as np
import pytest

from resetdyn.training import losses

LOSSES = [
    losses.loss("log_loss"),
    losses.loss("label_smoothing"),
    losses.loss("label_smoothing", smoothing=0.4),
    losses.loss("mae"),
    losses.loss("gce"),
    losses.loss("gce", q=0.2),
    losses.loss("sce"),
    losses.loss("sce", alpha=6.0, beta=0.1, A=-6.0),
    losses.loss("squared_error"),
]
IDS = [f"{losses.NAMES[loss.code]}-{i}" for i, loss in enumerate(LOSSES)]


def naive_values(scores, labels, loss):
    """Return the losses as their papers write them, with no care for overflow."""
    name = losses.NAMES[loss.code]
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = np.eye(scores.shape[1])[labels]
    if name == "squared_error":
        return ((scores - truth) ** 2).sum(axis=1) / 2
    if name == "mae":
        return np.abs(truth - p).sum(axis=1)
    if name == "gce":
        return (1 - (truth * p).sum(axis=1) ** loss.q) / loss.q
    if name == "sce":
        log_truth = np.where(truth > 0, 0.0, loss.A)
        return -loss.alpha * (truth * np.log(p)).sum(axis=1) - loss.beta * (p * log_truth).sum(axis=1)
    smoothed = (1 - loss.smoothing) * truth + loss.smoothing / scores.shape[1]
    return -(smoothed * np.log(p)).sum(axis=1)


@pytest.fixture
def batch(rng):
    return 3 * rng.normal(size=(40, 5)), rng.integers(5, size=40)


@pytest.mark.parametrize("loss", LOSSES, ids=IDS)
def test_values_are_those_of_the_papers(loss, batch):
    np.testing.assert_allclose(losses.values(*batch, loss), naive_values(*batch, loss), rtol=1e-11)


@pytest.mark.parametrize("loss", LOSSES, ids=IDS)
def test_slopes_are_the_derivatives_of_values(loss, batch):
    scores, labels = batch
    h = 1e-5
    numerical = np.empty_like(scores)
    for k in range(scores.shape[1]):
        step = h * np.eye(scores.shape[1])[k]
        above, below = (losses.values(scores + sign * step, labels, loss) for sign in (1, -1))
        numerical[:, k] = (above - below) / (2 * h)
    np.testing.assert_allclose(losses.slopes(scores, labels, loss), numerical, atol=2e-9, rtol=1e-7)


@pytest.mark.parametrize("loss", LOSSES[:-1], ids=IDS[:-1])
def test_a_shift_of_all_scores_changes_nothing_so_slopes_sum_to_zero(loss, batch):
    slopes = losses.slopes(*batch, loss)
    np.testing.assert_allclose(slopes.sum(axis=1), 0, atol=1e-14 * (1 + np.abs(slopes).max()))


@pytest.mark.parametrize("loss", LOSSES, ids=IDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_scores_do_not_overflow(loss, dtype):
    scores = np.array([[1000, -1000, 0], [-1000, 1000, 0], [0, 0, 1000]], dtype=dtype)
    labels = np.array([0, 0, 1])
    with np.errstate(all="raise"):
        slopes, values = losses.slopes(scores, labels, loss), losses.values(scores, labels, loss)
    assert slopes.dtype == values.dtype == dtype
    assert np.isfinite(slopes).all()
    assert np.isfinite(values).all()
    if losses.NAMES[loss.code] == "log_loss":
        assert values.tolist() == [0, 2000, 1000]
        assert slopes[1].tolist() == [-1, 1, 0]


@pytest.mark.parametrize("loss", LOSSES, ids=IDS)
def test_single_precision_has_its_own_digits(loss, batch):
    scores, labels = batch
    single = scores.astype(np.float32)
    for function in (losses.values, losses.slopes):
        exact, found = function(single.astype(float), labels, loss), function(single, labels, loss)
        np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-6)


def test_small_losses_keep_their_digits():
    scores, labels = np.array([[40.0, 0.0]]), np.array([0])
    gap = np.exp(-40)
    for name, slope in {"log_loss": 1, "mae": 2, "gce": 1}.items():
        loss = losses.loss(name)
        assert losses.values(scores, labels, loss)[0] == pytest.approx(slope * gap, rel=1e-14)
        np.testing.assert_allclose(
            losses.slopes(scores, labels, loss), slope * gap * np.array([[-1, 1]]), rtol=1e-14
        )


def test_generalised_cross_entropy_lies_between_its_two_limits(batch):
    def both(loss):
        return losses.values(*batch, loss), losses.slopes(*batch, loss)

    for found, limit in zip(both(losses.loss("gce", q=1.0)), both(losses.loss("mae")), strict=True):
        np.testing.assert_allclose(2 * found, limit, atol=1e-15)
    for found, limit in zip(both(losses.loss("gce", q=0.0)), both(losses.loss("log_loss")), strict=True):
        np.testing.assert_array_equal(found, limit)
    for found, limit in zip(both(losses.loss("gce", q=1e-9)), both(losses.loss("log_loss")), strict=True):
        np.testing.assert_allclose(found, limit, rtol=1e-7)


def test_other_limits(batch):
    def slopes(name, **parameters):
        return losses.slopes(*batch, losses.loss(name, **parameters))

    np.testing.assert_allclose(slopes("label_smoothing", smoothing=0), slopes("log_loss"), atol=1e-15)
    np.testing.assert_allclose(slopes("sce", alpha=1, beta=0), slopes("log_loss"), atol=1e-15)
    np.testing.assert_allclose(slopes("sce", alpha=0, beta=1, A=-2), slopes("mae"), atol=1e-15)


def test_mean_absolute_error_summed_over_labels_is_constant(batch):
    # The symmetry that makes it robust: Ghosh, Kumar and Sastry (AAAI 2017).
    scores, _ = batch

    def total(loss):
        return sum(losses.values(scores, np.full(len(scores), k), loss) for k in range(5))

    np.testing.assert_allclose(total(losses.loss("mae")), 2 * (5 - 1), rtol=1e-14)
    assert np.ptp(total(losses.loss("log_loss"))) > 1


def test_squared_error_aims_at_numbers_and_at_rows():
    loss = losses.loss("squared_error")
    scores, targets = np.array([[1.0], [2.0]]), np.array([3, 1])
    assert losses.slopes(scores, targets, loss).tolist() == [[-2], [1]]
    assert losses.values(scores, targets, loss).tolist() == [2, 0.5]
    rows = np.array([[1.0, 2.0], [0.0, 1.0]])
    assert losses.slopes(rows, np.ones((2, 2)), loss).tolist() == [[0, 1], [-1, 0]]
    assert losses.values(rows, np.array([1, 1]), loss).tolist() == [1.0, 0.0]


def test_scores_that_are_not_numbers_stay_so():
    scores = np.array([[0.0, np.nan], [np.nan, 0.0], [np.inf, 0.0]])
    for loss in LOSSES[:-1]:
        assert np.isnan(losses.slopes(scores, np.array([0, 0, 0]), loss)).any(axis=1).all()
        assert np.isnan(losses.values(scores, np.array([0, 0, 0]), loss)).all()


@pytest.mark.parametrize(
    ("name", "parameters", "error", "message"),
    [
        ("hinge", {}, ValueError, "name='hinge': give one of 'log_loss'"),
        ("gce", {"q": 1.5}, ValueError, "q=1.5: give a number between 0 and 1"),
        ("gce", {"q": "half"}, TypeError, "q='half'"),
        ("label_smoothing", {"smoothing": -0.1}, ValueError, "smoothing=-0.1"),
        ("sce", {"alpha": -1}, ValueError, "alpha=-1"),
        ("sce", {"A": 0}, ValueError, "A=0: give a number below 0"),
        ("sce", {"q": 0.7}, TypeError, "no such parameter; it takes alpha, beta, A"),
        ("mae", {"q": 0.7}, TypeError, "no such parameter; it takes none"),
    ],
)
def test_bad_losses_are_refused(name, parameters, error, message):
    with pytest.raises(error, match=message):
        losses.loss(name, **parameters)


@pytest.mark.parametrize(
    ("scores", "labels", "name", "error", "message"),
    [
        (np.zeros((2, 3)), np.array([0, 3]), "log_loss", ValueError, "a label is not a class"),
        (np.zeros((2, 3)), np.array([0, -1]), "squared_error", ValueError, "a label is not a class"),
        (np.zeros((2, 3)), np.array([0.0, 1.0]), "mae", TypeError, "number the classes, from 0 to 2"),
        (np.zeros((2, 3)), np.array([0]), "mae", ValueError, "one for each row"),
        (np.zeros((2, 1)), np.array([0, 0]), "log_loss", ValueError, "one for each class"),
        (np.zeros((2, 3), dtype=int), np.array([0, 1]), "log_loss", TypeError, "float32 or float64"),
        (np.zeros((2, 3)), np.zeros((2, 2)), "squared_error", ValueError, "one for each score"),
    ],
)
def test_bad_batches_are_refused(scores, labels, name, error, message):
    for function in (losses.slopes, losses.values):
        with pytest.raises(error, match=message):
            function(scores, labels, losses.loss(name))
