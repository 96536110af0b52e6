"""What BioLogic's columns mean, alike in .mpr and in .mpt."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import checks
from topotaxy.measurement.cycling.contents import Contents

Floats = np.ndarray[Any, np.dtype[np.float64]]

TIME = "time/s"
VOLTAGES = ("Ewe/V", "<Ewe>/V", "Ecell/V", "Ewe-Ece/V", "<Ewe/V>")
CURRENTS = ("I/mA", "<I>/mA", "I /mA", "<I>/mA ")
CHARGES = ("dq/mA.h", "dQ/mA.h")
CONTROLS = ("control/V/mA", "control/mA")
COUNTER = "Q charge/discharge/mA.h"
# Below this time between rows, in s, a charge over a time is noise: rows written at the change of a step.
SHORTEST = 0.01
_GALVANOSTATIC = 1


def needed(names: Collection[str]) -> set[str]:
    """Return those of a file's columns that its record is made of; others may hold anything.

    Parameters
    ----------
    names : collection of str
        Headings.
    """

    def first(some: Sequence[str]) -> set[str]:
        return set([name for name in some if name in names][:1])

    found = {name for name in (TIME, "Ns") if name in names} | first(VOLTAGES) | first(CURRENTS)
    found |= first(("half cycle", "cycle number"))
    without_current = not first(CURRENTS)
    if without_current:
        found |= first(CONTROLS) | first(("mode",))
    if without_current or not (COUNTER in names and "half cycle" in names):
        found |= first(CHARGES)
    if COUNTER in names and "half cycle" in names:
        found.add(COUNTER)
    return found


def is_header(header: Sequence[str]) -> bool:
    """Whether headings are EC-Lab's: its time, a voltage, and a current or charge that it could come from.

    Parameters
    ----------
    header : sequence of str
        Headings as the file has them.
    """
    return TIME in header and all(
        any(name in header for name in some) for some in (VOLTAGES, CURRENTS + CHARGES)
    )


def contents(columns: Mapping[str, Floats], mode: Floats | None, *, source: str) -> Contents:
    """Return the record's columns of EC-Lab's.

    The current is the measured one where there is a column of it; else the charge passed since the row
    before over the time, which is EC-Lab's ``<I>``, and within 10 ms of the row before, the set current.
    Charge and discharge are those of EC-Lab's ``Q charge/discharge``, else of ``dq``. Half cycles are
    joined in pairs to cycles.

    Parameters
    ----------
    columns : mapping of str to array (rows,)
        EC-Lab's columns by their headings.
    mode : array (rows,), optional
        What EC-Lab controls: 1 the current, 2 the voltage, 3 neither.
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        Where time, voltage, or all that a current could come from is missing.
    """
    voltage = next((columns[name] for name in VOLTAGES if name in columns), None)
    if TIME not in columns or voltage is None:
        raise InputError(f"lacks time or voltage; its columns are {', '.join(columns)[:300]}", where=source)
    for name, values in columns.items():
        checks.finite(name, values, where=source)
    time = columns[TIME]
    notes = []
    charge = next((columns[name] for name in CHARGES if name in columns), None)
    current = next((columns[name] for name in CURRENTS if name in columns), None)
    if current is None and charge is not None:
        current = _from_charge(time, charge, columns.get("control/V/mA", columns.get("control/mA")), mode)
        notes.append("the current is the charge passed since the row before, over the time (EC-Lab's <I>)")
    if current is None:
        raise InputError(f"lacks a current; its columns are {', '.join(columns)[:300]}", where=source)
    made: dict[str, Any] = {
        "test_time_second": time,
        "voltage_volt": voltage,
        "current_ampere": 1e-3 * current,
        "step_index": columns.get("Ns"),
    }
    half = columns.get("half cycle")
    if half is not None:
        turn = np.concatenate(([0], np.cumsum(np.diff(half) != 0)))
        made["cycle_count"] = 1 + turn // 2
        notes.append("cycles are pairs of the file's half cycles, counted from 1")
    elif "cycle number" in columns:
        made["cycle_count"] = columns["cycle number"]
    made |= _capacities(columns, charge, half)
    return Contents(made, instrument="BioLogic", notes=tuple(notes))


def _from_charge(time: Floats, charge: Floats, control: Floats | None, mode: Floats | None) -> Floats:
    interval = np.diff(time, prepend=time[0])
    enough = interval > SHORTEST
    current = np.where(enough, 3600.0 * charge / np.where(enough, interval, 1.0), 0.0)
    if control is not None and mode is not None:
        set_current = (mode == _GALVANOSTATIC) & ~enough
        current = np.where(set_current, control, current)
        rest = ~enough & ~set_current
    else:
        rest = ~enough
    rest[0] = False
    # Elsewhere such a row keeps the current of the row before.
    last = np.maximum.accumulate(np.where(rest, 0, np.arange(len(time))))
    return current[last]


def _capacities(
    columns: Mapping[str, Floats], charge: Floats | None, half: Floats | None
) -> dict[str, Floats]:
    """Return counters of charge and discharge, Ah, that start anew with each half cycle, or nothing."""
    counter = columns.get(COUNTER)
    if counter is not None and half is not None:
        return {
            "charging_capacity_ah": 1e-3 * np.maximum(counter, 0.0),
            "discharging_capacity_ah": 1e-3 * np.maximum(-counter, 0.0),
        }
    if charge is not None:
        return {
            "charging_capacity_ah": 1e-3 * np.cumsum(np.maximum(charge, 0.0)),
            "discharging_capacity_ah": 1e-3 * np.cumsum(np.maximum(-charge, 0.0)),
        }
    return {}
