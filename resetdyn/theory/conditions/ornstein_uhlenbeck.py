"""Ornstein-Uhlenbeck process with the target at its centre: a critical stiffness.

In units of sqrt(D / k) and 1 / k the process is dz = -z dt + sqrt(2) dW, and only the start z matters.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import D, k, x0

_DIGITS, _WORKING_DIGITS = 18, 25


def ornstein_uhlenbeck_center() -> Condition:
    """Derive the moments, the equation CV = 1 and its root."""
    d = Derivation(
        "ornstein_uhlenbeck_center",
        source="Ahmad, Nayak, Bansal, Nandi, Das, PRE 99, 022130 (2019); the number computed here",
        assumptions=(
            "One dimension, the target at the centre of the harmonic force.",
            "Resets come at a constant rate and lead to the start.",
            "The second-order coefficient is positive at the root, so that the transition is continuous.",
        ),
    )
    z, t, w = sp.symbols("z t w", positive=True)
    survival = d.equal(
        "Reflection at the centre gives the probability not to have arrived by time t",
        "Q",
        sp.erf(z / sp.sqrt(2 * (sp.exp(2 * t) - 1))),
    )
    backward = sp.diff(survival, t) - sp.diff(survival, z, 2) + z * sp.diff(survival, z)
    d.equal("It solves the backward equation: dQ/dt - Q'' + z Q' is", "R", sp.simplify(backward))
    d.equal("and is absorbed at the centre", "Q_0", survival.subs(z, 0))
    growth = sp.Symbol("growth", positive=True)
    grown = sp.solve(sp.Eq(w**2, (survival.args[0] ** 2).subs(sp.exp(2 * t), growth)), growth)[0]
    time = d.equal("Let w be the argument of erf; solved for the time", t, sp.log(sp.expand(grown)) / 2)
    density = d.equal("and w has the density", "f", sp.diff(sp.erf(w), w))
    first, second = (sp.Integral(time**n * density, (w, 0, sp.oo)) for n in (1, 2))
    d.equal("so that the mean is", "T_1", first)
    d.equal("and the second moment", "T_2", second)
    d.equal("CV = 1 is the equation", second, 2 * first**2)
    root = _root(z, w, time, density)
    d.equal("Its root, by quadrature at 25 digits, is", "z_c", sp.Float(root, _DIGITS))
    critical = sp.Float(root**2, _DIGITS)
    d.equal("in the square", sp.Symbol("z_c") ** 2, critical)
    return d.conclude(
        "At a smaller z = x0 sqrt(k / D) the times vary more, and resetting helps:",
        sp.Lt(k * x0**2 / D, critical),
        formulas={"critical": critical},
    )


def _root(z: sp.Symbol, w: sp.Symbol, time: sp.Expr, density: sp.Expr) -> sp.Float:
    """Return the start at which <T^2> = 2 <T>^2, by a double-exponential rule in w = exp(y - exp(-y))."""
    y, step = sp.Symbol("y"), sp.Rational(1, 16)
    place = sp.exp(y - sp.exp(-y))
    weight = density.subs(w, place) * place.diff(y) * step
    nodes = [sp.Float(n * step, _WORKING_DIGITS) for n in range(-70, 36)]
    times = [(weight.subs(y, node), time.subs(w, place.subs(y, node))) for node in nodes]
    first, second = (sum(share * clock**order for share, clock in times) for order in (1, 2))
    return sp.nsolve(second - 2 * first**2, z, 1, prec=_WORKING_DIGITS)
