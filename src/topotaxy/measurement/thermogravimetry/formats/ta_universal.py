"""TA Universal Analysis text export (Q series): keys and tabs, ``StartOfData``, rows; often UTF-16.

Rows whose time is negative are marks (begin of a segment, end of the run), not data.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.technique import Format
from topotaxy.measurement.thermogravimetry import rows
from topotaxy.measurement.thermogravimetry.options import ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.record import ThermogravimetryRecord, checked

NAME = "TA Universal text"
START = "StartOfData"
_SIGNAL = re.compile(r"^Sig(\d{1,2})\t(?P<name>[^(\t]*?)\s*\((?P<unit>[^)]*)\)\s*$")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the head has the program's list of signals, time first.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    text = rows.decoded(head)
    return text is not None and "\nSig1\tTime" in text.replace("\r", "\n")


def read(path: Path, options: ThermogravimetryOptions | None) -> tuple[ThermogravimetryRecord, ...]:
    """Read the rows of data between the marks.

    Parameters
    ----------
    path : Path
        Of the file.
    options : ThermogravimetryOptions, optional
        Not used: the file says all that a record holds.

    Raises
    ------
    InputError
        Where it is cut before its data, lacks a signal, or a row is no row of numbers.
    """
    lines = rows.lines_of(rows.text_of(path))
    start = next((k for k, line in enumerate(lines) if line.strip() == START), None)
    if start is None:
        raise InputError(f"has no line {START}: it is cut short", where=path.name)
    head = lines[:start]
    signals = [match for line in head if (match := _SIGNAL.match(line))]
    places = {
        word: next((k for k, m in enumerate(signals) if m["name"].startswith(word)), None)
        for word in ("Time", "Temperature", "Weight")
    }
    missing = [word for word, place in places.items() if place is None]
    if missing:
        raise InputError(f"lists no signal {' and '.join(missing)}", where=path.name)
    wanted = [int(place) for place in places.values() if place is not None]
    values, numbers, after = rows.table(
        lines, start + 1, wanted, source=path.name, delimiter="\t", count=len(signals)
    )
    if any(line.strip() for line in lines[after:]):
        raise InputError("holds something that is not a number", where=f"{path.name}, line {after + 1}")
    mark = values[:, 0] < 0.0
    segment = np.cumsum(mark & (values[:, 0] == -3.0))
    units = [signals[place]["unit"] for place in wanted]
    notes = [f"{int(mark.sum())} rows of negative time are marks and left out"] if mark.any() else []
    if not (values[mark, 0] == -1.0).any():
        notes.append("the mark of the end of the run is missing: the file may be cut")
    data = values[~mark]
    return (
        checked(
            data[:, 0] * rows.scale(units[0], rows.TIME_UNITS, "time", source=path.name),
            rows.kelvin(data[:, 1], units[1], source=path.name),
            data[:, 2] * rows.scale(units[2], rows.MASS_UNITS, "weight", source=path.name),
            source=path.name,
            format=NAME,
            lines=[n for n, marked in zip(numbers, mark, strict=True) if not marked],
            segments=np.maximum(segment[~mark], 1),
            instrument=_said(head, "Instrument"),
            stated_mass=_size(head),
            notes=tuple(notes),
        ),
    )


def _said(head: list[str], key: str) -> str | None:
    return next((line.split("\t")[1].strip() for line in head if line.startswith(f"{key}\t")), None)


def _size(head: list[str]) -> float | None:
    for line in head:
        fields = line.split("\t")
        if fields[0] == "Size" and len(fields) > 2 and fields[2].strip() in rows.MASS_UNITS:
            value = rows.number(fields[1])
            return None if value is None else value * rows.MASS_UNITS[fields[2].strip()]
    return None


FORMAT = Format(NAME, (".txt", ".csv"), recognises, read)
