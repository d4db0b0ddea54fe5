"""The law at one time, on the way to the steady state."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad_vec
from scipy.special import erf, erfc
from scipy.stats import expon, gamma, lognorm, multivariate_normal, norm, pareto, randint, uniform

import resetdyn as rd

OU = rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5)


def test_published(published):
    result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)))
    assert result.transient(0.5).pdf(1.0) == pytest.approx(published("em2011.transient.x1.t0.5"), rel=1e-12)


@pytest.mark.parametrize("t", [1e-6, 0.3, 4.0, 1e3])
def test_free_diffusion_in_closed_form(t):
    D, r, y = 0.7, 1.3, 0.4
    later = rd.solve(rd.SteadyState(rd.Brownian(D), rd.Poisson(r, to=y))).transient(t)
    x = y + np.sqrt(2 * D * min(t, 1 / r)) * np.array([-3.0, -0.5, 1e-3, 2.0])
    a, u = np.sqrt(r / D), np.abs(x - y)
    w, away = np.sqrt(r * t), u / np.sqrt(4 * D * t)
    parts = np.exp(-a * u) * erfc(away - w) - np.exp(a * u) * erfc(away + w)
    reference = np.exp(-r * t) * norm.pdf(x, y, np.sqrt(2 * D * t)) + a / 4 * parts
    # The closed form subtracts; at short times it is the Gaussian that counts.
    assert later.pdf(x) == pytest.approx(reference, rel=1e-9)
    assert later.mean == pytest.approx(y)
    assert later.cov == pytest.approx(2 * D * -np.expm1(-r * t) / r, rel=1e-12)


@pytest.mark.parametrize("process", [rd.Brownian(0.7, drift=0.9), OU], ids=str)
@pytest.mark.parametrize("t", [0.2, 3.0])
def test_from_elsewhere(process, t):
    r, y, start = 1.3, 0.4, -2.0
    later = rd.solve(rd.SteadyState(process, rd.Poisson(r, to=y))).transient(t, start=start)

    def gaussian(a, origin):
        if isinstance(process, rd.Brownian):
            return origin + 0.9 * a, 1.4 * a
        return 1.0 + (origin - 1.0) * np.exp(-2.0 * a), -np.expm1(-4.0 * a) * 0.25

    x = np.array([-3.0, 0.0, 0.4, 1.5])

    def rows(a, origin):
        mean, variance = gaussian(a, origin)
        return np.concatenate([norm.pdf(x, mean, np.sqrt(variance)), [mean, variance + mean**2]])

    def recent(u):  # ages u^2: the density is singular at 0
        return 2 * u * r * np.exp(-r * u * u) * rows(u * u, y)

    *density, mean, second = (
        np.exp(-r * t) * rows(t, start) + quad_vec(recent, 1e-13, np.sqrt(t), epsrel=1e-12)[0]
    )
    assert later.pdf(x) == pytest.approx(np.array(density), rel=1e-9)
    assert later.mean == pytest.approx(mean, rel=1e-11)
    assert later.cov == pytest.approx(second - mean**2, rel=1e-10)


def test_it_settles():
    result = rd.solve(rd.SteadyState(OU, rd.Poisson(1.3, to=0.4)))
    late = result.transient(60.0, start=7.0)
    x = np.linspace(-1.0, 3.0, 9)
    assert late.pdf(x) == pytest.approx(result.pdf(x), rel=1e-9)
    assert late.mean == pytest.approx(result.mean, rel=1e-12)
    assert late.cov == pytest.approx(result.cov, rel=1e-12)


def test_sharp_resets_and_none():
    sharp = rd.solve(rd.SteadyState(OU, rd.Sharp(1.0, to=0.4)))
    early, late = sharp.transient(0.3, start=3.0), sharp.transient(5.3, start=3.0)
    assert early.mean == pytest.approx(1 + 2 * np.exp(-0.6), rel=1e-13)
    assert late.mean == pytest.approx(1 - 0.6 * np.exp(-0.6), rel=1e-13)
    assert late.pdf(0.9) == pytest.approx(norm.pdf(0.9, late.mean, np.sqrt(late.cov)), rel=1e-12)
    at = sharp.transient(2.0)
    assert (at.mean, at.cov) == (0.4, 0.0)
    assert at.pdf([0.4, 0.5]).tolist() == [np.inf, 0.0]
    alone = rd.solve(rd.SteadyState(OU))
    assert alone.transient(0.3, start=3.0).mean == pytest.approx(early.mean, rel=1e-13)
    with pytest.raises(ValueError, match="say where the process starts"):
        alone.transient(0.3)


def test_in_two_dimensions():
    H, to, start, r, t = (
        np.array([[2.0, 0.5], [0.5, 1.0]]),
        np.array([1.0, 0.5]),
        np.array([-1.0, 0.0]),
        0.8,
        0.7,
    )
    process = rd.OrnsteinUhlenbeck(H, 0.0, np.diag([0.2, 0.1]))
    later = rd.solve(rd.SteadyState(process, rd.Poisson(r, to=to))).transient(t, start=start)
    h, V = np.linalg.eigh(H)

    def mean(a, origin):
        return V @ (np.exp(-h * a) * (V.T @ origin))

    pair, noise = h[:, None] + h, V.T @ np.diag([0.2, 0.1]) @ V

    def rows(a, origin):
        state = mean(a, origin)
        cov = V @ (-np.expm1(-pair * a) * 2 * noise / pair) @ V.T
        return np.concatenate([state, (cov + np.outer(state, state)).ravel()])

    average = quad_vec(lambda a: r * np.exp(-r * a) * rows(a, to), 0, t, epsabs=1e-14)[0]
    average = average + np.exp(-r * t) * rows(t, start)
    assert later.mean == pytest.approx(average[:2], rel=1e-11)
    second = average[2:].reshape(2, 2)
    assert later.cov == pytest.approx(second - np.outer(later.mean, later.mean), rel=1e-10)

    def density(a, origin, x):
        return multivariate_normal.pdf(
            x, mean(a, origin), V @ (-np.expm1(-pair * a) * 2 * noise / pair) @ V.T
        )

    x = np.array([[0.0, 0.2], [-1.0, -0.5]])
    recent = quad_vec(lambda a: r * np.exp(-r * a) * density(a, to, x), 1e-4, t, epsrel=1e-11)[0]
    assert later.pdf(x) == pytest.approx(recent + np.exp(-r * t) * density(t, start, x), rel=1e-8)


def renewed(t, start, y, rate, alive, x, atom=0.0):
    """Return density, mean and variance from a rate of restarts by plain quadrature, for `OU`."""

    def rows(a, origin):
        mean, variance = 1 + (origin - 1) * np.exp(-2 * a), -np.expm1(-4 * a) / 4
        return np.concatenate([norm.pdf(x, mean, np.sqrt(variance)), [mean, variance + mean**2]])

    def recent(u):  # ages u^2: the density is singular at 0
        return 2 * u * rate(t - u * u) * alive(u * u) * rows(u * u, y)

    known = quad_vec(recent, 1e-13, np.sqrt(t), epsrel=1e-12, limit=2000)[0] + alive(t) * rows(t, start)
    mean = known[-2] + atom * y
    return known[:-2], mean, known[-1] + atom * y**2 - mean**2


X = np.array([-3.0, -1.0, 0.0, 0.4, 1.5])


@pytest.mark.parametrize("t", [1e-3, 0.7, 4.0, 300.0])
def test_waits_of_two_stages(t):
    later = rd.solve(rd.SteadyState(OU, rd.Renewal(gamma(2), to=0.4))).transient(t, start=-2.0)
    alive = gamma(2).sf
    density, mean, variance = renewed(t, -2.0, 0.4, lambda b: -np.expm1(-2 * b) / 2, alive, X)
    assert later.pdf(X) == pytest.approx(density, rel=1e-8)
    assert later.mean == pytest.approx(mean, rel=1e-10)
    assert later.cov == pytest.approx(variance, rel=1e-9)
    assert later.atoms == ()


def test_waits_with_a_singular_density():
    """For gamma(1/2) the transform of the rate of restarts, 1 / (sqrt(1 + s) - 1), is known in time."""
    t, law = 0.9, gamma(0.5)
    later = rd.solve(rd.SteadyState(OU, rd.Renewal(law, to=0.4))).transient(t, start=-2.0)
    ages, weights = (1 + np.polynomial.legendre.leggauss(200)[0]) / 2, np.polynomial.legendre.leggauss(200)[1]
    b = t * np.sin(np.pi / 2 * ages) ** 2  # both ends are singular
    stretch = t * np.pi * np.sin(np.pi / 2 * ages) * np.cos(np.pi / 2 * ages) / 2
    rate = 1 + erf(np.sqrt(b)) + np.exp(-b) / np.sqrt(np.pi * b)
    a = t - b
    moved = norm.pdf(0.9, 1 - 0.6 * np.exp(-2 * a), np.sqrt(-np.expm1(-4 * a) / 4))
    never = law.sf(t) * norm.pdf(0.9, 1 - 3 * np.exp(-2 * t), np.sqrt(-np.expm1(-4 * t) / 4))
    assert later.pdf(0.9) == pytest.approx(never + weights @ (stretch * rate * law.sf(a) * moved), rel=1e-8)


def test_exponential_waits_are_poisson():
    other, known = (
        rd.solve(rd.SteadyState(OU, reset)).transient(1.7, start=-2.0)
        for reset in (rd.Renewal(expon(scale=0.5), to=0.4), rd.Poisson(2.0, to=0.4))
    )
    assert other.pdf(X) == pytest.approx(known.pdf(X), rel=1e-11)
    assert (other.mean, other.cov) == pytest.approx((known.mean, known.cov), rel=1e-11)


@pytest.mark.parametrize("t", [0.2, 1.5, 4.0])
def test_poisson_resets_with_a_pause(t):
    """After `k` pauses the restarts come as the `k`-th of a Poisson process."""
    r, pause, y = 1.3, 0.4, 0.4
    later = rd.solve(rd.SteadyState(OU, rd.Poisson(r, to=y, refractory=pause))).transient(t, start=-2.0)

    def rate(b):
        return sum(gamma(k, scale=1 / r).pdf(b - k * pause) for k in range(1, 13))

    moving = sum(
        gamma(k, scale=1 / r).cdf(t - k * pause) - gamma(k + 1, scale=1 / r).cdf(t - k * pause)
        for k in range(1, 13)
    )
    still = -np.expm1(-r * t) - moving
    cuts = np.sqrt([1e-26, *(t - k * pause for k in range(int(t / pause), 0, -1)), t])
    density = np.exp(-r * t) * norm.pdf(X, 1 - 3 * np.exp(-2 * t), np.sqrt(-np.expm1(-4 * t) / 4))
    for low, high in pairwise(cuts):
        density = density + quad_vec(
            lambda u: 2 * u * rate(t - u * u) * np.exp(-r * u * u)
            * norm.pdf(X, 1 - 0.6 * np.exp(-2 * u * u), np.sqrt(-np.expm1(-4 * u * u) / 4)),
            low, high, epsrel=1e-11,
        )[0]  # fmt: skip
    assert later.pdf(X) == pytest.approx(density, rel=1e-8)
    ((place, weight),) = later.atoms
    assert place == y
    assert weight == pytest.approx(still, rel=1e-10)


def test_pauses_that_vanish():
    longer, short, none = (
        rd.solve(rd.SteadyState(OU, rd.Poisson(2.0, to=0.4, refractory=pause))).transient(1.6, start=-2.0)
        for pause in (0.04, 0.02, 0.0)
    )
    first = longer.pdf(X) - none.pdf(X)  # of the order of the pause: what it leaves out is of its square
    assert np.max(np.abs(first)) > 0.01
    assert 2 * short.pdf(X) - longer.pdf(X) == pytest.approx(none.pdf(X), abs=0.05 * np.max(np.abs(first)))
    assert longer.atoms[0][1] == pytest.approx(2 * short.atoms[0][1], rel=0.1)


def test_sharp_resets_with_a_pause():
    result = rd.solve(rd.SteadyState(OU, rd.Sharp(1.0, to=0.4, refractory=0.3)))
    free = rd.solve(rd.SteadyState(OU, rd.Sharp(1.0, to=0.4)))
    for t, age in ((0.7, 0.7), (1.8, 0.5), (1300.9, 0.9)):
        later, same = result.transient(t), free.transient(age)
        assert later.pdf(X) == pytest.approx(same.pdf(X), rel=1e-9)
        assert (later.mean, later.cov) == pytest.approx((same.mean, same.cov))
        assert later.atoms == ()
    still = result.transient(1.1, start=3.0)
    assert (still.mean, still.cov, still.atoms) == (0.4, 0.0, ((0.4, 1.0),))
    assert still.pdf([0.4, 1.0]).tolist() == [0.0, 0.0]
    # An exponential pause is over with a probability of its own.
    reset = rd.Sharp(1.0, to=0.4, refractory=expon(scale=0.5))
    later = rd.solve(rd.SteadyState(OU, reset)).transient(1.6)
    assert later.atoms[0][1] == pytest.approx(np.exp(-1.2), rel=1e-10)


def test_waits_of_separate_values():
    result = rd.solve(rd.SteadyState(OU, rd.Renewal(randint(1, 3), to=0.4)))
    later = result.transient(2.5)  # reset at 2 with probability 3/4, else at 1
    ages = [rd.solve(rd.SteadyState(OU)).transient(a, start=0.4) for a in (0.5, 1.5)]
    reference = 0.75 * ages[0].pdf(X) + 0.25 * ages[1].pdf(X)
    assert later.pdf(X) == pytest.approx(reference, rel=1e-12)
    assert later.mean == pytest.approx(0.75 * ages[0].mean + 0.25 * ages[1].mean, rel=1e-13)
    assert result.transient(2.0).atoms == ((0.4, pytest.approx(0.75)),)


RENEWALS = [
    rd.Renewal(uniform(0.5, 1), to=0.4), rd.Renewal(lognorm(0.5), to=0.4), rd.Renewal(gamma(0.5), to=0.4),
    rd.Renewal(gamma(2), to=0.4, refractory=0.5), rd.Poisson(1.3, to=0.4, refractory=gamma(2)),
    rd.Renewal(uniform(0.5, 1), to=0.4, refractory=uniform(0, 0.5)),
    rd.Sharp(0.7, to=0.4, refractory=gamma(2)),
]  # fmt: skip


@pytest.mark.parametrize("reset", RENEWALS, ids=str)
def test_they_settle(reset):
    """Late it is the steady state, which is known without the rate of restarts."""
    result = rd.solve(rd.SteadyState(OU, reset))
    late = result.transient(60.0, start=7.0)
    assert late.pdf(X) == pytest.approx(result.pdf(X), rel=1e-8)
    assert late.mean == pytest.approx(result.mean, rel=1e-9)
    assert late.cov == pytest.approx(result.cov, rel=1e-9)
    assert sum(weight for _, weight in late.atoms) == pytest.approx(result.atom, rel=1e-9)


@pytest.mark.parametrize("reset", [*RENEWALS, rd.Renewal(pareto(2.5), to=0.4)], ids=str)
def test_all_are_somewhere(reset):
    later = rd.solve(rd.SteadyState(rd.Brownian(0.5, drift=0.3), reset)).transient(1.3, start=-2.0)
    cuts = [-30.0, -8.0, -4.0, -2.0, 0.0, 0.39, 0.4, 0.41, 1.0, 3.0, 30.0]
    mass = sum(weight for _, weight in later.atoms)
    for low, high in pairwise(cuts):
        x, w = np.polynomial.legendre.leggauss(60)
        mass += (high - low) / 2 * (w @ later.pdf((low + high) / 2 + (high - low) / 2 * x))
    assert mass == pytest.approx(1.0, rel=1e-6)  # there is a kink where resets lead


@pytest.mark.parametrize("reset", RENEWALS, ids=str)
def test_simulated_paths_follow_them(reset, seed):
    problem, times = rd.SteadyState(OU, reset), [0.6, 1.3, 3.1]
    states = rd.trajectories(problem, times, n=20_000, rng=seed).states
    for k, t in enumerate(times):
        exact, found = rd.solve(problem).transient(t), states[:, k]
        error = found.std() / np.sqrt(len(found))
        assert abs(found.mean() - exact.mean) < 4 * error
        squares = (found - exact.mean) ** 2
        assert abs(squares.mean() - exact.cov) < 4 * squares.std() / np.sqrt(len(found))
        still = sum(weight for _, weight in exact.atoms)
        share = np.mean(np.abs(found - 0.4) < 1e-12)
        assert abs(share - still) <= 4 * np.sqrt(still * (1 - still) / len(found))
    wrong = rd.solve(rd.SteadyState(OU, rd.Poisson(3.0, to=0.4))).transient(times[0])
    assert abs(states[:, 0].mean() - wrong.mean) > 4 * states[:, 0].std() / np.sqrt(len(states))


def test_renewals_in_two_dimensions():
    process = rd.OrnsteinUhlenbeck(np.array([[2.0, 0.5], [0.5, 1.0]]), 0.0, np.diag([0.2, 0.1]))
    to, start = np.array([1.0, 0.5]), np.array([-1.0, 0.0])
    one, other = (
        rd.solve(rd.SteadyState(process, reset)).transient(0.7, start=start)
        for reset in (rd.Poisson(0.8, to=to), rd.Renewal(expon(scale=1.25), to=to))
    )
    x = np.array([[0.0, 0.2], [-1.0, -0.5]])
    assert other.pdf(x) == pytest.approx(one.pdf(x), rel=1e-10)
    assert other.cov == pytest.approx(one.cov, rel=1e-10)
    paused = rd.solve(rd.SteadyState(process, rd.Sharp(0.5, to=to, refractory=0.3))).transient(0.7)
    assert paused.atoms[0][0] == pytest.approx(to)
    assert paused.cov == pytest.approx(np.zeros((2, 2)))


def test_refused():
    for reset in (rd.Renewal(gamma(2), to=0.0, return_speed=1.0), rd.Renewal(gamma(2), to=norm())):
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            rd.solve(rd.SteadyState(OU, reset)).transient(1.0)
    strange = rd.solve(rd.SteadyState(OU, rd.Renewal(uniform(1, 1), to=0.0, refractory=2**0.5)))
    with pytest.raises(ValueError, match=r"t=5: the rate of restarts has not settled .* rd\.trajectories"):
        strange.transient(5.0)
    with pytest.raises(ValueError, match=r"t=0: give a time above 0"):
        rd.solve(rd.SteadyState(OU, rd.Poisson(1.0, to=0.0))).transient(0.0)
    singular = rd.OrnsteinUhlenbeck(np.eye(2), 0.0, np.ones((2, 2)))
    with pytest.raises(ValueError, match="there is no density"):
        rd.solve(rd.SteadyState(singular, rd.Poisson(1.0, to=[0.0, 1.0]))).transient(1.0).pdf([0.0, 0.0])
