"""Figures of cells: voltage curves, capacity against current, ageing, and where lost charge went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Absent, Figure, Marker, Panel, Series, Swatch, Values
from topotaxy.content.palette import LINES, sequence


@dataclass(frozen=True, kw_only=True)
class VoltageCurve:
    """One half-cycle: capacity (mAh/g) and voltage (V); ``direction`` discharge or charge."""

    name: str
    direction: str
    capacity: Values
    voltage: Values


@dataclass(frozen=True, kw_only=True)
class RateLine:
    """Capacity (mAh/g) against current (A/g) of one cell."""

    name: str
    current: Values
    capacity: Values


@dataclass(frozen=True, kw_only=True)
class AgeingLine:
    """One cell over its cycles: capacity, charge held by trapped metal and film (mAh/g), living share."""

    name: str
    cycle: Values
    capacity: Values
    trapped: Values
    film: Values
    active: Values


@dataclass(frozen=True, kw_only=True)
class StatedPoint:
    """A number that a publication states, at a place on the x axis; ``name`` says of what."""

    x: float
    y: float
    name: str


def voltage_figure(
    curves: Sequence[VoltageCurve], *, voltage: str, stated: Sequence[Marker] = ()
) -> Figure | Absent:
    """Voltage against capacity, each cycle by its colour.

    Parameters
    ----------
    curves:
        The half-cycles.
    voltage:
        Label of the voltage axis.
    stated:
        Lines at values that a publication states.
    """
    if not curves:
        return Absent("no cycle has a half-cycle in both directions")
    names = list(dict.fromkeys(c.name for c in curves))
    colours = LINES if len(names) <= len(LINES) else sequence(len(names))
    series = []
    for curve in curves:
        x, y = thinned(curve.capacity, curve.voltage)
        series.append(
            Series(
                x=x,
                y=y,
                name=f"{curve.name}, {curve.direction}",
                key=curve.name,
                colour=colours[names.index(curve.name)],
                dash="solid" if curve.direction == "discharge" else "dash",
            )
        )
    return Figure(
        name="cell-voltage",
        title="Voltage curves of the cell",
        reading="A fresh electrode is discharged on a branch of its own, so that its first curve lies apart.",
        caption="Capacity per gram of pristine conversion material."
        + (" Dotted lines: stated values." if stated else ""),
        alt=f"Voltage against capacity of {', '.join(names)}",
        panels=(
            Panel(
                title="",
                x_label="Capacity (mAh g⁻¹)",
                y_label=voltage,
                series=tuple(series),
                wide=True,
                markers=tuple(stated),
            ),
        ),
        swatches=(Swatch(name="discharge", dash="solid"), Swatch(name="charge", dash="dash")),
    )


def rate_figure(lines: Sequence[RateLine], stated: Sequence[StatedPoint] = ()) -> Figure | Absent:
    """Capacity against current on a logarithmic axis, a line for each particle size.

    Parameters
    ----------
    lines : Sequence[RateLine]
        One entry a particle size.
    stated : Sequence[StatedPoint]
        Numbers of publications to set beside the lines.
    """
    if not any(len(line.current) for line in lines):
        return Absent("no current can be drawn")
    series = [
        Series(
            x=line.current,
            y=line.capacity,
            name=line.name,
            key=line.name,
            colour=LINES[i % len(LINES)],
            symbol="circle",
        )
        for i, line in enumerate(lines)
    ]
    return Figure(
        name="cell-rate",
        title="Capacity against current and particle size",
        reading="Lines that fall together are limited by the cell; lines that fan out, by the particle.",
        caption="Charge of the second cycle at the current, after one cycle at 0.1 A g⁻¹."
        + (" Stars: stated values." if stated else ""),
        alt="Capacity against the current, on a logarithmic axis, for several particle sizes",
        panels=(
            Panel(
                title="",
                x_label="Current (A g⁻¹)",
                y_label="Capacity (mAh g⁻¹)",
                series=(*series, *_stars(stated)),
                x_log=True,
                y_from_zero=True,
                wide=True,
            ),
        ),
    )


def ageing_figure(lines: Sequence[AgeingLine], stated: Sequence[StatedPoint] = ()) -> Figure:
    """Capacity over cycles, and the charge that trapped metal and film hold.

    Parameters
    ----------
    lines : Sequence[AgeingLine]
        One entry a cell.
    stated : Sequence[StatedPoint]
        Numbers of publications to set beside the lines.
    """
    panels = []
    views = (
        ("capacity", "(a) Capacity", "Capacity (mAh g⁻¹)", 1.0),
        ("trapped", "(b) Lost to trapped metal", "Charge held (mAh g⁻¹)", 1.0),
        ("film", "(c) Lost to the film", "Charge held (mAh g⁻¹)", 1.0),
        ("active", "(d) Living active material", "Share (%)", 100.0),
    )
    for field, title, label, factor in views:
        series = []
        for i, line in enumerate(lines):
            x, y = thinned(line.cycle, factor * np.asarray(getattr(line, field), dtype=float))
            series.append(Series(x=x, y=y, name=line.name, key=line.name, colour=LINES[i % len(LINES)]))
        if field == "capacity":
            series += _stars(stated)
        panels.append(
            Panel(title=title, x_label="Cycle", y_label=label, series=tuple(series), y_from_zero=True)
        )
    if len(lines) == 1 and not stated:
        panels = [replace(p, series=tuple(replace(s, in_legend=False) for s in p.series)) for p in panels]
    return Figure(
        name="cell-ageing",
        title="Ageing, and where the lost charge went",
        reading=(
            "In a half cell the counter electrode replaces what the film takes: capacity falls by trapped "
            "metal and dead material. In a full cell all of it comes out of the inventory."
        ),
        caption="Charges per gram of pristine conversion material, at the end of each cycle."
        + (" Stars: stated values." if stated else ""),
        alt="Capacity, trapped charge, film charge and living share against the cycle",
        panels=tuple(panels),
    )


def _stars(stated: Sequence[StatedPoint]) -> list[Series]:
    return [
        Series(
            x=np.array([point.x]),
            y=np.array([point.y]),
            name=f"stated: {point.name}",
            key="stated",
            colour="#1b1f24",
            width=0.0,
            symbol="star",
            size=11.0,
        )
        for point in stated
    ]
