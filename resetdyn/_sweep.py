"""Sweeps: many independent cells, shared out among workers, each kept on disk as soon as it is done.

The folder of a sweep holds its description, and one file for each finished cell.  Both are written whole or
not at all, so that a sweep may be killed at any time, and go on later, in another process or in several at
once: who comes second writes the same bits.  A file that is damaged, or belongs to another sweep, counts as
missing.  Results are lists and numbers, which JSON gives back bit by bit: keeping them changes none.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from typing import Any

from tqdm import tqdm

from resetdyn import _checks, storage
from resetdyn._interrupts import interruptible

_DESCRIPTION = "sweep.json"
_MISSING: Any = object()

Job = Callable[[Any], Any]


class Folder:
    """The folder of a sweep.

    Parameters
    ----------
    path : path
        Where; it is made if its parent is there.
    description : dict of str
        What makes the sweep what it is. A folder with another description is refused.
    """

    def __init__(self, path: storage.Path_, description: dict[str, str]) -> None:
        self.path = Path(path).absolute()
        self.digest = sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()
        self._claim(description)

    def _claim(self, description: dict[str, str]) -> None:
        place = self.path / _DESCRIPTION
        if not place.exists():
            self._make()
            storage.write_once(place, json.dumps(description, indent=1).encode())
        try:
            found = json.loads(place.read_bytes())
        except OSError as error:
            raise OSError(
                f"checkpoint={place} cannot be read ({error.strerror}): give another folder"
            ) from None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ValueError(f"checkpoint={place} is damaged: delete the folder, or give another one")
        names = [name for name in description | found if description.get(name) != found.get(name)]
        if names:
            raise ValueError(
                f"checkpoint={self.path} is of another sweep, with another {', '.join(names)}: give the same "
                "arguments as then, or another folder"
            )

    def _make(self) -> None:
        if self.path.is_file():
            raise NotADirectoryError(f"checkpoint={self.path} is a file: give a folder")
        try:
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise type(error)(
                f"checkpoint={self.path} cannot be made ({error.strerror}): give a folder in one that is "
                "there and can be written"
            ) from None
        others = any(not entry.name.startswith(f".{_DESCRIPTION}") for entry in self.path.iterdir())
        if others and not (self.path / _DESCRIPTION).exists():  # another process may just have made it
            raise ValueError(f"checkpoint={self.path} holds other files: give a folder of its own")

    def read(self, name: str) -> Any:
        """Return what was kept of a cell, or the mark for nothing."""
        try:
            kept = json.loads((self.path / f"{name}.json").read_bytes())
            whole = kept["check"] == self._check(name, kept["result"])
        except (OSError, ValueError, KeyError, TypeError):
            return _MISSING
        return kept["result"] if whole else _MISSING

    def write(self, name: str, result: Any) -> None:
        """Keep what came out of a cell."""
        data = {"result": result, "check": self._check(name, result)}
        storage.write_atomically(self.path / f"{name}.json", json.dumps(data).encode())

    def check_writable(self) -> None:
        """Raise OSError now if no cell could be kept."""
        storage.check_writable(self.path / "cell.json")

    def _check(self, name: str, result: Any) -> str:
        return sha256(f"{self.digest} {name} {json.dumps(result)}".encode()).hexdigest()


def sweep(
    job: Job, items: dict[str, Any], workers: Any, folder: Folder | None, progress: bool | None, threads: bool
) -> list[Any]:
    """Return ``job(item)`` for every item, as lists and numbers, in order.

    Parameters
    ----------
    job : callable
        What to do with an item; its result must be fit for JSON.
    items : dict
        The items by the names that their files bear.
    workers : int, executor or callable
        Who does it. They keep what they have done, so they must see the folder.
    folder : Folder or None
        Where results are kept.
    progress : bool or None
        Whether to show a bar; None shows one on a terminal, after two seconds.
    threads : bool
        Whether a number of workers is one of threads; else of processes.
    """
    done = {name: folder.read(name) for name in items} if folder else dict.fromkeys(items, _MISSING)
    left = {name: item for name, item in items.items() if done[name] is _MISSING}
    if folder and left:
        folder.check_writable()
    hidden = None if progress is None else not progress  # None: hidden where there is no terminal
    with (
        _mapping(workers, threads, job, len(left)) as map_,
        tqdm(
            desc="phase diagram", total=len(items), initial=len(items) - len(left), delay=2, disable=hidden
        ) as bar,
    ):
        for name, result in zip(left, map_(partial(_kept, job, folder), left.items()), strict=True):
            done[name] = result
            bar.update()
    return list(done.values())


def _kept(job: Job, folder: Folder | None, item: tuple[str, Any]) -> Any:
    name, argument = item
    with interruptible():
        result = job(argument)
    if folder:
        folder.write(name, result)
    return result


@contextmanager
def _mapping(workers: Any, threads: bool, job: Job, number: int) -> Iterator[Callable[..., Any]]:
    """Give something that maps, in order."""
    if not callable(workers) and not hasattr(workers, "submit"):
        workers = _checks.integer("workers", workers)
    if isinstance(workers, int) and (workers == 1 or not number):
        yield map
        return
    from resetdyn.simulation.workers import run  # it loads numba, which exact columns may not need

    if threads or not isinstance(workers, int):
        yield lambda job, items: run(job, items, workers, hasty=True)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_deaf) as pool:
        yield lambda job, items: run(job, items, pool, hasty=True)


def _deaf() -> None:
    """Leave Ctrl-C to the process that hands out the work."""
    signal(SIGINT, SIG_IGN)


def check_picklable(build: Any, workers: Any) -> None:
    """Raise TypeError now if the processes could not be told what to build."""
    if isinstance(workers, int) and workers > 1:
        try:
            pickle.dumps(build)
        except (pickle.PicklingError, AttributeError, TypeError):
            raise TypeError(
                f"build={build!r} cannot be sent to workers={workers} processes: define it at the top of a "
                "module, or give workers=1"
            ) from None
