"""Does the gain from resetting grow with batch size and noise rate?  The search.

The gain of a search is its speed-up: the mean time without resetting divided by that at the best rate.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.drift_diffusion import drift_away
from resetdyn.theory.conditions.label_noise import MIXED, SMALL_RATE, search_peclet
from resetdyn.theory.conditions.notation import B, Pe, eta, g_clean, g_wrong, in_complement, tau, x0

_SETTING = (
    SMALL_RATE,
    "The target is at a given distance along the clean descent direction, close enough for the two gradients "
    "to be constant; they are opposite, and the gradient noise is that of drawing one or the other.",
    "Resets come at the best rate and lead to the start. Where they do not help (Pe of at least 1) the gain "
    "is 1 and stays there; where the drift is reversed (Pe of at most 0) it is infinite, and the chance to "
    "miss the target without resetting stands for it.",
)
_SOURCE = "The claim: Bae, Song, Jeong, MLST 6, 015062 (2025); its range for drift-diffusion derived here"


def search_gain_grows_with_batch_size() -> Condition:
    """Derive that the gain of a search grows with the batch size where the drift is reversed."""
    d = Derivation(
        "search_gain_grows_with_batch_size",
        source=_SOURCE,
        assumptions=_SETTING,
    )
    number = _falling_gain(d)
    slope = d.equal(
        "The Peclet number changes with the batch size by", sp.Derivative(Pe, B), sp.diff(number, B)
    )
    pull = sp.cancel(slope * eta * tau * (1 - tau) * (g_clean + g_wrong) ** 2 / x0)
    return d.conclude(
        "The gain grows where the Peclet number falls, that is, in the sign of the net drift, where",
        sp.Lt(sp.collect(sp.expand(pull), g_clean), 0),
        domain=MIXED,
    )


def search_gain_grows_with_noise_rate() -> Condition:
    """Derive that the gain of a search grows with the noise rate wherever resetting helps."""
    d = Derivation(
        "search_gain_grows_with_noise_rate",
        source=_SOURCE,
        assumptions=_SETTING,
    )
    number = _falling_gain(d)
    slope = d.equal(
        "The Peclet number changes with the noise rate by",
        sp.Derivative(Pe, tau),
        sp.factor(sp.diff(number, tau)),
    )
    part = sp.cancel(-slope * eta * tau**2 * (1 - tau) ** 2 * (g_clean + g_wrong) ** 2 / (B * x0))
    d.equal(
        "in proportion to minus this, which is positive: it always falls",
        "g",
        in_complement(sp.collect(sp.expand(part), g_clean, sp.factor), tau),
    )
    return d.conclude(
        "So the gain always grows where resetting helps, that is, at", sp.Lt(number, 1), domain=MIXED
    )


def _falling_gain(d: Derivation) -> sp.Expr:
    """Return the Peclet number of the search, noting that the gain falls with it."""
    u, towards = sp.symbols("u Pe", positive=True)
    rate = sp.expand((u + Pe) ** 2 - Pe**2)
    mean = d.equal(
        "With u = sqrt(Pe^2 + s) - Pe for the rate s the mean time is", "M", (sp.exp(u) - 1) / rate
    )
    alone = d.equal(
        "and without resetting (towards the target)", "M_0", sp.limit(mean.subs(Pe, towards), u, 0)
    )
    speedup = d.equal(
        "so that the speed-up at this rate is", "G_u", sp.factor(alone / mean.subs(Pe, towards))
    )
    d.equal(
        "It falls with the Peclet number at every u, and so does its maximum, the gain: the slope is",
        sp.Derivative(sp.Symbol("G_u"), Pe),
        sp.factor(sp.diff(speedup, towards)),
    )
    away = d.equal(
        "Away from the target the chance to miss it is", "P_0", drift_away().formulas["missing_probability"]
    )
    d.equal(
        "which grows with |Pe|, so that it falls with Pe, too: the slope in |Pe| is",
        "P'_0",
        sp.diff(away.subs(Pe, -towards), towards),
    )
    return search_peclet(d)
