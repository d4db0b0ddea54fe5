"""The command line: every example of the help runs, JSON is strict, errors are one line."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.cli import main

HERE = Path(__file__).parents[1]
COMMANDS = ("mfpt", "steady", "optimal", "phase", "derive", "simulate")


def strictly(text):
    """Parse JSON that holds no NaN or Infinity."""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def run(capsys, line):
    status = main(shlex.split(line))
    captured = capsys.readouterr()
    assert (status, captured.err) == (0, "")
    return captured.out


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_of_the_help_runs(command, capsys, tmp_path):
    text = run(capsys, f"{command} --help")
    examples = re.findall(r"^  resetdyn (.+)$", text.split("examples:")[1], flags=re.MULTILINE)
    assert len(examples) >= 3
    for line in examples:
        out = run(capsys, line)
        assert out
        if "--json" in line:
            strictly(out)
        for name in re.findall(r"--(?:plot|save|csv) (\S+)", line):
            assert (tmp_path / name).stat().st_size > 100


def test_mfpt_is_the_exact_mean(capsys, published):
    answer = strictly(run(capsys, "mfpt --diffusion 0.5 --start 1.3 --rate 0.7 --json"))
    assert answer["mean"] == pytest.approx(published("em2011.mfpt.D0.5.x1.3.r0.7"), rel=1e-9)


def test_a_formula_may_begin_with_a_minus(capsys):
    lines = ("-x**2/2+x**4/4", "=-x**2/2+x**4/4", "'x**4/4 - x**2/2'")
    means = [run(capsys, f"mfpt --potential {line} --start 2 --json".replace(" =", "=")) for line in lines]
    assert strictly(means[0])["mean"] == strictly(means[1])["mean"]
    assert strictly(means[0])["mean"] == pytest.approx(strictly(means[2])["mean"], rel=1e-12)


def test_lines_are_aligned(capsys):
    lines = run(capsys, "mfpt --rate 1").splitlines()
    assert lines[0].split() == ["mean", "1.71828182846"]
    assert len({re.match(r"\S+\s+", line).end() for line in lines}) == 1


def test_infinity_is_a_string_and_undefined_is_null(capsys):
    answer = strictly(run(capsys, "mfpt --json"))
    assert answer["mean"] == "inf"
    diagram = run(capsys, "phase --family search --x drift -1 1 3 --y diffusion 1 2 2 --json")
    assert strictly(diagram)["optimum"] == [None, None, None]


def test_optimal_is_the_published_optimum(capsys, published):
    answer = strictly(run(capsys, "optimal --json"))
    assert answer["rate"] == pytest.approx(published("em2011.rstar"), rel=1e-9)
    assert answer["helps"] is True


def test_steady_is_the_published_variance(capsys, published):
    answer = strictly(run(capsys, "steady --stiffness 1 --rate 2 --to 0 --diffusion 1 --json"))
    assert answer["variance"] == pytest.approx(
        rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Poisson(2.0, to=0.0))).cov
    )


def test_phase_saves_what_it_prints(capsys):
    out = run(capsys, "phase --family label-noise --x batch_size 1 64 9 log --y reset_rate 0.1 10 4 log "
                      "--set noise_rate=0.2 --save phase.npz --json")  # fmt: skip
    answer, diagram = strictly(out), rd.load("phase.npz")
    assert answer["values"] == diagram.values.tolist()
    assert diagram.x.dtype.kind == "i"
    assert "noise_rate=0.2" in diagram.problem


def test_simulate_repeats_itself_and_writes_its_samples(capsys):
    line = "simulate --rate 2.5 --n 500 --seed 3 --workers {} --csv {} --json"
    first, second = (strictly(run(capsys, line.format(n, name))) for n, name in [(1, "a.csv"), (2, "b.csv")])
    assert first == second
    one, two = Path("a.csv").read_text(), Path("b.csv").read_text()
    assert one == two
    assert one.startswith("time,resets,censored\n")
    times = np.loadtxt("a.csv", delimiter=",", skiprows=1, usecols=0)
    assert times.mean() == pytest.approx(first["mean"])


def test_simulate_knows_the_stop_rules_and_summaries(capsys):
    answer = strictly(run(capsys, "simulate --rate 2.5 --seed 3 --target-error 0.05 --json"))
    assert answer["error"] <= 0.05 * answer["mean"]
    assert answer["n"] < 100_000
    assert "target_error=0.05 reached" in answer["method"]
    line = "simulate --rate 2.5 --n 5000 --seed 3 --json --keep "
    kept, summed = (strictly(run(capsys, line + keep)) for keep in ("samples", "summary --plot s.svg"))
    assert summed["mean"] == pytest.approx(kept["mean"], rel=1e-12)
    assert summed["resets"] == pytest.approx(kept["resets"], rel=1e-12)
    assert Path("s.svg").stat().st_size > 1000
    steady = "simulate --steady --stiffness 1 --n 5000 --seed 3 --keep summary --plot d.svg --json"
    assert strictly(run(capsys, steady))["variance"] == pytest.approx(1.0, rel=0.2)
    stopped = strictly(run(capsys, "simulate --stiffness 1 --rate 1 --timeout 1e-6 --n 100000 --json"))
    assert stopped["n"] == 4096
    assert "stopped by timeout" in stopped["method"]


def test_derivations_are_listed_and_shown(capsys):
    lines = run(capsys, "derive --list").splitlines()
    answer = strictly(run(capsys, "derive --list --json"))
    assert [line.split()[0] for line in lines] == answer["names"] == list(rd.conditions)
    (column,) = {re.match(r"\S+\s+", line).end() for line in lines}
    assert [line[column:] for line in lines] == answer["titles"]
    assert answer["titles"][3] == rd.conditions[answer["names"][3]].title
    assert run(capsys, "derive peclet --latex").rstrip("\n") == rd.conditions.peclet.latex()
    assert strictly(run(capsys, "derive peclet --json"))["statement"] == "Pe < 1"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "mfpt --nonsense",
        "mfpt --diffusion",
        "mfpt --diffusion no",
        "mfpt --diffusion -1e-3",
        "mfpt --diffusion nan",
        "mfpt --start 0",
        "mfpt --rate -1",
        "mfpt --rate inf",
        "mfpt --rate 1 --period 1",
        "mfpt --rate 1 --to 0",
        "mfpt --period 0",
        "mfpt --center 1",
        "mfpt --drift 1 --stiffness 1",
        "mfpt --target 0 --interval 0 1",
        "mfpt --interval 1 0",
        "mfpt --rate 1 --plot missing/mean.svg",
        "mfpt --rate 1 --plot mean.gif",
        "mfpt --rate 1 --plot .",
        "mfpt --period 1 --plot mean.svg",
        "mfpt --rate-field x --plot mean.svg",
        "mfpt --to 0",
        "mfpt --refractory 1",
        "mfpt --return-speed 1",
        "mfpt --target nan",
        "mfpt --potential a*x**2 --parameter a=1 --parameter a=2",
        "mfpt --potential sqrt(x) --start -1",
        "mfpt --potential -h",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --seed 1",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --simulate 10 --seed -1",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --save diagram.txt",
        "steady --rate 1",
        "steady",
        "optimal --start 0",
        "optimal --rate 1",
        "phase --family search",
        "phase --family nonsense --x drift -1 1 3 --y reset_rate 0 1 3",
        "phase --family search --x drift -1 1 --y reset_rate 0 1 3",
        "phase --family search --x drift 1 -1 3 --y reset_rate 0 1 3",
        "phase --family search --x drift -1 1 1.5 --y reset_rate 0 1 3",
        "phase --family search --x drift -1 1 3 log --y reset_rate 0 1 3",
        "phase --family search --x drift -1 1 3 linear --y reset_rate 0 1 3",
        "phase --family search --x nonsense -1 1 3 --y reset_rate 0 1 3",
        "phase --family search --x drift nan 1 3 --y reset_rate 0 1 3",
        "phase --family search --x drift -1 1 3 --y reset_rate -1 1 3",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --set diffusion=-1",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --set diffusion",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --set nonsense=1",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --set drift=1",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --quantity risk",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --workers 0",
        "phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --save missing/phase.npz",
        "phase --family label-noise --x noise_rate 0 2 3 --y reset_rate 0 1 3",
        "derive",
        "derive nonsense",
        "simulate --n 0 --rate 1",
        "simulate --n 1.5 --rate 1",
        "simulate --rate 1 --n 100 --dt 0",
        "simulate --rate 1 --n 100 --seed -1",
        "simulate --rate 1 --n 100 --workers 0",
        "simulate --rate 1 --n 100 --max-time nan",
        "simulate --rate 1 --n 100 --csv missing/times.csv",
        "simulate --rate 1 --n 100 --csv times.csv --keep summary",
        "simulate --rate 1 --n 100 --keep all",
        "simulate --rate 1 --target-error 0",
        "simulate --rate 1 --timeout -1",
        "simulate --steady --stiffness 1 --start 2",
        "simulate --steady",
    ],
)
def test_bad_input_is_one_line_and_status_two(line, capsys, tmp_path):
    assert main(shlex.split(line)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("resetdyn: error: ")
    assert captured.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["steady --rate 2", "simulate --steady --stiffness 1 --rate 2"])
def test_a_steady_state_has_no_start_to_reset_to(line, capsys):
    assert main(shlex.split(line)) == 2
    assert capsys.readouterr().err == (
        "resetdyn: error: --to: a steady state has no start, say where resets lead\n"
    )


def test_an_unwritable_output_is_refused_before_the_work(capsys, monkeypatch):
    monkeypatch.setattr(rd, "phase_diagram", lambda *_, **__: pytest.fail("worked before it looked"))
    assert (
        main(shlex.split("phase --family search --x drift -1 1 3 --y reset_rate 0 1 3 --plot no/a.svg")) == 2
    )
    assert "make it first" in capsys.readouterr().err


def test_an_interrupt_is_one_line(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(rd, "solve", interrupted)
    assert main(["mfpt"]) == 130
    assert capsys.readouterr() == ("", "resetdyn: interrupted\n")


def test_as_a_command():
    command = [sys.executable, "-m", "resetdyn", "mfpt", "--rate"]
    good = subprocess.run([*command, "1", "--json"], cwd=HERE, capture_output=True, text=True)
    bad = subprocess.run([*command, "no"], cwd=HERE, capture_output=True, text=True)
    assert good.returncode == 0
    assert strictly(good.stdout)["mean"] == pytest.approx(np.e - 1, rel=1e-12)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("resetdyn: error: ")
