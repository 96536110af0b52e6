"""Mass at the start and at the end of a record, and what is known of how well."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.thermogravimetry.record import Floats, ThermogravimetryRecord

FEWEST = 2
LEAST_VALUES = 5
"""Different masses that a record has to have before all of them on one grid are taken for rounded."""


@dataclass(frozen=True, kw_only=True)
class End:
    """A mean mass over a stretch of a record.

    Attributes
    ----------
    mass:
        In the record's unit.
    deviation:
        Standard error of it from the scatter from point to point, and from the last digit of the masses.
    slope:
        Change of the mass over the stretch, by a straight line, in the record's unit.
    temperature:
        Mean temperature of the stretch, K.
    points:
        How many points it has.
    """

    mass: float
    deviation: float
    slope: float
    temperature: float
    points: int


@dataclass(frozen=True, kw_only=True)
class MassChange:
    """Change of mass over the starting mass, with standard deviations of what scatters and of what drifts."""

    start: End
    end: End
    value: float
    uncertainty: float
    systematic: float


def mass_change_of(
    record: ThermogravimetryRecord, *, stretch: float, dry_at: float | None, drift: float
) -> MassChange:
    """Return the change of mass between start and end of a record.

    Parameters
    ----------
    record : ThermogravimetryRecord
        Time in s, temperature in K.
    stretch : float
        Seconds over which the mass is averaged at both ends.
    dry_at : float, optional
        Temperature, K, from whose first crossing on the start is taken.
    drift : float
        Standard deviation of the balance's drift over the run, mg; not used where the record knows no mg.

    Raises
    ------
    InputError
        Where the record never reaches ``dry_at``, or no mass is left to divide by.
    """
    begins = 0
    if dry_at is not None:
        above = np.flatnonzero(record.temperature >= dry_at)
        if not above.size or above[-1] == 0:
            raise InputError(f"never reaches {dry_at:.0f} K, at which it is to be dry", where=record.source)
        begins = int(above[0])
    clock = record.time
    first = _end(record, (clock >= clock[begins]) & (clock <= clock[begins] + stretch))
    last = _end(record, clock >= clock[-1] - stretch)
    if not first.mass > 0.0:
        raise InputError(f"starts at a mass of {first.mass:.4g} {record.unit}", where=record.source)
    ratio = last.mass / first.mass
    uncertainty = math.hypot(last.deviation, ratio * first.deviation) / first.mass
    # What the mass still does at the end is not known to stop: half of its change there counts as unknown.
    unsettled = 0.5 * abs(last.slope) if abs(last.slope) > 3.0 * _slope_noise(last) else 0.0
    systematic = math.hypot(drift if record.absolute else 0.0, unsettled) / first.mass
    return MassChange(
        start=first, end=last, value=ratio - 1.0, uncertainty=uncertainty, systematic=systematic
    )


def _end(record: ThermogravimetryRecord, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> End:
    rows = np.flatnonzero(chosen)
    if len(rows) < FEWEST:
        # Points far apart in time: the end point and its neighbour.
        at = int(rows[0])
        rows = np.array([at, at + 1] if at + 1 < len(record.time) else [at - 1, at])
    mass, time = record.mass[rows], record.time[rows]
    span = float(time[-1] - time[0])
    line = np.polynomial.Polynomial.fit(time, mass, 1) if span > 0.0 and len(rows) > 2 else None
    slope = float(line(time[-1]) - line(time[0])) if line is not None else 0.0
    scatter = _scatter(mass)
    return End(
        mass=float(mass.mean()),
        deviation=math.hypot(scatter / math.sqrt(len(rows)), _rounding(scatter, resolution_of(record.mass))),
        slope=slope,
        temperature=float(record.temperature[rows].mean()),
        points=len(rows),
    )


def resolution_of(mass: Floats) -> float:
    """Return the step to which masses are rounded, in their unit; 0 where none is seen.

    Parameters
    ----------
    mass : array (n,)
        All masses of a record.
    """
    values = np.unique(mass)
    if len(values) < LEAST_VALUES:
        return 0.0
    step = float(np.diff(values).min())
    multiples = (values - values[0]) / step
    # Equal values differ in their last bits after a change of unit, which makes no step.
    if step < 1e-9 * float(np.abs(values).max()) or np.abs(multiples - np.round(multiples)).max() > 0.01:
        return 0.0
    return step


def _rounding(scatter: float, step: float) -> float:
    """Return what rounding to a step leaves in a mean, one standard deviation.

    Noise of s before rounding takes the error of a mean from that of one value, step / sqrt(12), down by
    exp(-2 pi^2 s^2 / step^2): the first harmonic of the staircase (B. Widrow and I. Kollar, Quantization
    Noise (2008), on dither). The scatter of rounded values is taken for s.
    """
    if not step > 0.0:
        return 0.0
    return step / math.sqrt(12.0) * math.exp(-2.0 * (math.pi * scatter / step) ** 2)


def _scatter(mass: Floats) -> float:
    """Return the standard deviation from differences of neighbours, which no slow change enters."""
    return float(np.sqrt(np.mean(np.diff(mass) ** 2) / 2.0))


def _slope_noise(end: End) -> float:
    """Return what white noise alone gives the slope, one standard deviation: sqrt(12) times the mean's."""
    return math.sqrt(12.0) * end.deviation
