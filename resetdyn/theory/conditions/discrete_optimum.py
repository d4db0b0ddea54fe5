"""Discrete time, reset wins ties: what holds at the best probability, and the walk from the target's edge."""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation, unnoted
from resetdyn.theory.conditions.discrete_time import SETTING, F, reset_wins_mean
from resetdyn.theory.conditions.notation import T2_r, T_r, p

_RESET_WINS = "Step, then reset, then look: a reset wins ties."


def discrete_optimum() -> Condition:
    """Derive that raising the probability helps as long as CV^2 > 1 + 1 / <T_r>."""
    d = Derivation(
        "discrete_optimum",
        source="Bonomo, Pal, PRE 103, 052129 (2021)",
        assumptions=(
            SETTING[0],
            _RESET_WINS,
            "The moments are those under resetting; the generating function is smooth at 1 - p, as it is "
            "for p > 0.",
        ),
    )
    z, M, drop = sp.Symbol("z", positive=True), sp.Symbol("M", positive=True), sp.Symbol("M_p")
    slope_of_F, bend_of_F = sp.symbols("F_1 F_2")
    function = sp.Function("F")(z * (1 - p))
    resets = p * z * (1 - function) / (1 - z * (1 - p))
    d.equal("The step of a reset that no target comes before has the generating function", "R", resets)
    total = d.equal("so that, trial after trial, the whole search has", "G", function / (1 - resets))
    near = (1 - p) * (z - 1)
    total = total.subs(function, F + slope_of_F * near + bend_of_F * near**2 / 2)
    mean = d.equal(
        "With F, F_1 and F_2 the value and the derivatives of F(z) at 1 - p, the mean is the slope at z = 1",
        M,
        sp.factor(sp.diff(total, z).subs(z, 1)),
    )
    assert sp.simplify(mean - reset_wins_mean(unnoted())) == 0
    factorial = sp.diff(total, z, 2).subs(z, 1)
    moment = d.equal("and the second moment", "M_2", sp.factor(factorial + mean))
    slope = sp.diff(mean, p) - slope_of_F * sp.diff(mean, F)
    d.equal("The mean changes with the probability by", drop, sp.factor(slope))
    at_slope = sp.solve(sp.Eq(slope, drop), slope_of_F)[0]
    variation = (moment / mean**2 - 1).subs(slope_of_F, at_slope).subs(F, sp.solve(sp.Eq(mean, M), F)[0])
    variation = sp.expand(sp.simplify(variation))
    d.equal("Without F and F_1 the squared coefficient of variation is then", sp.Symbol("CV") ** 2, variation)
    bound = variation.subs(drop, 0)
    d.equal("At the best probability M_p is 0, and this", sp.Symbol("CV") ** 2, bound)
    d.equal("It falls with M_p, by the factor", "c", sp.factor(sp.diff(variation, drop)))
    return d.conclude(
        "So raising the probability helps (M_p is negative) as long as",
        sp.Gt((T2_r - T_r**2) / T_r**2, bound.subs(M, T_r)),
        domain=(sp.Ge(T2_r, T_r**2), sp.Ge(T_r, 1)),
    )


def sparre_andersen() -> Condition:
    """Derive the best probability for a symmetric walk that starts at the edge of its target."""
    d = Derivation(
        "sparre_andersen",
        source="Kusmierz, Majumdar, Sabhapandit, Schehr, PRL 113, 220602 (2014); start at the edge",
        assumptions=(
            "A walk with a symmetric continuous law of its steps (Levy flights, too), from the edge of a "
            "half line that is its target.",
            _RESET_WINS,
        ),
    )
    z, n = sp.Symbol("z", positive=True), sp.Symbol("n", integer=True, nonnegative=True)
    survival = sp.binomial(2 * n, n) / 4**n
    d.equal(
        "By Sparre Andersen's theorem the target is not reached in n steps with the probability",
        "Q_n",
        survival,
    )
    series = sum(survival.subs(n, order) * z**order for order in range(6))
    generating = 1 / sp.sqrt(1 - z)
    assert sp.expand(sp.series(generating, z, 0, 6).removeO() - series) == 0
    d.equal("These are the coefficients of", "Q", generating)
    passage = d.equal("and so F = 1 - (1 - z) Q is", "F", sp.simplify(1 - (1 - z) * generating))
    mean = reset_wins_mean(d).subs(F, passage.subs(z, 1 - p))
    mean = d.equal("With this F", "M", sp.simplify(mean))
    root = sp.Symbol("s", positive=True)
    in_root = sp.factor(mean.subs(p, root**2))
    d.equal("or, with s = sqrt(p),", "M", in_root)
    slope = sp.factor(sp.diff(in_root, root))
    d.equal("It has the slope", sp.Derivative(sp.Symbol("M"), root), slope)
    best = sp.solve(slope, root)[0]
    d.equal("and is lowest at", "p_*", best**2)
    d.equal("where it is", "M_*", in_root.subs(root, best))
    return d.conclude(
        "Raising the probability helps while",
        sp.Lt(p, best**2),
        domain=(sp.Gt(p, 0), sp.Lt(p, 1)),
        formulas={"optimal_probability": best**2, "optimal_mean": in_root.subs(root, best), "mean": mean},
    )
