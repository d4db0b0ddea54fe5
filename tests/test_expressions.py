"""Formulas as text: what is read, what is refused, and that nothing of it is ever run."""

import pickle

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import resetdyn as rd
from resetdyn import fields
from resetdyn.expressions import FUNCTIONS, parse

X = sp.Symbol("x", real=True)
A = sp.Symbol("a", real=True)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("x**4/4 - x**2/2", X**4 / 4 - X**2 / 2),
        ("-a*log(x)", -A * sp.log(X)),
        ("abs(x - 1) + max(x, 0)", sp.Abs(X - 1) + sp.Max(X, 0)),
        ("2*heaviside(-x)", 2 * sp.Heaviside(-X)),
        ("Piecewise((x, x < 0), (x**2, True))", sp.Piecewise((X, X < 0), (X**2, True))),
        ("1e-3*exp(-x**2)*pi", sp.Float(1e-3) * sp.exp(-(X**2)) * sp.pi),
        (" +x ", X),
        ("x" + "+x" * 998, 999 * X),
        ("2*x/3*4 - x - 1 + 4", sp.Rational(5, 3) * X + 3),
    ],
)
def test_reads(text, expression):
    assert sp.simplify(parse("potential", text, ("x",), {"a": 1.0}) - expression) == 0


def test_words_of_python_are_no_names():
    with pytest.raises(ValueError, match="'lambda' is a word of Python's own") as refused:
        parse("potential", "lambda*x", ("x",), {"lambda": 1.0})
    assert refused.type is ValueError
    with pytest.raises(ValueError, match="it does not parse") as refused:
        parse("potential", "x**", ("x",))
    assert refused.type is ValueError


def test_takes_expressions_of_any_symbols_of_the_right_name():
    assert parse("potential", sp.Symbol("x") ** 2, ("x",)) == X**2
    assert float(parse("potential", 3, ("x",))) == 3.0


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch broken')",
        "open('broken', 'w')",
        "(lambda: x)()",
        "x.real",
        "x[0]",
        "[x for x in (1,)]",
        "'x'",
        "x if x else 1",
        "x and x",
        "f'{x}'",
        "x := 3",
        "x, x",
        "Piecewise(x, x)",
        "sqrt(x, 2, 3)",
        "exp(x=1)",
        "eval(x)",
        "9**9**9",
        "x^2",
        "1/0",
        "log(-1)",
        "(" * 300 + "x" + ")" * 300,
        "-" * 1500 + "x",
        "x" * 3000,
        "",
        "x +",
        "x < 0",
        "True",
        "\x00",
    ],
)
def test_refuses_in_one_line(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="potential") as refusal:
        parse("potential", text, ("x",))
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


def test_names_what_is_unknown():
    with pytest.raises(ValueError, match=r"y unknown.*parameters=\{'y'"):
        rd.Langevin("x*y", 1.0)
    with pytest.raises(ValueError, match="unknown"):
        rd.RateField("q*x")
    with pytest.raises(TypeError, match="potential"):
        rd.Langevin(None, 1.0)


SIGNS = ["(", ")", "**", "*", "/", "-", "+", ",", "<", "^", "__", ".", "'", "[", " "]
WORDS = st.sampled_from(
    [*FUNCTIONS, *SIGNS, "x", "a", "1", "2.5", "0", "1e400", "pi", "nan", "inf", "lambda", "import"]
)


@settings(max_examples=300, deadline=2000)
@given(st.one_of(st.lists(WORDS, max_size=12).map("".join), st.text(max_size=40)))
def test_any_text_is_read_or_refused(text):
    try:
        read = parse("potential", text, ("x",), {"a": 1.0}).free_symbols <= {X, A}
    except ValueError as refusal:
        read = "potential" in str(refusal)
    assert read


def test_fields_know_where_they_are_not_smooth():
    field = fields.compiled("potential", sp.Abs(X - 3) + 2 * sp.log(X), X)
    assert (field.kinks, field.singularities) == ((3.0,), (0.0,))
    assert field.domain(1.0) == (0.0, np.inf)
    np.testing.assert_allclose(field.slope([1.0, 4.0]), [1.0, 1.5])
    jump = fields.compiled("rate", 2 * sp.Heaviside(-X) + sp.Max(X, 1), X)
    assert jump.kinks == (0.0, 1.0)
    np.testing.assert_allclose(jump.value([-1.0, 0.5, 2.0]), [3.0, 1.0, 2.0])
    np.testing.assert_allclose(jump.slope([-1.0, 0.5, 2.0]), [0.0, 0.0, 1.0])
    assert fields.compiled("potential", sp.Abs(X) ** 1.5 + sp.sqrt(X - 1), X).singularities == (1.0,)
    assert fields.compiled("potential", sp.Integer(1), X).value(np.zeros(3)).shape == (3,)


def test_fields_with_endless_kinks_are_refused():
    for formula in ("Abs(sin(x))", "sqrt(sin(Abs(x**3 - x)))"):
        with pytest.raises(ValueError, match="finitely many"):
            _ = rd.Langevin(formula, 1.0).landscape


def test_potentials_are_values():
    well = rd.Langevin("x**4 - b*x**2", 0.5, parameters={"b": 2.0}, reflecting=(-3.0, None))
    copy = pickle.loads(pickle.dumps(well))
    assert copy == well
    assert hash(copy) == hash(well)
    assert well != rd.Langevin("x**4 - b*x**2", 0.5, parameters={"b": 1.0}, reflecting=(-3.0, None))
    assert well.domain(0.0) == (-3.0, np.inf)
    assert repr(well) == (
        "Langevin('-b*x**2 + x**4', diffusion=0.5, parameters={'b': 2.0}, reflecting=(-3.0, None))"
    )


def test_potentials_in_space_have_no_landscape():
    plane = rd.Langevin("x**2 + y**2", 1.0, variables=("x", "y"))
    assert plane.dim == 2
    with pytest.raises(ValueError, match="one variable"):
        _ = plane.landscape


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: rd.Langevin("x", 0.0), "diffusion=0"),
        (lambda: rd.Langevin("x", 1.0, variables=()), "variables"),
        (lambda: rd.Langevin("x", 1.0, variables=("x", "x")), "name of its own"),
        (lambda: rd.Langevin("x", 1.0, variables=("x-1",)), "not a name"),
        (lambda: rd.Langevin("a*x", 1.0, parameters={"a": np.nan}), "a=nan"),
        (lambda: rd.Langevin("x", 1.0, reflecting=(1.0, 0.0)), "lower wall first"),
        (lambda: rd.Langevin("x*y", 1.0, variables="xy", reflecting=(1.0, 2.0)), "unknown"),
        (lambda: rd.RateField("x", variable="2"), "not a name"),
    ],
)
def test_bad_potentials(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_places_out_of_reach():
    log = rd.Langevin("2*log(x)", 1.0)
    with pytest.raises(ValueError, match=r"target x=-1 is out of reach"):
        rd.FirstPassage(log, 1.0, rd.Level(-1.0))
    with pytest.raises(ValueError, match=r"to=-2 is out of reach"):
        rd.FirstPassage(log, 1.0, rd.Level(0.0), rd.Poisson(1.0, to=-2.0))
    with pytest.raises(ValueError, match="singular"):
        rd.FirstPassage(log, 0.0, rd.Level(1.0))
