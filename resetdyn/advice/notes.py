"""What to know before relying on the advice, the most important first."""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

from resetdyn.advice.words import count, percent


def notes_of(study: Any, free: Any, best: Any, helps: bool, longer: bool) -> tuple[str, ...]:
    """Return the notes on an advice: `best` is its best Poisson rate."""
    data, rest = study.samples, float(study.law.rest)
    notes = []
    if free.tail is not None and not free.tail.variance_exists:
        notes.append(free.tail.claim())
    elif isfinite(free.mean) and free.mean_interval[1] == inf and not rest and not data.any_censored:
        notes.append(
            "so few of the slowest runs make up the mean without restarts that nothing bounds it above"
        )
    if rest > 0 and not study.at_rate:
        notes.append(
            f"{percent(rest)} of the runs take longer than any that ended, how long is not known; the mean "
            "without restarts is only a lower bound"
            + ("" if helps or longer else ", and the verdict holds only if they take little longer")
        )
    if helps and best.at_reach:
        notes.append("the best rate is at the end of what these runs tell; a higher one may be better yet")
    if study.at_rate and free.mean != free.mean:
        notes.append("these runs do not tell the mean without restarts")
    if not helps and data.n >= 30:
        notes.append(
            f"slow runs so rare that none is among these (fewer than 1 in {count(data.n / 3)}) "
            "could change this"
        )
    return tuple(notes)
