"""An interval with drift: a finite rate may help where slow resetting does not.

Beyond the tricritical drift the best rate jumps: over a window of starts CV < 1, and yet a finite rate lowers
the mean.  So CV alone does not decide.  Units as in :mod:`~resetdyn.theory.conditions.interval_drift`.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.interval_drift import SETTING, drifted_mean, interval_drift
from resetdyn.theory.conditions.notation import Pe_L, rho, u
from resetdyn.theory.conditions.small_rate import PAL_PRASAD

# The strong drift at which the window is worked out, and where its ends and the rate at its far end are near.
_DRIFT = 3
_NEAR = {"cv": 0.186, "window": (0.2048, 52.0)}
_x, _q = sp.Symbol("x"), sp.Symbol("q", positive=True)


def interval_drift_rate() -> Condition:
    """Derive whether a given rate lowers the mean, and the window where CV misleads at V L / D = 3."""
    d = Derivation(
        "interval_drift_rate",
        source=f"{PAL_PRASAD}; the window derived here",
        assumptions=(*SETTING, "The verdict is on the given rate, in units of D / L^2."),
    )
    mean = _mean_under_resetting(d)
    without = d.equal("Without resetting it is", "M_0", drifted_mean())
    gain = without - mean
    excess = interval_drift().statement.lhs.subs(Pe_L, _DRIFT)
    lower = sp.nsolve(excess, u, _NEAR["cv"], prec=20)
    d.equal("At the drift", Pe_L, sp.Integer(_DRIFT))
    d.equal("CV falls below 1 at the start", "u_1", lower)
    at_drift = gain.subs(Pe_L, _DRIFT)
    upper, rate = sp.nsolve([at_drift, sp.diff(at_drift, rho)], [u, rho], _NEAR["window"], prec=20)
    d.equal("but some rate helps up to the start", "u_2", upper)
    d.equal("where the mean at this rate is a minimum as low as that without resetting", "rho_2", rate)
    between = {u: (lower + upper) / 2, rho: rate}
    d.equal(
        "Half way between the two starts this rate lowers the mean, by the share",
        "g",
        (at_drift / without.subs(Pe_L, _DRIFT)).evalf(8, subs=between),
    )
    return d.conclude(
        "So CV < 1 does not decide. A rate helps where",
        sp.Lt(mean, without),
        domain=(sp.Lt(u, 1),),
        exact=True,
        formulas={
            "mean": mean, "mean_without": without,
            "window_low": lower, "window_high": upper, "window_rate": rate,
        },
    )  # fmt: skip


def exit_transforms(d: Derivation) -> tuple[sp.Expr, sp.Expr]:
    """Return the Laplace transforms of the exits at 0 and at L, with q = sqrt(rho + Pe_L^2 / 4)."""
    transform = sp.Function("L")(_x)
    backward = sp.Eq(transform.diff(_x, 2) + Pe_L * transform.diff(_x), rho * transform)
    d.step("The Laplace transforms of the exits obey the backward equation", backward)
    low = sp.exp(-Pe_L * _x / 2) * sp.sinh(_q * (1 - _x)) / sp.sinh(_q)
    high = sp.exp(Pe_L * (1 - _x) / 2) * sp.sinh(_q * _x) / sp.sinh(_q)
    for found, ends in ((low, (1, 0)), (high, (0, 1))):
        residual = (backward.lhs - backward.rhs).subs(transform, found).doit()
        assert sp.simplify(residual.subs(rho, _q**2 - Pe_L**2 / 4)) == 0
        assert tuple(sp.simplify(found.subs(_x, end)) for end in (0, 1)) == ends
    d.equal("With the abbreviation", _q, sp.sqrt(rho + Pe_L**2 / 4))
    low = d.equal("the exit at 0, 1 there and 0 at L, has", "L_0", low.subs(_x, u))
    high = d.equal("and that at L", "L_1", high.subs(_x, u))
    return low, high


def with_rate(expression: sp.Expr) -> sp.Expr:
    """Return an expression in q with q written in the rate and the drift."""
    return expression.subs(_q, sp.sqrt(rho + Pe_L**2 / 4))


def _mean_under_resetting(d: Derivation) -> sp.Expr:
    low, high = exit_transforms(d)
    both = low + high
    mean = d.equal("so that the mean under resetting is", "M", (1 / both - 1) / rho)
    return with_rate(mean)
