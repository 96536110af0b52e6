"""Figures of the half cycles: voltage, and the charge that each element carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from topotaxy.content.curves import thinned, without_padding
from topotaxy.content.figure import Absent, Dash, Figure, Panel, Series, Swatch, Values, letters
from topotaxy.content.numbers import voltage_label
from topotaxy.content.palette import CHARGE, DISCHARGE, INK, element_colour
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.replicas import over_replicas

if TYPE_CHECKING:
    import xarray as xr

CAPACITY_LABEL = "Capacity (mAh g⁻¹)"
MAX_REPLICAS = 8
_COLOUR = {"discharge": DISCHARGE, "charge": CHARGE}
_CURVE = ("replica", "half_cycle", "point")


def voltage_figure(folder: RunFolder) -> Figure | Absent:
    """Voltage against capacity: the first cycle, then the second and the last.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    curves = folder.group(
        "curves", charge=_CURVE, voltage=_CURVE, cycle=("half_cycle",), direction=("half_cycle",)
    )
    if isinstance(curves, Absent):
        return curves
    cycles = sorted({int(c) for c in curves["cycle"].values})
    letter, label = letters(), voltage_label(folder.ion)
    first = [*_equilibrium(folder), *_cycle_lines(curves, cycles[0], "solid")]
    groups = [(f"Cycle {cycles[0]}", first)]
    if len(cycles) > 1:
        late = _cycle_lines(curves, cycles[-1], "solid")
        title = f"Cycle {cycles[-1]}"
        if len(cycles) > 2:
            late = _cycle_lines(curves, cycles[1], "dash") + late
            title = f"Cycles {cycles[1]} (dashed) and {cycles[-1]} (solid)"
        groups.append((title, late))
    panels = tuple(
        Panel(title=f"{next(letter)} {title}", x_label=CAPACITY_LABEL, y_label=label, series=tuple(series))
        for title, series in groups
    )
    replicas = curves.sizes["replica"]
    shown = f"The {min(replicas, MAX_REPLICAS)} thin lines of one colour are replicas" if replicas > 1 else ""
    if replicas > MAX_REPLICAS:
        shown += f" (the first {MAX_REPLICAS} of {replicas})"
    has_bulk = any(s.key == "bulk equilibrium" for s in first)
    bulk = (
        " Dotted: the steps that bulk thermodynamics gives for the same formula, without overpotential."
        if has_bulk
        else ""
    )
    return Figure(
        name="voltage",
        title="Voltage curves",
        reading=(
            "Discharge (alkaliation) runs down and charge runs up; each half cycle starts at zero. The gap "
            "between the two is the hysteresis, and a plateau marks a reaction at constant driving force."
        ),
        caption=f"{shown}.{bulk}" if shown else bulk.strip(),
        alt=_voltage_alt(curves, cycles),
        panels=panels,
    )


def _cycle_lines(curves: xr.Dataset, cycle: int, dash: Dash) -> list[Series]:
    lines = []
    replicas = min(curves.sizes["replica"], MAX_REPLICAS)
    for index in np.flatnonzero(curves["cycle"].values == cycle):
        direction = str(curves["direction"].values[index])
        for replica in range(replicas):
            at = {"replica": replica, "half_cycle": int(index)}
            x, y = without_padding(curves["charge"].isel(at).values, curves["voltage"].isel(at).values)
            if not len(x):
                continue
            x, y = thinned(x, y)
            which = f", replica {replica + 1}" if replicas > 1 else ""
            lines.append(
                Series(
                    x=x,
                    y=y,
                    name=f"{direction} {cycle}{which}",
                    key=direction,
                    colour=_COLOUR.get(direction, INK),
                    dash=dash,
                    width=1.2,
                )
            )
    return lines


def _equilibrium(folder: RunFolder) -> list[Series]:
    bulk = folder.group("equilibrium", charge=("point",), voltage=("point",))
    if isinstance(bulk, Absent):
        return []
    x, y = thinned(*without_padding(bulk["charge"].values, bulk["voltage"].values))
    if not len(x):
        return []
    name = "bulk equilibrium"
    return [Series(x=x, y=y, name=name, key=name, colour=INK, dash="dot", width=1.4)]


def _voltage_alt(curves: xr.Dataset, cycles: list[int]) -> str:
    ends = []
    for index in np.flatnonzero(curves["cycle"].values == cycles[0]):
        reached = curves["charge"].isel(half_cycle=int(index)).values
        reached = reached[np.isfinite(reached)]
        if len(reached):
            direction = str(curves["direction"].values[index])
            ends.append(f"{direction} to {reached.max():.0f} mAh per gram")
    return f"Voltage against capacity. Cycle {cycles[0]}: {', '.join(ends) or 'no points'}."


def element_charge_figure(folder: RunFolder) -> Figure | Absent:
    """Charge carried by each element against the total, first discharge and first charge.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    curves = folder.group(
        "curves",
        charge=_CURVE,
        charge_by_element=(*_CURVE, "element"),
        cycle=("half_cycle",),
        direction=("half_cycle",),
        element=("element",),
    )
    if isinstance(curves, Absent):
        return curves
    first = int(curves["cycle"].values.min())
    letter = letters()
    panels = []
    for index in np.flatnonzero(curves["cycle"].values == first):
        direction = str(curves["direction"].values[index])
        series = _element_lines(curves.isel(half_cycle=int(index)))
        if direction == "discharge":
            series += _bulk_element_lines(folder)
        panels.append(
            Panel(
                title=f"{next(letter)} {direction.capitalize()} {first}",
                x_label=f"Total {'taken up' if direction == 'discharge' else 'given back'} (mAh g⁻¹)",
                y_label="By element (mAh g⁻¹)",
                series=tuple(series),
            )
        )
    claimed = folder.claimed_active
    note = (
        f"The specification records {_and(claimed)} as claimed active; the model does not read this. "
        if claimed
        else ""
    )
    has_bulk = any(s.dash == "dot" for p in panels for s in p.series)
    swatches = [Swatch(name="this run", dash="solid")]
    if has_bulk:
        swatches.append(Swatch(name="bulk equilibrium", dash="dot"))
    return Figure(
        name="charge-by-element",
        title="Which elements carry the charge",
        reading=(
            "At any total charge, the lines of all elements add up to that total. A line that rises while "
            "the others are flat shows one element reacting alone; lines that rise together share the charge."
        ),
        caption=note
        + ("Lines are means over the replicas, shades their range." if curves.sizes["replica"] > 1 else ""),
        alt=_element_alt(panels),
        panels=tuple(panels),
        swatches=tuple(swatches) if has_bulk else (),
    )


def _element_lines(half: xr.Dataset) -> list[Series]:
    charge = half["charge"].transpose("replica", "point").values
    by_element = half["charge_by_element"].transpose("replica", "point", "element").values
    runs = []
    for replica in range(len(charge)):
        kept = np.isfinite(charge[replica]) & np.isfinite(by_element[replica]).all(axis=1)
        if kept.any():
            runs.append((charge[replica][kept], by_element[replica][kept]))
    if not runs:
        return []
    grid = cast(Values, np.linspace(0.0, min(x[-1] for x, _ in runs), 160))
    lines = []
    for column, element in enumerate(map(str, half["element"].values)):
        spread = over_replicas(np.array([np.interp(grid, x, y[:, column]) for x, y in runs]))
        lines.append(
            Series(
                x=grid,
                y=spread.mean,
                name=element,
                key=element,
                colour=element_colour(element),
                width=2.0,
                band=(spread.low, spread.high) if len(runs) > 1 else None,
            )
        )
    return lines


def _bulk_element_lines(folder: RunFolder) -> list[Series]:
    bulk = folder.group(
        "equilibrium", charge=("point",), charge_by_element=("point", "element"), element=("element",)
    )
    if isinstance(bulk, Absent):
        return []
    lines = []
    for element in map(str, bulk["element"].values):
        values = bulk["charge_by_element"].transpose("point", "element").values
        column = list(map(str, bulk["element"].values)).index(element)
        x, y = thinned(*without_padding(bulk["charge"].values, values[:, column]))
        lines.append(
            Series(
                x=x,
                y=y,
                name=f"{element}, bulk equilibrium",
                key=element,
                colour=element_colour(element),
                dash="dot",
                width=1.2,
            )
        )
    return lines


def _element_alt(panels: list[Panel]) -> str:
    parts = []
    for panel in panels:
        ends = [f"{s.name} {s.y[-1]:.0f}" for s in panel.series if s.dash == "solid" and len(s.y)]
        parts.append(f"{panel.title}: at the end {', '.join(ends) or 'no points'} mAh per gram.")
    return "Charge by element against total charge. " + " ".join(parts)


def _and(words: tuple[str, ...]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))
