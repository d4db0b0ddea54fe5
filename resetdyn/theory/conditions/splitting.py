"""Splitting: a search with two ends, a success and a failure, and what resetting does to their chances."""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.interval_rate import exit_transforms, with_rate
from resetdyn.theory.conditions.notation import P, Pe_L, T_failure, T_success, in_complement, r, u

_BELAN = "Belan, PRL 120, 080601 (2018)"
_success, _failure = sp.symbols("Ttilde_1 Ttilde_0", positive=True)


def success() -> Condition:
    """Derive that slow resetting raises the success probability if successes are the faster."""
    d = Derivation(
        "success",
        source=_BELAN,
        assumptions=(
            "A search ends in a success or in a failure; resets come at a constant rate and lead to the "
            "start.",
            "Both have a finite mean time without resetting.",
            "The verdict is local: where it says no, a finite rate may still help.",
        ),
    )
    chance = _chance(d)
    first = d.equal("At a small rate", _success, P * (1 - r * T_success))
    second = d.equal("and", _failure, (1 - P) * (1 - r * T_failure))
    series = sp.series(chance.subs({_success: first, _failure: second}), r, 0, 2).removeO()
    d.equal("so that the success probability is, at rate 0,", "P_0", sp.simplify(series.coeff(r, 0)))
    slope = in_complement(sp.factor(sp.simplify(series.coeff(r, 1))), P)
    d.equal("with the slope", "P_1", slope)
    return d.conclude(
        "Slow resetting raises it where the slope is positive, that is, where successes are faster,",
        sp.Lt(T_success, sp.solve(slope, T_success)[0]),
        formulas={"slope": slope},
    )


def success_interval() -> Condition:
    """Derive that resetting makes the nearer end of an interval more likely, at any drift and rate."""
    d = Derivation(
        "success_interval",
        source=f"{_BELAN}; the interval derived here",
        assumptions=(
            "Diffusion with constant drift from x0 = u L between two absorbing ends; a success is the exit "
            "at L.",
            "Resets come at a constant rate and lead to the start.",
        ),
    )
    chance = _chance(d)
    low, high = exit_transforms(d)
    ratio = sp.simplify(high / low)
    found = chance.subs(_success, ratio * _failure).cancel()
    d.equal("The odds of a success, Ttilde_1 / Ttilde_0, are", "W", ratio)
    q = next(symbol for symbol in ratio.free_symbols if symbol.name == "q")
    logarithm = Pe_L / 2 + sp.log(sp.sinh(u * q)) - sp.log(sp.sinh((1 - u) * q))
    assert sp.simplify(sp.exp(logarithm) - ratio) == 0
    slope = sum(sp.diff(term, q) for term in logarithm.args).rewrite(sp.tanh)
    cotangents = u * sp.coth(u * q) - (1 - u) * sp.coth((1 - u) * q)
    assert sp.simplify((slope - cotangents).rewrite(sp.exp)) == 0
    d.equal("q grows with the rate, and the logarithm of the odds changes with q by", "w", cotangents)
    y = sp.Symbol("y", positive=True)
    growth = (sp.sinh(2 * y) - 2 * y) / (2 * sp.sinh(y) ** 2)
    assert sp.simplify((sp.diff(y * sp.coth(y), y) - growth).rewrite(sp.exp)) == 0
    d.equal(
        "which is positive where u exceeds 1 - u, as y coth y grows with y: sinh(2 y) exceeds 2 y in",
        sp.Derivative(y * sp.coth(y), y),
        growth,
    )
    return d.conclude(
        "So resetting at any rate makes the exit at L more likely, whatever the drift, if the start is "
        "nearer to L,",
        sp.Gt(u, sp.Rational(1, 2)),
        domain=(sp.Lt(u, 1),),
        exact=True,
        formulas={
            "success": with_rate(found),
            "success_without": (1 - sp.exp(-Pe_L * u)) / (1 - sp.exp(-Pe_L)),
        },
    )


def _chance(d: Derivation) -> sp.Expr:
    """Return the success probability under resetting in the transforms of the two ends."""
    p = sp.Symbol("P_r")
    equation = d.step(
        "With Ttilde_1 the mean of exp(-r T) over the successes (0 for failures), and Ttilde_0 likewise, a "
        "trial succeeds before a reset with probability Ttilde_1, and starts again "
        "with 1 - Ttilde_1 - Ttilde_0",
        sp.Eq(p, _success + (1 - _success - _failure) * p),
    )
    return d.equal("so that the success probability under resetting is", p, sp.solve(equation, p)[0])
