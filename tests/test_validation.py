"""The command `python -m validation`: its report, its exit status, and what bad input gets."""

import json

import pytest

import validation.__main__ as command
from analysis.claims import Claim, Experiment
from analysis.findings import Finding, Table
from validation import experiments

LINE = {"name", "predicted", "measured", "error", "z", "holds", "should_hold"}


@pytest.fixture
def pretend(monkeypatch):
    """Let every experiment be a pretended one with these claims, findings and tables."""

    def pretended(claims=(), findings=(), tables=()):
        def run(name, study):
            return Experiment(name, name.title(), "Nothing was run.", claims, (), findings, tables)

        monkeypatch.setattr(experiments, "run", run)
        monkeypatch.setattr(experiments.theory, "run_all", lambda **_: [])

    return pretended


@pytest.mark.parametrize(
    ("measured", "should_hold", "status", "word"),
    [
        (1.1, True, 0, "1 of 1 claims hold"),
        (9.0, True, 1, "does not hold: a number"),
        (9.0, False, 0, "1 of 1 negative controls rejected"),
        (1.1, False, 1, "not rejected: a number"),
    ],
)
def test_exit_status_and_results(pretend, tmp_path, capsys, measured, should_hold, status, word):
    pretend([Claim("a number", 1.0, measured, 0.5, should_hold=should_hold)])
    assert command.main(["memorise", "--out", str(tmp_path / "new")]) == status
    assert word in capsys.readouterr().out
    (line,) = json.loads((tmp_path / "new" / "results.json").read_text())["claims"]
    assert set(line) == LINE
    assert line["holds"] is (measured == 1.1)


def test_the_report_has_a_line_for_each_claim_of_the_paper(pretend, tmp_path, capsys):
    findings = [
        Finding("resetting is cheap", "0.2 % of a step", "holds", 0.2, 0.1),
        Finding("resetting always helps", "on 3 of 4 sets", "holds in part"),
        Finding("more is better", "it is not", "does not hold", -1.0, 0.1),
    ]
    table = Table("Differences of test accuracy", ("data", "0.2"), [("digits", "+3.1 [2.2, 4.0]")])
    pretend(findings=findings, tables=[table])
    # A claim of the paper that does not hold is a result, not a failure.
    assert command.main(["--quick", "--out", str(tmp_path), "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert "+3.1 [2.2, 4.0]" in printed
    lines = json.loads((tmp_path / "results.json").read_text())["findings"]
    assert len(lines) == 3 * 6  # all six experiments
    assert {line["verdict"] for line in lines} == {"holds", "holds in part", "does not hold"}
    assert all(set(line) == LINE | {"found", "verdict"} for line in lines)
    assert lines[0]["z"] == pytest.approx(2.0)
    assert lines[1]["measured"] is None
    summary = (tmp_path / "summary.md").read_text()
    assert "| digits | +3.1 [2.2, 4.0] |" in summary
    assert "- **more is better: does not hold.** it is not." in summary
    page = (tmp_path / "index.html").read_text()
    assert page.count("resetting always helps") == 6
    assert page.count("<caption>Differences of test accuracy") == 6


def test_what_stops_half_way_says_how_to_go_on(monkeypatch, tmp_path, capsys):
    def run(name, study):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiments, "run", run)
    assert command.main(["cost", "--out", str(tmp_path)]) == 130
    assert "run the same again to go on" in capsys.readouterr().err


def test_names_are_listed_with_what_they_are(capsys):
    assert command.main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [*command.NAMES]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--seed", "-3"], "seed"),
        (["nothing"], "nothing"),
        (["--seeds", "0"], "seeds"),
        (["--workers", "none"], "workers"),
        (["--out", "/dev/null/folder"], "/dev/null/folder"),
        (["--fast"], "--fast"),
        (["cost", "--data", "no_such_set"], "no_such_set"),
    ],
)
def test_bad_arguments_get_one_line_and_status_2(arguments, word, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        command.main(arguments)
    message = capsys.readouterr().err
    assert stop.value.code == 2
    assert word in message
    assert message.count("\n") == 1
