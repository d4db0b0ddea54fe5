"""What the paper says about learning and memorising, and the rules by which it is answered.

A claim holds if the mean over settings has the claimed sign (its 95 % interval over seeds, Student's t) and
no single setting has the opposite one.  It holds in part if the mean has it although some setting has the
opposite, or if some settings have it and none the opposite; else it does not hold.  A claim with two halves
holds if both do, and does not hold if neither does.

Only settings in which the truth can be learned are asked: with two classes and 60 % wrong labels the majority
is wrong, and what generalises is the mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from analysis.findings import Answer, Finding
from validation.experiments.memorise_tables import delay, early_ratio, late_ratio, lost
from validation.experiments.memorise_theory import Held
from validation.runs.statistics import Mean

TEXT = (
    "What is learned when? Each run follows the training samples whose labels are right, and those whose "
    "labels are wrong: a wrong one may be taken for what it is (corrected) or for its label (memorised). The "
    "gradient of the training loss is taken apart along the way into the gradient of the rightly labelled "
    "samples (the clean gradient) and the latent bias that wrong labels add to it. Plain SGD is compared "
    "with SGD that resets as in the paper, on the same data, from the same weights and with the same "
    "minibatches."
    "\n\n"
    "The linear theory says why learning comes first. Along an eigen-direction of the features' second "
    "moments with stiffness h, the gradient of least squares decays as (1 - eta h)^t. What samples of a "
    "class share lies in the stiff directions, which relax within some tens of steps: there the clean "
    "gradient falls from above the latent bias to below it, while the bias hardly changes. It does not "
    "grow, it is left over. In the flat directions each sample has directions almost to itself; clean "
    "gradient and bias decay there together, for the rest of the run, as labels are memorised one by one, "
    "right or wrong. The mean path of minibatch SGD on least squares is exact at any learning rate and "
    "batch size, and projections of the gradient's parts are held to it."
    "\n\n"
    "Half-times: clean samples are half learned when their fraction has come half-way from chance to its "
    "end, and wrong labels are half memorised when their fraction has come half-way from its lowest value to "
    "its end; a run that memorises nothing counts with its whole length. The test accuracy that is lost at "
    "the end is measured against the step that was best on average for the other seeds, so that no seed "
    "chooses its own maximum. Early means the first look, late the last tenth of the run. Gradients are "
    "those at single iterates, whose noise adds to the norms and pulls cosines with the whole gradient up. "
    "Figures average what each seed shows within a tenth of a decade of steps."
)


def findings(cases: Sequence[Any], theory: Sequence[Held]) -> list[Finding]:
    """Answer what the paper says, from the cases in which the truth can be learned."""
    asked = [case for case in cases if case.learnable]
    if not asked:
        return []  # regressions have no labels to memorise
    seen = [case for case in asked if "norm_bias" in case.plain.seen]
    return [_first_learns(asked), _grows(seen), _dominates(seen, theory), _mitigates(seen), _spares(asked)]


class _Answer(NamedTuple):
    """One quantity in all settings: each seed's values, and the sign that is claimed."""

    overall: Mean
    sign: int
    right: int
    against: int
    total: int

    @classmethod
    def of(cls, values: Sequence[Any], sign: int) -> _Answer:
        """Return the answers of settings; those of a seed share data, so that errors are over seeds."""
        signs = [sign * Mean.of(v).sign for v in values]
        return cls(Mean.of(np.mean(values, axis=0)), sign, signs.count(1), signs.count(-1), len(signs))

    @property
    def verdict(self) -> Answer:
        """The answer, by the rule above."""
        claimed = self.overall.sign == self.sign
        if claimed and not self.against:
            return "holds"
        return "holds in part" if claimed or (self.right and not self.against) else "does not hold"

    @property
    def counts(self) -> str:
        """In how many settings it is so, and in how many the opposite."""
        return f"so in {self.right} of {self.total} settings, the opposite in {self.against}"

    @property
    def factor(self) -> str:
        """The mean of logarithms as a factor."""
        low, high = (np.exp(end) for end in self.overall.interval())
        return f"a factor of {np.exp(self.overall.value):.3g} [{low:.3g}, {high:.3g}]"


def _both(one: Answer, other: Answer) -> Answer:
    """Return the answer to a claim with two halves."""
    if one == other:
        return one
    return "holds in part"


def _first_learns(cases: Sequence[Any]) -> Finding:
    """Halves: wrong labels are half memorised after clean samples are half learned; accuracy is lost."""
    later = _Answer.of([np.log(delay(case)) for case in cases], 1)
    losses = _Answer.of([lost(case) for case in cases], 1)
    return Finding(
        "networks first learn the general patterns of the data, and then gradually memorise the corruption",
        f"wrong labels are half memorised later than clean samples are half learned, by {later.factor} "
        f"({later.counts}); test accuracy lost from its maximum to the end: "
        f"{losses.overall.text(100)} points ({losses.counts})",
        _both(later.verdict, losses.verdict),
        losses.overall.value,
        losses.overall.error,
    )


def _grows(cases: Sequence[Any]) -> Finding:
    """Claimed: the ratio of bias and clean gradient is larger late than early."""
    found = _Answer.of([np.log(late_ratio(case.plain) / early_ratio(case.plain)) for case in cases], 1)
    return _finding(
        "the latent gradient bias of noisy labels grows relative to the clean gradient along training",
        f"norm of the bias over that of the clean gradient, late over early: {found.factor}",
        found,
    )


def _dominates(cases: Sequence[Any], theory: Sequence[Held]) -> Finding:
    """Halves: late cosines are negative at iterates of softmax regression; on mean paths of least squares."""
    noisy = _Answer.of([case.plain.last("cosine_risk_total") for case in cases], -1)
    exact = _Answer.of([one.seen["cosine_risk_total"][:, -1] for one in theory], -1)
    return Finding(
        "the latent gradient bias comes to dominate: late in training the gradient points against that of "
        "the clean risk",
        f"late cosine of the two at iterates of softmax regression: {noisy.overall.text(1, 2)} "
        f"({noisy.counts}); on the exact mean path of least squares, where no minibatch noise hides the "
        f"drift: {exact.overall.text(1, 2)} ({exact.counts})",
        _both(noisy.verdict, exact.verdict),
        noisy.overall.value,
        noisy.overall.error,
    )


def _mitigates(cases: Sequence[Any]) -> Finding:
    """Claimed: the late ratio of bias and clean gradient is smaller with resetting."""
    found = _Answer.of([np.log(late_ratio(case.reset) / late_ratio(case.plain)) for case in cases], -1)
    grown = np.mean([np.log(late_ratio(case.plain) / early_ratio(case.plain)) for case in cases])
    undone = -100 * found.overall.value / grown
    return _finding(
        "resetting mitigates the latent gradient bias",
        f"late norm of the bias over that of the clean gradient, with resetting over without: "
        f"{found.factor}, or {undone:.0f} % of its growth (of logarithms) undone",
        found,
    )


def _spares(cases: Sequence[Any]) -> Finding:
    """Halves: fewer wrong labels are memorised with resetting; clean samples learned are not fewer."""
    memorised, learned = (
        _Answer.of([case.reset.last(name) - case.plain.last(name) for case in cases], -1)
        for name in ("memorised", "learned")
    )
    fewer = learned.overall.sign < 0, learned.right > 0  # on average, and in some setting
    free: Answer = "does not hold" if all(fewer) else "holds in part" if any(fewer) else "holds"
    return Finding(
        "resetting keeps wrong labels from being memorised, at no loss of clean samples learned",
        f"wrong labels memorised change by {memorised.overall.text(100)} points (fewer in {memorised.right} "
        f"of {memorised.total} settings, more in {memorised.against}), clean samples learned by "
        f"{learned.overall.text(100)} points (fewer in {learned.right}, more in {learned.against})",
        _both(memorised.verdict, free),
        memorised.overall.value,
        memorised.overall.error,
    )


def _finding(name: str, words: str, found: _Answer) -> Finding:
    overall = found.overall
    return Finding(name, f"{words}; {found.counts}", found.verdict, overall.value, overall.error)
