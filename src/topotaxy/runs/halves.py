"""Half-cycles of a simulation as a cycler would have recorded them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import SECONDS_PER_HOUR
from topotaxy.measurement.cycling.checking import checked
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Direction

Values = NDArray[np.float64]

MASS = 1.0
"""Grams of active material in a simulated cell: a run knows capacities per gram only."""
DIRECTIONS: tuple[Direction, Direction] = ("discharge", "charge")
_COUNTER = {"discharge": "discharging", "charge": "charging"}


@dataclass(frozen=True, kw_only=True)
class Half:
    """One half-cycle of a simulation: ``current`` in A/g, ``capacity`` in mAh/g, ``energy`` in mWh/g.

    ``curve`` is charge (points,) in mAh/g and voltage (points,) in V, None where none was kept.
    """

    cycle: int
    direction: Direction
    current: float
    capacity: float
    energy: float
    curve: tuple[Values, Values] | None = None


def record_of_halves(
    halves: Sequence[Half],
    *,
    source: str,
    format: str,
    instrument: str,
    reference: str | None,
    notes: tuple[str, ...] = (),
    missing_cycles: str = "refuse",
) -> CyclingRecord:
    """Return the record of half-cycles in their order, of :data:`MASS` grams.

    Time follows from the charge at the current of each half-cycle. Capacity and energy are those of the
    simulation; a half-cycle without a curve has two rows at its mean voltage.

    Parameters
    ----------
    halves : sequence of Half
        Half-cycles in the order of time.
    source, format, instrument : str
        What the record says of itself.
    reference : str or None
        Electrode that voltages are against.
    notes : tuple of str
        What a reader of the record should know.
    missing_cycles : str
        ``refuse`` or ``note``: what is done about numbers of cycles that are not there.
    """
    # Numbers of a damaged dataset may be as large as they like: what is not finite in the end is refused.
    with np.errstate(all="ignore"):
        parts = _columns(halves)
    return checked(
        {name: np.concatenate(values) for name, values in parts.items()},
        source=source,
        format=format,
        instrument=instrument,
        notes=notes,
        mass=MASS,
        basis="active material",
        reference=reference,
        missing_cycles=missing_cycles,
        origin="simulated",
    )


def _columns(halves: Sequence[Half]) -> dict[str, list[Values]]:
    """Columns by their Battery Data Format names, an array a half-cycle: of a cell of :data:`MASS` grams."""
    parts: dict[str, list[Values]] = {}
    clock = 0.0
    counted: dict[str, tuple[float, float]] = {}
    cycle = None
    for step, half in enumerate(halves, start=1):
        if half.cycle != cycle:
            cycle, counted = half.cycle, dict.fromkeys(DIRECTIONS, (0.0, 0.0))
        capacity, whole = 1e-3 * MASS * half.capacity, 1e-3 * MASS * half.energy
        charge, voltage = _curve(half, capacity)
        energy = _energy(charge, voltage, whole)
        rows = np.ones(len(charge))
        columns = {
            "test_time_second": clock + SECONDS_PER_HOUR * charge / (half.current * MASS),
            "voltage_volt": voltage,
            "current_ampere": (-1.0 if half.direction == "discharge" else 1.0) * half.current * MASS * rows,
            "cycle_count": float(half.cycle) * rows,
            "step_count": float(step) * rows,
        }
        for direction in DIRECTIONS:
            here = direction == half.direction
            passed, given = counted[direction]
            columns[f"{_COUNTER[direction]}_capacity_ah"] = charge if here else passed * rows
            columns[f"{_COUNTER[direction]}_energy_wh"] = energy if here else given * rows
        for name, values in columns.items():
            parts.setdefault(name, []).append(values)
        counted[half.direction] = (capacity, whole)
        clock = float(columns["test_time_second"][-1])
    return parts


def _curve(half: Half, capacity: float) -> tuple[Values, Values]:
    """Charge (Ah) and voltage of a half-cycle."""
    if half.curve is not None:
        charge, voltage = half.curve
        known = np.isfinite(charge) & np.isfinite(voltage)
        if known.any():
            passed = np.minimum(np.maximum.accumulate(1e-3 * MASS * charge[known]), capacity)
            # The curve's own end may differ from the capacity in the last digit.
            passed[-1] = capacity
            return passed, voltage[known]
    mean = half.energy / half.capacity if half.capacity > 0.0 else 0.0
    return np.array([0.0, capacity]), np.array([mean, mean])


def _energy(charge: Values, voltage: Values, whole: float) -> Values:
    """Energy passed at each row: the run's own in the end, shared out as the voltages of the curve do.

    The voltage of a row is the mean over time until the next one. Weighted with time, as the run's
    mean is, rather than with charge, the sum over the curve of a small box differs by the noise of
    single electrons.
    """
    passed = np.concatenate([[0.0], np.cumsum(voltage[:-1] * np.diff(charge))])
    if passed[-1] > 0.0 and whole > 0.0:
        return np.asarray(np.minimum(passed * (whole / passed[-1]), whole))
    return np.linspace(0.0, whole, len(charge), dtype=np.float64)
