"""Files: written whole or not at all, and read back without running what they contain."""

from __future__ import annotations

import io
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

Path_ = str | os.PathLike[str]


def write_atomically(path: Path_, data: bytes) -> None:
    """Write a file by way of a temporary one beside it, so that nobody ever reads half a file."""
    path = Path(path)
    handle, temporary = _temporary(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())  # a temporary file is private, a result is not
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_once(path: Path_, data: bytes) -> None:
    """Write a file unless it is there already: of several processes at once, one writes it."""
    path = Path(path)
    handle, temporary = _temporary(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        except OSError:  # no links in this file system
            os.replace(temporary, path)
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


def load_arrays(path: Path_, kind: str, version: int, names: tuple[str, ...]) -> dict[str, Any]:
    """Load what :func:`save_arrays` saved; strings come back as strings.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged, holds pickled objects, is of another kind or version, or lacks a name.
    """
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror}): give the path of a saved result"
        raise type(error)(reason) from None
    except (ValueError, TypeError, EOFError, BadZipFile, zlib.error) as error:  # a TypeError: one bare array
        if "pickle" in str(error):
            raise ValueError(
                f"{path} is not plain arrays, and loading anything else could run code: refused"
            ) from None
        raise ValueError(f"{path} is not a whole .npz file: save it again") from None
    missing = [name for name in ("kind", "version", *names) if name not in found]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}: it was not saved by resetdyn's {kind}")
    if not (np.array_equal(found["kind"], kind) and np.array_equal(found["version"], version)):
        raise ValueError(
            f"{path} is a {found['kind']} of format {found['version']}: this version of resetdyn reads "
            f"a {kind} of format {version}"
        )
    return {name: array.item() if array.dtype.kind == "U" else array for name, array in found.items()}


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
