"""Theory against published values, to 1e-9 relative: other processes, other resets, learning, bounds."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import gamma, laplace, lognorm, pareto, weibull_min

import resetdyn as rd

EXACT = 1e-9
FREE = rd.Brownian(1.0)
ORIGIN = rd.Level(0.0)


def close(value, rel=EXACT):
    return pytest.approx(value, rel=rel)


def search(reset=None, process=FREE, start=1.0, target=ORIGIN):
    return rd.FirstPassage(process, start, target, rd.NoReset() if reset is None else reset)


def sphere(dim, rate=None):
    reset = rd.NoReset() if rate is None else rd.Poisson(rate)
    start = [1.0] + [0.0] * (dim - 1)
    return search(reset, rd.Brownian(1.0, dim=dim), start, rd.Ball([0.0] * dim, 0.1))


def logarithmic(strength, reset=None):
    return search(reset, rd.Langevin("U0*log(x)", 1.0, parameters={"U0": strength}))


def walk(distance, probability, ties="reset"):
    reset = rd.Geometric(probability, ties=ties)
    return search(reset, rd.RandomWalk({-1: 0.5, 1: 0.5}), float(distance))


MEANS = {
    "em2014.mfpt.d2.R1.a0.1.r1": sphere(2, 1.0),
    "em2014.mfpt.d3.R1.a0.1.r1": sphere(3, 1.0),
    "log.mfpt.U1.r1": logarithmic(1.0, rd.Poisson(1.0)),
    "log.mfpt.U3.r0.5": logarithmic(3.0, rd.Poisson(0.5)),
    "powerlaw.al1.5.t00.3": search(rd.Renewal(pareto(1.5, scale=0.3))),
    "diffusion.gamma2.mean0.5": search(rd.Renewal(gamma(2, scale=0.25))),
    "diffusion.weibull2.b1": search(rd.Renewal(weibull_min(2.0))),
    "refractory.mfpt": search(rd.Poisson(1.0, refractory=0.5)),
    "return.constspeed.mfpt": search(rd.Poisson(1.0, return_speed=2.0)),
    "rw.restartwins.L1.r0.1": walk(1, 0.1),
    "rw.processwins.L1.r0.1": walk(1, 0.1, "process"),
    "rtp.mfpt": search(rd.Poisson(0.5), rd.RunAndTumble(1.0, 1.0)),
    "adaptive.halfline.mfpt": search(rd.RateField("2*Heaviside(-x)"), start=0.0, target=rd.Level(1.0)),
}
OPTIMA = {
    ("em2014.d3.rstar.R1.a0.1", "em2014.d3.Tstar.R1.a0.1"): sphere(3),
    ("log.rstar.U2", "log.Tstar.U2"): logarithmic(2.0),
    ("log.rstar.U4", "log.Tstar.U4"): logarithmic(4.0),
}


@pytest.mark.parametrize("name", MEANS)
def test_mean(name, published):
    assert rd.solve(MEANS[name]).mean == close(published(name))


@pytest.mark.parametrize(("rate", "mean"), OPTIMA)
def test_optimum(rate, mean, published):
    best = rd.optimal_reset(OPTIMA[rate, mean])
    assert best.rate == close(published(rate))
    assert best.mean == close(published(mean))


def test_optimum_in_the_plane(published):
    assert rd.optimal_reset(sphere(2)).rate == close(published("em2014.d2.rstar.R1.a0.1"))


def test_an_initial_pause_adds_its_mean(published):
    gap = published("refractory.mfpt.initial") - published("refractory.mfpt")
    assert gap == close(0.5)


def test_sharp_optimum(published):
    best = rd.optimal_reset(search(rd.Sharp(1.0)))
    assert best.parameter == close(published("diffusion.sharp.taustar"))
    assert best.parameter == close(published("diffusion.sharp.taustar.hp"))
    assert best.mean == close(published("diffusion.sharp.min"))
    # At the optimum the hazard rate is 1 / mean.
    free = rd.solve(search())
    hazard = free.pdf(best.parameter) / free.survival(best.parameter)
    assert hazard * best.mean == close(published("sharp.hazardcondition"))


def test_gamma_optimum(published):
    def family(mean):
        return rd.Renewal(gamma(2, scale=mean / 2))

    best = rd.optimal_reset(search(), family=family, bounds=(1e-2, 1e2))
    assert best.parameter == close(published("diffusion.gamma2.meanstar"))
    assert best.mean == close(published("diffusion.gamma2.min"))


def test_power_law_waiting_times_need_an_exponent_above_one_half():
    assert rd.solve(search(rd.Renewal(pareto(0.5, scale=0.3)))).mean == np.inf
    assert np.isfinite(rd.solve(search(rd.Renewal(pareto(0.6, scale=0.3)))).mean)


def test_logarithmic_transition(published):
    critical = published("log.CV")
    assert rd.solve(logarithmic(critical)).cv == close(1.0)
    assert rd.reset_helps(logarithmic(critical - 1e-3)).helps
    assert not rd.reset_helps(logarithmic(critical + 1e-3)).helps


def test_random_walk_optimum(published):
    best = rd.optimal_reset(walk(5, 0.1))
    assert best.parameter == close(published("rw.rstar.L5"))
    at_best = rd.solve(walk(5, best.parameter))
    assert at_best.cv**2 == close(published("rw.CV2opt.L5"))
    assert at_best.cv**2 == close(1 + 1 / at_best.mean)


@pytest.mark.parametrize(
    ("name", "ties", "sign"),
    [("rw.slope.restartwins", "reset", 1), ("rw.slope.processwins", "process", -1)],
)
def test_discrete_criteria(name, ties, sign):
    """Resetting with a small probability helps iff CV^2 > 1 + 1/<T>, or 1 - 1/<T> where the process wins."""
    verdicts = []
    for left in np.linspace(0.55, 0.95, 17):
        steps = rd.RandomWalk({-1: left, 1: 1 - left})
        free = rd.solve(search(process=steps, start=3.0))
        slow = rd.solve(search(rd.Geometric(1e-8, ties=ties), steps, 3.0))
        assert (slow.mean < free.mean) == (free.cv**2 > 1 + sign / free.mean), name
        verdicts.append(slow.mean < free.mean)
    assert set(verdicts) == {False, True}


def test_walks_from_the_edge(published):
    def edge(p, ties="reset"):
        process = rd.RandomWalk(laplace(0.0, 1.0))
        return rd.FirstPassage(process, 0.0, rd.HalfSpace([1.0], 0.0), rd.Geometric(p, ties=ties))

    best = rd.optimal_reset(edge(0.1))
    assert best.parameter == close(published("sparre.rstar"), rel=1e-8)
    assert best.mean == close(published("sparre.Tstar"))
    assert rd.solve(edge(0.25, "process")).mean == close(published("sparre.processwins"))


def test_completion_times_of_ones_own(published):
    best = rd.optimal_reset(lognorm(1.5))
    assert best.rate == close(published("lognormal.s1.5.rstar"))
    assert best.mean == close(published("lognormal.s1.5.Tstar"))


def test_bounds(published):
    law = lognorm(1.5)
    bounds = rd.reset_bounds(law)
    assert bounds.harmonic == close(np.exp(-1.125))  # 1 / E[1 / T]
    best = rd.optimal_reset(law)
    assert bounds.harmonic < bounds.best < best.mean < bounds.median
    assert bounds.median == close(published("bound.median.poisson.val") * law.median())
    assert bounds.median_rate * law.median() == close(published("bound.median.poisson"))
    # The harmonic bound is tight where the search takes one time, or for ever.
    chance, needed = 0.3, 2.0
    tight = rd.renewal_survival(lambda t: 1 - chance * (np.asarray(t) >= needed), rd.Sharp(needed))
    assert tight.mean * chance / needed == close(published("bound.harmonic"))


def test_random_targets(published):
    """A target at a random distance is an average over it: of transforms, not of means."""

    def transform(s):
        return 1 / (1 + np.sqrt(s))  # <exp(-sqrt(s) L)> of L exponential

    def mean(rate):
        # The distance is fixed in each realisation, so that means are averaged: <(e^(a L) - 1) / r>.
        a = np.sqrt(rate)
        return (1 / (1 - a) - 1) / rate

    rate = published("randomtarget.exp.rstar")
    assert mean(rate) == close(published("randomtarget.exp.Tstar"))
    assert rd.conditions.random_target.value("optimal_rate", D=1.0, l=1.0) == close(rate)


def test_steady_states(published):
    cusp = rd.Langevin("0.6*Abs(x)", 1.0)
    steady = rd.solve(rd.SteadyState(cusp, rd.Poisson(1.0, to=0.0)))
    assert steady.pdf(0.0) == close(published("linear.ness.x0.0"))
    assert steady.pdf(1.0) == close(published("linear.ness.x1.0"))
    travel = rd.solve(rd.SteadyState(FREE, rd.Poisson(1.0, to=0.0, return_speed=0.5)))
    assert travel.cov == close(published("return.constspeed.ness"))
    assert travel.returning == close(published("return.constspeed.fraction"))


@pytest.mark.parametrize("a", [0.5, 0.9])
def test_partial_resets(a, published):
    steady = rd.solve(rd.SteadyState(FREE, rd.Poisson(1.0, to=rd.Partial(a))))
    assert steady.cov == close(published(f"partial.var.a{a}"))
    assert steady.pdf(0.0) == close(published(f"partial.ness.a{a}.x0"))
    if a == 0.5:
        assert steady.pdf(1.0) == close(published("partial.ness.a0.5.x1"))
        assert steady.moment(4) / steady.moment(2) ** 2 == close(published("partial.kurt.a0.5"))


def test_transient(published):
    steady = rd.solve(rd.SteadyState(FREE, rd.Poisson(2.0, to=0.0)))
    assert steady.transient(0.5).pdf(1.0) == close(published("em2011.transient.x1.t0.5"))
    rates = steady.entropy_production
    assert rates.production == close(published("fuchs.entropy"))
    assert rates.resetting == close(-published("fuchs.entropy"))
    assert rates.medium == 0


def test_particles_reset_together(published):
    """N particles that are reset together share the age, and so their squares are correlated."""
    steady = rd.solve(rd.SteadyState(FREE, rd.Poisson(1.0, to=0.0)))
    # Given the age the particles are independent: <x1^2 x2^2> = <(2 D a)^2> = <x^4> / 3.
    assert steady.moment(4) / 3 - steady.moment(2) ** 2 == close(published("biroli.corr"))


def test_spectral_filter(published):
    assert rd.spectral_filter(rd.Sharp(1.0), 2.0) == close(published("filter.sharp.h2.tau1"))


def test_ridge_in_discrete_time(published):
    H, b = np.array([[2, 0.5], [0.5, 1]]), np.array([1, -0.3])
    sgd = rd.QuadraticSGD(H, np.linalg.solve(H, b), 0.1, learning_rate=0.1, batch_size=1)
    steady = rd.solve(rd.SteadyState(sgd, rd.Geometric(0.05, to=[0.2, 0.4])))
    assert steady.mean[0] == close(published("discrete.ridge.mean.0"))


def test_sgd_on_gaussian_inputs(published):
    sgd = rd.LinearSGD.gaussian(np.diag([1, 0.5, 0.2]), 0.25, learning_rate=0.1, batch_size=4)
    cov = rd.solve(rd.SteadyState(sgd)).cov
    away = rd.solve(rd.SteadyState(sgd, rd.Geometric(0.02, to=[0.5, -0.2, 0.3])))
    second = away.cov + np.outer(away.mean, away.mean)
    for i in (0, 1):
        assert cov[i, i] == close(published(f"ziyin.label.cov.{i}"))
        assert second[i, i] == close(published(f"sgdreset.linreg.m2.{i}"))


def test_sgd_with_additive_noise(published):
    H, C = np.array([[2, 0.5], [0.5, 1]]), np.array([[0.4, 0.05], [0.05, 0.3]])
    sgd = rd.QuadraticSGD(H, [0.0, 0.0], C, learning_rate=0.1, batch_size=5)
    assert rd.solve(rd.SteadyState(sgd)).cov[0, 0] == close(published("sgd.discrete.cov.00"))


def test_first_order_transition_of_the_drifted_interval():
    """At V L / D = 3 a finite rate helps although CV < 1, for starts between 0.18600 and 0.20478."""

    def problem(u):
        return rd.FirstPassage(rd.Brownian(1.0, drift=3.0), u, rd.Interval(0.0, 1.0))

    low = brentq(lambda u: rd.solve(problem(u)).cv - 1, 0.15, 0.25, xtol=1e-12)
    assert low == pytest.approx(0.18600, abs=5e-6)
    for u, helps, wide in (
        (0.185, True, True),
        (0.19, True, False),
        (0.2047, True, False),
        (0.2049, False, False),
    ):
        verdict = rd.reset_helps(problem(u))
        assert verdict.helps == helps
        assert (verdict.cv > 1) == wide


def test_every_published_value_is_held():
    folder = Path(__file__).parent
    names = {entry["id"] for entry in json.loads((folder / "published.json").read_text(encoding="utf-8"))}
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("test_*.py")))
    quoted = [text for text in re.findall(r'"([\w.{}\-]+)"', source) if "." in text]
    patterns = [re.sub(r"\\\{.*?\\\}", ".+", re.escape(text)) for text in quoted]
    held = {name for name in names if any(re.fullmatch(pattern, name) for pattern in patterns)}
    missing = names - held
    assert all(name.startswith("seed.") for name in missing), missing  # those of a training loop's code
