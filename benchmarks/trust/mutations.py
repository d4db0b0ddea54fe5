"""Damage: what happens to bytes and texts on their way, and what somebody may do to them on purpose."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

Rng = np.random.Generator

ODD_NUMBERS = (
    "0", "-0.0", "1e999", "-1e999", "1e-400", "nan", "inf", "-inf", "Infinity", "NaN", "0x10", "1_000", "1j",
    "1,5", "1.5.2",
    "--1", "+", "", " ", "1e", "e1", "9" * 400, "-1", "1e308", "5e-324", "1e-320", "٣", "１", "½", "True",
    "None", "1 2", "1/3",
    "0b101", "1e5000", "2**10", "'1'", "1.", ".5", "1e+", "\x00", "1\n2",
)  # fmt: skip
ODD_TEXTS = (
    "\x00", "\n", "\r", "\t", "\ufeff", "\u202e", "é", "𝕏", "\ud7ff", "'", '"', "\\", "#", "%", ";", ",",
    "$(touch x)",
    "`id`", "../", "%s", "{}", "--", "-", "(", ")", "[", "]", "{", "}", "=", "\x1b[31m", "\x7f", "ﬁ",
    "x" * 300,
)  # fmt: skip


def damaged(data: bytes, rng: Rng) -> bytes:
    """Return bytes after one to three accidents: cut off, flipped, overwritten, doubled, swapped, grown."""
    made = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(made) + 1))
        size = int(min(rng.geometric(0.05), 4096))
        match rng.integers(8):
            case 0:
                del made[at:]
            case 1 | 2 | 3:
                if made:
                    made[min(at, len(made) - 1)] ^= 1 << int(rng.integers(8))
            case 4:
                made[at : at + size] = rng.integers(256, size=size, dtype=np.uint8).tobytes()
            case 5:
                del made[at : at + size]
            case 6:
                made[at:at] = made[at : at + size]
            case 7:
                made[at : at + size] = bytes(size)
    return bytes(made)


def scribbled(text: str, rng: Rng, scraps: tuple[str, ...] = ODD_TEXTS + ODD_NUMBERS) -> str:
    """Return a text in which some characters were lost, doubled, swapped, or replaced by something odd."""
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(text) + 1))
        size = int(rng.geometric(0.4))
        match rng.integers(5):
            case 0:
                text = text[:at] + text[at + size :]
            case 1:
                text = text[:at] + pick(scraps, rng) + text[at:]
            case 2:
                text = text[:at] + pick(scraps, rng) + text[at + size :]
            case 3:
                text = text[:at] + text[at : at + size] * int(rng.integers(2, 5)) + text[at + size :]
            case 4:
                text = text[:at] + text[at : at + size][::-1] + text[at + size :]
    return text


def reshaped(tree: Any, rng: Rng) -> Any:
    """Return a tree of JSON in which one node was lost, renamed, swapped for another, or replaced."""
    nodes = list(_nodes(tree))
    holder, key = nodes[int(rng.integers(len(nodes)))]
    other, its = nodes[int(rng.integers(len(nodes)))]
    match rng.integers(4):
        case 0:
            del holder[key]
        case 1:
            holder[key] = pick(
                (None, True, 0, -1, 1e308, float("nan"), float("inf"), "", "x", [], {}, [[]]), rng
            )
        case 2:
            holder[key] = deepcopy(other[its])  # it may hold the holder
        case 3 if isinstance(holder, dict):
            holder[pick(("is", "fields", "array", "law", "formula", "x" * 50, "__class__"), rng)] = (
                holder.pop(key)
            )
    return tree


def pick(choices: Any, rng: Rng) -> Any:
    """Return one of the choices."""
    return choices[int(rng.integers(len(choices)))]


def _nodes(tree: Any) -> Any:
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from _nodes(tree[key])
