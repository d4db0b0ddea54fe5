"""Resetting of measured times at a fixed period; a run that ends exactly at a reset has ended.

No protocol is faster than the best fixed period (Pal and Reuveni, PRL 118, 030603 (2017)), so that some
resetting helps if and only if some period does: if at some age the mean residual life, less the price of a
reset, is above the mean time.
"""

from __future__ import annotations

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice.menu import Menu, Price, menu_of


def sharp_menu(periods: FloatArray, at: FloatArray, late: FloatArray, price: Price) -> Menu:
    """Return the menu of fixed periods, each the largest time of a group."""
    charge = np.full(len(periods), price.cost)
    if price.of_age is not None:
        charge = np.asarray([price.paid(np.asarray([t]), np.asarray([np.inf]), True)[0] for t in periods])

    def parts(T: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        ends = T[:, None] <= periods
        time = np.minimum(T[:, None], periods) + price.overhead * ~ends
        return time, charge * ~ends, ends.astype(float)

    return menu_of("sharp", periods, at, parts, late)
