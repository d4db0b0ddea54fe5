"""What is shipped: types for users, a wheel with all it needs, and just the dependencies that are used."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import resetdyn as rd
from benchmarks.release import contents, requirements
from benchmarks.release.__main__ import PYTHONS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
MODULE_OF = {"scikit-learn": "sklearn", "pyyaml": "yaml"}
# Tried where they are there, for those who have them; their absence is told with the remedy or skips a test.
OF_USERS = {"xarray", "pyarrow", "pandas", "torch", "jax", "playwright", "mpi4py"}
# They come with one that is declared: marimo serves by uvicorn, matplotlib's pictures are Pillow's.
COME_ALONG = {"uvicorn": "marimo", "PIL": "matplotlib"}
# Commands and plug-ins, which no line imports.
RUN_NOT_IMPORTED = {
    "pytest-xdist", "pytest-timeout", "ruff", "mypy", "hatchling", "numpydoc", "myst-nb", "sphinx-design",
    "sphinx", "furo", "build", "twine",
}  # fmt: skip


def names_of(requirement_lines):
    """Return the names of requirements, without versions and without this package itself."""
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in requirement_lines}
    return names - {"resetdyn"}


def imported(*folders):
    """Return the first names of all foreign modules that the code of some folders imports, lazily or not."""
    found = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("import_module", "importorskip")
            ):
                literal = node.args[0]
                found |= {literal.value} if isinstance(literal, ast.Constant) else set()
    own = {"resetdyn", "analysis", "validation", "benchmarks", "tests", "docs"} | set(sys.stdlib_module_names)
    return {name.partition(".")[0] for name in found} - own


def modules_of(names):
    return {MODULE_OF.get(name, name.replace("-", "_")) for name in names}


def test_the_package_imports_what_it_declares_and_nothing_else():
    declared = modules_of(names_of(PROJECT["dependencies"]))
    optional = modules_of(names_of([*EXTRAS["learn"], *EXTRAS["lab"], *EXTRAS["distributed"]]))
    used = imported("resetdyn")
    assert declared - used == set(), "declared and not used"
    assert used - declared - optional - OF_USERS - set(COME_ALONG) == set(), "used and not declared"


def test_every_extra_is_used_and_what_the_tests_and_reports_import_is_declared():
    declared = names_of([*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)])
    used = imported("resetdyn", "analysis", "validation", "tests")
    assert modules_of(declared - RUN_NOT_IMPORTED) - used == set(), "declared and not used"
    plain = used - {"conftest", "_pytest", "places"} - OF_USERS - set(COME_ALONG)
    assert plain - modules_of(declared) == set(), "used and not declared"
    assert {COME_ALONG[name] for name in COME_ALONG} <= declared


def test_an_import_that_is_not_declared_is_seen(tmp_path, monkeypatch):
    (tmp_path / "resetdyn").mkdir()
    code = "def f():\n    from undeclared.part import thing\n    import_module('another.one')\n"
    (tmp_path / "resetdyn" / "new.py").write_text(code, encoding="utf-8")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert imported("resetdyn") == {"undeclared", "another"}


def test_every_dependency_has_a_lowest_version():
    for line in [*requirements.lowest("learn"), *map(requirements.pinned, EXTRAS["test"])]:
        assert re.fullmatch(r"[\w-]+==[\d.]+", line, flags=re.IGNORECASE)
    with pytest.raises(ValueError, match="no lowest version"):
        requirements.pinned("numpy")


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_no_tests(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, timeout=120, check=True, capture_output=True)
    (wheel,), (sdist,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    assert contents.in_wheel(wheel) == []
    assert contents.in_sdist(sdist) == []
    assert contents.in_wheel(_with_a_test(wheel)) == [
        "tests/test_x.py is not of the package",
        "tests/test_x.py is a test",
    ]


def _with_a_test(wheel):
    import zipfile

    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("tests/test_x.py", "")
    return wheel


def strictly(program, folder):
    """Return what `mypy --strict` says of a user's program."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--follow-imports=silent",
        str(program),
    ]
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    return done.stdout


@pytest.mark.slow
def test_a_typed_program_of_a_user_passes_the_strict_checker(tmp_path):
    program = ROOT / "tests" / "typed_use.py"
    assert strictly(program, tmp_path).startswith("Success")
    wrong = tmp_path / "wrong_use.py"
    text = program.read_text(encoding="utf-8").replace(
        "sampled: float = samples.mean", "sampled: str = samples.mean"
    )
    wrong.write_text(text.replace("rd.landau(search)", "rd.landau(search, ordre=4)"), encoding="utf-8")
    found = strictly(wrong, tmp_path)
    assert "Incompatible types in assignment" in found
    assert 'Unexpected keyword argument "ordre"' in found


def test_the_typed_program_names_every_public_name():
    text = (ROOT / "tests" / "typed_use.py").read_text(encoding="utf-8")
    assert set(rd.__all__) - set(re.findall(r"\brd\.(\w+)", text)) == set()


@pytest.mark.parametrize("name", ["tests.yml", "release.yml"])
def test_a_workflow_is_valid_and_agrees_with_the_metadata(name):
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    assert workflow["name"]
    assert True in workflow  # YAML 1.1 reads the key `on` so
    for job in workflow["jobs"].values():
        if "uses" in job:  # GitHub refuses the whole file if a job that calls a workflow says more
            assert set(job) <= {"name", "uses", "with", "secrets", "needs", "if", "permissions", "strategy"}
        else:
            assert job["timeout-minutes"] <= 60
            assert all(("run" in step) != ("uses" in step) for step in job["steps"])
        for wanted in [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", []):
            assert wanted in workflow["jobs"]


def test_the_matrix_tries_every_version_that_is_claimed_and_those_to_come():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["tests"]["strategy"]["matrix"]
    named = {line.rsplit(" ", 1)[1] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)}
    assert named <= set(matrix["python"]) == set(PYTHONS)
    assert set(matrix["system"]) == {"ubuntu-latest", "macos-latest", "windows-latest"}


def test_only_the_publishing_job_may_publish_and_only_after_all_checks():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert workflow[True] == {"push": {"tags": ["v*"]}}
    jobs = workflow["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert {"tests", "build"} <= set(jobs["publish"]["needs"])
    assert [name for name, job in jobs.items() if "id-token" in job.get("permissions", {})] == ["publish"]
