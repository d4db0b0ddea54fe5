"""The chain of positive maps, held to closed forms, high-precision series, quadratures and refusals."""

from dataclasses import replace
from math import cosh, exp, expm1, inf, log, log1p, sinh, sqrt

import mpmath as mp
import numpy as np
import pytest
from scipy.special import expit

import resetdyn as rd
from resetdyn.fields import Field
from resetdyn.theory.numerics.inversion import invert
from resetdyn.theory.passages.interval import IntervalPassage
from resetdyn.theory.passages.killed import killed, killed_passage
from resetdyn.theory.passages.line import Line, line_of, way
from resetdyn.theory.passages.passage import find_passage
from resetdyn.theory.passages.potential import ExitPassage, LevelPassage
from resetdyn.theory.passages.propagator import log_propagator, propagator
from resetdyn.theory.passages.recognise import logarithm, simpler

WELL = "x**4/4 - x**2/2"
WELL_SLOPE = [0, -1, 0, 1]
RATES = [1e-8, 1e-3, 1.0, 1e3, 1e8]


def to_level(process, start, level, returns=True):
    """The chain's passage, also for processes that have closed forms."""
    line = line_of(process)
    return LevelPassage(line, way(line.field, line.walls, None, level, start), returns)


def out_of(process, start, low, high):
    line = line_of(process)
    ways = (way(line.field, line.walls, None, a, start, b) for a, b in ((low, high), (high, low)))
    return ExitPassage(line, *ways)


def well(diffusion, start=1.0, level=-1.0):
    return find_passage(rd.Langevin(WELL, diffusion), start, rd.Level(level))


def series_mean(slope, diffusion, s, level, start, far, digits=40):
    """``(u(level) / u(start) - 1) / s`` to high precision, by plain Taylor steps from a wall far away."""
    with mp.workdps(digits):
        diffusion, s = mp.mpf(diffusion), mp.mpf(s)
        side = 1 if start > level else -1
        at, value, gradient = mp.mpf(far), mp.mpf(0), mp.mpf(0)  # u = 1 + s value
        found = []
        for stop in (mp.mpf(start), mp.mpf(level)):
            while side * (at - stop) > 0:
                local = [mp.mpf(c) for c in slope]
                for i in range(len(local) - 1):
                    for n in range(len(local) - 2, i - 1, -1):
                        local[n] += at * local[n + 1]
                force = [side * c * (-side) ** n for n, c in enumerate(local)]
                h = min(side * (at - stop), 2 * diffusion / (abs(force[0]) + diffusion), mp.mpf(1) / 4)
                h = min(h, 2 * mp.sqrt(diffusion / s)) if s > 0 else h
                v, w, power = [value], [gradient], mp.mpf(1)
                while (
                    len(v) < 20 or abs(w[-1] * power) + abs(w[-2] * power) > mp.mpf(10) ** -digits * gradient
                ):
                    n = len(v) - 1
                    pull = sum(force[i] * w[n - i] for i in range(min(n + 1, len(force))))
                    w.append((s * v[n] + (n == 0) - pull) / diffusion / (n + 1))
                    v.append(w[n] / (n + 1))
                    power *= h
                    value += v[-1] * power
                    gradient += w[-1] * power
                at -= side * h
            found.append(value)
        return (found[1] - found[0]) / (1 + s * found[0])


def wall_for(slope, diffusion, start, side, depth=110.0):
    """A place beyond which the potential is too high to matter to 40 digits."""
    far = max(abs(start), 2.0)
    energy = np.polynomial.Polynomial(slope).integ()
    while energy(side * far) - energy(np.linspace(-far / 2, far / 2, 99)).max() < depth * diffusion:
        far *= 1.05
    return side * far


class TestClosedForms:
    @pytest.mark.parametrize("drift", [0.0, 1.0, -1.0, 40.0, -40.0])
    @pytest.mark.parametrize("s", RATES)
    def test_brownian_motion_with_drift(self, drift, s):
        passage = to_level(rd.Brownian(0.7, drift), 1.0, 0.0, returns=drift < 0)
        root = sqrt(drift**2 + 2.8 * s)
        decay = 2 * s / (root - drift) if drift < 0 else (root + drift) / 1.4
        expected = decay + log(-expm1(-decay)) - log(s)
        log_mean, slope = passage.log_mean(s, 1)
        assert log_mean == pytest.approx(expected, rel=1e-13, abs=1e-13)
        assert slope == pytest.approx(1 / root / -expm1(-decay) - 1 / s, rel=1e-12, abs=2e-15 / s)

    def test_ornstein_uhlenbeck_process_to_any_level(self):
        rng = np.random.default_rng(5)
        for _ in range(200):
            level, start, s = rng.uniform(-10, 10), rng.uniform(-10, 10), 10 ** rng.uniform(-8, 8)
            if abs(level) > 8 and start * level < 0:
                continue
            log_mean, slope = to_level(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), start, level).log_mean(s, 1)
            closed = find_passage(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), start, rd.Level(level)).log_mean(s, 1)
            assert log_mean == pytest.approx(closed[0], rel=3e-13, abs=3e-13)
            assert slope == pytest.approx(closed[1], rel=1e-10, abs=1e-12)

    @pytest.mark.parametrize("v", [0.0, 1.0, -3.0, 30.0])
    @pytest.mark.parametrize("s", [0.0, *RATES])
    def test_interval(self, v, s):
        passage = out_of(rd.Brownian(0.7, v), 0.3, 0.0, 1.0)
        closed = IntervalPassage(0.7, v / 1.4, 0.3, 0.7)
        log_mean, slope = passage.log_mean(s, 1)
        assert log_mean == pytest.approx(closed.log_mean(s, 1)[0], rel=1e-13, abs=1e-13)
        assert slope == pytest.approx(closed.log_mean(s, 1)[1], rel=2e-11)
        assert passage.log_odds(s)[0] == pytest.approx(closed.log_odds(s)[0], rel=1e-12, abs=1e-12)

    @pytest.mark.parametrize("diffusion", [0.05, 1.0, 20.0])
    def test_kinked_potential(self, diffusion):
        passage = find_passage(rd.Langevin("Abs(x)", diffusion), 0.5, rd.Level(-1.0))
        mean = 0.5 + 2 * diffusion * expm1(1 / diffusion) - 1
        assert exp(passage.log_mean(0.0, 0)[0]) == pytest.approx(mean, rel=1e-13)
        s, root = 0.3, sqrt(1 + 1.2 * diffusion)
        with mp.workdps(30):
            outside, grow, fall = (mp.mpf(root - 1), mp.mpf(root + 1), mp.mpf(1 - root))
            outside, grow, fall = (rate / (2 * diffusion) for rate in (outside, grow, fall))
            # u = e^(-outside x) for x > 0, and a e^(grow |x|) + b e^(fall |x|) on the other side.
            a = (outside - fall) / (grow - fall)
            hit = mp.exp(-outside * 0.5) / (a * mp.exp(grow) + (1 - a) * mp.exp(fall))
            assert exp(passage.log_mean(s, 0)[0]) == pytest.approx(float((1 / hit - 1) / s), rel=1e-12)

    @pytest.mark.parametrize("s", [0.0, 1e-6, 1.0, 1e4])
    def test_reflecting_wall(self, s):
        free = rd.Langevin("0*x", 0.7, reflecting=(None, 2.0))
        log_mean = to_level(free, 0.5, 0.0).log_mean(s, 0)[0]
        root = sqrt(s / 0.7)
        if s == 0:
            assert exp(log_mean) == pytest.approx((2 * 2.0 * 0.5 - 0.25) / 1.4, rel=1e-14)
        elif root < 10:
            gain = 2 * sinh(root * 0.25) * sinh(root * 1.75) / cosh(root * 1.5)
            assert exp(log_mean) == pytest.approx(gain / s, rel=1e-13)
        else:
            assert log_mean == pytest.approx(root * 0.5 + log(-expm1(-root / 2)) - log(s), rel=1e-13)


class TestDoubleWell:
    # The double integral for the mean, by mpmath with 30 digits.
    @pytest.mark.parametrize(
        ("diffusion", "mean"),
        [
            (0.02, 1232135.00927594937),
            (0.1, 66.268626364917872),
            (1.0, 3.48830964885284479),
            (5.0, 0.884397318104554803),
        ],
    )  # fmt: skip
    def test_mean_without_resetting(self, diffusion, mean):
        assert exp(well(diffusion).log_mean(0.0, 0)[0]) == pytest.approx(mean, rel=1e-12)

    def test_random_cases_and_the_error_estimate(self):
        rng = np.random.default_rng(11)
        ratios = []
        for _ in range(15):
            diffusion, s = 10 ** rng.uniform(-1.7, 0.7), 10 ** rng.uniform(-8, 5)
            level, start = rng.uniform(-2, 2, 2)
            far = wall_for(WELL_SLOPE, diffusion, start, 1 if start > level else -1)
            exact = float(mp.log(series_mean(WELL_SLOPE, diffusion, s, level, start, far)))
            passage = well(diffusion, start, level)
            found = passage.log_mean(s, 0)[0]
            ratios.append(abs(found - exact) / (passage.precision * (1 + abs(exact))))
            assert found == pytest.approx(exact, rel=1e-12, abs=1e-12)
        assert max(ratios) < 1
        assert max(ratios) > 1e-3  # not absurdly pessimistic

    @pytest.mark.parametrize(("start", "level"), [(1.0, -1.0), (-0.9, -1.0), (0.2, 1.5)])
    @pytest.mark.parametrize("s", [0.0, 1e-3, 2.0])
    def test_slope_in_the_rate(self, start, level, s):
        diffusion = 0.15
        far = wall_for(WELL_SLOPE, diffusion, start, 1 if start > level else -1)
        with mp.workdps(40):
            step = mp.mpf(10) ** -10
            at, above, twice = (
                mp.log(series_mean(WELL_SLOPE, diffusion, s + n * step, level, start, far)) for n in range(3)
            )
            exact = float((4 * above - 3 * at - twice) / (2 * step))
        assert well(diffusion, start, level).log_mean(s, 1)[1] == pytest.approx(exact, rel=1e-11)

    def test_mean_beyond_the_floats(self):
        diffusion = 2e-4
        exact = float(mp.log(series_mean(WELL_SLOPE, diffusion, 0, -1.0, 1.0, 1.6, 40)))
        assert exact > 1000
        assert well(diffusion).log_mean(0.0, 0)[0] == pytest.approx(exact, rel=1e-13)

    def test_well_beyond_the_start(self):
        diffusion, slope = 0.1, [0, 2000]  # 900 D deep, by a path that need not go there
        exact = mp.log(series_mean(slope, diffusion, 0, 0.5, 0.3, -0.2))
        line = line_of(rd.OrnsteinUhlenbeck(2000.0, 0.0, diffusion))
        passage = LevelPassage(line, way(line.field, line.walls, None, 0.5, 0.3), True)
        assert passage.log_mean(0.0, 0)[0] == pytest.approx(float(exact), rel=1e-13)

    def test_many_rates_are_the_single_ones(self):
        passage = well(0.1)
        many = passage.log_mean_many(np.array([0.0, *RATES]), 2)
        for column, s in zip(many.T, [0.0, *RATES], strict=True):
            assert column.tolist() == passage.log_mean(s, 2)

    def test_moments_out_of_the_interval(self):
        diffusion, low, high, start = 0.1, -1.2, 0.9, 0.3
        nodes, weights = np.polynomial.legendre.leggauss(120)

        def rule(a, b):
            return (a + b) / 2 + (b - a) / 2 * nodes, (b - a) / 2 * weights

        def energy(x):
            return (x**4 / 4 - x**2 / 2) / diffusion

        def scale(a, b):
            x, w = rule(np.asarray(a)[..., None], np.asarray(b)[..., None])
            return (w * np.exp(energy(x))).sum(-1)

        def occupied(function):  # of the Green's function from the start
            total = 0.0
            for a, b in ((low, start), (start, high)):
                z, w = rule(a, b)
                green = (
                    scale(low, np.minimum(z, start)) * scale(np.maximum(z, start), high) / scale(low, high)
                )
                total += (w * green * np.exp(-energy(z)) * function(z)).sum() / diffusion
            return total

        def chance_low(z):
            return scale(z, high) / scale(low, high)

        passage = find_passage(rd.Langevin(WELL, diffusion), start, rd.Interval(low, high))
        assert exp(passage.log_mean(0.0, 0)[0]) == pytest.approx(occupied(np.ones_like), rel=1e-12)
        assert expit(passage.log_odds(0.0)[0]) == pytest.approx(chance_low(start), rel=1e-12)
        at_low, at_high = passage.log_ends(0.0, 1)
        assert -at_low[1] == pytest.approx(occupied(chance_low) / chance_low(start), rel=1e-11)
        left = occupied(lambda z: 1 - chance_low(z)) / (1 - chance_low(start))
        assert -at_high[1] == pytest.approx(left, rel=1e-11)
        assert passage.log_odds(0.0)[1] == pytest.approx(at_low[1] - at_high[1], rel=1e-11)


class TestEndsAndTails:
    def test_repulsive_singularity(self):
        passage = find_passage(rd.Langevin("x**2/2 - log(x)", 0.5), 0.5, rd.Level(2.0))
        with mp.workdps(25):  # exp(-U / D) = x^2 exp(-x^2)
            mean = 2 * mp.quad(lambda y: mp.exp(y**2) / y**2 * mp.gammainc(1.5, 0, y**2) / 2, [0.5, 1, 2])
        assert exp(passage.log_mean(0.0, 0)[0]) == pytest.approx(float(mean), rel=1e-13)

    def test_rough_force(self):
        field = Field(
            lambda x: np.abs(x) ** 1.5 * 2 / 3, lambda x: np.sign(x) * np.sqrt(np.abs(x)), (0.0,), ()
        )
        line = Line(field, (None, None), 0.5)
        passage = LevelPassage(line, way(field, line.walls, None, -0.7, 1.0), True)
        with mp.workdps(25):

            def weight(z):
                return mp.exp(-4 * abs(z) ** mp.mpf("1.5") / 3)

            mean = 2 * mp.quad(
                lambda y: mp.quad(weight, [y, 0, 4, 20] if y < 0 else [y, 4, 20]) / weight(y), [-0.7, 0, 1]
            )
        assert exp(passage.log_mean(0.0, 0)[0]) == pytest.approx(float(mean), rel=1e-12)

    def test_power_law_tail(self):
        passage = find_passage(rd.Langevin("0.9*log(1 + x**2)", 0.5), 1.0, rd.Level(0.0))
        with mp.workdps(25):
            mean = 2 * mp.quad(
                lambda y: (
                    (1 + y**2) ** mp.mpf("1.8")
                    * mp.quad(lambda z: (1 + z**2) ** mp.mpf("-1.8"), [y, 3, 30, 300, mp.inf])
                ),
                [0, 1],
            )
        log_mean, slope, bend = passage.log_mean(0.0, 2)
        assert exp(log_mean) == pytest.approx(float(mean), rel=1e-12)
        assert np.isfinite(slope)  # the second moment is finite, the third is not
        assert bend == inf

    @pytest.mark.parametrize(
        ("potential", "start", "level"),
        [
            ("0.2*log(1 + x**2)", 1.0, 0.0),
            ("x**3/3 - x", 1.0, 2.0),
            ("cos(x)", 1.0, 0.0),
            ("-x**4/4", 1.0, 0.5),
        ],
    )  # fmt: skip
    def test_diverging_mean_is_infinite_at_once(self, potential, start, level):
        process = rd.Langevin(potential, 0.5)
        assert to_level(process, start, level, returns=False).log_mean(0.0, 1) == [inf]
        assert rd.solve(rd.FirstPassage(process, start, rd.Level(level))).mean == inf

    def test_confined_cosine(self):
        process = rd.Langevin("cos(3*x) + x**2/4", 0.3)
        found = exp(find_passage(process, 2.0, rd.Level(-2.0)).log_mean(0.0, 0)[0])
        nodes, weights = np.polynomial.legendre.leggauss(300)

        def height(z):
            return (np.cos(3 * z) + z**2 / 4) / 0.3

        y = 2 * nodes
        z = y[:, None] + (nodes + 1) * 6  # up to 10 and more
        inner = (np.exp(-height(z)) * weights).sum(axis=1) * 6
        mean = float((np.exp(height(y)) * inner) @ weights) * 2 / 0.3
        assert found == pytest.approx(mean, rel=1e-11)


class TestInTime:
    @pytest.mark.parametrize("t", [1e-2, 0.3, 2.0, 8.0])
    def test_survival_from_complex_rates(self, t):
        passage = to_level(rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0), 0.7, 0.0)
        survival = invert(lambda s: 1 / (passage.inverse_mean(s) + s), t)
        expected = float(mp.erf(0.7 / mp.sqrt(2 * mp.expm1(2 * t))))
        assert survival == pytest.approx(expected, abs=1e-10)

    def test_complex_interval(self):
        s = np.array([1 + 3j, -2 + 10j, 50j, -300 + 1j])
        found = out_of(rd.Brownian(0.7, -3.0), 0.3, 0.0, 1.0).inverse_mean(s)
        np.testing.assert_allclose(
            found, IntervalPassage(0.7, -3 / 1.4, 0.3, 0.7).inverse_mean(s), rtol=1e-11
        )


class TestPropagator:
    @pytest.mark.parametrize("drift", [0.0, 1.0, -3.0])
    @pytest.mark.parametrize("s", [1e-6, 1.0, 1e4])
    def test_brownian_motion(self, drift, s):
        x = np.linspace(-4.0, 5.0, 46)
        root = sqrt(drift**2 + 2.8 * s)
        expected = log(s / root) + (drift * (x - 0.4) - root * np.abs(x - 0.4)) / 1.4
        np.testing.assert_allclose(log_propagator(rd.Brownian(0.7, drift), 0.4, s, x), expected, rtol=1e-13)

    def test_boltzmann(self):
        x = np.array([-1.5, 0.0, 0.4, 2.0])
        density = propagator(rd.Langevin(WELL, 0.05), 0.4, 0.0, x)
        with mp.workdps(25):
            norm = mp.quad(lambda z: mp.exp(-(z**4 / 4 - z**2 / 2) * 20), [-4, -1, 0, 1, 4])
        np.testing.assert_allclose(density, np.exp(-(x**4 / 4 - x**2 / 2) / 0.05) / float(norm), rtol=1e-12)

    @pytest.mark.parametrize("s", [1e-4, 0.3, 50.0])
    def test_norm_and_detailed_balance(self, s):
        process = rd.Langevin(WELL, 0.05)
        nodes, weights = np.polynomial.legendre.leggauss(60)
        total = 0.0
        for a, b in ((-4.0, -1.0), (-1.0, 0.0), (0.0, 0.4), (0.4, 1.0), (1.0, 4.0)):
            density = propagator(process, 0.4, s, (a + b) / 2 + (b - a) / 2 * nodes)
            total += float(density @ weights) * (b - a) / 2
        assert total == pytest.approx(1.0, rel=1e-10)
        there, back = (log_propagator(process, a, s, np.array([b]))[0] for a, b in ((0.4, -1.1), (-1.1, 0.4)))
        rise = float(process.energy(-1.1) - process.energy(0.4)) / 0.05
        assert there - back == pytest.approx(-rise, abs=1e-12)

    def test_wall(self):
        process = rd.Langevin("x", 0.5, reflecting=(0.0, None))
        density = propagator(process, 0.0, 0.0, np.array([0.0, 1.0, -1.0]))
        np.testing.assert_allclose(density, [2.0, 2 * exp(-2.0), 0.0], rtol=1e-14)

    def test_nothing_to_settle_to(self):
        with pytest.raises(ValueError, match="give a rate above 0"):
            propagator(rd.Brownian(1.0), 0.0, 0.0, np.array([1.0]))


class TestKilled:
    @pytest.mark.parametrize(
        ("rate", "diffusion", "length"), [(2.0, 1.0, 1.0), (1e-4, 0.3, 2.0), (1e5, 2.0, 0.5)]
    )
    def test_resets_on_one_side(self, rate, diffusion, length):
        field = rd.RateField(f"{rate!r}*Heaviside(-x)").field
        _, log_ratio = killed_passage(rd.Brownian(diffusion), field, rd.Level(length), 0.0).logs(0.0, 0)
        expected = length**2 / (2 * diffusion) + length / sqrt(rate * diffusion)
        assert exp(log_ratio[0]) == pytest.approx(expected, rel=1e-13)

    def test_hit_and_survival_on_one_side(self):
        hit, alive = killed(
            rd.Brownian(1.0), rd.RateField("2*Heaviside(-x)").field, rd.Level(1.0), 0.0, 0.5, 0
        )
        inner, outer = sqrt(0.5), sqrt(2.5)
        assert hit[0] == pytest.approx(1 / (cosh(inner) + outer / inner * sinh(inner)), rel=1e-14)
        # Q is 2 + (join - 2) cosh(inner x) + tilt sinh(inner x) above 0 and 2/5 + (join - 2/5) e^(outer x)
        # below; the slopes agree at 0, and Q vanishes at 1.
        tilt = outer / inner  # times (join - 2/5)
        join = (2 * cosh(inner) - 2 + 0.4 * tilt * sinh(inner)) / (cosh(inner) + tilt * sinh(inner))
        assert alive[0] == pytest.approx(join, rel=1e-13)

    def test_constant_rate_shifts_the_transform(self):
        process, field = rd.OrnsteinUhlenbeck(2.0, 0.3, 0.7), rd.RateField("1.5").field
        log_hit, log_ratio = killed_passage(process, field, rd.Level(-1.0), 0.4).logs(0.5, 3)
        free = to_level(process, 0.4, -1.0).log_mean(2.0, 3)
        np.testing.assert_allclose(log_ratio, free, rtol=1e-11)
        assert log_hit[0] == pytest.approx(-log1p(2 * exp(free[0])), rel=1e-13)
        out = killed_passage(process, field, rd.Interval(-1.0, 2.0), 0.4)
        np.testing.assert_allclose(
            out.logs(0.5, 2)[1], out_of(process, 0.4, -1.0, 2.0).log_mean(2.0, 2), rtol=1e-11
        )
        assert out.log_odds(0.5)[0] == pytest.approx(
            out_of(process, 0.4, -1.0, 2.0).log_odds(2.0)[0], rel=1e-13
        )
        hit, alive = out.values(np.array([0.5 + 0j, 1 + 2j]))
        inverse = out_of(process, 0.4, -1.0, 2.0).inverse_mean(np.array([2.0 + 0j, 2.5 + 2j]))
        np.testing.assert_allclose(alive / hit, 1 / inverse, rtol=1e-13)

    def test_smooth_rate_balances_its_account(self):
        process, field = rd.Langevin(WELL, 0.2), rd.RateField("1 + x**2").field
        hit, alive = killed(process, field, rd.Level(-1.0), 0.8, 0.7, 0)
        tripled, _ = killed(process, rd.RateField("3 + 3*x**2").field, rd.Level(-1.0), 0.8, 2.1, 0)
        # Time runs three times as fast in a potential three times as steep with three times the noise.
        fast = rd.Langevin(f"3*({WELL})", 0.6)
        again, sooner = killed(fast, rd.RateField("3 + 3*x**2").field, rd.Level(-1.0), 0.8, 2.1, 0)
        assert tripled[0] < hit[0]
        assert again[0] == pytest.approx(hit[0], rel=1e-13)
        assert 3 * sooner[0] == pytest.approx(alive[0], rel=1e-13)

    def test_escape_where_nothing_resets(self):
        field = rd.RateField("Heaviside(x)").field
        assert killed(rd.Brownian(1.0), field, rd.Level(1.0), 0.0, 0.0, 0)[1][0] == inf


class TestRefusals:
    def test_target_at_a_singularity(self):
        process = rd.Langevin("x**2/2 + 1/x", 0.5)
        with pytest.raises(ValueError, match="singular there"):
            rd.solve(rd.FirstPassage(process, 1.0, rd.Level(0.0)))

    def test_attractive_singularity(self):
        process = rd.Langevin("x**2/2 + log(x)", 0.5)
        with pytest.raises(ValueError, match=r"pulls towards its singularity.*reflecting="):
            rd.solve(rd.FirstPassage(process, 1.0, rd.Level(2.0)))

    def test_noise_that_is_far_too_small(self):
        process = rd.Langevin(WELL, 1e-9)
        with pytest.raises(ValueError, match=r"rd\.simulate"):
            rd.solve(rd.FirstPassage(process, 1.0, rd.Level(-1.0)))

    def test_negative_rate(self):
        with pytest.raises(ValueError, match="at least 0 everywhere"):
            killed(rd.Brownian(1.0), rd.RateField("x").field, rd.Level(1.0), 0.0, 1.0, 0)


@pytest.mark.parametrize("strength", [4.9999999, 5.00000001, 1 / 3 + 1e-9, 0.1, 1.2345678901234567])
def test_a_parameter_is_taken_to_its_last_digit(strength):
    """A number close to a simple one is not that one."""
    sliding = rd.Langevin("U0*log(x)", 1.0, parameters={"U0": strength})
    assert logarithm(sliding).strength == strength
    trapped = rd.Langevin("k*x**2/2 - k*x/10", 1.0, parameters={"k": strength})
    assert simpler(trapped).stiffness == strength


def test_the_edge_of_a_logarithm_is_found_to_the_digits_that_it_states():
    def sliding(U):
        return rd.FirstPassage(rd.Langevin("U*log(x)", 1.0, parameters={"U": U}), 1.0, rd.Level(0.0))

    found = rd.transition(sliding, "U", 4.0, 6.0)
    assert abs(found.value - 5) <= found.error < 1e-12


def test_solve_takes_potentials():
    process = rd.Langevin(WELL, 0.1)
    result = rd.solve(rd.FirstPassage(process, 1.0, rd.Level(-1.0), rd.Poisson(0.3)))
    far = wall_for(WELL_SLOPE, 0.1, 1.0, 1)
    exact = float(series_mean(WELL_SLOPE, 0.1, 0.3, -1.0, 1.0, far))
    assert abs(result.mean - exact) <= result.error < 1e-10 * exact
    assert "chain" in result.method
    low, high = find_passage(process, 1.0, rd.Level(-1.0)).rates()
    assert low < 0.2 < high


@pytest.mark.parametrize("power", [4, 6, 8, 10, 14])
@pytest.mark.parametrize(("start", "level"), [(1.0, 0.0), (0.5, 0.0), (-1.0, 0.5)])
def test_steep_powers(power, start, level):
    """A force that rises steeply over an element: its series must not cancel, in either direction."""
    process = rd.Langevin(f"x**{power}", 2.0)
    mean = rd.solve(rd.FirstPassage(process, start, rd.Level(level))).mean
    nodes, weights = np.polynomial.legendre.leggauss(60)
    side = np.sign(start - level)

    def inner(y):  # int of exp((U(y) - U(z)) / D) over what lies beyond y, in panels
        edges = y + side * np.linspace(0.0, 4.0, 41)
        half = np.diff(edges)[:, None] / 2
        z = edges[:-1, None] + half * (1 + nodes)
        return np.sum(np.abs(half) * weights * np.exp((y**power - z**power) / 2.0))

    half = (start - level) / 2
    points = level + half * (1 + nodes)
    known = abs(half) * sum(w * inner(y) for w, y in zip(weights, points, strict=True)) / 2.0
    assert mean == pytest.approx(known, rel=1e-11)


def test_a_kink_on_an_edge_of_the_mesh():
    """Twice the way of the start is an edge; a kink that is there but for rounding is that edge."""
    problem = rd.FirstPassage(
        rd.Langevin("Abs(x - 0.3)/2 + x**2/5", 2.0), 0.15000000000000002, rd.Level(0.0),
        rd.RateField("2*Heaviside(x - 1/2)", to=0.7),
    )  # fmt: skip
    near = rd.solve(problem).mean
    away = rd.solve(replace(problem, start=0.15000000001)).mean
    assert near == pytest.approx(away, rel=1e-9)


@pytest.mark.parametrize("rate", [1e-8, 1e-3, 1.0, 1e2, 1e4, 1e6, 1e7])
@pytest.mark.parametrize(("start", "place"), [(0.1, 0.1), (0.1, 0.7), (1.0, 0.001)])
@pytest.mark.parametrize("target", [rd.Level(0.0), rd.Interval(0.0, 2.0)])
def test_high_moments_by_the_chain_keep_their_digits_at_any_rate(target, start, place, rate):
    """A constant rate goes through the chain as a rate of the position, and by the closed form else."""
    motion = rd.Brownian(1.0, drift=-1.0)
    by_chain, closed = (
        rd.solve(rd.FirstPassage(motion, start, target, reset))
        for reset in (rd.RateField(f"{rate!r} + 0 * x", to=place), rd.Poisson(rate, to=place))
    )
    assert "chain" in by_chain.method
    assert "closed form" in closed.method
    assert by_chain.log_mean == pytest.approx(closed.log_mean, rel=1e-13, abs=1e-12)
    for order in (1, 2, 3, 4):
        assert by_chain.moment(order) == pytest.approx(closed.moment(order), rel=2e-12)
