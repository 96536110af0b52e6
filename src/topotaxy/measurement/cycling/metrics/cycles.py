"""What passed in each cycle, and what follows from it: efficiencies, mean voltages, hysteresis.

One definition for every origin: the arrays may be those of one measured cell, (cycles,), or of the
replicas of a simulation, (replica, cycles).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.cycling.metrics.half_cycles import HalfCycle, Values, Whole
from topotaxy.observables import Direction, Role

ROLES: tuple[Role, ...] = get_args(Role)

FIRST: dict[Role, Direction] = {
    "half-cell-anode": "discharge",
    "full-cell": "charge",
    "half-cell-cathode": "charge",
}
"""The direction in which a fresh cell of this role begins: what is given back is held against it."""

EFFICIENCY_METHOD: dict[Role, str] = {
    "half-cell-anode": "charge over discharge capacity",
    "full-cell": "discharge over charge capacity",
    "half-cell-cathode": "discharge over charge capacity",
}

METHOD = {
    "mean_voltage_discharge": "energy over charge of the discharge",
    "mean_voltage_charge": "energy over charge of the charge",
    "voltage_hysteresis": "mean charge minus mean discharge voltage",
    "energy_efficiency": "energy given on discharge over energy taken on charge",
    "hysteresis_at_half_capacity": (
        "charge minus discharge voltage, each where half the capacity of its half-cycle has passed"
    ),
}


@dataclass(frozen=True, kw_only=True)
class CycleTotals:
    """Capacities and energies of every cycle, arrays (..., cycles) beside ``cycle`` (cycles,).

    Capacities are in mAh/g or mAh (``unit``), energies in that times V; NaN where a half-cycle is
    missing. ``discharge_first`` (cycles,) tells in which order the halves of a cycle came.
    """

    unit: str
    cycle: Whole
    discharge: Values
    charge: Values
    discharge_energy: Values
    charge_energy: Values
    discharge_first: NDArray[np.bool_]

    def capacity(self, direction: Direction) -> Values:
        """Capacity of a direction, (..., cycles).

        Parameters
        ----------
        direction : {"discharge", "charge"}
            Of the cell.
        """
        return self.discharge if direction == "discharge" else self.charge

    def energy(self, direction: Direction) -> Values:
        """Energy of a direction, (..., cycles).

        Parameters
        ----------
        direction : {"discharge", "charge"}
            Of the cell.
        """
        return self.discharge_energy if direction == "discharge" else self.charge_energy


def totals_of_half_cycles(
    half_cycles: tuple[HalfCycle, ...], *, mass: float | None, left_out: Collection[tuple[int, str]] = ()
) -> CycleTotals:
    """Gather half-cycles by cycle.

    Parameters
    ----------
    half_cycles : tuple of HalfCycle
        In the order in which they began.
    mass : float, optional
        g; where it is known, capacities are per gram.
    left_out : collection of (cycle, direction)
        Half-cycles that the record cuts short, or whose charge is not known: NaN.
    """
    cycle = np.array(sorted({half.cycle for half in half_cycles}), dtype=np.int64)
    place = {int(number): index for index, number in enumerate(cycle)}
    scale = 1000.0 if mass is None else 1000.0 / mass
    found = {name: np.full(len(cycle), np.nan) for name in ("discharge", "charge", "down", "up")}
    discharge_first = np.zeros(len(cycle), dtype=bool)
    seen: set[int] = set()
    for half in half_cycles:
        index = place[half.cycle]
        if half.cycle not in seen:
            discharge_first[index] = half.direction == "discharge"
            seen.add(half.cycle)
        if (half.cycle, half.direction) not in left_out and half.capacity > 0.0:
            found[half.direction][index] = scale * half.capacity
            found["down" if half.direction == "discharge" else "up"][index] = scale * half.energy
    return CycleTotals(
        unit="mAh" if mass is None else "mAh/g",
        cycle=cycle,
        discharge=found["discharge"],
        charge=found["charge"],
        discharge_energy=found["down"],
        charge_energy=found["up"],
        discharge_first=discharge_first,
    )


def coulombic_efficiency(totals: CycleTotals, role: Role) -> Values:
    """Charge given back over charge put in, (..., cycles), NaN where a half is missing.

    A half-cycle is held against the one that follows it, which belongs to the next cycle where the
    cycler's cycles begin with the other direction.

    Parameters
    ----------
    totals : CycleTotals
        Charge and energy by cycle.
    role : Role
        What the cell is.
    """
    first = FIRST[role]
    put_in, given_back = _paired(totals, totals.capacity(first), totals.capacity(_other(first)), first)
    return _ratio(given_back, put_in)


def energy_efficiency(totals: CycleTotals, role: Role) -> Values:
    """Energy given on discharge over energy taken on charge, of the pairs of the coulombic efficiency.

    Parameters
    ----------
    totals : CycleTotals
        Charge and energy by cycle.
    role : Role
        What the cell is.
    """
    first = FIRST[role]
    before, after = _paired(totals, totals.energy(first), totals.energy(_other(first)), first)
    return _ratio(before, after) if first == "discharge" else _ratio(after, before)


def mean_voltage(totals: CycleTotals, direction: Direction) -> Values:
    """Energy over charge of one direction, V.

    Parameters
    ----------
    totals : CycleTotals
        Charge and energy by cycle.
    direction : {"discharge", "charge"}
        Of the cell.
    """
    return _ratio(totals.energy(direction), totals.capacity(direction))


def voltage_hysteresis(totals: CycleTotals) -> Values:
    """Mean voltage on charge minus that on discharge of the same cycle, V.

    Parameters
    ----------
    totals : CycleTotals
        Charge and energy by cycle.
    """
    return mean_voltage(totals, "charge") - mean_voltage(totals, "discharge")


def delivered(totals: CycleTotals, role: Role | None) -> tuple[Direction, Values]:
    """The direction that gives back what was stored, and its capacities; discharge where no role is known.

    Parameters
    ----------
    totals : CycleTotals
        Charge and energy by cycle.
    role : Role, optional
        What the cells are; without it there is no efficiency.
    """
    direction: Direction = "discharge" if role is None else _other(FIRST[role])
    return direction, totals.capacity(direction)


def mean_coulombic_efficiency(totals: CycleTotals, role: Role, *, first: int) -> float:
    """Mean coulombic efficiency of the cycles from ``first`` to the last, for totals of one cell.

    Between cycles that are not there (a simulation that skips some) it is interpolated, so that each
    cycle counts once. NaN where no cycle from ``first`` on has an efficiency.

    Parameters
    ----------
    totals : CycleTotals
        Charge and energy by cycle.
    role : Role
        What the cell is.
    first : int
        The cycle that the mean begins with.
    """
    ratio = coulombic_efficiency(totals, role)
    known = np.isfinite(ratio) & (totals.cycle >= first)
    if not known.any():
        return float("nan")
    each = np.arange(first, totals.cycle[known][-1] + 1)
    return float(np.interp(each, totals.cycle[known], ratio[known]).mean())


def _other(direction: Direction) -> Direction:
    return "charge" if direction == "discharge" else "discharge"


def _paired(
    totals: CycleTotals, put_in: Values, given_back: Values, first: Direction
) -> tuple[Values, Values]:
    """What was put in, and what the next half-cycle gave back, by the cycle it was put in."""
    in_order = totals.discharge_first == (first == "discharge")
    later = np.full_like(given_back, np.nan)
    next_in_line = np.diff(totals.cycle) == 1
    later[..., :-1] = np.where(next_in_line & ~in_order[1:], given_back[..., 1:], np.nan)
    return put_in, np.where(in_order, given_back, later)


def _ratio(over: Values, under: Values) -> Values:
    return np.asarray(np.divide(over, under, out=np.full(np.shape(over), np.nan), where=under > 0.0))


def at_half_capacity(voltage: Values, passed: Values) -> float:
    """Voltage where half of the charge has passed (``passed`` from zero, rising); NaN where none has.

    Interpolated between the rows on either side.

    Parameters
    ----------
    voltage : array (rows,)
        V.
    passed : array (rows,)
        Charge from the start of the half-cycle, rising, in any unit.
    """
    if not len(passed) or not passed[-1] > 0.0:
        return float("nan")
    half = 0.5 * passed[-1]
    after = int(np.searchsorted(passed, half))
    if after == 0:
        return float(voltage[0])
    gained = passed[after] - passed[after - 1]
    share = (half - passed[after - 1]) / gained if gained > 0.0 else 0.0
    return float(voltage[after - 1] + share * (voltage[after] - voltage[after - 1]))
