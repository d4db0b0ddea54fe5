"""The conditions in the practitioner's variables: noise rate, batch size, learning rate.

SGD at a small learning rate is a Langevin process of diffusion coefficient D = eta C / (2 B), with C the
variance of one sample's gradient.  Between a clean and a wrong label that variance is tau (1 - tau) times the
squared difference of their two gradients.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation, unnoted
from resetdyn.theory.conditions.drift_diffusion import peclet
from resetdyn.theory.conditions.notation import (
    B,
    C,
    D,
    Delta,
    Pe,
    V,
    delta,
    eta,
    g_clean,
    g_wrong,
    h,
    in_complement,
    k,
    q,
    s,
    tau,
    x0,
)
from resetdyn.theory.conditions.ornstein_uhlenbeck import ornstein_uhlenbeck_center
from resetdyn.theory.conditions.steady_risk import steady_risk_any, steady_risk_optimum, steady_risk_slope

_BIAS = "Bae, Song, Jeong, MLST 6, 015062 (2025), for the latent bias"
SMALL_RATE = "Small learning rate: SGD is a Langevin process of diffusion coefficient eta C / (2 B)."
COLLINEAR = (
    SMALL_RATE,
    "One dimension: clean and wrong labels have quadratic losses of the same Hessian h and different optima.",
    "The gradient noise is that of drawing a clean or a wrong label.",
)
MIXED = (sp.Gt(tau, 0), sp.Lt(tau, 1))
PLACES = "The checkpoint is at clean optimum + q s: q = 0 is the clean, q = tau the effective optimum, q < 0 "
"earlier."


def label_noise_peclet() -> Condition:
    """Derive Pe < 1 for the search of SGD with noisy labels."""
    d = Derivation(
        "label_noise_peclet",
        source=f"Ray, Mondal, Reuveni, J. Phys. A 52, 255002 (2019); {_BIAS}; combined here",
        assumptions=(
            SMALL_RATE,
            "The target is at distance x0 along the clean descent direction, close enough for the two "
            "gradients to be constant; they are opposite.",
            "Resets come at a constant rate and lead to the start.",
        ),
    )
    number = search_peclet(d)
    condition = d.step("Resetting helps if", peclet().statement)
    return d.conclude(
        "that is, where the drift is reversed always, and else at a small batch or a high learning rate:",
        sp.Lt(number, condition.rhs),
        domain=MIXED,
        formulas={"peclet": number},
    )


def label_noise_center() -> Condition:
    """Derive the critical stiffness for the search of the training optimum by SGD."""
    general = ornstein_uhlenbeck_center()
    d = Derivation(
        "label_noise_center",
        source=f"{general.source}; in the variables of SGD here",
        assumptions=(
            SMALL_RATE,
            "One dimension, a quadratic loss of Hessian h, the target at its optimum (with noisy labels: the "
            "effective one).",
            "Resets come at a constant rate and lead to the start.",
        ),
    )
    condition = d.step("With the target at the centre resetting helps if", general.statement)
    return d.conclude("With k = h and D = eta C / (2 B)", condition.subs({k: h, D: _diffusion(C)}))


def label_noise_steady_risk_slope() -> Condition:
    """Derive when slow resetting lowers the steady clean risk of SGD with noisy labels."""
    d = _steady_derivation("label_noise_steady_risk_slope")
    condition = d.step("Slow resetting lowers the risk if", steady_risk_slope().statement)
    return d.conclude("that is, divided by s^2,", _substituted(d, condition))


def label_noise_steady_risk() -> Condition:
    """Derive when some rate lowers the steady clean risk of SGD with noisy labels."""
    d = _steady_derivation("label_noise_steady_risk")
    condition = d.step("Some rate lowers the risk if", steady_risk_any().statement)
    return d.conclude("that is, divided by s^2,", _substituted(d, condition))


def label_noise_steady_risk_optimum() -> Condition:
    """Derive when the best rate is finite for SGD with noisy labels."""
    d = _steady_derivation("label_noise_steady_risk_optimum")
    general = steady_risk_optimum()
    condition = d.step("The best rate is finite if", general.statement)
    statement = _substituted(d, condition)
    values, optimum = practitioner(), general.formulas["optimal_rate"].args[0].expr
    ratio = sp.Symbol("E", positive=True)
    strength = d.equal(
        "Let the noise D / k, divided by s^2, be", ratio, (values[D] / values[k] / s**2).cancel()
    )
    # The distance s of the two optima drops out.
    rate = optimum.subs({D: k * ratio}).simplify().subs(values).subs(s, 1)
    d.equal("The best rate is then", "r_*", rate)
    rate = sp.Piecewise((rate.subs(ratio, strength), statement))
    return d.conclude("and finite if, divided by s^2,", statement, formulas={"optimal_rate": rate})


def practitioner() -> dict[sp.Symbol, sp.Expr]:
    """Return k, D, Delta and delta of the collinear model in the practitioner's variables."""
    return _translation(unnoted())


def search_peclet(d: Derivation) -> sp.Expr:
    """Return the Peclet number of a search against opposite gradients, noting its derivation."""
    pull = d.equal("The net drift towards the target", V, (1 - tau) * g_clean - tau * g_wrong)
    noise = d.equal(
        "The two gradients differ by their sum; drawing one of them has the variance",
        C,
        _two_point_variance(g_clean, -g_wrong),
    )
    spread = d.equal("so that the diffusion coefficient is", D, _diffusion(noise))
    return d.equal("and the Peclet number x0 V / (2 D)", Pe, (x0 * V / (2 * D)).subs({V: pull, D: spread}))


def _steady_derivation(name: str) -> Derivation:
    return Derivation(
        name,
        source=f"{_BIAS}; the conditions on the risk derived here",
        assumptions=(*COLLINEAR, PLACES, "Resets come at a constant rate and lead to the checkpoint."),
    )


def _translation(d: Derivation) -> dict[sp.Symbol, sp.Expr]:
    theta = sp.Symbol("theta")  # distance to the clean optimum
    clean, wrong = h * theta, h * (theta - s)
    gradient = d.equal(
        "At theta from the clean optimum the training loss has the gradient",
        "g",
        sp.collect(sp.expand((1 - tau) * clean + tau * wrong), h * theta),
    )
    effective = sp.solve(gradient, theta)[0]
    noise = d.equal(
        "Drawing a clean or a wrong label, the gradient has the variance",
        C,
        _two_point_variance(clean, wrong),
    )
    values = {
        k: sp.diff(gradient, theta).simplify(),
        D: _diffusion(noise),
        Delta: effective,
        delta: sp.factor(q * s - effective),
    }
    d.equal("Stiffness", k, values[k])
    d.equal("Diffusion coefficient eta C / (2 B)", D, values[D])
    d.equal("Effective optimum minus clean optimum", Delta, values[Delta])
    d.equal("Checkpoint minus effective optimum", delta, values[delta])
    return values


def _substituted(d: Derivation, statement: sp.Basic) -> sp.Basic:
    """Return a statement on D / k in the practitioner's variables, divided by s^2."""
    values = _translation(d)

    def scaled(side: sp.Expr) -> sp.Expr:
        if isinstance(side, sp.Min):
            return sp.Min(*(scaled(argument) for argument in side.args))
        return in_complement(sp.factor(side.subs(values) / s**2), tau)

    if isinstance(statement, sp.And):
        return sp.And(*(part.func(scaled(part.lhs), scaled(part.rhs)) for part in statement.args))
    return statement.func(scaled(statement.lhs), scaled(statement.rhs))


def _two_point_variance(clean: sp.Expr, wrong: sp.Expr) -> sp.Expr:
    """Return the variance of a gradient that is `wrong` with probability tau, else `clean`."""
    mean = (1 - tau) * clean + tau * wrong
    return in_complement(sp.factor((1 - tau) * clean**2 + tau * wrong**2 - mean**2), tau)


def _diffusion(variance: sp.Expr) -> sp.Expr:
    return eta * variance / (2 * B)
