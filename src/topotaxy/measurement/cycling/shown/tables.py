"""Tables of measured cells, and the words above them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from topotaxy.content.numbers import fixed, number_text, observable_text, quantity_text, unit_text
from topotaxy.content.section import KeyNumber, Mark, Paragraph, Part, Table, mark_of
from topotaxy.measurement.cycling.shown.cycle_tables import sentence
from topotaxy.measurement.cycling.shown.data import CellData, CyclingData
from topotaxy.observables import Observable

LATE = 5
"""Cycles whose mean efficiency is called the late one."""

MOST_TOLD = 3
"""Cells that are told one by one; of more, the figures tell."""


def verdict(data: CyclingData) -> str:
    """Return what happened: the sentences of each measured cell, where there are few.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    cells = data.measured
    if len(cells) > MOST_TOLD:
        names = ", ".join(cell.name for cell in cells)
        return f"{len(cells)} cells: {names}. Their numbers stand in the table below."
    return " ".join(sentence for cell in cells for sentence in sentences(cell))


def sentences(cell: CellData) -> Iterator[str]:
    """Yield what happened to a cell, a sentence each.

    Parameters
    ----------
    cell : CellData
        One cell of an analysis.
    """
    cycles = cell.cycle
    if not len(cycles):
        yield f"{cell.name}: no current flows in this record."
        return
    count = len(cycles)
    if cell.swept:
        yield f"{cell.name}: voltage sweeps, read from {cell.text('format')}."
        return
    cut = ", the last of them unfinished" if "unfinished_cycle" in cell.data.attrs else ""
    yield (
        f"{cell.name}: {_role_words(cell)}, {count} cycle{'s' if count > 1 else ''}{cut}"
        f"{',' if cut else ''}{_window(cell)}{_current(cell)}."
    )
    first = int(cycles[0])
    down, up = (cell.values(f"{d}_capacity")[0] for d in ("discharge", "charge"))
    if math.isfinite(down) and math.isfinite(up):
        unit = unit_text(cell.unit)
        text = f"Cycle {first} discharges {number_text(down)} and charges {number_text(up)} {unit}"
        initial = cell.observable("initial_coulombic_efficiency")
        yield (
            f"{text}, an initial coulombic efficiency of {observable_text(initial)}."
            if initial
            else f"{text}."
        )
    late = cell.values("coulombic_efficiency")
    late = late[1:][np.isfinite(late[1:])][-LATE:] if len(late) else late
    if len(late) > 1:
        yield (
            f"The coulombic efficiency of the last {len(late)} whole cycles is "
            f"{number_text(100 * float(late.mean()), 4)} % on average."
        )
    kept = cell.observable("capacity_retention")
    if kept is not None:
        yield f"Retention is {observable_text(kept)} ({kept.method})."


def _role_words(cell: CellData) -> str:
    words = {
        "half-cell-anode": "an anode material in a half cell",
        "half-cell-cathode": "a cathode material in a half cell",
        "full-cell": "a full cell",
    }
    role = words.get(cell.text("role"), "a cell whose role was not given")
    ion = cell.text("reference").partition("+")[0]
    return f"{role} against {ion}" if ion and "half cell" in role else role


def _window(cell: CellData) -> str:
    voltage = cell.values("voltage")
    known = voltage[np.isfinite(voltage)]
    return f" between {fixed(known.min(), 2)} and {fixed(known.max(), 2)} V" if len(known) else ""


def _current(cell: CellData) -> str:
    current = cell.values(f"{cell.text('delivered')}_current")
    known = current[np.isfinite(current)]
    if not len(known):
        return ""
    low, high = float(known.min()), float(known.max())
    unit = unit_text(cell.text("current_unit"))
    if cell.text("current_unit") == "A":
        low, high, unit = 1e3 * low, 1e3 * high, "mA"
    same = high - low <= 0.1 * high
    return f" at {number_text(high) if same else f'{number_text(low)} to {number_text(high)}'} {unit}"


class Quoted(NamedTuple):
    """A number that is quoted: its name, value, mark and definition."""

    name: str
    value: str
    mark: Mark
    method: str


def headline_table(data: CyclingData) -> Part:
    """Return the numbers that are quoted, with their labels and definitions.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    many = len(data.measured) > 1
    rows = [(cell.name, entry) for cell in data.measured for entry in _headline(cell)]
    if not rows:
        return Paragraph("No number could be computed; the reasons are below.")
    return Table(
        caption="Numbers and their definitions",
        head=[*(["Cell"] if many else []), "Quantity", "Value", "Label"],
        rows=[[*([name] if many else []), e.name, e.value, e.mark] for name, e in rows],
        numeric=frozenset({2 if many else 1}),
        label_column=3 if many else 2,
        details=[sentence(e.method) for _, e in rows],
    )


MOST_KEYS = 6


def key_numbers(data: CyclingData) -> list[KeyNumber]:
    """Return four to six numbers of the first measured cell, with their labels.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    note = data.measured[0].name if len(data.measured) > 1 else ""
    return [
        KeyNumber(name=entry.name, value=entry.value, label=entry.mark, note=note)
        for entry in islice(_headline(data.measured[0]), MOST_KEYS)
    ]


def _headline(cell: CellData) -> Iterator[Quoted]:
    first = int(cell.cycle[0]) if len(cell.cycle) else None
    specific = "specific_capacity" if cell.unit == "mAh/g" else "capacity"
    wanted: list[tuple[str, str, int | None]] = [
        (f"{specific}_discharge", f"Discharge capacity, cycle {first}", first),
        (f"{specific}_charge", f"Charge capacity, cycle {first}", first),
        ("areal_capacity_discharge", f"Areal discharge capacity, cycle {first}", first),
        ("areal_capacity_charge", f"Areal charge capacity, cycle {first}", first),
        ("initial_coulombic_efficiency", "Initial coulombic efficiency", None),
        ("mean_voltage_discharge", f"Mean discharge voltage, cycle {first}", first),
        ("mean_voltage_charge", f"Mean charge voltage, cycle {first}", first),
        ("voltage_hysteresis", f"Hysteresis of the mean voltages, cycle {first}", first),
        ("hysteresis_at_half_capacity", f"Hysteresis at half capacity, cycle {first}", first),
        ("energy_efficiency", f"Energy efficiency, cycle {first}", first),
        ("capacity_retention", "Capacity retention", None),
        ("capacity_fade_rate", "Loss a cycle", None),
        ("knee_cycle", "Knee", None),
    ]
    for quantity, words, cycle in wanted:
        found = cell.observable(quantity, cycle)
        if found is None:
            continue
        text = observable_text(found)
        method = found.method
        if quantity == "capacity_fade_rate":
            error = found.uncertainty
            text = f"{quantity_text('', 100 * found.value, None if error is None else 100 * error, '1')} %"
            if error is not None and abs(found.value) < 2.0 * error:
                method += "; not resolved from none"
        elif quantity == "knee_cycle":
            text = f"cycle {text}"
        yield Quoted(words, text, mark_of(found), method)
    for entry in cell.observables:
        if entry.quantity == "differential_capacity_peak" and entry.cycle == first:
            yield _quoted(f"dQ/dV, {entry.subject}, cycle {entry.cycle}", entry)
        elif entry.quantity == "scan_rate_exponent":
            yield _quoted(f"Exponent b, {entry.subject}", entry)
    shares = [o for o in cell.observables if o.quantity == "capacitive_fraction"]
    for way in ("falling", "rising"):
        of_way = [o for o in shares if o.subject.text.startswith(way)]
        for entry in dict.fromkeys([*of_way[:1], *of_way[-1:]]):
            yield _quoted(f"In proportion to rate, {entry.subject}", entry)


def _quoted(name: str, entry: Observable) -> Quoted:
    return Quoted(name, observable_text(entry), mark_of(entry), entry.method)
