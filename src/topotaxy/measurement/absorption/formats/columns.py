"""Columns of beamlines and of analysis programs, with a header that names energy and absorption.

XDAC (NSLS), LabVIEW (APS 20-BM), EPICS scans (APS 13), ISS (NSLS-II), the Canadian Light Source, exports of
Larch, Athena and extranormal (normalised ones as well), and others alike. Columns without names are read
with the options ``energy_column``, ``mu_column``, ``i0_column``, ...
"""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.columns import Table, spectrum
from topotaxy.measurement.absorption.headings import clock, heading
from topotaxy.measurement.absorption.numbers import number_rows
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.files.delimited import head_lines, read_text
from topotaxy.measurement.technique import Format

NAME = "columns with a header"
_ELEMENT = re.compile(r"^[#;%\s.]*Element\s*[:=]\s*([A-Z][a-z]?)\b", re.MULTILINE)
_EDGE = re.compile(r"\bEdge\s*[:=]\s*(K|L1|L2|L3)\b")
_STATED = re.compile(r"^[#;%\s.]*E0\s*[:=]\s*(\d{3,6}(?:\.\d*)?)", re.MULTILINE)
_STARTED = re.compile(r"^[#;%\s.]*Time at start\s*[:=]\s*(.{10,40})$", re.MULTILINE)
_OWN = re.compile(r"^#\s*XDI/\d|^# Athena project file|^\s*9809\b|^SSRL\b")


def recognises(head: bytes, path: Path) -> bool:
    """Whether a header above rows of numbers names an energy and an absorption.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Unused: files are known by content.
    """
    lines = head_lines(head)
    if not lines or _OWN.match(lines[0]):
        return False
    found = heading(lines)
    return found is not None and found.labelled


def read(path: Path, options: AbsorptionOptions) -> tuple[AbsorptionRecord, ...]:
    """Read the spectrum.

    Parameters
    ----------
    path : Path
        The file.
    options : AbsorptionOptions
        What the file does not say.

    Raises
    ------
    InputError
        Where there are no rows of numbers, a row is damaged, or no column is known.
    """
    text = read_text(path)
    lines = text.splitlines()
    found = heading(lines)
    if found is None:
        raise InputError("holds no rows of numbers in columns", where=path.name)
    above = "\n".join(lines[: found.first_row])
    values, notes = number_rows(lines[found.first_row :], source=path.name, first=found.first_row + 1)
    names = found.names
    if values.shape[1] != len(names):
        raise InputError(
            f"has {values.shape[1]} columns where its header names {len(names)}", where=path.name
        )
    element, edge, stated = _ELEMENT.search(above), _EDGE.search(above), _STATED.search(above)
    record = spectrum(
        Table(names, values, path.name),
        options,
        format_name=NAME,
        notes=notes,
        element=element[1] if element and edge else "",
        edge=edge[1] if element and edge else "",
        stated_edge_ev=float(stated[1]) if stated else None,
        label=path.stem[:80],
        time=clock(started[1]) if (started := _STARTED.search(above)) else None,
    )
    return (record,)


FORMAT = Format(name=NAME, extensions=(".dat", ".txt", ".xmu", ".nor"), recognises=recognises, read=read)
