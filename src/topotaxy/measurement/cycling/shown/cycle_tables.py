"""Tables of cycles, of steps of the rate, of the surface film, and of differences."""

from __future__ import annotations

from topotaxy.content.numbers import number_text, observable_text, quantity_text, unit_text
from topotaxy.content.section import Part, Table, mark_of
from topotaxy.measurement.cycling.shown.data import CellData, CyclingData

SHOWN = 60
"""Rows of cycles; of more the first and the last are shown, and cycles.csv has all."""

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


def film_tables(data: CyclingData) -> list[Part]:
    """Return the bounds of the surface film, where two particle sizes were given.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    found = [o for o in data.observables if o.quantity in ("film_charge", "film_fraction")]
    if not found:
        return []
    names = {"film_charge": "Film charge", "film_fraction": "Film share of the loss"}
    return [
        Table(
            caption="Surface film, bounds",
            head=["Quantity", "Value", "Label"],
            rows=[[f"{names[o.quantity]}, {o.subject}", observable_text(o), mark_of(o)] for o in found],
            numeric=frozenset({1}),
            label_column=2,
            details=[sentence(o.method) for o in found],
        )
    ]


def cycle_tables(data: CyclingData) -> list[Part]:
    """Return the numbers of every cycle of the measured cells.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    return [cycle_table(cell, SHOWN) for cell in data.measured if len(cell.cycle)]


def cycle_table(cell: CellData, most: int) -> Table:
    """Return one row a cycle; of more than ``most`` the first and the last.

    Parameters
    ----------
    cell : CellData
        One cell of an analysis.
    most : int
        How many at most.
    """
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
    chosen = list(range(count)) if count <= most else [*range(most // 2), *range(count - most // 2, count)]
    rows = [
        [_cycle_words(cell, i), *[number_text(scale * v[i], digits) for v, scale, digits in columns]]
        for i in chosen
    ]
    left = f" (first and last {most // 2} of {count}; all in cycles.csv)" if count > most else ""
    return Table(
        caption=f"{cell.name}{left}",
        head=head,
        rows=rows,
        numeric=frozenset(range(1, len(head))),
        wide=True,
    )


def _cycle_words(cell: CellData, index: int) -> str:
    number = int(cell.cycle[index])
    cut = cell.data.attrs.get("unfinished_cycle")
    return f"{number} (unfinished)" if cut is not None and int(cut) == number else str(number)


def step_tables(data: CyclingData) -> list[Part]:
    """Return the rate steps of every measured cell that has any.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    parts: list[Part] = []
    for cell in data.measured:
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
        parts.append(Table(caption=caption, head=head, rows=rows, numeric=frozenset(range(1, 5)), wide=True))
    return parts


def difference_tables(data: CyclingData) -> list[Part]:
    """Return measured less simulated, where a simulation lies over the measurement.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    entries = data.differences
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
                f"not compared: {entry['unlike']}"
                if entry["difference"] is None
                else shown(entry["difference"], entry["uncertainty"]),
            ]
        )
    if not rows:
        return []
    return [
        Table(
            caption="Measured less simulated",
            head=["Quantity", "Cycle", "Measured", "Simulated", "Difference"],
            rows=rows,
            numeric=frozenset({1, 2, 3, 4}),
            note="After ±: the standard error over cells or replicas, where there are four or more.",
        )
    ]


def sentence(text: str) -> str:
    """Return a definition as a sentence.

    Parameters
    ----------
    text : str
        In a few words, as in a ``method``.
    """
    return f"{text[:1].upper()}{text[1:]}." if text else ""
