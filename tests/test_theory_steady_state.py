"""Steady states: densities, moments and the processes' own limits agree."""

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad, quad_vec, simpson
from scipy.stats import expon, gamma, multivariate_normal, norm, pareto, randint, uniform, weibull_min

import resetdyn as rd

FREE, DRIFT = rd.Brownian(0.7), rd.Brownian(0.7, drift=0.9)
OU = rd.OrnsteinUhlenbeck(2.0, 1.0, 0.5)
STATES = [
    rd.SteadyState(DRIFT, rd.Poisson(1.3, to=0.4)),
    rd.SteadyState(rd.Brownian(0.7, drift=-9.0), rd.Poisson(1.3, to=0.4)),
    rd.SteadyState(FREE, rd.Sharp(1.3, to=0.4)),
    rd.SteadyState(DRIFT, rd.Sharp(1.3, to=0.4)),
    rd.SteadyState(OU, rd.Poisson(0.7, to=-0.6)),
    rd.SteadyState(OU, rd.Poisson(70.0, to=-0.6)),
    rd.SteadyState(OU, rd.Sharp(0.7, to=-0.6)),
    rd.SteadyState(OU, rd.Sharp(1e-4, to=-0.6)),
    rd.SteadyState(OU),
    rd.SteadyState(rd.Langevin("x**2 - 2*x", 0.5), rd.Poisson(0.7, to=-0.6)),
    rd.SteadyState(DRIFT, rd.Renewal(gamma(2, scale=0.5), to=0.4)),
    rd.SteadyState(OU, rd.Renewal(weibull_min(0.7), to=-0.6)),
    rd.SteadyState(OU, rd.Renewal(randint(1, 4), to=-0.6)),
    rd.SteadyState(FREE, rd.Renewal(uniform(1.0, 0.01), to=0.4)),
    rd.SteadyState(FREE, rd.Poisson(1.3, to=norm(0.5, 2.0))),
    rd.SteadyState(OU, rd.Poisson(1.3, to=uniform(-2.0, 1.0), refractory=0.5)),
    rd.SteadyState(OU, rd.Poisson(1.3, to=randint(0, 3))),
    rd.SteadyState(OU, rd.Poisson(0.7, to=-0.6, refractory=gamma(2))),
    rd.SteadyState(DRIFT, rd.Poisson(1.3, to=0.4, return_speed=0.3, refractory=0.5)),
    rd.SteadyState(OU, rd.Poisson(0.7, to=-0.6, return_speed=0.5)),
    rd.SteadyState(DRIFT, rd.Sharp(1.3, to=0.4, return_speed=0.3)),
    rd.SteadyState(OU, rd.Renewal(gamma(2), to=-0.6, return_speed=0.5, refractory=0.25)),
    rd.SteadyState(FREE, rd.Poisson(1.3, to=rd.Partial(0.5))),
    rd.SteadyState(DRIFT, rd.Poisson(1.3, to=rd.Partial(0.8))),
    rd.SteadyState(DRIFT, rd.Poisson(1.3, to=rd.Partial(0.96))),
    rd.SteadyState(rd.RunAndTumble(1.0, 2.0), rd.Poisson(1.3, to=0.4, refractory=0.5)),
    rd.SteadyState(rd.RunAndTumble(1.0, 2.0), rd.Sharp(1.3, to=0.4)),
    rd.SteadyState(rd.RunAndTumble(1.0, 2.0), rd.Renewal(gamma(2), to=0.4)),
]


@pytest.mark.parametrize("problem", STATES, ids=str)
def test_density_has_the_moments(problem):
    result = rd.solve(problem)
    assert result.expect(lambda x: 1.0) == pytest.approx(1.0, rel=1e-10)
    assert result.expect(lambda x: x) == pytest.approx(result.mean, rel=1e-10, abs=1e-10 * result.std)
    assert result.expect(lambda x: (x - result.mean) ** 2) == pytest.approx(result.cov, rel=1e-10)
    assert result.expect(rd.Quadratic(2.0, result.mean)) == pytest.approx(result.cov, rel=1e-12)
    assert result.moment(2) == pytest.approx(result.cov + result.mean**2, rel=1e-10)
    assert result.moment(3) == pytest.approx(
        result.expect(lambda x: x**3), rel=1e-9, abs=1e-9 * result.std**3
    )


def aged(process, x, to, weight, longest):
    """Average the Gaussian over the age by adaptive quadrature in its square root."""

    def law(u):
        a = u * u
        if isinstance(process, rd.Brownian):
            mean, variance = to + process.drift * a, 2 * process.diffusion * a
        else:
            k, c = process.stiffness, process.center
            mean, variance = c + (to - c) * np.exp(-k * a), -np.expm1(-2 * k * a) * process.diffusion / k
        return 2 * u * weight(a) * norm.pdf(x, mean, np.sqrt(variance))

    return quad_vec(law, 1e-9, np.sqrt(longest), epsabs=1e-14, epsrel=1e-12)[0]


@pytest.mark.parametrize("process", [DRIFT, OU], ids=str)
@pytest.mark.parametrize(
    ("reset", "weight", "longest"),
    [
        (rd.Poisson(0.7, to=-0.6), lambda a: 0.7 * np.exp(-0.7 * a), 60.0),
        (rd.Sharp(1.5, to=-0.6), lambda a: 1 / 1.5, 1.5),
        (rd.Renewal(gamma(3, scale=0.4), to=-0.6), lambda a: gamma(3, scale=0.4).sf(a) / 1.2, 30.0),
    ],
    ids=["Poisson", "Sharp", "Renewal"],
)
def test_density_is_the_gaussian_law_averaged_over_the_age(process, reset, weight, longest):
    x = np.array([-2.0, -0.7, 0.3, 1.0, 3.0])
    reference = aged(process, x, -0.6, weight, longest)
    assert rd.solve(rd.SteadyState(process, reset)).pdf(x) == pytest.approx(reference, rel=1e-9)


@pytest.mark.parametrize("rate", [1e-8, 1e-3, 1.0, 40.0, 1e4])
def test_tails_keep_their_digits(rate):
    # p = C e^(-x^2 / 4) D_(-r)(|x|), reset to the centre (Pal 2015); D by its integral.
    result = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), rd.Poisson(rate, to=0.0)))
    checked = 0
    with mp.workdps(30):
        r = mp.mpf(rate)
        norming = r * mp.gamma(r / 2) / (mp.sqrt(mp.pi) * 2 ** ((3 - r) / 2))
        for x in np.array([0.3, 2.0, 8.0, 30.0]) / (1 + np.sqrt(rate) / 20):
            peak = (mp.sqrt(x * x + 4 * r) - x) / 2
            width = 1 / mp.sqrt(r + peak * peak)
            ends = [mp.log(peak) + width * n for n in (-30, -8, -2, 0, 2, 8)]
            if rate < 100:  # no narrow peak
                ends = [-mp.inf, -40, -10, mp.log(r) / 2 - 1, mp.log(r) / 2 + 1, 6 + mp.log(1 + r)]
            integral = mp.quad(
                lambda w, x=x: (
                    (mp.exp(w) + x) * mp.exp(r * w - mp.exp(2 * w) / 2 - x * mp.exp(w)) * mp.exp(w)
                ),
                sorted(ends),
            )
            reference = norming * mp.exp(-(mp.mpf(x) ** 2) / 2) * integral / (r * mp.gamma(r))
            if reference < mp.mpf(10) ** -300:
                continue
            checked += 1
            assert result.pdf(float(x)) == pytest.approx(float(reference), rel=1e-8)
    assert checked >= 2


@pytest.mark.parametrize("drift", [0.0, 1.0, -300.0])
def test_renewal_of_exponential_times_is_poisson(drift):
    process = rd.Brownian(1.0, drift=drift)
    poisson = rd.solve(rd.SteadyState(process, rd.Poisson(2.0, to=0.1)))
    renewal = rd.solve(rd.SteadyState(process, rd.Renewal(expon(scale=0.5), to=0.1)))
    x = 0.1 + poisson.std * np.array([-30.0, -3.0, -1e-3, 0.0, 1e-6, 0.5, 10.0, 100.0])
    reference = poisson.pdf(x)
    seen = reference > 1e-300
    assert seen.sum() >= 5
    assert renewal.pdf(x)[seen] == pytest.approx(reference[seen], rel=1e-9)
    assert renewal.mean == pytest.approx(poisson.mean, rel=1e-12)
    assert renewal.cov == pytest.approx(poisson.cov, rel=1e-12)
    assert renewal.moment(5) == pytest.approx(poisson.moment(5), rel=1e-11)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_units_do_not_matter(scale):
    # Times in units of `scale`, lengths in units of its root.
    length = np.sqrt(scale)
    for process in (
        rd.Brownian(1.0, drift=length / scale), rd.OrnsteinUhlenbeck(1 / scale, 0.5 * length, 1.0)
    ):  # fmt: skip
        unit = (
            rd.Brownian(1.0, drift=1.0)
            if isinstance(process, rd.Brownian)
            else rd.OrnsteinUhlenbeck(1.0, 0.5, 1.0)
        )
        for reset, same in (
            (rd.Poisson(1 / scale, to=length), rd.Poisson(1.0, to=1.0)),
            (rd.Sharp(scale, to=length), rd.Sharp(1.0, to=1.0)),
            (rd.Renewal(gamma(2, scale=scale), to=length), rd.Renewal(gamma(2), to=1.0)),
        ):
            here, there = rd.solve(rd.SteadyState(process, reset)), rd.solve(rd.SteadyState(unit, same))
            assert here.mean / length == pytest.approx(there.mean, rel=1e-10)
            assert here.cov / scale == pytest.approx(there.cov, rel=1e-10)
            x = np.array([-3.0, 0.2, 1.0, 5.0])
            assert here.pdf(x * length) * length == pytest.approx(there.pdf(x), rel=1e-9)


def test_waiting_times_with_a_fat_tail():
    infinite = rd.solve(rd.SteadyState(DRIFT, rd.Renewal(pareto(1.8), to=0.0)))
    assert infinite.mean == np.inf
    assert infinite.cov == np.inf
    assert rd.solve(rd.SteadyState(FREE, rd.Renewal(pareto(1.8), to=0.0))).mean == 0.0
    finite = rd.solve(rd.SteadyState(FREE, rd.Renewal(pareto(2.5), to=0.0)))
    assert finite.cov == pytest.approx(2 * 0.7 * 1.5, rel=1e-10)  # <R^2> / (2 <R>) = 3/2
    assert finite.moment(4) == np.inf
    bounded = rd.solve(rd.SteadyState(OU, rd.Renewal(pareto(1.05), to=-0.6)))
    mean, _ = quad(
        lambda u: np.exp(-2.0 * u) * pareto(1.05).sf(u) / 21.0,
        0,
        40,
        epsabs=1e-15,
        epsrel=1e-13,
        points=[1.0],
    )
    assert bounded.mean == pytest.approx(1.0 - 1.6 * mean, rel=1e-10)
    assert finite.expect(lambda x: abs(x) < 1.0) == pytest.approx(
        quad(finite.pdf, -1, 1, points=[0])[0], rel=1e-8
    )


@pytest.mark.parametrize("period", [1e-3, 0.7, 30.0])
def test_moments_in_two_dimensions(period):
    H, D = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[0.2, 0.05], [0.05, 0.1]])
    center, to = np.array([0.3, -0.2]), np.array([1.0, 0.5])
    h, V = np.linalg.eigh(H)
    noise, away = V.T @ D @ V, V.T @ (to - center)

    def moments(a):
        state = away * np.exp(-h * a)
        pair = h[:, None] + h
        second = -np.expm1(-pair * a) * 2 * noise / pair + np.outer(state, state)
        return np.concatenate([state, second.ravel()])

    law = gamma(2, scale=period)
    sharp = quad_vec(moments, 0.0, period, epsabs=1e-15, epsrel=1e-13)[0] / period
    waits = quad_vec(
        lambda a: moments(a) * law.sf(a), 0.0, 60 * period, epsabs=1e-15, epsrel=1e-13, limit=500
    )[0]
    for reset, average in ((rd.Sharp(period, to=to), sharp), (rd.Renewal(law, to=to), waits / law.mean())):
        result = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(H, center, D), reset))
        mean, second = average[:2], average[2:].reshape(2, 2)
        assert result.mean == pytest.approx(center + V @ mean, rel=1e-11)
        # The reference subtracts; its rounding is that of the second moments.
        assert result.cov == pytest.approx(V @ (second - np.outer(mean, mean)) @ V.T, rel=1e-9, abs=1e-14)


def test_brownian_in_three_dimensions():
    drift, to = np.array([1.0, 0.0, -2.0]), np.array([0.0, 1.0, 0.0])
    result = rd.solve(rd.SteadyState(rd.Brownian(0.5, drift=drift, dim=3), rd.Poisson(2.0, to=to)))
    assert result.mean == pytest.approx(np.array([0.5, 1.0, -1.0]))
    assert result.cov == pytest.approx(0.5 * np.eye(3) + np.outer(drift, drift) / 4)
    assert result.std == pytest.approx(np.sqrt(np.diag(result.cov)))
    with pytest.raises(ValueError, match="give places in 3 dimensions"):
        result.pdf(0.0)
    with pytest.raises(ValueError, match="raw moments are for one dimension"):
        result.moment(2)
    # Without drift it is Yukawa's r / (4 pi D |x|) e^(-|x| sqrt(r / D)).
    still = rd.solve(rd.SteadyState(rd.Brownian(0.5, dim=3), rd.Poisson(2.0, to=to)))
    x = to + np.array([[0.3, 0.0, 0.4], [50.0, -20.0, 3.0]])
    distance = np.linalg.norm(x - to, axis=1)
    assert still.pdf(x) == pytest.approx(2 / (4 * np.pi * 0.5 * distance) * np.exp(-2 * distance), rel=1e-12)
    assert still.pdf(to) == np.inf
    paused = rd.solve(
        rd.SteadyState(rd.Brownian(0.5, drift=drift, dim=3), rd.Poisson(2.0, to=to, refractory=0.5))
    )
    assert paused.atom == 0.5
    assert paused.mean == pytest.approx((result.mean + to) / 2)
    away = result.mean - to
    assert paused.cov == pytest.approx(result.cov / 2 + np.outer(away, away) / 4)
    assert paused.pdf(x) == pytest.approx(result.pdf(x) / 2, rel=1e-12)


@pytest.mark.parametrize(
    "stiffness", [np.array([[2.0, 0.5], [0.5, 1.0]]), np.diag([2.0, 1.0])], ids=["full", "diagonal"]
)
@pytest.mark.parametrize("reset", [rd.Poisson(0.8, to=[1.0, 0.5]), rd.Sharp(1.2, to=[1.0, 0.5])], ids=str)
def test_density_in_two_dimensions(stiffness, reset):
    D, center, to = np.diag([0.2, 0.1]), np.array([0.3, -0.2]), np.array([1.0, 0.5])
    result = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(stiffness, center, D), reset))
    h, V = np.linalg.eigh(stiffness)
    pair, noise = h[:, None] + h, V.T @ D @ V
    x = np.array([[0.0, 0.0], [0.9, 0.6], [-1.0, 2.0]])

    def law(u):
        a = u * u
        mean = center + V @ (np.exp(-h * a) * (V.T @ (to - center)))
        cov = V @ (-np.expm1(-pair * a) * 2 * noise / pair) @ V.T
        weight = 0.8 * np.exp(-0.8 * a) if isinstance(reset, rd.Poisson) else 1 / 1.2
        return 2 * u * weight * multivariate_normal.pdf(x, mean, cov)

    end = 8.0 if isinstance(reset, rd.Poisson) else np.sqrt(1.2)
    reference = quad_vec(law, 1e-5, end, epsabs=1e-15, epsrel=1e-11)[0]
    assert result.pdf(x) == pytest.approx(reference, rel=1e-8)


def test_singular_noise_has_no_density():
    D = np.array([[1.0, 1.0], [1.0, 1.0]])
    result = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(np.eye(2), 0.0, D), rd.Poisson(1.0, to=[0.0, 1.0])))
    with pytest.raises(ValueError, match=r"no exact density; use rd\.simulate"):
        result.pdf([0.0, 0.0])


def test_journeys_back(published):
    slow = rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0, return_speed=0.5))
    result = rd.solve(slow)
    assert result.cov == pytest.approx(published("return.constspeed.ness"), rel=1e-12)
    assert result.returning == pytest.approx(published("return.constspeed.fraction"), rel=1e-10)
    x = np.array([-300.0, -1.0, 0.0, 0.3, 20.0])
    assert result.pdf(x) == pytest.approx(np.exp(-np.abs(x)) / 2, rel=1e-12)  # the law does not feel them
    # Any other law: the part that returns, from the tails of where resets strike.
    law, v, x, y = gamma(3, scale=0.4), 0.5, 1.7, -0.6
    free = rd.solve(rd.SteadyState(OU, rd.Renewal(law, to=y)))
    costly = rd.solve(rd.SteadyState(OU, rd.Renewal(law, to=y, return_speed=v, refractory=0.25)))

    def gaussian(a):
        return 1.0 + (y - 1.0) * np.exp(-2.0 * a), np.sqrt(-np.expm1(-4.0 * a) * 0.25)

    def beyond(a):
        mean, std = gaussian(a)
        return law.pdf(a) * norm.sf(x, mean, std)

    def distance(a):
        mean, std = gaussian(a)
        z = (mean - y) / std
        return law.pdf(a) * std * (2 * norm.pdf(z) + z * (norm.cdf(z) - norm.cdf(-z)))

    tail, length = (quad(f, 0, 30, epsabs=1e-15, epsrel=1e-12, limit=500)[0] for f in (beyond, distance))
    cycle = 1.2 + length / v + 0.25
    assert costly.pdf(x) == pytest.approx((1.2 * free.pdf(x) + tail / v) / cycle, rel=1e-9)
    assert costly.atom == pytest.approx(0.25 / cycle, rel=1e-10)
    assert costly.returning == pytest.approx(length / v / cycle, rel=1e-10)


def test_partial_resets(published):
    for factor in (0.5, 0.9):
        result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=rd.Partial(factor))))
        assert result.pdf(0.0) == pytest.approx(published(f"partial.ness.a{factor}.x0"), rel=1e-12)
        assert result.cov == pytest.approx(published(f"partial.var.a{factor}"), rel=1e-12)
        assert result.moment(4) / result.cov**2 == pytest.approx(6 / (1 + factor**2), rel=1e-12)
    half = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=rd.Partial(0.5))))
    assert half.pdf(1.0) == pytest.approx(published("partial.ness.a0.5.x1"), rel=1e-12)
    assert half.moment(4) / half.cov**2 == pytest.approx(published("partial.kurt.a0.5"), rel=1e-12)
    whole = rd.solve(rd.SteadyState(DRIFT, rd.Poisson(1.3, to=rd.Partial(0.0))))
    same = rd.solve(rd.SteadyState(DRIFT, rd.Poisson(1.3, to=0.0)))
    x = np.linspace(-4, 9, 7)
    assert whole.pdf(x) == pytest.approx(same.pdf(x), rel=1e-12)
    assert whole.cov == pytest.approx(same.cov, rel=1e-12)


@pytest.mark.parametrize("factor", [0.85, 0.93, 0.99, 0.9999])
def test_partial_resets_by_fourier_inversion(factor):
    result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=rd.Partial(factor))))
    squares = factor ** (2 * np.arange(int(-40 / np.log(factor))))
    step = 2 * np.pi / (100 * result.std)  # periodic images a hundred standard deviations away
    k = step * np.arange(1, 4000)
    transform = np.array([np.exp(-np.sum(np.log1p(squares * one * one))) for one in k[:1000]])
    assert transform[-1] < 1e-16
    for x in (0.0, result.std, 5 * result.std):
        reference = step / np.pi * (0.5 + np.sum(transform * np.cos(k[:1000] * x)))
        assert result.pdf(x) == pytest.approx(reference, rel=1e-8)
    # The balance at any place: p = r / (r + D k^2) in law, p - p'' = p(x / a) / a.
    h, x = 0.02 * result.std, 0.7 * result.std
    stencil = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])
    curvature = stencil @ result.pdf(x + h * np.arange(-4, 5)) / h**2
    assert result.pdf(x) - curvature == pytest.approx(result.pdf(x / factor) / factor, rel=1e-8)


def test_partial_resets_of_relaxation():
    H, D, c = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[0.2, 0.05], [0.05, 0.1]]), np.array([0.3, -0.2])
    r, a = 0.7, 0.6
    result = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(H, c, D), rd.Poisson(r, to=rd.Partial(a))))
    m, C = result.mean, result.cov
    second = C + np.outer(m, m)
    assert H @ (m - c) + r * (1 - a) * m == pytest.approx(0, abs=1e-14)
    balance = (
        -H @ second - second @ H + np.outer(H @ c, m) + np.outer(m, H @ c) + 2 * D - r * (1 - a * a) * second
    )
    assert balance == pytest.approx(0, abs=1e-14)
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        result.pdf([0.0, 0.0])
    for other in (rd.Sharp(1.0, to=rd.Partial(0.5)), rd.Poisson(1.0, to=rd.Partial(0.5), refractory=1.0)):
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            rd.solve(rd.SteadyState(rd.Brownian(1.0), other))


def test_run_and_tumble():
    v, g, r, to = 1.5, 2.0, 0.7, 0.4
    process = rd.RunAndTumble(v, g)
    result = rd.solve(rd.SteadyState(process, rd.Poisson(r, to=to)))
    renewal = rd.solve(rd.SteadyState(process, rd.Renewal(expon(scale=1 / r), to=to)))
    x = np.array([-20.0, 0.0, 0.4, 1.0, 30.0])
    q = np.sqrt(r * (r + 2 * g)) / v
    assert result.pdf(x) == pytest.approx(q / 2 * np.exp(-q * np.abs(x - to)), rel=1e-12)
    assert renewal.pdf(x) == pytest.approx(result.pdf(x), rel=1e-9)
    assert renewal.cov == pytest.approx(result.cov, rel=1e-11)
    sharp = rd.solve(rd.SteadyState(process, rd.Sharp(1.3, to=to)))
    assert sharp.pdf(to + 1.3 * v + 1e-9) == 0.0
    spread = quad(lambda a: v**2 / g * (a - -np.expm1(-2 * g * a) / (2 * g)), 0, 1.3)[0] / 1.3
    assert sharp.cov == pytest.approx(spread, rel=1e-10)


def test_entropy_production(published):
    result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(2.0, to=0.0)))
    assert result.entropy_production.production == pytest.approx(published("fuchs.entropy"), rel=1e-12)
    assert result.entropy_production.resetting == pytest.approx(-published("fuchs.entropy"), rel=1e-12)
    pulled = rd.solve(rd.SteadyState(DRIFT, rd.Poisson(1.3, to=0.4)))
    rates = pulled.entropy_production
    assert rates.medium == pytest.approx(0.81 / 0.7)
    logs = pulled.expect(lambda x: np.log(pulled.pdf(x) / pulled.pdf(0.4)))
    assert rates.resetting == pytest.approx(1.3 * logs, rel=1e-9)
    # int j^2 / (D p) with the current from the density's slope.
    held = rd.solve(rd.SteadyState(OU, rd.Poisson(0.7, to=-0.6)))
    rates = held.entropy_production
    h = 2e-3
    x = np.concatenate([np.linspace(-5.0, -0.61, 8001), np.linspace(-0.59, 5.0, 8001)])
    slope = (8 * (held.pdf(x + h) - held.pdf(x - h)) - held.pdf(x + 2 * h) + held.pdf(x - 2 * h)) / (12 * h)
    squared = (-2 * (x - 1) * held.pdf(x) - 0.5 * slope) ** 2 / (0.5 * held.pdf(x))
    total = sum(
        simpson(half, x=where) for half, where in zip(np.split(squared, 2), np.split(x, 2), strict=True)
    )
    total += 0.01 * (squared[8000] + squared[8001])  # the current jumps at -0.6
    assert rates.production == pytest.approx(total, rel=1e-3)
    with pytest.raises(ValueError, match="entropy production is known for"):
        rd.solve(rd.SteadyState(OU, rd.Sharp(1.0, to=0.0))).entropy_production  # noqa: B018


def test_particles_that_are_reset_together_are_correlated(published):
    # N particles at once share their age: <x1^2 x2^2> - <x^2>^2 = var(2 D a), and m_4 = 3 <(2 D a)^2>.
    result = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0)))
    assert result.moment(4) / 3 - result.moment(2) ** 2 == pytest.approx(published("biroli.corr"), rel=1e-12)


def test_limits():
    x = np.linspace(-1, 3, 7)
    alone, slow = rd.solve(rd.SteadyState(OU)), rd.solve(rd.SteadyState(OU, rd.Poisson(1e-9, to=-1.0)))
    assert alone.pdf(x) == pytest.approx(norm.pdf(x, 1.0, 0.5), rel=1e-12)
    assert slow.pdf(x) == pytest.approx(alone.pdf(x), rel=1e-5)
    weak = rd.solve(rd.SteadyState(rd.OrnsteinUhlenbeck(1e-7, 0.0, 1.0), rd.Poisson(1.0, to=0.0)))
    free = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0)))
    assert weak.pdf(x) == pytest.approx(free.pdf(x), rel=1e-5)


def test_routes():
    sgd = rd.QuadraticSGD(hessian=1.0, optimum=0.0, gradient_covariance=2.0, learning_rate=0.1, batch_size=8)
    problem = rd.SteadyState(sgd, rd.Geometric(0.1, to=1.0))
    assert rd.solve(problem).mean == rd.solve(problem, method="recursion").mean
    with pytest.raises(ValueError, match=r"no exact route .age.*rd\.simulate"):
        rd.solve(problem, method="age")
    with pytest.raises(ValueError, match="give one of 'age', 'hierarchy', 'tumbles', 'chain', 'recursion'"):
        rd.solve(problem, method="magic")
    for unknown in (
        rd.SteadyState(rd.Brownian(1.0, dim=2), rd.Poisson(1.0, to=[0.0, 0.0], return_speed=1.0)),
        rd.SteadyState(OU, rd.Poisson(1.0, to=norm(), return_speed=1.0)),
        rd.SteadyState(rd.RunAndTumble(1.0, 1.0), rd.Poisson(1.0, to=norm())),
    ):
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            rd.solve(unknown)
