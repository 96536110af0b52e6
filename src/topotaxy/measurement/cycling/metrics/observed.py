"""The observables of a cell: one number each, with the definition that gives it meaning."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from topotaxy.measurement.cycling.metrics.cell import Cell
from topotaxy.measurement.cycling.metrics.curves import (
    differential_of,
    exponents_of,
    shown_cycles,
    splits_of,
)
from topotaxy.measurement.cycling.metrics.cycles import EFFICIENCY_METHOD, FIRST, METHOD
from topotaxy.measurement.cycling.metrics.half_cycles import COUNTER, DIRECTIONS, Values
from topotaxy.measurement.cycling.metrics.sweeps import Exponent, Split
from topotaxy.observables import Conditions, Direction, Observable, observable
from topotaxy.statistics import FEWEST_REPLICAS

MOST_PEAKS = 3
"""Maxima of a dQ/dV curve that become observables, highest first."""


def observables_of_cell(cell: Cell) -> list[Observable]:
    """Return what the cell's record says; what it does not is in ``cell.absent`` and :func:`absences`.

    Parameters
    ----------
    cell : Cell
        A record and its metrics.
    """
    common: dict[str, Any] = {
        "origin": cell.origin,
        "technique": "voltage sweeps" if cell.swept else "galvanostatic cycling",
        "source": cell.name,
    }
    found = _per_cycle(cell, common)
    found += _over_cycles(cell, common)
    if cell.swept:
        for part in (exponents_of(cell), splits_of(cell)):
            found += [o for item in part if not isinstance(item, str) for o in _of_sweeps(item, common)]
    else:
        found += _peaks(cell, common)
    return found


def _per_cycle(cell: Cell, common: dict[str, Any]) -> list[Observable]:
    totals, record = cell.totals, cell.record
    at = _conditions_of(cell)
    put_in: Direction = "discharge" if cell.role is None else FIRST[cell.role]
    found: list[Observable] = []

    def add(quantity: str, values: Values, method: str, direction: Direction) -> None:
        for number, value in zip(totals.cycle, values, strict=True):
            if not math.isfinite(value):
                continue
            numbered = int(number) >= 1
            name = quantity
            if quantity == "coulombic_efficiency" and _is_initial(cell, int(number)):
                name = "initial_coulombic_efficiency"
            found.append(
                observable(
                    name,
                    float(value),
                    conditions=at(int(number), direction),
                    method=method if numbered else f"{method}; the file calls this cycle {int(number)}",
                    **common,
                )
            )

    for direction in DIRECTIONS:
        counted = COUNTER[direction] not in record.derived
        how = "as the cycler counted it" if counted else "integral of the current"
        if record.mass is None:
            add(f"capacity_{direction}", totals.capacity(direction), how, direction)
        else:
            per = f"{how}, per gram of {record.basis or 'material'}"
            add(f"specific_capacity_{direction}", totals.capacity(direction), per, direction)
        if record.area is not None:
            mass = 1.0 if record.mass is None else record.mass
            add(
                f"areal_capacity_{direction}",
                totals.capacity(direction) * mass / record.area,
                f"{how}, per area of {record.area:g} cm²",
                direction,
            )
    if cell.swept:
        return found
    for direction in DIRECTIONS:
        name = f"mean_voltage_{direction}"
        add(name, cell.mean_voltage[direction], METHOD[name], direction)
    for name, values in (
        ("voltage_hysteresis", cell.hysteresis),
        ("hysteresis_at_half_capacity", cell.hysteresis_at_half),
    ):
        add(name, values, METHOD[name], put_in)
    if cell.role == "full-cell":
        add("cell_voltage", cell.mean_voltage["discharge"], METHOD["mean_voltage_discharge"], "discharge")
    if cell.role is not None:
        add("coulombic_efficiency", cell.efficiency, EFFICIENCY_METHOD[cell.role], put_in)
        add("energy_efficiency", cell.energy_efficiency, METHOD["energy_efficiency"], put_in)
    return found


def _conditions_of(cell: Cell) -> Callable[[int, Direction], Conditions]:
    """Return a function from cycle and direction to the conditions of a number of that half-cycle.

    Cycles from 1 only; the typical current in A/g, where a mass is known, to six digits.
    """
    place = {int(number): index for index, number in enumerate(cell.totals.cycle)}
    known: dict[tuple[int, float | None], Conditions] = {}

    def at(number: int, direction: Direction) -> Conditions:
        current = None
        if cell.record.mass is not None and not cell.swept and number in place:
            typical = float(cell.current[direction][place[number]])
            current = float(f"{typical:.6g}") if math.isfinite(typical) and typical > 0.0 else None
        if (number, current) not in known:
            cycle = number if number >= 1 else None
            known[number, current] = cell.conditions.model_copy(update={"cycle": cycle, "current": current})
        return known[number, current]

    return at


def _is_initial(cell: Cell, number: int) -> bool:
    """Whether a cycle is the cell's first, and began with the direction that its role begins with."""
    if cell.role is None or not len(cell.totals.cycle):
        return False
    begins = "discharge" if cell.totals.discharge_first[0] else "charge"
    first = int(cell.totals.cycle[0])
    return number == first and first <= 1 and begins == FIRST[cell.role]


def absences(cell: Cell) -> dict[str, str]:
    """Return what could not be computed, and why.

    Parameters
    ----------
    cell : Cell
        A record and its metrics.
    """
    absent = dict(cell.absent)
    if cell.role is not None and "coulombic_efficiency" not in absent and len(cell.totals.cycle):
        first = int(cell.totals.cycle[0])
        if not _is_initial(cell, first):
            absent["initial_coulombic_efficiency"] = (
                f"the record begins with cycle {first}"
                if first > 1
                else f"the record does not begin with a {FIRST[cell.role]}, as a fresh {cell.role} does"
            )
    if cell.swept:
        absent["differential_capacity_peak"] = "voltage was swept; the current itself is the derivative"
        for name, parts in (
            ("scan_rate_exponent", exponents_of(cell)),
            ("capacitive_fraction", splits_of(cell)),
        ):
            reasons = [part for part in parts if isinstance(part, str)]
            if reasons:
                absent[name] = reasons[0]
    else:
        absent["scan_rate_exponent"] = absent["capacitive_fraction"] = "no voltage sweeps in this record"
    return absent


def _over_cycles(cell: Cell, common: dict[str, Any]) -> list[Observable]:
    found: list[Observable] = []
    given_back = cell.delivered
    at = _conditions_of(cell)
    whole = cell.conditions
    if cell.retention is not None:
        kept = cell.retention
        reference = kept.reference if kept.reference >= 1 else None
        found.append(
            observable(
                "capacity_retention",
                kept.value,
                conditions=at(kept.last, given_back).model_copy(update={"reference_cycle": reference}),
                method=f"{given_back} capacity of cycle {kept.last} over that of cycle {kept.reference}",
                **common,
            )
        )
    if cell.fade is not None:
        fade = cell.fade
        found.append(
            observable(
                "capacity_fade_rate",
                fade.rate,
                uncertainty=fade.uncertainty,
                conditions=at(fade.last, given_back).model_copy(update={"cycle": None}),
                method=(
                    f"mean loss a cycle of the {given_back} capacity, fitted {fade.law} over cycles "
                    f"{fade.first} to {fade.last}, the longest stretch at one current"
                ),
                **common,
            )
        )
    if cell.knee is not None:
        found.append(
            observable(
                "knee_cycle",
                cell.knee.cycle,
                uncertainty=cell.knee.uncertainty,
                conditions=whole,
                method="two lines that meet (Bacon and Watts 1971) against one",
                **common,
            )
        )
    if len(cell.steps) > 1 and cell.record.mass is not None:
        for step in cell.steps:
            found.append(
                observable(
                    "rate_capacity",
                    step.capacity,
                    uncertainty=step.spread if step.count >= FEWEST_REPLICAS else None,
                    conditions=whole.model_copy(update={"current": float(f"{step.current(given_back):.4g}")}),
                    method=(
                        f"mean {given_back} capacity of {step.cycles}; the uncertainty is the standard "
                        f"deviation between cycles, from {FEWEST_REPLICAS} of them"
                    ),
                    **common,
                )
            )
    return found


def _peaks(cell: Cell, common: dict[str, Any]) -> list[Observable]:
    found = []
    at = _conditions_of(cell)
    for cycle in shown_cycles(cell, most=2):
        for direction in DIRECTIONS:
            curve = differential_of(cell, cycle, direction)
            if curve is None:
                continue
            method = (
                f"|dQ/dV| of the {direction}, charge summed in levels of {1e3 * curve.level:.2g} mV, "
                f"Gaussian window of {1e3 * curve.window:.2g} mV (standard deviation)"
            )
            for rank, voltage in enumerate(curve.peaks[:MOST_PEAKS], start=1):
                found.append(
                    observable(
                        "differential_capacity_peak",
                        float(voltage),
                        conditions=at(cycle, direction),
                        subject=f"{direction} peak {rank}",
                        method=method,
                        **common,
                    )
                )
    return found


def _of_sweeps(found: Exponent | Split, common: dict[str, Any]) -> list[Observable]:
    way = "rising sweep" if found.rising else "falling sweep"
    if isinstance(found, Exponent):
        return [
            observable(
                "scan_rate_exponent",
                found.value,
                uncertainty=found.uncertainty,
                subject=way,
                method=(
                    f"slope of log peak current over log scan rate, {len(found.rates)} rates, "
                    f"R² {found.r2:.4f}"
                ),
                **common,
            )
        ]
    return [
        observable(
            "capacitive_fraction",
            float(share),
            subject=f"{way}, {1e3 * rate:.3g} mV/s",
            method=(
                "integral of k1 v over that of the current, i(V) = k1 v + k2 v^(1/2) at each voltage; median "
                f"R² {float(np.median(found.r2)):.4f}"
            ),
            **common,
        )
        for rate, share in zip(found.rates, found.share, strict=True)
    ]
