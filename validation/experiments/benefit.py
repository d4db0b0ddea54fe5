"""Does resetting help, and when?  Measured over data, noise, batch size and recipe, and in phase diagrams."""

from __future__ import annotations

from threadpoolctl import threadpool_limits

from analysis.claims import Experiment
from validation.experiments import (
    benefit_drawing,
    benefit_maps,
    benefit_rates,
    benefit_steady,
    benefit_table,
    benefit_trends,
)
from validation.runs import Study

TEXT = (
    "Softmax regression (diabetes: least squares) on random features, trained by minibatch SGD on noisy "
    "labels with and without resetting. Both see the same data, first weights and minibatches, so that "
    "every gain is a paired difference; intervals are those of Student's t over repetitions of everything "
    "random. Resetting is the paper's: to the best state so far by the loss on held-out training data "
    "with labels as noisy, once that has not improved for a tenth of the run, 50 times in a run on "
    "average; the recipe was fixed before it was looked at. The paper reports the test accuracy at the "
    "best validation loss; plain SGD read there is early stopping."
)

FEW = (
    "This was a quick study: shorter runs and few repetitions, whose intervals are too wide for most "
    "answers. The rules read an interval that holds zero as no effect."
)


def run(study: Study) -> Experiment:
    """Train all of it, and say what was found."""
    with threadpool_limits(1):  # matrices of the theory are small, so that more threads only cost
        return _run(study)


def _run(study: Study) -> Experiment:
    settings = [
        *benefit_table.settings(study),
        *benefit_trends.settings(study),
        *benefit_rates.settings(study),
        *benefit_drawing.accuracy_settings(study),
        *benefit_steady.settings(study),
    ]
    records = study.collect(settings, "benefit")
    maps = benefit_steady.maps(study, records)
    parts = [
        benefit_table.report(study, records),
        benefit_trends.report(study, records),
        benefit_rates.report(study, records),
        benefit_maps.report(study, maps),
    ]
    few = [FEW] if study.quick else []
    return Experiment(
        "benefit",
        "Does resetting help, and when?",
        "\n\n".join([TEXT, *few, *(part.text for part in parts if part.text)]),
        claims=[claim for part in parts for claim in part.claims],
        figures=[
            *(figure for part in parts for figure in part.figures),
            benefit_drawing.draw(study, records, maps),
        ],
        findings=[finding for part in parts for finding in part.findings],
        tables=[table for part in parts for table in part.tables],
    )
