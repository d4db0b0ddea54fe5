"""The conditions in discrete time, held against trials laid out step by step and generating functions."""

import mpmath
import numpy as np
import pytest

import resetdyn as rd
from tests.laws import slope_at_0


class Steps:
    """A law of whole numbers of steps, by its probabilities from 1 on."""

    def __init__(self, chances):
        self.chances = chances / chances.sum()
        self.steps = np.arange(1, chances.size + 1)

    def moment(self, n):
        return float(self.chances @ self.steps**n)

    def mean(self, p, reset_wins):
        """Return the mean under resetting from trials laid out step by step."""
        if p == 0:
            return self.moment(1)
        no_reset = (1 - p) ** (self.steps if reset_wins else self.steps - 1)
        success = self.chances @ no_reset
        alive = 1 - np.concatenate(([0.0], np.cumsum(self.chances)[:-1]))
        return float(alive @ (1 - p) ** (self.steps - 1) / success)


@pytest.mark.parametrize(
    ("name", "reset_wins"), [("discrete_reset_wins", True), ("discrete_process_wins", False)]
)
def test_discrete_time_under_both_rules(name, reset_wins, rng, published):
    condition, verdicts = rd.conditions[name], []
    for _ in range(60):
        chances = rng.dirichlet(np.full(rng.integers(2, 60), 0.1))
        chances[0] += rng.uniform(0, 4)  # some laws of many quick searches and few long ones
        law = Steps(chances)
        values = {"T": law.moment(1), "T2": law.moment(2)}
        slope = condition.value("slope", **values)
        assert slope == pytest.approx(
            slope_at_0(lambda p, law=law: law.mean(p, reset_wins)), rel=1e-6, abs=1e-7
        )
        verdicts.append(condition.holds(**values))
        assert verdicts[-1] == (slope < 0)
    assert 0 < sum(verdicts) < len(verdicts)


def test_the_two_rules_differ_in_their_verdict():
    law = Steps(np.array([0.8, 0, 0, 0, 0, 0.2]))
    values = {"T": law.moment(1), "T2": law.moment(2)}
    assert rd.conditions.discrete_process_wins.holds(**values)
    assert not rd.conditions.discrete_reset_wins.holds(**values)
    assert law.mean(0.01, reset_wins=False) < law.mean(0, reset_wins=False)
    assert law.mean(0.01, reset_wins=True) > law.mean(0, reset_wins=True)
    # In the limit of many steps both become CV > 1.
    long = {"T": 1e9, "T2": 2.1e18}
    assert rd.conditions.discrete_process_wins.holds(**long)
    assert rd.conditions.discrete_reset_wins.holds(**long)


def walk_F(z, L):
    return ((1 - mpmath.sqrt(1 - z**2)) / z) ** L


def walk_moments(p, L):
    """Return the first two moments under resetting, a reset winning ties, from the generating function."""

    def whole(z):
        at = walk_F(z * (1 - p), L)
        return at / (1 - p * z * (1 - at) / (1 - z * (1 - p)))

    with mpmath.workdps(40):
        first = mpmath.diff(whole, mpmath.mpf(1), 1)
        return float(first), float(mpmath.diff(whole, mpmath.mpf(1), 2) + first)


def test_at_the_best_probability_of_a_walk(published):
    condition = rd.conditions.discrete_optimum
    best = published("rw.rstar.L5")
    first, second = walk_moments(mpmath.mpf("0.0431534719158"), 5)
    assert second / first**2 - 1 == pytest.approx(published("rw.CV2opt.L5"), rel=1e-9)
    assert 1 + 1 / first == pytest.approx(published("rw.CV2opt.L5"), rel=1e-11)
    assert walk_moments(mpmath.mpf("0.1"), 1)[0] == pytest.approx(
        published("rw.restartwins.L1.r0.1"), rel=1e-14
    )
    for factor, helps in ((0.5, True), (0.999, True), (1.001, False), (3, False)):
        first, second = walk_moments(mpmath.mpf(factor * best), 5)
        assert condition.holds(T_r=first, T2_r=second) is helps
        assert (walk_moments(mpmath.mpf(factor * best * 1.0001), 5)[0] < first) is helps


def test_a_walk_if_the_process_wins_ties(published):
    """What the derivation says of the mean, with the generating function of the walk."""
    mean = rd.conditions.discrete_process_wins.steps[4].expression.rhs
    values = {"F": walk_F(mpmath.mpf("0.9"), 1), "p": 0.1}
    value = mean.subs({symbol: values[symbol.name] for symbol in mean.free_symbols})
    assert float(value) == pytest.approx(published("rw.processwins.L1.r0.1"), rel=1e-14)
    edge = mean.subs({symbol: {"F": 1 - 0.5, "p": 0.25}[symbol.name] for symbol in mean.free_symbols})
    assert float(edge) == pytest.approx(published("sparre.processwins"), rel=1e-15)


def test_the_walk_from_the_edge(published, rng):
    condition = rd.conditions.sparre_andersen
    assert condition.value("optimal_probability") == published("sparre.rstar")
    assert condition.value("optimal_mean") == published("sparre.Tstar")
    n = np.arange(1, 400_000)
    survival = np.concatenate(([1.0], np.cumprod((2 * n - 1) / (2 * n))))
    for p in (0.01, 0.1, 0.25, 0.6):
        decay = (1 - p) ** np.arange(survival.size)
        lasting = survival @ decay  # steps of a trial
        found = 1 - p * lasting
        assert condition.value("mean", p=p) == pytest.approx(lasting / found, rel=1e-11)
        assert condition.holds(p=p) is (p < 0.25)
