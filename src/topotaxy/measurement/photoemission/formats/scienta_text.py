"""Scienta SES text: ``[Info]``, ``[Region n]``, ``[Info n]``, ``[Data n]``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.text import energy_of, rows_of, text_of
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked
from topotaxy.measurement.technique import Format

NAME = "Scienta text"


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file begins with SES's first section and counts its regions.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    return head.lstrip(b"\xef\xbb\xbf").startswith(b"[Info]") and b"Number of Regions=" in head[:200]


def read(path: Path, options: PhotoemissionOptions | None) -> tuple[PhotoemissionRecord, ...]:
    """Read every region; images (several slices) are summed over their second dimension.

    Parameters
    ----------
    path : Path
        Of the file.
    options : PhotoemissionOptions, optional
        Photon energy, where a region states none.

    Raises
    ------
    InputError
        Where a region has no data, fewer than it states, or no axis of energy.
    """
    lines = [line.rstrip() for line in text_of(path).splitlines()]
    marks = {line.lower(): k for k, line in enumerate(lines) if line.startswith("[")}
    regions = [name for name in marks if name.startswith("[region ")]
    if not regions:
        raise InputError("has no region: it is cut short", where=path.name)
    return tuple(_region(lines, marks, name[len("[region ") : -1], path, options) for name in regions)


def _region(
    lines: list[str], marks: dict[str, int], number: str, path: Path, options: PhotoemissionOptions | None
) -> PhotoemissionRecord:
    data = marks.get(f"[data {number}]")
    if data is None:
        raise InputError(f"has no data of region {number}: it is cut short", where=path.name)
    known: dict[str, str] = {}
    for line in lines[marks[f"[region {number}]"] : data]:
        key, equals, value = line.partition("=")
        if equals:
            known[key.strip().lower()] = value.strip()
    axis = known.get("dimension 1 name", "").lower()
    if "energy" not in axis:
        raise InputError(f"region {number} has the axis {axis!r:.40}, not an energy", where=path.name)
    table, _ = rows_of(lines, data + 1, least=2, source=path.name)
    size = known.get("dimension 1 size", "")
    if size.isdigit() and int(size) != len(table):
        raise InputError(
            f"region {number} states {size} points and holds {len(table)}: it is cut short", where=path.name
        )
    photon = energy_of(known.get("excitation energy", ""))
    return checked(
        table[:, 0],
        np.asarray(table[:, 1:].sum(axis=1)),
        kinetic="kinetic" in axis,
        source=path.name
        if len([m for m in marks if m.startswith("[region")]) == 1
        else f"{path.name}: {number}",
        format=NAME,
        photon_energy=photon or (None if options is None else options.photon_energy),
        line=known.get("region name", "").replace("_", " "),
        instrument=known.get("instrument") or None,
    )


FORMAT = Format(NAME, (".txt",), recognises, read)
