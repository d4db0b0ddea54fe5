"""Small reset rates: does slow resetting help, and does its help set in smoothly?

The renewal argument gives the mean under Poisson resetting, from any start x to any place y, in terms of the
Laplace transforms of the reset-free first-passage times: ``M = (1 - T~_x(r)) / (r T~_y(r))``.  Its expansion
in the rate needs the reset-free moments only.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import T2, T3, T, T2_x, T2_y, T3_x, T_x, T_y, r

PAL_PRASAD = "Pal, Prasad, PRR 1, 032001 (2019), Landau expansion"
_EXPONENTIAL = "Resets come at a constant rate, independently of the process."


def small_rate() -> Condition:
    """Derive when slow resetting to anywhere lowers the mean first-passage time."""
    d = Derivation(
        "small_rate",
        source="Evans, Majumdar, PRL 106, 160601 (2011); Pal, Reuveni, PRL 118, 030603 (2017), for reset to "
        "the start",
        assumptions=(
            _EXPONENTIAL,
            "Without resetting the time has a finite second moment from the start and a finite mean from the "
            "place that resets lead to.",
            "The verdict is local: where it says no, a finite rate may still help.",
        ),
    )
    mean = _renewal_mean(d)
    transform_x = d.equal(
        "At a small rate, with the moments from the start,", "Ttilde_x", expanded_transform(T_x, T2_x, T3_x)
    )
    transform_y = d.equal(
        "and those from where resets lead,", "Ttilde_y", expanded_transform(T_y, T2_y, sp.Symbol("T3_y"))
    )
    mean = mean.subs({sp.Symbol("Ttilde_x"): transform_x, sp.Symbol("Ttilde_y"): transform_y})
    series = sp.series(sp.cancel(mean), r, 0, 3).removeO()
    slope, curvature = (sp.factor(series.coeff(r, n)) for n in (1, 2))
    d.equal("Expand the mean under resetting in the rate: at rate 0 it is", "M_0", series.coeff(r, 0))
    d.equal("Its first-order coefficient is", "M_1", slope)
    d.equal("Its second-order coefficient is", "M_2", sp.expand(curvature))
    boundary = sp.solve(slope, T2_x)[0]
    return d.conclude(
        "The mean falls with the rate where the first-order coefficient is negative",
        sp.Gt(T2_x, boundary),
        formulas={"slope": slope, "curvature": sp.expand(curvature)},
    )


def cv() -> Condition:
    """Derive CV > 1 for a reset to the start."""
    d = Derivation(
        "cv",
        source="Reuveni, PRL 116, 170601 (2016); Pal, Reuveni, PRL 118, 030603 (2017)",
        assumptions=(
            _EXPONENTIAL,
            "Resets lead to the start.",
            "Without resetting the time has a finite second moment.",
            "The verdict is local: CV > 1 is sufficient, not necessary, for some rate to help.",
        ),
    )
    general = small_rate()
    to_start = {T_x: T, T2_x: T2, T_y: T}
    d.step("Slow resetting helps, in general, if", general.statement)
    moments = d.step("With the start as the place of resets", general.statement.subs(to_start))
    variation = d.equal("The coefficient of variation is", "CV", sp.sqrt(T2 - T**2) / T)
    at_boundary = variation.subs(T2, moments.rhs)
    d.equal("At equal sides of the inequality it is", "CV_0", sp.simplify(at_boundary))
    d.equal("It grows with the second moment", sp.Derivative(sp.Symbol("CV"), T2), sp.diff(variation, T2))
    return d.conclude(
        "so that resetting helps if",
        sp.Gt(variation, sp.simplify(at_boundary)),
        domain=(sp.Ge(T2, T**2),),
        formulas={"slope": general.formulas["slope"].subs(to_start)},
    )


def transition_order() -> Condition:
    """Derive the second-order coefficient that tells a continuous from a discontinuous transition."""
    d = Derivation(
        "transition_order",
        source=PAL_PRASAD,
        assumptions=(
            _EXPONENTIAL,
            "Resets lead to the start.",
            "Without resetting the time has a finite third moment.",
            "The parameters are close to where CV = 1, and no minimum at a finite rate has appeared before.",
        ),
    )
    general = small_rate()
    to_start = {T_x: T, T2_x: T2, T3_x: T3, T_y: T, T2_y: T2}
    first = d.equal(
        "The first-order coefficient of the mean is", "a_1", general.formulas["slope"].subs(to_start)
    )
    second = d.equal(
        "and the second-order one", "a_2", sp.expand(general.formulas["curvature"].subs(to_start))
    )
    a1, a2 = sp.symbols("a_1 a_2")
    mean = d.equal("Close to the transition the mean is", "M", T + a1 * r + a2 * r**2)
    stationary = sp.solve(sp.diff(mean, r), r)[0]
    d.equal("It is stationary at", "r_*", stationary)
    near = stationary.subs({a1: first, a2: second})
    curvature = d.equal("where its second derivative is", "M''", sp.diff(mean, r, 2))
    at_least = sp.Gt(curvature.subs(a2, second), 0)
    d.step("a minimum if", at_least)
    return d.conclude(
        "As the first-order coefficient changes sign, this minimum moves away from 0 without a jump if",
        sp.Gt(second, 0),
        domain=(sp.Ge(T2, T**2), sp.Ge(T3 * T, T2**2)),
        formulas={
            "slope": first,
            "curvature": second,
            "optimal_rate": sp.Piecewise((near, sp.And(sp.Lt(first, 0), sp.Gt(second, 0)))),
        },
    )


def _renewal_mean(d: Derivation) -> sp.Expr:
    """Return the mean under resetting to y of a search from x, in the Laplace transforms of the two."""
    Mx, My, Lx, Ly = sp.symbols("M_x M_y Ttilde_x Ttilde_y")
    time = sp.Symbol("t")
    lasting = d.equal(
        "A trial that would end at T runs until then or until a reset, on average for",
        "E",
        sp.integrate(sp.exp(-r * time), (time, 0, T)),
    )
    lasting = d.equal(
        "Averaged over T, with the Laplace transform Ttilde(r) = <exp(-r T)>",
        "E",
        sp.expand(lasting).subs(sp.exp(-r * T), Lx),
    )
    from_x = d.step(
        "A reset comes first with probability 1 - Ttilde, and then the search goes on from y",
        sp.Eq(Mx, lasting + (1 - Lx) * My),
    )
    from_y = d.step("From y itself", from_x.subs({Mx: My, Lx: Ly}))
    solution = sp.solve([from_x, from_y], [Mx, My], dict=True)[0]
    return d.equal("Solved for the mean under resetting", Mx, sp.factor(solution[Mx]))


def expanded_transform(first: sp.Symbol, second: sp.Symbol, third: sp.Symbol) -> sp.Expr:
    """Return the Laplace transform <exp(-r T)> to third order in the rate."""
    series = sp.Poly(sp.series(sp.exp(-r * T), r, 0, 4).removeO(), T)
    moments = {1: first, 2: second, 3: third}
    return sum(coefficient * moments.get(n, 1) for (n,), coefficient in series.terms())
