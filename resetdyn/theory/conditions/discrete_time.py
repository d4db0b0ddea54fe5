"""Discrete time: the two rules for a tie between the target and a reset, and what each needs to help.

A reset comes after each step with probability p.  If *reset wins ties*, a search that would end at the step
of a reset goes on; if *process wins ties*, it ends.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import T2, T, p

_SOURCE = "Bonomo, Pal, PRE 103, 052129 (2021); for both rules derived here"
SETTING = (
    "Time goes in whole steps; a reset comes after each with probability p and leads to the start.",
    "Without resetting the number of steps T has a finite second moment.",
)
_LOCAL = "The verdict is local: where it says no, a finite probability may still help."
F = sp.Symbol("F")
_n, _t = sp.symbols("n t", integer=True, positive=True)
_mean = sp.Symbol("M")


def discrete_reset_wins() -> Condition:
    """Derive CV^2 > 1 + 1 / <T> if a reset wins ties."""
    d = Derivation(
        "discrete_reset_wins",
        source=_SOURCE,
        assumptions=(*SETTING, "Step, then reset, then look: a reset wins ties.", _LOCAL),
    )
    return _conclude(d, reset_wins_mean(d))


def discrete_process_wins() -> Condition:
    """Derive CV^2 > 1 - 1 / <T> if the process wins ties."""
    d = Derivation(
        "discrete_process_wins",
        source=_SOURCE,
        assumptions=(*SETTING, "Step, then look, then reset: the process wins ties.", _LOCAL),
    )
    lasting = _lasting(d)
    found = d.equal(
        "It ends at the target if no reset comes in the T - 1 steps before, with probability",
        "P",
        F / (1 - p),
    )
    return _conclude(d, _renewed(d, lasting, found))


def reset_wins_mean(d: Derivation) -> sp.Expr:
    """Return the mean if a reset wins ties, in F = <(1 - p)^T>."""
    lasting = _lasting(d)
    found = d.equal("It ends at the target if no reset comes in T steps, with probability", "P", F)
    return _renewed(d, lasting, found)


def _lasting(d: Derivation) -> sp.Expr:
    steps = sp.summation((1 - p) ** _n, (_n, 0, _t - 1))
    steps = sp.simplify(steps.args[-1][0] if isinstance(steps, sp.Piecewise) else steps)
    assert sp.simplify(steps.subs(_t, 3) - sum((1 - p) ** n for n in range(3))) == 0
    d.equal(
        "A trial that would end at T takes its step n + 1 if no reset came in n steps: on average it takes",
        "E",
        steps,
    )
    lasting = sp.expand(steps).subs((1 - p) ** _t, F)
    return d.equal(
        "steps. Averaged over T, with the generating function F = <(1 - p)^T>,", "E", sp.factor(lasting)
    )


def _renewed(d: Derivation, lasting: sp.Expr, found: sp.Expr) -> sp.Expr:
    equation = d.step("Else the search starts again", sp.Eq(_mean, lasting + (1 - found) * _mean))
    return d.equal("so that the mean under resetting is", _mean, sp.factor(sp.solve(equation, _mean)[0]))


def _conclude(d: Derivation, mean: sp.Expr) -> Condition:
    third = sp.Symbol("T_3")
    power = sp.Poly(sp.series((1 - p) ** _t, p, 0, 4).removeO().expand(), _t)
    moments = {0: 1, 1: T, 2: T2, 3: third}
    series = sum(coefficient * moments[n] for (n,), coefficient in power.terms())
    shown = sum(sp.expand(series).coeff(p, order) * p**order for order in range(3))
    d.equal("At a small probability, to second order,", F, shown)
    expanded = sp.series(sp.cancel(mean.subs(F, series)), p, 0, 2).removeO()
    d.equal("so that the mean is, at p = 0,", "M_0", sp.simplify(expanded.coeff(p, 0)))
    slope = d.equal("with the slope", "M_1", sp.expand(sp.simplify(expanded.coeff(p, 1))))
    variation = sp.Symbol("CV", positive=True)
    bound = sp.expand(sp.solve(slope.subs(T2, T**2 * (1 + variation**2)), variation**2)[0])
    d.equal("It vanishes where the squared coefficient of variation is", variation**2, bound)
    return d.conclude(
        "and is negative, so that resetting helps, where",
        sp.Gt((T2 - T**2) / T**2, bound),
        domain=(sp.Ge(T, 1), sp.Ge(T2, T**2)),
        formulas={"slope": slope},
    )
