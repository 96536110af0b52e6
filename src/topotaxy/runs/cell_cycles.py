"""What a cell's run says of each cycle, as a table of its folder."""

from __future__ import annotations

import csv
import io

from topotaxy.cell.running import CellRun

CYCLES_FILE = "cycles.csv"

COLUMNS = {
    "cycle": "cycle",
    "current_A_per_g": "current",
    "discharge_mAh_per_g": "discharge",
    "charge_mAh_per_g": "charge",
    "discharge_voltage_V": "discharge_voltage",
    "charge_voltage_V": "charge_voltage",
    "film_mAh_per_g": "film",
    "trapped_mAh_per_g": "trapped",
    "incoherent_fraction": "incoherent",
}
"""Columns of the file, with their units in the name, and the fields of a cycle that they hold."""


def cycles_csv(run: CellRun) -> str:
    """Return one row a cycle; directions are those of the cell, charges per gram of pristine material."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for cycle in run.cycles:
        writer.writerow([f"{getattr(cycle, field):.8g}" for field in COLUMNS.values()])
    return text.getvalue()
