"""From a file to an answer: five lines that say what to do, details, JSON, and errors in one line."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.advice import units, words
from resetdyn.cli import main

LAWS = {
    "heavy": lambda rng, n: rng.lognormal(sigma=1.5, size=n),
    "light": lambda rng, n: rng.gamma(3, size=n),
    "none": lambda rng, n: rng.exponential(size=n),
    "infinite": lambda rng, n: rng.pareto(0.5, size=n) + 1,
    "steps": lambda rng, n: rng.geometric(0.02, size=n),
    "traps": lambda rng, n: 1 + 0.02 * rng.random(n) + 30 * (rng.random(n) < 0.01),
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(capsys, line):
    status = main(["advise", *shlex.split(line)])
    captured = capsys.readouterr()
    assert (status, captured.err) == (0, "")
    return captured.out.rstrip("\n")


def table(name, times, header="time", **columns):
    rows = zip(times, *columns.values(), strict=True)
    text = [",".join([header, *columns]), *(",".join(map(str, row)) for row in rows)]
    with open(name, "w") as file:
        file.write("\n".join(text) + "\n")


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("n", [40, 2000])
def test_the_answer_has_five_lines_at_most(name, n, capsys):
    table("a.csv", LAWS[name](np.random.default_rng(1), n))
    lines = run(capsys, "a.csv").splitlines()
    assert 3 <= len(lines) <= 5
    assert re.match(r"(Yes|No|Not settled)\b.*%.* sure.*from [\d,]+ runs", lines[0])
    assert re.match(r"(Do|Until then): ", lines[1])
    assert all(len(line) < 160 for line in lines if not line.startswith("Note"))
    assert "nan" not in " ".join(lines)


def test_the_words_say_what_the_numbers_say(capsys):
    times = np.random.default_rng(1).lognormal(sigma=1.5, size=1000)
    table("a.csv", times, header="time [ms]")
    advice = rd.advise(times)
    yes, do, other, why, *notes = run(capsys, "a.csv").splitlines()
    assert notes == [f"Note: {note}." for note in advice.notes[:1]]
    assert yes.startswith("Yes: restarting makes runs faster (over 99.9 % sure, from 1,000 runs")
    assert do.startswith(f"Do: restart each run that has taken {advice.sharp.reset.period:.4g} ms: ")
    assert f"mean {advice.sharp.mean:.4g} ms" in do
    assert f"every {1 / advice.rate:.4g} ms on average (rate {advice.rate:.4g} per ms)" in other
    low, high = advice.mean_interval
    assert f"mean {advice.mean:.4g} ms (95 %: {low:.3g} to {high:.3g})" in other
    assert f"{advice.speedup:.3g} times as fast" in other
    assert f"the mean is {advice.free_mean:.4g} ms" in why
    assert f"(CV) {advice.cv:.3g}" in why


def test_a_price_makes_runs_cheaper_and_not_faster(capsys):
    times = np.random.default_rng(1).lognormal(sigma=1.5, size=1000)
    table("a.csv", times, header="time [ms]")
    yes, do, *_ = run(capsys, "a.csv --cost 0.2").splitlines()
    advice = rd.advise(times, cost=0.2)
    assert yes.startswith("Yes: restarting makes runs cheaper")
    assert f"mean {advice.sharp.mean:.4g} ms" in do
    assert re.search(r"times as cheap \(.*\) with what restarts cost\.$", do)


def test_runs_given_up_may_hide_what_decides(capsys):
    """More of the same runs would not settle it, and nobody is sure of what is not settled."""
    times = np.random.default_rng(12).lognormal(sigma=1.5, size=300)  # reset at a price of 0.5 they gain
    cap = 1.0
    table("a.csv", np.minimum(times, cap), censored=times > cap)
    advice = rd.advise(np.minimum(times, cap), times > cap, cost=0.5)
    assert not advice.helps
    assert rd.advise(times, cost=0.5).helps
    assert (advice.longer, advice.settled, advice.more_samples) == (True, False, np.inf)
    assert advice.probability < 0.95
    first = run(capsys, "a.csv --cost 0.5").splitlines()[0]
    assert first.startswith("Not settled")
    assert first.endswith("the runs given up may hide what decides: let runs go on for longer.")
    assert "over 99.9 %" not in first


def test_counts_have_no_powers_of_ten():
    assert [words.count(x) for x in (3, 14.2, 100 / 3, 99.7, 100, 6667, 2.34e6)] == [
        "3", "14", "33", "100", "100", "6,700", "2,300,000",
    ]  # fmt: skip
    for name, law in LAWS.items():
        text = "".join(rd.advise(law(np.random.default_rng(1), 300)).notes)
        assert "e+" not in text, name


def test_no_is_said_where_resetting_does_harm(capsys):
    table("a.csv", LAWS["light"](np.random.default_rng(1), 1000), header="time_s")
    lines = run(capsys, "a.csv").splitlines()
    assert lines[0].startswith("No: restarting does not make runs faster")
    assert re.match(r"Do: let runs end; the mean is [\d.]+ s \(95 %: [\d.]+ to [\d.]+\)\.", lines[1])


def test_an_infinite_mean_is_said(capsys):
    table("a.csv", LAWS["infinite"](np.random.default_rng(1), 20_000), header="time [h]")
    text = run(capsys, "a.csv")
    assert text.startswith("Yes")
    assert "without restarts the mean is infinite" in text


def test_runs_that_were_given_up_count(capsys):
    times = np.random.default_rng(3).lognormal(sigma=1.5, size=400)
    table("a.csv", np.minimum(times, 3), censored=times > 3)
    text = run(capsys, "a.csv")  # the column of this name is not overlooked
    assert f"from 400 runs, {(times > 3).sum()} of them given up" in text
    assert re.search(r"the mean is [\d.]+ or more \(", text)


def test_whole_milliseconds_are_no_steps(capsys):
    times = np.random.default_rng(1).geometric(0.02, size=300)
    table("a.csv", times, header="time [ms]")
    table("b.csv", times)
    assert json.loads(run(capsys, "a.csv --json"))["steps"] is False
    assert json.loads(run(capsys, "a.csv --json --discrete"))["steps"] is True
    answer = json.loads(run(capsys, "b.csv --json"))
    assert (answer["steps"], answer["unit"]) == (True, "steps")


def test_times_taken_under_resetting_and_an_overhead(capsys):
    rng = np.random.default_rng(2)
    times = rng.exponential(size=500) * np.where(rng.random(500) < 0.5, 0.1, 3.0)
    table("a.csv", times, header="time [s]")
    text = run(capsys, "a.csv --at-rate 0.5 --details")
    assert text.startswith("Yes: restarting more often makes runs faster")
    assert "at random, rate 0.5 per s" in text
    free, paid = (json.loads(run(capsys, f"a.csv --json {extra}")) for extra in ("", "--overhead 0.2"))
    assert paid["mean"] > free["mean"]
    assert paid["rate"] < free["rate"]
    assert "Each restart takes 0.2 s, which is included." in run(capsys, "a.csv --overhead 0.2 --details")


def test_details_begin_with_the_answer_and_hold_every_way(capsys):
    table("a.csv", LAWS["heavy"](np.random.default_rng(1), 500), header="time [ms]")
    short, long = run(capsys, "a.csv"), run(capsys, "a.csv --details")
    assert long.startswith(short + "\n\n")
    for name in (
        "as it is",
        "random, best",
        "random, robust",
        "fixed, best",
        "gamma",
        "Weibull",
        "universal",
    ):
        assert re.search(rf"^{name}.* ms", long, flags=re.MULTILINE), name


def test_json_is_strict_and_has_the_numbers(capsys):
    times = LAWS["infinite"](np.random.default_rng(1), 20_000)
    table("a.csv", times, header="time [h]")

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    answer = json.loads(run(capsys, "a.csv --json"), parse_constant=refuse)
    advice = rd.advise(times)
    assert (answer["file"], answer["column"], answer["unit"]) == ("a.csv", "time", "h")
    assert answer["rate"] == advice.rate
    assert answer["mean_interval"] == list(advice.mean_interval)
    assert answer["best_period"] == advice.sharp.reset.period
    assert answer["free_mean"] == "inf"
    assert answer["poisson"]["quantile_95"] == advice.poisson.tail[0]


def test_every_example_of_the_help_runs(capsys, tmp_path):
    times = np.random.default_rng(1).lognormal(sigma=1.5, size=100)
    table("times.csv", times)
    with open("runs.tsv", "w") as file:
        file.write("time [ms]\tgiven up\n" + "".join(f"{t}\tno\n" for t in times))
    table("solver.csv", times, result=np.where(times > 1, "solved", "failed"))
    np.save("evaluations.npy", np.ceil(10 * times))
    np.savetxt("restarted.txt", times)
    main(["advise", "--help"])
    text = capsys.readouterr().out
    examples = re.findall(r"^  resetdyn advise (.+)$", text.split("examples:")[1], flags=re.MULTILINE)
    assert len(examples) == 5
    for line in examples:
        assert run(capsys, line)
        for name in re.findall(r"--(?:plot|report) (\S+)", line):
            assert (tmp_path / name).stat().st_size > 10_000


BAD = {
    "nothing.csv": r"nothing\.csv cannot be read",
    "empty.csv": "is empty",
    "words.csv": "line 3: 'abc' is not a number",
    "negative.csv": "line 3: the time is -1; give times above 0",
    "missing.csv": "line 3: the time is nan",
    "mixed.csv": r"mixed units \(ms, s\)",
    "good.csv --column age": "no column 'age': give --column, one of 'time'",
    "given_up.csv": "all 20 runs were given up",
    "same.csv": "all 20 runs that ended took 2",
    "few.csv": "only 3 runs ended; give at least 10",
    "good.csv --discrete": "not whole numbers",
    "good.csv --at-rate -1": "at_rate=-1: give a number of at least 0",
    "good.csv --overhead -1": "overhead=-1",
    "good.csv --plot a.bmp": "suffix of a.bmp",
    "good.csv --report nowhere/a.html": "nowhere is not a folder",
    "a.xlsx": r"files that end in \.xlsx are not read",
}


@pytest.mark.parametrize("line", BAD)
def test_what_is_wrong_is_one_line_and_status_2(line, capsys):
    table("good.csv", np.random.default_rng(1).exponential(size=20))
    table("words.csv", [1, "abc"])
    table("negative.csv", [1, -1])
    table("missing.csv", [1, "nan"])
    table("mixed.csv", ["1 ms", "2 s"])
    table("given_up.csv", range(1, 21), censored=["true"] * 20)
    table("same.csv", [2] * 20)
    table("few.csv", [1, 2, 3])
    open("empty.csv", "w").close()
    status = main(["advise", *shlex.split(line)])
    captured = capsys.readouterr()
    assert (status, captured.out) == (2, "")
    assert captured.err.count("\n") == 1
    assert re.match(rf"resetdyn: error: .*{BAD[line]}", captured.err)


def test_memory_that_is_not_there_is_one_line_too(capsys, monkeypatch):
    table("good.csv", np.random.default_rng(1).exponential(size=20))
    monkeypatch.setattr("resetdyn.advice.measured.available", lambda: 100.0)
    assert main(["advise", "good.csv"]) == 2
    assert re.match(r"resetdyn: error: good\.csv: some 20 times would need", capsys.readouterr().err)


def test_units_in_words():
    assert units.with_unit(0.25, "ms") == "0.25 ms"
    assert units.with_unit(np.inf, "ms") == "infinite"
    assert units.per_unit(2.0, "function evaluations") == "2 per function evaluation"
    assert units.per_unit(2.0, "s") == "2 per s"
    assert units.per_unit(2.0, "") == "2"


def test_the_answer_in_the_documentation_is_the_answer(capsys):
    page = (Path(__file__).parents[1] / "docs" / "advise.md").read_text(encoding="utf-8")
    block = re.search(r"^```python\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)[1]
    exec(compile(block, "advise.md", "exec"), {})
    shown = re.search(r"^\$ resetdyn advise runs\.csv\n(Yes.*?)^```", page, flags=re.MULTILINE | re.DOTALL)[1]
    assert numberless(run(capsys, "runs.csv")) == numberless(shown.rstrip("\n"))


def numberless(text):
    """Leave out numbers: with another version of NumPy the last digits of an interval may differ."""
    return re.sub(r"[\d.]+\d", "#", text)


def test_as_many_digits_as_an_interval_asks_for():
    assert words.estimate(1.70019, (1.69602, 1.70424), "ms") == "1.7 ms (1.696 to 1.704)"
    assert words.estimate(1.23456, (1.1, 1.4), "") == "1.235 (1.1 to 1.4)"
    assert words.estimate(2.0, (1.9, np.inf), "s") == "2 s (above 1.9)"
    assert words.estimate(123.456789, (123.45, 123.46), "s") == "123.457 s (123.45 to 123.46)"
