"""Momentum, Polyak's heavy ball: ``v <- momentum v - learning_rate g``, then ``theta <- theta + v``.

Training starts at rest.  A reset of the parameters leaves open what becomes of the velocity, the state of the
optimiser: ``reset_velocity="zero"`` (the default) restarts the optimiser as well, ``"keep"`` lets it roll on.
"""

from __future__ import annotations

from typing import Any

from resetdyn import _checks


def check(momentum: Any, reset_velocity: Any) -> dict[str, Any]:
    """Return the two fields of a heavy ball as they are stored, or raise."""
    value = _checks.non_negative("momentum", momentum)
    if value >= 1:
        raise ValueError(f"momentum={value:g}: the velocity would never decay; give a number below 1")
    return {
        "momentum": value,
        "reset_velocity": _checks.choice("reset_velocity", reset_velocity, ("zero", "keep")),
    }
