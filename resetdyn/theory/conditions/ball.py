"""A ball as the target of diffusion in d dimensions, from a distance R0 of its centre, under resetting.

In 3 dimensions the mean is elementary, and the best rate is a Lambert function of a / R0.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import R0, D, a, r
from resetdyn.theory.conditions.notation import d as dim

_SOURCE = "Evans, Majumdar, J. Phys. A 47, 285001 (2014)"
_SETTING = (
    "Diffusion without drift outside a ball of radius a, which is the target.",
    "Resets come at a constant rate and lead to the start, at distance R0 from the centre.",
)
_alpha, _R = sp.symbols("alpha R", positive=True)
_nu = sp.Symbol("nu", real=True)
_L = sp.Function("L")
_IN_DIMENSION = {_nu: 1 - dim / 2, _alpha: sp.sqrt(r / D)}


def ball() -> Condition:
    """Derive the mean and its slope in any dimension."""
    d = Derivation(
        "ball",
        source=_SOURCE,
        assumptions=(
            *_SETTING,
            "Without resetting the mean is infinite in any dimension, so that some rate always helps; the "
            "verdict is on raising a given rate.",
        ),
    )
    transform = _transform(d)
    mean = d.equal("The mean under resetting is", "M", (1 / transform - 1) / r)
    share = -_alpha * sp.diff(transform, _alpha) / (2 * transform)
    for distance in (a, R0):  # K_(nu + 1) by the recurrence of Bessel functions
        argument = _alpha * distance
        above = sp.besselk(_nu - 1, argument) + 2 * _nu / argument * sp.besselk(_nu, argument)
        share = share.subs(sp.besselk(_nu + 1, argument), above)
    share = sp.expand(sp.simplify(share))
    d.equal("As alpha^2 = r / D, the logarithmic slope of r M + 1 = 1 / L in the rate is", "g", share)
    statement = d.step(
        "and the mean falls with the rate where r M + 1 grows by less than r M does, g (r M + 1) < r M, "
        "that is,",
        sp.Lt(share, 1 - transform),
    )
    return d.conclude(
        "In d dimensions, written out,",
        statement.subs(_IN_DIMENSION),
        domain=(sp.Gt(R0, a),),
        exact=True,
        formulas={"mean": mean.subs(_IN_DIMENSION)},
    )


def ball_3d() -> Condition:
    """Derive the best rate in 3 dimensions."""
    d = Derivation(
        "ball_3d",
        source=_SOURCE,
        assumptions=(*_SETTING, "Three dimensions."),
    )
    z = sp.Symbol("z", positive=True)
    transform = _transform(d).subs(_nu, _IN_DIMENSION[_nu].subs(dim, 3))
    transform = d.equal("In 3 dimensions this is", "L", sp.simplify(sp.expand_func(transform)))
    mean = ((1 / transform - 1) / _alpha**2).subs(_alpha, z / (R0 - a))
    mean = sp.simplify(mean)
    d.equal("With z = (R0 - a) sqrt(r / D) the mean under resetting, times D, is", "D M", mean)
    slope = sp.expand(sp.simplify(sp.diff(mean, z) * z**3 * a * sp.exp(-z) / (2 * R0 * (R0 - a) ** 2)))
    balance = d.step(
        "Its derivative, times z^3 a exp(-z) / (2 R0 (R0 - a)^2), is negative where", sp.Lt(slope, 0)
    )
    share = sp.Symbol("s", positive=True)
    roots = sp.solve(sp.Eq(balance.lhs.subs(a, share * R0), 0), z)
    root = _upper(roots, share).subs(share, a / R0)
    d.equal("The side on the left falls from a / R0 - 1, then rises for ever; it is 0 at", "z_*", root)
    rate = root**2 * D / (R0 - a) ** 2
    best = (mean / D).subs(z, root)
    return d.conclude(
        "In physical units, raising the rate lowers the mean while",
        sp.Lt((R0 - a) * sp.sqrt(r / D), root),
        domain=(sp.Gt(R0, a),),
        exact=True,
        formulas={
            "z_star": root,
            "optimal_rate": rate,
            "mean": (mean / D).subs(z, (R0 - a) * sp.sqrt(r / D)),
            "optimal_mean": best,
        },
    )


def _transform(d: Derivation) -> sp.Expr:
    """Return the Laplace transform of the time to the ball, with alpha = sqrt(r / D)."""
    d.step(
        "The Laplace transform, at rate r = D alpha^2, of the time from radius R obeys the backward equation",
        sp.Eq(_L(_R).diff(_R, 2) + (dim - 1) / _R * _L(_R).diff(_R), _alpha**2 * _L(_R)),
    )
    decaying = _R**_nu * sp.besselk(_nu, _alpha * _R)
    d.equal("The solution that falls far away is, with nu = 1 - d / 2,", _L(_R) / sp.Symbol("c"), decaying)
    on_ball = sp.besselk(_nu, _alpha * R0) / sp.besselk(_nu, _alpha * a)
    return d.equal("It is 1 on the ball, so that from R0", "L", (R0 / a) ** _nu * on_ball)


def _upper(roots: list[sp.Expr], share: sp.Symbol) -> sp.Expr:
    """Return the root that is positive when the ball is small."""
    return max(roots, key=lambda root: sp.re(root.subs(share, sp.Rational(1, 10)).evalf()))
