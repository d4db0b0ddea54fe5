"""The nouns: what they accept, what they refuse and how they say so, and that they are values."""

import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import gamma, norm, pareto, poisson

import resetdyn as rd

MATRIX = [[2.0, 0.5], [0.5, 1.0]]
INDEFINITE = [[1.0, 2.0], [2.0, 1.0]]
ASYMMETRIC = [[1.0, 0.5], [0.0, 1.0]]
BROWNIAN = rd.Brownian(1.0)
PLANE = rd.Brownian(1.0, dim=2)
SGD = {"hessian": 1.0, "optimum": 0.0, "gradient_covariance": 1.0, "learning_rate": 0.1, "batch_size": 4}
DATA = {"X": np.eye(4), "y": np.ones(4), "learning_rate": 0.1, "batch_size": 2}

# One maker for each noun, called twice wherever two equal ones are needed.
MAKERS = {
    "Brownian": lambda: rd.Brownian(0.5, drift=-1.0),
    "Brownian in the plane": lambda: rd.Brownian(MATRIX, drift=[1.0, 0.0]),
    "OrnsteinUhlenbeck": lambda: rd.OrnsteinUhlenbeck(1.0, 0.5, 0.25),
    "OrnsteinUhlenbeck in the plane": lambda: rd.OrnsteinUhlenbeck(MATRIX, [0.0, 1.0], 0.1),
    "QuadraticSGD": lambda: rd.QuadraticSGD(**SGD),
    "LinearSGD": lambda: rd.LinearSGD(**DATA),
    "Langevin": lambda: rd.Langevin("a*x**2", 0.5, parameters={"a": 1.0}),
    "RunAndTumble": lambda: rd.RunAndTumble(1.0, 2.0),
    "RandomWalk": lambda: rd.RandomWalk({1: 0.25, -1: 0.75}),
    "RandomWalk of a law": lambda: rd.RandomWalk(norm(0.0, 1.0)),
    "NoReset": rd.NoReset,
    "Renewal": lambda: rd.Renewal(gamma(2, scale=0.5), to=norm(0, 1), refractory=gamma(3), return_speed=1.0),
    "RateField": lambda: rd.RateField("a*Heaviside(-x)", parameters={"a": 1.0}, to=0.5),
    "Partial": lambda: rd.Partial(0.5),
    "Poisson": lambda: rd.Poisson(2.0, to=0.5),
    "Sharp": lambda: rd.Sharp(0.5, to=[1.0, 2.0]),
    "Geometric": lambda: rd.Geometric(0.1, ties="process"),
    "Level": lambda: rd.Level(0.0),
    "Interval": lambda: rd.Interval(0.0, 1.0),
    "HalfSpace": lambda: rd.HalfSpace([1.0, 2.0], 0.0),
    "Ball": lambda: rd.Ball([0.0, 0.0], 1.0),
    "Sublevel": lambda: rd.Sublevel(rd.Quadratic(MATRIX, 0.0), 0.5),
    "Quadratic": lambda: rd.Quadratic(MATRIX, [1.0, 0.0], floor=0.1),
    "FirstPassage": lambda: rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0)),
    "SteadyState": lambda: rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=0.0)),
}
each_noun = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


@each_noun
def test_nouns_are_frozen(make):
    noun = make()
    name = dataclasses.fields(noun)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(noun, name, None)


@each_noun
def test_equal_nouns_are_equal_and_hash_alike(make):
    assert make() == make()
    assert hash(make()) == hash(make())
    assert len({make(), make()}) == 1


@each_noun
def test_nouns_survive_pickling(make):
    copy = pickle.loads(pickle.dumps(make()))
    assert copy == make()
    assert hash(copy) == hash(make())
    assert repr(copy) == repr(make())


@each_noun
def test_arrays_of_a_noun_are_its_own_and_read_only(make):
    noun = make()
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value.flat[0] = 9.0


def test_different_nouns_differ():
    nouns = [make() for make in MAKERS.values()]
    assert len(set(nouns)) == len(nouns)
    assert rd.Brownian(1.0) != rd.Brownian(2.0)
    assert rd.Geometric(0.1) != rd.Geometric(0.1, ties="process")
    assert rd.Brownian(1.0, dim=2) != rd.Brownian(1.0, dim=3)
    assert rd.Level(1.0) != 1.0


def test_minus_zero_is_zero():
    minus, plus = rd.Brownian(1.0, drift=[-0.0, 1.0]), rd.Brownian(1.0, drift=[0.0, 1.0])
    assert minus == plus
    assert hash(minus) == hash(plus)


def test_a_noun_keeps_its_own_copy():
    center = np.zeros(2)
    ball = rd.Ball(center, 1.0)
    center[0] = 5.0
    np.testing.assert_array_equal(ball.center, [0.0, 0.0])


def test_replace_validates_again():
    assert dataclasses.replace(rd.Poisson(1.0, to=0.5), rate=2.0) == rd.Poisson(2.0, to=0.5)
    with pytest.raises(ValueError, match="rate=-1"):
        dataclasses.replace(rd.Poisson(1.0), rate=-1.0)


def test_one_dimension_speaks_in_floats():
    ou = rd.OrnsteinUhlenbeck([[2.0]], [1.0], np.array([[0.5]]))
    assert (ou.stiffness, ou.center, ou.diffusion) == (2.0, 1.0, 0.5)
    assert all(type(v) is float for v in (ou.stiffness, ou.center, ou.diffusion))
    assert type(rd.Poisson(1, to=[2]).to) is float
    assert type(rd.FirstPassage(BROWNIAN, [1.0], rd.Level(0)).start) is float


def test_a_scalar_stands_for_a_multiple_of_the_identity():
    np.testing.assert_array_equal(rd.Brownian(2.0, dim=2).diffusion, 2 * np.eye(2))
    np.testing.assert_array_equal(rd.OrnsteinUhlenbeck(3.0, [0.0, 1.0], 1.0).stiffness, 3 * np.eye(2))


def test_noise_may_be_singular_but_stiffness_may_not():
    assert rd.OrnsteinUhlenbeck(MATRIX, 0.0, [[1.0, 0.0], [0.0, 0.0]]).dim == 2
    with pytest.raises(ValueError, match="stiffness is not positive definite"):
        rd.OrnsteinUhlenbeck([[1.0, 0.0], [0.0, 0.0]], 0.0, 1.0)


NOT_NUMBERS = [-1.0, 0.0, np.nan, np.inf, -np.inf]
POSITIVE = {
    "diffusion": lambda v: rd.Brownian(v),
    "stiffness": lambda v: rd.OrnsteinUhlenbeck(v, 0.0, 1.0),
    "hessian": lambda v: rd.QuadraticSGD(**SGD | {"hessian": v}),
    "gradient_covariance": lambda v: rd.QuadraticSGD(**SGD | {"gradient_covariance": v}),
    "learning_rate": lambda v: rd.LinearSGD(**DATA | {"learning_rate": v}),
    "period": lambda v: rd.Sharp(v),
    "radius": lambda v: rd.Ball(0.0, v),
    "matrix": lambda v: rd.Quadratic(v, 0.0),
}


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize("name", POSITIVE)
def test_positive_parameters(name, value):
    with pytest.raises(ValueError, match=rf"{name}.*: give "):
        POSITIVE[name](value)


FINITE = {
    "drift": lambda v: rd.Brownian(1.0, drift=v),
    "center": lambda v: rd.OrnsteinUhlenbeck(1.0, v, 1.0),
    "optimum": lambda v: rd.QuadraticSGD(**SGD | {"optimum": v}),
    "X": lambda v: rd.LinearSGD(**DATA | {"X": np.full((4, 2), v)}),
    "y": lambda v: rd.LinearSGD(**DATA | {"y": np.full(4, v)}),
    "to": lambda v: rd.Poisson(1.0, to=v),
    "x": lambda v: rd.Level(v),
    "low": lambda v: rd.Interval(v, 1.0),
    "high": lambda v: rd.Interval(0.0, v),
    "normal": lambda v: rd.HalfSpace([v, 1.0], 0.0),
    "offset": lambda v: rd.HalfSpace([1.0, 1.0], v),
    "value": lambda v: rd.Sublevel(rd.Quadratic(1.0, 0.0), v),
    "floor": lambda v: rd.Quadratic(1.0, 0.0, v),
    "start": lambda v: rd.FirstPassage(BROWNIAN, v, rd.Level(0.0)),
}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", FINITE)
def test_finite_parameters(name, value):
    with pytest.raises(ValueError, match=rf"{name}=.*(nan|inf).*: give finite numbers"):
        FINITE[name](value)


@pytest.mark.parametrize("value", ["1.0", "abc", None, object(), {}, [[1.0], [1.0, 2.0]]])
@pytest.mark.parametrize("make", [rd.Brownian, rd.Poisson, rd.Level, rd.Geometric])
def test_what_is_no_number_is_a_type_error(make, value):
    name = dataclasses.fields(make)[0].name
    with pytest.raises(TypeError, match=rf"{name}=.*: give a number or an array of numbers"):
        make(value)


REFUSED = {
    "rate below 0": (lambda: rd.Poisson(-0.1), r"rate=-0.1: give a number of at least 0"),
    "infinite rate": (lambda: rd.Poisson(np.inf), r"rate=inf: give finite numbers"),
    "probability above 1": (lambda: rd.Geometric(1.5), r"probability=1.5: give a number between 0 and 1"),
    "negative probability": (lambda: rd.Geometric(-0.5), r"probability=-0.5: give a number between 0 and 1"),
    "unknown ties": (lambda: rd.Geometric(0.1, ties="x"), r"ties='x': give one of 'reset', 'process'"),
    "matrix to": (lambda: rd.Sharp(1.0, to=MATRIX), r"to has shape \(2, 2\): give a number or a vector"),
    "many rates": (lambda: rd.Poisson([1.0, 2.0]), r"rate=.*: give one number, not an array"),
    "empty center": (lambda: rd.Ball([], 1.0), r"center has shape \(0,\): give at least one number"),
    "ends in order": (lambda: rd.Interval(1.0, 0.0), r"low=1, high=0: give low < high"),
    "zero normal": (lambda: rd.HalfSpace([0.0, 0.0], 1.0), r"normal=.*: give a vector other than zero"),
    "matrix center": (lambda: rd.Ball(MATRIX, 1.0), r"center has shape \(2, 2\): give"),
    "value below floor": (
        lambda: rd.Sublevel(rd.Quadratic(1.0, 0.0, 2.0), 1.0),
        r"value=1: the function never gets below 2; give a higher value",
    ),
    "indefinite diffusion": (
        lambda: rd.Brownian(INDEFINITE),
        r"diffusion is not positive .*: give a positive",
    ),
    "asymmetric diffusion": (lambda: rd.Brownian(ASYMMETRIC), r"diffusion=.*: give a symmetric matrix"),
    "zero diffusion": (
        lambda: rd.Brownian(np.zeros((2, 2))),
        r"diffusion is not positive .* other than zero",
    ),
    "vector diffusion": (
        lambda: rd.Brownian([1.0, 2.0]),
        r"diffusion has shape \(2,\): give a number or a 2 x 2",
    ),
    "indefinite stiffness": (
        lambda: rd.OrnsteinUhlenbeck(INDEFINITE, 0.0, 1.0),
        r"stiffness is not positive definite .*: give a positive definite matrix",
    ),
    "shapes of process": (
        lambda: rd.OrnsteinUhlenbeck(MATRIX, [0.0, 1.0, 2.0], 1.0),
        r"stiffness has shape \(2, 2\): give a number or a 3 x 3 matrix",
    ),
    "drift too long": (lambda: rd.Brownian(MATRIX, [1.0, 2.0, 3.0]), r"has shape .*: give a number or"),
    "dim against arrays": (lambda: rd.Brownian(MATRIX, dim=3), r"dim=3, but .* dimension 2: make them agree"),
    "no dimension": (lambda: rd.Brownian(1.0, dim=0), r"dim=0: give a whole number of at least 1"),
    "unstable": (
        lambda: rd.QuadraticSGD(**SGD | {"learning_rate": 2.0}),
        r"learning_rate=2: SGD diverges; stay below the stability limit 2",
    ),
    "empty batch": (
        lambda: rd.LinearSGD(**DATA | {"batch_size": 0}),
        r"batch_size=0: give a whole number of at least 1",
    ),
    "batch above n": (
        lambda: rd.LinearSGD(**DATA | {"batch_size": 5, "replacement": False}),
        r"batch_size=5: without replacement give at most n=4",
    ),
    "flat X": (lambda: rd.LinearSGD(**DATA | {"X": np.ones(4)}), r"X has shape \(4,\): give an array"),
    "labels": (
        lambda: rd.LinearSGD(**DATA | {"y": np.ones(3)}),
        r"y has shape \(3,\): give one label for each",
    ),
    "start at the level": (
        lambda: rd.FirstPassage(BROWNIAN, 0.0, rd.Level(0.0)),
        r"start=0.0 is already at the target Level\(x=0.0\): start outside it",
    ),
    "start at an end": (
        lambda: rd.FirstPassage(BROWNIAN, 1.0, rd.Interval(0.0, 1.0)),
        r"start=1.0 is already at the target .*: start outside it",
    ),
    "start in the ball": (
        lambda: rd.FirstPassage(PLANE, [0.1, 0.0], rd.Ball([0.0, 0.0], 1.0)),
        r"start=.* is already at the target .*: start outside it",
    ),
    "start in the half-space": (
        lambda: rd.FirstPassage(PLANE, [-1.0, 0.0], rd.HalfSpace([1.0, 0.0], 0.0)),
        r"start=.* is already at the target .*: start outside it",
    ),
    "start good enough": (
        lambda: rd.FirstPassage(BROWNIAN, 0.1, rd.Sublevel(rd.Quadratic(1.0, 0.0), 0.5)),
        r"start=0.1 is already at the target .*: start outside it",
    ),
    "reset to the target": (
        lambda: rd.FirstPassage(BROWNIAN, 1.0, rd.Level(0.0), rd.Poisson(1.0, to=0.0)),
        r"to=0.0 is already at the target .*: reset outside it",
    ),
    "target of another dimension": (
        lambda: rd.FirstPassage(PLANE, [1.0, 1.0], rd.Level(0.0)),
        r"target Level has dimension 1, the process 2: make them agree",
    ),
    "start of another dimension": (
        lambda: rd.FirstPassage(PLANE, 1.0, rd.Ball([0.0, 0.0], 0.5)),
        r"start has shape \(\): give a state of dimension 2",
    ),
    "reset of another dimension": (
        lambda: rd.FirstPassage(BROWNIAN, 1.0, rd.Level(0.0), rd.Poisson(1.0, to=[1.0, 2.0])),
        r"to has shape \(2,\): give a state of dimension 1",
    ),
    "steps in continuous time": (
        lambda: rd.FirstPassage(BROWNIAN, 1.0, rd.Level(0.0), rd.Geometric(0.1)),
        r"Brownian moves in continuous time; give rd\.Poisson\(rate\)",
    ),
    "rate in steps": (
        lambda: rd.FirstPassage(rd.QuadraticSGD(**SGD), 1.0, rd.Level(0.0), rd.Poisson(1.0)),
        r"QuadraticSGD advances in steps; give rd\.Geometric\(probability\)",
    ),
    "half a step": (
        lambda: rd.FirstPassage(rd.QuadraticSGD(**SGD), 1.0, rd.Level(0.0), rd.Sharp(2.5)),
        r"period=2.5: a discrete process needs a whole number of steps",
    ),
    "no steady state": (lambda: rd.SteadyState(BROWNIAN), r"no steady state: give a reset"),
    "no steady state at rate 0": (
        lambda: rd.SteadyState(BROWNIAN, rd.Poisson(0.0, to=0.0)),
        r"no steady state: give a reset",
    ),
    "waiting before it began": (lambda: rd.Renewal(norm(1.0, 1.0)), r"law: its support starts at -inf"),
    "waiting for nothing": (lambda: rd.Renewal(poisson(2.0)), r"law: waiting times of 0 would reset"),
    "law out of range": (
        lambda: rd.Renewal(gamma(-1.0)),
        r"law: the distribution's parameters",
    ),
    "pause below 0": (
        lambda: rd.Poisson(1.0, refractory=-1.0),
        r"refractory=-1: give a number",
    ),
    "endless pause": (lambda: rd.Sharp(1.0, refractory=pareto(0.5)), r"refractory: .* a finite mean"),
    "pause before it began": (lambda: rd.Sharp(1.0, refractory=norm(0, 1)), r"refractory: .* at least 0"),
    "no way back": (lambda: rd.Poisson(1.0, return_speed=0.0), r"return_speed=0: give a number above 0"),
    "partial to the outside": (lambda: rd.Partial(1.0), r"factor=1: a reset must bring the state closer"),
    "a walk that stands": (lambda: rd.RandomWalk({0: 1.0}), r"nothing ever moves; give a step"),
    "a walk that is lost": (lambda: rd.RandomWalk({1: 0.4}), r"add up to 0.4; make it 1"),
    "slow bacterium": (lambda: rd.RunAndTumble(0.0, 1.0), r"speed=0: give a number above 0"),
    "ageing without end": (
        lambda: rd.SteadyState(BROWNIAN, rd.Renewal(pareto(0.5), to=0.0)),
        r"its mean is infinite, so the time since the last reset never settles",
    ),
    "partial search": (
        lambda: rd.FirstPassage(BROWNIAN, 1.0, rd.Level(0.0), rd.Poisson(1.0, to=rd.Partial(0.5))),
        r"a partial reset leads to a place that depends on the path",
    ),
    "random place in the plane": (
        lambda: rd.FirstPassage(PLANE, [2.0, 0.0], rd.Ball([0.0, 0.0], 1.0), rd.Poisson(1.0, to=norm(3, 1))),
        r"random destinations and rate fields are for one dimension",
    ),
    "any waiting in steps": (
        lambda: rd.FirstPassage(rd.RandomWalk({1: 0.5, -1: 0.5}), 1.0, rd.Level(0.0), rd.Renewal(gamma(2))),
        r"RandomWalk advances in steps; give rd\.Geometric\(probability\)",
    ),
    "nowhere to go": (
        lambda: rd.SteadyState(BROWNIAN, rd.Poisson(1.0)),
        r"to=None in Poisson: a steady state has no start, say where resets lead \(to=\)",
    ),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_input_is_named_with_its_remedy(make, message):
    with pytest.raises(ValueError, match=message) as error:
        make()
    assert "\n" not in str(error.value)


WRONG_KINDS = {
    "process": lambda: rd.FirstPassage(1.0, 1.0, rd.Level(0.0)),
    "target": lambda: rd.FirstPassage(BROWNIAN, 1.0, 0.0),
    "reset": lambda: rd.FirstPassage(BROWNIAN, 1.0, rd.Level(0.0), 2.0),
    "dim": lambda: rd.Brownian(1.0, dim=1.5),
    "batch_size": lambda: rd.QuadraticSGD(**SGD | {"batch_size": 2.0}),
    "function": lambda: rd.Sublevel(1.0, 0.0),
    "law": lambda: rd.Renewal(2.0),
    "steps": lambda: rd.RandomWalk({0.5: 0.5, -0.5: 0.5}),
}


@pytest.mark.parametrize("name", WRONG_KINDS)
def test_wrong_kinds_are_type_errors(name):
    with pytest.raises(TypeError, match=rf"{name}=.*: give "):
        WRONG_KINDS[name]()


def test_steps_that_are_equally_likely():
    assert rd.RandomWalk([-1, 1]) == rd.RandomWalk({1: 0.5, -1: 0.5})
    assert rd.RandomWalk([1, 1, -2, 3]).steps == {-2: 0.25, 1: 0.5, 3: 0.25}
    assert rd.RandomWalk([-1, 1]).lattice
    assert not rd.RandomWalk(norm(0.0, 1.0)).lattice
    with pytest.raises(TypeError, match="steps"):
        rd.RandomWalk([])


def test_resets_that_never_happen_need_no_place():
    ou = rd.OrnsteinUhlenbeck(1.0, 0.0, 1.0)
    assert rd.SteadyState(ou).reset == rd.NoReset()
    assert rd.SteadyState(ou, rd.Poisson(0.0)).reset.to is None


def test_a_reset_leads_to_the_start_unless_it_says_where():
    assert rd.FirstPassage(BROWNIAN, 1.0, rd.Level(0.0), rd.Poisson(1.0)).reset_to == 1.0
    assert rd.FirstPassage(BROWNIAN, 1.0, rd.Level(0.0), rd.Poisson(1.0, to=2.0)).reset_to == 2.0


@pytest.mark.parametrize(
    ("target", "inside", "boundary", "outside"),
    [
        (rd.Interval(0.0, 1.0), -0.1, 1.0, 0.5),
        (rd.HalfSpace([0.0, 2.0], 2.0), [5.0, 0.9], [0.0, 1.0], [0.0, 1.1]),
        (rd.Ball([1.0, 0.0], 1.0), [1.5, 0.0], [2.0, 0.0], [2.1, 0.0]),
        (rd.Ball(1.0, 1.0), 1.5, 2.0, 2.1),
        (rd.Sublevel(rd.Quadratic(2.0, 0.0), 1.0), 0.5, 1.0, 1.1),
        (rd.Sublevel(lambda x: x[0] - x[1], 0.0), [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]),
    ],
)
def test_the_boundary_belongs_to_the_target(target, inside, boundary, outside):
    assert target.contains(np.asarray(inside))
    assert target.contains(np.asarray(boundary))
    assert not target.contains(np.asarray(outside))


def test_quadratic_in_one_and_more_dimensions(rng):
    x = rng.normal(size=(5, 2))
    loss = rd.Quadratic(MATRIX, [1.0, 0.0], floor=0.3)
    expected = [0.5 * (row - [1, 0]) @ np.array(MATRIX) @ (row - [1, 0]) + 0.3 for row in x]
    np.testing.assert_allclose(loss(x), expected, rtol=1e-14)
    np.testing.assert_allclose(loss.gradient(x), (x - [1, 0]) @ np.array(MATRIX), rtol=1e-14)
    assert loss(x[0]) == pytest.approx(expected[0])
    assert rd.Quadratic(2.0, 1.0)(np.array([1.0, 3.0])).tolist() == [0.0, 4.0]
    with pytest.raises(ValueError, match=r"x has shape \(3,\): give states of shape \(\.\.\., 2\)"):
        loss([1.0, 2.0, 3.0])


def test_quadratic_expects_over_any_law(rng):
    x = rng.normal(size=(7, 2)) @ MATRIX
    loss = rd.Quadratic(MATRIX, [1.0, 0.0], floor=0.3)
    mean, cov = x.mean(axis=0), np.cov(x.T, bias=True)
    assert loss.expect(mean, cov) == pytest.approx(np.mean(loss(x)), rel=1e-13)


def fresh_process(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_is_quick_and_light():
    code = (
        "import sys, time; start = time.perf_counter(); import resetdyn; print(time.perf_counter() - start); "
        "print(*({'numba', 'sympy', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    seconds, heavy = zip(*(fresh_process(code).split("\n")[:2] for _ in range(5)), strict=True)
    assert set(heavy) == {""}
    assert min(map(float, seconds)) < 0.5


def test_every_public_name_resolves():
    code = "import resetdyn as rd; print(*[name for name in rd.__all__ if not hasattr(rd, name)])"
    assert fresh_process(code).strip() == ""
    with pytest.raises(AttributeError, match="module 'resetdyn' has no attribute 'resets_help'"):
        _ = rd.resets_help
    assert set(dir(rd)) == set(rd.__all__)
