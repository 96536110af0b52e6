"""Mettler STARe text export: a head of paragraphs, ``Curve:``, headings, units in brackets, rows."""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.technique import Format
from topotaxy.measurement.thermogravimetry import rows
from topotaxy.measurement.thermogravimetry.options import ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.record import ThermogravimetryRecord, checked

NAME = "Mettler text"
_HEADINGS = re.compile(r"^\s*Index\s+t\s+Ts\s+Tr\s+Value\s*$")
_SAMPLE = re.compile(r"^SampleID:\s*\n[^\n]*?,\s*([\d.]+)\s*(\S+)\s*$", re.MULTILINE)
_COLUMNS = ("Index", "t", "Ts", "Tr", "Value")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the head has the headings of a curve of STARe.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    text = rows.decoded(head)
    return text is not None and any(_HEADINGS.match(line) for line in rows.lines_of(text)[:400])


def read(path: Path, options: ThermogravimetryOptions | None) -> tuple[ThermogravimetryRecord, ...]:
    """Read the curve; a last line that is no row is left out and noted.

    Parameters
    ----------
    path : Path
        Of the file.
    options : ThermogravimetryOptions, optional
        Not used: the file says all that a record holds.

    Raises
    ------
    InputError
        Where rows are missing or hold no numbers, or a unit is not known.
    """
    lines = rows.lines_of(rows.text_of(path))
    at = next((k for k, line in enumerate(lines) if _HEADINGS.match(line)), None)
    if at is None or at + 1 >= len(lines):
        raise InputError("ends before its curve: it is cut short", where=path.name)
    units = lines[at + 1].split()
    if len(units) != len(_COLUMNS) - 1:
        raise InputError(
            f"has {len(units)} units for t, Ts, Tr and Value", where=f"{path.name}, line {at + 2}"
        )
    whole = lines
    notes = []
    # A whole export ends its last row with a line end and nothing but what STARe adds below.
    if lines[-1] and len(lines[-1].split()) < len(_COLUMNS):
        whole = lines[:-1]
        notes.append(f"the file ends within line {len(lines)}: it is cut, and that line is left out")
    values, numbers, after = rows.table(
        whole, at + 2, (0, 1, 2, 3, 4), source=path.name, delimiter=None, count=len(_COLUMNS)
    )
    if after < len(whole) and whole[after][:1].isspace() and whole[after].strip():
        raise InputError("holds something that is not a number", where=f"{path.name}, line {after + 1}")
    gaps = [k for k in range(1, len(values)) if values[k, 0] != values[k - 1, 0] + 1]
    if gaps:
        raise InputError(
            f"the index goes from {values[gaps[0] - 1, 0]:.0f} to {values[gaps[0], 0]:.0f}: rows are missing",
            where=f"{path.name}, line {numbers[gaps[0]]}",
        )
    stated = _SAMPLE.search("\n".join(lines[:at]))
    return (
        checked(
            values[:, 1] * rows.scale(units[0], rows.TIME_UNITS, "time", source=path.name),
            rows.kelvin(values[:, 2], units[1], source=path.name),
            values[:, 4] * rows.scale(units[3], rows.MASS_UNITS, "value", source=path.name),
            source=path.name,
            format=NAME,
            lines=numbers,
            instrument="Mettler",
            stated_mass=None
            if stated is None
            else float(stated[1]) * rows.scale(stated[2], rows.MASS_UNITS, "sample", source=path.name),
            notes=tuple(notes),
        ),
    )


FORMAT = Format(NAME, (".txt",), recognises, read)
