"""Every kind of result comes back from its file bit for bit, and says where a file holds less than it did."""

from dataclasses import is_dataclass, replace

import numpy as np
import pytest
from scipy import stats

import resetdyn as rd
from resetdyn.saving.functions import Again, Forgotten
from resetdyn.saving.kinds import RESULTS, names_of
from resetdyn.verdicts import OptimalRisk, Transition, Tricritical

WALK = rd.FirstPassage(rd.Brownian(1.0, drift=-0.3), 1.0, rd.Level(0.0), rd.Poisson(1.3))
WELL = rd.Langevin("x**4/4 - a*x**2/2 + 0.1*Abs(x)", 0.3, parameters={"a": 1.1})
PLANE = rd.OrnsteinUhlenbeck([[1.0, 0.2], [0.2, 2.0]], [0.1, 0.3], 0.5)
TIMES = np.random.default_rng(1).lognormal(sigma=1.5, size=200)


def force(x):
    return -x


def bowl(x):
    return x * x


def sgd(**more):
    X = np.random.default_rng(2).normal(size=(12, 2))
    return rd.LinearSGD(X, X @ [1.0, -0.5], learning_rate=0.05, batch_size=3, momentum=0.3, **more)


def path():
    steps = np.random.default_rng(3).normal(size=2000)
    x = np.zeros(2001)
    for i, step in enumerate(steps):
        x[i + 1] = x[i] - 0.1 * x[i] + 0.3 * step
    return x


def many():
    """Return results of all kinds, over nouns of all kinds."""
    first, steady, at = rd.FirstPassage, rd.SteadyState, rd.Level(0.0)
    problems = [
        WALK,
        first(WELL, -1.0, at, rd.RateField("2*Heaviside(-x - b)", parameters={"b": 0.1}, refractory=0.1)),
        first(rd.RunAndTumble(1.0, 2.0), 1.0, at, rd.Sharp(2.0)),
        first(rd.RandomWalk({-1: 0.6, 1: 0.4}), 3.0, at, rd.Geometric(0.1, ties="process")),
        first(rd.Brownian(1.0), 0.3, rd.Interval(0.0, 1.0), rd.Renewal(stats.gamma(2, scale=0.5))),
        first(rd.Brownian(1.0, dim=3), [2.0, 0.0, 0.0], rd.Ball([0.0, 0.0, 0.0], 1.0), rd.Poisson(1.0)),
        steady(PLANE, rd.Poisson(1.0, to=[0.5, -0.2])),
        steady(rd.Brownian(1.0), rd.Poisson(1.0, to=rd.Partial(0.5))),
        steady(rd.RandomWalk({-1: 0.5, 1: 0.5}), rd.Geometric(0.1, to=0.0)),
        steady(WELL, rd.Poisson(1.0, to=0.2)),
        steady(sgd(), rd.Geometric(0.01, to=[0.0, 0.0])),
    ]
    yield from map(rd.solve, problems)
    yield rd.renewal_laplace(lambda s: 1 / (1 + s), rd.Poisson(0.5))
    sampled = [
        WALK,
        first(rd.UnderdampedLangevin("x**2/2", 1.0, 1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0)),
        first(rd.ForceField(force, 0.5), 1.0, at, rd.Poisson(1.0, to=stats.uniform(0.5, 1.0))),
        first(PLANE, [2.0, 2.0], rd.HalfSpace([1.0, 2.0], 0.3), rd.NoReset()),
        first(rd.Brownian(1.0), 2.0, rd.Sublevel(bowl, 0.5), rd.Poisson(1.0)),
        first(rd.Brownian(1.0), 2.0, rd.Level(0.0), rd.Poisson(1.0, to=rd.BestSoFar(rd.Quadratic(1.0, 0.0)))),
        steady(rd.LevyOrnsteinUhlenbeck(1.0, center=0.2, diffusion=1.0, alpha=1.5), rd.NoReset()),
        steady(rd.LinearSGD.gaussian(1.0, 0.5, learning_rate=0.5, batch_size=1), rd.Geometric(0.1, to=0.0)),
        first(rd.QuadraticSGD(1.0, 0.0, 2.0, 0.1, 8, schedule=[1.0, 0.5]), 2.0, rd.Level(1.0), rd.NoReset()),
    ]
    asked = {first: WALK, steady: steady(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0))}
    for keep in ("samples", "summary"):  # made once, as compiling a user's functions takes long
        made = {kind: rd.simulate(problem, n=50, rng=7, keep=keep) for kind, problem in asked.items()}
        yield from (replace(made[type(problem)], problem=problem) for problem in sampled)
    yield rd.simulate(first(rd.Brownian(1.0), 0.3, rd.Interval(0.0, 1.0)), n=50, rng=7)
    yield rd.trajectories(WALK, np.linspace(0, 1, 5), n=3, rng=7)
    yield rd.optimal_reset(WALK)
    yield rd.reset_helps(WALK)
    yield rd.reset_bounds(WALK)
    yield rd.solve(steady(sgd())).transient(3, start=[1.0, 0.0])
    yield rd.fit_process(path(), 0.1)
    yield rd.reweight(TIMES, [0.1, 0.2, 0.5])
    yield rd.outcomes_under(TIMES, np.where(TIMES > 1, "a", "b"), [rd.Poisson(0.5), rd.Poisson(1.0)])
    yield rd.policy_mean([np.arange(k, -1.0, -1.0) for k in range(1, 30)], 0.1, above=[10.0, 20.0])
    yield rd.renewal_samples(TIMES, rd.Poisson(0.3))


def same(a, b):
    """Whether two values are the same bit for bit; any function counts as what stands in for it."""
    if isinstance(b, Again | Forgotten):
        return callable(a)
    a = a.item() if isinstance(a, np.generic) else a  # a number is a number
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return np.float64(a).tobytes() == np.float64(b).tobytes()
    if is_dataclass(a) or hasattr(a, "_fields"):
        return all(same(getattr(a, name), getattr(b, name)) for name in names_of(type(a)))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "items"):
        return same(list(a.items()), list(b.items()))
    if hasattr(a, "dist"):
        return (a.dist.name, a.args, a.kwds) == (b.dist.name, b.args, b.kwds)
    return a == b


def test_all_kinds_come_back_bit_for_bit(tmp_path):
    seen = {"OptimalRisk", "Transition", "Tricritical", "Advice"}  # slow to find: below
    for number, result in enumerate(many()):
        file = tmp_path / f"{number}.npz"
        result.save(file)
        again = rd.load(file)
        assert same(result, again), result
        assert str(again) == str(result) or "function" in str(result)
        again.save(file)  # what was loaded can be saved
        assert same(again, rd.load(file))
        seen.add(type(result).__name__)
    assert seen == {name for names in RESULTS.values() for name in names}


@pytest.mark.parametrize(
    "result",
    [
        OptimalRisk(np.inf, 1.0, 2.5, 1e-9, "exact"),
        Transition("drift", -1.0, 2, True, 0.0, np.nan, 1.0, 0.0, 1.0, 1e-9),
        Tricritical({"drift": 1.0, "a": 2.0}, (1.0, 0.0, 0.0, 3.0), 1e-9),
    ],
)
def test_verdicts_come_back(result, tmp_path):
    result.save(tmp_path / "verdict.npz")
    assert same(result, rd.load(tmp_path / "verdict.npz"))


def test_functions_of_exact_results_are_found_again(tmp_path):
    for problem, ask in (
        (WALK, lambda r: (r.std, r.survival([0.5, 1.0]).tolist(), r.pdf(0.5), r.resets, r.quantile(0.5))),
        (rd.SteadyState(WELL, rd.Poisson(1.0, to=0.2)), lambda r: (r.pdf(0.1), r.moment(4))),
    ):
        result = rd.solve(problem)
        result.save(tmp_path / "exact.npz")
        assert ask(rd.load(tmp_path / "exact.npz")) == ask(result)


def test_formulas_keep_their_digits(tmp_path):
    number = 0.1 + 1e-16
    process = rd.Langevin(f"x**2/2 + {number!r}*x", 0.3)
    rd.solve(rd.SteadyState(process)).save(tmp_path / "f.npz")
    assert rd.load(tmp_path / "f.npz").problem.process.potential == process.potential


def test_what_a_file_cannot_hold_says_so_when_it_is_needed(tmp_path):
    result = rd.simulate(WALK, n=50, rng=7)
    problem = rd.FirstPassage(rd.ForceField(force, 0.5), 2.0, rd.Sublevel(bowl, 0.5), rd.Poisson(1.0))
    replace(result, problem=problem).save(tmp_path / "a.npz")
    again = rd.load(tmp_path / "a.npz")
    assert again.mean == result.mean
    for function in (again.problem.process.force, again.problem.target.function):
        with pytest.raises(ValueError, match="is not in the file"):
            function(1.0)
    replace(rd.solve(WALK), problem=problem).save(tmp_path / "b.npz")
    with pytest.raises(ValueError, match="is not in the file"):
        _ = rd.load(tmp_path / "b.npz").std


@pytest.fixture(scope="module")
def advised():
    return rd.advise(TIMES, rng=7, resamples=100)


def test_advice_keeps_what_it_shows(advised, tmp_path):
    advised.save(tmp_path / "advice.npz")
    assert same(advised, rd.load(tmp_path / "advice.npz"))
    advice = rd.load(tmp_path / "advice.npz")
    with pytest.raises(ValueError, match=r"call rd\.advise"):
        advice.mean_at(1.0)
    assert advice.text(details=True) == advised.text(details=True)
    assert advice.sharp.quantile(0.5) == advised.sharp.quantile(0.5)
    assert advice.as_dict() == advised.as_dict()


def test_another_version_is_refused_with_the_remedy(tmp_path, monkeypatch):
    good, bad = tmp_path / "good.npz", tmp_path / "bad.npz"
    rd.solve(WALK).save(good)
    arrays = dict(np.load(good))
    np.savez(bad, **{**arrays, "version": 2})
    with pytest.raises(ValueError, match=r"of format 2: .* load it with the version that saved it"):
        rd.load(bad)
    np.savez(bad, **{**arrays, "tree": str(arrays["tree"]).replace("Brownian", "Levy2030")})
    with pytest.raises(ValueError, match=r"Levy2030.*it was saved by 0"):
        rd.load(bad)


@pytest.mark.parametrize(
    "tree",
    [
        '{"is": "FirstPassage", "fields": {}}',
        '{"is": "os.system", "fields": {"x": 1}}',
        '{"is": "OptimalRisk", "fields": {"rate": {"law": "os", "args": {"tuple": []}, "kwds": {}}}}',
        '{"is": "OptimalRisk", "fields": {"rate": {"formula": "__import__(\'os\')", "names": []}}}',
        '{"is": "FirstPassageResult", "fields": {"moments": {"again": "moments", "route": "transform"}}}',
        "[" * 100_000,
        "null",
        "7",
    ],
)
def test_only_results_are_made_from_a_file(tree, tmp_path):
    rd.solve(WALK).save(tmp_path / "good.npz")
    np.savez(tmp_path / "bad.npz", **{**np.load(tmp_path / "good.npz"), "tree": tree})
    with pytest.raises(ValueError, match=r"bad\.npz does not hold a result"):
        rd.load(tmp_path / "bad.npz")
