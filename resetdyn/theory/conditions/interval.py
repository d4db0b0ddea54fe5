"""An interval with two absorbing ends: resetting helps from starts near an end.

Length is in units of L and time in units of L^2 / D, so that only the start u = x0 / L matters.  With c = 1 -
2 u the mean under resetting at rate q^2 is ``(cosh(q / 2) / cosh(c q / 2) - 1) / q^2``, and the verdict of CV
is global: every coefficient of a power series has its sign.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import in_complement, u
from resetdyn.theory.conditions.small_rate import transition_order

_SOURCE = "Pal, Prasad, PRE 99, 032123 (2019)"
_T = sp.symbols("T_1 T_2 T_3", cls=sp.Function)


def interval() -> Condition:
    """Derive the start from which resetting begins to help, and that it does so at no other."""
    d = Derivation(
        "interval",
        source=f"{_SOURCE}; that no rate helps elsewhere derived here",
        assumptions=(
            "Diffusion without drift from x0 = u L between two absorbing ends, at 0 and at L.",
            "Resets come at a constant rate and lead to the start.",
        ),
    )
    first, second, third = _moments(d)
    landau = transition_order().formulas
    slope, curvature = (
        sp.factor(
            landau[name].subs(
                dict(zip(sp.symbols("T T2 T3", positive=True), (first, second, third), strict=True))
            )
        )
        for name in ("slope", "curvature")
    )
    d.equal("Slow resetting changes the mean, per unit rate, by <T>^2 - <T^2> / 2, which is", "a_1", slope)
    bracket = sp.expand(12 * slope / first)
    d.equal("that is, divided by <T> / 12,", "b", bracket)
    lower, upper = sorted(sp.solve(bracket, u))
    d.equal("It is 0 at", "u_c", sp.Tuple(lower, upper))
    d.equal(
        "There the second-order coefficient is positive, so that the optimal rate grows from 0 without a "
        "jump",
        "a_2",
        sp.nsimplify(sp.simplify(curvature.subs(u, lower))),
    )
    _no_rate_helps(d)
    return d.conclude(
        "So some rate helps if and only if slow resetting does, that is, where",
        sp.Lt(u * (1 - u), sp.Rational(1, 5)),
        domain=(sp.Lt(u, 1),),
        formulas={
            "critical": lower, "mean": first, "second_moment": second, "slope": slope, "curvature": curvature,
        },
    )  # fmt: skip


def _moments(d: Derivation) -> list[sp.Expr]:
    """Return the first three moments of the exit time, from their backward equations."""
    moments = [sp.Integer(1)]
    for n, moment in enumerate(_T, start=1):
        equation = sp.Eq(moment(u).diff(u, 2), -n * moments[-1])
        if n < 3:
            d.step("The mean obeys the backward equation" if n == 1 else "and the second moment", equation)
        solution = sp.dsolve(equation, moment(u), ics={moment(0): 0, moment(1): 0}).rhs
        moments.append(in_complement(sp.factor(solution), u))
        if n < 3:
            d.equal("which is 0 at both ends, so that", moment(u), moments[-1])
    return moments[1:]


def _no_rate_helps(d: Derivation) -> None:
    """Note why no rate helps where slow resetting does not."""
    q, y, c = sp.symbols("q y c", positive=True)
    x, n, j = sp.Symbol("x"), sp.Symbol("n", integer=True, positive=True), sp.Symbol("j", integer=True)
    transform = sp.Function("L")
    d.step(
        "At any rate q^2 the Laplace transform of the time obeys",
        sp.Eq(transform(x).diff(x, 2), q**2 * transform(x)),
    )
    found = sp.cosh(q * (x - sp.Rational(1, 2))) / sp.cosh(q / 2)
    assert found.diff(x, 2) - q**2 * found == 0
    assert found.subs(x, 0) == found.subs(x, 1) == 1
    d.equal("which is 1 at both ends, so that", transform(x), found)
    at_start = found.subs(x, (1 - c) / 2).subs(q, 2 * y)
    mean = (1 / at_start - 1) / (4 * y**2)
    d.equal("With c = |1 - 2 u| and y = q / 2 the mean under resetting is", "M", mean)
    rest = (1 - c**2) * y**2 / 2 * sp.cosh(c * y)
    excess = sp.expand((mean - (1 - c**2) / 8) * 4 * y**2 * sp.cosh(c * y) + rest) - rest
    d.equal("It exceeds that without resetting by this, over 4 y^2 cosh(c y)", "F", excess)
    series = sp.Sum(c ** (2 * j), (j, 0, n - 1)) - n * (2 * n - 1) * c ** (2 * n - 2)
    for order in (1, 2, 3, 4):
        derivative = sp.diff(excess, y, 2 * order).subs(y, 0)
        assert sp.expand(derivative - (1 - c**2) * series.subs(n, order).doit()) == 0
    d.equal("whose coefficient of y^(2 n), times (2 n)! / (1 - c^2), is", "F_n", series)
    d.equal("At n = 1 it is", "F_1", series.subs(n, 1).doit())
    d.equal("and at n = 2", "F_2", series.subs(n, 2).doit())
    edge = sp.Rational(1, 5)
    d.equal(
        "If u (1 - u) >= 1/5, then c^2 = 1 - 4 u (1 - u) <= 1/5 and this is at least 0. The later ones are "
        "at least 1 - n (2 n - 1) c^(2 n - 2), which at n = 3 is at least",
        "F_3",
        1 - 15 * edge**2,
    )
    growth = sp.factor((n + 1) * (2 * n + 1) / (n * (2 * n - 1))) * edge
    d.equal("From n to n + 1 what is subtracted changes at most by the factor", "f_n", growth)
    d.equal("which falls with n and is below 1 from", "f_3", growth.subs(n, 3))
