"""SPECS Prodigy text export (.xy): ``# key: value`` headers, one table a region, sweep or channel."""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.files.text import energy_of, rows_of, text_of
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked
from topotaxy.measurement.technique import Format

NAME = "SPECS xy"
_ENTRY = re.compile(r"^#\s*([^:]+):\s*(.*)$")


def recognises(head: bytes, path: Path) -> bool:
    """Whether Prodigy's serializer says what it exported.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    text = head.decode("latin-1")
    return text.startswith("#") and "SpecsLab Prodigy" in text[:400] and "XY-Serializer" in text


def read(path: Path, options: PhotoemissionOptions | None) -> tuple[PhotoemissionRecord, ...]:
    """Read every table; its header says which axis it has, and counts or counts per second.

    Parameters
    ----------
    path : Path
        Of the file.
    options : PhotoemissionOptions, optional
        Photon energy, where a table states none.

    Raises
    ------
    InputError
        Where there is no table, fewer values than stated, or an axis that is no energy.
    """
    lines = text_of(path).splitlines()
    known: dict[str, str] = {}
    records: list[PhotoemissionRecord] = []
    at = 0
    while at < len(lines):
        entry = _ENTRY.match(lines[at])
        if entry is not None:
            known[entry[1].strip().lower()] = entry[2].strip()
        elif lines[at].strip() and not lines[at].startswith("#"):
            table, after = rows_of(lines, at, least=2, source=path.name)
            records.append(_table(table, known, path, len(records), options))
            at = after
            continue
        at += 1
    if not records:
        raise InputError("holds no table: it is cut short", where=path.name)
    return tuple(records)


def _table(
    table: object, known: dict[str, str], path: Path, number: int, options: PhotoemissionOptions | None
) -> PhotoemissionRecord:
    import numpy as np

    values = np.asarray(table, dtype=np.float64)
    axis = known.get("energy axis", "").lower()
    if "binding" not in axis and "kinetic" not in axis:
        raise InputError(f"names the axis {axis!r:.40}, neither binding nor kinetic energy", where=path.name)
    per_second = "per second" in known.get("count rate", "").lower()
    dwell = energy_of(known.get("dwell time", ""))
    sweeps = (
        1.0
        if "yes" in known.get("separate scan data", "")
        else energy_of(known.get("number of scans", "")) or 1.0
    )
    stated = known.get("values/curve", "")
    if stated.isdigit() and int(stated) > len(values):
        raise InputError(f"states {stated} values and holds {len(values)}: it is cut short", where=path.name)
    region = known.get("region", "")
    scan = known.get("scan", known.get("cycle", ""))
    return checked(
        values[:, 0],
        values[:, 1],
        kinetic="kinetic" in axis,
        source=f"{path.name}: {region or number + 1}{f', scan {scan}' if scan else ''}",
        format=NAME,
        photon_energy=energy_of(known.get("excitation energy", ""))
        or (None if options is None else options.photon_energy),
        dwell=dwell * sweeps if per_second and dwell else None,
        counted=not per_second,
        line=region,
        instrument=known.get("analyzer") or None,
    )


FORMAT = Format(NAME, (".xy",), recognises, read)
