"""Paths that move: what is drawn at a moment is what has happened until then."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from PIL import Image

import resetdyn as rd
from resetdyn import plotting

TIMES = np.linspace(0.0, 3.0, 301)
PROBLEM = rd.FirstPassage(rd.Brownian(1.0), start=1.0, target=rd.Level(0.0), reset=rd.Poisson(2.0))


@pytest.fixture
def paths(seed):
    return rd.trajectories(PROBLEM, TIMES, n=4, rng=seed)


@pytest.fixture
def walk(paths):
    yield drawn_by_hand(paths.animate(seconds=1.0, fps=4))
    plt.close("all")


def drawn_by_hand(walk):
    """Return it with a mark that it was drawn, so that matplotlib does not warn that it never was."""
    walk._draw_was_started = True
    return walk


def test_the_file_has_the_pictures(walk, tmp_path):
    walk.save(tmp_path / "walk.gif", writer="pillow", dpi=40)
    with Image.open(tmp_path / "walk.gif") as picture:
        assert picture.format == "GIF"
        assert 1 < picture.n_frames <= 5 + 6  # pictures that are alike are one
        durations = []
        for number in range(picture.n_frames):
            picture.seek(number)
            durations.append(picture.info["duration"])
    assert sum(durations) == pytest.approx(250 * (5 + 6))


@pytest.mark.parametrize("moment", [0.0, 0.75, 3.0])
def test_a_picture_shows_the_past_alone(paths, walk, moment):
    (ax,) = plt.gcf().axes
    walk._func(moment)
    lines, dots = ax.lines[0:-1:2], ax.lines[1:-1:2]
    for i, (line, dot) in enumerate(zip(lines, dots, strict=True)):
        assert np.max(line.get_xdata()) <= moment
        (when,), (where,) = dot.get_data()
        if paths.arrivals[i] <= moment:
            assert (when, where) == (paths.arrivals[i], 0.0)
        else:
            assert where == paths.states[i, np.searchsorted(TIMES, when)]
            assert moment - when < 0.02
    happened = int(sum(np.count_nonzero(times <= moment) for times in paths.resets))
    jumps = [found for found in ax.collections if isinstance(found, LineCollection)]
    for found, times in zip(jumps, paths.resets, strict=True):
        shown = [float(segment[0][0]) for segment in found.get_segments()]
        assert set(shown) <= set(times[times <= moment])
        assert len(shown) >= np.count_nonzero(times <= moment) - 1  # one may end in the step of the last
    assert ax.texts[0].get_text() == f"{happened} reset" + "s" * (happened != 1)


def test_nothing_leaves_the_picture(paths, walk):
    low, high = plt.gcf().axes[0].get_ylim()
    assert low < 0.0
    assert low < np.nanmin(paths.states)
    assert np.nanmax(paths.states) < high


@pytest.mark.parametrize(("argument", "value"), [("seconds", 0), ("fps", 0), ("component", 1)])
def test_what_cannot_be_drawn_is_refused_by_name(paths, argument, value):
    with pytest.raises(ValueError, match=f"{argument}={value}"):
        plotting.animate(paths, **{argument: value})
    plt.close("all")


def test_a_component_in_space(seed):
    problem = rd.SteadyState(rd.Brownian(1.0, dim=2), rd.Poisson(1.0, to=[0.0, 0.0]))
    paths = rd.trajectories(problem, TIMES, rng=seed)
    drawn_by_hand(plotting.animate(paths, component=1, seconds=0.2, fps=5))._func(3.0)
    assert plt.gcf().axes[0].get_ylabel() == "position $x_2$"
    plt.close("all")
