"""The study's own machinery: what a claim is, what the report shows, what the command returns."""

import json
import math
import re
import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from analysis import __main__ as command
from analysis import controls, experiments, report, sampling
from analysis.claims import Claim, Experiment, Illustration, verdict, write_results

HOLDS = Claim("a claim that holds", 1.0, 1.1, 0.1)
FAILS = Claim("a claim that fails", 1.0, 2.0, 0.1)
REJECTED = Claim("a control, rejected", 1.0, 2.0, 0.1, should_hold=False)
MISSED = Claim("a control, not rejected", 1.0, 1.1, 0.1, should_hold=False)


def failing(*, quick, seed):
    return [Experiment("failing", "A failing experiment", "It fails.", [HOLDS, FAILS])]


def claims_of(folder):
    return json.loads((folder / "results.json").read_text(), parse_constant=pytest.fail)["claims"]


def page_of(folder):
    return ElementTree.fromstring((folder / "index.html").read_text(encoding="utf-8"))


def test_a_claim_is_a_z_score():
    assert HOLDS.z == pytest.approx(1.0)
    assert HOLDS.holds
    assert not FAILS.holds
    assert Claim("below", 1.0, 0.5, 0.1).z == pytest.approx(-5.0)


@pytest.mark.parametrize(
    "numbers", [(1.0, math.nan, 0.1), (math.inf, math.inf, 0.1), (1, 1, 0), (1, 1, math.nan)]
)
def test_what_cannot_be_decided_does_not_hold(numbers):
    assert math.isnan(Claim("undecided", *numbers).z)
    assert not Claim("undecided", *numbers).holds
    # Nor does it count as the rejection of a control: it is no evidence.
    assert not Claim("undecided", *numbers, should_hold=False).as_expected


def test_the_verdict_counts_claims_and_controls_apart():
    assert verdict([HOLDS, REJECTED]).exit_status == 0
    assert verdict([HOLDS, FAILS]).exit_status == 1
    assert verdict([HOLDS, MISSED]).exit_status == 1
    outcome = verdict([HOLDS, FAILS, REJECTED, MISSED])
    assert (outcome.held, outcome.total, outcome.rejected, outcome.controls) == (1, 2, 1, 2)
    assert outcome.largest == pytest.approx(10)
    assert outcome.chi_square == pytest.approx(101)
    assert verdict([Claim("undecided", 1, math.nan, 1)]).exit_status == 1


def test_results_are_strict_json(tmp_path):
    write_results(
        [HOLDS, Claim("not finite", math.inf, math.nan, np.float64(0.1))], tmp_path / "results.json"
    )
    first, second = claims_of(tmp_path)
    assert list(first) == ["name", "predicted", "measured", "error", "z", "holds", "should_hold"]
    assert first["z"] == pytest.approx((first["measured"] - first["predicted"]) / first["error"])
    assert second["predicted"] is second["z"] is None
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_an_estimate_knows_its_error(rng):
    """In units of the error that the delta method states, estimates scatter with variance 1."""
    repetitions = 1000
    estimates = np.array([sampling.variation(rng.gamma(4.0, size=5000)) for _ in range(repetitions)])
    scores = (estimates[:, 0] - 0.5) / estimates[:, 1]
    assert abs(scores.mean()) * np.sqrt(repetitions) < 4
    assert abs(scores.var(ddof=1) - 1) / np.sqrt(2 / repetitions) < 4


def test_streams_differ_by_seed_and_name():
    draws = {(seed, name): sampling.stream(seed, name).random() for seed in (1, 2) for name in ("a", "b")}
    assert len(set(draws.values())) == 4
    assert sampling.stream(1, "a").random() == draws[1, "a"]


def test_the_report_carries_everything_with_it(tmp_path):
    figure, axes = plt.subplots()
    axes.plot([0, 1])
    shown = [Illustration("shown", 'A caption with <marks> & "quotes".', figure)]
    found = [
        Experiment("one", "One & only", "First.\n\nSecond.", [HOLDS, Claim("3 < 4", 1, 1.2, 0.1)], shown),
        Experiment("two", "Controls", "Wrong on purpose.", [REJECTED, FAILS]),
    ]
    outcome = report.write(found, tmp_path, "Written by a test.")
    assert outcome.exit_status == 1
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"index.html", "results.json", "shown.png", "shown.svg", "z_scores.png", "z_scores.svg"}
    page = page_of(tmp_path)  # well formed
    rows = ["".join(row.itertext()) for row in page.iter("tr") if row.get("class") in ("good", "bad")]
    assert len(rows) == 4 == len(claims_of(tmp_path))
    assert "✗ does not hold" in next(row for row in rows if "a claim that fails" in row)
    assert "✓ rejected" in next(row for row in rows if "a control, rejected" in row)
    links = [link.get("href") for link in page.iter("a")]
    ids = {element.get("id") for element in page.iter() if element.get("id")}
    assert all(link.removeprefix("#") in ids for link in links)
    images = list(page.iter("img"))
    assert all(image.get("src").startswith("data:image/svg+xml;base64,") for image in images)
    assert images[0].get("alt") == shown[0].caption
    assert not re.search(
        r"(src|href)=\"(?!#|data:)|@import|url\(|<script", (tmp_path / "index.html").read_text()
    )


def test_a_quick_run_end_to_end(tmp_path, capsys):
    status = command.main(
        ["--quick", "--only", "controls", "--out", str(tmp_path / "new" / "folder"), "--seed", "5"]
    )
    claims = claims_of(tmp_path / "new" / "folder")
    assert status == 0
    assert "negative controls rejected" in capsys.readouterr().out
    assert all(claim["holds"] == claim["should_hold"] for claim in claims)
    assert sum(not claim["should_hold"] for claim in claims) >= 2
    assert page_of(tmp_path / "new" / "folder") is not None


def test_the_report_links_to_that_on_training(tmp_path, monkeypatch):
    monkeypatch.setitem(experiments.EXPERIMENTS, "failing", failing)
    for said in ("python -m validation --out", "each claim of the paper"):
        command.main(["--only", "failing", "--out", str(tmp_path)])
        links = {link.get("href"): "".join(link.itertext()) for link in page_of(tmp_path).iter("a")}
        assert said in links["validation/index.html"]
        (tmp_path / "validation").mkdir(exist_ok=True)
        (tmp_path / "validation" / "index.html").write_text("<html/>")


def test_a_failing_claim_is_shown_and_gives_status_1(tmp_path, monkeypatch):
    monkeypatch.setitem(experiments.EXPERIMENTS, "failing", failing)
    assert command.main(["--only", "failing", "--out", str(tmp_path)]) == 1
    assert "✗ does not hold" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert [claim["holds"] for claim in claims_of(tmp_path)] == [True, False]


def test_the_figure_of_a_wrong_simulator_is_explained_by_the_continuity_correction(rng):
    """Seen at step ends only, the target seems farther away: the control errs by what it should."""
    step, rate = 1e-3, controls.RATE
    wrong = sampling.mean(controls.search(rng, 20_000, rate, 0.0, step, False, True))
    distance = 1 + controls.CONTINUITY_CORRECTION * np.sqrt(2 * step)
    assert abs(wrong.value - (np.exp(np.sqrt(rate) * distance) - 1) / rate) < 4 * wrong.error


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--only", "nonsense"], "nonsense"),
        (["--seed", "-1"], "-1"),
        (["--seed", "x"], "x"),
        (["--out", "/dev/null/results"], "/dev/null/results"),
        (["--fast"], "--fast"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(arguments, named, capsys, monkeypatch):
    monkeypatch.setattr(command, "run_all", pytest.fail)  # refused before the work
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    complaint = capsys.readouterr().err
    assert stopped.value.code == 2
    assert complaint.count("\n") == 1
    assert named in complaint


def test_the_names_are_listed(capsys):
    assert command.main(["--list"]) == 0
    assert "phase_diagrams" in capsys.readouterr().out.split()
