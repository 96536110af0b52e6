"""What a diffractometer recorded, real or virtual: one pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.scattering import Radiation

Floats = NDArray[np.float64]
Axis = Literal["two_theta", "q", "d", "tof", "r", "other"]

UNITS: dict[Axis, str] = {"two_theta": "°", "q": "Å⁻¹", "d": "Å", "tof": "µs", "r": "Å", "other": ""}
"""Unit of each axis in a record, whatever the file had."""

LEAST_POINTS = 5
"""Fewer points are no pattern."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One powder pattern, or one pair distribution function (axis ``r``).

    Attributes
    ----------
    axis, x:
        Which axis, and its values in the unit of :data:`UNITS`, strictly rising, (n,). ``other`` is an axis
        that is no diffraction axis (a pole figure's φ), kept so that it can be refused by name.
    intensity:
        (n,), as in the file, in ``intensity_unit``.
    esd:
        Standard deviations, (n,), or None where the file has none.
    intensity_unit:
        ``counts``, ``counts/s``, ``G`` for a pair distribution function, or empty where the file does not
        say.
    dwell:
        Counting time of a point, s, where it is known: counts/s times it are counts.
    radiation, lines:
        Kind, and wavelengths (Å) with weights; None and empty where the file does not say.
    anode:
        Of the tube, where the file names it and no wavelength.
    polarisation:
        Intensity in the scattering plane over that across it; None where the file does not say.
    bins:
        Whether ``x`` are centres of points (``centres``) or were edges of bins that the reader centred
        (``from edges``).
    title:
        Of the sample.
    temperature:
        K.
    time:
        Start, seconds of the epoch of the record's clock (the file's local time read as UTC).
    bank:
        Number of the bank of detectors, where the file numbers them; 0 where not.
    frame:
        Place in a series, from 1; 0 for a pattern alone.
    voltage, charge:
        Of the cell, V and mAh, where a cycler's record stood beside the series.
    state, cycle:
        Of the electrode, where it is known.
    """

    source: str
    format: str
    axis: Axis
    x: Floats
    intensity: Floats
    esd: Floats | None = None
    intensity_unit: Literal["counts", "counts/s", "G", ""] = ""
    dwell: float | None = None
    radiation: Radiation | None = None
    lines: tuple[tuple[float, float], ...] = ()
    anode: str = ""
    polarisation: float | None = None
    bins: Literal["centres", "from edges"] = "centres"
    title: str = ""
    instrument: str | None = None
    notes: tuple[str, ...] = ()
    origin: Literal["measured", "simulated"] = "measured"
    temperature: float | None = None
    time: float | None = None
    bank: int = 0
    frame: int = 0
    voltage: float | None = None
    charge: float | None = None
    state: Literal["pristine", "discharged", "charged"] | None = None
    cycle: int | None = None

    def __post_init__(self) -> None:
        """Check shapes and values.

        Raises
        ------
        InputError
            Where there are too few points, the axis does not rise, or a number is not finite.
        """
        count = len(self.x)
        if count < LEAST_POINTS:
            raise InputError(
                f"holds {count} points, too few for a pattern: it is cut short", where=self.source
            )
        if self.intensity.shape != self.x.shape or (self.esd is not None and self.esd.shape != self.x.shape):
            raise InputError("has columns of unequal length", where=self.source)
        for name, values in (("axis", self.x), ("intensity", self.intensity), ("esd", self.esd)):
            if values is not None and not np.isfinite(values).all():
                raise InputError(f"the {name} holds numbers that are not finite", where=self.source)
        if not (np.diff(self.x) > 0.0).all():
            place = int(np.argmin(np.diff(self.x) > 0.0)) + 1
            raise InputError(f"the axis does not rise at point {place + 1}", where=self.source)
        low, high = float(self.x[0]), float(self.x[-1])
        if self.axis == "two_theta" and not (low > -180.0 and high < 180.0):
            raise InputError(
                f"2θ from {low:g} to {high:g}° is no angle of a diffractometer", where=self.source
            )
        if self.axis in ("q", "d", "tof") and low < 0.0:
            raise InputError(f"the axis starts at {low:g}, below zero", where=self.source)

    @property
    def unit(self) -> str:
        """Unit of ``x``."""
        return UNITS[self.axis]

    @property
    def wavelength(self) -> float | None:
        """Of the first line, Å."""
        return self.lines[0][0] if self.lines else None


def rising(x: Floats, *columns: Floats | None) -> tuple[Floats | None, ...]:
    """Return an axis and its columns so that the axis rises: reversed where it falls.

    Parameters
    ----------
    x : array (n,)
        Axis of the pattern.
    *columns : arrays (n,), or None
    """
    if len(x) > 1 and x[0] > x[-1]:
        return (x[::-1].copy(), *(None if c is None else c[::-1].copy() for c in columns))
    return (x, *columns)
