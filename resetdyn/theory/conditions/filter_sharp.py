"""Resetting as a spectral filter: what a law of reset times makes of each direction of a quadratic loss.

Written along an eigendirection of the Hessian, with the checkpoint at 0: the mean, averaged over time, is
g(h) b, where h is the eigenvalue and b = h times the optimum.  A constant rate r gives the ridge filter 1 /
(h + r).
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import h, penalty, period, r


def filter_sharp() -> Condition:
    """Derive the filter of a fixed period and the ridge penalty that it amounts to."""
    d = Derivation(
        "filter_sharp",
        source="Jolakoski, arXiv:2605.30059 (2026), for renewal laws; the penalty of a period derived here",
        assumptions=(
            "A quadratic loss, a small learning rate; resets lead to the checkpoint, here 0.",
            "The mean is that over the noise and over time; gradient noise does not matter for it.",
        ),
    )
    b, age, last = sp.symbols("b a R", positive=True)
    flow = sp.Function("m")(age)
    path = sp.dsolve(sp.Eq(flow.diff(age), b - h * flow), flow, ics={flow.subs(age, 0): 0}).rhs
    path = d.equal("At age a since the last reset the mean is", sp.Symbol("m_a"), sp.factor(path))
    summed = d.equal(
        "A stretch between resets that lasts R has the time integral",
        "I",
        sp.expand(sp.simplify(sp.integrate(path, (age, 0, last)))),
    )
    transform, mean = sp.symbols("phi mu", positive=True)
    averaged = summed.subs(sp.exp(-h * last), transform).subs(last, mean)
    filter_ = sp.simplify(averaged / (mean * b))
    d.equal("With <R> = mu and <exp(-h R)> = phi the average over time, over b, is the filter", "g", filter_)
    poisson = sp.simplify(filter_.subs({transform: r / (r + h), mean: 1 / r}))
    d.equal("At a constant rate it is that of ridge regression,", "g_r", poisson)
    sharp = filter_.subs({transform: sp.exp(-h * period), mean: period})
    sharp = d.equal("With a fixed period", "g", sp.simplify(sharp))
    ridge = d.equal("Ridge regression with a penalty has", "g_ridge", poisson.subs(r, penalty))
    same = sp.solve(sp.Eq(ridge, sp.Symbol("g")), penalty)[0].subs(sp.Symbol("g"), sharp)
    same = sp.factor(sp.simplify(same))
    small, large = sp.limit(same, h, 0), sp.limit(same, h, sp.oo)
    d.equal("The same filter takes the penalty", penalty, same)
    d.equal("which falls with h, from", sp.Symbol("lambda_flat"), small)
    d.equal("in flat directions to", sp.Symbol("lambda_steep"), large)
    return d.conclude(
        "in steep ones: no one ridge penalty does the same in all directions. In a given direction the two "
        "agree if",
        sp.Eq(penalty, same),
        exact=True,
        formulas={"filter": sharp, "penalty": same},
    )
