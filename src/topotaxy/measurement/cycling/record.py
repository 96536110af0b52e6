"""One table for every cycler's file: what was measured, of what, and what is known of how.

Columns carry the machine-readable names of the Battery Data Format (Battery Data Alliance,
https://w3id.org/battery-data-alliance/ontology/battery-data-format); the unit is part of the name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import agreement, checks, counters, cycle_numbers, direction

if TYPE_CHECKING:
    import pandas as pd

ALWAYS = (
    "test_time_second",
    "voltage_volt",
    "current_ampere",
    "cycle_count",
    "step_count",
    "charging_capacity_ah",
    "discharging_capacity_ah",
)
"""Columns that every record has.

``current_ampere`` is positive where it charges the object under test. ``cycle_count`` is the cycler's
own number, unless that counts no cycles: then cycles are counted from 1, and ``derived`` and a note say so.
``step_count`` counts executed steps. The two capacities are running totals since the start of the cycle,
never negative, rising but for the trembling of a counter.
"""

SOMETIMES = (
    "unix_time_second",
    "step_index",
    "charging_energy_wh",
    "discharging_energy_wh",
    "ambient_temperature_celsius",
    "temperature_t1_celsius",
    "internal_resistance_ohm",
)
"""Columns that a record has where its file has them: ``step_index`` is the step's place in the cycler's
schedule; the energies are running totals since the start of the cycle."""

SPARE = (
    "unix_time_second",
    "ambient_temperature_celsius",
    "temperature_t1_celsius",
    "internal_resistance_ohm",
)
"""Those of :data:`SOMETIMES` that no metric needs: one that is damaged is left out and noted, and refuses no
file."""

EITHER_WAY = ("step_capacity_ah", "step_energy_wh", "passed_capacity_ah", "passed_energy_wh")
"""Columns that a file may have instead of capacities and energies in both directions: counters that go the
way of the current, and start anew with every step (``step_``) or with some of them (``passed_``)."""

KIND = "step_kind"
"""What the type of each row's step says: 1 charge, -1 discharge, 0 rest, NaN neither (see
:mod:`.direction`)."""


@dataclass(frozen=True)
class CyclingRecord:
    """What a cycler wrote about one cell, checked.

    Make one with :func:`checked` (from columns) or :func:`topotaxy.measurement.cycling.read` (from a file).
    """

    table: pd.DataFrame
    """One row a data point, in the order of time; columns: :data:`ALWAYS` and some of :data:`SOMETIMES`."""
    source: str
    """Name of the file, or what made the table."""
    format: str
    """Name of the format it was read from."""
    instrument: str | None = None
    """The instrument, as far as the file names it."""
    notes: tuple[str, ...] = ()
    """What a reader of the result must know: rows left out, gaps, capacities that disagree."""
    derived: tuple[str, ...] = ()
    """Columns that the file lacks and that were computed from its other columns."""
    mass: float | None = None
    """Mass, in g, that capacities per gram refer to."""
    basis: str | None = None
    """What that mass is of: "active material", "electrode", ..."""
    reference: str | None = None
    """Reference of the voltage, as in "Na+/Na"; None where nothing says it."""
    area: float | None = None
    """Area of the electrode, cm²."""
    totals: Mapping[int, tuple[float, float]] | None = field(default=None, compare=False)
    """Cycle number to (charge, discharge) in Ah as the file's own summary states them, if it has one."""
    origin: str = "measured"
    """``measured`` or ``simulated``."""
    doubts: Mapping[tuple[int, str], str] = field(default_factory=dict, compare=False)
    """Cycle and direction (``charge``, ``discharge``) to the reason why what passed in it is not one
    half-cycle's charge, or not known: no metric uses it."""
    cutoffs: tuple[float, float] | None = None
    """Lower and upper cut-off of the voltage, V, where the file or the run states them."""
    stated_mass: float | None = None
    """Mass, in g, that the file itself states, of what it does not say."""

    @property
    def cycles(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The cycle numbers, in the order in which they were run."""
        numbers: np.ndarray[Any, np.dtype[np.int64]] = self.table["cycle_count"].to_numpy()
        return numbers[np.concatenate(([True], np.diff(numbers) != 0))]

    def noting(self, *notes: str) -> CyclingRecord:
        """Return the same record with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def with_sample(
        self,
        *,
        mass: float | None = None,
        basis: str | None = None,
        reference: str | None = None,
        area: float | None = None,
    ) -> CyclingRecord:
        """Return the same record of a sample about which more is known; what is given replaces what is there.

        Parameters
        ----------
        mass : float, optional
            Mass in g; where ``basis`` is not given with it, it is that of the active material.
        basis, reference : str, optional
            See the fields.
        area : float, optional
            Area in cm².

        Raises
        ------
        InputError
            Where a mass or an area is not a positive finite number.
        """
        for name, value, unit in (("mass", mass, "g"), ("area", area, "cm2")):
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"the {name} has to be a positive number of {unit}, got {value!r:.40}")
        if mass is not None and basis is None:
            basis = "active material"
        return replace(
            self,
            mass=self.mass if mass is None else mass,
            basis=self.basis if basis is None else basis,
            reference=self.reference if reference is None else reference,
            area=self.area if area is None else area,
        )


def checked(
    columns: Mapping[str, Any],
    *,
    source: str,
    format: str,
    instrument: str | None = None,
    notes: tuple[str, ...] = (),
    mass: float | None = None,
    basis: str | None = None,
    reference: str | None = None,
    area: float | None = None,
    totals: Mapping[int, tuple[float, float]] | None = None,
    first_row: int = 1,
    time_resolution: float = 1e-3,
    missing_cycles: str = "refuse",
    origin: str = "measured",
    sign_stated: bool = False,
    stated_mass: float | None = None,
    unread: Sequence[str] = (),
    counts_loops: bool = False,
) -> CyclingRecord:
    """Return a record of columns that hold what they must, with what they lack computed and named.

    Parameters
    ----------
    columns : mapping of str to array
        Columns by their Battery Data Format names; others than :data:`ALWAYS`, :data:`SOMETIMES`,
        :data:`EITHER_WAY` and :data:`KIND` are left out. Capacities and energies may count from the start of
        the step, the cycle or the test: a counter that falls has begun anew. Time, voltage and current must
        be there.
    source, format, instrument, notes, mass, basis, reference, area, totals, stated_mass
        See the fields of :class:`CyclingRecord`.
    first_row : int
        Number of the first row, for messages that name a row of the file.
    time_resolution : float
        Steps back of the clock up to this many seconds are rounding.
    missing_cycles : {"refuse", "note"}
        What to do where cycle numbers skip some.
    origin : {"measured", "simulated"}
        What made the columns.
    sign_stated : bool
        Whether the user said what the sign of the current means.
    unread : sequence of str
        Headings of the file that look like those of a capacity and are not understood.
    counts_loops : bool
        Whether the cycle number counts loops of the schedule, so that one that holds several cycles is no
        exception.

    Raises
    ------
    InputError
        Where a column is missing or has another length, a value is not a number, is not finite or is
        beyond what any cell shows, the clock runs back, cycle numbers fall, return or skip, or what the file
        says of the current's direction or of a capacity contradicts itself.
    """
    import pandas as pd

    arrays, said = _numbers(columns, where=source, first_row=first_row)
    time, clock_notes = checks.running_clock(
        arrays["test_time_second"], resolution=time_resolution, where=source, first_row=first_row
    )
    arrays["test_time_second"] = time
    kind = columns.get(KIND)
    if origin == "measured":
        arrays["current_ampere"], direction_notes = direction.signed_current(
            arrays,
            None if kind is None else np.asarray(kind, dtype=np.float64),
            where=source,
            stated=sign_stated,
        )
        said += direction_notes
    derived, cycle_notes = _counts(arrays, missing=missing_cycles, where=source, first_row=first_row)
    gaps = agreement.unrecorded(time, arrays["current_ampere"])
    lacking = counters.complete_totals(arrays, gaps, where=source)
    derived += lacking
    recounted, more_notes, doubts = _cycles(arrays, derived, counts_loops)
    derived += recounted
    if any("capacity" in name for name in lacking):
        what = (
            f"its columns {', '.join(unread)[:200]} look like capacities and are not understood"
            if unread
            else "the file gives no capacities"
        )
        said.append(f"{what}; they are the integral of its current")
    count = 1 + int(np.count_nonzero(np.diff(arrays["cycle_count"])))
    if count > cycle_numbers.MOST:
        raise InputError(
            f"has {count} cycles, more than the {cycle_numbers.MOST} read: is its current noise?",
            where=source,
        )
    judged, contradicted = agreement.judged(arrays, derived, gaps, where=source)
    said += [*clock_notes, *cycle_notes, *more_notes, *judged]
    names = [name for name in (*ALWAYS, *SOMETIMES) if name in arrays]
    record = CyclingRecord(
        table=pd.DataFrame({name: arrays[name] for name in names}),
        source=source,
        format=format,
        instrument=instrument,
        notes=(*notes, *said),
        derived=tuple(derived),
        totals=totals,
        origin=origin,
        doubts={**doubts, **contradicted},
        stated_mass=stated_mass,
    )
    return record.with_sample(mass=mass, basis=basis, reference=reference, area=area)


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
