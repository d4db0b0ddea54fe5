"""Phase diagrams of training: measured in real runs, beside what exact theory predicts for the same data.

Least squares on random features is trained by minibatch SGD with wrong labels, reset to a fixed checkpoint
taken early in training, until its clean test risk is steady.  The ratio of the risk without resetting to
that with it is above 1 where resetting helps.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from validation.experiments.benefit_exact import ExactRun
from validation.experiments.benefit_gains import (
    Records,
)
from validation.runs import Record, Setting, Study

# Of 30 features the slowest relaxes within some 2,000 steps, so that training without resetting gets steady.
TASK = Setting(
    dataset="breast_cancer",
    loss="squared_error",
    features=30,
    batch_size=16,
    learning_rate=1.0,
    sampling="independent",
    steps=6000,
    every=20,
    patience=0,
    warm_up=5,
    checkpoint="fixed",
    restore=("weights",),
    watch=("accuracy",),
)
STEADY = 0.5  # share of the run after which its risk is averaged
SEEDS = 5  # at least: errors of fewer repetitions are too rough for a z-score

RATES, FEWER_RATES = tuple(np.round(np.linspace(0, 0.8, 9), 1).tolist()), (0.0, 0.4)
PROBABILITIES, FEWER_PROBABILITIES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3), (0.01, 0.1)
FINE = 15  # probabilities between which the theory's curves are drawn
BATCHES, FEWER_BATCHES = (4, 8, 16, 32, 64), (4, 16)
BATCH_RATES, FEWER_BATCH_RATES = (0.0, 0.1, 0.2, 0.3, 0.4), (0.0, 0.4)
BATCH_PROBABILITY = 0.01
STOPPED_RATES: tuple[float, ...] = (0.2, 0.4)  # where the checkpoint is the best stop, too
STOP_WITHIN = 400  # steps


class Cell(NamedTuple):
    """Steady clean risks in one place of a diagram: one of each seed."""

    measured: Any
    exact: Any

    @property
    def deviation(self) -> Any:
        """Measured over exact, minus 1."""
        return self.measured / self.exact - 1


class Column(NamedTuple):
    """Everything at one noise rate and batch size: without resetting, with it, and at the checkpoint."""

    plain: Cell
    reset: dict[float, Cell]
    checkpoint: Any
    curve: dict[float, Any]  # exact risks at further probabilities

    def measured_ratio(self, p: float) -> float:
        """Return the mean risk without resetting over that with it, in real runs."""
        return float(self.plain.measured.mean() / self.reset[p].measured.mean())

    def exact_ratio(self, p: float) -> float:
        """Return the same from theory."""
        found = self.curve[p] if p in self.curve else self.reset[p].exact
        return float(self.plain.exact.mean() / found.mean())

    @property
    def best(self) -> float:
        """The simulated probability whose exact mean risk is lowest."""
        return min(self.reset, key=lambda p: float(self.reset[p].exact.mean()))

    @property
    def stays(self) -> bool:
        """Whether it is better to stay at the checkpoint than never to reset."""
        return bool(self.checkpoint.mean() < self.plain.exact.mean())

    def gains(self) -> Cell:
        """Return what the best probability gains over the better one of its two ends, at each seed.

        The ends are never to reset, and to stay at the checkpoint; which is better, their exact mean risks
        decide. A gain is the share of its risk by which resetting lowers it.
        """
        ends = Cell(self.checkpoint, self.checkpoint) if self.stays else self.plain
        one = self.reset[self.best]
        return Cell(1 - one.measured / ends.measured, 1 - one.exact / ends.exact)


class Maps(NamedTuple):
    """Columns by noise rate, by (batch size, noise rate), and with the checkpoint at the best stop."""

    by_rate: dict[float, Column]
    by_batch: dict[tuple[int, float], Column]
    stopped: dict[float, Column]


def settings(study: Study) -> list[Setting]:
    """Return all runs of the maps."""
    return [
        each
        for plain, probabilities in _columns(study)
        for each in (plain, *(plain.but(probability=p) for p in probabilities))
    ]


def maps(study: Study, records: Records) -> Maps:
    """Return what was measured, and what is exact, in all places."""
    each = seeds(study)
    fine = np.geomspace(_probabilities(study)[0] / 2, 0.5, 4 if study.quick else FINE).tolist()
    return Maps(
        {
            rate: _column(records, (_plain(rate, seed) for seed in each), _probabilities(study), fine)
            for rate in _rates(study)
        },
        {
            (size, rate): _column(
                records, (_plain(rate, seed, size) for seed in each), (BATCH_PROBABILITY,), ()
            )
            for size in _batches(study)
            for rate in _batch_rates(study)
        },
        {
            rate: _column(records, (_stopped(rate, seed) for seed in each), _probabilities(study), ())
            for rate in _stopped_rates(study)
        },
    )


def late_risk(record: Record) -> float:
    """Return the clean risk averaged over the steady part of a run."""
    return float(np.mean(record.seen["risk"][record.steps > STEADY * record.steps[-1]]))


def _column(
    records: Records, plains: Iterable[Setting], probabilities: Iterable[float], fine: Iterable[float]
) -> Column:
    """Return what was measured and what is exact, over seeds, at one noise rate and batch size."""
    probabilities, fine = list(probabilities), list(fine)
    measured, exact, curve, at = [], [], [], []
    for plain in plains:
        measured.append([late_risk(records[plain.but(probability=p)]) for p in (0.0, *probabilities)])
        theory = ExactRun(plain)
        checkpoint = theory.checkpoint()
        exact.append([theory.steady(p, checkpoint) for p in (0.0, *probabilities)])
        curve.append([theory.steady(p, checkpoint) for p in fine])
        at.append(theory.at(checkpoint))
    cells = [Cell(*pair) for pair in zip(np.array(measured).T, np.array(exact).T, strict=True)]
    return Column(
        cells[0],
        dict(zip(probabilities, cells[1:], strict=True)),
        np.array(at),
        dict(zip(fine, np.array(curve).T, strict=True)),
    )


def _columns(study: Study) -> list[tuple[Setting, tuple[float, ...]]]:
    """Return plain training of every column and seed, and the probabilities that are measured in it."""
    found = []
    for seed in seeds(study):
        found += [(_plain(rate, seed), _probabilities(study)) for rate in _rates(study)]
        found += [
            (_plain(rate, seed, size), (BATCH_PROBABILITY,))
            for size in _batches(study)
            for rate in _batch_rates(study)
        ]
        found += [(_stopped(rate, seed), _probabilities(study)) for rate in _stopped_rates(study)]
    return found


def _plain(rate: float, seed: int, batch_size: int = TASK.batch_size) -> Setting:
    return TASK.but(noise_rate=rate, seed=seed, batch_size=batch_size)


@cache
def _stopped(rate: float, seed: int) -> Setting:
    """Return the run whose checkpoint is where its expected clean risk is lowest along plain training."""
    plain = _plain(rate, seed)
    return plain.but(warm_up=max(ExactRun(plain).early_stop(STOP_WITHIN) - 1, 0))


def seeds(study: Study) -> range:
    """Return the seeds of the maps: those of the study, and more where they are few."""
    first = study.each_seed.start
    return range(first, first + max(study.seeds, SEEDS))


def _rates(study: Study) -> tuple[float, ...]:
    return FEWER_RATES if study.quick else RATES


def _probabilities(study: Study) -> tuple[float, ...]:
    return FEWER_PROBABILITIES if study.quick else PROBABILITIES


def _batches(study: Study) -> tuple[int, ...]:
    return FEWER_BATCHES if study.quick else BATCHES


def _batch_rates(study: Study) -> tuple[float, ...]:
    return FEWER_BATCH_RATES if study.quick else BATCH_RATES


def _stopped_rates(study: Study) -> tuple[float, ...]:
    return () if study.quick else STOPPED_RATES
