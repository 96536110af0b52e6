"""Powder CIF: a loop of measured counts or intensities over 2θ, d or time of flight."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.reading import data_of, text_of
from topotaxy.measurement.diffraction.record import Axis, Pattern
from topotaxy.measurement.technique import Format

AXES: tuple[tuple[str, Axis], ...] = (
    ("_pd_meas_2theta_scan", "two_theta"),
    ("_pd_meas_2theta_corrected", "two_theta"),
    ("_pd_proc_2theta_corrected", "two_theta"),
    ("_pd_proc_d_spacing", "d"),
    ("_pd_meas_time_of_flight", "tof"),
)
INTENSITIES = (
    "_pd_meas_counts_total",
    "_pd_meas_intensity_total",
    "_pd_proc_intensity_total",
    "_pd_proc_intensity_net",
)


def recognises(head: bytes, path: Path) -> bool:
    """Whether a CIF speaks of powder data.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    text = text_of(head)
    if text is None or re.search(r"^data_", text, re.M) is None:
        return False
    return re.search(r"^\s*_pd_(?:meas|proc|calc|block|instr)", text, re.M) is not None


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read the pattern of every block that has one.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    import gemmi

    text = text_of(data_of(path))
    if text is None:
        raise InputError("holds zero bytes in its text: it is damaged", where=path.name)
    try:
        document = gemmi.cif.read_string(text)
    except (ValueError, RuntimeError) as error:
        raise InputError(f"is no CIF that can be read ({error!s:.120})", where=path.name) from None
    found = [pattern for block in document if (pattern := _block(block, path, options)) is not None]
    if not found:
        raise InputError("holds no measured powder pattern", where=path.name)
    return tuple(found)


def _column(block: Any, tag: str, path: Path) -> tuple[Any, Any] | None:
    """Return a loop's column and the deviations that stand in brackets behind its numbers."""
    column = block.find_loop(tag)
    if len(column) == 0:
        return None
    values, esds = np.empty(len(column)), np.full(len(column), np.nan)
    for k, text in enumerate(column):
        match = re.fullmatch(r"([-+]?[\d.]+(?:[eE][-+]?\d+)?)(?:\((\d+)\))?", text)
        try:
            values[k] = float(match[1]) if match else np.nan
        except ValueError:
            values[k] = np.nan
        if match and match[2]:
            decimals = len(match[1].partition(".")[2]) if "e" not in match[1].lower() else 0
            esds[k] = float(match[2]) * 10.0**-decimals
    return values, (None if np.isnan(esds).any() else esds)


def _block(block: Any, path: Path, options: Options | None) -> Pattern | None:
    chosen = next(((tag, c) for tag in INTENSITIES if (c := _column(block, tag, path)) is not None), None)
    if chosen is None:
        return None
    tag, (y, esd) = chosen
    axis, x = _axis(block, len(y), path)
    if not np.isfinite(y).all() or not np.isfinite(x).all():
        raise InputError(f"its loop of {tag} holds what is no number", where=path.name)
    if esd is not None and not (esd > 0).all():
        esd = None
    probe = (block.find_value("_diffrn_radiation_probe") or "").strip("'\"").lower()
    radiation = {"x-ray": "X-ray", "neutron": "neutron"}.get(probe)
    fields: dict[str, Any] = {
        "source": path.name,
        "format": FORMAT.name,
        "axis": axis,
        "x": x,
        "intensity": y,
        "esd": esd,
        "intensity_unit": "counts" if tag.endswith("counts_total") else "",
        "radiation": radiation,
        "lines": _lines(block),
        "temperature": _number(block.find_value("_diffrn_ambient_temperature")),
    }
    return completed(fields, options)


def _axis(block: Any, count: int, path: Path) -> tuple[Axis, Any]:
    for tag, axis in AXES:
        column = _column(block, tag, path)
        if column is not None and len(column[0]) == count:
            return axis, column[0]
    for stem in ("_pd_meas_2theta_range", "_pd_proc_2theta_range"):
        low, high = (_number(block.find_value(f"{stem}_{end}")) for end in ("min", "max"))
        step = _number(block.find_value(f"{stem}_inc"))
        if low is None or high is None or not high > low:
            continue
        # The step is often rounded; the ends and the number of points are not.
        if step is not None and abs((high - low) / (count - 1) / step - 1.0) > 0.01:
            raise InputError(
                f"its range of 2θ, its step and its {count} points do not agree", where=path.name
            )
        return "two_theta", np.linspace(low, high, count)
    raise InputError("has intensities and no axis that is read", where=path.name)


def _lines(block: Any) -> tuple[tuple[float, float], ...]:
    table = block.find("_diffrn_radiation_", ["wavelength", "?wavelength_wt"])
    lines = []
    for row in table:
        value = _number(row[0])
        weight = _number(row[1]) if row.has(1) else 1.0
        if value is not None and 0.01 < value < 20.0:
            lines.append((value, weight if weight else 1.0))
    if not lines:
        value = _number(block.find_value("_diffrn_radiation_wavelength"))
        if value is not None and 0.01 < value < 20.0:
            lines.append((value, 1.0))
    return tuple(lines)


def _number(text: str | None) -> float | None:
    match = re.match(r"['\"]?([-+]?[\d.]+(?:[eE][-+]?\d+)?)", text or "")
    try:
        return float(match[1]) if match else None
    except ValueError:
        return None


FORMAT: Format[Pattern] = Format(
    name="powder CIF", extensions=(".cif", ".pdcif"), recognises=recognises, read=read
)
