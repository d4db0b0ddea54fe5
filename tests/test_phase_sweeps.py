"""Sweeps: simulated cells against the theory, and the same bits whatever happens on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest

import resetdyn as rd
from resetdyn import _simulated, _sweep, storage
from resetdyn._description import described
from resetdyn.families import label_noise, ornstein_uhlenbeck, search
from resetdyn.phase import phase_diagram

GRID = {"x": ("drift", [-3.0, -1.5, -1.0]), "y": ("reset_rate", [0.0, 0.5, 2.0])}


def same(a, b):
    """Whether two diagrams are equal bit for bit."""
    pairs = [(np.asarray(getattr(a, f.name)), np.asarray(getattr(b, f.name))) for f in fields(a)]
    return all(p.dtype == q.dtype and p.shape == q.shape and p.tobytes() == q.tobytes() for p, q in pairs)


def rough(seed=7, n=2000, **options):
    return phase_diagram(search, **{**GRID, "simulate": {"n": n}, "rng": seed, **options})


@pytest.mark.parametrize("quantity", ["speedup", "mean"])
@pytest.mark.parametrize("family", [search, ornstein_uhlenbeck])
def test_simulated_cells_agree_with_the_theory(family, quantity, seed):
    x = ("drift", [-3.0, -1.5, -1.0]) if family is search else ("diffusion", [0.3, 0.5, 1.0])
    grid = {"x": x, "y": ("reset_rate", [0.2, 0.5, 1.0, 2.0]), "quantity": quantity}
    exact = phase_diagram(family, **grid)
    made = phase_diagram(family, **grid, simulate={"n": 20_000}, rng=seed)
    z = (made.values - exact.values) / made.error
    assert np.all(abs(z) < 4)
    assert np.all(made.error < 0.05 * made.values)
    if quantity == "mean":  # independent cells: their squares add up to chi squared
        assert abs(np.sum(z**2) - z.size) < 4 * np.sqrt(2 * z.size)


def test_stated_errors_are_the_spread_over_seeds(seed):
    runs = [
        phase_diagram(search, ("drift", [-2.0, -1.0]), ("reset_rate", [0.5, 1.0]), simulate={"n": 200}, rng=s)
        for s in range(100 * seed, 100 * seed + 100)
    ]
    spread = np.std([run.values for run in runs], axis=0, ddof=1)
    # The standard deviation of a standard deviation of 100 values is 7 %.
    assert np.all(abs(np.mean([run.error for run in runs], axis=0) / spread - 1) < 4 * 0.07)


def test_a_cell_depends_on_the_seed_and_its_place_alone(seed):
    whole = rough(seed)
    part = phase_diagram(
        search, ("drift", [-3.0, -1.5]), ("reset_rate", [0.0, 0.5]), simulate={"n": 2000}, rng=seed
    )
    assert np.array_equal(part.values, whole.values[:2, :2])
    assert not np.array_equal(rough(seed + 1).values[1:], whole.values[1:])
    assert np.all(whole.values[0] == 1)
    assert np.all(whole.error[0] == 0)


def test_workers_make_no_difference(seed, tmp_path):
    alone = rough(seed)
    with ThreadPoolExecutor(2) as pool:
        for number, workers in enumerate((2, pool, pool.map, map)):
            assert same(rough(seed, workers=workers, checkpoint=tmp_path / str(number)), alone)


def test_the_reset_free_mean_is_simulated_once_for_each_column(monkeypatch):
    asked = []
    job = _simulated.simulated
    monkeypatch.setattr(_simulated, "simulated", lambda *a: asked.append(a[-1].problem) or job(*a))
    rough()
    assert sum(isinstance(problem.reset, rd.NoReset) for problem in asked) == 3
    assert len(asked) == 3 + 6


def test_a_mean_that_does_not_exist_makes_the_gain_infinite():
    made = phase_diagram(
        search, ("drift", [-1.0, 0.0]), ("reset_rate", [1.0, 2.0]), simulate={"n": 500}, rng=7
    )
    assert np.array_equal(np.isinf(made.values), [[False, True], [False, True]])
    assert np.all(np.isnan(made.error[:, 1]))


def test_paths_that_were_given_up_leave_a_bound():
    made = rough(simulate={"n": 500, "max_time": 0.2})
    assert np.all(np.isinf(made.error[1:]))


def not_done(*_):
    raise AssertionError("work was done")


def test_finished_cells_are_not_done_again(tmp_path, monkeypatch):
    for options in ({"simulate": {"n": 500}, "rng": 7}, {}):
        folder = tmp_path / str(len(options))
        first = phase_diagram(search, **GRID, **options, checkpoint=folder)
        assert same(first, phase_diagram(search, **GRID, **options))
        monkeypatch.setattr(_sweep, "_kept", not_done)
        assert same(first, phase_diagram(search, **GRID, **options, checkpoint=folder))
        monkeypatch.undo()


def test_damaged_cells_are_done_again(tmp_path):
    first = rough(checkpoint=tmp_path / "sweep")
    files = sorted(path for path in (tmp_path / "sweep").iterdir() if path.name != "sweep.json")
    assert len(files) == 9
    before = files[0].read_text(encoding="utf-8")
    digits = json.loads(before)
    digits["result"][0] += 1e-9
    for damage in (
        "",
        before[:20],
        "[]",
        "null",
        "{}",
        json.dumps(digits),
        files[1].read_text(encoding="utf-8"),
    ):
        files[0].write_text(damage, encoding="utf-8")
        assert same(rough(checkpoint=tmp_path / "sweep"), first)
        assert files[0].read_text(encoding="utf-8") == before


def slower(reset_rate, drift):
    return search(reset_rate=reset_rate, drift=drift, diffusion=2.0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"rng": 8}, "method"),
        ({"n": 501}, "method"),
        ({"x": ("drift", [-3.0, -1.5, -1.25])}, "x, build"),
        ({"y": ("reset_rate", [0.0, 0.5])}, "y, build"),
        ({"quantity": "mean"}, "quantity"),
        ({"simulate": None}, "method"),
        ({"build": slower}, "build"),
    ],
)
def test_the_folder_of_another_sweep_is_refused(change, what, tmp_path):
    def run(build=search, n=500, **options):
        own = {**GRID, "simulate": {"n": n}, "rng": 7, "quantity": "speedup", **options}
        return phase_diagram(build, **own, checkpoint=tmp_path / "sweep")

    run()
    with pytest.raises(ValueError, match=f"is of another sweep, with another {what}"):
        run(**change)


def test_another_version_is_refused(tmp_path, monkeypatch):
    rough(n=50, checkpoint=tmp_path / "sweep")
    monkeypatch.setattr("resetdyn._version.__version__", "0.0")
    with pytest.raises(ValueError, match="with another versions"):
        rough(n=50, checkpoint=tmp_path / "sweep")


def test_unfit_folders_are_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(_sweep, "_kept", not_done)
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "sweep.json").write_text("{")
    for name, error, message in (
        ("file", NotADirectoryError, "is a file"),
        ("full", ValueError, "holds other files"),
        ("missing/sweep", FileNotFoundError, "cannot be made"),
        ("damaged", ValueError, "is damaged"),
    ):
        with pytest.raises(error, match=message):
            rough(checkpoint=tmp_path / name)
    with pytest.raises(ValueError, match="needs a seed"):
        rough(None, checkpoint=tmp_path / "sweep")

    def read_only(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(storage.tempfile, "mkstemp", read_only)
    with pytest.raises(OSError, match="cannot be written"):
        rough(checkpoint=tmp_path / "sweep")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"simulate": 3}, TypeError, "simulate=3: give a dict"),
        ({"simulate": {"steps": 3}}, ValueError, "simulate has 'steps'"),
        ({"simulate": {"n": 1}}, ValueError, "n=1"),
        ({"simulate": {"dt": -1.0}}, ValueError, "dt=-1"),
        ({"simulate": {"max_time": 0}}, ValueError, "max_time=0"),
        ({"quantity": "risk"}, ValueError, "quantity='risk'"),
        (
            {"build": label_noise, "x": ("noise_rate", [0.1, 0.2])},
            ValueError,
            "LabelNoiseQuadratic is solved",
        ),
        ({"workers": 0}, ValueError, "workers=0"),
    ],
)
def test_bad_input_gets_one_clear_error(change, error, message):
    with pytest.raises(error, match=message):
        phase_diagram(**{"build": search, **GRID, "simulate": {"n": 10}, **change})


def test_functions_are_told_apart_by_what_they_do():
    def force(x):
        return -x

    def other(x):
        return -2 * x

    problems = [replace(search(), process=rd.ForceField(f, 1.0)) for f in (force, other, force)]
    first, second, third = map(described, problems)
    assert first == third
    assert first != second
    assert "0x" not in first


SCRIPT = """
import sys
import resetdyn as rd
from resetdyn.families import search, label_noise
if __name__ == "__main__":
    folder, saved, kind, workers = sys.argv[1:]
    y = ("reset_rate", [0.1 * k for k in range(1, 9)])
    if kind == "simulated":
        diagram = rd.phase_diagram(search, ("drift", [-3.0, -2.0, -1.5, -1.0]), y, workers=int(workers),
                                   simulate={"n": 20_000}, rng=7, checkpoint=folder)
    else:
        x = ("noise_rate", [0.01 * k for k in range(1, 25)])
        diagram = rd.phase_diagram(label_noise, x, y, workers=int(workers), checkpoint=folder)
    diagram.save(saved)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["simulated", "exact"])
def test_a_sweep_survives_kill_9(kind, tmp_path, rng):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")

    def begun(folder, saved, workers="1"):
        return subprocess.Popen([sys.executable, script, tmp_path / folder, tmp_path / saved, kind, workers])

    whole = begun("whole", "whole.npz")
    assert whole.wait(300) == 0
    cells = len(os.listdir(tmp_path / "whole"))
    killed = 0
    for target in sorted(rng.choice(np.arange(2, cells - 1), 3, replace=False)):
        process = begun("torn", "torn.npz")
        _wait(lambda: process.poll() is not None or _kept(tmp_path / "torn") >= target)  # noqa: B023
        process.kill()
        killed += process.wait(60) == -signal.SIGKILL
    assert killed >= 2
    assert target <= _kept(tmp_path / "torn") < cells or killed < 3
    pair = [begun("torn", f"torn{k}.npz", str(k)) for k in (1, 2)]  # two at once go on
    assert [process.wait(300) for process in pair] == [0, 0]
    for k in (1, 2):
        assert same(rd.load(tmp_path / f"torn{k}.npz"), rd.load(tmp_path / "whole.npz"))


def _kept(folder):
    return sum(not name.startswith(".") for name in os.listdir(folder)) if folder.exists() else 0


def _wait(until, seconds=300.0):
    """Sleep until something holds, but not for ever."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, f"not there after {seconds} seconds"
        time.sleep(0.001)


@pytest.mark.slow
def test_ctrl_c_leaves_one_line_and_what_was_done(tmp_path):
    command = ["phase", "--family", "search", "--x", "drift", "-3", "-1", "9"]
    command += ["--y", "reset_rate", "0.1", "2", "9", "--simulate", "200000", "--seed", "7", "--workers", "2"]
    command += ["--resume", str(tmp_path / "sweep"), "--json"]
    # In the background of a shell the signal is ignored, and whom it starts inherits that.
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from resetdyn import cli; sys.exit(cli.main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *command],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    _wait(lambda: process.poll() is not None or _kept(tmp_path / "sweep") >= 5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "resetdyn: interrupted\n")
    assert _kept(tmp_path / "sweep") >= 5
