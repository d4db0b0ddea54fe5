"""A plugin of pytest that writes down every z-score that a test compares with 4.

The tests say ``abs(z) < 4``, ``abs(found - exact) < 4 * error`` and ``np.abs(z).max() < 4``, each in its own
words.  Before a test module is compiled such comparisons are put through `compared`, which keeps the quotient
with its sign and gives the same answer; so no test has to know, and a new one is seen at once.  Not taken are
comparisons with an allowance (``< 4 * error + bias``), and those that a negative control turns round
(``(abs(z) < 4) == right``, ``not``).

``pytest -p benchmarks.proofs.recorder --z-scores FILE`` appends one line of JSON for each test.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _pytest.assertion import rewrite

_NAME = "@compared"  # no name that a module could have
_found: list[tuple[int, list[float]]] = []


def compared(value: Any, error: Any, line: int, largest: bool, strict: bool) -> Any:
    """Return whether a value is within 4 errors of 0, and keep the quotient."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.asarray(value, dtype=float) / np.asarray(error, dtype=float)
    _found.append((line, scores.ravel().tolist()))
    most = 4 * np.asarray(error)
    inside = np.abs(value) < most if strict else np.abs(value) <= most
    return bool(np.all(inside)) if largest or np.ndim(inside) == 0 else inside


class _Scores(ast.NodeTransformer):
    """Puts comparisons of z-scores through `compared`."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Lt | ast.LtE):
            value, largest = _absolute(node.left)
            error = _of_four(node.comparators[0])
            if value is not None and error is not None:
                strict = isinstance(node.ops[0], ast.Lt)
                asked = [value, error, *map(ast.Constant, (node.lineno, largest, strict))]
                call = ast.Call(ast.Name(_NAME, ast.Load()), asked, [])
                return ast.fix_missing_locations(ast.copy_location(call, node))
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Is):
            return node  # whether it holds is itself compared: a negative control
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return node if isinstance(node.op, ast.Not | ast.Invert) else self.generic_visit(node)


def _absolute(node: ast.expr) -> tuple[ast.expr | None, bool]:
    """Return what is within ``abs(...)``, and whether the largest of it is asked for."""
    match node:
        case ast.Call(func=ast.Name(id="abs") | ast.Attribute(attr="abs"), args=[value]):
            return value, False
        case ast.Call(func=ast.Attribute(value=inner, attr="max"), args=[]):
            value, _ = _absolute(inner)
            return value, True
        case ast.Call(func=ast.Attribute(attr="max"), args=[inner]):
            value, _ = _absolute(inner)
            return value, True
    return None, False


def _of_four(node: ast.expr) -> ast.expr | None:
    """Return `node` over 4 where that is its first factor, else None."""
    match node:
        case ast.Constant(value=4) | ast.Constant(value=4.0):
            return ast.Constant(1.0)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            first = _of_four(left)
            return None if first is None else ast.BinOp(first, op, right)
    return None


def transformed(source: str) -> ast.Module:
    """Return the tree of a test module with its comparisons put through `compared`."""
    tree = ast.parse(source)
    _Scores().visit(tree)
    return tree


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the file."""
    parser.addoption("--z-scores", type=Path, help="append the z-scores of each test to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Take part in the compilation of the test modules."""
    if config.getoption("--z-scores") is None:
        return
    import builtins

    setattr(builtins, _NAME, compared)
    config.pluginmanager.register(_Failures(config.getoption("--z-scores"), config.getoption("--seed")))
    plain = rewrite.rewrite_asserts

    def both(module: ast.Module, *rest: Any) -> None:
        _Scores().visit(module)
        plain(module, *rest)

    rewrite.rewrite_asserts = both


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes no seed: it is the same under each."""
    if config.getoption("--z-scores") is None:
        return
    taken = [item for item in items if {"seed", "rng"} & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=[item for item in items if item not in taken])
    items[:] = taken


class _Failures:
    """Writes down which tests fail: names with blanks are not told from messages in what pytest prints."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path, self.seed = path, seed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"seed": self.seed, "failure": report.nodeid}) + "\n")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget what came before this test."""
    _found.clear()


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Write down what this test has compared."""
    path = item.config.getoption("--z-scores")
    if path is None or not _found:
        return
    entry = {"test": item.nodeid, "seed": item.config.getoption("--seed"), "scores": list(_found)}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
