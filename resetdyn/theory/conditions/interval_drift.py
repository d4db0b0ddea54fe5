"""An interval with drift: the condition CV > 1, and where the transition turns discontinuous.

Length is in units of L and time in units of L^2 / D.  A drift towards the end x = L has Pe_L = V L / D > 0.
The moments of the exit time are polynomials in the start u, the probability s to leave at L and coth(Pe_L /
2).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation, unnoted
from resetdyn.theory.conditions.notation import T2, T3, Pe_L, T, u
from resetdyn.theory.conditions.small_rate import PAL_PRASAD, transition_order

SETTING = (
    "Diffusion with constant drift from x0 = u L between two absorbing ends, at 0 and at L; V > 0 is a drift "
    "towards L.",
    "Resets come at a constant rate and lead to the start.",
)
# The drift, 0 being a limit, and the probability to leave at L.
_p, _s, _c = sp.symbols("p s c", positive=True)
_x = sp.Symbol("x")
_T = sp.symbols("T_1 T_2 T_3")
_EXPLICIT = {_s: (1 - sp.exp(-Pe_L * u)) / (1 - sp.exp(-Pe_L)), _c: sp.coth(Pe_L / 2)}


def interval_drift() -> Condition:
    """Derive CV > 1 from the exact moments."""
    d = Derivation(
        "interval_drift",
        source=f"{PAL_PRASAD}; the moments with drift derived here",
        assumptions=(
            *SETTING,
            "The verdict is local: where it says no, a finite rate may still help (see interval_drift_rate).",
        ),
    )
    first, second, _ = _moments(d)
    d.step("Slow resetting helps if", sp.Gt(_T[1], 2 * _T[0] ** 2))
    excess = sp.collect(sp.expand((second - 2 * first**2) * Pe_L**2), _s)
    d.step("that is, times Pe_L^2,", sp.Gt(excess, 0))
    first, second = (moment.subs(_EXPLICIT) for moment in (first, second))
    return d.conclude(
        "or, written out,",
        sp.Gt(excess.subs(_EXPLICIT), 0),
        domain=(sp.Lt(u, 1),),
        exact=True,
        formulas={
            "mean": first,
            "second_moment": second,
            "slope": _landau(first, second)[0],
            "cv": sp.sqrt(second - first**2) / first,
        },
    )


def interval_drift_order() -> Condition:
    """Derive the Landau coefficients and the tricritical point."""
    d = Derivation(
        "interval_drift_order",
        source=f"{PAL_PRASAD}; the moments with drift derived here",
        assumptions=(*SETTING, "The parameters are close to where CV = 1."),
    )
    moments = _moments(d)
    d.equal("and the third moment", "T_3", moments[2])
    slope, order = _landau(*_T)
    d.equal("The mean under resetting has the first-order coefficient", "a_1", slope)
    d.equal("and the second-order coefficient", "a_2", order)
    a1, a2 = (coefficient.subs(_EXPLICIT) for coefficient in _landau(*moments))
    at = tricritical()
    d.equal(
        "The two vanish together at the tricritical point, found by Newton's method in 30 digits,", u, at[u]
    )
    d.equal("and", Pe_L, at[Pe_L])
    undriven = {u: (5 - sp.sqrt(5)) / 10, Pe_L: sp.Rational(1, 10**20)}
    d.equal(
        "Along a_1 = 0 at weaker drifts the transition is continuous: without any",
        "a_2",
        a2.evalf(12, subs=undriven, maxn=500),
    )
    cubic = sp.collect(sp.expand(order.subs(dict(zip(_T, moments, strict=True))) * Pe_L**3), _s)
    d.step(
        "The transition is continuous where a_2, with these moments, is positive:", sp.Gt(cubic / Pe_L**3, 0)
    )
    return d.conclude(
        "or, written out,",
        sp.Gt(cubic.subs(_EXPLICIT) / Pe_L**3, 0),
        domain=(sp.Lt(u, 1),),
        exact=True,
        formulas={"slope": a1, "curvature": a2, "tricritical_u": at[u], "tricritical_drift": at[Pe_L]},
    )


@cache
def tricritical() -> dict[sp.Symbol, sp.Float]:
    """Return where both Landau coefficients vanish."""
    equations = [coefficient.subs(_EXPLICIT) for coefficient in _landau(*_moments(unnoted()))]
    found = sp.nsolve(equations, (u, Pe_L), (0.2519, 0.8753), prec=30)
    return {u: found[0], Pe_L: found[1]}


def drifted_mean() -> sp.Expr:
    """Return the mean exit time without resetting in u and Pe_L."""
    return _moments(unnoted())[0].subs(_EXPLICIT)


def _landau(*moments: sp.Expr) -> list[sp.Expr]:
    """Return the first coefficients of the mean in the rate."""
    values = dict(zip((T, T2, T3), moments, strict=False))
    names = ("slope", "curvature")[: len(moments) - 1]
    return [_transition()[name].subs(values) for name in names]


@cache
def _transition() -> Mapping[str, sp.Expr]:
    return transition_order().formulas


def _moments(d: Derivation) -> list[sp.Expr]:
    """Return the first three moments, each from the one before it by its backward equation."""
    moment = sp.Function("T_n")(_x), sp.Function("T_m")(_x)
    n = sp.Symbol("n", positive=True, integer=True)
    d.step(
        "The moments obey the backward equations, m being n - 1 (and T_0 = 1), and are 0 at both ends",
        sp.Eq(moment[0].diff(_x, 2) + Pe_L * moment[0].diff(_x), -n * moment[1]),
    )
    first, second, third = _solved()
    d.equal("With the probability to leave at L", _s, _EXPLICIT[_s])
    d.equal("and", _c, _EXPLICIT[_c])
    d.equal("the mean is", "T_1", first)
    d.equal("and the second moment", "T_2", second)
    return [first, second, third]


@cache
def _solved() -> tuple[sp.Expr, ...]:
    moments = [sp.Integer(1)]
    for order in (1, 2, 3):
        moments.append(_solve_backward(-order * moments[-1]))
    return tuple(_in_splitting(moment) for moment in moments[1:])


def _solve_backward(source: sp.Expr) -> sp.Expr:
    """Return the solution of ``T'' + p T' = source`` that is 0 at x = 0 and x = 1, with c = coth(p / 2)."""
    e = sp.exp(-_p * _x)
    degree = int(sp.degree(source.subs(e, 1), _x)) + 1
    plain, damped = (sp.symbols(f"{name}1:{degree + 1}") for name in "ab")
    powers = [_x**n for n in range(1, degree + 1)]
    special = sum(a * power for a, power in zip(plain, powers, strict=True))
    special += e * sum(b * power for b, power in zip(damped, powers, strict=True))
    residual = sp.expand(special.diff(_x, 2) + _p * special.diff(_x) - source)
    equations = [residual.coeff(e, n).coeff(_x, m) for n in (0, 1) for m in range(degree)]
    special = special.subs(sp.solve(equations, [*plain, *damped], dict=True)[0])
    w = 2 / (1 + _c)  # 1 - exp(-p)
    at_end = special.subs(_x, 1).subs(sp.exp(-_p), 1 - w)
    return sp.expand(sp.cancel(special - at_end * (1 - e) / w))


def _in_splitting(moment: sp.Expr) -> sp.Expr:
    """Return a moment in u, s, coth(p / 2) and the drift."""
    in_s = moment.subs(sp.exp(-_p * _x), 1 - 2 * _s / (1 + _c)).subs(_x, u)
    return sp.collect(sp.expand(sp.cancel(in_s)), _p, sp.factor).subs(_p, Pe_L)
