"""``docs/references.md`` is the one list of papers: what is cited elsewhere is in it, in the same words."""

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest

from analysis.gallery import results

ROOT = Path(__file__).parents[1]
LISTED = [
    line
    for line in (ROOT / "docs" / "references.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("- ")
]
WRITTEN = [
    *(ROOT / name for name in ("README.md", "CITATION.cff", "CONTRIBUTING.md")),
    *(ROOT / "docs").glob("*.md"),
    *(path for room in ("course", "howto") for path in (ROOT / "docs" / room).glob("*.md")),
    *(path for room in ("resetdyn", "analysis", "validation") for path in (ROOT / room).rglob("*.py")),
]
SHORT = {
    "PRL": "Phys. Rev. Lett.",
    "PRE": "Phys. Rev. E",
    "PRR": "Phys. Rev. Research",
    "MLST": "Mach. Learn.: Sci. Technol.",
}
JOURNALS = [*SHORT, *SHORT.values(), "J. Phys. A", "New J. Phys.", "EPL", "J. Chem. Phys."]


def identifiers(text):
    """Return the DOIs and arXiv numbers in a text; the DOI that arXiv makes of a number is that number."""
    arxiv = re.findall(r"arxiv(?:\.org/abs/|[:. ]\s*|=\")(\d{4}\.\d{4,5})", text, flags=re.IGNORECASE)
    dois = (found.rstrip(".,:;") for found in re.findall(r"\b10\.\d{4,5}/[\w./()-]+", unquote(text)))
    dois = (found.rstrip(")") if found.count("(") < found.count(")") else found for found in dois)
    return set(arxiv) | {found.rstrip(".") for found in dois if not found.startswith("10.48550/")}


def places(text):
    """Return what is cited as journal, volume, article and year, the journal in full."""
    names = "|".join(re.escape(name) for name in JOURNALS)
    text = re.sub(r"[\s\"#]+", " ", text)  # over the ends of lines
    found = re.findall(rf"\b({names}) (\d+), (\w+)(?:\(R\))?,? \((\d{{4}})\)", text)
    return {(SHORT.get(journal, journal), *where) for journal, *where in found}


def plain(text):
    """Return a text without accents, case and kinds of dashes."""
    bare = unicodedata.normalize("NFKD", text.replace("–", "-").replace("ł", "l").replace("Ł", "L"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()


@pytest.mark.parametrize("parts", [identifiers, places])
def test_what_is_cited_is_listed(parts):
    listed = parts("\n".join(LISTED))
    missing = {path.name: parts(path.read_text(encoding="utf-8")) - listed for path in WRITTEN}
    assert not {name: cited for name, cited in missing.items() if cited}
    assert len(set().union(*(parts(path.read_text(encoding="utf-8")) for path in WRITTEN))) > 20


def test_no_paper_is_listed_twice():
    cited = [identifier for line in LISTED for identifier in identifiers(line)]
    assert len(cited) == len(set(cited)) > 50


def test_a_citation_is_seen_however_it_is_written():
    text = """see doi:10.1103/PhysRevE.1.2), (https://doi.org/10.1016/0020-0190%2893%2990029-9). and
        arXiv 1234.56789, Paper(arxiv="1111.2222"), https://doi.org/10.48550/arXiv.3333.44444: more"""
    assert identifiers(text) == {
        "10.1103/PhysRevE.1.2",
        "10.1016/0020-0190(93)90029-9",
        "1234.56789",
        "1111.2222",
        "3333.44444",
    }
    assert places("(PRL\n  106, 160602 (2011); J. Phys. A 1, 01LT01 (2019)).  PRE 93, 060102(R) (2016)") == {
        ("Phys. Rev. Lett.", "106", "160602", "2011"),
        ("J. Phys. A", "1", "01LT01", "2019"),
        ("Phys. Rev. E", "93", "060102", "2016"),
    }


@pytest.mark.parametrize("name", results())
def test_the_gallery_cites_as_the_list_does(name):
    """The line with the paper's title has its authors, journal, year and numbers, and no others."""
    for paper in (results()[name].paper, *results()[name].also):
        lines = [line for line in LISTED if plain(f"*{paper.title}*") in plain(line)]
        assert len(lines) == 1, paper
        surnames = [author.split(". ")[-1] for author in paper.authors.split(", ")]
        assert plain(lines[0]).startswith(plain(f"- {', '.join(surnames)}: "))
        where = "" if paper.journal == "preprint" else f"{paper.journal} "
        assert f"{where}({paper.year})" in lines[0]
        assert identifiers(lines[0]) == {paper.doi, paper.arxiv} - {""}
        assert not paper.page or f"({paper.page})" in lines[0]
