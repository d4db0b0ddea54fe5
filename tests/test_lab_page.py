"""The page of the lab: its cells run, it is served to this machine, and a browser can play with it."""

import io
import queue
import re
import shutil
import socket
import subprocess
import sys
import threading

import numpy as np
import pytest

from resetdyn.cli import main
from resetdyn.lab import SYSTEMS, VIEWS, picture, server

WAIT = 60.0  # seconds that a machine in a hurry may take for what takes one
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def test_a_port_that_is_taken_is_one_line(capsys):
    with socket.socket() as other:
        other.bind((server.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["lab", "--headless", "--port", str(port)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(
        rf"resetdyn: error: port {port} cannot be used \(.+\): give another.*\n", captured.err
    )


@pytest.mark.parametrize("port", ["-1", "65536", "no"])
def test_what_is_no_port_is_one_line(port, capsys):
    assert main(["lab", "--headless", "--port", port]) == 2
    assert re.fullmatch(r"resetdyn: error: .*--port.*\n", capsys.readouterr().err)


def test_without_marimo_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "marimo", None)
    assert main(["lab", "--headless"]) == 2
    assert capsys.readouterr().err == 'resetdyn: error: the lab needs marimo: pip install "resetdyn[lab]"\n'


def test_the_page_has_cells_that_run():
    pytest.importorskip("marimo")
    from resetdyn.lab.page import app

    _, made = app.run()
    assert made["picture"].series["optimum"]["reset_rate"][0] == pytest.approx(1.9765441, rel=1e-6)
    assert made["trouble"] == ""
    assert made["system"].value == next(iter(SYSTEMS))


def test_a_message_is_text_on_the_page_and_not_part_of_it():
    pytest.importorskip("marimo")
    from resetdyn.lab import controls

    typed = SYSTEMS["typed"]
    values = {dial.name: dial.default for dial in typed.dials} | {"potential": "<img src=x onerror=alert(1)>"}
    trouble = controls.trouble(typed, values)
    assert "<img" in trouble
    panel = controls.panel(controls.dials(typed), trouble, "mean", None, None).text
    assert "&lt;img src=x" in panel
    assert "<img src=x" not in panel
    shown = controls.drawn(typed, "mean", values, 1, 5.0)
    assert "the message at the dials says why" in controls.framed(shown, trouble).text
    assert "<img" not in controls.framed(shown, "").text


@pytest.fixture(scope="module")
def address():
    """Serve the lab at a free port for the tests of this file, and end it whatever happens."""
    pytest.importorskip("marimo")
    command = [sys.executable, "-m", "resetdyn", "lab", "--headless", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True)
    reader.start()
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+", lines.get(timeout=WAIT))
        assert found
        yield found[0]
    finally:
        process.kill()
        process.wait(timeout=WAIT)
        reader.join(timeout=WAIT)
        process.stdout.close()


@pytest.fixture(scope="module")
def browser():
    """Start the system's Chromium without a window; skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=QUIET, timeout=WAIT * 1000)
        try:
            yield running
        finally:
            running.close()


class Visit:
    """A page in the browser, and what went wrong on it."""

    def __init__(self, browser, address, width, height):
        self.page = browser.new_page(viewport={"width": width, "height": height}, accept_downloads=True)
        self.page.set_default_timeout(WAIT * 1000)
        self.errors, self.requests = [], []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)
        self.page.wait_for_selector(".lab-picture img")

    def source(self):
        return self.page.locator(".lab-picture img").get_attribute("src")

    def choose(self, name):
        self.page.get_by_role("radio", name=name, exact=True).click()

    def caption(self, words):
        self.page.wait_for_function(
            "words => { const p = document.querySelector('.lab-picture p');"
            " return p && p.innerText.includes(words); }",
            arg=words,
        )

    def changed(self, old):
        self.page.wait_for_function(
            "old => { const i = document.querySelector('.lab-picture img'); return i && i.src !== old; }",
            arg=old,
        )


@pytest.fixture
def visit(browser, address):
    opened = []

    def open_page(width, height):
        opened.append(Visit(browser, address, width, height))
        return opened[-1]

    yield open_page
    for one in opened:
        one.page.close()


@pytest.mark.slow
def test_a_slider_moves_the_picture(visit, address):
    lab = visit(1280, 720)
    old = lab.source()
    slider = lab.page.get_by_role("slider").first  # the reset rate
    slider.focus()
    slider.press("ArrowRight")
    lab.changed(old)
    assert slider.get_attribute("aria-valuenow") is not None
    lab.choose(VIEWS["landscape"])
    lab.caption("The potential slopes to the target")
    lab.choose(VIEWS["paths"])
    lab.caption("Each colour is one search")
    old = lab.source()
    lab.page.get_by_role("button", name="Draw new samples").click()
    lab.changed(old)
    lab.choose(SYSTEMS["learning"].title)
    lab.caption("The mean time to the clean optimum")
    lab.choose(VIEWS["risk"])
    lab.caption("The clean risk of long training")
    assert lab.errors == []
    assert [url for url in lab.requests if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.slow
def test_the_code_and_the_files_are_there(visit, tmp_path):
    lab = visit(1280, 720)
    with lab.page.expect_download() as caught:
        lab.page.get_by_role("link", name="Save NPZ").or_(
            lab.page.get_by_role("button", name="Save NPZ")
        ).first.click()
    caught.value.save_as(tmp_path / "saved.npz")
    arrays = np.load(io.BytesIO((tmp_path / "saved.npz").read_bytes()), allow_pickle=False)
    assert arrays["optimum.reset_rate"][0] == pytest.approx(1.9765441, rel=1e-6)
    lab.page.get_by_text("Show me the code").click()
    shown = lab.page.locator(".lab-kept pre")
    shown.wait_for(state="visible")
    assert shown.inner_text().strip() == picture("search", "mean").code.strip()
    assert lab.errors == []


@pytest.mark.slow
def test_a_wrong_potential_is_a_message_in_place(visit):
    lab = visit(1280, 720)
    lab.choose(SYSTEMS["typed"].title)
    lab.caption("The mean time to the target")
    field = lab.page.get_by_role("textbox")
    for wrong, message in (("x**2 +", "does not parse"), ("y*x", "y unknown")):
        field.fill(wrong)
        lab.page.locator(".lab-dials .lab-message").get_by_text(message).wait_for()
        lab.caption("the message at the dials says why")
    field.fill("x**2/2")
    lab.page.wait_for_selector(".lab-picture img")
    assert lab.page.locator(".lab-message").count() == 0
    assert lab.errors == []


BEYOND = """() => [...document.querySelectorAll('[class^=lab-], [class^=lab-] *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 200))"""


@pytest.mark.slow
def test_at_the_width_of_a_phone_nothing_is_cut_off(visit):
    lab = visit(390, 844)
    for system in SYSTEMS.values():
        lab.choose(system.title)
        lab.caption(picture(system.name, "mean").text[:60])  # what a system begins with
        for view in system.views:
            lab.choose(VIEWS[view])
            lab.caption(picture(system.name, view).text[:60])
            assert lab.page.evaluate(BEYOND) == [], (system.name, view)
            assert lab.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert lab.errors == []
    lab.page.evaluate("document.querySelector('.lab-picture img').style.minWidth = '400px'")
    assert len(lab.page.evaluate(BEYOND)) == 1  # so that it would be seen
