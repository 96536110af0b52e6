"""Tables of measured cells, and the words above them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from topotaxy.content.numbers import fixed, number_text, observable_text, quantity_text, unit_text
from topotaxy.report.markup import Markup, joined, table, tag
from topotaxy.report.measured.folder import AnalysisFolder, CellData

SHOWN = 60
"""Rows of cycles; of more the first and the last are shown, and cycles.csv has all."""

LATE = 5
"""Cycles whose mean efficiency is called the late one."""

_DIFFERENCES = {
    "initial_coulombic_efficiency": "Initial coulombic efficiency",
    "specific_capacity_discharge": "Discharge capacity",
    "specific_capacity_charge": "Charge capacity",
    "mean_voltage_discharge": "Mean discharge voltage",
    "mean_voltage_charge": "Mean charge voltage",
    "voltage_hysteresis": "Hysteresis of the mean voltages",
    "hysteresis_at_half_capacity": "Hysteresis at half capacity",
    "coulombic_efficiency": "Coulombic efficiency",
    "energy_efficiency": "Energy efficiency",
    "capacity_retention": "Capacity retention",
    "capacity_fade_rate": "Loss a cycle",
}


def summary(folder: AnalysisFolder) -> Markup:
    """Return what happened, a paragraph a measured cell."""
    return joined(*[tag("p", " ".join(_sentences(cell)), class_="lead") for cell in folder.measured])


def _sentences(cell: CellData) -> Iterator[str]:
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


def headline_table(folder: AnalysisFolder) -> Markup:
    """Return the numbers that are quoted, with their definitions."""
    many = len(folder.measured) > 1
    rows = [[*([cell.name] if many else []), *row] for cell in folder.measured for row in _headline(cell)]
    if not rows:
        return tag("p", "No number could be computed; the reasons are below.", class_="absent")
    head = [*(["Cell"] if many else []), "Quantity", "Value", "Definition"]
    return table(head, rows, caption="Numbers and their definitions", numeric=frozenset({2 if many else 1}))


def _headline(cell: CellData) -> Iterator[list[str]]:
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
        yield [words, text, method]
    for entry in cell.observables:
        if entry.quantity == "differential_capacity_peak" and entry.cycle == first:
            yield [f"dQ/dV, {entry.subject}, cycle {entry.cycle}", observable_text(entry), entry.method]
        elif entry.quantity == "scan_rate_exponent":
            yield [f"Exponent b, {entry.subject}", observable_text(entry), entry.method]
    shares = [o for o in cell.observables if o.quantity == "capacitive_fraction"]
    for way in ("falling", "rising"):
        mine = [o for o in shares if o.subject.text.startswith(way)]
        for entry in dict.fromkeys([*mine[:1], *mine[-1:]]):
            yield [f"In proportion to rate, {entry.subject}", observable_text(entry), entry.method]


def film_table(folder: AnalysisFolder) -> Markup | None:
    """Return the bounds of the surface film, where two particle sizes were given."""
    rows = [
        [
            f"{'Film charge' if o.quantity == 'film_charge' else 'Film share of the loss'}, {o.subject}",
            observable_text(o),
            o.method,
        ]
        for o in folder.observables
        if o.quantity in ("film_charge", "film_fraction")
    ]
    if not rows:
        return None
    return table(
        ["Quantity", "Value", "Definition"], rows, caption="Surface film, bounds", numeric=frozenset({1})
    )


def cycle_table(folder: AnalysisFolder) -> Markup:
    """Return the numbers of every cycle of the measured cells."""
    return joined(*[_cycles(cell) for cell in folder.measured if len(cell.cycle)])


def _cycles(cell: CellData) -> Markup:
    unit = unit_text(cell.unit)
    head = [
        "Cycle",
        f"Discharge ({unit})",
        f"Charge ({unit})",
        "Coulombic efficiency (%)",
        "Energy efficiency (%)",
        "Mean V, discharge",
        "Mean V, charge",
        "Hysteresis (V)",
        "at half capacity (V)",
    ]
    columns = [
        (cell.values("discharge_capacity"), 1.0, 4),
        (cell.values("charge_capacity"), 1.0, 4),
        (cell.values("coulombic_efficiency"), 100.0, 4),
        (cell.values("energy_efficiency"), 100.0, 3),
        (cell.values("mean_voltage_discharge"), 1.0, 4),
        (cell.values("mean_voltage_charge"), 1.0, 4),
        (cell.values("voltage_hysteresis"), 1.0, 3),
        (cell.values("hysteresis_at_half_capacity"), 1.0, 3),
    ]
    count = len(cell.cycle)
    chosen = list(range(count)) if count <= SHOWN else [*range(SHOWN // 2), *range(count - SHOWN // 2, count)]
    rows = [
        [_cycle_words(cell, i), *[number_text(scale * v[i], digits) for v, scale, digits in columns]]
        for i in chosen
    ]
    left = f" (first and last {SHOWN // 2} of {count}; all in cycles.csv)" if count > SHOWN else ""
    return table(head, rows, caption=f"{cell.name}{left}", numeric=frozenset(range(1, len(head))))


def _cycle_words(cell: CellData, index: int) -> str:
    number = int(cell.cycle[index])
    cut = cell.data.attrs.get("unfinished_cycle")
    return f"{number} (unfinished)" if cut is not None and int(cut) == number else str(number)


def step_table(folder: AnalysisFolder) -> Markup | None:
    """Return the rate steps of every measured cell that has any."""
    parts = []
    for cell in folder.measured:
        first = cell.values("step_first")
        if len(first) < 2:
            continue
        unit, current = unit_text(cell.unit), unit_text(cell.text("current_unit"))
        rows = []
        for index in range(len(first)):
            last = int(cell.values("step_last")[index])
            span = f"{int(first[index])}" if last == int(first[index]) else f"{int(first[index])} to {last}"
            down, up, mean, spread = (
                float(cell.values(f"step_{name}")[index])
                for name in ("discharge_current", "charge_current", "capacity", "spread")
            )
            rows.append([span, *[number_text(v) for v in (down, up, mean, spread)]])
        head = [
            "Cycles",
            f"Discharge current ({current})",
            f"Charge current ({current})",
            f"Mean {cell.text('delivered')} capacity ({unit})",
            "Standard deviation",
        ]
        caption = f"Rate steps of {cell.name}"
        parts.append(table(head, rows, caption=caption, numeric=frozenset(range(1, 5))))
    return joined(*parts) if parts else None


def difference_table(folder: AnalysisFolder) -> Markup | None:
    """Return measured less simulated, where a simulation lies over the measurement."""
    entries = folder.document.get("differences")
    if not entries:
        return None
    last = max((d["cycle"] for d in entries if d["cycle"] is not None), default=None)
    rows = []
    for entry in entries:
        words = _DIFFERENCES.get(entry["quantity"])
        if words is None or entry["cycle"] not in (None, 1, 2, last):
            continue
        kind, unit = entry["quantity"], entry["unit"]

        def shown(value: float, error: float | None, kind: str = kind, unit: str = unit) -> str:
            return quantity_text(kind, value, error, unit)

        rows.append(
            [
                words,
                "" if entry["cycle"] is None else str(entry["cycle"]),
                shown(entry["measured"], entry["measured_uncertainty"]),
                shown(entry["simulated"], entry["simulated_uncertainty"]),
                shown(entry["difference"], entry["uncertainty"]),
            ]
        )
    if not rows:
        return None
    head = ["Quantity", "Cycle", "Measured", "Simulated", "Difference"]
    return table(
        head,
        rows,
        caption="Measured less simulated; after ± the standard error over cells or replicas, where there are "
        "several",
        numeric=frozenset({1, 2, 3, 4}),
    )
