"""The long proofs in small: faults apply and are seen, scores are collected and judged, tables are put."""

import json

import numpy as np
import pytest

from benchmarks import page
from benchmarks.proofs import recorder, seeds
from benchmarks.proofs.fault import Fault, suite
from benchmarks.proofs.mutations import FAULTS, Journal, Seen, seen, table


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.what for fault in FAULTS])
def test_every_fault_still_applies(fault):
    broken = fault.broken(page.ROOT)
    compile(broken, fault.file, "exec")
    assert broken != (page.ROOT / fault.file).read_text(encoding="utf-8")
    for name in fault.tests:
        assert not name.endswith(".py") or (page.ROOT / name).is_file()


def test_faults_are_many_and_differ():
    assert len(FAULTS) >= 30
    assert len({(fault.file, fault.old, fault.new) for fault in FAULTS}) == len(FAULTS)
    assert len({fault.what for fault in FAULTS}) == len(FAULTS)


def test_a_fault_that_is_out_of_date_is_an_error():
    gone = FAULTS[0]._replace(old="no such text anywhere")
    with pytest.raises(ValueError, match="occurs 0 times"):
        gone.broken(page.ROOT)
    with pytest.raises(ValueError, match="bring the fault up to date"):
        FAULTS[0]._replace(old="import").broken(page.ROOT)


@pytest.mark.slow
def test_a_fault_is_seen_and_a_harmless_change_is_not():
    (bias,) = (fault for fault in FAULTS if fault.what == "the latent gradient bias has the wrong sign")
    tests = suite("label_noise", "latent_bias_is_the_weighted_gap")
    found = seen(bias._replace(tests=tests))
    assert found.test.startswith("tests/test_label_noise.py::test_latent_bias")
    harmless = Fault("none", bias.file, "def latent_bias(", "def latent_bias(  # unchanged\n        ", tests)
    assert seen(harmless).test is None


def test_results_are_kept_until_a_fault_changes(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "benchmarks.proofs.mutations.seen", lambda fault: asked.append(fault) or Seen("x::y", 1.0)
    )
    path = tmp_path / "journal"
    assert Journal(path).of(FAULTS[0]) == Journal(path).of(FAULTS[0]) == Seen("x::y", 1.0)
    assert len(asked) == 1
    assert Journal(path).knows(FAULTS[0])
    assert not Journal(path).knows(FAULTS[1])
    Journal(path).of(FAULTS[0]._replace(new="something else"))
    assert len(asked) == 2
    assert "**none**" in table([(FAULTS[0], Seen(None, 1.0))])


def outcomes(source):
    """Run a source with its comparisons put through the recorder; return its `found`, and the scores."""
    recorder._found.clear()
    space = {recorder._NAME: recorder.compared, "np": np}
    exec(compile(recorder.transformed(source), "a test", "exec"), space)
    return space["found"], [scores for _, scores in recorder._found]


@pytest.mark.parametrize(
    ("source", "found", "scores"),
    [
        ("found = abs(-3.0) < 4", True, [[-3.0]]),
        ("found = abs(-4.0) <= 4", True, [[-4.0]]),
        ("found = abs(-4.0) < 4", False, [[-4.0]]),
        ("found = abs(5.0 - 0.0) < 4 * 1.0", False, [[5.0]]),
        ("found = abs(1.0) < 4 * 0.5 / 2", False, [[4.0]]),
        ("found = abs(1.0) < 4 / np.sqrt(4.0)", True, [[2.0]]),
        ("found = np.abs(np.array([1.0, -5.0])).max() < 4", False, [[1.0, -5.0]]),
        ("found = np.max(np.abs(np.array([1.0, -2.0]))) < 4", True, [[1.0, -2.0]]),
        (
            "found = bool(np.all(np.abs(np.array([1.0, 2.0])) < 4 * np.array([1.0, 0.4])))",
            False,
            [[1.0, 5.0]],
        ),
        ("found = abs(1.0) < 4 * 0.2 + 1", True, []),  # an allowance
        ("found = (abs(5.0) < 4) == False", True, []),  # negative controls
        ("found = not abs(5.0) < 4", True, []),
        ("found = abs(1.0) > 4", False, []),
        ("found = abs(1.0) < 5", True, []),
    ],
)
def test_scores_are_read_from_comparisons_that_hold_as_before(source, found, scores):
    plain = {"np": np}
    exec(source, plain)
    assert (bool(plain["found"]), [list(map(float, s)) for s in scores]) == (found, scores)
    assert outcomes(source) == (found, [pytest.approx(s) for s in scores])


def test_the_tests_of_samples_are_found():
    found = seeds.files_that_compare()
    assert len(found) > 30
    assert "tests/test_simulation_walks.py" in found
    assert "tests/test_expressions.py" not in found


def written(path, rng, seeds_, checks=200, shift=0.0, scale=1.0):
    lines = []
    for seed in range(seeds_):
        scores = rng.normal(size=checks)
        scores[0] = shift + scale * scores[0]
        lines += [
            json.dumps({"test": f"t{i}", "seed": seed, "scores": [[7, [z]]]}) for i, z in enumerate(scores)
        ]
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (1.5, 1.0), (0.0, 0.2), (0.0, 2.5)])
def test_scores_that_are_not_normal_are_named(tmp_path, rng, shift, scale):
    path = tmp_path / "scores"
    written(path, rng, 36, shift=shift, scale=scale)
    checks, order = seeds.checks_of(path)
    assert (len(checks), len(order)) == (200, 36)
    names = [where for where, _, _ in seeds.odd(checks)]
    assert names == ([] if (shift, scale) == (0.0, 1.0) else ["t0, line 7 (1.1)"])
    assert "200 checks under each of 36 seeds" in seeds.report(checks, order)


def test_averages_have_the_errors_that_seeds_show(tmp_path, rng):
    path = tmp_path / "scores"
    written(path, rng, 36)
    for _, value, error, normal in seeds.averages(seeds.checks_of(path)[0]):
        assert abs(value - normal) < 4.5 * error


@pytest.mark.slow
def test_scores_of_a_test_run_are_written_down_and_kept(tmp_path):
    tests = ["tests/test_simulation_steady.py", "-k", "filters_the_mean"]
    kept = seeds.Scores(tmp_path / "scores", tests)
    seeds.sweep([3, 4], kept, workers=1)
    entries = [json.loads(line) for done in kept.seeds.values() for line in done.lines]
    assert {entry["seed"] for entry in entries} == {3, 4}
    assert all(abs(z) < 4 for entry in entries for _, scores in entry["scores"] for z in scores)
    again = seeds.Scores(tmp_path / "scores", tests)
    assert again.seeds == kept.seeds
    again.tests = ["nothing is left to run"]
    seeds.sweep([3, 4], again, workers=1)
    with pytest.raises(ValueError, match="of other tests"):
        seeds.Scores(tmp_path / "scores", ["tests/test_other.py"])
    checks, order = seeds.checks_of(tmp_path / "scores")
    assert order == [3, 4]
    assert checks


def test_tests_that_cannot_run_are_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="pytest ended with 4"):
        seeds.sweep([3], seeds.Scores(tmp_path / "scores", ["tests/no_such_file.py"]), workers=1)


@pytest.mark.slow
def test_failures_are_written_down_by_their_whole_names(tmp_path):
    path = tmp_path / "test_fails.py"
    path.write_text(
        "import pytest\n\n\n@pytest.mark.parametrize('x', ['a - b'])\n"
        "def test_it(x, seed):\n    assert abs(seed) < 4\n",
        encoding="utf-8",
    )
    done = seeds.run(5, ["-p", "tests.conftest", str(path)], limit=300)
    assert done.code == 1
    assert done.failed == done.tests
    assert done.failed[0].endswith("test_fails.py::test_it[a - b]")


def test_tables_are_put_between_their_marks(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("# Page\n\n<!-- a -->\nold\n<!-- end of a -->\n\nrest\n", encoding="utf-8")
    page.put("a", "new", path)
    page.put("a", "newer", path)
    assert path.read_text(encoding="utf-8") == "# Page\n\n<!-- a -->\n\nnewer\n\n<!-- end of a -->\n\nrest\n"
    with pytest.raises(ValueError, match="<!-- b -->"):
        page.put("b", "new", path)
