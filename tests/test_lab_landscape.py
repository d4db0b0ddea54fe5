"""Landscapes: the curves are the potentials, the marks lie on them, and the latent bias leads as it says."""

import numpy as np
import pytest
from matplotlib import pyplot

import resetdyn as rd
from resetdyn import plotting

WELL = rd.Langevin("x**4/4 - x**2/2", diffusion=0.1)


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


def model(**changes):
    given = {"noise_rate": 0.4, "learning_rate": 0.2, "batch_size": 4, "checkpoint": -0.3, **changes}
    return rd.LabelNoiseQuadratic(hessian=1.0, clean_optimum=0.0, wrong_optimum=2.0, **given)


def lines(ax):
    return {line.get_label(): line.get_xydata() for line in ax.lines}


@pytest.mark.parametrize(
    ("process", "potential"),
    [
        (rd.Brownian(1.0, drift=-0.5), lambda x: 0.5 * x),
        (rd.OrnsteinUhlenbeck(2.0, 1.5, 0.5), lambda x: (x - 1.5) ** 2),
        (WELL, lambda x: x**4 / 4 - x**2 / 2),
    ],
    ids=lambda case: type(case).__name__,
)
def test_the_potential_and_its_marks(process, potential):
    problem = rd.FirstPassage(process, 0.2, rd.Level(1.0), rd.Poisson(1.0, to=-0.4))
    found = lines(plotting.landscape(problem))
    x, u = found["potential"].T
    assert u == pytest.approx(potential(x), abs=1e-12)
    assert found["start at 0.2"] == pytest.approx(np.array([[0.2, potential(0.2)]]))
    assert found["resets lead to -0.4"] == pytest.approx(np.array([[-0.4, potential(-0.4)]]))
    assert found["target"][:, 0] == pytest.approx(1.0)


def test_both_wells_are_in_sight_and_the_walls_do_not_hide_them():
    ax = plotting.landscape(rd.FirstPassage(WELL, 0.2, rd.Level(1.0)))
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left < -1.2
    assert right > 1.2
    assert low < -0.25
    assert 0.1 < high < 1.5


def test_a_singular_potential_is_drawn_on_its_side_only():
    process = rd.Langevin("-log(x)", diffusion=0.5)
    x, u = lines(plotting.landscape(rd.FirstPassage(process, 1.0, rd.Level(0.3))))["potential"].T
    assert x.min() > 0
    assert np.all(np.isfinite(u))


def test_the_latent_bias_leads_from_one_minimum_to_the_other():
    made = model()
    ax = plotting.landscape(made, places=np.linspace(-1, 3, 4001))
    curves = [line.get_xydata() for line in ax.lines if len(line.get_xydata()) > 1]
    clean, trained = (curve[np.argmin(curve[:, 1])] for curve in curves)
    assert clean == pytest.approx([0.0, 0.0], abs=1e-9)
    assert trained[0] == pytest.approx(made.effective_optimum, abs=1e-3)
    slopes = np.gradient(curves[1][:, 1], curves[1][:, 0])[1:-1]  # of the loss that SGD goes down
    assert slopes == pytest.approx(made.gradient(curves[1][1:-1, 0]), abs=1e-6)
    (arrow,) = [text for text in ax.texts if text.arrow_patch is not None]
    assert (arrow.xyann[0], arrow.xy[0]) == (made.clean_optimum, made.effective_optimum)


@pytest.mark.parametrize(
    "source",
    [
        WELL,
        rd.FirstPassage(rd.Brownian(1.0, dim=2), [1.0, 0.0], rd.Ball([0.0, 0.0], 0.5)),
        rd.FirstPassage(rd.RunAndTumble(1.0, 1.0), 1.0, rd.Level(0.0)),
        rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.HalfSpace(1.0, 0.0)),
        rd.LabelNoiseQuadratic(np.eye(2), [0.0, 0.0], [1.0, 1.0], 0.4, 0.1, 8),
    ],
    ids=lambda source: type(source).__name__,
)
def test_what_has_no_landscape_on_the_line_is_refused(source):
    with pytest.raises((TypeError, ValueError), match=r"give|needs"):
        plotting.landscape(source)


def test_a_mean_off_the_scale_is_told_and_does_not_squeeze_the_curve():
    made = model(batch_size=16)
    search = rd.FirstPassage(
        made.process(), made.effective_optimum, rd.Level(0.0), rd.Poisson(1.0, to=made.checkpoint)
    )
    ax = plotting.mean_against_rate(search, np.geomspace(0.05, 20, 21))
    without = rd.solve(rd.FirstPassage(made.process(), made.effective_optimum, rd.Level(0.0))).mean
    assert without > 1e10
    assert ax.get_ylim()[1] < 1e4
    assert f"without resetting: {without:.2g}" in [text.get_text() for text in ax.get_legend().get_texts()]
