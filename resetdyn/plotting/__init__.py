"""Figures: one style, and small pieces that draw on any axes (``ax=``) and return them.

Colours are Okabe and Ito's, distinguishable with any colour vision.  Maps of ratios are white where resetting
has no effect, blue where it helps and red where it does harm.
"""

from resetdyn.plotting.curves import mean_against_rate, risk_against_rate, steady_density, survival
from resetdyn.plotting.landscapes import landscape
from resetdyn.plotting.movie import animate
from resetdyn.plotting.paths import trajectories
from resetdyn.plotting.phase_map import phase_map
from resetdyn.plotting.style import COLOURS, label, save, style

__all__ = [
    "COLOURS",
    "animate",
    "label",
    "landscape",
    "mean_against_rate",
    "phase_map",
    "risk_against_rate",
    "save",
    "steady_density",
    "style",
    "survival",
    "trajectories",
]
