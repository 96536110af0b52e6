"""What a terminal shows of cells: less than a page, in the same words."""

from __future__ import annotations

from topotaxy.content.numbers import number_text, plain_number, unit_text
from topotaxy.content.section import Group, Items, Paragraph, Part
from topotaxy.measurement.cycling.shown.cycle_tables import cycle_table, difference_tables, film_tables
from topotaxy.measurement.cycling.shown.data import CellData, CyclingData
from topotaxy.measurement.cycling.shown.sample import absent_part, remarks
from topotaxy.measurement.cycling.shown.tables import sentences

SHOWN = 12
"""Rows of cycles; of more, the first and the last are shown."""

MOST_STEPS = 12
"""Rate steps that are listed."""


def short_parts(data: CyclingData) -> list[Part]:
    """Return for every cell its sentences, sample, cycles and rate steps; then remarks and differences.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    parts: list[Part] = []
    for cell in data.cells:
        own: list[Part] = [Paragraph(_sample(cell)), Paragraph(" ".join(sentences(cell)))]
        if len(cell.cycle):
            own.append(cycle_table(cell, SHOWN))
        steps = _steps(cell)
        if steps:
            own.append(Paragraph(steps))
        parts.append(Group(title=cell.name, parts=own))
    said = remarks(data)
    if said:
        parts.append(Group(title="Before quoting these numbers", parts=[Items(said, note=True)]))
    parts += [absent_part(data), *difference_tables(data), *film_tables(data)]
    return parts


def _sample(cell: CellData) -> str:
    mass = cell.data.attrs.get("mass")
    basis = cell.text("basis") or "unstated material"
    known = [
        cell.text("format"),
        cell.text("instrument") if cell.text("instrument") != cell.text("format") else "",
        cell.text("role") or "no role given",
        "no mass given" if mass is None else f"{plain_number(1e3 * float(mass))} mg of {basis}",
        f"V vs {cell.text('reference')}" if cell.text("reference") else "",
    ]
    return ", ".join(text for text in known if text)


def _steps(cell: CellData) -> str:
    first = cell.values("step_first")
    if len(first) < 2:
        return ""
    unit, delivered = cell.text("current_unit"), cell.text("delivered")
    scale, unit = (1e3, "mA") if unit == "A" else (1.0, unit)
    current, capacity = cell.values(f"step_{delivered}_current"), cell.values("step_capacity")
    said = []
    for i in range(min(len(first), MOST_STEPS)):
        last = int(cell.values("step_last")[i])
        span = f"cycle {last}" if last == int(first[i]) else f"cycles {int(first[i])} to {last}"
        said.append(
            f"{number_text(scale * current[i])} {unit_text(unit)} ({span}): {number_text(capacity[i])}"
        )
    more = f"; and {len(first) - MOST_STEPS} more in the report" if len(first) > MOST_STEPS else ""
    return f"Rate steps, {delivered} in {unit_text(cell.unit)}: {'; '.join(said)}{more}"
