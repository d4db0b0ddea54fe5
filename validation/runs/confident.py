"""Confident learning: find the labels that are likely wrong by cross-validation, and train without them.

Northcutt, Jiang and Chuang (JAIR 70, 1373 (2021), arXiv:1911.00068), as the package cleanlab has it, around
the scikit-learn estimator of resetdyn.  It trains six times, on all labels that are not for testing; the
estimator watches as large a share of them as other runs do.
"""

from __future__ import annotations

import time
from importlib.util import find_spec

import numpy as np

import resetdyn as rd
from validation.runs.setting import Setting
from validation.runs.train import Record, unit_rate

METHOD = "confident"


def is_installed() -> bool:
    """Return whether cleanlab is there."""
    return find_spec("cleanlab") is not None


def train_confident(setting: Setting) -> Record:
    """Train as the setting says, and look at the end."""
    from cleanlab.classification import CleanLearning

    split = setting.split()
    inputs = np.concatenate([split.train, split.validation])
    labels = np.concatenate([split.train_labels, split.validation_labels])
    epochs = setting.steps * setting.batch_size / len(split.train)
    estimator = rd.ResettingSGDClassifier(
        alpha=0.0,
        fit_intercept=False,
        batch_size=setting.batch_size,
        max_iter=max(1, round(epochs)),
        eta0=unit_rate(setting, split),
        momentum=setting.momentum,
        reset_probability=setting.probability,
        patience=setting.patience,
        validation_fraction=len(split.validation) / len(inputs),
        score_every=setting.every,
        return_best=False,
        random_state=setting.seed,
    )
    began = time.perf_counter()
    # In one process: runs are spread over processes already.
    alone = {"n_jobs": 1}
    learner = CleanLearning(estimator, seed=setting.seed, verbose=False, find_label_issues_kwargs=alone)
    learner.fit(inputs, labels)
    spent = time.perf_counter() - began
    right = float(np.mean(learner.predict(split.test) == split.test_labels))
    resets = [reset.step for reset in learner.clf.resets_]
    return Record(
        np.array([setting.steps]),
        np.array([0.0]),
        {"accuracy": np.array([right])},
        np.array(resets, dtype=int),
        spent,
    )
