"""Slow resetting and the steady clean risk in any dimension, with full matrices.

Everything is written in the eigenbasis of the effective Hessian (eigenvalues h_i).  The clean Hessian A and
the diffusion D need not be diagonal there, and then the slope is not a sum over directions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import r

_A, _D, _h, _Delta, _delta = (sp.IndexedBase(name) for name in ("A", "D", "h", "Delta", "delta"))
_i, _j, _d = (sp.Symbol(name, integer=True, positive=True) for name in ("i", "j", "d"))
_ARRAYS = {
    "hessian": "effective Hessian, of shape (d, d)",
    "clean_hessian": "clean Hessian A, of shape (d, d)",
    "diffusion": "diffusion matrix D, of shape (d, d)",
    "Delta": "effective optimum minus clean optimum, of shape (d,)",
    "delta": "checkpoint minus effective optimum, of shape (d,)",
}


def steady_risk_slope_matrix() -> Condition:
    """Derive the slope of the steady clean risk at rate 0 in d dimensions."""
    d = Derivation(
        "steady_risk_slope_matrix",
        source="Moments: Pal, PRE 91, 012113 (2015) in one dimension; the slope derived here",
        assumptions=(
            "Quadratic losses, a small learning rate: an Ornstein-Uhlenbeck process.",
            "Resets come at a constant rate and lead to the checkpoint.",
            "Components are those in the eigenbasis of the effective Hessian; the predicate takes the "
            "matrices and vectors in any one basis.",
            "The risk is twice the excess clean risk. The verdict is local: faster resetting may help where "
            "slow resetting hurts.",
        ),
    )
    term = _term(d)
    slope = sp.Sum(term, (_i, 1, _d), (_j, 1, _d))
    d.equal("The slope of the risk at rate 0 is the sum", "R'_0", slope)
    d.equal("for instance with d = 2", "R'_0", slope.subs(_d, 2).doit())
    diagonal = sp.simplify(term.subs(_j, _i))
    d.equal(
        "Only where A is diagonal too is it a sum over directions,", "R'_0", sp.Sum(diagonal, (_i, 1, _d))
    )
    slope_of = sp.lambdify((_A[_i, _j], _D[_i, _j], _h[_i], _h[_j], _Delta[_i], _delta[_i], _delta[_j]), term)

    def predicate(**values: ArrayLike) -> bool:
        A, D, h, Delta, delta = _eigenbasis(**values)
        terms = slope_of(A, D, h[:, None], h[None, :], Delta[:, None], delta[:, None], delta[None, :])
        return bool(np.sum(terms) < 0)

    return d.conclude(
        "Slow resetting lowers the risk if", sp.Lt(slope, 0), arrays=_ARRAYS, predicate=predicate
    )


def _term(d: Derivation) -> sp.Expr:
    """Return the contribution of a pair of directions, from the balance of their moments."""
    other, pair = sp.symbols("m_j m_ij")
    balance = d.step(
        "Mean in direction j about the effective optimum: drift and resets balance",
        sp.Eq(-_h[_j] * other + r * (_delta[_j] - other), 0),
    )
    pulled = -(_h[_i] + _h[_j]) * pair + 2 * _D[_i, _j]
    balance_pair = d.step(
        "Mean product of two components: drift, diffusion and resets balance",
        sp.Eq(pulled + r * (_delta[_i] * _delta[_j] - pair), 0),
    )
    first = d.equal("Solved", other, sp.solve(balance, other)[0])
    second = d.equal("and", pair, sp.solve(balance_pair, pair)[0])
    xi, xj = sp.symbols("x_i x_j")
    # A is symmetric, so that the two mixed terms are equal in the sum.
    product = sp.expand((xi + _Delta[_i]) * (xj + _Delta[_j])).subs(xi * _Delta[_j], xj * _Delta[_i])
    risk = _A[_i, _j] * product.subs(xi * xj, second).subs(xj, first)
    d.equal(
        "A pair of directions adds to the risk (x - clean)^T A (x - clean), A being symmetric,", "R_ij", risk
    )
    both = sp.Symbol("both", positive=True)  # stands for h_i + h_j
    slope_of_mean = sp.cancel(sp.diff(first, r).subs(r, 0))
    slope_of_pair = sp.diff(second, r).subs(r, 0).subs(_h[_i], both - _h[_j])
    slope_of_pair = sp.expand(sp.cancel(slope_of_pair)).subs(both, _h[_i] + _h[_j])
    term = _A[_i, _j] * product.subs({xi * xj: slope_of_pair, xj: slope_of_mean, _Delta[_i] * _Delta[_j]: 0})
    return d.equal("and, differentiated, to its slope at rate 0", "R'_ij", term)


def _eigenbasis(
    hessian: ArrayLike, clean_hessian: ArrayLike, diffusion: ArrayLike, Delta: ArrayLike, delta: ArrayLike
) -> tuple[Any, ...]:
    """Return A, D, h, Delta and delta in the eigenbasis of the effective Hessian."""
    gap = _checks.finite_array("Delta", Delta)
    dim = max(
        gap.size, _checks.common_dim(*(np.asarray(m) for m in (hessian, clean_hessian, diffusion, delta)))
    )
    H = _checks.symmetric("hessian", hessian, dim, definite=True)
    A = _checks.symmetric("clean_hessian", clean_hessian, dim, definite=False)
    D = _checks.symmetric("diffusion", diffusion, dim, definite=False)
    h, basis = np.linalg.eigh(H)
    along = basis.T @ _checks.vector("Delta", gap, dim), basis.T @ _checks.vector("delta", delta, dim)
    return basis.T @ A @ basis, basis.T @ D @ basis, h, *along
