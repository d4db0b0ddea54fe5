"""Returns at constant speed: a reset that has to travel back to the start.

A search that is reset at x needs |x| / v to come back.  The mean of |x| follows from the density of the
searches that go on; for diffusion the mean is elementary.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import T2, A, D, T, r, v, x0
from resetdyn.theory.conditions.small_rate import expanded_transform

_SOURCE = "Pal, Kusmierz, Reuveni, PRR 2, 043174 (2020); Bodrova, Sokolov, PRE 101, 052130 (2020)"
_SETTING = (
    "Resets come at a constant rate and lead to the start, in a straight line at speed v.",
    "On its way back the search neither finds the target nor is reset.",
)
_mean, _transform, _distance = sp.symbols("M Ttilde I")


def return_speed() -> Condition:
    """Derive the critical speed from the small-rate expansion."""
    d = Derivation(
        "return_speed",
        source=f"{_SOURCE}; the critical speed derived here",
        assumptions=(
            *_SETTING,
            "Without resetting the time has a finite second moment, and A is finite.",
            "The verdict is local: where it says no, a finite rate may still help.",
        ),
    )
    mean = _mean_with_returns(d)
    d.equal("At rate 0 the integral I is the distance, integrated over a search", _distance, A)
    moments = d.equal("At a small rate", _transform, expanded_transform(T, T2, sp.Symbol("T_3")))
    change = sp.Symbol("I_1")
    small = mean.subs({_transform: moments, _distance: A + r * change})
    series = sp.series(sp.cancel(small), r, 0, 2).removeO()
    d.equal("so that the mean is, at rate 0,", "M_0", series.coeff(r, 0))
    slope = d.equal("with the slope", "M_1", sp.expand(series.coeff(r, 1)))
    critical = sp.solve(slope, v)[0]
    d.equal("which falls with the speed and, if CV > 1, vanishes at", sp.Symbol("v_c"), critical)
    return d.conclude(
        "Slow resetting helps if the slope is negative: if what it saves exceeds what the returns cost,",
        sp.Gt(slope.coeff(T2) * -T2 - T**2, A / v),
        domain=(sp.Ge(T2, T**2),),
        formulas={"slope": slope, "critical_speed": sp.Piecewise((critical, sp.Gt(T2, 2 * T**2)))},
    )


def return_speed_brownian() -> Condition:
    """Derive the mean for diffusion, and up to which rate raising it helps."""
    d = Derivation(
        "return_speed_brownian",
        source=f"{_SOURCE}; the closed form derived here",
        assumptions=(*_SETTING, "Diffusion without drift in one dimension to a target at distance x0."),
    )
    mean = _mean_with_returns(d)
    x = sp.Symbol("x", real=True)
    z, root, level = sp.symbols("z alpha L", positive=True)
    transform = d.equal(
        "With alpha = sqrt(r / D) and the target at L = x0 the transform is",
        _transform,
        sp.exp(-root * level),
    )
    behind = (sp.exp(root * x) - sp.exp(root * (x - 2 * level))) / (2 * D * root)
    ahead = (sp.exp(-root * x) - sp.exp(root * (x - 2 * level))) / (2 * D * root)
    for part in (behind, ahead):
        assert sp.simplify(D * part.diff(x, 2) - D * root**2 * part) == 0
    d.equal(
        "The density G of the searches that go on solves D G'' = r G. For x < 0 it is",
        sp.Symbol("G_-"),
        behind,
    )
    d.equal("and for 0 < x < L", sp.Symbol("G_+"), ahead)
    jumps = (ahead.subs(x, level), (ahead - behind).subs(x, 0), D * (ahead - behind).diff(x).subs(x, 0))
    d.equal(
        "It is 0 at the target and continuous at 0, where the current D G' jumps by -1, the unit source",
        sp.Tuple(*sp.symbols("G_L G_0 J_0")),
        sp.Tuple(*map(sp.simplify, jumps)),
    )
    y = sp.Symbol("y", positive=True)
    left = sp.integrate(sp.expand(y * behind.subs(x, -y)), (y, 0, sp.oo))
    right = sp.integrate(sp.expand(y * ahead.subs(x, y)), (y, 0, level))
    integral = sp.expand(sp.simplify((left + right) * D * root**3)) / (D * root**3)
    d.equal("The integral of |x| is", _distance, integral)
    full = mean.subs({_transform: transform, _distance: integral})
    full = full.subs(r, D * root**2).subs(root, z / level).subs(level, x0)
    cost = sp.expand(full).coeff(v, -1) * z / x0
    scaled = sp.factor(sp.expand(full).coeff(v, 0)) + x0 / (v * z) * sp.simplify(cost.rewrite(sp.sinh))
    assert sp.simplify(sp.expand((scaled - full).rewrite(sp.exp))) == 0
    d.equal("With z = x0 sqrt(r / D) the mean is", _mean, scaled)
    slope = sp.expand(sp.expand(sp.diff(scaled, z) * z**3) * D / x0**2)
    d.equal("and its slope, in units of x0^2 / D and times z^3,", "g", slope)
    bends = sp.factor(sp.diff(slope, z))
    d.equal(
        "g is 0 at z = 0, and its slope grows for ever from -1, so that the mean has one minimum: it is",
        "g'",
        bends,
    )
    return d.conclude(
        "Raising the rate helps where g is negative,",
        sp.Lt(slope.subs(z, x0 * sp.sqrt(r / D)), 0),
        exact=True,
        formulas={"mean": scaled.subs(z, x0 * sp.sqrt(r / D))},
    )


def _mean_with_returns(d: Derivation) -> sp.Expr:
    """Return the mean under resetting with returns, noting the balance behind it."""
    lasting = (1 - _transform) / r
    d.step(
        "A trial searches for (1 - Ttilde) / r on average. It is reset at x with the density r G(x), G being "
        "that of the searches that go on, integrated with exp(-r t); the way back takes on average",
        sp.Eq(sp.Symbol("R"), r / v * _distance),
    )
    equation = d.step(
        "where I is the integral of |x| G(x). A reset comes with probability 1 - Ttilde, and then the "
        "search starts again",
        sp.Eq(_mean, lasting + r / v * _distance + (1 - _transform) * _mean),
    )
    return d.equal("Solved for the mean", _mean, sp.expand(sp.solve(equation, _mean)[0]))
