"""Functions of results that were loaded: a file holds none, so they are found again, or they say so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any


class Forgotten:
    """A function or formula that a file does not hold; it keeps its place, and says so where it is needed.

    Parameters
    ----------
    text : str
        What it was, and what to do about it.
    answers : mapping, optional
        What it answers to some arguments.
    """

    def __init__(self, text: str, answers: Mapping[Any, Any] | None = None) -> None:
        self.text, self.answers = text, dict(answers or {})

    def __call__(self, *arguments: Any) -> Any:
        """Return a known answer, or raise ValueError."""
        asked = arguments[0] if len(arguments) == 1 else arguments
        if isinstance(asked, str | int | float | tuple) and asked in self.answers:
            return self.answers[asked]
        known = f"{', '.join(map(repr, self.answers))} alone: " if self.answers else ""
        raise ValueError(f"{known}{self.text}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Forgotten) and (self.text, self.answers) == (other.text, other.answers)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"<{self.text}>"


class Again:
    """One function of an exact result, from solving its problem again when it is first asked for.

    Parameters
    ----------
    problem : FirstPassage or SteadyState
        The problem.
    route : str
        The route that was taken.
    name : str
        Which field of the result it is.
    """

    def __init__(self, problem: Any, route: str, name: str) -> None:
        self.problem, self.route, self.name = problem, route, name

    def __call__(self, *arguments: Any) -> Any:
        """Answer as the result that was saved did."""
        return getattr(_solved(self.problem, self.route), self.name)(*arguments)

    def __repr__(self) -> str:
        return f"<{self.name} of {self.problem!r}, solved again>"


@cache
def _solved(problem: Any, route: str) -> Any:
    from resetdyn.theory import solve

    return solve(problem, route)
