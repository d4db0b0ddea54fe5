"""Restarts of real algorithms: their counts are honest, and the record is what the page says."""

import json

import numpy as np
import pytest
from numpy.random import SeedSequence

import resetdyn as rd
from analysis import restarting, restarts
from analysis.searches import SEARCHES, Search, evaluations


def once(seed, limit):
    """Arrive at a geometric step, after which nothing is seen."""
    took = int(np.random.default_rng(seed).geometric(0.05))
    return took if took <= limit else None


MEMORYLESS = Search("memoryless", "arrives at any step", "evaluations", 1000, 40, once)


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search.name)
def test_a_run_is_the_same_again_and_ends_exactly_at_its_count(search):
    i, took = next(
        (i, took)
        for i in range(50)
        if (took := search.once(SeedSequence([i]), min(search.cap, 300))) is not None
    )
    assert search.once(SeedSequence([i]), took) == took
    assert search.once(SeedSequence([i]), took - 1) is None
    assert search.once(SeedSequence([i]), took + 1) == took


def test_evaluations_are_counted_up_to_the_first_within_the_tolerance():
    def minimise(counted):
        for x in range(9, -1, -1):
            counted(x)

    assert evaluations(minimise, float, 3.5, 100) == 7
    assert evaluations(minimise, float, 3.5, 7) == 7
    assert evaluations(minimise, float, 3.5, 6) is None
    with pytest.raises(RuntimeError, match="stopped by itself after 10 evaluations"):
        evaluations(minimise, float, -1.0, 100)


def test_a_run_that_is_cut_costs_what_it_used():
    for i in range(20):
        spent, resets = restarting.restarted(MEMORYLESS, rd.Sharp(7.0), SeedSequence([i]))
        assert 7 * resets < spent <= 7 * (resets + 1)


@pytest.mark.parametrize(
    "reset", [rd.Sharp(2.0), rd.Geometric(0.3, ties="process")], ids=["sharp", "geometric"]
)
def test_restarts_change_nothing_without_memory(reset, seed):
    """New seeds leave a geometric law alone; both ties are right, as the step of a reset may still arrive."""
    runs = restarting.under(MEMORYLESS, reset, 1000, "test", seed)
    z = (runs.spent.mean() - 20) / (runs.spent.std(ddof=1) / np.sqrt(1000))
    assert abs(z) < 4
    # A control: with the last step of each run taken away, as if a reset came before the end.
    late = Search("late", "", "evaluations", 1000, 40, lambda seed, limit: once(seed, limit - 1))
    wrong = restarting.under(late, reset, 1000, "test", seed).spent
    assert (wrong.mean() - 20) / (wrong.std(ddof=1) / np.sqrt(1000)) > 4


def test_searches_have_seeds_of_their_own():
    purposes = [("free", 0), ("sharp", 0), ("poisson", 0), ("now", 0), ("now", 1)]
    states = {
        tuple(seed.generate_state(2))
        for search in SEARCHES
        for purpose, entropy in purposes
        for seed in restarting.seeds(search, purpose, 10, entropy)
    }
    assert len(states) == len(SEARCHES) * len(purposes) * 10


def test_a_record_is_read_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(restarting, "FILE", tmp_path / "restarts.json")
    found = restarting.record(MEMORYLESS, lambda found: {"sharp": rd.Sharp(7.0)})
    restarting.write({MEMORYLESS.name: found})
    again = restarting.read()
    assert again[MEMORYLESS.name] == found
    assert set(again["versions"]) == {"scipy", "scikit-learn"}
    assert len(found["free"]) == MEMORYLESS.runs
    kept = restarting.record(MEMORYLESS, lambda found: {}, found["free"])
    assert kept["free"] == found["free"]


def test_the_page_says_what_was_recorded_and_the_verdicts_are_right():
    recorded, page = restarting.read(), restarts.PAGE.read_text(encoding="utf-8")
    for search in SEARCHES:
        mine = recorded[search.name]
        advice = restarts.advice_from(mine)
        lines = restarts.lines_of(search, recorded, advice)
        assert len(lines) == 2
        for line in lines:
            assert (
                f"| {restarts._plus_minus(line.taken)} |" in page
            )  # what was achieved does not hang on the advice
            assert abs(line.z) < 4
        gain = (lines[-1].without.value - lines[-1].taken.value) / lines[-1].taken.error
        assert gain > 4 if advice.helps else gain < -4
    assert not advice.helps  # the last
    assert advice.cv_interval[1] < 1


def test_runs_under_a_reset_that_is_no_longer_advised_are_refused():
    recorded = json.loads(restarting.FILE.read_text())
    search = SEARCHES[0]
    recorded[search.name]["sharp"]["at"] *= 2
    with pytest.raises(RuntimeError, match="--make resets"):
        restarts.lines_of(search, recorded, restarts.advice_from(recorded[search.name]))


def test_the_command_makes_runs_and_writes_the_table(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{restarts.BEGIN}old\n{restarts.END}after\n")
    monkeypatch.setattr(restarting, "FILE", tmp_path / "restarts.json")
    monkeypatch.setattr(restarts, "PAGE", page)
    monkeypatch.setattr(restarts, "SEARCHES", (MEMORYLESS,))
    for arguments in (["--make"], ["--make", "resets"], []):
        assert restarts.main(arguments) == 0
        text = page.read_text(encoding="utf-8")
        assert text.startswith("before\n")
        assert text.endswith("after\n")
        assert "old" not in text
        assert text.count("| memoryless |") == capsys.readouterr().out.count("memoryless ") == 2
