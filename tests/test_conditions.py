"""What all derived conditions share: the mapping, the steps, their LaTeX and text, the checks of values."""

import math
import re
import subprocess
import sys

import pytest
import sympy as sp
from matplotlib.mathtext import MathTextParser

import resetdyn as rd

NAMES = list(rd.conditions)
# A point inside the domain of every variable.
POINT = {
    "r": 0.7, "T": 1.0, "T2": 1.5, "T3": 4.0, "T_x": 1.0, "T2_x": 3.0, "T_y": 0.8, "D": 0.5, "k": 1.2,
    "x0": 0.9, "Pe": 0.4, "Delta": 0.3, "delta": -0.9, "tau": 0.3, "eta": 0.1, "B": 16.0, "C": 2.0, "h": 1.1,
    "q": -0.2, "g_clean": 1.0, "g_wrong": 2.0, "p": 0.02, "penalty": 0.2,
    "u": 0.2, "Pe_L": 0.7, "rho": 5.0, "beta_U0": 2.0, "a": 0.1, "R0": 1.0, "d": 2.0, "v": 2.0, "gamma": 1.0,
    "l": 0.8, "T_r": 3.0, "T2_r": 12.0, "T_inv": 1.1, "m": 0.6, "W": 0.3, "A": 0.5, "E": 0.4, "P": 0.3,
    "hazard": 0.9, "T_success": 1.0, "T_failure": 2.0, "c": 0.5, "period": 1.5,
    "hessian": [[2.0, 0.3], [0.3, 1.0]], "clean_hessian": [[1.0, 0.2], [0.2, 1.5]],
    "diffusion": [[0.4, 0.1], [0.1, 0.3]],
}  # fmt: skip
VECTORS = {"Delta": [0.3, -0.2], "delta": [-0.9, 0.4]}


def point(condition):
    """Return valid values for a condition's variables."""
    values = {name: POINT[name] for name in condition.variables}
    return {**values, **VECTORS} if "hessian" in values else values


def test_the_mapping_is_read_only_and_complete():
    assert len(rd.conditions) == len(NAMES) == len(set(NAMES))
    assert rd.conditions.peclet is rd.conditions["peclet"]
    assert "peclet" in dir(rd.conditions)
    with pytest.raises(TypeError):
        rd.conditions["peclet"] = None
    with pytest.raises(KeyError, match=r"no condition 'pecelt': give one of small_rate"):
        rd.conditions["pecelt"]
    with pytest.raises(AttributeError, match="no condition 'pecelt'"):
        _ = rd.conditions.pecelt


def test_sympy_loads_with_the_first_condition_only():
    code = (
        "import sys, resetdyn.theory.conditions as c; list(c.conditions); 'cv' in c.conditions; "
        "assert 'sympy' not in sys.modules; c.conditions.cv; assert 'sympy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_is_complete_and_ends_in_its_statement(name):
    condition = rd.conditions[name]
    assert condition.name == name
    assert condition.title
    assert condition.source
    assert condition.assumptions
    assert len(condition.steps) > 1
    assert condition.steps[-1].expression == condition.statement
    assert isinstance(condition.statement, sp.logic.boolalg.Boolean)
    assert all(isinstance(step.expression, sp.Basic) for step in condition.steps)
    assert isinstance(condition.holds(**point(condition)), bool)


@pytest.mark.parametrize("name", NAMES)
def test_no_step_has_collapsed_to_true_or_false(name):
    for step in rd.conditions[name].steps:
        assert step.expression not in (sp.true, sp.false), step.text


@pytest.mark.parametrize("name", NAMES)
def test_every_step_compiles_in_mathtext(name):
    condition = rd.conditions[name]
    parser = MathTextParser("path")
    for step in condition.steps:
        parser.parse(f"${step.latex()}$")
    whole = condition.latex()
    shown = re.findall(r"\\\[ (.*?) \\\]", whole)
    assert shown == [step.latex() for step in condition.steps]
    for source in shown:
        assert source.count("{") == source.count("}")
        assert source.count(r"\left") == source.count(r"\right")
    prose = re.sub(r"\\\[ .*? \\\]|\$[^$]*\$|\\[_%&#]", "", whole)
    assert not set("_^%&#<>$|") & set(prose)  # what TeX would misread, or not print
    assert whole.count(r"\begin{itemize}") == whole.count(r"\end{itemize}") == 1


@pytest.mark.parametrize("name", NAMES)
def test_text_shows_title_steps_and_the_meaning_of_every_variable(name):
    condition = rd.conditions[name]
    text = condition.text()
    assert text.startswith(condition.title)
    assert f"{len(condition.steps)}. " in text
    assert all(f"{variable}: " in text for variable in condition.variables)
    assert all(condition.variables.values())


@pytest.mark.parametrize("name", NAMES)
def test_missing_unknown_and_bad_values_are_named(name):
    condition = rd.conditions[name]
    values = point(condition)
    first = next(iter(values))
    with pytest.raises(TypeError, match=f"{name}: missing {first}; give exactly"):
        condition.holds(**{key: value for key, value in values.items() if key != first})
    with pytest.raises(TypeError, match=f"{name}: unknown wrong; give exactly"):
        condition.holds(**values, wrong=1.0)
    with pytest.raises(ValueError, match=f"{first}=.*give"):
        condition.holds(**{**values, first: math.nan})


def test_signs_and_domains_are_checked():
    with pytest.raises(ValueError, match=r"D=-1: give a number above 0"):
        rd.conditions.steady_risk_slope.holds(D=-1.0, k=1.0, delta=1.0, Delta=1.0)
    with pytest.raises(ValueError, match=r"tau=1\.5: give a number between 0 and 1"):
        rd.conditions.drift_reversal_collinear.holds(tau=1.5, g_clean=1.0, g_wrong=1.0)
    with pytest.raises(ValueError, match=r"T=2, T2=1: outside the domain of cv"):
        rd.conditions.cv.holds(T=2.0, T2=1.0)
    with pytest.raises(ValueError, match=r"p=1: outside the domain of ridge_discrete"):
        rd.conditions.ridge_discrete.value("penalty", p=1.0, eta=0.1)
    with pytest.raises(ValueError, match=r"g_clean has shape \(2,\), g_wrong \(3,\)"):
        rd.conditions.drift_reversal.holds(tau=0.1, g_clean=[1, 2], g_wrong=[1, 2, 3])
    with pytest.raises(ValueError, match="hessian is not positive definite"):
        rd.conditions.steady_risk_slope_matrix.holds(
            **{**point(rd.conditions.steady_risk_slope_matrix), "hessian": [[1.0, 2.0], [2.0, 1.0]]}
        )


def test_a_formula_is_refused_where_it_means_nothing():
    with pytest.raises(KeyError, match="no formula 'rate': give one of optimal_rate"):
        rd.conditions.steady_risk_optimum.value("rate")
    with pytest.raises(ValueError, match="no optimal_rate at D=9, k=1"):
        rd.conditions.steady_risk_optimum.value("optimal_rate", D=9.0, k=1.0, delta=-2.0, Delta=1.0)
