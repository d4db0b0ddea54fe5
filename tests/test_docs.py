"""The pages that are made when the docs are built say what the code says."""

import importlib.util
from pathlib import Path

import pytest

import resetdyn as rd

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def derivation_pages():
    spec = importlib.util.spec_from_file_location("derivation_pages", DOCS / "derivation_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_condition_is_on_one_page(derivation_pages):
    names = [name for chapter in derivation_pages.CHAPTERS for name in derivation_pages.names_in(chapter)]
    assert sorted(names) == sorted(rd.conditions)


def test_a_page_shows_each_step_assumption_and_formula(derivation_pages):
    lines = {line.strip() for line in derivation_pages.chapter("costs").splitlines()}
    for name in derivation_pages.names_in("costs"):
        condition = rd.conditions[name]
        assert {step.latex() for step in condition.steps} <= lines
        assert {f"- {derivation_pages.plain(text)}" for text in condition.assumptions} <= lines
        assert {f'`.value("{formula}", ...)` is' for formula in condition.formulas} <= lines


def test_pages_are_written_again_only_after_a_change(derivation_pages, tmp_path, monkeypatch):
    monkeypatch.setattr(derivation_pages, "pages", lambda: {"index": "first"})
    derivation_pages.write_pages(tmp_path)
    monkeypatch.setattr(derivation_pages, "pages", lambda: {"index": "second"})
    derivation_pages.write_pages(tmp_path)
    page = tmp_path / "derivations" / "index.md"
    assert page.read_text(encoding="utf-8") == "first"
    monkeypatch.setattr(derivation_pages, "fingerprint", lambda: "another derivation")
    derivation_pages.write_pages(tmp_path)
    assert page.read_text(encoding="utf-8") == "second"
