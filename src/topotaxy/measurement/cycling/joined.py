"""Several files of one cell as one record: a test that was stopped and went on in another file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.record import ALWAYS, SOMETIMES, CyclingRecord

_OF_CYCLE = (
    "charging_capacity_ah",
    "discharging_capacity_ah",
    "charging_energy_wh",
    "discharging_energy_wh",
)
"""Running totals since the start of the cycle."""

SAME_MASS = 1e-3
"""Relative difference up to which two masses are one."""


def joined(records: Sequence[CyclingRecord]) -> CyclingRecord:
    """Return the records of one cell as one, in the order of their clocks, or else in that of the sequence.

    Cycle numbers that begin again are counted on; those that go on, or begin with the number that the record
    before ends with, are kept. Where the files tell the time of day, the time between them is known; else
    they are taken to follow one another at once, and a note says so. Columns that not all have are left out.

    Parameters
    ----------
    records : sequence of CyclingRecord
        At least one, all of one cell.

    Raises
    ------
    InputError
        Where they are not of one cell: another mass or reference, or their times overlap.
    """
    import pandas as pd

    if len(records) == 1:
        return records[0]
    ordered = _in_order(records)
    first = ordered[0]
    for other in ordered[1:]:
        _one_cell(first, other)
    names = [name for name in (*ALWAYS, *SOMETIMES) if all(name in r.table for r in ordered)]
    tables = [first.table[names].copy()]
    doubts = dict(first.doubts)
    notes = [f"joined of {len(ordered)} files: {', '.join(r.source for r in ordered)}", *_named(first)]
    for record in ordered[1:]:
        table, shift, said = _continued(tables[-1], record, names)
        tables.append(table)
        doubts |= {(cycle + shift, way): why for (cycle, way), why in record.doubts.items()}
        notes += [*said, *_named(record)]
    return replace(
        first,
        table=pd.concat(tables, ignore_index=True),
        source=" + ".join(record.source for record in ordered),
        notes=tuple(notes),
        derived=tuple(dict.fromkeys(name for record in ordered for name in record.derived)),
        totals=None,
        doubts=doubts,
    )


def _named(record: CyclingRecord) -> list[str]:
    return [f"{record.source}: {note}" for note in record.notes]


def _in_order(records: Sequence[CyclingRecord]) -> list[CyclingRecord]:
    if all("unix_time_second" in record.table for record in records):
        return sorted(records, key=lambda record: float(record.table["unix_time_second"].iloc[0]))
    return list(records)


def _one_cell(first: CyclingRecord, other: CyclingRecord) -> None:
    """Refuse records of which something says that they are of two cells.

    Raises
    ------
    InputError
        With what differs.
    """
    for what, one, two in (("mass", first.mass, other.mass), ("area", first.area, other.area)):
        if one is not None and two is not None and abs(one - two) > SAME_MASS * one:
            raise InputError(
                f"has another {what} than {first.source} ({two:g} and {one:g}): not one cell",
                where=other.source,
            )
    if None not in (first.reference, other.reference) and first.reference != other.reference:
        raise InputError(
            f"is against {other.reference}, {first.source} against {first.reference}: not one cell",
            where=other.source,
        )


def _continued(before: Any, record: CyclingRecord, names: list[str]) -> tuple[Any, int, list[str]]:
    """Return a record's table as it follows another, what its cycle numbers were raised by, and notes."""
    table = record.table[names].copy()
    notes = []
    last = before.iloc[-1]
    if "unix_time_second" in names:
        pause = float(table["unix_time_second"].iloc[0] - last["unix_time_second"])
        if pause < -1.0:
            raise InputError(
                f"begins {-pause:.4g} s before the file ahead of it ends: not parts of one test",
                where=record.source,
            )
    else:
        pause = 0.0
        notes.append(
            f"the part {record.source} does not tell the time of day, and is taken to follow at once"
        )
    begin = float(last["test_time_second"]) + max(pause, 0.0)
    table["test_time_second"] += begin - float(table["test_time_second"].iloc[0])
    number, ended = int(table["cycle_count"].iloc[0]), int(last["cycle_count"])
    shift = 0
    goes_on = _goes_on(before, table)
    if number < ended or (number == ended and not goes_on):
        # Numbered anew; a half-cycle that was going on goes on in the same cycle.
        shift = ended - number + (0 if goes_on else 1)
        notes.append(
            f"the part {record.source} numbers its cycles anew, from {number}; they are counted on from "
            f"{number + shift}"
        )
    table["cycle_count"] += shift
    table["step_count"] += int(last["step_count"])
    if number + shift == ended:
        of_cycle = table["cycle_count"] == ended
        for name in _OF_CYCLE:
            # A counter that ran on begins near where it stood; one that begins near zero is added.
            if name in names and float(table[name].iloc[0]) < 0.5 * float(last[name]):
                table.loc[of_cycle, name] += float(last[name])
    return table, shift, notes


def _goes_on(before: Any, after: Any) -> bool:
    """Whether the second table begins with what the first cycle still lacks: not with its first direction."""
    cycle = before[before["cycle_count"] == before["cycle_count"].iloc[-1]]
    old = np.sign(cycle["current_ampere"].to_numpy())
    new = np.sign(after["current_ampere"].to_numpy())
    old, new = old[old != 0], new[new != 0]
    if not old.size or not new.size:
        return True
    both = (old == -old[0]).any()
    return bool(new[0] != old[0] if both else True)
