"""The page of the lab, as cells for marimo: what to turn on the left, what it does on the right."""

# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False
# ruff: noqa: D103

import marimo

app = marimo.App(width="full", app_title="resetdyn lab", css_file="page.css")

with app.setup:
    from resetdyn.lab import controls
    from resetdyn.lab.systems import SYSTEMS


@app.cell
def choose_system():
    system = controls.systems()
    controls.part("system", system)
    return (system,)


@app.cell
def make_controls(system):
    chosen = SYSTEMS[system.value]
    dials, view = controls.dials(chosen), controls.views(chosen)
    duration, again = controls.duration(chosen), controls.again()
    return again, chosen, dials, duration, view


@app.cell
def choose_view(view):
    controls.part("view", view)
    return


@app.cell
def draw(again, chosen, dials, duration, view):
    trouble = controls.trouble(chosen, dials.value)
    picture = controls.drawn(chosen, view.value, dials.value, again.value, duration.value)
    controls.framed(picture, trouble)
    return picture, trouble


@app.cell
def turn(again, dials, duration, trouble, view):
    controls.panel(dials, trouble, view.value, duration, again)
    return


@app.cell
def keep(chosen, picture, view):
    controls.kept(picture, f"{chosen.name}-{view.value}")
    return


if __name__ == "__main__":
    app.run()
