"""An analysis as one labelled dataset (xarray): a group for each cell, units in the attributes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.measurement.cycling.analysis import Analysis
from topotaxy.measurement.cycling.metrics import Cell, absences
from topotaxy.measurement.cycling.metrics.curves import (
    differential_of,
    exponents_of,
    shown_cycles,
    splits_of,
)
from topotaxy.measurement.cycling.metrics.half_cycles import DIRECTIONS, Values
from topotaxy.measurement.cycling.metrics.sweeps import Exponent, Split, warnings_of

if TYPE_CHECKING:
    import xarray as xr

MOST_POINTS = 2000
"""Points of a curve that is kept: what a figure of a page's width can show, several times over."""


def analysis_tree(analysis: Analysis) -> xr.DataTree:
    """Return the whole analysis: groups ``cell_0``, ``cell_1``, ... in the order of the cells.

    Parameters
    ----------
    analysis : Analysis
        Of one or more cells.
    """
    import xarray as xr

    groups: dict[str, xr.Dataset] = {"/": xr.Dataset(attrs={"cells": len(analysis.cells)})}
    for index, cell in enumerate(analysis.cells):
        groups[f"/cell_{index}"] = cell_dataset(cell)
    return xr.DataTree.from_dict(groups)


def cell_dataset(cell: Cell) -> xr.Dataset:
    """Return cycles, curves, differential capacity, rate steps, fits and sweeps of a cell.

    Parameters
    ----------
    cell : Cell
        A record and its metrics.
    """
    import xarray as xr

    dataset = xr.Dataset(_cycles(cell), coords={"cycle": cell.totals.cycle}, attrs=_attributes(cell))
    for part in (_curves(cell), _steps(cell), _fits(cell), _sweeps(cell)):
        dataset = dataset.assign(part)
    return dataset


def _variable(dims: tuple[str, ...], data: Any, units: str, long_name: str) -> tuple[Any, ...]:
    return (dims, data, {"units": units, "long_name": long_name})


def _attributes(cell: Cell) -> dict[str, Any]:
    record = cell.record
    known = {
        "name": cell.name,
        "origin": cell.origin,
        "role": cell.role,
        "format": record.format,
        "instrument": record.instrument,
        "mass": record.mass,
        "basis": record.basis,
        "area": record.area,
        "reference": record.reference,
        "unit": cell.totals.unit,
        "current_unit": cell.current_unit,
        "technique": "voltage sweeps" if cell.swept else "galvanostatic cycling",
        "delivered": cell.delivered,
        "unfinished_cycle": None if cell.unfinished is None else cell.unfinished.cycle,
        "rows": len(cell.rows.time),
        "duration": float(cell.rows.time[-1] - cell.rows.time[0]),
        "notes": json.dumps(list(cell.notes), ensure_ascii=False),
        "absent": json.dumps(absences(cell), ensure_ascii=False),
    }
    return {key: value for key, value in known.items() if value is not None}


def _cycles(cell: Cell) -> dict[str, tuple[Any, ...]]:
    totals, unit = cell.totals, cell.totals.unit
    found = {}
    for direction in DIRECTIONS:
        found[f"{direction}_capacity"] = (totals.capacity(direction), unit, f"{direction} capacity")
        found[f"mean_voltage_{direction}"] = (
            cell.mean_voltage[direction],
            "V",
            f"energy over charge of the {direction}",
        )
        found[f"{direction}_current"] = (
            cell.current[direction],
            cell.current_unit,
            f"current above which half of the charge passed on {direction}",
        )
    found |= {
        "coulombic_efficiency": (cell.efficiency, "1", "charge given back over charge put in"),
        "energy_efficiency": (
            cell.energy_efficiency,
            "1",
            "energy given on discharge over energy taken on charge",
        ),
        "voltage_hysteresis": (cell.hysteresis, "V", "mean charge minus mean discharge voltage"),
        "hysteresis_at_half_capacity": (
            cell.hysteresis_at_half,
            "V",
            "charge minus discharge voltage at half of each capacity",
        ),
    }
    return {name: _variable(("cycle",), *entry) for name, entry in found.items()}


def _curves(cell: Cell) -> dict[str, Any]:
    scale = 1000.0 if cell.record.mass is None else 1000.0 / cell.record.mass
    unit = cell.totals.unit
    found = []
    for cycle in shown_cycles(cell):
        for direction in DIRECTIONS:
            half = cell.half(cycle, direction)
            if half is not None and cell.counts(half):
                chosen = _thinned(len(half.rows))
                curve = differential_of(cell, cycle, direction)
                found.append(
                    (
                        cycle,
                        direction,
                        scale * cell.rows.passed(half)[chosen],
                        cell.rows.voltage[half.rows][chosen],
                        np.empty(0) if curve is None else curve.voltage,
                        np.empty(0) if curve is None else curve.value,
                        np.nan if curve is None else curve.window,
                    )
                )
    if not found:
        return {}
    number, direction_of, passed, voltage, levels, value, window = zip(*found, strict=True)
    half_cycle, point, level = ("half_cycle",), ("half_cycle", "point"), ("half_cycle", "level")
    return {
        "curve_cycle": (half_cycle, np.array(number)),
        "direction": (half_cycle, np.array(direction_of, dtype=object)),
        "charge": _variable(point, _padded(passed), unit, "charge since the start of the half-cycle"),
        "voltage": _variable(point, _padded(voltage), "V", "voltage"),
        "level_voltage": _variable(level, _padded(levels), "V", "voltage of the differential capacity"),
        "differential_capacity": _variable(level, _padded(value), f"{unit}/V", "|dQ/dV|"),
        "window": _variable(half_cycle, np.array(window), "V", "standard deviation of its smoothing"),
    }


def _thinned(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, MOST_POINTS).round().astype(np.int64))


def _padded(parts: tuple[Values, ...] | list[Values]) -> Values:
    longest = max(len(part) for part in parts)
    found = np.full((len(parts), longest), np.nan)
    for row, part in zip(found, parts, strict=True):
        row[: len(part)] = part
    return found


def _steps(cell: Cell) -> dict[str, Any]:
    if not cell.steps:
        return {}
    unit = cell.totals.unit
    spread = [np.nan if s.spread is None else s.spread for s in cell.steps]
    return {
        "step_first": (("step",), np.array([s.first for s in cell.steps])),
        "step_last": (("step",), np.array([s.last for s in cell.steps])),
        "step_discharge_current": _variable(
            ("step",), [s.discharge_current for s in cell.steps], cell.current_unit, "discharge current"
        ),
        "step_charge_current": _variable(
            ("step",), [s.charge_current for s in cell.steps], cell.current_unit, "charge current"
        ),
        "step_capacity": _variable(
            ("step",), [s.capacity for s in cell.steps], unit, f"mean {cell.delivered} capacity"
        ),
        "step_spread": _variable(("step",), spread, unit, "standard deviation between its cycles"),
    }


def _fits(cell: Cell) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if cell.fade is not None:
        law = f"fitted {cell.fade.law}"
        found["fade_cycle"] = (("fade_point",), cell.fade.cycle)
        found["fade_fit"] = _variable(("fade_point",), cell.fade.fitted, cell.totals.unit, law)
    if cell.knee is not None:
        found["knee_cycle"] = (("knee_point",), cell.knee.cycles)
        found["knee_fit"] = _variable(("knee_point",), cell.knee.fitted, cell.totals.unit, "two lines")
    return found


def _sweeps(cell: Cell) -> dict[str, Any]:
    if not cell.swept:
        return {}
    parts = [s for rising in (False, True) for s in cell.sweeps if s.rising == rising]
    chosen = [_thinned(len(s.voltage)) for s in parts]
    dims = ("sweep", "sweep_point")
    found: dict[str, Any] = {
        "sweep_rate": _variable(("sweep",), [s.rate for s in parts], "V/s", "scan rate"),
        "sweep_rising": (("sweep",), np.array([s.rising for s in parts], dtype=np.int8)),
        "sweep_voltage": _variable(
            dims, _padded([s.voltage[c] for s, c in zip(parts, chosen, strict=True)]), "V", "voltage"
        ),
        "sweep_current": _variable(
            dims, _padded([s.current[c] for s, c in zip(parts, chosen, strict=True)]), "A", "current"
        ),
    }
    said: list[str] = []
    for name, exponent, split in zip(("falling", "rising"), exponents_of(cell), splits_of(cell), strict=True):
        if isinstance(exponent, Exponent):
            dims_b = (f"{name}_rate",)
            found[f"{name}_scan_rate"] = _variable(dims_b, exponent.rates, "V/s", "scan rate")
            found[f"{name}_peak_current"] = _variable(dims_b, exponent.peak_currents, "A", "peak current")
        if isinstance(split, Split):
            found[f"{name}_share"] = _variable((f"{name}_rate",), split.share, "1", "share of k1 v")
        said += warnings_of(
            exponent if isinstance(exponent, Exponent) else None, split if isinstance(split, Split) else None
        )
    found["sweep_warnings"] = ((), json.dumps(sorted(set(said)), ensure_ascii=False))
    return found
