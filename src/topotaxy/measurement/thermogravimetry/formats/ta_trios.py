"""TA Trios text export: keys and tabs, then for each step ``[step]``, its name, headings, units and rows.

Two columns may both be headed ``Weight``, one in per cent and one in mg: the units under them tell.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.technique import Format
from topotaxy.measurement.thermogravimetry import rows
from topotaxy.measurement.thermogravimetry.options import ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.record import ThermogravimetryRecord, checked

NAME = "TA Trios text"
STEP = "[step]"


def recognises(head: bytes, path: Path) -> bool:
    """Whether the head has Trios' keys and a weight in its first step, or steps at all.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    text = rows.decoded(head)
    if text is None or not text.startswith("Filename\t"):
        return False
    return "\nInstrument name\t" in text.replace("\r", "\n") and STEP in text


def read(path: Path, options: ThermogravimetryOptions | None) -> tuple[ThermogravimetryRecord, ...]:
    """Read the rows of all steps, one after the other.

    Parameters
    ----------
    path : Path
        Of the file.
    options : ThermogravimetryOptions, optional
        Not used: the file says all that a record holds.

    Raises
    ------
    InputError
        Where a step lacks time, temperature or weight, or a row is no row of numbers.
    """
    lines = rows.lines_of(rows.text_of(path))
    starts = [k for k, line in enumerate(lines) if line.strip() == STEP]
    if not starts:
        raise InputError("has no step: it is cut short", where=path.name)
    parts = []
    numbers: list[int] = []
    segments: list[int] = []
    absolute = True
    for count, start in enumerate(starts, start=1):
        found, places, absolute = _step(lines, start, path.name)
        parts.append(found)
        numbers += places
        segments += [count] * len(places)
    data = np.concatenate(parts)
    instrument = next((x.split("\t")[1] for x in lines[: starts[0]] if x.startswith("Instrument name\t")), "")
    return (
        checked(
            data[:, 0],
            data[:, 1],
            data[:, 2],
            source=path.name,
            format=NAME,
            lines=numbers,
            segments=segments,
            # The name carries the address of the instrument in brackets.
            instrument=f"TA {instrument.partition('(')[0].strip()}".strip(),
            absolute=absolute,
        ),
    )


def _step(lines: list[str], start: int, source: str) -> tuple[rows.Floats, list[int], bool]:
    """Return time (s), temperature (K), mass of a step, its lines, and whether the mass is in mg."""
    if start + 3 >= len(lines):
        raise InputError("ends within the head of a step: it is cut short", where=source)
    names = [text.strip() for text in lines[start + 2].split("\t")]
    units = [text.strip() for text in lines[start + 3].split("\t")]
    where = f"{source}, line {start + 3}"
    if len(names) != len(units):
        raise InputError(f"has {len(names)} headings and {len(units)} units", where=where)
    weights = [k for k, name in enumerate(names) if name == "Weight"]
    weighed = [k for k in weights if units[k] in rows.MASS_UNITS] or weights
    columns = [*(k for word in ("Time", "Temperature") for k in _one(names, word)), *weighed[:1]]
    if len(columns) < 3:
        raise InputError(
            f"its columns are {', '.join(names)[:120]}; it lacks time, temperature or weight", where=where
        )
    values, places, after = rows.table(
        lines, start + 4, columns, source=source, delimiter="\t", count=len(names)
    )
    if after < len(lines) and lines[after].strip() != STEP:
        raise InputError("holds something that is not a number", where=f"{source}, line {after + 1}")
    values[:, 0] *= rows.scale(units[columns[0]], rows.TIME_UNITS, "time", source=source)
    values[:, 1] = rows.kelvin(values[:, 1], units[columns[1]], source=source)
    absolute = units[columns[2]] != "%"
    if absolute:
        values[:, 2] *= rows.scale(units[columns[2]], rows.MASS_UNITS, "weight", source=source)
    return values, places, absolute


def _one(names: list[str], word: str) -> list[int]:
    return [k for k, name in enumerate(names) if name == word][:1]


FORMAT = Format(NAME, (".txt", ".csv"), recognises, read)
