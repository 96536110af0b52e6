"""One cell: everything that its record says, by one path for measured and simulated records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np

from topotaxy.measurement.cycling.metrics.cutoffs import cutoffs_of
from topotaxy.measurement.cycling.metrics.cycles import (
    FIRST,
    CycleTotals,
    at_half_capacity,
    coulombic_efficiency,
    delivered,
    energy_efficiency,
    mean_voltage,
    totals_of_half_cycles,
    voltage_hysteresis,
)
from topotaxy.measurement.cycling.metrics.endings import unfinished_of
from topotaxy.measurement.cycling.metrics.fade import Fade
from topotaxy.measurement.cycling.metrics.half_cycles import DIRECTIONS, HalfCycle, Rows, Values, rows_of
from topotaxy.measurement.cycling.metrics.knee import Knee
from topotaxy.measurement.cycling.metrics.over_cycles import SWEPT, Retention, over_cycles
from topotaxy.measurement.cycling.metrics.rates import RateStep
from topotaxy.measurement.cycling.metrics.remarks import remarks, why_no_role
from topotaxy.measurement.cycling.metrics.sweeps import Sweep, sweeps_of
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Conditions, Direction, Origin, Role


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A record and its metrics; arrays (cycles,) go with ``totals.cycle``, NaN where unknown.

    ``current`` holds the typical currents by direction, in A/g or A (``current_unit``); ``absent``
    says of each metric that could not be computed why; ``unfinished`` is a last half-cycle that
    the record cuts short; ``left_out`` are the cycles and directions that no metric uses: that one, and those
    whose charge the record doubts. ``conditions`` are those that all its numbers share. ``sweeps`` are there
    instead of half-cycles where voltage was swept.
    """

    name: str
    record: CyclingRecord
    role: Role | None
    origin: Origin
    rows: Rows
    half_cycles: tuple[HalfCycle, ...]
    unfinished: HalfCycle | None
    left_out: frozenset[tuple[int, str]]
    totals: CycleTotals
    current: dict[Direction, Values]
    efficiency: Values
    energy_efficiency: Values
    mean_voltage: dict[Direction, Values]
    hysteresis: Values
    hysteresis_at_half: Values
    delivered: Direction
    steps: list[RateStep]
    retention: Retention | None
    fade: Fade | None
    knee: Knee | None
    sweeps: list[Sweep]
    conditions: Conditions
    absent: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def current_unit(self) -> str:
        """Unit of the currents."""
        return "A" if self.record.mass is None else "A/g"

    @property
    def swept(self) -> bool:
        """Whether voltage was swept, so that cycles are not galvanostatic ones."""
        return bool(self.sweeps)

    def half(self, cycle: int, direction: Direction) -> HalfCycle | None:
        """The half-cycle of that number and direction, if there is one.

        Parameters
        ----------
        cycle : int
            Number of the cycle.
        direction : {"discharge", "charge"}
            Of the cell.
        """
        return next((h for h in self.half_cycles if h.cycle == cycle and h.direction == direction), None)

    def counts(self, half: HalfCycle) -> bool:
        """Whether metrics use a half-cycle of this cell.

        Parameters
        ----------
        half : HalfCycle
            One of this record's.
        """
        return (half.cycle, half.direction) not in self.left_out


def cell_of(
    record: CyclingRecord,
    *,
    name: str | None = None,
    role: Role | None = None,
    reference: int | None = None,
    origin: Origin = "measured",
    conditions: Conditions | None = None,
) -> Cell:
    """Work out the metrics of a record.

    Parameters
    ----------
    record : CyclingRecord
        Of one cell.
    name : str, optional
        By which its observables name their source; that of the record by default.
    role : Role, optional
        Without it there is no efficiency, because its direction is not known.
    reference : int, optional
        The cycle that retention is held against.
    origin : {"measured", "simulated"}
        A simulation has no half-cycle that was cut short.
    conditions : Conditions, optional
        What is known of sample, temperature, cut-offs, ...; role, counter electrode, cycle and current
        are filled in from the record.
    """
    rows = rows_of(record)
    sweeps = sweeps_of(rows)
    cut_short, left_out = _set_aside(record, rows, measured=origin == "measured")
    totals = totals_of_half_cycles(rows.half_cycles, mass=record.mass, left_out=left_out)
    current = {d: _currents(rows.half_cycles, totals, d, record.mass) for d in DIRECTIONS}
    direction, capacity = delivered(totals, role)
    absent: dict[str, str] = {}
    fade, knee, retention, steps = over_cycles(
        totals, capacity, current, direction, reference, bool(sweeps), absent
    )
    absent |= _without(record, rows, totals, role, swept=bool(sweeps))
    return Cell(
        name=record.source if name is None else name,
        record=record,
        role=role,
        origin=origin,
        rows=rows,
        half_cycles=rows.half_cycles,
        unfinished=cut_short,
        left_out=left_out,
        totals=totals,
        current=current,
        **_ratios_and_voltages(rows, totals, role, left_out),
        delivered=direction,
        steps=steps,
        retention=retention,
        fade=fade,
        knee=knee,
        sweeps=sweeps,
        conditions=_shared(record, rows, role, conditions or Conditions()),
        absent=absent,
        notes=remarks(record, rows, totals, role, cut_short, measured=origin == "measured"),
    )


def _set_aside(
    record: CyclingRecord, rows: Rows, *, measured: bool
) -> tuple[HalfCycle | None, frozenset[tuple[int, str]]]:
    """The half-cycle that a measured record cuts short, and all that no metric uses: it and the doubted."""
    cut_short = unfinished_of(rows) if measured else None
    last = frozenset() if cut_short is None else {(cut_short.cycle, cut_short.direction)}
    return cut_short, frozenset(record.doubts) | last


class _OfEachCycle(TypedDict):
    """What a cycle says by itself; the fields of :class:`Cell` of these names."""

    efficiency: Values
    energy_efficiency: Values
    mean_voltage: dict[Direction, Values]
    hysteresis: Values
    hysteresis_at_half: Values


def _ratios_and_voltages(
    rows: Rows, totals: CycleTotals, role: Role | None, left_out: frozenset[tuple[int, str]]
) -> _OfEachCycle:
    nothing = np.full(len(totals.cycle), np.nan)
    return {
        "efficiency": nothing if role is None else coulombic_efficiency(totals, role),
        "energy_efficiency": nothing if role is None else energy_efficiency(totals, role),
        "mean_voltage": {d: mean_voltage(totals, d) for d in DIRECTIONS},
        "hysteresis": voltage_hysteresis(totals),
        "hysteresis_at_half": _hysteresis_at_half(rows, totals, left_out),
    }


def _without(
    record: CyclingRecord, rows: Rows, totals: CycleTotals, role: Role | None, *, swept: bool
) -> dict[str, str]:
    """Return the reasons why there are no efficiencies, or no capacities per gram."""
    absent: dict[str, str] = {}
    if role is None or swept:
        why = SWEPT if swept else why_no_role(rows)
        absent |= dict.fromkeys(
            ("coulombic_efficiency", "initial_coulombic_efficiency", "energy_efficiency"), why
        )
    elif not np.isfinite(coulombic_efficiency(totals, role)).any():
        absent["coulombic_efficiency"] = f"no {FIRST[role]} is followed by the other direction"
    if record.mass is None:
        absent["specific_capacity"] = "no mass is known, so that capacities are in mAh: --mass '1.23 mg'"
    return absent


def _shared(record: CyclingRecord, rows: Rows, role: Role | None, given: Conditions) -> Conditions:
    """Fill role, counter electrode and cut-offs in from the record, where nothing else was said."""
    metal = (record.reference or "").partition("+/")[0]
    lower, upper = record.cutoffs or (cutoffs_of(rows) if record.origin == "measured" else (None, None))
    return given.updated(
        role=role or given.role,
        electrode=given.electrode or metal,
        lower_cutoff=lower if given.lower_cutoff is None else given.lower_cutoff,
        upper_cutoff=upper if given.upper_cutoff is None else given.upper_cutoff,
    )


def _currents(
    halves: tuple[HalfCycle, ...], totals: CycleTotals, direction: Direction, mass: float | None
) -> Values:
    """Typical current of each cycle: A/g of a mass in g, A without one."""
    scale = 1.0 if mass is None else 1.0 / mass
    found = {h.cycle: h.current * scale for h in halves if h.direction == direction}
    return np.array([found.get(int(cycle), np.nan) for cycle in totals.cycle])


def _hysteresis_at_half(rows: Rows, totals: CycleTotals, left_out: frozenset[tuple[int, str]]) -> Values:
    found: dict[tuple[int, str], float] = {}
    for half in rows.half_cycles:
        if (half.cycle, half.direction) not in left_out:
            found[half.cycle, half.direction] = at_half_capacity(rows.voltage[half.rows], rows.passed(half))
    unknown = float("nan")
    return np.array(
        [
            found.get((int(c), "charge"), unknown) - found.get((int(c), "discharge"), unknown)
            for c in totals.cycle
        ]
    )
