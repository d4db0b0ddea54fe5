"""A target at an unknown distance, exponentially distributed and fixed for the whole search."""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import D, l, r


def random_target() -> Condition:
    """Derive the best rate, and the rates at which the mean is finite."""
    d = Derivation(
        "random_target",
        source="Evans, Majumdar, J. Phys. A 44, 435001 (2011), for random targets; the exponential case here",
        assumptions=(
            "Diffusion without drift in one dimension; the distance x of the target is exponential with "
            "mean l.",
            "Resets come at a constant rate and lead to the start; the target stays where it is.",
        ),
    )
    x, root = sp.symbols("x alpha", positive=True)
    transform = sp.Function("L")(x)
    backward = sp.Eq(D * transform.diff(x, 2), r * transform)
    d.step("The Laplace transform of the time from distance x obeys", backward)
    found = sp.exp(-x * sp.sqrt(r / D))
    assert sp.simplify((backward.lhs - backward.rhs).subs(transform, found).doit()) == 0
    d.equal("It is 1 at the target and bounded far away,", transform, found)
    d.equal(
        "so that, with alpha = sqrt(r / D), the mean at this distance is", "M_x", (sp.exp(root * x) - 1) / r
    )
    gap = sp.Symbol("g", positive=True)
    d.equal(
        "The average of exp(alpha x) over the distances is finite if this is positive,", gap, 1 / l - root
    )
    rate = sp.solve(sp.Eq(sp.sqrt(r / D), 1 / l), r)[0]
    d.step("that is, if", sp.Lt(r, rate))
    growth = sp.integrate(sp.exp(-gap * x) / l, (x, 0, sp.oo))
    d.equal("and is then", "A", growth)
    average = (growth.subs(gap, 1 / l - root) - 1) / (D * root**2)
    average = d.equal("so that the mean is", "M", sp.simplify(average))
    slope = sp.factor(sp.diff(average, root))
    d.equal("It has the slope", sp.Derivative(sp.Symbol("M"), root), slope)
    best = sp.solve(slope, root)[0]
    d.equal("and is lowest at", sp.Symbol("alpha_*"), best)
    optimal = D * best**2
    d.equal("where it is", "M_*", sp.simplify(average.subs(root, best)))
    return d.conclude(
        "In terms of the rate, raising it helps up to",
        sp.Lt(r, optimal),
        domain=(sp.Lt(r, rate),),
        formulas={
            "optimal_rate": optimal,
            "optimal_mean": sp.simplify(average.subs(root, best)),
            "mean": average.subs(root, sp.sqrt(r / D)),
        },
    )
