"""Every published value that the project supports is used: by a result of the gallery or by a test."""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMES = {entry["id"] for entry in json.loads((ROOT / "tests" / "published.json").read_text(encoding="utf-8"))}
LOOK_UPS = {"published", "reference"}

# Values that nothing here computes, each with the reason.
_PROGRAM = "a habit of one program for training, emulated; resetting here is by rates and probabilities"
_SCHEDULE = "a schedule of learning rates of another library, which resetting here never winds back"
UNSUPPORTED = {
    "seed.trigger.T5000.log10.b1000": _PROGRAM,
    "seed.trigger.T5000.log10.b0": _PROGRAM,
    "seed.trigger.T1000.log10.b200": _PROGRAM,
    "seed.lr.normal": _SCHEDULE,
    "seed.lr.afterreset": _SCHEDULE,
}


def patterns(source):
    """Return what names a file may mean: its texts, and the f-strings that it looks values up by."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(re.escape(node.value))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", None) in LOOK_UPS:
            found |= {_pattern(name) for name in node.args if isinstance(name, ast.JoinedStr)}
    return found


def _pattern(text):
    parts = text.values
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in parts)


@pytest.fixture(scope="module")
def used():
    files = {*(ROOT / "tests").glob("*.py"), *(ROOT / "analysis" / "gallery").glob("*.py")}
    files.remove(Path(__file__))
    meant = re.compile(
        "|".join(sorted(set().union(*(patterns(f.read_text(encoding="utf-8")) for f in files))))
    )
    return {name for name in NAMES if meant.fullmatch(name)}


def test_every_value_is_used_or_has_a_reason(used):
    assert NAMES - used == set(UNSUPPORTED)


def test_the_search_for_uses_sees_what_it_should():
    source = (
        'value = published(f"em2014.d{dim}.rstar")\nother = reference("log.CV")\nother = print(f"a{dim}")'
    )
    meant = re.compile("|".join(patterns(source)))
    assert meant.fullmatch("em2014.d3.rstar")
    assert meant.fullmatch("log.CV")
    assert not meant.fullmatch("em2014.d.rstar")
    assert not meant.fullmatch("log_CV")
    assert not meant.fullmatch("a3")
