"""Pictures of the advice, and the page that holds them: what is drawn is what was estimated."""

import base64
import re
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib import pyplot

import resetdyn as rd
from resetdyn.advice.files import measured_times
from resetdyn.advice.hazard import hazard_bins
from resetdyn.advice.plain import plain
from resetdyn.advice.report import report_page, write_report
from resetdyn.advice.samples import samples_of
from resetdyn.plotting.advice import (
    advice_figure,
    advised_hazard,
    advised_mean,
    advised_survival,
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def heavy():
    times = np.random.default_rng(1).lognormal(sigma=1.5, size=1000)
    return times, rd.advise(times)


def test_the_curve_is_the_prediction_and_ends_where_the_data_do(heavy):
    _, advice = heavy
    ax = advised_mean(advice, "ms")
    lines = {line.get_label(): line for line in ax.lines}
    rates, means = lines["predicted mean"].get_data()
    assert np.array_equal(means, advice.mean_at(rates).mean)
    assert rates[-1] == pytest.approx(advice.reach)
    assert ax.get_xlim()[1] > 2 * advice.reach
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {"95 % interval of each", "not told by the data", "without resetting"} <= set(legend)
    assert f"recommended, {advice.rate:.4g}" in legend
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("reset rate $r$ (1 / ms)", "mean time (ms)")


def test_the_band_is_the_interval(heavy):
    _, advice = heavy
    ax = advised_mean(advice)
    band = ax.collections[0].get_paths()[0].vertices
    for rate in np.unique(band[:, 0])[20:100:20]:
        told = advice.mean_at(rate)
        ends = band[band[:, 0] == rate, 1]
        assert (ends.min(), ends.max()) == pytest.approx((float(told.low), float(told.high)))


def test_nothing_is_recommended_where_resetting_does_harm():
    advice = rd.advise(np.random.default_rng(1).gamma(3, size=500))
    ax = advised_mean(advice)
    assert not any("recommended" in line.get_label() for line in ax.lines)


def test_steps_have_probabilities_and_times_under_resetting_begin_at_their_rate():
    rng = np.random.default_rng(1)
    ax = advised_mean(rd.advise(rng.geometric(0.02, size=300)))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("reset probability per step", "mean time (steps)")
    assert ax.get_xlim()[1] <= 1
    ax = advised_mean(rd.advise(rng.exponential(size=300), at_rate=0.5))
    assert ax.get_xlim()[0] == pytest.approx(0.5)


def test_survival_is_that_of_kaplan_and_meier():
    from scipy import stats

    rng = np.random.default_rng(5)
    ends, limit = rng.exponential(size=200), rng.exponential(2.0, size=200)
    times, censored = np.minimum(ends, limit), ends > limit
    ax = advised_survival(times, censored, "s")
    at, left = ax.lines[0].get_data()
    other = stats.ecdf(stats.CensoredData(times[~censored], right=times[censored])).sf
    assert left[1:] == pytest.approx(other.evaluate(at[1:]), abs=1e-12)
    band = ax.collections[0].get_paths()[0].vertices
    with warnings.catch_warnings(action="ignore"):  # where nothing is left there is no interval
        low, high = other.confidence_interval(method="log-log")
    for t in np.sort(times[~censored])[[40, 80, 120]]:
        inside = band[np.isclose(band[:, 0], t), 1]
        assert inside.min() == pytest.approx(float(low.evaluate(t)), rel=1e-3)
        assert float(high.evaluate(t)) == pytest.approx(inside.max(), rel=0.05)
    assert "given up" in [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("shape", [0.6, 1.0, 2.0])
def test_the_hazard_is_that_of_the_law(shape, seed):
    rng = np.random.default_rng(seed)
    ends, limit = rng.weibull(shape, size=20_000), rng.exponential(2.0, size=20_000)
    times, censored = np.minimum(ends, limit), ends > limit
    edges, number, spent = hazard_bins(samples_of(times, censored))
    assert number.sum() == (~censored).sum()
    assert spent.sum() == pytest.approx(times.sum(), rel=1e-3)
    # Ends in a bin, given the time that runs of each age spent there, have the mean int h(t) dspent(t).
    low = np.r_[0.0, edges[1:-1]]
    expected = np.array([
        np.sum(np.clip(times, a, b) ** shape - a**shape) for a, b in zip(low, edges[1:], strict=True)
    ])  # fmt: skip
    z = (number - expected) / np.sqrt(expected)
    assert np.abs(z).max() < 4
    assert np.mean(z**2) < 2.5
    if shape != 1:  # the control: one constant hazard is rejected
        constant = number.sum() / spent.sum() * spent
        assert np.abs((number - constant) / np.sqrt(constant)).max() > 8


def test_the_hazard_has_labels_with_units(heavy):
    times, _ = heavy
    ax = advised_hazard(times, unit="ms")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age of the run $t$ (ms)", "hazard $h(t)$ (1 / ms)")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_a_narrow_peak_and_rare_traps_are_drawn():
    rng = np.random.default_rng(2)
    times = 1 + 0.02 * rng.random(300) + 30 * (rng.random(300) < 0.01)
    assert len(advice_figure(rd.advise(times), times).axes) == 3


@pytest.mark.parametrize("n", [10, 12, 30])
def test_few_times_are_drawn_as_well(n):
    times = np.random.default_rng(n).lognormal(size=n)
    censored = np.arange(n) >= 10
    figure = advice_figure(rd.advise(times, censored), times, censored, "s")
    assert len(figure.axes) == 3


class Page(HTMLParser):
    """What a page refers to, its words and its tags."""

    def __init__(self, text):
        super().__init__()
        self.links, self.words, self.open, self.rows = [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("src", "href")]
        self.rows += tag == "tr"
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def written(times, name="runs.csv", header="time [ms]"):
    with open(name, "w") as file:
        file.write(header + "\n" + "".join(f"{float(t)!r}\n" for t in times))
    return measured_times(name)


def test_the_page_stands_alone_and_says_what_the_answer_says(heavy):
    times, advice = heavy
    found = written(times)
    text = report_page(advice, found)
    page = Page(text)
    assert page.open == []
    assert len(page.links) == 3
    assert all(link.startswith("data:image/svg+xml;base64,") for link in page.links)
    assert "http" not in re.sub(r"base64,[\w+/=]+", "", text)
    for line in plain(advice, "ms"):
        assert line in "".join(page.words)
    assert page.rows == 8  # headings, as it is, and six ways to restart
    svg = base64.b64decode(page.links[0].split(",")[1]).decode()
    assert "mean time (ms)" in svg
    assert "<script" not in text + svg


def test_the_same_advice_is_the_same_page(heavy, tmp_path):
    times, advice = heavy
    found = written(times)
    write_report("a.html", advice, found)
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == report_page(advice, found)


def test_names_of_columns_are_text_not_markup(heavy):
    times, advice = heavy
    found = written(times, header="<b>time</b> [<script>]")
    text = report_page(advice, found)
    assert "<script>" not in text
    assert "&lt;b&gt;time" in text
    assert Page(text).open == []
