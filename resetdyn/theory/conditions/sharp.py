"""Resets after a fixed period: when one helps, which is best, and why none of the other laws is better.

Everything follows from the probability Q(t) that the search lasts longer than t: a trial of period tau lasts
``E = integral of Q from 0 to tau`` on average and succeeds with probability 1 - Q(tau), so that the mean is
``E / (1 - Q(tau))``.
"""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import E, P, T, T_r, hazard, in_complement

_PAL_REUVENI = "Pal, Reuveni, PRL 118, 030603 (2017)"
_SETTING = ("Resets lead to the start.", "A search that ends just when the reset comes has ended.")
_tau, _t = sp.symbols("tau t", positive=True)
_Q, _M = sp.Function("Q"), sp.Function("M")


def sharp_helps() -> Condition:
    """Derive when a given period helps: the mean residual life decides."""
    d = Derivation(
        "sharp_helps",
        source=f"{_PAL_REUVENI}; as a mean residual life: Eliazar, Reuveni, J. Phys. A 53, 405004 (2020)",
        assumptions=(
            *_SETTING,
            "The mean without resetting is finite; if it is not, every period with a success helps.",
        ),
    )
    mean = _sharp_mean(d)
    residual = sp.Symbol("R")
    balance = d.step(
        "Without resetting, a search that lasts longer than the period needs R more on average, its mean "
        "residual life, so that",
        sp.Eq(T, E + (1 - P) * residual),
    )
    life = d.equal("that is,", residual, in_complement(sp.solve(balance, residual)[0], P))
    gain = in_complement(sp.factor(sp.simplify(life - mean)), P)
    d.equal("It exceeds the mean under resetting by", residual - T_r, gain)
    saving = sp.factor(sp.simplify(T - mean))
    d.equal("and the mean without resetting exceeds it by", T - T_r, saving)
    share = d.equal(
        "The two have one sign, their ratio being", (T - T_r) / (residual - T_r), sp.simplify(saving / gain)
    )
    assert share == 1 - P
    return d.conclude(
        "So starting again helps if what is left to go takes longer than a new search, that is, where",
        sp.Lt(mean, T),
        domain=(sp.Gt(P, 0), sp.Le(E, T)),
        formulas={"mean": mean, "residual_life": sp.Piecewise((life, P < 1))},
    )


def sharp_period() -> Condition:
    """Derive when a longer period is better, and that hazard times mean is 1 at the best."""
    d = Derivation(
        "sharp_period",
        source=_PAL_REUVENI,
        assumptions=(*_SETTING, "The first-passage time has a density at the period."),
    )
    alive = sp.Integral(_Q(_t), (_t, 0, _tau))
    mean = d.equal(
        "With E = the integral of Q, the mean under resetting is", _M(_tau), alive / (1 - _Q(_tau))
    )
    slope = sp.diff(mean, _tau)
    rate = sp.Symbol("lambda")
    slope = slope.subs(_Q(_tau).diff(_tau), -rate * _Q(_tau)).subs(alive, _M(_tau) * (1 - _Q(_tau)))
    slope = d.equal(
        "Its slope, where lambda = -Q' / Q is the hazard at the period,",
        sp.Derivative(_M(_tau), _tau),
        sp.factor(sp.simplify(slope)),
    )
    product = sp.solve(slope, rate)[0] * _M(_tau)
    d.equal("vanishes, as at the best period, where", rate * _M(_tau), product)
    return d.conclude(
        "A longer period is better where the slope is negative, that is, where the search is just then more "
        "likely to end than a new one:",
        sp.Gt(hazard * T_r, product),
    )


def sharp_best() -> Condition:
    """Derive that no law of reset times is better than the best period."""
    d = Derivation(
        "sharp_best",
        source=f"{_PAL_REUVENI}; Luby, Sinclair, Zuckerman, Inf. Process. Lett. 47, 173 (1993)",
        assumptions=(*_SETTING, "Reset times are drawn anew for each trial, independently of the search."),
    )
    n, count = sp.symbols("n N", integer=True, positive=True)
    weight, success, lasting = (sp.IndexedBase(name) for name in ("w", "P", "E"))
    least = sp.Symbol("M_*", positive=True)
    d.equal(
        "With the period tau_n a trial succeeds with probability P_n and has the mean",
        sp.Symbol("M_n"),
        lasting[n] / success[n],
    )
    lasts = d.equal(
        "A law of weights w_n on the periods (any law is a limit of such) has trials of",
        E,
        sp.Sum(weight[n] * lasting[n], (n, 1, count)),
    )
    succeeds = d.equal("that succeed with", P, sp.Sum(weight[n] * success[n], (n, 1, count)))
    d.equal("and so the mean", T_r, lasts / succeeds)
    excess = sp.Sum(sp.factor(weight[n] * lasting[n] - least * weight[n] * success[n]), (n, 1, count))
    d.equal("With M_* the mean of the best period, E exceeds M_* P by", E - least * P, excess)
    d.step(
        "No term is negative, as no period has a mean below M_*: E_n / P_n is at least",
        sp.Ge(lasting[n] / success[n], least),
    )
    return d.conclude(
        "So any law of reset times has a mean E / P of at least that of the best period, here the mean under "
        "resetting:",
        sp.Ge(E / P, T_r),
        domain=(sp.Gt(P, 0),),
        formulas={"mean": E / P},
    )


def _sharp_mean(d: Derivation) -> sp.Expr:
    """Return the mean under resetting after a period, noting the renewal behind it."""
    d.equal(
        "A trial ends at the target or after the period; on average it lasts",
        E,
        sp.Integral(_Q(_t), (_t, 0, _tau)),
    )
    d.equal("and it succeeds with the probability", P, 1 - _Q(_tau))
    equation = d.step("A trial that fails starts again", sp.Eq(T_r, E + (1 - P) * T_r))
    return d.equal("so that the mean under resetting is", T_r, sp.solve(equation, T_r)[0])
