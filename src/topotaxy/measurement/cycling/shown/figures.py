"""Figures of measured cells: voltage, cycles, differential capacity, rates and sweeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Absent, Figure, Panel, Series, Symbol, Values, letters
from topotaxy.content.numbers import unit_text, voltage_label
from topotaxy.content.palette import CHARGE, DISCHARGE, INK, LINES, NEUTRAL
from topotaxy.measurement.cycling.shown.data import CellData, CyclingData

CELL_COLOURS = LINES
"""Colours that tell cells apart, where there are several."""

CELL_SYMBOLS: tuple[Symbol, ...] = ("circle", "square", "diamond", "triangle", "star", "cross")
SIMULATED = NEUTRAL
FEWEST_STEPS = 3
"""Rate steps from which a figure says more than the table."""

MARKED = 60
"""Cycles up to which every one has its mark."""


def capacity_label(cell: CellData) -> str:
    """Return the axis label of a capacity.

    Parameters
    ----------
    cell : CellData
        One cell of an analysis.
    """
    return f"Capacity ({unit_text(cell.unit)})"


def cell_voltage_label(cell: CellData) -> str:
    """Return the axis label of a voltage: against the alkali metal where the reference is known.

    Parameters
    ----------
    cell : CellData
        One cell of an analysis.
    """
    ion = cell.text("reference").partition("+")[0]
    if ion:
        return voltage_label(ion)
    return "Cell voltage (V)" if cell.text("role") == "full-cell" else "Voltage (V)"


def drawable(folder: CyclingData) -> tuple[list[CellData], str]:
    """The cells that share the first one's axes, and a sentence on those that do not.

    Parameters
    ----------
    folder : CyclingData
        Cells with their observables.
    """
    first = folder.measured[0]
    together = [c for c in (*folder.measured, *folder.overlaid) if c.unit == first.unit and not c.swept]
    left = [c.name for c in folder.cells if c not in together]
    said = f"Not on these axes, being in other units or swept: {', '.join(left)}. " if left else ""
    return together, said


def colour_of(folder: CyclingData, cell: CellData, direction: str) -> str:
    """Return the colour of a line: by direction for a single cell, else by cell; simulated ones grey.

    Parameters
    ----------
    folder : CyclingData
        Cells with their observables.
    cell : CellData
        One cell of an analysis.
    direction : {"discharge", "charge"}
        Of the cell.
    """
    if cell in folder.overlaid:
        return SIMULATED
    if len(folder.measured) == 1:
        return DISCHARGE if direction == "discharge" else CHARGE
    return CELL_COLOURS[folder.measured.index(cell) % len(CELL_COLOURS)]


def key_of(folder: CyclingData, cell: CellData, direction: str) -> str:
    """Return the entry of the legend that a line belongs to.

    Parameters
    ----------
    folder : CyclingData
        Cells with their observables.
    cell : CellData
        One cell of an analysis.
    direction : {"discharge", "charge"}
        Of the cell.
    """
    if cell in folder.overlaid:
        return "simulated"
    return direction if len(folder.measured) == 1 else cell.name


def curve_voltage_figure(folder: CyclingData) -> Figure | Absent:
    """Voltage against capacity: the first cycle, then the second and the last.

    Parameters
    ----------
    folder : CyclingData
        Cells with their observables.
    """
    cells, said = drawable(folder)
    cells = [cell for cell in cells if "curve_cycle" in cell.data]
    if not cells:
        return Absent("no half-cycle has a curve")
    first = cells[0]
    letter = letters()
    groups = [("first", "First cycle"), ("later", "Later cycles")]
    panels = []
    for which, words in groups:
        lines = [s for cell in cells for s in _voltage_lines(folder, cell, which)]
        if lines:
            panels.append(
                Panel(
                    title=f"{next(letter)} {_panel_title(cells, which, words)}",
                    x_label=capacity_label(first),
                    y_label=cell_voltage_label(first),
                    series=tuple(lines),
                )
            )
    over = "Thin grey: simulated, each replica a line. " if folder.overlaid else ""
    return Figure(
        name="voltage",
        title="Voltage curves",
        reading=(
            "Each half-cycle starts at zero capacity. The gap between discharge and charge is hysteresis; "
            "a plateau marks a reaction at constant driving force."
        ),
        caption=f"{over}{said}".strip(),
        alt=f"Voltage against capacity of {', '.join(c.name for c in cells)}.",
        panels=tuple(panels),
    )


def _cycles_of(cell: CellData, which: str) -> list[int]:
    numbers = sorted({int(n) for n in cell.values("curve_cycle")})
    return numbers[:1] if which == "first" else numbers[1:]


def _panel_title(cells: Sequence[CellData], which: str, words: str) -> str:
    numbers = sorted({n for cell in cells for n in _cycles_of(cell, which)})
    if which == "first":
        return f"Cycle {numbers[0]}" if len(numbers) == 1 else words
    if len(numbers) == 2:
        return f"Cycles {numbers[0]} (thin) and {numbers[1]}"
    return f"Cycle {numbers[0]}" if len(numbers) == 1 else words


def _voltage_lines(folder: CyclingData, cell: CellData, which: str) -> list[Series]:
    numbers = _cycles_of(cell, which)
    lines = []
    for index, number in enumerate(cell.values("curve_cycle")):
        if int(number) not in numbers:
            continue
        direction = str(cell.data["direction"].values[index])
        x, y = _known(cell.values("charge")[index], cell.values("voltage")[index])
        if not len(x):
            continue
        early = which == "later" and int(number) != numbers[-1]
        lines.append(
            Series(
                x=x,
                y=y,
                name=f"{cell.name}, {direction} {int(number)}",
                key=key_of(folder, cell, direction),
                colour=colour_of(folder, cell, direction),
                width=1.0 if early or cell in folder.overlaid else 1.9,
            )
        )
    return lines


def _known(*columns: Values) -> tuple[Values, ...]:
    kept = np.all([np.isfinite(c) for c in columns], axis=0)
    return thinned(*(np.asarray(c, dtype=float)[kept] for c in columns))


def differential_figure(folder: CyclingData) -> Figure | Absent:
    """|dQ/dV| of the first and of the last cycle, discharge drawn downwards.

    Parameters
    ----------
    folder : CyclingData
        Cells with their observables.
    """
    cells, said = drawable(folder)
    cells = [cell for cell in cells if np.isfinite(cell.values("differential_capacity")).any()]
    if not cells:
        return Absent("no half-cycle has a voltage that changes")
    letter = letters()
    scale, unit = _charge_unit(cells)
    panels, windows = [], set[str]()
    for which in ("first", "last"):
        lines = []
        shown = set()
        for cell in cells:
            numbers = sorted({int(n) for n in cell.values("curve_cycle")})
            if which == "last" and len(numbers) < 2:
                continue
            number = numbers[0] if which == "first" else numbers[-1]
            shown.add(number)
            lines += _differential_lines(folder, cell, number, scale, windows)
        if lines:
            title = f"Cycle {shown.pop()}" if len(shown) == 1 else f"{which.capitalize()} cycle"
            panels.append(
                Panel(
                    title=f"{next(letter)} {title}",
                    x_label=cell_voltage_label(cells[0]),
                    y_label=f"dQ/dV ({unit} V⁻¹)",
                    series=tuple(lines),
                )
            )
    return Figure(
        name="differential-capacity",
        title="Differential capacity",
        reading=(
            "A peak is a plateau of the voltage curve. Peaks that shrink show charge being lost; peaks that "
            "move apart show growing resistance."
        ),
        caption=(
            "Charge summed in levels of voltage, so that a voltage that turns back does no harm, smoothed "
            f"by a Gaussian window of {_range_of(windows)} (standard deviation). Discharge points down. "
            f"{'Thin grey: simulated. ' if folder.overlaid else ''}{said}"
        ).strip(),
        alt=f"Differential capacity against voltage of {', '.join(c.name for c in cells)}.",
        panels=tuple(panels),
    )


def _charge_unit(cells: Sequence[CellData]) -> tuple[float, str]:
    """Factor and unit that keep the numbers of an axis short."""
    largest = max(float(np.nanmax(cell.values("differential_capacity"))) for cell in cells)
    unit = unit_text(cells[0].unit)
    return (1e-3, unit.replace("mAh", "Ah")) if largest >= 2000.0 else (1.0, unit)


def _range_of(windows: set[str]) -> str:
    ordered = sorted(windows, key=float)
    return f"{ordered[0]} mV" if len(ordered) == 1 else f"{ordered[0]} to {ordered[-1]} mV"


def _differential_lines(
    folder: CyclingData, cell: CellData, number: int, scale: float, windows: set[str]
) -> list[Series]:
    lines = []
    for index, cycle in enumerate(cell.values("curve_cycle")):
        if int(cycle) != number:
            continue
        direction = str(cell.data["direction"].values[index])
        x, y = _known(cell.values("level_voltage")[index], cell.values("differential_capacity")[index])
        if not len(x):
            continue
        windows.add(f"{1e3 * float(cell.values('window')[index]):.2g}")
        lines.append(
            Series(
                x=x,
                y=-scale * y if direction == "discharge" else scale * y,
                name=f"{cell.name}, {direction} {number}",
                key=key_of(folder, cell, direction),
                colour=colour_of(folder, cell, direction),
                width=1.0 if cell in folder.overlaid else 1.6,
            )
        )
    return lines


def rate_figure(folder: CyclingData) -> Figure | Absent:
    """Mean capacity of every rate step against its current.

    Parameters
    ----------
    folder : CyclingData
        Cells with their observables.
    """
    cells, said = drawable(folder)
    cells = [cell for cell in cells if len(cell.values("step_capacity")) >= FEWEST_STEPS]
    if not cells:
        return Absent(f"no cell has {FEWEST_STEPS} rate steps")
    lines = []
    for number, cell in enumerate(cells):
        delivered = cell.text("delivered")
        current, capacity = cell.values(f"step_{delivered}_current"), cell.values("step_capacity")
        known = np.isfinite(current) & np.isfinite(capacity)
        lines.append(
            Series(
                x=current[known],
                y=capacity[known],
                name=f"{cell.name}, {delivered}",
                key=f"{delivered} capacity" if len(cells) == 1 else cell.name,
                colour=INK if len(cells) == 1 else colour_of(folder, cell, delivered),
                width=0.0,
                symbol=CELL_SYMBOLS[number % len(CELL_SYMBOLS)],
                size=7.0,
                in_legend=len(cells) > 1,
            )
        )
    unit = cells[0].text("current_unit")
    panel = Panel(
        title="(a) Capacity at each current",
        x_label=f"Current ({unit_text(unit)})",
        y_label=capacity_label(cells[0]),
        series=tuple(lines),
        y_from_zero=True,
    )
    return Figure(
        name="rates",
        title="Rate steps",
        reading="Every point is the mean of one stretch of cycles at one current, in the table below.",
        caption=said.strip(),
        alt="Mean capacity of each rate step against its current.",
        panels=(panel,),
    )
