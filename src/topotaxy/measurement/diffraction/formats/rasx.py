"""Rigaku RASX: a zip archive with a profile as text and the measurement's conditions as XML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.reading import columns
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.files import archive
from topotaxy.measurement.technique import Format

PROFILE = re.compile(r"^Data(\d+)/Profile(\d+)\.txt$")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first part of a zip archive is one of a RASX's.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    return (
        archive.is_zip(head)
        and re.search(rb"Data\d+/(?:Profile\d+\.txt|MesurementConditions)", head[:8192]) is not None
    )


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read every profile; counts are multiplied by the attenuator's factor of its third column.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    with archive.opened(path) as parts:
        names = sorted(name for name in parts.namelist() if PROFILE.match(name))
        if not names:
            raise InputError("holds no profile", where=path.name)
        return tuple(_pattern(parts, name, path, options, alone=len(names) == 1) for name in names)


def _pattern(parts: Any, name: str, path: Path, options: Options | None, *, alone: bool) -> Pattern:
    where = f"{path.name}, {name}"
    text = archive.part(parts, name, where=path.name).decode("utf-8-sig", errors="replace")
    table, notes = columns(text.splitlines(), source=where, most=3)
    match = PROFILE.match(name)
    assert match is not None
    conditions = f"Data{match[1]}/MesurementConditions{match[2]}.xml"
    facts = _conditions(parts, conditions, path) if conditions in parts.namelist() else {}
    factor = table[:, 2] if table.shape[1] > 2 else np.ones(len(table))
    if (factor <= 0.0).any():
        raise InputError("its attenuator's factors have to be above zero", where=where)
    y = table[:, 1] * factor
    esd = factor * np.sqrt(np.maximum(table[:, 1], 1.0)) if (factor != 1.0).any() else None
    fields: dict[str, Any] = {
        "source": path.name,
        "format": FORMAT.name,
        "x": table[:, 0],
        "intensity": y,
        "esd": esd,
        "radiation": "X-ray",
        "instrument": "Rigaku",
        "notes": notes if alone else (*notes, f"part {name}"),
        **facts,
    }
    return completed(fields, options)


def _conditions(parts: Any, name: str, path: Path) -> dict[str, Any]:
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    data = archive.part(parts, name, where=path.name)
    archive.no_entities(data, name, where=path.name)
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InputError(f"its part {name} is damaged XML ({error!s:.80})", where=path.name) from None
    found: dict[str, Any] = {}
    first, second = (_number(root.findtext(f".//WavelengthKalpha{k}")) for k in (1, 2))
    kind = (root.findtext(".//WaveType") or "").strip()
    if first is not None and 0.01 < first < 20.0:
        both = kind in ("Ka", "Kα") and second is not None
        found["lines"] = ((first, 1.0), (second, 0.5)) if both else ((first, 1.0),)
    anode = (root.findtext(".//TargetName") or "").strip()
    found["anode"] = anode
    axis = (root.findtext(".//AxisName") or root.findtext(".//ScanInformation/AxisName") or "").strip()
    if re.fullmatch(
        r"(?i)(?:2-?theta/?theta|theta/?2-?theta|two_?theta(?:_?theta)?|2theta|twothetatheta)", axis
    ):
        found["axis"] = "two_theta"
    elif axis:
        raise InputError(f"is a scan of {axis:.40}, not of 2θ: no powder pattern", where=path.name)
    unit = (root.findtext(".//IntensityUnit") or "").strip().lower()
    if unit in ("counts", "cps"):
        found["intensity_unit"] = "counts" if unit == "counts" else "counts/s"
    return found


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


FORMAT: Format[Pattern] = Format(name="Rigaku RASX", extensions=(".rasx",), recognises=recognises, read=read)
