"""The pages that are made when the docs are built say what the code says, and references lead somewhere."""

import importlib.util
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

import resetdyn as rd

DOCS = Path(__file__).parents[1] / "docs"
REFERENCES = [
    line
    for line in (DOCS / "references.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("- ")
]


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
        assert all(
            derivation_pages.equation(step.latex()).split("\n")[1] in lines for step in condition.steps
        )
        assert {f"- {derivation_pages.plain(text)}" for text in condition.assumptions} <= lines
        assert {f'`.value("{formula}", ...)` is' for formula in condition.formulas} <= lines


def test_factors_do_not_run_into_each_other(derivation_pages):
    assert derivation_pages.equation(r"2 \mathrm{Pe} u + \mathrm{Pe} < 1").split("\n")[1] == (
        r"2 \mathrm{Pe}\, u + \mathrm{Pe} < 1"
    )


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


JOURNALS = {
    "Phys. Rev. Lett.": "10.1103/PhysRevLett",
    "Phys. Rev. E": "10.1103/PhysRevE",
    "Phys. Rev. Research": "10.1103/PhysRevResearch",
}


def test_references_lead_where_they_say():
    for line in REFERENCES:
        for shown, address in re.findall(r"\[([^\]]+)\]\((\S+?)\)(?=[.,\s]|$)", line):
            if shown.startswith("arXiv:"):
                assert address == f"https://arxiv.org/abs/{shown.removeprefix('arXiv:')}"
            elif shown.startswith("10."):
                assert unquote(address) == f"https://doi.org/{shown}"


def test_identifiers_of_the_physical_review_are_those_of_volume_and_article():
    """Such a DOI is made of its journal, volume and article, so that a slip in one of them shows."""
    found = [
        (JOURNALS[journal], volume, article, line)
        for line in REFERENCES
        for journal, volume, article in re.findall(r"(Phys\. Rev\. [A-Z]\w*\.?) (\d+), (\w+) \(", line)
    ]
    assert len(found) == sum("Phys. Rev." in line for line in REFERENCES) > 0
    for stem, volume, article, line in found:
        assert f"[{stem}.{volume}.{article}]" in line


def test_every_preprint_of_the_published_values_is_among_the_references():
    quoted = set(re.findall(r"arXiv:(\d{4}\.\d{5})", (DOCS.parent / "tests" / "published.json").read_text()))
    assert len(quoted) > 10
    assert quoted <= set(re.findall(r"arXiv:(\d{4}\.\d{5})", "\n".join(REFERENCES)))
