"""Does the gain from resetting grow with batch size and noise rate?  The steady clean risk.

Two gains are looked at, at a given reset rate: the ratio of the risks without and with resetting, and their
difference.  At the best rate the answers are the same, with that rate put in (envelope theorem).
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.label_noise import COLLINEAR, MIXED, PLACES, practitioner
from resetdyn.theory.conditions.notation import B, D, eta, h, in_complement, k, q, r, s, tau
from resetdyn.theory.conditions.steady_risk import risk_at

_SOURCE = "The claim: Bae, Song, Jeong, MLST 6, 015062 (2025); its range in the quadratic model derived here"
_SETTING = (
    *COLLINEAR,
    PLACES,
    "Resets come at a constant rate and lead to the checkpoint; rate and checkpoint are kept as the "
    "parameter changes (a best rate may follow it).",
)
_STABLE = (*MIXED, sp.Lt(eta * h, 2), sp.Ge(B, 1))
_noise = sp.Symbol("epsilon", positive=True)  # eta h / (2 B)


def gain_grows_with_batch_size() -> Condition:
    """Derive when the risk ratio grows with the batch size."""
    d = Derivation(
        "gain_grows_with_batch_size",
        source=_SOURCE,
        assumptions=(*_SETTING, "Learning rate and batch size drop out of the condition."),
    )
    free, held = _risks(d)
    crossed = sp.factor(sp.together(sp.diff(free, D) * held - free * sp.diff(held, D)))
    d.equal("The ratio grows with D in the sign of (derivatives by D)", "S", crossed)
    # The batch size divides D, so that the ratio grows with it where it falls with D.
    positive = r / (k * (2 * k + r))
    bracket = sp.apart(sp.cancel(crossed / positive), r)
    bracket = d.equal("or, divided by a positive factor,", "g", _factored(bracket))
    d.equal("In the noise rate and the place of the checkpoint, divided by s^2,", "g", _in_practice(bracket))
    return d.conclude(
        "D falls with the batch size, so that the ratio grows with it if",
        sp.Lt(_in_practice(bracket), 0),
        domain=MIXED,
    )


def gain_grows_with_noise_rate() -> Condition:
    """Derive when the risk ratio grows with the noise rate."""
    d = Derivation(
        "gain_grows_with_noise_rate",
        source=_SOURCE,
        assumptions=(
            *_SETTING,
            "A checkpoint at or past the clean optimum (q = 0 or above) always satisfies it; with q below 0 "
            "and weak gradient noise it ends at tau = |q| (h + r) / h.",
        ),
    )
    free, held = _risks_in_practice(d)
    crossed = sp.factor(sp.together(sp.diff(free, tau) * held - free * sp.diff(held, tau)))
    bracket = sp.factor(sp.cancel(crossed * (2 * h + r) * (h + r) / r))
    bracket = sp.collect(sp.expand(bracket), q, sp.factor)
    d.equal("The ratio grows with the noise rate in the sign of (up to a positive factor)", "g", bracket)
    quiet = sp.factor(bracket.subs(_noise, 0))
    d.equal("Without gradient noise this is", "g_0", quiet)
    bracket = bracket.subs(_noise, eta * h / (2 * B))
    return d.conclude("so that the ratio grows with the noise rate if", sp.Gt(bracket, 0), domain=_STABLE)


def risk_reduction_grows_with_batch_size() -> Condition:
    """Derive that the risk difference falls with the batch size, without exception."""
    d = Derivation(
        "risk_reduction_grows_with_batch_size",
        source=_SOURCE,
        assumptions=_SETTING,
    )
    free, held = _risks(d)
    slope = sp.factor(sp.diff(free - held, D))
    d.equal("The difference grows with D, at the rate", "G'", slope)
    practice = in_complement(sp.factor(slope.subs(k, h) * sp.diff(practitioner()[D], B) / s**2), tau)
    return d.conclude(
        "D falls with the batch size: to grow, the difference, in units of s^2, would need a slope",
        sp.Gt(practice, 0, evaluate=False),
        domain=MIXED,
    )


def risk_reduction_grows_with_noise_rate() -> Condition:
    """Derive when the risk difference grows with the noise rate."""
    d = Derivation(
        "risk_reduction_grows_with_noise_rate",
        source=_SOURCE,
        assumptions=(
            *_SETTING,
            "A checkpoint at or before the clean optimum (q = 0 or below) always satisfies it.",
        ),
    )
    free, held = _risks_in_practice(d)
    slope = sp.cancel(sp.diff(free - held, tau) * (2 * h + r) * (h + r) / r)
    bracket = sp.collect(sp.expand(slope), (q, tau, _noise), sp.factor)
    d.equal("The difference grows with the noise rate in the sign of (up to a positive factor)", "g", bracket)
    return d.conclude(
        "so that the difference grows with the noise rate if",
        sp.Gt(bracket.subs(_noise, eta * h / (2 * B)), 0),
        domain=_STABLE,
    )


def _risks(d: Derivation) -> tuple[sp.Expr, sp.Expr]:
    """Return the steady risk without resetting and at rate r."""
    free = d.equal("Without resetting the steady risk is", "R_0", risk_at(sp.Integer(0)))
    held = d.equal("and at the reset rate r", "R", risk_at(r))
    return free, held


def _risks_in_practice(d: Derivation) -> tuple[sp.Expr, sp.Expr]:
    """Return the two risks in units of s^2, with epsilon for the strength of the gradient noise."""
    values = practitioner()
    d.equal("Let the strength of the gradient noise be", _noise, eta * h / (2 * B))
    free, held = (
        sp.expand(risk_at(rate).subs(values) / s**2).subs(eta, 2 * B * _noise / h)
        for rate in (sp.Integer(0), r)
    )
    free = d.equal(
        "In units of s^2, the steady risk without resetting is", "R_0", sp.collect(free, _noise, sp.factor)
    )
    held = d.equal("and at the reset rate r", "R", sp.collect(held, (_noise, q), sp.factor))
    return free, held


def _in_practice(expression: sp.Expr) -> sp.Expr:
    values = practitioner()
    return sp.Add(*(sp.factor(part.subs(values) / s**2) for part in sp.Add.make_args(expression)))


def _factored(expression: sp.Expr) -> sp.Expr:
    """Return the sum with its polynomial part, (delta + Delta)^2, factored."""
    polynomial = sp.Add(*(part for part in sp.Add.make_args(expression) if not part.has(r)))
    return sp.factor(polynomial) + sp.factor(expression - polynomial)
