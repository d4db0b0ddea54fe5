"""Steady states in potentials: Boltzmann's, and those that resets maintain."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_bvp
from scipy.special import gamma as gamma_function

import resetdyn as rd


def test_published(published):
    tent = rd.Langevin("mu*Abs(x)", 1.0, parameters={"mu": 0.6})
    result = rd.solve(rd.SteadyState(tent, rd.Poisson(1.0, to=0.0)))
    for x in (0.0, 1.0):
        assert result.pdf(x) == pytest.approx(published(f"linear.ness.x{x}"), rel=1e-11)
    slope = (0.6 + np.sqrt(0.36 + 4)) / 2
    far = np.array([-400.0, 30.0])
    assert result.pdf(far) == pytest.approx(slope / 2 * np.exp(-slope * np.abs(far)), rel=1e-9)
    assert result.cov == pytest.approx(2 / slope**2, rel=1e-11)
    rates = result.entropy_production
    assert rates.resetting == pytest.approx(-1.0, rel=1e-10)  # <log p / p(0)> of any Laplace law
    assert rates.medium == pytest.approx(-0.6 / slope, rel=1e-10)


@pytest.mark.parametrize(
    ("formula", "diffusion", "low"),
    [("x**4/4 - x**2/2", 0.1, -6.0), ("x**2/2 - 2*log(x)", 1.0, 0.0), ("Abs(x - 1) + x**2/8", 0.4, -20.0)],
)
def test_boltzmann(formula, diffusion, low):
    process = rd.Langevin(formula, diffusion)
    result = rd.solve(rd.SteadyState(process))
    points = [p for p in (-1.0, 0.0, 1.0) if p > low]

    def weight(x):
        return np.exp(-process.energy(x) / diffusion)

    total, first, second = (
        quad(
            lambda x, n=n: x**n * weight(x), low, 20.0, points=points, epsabs=1e-11, epsrel=1e-12, limit=400
        )[0]
        for n in range(3)
    )
    assert result.pdf(1.3) == pytest.approx(weight(1.3) / total, rel=1e-10)
    assert result.mean == pytest.approx(first / total, rel=1e-10, abs=1e-10)
    assert result.moment(2) == pytest.approx(second / total, rel=1e-10)


def test_walls_and_ends():
    box = rd.solve(rd.SteadyState(rd.Langevin("0*x", 1.0, reflecting=(-1.0, 2.0))))
    assert box.pdf([-2.0, -0.5, 1.9, 2.1]) == pytest.approx([0.0, 1 / 3, 1 / 3, 0.0], rel=1e-11)
    assert (box.mean, box.cov) == pytest.approx((0.5, 0.75), rel=1e-11)
    floor = rd.solve(rd.SteadyState(rd.Langevin("x", 1.0, reflecting=(0.0, None))))
    assert floor.moment(3) == pytest.approx(6.0, rel=1e-10)
    steep = rd.solve(rd.SteadyState(rd.Langevin("x**6", 2.0)))
    assert steep.cov == pytest.approx(2 ** (1 / 3) * gamma_function(0.5) / gamma_function(1 / 6), rel=1e-10)


@pytest.mark.parametrize("formula", ["-x**2/2", "x", "log(1 + x**2)/4", "0*x"])
def test_not_confining(formula):
    with pytest.raises(ValueError, match="not confining"):
        rd.solve(rd.SteadyState(rd.Langevin(formula, 1.0)))


def test_two_sides_of_a_singularity():
    process = rd.Langevin("x**2 - 2*log(Abs(x))", 1.0)
    with pytest.raises(ValueError, match="depends on the start"):
        rd.solve(rd.SteadyState(process))
    right = rd.solve(rd.SteadyState(process, rd.Poisson(0.5, to=1.0)))
    assert right.pdf(-1.0) == 0.0
    assert right.expect(lambda x: 1.0) == pytest.approx(1.0, rel=1e-10)
    with pytest.raises(ValueError, match="singular"):
        rd.solve(rd.SteadyState(process, rd.Poisson(0.5, to=0.0)))


@pytest.mark.parametrize("rate", [1e-6, 0.5, 30.0, 1e4])
def test_resets_in_a_double_well(rate):
    process = rd.Langevin("x**4/4 - x**2/2", 0.1)
    result = rd.solve(rd.SteadyState(process, rd.Poisson(rate, to=0.3)))
    # Balances of x and of U: what the force takes, the resets give.
    force = result.expect(lambda x: x - x**3)
    assert result.expect(lambda x: 1.0) == pytest.approx(1.0, rel=1e-10)
    assert rate * (result.mean - 0.3) == pytest.approx(force, rel=1e-9, abs=1e-12 * rate + 1e-12)
    taken = 2 * result.expect(lambda x: x * (x - x**3)) + 0.2
    assert rate * (result.moment(2) - 0.09) == pytest.approx(taken, rel=1e-9, abs=1e-12 * rate + 1e-12)


def test_a_well_away_from_the_origin():
    far = rd.solve(rd.SteadyState(rd.Langevin("(x - 1000)**4", 1e-3)))
    near = rd.solve(rd.SteadyState(rd.Langevin("x**4", 1e-3)))
    assert far.mean == pytest.approx(1000.0, rel=1e-12)
    assert far.cov == pytest.approx(near.cov, rel=1e-8)


@pytest.mark.parametrize(
    "process", [rd.Brownian(0.7, drift=0.9), rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5)], ids=str
)
def test_the_chain_agrees_with_closed_forms(process):
    problem = rd.SteadyState(process, rd.Poisson(1.3, to=0.4))
    closed, chain = rd.solve(problem, method="age"), rd.solve(problem, method="chain")
    x = np.array([-3.0, 0.0, 0.4, 1.0, 6.0])
    assert chain.pdf(x) == pytest.approx(closed.pdf(x), rel=1e-10)
    assert chain.mean == pytest.approx(closed.mean, rel=1e-10)
    assert chain.cov == pytest.approx(closed.cov, rel=1e-10)
    assert chain.entropy_production == pytest.approx(closed.entropy_production, rel=1e-9)
    constant = rd.solve(rd.SteadyState(process, rd.RateField("1.3", to=0.4)))
    assert constant.pdf(x) == pytest.approx(closed.pdf(x), rel=1e-9)
    assert constant.cov == pytest.approx(closed.cov, rel=1e-9)


def test_pauses():
    process = rd.Langevin("x**4/4", 0.5)
    free = rd.solve(rd.SteadyState(process, rd.Poisson(2.0, to=0.7)))
    paused = rd.solve(rd.SteadyState(process, rd.Poisson(2.0, to=0.7, refractory=0.5)))
    assert paused.atom == 0.5
    assert paused.pdf(0.2) == pytest.approx(free.pdf(0.2) / 2, rel=1e-13)
    assert paused.mean == pytest.approx((free.mean + 0.7) / 2, rel=1e-12)
    assert paused.expect(lambda x: (x - paused.mean) ** 2) == pytest.approx(paused.cov, rel=1e-11)


def test_resets_at_a_rate_of_the_position():
    # D p'' - r(x) p + R delta = 0 for r = 2 on the left of 0, and 1/2 on its right; reset to 1.
    result = rd.solve(
        rd.SteadyState(rd.Brownian(1.0), rd.RateField("2*Heaviside(-x) + Heaviside(x)/2", to=1.0))
    )
    a, b = np.sqrt(2.0), np.sqrt(0.5)
    # p = A e^(a x) | B e^(b x) + C e^(-b x) | E e^(-b x), continuous, and smooth at 0.
    B, C = (1 + a / b) / 2, (1 - a / b) / 2
    E = B * np.exp(2 * b) + C
    total = 1 / a + B * np.expm1(b) / b - C * np.expm1(-b) / b + E * np.exp(-b) / b
    x = np.array([-2.0, 0.5, 1.0, 3.0])
    shape = np.where(
        x < 0, np.exp(a * x), np.where(x < 1, B * np.exp(b * x) + C * np.exp(-b * x), E * np.exp(-b * x))
    )
    assert result.pdf(x) == pytest.approx(shape / total, rel=1e-10)
    # A smooth rate, by collocation on half lines joined at the place of the resets.
    smooth = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.RateField("x**2", to=1.0)))

    def sides(u, y):  # x = 1 + u and x = 1 - u
        return np.array([y[1], (1 + u) ** 2 * y[0], y[3], (1 - u) ** 2 * y[2]])

    def ends(at, far):
        return np.array([at[0] - 1, at[2] - 1, far[0], far[2]])

    u = np.linspace(0, 7, 400)
    guess = np.array([np.exp(-u), -np.exp(-u), np.exp(-u), -np.exp(-u)])
    found = solve_bvp(sides, ends, u, guess, tol=1e-9, max_nodes=100_000)
    mass = quad(lambda v: found.sol(v)[0] + found.sol(v)[2], 0, 7, epsrel=1e-10, limit=300)[0]
    assert smooth.pdf([1.5, 0.0, 1.0]) == pytest.approx(
        np.array([found.sol(0.5)[0], found.sol(1.0)[2], 1.0]) / mass, rel=1e-7
    )


def test_no_exact_route():
    process = rd.Langevin("x**4/4", 0.5)
    for reset in (rd.RateField("1", to=0.0, refractory=1.0), rd.Poisson(1.0, to=0.0, return_speed=1.0)):
        with pytest.raises(ValueError, match=r"no exact route.*rd\.simulate"):
            rd.solve(rd.SteadyState(process, reset))
    flat = rd.Langevin("x**2 + y**2", 1.0, variables=("x", "y"))
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        rd.solve(rd.SteadyState(flat, rd.Poisson(1.0, to=[0.0, 0.0])))
