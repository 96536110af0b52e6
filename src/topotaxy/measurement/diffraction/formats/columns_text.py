"""Columns of text: xy, xye, PRN, csv, with or without a header; repeats of one scan told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.header_facts import WAVELENGTHS, axis_of, facts_of
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.reading import (
    are_counts,
    columns,
    numbers,
    read_text,
    text_of,
    usable_esd,
)
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.technique import Format

EXTENSIONS = (".xy", ".xye", ".xyd", ".prn", ".dat", ".txt", ".csv", ".asc")
OWN_EXTENSIONS = frozenset({".xy", ".xye", ".xyd", ".prn"})
"""Endings that are used for patterns; under the others a header has to say so."""
HEADER_LINES = 120

BLOCK = re.compile(r"(?i)^\s*[A-Za-z][^\d]*\b(?:repeat|vector|scan|range)\b|^\s*line\W")
"""Lines between blocks of numbers, as in "Result vector" or "line 0; repeat 1"."""
# Words of other techniques' headers.
FOREIGN = re.compile(
    r"binding energy|kinetic energy|\bKE/eV|\bBE/eV|absorption|\bXDI\b|mu\(E\)|\bEnergy\b|pass energy|"
    r"Weight|Temp(?:erature)?[./ ]*°?C|Capacity|(?<![A-Z_])Voltage|\bBANK\b|#L\s|xmu|potential|"
    r"r\(A\)|G\(r\)|SpecsLab",
    re.I,
)


def _parts(text: str) -> tuple[list[str], int]:
    """Return the lines and the place of the first row of two numbers or more."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for k, line in enumerate(lines[:HEADER_LINES]):
        row = numbers(line)
        if row is not None and len(row) >= 2:
            return lines, k
    return lines, -1


def recognises(head: bytes, path: Path) -> bool:
    """Whether a file is columns of numbers that its header or ending makes a pattern.

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
    lines, first = _parts(text)
    if first < 0:
        return False
    header = [line for line in lines[:first] if line.strip()]
    joined = "\n".join(header)
    if FOREIGN.search(joined) or joined.lstrip().startswith(("<", "data_", "_")):
        return False
    if "_FILEVERSION" in joined:
        return False
    rows = [numbers(line) for line in lines[first : first + 40] if line.strip()][:-1]
    widths = {len(row) for row in rows if row is not None}
    if not rows or any(row is None for row in rows) or len(widths) != 1 or widths.pop() > 3:
        return False
    if path.suffix.lower() == ".chi" or path.suffix.lower() == ".gr":
        return False
    axis, _ = axis_of(header)
    known = axis is not None or any(p.search(joined) for p in WAVELENGTHS)
    if path.suffix.lower() in OWN_EXTENSIONS:
        return True
    if known:
        return True
    x = np.array([row[0] for row in rows if row is not None])
    steps = np.diff(x)
    uniform = (
        len(x) > 4 and bool((steps > 0).all()) and float(np.ptp(steps)) < 0.02 * float(steps.mean()) + 2e-4
    )
    three = all(row is not None and len(row) == 3 and row[2] > 0 for row in rows)
    return path.suffix.lower() == ".dat" and not header and uniform and three and -10.0 < x[0] < 170.0


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read columns; a first column that falls back to its start is a repeat of the scan.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    lines, first = _parts(read_text(path))
    if first < 0:
        raise InputError("holds no rows of two numbers", where=path.name)
    header = [line for line in lines[:first] if line.strip()]
    # Lines that head a block stay as empty ones, so that line numbers in messages hold.
    body = [
        "" if line.lstrip().startswith(("#", "!")) or BLOCK.search(line) else line for line in lines[first:]
    ]
    table, notes = columns(body, source=path.name, first_line=first + 1)
    if table.shape[0] < 2:
        raise InputError("holds one row: it is cut short", where=path.name)
    facts = facts_of(header, path.name)
    axis, factor = axis_of(header)
    if axis is None and facts.get("alone"):
        # A file that opens with a wavelength gives 2θ: nothing else needs one.
        axis = "two_theta"
    fields: dict[str, Any] = {
        "source": path.name,
        "format": FORMAT.name,
        "axis": axis,
        "lines": facts.get("lines", ()),
        "anode": facts.get("anode", ""),
        "dwell": facts.get("dwell"),
        "temperature": facts.get("temperature"),
        "time": facts.get("time"),
        "radiation": facts.get("radiation"),
        "instrument": facts.get("instrument"),
    }
    scans, said_of_scans = _scans(table, averaged=options is not None and options.repeats == "sum")
    notes = (*notes, *said_of_scans)
    found = []
    for number, scan in enumerate(scans, start=1):
        esd, said = usable_esd(scan[:, 2] if scan.shape[1] > 2 else None, scan[:, 1], source=path.name)
        repeat = (f"repeat {number} of {len(scans)}",) if len(scans) > 1 else ()
        found.append(
            completed(
                fields
                | {
                    "x": scan[:, 0] * factor,
                    "intensity": scan[:, 1],
                    "esd": esd,
                    "intensity_unit": "counts" if are_counts(scan[:, 1], esd) else "",
                    "notes": (*notes, *facts.get("notes", ()), *said, *repeat),
                },
                options,
            )
        )
    return tuple(found)


def _scans(
    table: np.ndarray[Any, np.dtype[np.float64]], *, averaged: bool
) -> tuple[list[np.ndarray[Any, np.dtype[np.float64]]], tuple[str, ...]]:
    """Return the scans of a table, without copies, averaged where wanted, and what is said."""
    scans, notes = _repeats(table), []
    copies = [k for k in range(1, len(scans)) if np.array_equal(scans[k], scans[k - 1])]
    if copies:
        # Averaging a copy with its original would halve the variance on paper only.
        scans = [scan for k, scan in enumerate(scans) if k not in copies]
        notes.append(f"{len(copies) + 1} blocks of one scan are equal number for number: one is used")
    if averaged and len(scans) > 1 and len({len(s) for s in scans}) == 1:
        notes.append(f"{len(scans)} repeats of one scan are averaged")
        scans = [_averaged(scans)]
    return scans, tuple(notes)


def _repeats(table: np.ndarray[Any, np.dtype[np.float64]]) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    x = table[:, 0]
    rises = x[-1] > x[0] or (len(x) > 2 and float(np.median(np.diff(x))) > 0)
    back = np.flatnonzero((np.diff(x) < 0.0) if rises else (np.diff(x) > 0.0)) + 1
    if len(back) == 0:
        return [table]
    parts = np.split(table, back)
    # A lone step back within a scan is damage, not a repeat.
    if any(abs(part[0, 0] - x[0]) > 0.02 * abs(x[-1] - x[0]) for part in parts):
        return [table]
    return parts


def _averaged(
    scans: Sequence[np.ndarray[Any, np.dtype[np.float64]]],
) -> np.ndarray[Any, np.dtype[np.float64]]:
    stack = np.stack(scans)
    mean = stack.mean(axis=0)
    if mean.shape[1] > 2:
        mean[:, 2] = np.sqrt((stack[:, :, 2] ** 2).sum(axis=0)) / len(scans)
    return np.asarray(mean)


def write(pattern: Pattern, path: Path) -> None:
    """Write an xye file with a header that says axis and wavelength.

    Parameters
    ----------
    pattern : Pattern
        A powder pattern: axis and intensity as measured.
    path : Path
        The file.
    """
    from topotaxy.files import write_atomically

    names = {"two_theta": "2theta (deg)", "q": "Q (1/A)", "d": "d-spacing (A)", "tof": "TOF (us)"}
    if pattern.axis not in names:
        raise InputError(f"an axis of {pattern.axis} cannot be written as columns", where=pattern.source)
    head = [f"# {names[pattern.axis]} intensity esd"]
    if pattern.instrument:
        head.append(f"# Instrument = {pattern.instrument}")
    if pattern.lines:
        head.append(f"# lambda1 = {pattern.lines[0][0]:.7f}")
    if len(pattern.lines) > 1:
        head.append(f"# lambda2 = {pattern.lines[1][0]:.7f}")
        head.append(f"R = {pattern.lines[1][1]:.4f}")
    esd = pattern.esd if pattern.esd is not None else np.sqrt(np.maximum(pattern.intensity, 1.0))
    rows = [f"{x:.10g} {y:.10g} {e:.10g}" for x, y, e in zip(pattern.x, pattern.intensity, esd, strict=True)]
    write_atomically(path, "\n".join(head + rows) + "\n")


FORMAT: Format[Pattern] = Format(
    name="columns of text", extensions=EXTENSIONS, recognises=recognises, read=read, write=write
)
