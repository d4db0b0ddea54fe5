"""A share of `python -m benchmarks.trust.faults`: faults in mid-sweep lose nothing, and change not a bit."""

import errno
import signal

import numpy as np
import pytest

import resetdyn as rd
from benchmarks.trust import faults
from benchmarks.trust.sweeps import begun, ended, kept
from resetdyn import storage

PROBLEM = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    return faults.Trial(tmp_path_factory.mktemp("sweeps"), cells=7)


@pytest.mark.slow
def test_kill_9_and_a_full_disk_lose_nothing(trial, rng):
    for row in (faults.kill_9(trial, 2, rng), faults.full_disk(trial)):
        assert row.held == row.times, row


@pytest.mark.slow
def test_a_damaged_trial_would_be_seen(trial):
    (trial.place / "wrong").mkdir()
    cells = dict(trial.files)
    name = next(name for name in cells if name.startswith("cell"))
    cells[name] = cells[name].replace(b"1", b"2")
    assert not trial.goes_on("wrong", cells)


def test_ctrl_c_in_a_compiled_loop_is_a_keyboard_interrupt(rng):
    def ring(*_):
        raise KeyboardInterrupt

    rd.simulate(PROBLEM, n=100, rng=7)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        for seconds in rng.uniform(0.001, 0.05, 20):
            signal.setitimer(signal.ITIMER_REAL, seconds)
            with pytest.raises(KeyboardInterrupt):
                rd.simulate(PROBLEM, n=100_000_000, rng=7, keep="summary")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_full_disk_is_said_by_name_and_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "result.npz"
    result = rd.simulate(PROBLEM, n=10, rng=7)
    result.save(path)
    before = path.read_bytes()

    class Full:
        def __init__(self, handle, mode):
            storage.os.close(handle)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.os, "fdopen", Full)
    with pytest.raises(OSError, match=r"result\.npz could not be written \(No space left on device\)"):
        result.save(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["result.npz"]


def test_an_unfit_folder_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    words = faults.arguments(tmp_path / "file" / "sweep", tmp_path / "saved.npz", 3)
    status, out, said = ended(begun(words, tmp_path / "command.py"))
    assert (status, out, said.count("\n")) == (2, "", 1)
    assert "cannot be made" in said
    assert not kept(tmp_path / "file" / "sweep")
    assert np.all([not file.name.startswith("saved") for file in tmp_path.iterdir()])
