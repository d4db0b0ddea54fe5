"""What the README promises runs as it stands there."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import resetdyn as rd

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"
MADE = (DOCS / "gallery", DOCS / "derivations")  # written when the docs are built
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if not any(folder in page.parents for folder in MADE)]
RUNNING = [ROOT / "README.md", *(page for page in PAGES if (DOCS / "course") not in page.parents)]
LINKED = [*RUNNING[:1], *PAGES, ROOT / "CONTRIBUTING.md"]  # the code of the last: test_contributing.py


def code_blocks(text):
    """Return the Python of a page in its order: plain blocks, and cells, without their ``:tags:``."""
    blocks = re.findall(r"^```(?:python|\{code-cell\}.*?)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [re.sub(r"\A(?::\w+:.*\n)+", "", block) for block in blocks]


@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.name)
def test_the_code_on_every_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)  # as in a notebook: a page may write a module and import it
    namespace = {}
    for block in code_blocks(page.read_text(encoding="utf-8")):
        exec(compile(block, page.name, "exec"), namespace)
    plt.close("all")


def test_the_two_commands_stand_in_the_readme_as_written():
    assert 'pip install -e ".[all]" && python -m analysis\n' in README
    assert 'pip install -e ".[all]" && pytest\n' in README


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_no_link_inside_the_project_is_dead(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    targets = [(page.parent / link).resolve() for link in links]
    there = [target.exists() or target.parent in MADE for target in targets]  # the latter: sphinx-build -W
    assert [link for link, alive in zip(links, there, strict=True) if not alive] == []


def test_the_reference_has_every_public_name():
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    found = re.findall(r"^\.\. auto(?:class|function):: (\w+)$", pages, flags=re.MULTILINE)
    assert len(found) == len(set(found))
    elsewhere = {"__version__", "conditions"}  # of which the latter has a page of its own
    assert set(rd.__all__) - elsewhere == set(found)
