"""Every example in every docstring runs, and every public name has a numpydoc docstring with examples."""

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import resetdyn as rd

MODULES = ["resetdyn", *(module.name for module in pkgutil.walk_packages(rd.__path__, "resetdyn."))]
NAMES = [name for name in rd.__all__ if name != "__version__"]


def section(text, title):
    """Return the body of a numpydoc section, or None."""
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    return match and match[1]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # an example may write a file
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_public_names_have_a_summary_and_examples(name):
    text = inspect.getdoc(getattr(rd, name))
    summary, *rest = text.splitlines()
    assert summary.endswith((".", "?"))
    assert not rest or rest[0] == "", "a blank line follows the summary"
    assert ">>>" in section(text, "Examples")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("conditions", "PhaseDiagram")])
def test_every_parameter_is_documented(name):
    function = getattr(rd, name)
    documented = section(inspect.getdoc(function), "Parameters") or ""
    heads = re.findall(r"^(\w[\w, *]*?)(?: :.*)?$", documented, flags=re.MULTILINE)
    names = {part.strip(" *") for head in heads for part in head.split(",")}
    assert set(inspect.signature(function).parameters) <= names


def test_a_wrong_example_would_be_seen():
    parse = doctest.DocTestParser().get_doctest
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(parse(">>> 1 + 1\n3\n", {}, "wrong", None, 0), out=lambda text: None)
    assert runner.summarize(verbose=False).failed == 1
