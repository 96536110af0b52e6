"""Bruker and Siemens RAW: version 4 read here; earlier versions refused by name.

Layout of version 4, found in files and checked against their lengths: 61 bytes of head, then segments of
(type, length); type 30 is the tube, type 0 a range of 160 bytes, its own segments, and its data.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.reading import data_of
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.technique import Format

MAGIC = b"RAW4.00"
EARLIER = {b"RAW1.01": "3 (RAW1.01)", b"RAW2": "2", b"RAW ": "1"}
HEAD = 61
RANGE = 0
TUBE = 30
RANGE_HEAD = 160
# Offsets within a segment, bytes.
TUBE_FIELDS = {"alpha1": 80, "alpha2": 88, "ratio": 104, "anode": 116}
RANGE_FIELDS = {
    "steps": 4,
    "scan": 32,
    "start": 72,
    "step": 80,
    "count": 88,
    "dwell": 92,
    "width": 136,
    "extra": 140,
}
SCANS = ("Locked Coupled", "Unlocked Coupled", "Coupled", "TwoTheta", "2Theta", "Detector Scan")
MOST_POINTS = 5_000_000


def recognises(head: bytes, path: Path) -> bool:
    """Whether the magic bytes of any version stand first.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    return head.startswith((MAGIC, *EARLIER)) and b"\x00" in head[:64]


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read every range.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    data = data_of(path)
    for magic, version in EARLIER.items():
        if data.startswith(magic):
            raise InputError(
                f"is Bruker RAW version {version}, which is not read: convert it to .xy or version 4",
                where=path.name,
            )
    if not data.startswith(MAGIC):
        raise InputError("is no Bruker RAW of version 4", where=path.name)
    place, found = HEAD, []
    facts: dict[str, Any] = {}
    while place + 8 <= len(data):
        kind, length = struct.unpack_from("<II", data, place)
        if kind == RANGE:
            pattern, place = _range(data, place, facts, path, options)
            found.append(pattern)
            continue
        if length < 8 or place + length > len(data):
            raise InputError(f"its segment at byte {place} is cut short or damaged", where=path.name)
        if kind == TUBE and length >= TUBE_FIELDS["anode"] + 4:
            facts = _tube(data[place : place + length])
        place += length
    if not found:
        raise InputError("holds no range: it is cut short", where=path.name)
    return tuple(found)


def _tube(segment: bytes) -> dict[str, Any]:
    values = {k: struct.unpack_from("<d", segment, TUBE_FIELDS[k])[0] for k in ("alpha1", "alpha2", "ratio")}
    anode = segment[TUBE_FIELDS["anode"] : TUBE_FIELDS["anode"] + 4].split(b"\x00")[0].decode("latin-1")
    if not 0.01 < values["alpha1"] < 20.0:
        return {}
    lines: tuple[tuple[float, float], ...] = ((values["alpha1"], 1.0),)
    if 0.01 < values["alpha2"] < 20.0 and 0.0 < values["ratio"] <= 1.0:
        lines = (*lines, (values["alpha2"], values["ratio"]))
    return {"lines": lines, "anode": anode if anode.isalpha() else ""}


def _range(
    data: bytes, place: int, facts: dict[str, Any], path: Path, options: Options | None
) -> tuple[Pattern, int]:
    if place + RANGE_HEAD > len(data):
        raise InputError("a range is cut short in its head", where=path.name)
    field = {k: place + v for k, v in RANGE_FIELDS.items()}
    start, step = struct.unpack_from("<dd", data, field["start"])
    (count,) = struct.unpack_from("<I", data, field["count"])
    (dwell,) = struct.unpack_from("<f", data, field["dwell"])
    width, extra = struct.unpack_from("<II", data, field["width"])
    scan = data[field["scan"] : field["scan"] + 24].split(b"\x00")[0].decode("latin-1").strip()
    begin = place + RANGE_HEAD + extra
    end = begin + count * width
    if not 0 < count <= MOST_POINTS or width < 4 or width % 4 or end > len(data):
        raise InputError(f"declares {count} points of {width} bytes, which it does not hold", where=path.name)
    if scan not in SCANS:
        raise InputError(f"is a scan of {scan!r:.30}, not of 2θ: no powder pattern", where=path.name)
    if not (np.isfinite(start) and np.isfinite(step) and abs(start) < 180.0 and 0.0 < abs(step) < 10.0):
        raise InputError("has no start or step of 2θ", where=path.name)
    raw = np.frombuffer(data, dtype="<f4", count=count * (width // 4), offset=begin)
    y = raw.reshape(count, width // 4)[:, 0].astype(float)
    fields: dict[str, Any] = {
        "source": path.name,
        "format": FORMAT.name,
        "axis": "two_theta",
        "x": start + step * np.arange(count),
        "intensity": y,
        "intensity_unit": "counts" if np.isfinite(y).all() and (y == np.round(y)).all() else "",
        "dwell": float(dwell) if np.isfinite(dwell) and dwell > 0 else None,
        "radiation": "X-ray",
        "instrument": "Bruker",
        **facts,
    }
    return completed(fields, options), end


FORMAT: Format[Pattern] = Format(name="Bruker RAW", extensions=(".raw",), recognises=recognises, read=read)
