"""Figures against the cycle number: capacity, efficiency, voltages and hysteresis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Absent, Dash, Figure, Panel, Series, Swatch, Symbol, Values, letters
from topotaxy.content.palette import INK, NEUTRAL
from topotaxy.measurement.cycling.shown.data import CellData, CyclingData
from topotaxy.measurement.cycling.shown.figures import (
    MARKED,
    capacity_label,
    colour_of,
    drawable,
    key_of,
)

_SYMBOL: dict[str, Symbol] = {"discharge": "circle", "charge": "square"}


def cycles_figure(folder: CyclingData) -> Figure | Absent:
    """Capacity, coulombic efficiency, mean voltages and hysteresis against the cycle number.

    Parameters
    ----------
    folder : CyclingData
        Cells with their observables.
    """
    cells, said = drawable(folder)
    cells = [cell for cell in cells if len(cell.cycle)]
    if not cells:
        return Absent("no cycle has a galvanostatic half-cycle")
    letter = letters()
    many = len(folder.measured) > 1
    capacity = [s for cell in cells for s in _both(folder, cell, "{}_capacity")]
    capacity += [s for cell in folder.measured if cell in cells for s in _fits(cell)]
    panels = [
        _panel(f"{next(letter)} Capacity", capacity_label(cells[0]), capacity, from_zero=True),
        *_efficiency(folder, cells, letter),
        _panel(
            f"{next(letter)} Mean voltage",
            "Mean voltage (V)",
            [s for cell in cells for s in _both(folder, cell, "mean_voltage_{}")],
        ),
        _panel(
            f"{next(letter)} Hysteresis",
            "Charge minus discharge (V)",
            [
                s
                for cell in cells
                for s in (
                    _line(folder, cell, "voltage_hysteresis", "charge", symbol="diamond", dash="solid"),
                    _line(
                        folder, cell, "hysteresis_at_half_capacity", "charge", symbol="triangle", dash="dot"
                    ),
                )
            ],
        ),
    ]
    swatches = [
        Swatch(name="mean voltages, in the last panel", symbol="diamond"),
        Swatch(name="at half capacity, in the last panel", symbol="triangle"),
    ]
    if many:
        swatches = [Swatch(name=d, symbol=s) for d, s in _SYMBOL.items()] + swatches
    return Figure(
        name="cycles",
        title="Cycle by cycle",
        reading=(
            "Capacity that falls while the efficiency stays high is lost slowly and for good; an efficiency "
            "below 100 % means that charge is not given back. Mean voltages that move apart mean growing "
            "resistance."
        ),
        caption=f"{_efficiency_words(cells)}{_fit_words(folder)}"
        f"{'Dashed grey: simulated. ' if folder.overlaid else ''}{said}".strip(),
        alt=f"Capacity, efficiency and voltages against cycle of {', '.join(c.name for c in cells)}.",
        panels=tuple(panels),
        swatches=tuple(swatches),
    )


def _efficiency(folder: CyclingData, cells: list[CellData], letter: Iterator[str]) -> list[Panel]:
    lines = [
        s
        for cell in cells
        if np.isfinite(cell.values("coulombic_efficiency")).any()
        for s in [
            _line(folder, cell, "coulombic_efficiency", "charge", symbol="diamond", scale=100.0, plain=True)
        ]
    ]
    if not lines:
        return []
    title = f"{next(letter)} Coulombic efficiency"
    return [_panel(title, "Coulombic efficiency (%)", lines)]


def _efficiency_words(cells: list[CellData]) -> str:
    roles = {cell.text("role") for cell in cells if np.isfinite(cell.values("coulombic_efficiency")).any()}
    if not roles:
        return "No coulombic efficiency, because no role was given. "
    words = {
        "half-cell-anode": "charge over discharge capacity (anode half cell)",
        "full-cell": "discharge over charge capacity (full cell)",
        "half-cell-cathode": "discharge over charge capacity (cathode half cell)",
    }
    return f"Coulombic efficiency is {'; '.join(words.get(role, role) for role in sorted(roles))}. "


def _fit_words(folder: CyclingData) -> str:
    said = ""
    if any(len(cell.values("fade_fit")) for cell in folder.measured):
        said += "Dotted: the fitted loss, over the longest stretch at one current. "
    if any(len(cell.values("knee_fit")) for cell in folder.measured):
        said += "Dashed: the two lines that meet at the knee. "
    return said


def _panel(title: str, label: str, lines: list[Series], *, from_zero: bool = False) -> Panel:
    return Panel(
        title=title,
        x_label="Cycle",
        y_label=label,
        series=tuple(line for line in lines if len(line.x)),
        whole_numbers=True,
        y_from_zero=from_zero,
    )


def _both(folder: CyclingData, cell: CellData, pattern: str) -> list[Series]:
    return [
        _line(folder, cell, pattern.format(direction), direction, symbol=symbol)
        for direction, symbol in _SYMBOL.items()
    ]


def _line(
    folder: CyclingData,
    cell: CellData,
    name: str,
    direction: str,
    *,
    symbol: Symbol,
    scale: float = 1.0,
    dash: Dash = "solid",
    plain: bool = False,
) -> Series:
    simulated = cell in folder.overlaid
    one = len(folder.measured) == 1 and not simulated
    neutral = plain or "hysteresis" in name
    x, y = _finite(cell.cycle, scale * cell.values(name))
    return Series(
        x=x,
        y=y,
        name=f"{cell.name}, {direction}" if not neutral else cell.name,
        key=key_of(folder, cell, direction),
        colour=INK if one and neutral else colour_of(folder, cell, direction),
        dash="dash" if simulated else dash,
        width=1.0 if simulated else 1.2,
        symbol=symbol if len(x) <= MARKED else "",
        size=5.0,
        in_legend=not neutral,
    )


def _fits(cell: CellData) -> list[Series]:
    found = []
    fits: tuple[tuple[str, Dash], ...] = (("fade", "dot"), ("knee", "dash"))
    for name, dash in fits:
        x, y = cell.values(f"{name}_cycle"), cell.values(f"{name}_fit")
        if len(x) and len(y):
            found.append(
                Series(
                    x=x,
                    y=y,
                    name=f"{cell.name}, fitted {name}",
                    key="fit",
                    colour=NEUTRAL,
                    dash=dash,
                    width=1.4,
                    in_legend=False,
                )
            )
    return found


def _finite(x: Values, y: Values) -> tuple[Values, ...]:
    kept = np.isfinite(y)
    return thinned(x[kept], y[kept])
