"""Fit2D and pyFAI chi files: four lines of header, of which the second names the axis and its unit."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.reading import columns, numbers, read_text, text_of, usable_esd
from topotaxy.measurement.diffraction.record import Axis, Pattern
from topotaxy.measurement.technique import Format

AXES: tuple[tuple[re.Pattern[str], Axis, str], ...] = (
    (re.compile(r"(?i)2-?\s*th(?:eta)?.*deg|2th_deg"), "two_theta", "degrees"),
    (re.compile(r"(?i)2-?\s*th(?:eta)?.*rad|2th_rad"), "two_theta", "radians"),
    (re.compile(r"(?i)\bq\b.*(?:nm|nanom)|q_nm"), "q", "nm"),
    (re.compile(r"(?i)\bq\b.*(?:\bA|Å|ang)|q_A"), "q", "A"),
    (re.compile(r"(?i)d-?spac"), "d", "A"),
)


def _header(text: str) -> tuple[list[str], int | None]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) < 5:
        return lines, None
    count = numbers(lines[3])
    if count is None or not 1 <= len(count) <= 2 or count[0] != int(count[0]) or count[0] < 1:
        return lines, None
    if numbers(lines[1]) is not None or numbers(lines[4]) is None:
        return lines, None
    return lines, int(count[0])


def recognises(head: bytes, path: Path) -> bool:
    """Whether the fourth line is a number of points and the second an axis in words.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    text = text_of(head)
    if text is None:
        return False
    lines, count = _header(text)
    return count is not None and any(pattern.search(lines[1]) for pattern, _, _ in AXES)


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read a chi file; the axis is what its second line says.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    lines, count = _header(read_text(path))
    if count is None:
        raise InputError("lacks the four header lines of a chi file", where=path.name)
    known = next(((axis, unit) for pattern, axis, unit in AXES if pattern.search(lines[1])), None)
    if known is None:
        raise InputError(f"its axis {lines[1].strip()!r:.40} is not known", where=f"{path.name}, line 2")
    table, notes = columns(lines[4:], source=path.name, first_line=5)
    if len(table) > count or len(table) < 0.98 * count:
        raise InputError(f"holds {len(table)} points where its header says {count}", where=path.name)
    axis, unit = known
    factor = {"radians": 180.0 / np.pi, "nm": 0.1}.get(unit, 1.0)
    esd, said = usable_esd(table[:, 2] if table.shape[1] > 2 else None, table[:, 1], source=path.name)
    fields = {
        "source": path.name,
        "format": FORMAT.name,
        "axis": axis,
        "x": table[:, 0] * factor,
        "intensity": table[:, 1],
        "esd": esd,
        "notes": (*notes, *said),
    }
    return (completed(fields, options),)


FORMAT: Format[Pattern] = Format(name="chi", extensions=(".chi",), recognises=recognises, read=read)
