"""Columns of a table in text, read in chunks: memory holds the numbers and one chunk.

A chunk goes through NumPy's reader in C.  Only one that it refuses is gone through line by line, to say which
line is wrong and why.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, TextIO

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.advice import units
from resetdyn.advice.label_column import LONGEST, Names
from resetdyn.advice.measured import USUAL, refuse_no_outcome, refuse_no_times

CHUNK = 1 << 22  # characters
_LONGEST = 1 << 16  # characters of a line: what has no line ends is not a table, and would fill the memory
_COMMENTS = ("#", "%", "//")
_SUSPECT = "#%/ \t"  # what a line that is no row may begin with
_FLAGS = {
    "false": False, "true": True, "f": False, "t": True, "no": False, "yes": True, "n": False, "y": True,
    "ended": False, "censored": True,
}  # fmt: skip


class Block(NamedTuple):
    """Rows, and which lines of the file they are, counted from 1."""

    numbers: Sequence[int]
    texts: list[str]


class Table(NamedTuple):
    """How columns are separated (None: by blanks), what they are called, and the rows below the header."""

    delimiter: str | None
    names: list[str]
    blocks: Iterator[Block]


def opened(stream: TextIO, source: str, delimiter: str | None) -> Table:
    """Read up to the first row of numbers; without `delimiter` find it out."""
    comments: list[str] = []
    blocks = _blocks(stream, source, comments)
    block = next(blocks, None)
    if block is None:
        raise ValueError(f"{source} is empty: give a file with the time of each run, one run a line")
    first = block.texts[0]
    sign = next((mark for mark in "\t;," if mark in first), delimiter)
    cells = _cells(first, sign)
    if any(map(_is_number, cells)):
        return Table(sign, _commented(comments, sign, len(cells)), chain([block], blocks))
    below: Block | None = Block(block.numbers[1:], block.texts[1:])
    if below is not None and not below.texts:
        below = next(blocks, None)
    if below is None:
        raise ValueError(f"{source} has no row below its header: give the time of each run, one run a line")
    if sign is None and len(_cells(below.texts[0], sign)) == 1:
        cells = [first.strip()]  # a name with blanks in it
    return Table(sign, cells, chain([below], blocks))


def columns_of(
    table: Table,
    source: str,
    times: int,
    flags: int | None,
    seen: Callable[[int, int], None],
    outcomes: int | None = None,
) -> tuple[FloatArray, Any, Any]:
    """Return a column of times, and of flags and of outcomes if asked for.

    `seen` is told after each chunk how many rows there are and how many characters they had, and may raise.
    """
    found: list[FloatArray] = []
    given_up: list[Any] = []
    ways = Names()
    rows = characters = 0
    for block in table.blocks:
        values, marks, ends = _read(block, table, source, times, flags, outcomes)
        found.append(values)
        given_up.append(marks)
        ways.add(ends, source)
        rows += len(values)
        characters += sum(map(len, block.texts)) + len(values)
        seen(rows, characters)
    return (
        np.concatenate(found),
        None if flags is None else np.concatenate(given_up),
        None if outcomes is None else ways.all(),
    )


def _blocks(stream: TextIO, source: str, comments: list[str]) -> Iterator[Block]:
    """Give the rows; of the comments above the first only the last is kept."""
    number, rest, any_row = 0, "\ufeff", False
    try:
        while chunk := stream.read(CHUNK):
            texts = (rest + chunk).lstrip("\ufeff").split("\n")
            rest = texts.pop()
            if len(rest) > _LONGEST or "\0" in chunk:
                raise ValueError(
                    f"{source} is not a table in text: give the time of each run, one run a line"
                )
            block = _kept(Block(range(number + 1, number + 1 + len(texts)), texts), comments, any_row)
            number += len(texts)
            if block.texts:
                any_row = True
                yield block
    except UnicodeDecodeError:
        raise ValueError(f"{source} is not text in UTF-8: save it as that, or as .npy") from None
    block = _kept(Block([number + 1], [rest.lstrip("\ufeff")]), comments, any_row)
    if block.texts:
        yield block


def _kept(block: Block, comments: list[str], any_row: bool) -> Block:
    """Return the block without blank lines and comments."""
    left_out: set[int] = set()
    for i in [i for i, text in enumerate(block.texts) if text[:1] in _SUSPECT]:
        text = block.texts[i].strip()
        mark = next((mark for mark in _COMMENTS if text.startswith(mark)), None)
        if mark or not text:
            if mark and not any_row and len(left_out) == i:
                comments[:] = [text[len(mark) :].strip()]
            left_out.add(i)
    if not left_out:
        return block
    kept = [i for i in range(len(block.texts)) if i not in left_out]
    return Block([block.numbers[i] for i in kept], [block.texts[i] for i in kept])


def _cells(text: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return re.split(r"\s+(?![\[(])", text.strip())  # a name and its unit stay together
    return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, skipinitialspace=True))]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return units.in_cell(text) != ""
    return True


def _commented(comments: list[str], delimiter: str | None, columns: int) -> list[str]:
    """Return the names in a comment above the numbers, as numpy.savetxt writes them, or numbers."""
    if comments:
        names = _cells(comments[0], delimiter)
        base, unit = units.split(names[0])
        if len(names) == columns and (columns > 1 or base.lower() in USUAL or unit in units.TIMES):
            return names
    return [str(i + 1) for i in range(columns)]


def _read(
    block: Block, table: Table, source: str, times: int, flags: int | None, outcomes: int | None
) -> tuple[FloatArray, Any, Any]:
    asked = {"time": times, "flag": flags, "outcome": outcomes}
    named = {name: column for name, column in asked.items() if column is not None}
    columns = list(named.values())
    types = {"time": "f8", "flag": "U32", "outcome": f"U{LONGEST}"}
    try:
        read = np.loadtxt(
            block.texts,
            dtype=[(name, types[name]) for name in named],
            delimiter=table.delimiter, usecols=columns, comments=None, quotechar='"', ndmin=1,
        )  # fmt: skip
    except ValueError:
        raise _reason(block, table, source, columns) from None
    refuse_no_times(read["time"], lambda i: f"{source} line {block.numbers[i]}")
    given_up = None if flags is None else _flags(read["flag"], block, source)
    ends = None if outcomes is None else np.char.strip(read["outcome"])
    if ends is not None:
        refuse_no_outcome(ends, given_up, lambda i: f"{source} line {block.numbers[i]}")
    return read["time"], given_up, ends


def _flags(texts: Any, block: Block, source: str) -> Any:
    kinds, which = np.unique(np.char.lower(np.char.strip(texts)), return_inverse=True)
    known = [_flag(str(kind)) for kind in kinds]
    for i, kind in enumerate(map(str, kinds)):
        if known[i] is None:
            number = block.numbers[int(np.argmax(which == i))]
            raise ValueError(
                f"{source} line {number}: {kind!r} does not tell whether the run was given up; "
                "write true (it was) or false"
            )
    return np.array(known, dtype=bool)[which.ravel()]


def _flag(text: str) -> bool | None:
    """Return what a word or a number, 0 or 1, says (None: nothing)."""
    try:
        return {0.0: False, 1.0: True}.get(float(text))
    except ValueError:
        return _FLAGS.get(text)


def _reason(block: Block, table: Table, source: str, columns: list[int]) -> ValueError:
    """Return what is wrong with a chunk that is no table of numbers."""
    rows = [
        (f"{source} line {number}", _cells(text, table.delimiter))
        for number, text in zip(block.numbers, block.texts, strict=True)
    ]
    last = max(columns)
    for where, cells in rows:
        if len(cells) <= last:
            return ValueError(
                f"{where} has {len(cells)} columns, and {table.names[last]!r} is number {last + 1}: "
                "complete the line or leave it out"
            )
    times = [(where, cells[columns[0]]) for where, cells in rows]
    kinds = {units.in_cell(cell) or "no unit" for _, cell in times if _is_number(cell)}
    if len(kinds) > 1:
        return ValueError(f"{source}: mixed units ({', '.join(sorted(kinds))}); give all times in one unit")
    for where, cell in times:
        if unit := units.in_cell(cell):
            return ValueError(
                f"{where}: {cell!r} is a number and a unit; write the number alone, "
                f"and the unit into the name of the column, such as 'time [{unit}]'"
            )
        if not _is_number(cell):
            comma = _is_number(cell.replace(",", "."))
            remedy = "write a point for the decimal comma" if comma else "leave out runs without a time"
            return ValueError(f"{where}: {cell!r} is not a number; {remedy}")
    return ValueError(f"{source} lines {block.numbers[0]} to {block.numbers[-1]} are not a table of numbers")
