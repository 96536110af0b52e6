"""The figure of voltage sweeps: current, peak current against scan rate, and the share of Dunn's split."""

from __future__ import annotations

import json

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Absent, Figure, Panel, Series, Values, letters
from topotaxy.content.palette import CHARGE, DISCHARGE
from topotaxy.measurement.cycling.shown.data import CellData, CyclingData
from topotaxy.measurement.cycling.shown.figures import CELL_COLOURS, cell_voltage_label

_COLOUR = {"falling": DISCHARGE, "rising": CHARGE}


def sweep_figure(folder: CyclingData) -> Figure | Absent:
    """Draw the sweeps of the first cell that has any.

    Parameters
    ----------
    folder : CyclingData
        Cells with their observables.
    """
    cell = next((c for c in folder.cells if c.swept), None)
    if cell is None:
        return Absent("no file holds voltage sweeps")
    letter = letters()
    panels = [
        Panel(
            title=f"{next(letter)} Current",
            x_label=cell_voltage_label(cell),
            y_label="Current (mA)",
            series=tuple(_sweeps(cell)),
        )
    ]
    peaks = [s for way in _COLOUR for s in _peaks(cell, way)]
    if peaks:
        panels.append(
            Panel(
                title=f"{next(letter)} Peak current",
                x_label="Scan rate (mV s⁻¹)",
                y_label="Peak current (mA)",
                series=tuple(peaks),
                x_log=True,
                y_log=True,
            )
        )
    shares = [s for way in _COLOUR for s in _shares(cell, way)]
    if shares:
        panels.append(
            Panel(
                title=f"{next(letter)} In proportion to rate",
                x_label="Scan rate (mV s⁻¹)",
                y_label="Share of the charge (%)",
                series=tuple(shares),
            )
        )
    said = [str(w) for w in json.loads(str(cell.data["sweep_warnings"].values))]
    caution = "".join(f"Caution: {text}. " for text in said)
    return Figure(
        name="sweeps",
        title="Voltage sweeps",
        reading=(
            "The slope of (b) is the exponent b; (c) is the share of the charge that grows in proportion to "
            "the scan rate. Neither tells a capacitor from a fast reaction in thin particles."
        ),
        caption=caution.strip(),
        alt=f"Current against voltage of {cell.name} at several scan rates.",
        panels=tuple(panels),
    )


def _sweeps(cell: CellData) -> list[Series]:
    rates = cell.values("sweep_rate")
    order = sorted({round(float(r), 9) for r in rates})
    lines = []
    for index, rate in enumerate(rates):
        voltage, current = cell.values("sweep_voltage")[index], cell.values("sweep_current")[index]
        kept = np.isfinite(voltage) & np.isfinite(current)
        x, y = thinned(voltage[kept], 1e3 * current[kept])
        name = f"{1e3 * float(rate):.3g} mV/s"
        colour = CELL_COLOURS[order.index(round(float(rate), 9)) % len(CELL_COLOURS)]
        lines.append(Series(x=x, y=y, name=name, key=name, colour=colour, width=1.3))
    return lines


def _peaks(cell: CellData, way: str) -> list[Series]:
    rate, current = cell.values(f"{way}_scan_rate"), cell.values(f"{way}_peak_current")
    if not len(rate) or not len(current):
        return []
    return [_points(1e3 * rate, 1e3 * current, way)]


def _shares(cell: CellData, way: str) -> list[Series]:
    rate, share = cell.values(f"{way}_scan_rate"), cell.values(f"{way}_share")
    return [_points(1e3 * rate, 100 * share, way)] if len(rate) and len(share) else []


def _points(x: Values, y: Values, way: str) -> Series:
    return Series(
        x=x, y=y, name=f"{way} sweep", key=f"{way} sweep", colour=_COLOUR[way], width=1.0, symbol="circle"
    )
