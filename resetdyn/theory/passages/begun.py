"""A passage that may be over before it begins, because some of its starts are in the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from resetdyn._checks import FloatArray


class Begun:
    """What is over at once with the chance `inside`, and else goes on like `outside`, in time."""

    def __init__(self, inside: float, outside: Any) -> None:
        self.inside, self.outside = inside, outside
        self.precision, self.timed_method = outside.precision, outside.timed_method

    def deepen(self) -> bool:
        """Return that the earliest times never matter beside the beginning."""
        return False

    def survival(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has not been reached by `t`."""
        return np.asarray((1 - self.inside) * self.outside.survival(t))

    def reached(self, t: FloatArray) -> FloatArray:
        """Return the probability that the target has been reached by `t`."""
        return np.asarray(self.inside + (1 - self.inside) * self.outside.reached(t))

    def log_reached(self, t: FloatArray) -> FloatArray:
        """Return the logarithm of the probability that the target has been reached by `t`."""
        return np.asarray(np.log(self.reached(t)))

    def density(self, t: FloatArray) -> FloatArray:
        """Return the density of the first-passage time above 0."""
        return np.asarray((1 - self.inside) * self.outside.density(t))
