"""Write docs/derivations/ from `rd.conditions`, so that the pages cannot disagree with the code.

``sphinx-build`` runs it, as ``python docs/derivation_pages.py`` does. The conditions are derived anew only if
their code, or SymPy, has changed since.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

import sympy as sp

import resetdyn as rd
from resetdyn.theory.conditions import catalogue, notation

SOURCES = Path(catalogue.__file__).parent

# What each page is about, and the modules that derive its conditions.
CHAPTERS = {
    "any-process": (
        "Any process",
        "Moments and quantiles of the search without resets decide, whatever moves.",
        ["small_rate", "optimum_cv", "sharp", "bounds", "discrete_time", "discrete_optimum"],
    ),
    "diffusion": (
        "Diffusion",
        "Searches whose laws are known in closed form, and when resetting shortens them.",
        [
            "drift_diffusion",
            "ornstein_uhlenbeck",
            "interval",
            "interval_drift",
            "interval_rate",
            "logarithmic",
        ],
    ),
    "beyond": (
        "Space, swimmers, random targets",
        "Balls in more dimensions, run and tumble, targets that are not known, resets that are informed.",
        ["ball", "run_and_tumble", "random_target", "informed", "splitting"],
    ),
    "costs": (
        "What resets cost",
        "Pauses, journeys back, and resets that go part of the way.",
        ["refractory", "return_speed", "partial"],
    ),
    "steady-risk": (
        "Steady clean risk",
        "A trap in the wrong place: when resets to a checkpoint keep the state nearer to the right one.",
        ["steady_risk", "early_stopping", "steady_risk_matrix"],
    ),
    "label-noise": (
        "SGD on noisy labels",
        "The same conditions in noise rate, batch size and learning rate, and how the gain moves with them.",
        ["drift_reversal", "label_noise", "gain", "search_gain"],
    ),
    "regularisation": (
        "Resetting as regularisation",
        "What resets do to the stationary mean of linear regression: ridge, and its relatives.",
        ["ridge", "filter_sharp"],
    ),
}


def write_pages(docs: Path) -> None:
    """Write the pages into `docs`/derivations, if they are not those of these derivations already."""
    folder, state = docs / "derivations", fingerprint()
    mark = folder / ".derived"
    if mark.exists() and mark.read_text(encoding="utf-8") == state:
        return
    shutil.rmtree(folder, ignore_errors=True)  # a chapter that was renamed leaves no page behind
    folder.mkdir()
    for name, text in pages().items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    mark.write_text(state, encoding="utf-8")


def fingerprint() -> str:
    """Return what changes when a derivation or its page may have changed."""
    digest = hashlib.sha256(sp.__version__.encode())
    for path in [Path(__file__), *sorted(SOURCES.glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def pages() -> dict[str, str]:
    """Return the text of every page by its name, the table of contents as "index"."""
    return {"index": index(), **{name: chapter(name) for name in CHAPTERS}}


def names_in(name: str) -> list[str]:
    """Return the conditions of a chapter, in the order of the catalogue."""
    modules = CHAPTERS[name][2]
    return [key for key, entry in catalogue.CATALOGUE.items() if entry.module in modules]


def index() -> str:
    """Return the first page: what the derivations are, and all of them in a table."""
    lines = [
        "# Derivations",
        "",
        "These pages are written from `rd.conditions` when the docs are built: each formula is what SymPy",
        "derived, the one that `.holds()` and `.value()` work out. `rd.conditions.peclet.text()` shows the",
        "same in a terminal, `.latex()` is for a paper of your own, and `resetdyn derive peclet` needs no",
        "Python.",
        "",
        "| name | what it says |",
        "|---|---|",
    ]
    for name in CHAPTERS:
        for key in names_in(name):
            title = plain(catalogue.CATALOGUE[key].title).replace("|", r"\|")
            lines.append(f"| [`{key}`](#derivation-{key.replace('_', '-')}) | {title} |")
    return "\n".join([*lines, "", "```{toctree}", ":maxdepth: 2", "", *CHAPTERS, "```", ""])


def chapter(name: str) -> str:
    """Return a page: its conditions, one below the other."""
    title, about, _ = CHAPTERS[name]
    return (
        "\n\n".join([f"# {title}", about, *(derivation(rd.conditions[key]) for key in names_in(name))]) + "\n"
    )


def derivation(condition: Any) -> str:
    """Return a condition: its statement, assumptions, steps, symbols, and what it yields besides."""
    anchor = f"(derivation-{condition.name.replace('_', '-')})="
    blocks = [f"{anchor}\n## {plain(condition.title)}"]
    blocks.append(f"`rd.conditions.{condition.name}`. Source: {plain(condition.source)}.")
    blocks.append(equation(condition.steps[-1].latex()))
    blocks.append("Assumed:\n\n" + "\n".join(f"- {plain(text)}" for text in condition.assumptions))
    for number, step in enumerate(condition.steps, start=1):
        blocks.append(f"{number}. {plain(step.text)}\n\n" + indented(equation(step.latex())))
    symbols = [f"| `{symbol}` | {plain(meaning)} |" for symbol, meaning in condition.variables.items()]
    if symbols:
        blocks.append(
            "\n".join([f"| in `.holds({', '.join(condition.variables)})` | |", "|---|---|", *symbols])
        )
    for formula, expression in condition.formulas.items():
        blocks.append(f'`.value("{formula}", ...)` is\n\n{equation(notation.latex(expression))}')
    return "\n\n".join(blocks)


def equation(latex: str) -> str:
    """Return a displayed formula, with a space between a name of several letters and the factor after it."""
    spaced = re.sub(r"(\\mathrm\{\w+\}) (?=[a-zA-Z]|\\(?!right))", r"\1\\, ", latex)
    return f"```{{math}}\n{spaced}\n```"


def indented(block: str) -> str:
    """Return a block that belongs to an item of a numbered list."""
    return "\n".join(f"   {line}" for line in block.splitlines())


def plain(text: str) -> str:
    """Return a sentence as Markdown that shows it letter by letter."""
    return re.sub(r"([\\`*_<>\[\]$|{}])", r"\\\1", text)


if __name__ == "__main__":
    write_pages(Path(__file__).parent)
