"""Every combination of process, target and reset: an exact answer that a grid confirms, or a clear no."""

import numpy as np
import pytest
from scipy.stats import gamma, norm, uniform

import resetdyn as rd
from tests import naive_grid

START, TO = 0.5, 0.75
PROCESSES = {
    "Brownian": (rd.Brownian(0.8, drift=0.3), lambda x: -0.3 * x, 0.8),
    "OrnsteinUhlenbeck": (rd.OrnsteinUhlenbeck(1.5, 0.4, 0.5), lambda x: 0.75 * (x - 0.4) ** 2, 0.5),
    "double well": (rd.Langevin("x**4/4 - x**2/2", 0.3), lambda x: x**4 / 4 - x**2 / 2, 0.3),
    "cusp": (rd.Langevin("Abs(x - 0.6)", 0.4), lambda x: abs(x - 0.6), 0.4),
}
TARGETS = {"Level": rd.Level(0.0), "Interval": rd.Interval(0.0, 1.25)}
RESETS = {
    "Poisson": rd.Poisson(1.3, to=TO),
    "RateField": rd.RateField("3*Heaviside(x - 1/2) + x**2", to=TO),
    "Sharp": rd.Sharp(0.8, to=TO),
}


def by_grid(name, target, reset):
    """Return the mean and a bound on its error, the far end (where nobody gets) reflecting."""
    _, potential, diffusion = PROCESSES[name]
    high = 1.25 if target == "Interval" else 8.0 if name == "Brownian" else 5.0

    def mean(cells):
        g = naive_grid.grid(potential, diffusion, 0.0, high, cells, (True, target == "Interval"))
        if reset == "Sharp":
            return naive_grid.mean_under_sharp(g, 0.8, START, TO)
        rate = (
            (lambda x: 1.3) if reset == "Poisson" else lambda x: 3.0 * (0.5 + 0.5 * np.sign(x - 0.5)) + x**2
        )
        return naive_grid.mean_under_field(g, rate, START, TO)

    return naive_grid.extrapolated(mean, 100 if target == "Interval" else round(40 * high))


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("process", PROCESSES)
def test_exact_and_grid_agree(process, target, reset):
    result = rd.solve(rd.FirstPassage(PROCESSES[process][0], START, TARGETS[target], RESETS[reset]))
    mean, error = by_grid(process, target, reset)
    assert error < 1e-4 * mean
    assert abs(result.mean - mean) < 3 * error + 1e-9 * mean


@pytest.mark.parametrize("reset", ["Poisson", "Sharp", "RateField", "back"])
@pytest.mark.parametrize("process", ["Brownian", "OrnsteinUhlenbeck", "double well"])
def test_what_is_a_level_on_the_line_is_solved_as_one(process, reset):
    resets = {**RESETS, "back": rd.Poisson(1.3, to=TO, return_speed=2.0)}
    means = [
        rd.solve(rd.FirstPassage(PROCESSES[process][0], START, target, resets[reset])).mean
        for target in (rd.Level(0.25), rd.HalfSpace([2.0], 0.5), rd.Ball(0.0, 0.25))
    ]
    assert means == [means[0]] * 3


def test_the_grid_sees_a_wrong_potential():
    mean, error = by_grid("double well", "Level", "Poisson")
    wrong = rd.Langevin("x**4/4 - x**2/2", 0.3003)
    result = rd.solve(rd.FirstPassage(wrong, START, rd.Level(0.0), RESETS["Poisson"]))
    assert abs(result.mean - mean) > 10 * error


SPACE = rd.Brownian(1.0, dim=3)
WALK = rd.RandomWalk({-1: 0.5, 1: 0.5})
EXACT = {
    **{
        f"{name} to a {target} with {label}": (process, START, TARGETS[target], reset)
        for name, (process, _, _) in PROCESSES.items()
        for target in TARGETS
        for label, reset in {
            "nothing": rd.NoReset(),
            "renewals": rd.Renewal(gamma(2, scale=0.4)),
            "bounded renewals": rd.Renewal(uniform(0.1, 0.5)),
            "pauses": rd.Poisson(1.0, refractory=0.5),
            "random pauses": rd.Poisson(1.0, refractory=gamma(2, scale=0.1)),
            "random places": rd.Poisson(1.0, to=uniform(0.2, 0.5)),
        }.items()
    },
    "Brownian in space to a Ball": (SPACE, [2.0, 0, 0], rd.Ball([0.0] * 3, 0.5), rd.Poisson(1.0)),
    "Brownian in space to a HalfSpace": (SPACE, [2.0, 0, 0], rd.HalfSpace([1.0, 0, 0], 0.5), rd.Sharp(1.0)),
    "OrnsteinUhlenbeck in space to a Ball": (
        rd.OrnsteinUhlenbeck(1.0, [0.0] * 3, 1.0), [2.0, 0, 0], rd.Ball([0.0] * 3, 0.5), rd.Poisson(1.0)
    ),
    "logarithm to its origin": (rd.Langevin("3*log(x)", 1.0), 1.0, rd.Level(0.0), rd.Poisson(0.5)),
    "run and tumble": (rd.RunAndTumble(1.0, 1.0), 1.0, rd.Level(0.0), rd.Poisson(0.5)),
    "walk, reset wins": (WALK, 2.0, rd.Level(0.0), rd.Geometric(0.1)),
    "walk, process wins": (WALK, 2.0, rd.Level(0.0), rd.Geometric(0.1, ties="process")),
    "Brownian with returns": (rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0, return_speed=2.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_exact_routes(name):
    result = rd.solve(rd.FirstPassage(*EXACT[name]))
    finite = np.isfinite(result.mean)
    assert result.mean > 0
    assert result.method
    assert 0 <= result.error <= 1e-7 * (result.mean if finite else 1)
    assert np.isfinite(result.log_mean) == finite
    assert result.moment(2) >= result.mean**2
    assert result.cv >= 0


INEXACT = {
    "drift in space to a Ball": (rd.Brownian(1.0, drift=[1.0, 0.0]), [2.0, 0.0], rd.Ball([0, 0], 1.0)),
    "anisotropic trap to a Ball": (
        rd.OrnsteinUhlenbeck([[2, 0.5], [0.5, 1]], 0.0, 1.0), [2.0, 0.0], rd.Ball([0, 0], 1.0)
    ),
    "potential in the plane": (
        rd.Langevin("x**2 + y**4", 1.0, variables=("x", "y")), [2.0, 0.0], rd.Ball([0, 0], 1.0)
    ),
    "a continuous walk from afar": (rd.RandomWalk(norm(0.0, 1.0)), 1.0, rd.HalfSpace([1.0], 0.0)),
    "training": (rd.LinearSGD(np.eye(2), np.ones(2), 0.1, 1), [0.0, 0.0], rd.Ball([1.0, 1.0], 0.1)),
}  # fmt: skip


@pytest.mark.parametrize("name", INEXACT)
def test_where_there_is_no_exact_route_the_error_names_the_simulation(name):
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        rd.solve(rd.FirstPassage(*INEXACT[name]))
