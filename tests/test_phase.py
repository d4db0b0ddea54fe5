"""Phase diagrams against the theory cell by cell, and their files."""

import os
import pickle
import sys
from dataclasses import fields
from functools import partial
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import resetdyn as rd
from resetdyn import _checks, _column
from resetdyn.families import label_noise, ornstein_uhlenbeck, search
from resetdyn.phase import phase_diagram

RATES = [0.0, 0.3, 1.0, 4.0]


def same(a, b):
    """Whether two diagrams are equal bit for bit."""
    pairs = [(np.asarray(getattr(a, f.name)), np.asarray(getattr(b, f.name))) for f in fields(a)]
    return all(p.dtype == q.dtype and p.shape == q.shape and p.tobytes() == q.tobytes() for p, q in pairs)


@pytest.fixture(scope="module")
def diagram():
    return phase_diagram(search, x=("drift", [-3.0, -1.0, 0.5]), y=("reset_rate", RATES))


@pytest.mark.parametrize("family", [search, ornstein_uhlenbeck])
def test_every_cell_is_the_ratio_of_two_exact_means(family):
    diagram = phase_diagram(family, x=("diffusion", [0.4, 1.0, 3.0]), y=("reset_rate", RATES))
    for i, rate in enumerate(RATES):
        for j, diffusion in enumerate([0.4, 1.0, 3.0]):
            with_resets = rd.solve(family(reset_rate=rate, diffusion=diffusion)).mean
            without = rd.solve(family(reset_rate=0.0, diffusion=diffusion)).mean
            expected = 1.0 if rate == 0 else without / with_resets
            assert diagram.values[i, j] == pytest.approx(expected, rel=1e-13)
            assert not diagram.error[i, j] > 1e-9 * expected


def test_mean_is_the_exact_mean():
    diagram = phase_diagram(
        search, x=("diffusion", [0.5, 2.0]), y=("reset_rate", [1.0, 2.0]), quantity="mean"
    )
    assert diagram.quantity == "mean"
    assert diagram.values[1, 0] == rd.solve(search(reset_rate=2.0, diffusion=0.5)).mean


def test_a_gain_that_only_resets_make_finite_is_infinite(diagram):
    assert np.array_equal(np.isinf(diagram.values[:, 2]), [False, True, True, True])
    assert np.all(diagram.values[0] == 1)


def test_the_optimum_is_that_of_the_theory(diagram):
    for j, drift in enumerate(diagram.x):
        assert diagram.optimum[j] == rd.optimal_reset(search(drift=float(drift))).rate
    assert diagram.optimum[0] == 0 < diagram.optimum[1]


def test_on_the_boundary_resetting_makes_no_difference():
    diagram = phase_diagram(
        search, x=("drift", [-3.0, -1.5, -1.0]), y=("reset_rate", np.geomspace(0.1, 30, 6))
    )
    assert diagram.boundary[0] == 0
    for drift, rate in zip(diagram.x[1:], diagram.boundary[1:], strict=True):
        without, mean = (rd.solve(search(reset_rate=r, drift=drift)).mean for r in (0.0, rate))
        assert mean == pytest.approx(without, rel=1e-10)


def test_the_boundary_is_unknown_beyond_the_axis(diagram):
    assert np.isnan(diagram.boundary[2])


def test_the_boundary_is_unknown_where_means_overflow():
    diagram = phase_diagram(search, x=("diffusion", [1e-6, 1.0]), y=("reset_rate", [0.1, 1e6]))
    assert np.isnan(diagram.values[1, 0])
    assert np.all(np.isnan(diagram.boundary))


def test_the_optimum_vanishes_at_peclet_number_one():
    diagram = phase_diagram(search, x=("diffusion", [0.2, 0.7, 3.0]), y=("reset_rate", [0.1, 1.0]))
    by_drift = phase_diagram(search, x=("drift", [-3.0, -1.0]), y=("reset_rate", [0.1, 1.0]))
    assert diagram.transitions.size == 0  # no drift, no transition
    assert by_drift.transitions == pytest.approx([-2.0], rel=1e-6)


def test_the_optimum_vanishes_where_the_published_condition_says(published):
    diagram = phase_diagram(ornstein_uhlenbeck, x=("diffusion", [0.5, 2.0]), y=("reset_rate", [0.1, 1.0]))
    assert 1 / diagram.transitions[0] == pytest.approx(published("ou.center.zc2"), rel=1e-6)


def test_risk_ratio_is_that_of_the_model():
    taus = [0.01, 0.05, 0.3]
    diagram = phase_diagram(label_noise, x=("noise_rate", taus), y=("reset_rate", RATES))
    assert diagram.quantity == "risk_ratio"
    for j, tau in enumerate(taus):
        model = label_noise(noise_rate=tau)
        assert diagram.values[:, j] == pytest.approx(
            model.steady_risk(0.0) / model.steady_risk(RATES), rel=1e-12
        )
        assert diagram.optimum[j] == rd.optimal_reset(model).rate
    assert diagram.transitions.size == 1


def test_whole_numbers_stay_whole():
    given = []

    def build(batch_size, reset_rate):
        given.append(batch_size)
        return label_noise(reset_rate, batch_size=batch_size, noise_rate=0.0995)

    diagram = phase_diagram(build, x=("batch_size", [1, 64]), y=("reset_rate", [0.1, 1.0]))
    assert all(isinstance(size, int) for size in given)
    (size,) = diagram.transitions
    helps = [rd.optimal_reset(build(int(b), 1.0)).rate > 0 for b in (np.floor(size), np.ceil(size))]
    assert sorted(helps) == [False, True]


def test_any_two_parameters_will_do():
    diagram = phase_diagram(search, x=("diffusion", [0.5, 1.0]), y=("drift", [-2.0, -1.0]))
    assert (
        diagram.values[1, 0] == rd.solve(search(0.0, 0.5, -1.0)).mean / rd.solve(search(1.0, 0.5, -1.0)).mean
    )
    assert np.all(np.isnan(diagram.optimum))
    assert np.all(np.isnan(diagram.boundary))


def test_sharp_resets_have_no_poisson_optimum():
    def build(drift, reset_rate):
        return rd.FirstPassage(rd.Brownian(1.0, drift=drift), 1.0, rd.Level(0.0), rd.Sharp(1 / reset_rate))

    diagram = phase_diagram(build, x=("drift", [-1.0, 0.0]), y=("reset_rate", [1.0, 2.0]))
    assert np.all(np.isnan(diagram.optimum))


def test_the_reference_is_solved_once_for_each_column(monkeypatch):
    def build(drift, reset_rate):
        return rd.FirstPassage(rd.Brownian(1.0, drift=drift), 1.0, rd.Level(0.0), rd.Sharp(1 / reset_rate))

    asked = []
    monkeypatch.setattr(_column, "solve", lambda problem: asked.append(problem) or rd.solve(problem))
    phase_diagram(build, x=("drift", [-3.0, -1.0]), y=("reset_rate", [0.1, 0.2, 0.4]))
    assert sum(isinstance(problem.reset, rd.NoReset) for problem in asked) == 2


def one_at_a_time(diffusion, reset_rate):
    """Do to the rate what only a number takes."""
    return search(diffusion=diffusion, reset_rate=float(reset_rate))


def capped(diffusion, reset_rate):
    return search(diffusion=diffusion, reset_rate=min(reset_rate, 1.0))


def doubled(diffusion, reset_rate):
    return search(diffusion=diffusion, reset_rate=2 * reset_rate)


def trapped_by_the_rate(diffusion, reset_rate):
    process = rd.OrnsteinUhlenbeck(1.0 + reset_rate, 0.0, diffusion)
    return rd.FirstPassage(process, 1.0, rd.Level(0.0), rd.Poisson(reset_rate))


def two_faced(diffusion, reset_rate):
    """Return another problem for a whole axis than for its numbers."""
    whole = isinstance(reset_rate, np.ndarray)
    return search(diffusion=2 * diffusion if whole else diffusion, reset_rate=reset_rate)


@pytest.mark.parametrize("build", [search, one_at_a_time, capped, doubled, trapped_by_the_rate, two_faced])
def test_whole_columns_and_single_cells_agree(build):
    xs = [0.4, 3.0]
    diagram = phase_diagram(build, x=("diffusion", xs), y=("reset_rate", RATES), quantity="mean")
    for i, rate in enumerate(RATES):
        for j, diffusion in enumerate(xs):
            expected = rd.solve(build(diffusion=diffusion, reset_rate=rate)).mean
            assert diagram.values[i, j] == pytest.approx(expected, rel=1e-13)


def test_an_axis_is_no_state():
    axis = np.array([1.0, 2.0]).view(_checks.Axis)
    with pytest.raises(TypeError, match="center"):
        rd.OrnsteinUhlenbeck(1.0, axis, 1.0)
    with pytest.raises(ValueError, match="rate"):
        rd.Poisson(-axis)


def test_workers_make_no_difference(diagram):
    shared = phase_diagram(search, x=("drift", [-3.0, -1.0, 0.5]), y=("reset_rate", RATES), workers=2)
    own = phase_diagram(
        search,
        x=("drift", [-3.0, -1.0, 0.5]),
        y=("reset_rate", RATES),
        workers=lambda f, xs: [f(x) for x in xs],
    )
    assert same(diagram, shared)
    assert same(diagram, own)


def test_progress_is_shown_on_request(capsys):
    slow = partial(phase_diagram, search, ("drift", [-3.0, -1.0]), ("reset_rate", [0.5, 1.0]))
    slow()
    assert capsys.readouterr().err == ""


def failing(drift, reset_rate):
    if drift > 0 and reset_rate > 1:
        raise KeyError("no such thing")
    return search(reset_rate, drift=drift)


GRID = {"x": ("drift", [-1.0, 1.0]), "y": ("reset_rate", [0.5, 2.0])}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": ("reset_rate", [1, 2]), "y": ("drift", [1, 2])}, ValueError, "reset rate on y"),
        ({"x": ("drift", [1, 2]), "y": ("drift", [1, 2])}, ValueError, "two parameters"),
        ({"x": ("drift", [2, 1])}, ValueError, "drift=.*increasing"),
        ({"x": ("drift", [1])}, ValueError, "drift=.*at least two"),
        ({"x": ("drift", [1, np.nan])}, ValueError, "drift=.*finite"),
        ({"x": ("drift", "no")}, TypeError, "drift="),
        ({"x": ("no name", [1, 2])}, ValueError, "x has the name 'no name'"),
        ({"x": [1, 2, 3]}, TypeError, r"x=\[1, 2, 3\]: give a pair"),
        ({"y": ("reset_rate", [-1, 2])}, ValueError, "reset_rate=-1"),
        ({"quantity": "risk"}, ValueError, "quantity='risk': give one of 'speedup', 'mean'"),
        ({"workers": 0}, ValueError, "workers=0"),
        ({"build": lambda drift, reset_rate: 3}, TypeError, "build returned 3"),
        ({"build": lambda drift, reset_rate: None, "workers": 2}, TypeError, "workers=2"),
        ({"build": search, "x": ("nonsense", [1, 2])}, TypeError, "at nonsense=1, reset_rate=2: .*nonsense"),
        ({"x": ("diffusion", [-1.0, 1.0])}, ValueError, "at diffusion=-1, reset_rate=2: diffusion=-1"),
        (
            {"build": label_noise, "x": ("noise_rate", [0, 1]), "y": ("batch_size", [1, 2])},
            ValueError,
            "no reset",
        ),
    ],
)
def test_bad_input_gets_one_clear_error(change, error, message):
    arguments = {"build": search, **GRID, **change}
    with pytest.raises(error, match=message):
        phase_diagram(**arguments)


def test_any_other_error_carries_a_note_that_names_the_cell():
    with pytest.raises(KeyError) as caught:
        phase_diagram(failing, **GRID)
    assert caught.value.__notes__ == ["at drift=1, reset_rate=2"]


def test_saved_and_loaded_it_is_the_same_bit_for_bit(diagram, tmp_path):
    diagram.save(tmp_path / "phase.npz")
    loaded = rd.load(tmp_path / "phase.npz")
    assert same(diagram, loaded)
    assert "Brownian" in loaded.problem
    assert os.listdir(tmp_path) == ["phase.npz"]


def test_a_save_that_fails_leaves_the_old_file(diagram, tmp_path, monkeypatch):
    path = tmp_path / "phase.npz"
    diagram.save(path)
    before = path.read_bytes()

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        diagram.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["phase.npz"]


def test_unwritable_places_are_refused(diagram, tmp_path):
    with pytest.raises(FileNotFoundError, match="make it first"):
        diagram.save(tmp_path / "missing" / "phase.npz")
    with pytest.raises(IsADirectoryError, match="name a file"):
        diagram.save(tmp_path)


class Trap:
    """An object whose unpickling would leave a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_what_is_not_a_diagram_is_refused_and_not_executed(diagram, tmp_path):
    good, bad, trace = tmp_path / "good.npz", tmp_path / "bad.npz", tmp_path / "trace"
    diagram.save(good)
    arrays = dict(np.load(good))

    def refused(message):
        with pytest.raises(ValueError, match=message):
            rd.load(bad)

    for size in (0, 10, len(good.read_bytes()) // 2, len(good.read_bytes()) - 1):
        bad.write_bytes(good.read_bytes()[:size])
        refused("bad.npz is not a whole .npz file")
    broken = bytearray(good.read_bytes())
    broken[broken.index(diagram.values.tobytes()) + 8] ^= 0x01
    bad.write_bytes(broken)
    refused("bad.npz is not a whole .npz file")
    bad.write_text("x,y\n1,2\n")
    refused("refused|not a whole")
    bad.write_bytes(pickle.dumps(Trap(trace)))
    refused("refused")
    np.savez(bad, **{**arrays, "values": np.array(Trap(trace), dtype=object)})
    refused("refused")
    np.savez(bad, **{**arrays, "version": 2})
    refused("of format 2: this version of resetdyn reads a PhaseDiagram of format 1")
    np.savez(bad, **{**arrays, "kind": "Other"})
    refused("is a Other of format 1")
    np.savez(bad, **{name: array for name, array in arrays.items() if name != "optimum"})
    refused("lacks optimum")
    np.save(tmp_path / "bad.npy", np.ones(3))
    (tmp_path / "bad.npy").replace(bad)
    refused("not a whole .npz file")
    with pytest.raises(FileNotFoundError, match=r"missing\.npz"):
        rd.load(tmp_path / "missing.npz")
    assert not trace.exists()


def test_to_xarray_names_its_axes(diagram, monkeypatch):
    stand_in = ModuleType("xarray")
    stand_in.Dataset = lambda data, coords, attrs: SimpleNamespace(data=data, coords=coords, attrs=attrs)
    monkeypatch.setitem(sys.modules, "xarray", stand_in)
    dataset = diagram.to_xarray()
    dims, values = dataset.data["speedup"]
    assert dims == ("reset_rate", "drift")
    assert np.array_equal(dataset.attrs["onsets"], diagram.onsets)
    assert np.shape(values) == (len(dataset.coords["reset_rate"]), len(dataset.coords["drift"]))


def test_to_xarray_without_xarray_says_what_to_install(diagram, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match="pip install xarray"):
        diagram.to_xarray()
