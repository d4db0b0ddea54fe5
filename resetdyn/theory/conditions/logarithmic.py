"""A logarithmic potential U0 log|x|: resetting helps if -1 < beta U0 < 5.

The force is that of diffusion in another dimension, and the first passage to 0 follows an inverse-gamma law
with the exponent nu = (1 + beta U0) / 2.  The verdict of CV is global: the reciprocal of the Laplace
transform bends upwards in the rate for all rates if nu >= 3, by Turan's inequality for Bessel functions.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import D, beta_U0, r, x0

_SOURCE = "Ray, Reuveni, J. Chem. Phys. 152, 234110 (2020)"
_SETTING = (
    "One dimension, the potential U0 log|x|, diffusion coefficient D, absorption at 0, start at x0 > 0.",
    "beta is 1 over the thermal energy, so that the drift is -beta U0 D / x.",
)
_nu, _t, _q = sp.symbols("nu t q", positive=True)


def logarithmic_mean() -> Condition:
    """Derive when the mean is finite without resetting."""
    d = Derivation("logarithmic_mean", source=_SOURCE, assumptions=_SETTING)
    density = _density(d)
    moment = d.equal("It has the mean", "T_1", _moment(density, 1))
    tail = sp.limit(density * _t ** (_nu + 1), _t, sp.oo)
    d.equal("The density falls like t^(-nu - 1): times its inverse power it tends to", "c", sp.simplify(tail))
    exponent = (1 + beta_U0) / 2
    d.equal(
        "so that t f(t) is integrable, and this the mean, if nu > 1. In terms of the potential", _nu, exponent
    )
    return d.conclude(
        "that is, if",
        sp.Gt(beta_U0, sp.solve(sp.Eq(exponent, 1), beta_U0)[0]),
        formulas={"mean": sp.Piecewise((sp.factor(moment.subs(_nu, exponent)), beta_U0 > 1), (sp.oo, True))},
    )


def logarithmic() -> Condition:
    """Derive the strengths of the potential at which resetting helps."""
    d = Derivation(
        "logarithmic",
        source=f"{_SOURCE}; that no rate helps beyond derived here, with an inequality of Baricz, "
        "arXiv:1202.4853",
        assumptions=(*_SETTING, "Resets come at a constant rate and lead to the start."),
    )
    density = _density(d)
    first = d.equal("The mean is finite if nu > 1 and is then", "T_1", _moment(density, 1))
    second = d.equal("The second moment is finite if nu > 2 and is then", "T_2", _moment(density, 2))
    variation = d.equal("so that", sp.Symbol("CV") ** 2, sp.factor(sp.simplify(second / first**2 - 1)))
    critical = sp.solve(sp.Eq(variation, 1), _nu)[0]
    d.equal("CV falls with nu and is 1 at", _nu, critical)
    d.step(
        "Below it CV is above 1, or a moment infinite, and slow resetting helps, as long as the target can "
        "be reached",
        sp.Gt(sp.Symbol("nu"), 0),
    )
    _missed(d)
    _no_rate_helps(d)
    low, high = (sp.solve(sp.Eq((1 + beta_U0) / 2, edge), beta_U0)[0] for edge in (0, critical))
    return d.conclude(
        "With nu = (1 + beta U0) / 2 resetting helps if",
        sp.And(sp.Gt(beta_U0, low), sp.Lt(beta_U0, high)),
        formulas={"critical": high},
    )


def _missed(d: Derivation) -> None:
    """Note that the target is out of reach at a negative nu."""
    x, near, far, away = sp.symbols("x epsilon R n", positive=True)
    harmonic = x ** (2 * _nu)
    assert sp.simplify(harmonic.diff(x, 2) + (1 - 2 * _nu) / x * harmonic.diff(x)) == 0
    chance = (far ** (2 * _nu) - harmonic) / (far ** (2 * _nu) - near ** (2 * _nu))
    d.equal("For a distance epsilon is reached before R with the probability", "p", chance)
    grown = 1 / (1 - (far / near) ** (2 * away))
    assert sp.simplify(chance.subs({_nu: -away, x: sp.Integer(1)}) / (1 - far ** (2 * away)) - grown) == 0
    d.equal(
        "which, with nu = -n below 0, is proportional to this, and vanishes for a small epsilon",
        sp.Symbol("p") / (1 - (far / x) ** (2 * away)),
        grown,
    )


def _density(d: Derivation) -> sp.Expr:
    """Return the density of the first-passage time, checked against its backward equation."""
    x = sp.Symbol("x", positive=True)
    density = sp.Function("f")(x, _t)
    slope = 1 - 2 * _nu
    backward = sp.Eq(density.diff(_t), D * density.diff(x, 2) + D * slope / x * density.diff(x))
    d.step("With nu = (1 + beta U0) / 2 the density of the first-passage time obeys", backward)
    found = (x**2 / (4 * D)) ** _nu / sp.gamma(_nu) * _t ** (-_nu - 1) * sp.exp(-(x**2) / (4 * D * _t))
    residual = (backward.lhs - backward.rhs).subs(density, found).doit() / found
    d.equal("solved by an inverse-gamma law, if nu > 0,", density, found)
    d.equal("as both sides differ by", "R", sp.simplify(residual))
    found = found.subs(x, x0)
    d.equal("It has the norm", "N", _moment(found, 0))
    return found


def _moment(density: sp.Expr, order: int) -> sp.Expr:
    """Return a moment by integration over 1 / t, in which the law is a gamma law."""
    y, scale = sp.symbols("y b", positive=True)
    in_y = (density * _t**order).subs(x0, sp.sqrt(4 * D * scale)).subs(_t, 1 / y) / y**2
    power = sp.powsimp(sp.expand_power_base(sp.simplify(in_y), force=True))
    integral = sp.integrate(sp.powsimp(power), (y, 0, sp.oo), conds="none")
    return sp.factor(sp.gammasimp(integral).subs(scale, x0**2 / (4 * D)))


def _no_rate_helps(d: Derivation) -> None:
    """Note why no rate helps from nu = 3 on."""
    mean, transform = sp.Symbol("M"), sp.Function("L")
    found = 2 ** (1 - _nu) / sp.gamma(_nu) * _q**_nu * sp.besselk(_nu, _q)
    d.equal("At rate r, with q = x0 sqrt(r / D), the Laplace transform of the law is", transform(_q), found)
    slope = (1 - 2 * _nu) / _q
    residual = sp.diff(found, _q, 2) + slope * sp.diff(found, _q) - found
    recurred = sp.besselk(_nu - 1, _q) + 2 * _nu / _q * sp.besselk(_nu, _q)
    residual = sp.expand_func(residual).subs(sp.besselk(_nu + 1, _q), recurred)
    residual = residual.subs(sp.besselk(_nu + 2, _q), sp.besselk(_nu, _q) + 2 * (_nu + 1) / _q * recurred)
    residual = residual.subs(
        sp.besselk(_nu - 2, _q), sp.besselk(_nu, _q) - 2 * (_nu - 1) / _q * sp.besselk(_nu - 1, _q)
    )
    d.equal("It solves L'' + (1 - 2 nu) L' / q = L: the sides differ by", "R", sp.simplify(residual))
    d.equal("The mean is the average slope of 1 / L in the rate,", mean, (1 / transform(r) - 1) / r)
    flat = sp.Function("L")(r)
    bend = sp.factor(sp.diff(1 / flat, r, 2))
    d.equal("which grows with the rate if 1 / L bends upwards: its second derivative is", "(1/L)''", bend)
    lower, middle, upper = sp.symbols("K_lower K_middle K_upper")
    # d/ds of q^nu K_nu, with s = q^2, is -q^(nu - 1) K_(nu - 1) / 2.
    factors = (_q**_nu * upper, -(_q ** (_nu - 1)) * middle / 2, _q ** (_nu - 2) * lower / 4)
    bracket = sp.factor(
        sp.simplify((2 * factors[1] ** 2 - factors[0] * factors[2]) * 4 / _q ** (2 * _nu - 2))
    )
    kinds = {lower: sp.besselk(_nu - 2, _q), middle: sp.besselk(_nu - 1, _q), upper: sp.besselk(_nu, _q)}
    bracket = sp.expand(bracket).subs(kinds)
    d.equal(
        "In s = q^2, q^nu K_nu has the slope -q^(nu - 1) K_(nu - 1) / 2, so that it has the sign of",
        "b",
        bracket,
    )
    ratio = (_nu - 1) / (_nu - 2)
    d.step(
        "By Turan's inequality, for nu > 2,", sp.Lt(kinds[upper] * kinds[lower], ratio * kinds[middle] ** 2)
    )
    d.equal(
        "whose factor is 2, so that b is positive at all rates, from", _nu, sp.solve(sp.Eq(ratio, 2), _nu)[0]
    )
