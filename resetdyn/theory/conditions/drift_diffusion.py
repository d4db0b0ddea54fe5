"""Diffusion with drift: the Peclet number decides.

A particle at distance x0 from the target diffuses and drifts with velocity V towards it.  With time in units
of x0^2 / D everything depends on Pe = x0 V / (2 D) alone.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation, unnoted
from resetdyn.theory.conditions.notation import D, Pe, V, r, x0

_RAY = "Ray, Mondal, Reuveni, J. Phys. A 52, 255002 (2019)"
_SETTING = (
    "One dimension, constant drift and diffusion, a point target.",
    "Resets come at a constant rate and lead to the start.",
)
_rate, _u = sp.symbols("s u", positive=True)
_M = sp.Symbol("M")


def peclet() -> Condition:
    """Derive Pe < 1 from the moments of the first-passage time."""
    d = Derivation(
        "peclet",
        source=_RAY,
        assumptions=(
            *_SETTING,
            "The derivation is for a drift towards the target; at Pe = 0 or below, any rate helps (see "
            "drift_away) and the inequality holds too.",
        ),
    )
    towards = sp.Symbol("Pe", positive=True)
    transform = _transform(d).subs(Pe, towards)
    first = d.equal(
        "Mean (towards the target)", "T_1", sp.simplify(-sp.diff(transform, _rate).subs(_rate, 0))
    )
    second = d.equal("Second moment", "T_2", sp.simplify(sp.diff(transform, _rate, 2).subs(_rate, 0)))
    variation = d.equal(
        "Squared coefficient of variation", sp.Symbol("CV") ** 2, sp.simplify(second / first**2 - 1)
    )
    boundary = sp.solve(sp.Eq(variation, 1), towards)[0]
    d.equal("It falls with Pe and is 1 at", towards, boundary)
    sign = _slope_sign(d).subs(Pe, towards)
    bends = d.equal(
        "The bracket is 0 at u = 0, as is its derivative; its second derivative is",
        "g''",
        sp.factor(sp.diff(sign, _u, 2)),
    )
    d.equal("At Pe = 1 this is", "g''", sp.factor(bends.subs(towards, 1)))
    return d.conclude(
        "positive at all u, and so it is above Pe = 1: there no rate helps. Below, slow resetting does: the "
        "verdict is global",
        sp.Lt(Pe, boundary),
    )


def drift_away() -> Condition:
    """Derive that with a drift away the target may be missed, and that resetting always helps then."""
    d = Derivation(
        "drift_away",
        source=f"{_RAY}, continued to negative Pe",
        assumptions=_SETTING,
    )
    away = sp.Symbol("p", positive=True)
    transform = _transform(d).subs(Pe, -away)
    found = d.equal(
        "With Pe = -p the probability ever to reach the target is the transform at s = 0",
        "P",
        sp.simplify(transform.subs(_rate, 0)),
    )
    missed = d.equal("so that without resetting it is missed with probability", "P_0", 1 - found)
    d.equal(
        "With a drift towards the target (Pe = p) this is",
        "P_0",
        1 - sp.simplify(_transform_in_peclet().subs(Pe, away).subs(_rate, 0)),
    )
    mean = d.equal("The mean under resetting", _M, _mean(_rate).subs(Pe, -away))
    product = sp.limit(mean * _rate, _rate, 0, "+")
    d.equal(
        "times s tends to a positive number at slow resetting, so that the mean diverges without any,",
        sp.Limit(_M * _rate, _rate, 0),
        product,
    )
    d.equal(
        "and it diverges again at ever faster resetting",
        sp.Limit(_M, _rate, sp.oo, "-"),
        sp.limit(mean, _rate, sp.oo),
    )
    return d.conclude(
        "It is finite in between: every rate helps, and one of them most, where the target may be missed",
        sp.Lt(Pe, 0),
        formulas={"missing_probability": missed.subs(away, sp.Abs(Pe))},
    )


def z_star() -> Condition:
    """Derive the optimal rate without drift."""
    d = Derivation(
        "z_star",
        source="Evans, Majumdar, PRL 106, 160601 (2011)",
        assumptions=(*_SETTING, "No drift (Pe = 0)."),
    )
    z = sp.Symbol("z", positive=True)
    d.equal("The mean under resetting, in units of x0^2 / D and at Pe = 0, is", _M, _mean(_rate).subs(Pe, 0))
    mean = d.equal("With z^2 = s", _M, _mean(z**2).subs(Pe, 0))
    slope = d.equal("Its derivative", sp.Derivative(_M, z), sp.factor(sp.diff(mean, z)))
    balance = d.step(
        "is negative, divided by the positive 2 exp(z) / z^3, where",
        sp.Lt(sp.expand(sp.simplify(slope * z**3 * sp.exp(-z) / 2)), 0),
    )
    root = max(sp.solve(balance.lhs, sp.Symbol("z", positive=True)), key=lambda value: value.evalf())
    d.equal("The side on the left falls from 0, then rises for ever; it is 0 again at", "z_*", root)
    d.equal("In numbers", "z_*", root.evalf(18))
    return d.conclude(
        "In physical units, with s = r x0^2 / D, raising the rate lowers the mean while",
        sp.Lt(x0 * sp.sqrt(r / D), root),
        formulas={"z_star": root, "optimal_rate": root**2 * D / x0**2},
    )


def _transform(d: Derivation) -> sp.Expr:
    """Return the Laplace transform of the first-passage time in units of x0^2 / D, noting its derivation."""
    x, exponent = sp.symbols("x lambda")
    transform = sp.Function("L")(x)
    backward = sp.Eq(D * transform.diff(x, 2) - V * transform.diff(x), _rate * transform)
    d.step("The Laplace transform L of the time from distance x obeys the backward equation", backward)
    trial = sp.exp(-exponent * x)
    characteristic = sp.expand(
        sp.simplify((backward.lhs - backward.rhs).subs(transform, trial).doit() / trial)
    )
    d.equal("An exponential of x solves it, if", characteristic, sp.Integer(0))
    roots = sp.solve(characteristic, exponent)
    bounded = next(root for root in roots if root.subs({D: 1, V: 0, _rate: 1}) > 0)
    d.equal("The one that stays bounded far away has", "lambda", bounded)
    scaled = bounded.subs({V: 2 * D * Pe / x0, _rate: _rate * D / x0**2}) * x0
    transform = sp.exp(-sp.expand(sp.simplify(scaled)))
    return d.equal("From distance x0, with Pe = x0 V / (2 D) and time in units of x0^2 / D", "L", transform)


def _transform_in_peclet() -> sp.Expr:
    return _transform(unnoted())


def _mean(rate: sp.Expr) -> sp.Expr:
    """Return the mean under resetting, (1 - L) / (s L)."""
    transform = _transform_in_peclet()
    return sp.simplify((1 / transform - 1) / _rate).subs(_rate, rate)


def _slope_sign(d: Derivation) -> sp.Expr:
    """Return the numerator of the derivative of the mean, with v = sqrt(Pe^2 + s) - Pe for the rate."""
    rate = sp.expand((_u + Pe) ** 2 - Pe**2)
    d.equal("Let u = sqrt(Pe^2 + s) - Pe stand for the rate", "s", rate)
    mean = d.equal("The mean under resetting is then", _M, (sp.exp(_u) - 1) / rate)
    bracket = sp.expand(sp.numer(sp.together(sp.diff(mean, _u))))
    return d.equal("Its slope has the sign of", "g", bracket)
