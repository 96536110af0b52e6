"""What was read, what must be known of it, and what could not be computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.content.numbers import fixed, plain_number
from topotaxy.content.section import Paragraph, Part, Table
from topotaxy.measurement.cycling.shown.data import CellData, CyclingData

_NAMES = {
    "coulombic_efficiency": "coulombic efficiency",
    "initial_coulombic_efficiency": "initial coulombic efficiency",
    "energy_efficiency": "energy efficiency",
    "specific_capacity": "capacity per gram",
    "capacity_retention": "capacity retention",
    "capacity_fade_rate": "loss a cycle",
    "knee_cycle": "knee",
    "rate_capacity": "capacity by rate",
    "differential_capacity_peak": "peaks of dQ/dV",
    "scan_rate_exponent": "exponent b",
    "capacitive_fraction": "capacitive share",
}
NOT_GIVEN = "not given"


LIMITS = (
    "Which reaction took the charge: conversion, film and storage at interfaces add up to one capacity.",
    "Whether the lattice holds: that takes diffraction, absorption or microscopy of the same electrode.",
    "Where a voltage is lost: resistances of electrolyte and counter electrode are in it.",
    "How cells of one kind differ, and how well the cycler is calibrated: neither is in the files.",
)
"""What cycling data cannot show, whatever the file."""


def remarks(data: CyclingData) -> list[str]:
    """Return what a reader must know before quoting a number: notes of the files, cell by cell.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    many = len(data.cells) > 1
    said = [f"{cell.name}: {note}" if many else note for cell in data.cells for note in cell.notes]
    missing = [
        f"{cell.name}: {why}" if many else why
        for cell in data.measured
        for name, why in cell.absent.items()
        if name in ("specific_capacity", "coulombic_efficiency") and not cell.swept
    ]
    lines = dict.fromkeys([*missing, *said])
    return [f"{line if many else line[:1].upper() + line[1:]}." for line in lines]


def absent_part(data: CyclingData) -> Part:
    """Return what could not be computed, with the reason.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    many = len(data.measured) > 1
    rows = []
    for cell in data.measured:
        grouped: dict[str, list[str]] = {}
        for name, why in cell.absent.items():
            grouped.setdefault(why, []).append(_NAMES.get(name, name.replace("_", " ")))
        rows += [[*([cell.name] if many else []), ", ".join(names), why] for why, names in grouped.items()]
    if not rows:
        return Paragraph("Nothing that was asked for is missing.")
    return Table(caption="Reasons", head=[*(["Cell"] if many else []), "Quantity", "Why"], rows=rows)


def cell_table(data: CyclingData) -> Table:
    """Return file, instrument, sample and role of every cell: a row a cell where there are many.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    names = ["Format", "Instrument", "Rows", "Duration", "Role", "Mass", "Area", "Reference"]
    columns = [_sample(cell) for cell in data.cells]
    return Table(
        caption="What was read, and what was said of it",
        head=["", *[cell.name for cell in data.cells]],
        rows=[[name, *[column[index] for column in columns]] for index, name in enumerate(names)],
        wide=len(data.cells) > 3,
    )


def _sample(cell: CellData) -> list[str]:
    mass, area = (cell.data.attrs.get(name) for name in ("mass", "area"))
    grams = NOT_GIVEN
    if mass is not None:
        grams = f"{plain_number(1e3 * float(mass))} mg of {cell.text('basis') or 'unstated material'}"
        if cell.simulated:
            grams = "1 g of active material, as capacities per gram are all that a run knows"
    return [
        cell.text("format"),
        cell.text("instrument") or "not named in the file",
        f"{int(cell.data.attrs['rows']):,}",
        f"{fixed(float(cell.data.attrs['duration']) / 3600.0, 1)} h",
        cell.text("role") or NOT_GIVEN,
        grams,
        NOT_GIVEN if area is None else f"{plain_number(float(area))} cm²",
        cell.text("reference").replace("+", "⁺") or NOT_GIVEN,
    ]


FILES = (
    "In the same folder: cycles.csv (every cycle), observables.json and .csv (every number with its "
    "definition), analysis.nc (curves and fits), figures/ (SVG, PDF, PNG)."
)


def provenance_parts(found: Mapping[str, Any]) -> list[Part]:
    """Return versions and options, from the provenance of an analysis.

    Parameters
    ----------
    found : mapping
        What is known of the analysis, as its folder has it.
    """
    options = [
        f"{key.replace('_', '-')}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in found.get("options", {}).items()
        if value not in (None, [], False)
    ]
    versions = [f"{name} {number}" for name, number in found.get("versions", {}).items()]
    rows = [
        ["topotaxy", str(found.get("topotaxy", ""))],
        ["Python", str(found.get("python", ""))],
        ["Packages", ", ".join(versions)],
        ["Options", "; ".join(options) or "none"],
    ]
    return [Table(caption="Provenance", head=["Item", "Value"], rows=rows), Paragraph(FILES, note=True)]
