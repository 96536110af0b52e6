"""Half-cycles of a record: which rows, how much charge, how much energy, in what order.

A half-cycle is all rows of one cycle number in which current flows in one direction, whatever
rests lie between them: the charge that the cycler books under that cycle. Cycle numbers are the
file's own; where the file has none, a cycle ends where the direction that it began with returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
Direction = Literal["discharge", "charge"]

DIRECTIONS: tuple[Direction, Direction] = ("discharge", "charge")
SIGN = {"discharge": -1, "charge": 1}

IDLE = 1e-4
"""Share of the largest current below which a row counts as rest: the offset of a cycler's range."""

_CAPACITY = {"discharge": "discharging_capacity_ah", "charge": "charging_capacity_ah"}
_ENERGY = {"discharge": "discharging_energy_wh", "charge": "charging_energy_wh"}


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What one row adds: ``charge`` (rows,) Ah and ``energy`` (rows,) Wh, neither negative.

    ``counted`` tells whether the cycler counted the charge, ``energy_counted`` the energy; else
    they are integrals of current, and of voltage over charge.
    """

    charge: Values
    energy: Values
    counted: bool
    energy_counted: bool


@dataclass(frozen=True, kw_only=True)
class HalfCycle:
    """One half-cycle: ``rows`` of the record in order; ``capacity`` Ah, ``energy`` Wh, both positive.

    ``current`` (A) is the magnitude at which the middle half of the charge passed; ``ends`` is the
    last voltage; ``runs`` counts its stretches: one, unless the other direction came in between.
    """

    cycle: int
    direction: Direction
    rows: Whole
    capacity: float
    energy: float
    current: float
    ends: float
    runs: int


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The columns of a record that every metric starts from, each (rows,)."""

    time: Values
    voltage: Values
    current: Values
    cycle: Whole
    numbered: bool
    discharge: Passage
    charge: Passage
    sense: Whole = field(repr=False)

    def passage(self, direction: Direction) -> Passage:
        """Charge and energy that each row passes in a direction."""
        return self.discharge if direction == "discharge" else self.charge

    @cached_property
    def half_cycles(self) -> tuple[HalfCycle, ...]:
        """The half-cycles in the order in which they began."""
        return tuple(_half_cycles(self))


def rows_of(table: pd.DataFrame) -> Rows:
    """Return the rows of a table in Battery Data Format names.

    Raises
    ------
    InputError
        Where the table has fewer than two rows.
    """
    time, voltage, current = (
        np.ascontiguousarray(table[name].to_numpy(), dtype=np.float64)
        for name in ("test_time_second", "voltage_volt", "current_ampere")
    )
    if len(time) < 2:
        raise InputError("a record of fewer than two rows has no cycles")
    threshold = IDLE * float(np.abs(current).max())
    sense = np.where(np.abs(current) > threshold, np.sign(current), 0.0).astype(np.int64)
    numbered = "cycle_count" in table
    cycle = table["cycle_count"].to_numpy().astype(np.int64) if numbered else _counted_cycles(sense)
    passages = {d: _passage(table, d, time, voltage, current, sense) for d in DIRECTIONS}
    return Rows(
        time=time,
        voltage=voltage,
        current=current,
        cycle=cycle,
        numbered=numbered,
        discharge=passages["discharge"],
        charge=passages["charge"],
        sense=sense,
    )


def _counted_cycles(sense: Whole) -> Whole:
    """Number cycles from 1 by the return of the direction that the record began with."""
    active = np.flatnonzero(sense)
    if not len(active):
        return np.ones(len(sense), dtype=np.int64)
    found = sense[active]
    begins = np.zeros(len(sense), dtype=np.int64)
    returns = np.flatnonzero((found[1:] == found[0]) & (found[:-1] != found[0])) + 1
    begins[active[returns]] = 1
    return np.asarray(1 + np.cumsum(begins), dtype=np.int64)


def _passage(
    table: pd.DataFrame, direction: Direction, time: Values, voltage: Values, current: Values, sense: Whole
) -> Passage:
    integral = _integrated(time, np.maximum(SIGN[direction] * current, 0.0)) / 3600.0
    counted = _counter(table, _CAPACITY[direction], integral)
    charge = integral if counted is None else counted
    # A row that opens a half-cycle has no voltage of the same direction before it.
    before = np.concatenate([voltage[:1], voltage[:-1]])
    opens = np.concatenate([[True], sense[:-1] != sense[1:]])
    integral = charge * np.where(opens, voltage, 0.5 * (voltage + before))
    energy = _counter(table, _ENERGY[direction], integral)
    return Passage(
        charge=charge,
        energy=integral if energy is None else energy,
        counted=counted is not None,
        energy_counted=energy is not None,
    )


def _integrated(time: Values, rate: Values) -> Values:
    """Trapezoids; the first row has none before it."""
    steps = 0.5 * (rate[1:] + rate[:-1]) * np.diff(time)
    return np.concatenate([[0.0], steps])


def _counter(table: pd.DataFrame, name: str, expected: Values) -> Values | None:
    """Increments of a counter, whether it starts anew with every step, every cycle, or never.

    Where a counter falls it was set to zero, if what it then shows is nearer to the integral
    (``expected``) than the fall itself is; otherwise the fall is noise of its last digit. What the
    first row shows may have passed before the file began, and is left out.
    """
    if name not in table:
        return None
    count = np.abs(np.ascontiguousarray(table[name].to_numpy(), dtype=np.float64))
    steps = np.diff(count)
    falls = np.flatnonzero(steps < 0.0)
    shown, due = count[falls + 1], expected[falls + 1]
    reset = np.abs(shown - due) < np.abs(steps[falls] - due)
    steps[falls[reset]] = shown[reset]
    return np.concatenate([[0.0], steps])


def _half_cycles(rows: Rows) -> Iterator[HalfCycle]:
    active = np.flatnonzero(rows.sense)
    if not len(active):
        return
    key = np.stack([rows.cycle[active], rows.sense[active]])
    changes = np.flatnonzero((key[:, 1:] != key[:, :-1]).any(axis=0)) + 1
    pieces: dict[tuple[int, int], list[Whole]] = {}
    for piece in np.split(active, changes):
        pieces.setdefault((int(rows.cycle[piece[0]]), int(rows.sense[piece[0]])), []).append(piece)
    totals = {d: _by_cycle(rows, d) for d in DIRECTIONS}
    for (cycle, sign), runs in pieces.items():
        direction: Direction = "charge" if sign > 0 else "discharge"
        mine = np.concatenate(runs) if len(runs) > 1 else runs[0]
        capacity, energy = totals[direction][cycle]
        yield HalfCycle(
            cycle=cycle,
            direction=direction,
            rows=mine,
            capacity=capacity,
            energy=energy,
            current=_typical_current(rows, mine, direction),
            ends=float(rows.voltage[mine[-1]]),
            runs=len(runs),
        )


def _by_cycle(rows: Rows, direction: Direction) -> dict[int, tuple[float, float]]:
    """Charge (Ah) and energy (Wh) of every cycle, over all of its rows."""
    passage = rows.passage(direction)
    numbers, where = np.unique(rows.cycle, return_inverse=True)
    charge = np.bincount(where, weights=passage.charge)
    energy = np.bincount(where, weights=passage.energy)
    return {int(n): (float(q), float(e)) for n, q, e in zip(numbers, charge, energy, strict=True)}


def _typical_current(rows: Rows, mine: Whole, direction: Direction) -> float:
    """Median of the current by charge: a tail at constant voltage passes little and hardly counts."""
    current, charge = np.abs(rows.current[mine]), rows.passage(direction).charge[mine]
    if not charge.sum() > 0.0:
        return float(np.median(current))
    order = np.argsort(current, kind="stable")
    passed = np.cumsum(charge[order])
    return float(current[order][min(int(np.searchsorted(passed, 0.5 * passed[-1])), len(mine) - 1)])
