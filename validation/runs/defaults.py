"""How each data set is trained, unless an experiment says otherwise: one place for all of them.

Learning rates and lengths are such that plain SGD learns first and then memorises: test accuracy passes
through its maximum early in the run and is lower at its end.  They were chosen by that alone, looking at
plain SGD over noise rates 0.2 to 0.6 on four seeds that no experiment uses by default; what resetting makes
of it was not tuned.

Resetting has the proportions of the paper's main runs (Bae, Song and Jeong, MLST 6, 015062 (2025), and their
published command: 50,000 steps, patience 5,000, probability 0.001): a tenth of the run without a new best
before it begins, and a probability that makes 50 resets of a whole run.
"""

from __future__ import annotations

from validation.data import raw
from validation.runs.setting import Setting

PATIENCE = 0.1  # share of the run
RESETS = 50  # expected, were resetting on during the whole run
EPOCHS = 100  # through data that are not listed here, which a linear model takes to memorise them

LISTED = {
    "digits": Setting(dataset="digits", steps=3000, every=25, batch_size=32, learning_rate=4.0),
    "breast_cancer": Setting(dataset="breast_cancer", steps=3000, every=15, batch_size=16, learning_rate=2.0),
    "wine": Setting(dataset="wine", steps=2000, every=10, batch_size=16, learning_rate=1.0),
    "diabetes": Setting(
        dataset="diabetes",
        steps=3000,
        every=15,
        batch_size=16,
        learning_rate=0.5,
        loss="squared_error",
        watch=("accuracy",),
    ),
}


def base(dataset: str) -> Setting:
    """Return how this data set is trained by plain SGD; `with_resetting` gives its partner.

    Data that are not listed here get as many steps as `EPOCHS` take, and learning rates of the listed ones.

    Raises
    ------
    ValueError
        If there is no such data set.

    Examples
    --------
    >>> base("wine").steps, base("diabetes").loss, base("digits").probability
    (2000, 'squared_error', 0.0)
    """
    found = LISTED.get(dataset) or _unlisted(dataset)
    return found.but(patience=round(PATIENCE * found.steps))


def with_resetting(setting: Setting, resets: float = RESETS, patience: float = PATIENCE) -> Setting:
    """Return the same training with resetting, in proportions of its length.

    Parameters
    ----------
    setting : Setting
        Training without resetting.
    resets : float, optional
        Expected number of them, were resetting on from the first step to the last.
    patience : float, optional
        Share of the run without a new best after which resetting begins.

    Examples
    --------
    >>> resetting = with_resetting(base("wine"))
    >>> resetting.probability, resetting.patience
    (0.025, 200)
    """
    return setting.but(
        probability=min(resets / setting.steps, 1.0), patience=max(round(patience * setting.steps), 1)
    )


def _unlisted(dataset: str) -> Setting:
    data = raw(dataset)
    steps = max(3000, round(EPOCHS * len(data.labels) / 2 / 32))
    found = Setting(dataset=dataset, steps=steps, every=max(1, steps // 100))
    if data.task == "regression":
        return found.but(loss="squared_error", learning_rate=0.5, watch=("accuracy",))
    return found
