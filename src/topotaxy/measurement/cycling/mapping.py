"""Reading any csv of cycling data by a mapping file (see :mod:`topotaxy.measurement.files.mapping`).

charging_current = "positive"    # or "negative": what the file's sign means for the object under test

[sample]                         # all of it optional
mass_gram = 0.0012
basis = "active material"
reference = "Li+/Li"
area_cm2 = 1.13
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import headings
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.record import ALWAYS, EITHER_WAY, SOMETIMES
from topotaxy.measurement.files import mapping as generic
from topotaxy.measurement.files.mapping import ColumnMapping

COLUMNS: dict[str, Mapping[str, float]] = {
    name: headings.UNITS.get(name, {}) for name in (*ALWAYS, *SOMETIMES, *EITHER_WAY)
}
"""Columns that a mapping may name, each with the units it may come in."""
REQUIRED = ("test_time_second", "voltage_volt", "current_ampere")
KEYS = {"charging_current": ("positive", "negative")}
FORMAT = "csv by mapping"
_SAMPLE = {"mass_gram": float, "basis": str, "reference": str, "area_cm2": float}


def load(path: Path) -> ColumnMapping:
    """Return what a mapping file says, checked.

    Parameters
    ----------
    path : path
        The TOML file.

    Raises
    ------
    InputError
        Where it cannot be read, or says something that has no meaning; the message names the key.
    """
    mapping = generic.load(path, KEYS)
    mapping.scales(COLUMNS, REQUIRED)
    _checked_sample(mapping)
    return mapping


def _checked_sample(mapping: ColumnMapping) -> Mapping[str, Any]:
    given, where = mapping.sample, mapping.where
    if set(given) - set(_SAMPLE):
        raise InputError(f"[sample] may have {', '.join(_SAMPLE)}", where=where)
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (int, float) if _SAMPLE[key] is float else str):
            raise InputError(f"[sample] {key} is {value!r:.40}, not {_SAMPLE[key].__name__}", where=where)
    return given


def read_mapped(path: Path, mapping: ColumnMapping) -> Contents:
    """Return the contents of a csv by a mapping.

    Parameters
    ----------
    path : path
        The file.
    mapping : ColumnMapping
        What the mapping file says.

    Raises
    ------
    InputError
        Where the mapping has no meaning for cycling data, the file has no header line with its headings, or
        is damaged.
    """
    scales = mapping.scales(COLUMNS, REQUIRED)
    sample = _checked_sample(mapping)
    arrays, notes = generic.read_columns(path, mapping, scales, clocks=("test_time_second",))
    columns: dict[str, Any] = dict(arrays)
    if mapping.options.get("charging_current") == "negative":
        columns["current_ampere"] = -columns["current_ampere"]
    return Contents(
        columns,
        instrument=mapping.options.get("instrument"),
        notes=notes,
        mass=sample.get("mass_gram"),
        basis=sample.get("basis"),
        reference=sample.get("reference"),
        area=sample.get("area_cm2"),
        sign_stated="charging_current" in mapping.options,
    )
