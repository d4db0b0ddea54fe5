"""Where the latent gradient bias reverses the drift: training then moves away from the clean solution."""

from __future__ import annotations

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import g_clean, g_wrong, tau

_PAPER = "Bae, Song, Jeong, MLST 6, 015062 (2025), for the latent bias; the point of reversal derived here"
_SETTING = (
    "The training loss is (1 - tau) times the clean loss plus tau times the loss of the wrong labels.",
    "The drift is minus the gradient of the training loss.",
)
_ARRAYS = {
    "tau": "noise rate, the fraction of wrong labels",
    "g_clean": "gradient of the clean loss, a number or of shape (d,)",
    "g_wrong": "gradient of the loss of the wrong labels, a number or of shape (d,)",
}
_c, _w = sp.IndexedBase("g_c"), sp.IndexedBase("g_w")
_i, _d = sp.symbols("i d", integer=True, positive=True)


def drift_reversal() -> Condition:
    """Derive where the net drift raises the clean loss."""
    d = Derivation(
        "drift_reversal",
        source=_PAPER,
        assumptions=_SETTING,
    )
    total = _training_gradient(d, _c[_i], _w[_i])
    along = d.equal(
        "Its product with the clean gradient, component by component,",
        "a_i",
        sp.expand(total * _c[_i], deep=True),
    )
    slope = d.equal(
        "Along the drift the clean loss changes at the rate",
        sp.Symbol("Ldot"),
        -sp.Sum(sp.collect(along, tau), (_i, 1, _d)),
    )
    squares = sp.Sum(_c[_i] ** 2, (_i, 1, _d))
    products = sp.Sum(_c[_i] * _w[_i], (_i, 1, _d))
    regrouped = along.coeff(_c[_i], 2) * squares + along.coeff(_c[_i], 1).coeff(_w[_i], 1) * products
    d.equal("or, collected,", slope, -regrouped)
    weigh = sp.lambdify((tau, _c[_i], _w[_i]), along)

    def predicate(tau: float, g_clean: ArrayLike, g_wrong: ArrayLike) -> bool:
        clean, wrong = (
            np.atleast_1d(_checks.finite_array(name, g))
            for name, g in (("g_clean", g_clean), ("g_wrong", g_wrong))
        )
        if clean.shape != wrong.shape or clean.ndim != 1:
            raise ValueError(
                f"g_clean has shape {clean.shape}, g_wrong {wrong.shape}: give two vectors of one length"
            )
        return bool(np.sum(weigh(_checks.probability("tau", tau), clean, wrong)) < 0)

    return d.conclude(
        "It rises, the drift being reversed, where", sp.Lt(regrouped, 0), arrays=_ARRAYS, predicate=predicate
    )


def drift_reversal_collinear() -> Condition:
    """Derive the reversal for two gradients in opposite directions."""
    d = Derivation(
        "drift_reversal_collinear",
        source=_PAPER,
        assumptions=(*_SETTING, "The two gradients point in opposite directions, as between the two optima."),
    )
    total = _training_gradient(d, g_clean, -g_wrong)
    bias = d.equal("of which the latent bias is", "b", sp.expand(total - g_clean))
    d.equal("opposite to the clean gradient, and of size", "|b|", sp.factor(-bias))
    boundary = sp.solve(total, tau)[0]
    d.equal("The drift vanishes at the noise rate", "tau_*", boundary)
    return d.conclude(
        "Above it the latent bias wins, and the drift points away from the clean optimum:",
        sp.Lt(total.coeff(g_clean) * g_clean, -sp.expand(total).coeff(g_wrong) * g_wrong),
        formulas={"noise_rate": boundary},
    )


def _training_gradient(d: Derivation, clean: sp.Expr, wrong: sp.Expr) -> sp.Expr:
    """Return the gradient of the training loss, noting it."""
    theta = sp.Symbol("theta")
    losses = sp.Function("L_c")(theta), sp.Function("L_w")(theta)
    loss = d.equal("The training loss", "L", (1 - tau) * losses[0] + tau * losses[1])
    gradient = sp.diff(loss, theta).subs({losses[0].diff(theta): clean, losses[1].diff(theta): wrong})
    return d.equal("has the gradient", "g", gradient)
