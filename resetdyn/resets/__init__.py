"""Resets: when is the process sent back, where to, and at what cost?

``to=None`` means the start of the problem.  A pause after each reset (``refractory=``) and a journey back at
finite speed (``return_speed=``) cost time.  A new law of resetting is a new class here and its name in the
union below.
"""

from typing import Any

from resetdyn.resets.base import Partial
from resetdyn.resets.best_so_far import BestSoFar
from resetdyn.resets.geometric import Geometric
from resetdyn.resets.rate_field import RateField
from resetdyn.resets.waiting import NoReset, Poisson, Renewal, Sharp

Reset = NoReset | Poisson | Sharp | Renewal | Geometric | RateField

__all__ = [
    "BestSoFar",
    "Geometric",
    "NoReset",
    "Partial",
    "Poisson",
    "RateField",
    "Renewal",
    "Reset",
    "Sharp",
    "destination",
    "never_resets",
]


def never_resets(reset: Reset) -> bool:
    """Return whether this reset never happens (no reset, or at rate or probability 0)."""
    match reset:
        case NoReset():
            return True
        case Poisson(rate=rate):
            return rate == 0
        case Geometric(probability=p):
            return p == 0
        case RateField(rate=formula):
            return formula == 0
    return False


def destination(reset: Reset, start: Any) -> Any:
    """Return where a reset sends the state, for a problem with this start."""
    return start if reset.to is None else reset.to
