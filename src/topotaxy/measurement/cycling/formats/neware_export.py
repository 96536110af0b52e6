"""Neware's exports as text or xlsx: the table of records of BTSDA, in its English headings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import exports, headings
from topotaxy.measurement.cycling.contents import Contents, Table, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format

_WORDS = Vocabulary(
    names={
        "test_time_second": ("total time", "cumulative time", "test time", "record time"),
        "voltage_volt": ("voltage", "vol"),
        "current_ampere": ("current", "cur"),
        "cycle_count": ("cycle index", "cycle id", "cycle"),
        "step_index": ("step index", "step id", "step"),
        "charging_capacity_ah": ("chg cap", "capacitance chg", "charge capacity", "chg capacity"),
        "discharging_capacity_ah": ("dchg cap", "capacitance dchg", "discharge capacity", "dchg capacity"),
        "step_capacity_ah": ("capacity",),
        "charging_energy_wh": ("chg energy", "engy chg", "charge energy"),
        "discharging_energy_wh": ("dchg energy", "engy dchg", "discharge energy"),
        "step_energy_wh": ("energy",),
        "temperature_t1_celsius": ("t1", "temperature"),
    },
    needs=(
        ("datapoint", "record id", "record number", "record index"),
        ("cycle index", "cycle id", "cycle"),
        ("step index", "step id", "step"),
        ("voltage", "vol"),
        ("current", "cur"),
    ),
)
_STEP_TIMES = ("time", "relative time", "step time")
_KINDS = ("step type", "status", "step name")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the text, or a sheet of the workbook, has Neware's columns."""
    return exports.is_headed(head, path, _WORDS)


def read(path: Path) -> Contents:
    """Read the table of records."""
    table = exports.table(path, _WORDS)
    if headings.find(table.header, {"test_time_second": _WORDS.names["test_time_second"]}):
        columns = _WORDS.columns(table)
    else:
        columns = _from_step_times(table)
    current = columns["current_ampere"]
    if not (current < 0).any():
        columns["current_ampere"] = current * _way(table, current)
    return Contents(columns, instrument="Neware", notes=exports.notes(table), first_row=1)


def _from_step_times(table: Table) -> dict[str, Any]:
    """Return the columns of a table with the time of each step only: the sum of the steps before it."""
    words = Vocabulary({**_WORDS.names, "test_time_second": _STEP_TIMES}, _WORDS.needs)
    columns = words.columns(table)
    within = columns["test_time_second"]
    if "step_index" not in columns:
        raise InputError("has times of steps only, and no column for the step", where=table.source)
    change = np.diff(columns["step_index"]) != 0
    if "cycle_count" in columns:
        change |= np.diff(columns["cycle_count"]) != 0
    anew = np.concatenate(([False], change | (np.diff(within) < 0)))
    ends = np.where(anew, np.concatenate(([0.0], within[:-1])), 0.0)
    columns["test_time_second"] = within + np.cumsum(ends)
    return columns


def _way(table: Table, current: exports.Floats) -> exports.Floats:
    """Return the sign of the current from the kind of each step, where the column has none.

    A file that only rests or charges has no negative current either; the kinds then agree with it.
    """
    name = next((text for text in table.header if headings.heading(text).name in _KINDS), None)
    if name is None:
        if not current.any():
            return np.ones(len(current))
        raise InputError(
            "its current is never negative and no column names the kind of the steps, so that charge and "
            "discharge cannot be told apart; export it with the step type",
            where=table.source,
        )
    kinds = np.array([kind.lower().replace("_", " ") for kind in table.column(name)])
    return np.where(
        np.char.find(kinds, "dchg") >= 0, -1.0, np.where(np.char.find(kinds, "disch") >= 0, -1.0, 1.0)
    )


FORMAT = cycler_format("Neware export", (".csv", ".txt", ".xlsx"), recognises, read, lacks=_WORDS.lacks)
