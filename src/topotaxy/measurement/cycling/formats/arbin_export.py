"""Arbin's exports as csv or xlsx (MITS Pro)."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.cycling import exports
from topotaxy.measurement.cycling.contents import Contents, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format

_WORDS = Vocabulary(
    names={
        "test_time_second": ("test time",),
        "voltage_volt": ("voltage",),
        "current_ampere": ("current",),
        "cycle_count": ("cycle index",),
        "step_index": ("step index",),
        "charging_capacity_ah": ("charge capacity",),
        "discharging_capacity_ah": ("discharge capacity",),
        "charging_energy_wh": ("charge energy",),
        "discharging_energy_wh": ("discharge energy",),
        "internal_resistance_ohm": ("internal resistance",),
        "temperature_t1_celsius": ("aux temperature 1", "temperature"),
    },
    needs=(
        ("data point",),
        ("test time",),
        ("step index",),
        ("cycle index",),
        ("charge capacity",),
        ("discharge capacity",),
    ),
)


def recognises(head: bytes, path: Path) -> bool:
    """Whether the text, or a sheet of the workbook, has Arbin's columns."""
    return exports.is_headed(head, path, _WORDS)


def read(path: Path) -> Contents:
    """Read the table of a channel."""
    table = exports.table(path, _WORDS)
    return Contents(_WORDS.columns(table), instrument="Arbin", notes=exports.notes(table))


FORMAT = cycler_format("Arbin export", (".csv", ".xlsx"), recognises, read, lacks=_WORDS.lacks)
