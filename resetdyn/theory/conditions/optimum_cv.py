"""Any process at any rate: raising the rate helps as long as the time under resetting has CV > 1."""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import T2_r, T_r, r


def optimum_cv() -> Condition:
    """Derive that the mean falls where CV > 1 under resetting, and that CV is 1 at the best rate."""
    d = Derivation(
        "optimum_cv",
        source="Reuveni, PRL 116, 170601 (2016)",
        assumptions=(
            "Resets come at a constant rate r > 0 and lead to the start.",
            "The moments are those under resetting.",
        ),
    )
    s, mean_symbol = sp.symbols("s M", positive=True)
    value, slope_symbol, bend, drop = sp.symbols("Ttilde Ttilde_1 Ttilde_2 M_r")
    transform = sp.Function("Ttilde")(r + s)
    resets = d.equal(
        "The time of a reset that no target comes before has, for the search, the Laplace transform",
        "R",
        r * (1 - transform) / (r + s),
    )
    whole = d.equal("so that, trial after trial, the whole search has", "G", transform / (1 - resets))
    whole = whole.subs(transform, value + slope_symbol * s + bend * s**2 / 2)
    mean = d.equal(
        "With Ttilde, Ttilde_1 and Ttilde_2 the value and the derivatives of Ttilde(s) at s = r, the mean is",
        mean_symbol,
        sp.factor(-sp.diff(whole, s).subs(s, 0)),
    )
    moment = d.equal("and the second moment", "M_2", sp.factor(sp.diff(whole, s, 2).subs(s, 0)))
    slope = sp.factor(sp.diff(mean, r) + slope_symbol * sp.diff(mean, value))
    d.equal("The mean changes with the rate by", drop, slope)
    at_slope = sp.solve(sp.Eq(slope, drop), slope_symbol)[0]
    at_value = sp.solve(sp.Eq(mean, mean_symbol), value)[0]
    variation = (moment / mean**2 - 1).subs(slope_symbol, at_slope).subs(value, at_value)
    variation = sp.expand(sp.simplify(variation))
    squared = sp.Symbol("CV") ** 2
    d.equal("Without Ttilde and Ttilde_1 the squared coefficient of variation is then", squared, variation)
    bound = variation.subs(drop, 0)
    d.equal("At the best rate M_r is 0, and this", squared, bound)
    changing = (T2_r - T_r**2) / T_r**2
    rate_of_change = sp.solve(sp.Eq(variation.subs(mean_symbol, T_r), changing), drop)[0]
    return d.conclude(
        "It falls with M_r, so that raising the rate helps (M_r is negative) as long as",
        sp.Gt(changing, bound),
        domain=(sp.Ge(T2_r, T_r**2),),
        formulas={"slope": sp.expand(rate_of_change)},
    )
