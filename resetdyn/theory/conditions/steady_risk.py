"""Steady clean risk under resetting to a checkpoint, in one dimension.

The clean risk is that of a state's squared distance to the clean optimum.  Training pulls the state to the
*effective* optimum instead, at stiffness k and diffusion coefficient D.  With Delta = effective - clean
optimum and delta = checkpoint - effective optimum, the moments of the steady state give the risk at any reset
rate.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation, unnoted
from resetdyn.theory.conditions.notation import D, Delta, delta, in_complement, k, r

_SOURCE = "Moments: Pal, PRE 91, 012113 (2015); the conditions on the risk derived here"
_SETTING = (
    "One dimension, quadratic losses, a small learning rate: an Ornstein-Uhlenbeck process.",
    "Resets come at a constant rate and lead to the checkpoint.",
    "The risk is twice the excess clean risk divided by the clean Hessian: the mean squared distance to the "
    "clean optimum.",
)
_R = sp.Function("R")
rho = sp.Symbol("rho", positive=True)


def steady_risk_slope() -> Condition:
    """Derive when slow resetting lowers the steady clean risk."""
    d = Derivation(
        "steady_risk_slope",
        source=_SOURCE,
        assumptions=(
            *_SETTING,
            "The verdict is local: faster resetting may help where slow resetting hurts.",
        ),
    )
    boundary = _slow_boundary(d, _risk(d))
    return d.conclude("It falls with D, and so it is negative if", sp.Gt(D / k, boundary))


def steady_risk_any() -> Condition:
    """Derive when some rate lowers the steady clean risk."""
    d = Derivation(
        "steady_risk_any",
        source=_SOURCE,
        assumptions=(*_SETTING, "An infinite rate, staying at the checkpoint, counts as a rate."),
    )
    risk = _risk(d)
    slow = _slow_boundary(d, risk)
    d.step("so that slow resetting helps if", sp.Gt(D / k, slow))
    fast = _fast_boundary(d, risk)
    d.step("so that fast resetting helps if", sp.Gt(D / k, fast))
    _one_turn(d, risk)
    return d.conclude(
        "If neither slow nor fast resetting helps, the risk rises from the start, turns at most once, and "
        "ends no lower: no rate helps. So some rate helps if one of the two does",
        sp.Gt(D / k, sp.Min(slow, fast)),
    )


def steady_risk_optimum() -> Condition:
    """Derive when the best rate is finite, and which rate it is."""
    d = Derivation(
        "steady_risk_optimum",
        source=_SOURCE,
        assumptions=(
            *_SETTING,
            "Finite means neither 0 nor infinite. It takes a checkpoint on the clean side of the effective "
            "optimum (Delta delta < 0): else the two bounds leave nothing between them.",
        ),
    )
    risk = _risk(d)
    slow = _slow_boundary(d, risk)
    d.step("so that the risk falls at first if", sp.Gt(D / k, slow))
    last = _last_boundary(d, risk)
    d.step("so that the risk rises in the end if", sp.Lt(D / k, last))
    slope = _one_turn(d, risk)
    # k delta^2 - D and Delta delta have opposite signs between the bounds: the root is real.
    turn = d.equal("It turns where", rho**2, sp.factor(sp.solve(slope, rho**2)[0]))
    rate = sp.solve(sp.Eq(rho * (2 * k + r), k + r), r)[0]
    rate = d.equal("that is, solved for the rate, at", "r_*", in_complement(sp.factor(rate), rho))
    # Expanded by 1 + rho, the fraction has rho once above; times the weight that is a root of a product.
    weight = k * delta**2 - D
    root = sp.sqrt(sp.factor(turn * weight**2))
    square, single, one = sp.Poly(sp.numer(rate) / k * (1 + rho), rho).all_coeffs()
    above = sp.expand(sp.cancel((square * turn + one) * weight)) + single * root
    below = sp.expand(sp.cancel((1 - turn) * weight))
    optimum = d.equal("Expanded by 1 + rho this is", "r_*", k * above / below)
    d.equal(
        "The slope S grows there (D / k is below delta^2), so that the risk is lowest",
        sp.Derivative(sp.Symbol("S"), rho),
        sp.diff(slope, rho),
    )
    finite = sp.And(sp.Gt(D / k, slow), sp.Lt(D / k, last))
    return d.conclude(
        "The best rate is this one, neither 0 nor infinite, if",
        finite,
        formulas={"optimal_rate": sp.Piecewise((optimum, finite))},
    )


def steady_risk_stay() -> Condition:
    """Derive when it is best to stay at the checkpoint."""
    d = Derivation(
        "steady_risk_stay",
        source=_SOURCE,
        assumptions=(*_SETTING, "On the boundary staying may be as good as never resetting."),
    )
    risk = _risk(d)
    fast = _fast_boundary(d, risk)
    d.step("so that staying is no worse than never resetting if", sp.Ge(D / k, fast))
    last = _last_boundary(d, risk)
    d.step("so that the risk does not rise in the end if", sp.Ge(D / k, last))
    _one_turn(d, risk)
    return d.conclude(
        "With at most one turn, the lowest risk is at one of the two ends unless it falls first and rises in "
        "the end. Staying is best if both inequalities hold",
        sp.Ge(D / k, sp.Max(fast, last)),
    )


def risk_at(rate: sp.Expr) -> sp.Expr:
    """Return the steady risk at a reset rate."""
    return _risk(unnoted()).subs(r, rate)


def _risk(d: Derivation) -> sp.Expr:
    """Return the steady risk from the balance of drift, diffusion and resetting."""
    m1, m2 = sp.symbols("m_1 m_2")
    mean = d.step(
        "Mean of the distance to the effective optimum: drift and resets balance",
        sp.Eq(-k * m1 + r * (delta - m1), 0),
    )
    square = d.step(
        "Mean square: drift, diffusion and resets balance",
        sp.Eq(-2 * k * m2 + 2 * D + r * (delta**2 - m2), 0),
    )
    first = d.equal("Solved", m1, sp.solve(mean, m1)[0])
    second = d.equal("and", m2, sp.solve(square, m2)[0])
    distance = sp.Symbol("x")
    spread = sp.expand((distance + Delta) ** 2)
    d.equal("The squared distance to the clean optimum, at x from the effective one, is", "s", spread)
    return d.equal("so that the risk is", _R(r), spread.subs(distance**2, second).subs(distance, first))


def _slow_boundary(d: Derivation, risk: sp.Expr) -> sp.Expr:
    """Return the D / k above which the risk falls at rate 0."""
    slope = d.equal("Its slope at rate 0 is", "R'_0", sp.factor(sp.diff(risk, r).subs(r, 0)))
    return _boundary(slope)


def _fast_boundary(d: Derivation, risk: sp.Expr) -> sp.Expr:
    """Return the D / k above which the risk is lower at an infinite rate than without resetting."""
    change = sp.factor(sp.limit(risk, r, sp.oo) - risk.subs(r, 0))
    return _boundary(d.equal("From rate 0 to an infinite rate it changes by", _R(sp.oo) - _R(0), change))


def _last_boundary(d: Derivation, risk: sp.Expr) -> sp.Expr:
    """Return the D / k below which the risk rises towards an infinite rate."""
    slope = sp.factor(sp.limit(sp.together(sp.diff(risk, r) * r**2), r, sp.oo))
    return _boundary(d.equal("Its slope at a high rate, times the squared rate, is", "c", slope))


def _boundary(falling: sp.Expr) -> sp.Expr:
    """Return the D / k at which an expression that falls linearly with D changes sign."""
    assert sp.diff(falling, D).is_negative
    return sp.factor(sp.solve(falling, D)[0] / k)


def _one_turn(d: Derivation, risk: sp.Expr) -> sp.Expr:
    """Note that the slope changes sign at most once; return it in rho = (k + r) / (2 k + r)."""
    share = (k + r) / (2 * k + r)
    d.equal("Let this ratio stand for the rate", rho, share)
    d.equal("It grows with the rate", sp.Derivative(rho, r), sp.factor(sp.diff(share, r)))
    slope = sp.cancel(sp.diff(risk, r) * (k + r) ** 2 / 2)
    at_share = sp.solve(sp.Eq(rho, share), r)[0]
    slope = sp.collect(sp.expand(sp.cancel(slope.subs(r, at_share))), rho)
    return d.equal(
        "The slope times (k + r)^2 / 2 is linear in its square: it changes sign at most once", "S", slope
    )
