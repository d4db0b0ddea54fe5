"""The conditions with costly resets, held against means by quadrature."""

import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

import resetdyn as rd
from tests.laws import random_law, slope_at_0


def test_refractory_times(published, rng):
    condition, verdicts = rd.conditions.refractory, []
    for _ in range(40):
        law, pause = random_law(rng), rng.uniform(0, 0.6)

        def mean(r, law=law, pause=pause):
            if r == 0:
                return law.moment(1)
            found = mpmath.mpf(law.transform(mpmath.mpf(r)))
            return float((1 / found - 1) * (1 / mpmath.mpf(r) + pause))

        values = {"T": law.moment(1), "T2": law.moment(2)}
        slope = condition.value("slope", W=pause, **values)
        assert slope == pytest.approx(slope_at_0(mean), rel=1e-5, abs=1e-6)
        verdicts.append(condition.holds(W=pause, **values))
        assert verdicts[-1] == (slope < 0)
        critical = condition.value("critical_pause", **values)
        if critical > 0:
            assert condition.holds(W=critical * (1 - 1e-9), **values)
            assert not condition.holds(W=critical * (1 + 1e-9), **values)
    assert 0 < sum(verdicts) < len(verdicts)
    at = {"Ttilde": math.exp(-1.0), "r": 1.0, "W": 0.5}
    assert step_value(condition, "M", at) == pytest.approx(published("refractory.mfpt"), rel=1e-14)
    assert step_value(condition, "M_i", at) == pytest.approx(published("refractory.mfpt.initial"), rel=1e-14)


def step_value(condition, name, values):
    """Return what the first step that gives `name` says it is, at these values."""
    sides = (getattr(step.expression, "args", ()) for step in condition.steps[1:])
    right = next(side[1] for side in sides if str(side[0]) == name)
    return float(right.subs({symbol: values[symbol.name] for symbol in right.free_symbols}))


class TwoSided:
    """The exit from [-b, 1 - b] of diffusion from 0, by the Green's function at D = 1."""

    def __init__(self, b):
        self.b = b

    def green(self, x, r):
        behind, ahead = self.b + min(x, 0), 1 - self.b - max(x, 0)
        q = math.sqrt(r)
        return math.sinh(q * behind) * math.sinh(q * ahead) / (q * math.sinh(q)) if r else behind * ahead

    def integral(self, r, power):
        return sum(
            quad(lambda x: abs(x) ** power * self.green(x, r), *ends, epsabs=0, epsrel=1e-12)[0]
            for ends in ((-self.b, 0), (0, 1 - self.b))
        )

    def mean(self, r, speed):
        alive = self.integral(r, 0)
        return (alive + r * self.integral(r, 1) / speed) / (1 - r * alive)


def test_returns_at_constant_speed_for_a_two_sided_search():
    condition, verdicts = rd.conditions.return_speed, []
    for b in (0.1, 0.2, 0.26, 0.35):
        search, moments = TwoSided(b), rd.conditions.interval.value
        at = {"T": search.integral(0, 0), "T2": moments("second_moment", u=b), "A": search.integral(0, 1)}
        assert not condition.holds(v=1e-3, **at)
        verdicts.append(condition.holds(v=1e9, **at))
        assert verdicts[-1] == rd.conditions.interval.holds(u=b)
        if verdicts[-1]:
            critical = condition.value("critical_speed", **at)
            assert condition.holds(v=critical * (1 + 1e-9), **at)
            assert not condition.holds(v=critical * (1 - 1e-9), **at)
            # There the slope vanishes: the mean changes in second order only.
            changes = [search.mean(r, critical) - at["T"] for r in (0.02, 0.04)]
            assert changes[1] / changes[0] == pytest.approx(4, rel=0.05)
    assert 0 < sum(verdicts) < len(verdicts)


def brownian_return_mean(r, D, x0, v):
    """Return the mean with returns by quadrature of the density that the image method gives."""
    a = math.sqrt(r / D)
    density = lambda x: (math.exp(-a * abs(x)) - math.exp(-a * (2 * x0 - x))) / (2 * math.sqrt(D * r))  # noqa: E731
    path = quad(lambda x: -x * density(x), -60 / a, 0, epsrel=1e-12, limit=200)[0]
    path += quad(lambda x: x * density(x), 0, x0, epsrel=1e-12)[0]
    found = math.exp(-a * x0)
    return (1 - found) / (r * found) + r * path / (v * found)


def test_returns_at_constant_speed_for_diffusion(published, rng):
    condition = rd.conditions.return_speed_brownian
    value = condition.value("mean", r=1.0, D=1.0, x0=1.0, v=2.0)
    assert value == pytest.approx(published("return.constspeed.mfpt"), rel=1e-15)
    verdicts = []
    for r, D, x0, v in np.exp(rng.normal(0, 0.8, (30, 4))):
        at = {"D": D, "x0": x0, "v": v}
        assert condition.value("mean", r=r, **at) == pytest.approx(brownian_return_mean(r, **at), rel=1e-10)
        verdicts.append(condition.holds(r=r, **at))
        assert verdicts[-1] == (
            condition.value("mean", r=r * (1 + 1e-7), **at) < condition.value("mean", r=r, **at)
        )
    assert 0 < sum(verdicts) < len(verdicts)
    # At a very high speed the best rate is that of instantaneous resets; at small rates nothing is lost.
    best = published("em2011.rstar")
    assert condition.holds(r=best * (1 - 1e-6), D=1.0, x0=1.0, v=1e9)
    assert not condition.holds(r=best * (1 + 1e-6), D=1.0, x0=1.0, v=1e9)
    assert condition.holds(r=1e-12, D=1.0, x0=1.0, v=1e-3)
