"""Universal bounds: what no protocol can beat, and what resetting at one rate always reaches."""

from __future__ import annotations

import sympy as sp

from resetdyn.theory.conditions.condition import Condition, Derivation
from resetdyn.theory.conditions.notation import T, T_inv, T_r, m

_SOURCE = "Starkov, Belan, arXiv:2209.06611 (2022)"


def bound_harmonic() -> Condition:
    """Derive that the mean is at least the harmonic mean of the reset-free times."""
    d = Derivation(
        "bound_harmonic",
        source=f"{_SOURCE}; derived here by Cauchy-Schwarz",
        assumptions=(
            "Resets lead to the start; their times are independent of the search. No law of them is better "
            "than the best period (see sharp_best), so that a period is enough to look at.",
            "The mean of 1 / T is finite.",
        ),
    )
    tau, success, late = sp.symbols("tau p S", positive=True)
    found, missed = sp.symbols("h k", positive=True)
    lasting = late + tau * (1 - success)
    d.equal(
        "Of the trials of period tau a share p succeeds, and S is the mean of T over these (0 for the "
        "others): a trial lasts on average",
        "E",
        lasting,
    )
    x, y = sp.symbols("x y", positive=True)
    square = sp.expand((sp.sqrt(x / y) - sp.sqrt(y / x)) ** 2)
    d.step(
        "For two successful times x and y, as (sqrt(x / y) - sqrt(y / x))^2 is not negative,",
        sp.Ge(square + 2, 2),
    )
    d.step(
        "Averaged over both, and with h the mean of 1 / T over the successful trials (0 for the others),",
        sp.Ge(2 * late * found, 2 * success**2),
    )
    least = lasting.subs(late, success**2 / found)
    product = sp.expand(least / success * (found + missed))
    d.step(
        "Let k be the mean of 1 / T over the other trials. The mean E / p times that of 1 / T is at least",
        sp.Ge(T_r * T_inv, product),
    )
    smaller = d.step(
        "that is, leaving out the terms with k, at least", sp.Ge(T_r * T_inv, product.subs(missed, 0))
    )
    early = success / tau
    d.step("A success comes before tau, so that", sp.Ge(found, early))
    final = sp.simplify(smaller.rhs.subs(found, early))
    d.step("and the product, which grows with h, is at least", sp.Ge(T_r * T_inv, final, evaluate=False))
    return d.conclude(
        "No protocol has a mean below",
        sp.Ge(T_r, sp.solve(sp.Eq(T_r * T_inv, final), T_r)[0]),
        formulas={"lower_bound": 1 / T_inv, "largest_speedup": T * T_inv},
    )


def bound_median() -> Condition:
    """Derive that one rate brings any mean below 4.311 medians."""
    d = Derivation(
        "bound_median",
        source=_SOURCE,
        assumptions=(
            "Any process with the median m; resets lead to the start.",
            "The inequality is sufficient, not necessary, for resetting to help.",
        ),
    )
    x = sp.Symbol("x", positive=True)
    transform = sp.Symbol("Ttilde", positive=True)
    least = sp.exp(-x) / 2
    d.step("Half of the searches end by m, so that at the rate x / m", sp.Ge(transform, least))
    mean = d.equal("The mean under resetting", T_r, sp.expand((1 / transform - 1) * m / x))
    d.equal("falls with it", sp.Derivative(T_r, transform), sp.diff(mean, transform))
    most = sp.factor(mean.subs(transform, least))
    d.step("and so is at most", sp.Le(T_r, most))
    slope = d.equal(
        "whose slope, times x^2 exp(-x) / m, is", "g", sp.expand(sp.diff(most, x) * x**2 * sp.exp(-x) / m)
    )
    root = next(value for value in sp.solve(slope, x) if value.is_positive is not False)
    d.equal("It is 0 at", "x_*", root)
    d.equal("in numbers", "x_*", root.evalf(18))
    at_root = sp.solve(slope, sp.exp(-x))[0]
    best = sp.simplify(most.subs(sp.exp(x), 1 / at_root))
    d.step("where exp(-x) is 2 - 2 x, so that the bound is", sp.Le(T_r, best))
    return d.conclude(
        "So the mean at this rate is at most 2 exp(x_*) = 4.311 medians, and resetting helps if without it "
        "it is above,",
        sp.Gt(T, 2 * sp.exp(root) * m),
        exact=True,
        formulas={"rate": root / m, "upper_bound": 2 * sp.exp(root) * m, "x_star": root},
    )
