"""Figures: drawn without a warning, with the right scales, ticks and words."""

import numpy as np
import pytest
from matplotlib import pyplot
from scipy.stats import norm

import resetdyn as rd
from resetdyn import plotting
from resetdyn.families import label_noise, search
from resetdyn.phase import phase_diagram

RATES = np.geomspace(0.1, 30, 9)


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_map_has_the_optimum_the_boundary_and_labelled_axes(tmp_path):
    diagram = phase_diagram(
        lambda **k: search(drift=-1.0, **k),
        x=("diffusion", np.geomspace(0.1, 10, 9)),
        y=("reset_rate", RATES),
    )
    ax = diagram.plot()
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == (plotting.label("diffusion"), plotting.label("reset_rate"))
    assert texts(ax) == ["optimal rate $r^*$", "no effect"]
    plotting.save(ax.figure, tmp_path / "map.svg")
    svg = (tmp_path / "map.svg").read_text()
    assert "reset rate" in svg  # text, not outlines
    assert svg.count("<path") < 200  # the map is an image, not a path for each cell


def test_a_simulated_map_says_so_and_draws_only_what_is_seen(tmp_path):
    def family(drift, reset_rate):
        return search(drift=drift, reset_rate=reset_rate)

    axes = {"x": ("drift", np.linspace(-4, -0.5, 4)), "y": ("reset_rate", np.geomspace(0.03, 10, 6))}
    exact = phase_diagram(family, **axes)
    diagram = phase_diagram(family, **axes, simulate={"n": 20_000}, rng=7)
    diagram.save(tmp_path / "d.npz")
    loaded = rd.load(tmp_path / "d.npz")
    assert loaded.method == diagram.method == "simulated, 20,000 paths a cell"
    ax = loaded.plot()
    assert any("simulated, 20,000 paths a cell; errors up to" in text.get_text() for text in ax.texts)
    lines = {line.get_label(): np.transpose(line.get_data()) for line in ax.lines}
    best, hidden = lines["best rate"], lines["hidden by noise"]
    # Only the last column has an optimum that is seen, next to the true one.
    assert best[:, 0] == pytest.approx([-0.5])
    assert abs(np.log(best[0, 1] / exact.optimum[-1])) < np.log(exact.y[1] / exact.y[0])
    assert len(hidden) == np.sum(np.abs(diagram.values - 1) < 2 * diagram.error) > 0
    exactly = exact.plot()
    assert not exactly.texts
    assert not {"best rate", "hidden by noise"} & {line.get_label() for line in exactly.lines}


def test_no_effect_is_white_and_ticks_are_ratios():
    diagram = phase_diagram(search, x=("drift", np.linspace(-4, -1, 4)), y=("reset_rate", RATES))
    ax = diagram.plot()
    mesh, bar = ax.collections[0], ax.figure.axes[1]
    assert mesh.norm(1.0) == pytest.approx(0.5)
    assert np.allclose(mesh.cmap(0.5)[:3], 1, atol=0.05)
    ticks = [float(text.get_text()) for text in bar.get_yticklabels()]
    assert 1 in ticks
    assert min(ticks) < 1 < max(ticks)


def test_an_infinite_gain_has_a_colour_and_a_word_of_its_own():
    diagram = phase_diagram(
        search, x=("drift", np.linspace(-3, 1, 9)), y=("reset_rate", np.linspace(0, 5, 6))
    )
    ax = diagram.plot()
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")
    assert "infinite" in texts(ax)


def test_a_logarithmic_axis_does_without_rate_zero():
    diagram = phase_diagram(search, x=("drift", [-3.0, -1.0]), y=("reset_rate", [0.0, *RATES]))
    assert diagram.plot().get_ylim() == pytest.approx((0.1, 30))


def test_a_map_of_means_has_no_white_middle():
    diagram = phase_diagram(search, x=("diffusion", [0.5, 1, 2]), y=("reset_rate", RATES), quantity="mean")
    ax = diagram.plot()
    assert ax.figure.axes[1].get_ylabel() == plotting.label("mean")
    assert ax.collections[0].get_cmap().name == "cividis"


def optimum_of(ax):
    (line,) = [line for line in ax.lines if line.get_label().startswith("optimal")]
    return np.transpose(line.get_data())


@pytest.mark.parametrize("y", [np.geomspace(0.1, 10, 20), np.linspace(0.0, 10, 20)], ids=["log", "linear"])
def test_the_optimal_rate_is_drawn_where_it_is_down_to_the_transition(y):
    diagram = phase_diagram(
        lambda drift, reset_rate: search(drift=drift, reset_rate=reset_rate),
        x=("drift", np.linspace(-4, 2, 25)),
        y=("reset_rate", y),
    )
    ax = diagram.plot()
    drifts, rates = optimum_of(ax).T
    for drift in (-1.99, -1.97, -1.9):  # between two columns
        best = rd.optimal_reset(search(drift=drift)).rate
        assert np.interp(drift, drifts, rates) == pytest.approx(best, rel=0.03)
    assert rates[drifts < -2].size == np.isnan(rates[drifts < -2]).sum() > 0


@pytest.mark.parametrize("mirror", [False, True])
def test_the_optimal_rate_is_drawn_to_jump_where_it_jumps(mirror, tmp_path):
    def family(u, reset_rate):
        start, drift = (1 - u, -3.0) if mirror else (u, 3.0)
        process = rd.Brownian(1.0, drift=drift)
        return rd.FirstPassage(process, start, rd.Interval(0.0, 1.0), rd.Poisson(reset_rate))

    places = np.linspace(0.05, 0.45, 9)
    x = ("u", places)
    if mirror:
        x = ("v", np.sort(1 - places))
        diagram = phase_diagram(
            lambda v, reset_rate: family(1 - v, reset_rate), x=x, y=("reset_rate", [1.0, 50.0, 150.0])
        )
    else:
        diagram = phase_diagram(family, x=x, y=("reset_rate", [1.0, 50.0, 150.0]))
    exact = rd.transition(lambda u: family(u, 1.0), "u", 0.1, 0.4)
    assert diagram.onsets == pytest.approx([exact.jump], rel=1e-6)
    diagram.save(tmp_path / "jump.npz")
    at, rates = optimum_of(rd.load(tmp_path / "jump.npz").plot()).T
    jump = 1 - exact.value if mirror else exact.value
    there = np.isclose(at, jump, rtol=1e-7)
    drop = sorted(rates[there][[0, -1]] if mirror else rates[there][[-1, 0]])
    assert drop == pytest.approx([0.0, exact.jump], rel=1e-3)


@pytest.mark.parametrize("reset", [rd.Sharp(1.0), rd.RateField("x")])
def test_a_curve_over_rates_is_about_no_other_law(reset):
    with pytest.raises(ValueError, match=r"over Poisson rates; give rd\.Poisson"):
        plotting.mean_against_rate(rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), reset))


def test_a_map_with_nothing_finite_has_no_colour_bar():
    diagram = phase_diagram(search, x=("diffusion", [0.5, 1, 2]), y=("reset_rate", RATES))
    ax = diagram.plot()
    assert len(ax.figure.axes) == 1
    assert texts(ax) == ["infinite", "optimal rate $r^*$"]


def test_rounded_whole_numbers_get_a_logarithmic_axis():
    sizes = np.unique(np.geomspace(1, 64, 20).round().astype(int))
    diagram = phase_diagram(label_noise, x=("batch_size", sizes), y=("reset_rate", RATES))
    assert diagram.plot().get_xscale() == "log"


def test_pieces_draw_on_the_axes_given():
    figure, axes = pyplot.subplots(2, 3)
    problem = search(reset_rate=1.0, drift=-0.5)
    model = label_noise(noise_rate=0.3)
    steady = rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), rd.Poisson(1.0, to=0.5))
    paths = rd.simulate(problem, n=2000, rng=1)
    diagram = phase_diagram(label_noise, x=("noise_rate", np.linspace(0, 0.6, 5)), y=("reset_rate", RATES))
    drawn = [
        plotting.mean_against_rate(problem, samples=[paths], ax=axes[0, 0]),
        plotting.risk_against_rate(model, ax=axes[0, 1]),
        plotting.survival(paths, rd.solve(problem), ax=axes[0, 2]),
        plotting.steady_density(rd.solve(steady), rd.simulate(steady, n=2000, rng=1), ax=axes[1, 0]),
        plotting.steady_density(samples=rd.simulate(steady, n=2000, rng=1), ax=axes[1, 1]),
        plotting.phase_map(diagram, ax=axes[1, 2]),
    ]
    assert drawn == list(axes.flat)
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in drawn)
    figure.canvas.draw()


def test_the_histogram_and_the_density_have_the_same_area():
    steady = rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), rd.Poisson(1.0, to=0.5))
    ax = plotting.steady_density(rd.solve(steady), rd.simulate(steady, n=2000, rng=1))
    x, density = ax.lines[0].get_data()
    bars = ax.patches[0].get_data()
    assert np.trapezoid(density, x) == pytest.approx(1, abs=1e-3)
    assert np.sum(bars.values * np.diff(bars.edges)) == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize("max_time", [np.inf, 0.5])
def test_summaries_are_drawn_as_samples_are(max_time):
    kept = {
        keep: rd.simulate(search(reset_rate=1.0), n=2000, rng=1, keep=keep, max_time=max_time)
        for keep in ("samples", "summary")
    }
    curves = {keep: plotting.survival(runs).lines[0].get_data() for keep, runs in kept.items()}
    t = np.linspace(0.0, 0.45, 50)
    one, two = (np.interp(t, *curves[keep]) for keep in ("samples", "summary"))
    assert np.max(np.abs(one - two)) < 0.005
    ends = [(times[-1], alive[-1]) for times, alive in curves.values()]
    assert ends[0] == pytest.approx(ends[1], rel=2**-7)

    steady = rd.SteadyState(rd.OrnsteinUhlenbeck(1.0, 1.5, 0.5), rd.Poisson(1.0, to=0.5))
    bars = [
        plotting.steady_density(samples=rd.simulate(steady, n=20_000, rng=1, keep=keep)).patches[0].get_data()
        for keep in ("samples", "summary")
    ]
    assert np.max(np.abs(np.cumsum(bars[0].values) - np.cumsum(bars[1].values))) * 0.1 < 0.01


def test_a_density_needs_one_dimension_and_something_to_draw():
    plane = rd.SteadyState(rd.OrnsteinUhlenbeck(np.eye(2), 0.0, 1.0))
    with pytest.raises(ValueError, match="one dimension"):
        plotting.steady_density(rd.solve(plane))
    with pytest.raises(ValueError, match="exact=None, samples=None"):
        plotting.steady_density()


def test_the_style_ends_with_its_context():
    before = dict(pyplot.rcParams)
    with plotting.style():
        assert pyplot.rcParams["svg.fonttype"] == "none"
    assert dict(pyplot.rcParams) == before


def test_the_same_figure_is_the_same_file(tmp_path):
    for name in ("a", "b"):
        plotting.save(plotting.mean_against_rate(search(drift=-0.5)).figure, tmp_path / f"{name}.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_unknown_formats_are_refused(tmp_path):
    with pytest.raises(ValueError, match="give one of 'svg', 'png', 'pdf'"):
        plotting.save(pyplot.figure(), tmp_path / "figure.gif")


@pytest.mark.parametrize("to", [norm(0.5, 0.3), rd.Partial(0.5)])
def test_a_density_with_no_one_place_of_resets(to):
    steady = rd.solve(rd.SteadyState(rd.Brownian(1.0), rd.Poisson(1.0, to=to)))
    ax = plotting.steady_density(steady)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["theory"]


def test_the_curve_of_the_mean_knows_what_resets_cost():
    problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(2.0, refractory=0.5))
    line = plotting.mean_against_rate(problem, rates=[1.0, 2.0]).get_lines()[0]
    assert line.get_ydata()[1] == rd.solve(problem).mean
