"""The comparison with peers: what it extrapolates, sides that need no peer, and the page that it writes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import __main__ as command
from benchmarks.peers import report, sides
from benchmarks.peers.cases import CASES
from benchmarks.peers.environments import OWN, PEERS
from benchmarks.peers.sides import SIMULATORS, SOLVERS, Measured, Side, measured
from benchmarks.peers.until import Until, coefficient, until


def made(side="plain NumPy loop", step=1e-2, bias=0.1, seconds=1e-3, error=1e-3, case="trap_free"):
    return Measured(side, case, step, seconds, bias, error, 1000, 0.1, 0.2, 50.0)


@pytest.mark.parametrize("order", [0.5, 1.0])
def test_the_cheapest_step_and_share_of_the_noise(order):
    c, cost, case = 0.8, 2e-5, CASES["trap_free"]  # bias c step^order, cost / step a path
    runs = [made(step=step, bias=c * step**order, seconds=cost / step) for step in (1e-2, 1e-3)]
    assert coefficient(runs, order) == pytest.approx(c)
    found = until(runs, case, order, c)
    step = np.geomspace(1e-9, 0.9 * (0.01 / c) ** (1 / order), 4000)
    least = np.min(cost / step * case.variation / (0.01 - c * step**order) ** 2)
    assert found.extrapolated
    assert found.seconds == pytest.approx(least, rel=0.01)


def test_a_bias_that_is_another_one_is_not_extrapolated():
    off = [made("a peer", bias=-0.18), made("a peer", step=1e-3, bias=-0.2)]
    assert until(off, CASES["trap_free"], 0.5, 1.3).seconds == np.inf
    assert until(off, CASES["trap_free"], None).seconds == np.inf


def test_a_side_that_knows_its_bias_badly_gets_that_of_the_plain_loops():
    few = [made("a peer", bias=0.02, error=0.03), made("a peer", step=1e-3, bias=-0.04, error=0.04)]
    known = until(few, CASES["trap_free"], 0.5, 0.5)
    assert known.extrapolated
    assert known == until([made("a peer", bias=0.05, error=1e-4), few[1]], CASES["trap_free"], 0.5, 0.5)
    assert coefficient([*few, made()], 0.5) == pytest.approx(1.0)  # the plain loop's alone


def test_a_side_without_steps_counts_by_its_runs():
    case = CASES["brownian"]
    found = until([made(bias=0.002, seconds=1e-6)], case, None)
    assert found == Until(pytest.approx(1e-6 * case.variation / 0.008**2))
    unknown = until([made(bias=0.006, seconds=1e-6, error=0.017)], case, None)
    assert unknown == Until(pytest.approx(1e-6 * case.variation / 0.01**2), at_least=True)
    assert report.told(unknown).startswith("over ")


@pytest.mark.parametrize("name", ["numpy_loop", "c_loop"])
def test_plain_loops_have_the_bias_of_a_target_seen_at_the_ends_of_steps(name):
    side = next(side for side in SIMULATORS if side.file == name)
    found = measured(side, "interval", 1e-2, Path(sys.executable), 0.1)
    # To first order the ends are 0.5826 sqrt(2 D dt) further away (Broadie, Glasserman and Kou 1997).
    far = 1 + 0.5826 * 0.1
    expected = far * np.tanh(far * 0.5) / np.tanh(0.5) - 1
    assert abs(found.bias - expected) < 4 * found.error + 0.002
    assert found.bias > 4 * found.error  # so that a loop without it would be seen


@pytest.mark.parametrize(
    ("file", "case"), [("mpmath_", "trap"), ("solve_bvp_", "well_free"), ("resetdyn_exact", "box")]
)
def test_solvers_agree_with_the_exact_means(file, case):
    side = next(side for side in SOLVERS if side.file == file)
    assert abs(measured(side, case, 0.0, Path(sys.executable), 0.05).bias) < 2e-5


def test_our_own_side_samples_what_it_is_asked_for():
    found = measured(SIMULATORS[0], "box", 0.0, Path(sys.executable), 0.05)
    assert abs(found.bias) < 4 * found.error + 1e-3


def test_a_side_that_fails_says_why():
    broken = Side("broken", "mpmath_", OWN, ("box",))
    with pytest.raises(RuntimeError, match="broken, Brownian motion in a box"):
        measured(broken, "box", 0.0, Path(sys.executable), 0.05)


def test_every_side_has_a_file_an_environment_and_cases():
    folder = Path(sides.__file__).parent / "sides"
    files = {side.file for side in (*SIMULATORS, *SOLVERS)}
    assert files == {path.stem for path in folder.glob("*.py")}
    for side in (*SIMULATORS, *SOLVERS):
        assert side.environment in {OWN, *PEERS}
        assert set(side.cases) <= set(CASES)
    assert {side.environment for side in (*SIMULATORS, *SOLVERS)} == {OWN, *PEERS}


def test_the_page_keeps_what_stands_around_the_tables(tmp_path):
    runs = [made("resetdyn", 0.0, 1e-4, 1e-5), made(), made(step=1e-3, bias=0.1 / 10**0.5, seconds=1e-2)]
    found = {"simulation": runs, "exact": [made("resetdyn", 0.0, 0.0), made("mpmath", 0.0, 1e-14)]}
    page = tmp_path / "benchmarks.md"
    page.write_text(
        "# Ours\n\nbefore\n\n<!-- peers -->\nold\n<!-- end of peers -->\n\nafter\n", encoding="utf-8"
    )
    for _ in range(2):
        report.write(found, "by hand", tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Ours\n\nbefore\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert text.count("Measured: by hand.") == 1
    assert (tmp_path / report.FIGURE).stat().st_size > 1000


def test_medians_of_rounds():
    runs = [made(seconds=t, bias=b) for t, b in ((1.0, 0.1), (5.0, 0.2), (2.0, 0.3))]
    found = command.median(runs)
    assert (found.seconds, found.n) == (2.0, 3000)
    assert found.bias == pytest.approx(0.2)
    assert found.error == pytest.approx(1e-3 / 3**0.5)
