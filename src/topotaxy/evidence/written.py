"""How publications write a number: ``85,9 %``, ``~987``, ``> 700``, ``600-700``, ``987 ± 5``, ``987(5)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from topotaxy.errors import InputError

Bound = Literal["at least", "at most", "about"]

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_UNIT = r"(?!(?:to|[eE])\b)[A-Za-zµμÅ°%Ω][^±~≈<>≤≥]*?"
_WORDS: dict[str, Bound] = {
    "~": "about",
    "≈": "about",
    "∼": "about",
    "ca.": "about",
    "ca": "about",
    "about": "about",
    "approx.": "about",
    ">": "at least",
    "≥": "at least",
    ">=": "at least",
    "at least": "at least",
    "over": "at least",
    "above": "at least",
    "<": "at most",
    "≤": "at most",
    "<=": "at most",
    "at most": "at most",
    "up to": "at most",
    "below": "at most",
    "under": "at most",
}
_BOUND = re.compile(rf"({'|'.join(sorted(map(re.escape, _WORDS), key=len, reverse=True))})\s*(.+)", re.DOTALL)
_RANGE = re.compile(rf"({_NUMBER})\s*({_UNIT})?\s*(?:-|–|—|−|to|\.\.\.?|…)\s*({_NUMBER})\s*({_UNIT})?")
_WITH_ERROR = re.compile(rf"({_NUMBER})\s*({_UNIT})?\s*(?:±|\+/-|\+-)\s*({_NUMBER})\s*({_UNIT})?")
_CONCISE = re.compile(rf"({_NUMBER})\((\d+)\)\s*({_UNIT})?")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d])")


@dataclass(frozen=True)
class Written:
    """A number as text, with what its writing says besides.

    ``value`` is a number with its unit; ``bound``, ``uncertainty`` and ``resolution`` are None where the
    writing says nothing of them. A range is its middle, with its width as resolution.
    """

    value: str
    bound: Bound | None = None
    uncertainty: str | None = None
    resolution: str | None = None


def read_written(text: str) -> Written:
    """Return what a number says as a publication writes it.

    Parameters
    ----------
    text : str
        With or without a unit; a comma between digits is a decimal point.

    Raises
    ------
    InputError
        Where a comma could be one of thousands, or a range ends below its beginning.
    """
    plain = text.strip()[:200]
    bound: Bound | None = None
    found = _BOUND.fullmatch(plain)
    if found is not None:
        bound, plain = _WORDS[found[1]], found[2].strip()
    if _THOUSANDS.search(plain):
        joined, pointed = plain.replace(",", ""), plain.replace(",", ".")
        raise InputError(f"{plain!r:.60} may be {joined:.40} or {pointed:.40}; write it without the comma")
    plain = _COMMA.sub(".", plain)
    for read in (_range, _with_error, _concise):
        parts = read(plain)
        if parts is not None:
            return Written(parts.value, bound, parts.uncertainty, parts.resolution)
    return Written(plain, bound)


def _range(text: str) -> Written | None:
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    low, high = Decimal(found[1]), Decimal(found[3])
    unit = found[4] or found[2] or ""
    if found[2] and found[4] and found[2].strip() != found[4].strip():
        raise InputError(f"{text!r:.60} has two units; write both ends in one")
    if not high > low:
        raise InputError(f"{text!r:.60} is no range: it ends below its beginning")
    return Written(f"{(low + high) / 2} {unit}".strip(), resolution=f"{high - low} {unit}".strip())


def _with_error(text: str) -> Written | None:
    found = _WITH_ERROR.fullmatch(text)
    if found is None:
        return None
    unit, other = found[4] or found[2] or "", found[2] or found[4] or ""
    return Written(f"{found[1]} {other}".strip(), uncertainty=f"{found[3]} {unit}".strip())


def _concise(text: str) -> Written | None:
    """``0.2087(3)``: the error in units of the last digit."""
    found = _CONCISE.fullmatch(text)
    if found is None:
        return None
    exponent = Decimal(found[1]).as_tuple().exponent
    width = Decimal(found[2]).scaleb(exponent if isinstance(exponent, int) else 0)
    unit = found[3] or ""
    return Written(f"{found[1]} {unit}".strip(), uncertainty=f"{width} {unit}".strip())
