"""A share of `python -m benchmarks.trust.fuzzing`, what it found before, and that it would see a fault."""

import zipfile

import numpy as np
import pytest

import resetdyn as rd
from benchmarks.trust import watch
from benchmarks.trust.fuzzing import SHARES, tried
from resetdyn import cli
from resetdyn.advice.files import measured_times
from resetdyn.expressions import parse

INPUTS = {"formulas": 300, "potentials": 20, "command lines": 20, "folders of sweeps, damaged": 20}


@pytest.fixture(autouse=True)
def watching():
    watch.begin()


@pytest.mark.parametrize("kind", SHARES, ids=[kind.name for kind in SHARES])
def test_a_share_of_the_inputs_makes_no_fault(kind, tmp_path, seed):
    found = tried(kind, INPUTS.get(kind.name, 100), seed, tmp_path)
    # Other processes share the machine: what is slow once is slow again.
    faults = [(given, why) for given, why in found.faults if "after" not in why.why]
    assert not faults
    assert found.counts["refused"] > 0
    assert found.longest < 10


@pytest.mark.parametrize("code", ["open({!r}, 'w').close()", "__import__('os').system('touch ' + {!r})"])
def test_a_reader_that_runs_its_input_would_be_seen(code, tmp_path):
    outcome = watch.watched(eval, code.format(str(tmp_path / "trace")), ("potential",), tmp_path / "trace")
    assert outcome.kind == "fault"
    assert "something ran" in outcome.why
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (lambda _: 1 / 0, "ZeroDivisionError"),
        (lambda _: int("x"), "does not name 'potential'"),
        (lambda _: np.float64(1) / 0, "RuntimeWarning"),
        (lambda _: parse("potential", "é" * 1000 + "(", ("x",)), ""),
    ],
)
def test_what_is_no_refusal_would_be_seen(read, why, tmp_path):
    outcome = watch.watched(read, None, ("potential",), tmp_path / "trace")
    assert outcome.kind == ("fault" if why else "refused")
    assert why in outcome.why


def test_a_hang_would_be_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "HUNG", 0.2)

    def hangs(_):
        while True:
            pass

    assert "hung" in watch.watched(hangs, None, ("x",), tmp_path / "trace").why


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("1e999*x", "is not a real number anywhere"),
        ("sin(exp(1e10))", "is too large a number"),
        ("x + Abs(-1e999)", "is not a real number anywhere"),
        ("(E < asin(1e10))", "is not a real number anywhere"),
        ("(-8)**(1/3)*x", "is not a real number anywhere"),
        ("Piecewise((x, x))", "x is not a condition"),
        ("1+1/(" * 100 + "x" + ")" * 100, "deep"),
        ("x**" * 300 + "x", "deep"),
        ("9**9**9", "too large"),
        ("__import__('os').system('x')", "is not"),
    ],
)
def test_formulas_that_were_taken_or_took_long(formula, message):
    with pytest.raises(ValueError, match=rf"^potential=.*{message}"):
        rd.Langevin(formula, 1.0)


def test_a_number_beyond_the_whole_ones_is_a_number_still():
    assert np.isfinite(rd.Langevin("sin(9**64) + x**2", 1.0).energy(np.array([0.5]))).all()


def test_a_formula_that_is_not_real_at_these_parameters_says_so():
    with pytest.raises(ValueError, match=r"^potential=.*not a real number"):
        rd.Langevin("x**2*log(log(sin(a)))", 1.0, parameters={"a": 1.0}).force(np.ones(2))


def test_a_saved_result_with_a_member_that_is_no_array(tmp_path):
    path = tmp_path / "result.npz"
    rd.optimal_reset(rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0))).save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more", b"of something else")
    with pytest.raises(ValueError, match=r"result\.npz is not a whole \.npz file"):
        rd.load(path)


def test_arrays_that_were_not_refused_by_name(tmp_path):
    path = tmp_path / "times.npy"
    np.save(path, np.ones((1, 20_000)))
    with pytest.raises(ValueError, match=r"times\.npy has 20000 columns: give a row for each run"):
        measured_times(path)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"'<f8'", b"(<f8'"))
    with pytest.raises(ValueError, match=r"times\.npy is not a whole file"):
        measured_times(path)
    np.savez(tmp_path / "times.npz", time=np.ones(3), censored=np.zeros(2))
    with pytest.raises(ValueError, match=r"times\.npz: 'censored' has shape \(2,\)"):
        measured_times(tmp_path / "times.npz")


def test_the_command_says_it_in_one_line(capsys):
    assert cli.main(["mfpt", "--potential", "__import__('os').system('x')"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("resetdyn: error: potential=")
    assert err.count("\n") == 1
