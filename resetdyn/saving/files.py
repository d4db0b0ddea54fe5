"""Files of results: written and read."""

from __future__ import annotations

import json
from typing import Any

from resetdyn import storage
from resetdyn._version import __version__
from resetdyn.saving.kinds import RESULTS
from resetdyn.saving.trees import Writer, value_of

_KIND, _FORMAT = "result", 1
# What values that are none of a result end in.
_WRONG = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError)
_DIAGRAM = "PhaseDiagram"  # which has a layout of its own


def save(result: Any, path: storage.Path_) -> None:
    """Save a result (see :meth:`resetdyn.saving.saved.Saved.save`)."""
    writer = Writer()
    tree = json.dumps(writer.parts(result))
    arrays = {f"array_{i}": array for i, array in enumerate(writer.arrays)}
    storage.save_arrays(path, _KIND, _FORMAT, {"tree": tree, "made_by": __version__, **arrays})


def load(path: storage.Path_) -> Any:
    """Load a result or a diagram that was saved.

    Parameters
    ----------
    path : path
        File written by the `save` of a result, or of a :class:`~resetdyn.PhaseDiagram`.

    Returns
    -------
    PhaseDiagram or one of the results
        The same as was saved, bit for bit.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is damaged, of another kind or format version, or holds pickled objects (never executed).
    MemoryError
        If what it holds would not fit into the free memory.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import resetdyn as rd
    >>> problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(2.5))
    >>> with TemporaryDirectory() as folder:
    ...     rd.simulate(problem, n=1000, rng=7).save(f"{folder}/times.npz")
    ...     times = rd.load(f"{folder}/times.npz").times
    >>> bool((times == rd.simulate(problem, n=1000, rng=7).times).all())
    True
    """
    from resetdyn.phase import diagram_of

    found = storage.read_arrays(path)
    if str(found.get("kind")) == _DIAGRAM:
        return diagram_of(path, found)
    storage.check_format(path, found, _KIND, _FORMAT, ("tree",))
    try:
        tree = json.loads(found["tree"])
        if tree["is"] not in (name for names in RESULTS.values() for name in names):
            raise ValueError("this is no result")
        return value_of(tree, found)
    except _WRONG as error:
        maker = found.get("made_by", "another version")
        raise ValueError(
            f"{path} does not hold a result that this version of resetdyn knows ({error}): "
            f"it was saved by {maker}; load it with that, or save it again"
        ) from None
