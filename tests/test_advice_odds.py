"""Several outcomes: odds against closed forms, how often their intervals hold, and that they are told."""

import json
import math

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.advice.files import measured_times
from resetdyn.cli import main
from resetdyn.plotting.advice import advice_figure
from resetdyn.plotting.odds import advised_outcomes

SHARE, FAST, SLOW = 0.4, 1.0, 4.0


def two_kinds(rng, n):
    """Return exponential times, and which of two kinds each is: the faster one is a success."""
    first = rng.random(n) < SHARE
    times = np.where(first, rng.exponential(FAST, n), rng.exponential(SLOW, n))
    return times, np.where(first, "solved", "failed")


def exact(rate):
    """Return the probability of a success, and the time until one, from the transforms."""
    good, bad = SHARE / (1 + rate * FAST), (1 - SHARE) / (1 + rate * SLOW)
    lasting = (1 - good - bad) / rate if rate else SHARE * FAST + (1 - SHARE) * SLOW
    return good / (good + bad), lasting / good


@pytest.mark.parametrize("given_up", [False, True])
def test_odds_are_those_of_the_closed_form(given_up, rng):
    times, labels = two_kinds(rng, 40_000)
    stops = rng.exponential(6.0, len(times)) if given_up else np.full(len(times), np.inf)
    odds = rd.advise(np.minimum(times, stops), times > stops, outcomes=labels, resamples=50).outcomes
    row = odds.of("solved")
    for j, rate in enumerate(odds.rates[:-3]):
        p, per = exact(rate)
        error = (odds.high[row, j] - odds.low[row, j]) / (2 * 1.96)
        assert error < 0.02 or rate == odds.rates[-4]  # where it is 0.02, and the seed decides
        assert abs(odds.probability[row, j] - p) < 4 * error
        error = np.log(odds.time_per_high[row, j] / odds.time_per_low[row, j]) / (2 * 1.96)
        assert abs(np.log(odds.time_per[row, j] / per)) < 4 * error
    assert odds.low[row, 5] > exact(0.0)[0] + 0.05  # the control: that resets change nothing is rejected


def test_intervals_of_odds_hold_as_often_as_they_say(rng):
    number, rates = 300, (0.0, 0.5)
    held = {(what, rate): 0 for what in ("p", "per") for rate in rates}
    for _ in range(number):
        times, labels = two_kinds(rng, 60)
        stops = rng.exponential(12.0, 60)
        flags = times > stops
        flags[np.argmax(np.minimum(times, stops))] = False  # the last run ended: nothing is left open
        answer = odds_at(np.minimum(times, stops), flags, labels, rates)
        row = answer.of("solved")
        for j, rate in enumerate(rates):
            p, per = exact(rate)
            held["p", rate] += answer.low[row, j] <= p <= answer.high[row, j]
            held["per", rate] += answer.time_per_low[row, j] <= per <= answer.time_per_high[row, j]
    for key, count in held.items():
        assert count / number > 0.92 - 4 * math.sqrt(0.92 * 0.08 / number), key
        assert count < number, key  # intervals that hold always say nothing


def odds_at(times, flags, labels, rates):
    """Return the odds alone, without the rest of the advice."""
    from resetdyn.advice.menu import Price
    from resetdyn.advice.odds import ends_of, odds_of
    from resetdyn.advice.poisson import poisson_menu

    def menu(rate):
        return lambda T: poisson_menu(np.array([rate]), T, np.array([T.max()]), Price(), 0.0, None)

    return odds_of(ends_of(times, flags, labels), [menu(rate) for rate in rates], rates)


def test_what_runs_given_up_leave_open_is_left_open(rng):
    times, labels = two_kinds(rng, 2000)
    odds = odds_at(np.minimum(times, 3.0), times > 3.0, labels, (0.0, 5.0))
    slow = math.exp(-3.0 / SLOW) * (1 - SHARE) + math.exp(-3.0 / FAST) * SHARE
    widths = odds.high - odds.low
    assert (widths[:, 0] > slow - 0.1).all()
    assert (widths[:, 1] < 0.15).all()
    assert np.isinf(odds.time_per_high[:, 0]).all()
    for j, rate in enumerate((0.0, 5.0)):
        assert odds.low[odds.of("solved"), j] < exact(rate)[0] < odds.high[odds.of("solved"), j]


def test_times_taken_under_resets_have_the_same_odds(rng):
    times, labels, left = np.zeros(20_000), np.empty(20_000, "U6"), np.arange(20_000)
    while len(left):
        attempt, ends = two_kinds(rng, len(left))
        wait = rng.exponential(1 / 0.3, len(left)) + 1e-12
        times[left] += np.minimum(attempt, wait) + 0.2 * (attempt > wait)
        labels[left] = ends
        left = left[attempt > wait]
    odds = rd.advise(times, outcomes=labels, at_rate=0.3, overhead=0.2, resamples=50).outcomes
    row = odds.of("solved")
    for j in (0, 3, 6):
        error = (odds.high[row, j] - odds.low[row, j]) / (2 * 1.96)
        assert abs(odds.probability[row, j] - exact(odds.rates[j])[0]) < 4 * error


def test_steps_and_fixed_periods(rng):
    first = rng.random(30_000) < SHARE
    steps = rng.geometric(np.where(first, 0.3, 0.05))
    advice = rd.advise(steps, outcomes=np.where(first, 1, 0), resamples=50)
    row, option = advice.outcomes.of(1), advice.sharp
    within = steps <= option.reset.period
    assert option.outcomes.probability[1, 0] == pytest.approx(first[within].mean())
    p = 0.1
    T = steps.astype(float)
    kept = 0.9 ** (T - 1)
    direct = rd.outcomes_under(steps, np.where(first, 1, 0), rd.Geometric(p, ties="process"))
    assert direct.probability[1, 0] == pytest.approx(kept[first].sum() / kept.sum())
    j = int(np.argmin(abs(advice.outcomes.rates - p)))
    near = rd.outcomes_under(steps, np.where(first, 1, 0), rd.Geometric(advice.outcomes.rates[j]))
    assert advice.outcomes.probability[row, j] == pytest.approx(near.probability[1, 0])


def test_the_answer_tells_them_and_warns_where_one_becomes_rare(rng, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = rng.random(600) < 0.5
    times = np.where(first, rng.exponential(10.0, 600), rng.exponential(1.0, 600))
    with open("runs.csv", "w") as file:
        file.write("time [s],how\n")
        file.writelines(
            f"{t},{'solved' if good else 'crashed'}\n" for t, good in zip(times, first, strict=True)
        )
    assert main(["advise", "runs.csv", "--outcome", "how", "--details", "--report", "page.html"]) == 0
    text = capsys.readouterr().out
    short = text.split("\n\n")[0].splitlines()
    assert len(short) <= 5
    assert short[0].startswith("Yes")
    assert short[2].startswith("Mind the outcomes: ")
    assert "solved in" in short[2]
    assert "solved comes soonest at rate" in text
    assert "rate of random restarts" in text
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h2>Outcomes</h2>" in page
    assert main(["advise", "runs.csv", "--outcome", "how", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["outcomes"]
    assert set(found["probability"]) == {"solved", "crashed"}
    assert len(found["rates"]) == len(found["low"]["solved"])
    assert found["probability"]["solved"][0] == pytest.approx(first.mean())


def test_odds_are_saved_with_the_advice(rng, tmp_path):
    times, labels = two_kinds(rng, 100)
    advice = rd.advise(times, outcomes=labels, resamples=60)
    advice.save(tmp_path / "advice.npz")
    again = rd.load(tmp_path / "advice.npz")
    assert again.as_dict()["outcomes"] == advice.as_dict()["outcomes"]
    assert again.sharp.outcomes.time_per.tolist() == advice.sharp.outcomes.time_per.tolist()
    assert again.tail == advice.tail
    assert again.text(True, "s") == advice.text(True, "s")
    assert "comes soonest at rate" in again.text(True, "s")


def test_odds_are_drawn(rng):
    from matplotlib import pyplot

    times, labels = two_kinds(rng, 300)
    advice = rd.advise(times, outcomes=labels)
    ax = advised_outcomes(advice, "s")
    lines = {line.get_label(): line for line in ax.lines}
    for i, label in enumerate(advice.outcomes.labels):
        rates, shares = lines[label].get_data()
        assert np.array_equal(rates, advice.outcomes.rates[1:])
        assert np.array_equal(shares, advice.outcomes.probability[i, 1:])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("reset rate $r$ (1 / s)", "probability of the outcome")
    assert len(advice_figure(advice, times).axes) == 4
    pyplot.close("all")
    with pytest.raises(ValueError, match="outcomes="):
        advised_outcomes(rd.advise(times))


@pytest.mark.parametrize("kind", ["csv", "npz", "npy"])
def test_every_kind_of_file_has_outcomes(kind, rng, tmp_path):
    times, labels = two_kinds(rng, 50)
    path = tmp_path / f"runs.{kind}"
    flags = np.arange(50) == 7
    if kind == "csv":
        ends = np.where(flags, "", labels)  # a run that was given up needs no name
        rows = zip(times, ends, flags, strict=True)
        path.write_text("time,end,censored\n" + "".join(f"{float(t)},{end},{f}\n" for t, end, f in rows))
    elif kind == "npz":
        np.savez(path, time=times, end=labels, censored=flags)
    else:
        np.save(path, np.rec.fromarrays([times, labels, flags], names="time,end,censored"))
    found = measured_times(path, outcome="end")
    assert found.outcomes[~flags].tolist() == labels[~flags].tolist()
    advice = rd.advise(path, outcomes="end")
    assert advice.outcomes.labels == ("failed", "solved")


def test_what_is_wrong_with_outcomes_is_said(rng, tmp_path):
    times, _ = two_kinds(rng, 50)
    for outcomes, message in (
        (np.arange(49), "one label for each of 50"),
        (np.full(50, "a"), "all runs that ended have 'a'"),
        (np.arange(50), "50 different ones"),
    ):
        with pytest.raises(ValueError, match=message):
            rd.advise(times, outcomes=outcomes)
    path = tmp_path / "runs.csv"
    path.write_text("time,end\n" + "".join(f"{t},\n" for t in times))
    with pytest.raises(ValueError, match="line 2: the run has no outcome"):
        measured_times(path, outcome="end")
    path.write_text("time,end\n" + "".join(f"{t},{t}\n" for t in times))
    with pytest.raises(ValueError, match="more than 20 different outcomes"):
        measured_times(path, outcome="end")
    with pytest.raises(ValueError, match="no column 'how': give --outcome"):
        measured_times(path, outcome="how")
