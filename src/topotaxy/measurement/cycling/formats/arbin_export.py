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
        ("test time",),
        ("step index",),
        ("cycle index",),
        ("charge capacity",),
        ("discharge capacity",),
        ("voltage",),
        ("current",),
    ),
    # What MITS Pro writes where the headings name no units; capacities that contradict the current are
    # refused.
    units={
        "test_time_second": "s",
        "voltage_volt": "v",
        "current_ampere": "a",
        "charging_capacity_ah": "ah",
        "discharging_capacity_ah": "ah",
        "charging_energy_wh": "wh",
        "discharging_energy_wh": "wh",
        "internal_resistance_ohm": "ohm",
        "temperature_t1_celsius": "c",
    },
    # Neware's and Landt's numbers of a record.
    excludes=("datapoint", "record id", "record number", "record index", "record"),
)


def recognises(head: bytes, path: Path) -> bool:
    """Whether the text, or a sheet of the workbook, has Arbin's columns.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return exports.is_headed(head, path, _WORDS)


def read(path: Path) -> Contents:
    """Read the table of a channel.

    Parameters
    ----------
    path : path
        The file.
    """
    return _WORDS.contents(exports.table(path, _WORDS), instrument="Arbin")


FORMAT = cycler_format("Arbin export", (".csv", ".xlsx"), recognises, read, lacks=_WORDS.lacks)
