"""A pause after every reset: from which mean pause on slow resetting no longer helps."""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import T2, T, W, r
from resetdyn.theory.conditions.small_rate import expanded_transform


def refractory() -> Condition:
    """Derive the mean with pauses, its small-rate slope and the critical pause."""
    d = Derivation(
        "refractory",
        source="Reuveni, PRL 116, 170601 (2016), there with a pause before the first start, too",
        assumptions=(
            "Resets come at a constant rate and lead to the start.",
            "Each reset is followed by a pause of mean W, independent of the search; the first start has "
            "none.",
            "Without resetting the time has a finite second moment.",
            "The verdict is local: where it says no, a finite rate may still help.",
        ),
    )
    mean, transform = sp.Symbol("M"), sp.Symbol("Ttilde")
    lasting = (1 - transform) / r
    equation = d.step(
        "A trial lasts (1 - Ttilde) / r on average; a reset comes first with probability 1 - Ttilde, and "
        "then the search pauses and starts again",
        sp.Eq(mean, lasting + (1 - transform) * (W + mean)),
    )
    solved = sp.factor(sp.solve(equation, mean)[0])
    solved = d.equal("Solved for the mean", mean, solved)
    product = (1 / transform - 1) * (1 / r + W)
    d.equal("which is this product: the difference is", mean - product, sp.simplify(solved - product))
    initial = sp.solve(sp.Eq(mean, W + solved), mean)[0]
    d.equal("With a pause before the first start, too, it would be", "M_i", sp.factor(initial))
    d.equal("longer at every rate by", sp.Symbol("M_i") - mean, sp.simplify(initial - solved))
    moments = d.equal("At a small rate", transform, expanded_transform(T, T2, sp.Symbol("T_3")))
    series = sp.series(sp.cancel(solved.subs(transform, moments)), r, 0, 2).removeO()
    d.equal("so that the mean is, at rate 0,", "M_0", series.coeff(r, 0))
    slope = d.equal("with the slope", "M_1", sp.expand(series.coeff(r, 1)))
    critical = sp.factor(sp.solve(slope, W)[0])
    d.equal("which grows with the pause and vanishes at", sp.Symbol("W_c"), critical)
    variation = sp.Symbol("CV", positive=True)
    in_variation = sp.factor(critical.subs(T2, T**2 * (1 + variation**2)))
    d.equal("in terms of CV", sp.Symbol("W_c"), in_variation)
    bound = sp.expand(sp.solve(sp.Eq(in_variation, W), variation**2)[0])
    return d.conclude(
        "So slow resetting helps if the squared coefficient of variation is large enough,",
        sp.Gt((T2 - T**2) / T**2, bound),
        domain=(sp.Ge(T2, T**2),),
        formulas={"slope": slope, "critical_pause": critical},
    )
