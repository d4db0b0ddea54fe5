"""The gallery: every result in quick mode, and that a wrong number is caught."""

import json
import math
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from analysis import __main__ as command
from analysis import figures
from analysis.gallery import exhibit, hall, pages, results
from analysis.gallery.result import Number, Outcome, Paper, Result


@pytest.mark.parametrize("name", results())
def test_a_result_stands(name, seed):
    """Theory gives what was published, simulation gives theory, and the figure says what it shows."""
    shown = exhibit.run(name, quick=True, seed=seed)
    result, outcome = shown.result, shown.outcome
    figures.plt.close(outcome.figure)
    wrong = [(n.quantity, n.published, n.theory, n.simulated, n.z) for n in outcome.numbers if not n.good]
    assert outcome.numbers
    assert not wrong
    assert result.statement
    assert all(not paper.link or paper.link.startswith("https://") for paper in (result.paper, *result.also))
    assert shown.value or not result.code
    assert outcome.caption
    drawn = [axes for axes in outcome.figure.axes if axes.get_visible() and axes.has_data()]
    assert drawn
    for axes in drawn:
        assert axes.get_ylabel() or axes.get_label() == "<colorbar>"
        assert (
            axes.get_xlabel()
            or axes.get_label() == "<colorbar>"
            or axes.get_shared_x_axes().get_siblings(axes)
        )


def test_names_are_those_of_the_modules():
    from importlib import import_module

    for name, result in results().items():
        assert import_module(f"analysis.gallery.{name}").RESULT is result


RIGHT = Number("right", "1.5936", "", 1.59362426, simulated=1.6, simulated_error=0.01)


def test_a_number_is_held_to_every_digit_printed():
    assert RIGHT.good
    assert RIGHT.matches
    assert Number("next digit", "1.5936", "", 1.59367).matches is False
    assert not Number("one digit more", "1.593625", "", 1.59362426).good
    assert Number("of a formula", 0.1 + 0.2, "", 0.3).good
    assert not Number("of another formula", 0.3, "", 0.3000001).good
    assert Number("its own error", 0.3, "", 0.3000001, theory_error=1e-6).good
    assert Number("infinite", math.inf, "", math.inf).good
    assert Number("infinite, as text", "inf", "", math.inf).good
    assert not Number("not infinite", math.inf, "", 1e300).good
    assert Number("thousands", "5990", "", 5990.4).good
    assert not Number("no number", 0.3, "", math.nan).good


def test_a_wrong_simulation_is_caught():
    assert not Number("far", None, "", 1.0, simulated=1.05, simulated_error=0.01).good
    assert not Number("without an error", None, "", 1.0, simulated=1.0, simulated_error=0.0).good
    assert not Number("infinite error", None, "", 1.0, simulated=1.0, simulated_error=math.nan).good
    assert not Number("compared with nothing", None, "", 1.0).good


def test_a_disputed_number_has_to_differ():
    assert Number("loose", "1.27", "", 1.372, disputed=True).good
    assert not Number("not loose at all", "1.37", "", 1.372, disputed=True).good
    with pytest.raises(ValueError, match="disputed"):
        Number("of nothing", None, "", 1.0, disputed=True)


def test_a_wrong_result_is_caught():
    """The whole way: a wrong published number and a wrong simulation make an outcome that is not good."""
    assert Outcome(None, [RIGHT], "reproduced").good
    for wrong in (Number("wrong", "1.6936", "", 1.59362426), Number("far", None, "", 1, 0, 2.0, 0.01)):
        assert not Outcome(None, [RIGHT, wrong], "reproduced").good
    assert not Outcome(None, [], "reproduced").good
    with pytest.raises(ValueError, match="remark"):
        Outcome(None, [RIGHT], "corrected")
    with pytest.raises(ValueError, match="disputed"):
        Outcome(None, [Number("loose", "1.27", "", 1.372, disputed=True)], "reproduced")
    with pytest.raises(ValueError, match="wrong"):
        Outcome(None, [RIGHT], "wrong")


def test_a_paper_can_be_found():
    with pytest.raises(ValueError, match="doi"):
        Paper("Nobody", 2000, "Nothing", "Nowhere")
    assert Paper("A", 2000, "T", "J", arxiv="1102.2704").link == "https://arxiv.org/abs/1102.2704"
    assert Paper("A", 2000, "T", "J", page="https://a.b").link == "https://a.b"


def test_a_paper_without_an_address_is_named_and_leads_nowhere():
    bare = made(RIGHT)
    bare = replace(bare, result=replace(bare.result, paper=Paper("A", 2000, "T", "J 1, 2")))
    assert "A: T. J 1, 2 (2000)" in pages.page(bare)
    assert "]()" not in pages.page(bare)
    assert hall.cited(bare.result.paper) == '<p class="paper">A: T. J 1, 2 (2000)</p>'
    figures.plt.close("all")


def test_the_code_is_run():
    assert exhibit.value_of("import math\nmath.sqrt(2)") == "1.414213562"
    with pytest.raises(ValueError, match="expression"):
        exhibit.value_of("x = 1")


def made(*numbers):
    figure, axes = figures.new()
    axes.plot([0, 1])
    outcome = Outcome(figure, numbers, "reproduced", caption="A <caption> with |bars| & *stars*.")
    paper = Paper("A & B", 2000, "T*", "J", arxiv="1102.2704")
    result = Result("made", "One & only", paper, "First.\n\nSecond < third.", None, r"\frac{a}{b}", "6 * 7")
    return exhibit.Exhibit(result, outcome, "42")


def test_the_pages_are_well_formed_and_lead_to_each_other(tmp_path):
    first = made(RIGHT)
    second = replace(made(RIGHT), result=replace(first.result, name="second", code="", formula=""))
    index = hall.write([first, second], tmp_path / "gallery", "Written by a test.")
    files = {path.name for path in index.parent.iterdir()}
    for name in ("index", "made", "second"):
        page = ElementTree.fromstring((index.parent / f"{name}.html").read_text(encoding="utf-8"))
        links = [link.get("href") for link in page.iter("a")]
        images = [image.get("src") for image in page.iter("img")]
        assert {place for place in links if not place.startswith(("https:", ".."))} <= files
        assert {place for place in images if not place.startswith("data:")} <= files
        assert "2 published results" in "".join(page.itertext()) or "1.5936" in "".join(page.itertext())


def test_a_page_of_the_documentation_takes_text_as_it_is():
    text = pages.page(made(RIGHT))
    figures.plt.close("all")
    assert r"\|bars\| & \*stars\*" in text
    assert "$$\n\\frac{a}{b}\n$$" in text
    assert ":link: made\n" in pages.index([made(RIGHT)])
    figures.plt.close("all")


@pytest.mark.parametrize("number", [RIGHT, Number("wrong", "1.6936", "", 1.59362426)])
def test_the_study_carries_the_gallery(number, tmp_path, monkeypatch, capsys):
    """A result that is not as stated gives status 1 and says so, on its page and in the file of results."""
    monkeypatch.setattr(command, "run_all", lambda *_, **__: [made(number)])
    status = command.main(["--only", "diffusive_search", "--out", str(tmp_path)])
    line = json.loads((tmp_path / "results.json").read_text())["gallery"][0]
    assert status == (number is not RIGHT)
    assert line["good"] == line["numbers"][0]["good"] == (number is RIGHT)
    assert ("not as stated" in (tmp_path / "gallery" / "index.html").read_text()) == (number is not RIGHT)
    assert ("made is not as stated" in capsys.readouterr().out) == (number is not RIGHT)
    assert "gallery/index.html" in (tmp_path / "index.html").read_text()


def test_the_documentation_refuses_a_wrong_result(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "run_all", lambda *_, **__: [made(Number("wrong", "1.69", "", 1.59))])
    with pytest.raises(RuntimeError, match="made is not as stated"):
        pages.write_pages(tmp_path)
    figures.plt.close("all")


def test_the_names_are_listed(capsys):
    assert command.main(["--list"]) == 0
    assert set(results()) < set(capsys.readouterr().out.split())
