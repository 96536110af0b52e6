"""Records of made-up cells whose metrics are known from how they were made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.cycling import CyclingRecord, checked

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Half:
    """A half-cycle: its charge (mAh), the voltage as a function of the share passed, its current (mA)."""

    direction: str
    charge: float
    voltage: Callable[[Values], Values]
    current: float = 1.0
    rows: int = 201


def sloped(start: float, end: float) -> Callable[[Values], Values]:
    return lambda share: start + (end - start) * share


def made(cycles: Sequence[Sequence[Half]], *, rest: float = 60.0, **options: Any) -> CyclingRecord:
    """A record of these cycles, with a row of rest after every half-cycle."""
    parts: dict[str, list[Values]] = {}

    def add(**columns: Values) -> None:
        for name, values in columns.items():
            parts.setdefault(name, []).append(np.asarray(values, dtype=float))

    clock = 0.0
    for number, halves in enumerate(cycles, start=1):
        counted = {"charge": 0.0, "discharge": 0.0}
        for half in halves:
            share = np.linspace(0.0, 1.0, half.rows)
            passed = 1e-3 * half.charge * share
            time = clock + 3600.0 * share * half.charge / half.current
            sign = 1.0 if half.direction == "charge" else -1.0
            columns = {
                "test_time_second": time,
                "voltage_volt": half.voltage(share),
                "current_ampere": np.full(half.rows, sign * 1e-3 * half.current),
                "cycle_count": np.full(half.rows, number),
            }
            for way in counted:
                mine = passed if way == half.direction else np.zeros(half.rows)
                name = "charging_capacity_ah" if way == "charge" else "discharging_capacity_ah"
                columns[name] = counted[way] + mine
            counted[half.direction] += 1e-3 * half.charge
            add(**columns)
            clock = float(time[-1])
            if rest:
                clock += rest
                last = {name: values[-1:].copy() for name, values in columns.items()}
                last["test_time_second"][0], last["current_ampere"][0] = clock, 0.0
                add(**last)
    joined = {name: np.concatenate(values) for name, values in parts.items()}
    return checked(joined, source="made", format="made", **options)


def anode_cycle(discharge: float = 1.0, charge: float = 0.8, current: float = 1.0) -> list[Half]:
    return [
        Half("discharge", discharge, sloped(1.0, 0.0), current),
        Half("charge", charge, sloped(0.5, 1.5), current),
    ]
