"""The views of the lab: true, explained, and drawn again by the code that they show."""

import csv
import io
import re
import time

import numpy as np
import pytest
from matplotlib import pyplot

import resetdyn as rd
from resetdyn.lab import SYSTEMS, VIEWS, picture, words
from resetdyn.lab.dials import Dial

REFUSALS = (ValueError, TypeError, ArithmeticError)
EACH = [(system.name, view) for system in SYSTEMS.values() for view in system.views]
OTHER = {
    "search": {"reset_rate": 0.67, "diffusion": 2.0, "drift": -1.2, "distance": 1.7},
    "learning": {"reset_rate": 0.5, "noise_rate": 0.22, "batch_size": 16, "checkpoint": 0.35},
    "typed": {"potential": "x**2/2 + 0.3*cos(2*x)", "diffusion": 0.5, "start": -1.5, "target": 0.4},
}
SIMULATED = ("paths", "density")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    pyplot.close("all")


def drawn(figure):
    """Return the numbers of everything in a figure, and its words."""
    found = []
    for ax in figure.axes:
        found += [np.asarray(line.get_xydata(), dtype=float) for line in ax.lines]
        found += [np.concatenate(patch.get_data()[:2]) for patch in ax.patches if hasattr(patch, "get_data")]
        for collection in ax.collections:
            if collection.get_array() is not None:
                found.append(np.ma.filled(collection.get_array().astype(float), np.nan).ravel())
            found += [path.vertices for path in collection.get_paths()]
        found += [ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in ax.texts)]
        if ax.get_legend():
            found += [text.get_text() for text in ax.get_legend().get_texts()]
    return found


def same(one, other):
    return len(one) == len(other) and all(
        a == b if isinstance(a, str) else a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def run(code):
    namespace = {}
    exec(compile(code, "shown", "exec"), namespace)
    return namespace["figure"]


@pytest.mark.parametrize("changed", [False, True], ids=["at first", "changed"])
@pytest.mark.parametrize(("system", "view"), EACH)
def test_the_code_draws_the_same_figure(system, view, changed, tmp_path):
    shown = picture(system, view, OTHER[system] if changed else None, sample=3, duration=2.0)
    assert same(drawn(shown.figure), drawn(run(shown.code)))
    assert (tmp_path / "picture.svg").stat().st_size > 1000
    if changed:  # so that a code of other values would be seen
        at_first = picture(system, view, sample=3, duration=2.0)
        assert not same(drawn(shown.figure), drawn(at_first.figure))


@pytest.mark.parametrize(("system", "view"), EACH)
def test_each_view_explains_itself_in_two_sentences_and_labels_its_axes(system, view):
    for values in (OTHER[system], {"reset_rate": 0.0}):
        if (system, view, values) == ("search", "density", {"reset_rate": 0.0}):
            with pytest.raises(ValueError, match="steady state"):
                picture(system, view, values)
            continue
        shown = picture(system, view, values)
        assert len(re.findall(r"[.?!](?= [A-Z]|$)", shown.text)) == 2, shown.text
        assert not re.search(r"nan|None|\binf\b|e[+-]\d", shown.text), shown.text
        ax = shown.figure.axes[0]
        assert ax.get_xlabel()
        assert ax.get_ylabel()


@pytest.mark.parametrize(("system", "view"), EACH)
def test_nothing_sticks_out_of_the_figure(system, view):
    figure = picture(system, view).figure
    figure.draw_without_rendering()
    inside = figure.bbox.padded(1.0)
    for box in (ax.get_tightbbox() for ax in figure.axes):
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1
        assert inside.y0 <= box.y0
        assert box.y1 <= inside.y1


@pytest.mark.parametrize(("system", "view"), EACH)
def test_the_files_hold_the_figure_and_its_numbers(system, view):
    shown = picture(system, view)
    saved = shown.file("svg")
    assert b"<svg" in saved
    if view == "mean":  # saved twice, the axes stay where they are
        assert shown.file("svg") == saved
    assert shown.file("pdf").startswith(b"%PDF")
    arrays = np.load(io.BytesIO(shown.file("npz")), allow_pickle=False)
    rows = list(csv.DictReader(io.StringIO(shown.file("csv").decode())))
    assert set(arrays) == {f"{s}.{c}" for s, columns in shown.series.items() for c in columns}
    for name in arrays:
        series, column = name.split(".")
        written = [float(row[column]) for row in rows if row["series"] == series]
        assert np.array_equal(written, arrays[name], equal_nan=True)
    with pytest.raises(ValueError, match="kind='gif': give one of"):
        shown.file("gif")


def test_the_numbers_are_those_of_the_theory(published):
    free = picture("search", "mean", {"drift": 0.0, "diffusion": 1.0, "distance": 1.0})
    assert free.series["optimum"]["reset_rate"][0] == pytest.approx(published("em2011.rstar"), rel=1e-6)
    curve = free.series["with_resetting"]
    root = np.sqrt(curve["reset_rate"])
    assert curve["mean"] == pytest.approx(np.expm1(root) / curve["reset_rate"], rel=1e-12)
    density = picture("search", "density", {"drift": 0.0, "reset_rate": 1.0}).series["theory"]
    assert density["density"] == pytest.approx(np.exp(-abs(density["position"] - 1.0)) / 2, rel=1e-9)


def test_the_histogram_is_that_of_the_density(seed):
    for system, known in SYSTEMS.items():
        series = picture(system, "density", sample=seed).series
        bars, curve = series["simulation"], series["theory"]
        low, high = bars["position_from"], bars["position_to"]
        grid = np.linspace(low, high, 41)
        dense = np.interp(grid, curve["position"], curve["density"])
        expected = np.trapezoid(dense, grid, axis=0)
        found = bars["density"] * (high - low)
        seen = expected * known.samples > 20
        assert seen.sum() > 20
        assert abs(chi_square(found[seen], expected[seen], known.samples)) < 4
        assert chi_square(np.roll(found, 3)[seen], expected[seen], known.samples) > 4


def chi_square(shares, expected, n):
    """Return how many standard deviations the chi-square statistic is above its mean."""
    z = (shares - expected) / np.sqrt(expected * (1 - expected) / n)
    return float((np.sum(z**2) - len(z)) / np.sqrt(2 * len(z)))


def test_the_ring_stands_where_the_dials_say():
    here = picture("learning", "diagram", {"noise_rate": 0.5, "reset_rate": 2.2}).series["here"]
    assert (here["noise_rate"][0], here["reset_rate"][0]) == (0.5, 2.2)
    assert "lower edge" in picture("learning", "diagram", {"reset_rate": 0.0}).text


@pytest.mark.parametrize(
    ("potential", "message"),
    [
        ("", "write a formula"),
        ("x**2 +", "does not parse"),
        ("x^2", "write [*][*]"),
        ("y**2", "y unknown"),
        ("x**2 + t", "t unknown"),
        ("__import__('os').system('touch pwned')", "not arithmetic|not one of the functions"),
        ("(lambda: x)()", "not arithmetic"),
        ("x.real", "not arithmetic"),
        ("open('pwned', 'w')", "not one of the functions"),
        ("x'); open('pwned', 'w'); ('", "does not parse"),
        ("{potential}", "not arithmetic"),
        ("sqrt(-1 - x**2)", "not a finite number at x=0.2"),
        ("9**9**9", "too large"),
        ("log(x - 5)", "not a finite number at x=0.2"),
        ("1/(x - 1)", "not a finite number at x=1"),
    ],
)
def test_a_wrong_potential_is_a_message_and_never_code(potential, message, tmp_path):
    for view in SYSTEMS["typed"].views:
        with pytest.raises(REFUSALS, match=message) as caught:
            picture("typed", view, {"potential": potential})
        assert len(str(caught.value)) < 400
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("potential", ["x**2 # {x!r} ' \"", "x**2\n", "x**2 + 0*log(exp(x))"])
def test_what_is_typed_stands_in_the_code_as_text(potential):
    code = picture("typed", "landscape", {"potential": potential}).code
    assert f"rd.Langevin({potential.strip()!r}, diffusion" in code
    assert run(code)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"diffusion": 0.0}, "diffusion=0: give a number from 0.05 to 5"),
        ({"reset_rate": float("nan")}, "reset_rate=nan: give finite numbers"),
        ({"drift": "no"}, "drift='no': give a number"),
        ({"nonsense": 1.0}, "dial='nonsense': give one of"),
    ],
)
def test_values_outside_a_dial_are_refused(given, message):
    with pytest.raises((ValueError, TypeError), match=message):
        picture("search", "mean", given)


@pytest.mark.parametrize(
    "wrong",
    [("nonsense", "mean"), ("search", "risk"), ("search", "nonsense")],
    ids=str,
)
def test_unknown_systems_and_views_are_refused(wrong):
    with pytest.raises(ValueError, match="give one of"):
        picture(*wrong)


def test_a_dial_begins_at_one_of_its_steps():
    with pytest.raises(ValueError, match="give one of the steps"):
        Dial("rate", "rate", (1.0, 2.0), 1.5)


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_to_the_ends_of_every_dial(system):
    """A picture each, but where there is none to draw, and no warning."""
    refused, views = [], SYSTEMS[system].views
    dials = [dial for dial in SYSTEMS[system].dials if isinstance(dial, Dial)]
    ends = [(dial.name, value) for dial in dials for value in (dial.steps[0], dial.steps[-1])]
    for i, (name, value) in enumerate(ends):
        for view in views[i % 2 :: 2]:
            try:
                picture(system, view, {name: value})
            except REFUSALS as error:
                refused.append((name, value, view, str(error)))
    assert [(name, value, view) for name, value, view, _ in refused] == {
        "search": [("reset_rate", 0.0, "density")],  # it never settles
        "learning": [],
        "typed": [],
    }[system], refused


@pytest.mark.parametrize(("system", "view"), EACH)
def test_a_slider_moves_the_picture_in_time(system, view):
    """In processor time, which is the time of an idle machine; a simulation may take longer."""
    dial = next(d for d in SYSTEMS[system].dials if isinstance(d, Dial) and d.name != "reset_rate")
    picture(system, view).screen()
    taken = []
    for step in dial.steps[-4:-2]:
        begun = time.process_time()
        picture(system, view, {dial.name: step}).screen()
        taken.append(time.process_time() - begun)
    assert min(taken) < (1.0 if view in SIMULATED else 0.3)


def test_numbers_in_sentences():
    assert [words.number(x) for x in (1.23456, 0.0, -2.5, 4.2e22, 3e-7)] == [
        "1.23",
        "0",
        "−2.5",
        "4.2 × 10²²",
        "3 × 10⁻⁷",
    ]
    assert (words.number(np.inf, "for ever"), words.number(np.nan)) == ("for ever", "unknown")


def test_a_simulation_takes_no_longer_than_a_slider_waits():
    slow = {"potential": "abs(x) + 0.3*cos(4*x)", "start": 1.2, "target": 0.4}
    begun = time.process_time()
    code = picture("typed", "density", slow).code
    assert "dt=" in code  # as long as it must be, and shown
    for view in SIMULATED:
        with pytest.raises(ValueError, match="too many to wait for; give a gentler potential"):
            picture("typed", view, {"potential": "1e6*x**2"})
    assert time.process_time() - begun < 10  # compiling included


def test_the_names_of_the_package():
    assert set(VIEWS) == {view for _, view in EACH}
    assert isinstance(
        SYSTEMS["typed"].problem({d.name: d.default for d in SYSTEMS["typed"].dials}), rd.FirstPassage
    )
