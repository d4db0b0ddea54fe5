"""Partial resets, which lead from x to c x: the moments of the steady state of diffusion."""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import D, c, in_complement, r


def partial_steady() -> Condition:
    """Derive when the steady variance exists, its value and the kurtosis."""
    d = Derivation(
        "partial_steady",
        source="Tal-Friedman, Roichman, Reuveni, PRE 106, 054116 (2022)",
        assumptions=(
            "Diffusion without drift in one dimension.",
            "Resets come at a constant rate and lead from x to c x; c = 0 is a full reset to 0.",
        ),
    )
    x, t, n = sp.Symbol("x"), sp.Symbol("t"), sp.Symbol("n", integer=True, positive=True)
    power = x**n
    moment, lower = sp.symbols("m_n m_l")
    spread = sp.simplify(D * sp.diff(power, x, 2))
    jump = sp.factor(r * (c**n * power - power))
    d.equal("Between resets x^n grows at the mean rate", "G", spread)
    d.equal("and resets change it at the mean rate", "J", jump)
    lower_power = x ** (n - 2)
    balance = sp.simplify(spread / lower_power) * lower + sp.simplify(jump / power) * moment
    d.step("so that its mean m_n obeys, with l = n - 2,", sp.Eq(sp.Derivative(moment, t), balance))
    second = sp.solve(balance.subs({n: 2, lower: 1}), moment)[0]
    fourth = sp.solve(balance.subs({n: 4, lower: second}), moment)[0]
    decay = -sp.diff(balance.subs(n, 2), moment)
    d.equal("The mean square (n = 2) relaxes at the rate", "lambda", in_complement(sp.factor(decay), c))
    second = d.equal("if this is positive, to", "m_2", in_complement(sp.factor(second), c))
    fourth = d.equal("and the fourth moment to", "m_4", in_complement(sp.factor(fourth), c))
    kurtosis = d.equal("so that the kurtosis m_4 / m_2^2 is", "K", sp.factor(fourth / second**2))
    d.equal("between that of the Laplace law, for full resets,", "K_0", kurtosis.subs(c, 0))
    d.equal("and that of a Gauss law, for weak ones,", "K_1", kurtosis.subs(c, 1))
    return d.conclude(
        "A steady variance exists where the rate of relaxation is positive,",
        sp.Lt(c**2, sp.solve(decay.subs(c**2, x), x)[0]),
        formulas={"variance": second, "fourth_moment": fourth, "kurtosis": kurtosis},
    )
