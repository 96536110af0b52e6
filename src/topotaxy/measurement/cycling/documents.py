"""An analysis of cells as plain data and as a table of cycles."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

from topotaxy.measurement.cycling.analysis import Analysis
from topotaxy.measurement.cycling.differences import Difference
from topotaxy.measurement.cycling.metrics import Cell
from topotaxy.measurement.cycling.metrics.half_cycles import DIRECTIONS


def cell_document(cell: Cell) -> dict[str, Any]:
    """Return what is known of a cell and of its file, as plain data; null is what nobody said.

    Parameters
    ----------
    cell : Cell
        A record and its metrics.
    """
    record = cell.record
    return {
        "name": cell.name,
        "origin": cell.origin,
        "role": cell.role,
        "format": record.format,
        "instrument": record.instrument,
        "mass_g": record.mass,
        "basis": record.basis,
        "area_cm2": record.area,
        "reference": record.reference,
        "rows": len(cell.rows.time),
        "cycles": [int(n) for n in cell.totals.cycle],
        "derived_columns": list(record.derived),
        "notes": list(cell.notes),
    }


def difference_document(d: Difference) -> dict[str, Any]:
    """Return a difference of measured and simulated cells as plain data.

    Parameters
    ----------
    d : Difference
        The difference; ``difference`` is null where ``unlike`` says that conditions differ.
    """
    return {
        "quantity": d.quantity,
        "unit": d.unit,
        "cycle": d.cycle,
        "subject": d.subject,
        "measured": d.measured,
        "measured_uncertainty": d.measured_uncertainty,
        "simulated": d.simulated,
        "simulated_uncertainty": d.simulated_uncertainty,
        "difference": d.difference,
        "unlike": d.unlike,
        "uncertainty": d.uncertainty,
    }


def cycles_csv(analysis: Analysis) -> str:
    """One row a cell and cycle; units in the header; empty cells for what is absent.

    Parameters
    ----------
    analysis : Analysis
        Of one or more cells.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "cell",
            "cycle",
            "capacity_unit",
            "discharge_capacity",
            "charge_capacity",
            "coulombic_efficiency_1",
            "energy_efficiency_1",
            "mean_voltage_discharge_V",
            "mean_voltage_charge_V",
            "voltage_hysteresis_V",
            "hysteresis_at_half_capacity_V",
            "current_unit",
            "discharge_current",
            "charge_current",
            "unfinished",
        ]
    )
    for cell in analysis.cells:
        for index, number in enumerate(cell.totals.cycle):
            cut = cell.unfinished is not None and cell.unfinished.cycle == int(number)
            writer.writerow(
                [
                    cell.name,
                    int(number),
                    cell.totals.unit,
                    *_numbers(*(cell.totals.capacity(d)[index] for d in DIRECTIONS)),
                    *_numbers(cell.efficiency[index], cell.energy_efficiency[index]),
                    *_numbers(*(cell.mean_voltage[d][index] for d in DIRECTIONS)),
                    *_numbers(cell.hysteresis[index], cell.hysteresis_at_half[index]),
                    cell.current_unit,
                    *_numbers(*(cell.current[d][index] for d in DIRECTIONS)),
                    cell.unfinished.direction if cut and cell.unfinished is not None else "",
                ]
            )
    return text.getvalue()


def _numbers(*values: float) -> list[str]:
    return [repr(float(v)) if math.isfinite(v) else "" for v in values]
