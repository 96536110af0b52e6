"""Landt's (LANHE's) exports as csv or xlsx."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.cycling import exports
from topotaxy.measurement.cycling.contents import Contents, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format

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
        "test_time_second": ("testtime", "test time"),
        "voltage_volt": ("voltage",),
        "current_ampere": ("current",),
        "cycle_count": ("cycle index",),
        "step_index": ("step index",),
        "passed_capacity_ah": ("capacity",),
        "passed_energy_wh": ("energy",),
    },
    needs=(
        ("record",),
        ("testtime", "test time"),
        ("voltage",),
        ("current",),
        ("capacity",),
        ("step index",),
    ),
)


def _vocabulary(head: bytes, path: Path) -> Vocabulary | None:
    return next((words for words in (_NEWER, _OLDER) if exports.is_headed(head, path, words)), None)


def recognises(head: bytes, path: Path) -> bool:
    """Whether the text, or a sheet of the workbook, has Landt's columns."""
    return _vocabulary(head, path) is not None


def read(path: Path) -> Contents:
    """Read the table of records."""
    words = _vocabulary(exports.head(path), path) or _NEWER
    table = exports.table(path, words)
    return Contents(words.columns(table), instrument="Landt", notes=exports.notes(table))


FORMAT = cycler_format("Landt export", (".csv", ".xlsx"), recognises, read, lacks=_OLDER.lacks)
