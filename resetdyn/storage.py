"""Files: written whole or not at all, and read back without running what they contain."""

from __future__ import annotations

import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np

Path_ = str | os.PathLike[str]

_SMALL = 1e8  # bytes that need no look at the free memory
# What reading a damaged file of arrays ends in: no head (SyntaxError, TokenError), one bare array
# (AttributeError, TypeError), a packing that nobody knows (NotImplementedError, RuntimeError), a claim to
# hold more than there is (MemoryError, OverflowError).
DAMAGE = (ValueError, TypeError, AttributeError, EOFError, BadZipFile, zlib.error, NotImplementedError,
          RuntimeError, MemoryError, OverflowError, LookupError, SyntaxError, TokenError)  # fmt: skip


def write_atomically(path: Path_, data: bytes) -> None:
    """Write a file by way of a temporary one beside it, so that nobody ever reads half a file."""
    with _written(Path(path), data) as temporary:
        os.replace(temporary, path)


def write_once(path: Path_, data: bytes) -> None:
    """Write a file unless it is there already: of several processes at once, one writes it."""
    with _written(Path(path), data) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        except OSError:  # no links in this file system
            os.replace(temporary, path)


@contextmanager
def _written(path: Path, data: bytes) -> Iterator[str]:
    """Give a temporary file with the data, which is gone afterwards."""
    handle, temporary = _temporary(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())  # a temporary file is private, a result is not
        yield temporary
    except OSError as error:
        reason = error.strerror or error
        raise type(error)(
            f"{path} could not be written ({reason}): make room for it, or write elsewhere"
        ) from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def check_writable(path: Path_) -> None:
    """Raise OSError now if `path` cannot be written later, before hours of work are lost."""
    handle, temporary = _temporary(Path(path))
    os.close(handle)
    Path(temporary).unlink()


def save_arrays(path: Path_, kind: str, version: int, arrays: dict[str, Any]) -> None:
    """Save arrays and strings as .npz, with what they are and the version of their layout."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, kind=kind, version=version, **arrays)
    write_atomically(path, buffer.getvalue())


def read_arrays(path: Path_) -> dict[str, Any]:
    """Return the arrays of a file by name; strings come back as strings.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged, or holds pickled objects.
    MemoryError
        If the arrays would not fit into the free memory: asked before any is read.
    """
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            _check_fits(path, sum(entry.file_size for entry in file.zip.infolist()))
            found = {name: np.asarray(file[name]) for name in file.files}
            if any(array.dtype.kind == "S" for array in found.values()):  # bytes of what is no array
                raise ValueError("a member is no array")
    except _DoesNotFit:
        raise
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror}): give the path of a saved result"
        raise type(error)(reason) from None
    except DAMAGE as error:
        if "pickle" in str(error):
            raise ValueError(
                f"{path} is not plain arrays, and loading anything else could run code: refused"
            ) from None
        raise ValueError(f"{path} is not a whole .npz file: save it again") from None
    return {
        name: array.item() if array.dtype.kind == "U" and not array.ndim else array
        for name, array in found.items()
    }


def check_format(path: Path_, found: dict[str, Any], kind: str, version: int, names: tuple[str, ...]) -> None:
    """Raise ValueError unless a file is of this kind and version and has these names."""
    _check_names(path, found, kind, ("kind", "version"))
    if not (np.array_equal(found["kind"], kind) and np.array_equal(found["version"], version)):
        raise ValueError(
            f"{path} is a {found['kind']!s:.80} of format {found['version']!s:.80}: this version of resetdyn "
            f"reads a {kind} of format {version}; load it with the version that saved it, or save it again"
        )
    _check_names(path, found, kind, names)


def _check_names(path: Path_, found: dict[str, Any], kind: str, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}: it was not saved by resetdyn's {kind}")


class _DoesNotFit(MemoryError):
    """A file that is whole, for all that is known, and too large."""


def _check_fits(path: Path_, size: float) -> None:
    from resetdyn.simulation.memory import available

    free = available() if size > _SMALL else None
    if free is not None and size > free:
        raise _DoesNotFit(
            f"{path} would need {size / 1e9:.3g} GB, and {free / 1e9:.3g} GB are free: free some, or use "
            "another machine"
        )


def _temporary(path: Path) -> tuple[int, str]:
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent} is not a folder: make it first, or write elsewhere")
    try:
        return tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(f"{path} cannot be written ({error.strerror}): write elsewhere") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
