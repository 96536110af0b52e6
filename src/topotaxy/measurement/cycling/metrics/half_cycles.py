"""Half-cycles of a record: which rows, how much charge, how much energy, in what order.

A half-cycle is all rows of one cycle number in which current flows in one direction, whatever
rests lie between them: the charge that the cycler books under that cycle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.cycling.counters import gains_of_totals
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Direction

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
DIRECTIONS: tuple[Direction, Direction] = ("discharge", "charge")

IDLE = 1e-4
"""Share of the largest current below which a row counts as rest: the offset of a cycler's range."""

STRAY = 1e-5
"""Share of the largest stretch's charge below which a stretch is no half-cycle."""

COUNTER = {"discharge": "discharging_capacity_ah", "charge": "charging_capacity_ah"}
_ENERGY = {"discharge": "discharging_energy_wh", "charge": "charging_energy_wh"}


@dataclass(frozen=True, kw_only=True)
class HalfCycle:
    """One half-cycle: ``rows`` of the record in order; ``capacity`` Ah and ``energy`` Wh, both positive.

    ``current`` (A) is the magnitude above which half of the charge passed; ``starts`` and ``ends``
    are its first and last voltage; ``runs`` counts its stretches: one, unless the other direction
    came in between.
    """

    cycle: int
    direction: Direction
    rows: Whole
    capacity: float
    energy: float
    current: float
    starts: float
    ends: float
    runs: int

    @property
    def mean_voltage(self) -> float:
        """Energy over charge, V; NaN where no charge passed."""
        return self.energy / self.capacity if self.capacity > 0.0 else float("nan")


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The columns of a record that every metric starts from, each (rows,), in s, V, A, Ah and Wh.

    ``charge`` and ``energy`` hold for each direction what every row adds to that of its cycle;
    ``sense`` is -1 on discharge, 1 on charge and 0 at rest. ``counted`` tells whether the cycler
    counted the energies itself, else they are integrals of voltage over charge.
    """

    time: Values
    voltage: Values
    current: Values
    cycle: Whole
    sense: Whole
    charge: dict[Direction, Values]
    energy: dict[Direction, Values]
    counted: dict[Direction, bool]

    @cached_property
    def half_cycles(self) -> tuple[HalfCycle, ...]:
        """The half-cycles in the order in which they began."""
        return tuple(_half_cycles(self))

    def passed(self, half: HalfCycle) -> Values:
        """Charge passed up to each row of a half-cycle, Ah, from its start.

        Parameters
        ----------
        half : HalfCycle
            One of this record's.
        """
        return np.asarray(np.cumsum(self.charge[half.direction][half.rows]))


def rows_of(record: CyclingRecord) -> Rows:
    """Return the rows of a record.

    Parameters
    ----------
    record : CyclingRecord
        A checked record of one cell.
    """

    def column(name: str) -> Values:
        return np.ascontiguousarray(record.table[name].to_numpy(), dtype=np.float64)

    time, voltage, current = column("test_time_second"), column("voltage_volt"), column("current_ampere")
    cycle = np.ascontiguousarray(record.table["cycle_count"].to_numpy(), dtype=np.int64)
    threshold = IDLE * float(np.abs(current).max(initial=0.0))
    sense = np.where(np.abs(current) > threshold, np.sign(current), 0.0).astype(np.int64)
    charge: dict[Direction, Values] = {}
    energy: dict[Direction, Values] = {}
    counted: dict[Direction, bool] = {}
    for direction in DIRECTIONS:
        charge[direction] = gains_of_totals(column(COUNTER[direction]), cycle)
        counted[direction] = _ENERGY[direction] in record.table
        energy[direction] = (
            gains_of_totals(column(_ENERGY[direction]), cycle)
            if counted[direction]
            else charge[direction] * _voltage_between(voltage, sense)
        )
    return Rows(
        time=time,
        voltage=voltage,
        current=current,
        cycle=cycle,
        sense=sense,
        charge=charge,
        energy=energy,
        counted=counted,
    )


def _voltage_between(voltage: Values, sense: Whole) -> Values:
    """Mean of each row's voltage and the one before; alone where the current has just been turned on."""
    before = np.concatenate([voltage[:1], voltage[:-1]])
    opens = np.concatenate([[True], sense[1:] != sense[:-1]])
    return np.where(opens, voltage, 0.5 * (voltage + before))


def _half_cycles(rows: Rows) -> Iterator[HalfCycle]:
    active = np.flatnonzero(rows.sense)
    if not len(active):
        return
    cycle, sense = rows.cycle[active], rows.sense[active]
    changes = np.flatnonzero((cycle[1:] != cycle[:-1]) | (sense[1:] != sense[:-1])) + 1
    pieces: dict[tuple[int, int], list[Whole]] = {}
    for piece in _stretches(rows, active, changes):
        pieces.setdefault((int(rows.cycle[piece[0]]), int(rows.sense[piece[0]])), []).append(piece)
    totals = {direction: _by_cycle(rows, direction) for direction in DIRECTIONS}
    for (number, sign), runs in pieces.items():
        direction = _direction(sign)
        mine = np.concatenate(runs)
        capacity, energy = totals[direction][number]
        yield HalfCycle(
            cycle=number,
            direction=direction,
            rows=mine,
            capacity=capacity,
            energy=energy,
            current=_typical_current(rows, mine, direction),
            starts=float(rows.voltage[mine[0]]),
            ends=float(rows.voltage[mine[-1]]),
            runs=len(runs),
        )


def _stretches(rows: Rows, active: Whole, changes: Whole) -> list[Whole]:
    """Stretches of one cycle and direction, without the stray rows that a cycler logs between steps."""
    stretches = np.split(active, changes)
    passed = np.array([rows.charge[_direction(rows.sense[s[0]])][s].sum() for s in stretches])
    largest = float(passed.max())
    return [s for s, charge in zip(stretches, passed, strict=True) if charge > STRAY * largest]


def _direction(sign: int) -> Direction:
    return "charge" if sign > 0 else "discharge"


def _by_cycle(rows: Rows, direction: Direction) -> dict[int, tuple[float, float]]:
    """Charge (Ah) and energy (Wh) of every cycle over all of its rows; cycle numbers never fall."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(rows.cycle)) + 1])
    charge = np.add.reduceat(rows.charge[direction], starts)
    energy = np.add.reduceat(rows.energy[direction], starts)
    numbers = rows.cycle[starts]
    return {int(n): (float(q), float(e)) for n, q, e in zip(numbers, charge, energy, strict=True)}


def _typical_current(rows: Rows, mine: Whole, direction: Direction) -> float:
    """Median of the current by charge: a tail at constant voltage passes little and hardly counts."""
    current, charge = np.abs(rows.current[mine]), rows.charge[direction][mine]
    if not charge.sum() > 0.0:
        return float(np.median(current))
    order = np.argsort(current, kind="stable")
    passed = np.cumsum(charge[order])
    return float(current[order][min(int(np.searchsorted(passed, 0.5 * passed[-1])), len(mine) - 1)])
