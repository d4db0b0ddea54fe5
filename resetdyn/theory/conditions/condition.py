"""A condition and its derivation: steps that were computed, a final inequality, a predicate."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import sympy as sp

from resetdyn.theory.conditions import notation
from resetdyn.theory.conditions.catalogue import CATALOGUE
from resetdyn.theory.conditions.evaluation import evaluate, truth
from resetdyn.theory.conditions.notation import QUANTITIES


@dataclass(frozen=True)
class Step:
    """One step of a derivation: what is done, and what comes out.

    Attributes
    ----------
    text : str
        What is done, in a sentence.
    expression : sympy.Basic
        What comes out, computed by SymPy.
    """

    text: str
    expression: Any

    def latex(self) -> str:
        """Return the expression as LaTeX (without its sentence)."""
        return notation.latex(self.expression)


@dataclass(frozen=True)
class Condition:
    """A condition under which resetting helps, with its derivation.

    Attributes
    ----------
    name, title, source : str
        Its key in ``rd.conditions``, what it says, and where it was published.
    assumptions : tuple of str
        What must be true for the derivation to apply.
    steps : tuple of Step
        The derivation; its last step is the statement.
    statement : sympy relational or boolean
        The final inequality.
    domain : tuple of sympy relationals
        What the values must satisfy besides their signs.
    formulas : mapping of str to sympy expression
        What the derivation yields besides the inequality, such as an optimal rate.
    exact : bool
        Whether values are worked out in as many digits as it takes, for expressions whose terms cancel or
        overflow in floats, instead of in floats.
    variables : mapping of str to str
        The names that `holds` takes, and what each means.

    Examples
    --------
    >>> import resetdyn as rd
    >>> condition = rd.conditions.steady_risk_optimum
    >>> condition.holds(D=0.5, k=1.0, delta=-2.0, Delta=1.0)
    True
    >>> round(condition.value("optimal_rate", D=0.5, k=1.0, delta=-2.0, Delta=1.0), 6)
    2.097168
    """

    name: str
    title: str
    source: str
    assumptions: tuple[str, ...]
    steps: tuple[Step, ...]
    statement: Any
    domain: tuple[Any, ...] = ()
    formulas: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    exact: bool = False
    arrays: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    predicate: Callable[..., bool] | None = field(default=None, repr=False)

    @property
    def variables(self) -> Mapping[str, str]:
        """The names that `holds` takes, and what each means."""
        scalars = {} if self.predicate else _variables(self.statement, *self.domain)
        return MappingProxyType({**scalars, **self.arrays})

    def holds(self, **values: Any) -> bool:
        """Return whether the condition holds at these values of its variables.

        Parameters
        ----------
        **values : float
            One value for each name in `variables`.

        Raises
        ------
        TypeError
            If a name is missing or unknown.
        ValueError
            If a value is not finite, has the wrong sign or lies outside the condition's domain.
        """
        _check_names(self.name, values, self.variables)
        if self.predicate is not None:
            return bool(self.predicate(**values))
        numbers = _numbers(values)
        self._check_domain(numbers)
        return truth(self.statement, numbers, self.exact)

    def value(self, formula: str, **values: float) -> float:
        """Return one of the `formulas` at these values of its variables.

        Parameters
        ----------
        formula : str
            Its name.
        **values : float
            One value for each of its variables; the condition's other variables may be given, too.

        Raises
        ------
        KeyError
            If the condition has no such formula.
        TypeError, ValueError
            As for `holds`.
        """
        if formula not in self.formulas:
            raise KeyError(
                f"{self.name} has no formula {formula!r}: give one of {', '.join(self.formulas) or 'none'}"
            )
        expression = self.formulas[formula]
        needed = _variables(expression)
        _check_names(f"{self.name}, {formula}", values, needed, self.variables)
        numbers = _numbers(values)
        self._check_domain(numbers)
        try:
            return float(evaluate(expression, numbers, self.exact))
        except (ValueError, TypeError, ZeroDivisionError):
            raise ValueError(
                f"{self.name} has no {formula} at {_shown(numbers)}: give values at which the condition holds"
            ) from None

    def latex(self) -> str:
        """Return the whole derivation as LaTeX, to be put into a document."""
        lines = [rf"\subsection*{{{_escaped(self.title)}}}", _escaped(f"{self.source}."), ""]
        lines += [r"\begin{itemize}", *(rf"\item {_escaped(a)}" for a in self.assumptions), r"\end{itemize}"]
        for step in self.steps:
            lines += [_escaped(step.text), rf"\[ {step.latex()} \]"]
        return "\n".join(lines)

    def text(self) -> str:
        """Return the whole derivation as plain text, for a terminal."""
        parts = [self.title, f"Source: {self.source}."]
        parts += [_wrapped(f"- {assumption}") for assumption in self.assumptions]
        for number, step in enumerate(self.steps, start=1):
            shown = sp.pretty(step.expression, use_unicode=True, wrap_line=False)
            parts += [_wrapped(f"{number}. {step.text}"), textwrap.indent(shown, " " * 6)]
        parts += ["where", "\n".join(f"  {name}: {meaning}" for name, meaning in self.variables.items())]
        if self.formulas:
            parts += [_wrapped(f"It yields besides: {', '.join(self.formulas)}")]
        return "\n\n".join(parts)

    def _check_domain(self, numbers: Mapping[str, float]) -> None:
        for relation in self.domain:
            names = _variables(relation)
            if names.keys() <= numbers.keys() and not truth(relation, numbers, self.exact):
                shown = _shown({name: numbers[name] for name in names})
                raise ValueError(
                    f"{shown}: outside the domain of {self.name}; give values with {sp.sstr(relation)}"
                )


class Derivation:
    """Collects the steps of a derivation in the order in which they are taken."""

    def __init__(self, name: str, source: str, assumptions: tuple[str, ...]) -> None:
        title = CATALOGUE[name].title if name else ""
        self._head = {"name": name, "title": title, "source": source, "assumptions": assumptions}
        self._steps: list[Step] = []

    def step(self, text: str, expression: Any) -> Any:
        """Note an expression, and return it."""
        self._steps.append(Step(text, expression))
        return expression

    def equal(self, text: str, name: str | sp.Basic, expression: Any) -> Any:
        """Note ``name = expression``, and return the expression."""
        left = sp.Symbol(name) if isinstance(name, str) else name
        self.step(text, sp.Eq(left, expression, evaluate=False))
        return expression

    def conclude(self, text: str, statement: Any, **more: Any) -> Condition:
        """Note the statement as the last step, and return the condition."""
        self.step(text, statement)
        return Condition(**self._head, steps=tuple(self._steps), statement=statement, **more)  # type: ignore[arg-type]


def unnoted() -> Derivation:
    """Return a derivation whose steps nobody will read, for taking a result from another one."""
    return Derivation("", "", ())


def _variables(*expressions: sp.Basic) -> dict[str, str]:
    found = {symbol.name for expression in expressions for symbol in expression.free_symbols}
    return {name: quantity.meaning for name, quantity in QUANTITIES.items() if name in found}


def _check_names(
    where: str, values: Mapping[str, Any], needed: Mapping[str, str], allowed: Collection[str] = ()
) -> None:
    missing = ", ".join(name for name in needed if name not in values)
    unknown = ", ".join(name for name in values if name not in needed and name not in allowed)
    faults = [f"{fault} {names}" for fault, names in (("missing", missing), ("unknown", unknown)) if names]
    if faults:
        raise TypeError(f"{where}: {'; '.join(faults)}; give exactly {', '.join(needed) or 'no values'}")


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: QUANTITIES[name].check(name, value) for name, value in values.items()}


def _shown(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={number:g}" for name, number in numbers.items())


def _wrapped(text: str) -> str:
    return textwrap.fill(text, width=100, subsequent_indent="   ")


def _escaped(text: str) -> str:
    text = re.sub(r"([_%&#])", r"\\\1", text)
    text = re.sub(r"([<>|]=?)", r"$\1$", text).replace("<=", r"\le").replace(">=", r"\ge")
    return re.sub(r"\^(?:(\w+)|\(([^()]*)\))", r"\\textsuperscript{\1\2}", text)
