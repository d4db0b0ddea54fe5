"""Random walks under geometric resetting: recursions, closed forms, published values, limits, refusals."""

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from resetdyn.theory.passages.discrete_passage import SparreAndersen
from resetdyn.theory.passages.random_walk import walk_passage
from resetdyn.theory.resetting import geometric_renewal as renewal

SYMMETRIC = rd.RandomWalk({-1: 0.5, 1: 0.5})
LEVEL = rd.Level(0.0)
WALKS = [
    {-1: 0.5, 1: 0.5},
    {-1: 0.2, 0: 0.5, 1: 0.3},
    {-2: 0.3, -1: 0.2, 1: 0.25, 3: 0.25},
    {-3: 0.5, 2: 0.5},
    {-2: 0.5, 2: 0.5},
    {-4: 0.25, -1: 0.25, 0: 0.1, 5: 0.4},
    dict.fromkeys((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5), 0.1),
]


def passage(steps, distance):
    return walk_passage(rd.RandomWalk(steps), float(distance), LEVEL)


def plain_recursion(steps, x, y, p, ties, width=600):
    """Step the probabilities of all places; return P(T > n) and the mean number of resets."""
    at, survival, resets = np.zeros(width), [1.0], 0.0
    at[x - 1] = 1.0
    while survival[-1] > 1e-17:
        after, alive = np.zeros(width), at.sum()
        for k, chance in steps.items():
            if k < 0:
                after[:k] += chance * at[-k:]
            else:
                after[k:] += chance * at[: width - k]
        if ties == "process":
            alive = after.sum()
        at = (1 - p) * after
        at[y - 1] += p * alive
        resets += p * alive
        survival.append(at.sum())
        assert at[-10:].sum() < 1e-17  # wide enough
    return np.array(survival), resets


@pytest.mark.parametrize("steps", WALKS, ids=str)
@pytest.mark.parametrize(("x", "y", "p"), [(3, 3, 0.1), (2, 4, 0.2), (1, 1, 0.6), (7, 2, 0.3)])
@pytest.mark.parametrize("ties", ["reset", "process"])
def test_agrees_with_the_plain_recursion(steps, x, y, p, ties):
    survival, resets = plain_recursion(steps, x, y, p, ties)
    n = np.arange(len(survival))
    known = [np.sum(survival), np.sum((2 * n + 1) * survival), np.sum((3 * n * n + 3 * n + 1) * survival)]
    start = passage(steps, x)
    to = start if x == y else passage(steps, y)
    for order in (1, 2, 3):
        moment = renewal.geometric_moment(order, p, ties, start, to)
        assert moment == pytest.approx(known[order - 1], rel=1e-12)
    assert renewal.geometric_resets(p, ties, start, to) == pytest.approx(resets, rel=1e-12)
    found = renewal.geometric_survival(p, ties, start, to)(n[:300])
    assert found == pytest.approx(survival[:300], abs=1e-11)


def _nearest_neighbour(up, distance, p, ties):
    """Return the mean, the second and the third moment from the closed form, by 400-digit arithmetic."""
    up, q = mp.mpf(up), 1 - mp.mpf(p)

    def hit(u):
        return ((1 - mp.sqrt(1 - 4 * up * (1 - up) * u * u)) / (2 * up * u)) ** distance

    def survival(z):
        alive = (1 - hit(q * z)) / (1 - q * z)
        later = alive if ties == "reset" else (alive - 1) / (q * z)
        return alive / (1 - p * z * later)

    c = mp.taylor(survival, 1, 2)
    return [float(m) for m in (c[0], c[0] + 2 * c[1], c[0] + 6 * c[1] + 6 * c[2])]


def test_nearest_neighbours_agree_with_the_closed_form(rng):
    for _ in range(60):
        up, distance = rng.integers(8, 57) / 64, int(10 ** rng.uniform(0, 3.5))
        p, ties = 10 ** rng.uniform(-8, -0.05), rng.choice(["reset", "process"])
        with mp.workdps(400):
            root = (1 - mp.sqrt(1 - 4 * up * (1 - up) * mp.mpf(1 - p) ** 2)) / (2 * up * mp.mpf(1 - p))
            distance = min(distance, int(600 / -mp.log(root)) + 1)  # else the mean is beyond the floats
            known = _nearest_neighbour(up, distance, p, ties)
        start = passage({-1: 1 - up, 1: up}, distance)
        for order in (1, 2, 3):
            found = renewal.geometric_moment(order, p, ties, start, start)
            assert found == pytest.approx(min(known[order - 1], np.inf), rel=1e-10)
        result = rd.FirstPassage(rd.RandomWalk({-1: 1 - up, 1: up}), float(distance), LEVEL,
                                 rd.Geometric(p, ties=str(ties)))  # fmt: skip
        result = renewal.by_generating(result)
        if np.isfinite(known[0]) and known[0] < 1e300:
            assert abs(result.mean - known[0]) <= result.error


@pytest.mark.parametrize("ties", ["reset", "process"])
def test_published(published, ties):
    start = passage({-1: 0.5, 1: 0.5}, 1)
    mean = renewal.geometric_moment(1, 0.1, ties, start, start)
    assert mean == pytest.approx(published(f"rw.{ties.replace('reset', 'restart')}wins.L1.r0.1"), rel=1e-14)


def test_published_optimum(published):
    start = passage({-1: 0.5, 1: 0.5}, 5)
    best = published("rw.rstar.L5")
    first, second = (renewal.geometric_moment(k, best, "reset", start, start) for k in (1, 2))
    assert second / first**2 - 1 == pytest.approx(published("rw.CV2opt.L5"), rel=1e-10)
    assert second / first**2 - 1 == pytest.approx(1 + 1 / first, rel=1e-10)  # where the slope vanishes


def test_published_sparre_andersen(published):
    edge = SparreAndersen()
    best = published("sparre.rstar")
    means = [renewal.geometric_moment(1, p, "reset", edge, edge) for p in (best - 1e-3, best, best + 1e-3)]
    assert means[1] == pytest.approx(published("sparre.Tstar"), rel=1e-14)
    assert means[1] < min(means[0], means[2])
    assert renewal.geometric_moment(1, 0.25, "process", edge, edge) == pytest.approx(
        published("sparre.processwins"), rel=1e-14
    )


def test_sparre_andersen_in_time():
    edge = SparreAndersen()
    found = renewal.geometric_survival(0.0, "process", edge, edge)(np.arange(40))
    known = np.cumprod([1.0] + [(2 * n - 1) / (2 * n) for n in range(1, 40)])
    assert found == pytest.approx(known, abs=1e-12)
    assert edge.generating(0.75, 2) == pytest.approx([0.5, 1.0, 1.0], rel=1e-14)  # 1 - sqrt(1 - u)


def test_slow_resetting_joins_no_resetting():
    for steps in ({-1: 0.7, 1: 0.3}, {-2: 0.5, 1: 0.5}, {-3: 0.4, -1: 0.3, 2: 0.3}):
        start, drift = passage(steps, 6), sum(k * p for k, p in steps.items())
        free = [renewal.geometric_moment(k, 0.0, "reset", start, start) for k in (1, 2, 3)]
        if min(steps) == -1:
            assert free[0] == pytest.approx(6 / -drift, rel=1e-13)  # Wald
        for ties in ("reset", "process"):
            slow = [renewal.geometric_moment(k, 1e-13, ties, start, start) for k in (1, 2, 3)]
            assert slow == pytest.approx(free, rel=1e-10)
        # The published conditions for small p: CV^2 > 1 + 1 / <T>, or 1 - 1 / <T>.
        p, square = 1e-6, free[1] / free[0] ** 2 - 1
        for ties, sign in (("reset", 1), ("process", -1)):
            helps = renewal.geometric_moment(1, p, ties, start, start) < free[0]
            assert helps == (square > 1 + sign / free[0])


def test_divergences_come_at_once():
    symmetric, away, never = (passage(s, 3) for s in ({-1: 0.5, 1: 0.5}, {-1: 0.4, 1: 0.6}, {1: 1.0}))
    for start in (symmetric, away, never):
        assert renewal.geometric_moment(1, 0.0, "reset", start, start) == np.inf
        assert renewal.geometric_moment(2, 0.0, "reset", start, start) == np.inf
        assert renewal.geometric_moment(1, 1.0, "reset", start, start) == np.inf
    assert renewal.geometric_moment(1, 0.3, "process", never, never) == np.inf
    assert renewal.geometric_moment(1, 1.0, "process", symmetric, symmetric) == np.inf
    near = passage({-1: 0.3, 2: 0.7}, 1)
    assert renewal.geometric_moment(1, 1.0, "process", near, near) == pytest.approx(1 / 0.3, rel=1e-14)


def test_far_away_the_logarithm_carries_the_mean():
    problem = rd.FirstPassage(SYMMETRIC, 1e5, LEVEL, rd.Geometric(0.1))
    result = renewal.by_generating(problem)
    assert result.mean == np.inf
    with mp.workdps(40):
        u = 1 - mp.mpf(0.1)
        root = (1 - mp.sqrt(1 - u * u)) / u
        known = -(10**5) * mp.log(root) - mp.log(mp.mpf(0.1))
    assert result.log_mean == pytest.approx(float(known), rel=1e-14)


def test_both_sides_and_coarse_lattices():
    below = walk_passage(rd.RandomWalk({-1: 0.3, 2: 0.7}), -4.0, LEVEL)
    above = walk_passage(rd.RandomWalk({1: 0.3, -2: 0.7}), 4.0, LEVEL)
    assert below.around(0.2, 2) == above.around(0.2, 2)
    even = walk_passage(rd.RandomWalk({-2: 0.5, 2: 0.5}), 5.0, LEVEL)
    assert even.around(0.2, 2) == passage({-1: 0.5, 1: 0.5}, 3).around(0.2, 2)


def test_where_there_is_no_exact_route():
    normal = rd.RandomWalk(stats.norm())
    assert walk_passage(normal, 1.0, LEVEL) is None
    assert isinstance(walk_passage(normal, 0.0, LEVEL), SparreAndersen)
    assert isinstance(walk_passage(rd.RandomWalk(stats.cauchy()), 0.0, LEVEL), SparreAndersen)
    assert walk_passage(rd.RandomWalk(stats.norm(0.1)), 0.0, LEVEL) is None
    assert walk_passage(rd.RandomWalk({-1000: 0.5, 1000: 0.25, 999: 0.25}), 1.0, LEVEL) is None
    paused = rd.FirstPassage(SYMMETRIC, 3.0, LEVEL, rd.Geometric(0.1, refractory=2.0))
    assert renewal.by_generating(paused) is None
    distant = renewal.by_generating(rd.FirstPassage(SYMMETRIC, 3.0, LEVEL, rd.Geometric(0.1)))
    with pytest.raises(ValueError, match=r"rd\.simulate"):
        distant.survival(1e7)


def test_quantiles_are_whole_steps():
    problem = rd.FirstPassage(rd.RandomWalk([-1, 1]), 3.0, rd.Level(0.0), rd.Geometric(0.05))
    result = rd.solve(problem)
    for q in (0.1, 0.5, 0.9):
        steps = result.quantile(q)
        assert steps == int(steps)
        assert result.survival(steps) <= 1 - q < result.survival(steps - 1)
