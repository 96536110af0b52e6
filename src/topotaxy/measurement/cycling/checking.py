"""From columns of a file to a checked record: what lacks is computed and named, what contradicts is
refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import agreement, checks, counters, cycle_numbers, direction
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.record import ALWAYS, EITHER_WAY, KIND, SOMETIMES, SPARE, CyclingRecord

if TYPE_CHECKING:
    import pandas as pd


def checked(
    columns: Mapping[str, Any],
    *,
    source: str,
    format: str,
    missing_cycles: str = "refuse",
    origin: str = "measured",
    **known: Any,
) -> CyclingRecord:
    """Return a record of columns that hold what they must, with what they lack computed and named.

    Parameters
    ----------
    columns : mapping of str to array
        Columns by their Battery Data Format names; others than :data:`ALWAYS`, :data:`SOMETIMES`,
        :data:`EITHER_WAY` and :data:`KIND` are left out. Capacities and energies may count from the start of
        the step, the cycle or the test: a counter that falls has begun anew. Time, voltage and current must
        be there.
    source, format, missing_cycles, origin
        As in :func:`checked_contents`.
    **known
        The other fields of :class:`~topotaxy.measurement.cycling.contents.Contents`: the instrument, mass (g)
        and area (cm²) of the sample, the reference of the voltage, ...

    Raises
    ------
    InputError
        As :func:`checked_contents`.
    """
    contents = Contents(columns, **known)
    return checked_contents(
        contents, source=source, format=format, missing_cycles=missing_cycles, origin=origin
    )


def checked_contents(
    contents: Contents,
    *,
    source: str,
    format: str,
    missing_cycles: str = "refuse",
    origin: str = "measured",
) -> CyclingRecord:
    """Return the record of a file's contents, with what they lack computed and named.

    Parameters
    ----------
    contents : Contents
        Columns as the file has them, and what it says of the cell.
    source : str
        Name of the file, or what made the columns.
    format : str
        Name of the format they were read from.
    missing_cycles : {"refuse", "note"}
        What to do where cycle numbers skip some.
    origin : {"measured", "simulated"}
        What made the columns.

    Raises
    ------
    InputError
        Where a column is missing or has another length, a value is not a number, is not finite or is
        beyond what any cell shows, the clock runs back, cycle numbers fall, return or skip, or what the file
        says of the current's direction or of a capacity contradicts itself.
    """
    first_row, kind = contents.first_row, contents.columns.get(KIND)
    arrays, said = _numbers(contents.columns, where=source, first_row=first_row)
    arrays["test_time_second"], clock_notes = checks.running_clock(
        arrays["test_time_second"], resolution=contents.time_resolution, where=source, first_row=first_row
    )
    if origin == "measured":
        said += _signed(arrays, kind, where=source, stated=contents.sign_stated)
    derived, cycle_notes = _counts(arrays, missing=missing_cycles, where=source, first_row=first_row)
    made, doubts = _totals(arrays, derived, contents.unread, counts_loops=contents.counts_loops, where=source)
    record = CyclingRecord(
        table=_table(arrays),
        source=source,
        format=format,
        instrument=contents.instrument,
        notes=(*contents.notes, *said, *clock_notes, *cycle_notes, *made),
        derived=tuple(derived),
        totals=contents.totals,
        origin=origin,
        doubts=doubts,
        stated_mass=contents.stated_mass,
    )
    return record.with_sample(
        mass=contents.mass, basis=contents.basis, reference=contents.reference, area=contents.area
    )


def _signed(arrays: dict[str, Any], kind: Any, *, where: str, stated: bool) -> list[str]:
    """Give the current the sign that all evidence says; return what was said of it."""
    kinds = None if kind is None else np.asarray(kind, dtype=np.float64)
    arrays["current_ampere"], notes = direction.signed_current(arrays, kinds, where=where, stated=stated)
    return notes


def _table(arrays: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: arrays[name] for name in (*ALWAYS, *SOMETIMES) if name in arrays})


def _totals(
    arrays: dict[str, Any],
    derived: list[str],
    unread: Sequence[str],
    *,
    counts_loops: bool,
    where: str,
) -> tuple[list[str], dict[tuple[int, str], str]]:
    """Make the running totals and count the cycles; return notes, and the half-cycles that are in doubt.

    Raises
    ------
    InputError
        Where there are more cycles than any test has, or counters and current contradict each other.
    """
    gaps = agreement.unrecorded(arrays["test_time_second"], arrays["current_ampere"])
    lacking = counters.complete_totals(arrays, gaps, where=where)
    derived += lacking
    recounted, notes, doubts = _cycles(arrays, derived, counts_loops)
    derived += recounted
    if any("capacity" in name for name in lacking):
        what = (
            f"its columns {', '.join(unread)[:200]} look like capacities and are not understood"
            if unread
            else "the file gives no capacities"
        )
        notes = [f"{what}; they are the integral of its current", *notes]
    count = 1 + int(np.count_nonzero(np.diff(arrays["cycle_count"])))
    if count > cycle_numbers.MOST:
        raise InputError(
            f"has {count} cycles, more than the {cycle_numbers.MOST} read: is its current noise?", where=where
        )
    judged, contradicted = agreement.judged(arrays, derived, gaps, where=where)
    return [*notes, *judged], {**doubts, **contradicted}


def _numbers(columns: Mapping[str, Any], *, where: str, first_row: int) -> tuple[dict[str, Any], list[str]]:
    """Return the known columns as arrays, and notes on those that are left out."""
    given = {
        name: columns[name] for name in (*ALWAYS, *SOMETIMES, *EITHER_WAY) if columns.get(name) is not None
    }
    left_out = checks.unusable({name: given[name] for name in SPARE if name in given}, first_row=first_row)
    arrays: dict[str, Any] = checks.numeric_columns(
        {name: values for name, values in given.items() if name not in left_out},
        where=where,
        first_row=first_row,
    )
    return arrays, list(left_out.values())


def _counts(
    arrays: dict[str, Any], *, missing: str, where: str, first_row: int
) -> tuple[list[str], list[str]]:
    """Check the counts of cycles and steps, and add those that lack; return their names, and notes."""
    derived: list[str] = []
    notes: list[str] = []
    current = arrays["current_ampere"]
    if "cycle_count" in arrays:
        cycle = checks.whole_numbers(arrays["cycle_count"], "cycle_count", where=where, first_row=first_row)
        notes += checks.ordered_cycles(cycle, missing=missing, where=where, first_row=first_row)
    else:
        cycle = np.ones(len(current), dtype=np.int64)
        derived.append("cycle_count")
        notes.append(
            "the file counts no cycles; counted here from 1, a new one wherever the current returns to its "
            "first direction"
        )
    arrays["cycle_count"] = cycle
    for name in ("step_index", "step_count"):
        if name in arrays:
            arrays[name] = checks.whole_numbers(arrays[name], name, where=where, first_row=first_row)
    if "step_count" not in arrays:
        arrays["step_count"] = counters.steps_by_change(cycle, arrays.get("step_index"), current)
        derived.append("step_count")
    return derived, notes


def _cycles(
    arrays: dict[str, Any], derived: list[str], counts_loops: bool
) -> tuple[list[str], list[str], dict[tuple[int, str], str]]:
    """Count cycles where the file's number does not; else doubt those that hold more than one.

    Returns the columns that were made, notes, and doubts.
    """
    cycle = arrays["cycle_count"]
    ways = ("charging_capacity_ah", "discharging_capacity_ah")
    up, down = (counters.gains_of_totals(arrays[name], cycle) for name in ways)
    counted_here = "cycle_count" in derived
    # A current that reverses within one step of the schedule is that step's shape, and no turn.
    by_step = not counted_here and ("step_index" in arrays or "step_count" not in derived)
    legs = cycle_numbers.legs_of_cycles(
        cycle_numbers.net_of_steps(up - down, arrays["step_count"]) if by_step else up - down, cycle
    )
    crowded = any(max(both) > 1 for both in legs.values())
    if counted_here or (crowded and (counts_loops or cycle_numbers.counts_no_cycles(legs))):
        arrays["cycle_count"] = anew = cycle_numbers.cycles_by_direction(up - down, arrays["current_ampere"])
        for kind, unit in (("capacity", "ah"), ("energy", "wh")):
            for name in (f"charging_{kind}_{unit}", f"discharging_{kind}_{unit}"):
                if name in arrays:
                    gained = counters.gains_of_totals(arrays[name], cycle)
                    arrays[name] = counters.since_cycle_start(gained, anew)
        if counted_here:
            return [], [], {}
        return (
            ["cycle_count"],
            [
                f"the file's own cycle number, {int(cycle[0])} to {int(cycle[-1])}, holds more than one "
                "charge or discharge: it counts loops of the schedule, or nothing; "
                f"{int(anew[-1])} cycles are counted here from 1, a new one wherever the charge returns to "
                "its first direction"
            ],
            {},
        )
    doubts = {
        (number, way): f"cycle {number} of the file holds {count} {way}s; their sum is no capacity"
        for number, both in legs.items()
        for way, count in zip(("charge", "discharge"), both, strict=True)
        if count > 1
    }
    notes = [f"{why}, and is left out of every metric" for why in list(doubts.values())[:8]]
    return [], notes, doubts
