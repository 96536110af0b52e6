"""What a cell's run says of each cycle, as a table of its folder."""

from __future__ import annotations

import csv
import io
import math

from topotaxy.cell.experiment import CellRun
from topotaxy.measurement.cycling.metrics import Cell

CYCLES_FILE = "cycles.csv"


def cycles_csv(run: CellRun, cell: Cell) -> str:
    """Return one row a cycle; directions are those of the cell, charges per gram of pristine material.

    Parameters
    ----------
    run : CellRun
        A finished protocol: what a model knows besides.
    cell : Cell
        The metrics of its record.
    """
    columns = {
        "cycle": run.states.cycle,
        "current_A_per_g": run.states.current,
        "discharge_mAh_per_g": cell.totals.capacity("discharge"),
        "charge_mAh_per_g": cell.totals.capacity("charge"),
        "discharge_voltage_V": cell.mean_voltage["discharge"],
        "charge_voltage_V": cell.mean_voltage["charge"],
        "film_mAh_per_g": run.states.film,
        "trapped_mAh_per_g": run.states.trapped,
        "active_fraction": run.states.active,
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([f"{float(value):.8g}" if math.isfinite(value) else "" for value in row])
    return text.getvalue()
