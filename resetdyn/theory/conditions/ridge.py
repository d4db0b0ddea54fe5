"""Resetting as ridge regression: the stationary mean shrinks to the checkpoint.

Written in the eigenbasis of the Hessian, where each direction goes on its own: h is its eigenvalue.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import eta, in_complement, n, p, penalty, r

_SETTING = (
    "A quadratic loss with minimum c and Hessian H, in any dimension; resets lead to the checkpoint y.",
    "Gradient noise does not matter for the mean, if it has mean 0.",
)
_m, _c, _y, _h = sp.symbols("m c y h")


def ridge_continuous() -> Condition:
    """Derive that the stationary mean at rate r is ridge regression with penalty r."""
    d = Derivation(
        "ridge_continuous",
        source="Jolakoski, arXiv:2605.30059 (2026)",
        assumptions=("Small learning rate: time is learning rate times steps.", *_SETTING),
    )
    ridge = _ridge(d)
    balance = d.step(
        "Under resetting drift and resets balance in the mean m, direction by direction",
        sp.Eq(-_h * (_m - _c) + r * (_y - _m), 0),
    )
    mean = d.equal("Solved", _m, sp.solve(balance, _m)[0])
    return d.conclude(
        "Both are the same in all directions, whatever h, if",
        _same(ridge, mean),
        formulas={"penalty": r, "sklearn_alpha": n * r},
    )


def ridge_discrete() -> Condition:
    """Derive the ridge penalty of resetting with a probability per step."""
    d = Derivation(
        "ridge_discrete",
        source="Jolakoski, arXiv:2605.30059 (2026), in continuous time; in discrete time derived here",
        assumptions=(
            "SGD with learning rate eta; after each step a reset with probability p, and the state is "
            "sampled after that decision.",
            *_SETTING,
        ),
    )
    ridge = _ridge(d)
    step = _m - eta * _h * (_m - _c)
    balance = d.step(
        "Steps and resets leave the mean m as it is, direction by direction",
        sp.Eq(_m, (1 - p) * step + p * _y),
    )
    mean = d.equal("Solved", _m, in_complement(sp.solve(balance, _m)[0], p))
    statement = _same(ridge, mean)
    return d.conclude(
        "Both are the same in all directions, whatever h, if",
        statement,
        domain=(sp.Gt(p, 0), sp.Lt(p, 1)),
        formulas={"penalty": statement.rhs, "sklearn_alpha": n * statement.rhs},
    )


def _ridge(d: Derivation) -> sp.Expr:
    """Return the ridge solution along an eigendirection, and its penalty in scikit-learn."""
    loss = _h * (_m - _c) ** 2 / 2 + penalty * (_m - _y) ** 2 / 2
    d.equal("Ridge regression that shrinks to y minimises, along an eigendirection,", "F", loss)
    solution = d.equal("at", _m, sp.solve(sp.diff(loss, _m), _m)[0])
    misfit, size, alpha = sp.symbols("E W alpha")
    ours = d.equal(
        "In full, with E = |X theta - target|^2 and W = |theta - y|^2",
        "F",
        misfit / (2 * n) + penalty * size / 2,
    )
    d.equal(
        "while scikit-learn's Ridge (fit_intercept=False) minimises E + alpha W. The two agree at",
        alpha,
        sp.solve(sp.Eq(2 * n * ours, misfit + alpha * size), alpha)[0],
    )
    return solution


def _same(ridge: sp.Expr, mean: sp.Expr) -> sp.Eq:
    """Return the penalty at which two shrunken means agree."""
    return sp.Eq(penalty, in_complement(sp.factor(sp.solve(sp.Eq(ridge, mean), penalty)[0]), p))
