"""Renewal from what a user gives: a transform or a survival function."""

import numpy as np
import pytest

import resetdyn as rd


def test_transform_moments_agree_with_the_closed_form():
    exact = rd.solve(rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(0.3)))
    given = rd.renewal_laplace(lambda s: np.exp(-np.sqrt(s)), rd.Poisson(0.3))
    for order in (1, 2, 3):
        assert given.moment(order) == pytest.approx(exact.moment(order), rel=1e-10)


@pytest.mark.parametrize("rate", [1e-3, 1.0, 1e3])
def test_exponential_times_do_not_feel_resets(rate):
    by_transform = rd.renewal_laplace(lambda s: 1 / (1 + s), rd.Poisson(rate))
    by_survival = rd.renewal_survival(lambda t: np.exp(-t), rd.Poisson(rate))
    for result in (by_transform, by_survival):
        assert result.mean == pytest.approx(1.0, rel=1e-11)
        assert result.cv == pytest.approx(1.0, rel=1e-8)
        assert abs(result.mean - 1.0) <= 4 * result.error + 1e-15
    assert rd.renewal_survival(lambda t: np.exp(-t), rd.Sharp(0.7)).moment(3) == pytest.approx(6.0, rel=1e-11)


def test_never_ending_search_is_infinite():
    assert rd.renewal_laplace(lambda s: 0.0, rd.Poisson(1.0)).mean == np.inf
    assert rd.renewal_survival(np.ones_like, rd.Poisson(1.0)).mean == np.inf
    assert rd.renewal_survival(np.ones_like, rd.Sharp(1.0)).mean == np.inf


def test_bad_input():
    for verb in (rd.renewal_laplace, rd.renewal_survival):
        with pytest.raises(TypeError, match="give a function"):
            verb(3.0, rd.Poisson(1.0))
    for reset in (rd.Poisson(0.0), rd.NoReset(), rd.Sharp(1.0)):
        with pytest.raises(ValueError, match="rate above 0"):
            rd.renewal_laplace(np.exp, reset)
    with pytest.raises(ValueError, match=r"give rd\.Poisson, rd\.Sharp, rd\.Renewal or rd\.NoReset"):
        rd.renewal_survival(np.exp, rd.RateField("x**2"))
    with pytest.raises(ValueError, match="knows no places"):
        rd.renewal_survival(np.exp, rd.Poisson(1.0, to=0.5))
    with pytest.raises(ValueError, match="between 0 and 1"):
        rd.renewal_laplace(lambda s: 2.0, rd.Poisson(1.0))
    with pytest.raises(ValueError, match="give finite numbers"):
        rd.renewal_laplace(lambda s: np.nan, rd.Poisson(1.0))
    with pytest.raises(ValueError, match="give probabilities"):
        rd.renewal_survival(lambda t: 1 + t, rd.Poisson(1.0))
    with pytest.raises(ValueError, match="return one each"):
        rd.renewal_survival(lambda t: 0.5, rd.Poisson(1.0))
