"""One table for every cycler's file: what was measured, of what, and what is known of how.

Columns carry the machine-readable names of the Battery Data Format (Battery Data Alliance,
https://w3id.org/battery-data-alliance/ontology/battery-data-format); the unit is part of the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import checks, counters

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
own number, never renumbered. ``step_count`` counts executed steps. The two capacities are running
totals since the start of the cycle, never negative, rising but for the trembling of a counter.
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
) -> CyclingRecord:
    """Return a record of columns that hold what they must, with what they lack computed and named.

    Parameters
    ----------
    columns : mapping of str to array
        Columns by their Battery Data Format names; others than :data:`ALWAYS`, :data:`SOMETIMES` and
        :data:`EITHER_WAY` are left out. Capacities and energies may count from the start of the step, the
        cycle or the test: a counter that falls has begun anew. Time, voltage and current must be there.
    first_row : int
        Number of the first row, for messages that name a row of the file.
    time_resolution : float
        Steps back of the clock up to this many seconds are rounding.
    missing_cycles : {"refuse", "note"}
        What to do where cycle numbers skip some.
    origin : {"measured", "simulated"}
        What made the columns.

    Raises
    ------
    InputError
        Where a column is missing or has another length, a value is not a number, is not finite or is
        beyond what any cell shows, the clock runs back, or cycle numbers fall, return or skip.
    """
    import pandas as pd

    where = source
    given = {
        name: columns[name] for name in (*ALWAYS, *SOMETIMES, *EITHER_WAY) if columns.get(name) is not None
    }
    left_out = checks.unusable({name: given[name] for name in SPARE if name in given}, first_row=first_row)
    arrays: dict[str, Any] = checks.numeric_columns(
        {name: values for name, values in given.items() if name not in left_out},
        where=where,
        first_row=first_row,
    )
    said: list[str] = [*notes, *left_out.values()]
    derived: list[str] = []
    time, clock_notes = checks.running_clock(
        arrays["test_time_second"], resolution=time_resolution, where=where, first_row=first_row
    )
    arrays["test_time_second"] = time
    said += clock_notes
    current = arrays["current_ampere"]

    if "cycle_count" in arrays:
        cycle = checks.whole_numbers(arrays["cycle_count"], "cycle_count", where=where, first_row=first_row)
        said += checks.ordered_cycles(cycle, missing=missing_cycles, where=where, first_row=first_row)
    else:
        cycle = counters.cycles_by_direction(current)
        derived.append("cycle_count")
        said.append(
            "the file counts no cycles; counted here from 1, a new one wherever the current returns to its "
            "first direction"
        )
    arrays["cycle_count"] = cycle
    if "step_index" in arrays:
        arrays["step_index"] = checks.whole_numbers(
            arrays["step_index"], "step_index", where=where, first_row=first_row
        )
    if "step_count" in arrays:
        arrays["step_count"] = checks.whole_numbers(
            arrays["step_count"], "step_count", where=where, first_row=first_row
        )
    else:
        arrays["step_count"] = counters.steps_by_change(cycle, arrays.get("step_index"), current)
        derived.append("step_count")

    lacking = counters.complete_totals(arrays, where=where)
    derived += lacking
    if any("capacity" in name for name in lacking):
        said.append("the file gives no capacities; they are the integral of its current")
    said += counters.disagreement_notes(arrays, derived)

    names = [name for name in (*ALWAYS, *SOMETIMES) if name in arrays]
    record = CyclingRecord(
        table=pd.DataFrame({name: arrays[name] for name in names}),
        source=source,
        format=format,
        instrument=instrument,
        notes=tuple(said),
        derived=tuple(derived),
        totals=totals,
        origin=origin,
    )
    return record.with_sample(mass=mass, basis=basis, reference=reference, area=area)
