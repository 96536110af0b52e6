"""Neware's exports as text or xlsx: the table of records of BTSDA, in its English or Chinese headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import exports, headings
from topotaxy.measurement.cycling.contents import Contents, Table, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format

WORDS = Vocabulary(
    names={
        "test_time_second": (
            "total time",
            "cumulative time",
            "test time",
            "record time",
            "总时间",
            "测试时间",
        ),
        "voltage_volt": ("voltage", "vol", "电压"),
        "current_ampere": ("current", "cur", "电流"),
        "cycle_count": ("cycle index", "cycle id", "cycle", "循环号", "循环序号"),
        "step_index": ("step index", "step id", "step", "工步号", "工步序号"),
        "charging_capacity_ah": ("chg cap", "capacitance chg", "charge capacity", "chg capacity", "充电容量"),
        "discharging_capacity_ah": (
            "dchg cap",
            "capacitance dchg",
            "discharge capacity",
            "dchg capacity",
            "放电容量",
        ),
        "step_capacity_ah": ("capacity", "容量"),
        "charging_energy_wh": ("chg energy", "engy chg", "charge energy", "充电能量"),
        "discharging_energy_wh": ("dchg energy", "engy dchg", "discharge energy", "放电能量"),
        "step_energy_wh": ("energy", "能量"),
        "temperature_t1_celsius": ("t1", "temperature"),
    },
    needs=(
        ("datapoint", "record id", "record number", "record index", "数据序号", "记录号", "记录序号"),
        ("cycle index", "cycle id", "cycle", "循环号", "循环序号"),
        ("step index", "step id", "step", "工步号", "工步序号"),
        ("voltage", "vol", "电压"),
        ("current", "cur", "电流"),
    ),
)
_STEP_TIMES = ("time", "relative time", "step time", "时间", "相对时间", "工步时间")

_BY_STEP_TIME = replace(WORDS, names={**WORDS.names, "test_time_second": _STEP_TIMES})


def recognises(head: bytes, path: Path) -> bool:
    """Whether the text, or a sheet of the workbook, has Neware's columns.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return exports.is_headed(head, path, WORDS)


def read(path: Path) -> Contents:
    """Read the table of records.

    Parameters
    ----------
    path : path
        The file.
    """
    table = exports.table(path, WORDS)
    contents = WORDS if _has_test_time(table) else _BY_STEP_TIME
    read = contents.contents(table, instrument="Neware", first_row=1)
    return read if contents is WORDS else replace(read, columns=_from_step_times(read.columns, table.source))


def _has_test_time(table: Table) -> bool:
    return bool(headings.find(table.header, {"test_time_second": WORDS.names["test_time_second"]}))


def _from_step_times(columns: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the columns with the time of the test: that of the step and the sum of the steps before it."""
    within = columns["test_time_second"]
    if "step_index" not in columns:
        raise InputError("has times of steps only, and no column for the step", where=source)
    change = np.diff(columns["step_index"]) != 0
    if "cycle_count" in columns:
        change |= np.diff(columns["cycle_count"]) != 0
    anew = np.concatenate(([False], change | (np.diff(within) < 0)))
    ends = np.where(anew, np.concatenate(([0.0], within[:-1])), 0.0)
    return {**columns, "test_time_second": within + np.cumsum(ends)}


FORMAT = cycler_format("Neware export", (".csv", ".txt", ".xlsx"), recognises, read, lacks=WORDS.lacks)
