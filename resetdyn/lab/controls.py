"""What the page is built of: sliders for dials, the picture in its frame, and what to take away from it."""

from __future__ import annotations

import base64
from functools import partial
from html import escape
from typing import Any

import marimo as mo

from resetdyn.lab.dials import Dial, Field, Values
from resetdyn.lab.picture import Picture
from resetdyn.lab.systems import SYSTEMS, System
from resetdyn.lab.views import VIEWS, picture

REFUSALS = (ValueError, TypeError, ArithmeticError)  # what theory and simulation say to the reader
_DURATIONS = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0)
_MIME = {
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "npz": "application/octet-stream",
    "csv": "text/csv",
}


def systems() -> Any:
    """Return the choice of a system."""
    options = {system.title: system.name for system in SYSTEMS.values()}
    return mo.ui.radio(options, value=next(iter(options)), label="**System**")


def views(system: System) -> Any:
    """Return the choice of one of the system's views."""
    options = {VIEWS[name]: name for name in system.views}
    return mo.ui.radio(options, value=VIEWS["mean"], label="**View**")


def dials(system: System) -> Any:
    """Return all that can be turned, by name."""
    return mo.ui.dictionary({dial.name: _control(dial) for dial in system.dials})


def _control(dial: Dial | Field) -> Any:
    if isinstance(dial, Field):
        return mo.ui.text(dial.default, label=dial.label, full_width=True, debounce=500, max_length=200)
    return mo.ui.slider(
        steps=dial.steps, value=dial.default, label=dial.label, show_value=True, full_width=True
    )


def duration(system: System) -> Any:
    """Return the choice of the time that trajectories are shown for."""
    return mo.ui.slider(
        steps=_DURATIONS, value=system.duration, label="time shown", show_value=True, full_width=True
    )


def again() -> Any:
    """Return a button whose value is one more at each press: the seed of what is simulated."""
    return mo.ui.button(lambda value: value + 1, value=1, label="Draw new samples")


def trouble(system: System, values: Values) -> str:
    """Return why these values make no problem, as a message; nothing where they do."""
    try:
        system.problem(system.checked(values))
    except REFUSALS as error:
        return str(error)
    return ""


def panel(dials: Any, trouble: str, view: str, time: Any, button: Any) -> Any:
    """Return the dials, one below the other, what is wrong with them, and what a simulated view has more."""
    more = {"paths": [time, button], "density": [button]}.get(view, [])
    rows = list(dials.elements.values())
    if trouble:  # below the formula, if there is one, for that is what is wrong most often
        rows.insert(1, mo.Html(_message(trouble)))
    return part("dials", mo.vstack([*rows, *more], gap=0.4))


def drawn(system: System, view: str, values: Values, sample: int, time: float) -> Picture | str:
    """Return the picture, or why there is none."""
    try:
        return picture(system.name, view, values, sample, time)
    except REFUSALS as error:
        return str(error)


def framed(shown: Picture | str, trouble: str) -> Any:
    """Return the picture with its two sentences; or why there is none, unless the dials say so already."""
    if isinstance(shown, str):
        return part(
            "picture", _message("No picture: the message at the dials says why." if trouble else shown)
        )
    image = base64.b64encode(shown.screen().encode()).decode()
    text = escape(shown.text)
    return part("picture", f'<p>{text}</p><img alt="{text}" src="data:image/svg+xml;base64,{image}">')


def kept(shown: Picture | str, name: str) -> Any:
    """Return the code of the picture, and its files to save; nothing where there is no picture."""
    if isinstance(shown, str):
        return part("kept", "")
    files = [
        mo.download(partial(shown.file, kind), f"{name}.{kind}", mime, label=f"Save {kind.upper()}")
        for kind, mime in _MIME.items()
    ]
    # As characters, because the page is put together without the line breaks of its source.
    lines = escape(shown.code).replace("\n", "&#10;")
    code = f"<details><summary>Show me the code</summary><pre>{lines}</pre></details>"
    return part("kept", f"{mo.hstack(files, wrap=True, justify='start', gap=0.4)}{code}")


def part(name: str, content: Any) -> Any:
    """Return a part of the page that its style sheet knows by name."""
    return mo.Html(f'<div class="lab-{name}">{content}</div>')


def _message(text: str) -> str:
    return f'<p class="lab-message" role="alert">{escape(text)}</p>'
