"""The tables that ``topotaxy analyse`` ends with: the cells, cycle by cycle, and what is absent."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from topotaxy.cli.headline import plain_table
from topotaxy.measurement.cycling.analysis import Analysis
from topotaxy.measurement.cycling.metrics import Cell
from topotaxy.measurement.cycling.metrics.half_cycles import DIRECTIONS

SHOWN = 12
"""Rows of cycles; of more, the first and the last are shown."""

DIFFERENCES = (
    "initial_coulombic_efficiency",
    "specific_capacity_discharge",
    "specific_capacity_charge",
    "mean_voltage_discharge",
    "mean_voltage_charge",
    "voltage_hysteresis",
    "capacity_retention",
    "capacity_fade_rate",
)


def analysis_tables(analysis: Analysis) -> list[RenderableType]:
    """Return a title, a table, notes and absences for every cell, then the differences."""
    parts: list[RenderableType] = []
    for cell in analysis.cells:
        parts += [Text(_title(cell), style="bold"), Text()]
        if len(cell.totals.cycle):
            parts += [_cycles(cell), Text()]
        parts += [Text(line) for line in _summary(cell)]
        parts += [Text(f"note: {note}", style="dim") for note in cell.notes]
        grouped = _grouped(analysis.absent[cell.name])
        parts += [Text(f"absent: {names}: {why}", style="dim") for why, names in grouped]
        parts.append(Text())
    if analysis.differences:
        parts += [Text("Measured less simulated", style="bold"), Text(), _differences(analysis), Text()]
    if analysis.film is not None:
        film = analysis.film
        small, large = (
            f"{100 * s[0]:.0f} to {100 * s[1]:.0f} %" for s in (film.share_small, film.share_large)
        )
        parts += [
            Text(
                f"surface film: {film.low:.3g} to {film.high:.3g} C/m2; {small} of the first loss of the "
                f"smaller particles, {large} of the larger"
            ),
            Text(),
        ]
    return parts


def _title(cell: Cell) -> str:
    record = cell.record
    known = [
        record.format,
        record.instrument if record.instrument != record.format else None,
        cell.role or "no role given",
        "no mass given" if record.mass is None else f"{1e3 * record.mass:.4g} mg of {record.basis}",
        None if record.reference is None else f"V vs {record.reference}",
    ]
    return f"{cell.name}: {', '.join(text for text in known if text)}"


def _cycles(cell: Cell) -> RenderableType:
    totals, unit = cell.totals, cell.totals.unit
    scale, current_unit = _current_unit(cell)
    rows = []
    for index in _shown(len(totals.cycle)):
        if index is None:
            rows.append(["..."] + [""] * 7)
            continue
        rows.append(
            [
                str(int(totals.cycle[index])),
                *[_number(totals.capacity(d)[index], 4) for d in DIRECTIONS],
                _number(100 * cell.efficiency[index], 4),
                *[_number(cell.mean_voltage[d][index], 4) for d in DIRECTIONS],
                _number(cell.hysteresis[index], 3),
                _number(scale * cell.current[cell.delivered][index], 3),
            ]
        )
    head = [
        "cycle",
        f"discharge {unit}",
        f"charge {unit}",
        "efficiency %",
        "mean-V discharge",
        "mean-V charge",
        "hysteresis V",
        f"{cell.delivered} {current_unit}",
    ]
    return plain_table(head, rows)


def _current_unit(cell: Cell) -> tuple[float, str]:
    """Factor and unit in which currents are shown."""
    return (1e3, "mA") if cell.current_unit == "A" else (1.0, cell.current_unit)


def _shown(count: int) -> Iterator[int | None]:
    if count <= SHOWN:
        yield from range(count)
        return
    yield from range(SHOWN // 2)
    yield None
    yield from range(count - SHOWN // 2, count)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}g}" if math.isfinite(value) else ""


def _summary(cell: Cell) -> Iterator[str]:
    if cell.retention is not None:
        kept = cell.retention
        yield (
            f"retention {100 * kept.value:.1f} % ({cell.delivered} capacity of cycle {kept.last} over cycle "
            f"{kept.reference})"
        )
    if cell.fade is not None:
        fade = cell.fade
        yield (
            f"fade {100 * fade.rate:.3g} ± {100 * fade.uncertainty:.2g} % a cycle (fitted {fade.law}, cycles "
            f"{fade.first} to {fade.last})"
        )
    if cell.knee is not None:
        yield f"knee at cycle {cell.knee.cycle:.0f} ± {cell.knee.uncertainty:.0f}"
    if len(cell.steps) > 1:
        scale, unit = _current_unit(cell)
        parts = [
            f"{scale * step.current(cell.delivered):.3g} {unit} ({step.cycles}): {step.capacity:.4g}"
            for step in cell.steps[:SHOWN]
        ]
        left = len(cell.steps) - len(parts)
        more = f"; and {left} more in the report" if left else ""
        yield f"rate steps, {cell.delivered} {cell.totals.unit}: {'; '.join(parts)}{more}"


def _grouped(absent: dict[str, str]) -> list[tuple[str, str]]:
    """Reasons with the names that share them, in order."""
    found: dict[str, list[str]] = {}
    for name, why in absent.items():
        found.setdefault(why, []).append(name.replace("_", " "))
    return [(why, ", ".join(names)) for why, names in found.items()]


def _differences(analysis: Analysis) -> RenderableType:
    rows = []
    for d in analysis.differences:
        if d.quantity in DIFFERENCES and (d.cycle is None or d.cycle <= 2 or "retention" in d.quantity):
            error = "" if d.uncertainty is None else f" ± {d.uncertainty:.2g}"
            rows.append(
                [
                    d.quantity.replace("_", " "),
                    "" if d.cycle is None else str(d.cycle),
                    _number(d.measured, 4),
                    _number(d.simulated, 4),
                    f"{d.difference:.3g}{error}",
                    "" if d.unit == "1" else d.unit,
                ]
            )
    return plain_table(["quantity", "cycle", "measured", "simulated", "difference", "unit"], rows)
