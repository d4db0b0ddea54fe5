"""The symbols that all derivations share: how they print, what they mean, which values they take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from resetdyn import _checks


@dataclass(frozen=True)
class Quantity:
    """What a symbol stands for."""

    latex: str
    meaning: str
    check: Callable[[str, Any], Any]


QUANTITIES: dict[str, Quantity] = {}
_LIMIT = 1e-30
_CHECKS = {"positive": _checks.positive, "nonnegative": _checks.non_negative, "real": _checks.finite}


def _symbol(
    name: str, latex: str, meaning: str, sign: str = "real", check: Callable[[str, Any], Any] | None = None
) -> sp.Symbol:
    QUANTITIES[name] = Quantity(latex, meaning, check or _CHECKS[sign])
    return sp.Symbol(name, **{sign: True})


def _not_quite_zero(name: str, value: Any) -> float:
    """Return a finite number whose 0 stands for a limit: formulas that divide by it cancel."""
    number = _checks.finite(name, value)
    return number if abs(number) > _LIMIT else _LIMIT


# Search
r = _symbol("r", "r", "reset rate", "positive")
T = _symbol("T", r"\langle T \rangle", "mean first-passage time without resetting", "positive")
T2 = _symbol("T2", r"\langle T^2 \rangle", "its second moment", "positive")
T3 = _symbol("T3", r"\langle T^3 \rangle", "its third moment", "positive")
T_x = _symbol("T_x", r"\langle T \rangle_x", "mean first-passage time from the start", "positive")
T2_x = _symbol("T2_x", r"\langle T^2 \rangle_x", "second moment from the start", "positive")
T3_x = _symbol("T3_x", r"\langle T^3 \rangle_x", "third moment from the start", "positive")
T_y = _symbol("T_y", r"\langle T \rangle_y", "mean first-passage time from where resets lead", "positive")
T2_y = _symbol("T2_y", r"\langle T^2 \rangle_y", "second moment from where resets lead", "positive")
D = _symbol("D", "D", "diffusion coefficient", "positive")
k = _symbol("k", "k", "stiffness", "positive")
x0 = _symbol("x0", "x_0", "distance from the start to the target", "positive")
V = _symbol("V", "V", "drift velocity towards the target")
Pe = _symbol("Pe", r"\mathrm{Pe}", "Peclet number, x0 V / (2 D), negative for a drift away from the target")

# Search: further processes
u = _symbol("u", "u", "start x0 / L in the interval from 0 to L", "positive")
Pe_L = _symbol(
    "Pe_L", r"\mathrm{Pe}_L", "V L / D, for a drift V towards the end x = L", check=_not_quite_zero
)
rho = _symbol("rho", r"\rho", "reset rate in units of D / L^2", "positive")
beta_U0 = _symbol("beta_U0", r"\beta U_0", "strength of the potential U0 log|x| over the thermal energy")
a = _symbol("a", "a", "radius of the ball", "positive")
R0 = _symbol("R0", "R_0", "distance from the start to the centre of the ball", "positive")
d = _symbol("d", "d", "dimension", "positive")
v = _symbol("v", "v", "speed", "positive")
gamma = _symbol("gamma", r"\gamma", "tumble rate, of reversing the velocity", "positive")
l = _symbol("l", "l", "mean distance of the target", "positive")  # noqa: E741

# Search: any process, costs and laws of reset times
T_r = _symbol("T_r", r"\langle T_r \rangle", "mean first-passage time under resetting", "positive")
T2_r = _symbol("T2_r", r"\langle T_r^2 \rangle", "its second moment", "positive")
T_inv = _symbol("T_inv", r"\langle T^{-1} \rangle", "mean of 1 / T without resetting", "positive")
m = _symbol("m", "m", "median of the first-passage time without resetting", "positive")
W = _symbol("W", "W", "mean refractory time after a reset", "nonnegative")
A = _symbol("A", "A", "mean of the distance to the start, integrated over a search", "positive")
E = _symbol("E", "E", "mean time searched until the target or the reset", "positive")
P = _symbol("P", "P", "probability to succeed", "nonnegative", _checks.probability)
hazard = _symbol("hazard", r"\lambda", "hazard of the first-passage time at the period's end", "nonnegative")
T_success = _symbol("T_success", r"\langle T \rangle_1", "mean time of the successes", "positive")
T_failure = _symbol("T_failure", r"\langle T \rangle_0", "mean time of the failures", "positive")

# Steady states
c = _symbol("c", "c", "factor of a partial reset, which leads from x to c x")
period = _symbol("period", r"\tau", "time between resets", "positive")

# Steady clean risk
Delta = _symbol("Delta", r"\Delta", "effective optimum minus clean optimum")
delta = _symbol("delta", r"\delta", "checkpoint minus effective optimum")

# Learning with noisy labels
tau = _symbol("tau", r"\tau", "noise rate, the fraction of wrong labels", "nonnegative", _checks.probability)
eta = _symbol("eta", r"\eta", "learning rate", "positive")
B = _symbol("B", "B", "batch size", "positive")
C = _symbol("C", "C", "variance of one sample's gradient", "positive")
h = _symbol("h", "h", "Hessian of the losses", "positive")
s = _symbol("s", "s", "wrong optimum minus clean optimum", "positive")
q = _symbol("q", "q", "place of the checkpoint, from 0 at the clean to 1 at the wrong optimum")
g_clean = _symbol("g_clean", "g_c", "size of the clean gradient", "positive")
g_wrong = _symbol("g_wrong", "g_w", "size of the gradient of the wrong labels", "positive")

# Ridge regression
p = _symbol("p", "p", "reset probability per step", "nonnegative", _checks.probability)
n = _symbol("n", "n", "number of samples", "positive")
penalty = _symbol("penalty", r"\lambda", "ridge penalty, of penalty / 2 |theta - checkpoint|^2", "positive")


def latex(expression: sp.Basic) -> str:
    """Return the expression as LaTeX, in the notation of the field."""
    names = {symbol: QUANTITIES[symbol.name].latex for symbol in _symbols(expression)}
    # \limits only moves the bounds of an integral, and many renderers do not know it.
    return str(sp.latex(expression, symbol_names=names)).replace(r"\limits", "")


def in_complement(expression: sp.Basic, part: sp.Symbol) -> sp.Basic:
    """Return the expression with the factors ``part - 1`` written as ``1 - part``, which is positive."""
    rest = sp.Dummy()
    return expression.subs(part - 1, -rest).subs(rest, 1 - part)


def _symbols(expression: sp.Basic) -> list[sp.Symbol]:
    return [symbol for symbol in expression.atoms(sp.Symbol) if symbol.name in QUANTITIES]
