"""First passage: two routes agree, the limits hold, divergences come at once, bad input is refused."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf

import resetdyn as rd

LEVEL = rd.Level(0.0)
RATES = st.floats(1e-4, 1e2)
SCALES = st.floats(0.1, 10.0)
QUICK = settings(max_examples=25, deadline=None)


def solve(process, start, reset=None, target=LEVEL):
    return rd.solve(rd.FirstPassage(process, start, target, reset or rd.NoReset()))


@pytest.mark.parametrize("reset", [rd.Poisson(0.6), rd.Sharp(0.8)])
@pytest.mark.parametrize(
    ("process", "survival"),
    [
        (rd.Brownian(1.0), lambda t: erf(1 / np.sqrt(4 * t))),
        (rd.OrnsteinUhlenbeck(2.0, 0.0, 1.0), lambda t: erf(1 / np.sqrt(np.expm1(4 * t)))),
    ],
)
def test_transform_and_survival_agree(process, survival, reset):
    exact, renewed = (
        solve(process, 1.0, reset),
        rd.renewal_survival(np.errstate(all="ignore")(survival), reset),
    )
    for order in (1, 2, 3):
        assert exact.moment(order) == pytest.approx(renewed.moment(order), rel=1e-11)
    assert exact.mean == exact.moment(1)
    assert renewed.error < 1e-10 * renewed.mean


def test_drifted_transform_agrees_with_mpmath():
    for v in (-0.8, 1e-9, 0.7, 30.0):
        for r in (1e-9, 1e-3, 0.6, 50.0):
            with mp.workdps(60):
                phi = (mp.sqrt(mp.mpf(v) ** 2 + 4 * mp.mpf(r)) - v) / 2
                reference = mp.expm1(phi) / mp.mpf(r)
            assert solve(rd.Brownian(1.0, drift=-v), 1.0, rd.Poisson(r)).mean == pytest.approx(
                float(reference), rel=1e-13
            )


def _log_transform_integral(nu, y):
    """Return log int t^(nu - 1) exp(-t^2 / 2 - y t) dt by mpmath, from its parabolic-cylinder form."""
    return mp.loggamma(nu) + y**2 / 4 + mp.log(mp.pcfd(-nu, y))


@pytest.mark.parametrize("nu", [1e-6, 1e-3, 0.7, 3.3, 50.0])
@pytest.mark.parametrize(
    ("a", "z"), [(-8, -4), (-3, 0.5), (-1, 1), (0, 1e-3), (0, 8), (1, 2), (3, 8), (7.9, 8)]
)
def test_ornstein_uhlenbeck_agrees_with_mpmath(nu, a, z):
    with mp.workdps(40):
        at_a, at_z = (_log_transform_integral(mp.mpf(nu), mp.mpf(y)) for y in (a, z))
        reference = mp.log(mp.expm1(at_a - at_z) / mp.mpf(nu))
    result = solve(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), float(z), rd.Poisson(nu), rd.Level(float(a)))
    assert np.log(result.mean) == pytest.approx(float(reference), abs=1e-12)
    assert result.error < 1e-10 * result.mean


@pytest.mark.parametrize("nu", [1e4, 1e6])
@pytest.mark.parametrize(("a", "step"), [(-8, 2**-10), (0, 2**-10), (8, 2**-10), (0, 2**-3)])
def test_ornstein_uhlenbeck_at_high_rates(nu, a, step):
    def log_integral(y):  # around its maximum
        peak = (-y + mp.sqrt(y * y + 4 * mp.mpf(nu))) / 2
        width = 1 / mp.sqrt(peak * peak + nu)

        def weight(u):
            return mp.exp(nu * u - peak * peak * mp.expm1(2 * u) / 2 - y * peak * mp.expm1(u))

        area = mp.quad(weight, [k * width for k in (-30, -10, -5, 0, 5, 10, 30)])
        return nu * mp.log(peak) - peak * peak / 2 - y * peak + mp.log(area)

    with mp.workdps(30):
        reference = mp.log(mp.expm1(log_integral(mp.mpf(a)) - log_integral(mp.mpf(a) + step)) / nu)
    result = solve(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), a + step, rd.Poisson(nu), rd.Level(float(a)))
    assert np.log(result.mean) == pytest.approx(float(reference), abs=1e-12)


def test_ornstein_uhlenbeck_moments_from_nested_integrals():
    # <T> = int_a^z dy e^(y^2 / 2) int_y^inf e^(-w^2 / 2) dw, with the scaled complementary error function.
    def mills(y):
        return mp.sqrt(mp.pi / 2) * mp.exp(y * y / 2) * mp.erfc(y / mp.sqrt(2))

    for a, z in ((-2.0, 1.0), (0.0, 0.3), (4.0, 6.0)):
        result = solve(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), z, target=rd.Level(a))
        assert result.mean == pytest.approx(float(mp.quad(mills, [a, z])), rel=1e-12)


def test_weak_trap_is_brownian():
    free = solve(rd.Brownian(1.0), 1.0, rd.Poisson(1.0))
    trapped = solve(rd.OrnsteinUhlenbeck(1e-8, 0.0, 1.0), 1.0, rd.Poisson(1.0))
    assert trapped.mean == pytest.approx(free.mean, rel=1e-7)


@pytest.mark.parametrize(
    ("process", "target"),
    [
        (rd.Brownian(1.0, drift=-0.7), LEVEL),
        (rd.OrnsteinUhlenbeck(1.0, 0.3, 1.0), LEVEL),
        (rd.Brownian(1.0, drift=0.4), rd.Interval(0.0, 3.0)),
    ],
)
def test_slow_resetting_joins_none(process, target):
    free = solve(process, 1.0, target=target)
    verdict = rd.reset_helps(rd.FirstPassage(process, 1.0, target))
    for rate in (1e-5, 1e-8, 1e-300):
        expected = free.mean + verdict.slope * rate + verdict.curvature * rate**2
        assert solve(process, 1.0, rd.Poisson(rate), target).mean == pytest.approx(expected, rel=1e-12)
    assert verdict.slope == pytest.approx(free.mean**2 - free.moment(2) / 2, rel=1e-10)


def test_slope_of_a_reset_to_another_place():
    process = rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0)
    verdict = rd.reset_helps(rd.FirstPassage(process, 1.0, LEVEL, rd.NoReset(to=-0.4)))
    start, to = solve(process, 1.0), solve(process, -0.4)
    assert verdict.slope == pytest.approx(start.mean * to.mean - start.moment(2) / 2, rel=1e-10)


def test_reset_across_the_level_is_no_hit():
    result = solve(rd.Brownian(1.0), 1.0, rd.Poisson(1.0, to=-2.0))
    assert result.mean == pytest.approx(np.exp(2) * (1 - np.exp(-1)), rel=1e-13)


@QUICK
@given(length=SCALES, time=SCALES, rate=RATES, drift=st.floats(-3, 3), to=st.floats(0.05, 5.0))
def test_units(length, time, rate, drift, to):
    plain = solve(rd.Brownian(1.0, drift=drift), 1.0, rd.Poisson(rate, to=to))
    scaled = solve(
        rd.Brownian(length**2 / time, drift=drift * length / time),
        length,
        rd.Poisson(rate / time, to=to * length),
    )
    assert scaled.mean == pytest.approx(plain.mean * time, rel=1e-11)
    assert scaled.cv == pytest.approx(plain.cv, rel=1e-9)


@QUICK
@given(rate=RATES, center=st.floats(-2, 2), start=st.floats(0.1, 2), to=st.floats(0.1, 2))
def test_reflection(rate, center, start, to):
    right = solve(rd.OrnsteinUhlenbeck(1.0, center, 1.0), start, rd.Poisson(rate, to=to))
    left = solve(rd.OrnsteinUhlenbeck(1.0, -center, 1.0), -start, rd.Poisson(rate, to=-to))
    assert left.mean == pytest.approx(right.mean, rel=1e-12)


@QUICK
@given(rate=RATES, u=st.floats(0.05, 0.95), drift=st.floats(-20, 20))
def test_reflected_interval(rate, u, drift):
    ends = rd.Interval(0.0, 1.0)
    one = solve(rd.Brownian(1.0, drift=drift), u, rd.Poisson(rate), ends)
    other = solve(rd.Brownian(1.0, drift=-drift), 1 - u, rd.Poisson(rate), ends)
    assert one.mean == pytest.approx(other.mean, rel=1e-11)
    assert one.ends[0] == pytest.approx(other.ends[1], rel=1e-9)


@QUICK
@given(low=RATES, factor=st.floats(1.01, 100), center=st.floats(-2, 2))
def test_transform_falls_with_the_rate(low, factor, center):
    def transform(s):  # 1 / (1 + s M)
        return 1 / (1 + s * solve(rd.OrnsteinUhlenbeck(1.0, center, 1.0), 1.0, rd.Poisson(s)).mean)

    assert 0 <= transform(low * factor) < transform(low) <= 1


def test_wide_interval_is_a_level():
    near = solve(rd.Brownian(1.0), 1.0, rd.Poisson(2.0), rd.Interval(0.0, 100.0))
    assert near.mean == pytest.approx(solve(rd.Brownian(1.0), 1.0, rd.Poisson(2.0)).mean, rel=1e-12)


def test_reductions():
    process = rd.Brownian([[1.0, 0.3], [0.3, 0.5]], drift=[-0.1, 0.3])
    normal = np.array([1.0, 2.0])
    flat = solve(process, [1.0, 1.0], rd.Poisson(2.0, to=[0.5, 0.5]), rd.HalfSpace(normal, 0.0))
    line = rd.Brownian(normal @ process.diffusion @ normal, drift=normal @ process.drift)
    assert flat.mean == solve(line, 3.0, rd.Poisson(2.0, to=1.5)).mean
    trap = rd.OrnsteinUhlenbeck([[2.0, 0.5], [0.5, 2.0]], [0.1, 0.2], 0.7)
    along = solve(trap, [1.0, 1.0], rd.Poisson(1.0), rd.HalfSpace([1.0, 1.0], 0.0))
    assert along.mean == pytest.approx(
        solve(rd.OrnsteinUhlenbeck(2.5, 0.3, 1.4), 2.0, rd.Poisson(1.0)).mean, rel=1e-12
    )
    for target in (rd.Ball(-0.5, 0.5), rd.Sublevel(rd.Quadratic(2.0, -0.5), 0.25), rd.HalfSpace([2.0], 0.0)):
        assert solve(rd.Brownian(1.0), 1.0, rd.Poisson(1.0), target).mean == pytest.approx(
            np.e - 1, rel=1e-13
        )


def test_divergences():
    for process in (rd.Brownian(1.0), rd.Brownian(1.0, drift=1.0)):
        result = solve(process, 1.0)
        assert result.mean == result.moment(2) == result.cv == result.std == np.inf
        verdict = rd.reset_helps(rd.FirstPassage(process, 1.0, LEVEL))
        assert verdict.helps
        assert (verdict.cv, verdict.slope, verdict.transition_order) == (np.inf, -np.inf, None)
    assert solve(rd.Brownian(1.0, drift=-1.0), 2.0).mean == 2.0


@pytest.mark.parametrize("rate", [1e12, 1e300])
def test_overflow_is_infinite(rate):
    for process, target in (
        (rd.Brownian(1.0), LEVEL),
        (rd.OrnsteinUhlenbeck(1.0, 3.0, 1.0), LEVEL),
        (rd.Brownian(1.0, drift=2.0), rd.Interval(0.0, 1.0)),
    ):
        result = solve(process, 0.5, rd.Poisson(rate), target)
        assert result.mean == result.moment(2) == np.inf


def test_survival():
    drifting = solve(rd.Brownian(1.0, drift=1.0), 1.0)
    assert drifting.survival(1e9) == pytest.approx(1 - np.exp(-1), rel=1e-12)
    assert drifting.survival(0.0) == 1
    sharp = solve(rd.Brownian(1.0), 1.0, rd.Sharp(0.5))
    one = float(erf(1 / np.sqrt(2)))
    assert sharp.survival([0.5, 1.0, 1.25]) == pytest.approx([one, one**2, one**2 * erf(1)], rel=1e-12)
    poisson = solve(rd.Brownian(1.0, drift=-0.5), 1.0, rd.Poisson(2.0, to=0.5))
    times = np.linspace(0, 20, 4001)
    assert np.trapezoid(poisson.survival(times), times) == pytest.approx(poisson.mean, rel=1e-4)
    interval = solve(rd.Brownian(1.0), 0.5, target=rd.Interval(0.0, 1.0))
    modes = np.arange(1, 40, 2)
    series = np.sum(4 / (np.pi * modes) * np.sin(modes * np.pi / 2) * np.exp(-((modes * np.pi) ** 2) * 0.1))
    assert interval.survival(0.1) == pytest.approx(series, rel=1e-9)


def test_ballistic_survival_is_refused_rather_than_wrong():
    nearly_certain = solve(rd.Brownian(1e-6, drift=-1.0), 1.0, rd.Poisson(0.1))
    try:
        value = nearly_certain.survival(0.99)
    except ValueError as error:
        assert "rd.simulate" in str(error)  # noqa: PT017
    else:
        assert value == pytest.approx(1.0, abs=1e-8)


def test_bad_input():
    problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, rd.Poisson(1.0))
    with pytest.raises(ValueError, match="method='magic': give one of 'transform', 'survival', 'field'"):
        rd.solve(problem, method="magic")
    with pytest.raises(ValueError, match=r"no exact route .transform.*rd\.simulate"):
        rd.solve(rd.FirstPassage(rd.Brownian(1.0), 1.0, LEVEL, rd.Sharp(1.0)), method="transform")
    with pytest.raises(TypeError, match=r"give rd\.FirstPassage or rd\.SteadyState"):
        rd.solve(rd.Brownian(1.0))
    drifting = rd.Brownian(1.0, drift=[1.0, 0.0], dim=2)
    ball = rd.FirstPassage(drifting, [1.0, 1.0], rd.Ball([0.0, 0.0], 0.5), rd.Poisson(1.0))
    elsewhere = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Interval(0.0, 2.0), rd.Sharp(1.0, return_speed=1.0))
    for unknown in (ball, elsewhere):
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            rd.solve(unknown)
    with pytest.raises(ValueError, match="give times of at least 0"):
        rd.solve(problem).survival(-1.0)
