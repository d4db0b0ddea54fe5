"""The course: every cell of every chapter runs, in order, and every exercise has a solution that does."""

import re
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from resetdyn import plotting

FOLDER = Path(__file__).parents[1] / "docs" / "course"
CHAPTERS = sorted(path for path in FOLDER.glob("*.md") if path.name != "index.md")
CELL = re.compile(r"^```\{code-cell\} ipython3\n((?::[^\n]*\n)*)(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
EACH = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)


def cells(text):
    return [code for _, code in CELL.findall(text)]


def exercises(text):
    """Return the exercises, each with its solution."""
    part = text.partition("\n## Exercises\n")[2].partition("\n## Further reading\n")[0]
    return re.split(r"^### ", part, flags=re.MULTILINE)[1:]


@pytest.mark.slow
@EACH
def test_every_cell_runs_and_every_figure_names_its_axes(chapter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace, figures = {}, 0
    for number, code in enumerate(cells(chapter.read_text(encoding="utf-8"))):
        exec(compile(code, f"{chapter.name}, cell {number}", "exec"), namespace)
        for figure in map(plt.figure, plt.get_fignums()):
            figures += 1
            assert all(ax.get_xlabel() and ax.get_ylabel() for ax in figure.axes if not _is_bar(ax)), number
        plt.close("all")
    assert figures >= 1


def _is_bar(ax):
    return ax.get_label() == "<colorbar>"


@EACH
def test_a_chapter_has_all_its_parts(chapter):
    text = chapter.read_text(encoding="utf-8")
    header = text.split("---\n")[1]
    assert "format_name: myst" in header
    assert "name: python3" in header
    assert "**After this chapter you can**" in text
    assert "standard errors" in text  # the z-score that stops the notebook
    assert text.count("```{code-cell}") == len(cells(text))
    assert text.count("https://doi.org/") >= 3
    assert not re.search(r"^<details", text.partition("\n## Exercises\n")[0], flags=re.MULTILINE)


@EACH
def test_the_score_of_a_chapter_stops_at_a_wrong_number(chapter):
    namespace = {}
    exec(cells(chapter.read_text(encoding="utf-8"))[0], namespace)
    score = namespace["z"]
    of_samples = "samples" in score.__code__.co_varnames
    measured = (SimpleNamespace(mean=1.0, error=0.1),) if of_samples else (1.0, 0.1)
    assert score(1.2, *measured) == -2.0
    with pytest.raises(AssertionError, match=r"5\.0 standard errors"):
        score(0.5, *measured)


@EACH
def test_every_exercise_has_a_solution_that_checks_itself(chapter):
    found = exercises(chapter.read_text(encoding="utf-8"))
    assert 3 <= len(found) <= 5
    for exercise in found:
        question, opened, solution = exercise.partition('<details class="solution">')
        assert question.strip()
        assert opened
        assert solution.count("</details>") == 1
        code = "".join(cells(solution))
        assert re.search(r"^ *assert |\bz\(", code, flags=re.MULTILINE), exercise.splitlines()[0]


def test_the_course_lists_its_chapters():
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    listed = index.partition("```{toctree}")[2].split()[2:-1]
    assert sorted(listed) == [chapter.stem for chapter in CHAPTERS]


@EACH
def test_no_link_inside_the_project_is_dead(chapter):
    links = re.findall(r"\]\(([^)#:]+)\)", chapter.read_text(encoding="utf-8"))
    assert [link for link in links if not (chapter.parent / link).exists()] == []


def test_a_notebook_shows_figures_after_the_first_one_in_the_style():
    awake = mpl.is_interactive()
    try:
        mpl.interactive(False)
        with plotting.style():
            mpl.interactive(True)  # as the backend of notebooks does at the first figure
        assert mpl.is_interactive()
    finally:
        mpl.interactive(awake)
