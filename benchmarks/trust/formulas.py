"""Formulas as text: of the kind that a user writes, of the kind that an attacker writes, and of no kind."""

from __future__ import annotations

from benchmarks.trust.mutations import ODD_NUMBERS, Rng, pick, scribbled

GOOD = (
    "x**4/4 - x**2/2", "x**2/2", "a*x**2 - log(x)", "Abs(x) + x**2", "Piecewise((x**2, x < 0), (2*x, True))",
    "cosh(x/2)",
    "x**2/2 + exp(-x**2)", "Max(x, 0)**2 + x**2", "-0.5*x", "2*Heaviside(-x)", "sqrt(1 + x**2)",
    "erf(x) + x**2", "1", "0",
)  # fmt: skip
# Nothing of this may run, and none of it may take long.
ATTACKS = (
    "__import__('os').system('touch {trace}')", "open('{trace}', 'w')", "(lambda: open('{trace}', 'w'))()",
    "x.__class__",
    "().__class__.__bases__[0].__subclasses__()", "[open('{trace}', 'w') for y in (1,)]",
    "exec('open(\"{trace}\", \"w\")')",
    "eval('open(\"{trace}\", \"w\")')", "sqrt.__globals__['os']", "x if open('{trace}', 'w') else x",
    "f'{{open(\"{trace}\", \"w\")}}'",
    "(y := open('{trace}', 'w'))", "x@open('{trace}', 'w')", "Piecewise((open('{trace}', 'w'), True))",
    "print(x)", "lambda x: x",
    "x; import os", "import os", "os", "sp.exp(x)", "globals()", "getattr(x, 'subs')", "Symbol('y')",
    "Lambda(x, x)", "srepr(x)",
    "9**9**9", "9**9**9**9", "2**2**2**2**2**2", "(9**9)**(9**9)", "x**9**9**9", "2.0**9**9", "exp(9**9**9)",
    "factorial(10**9)",
    "10**1000000", "(1 + x)**100000", "exp(exp(exp(exp(1000))))", "exp(exp(exp(exp(x))))", "1e999", "1e999*x",
    "x**1e999", "-1e999",
    "1/0", "x/0", "0/0", "0**0", "0**-1", "log(0)", "sqrt(-1)", "asin(2)", "log(-x**2)", "1e308*1e308*x",
    "nan", "inf", "oo", "zoo",
    "True", "x < 1", "x == 1", "not x", "x and x", "x or 1", "x if x else x", "1j", "x^2", "x//2", "x%2",
    "x<<2", "~x", "{{}}", "[x]",
    "(x,)", "x[0]", "x, x", "'x'", "b'x'", "...", "None", "t", "y", "sin", "sin()", "sin(x, x)", "sin(x=1)",
    "sin(*[x])", "erf(x, 1)",
    "Piecewise()", "Piecewise(x)", "Piecewise((x, x))", "Piecewise((x, x < 0))", "Min()",
    "Heaviside(x, x, x)", "Max(x, x < 1)",
    "acosh(0.5)", "atanh(1)", "tan(pi/2)", "sign(0)/0", "Abs(1e999)", "sin(1e308)", "cos(10**400)",
    "sin(9**64)", "tanh(1e400)",
    "x" * 300, "lambda", "𝓍**2", "ｘ**2", "x²", "½x", "x−1", "x\u00a0+ 1", "\ufeffx", "x\x00", "x\n+1", "#",
    "", " ", "()", "x #y",
    "exp(-1e308*x**2)", "1e-400*x", "5e-324/x", "64**64**64", "2**64*2**64", "((2**64)**64)**64",
    "x**(2**64)", "(x**64)**64",
    "e**64**2", "(1/3)**64", "0.1**-64", "(10**64)**64", "sqrt(10**64)**64", "Max(9**64, 9**63)",
    "(-8)**(1/3)*x", "(-1)**0.5*x",
)  # fmt: skip
# Long and deep: n is up to fifty thousand.
_DEEP = (
    ("(", "x", ")"), ("-", "x", ""), ("sin(", "x", ")"), ("x+", "x", ""), ("x**", "x", ""), ("2**", "2", ""),
    ("Abs(", "x", ")"),
    ("x*(1+", "x", ")"), ("[", "", "]"), ("1/", "x", ""), ("not ", "x", ""), ("(x+1)*", "1", ""), ("x<", "x",
    ""), ("f(", "x", ")"),
    ("sin(x)*", "1", ""), ("Max(x,", "1", ")"), ("9*", "9", ""), ("(", "", ""), ("x.", "x", ""), ("exp(-",
    "x", ")"), ("1+1/(", "x", ")"),
)  # fmt: skip
_NAMES = ("x", "x", "x", "a", "pi", "e", "E", "y", "t", "x1", "_", "__class__", "os", "inf")
_FUNCTIONS = (
    "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "tanh", "acosh", "atanh", "Abs", "sign", "Min",
    "Max", "Heaviside",
    "erf", "erfc", "abs", "ln", "gamma", "eval", "open",
)  # fmt: skip
_POWERS = ("2", "3", "-1", "0.5", "-2", "4", "64", "x", "1e3")
_NUMBERS = ("0", "1", "2", "3", "0.5", "1e-3", "64", "65", "1e10", "1e300", "0.1", "10", "-2")


def formula(rng: Rng, trace: str) -> str:
    """Return one formula."""
    match rng.integers(10):
        case 0:
            return str(pick(GOOD, rng))
        case 1 | 2:
            return scribbled(pick(GOOD, rng), rng)
        case 3:
            return str(pick(ATTACKS, rng)).format(trace=trace)
        case 4:
            return scribbled(str(pick(ATTACKS, rng)).format(trace=trace), rng)
        case 5:
            head, core, tail = pick(_DEEP, rng)
            times = int(10 ** rng.uniform(0, 4.7))
            return head * times + core + tail * times
        case _:
            return _grown(rng, int(rng.integers(1, 5)))


def _grown(rng: Rng, depth: int) -> str:
    """Return a formula of the grammar, or nearly."""
    if depth == 0 or rng.random() < 0.15:
        kind = rng.random()
        return str(pick(_NAMES if kind < 0.55 else _NUMBERS if kind < 0.95 else ODD_NUMBERS, rng))
    match rng.integers(6):
        case 0 | 1:
            sign = pick(("+", "-", "*", "/", "*", "+", "**", "^", "//", "%", "<"), rng)
            return f"({_grown(rng, depth - 1)}{sign}{_grown(rng, depth - 1)})"
        case 2:
            return f"({_grown(rng, depth - 1)})**{pick(_POWERS, rng)}"
        case 3 | 4:
            inner = ", ".join(_grown(rng, depth - 1) for _ in range(2 if rng.random() < 0.15 else 1))
            return f"{pick(_FUNCTIONS, rng)}({inner})"
        case _:
            parts = (_grown(rng, depth - 1) for _ in range(3))
            return "Piecewise(({}, {} < 1), ({}, True))".format(*parts)
