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

    Make one with :func:`topotaxy.measurement.cycling.checked` (from columns) or
    :func:`topotaxy.measurement.cycling.read` (from a file).
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
