"""Watches one reader read one input: what came out, how long it took, and whether anything was run."""

from __future__ import annotations

import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

# What a reader may raise, and no other.
DOCUMENTED = (ValueError, TypeError, OSError, MemoryError)
SLOW, HUNG = 1.0, 20.0  # seconds of the processor, and of the clock
_LONGEST = 3000  # characters of a message
_RUNS = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen"}
# Called by a pickle. (numba keeps its cache as one, which calls none of these.)
_CALLED = ("open", "system", "eval", "exec")
_ran: list[str] = []


class Outcome(NamedTuple):
    """What an input ended in: "answered", "refused" or "fault"; why; and the processor's seconds."""

    kind: str
    why: str
    seconds: float


class Nonsense(Exception):
    """An answer that no input deserves."""


class _Hung(BaseException):
    """Nobody catches it by mistake."""


def watched(read: Callable[[Any], None], given: Any, names: tuple[str, ...], trace: Path) -> Outcome:
    """Return what reading an input ends in.

    Parameters
    ----------
    read : callable
        Reads the input and judges the answer.
    given
        The input.
    names : tuple of str
        What the message of a refusal must name, one of them.
    trace : path
        A file that is there if the input was run as code.
    """
    _ran.clear()
    began = time.process_time()
    signal.setitimer(signal.ITIMER_REAL, HUNG)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read(given)
        kind, why = "answered", ""
    except DOCUMENTED as error:
        kind, why = _refusal(error, names)
    except _Hung:
        kind, why = "fault", f"hung for {HUNG:g} seconds"
    except Exception as error:
        kind, why = "fault", f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    seconds = time.process_time() - began
    if _ran or trace.exists():
        trace.unlink(missing_ok=True)
        return Outcome("fault", f"something ran: {_ran}", seconds)
    if kind != "fault" and seconds > SLOW:
        return Outcome("fault", f"{kind} after {seconds:.1f} s", seconds)
    return Outcome(kind, why, seconds)


def _refusal(error: Exception, names: tuple[str, ...]) -> tuple[str, str]:
    message = str(error)
    if isinstance(error, UnicodeError):
        return "fault", f"{type(error).__name__}: {message[:200]}"
    if not any(name in message for name in names):
        return "fault", f"a message that does not name {names[0]!r}: {type(error).__name__}: {message[:200]}"
    if len(message) > _LONGEST:
        return "fault", f"a message of {len(message)} characters: {message[:200]}"
    return "refused", message


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _RUNS or (event == "pickle.find_class" and arguments[1] in _CALLED):
        _ran.append(event)


def _ring(*_: Any) -> None:
    raise _Hung


def begin() -> None:
    """Listen for what must not run, and set the alarm's bell."""
    sys.addaudithook(_heard)
    signal.signal(signal.SIGALRM, _ring)
