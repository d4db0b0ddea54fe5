"""Position-dependent resetting: resets only on the far side of the start, away from the target.

Such a reset never undoes progress, and the mean falls with the rate for ever.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.drift_diffusion import z_star
from resetdyn.theory.conditions.notation import D, r, x0


def informed() -> Condition:
    """Derive the mean, and from which rate on it beats the best constant rate."""
    d = Derivation(
        "informed",
        source="Evans, Majumdar, J. Phys. A 44, 435001 (2011), for resetting that depends on the position; "
        "the half line derived here",
        assumptions=(
            "Diffusion without drift in one dimension from 0 to a target at x0.",
            "Resets come at the rate r while x < 0, never while x > 0, and lead to 0.",
        ),
    )
    x = sp.Symbol("x")
    origin = sp.Symbol("M_0")
    behind, ahead = sp.Function("M_-")(x), sp.Function("M_+")(x)
    backward = d.step(
        "The mean from x < 0 obeys the backward equation, a reset leading to 0,",
        sp.Eq(D * behind.diff(x, 2) - r * (behind - origin), -1),
    )
    forward = d.step("and that from 0 < x < x0", sp.Eq(D * ahead.diff(x, 2), -1))
    slope = sp.Symbol("c")
    root = sp.sqrt(r / D)
    on_left = origin + 1 / r + (origin - origin - 1 / r) * sp.exp(root * x)
    assert sp.simplify((backward.lhs - backward.rhs).subs(behind, on_left).doit()) == 0
    d.equal("Bounded far away, and M_0 at 0, it is", behind, on_left)
    on_right = sp.dsolve(forward, ahead, ics={ahead.subs(x, 0): origin, ahead.diff(x).subs(x, 0): slope}).rhs
    d.equal("and with the slope c at 0", ahead, sp.expand(on_right))
    smooth = sp.diff(on_left, x).subs(x, 0)
    d.equal("The two join smoothly with", slope, smooth)
    mean = sp.solve(on_right.subs(slope, smooth).subs(x, x0), origin)[0]
    mean = d.equal("and the mean is 0 at the target, so that", origin, sp.expand(sp.simplify(mean)))
    d.equal("It falls with the rate for ever", sp.Derivative(origin, r), sp.simplify(sp.diff(mean, r)))
    d.equal("towards", sp.Limit(origin, r, sp.oo, "-"), sp.limit(mean, r, sp.oo))
    positive = sp.Symbol("z", positive=True)
    scaled = sp.expand(sp.simplify(mean.subs(r, positive**2 * D / x0**2) * D / x0**2))
    d.equal("With z = x0 sqrt(r / D) and in units of x0^2 / D it is", "M_z", scaled)
    constant = (sp.exp(positive) - 1) / positive**2
    ahead_by = sp.series(constant, positive, 0, 2).removeO() - scaled
    d.equal("Resetting everywhere at this rate has the mean", "P_z", constant)
    d.equal(
        "which is longer at every rate, by a series of positive terms, the first one being",
        sp.Symbol("P_z") - sp.Symbol("M_z"),
        ahead_by,
    )
    star = z_star().formulas["z_star"]
    best = d.equal("Its least is", "P_*", constant.subs(positive, star))
    d.equal("in numbers", "P_*", best.evalf(18))
    edge = sp.solve(sp.Eq(scaled, sp.Symbol("P_*")), positive)[0]
    critical = edge.subs(sp.Symbol("P_*"), best)
    d.equal("which the mean here undercuts from", "z_c", edge)
    d.equal("that is,", "z_c", critical.evalf(18))
    return d.conclude(
        "So resets on the far side beat the best constant rate everywhere where",
        sp.Gt(x0 * sp.sqrt(r / D), critical),
        exact=True,
        formulas={"mean": mean, "critical": critical, "critical_rate": critical**2 * D / x0**2},
    )
