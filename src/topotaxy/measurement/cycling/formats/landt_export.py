"""Landt's (LANHE's) exports as csv or xlsx."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from topotaxy.measurement.cycling import exports
from topotaxy.measurement.cycling.contents import Contents, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files import delimited

# The csv of newer software, whose headings end in units: test_time_s, current_A, charge_capacity_Ah.
_NEWER = Vocabulary(
    names={
        "test_time_second": ("test time s",),
        "voltage_volt": ("voltage v",),
        "current_ampere": ("current a",),
        "cycle_count": ("cycle index",),
        "step_index": ("step index",),
        "charging_capacity_ah": ("charge capacity ah",),
        "discharging_capacity_ah": ("discharge capacity ah",),
        "charging_energy_wh": ("charge energy wh",),
        "discharging_energy_wh": ("discharge energy wh",),
    },
    needs=(("test time s",), ("step time s",), ("voltage v",), ("current a",), ("charge capacity ah",)),
    units={
        "test_time_second": "s",
        "voltage_volt": "v",
        "current_ampere": "a",
        "charging_capacity_ah": "ah",
        "discharging_capacity_ah": "ah",
        "charging_energy_wh": "wh",
        "discharging_energy_wh": "wh",
    },
)

# The workbooks of LANDdt: TestTime/Sec., Current/mA, Capacity/mAh, Voltage/V, Cycle-Index.
_OLDER = Vocabulary(
    names={
        "test_time_second": ("testtime", "test time", "测试时间"),
        "voltage_volt": ("voltage", "电压"),
        "current_ampere": ("current", "电流"),
        "cycle_count": ("cycle index", "循环序号"),
        "step_index": ("step index", "工步序号"),
        "passed_capacity_ah": ("capacity", "容量"),
        "passed_energy_wh": ("energy", "能量"),
    },
    needs=(
        ("record", "记录序号"),
        ("testtime", "test time", "测试时间"),
        ("voltage", "电压"),
        ("current", "电流"),
        ("capacity", "容量"),
        ("step index", "工步序号"),
    ),
)

# LANDdt's text of a curve: time, voltage and current alone.
_CURVE = Vocabulary(
    names={
        "test_time_second": ("testtime", "test time", "测试时间"),
        "voltage_volt": ("voltage", "电压"),
        "current_ampere": ("current", "电流"),
    },
    needs=(("testtime", "test time", "测试时间"), ("voltage", "电压"), ("current", "电流")),
)


def _is_curve(header: Sequence[str]) -> bool:
    # Blanks about the slash are the Battery Data Format's.
    return (
        len(header) == len(_CURVE.names)
        and not any(" / " in name for name in header)
        and _CURVE.knows(header)
    )


def _vocabulary(head: bytes, path: Path) -> Vocabulary | None:
    known = next((words for words in (_NEWER, _OLDER) if exports.is_headed(head, path, words)), None)
    if known is None and delimited.find_header(delimited.head_lines(head)[:1], _is_curve) is not None:
        return _CURVE
    return known


def recognises(head: bytes, path: Path) -> bool:
    """Whether the text, or a sheet of the workbook, has Landt's columns.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return _vocabulary(head, path) is not None


def read(path: Path) -> Contents:
    """Read the table of records.

    Parameters
    ----------
    path : path
        The file.
    """
    words = _vocabulary(exports.head(path), path) or _NEWER
    table = exports.table(path, words)
    return words.contents(table, instrument="Landt")


FORMAT = cycler_format("Landt export", (".csv", ".txt", ".xlsx"), recognises, read, lacks=_OLDER.lacks)
