"""Run and tumble: a particle of constant speed that reverses its velocity at random times.

Resets lead to the start and draw a new direction, either one with probability 1/2.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import gamma, r, v, x0

_x = sp.Symbol("x")


def run_and_tumble() -> Condition:
    """Derive the mean from the backward equations of the two directions."""
    d = Derivation(
        "run_and_tumble",
        source="Evans, Majumdar, J. Phys. A 51, 475003 (2018)",
        assumptions=(
            "One dimension, a constant speed v, tumbles at the rate gamma; the target is at a distance x0.",
            "Resets come at a constant rate; they lead to the start and draw a new direction, as the start "
            "does.",
            "Without resetting the mean is infinite, so that some rate always helps; the verdict is on "
            "raising a given rate.",
        ),
    )
    away, towards = sp.Function("E_+")(_x), sp.Function("E_-")(_x)
    equations = [
        sp.Eq(v * away.diff(_x) + gamma * (towards - away), r * away),
        sp.Eq(-v * towards.diff(_x) + gamma * (away - towards), r * towards),
    ]
    d.step(
        "At distance x, moving away from the target, the Laplace transform of the time obeys", equations[0]
    )
    d.step("and, moving towards it,", equations[1])
    decay, ratio = sp.symbols("lambda c", positive=True)
    trial = {away: ratio * sp.exp(-decay * _x), towards: sp.exp(-decay * _x)}
    algebraic = [sp.expand((e.lhs - e.rhs).subs(trial).doit() * sp.exp(decay * _x)) for e in equations]
    d.equal(
        "At the target E_- is 1. Exponentials E_- = exp(-lambda x), E_+ = c E_- solve both, if",
        algebraic[0],
        sp.Integer(0),
    )
    d.equal("and", algebraic[1], sp.Integer(0))
    at_ratio = sp.solve(algebraic[1], ratio)[0]
    (root,) = sp.solve(sp.expand(algebraic[0].subs(ratio, at_ratio)), decay)
    d.equal("that is, falling with the distance,", decay, root)
    share = d.equal("and", ratio, sp.factor(at_ratio.subs(decay, root)))
    transform = d.equal(
        "Averaged over the two directions, from x0", "Ttilde", (1 + share) / 2 * sp.exp(-root * x0)
    )
    mean = d.equal("so that the mean under resetting, (1 / Ttilde - 1) / r, is", "M", (1 / transform - 1) / r)
    slope = sp.simplify(-sp.diff(transform, r) * r / transform)
    d.equal("The logarithmic slope of r M + 1 = 1 / Ttilde in the rate is", "g", slope)
    return d.conclude(
        "and the mean falls with the rate where r M + 1 grows by less than r M does, g (r M + 1) < r M, "
        "that is, where",
        sp.Lt(slope, 1 - transform),
        exact=True,
        formulas={"mean": mean},
    )
