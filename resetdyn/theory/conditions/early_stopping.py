"""A checkpoint at the early-stopping optimum: the steady risk is lowest when one never leaves it.

A state of age a since its last reset has the risk of the gradient flow at that age plus the noise gathered
since. The steady risk averages it over the ages.  Past the early-stopping optimum the flow only raises the
risk.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import D, Delta, delta, k, r
from resetdyn.theory.conditions.steady_risk import risk_at


def early_stopping_checkpoint() -> Condition:
    """Derive from which checkpoints it is best, at any noise, never to leave."""
    d = Derivation(
        "early_stopping_checkpoint",
        source="Derived here",
        assumptions=(
            "One dimension, quadratic losses, a small learning rate: an Ornstein-Uhlenbeck process.",
            "Resets come at a constant rate and lead to the checkpoint.",
            "The early-stopping optimum is where the gradient flow from the initial state has its lowest "
            "clean risk. In any dimension and for any law of the reset times the same argument holds for it: "
            "past it the flow never has a lower risk, and noise only adds.",
            "What follows: at an early-stopping checkpoint resetting gains nothing in the steady risk over "
            "stopping there, and its gain is the search, the first passage to a risk below the checkpoint's. "
            "For earlier checkpoints it is the steady state, with a finite best rate (see "
            "steady_risk_optimum).",
        ),
    )
    x, e = sp.Symbol("x"), sp.Symbol("e", positive=True)
    age = sp.Symbol("a", positive=True)
    flow = sp.Function("x")(age)
    path = sp.dsolve(sp.Eq(flow.diff(age), -k * flow), flow, ics={flow.subs(age, 0): delta}).rhs
    path = d.equal("At age a since the last reset the flow has led from delta to", x, path)
    spent = sp.Symbol("b", positive=True)
    noise = sp.integrate(2 * D * sp.exp(-2 * k * (age - spent)), (spent, 0, age))
    noise = d.equal("and the noise has added the variance", "v", sp.factor(noise))
    aged = d.equal("so that the risk at this age is", "R_a", (Delta + path) ** 2 + noise)
    average = sp.integrate(sp.expand(r * sp.exp(-r * age) * aged), (age, 0, sp.oo))
    d.equal("The ages are exponential: the steady risk at rate r is", "R", sp.apart(sp.simplify(average), r))
    d.equal("which is that of the moments, their difference being", "c", sp.simplify(average - risk_at(r)))
    gain = sp.factor(((Delta + path) ** 2 - (Delta + delta) ** 2).subs(sp.exp(-k * age), e))
    d.equal(
        "With e = exp(-k a) between 0 and 1, the flow has changed the risk since the checkpoint by", "f", gain
    )
    bracket = d.step(
        "No age has a lower risk, so that no rate has, if for all such e",
        sp.Ge(sp.expand(gain / (1 - e)).cancel(), 0),
    )
    at_once = sp.factor(bracket.lhs.subs(e, 1) / -2)
    d.equal("This falls with e", sp.Derivative(sp.Symbol("g"), e), sp.diff(bracket.lhs, e))
    d.equal("so that it holds for all ages if it does at age 0, where it is", "g_0", -2 * at_once)
    slope = sp.diff((Delta + path) ** 2, age).subs(age, 0)
    d.equal(
        "in proportion to the slope of the risk along the flow from the checkpoint,", "R'_a", sp.factor(slope)
    )
    d.equal(
        "At an early-stopping optimum inside the flow this slope is 0; at the initial state it is not "
        "negative; at the end of the flow (delta = 0) it is",
        "R'_a",
        slope.subs(delta, 0),
    )
    return d.conclude("So staying is best, whatever the noise, if", sp.Le(at_once, 0))
