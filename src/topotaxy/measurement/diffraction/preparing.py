"""From a record to what is fitted: the range, the variance of a point, the beam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.beam import Beam
from topotaxy.measurement.diffraction.data import Data, smoothed
from topotaxy.measurement.diffraction.lines import emission, mean_of_doublet
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.record import Pattern

Floats = NDArray[np.float64]

LEAST_POINTS = 60
"""Fewer points in the range are not fitted."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Data in the range wanted, with remarks on what their uncertainties rest on."""

    data: Data
    kept: NDArray[np.bool_]
    remarks: tuple[str, ...]


def prepared(pattern: Pattern, options: Options) -> Prepared:
    """Return the points to fit and the variance of each.

    Counts have the variance of their expectation; counts/s need the dwell; deviations of a file give the
    variance per unit of intensity, smoothed, so that the weights still come from the model. Where a file says
    nothing, the noise is taken from differences of neighbours.

    Parameters
    ----------
    pattern : Pattern
        A powder pattern: axis and intensity as measured.
    options : Options
        What the user states of radiation, axis, phases and sample.

    Raises
    ------
    InputError
        Where fewer than :data:`LEAST_POINTS` points are left.
    """
    x, y = pattern.x, pattern.intensity
    kept = np.ones(len(x), dtype=bool)
    if options.axis_start is not None:
        kept &= x >= options.axis_start
    if options.axis_end is not None:
        kept &= x <= options.axis_end
    for low, high in options.excluded():
        kept &= (x < low) | (x > high)
    # Blank ends (a beam stop, a detector's gap) say nothing.
    if kept.sum() < LEAST_POINTS:
        raise InputError(
            f"{int(kept.sum())} points are left in the range wanted: too few to fit", where=pattern.source
        )
    x, y = x[kept], y[kept]
    remarks: list[str] = []
    level = np.maximum(smoothed(y, 15), 1e-12)
    if pattern.esd is not None and pattern.intensity_unit != "counts":
        ratio = pattern.esd[kept] ** 2 / level
        per_count = _running_median(ratio, 201)
        remarks.append(
            "weights: the file's standard deviations, as variance per unit of the model's intensity"
        )
    elif pattern.intensity_unit == "counts":
        per_count = np.ones(len(x))
        if pattern.esd is not None:
            ratio = pattern.esd[kept] ** 2 / level
            if abs(float(np.median(ratio)) - 1.0) > 0.1:
                # Means over several counters are less uncertain than one count.
                per_count = _running_median(ratio, 51)
    elif pattern.intensity_unit == "counts/s" and pattern.dwell:
        per_count = np.full(len(x), 1.0 / pattern.dwell)
    else:
        per_count = np.full(len(x), noise_per_unit(x, y))
        remarks.append(
            "neither counts nor deviations are known: the noise is estimated from neighbouring points"
        )
    per_count = np.maximum(per_count, 1e-12)
    floor = max(float(np.median(per_count)), 1e-9)
    return Prepared(data=Data(x=x, y=y, per_count=per_count, floor=floor), kept=kept, remarks=tuple(remarks))


def noise_per_unit(x: Floats, y: Floats) -> float:
    """Return the variance per unit of intensity, from second differences in the flatter half.

    Parameters
    ----------
    x : array (n,)
        Axis of the pattern.
    y : array (n,)
        Intensity.
    """
    second = y[2:] - 2.0 * y[1:-1] + y[:-2]
    level = np.maximum(smoothed(y, 15)[1:-1], 1e-12)
    flat = level <= np.median(level)
    # A second difference of independent points has six times the variance of one; 0.4549 = median of χ²₁.
    return float(np.median(second[flat] ** 2 / level[flat]) / 6.0 / 0.4549)


def _running_median(values: Floats, width: int) -> Floats:
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(values, size=min(width, len(values)), mode="nearest"), dtype=float)


def beam(pattern: Pattern, options: Options) -> tuple[Beam, tuple[str, ...]]:
    """Return the beam of a pattern and what was taken from where.

    Parameters
    ----------
    pattern : Pattern
        A powder pattern: axis and intensity as measured.
    options : Options
        What the user states of radiation, axis, phases and sample.

    Raises
    ------
    InputError
        Where the radiation or the wavelength is not known.
    """
    remarks: list[str] = []
    lines = pattern.lines
    radiation = pattern.radiation
    if radiation is None and pattern.anode:
        radiation = "X-ray"
    if radiation is None:
        raise InputError("does not say X-ray or neutron: give the option radiation", where=pattern.source)
    if not lines and pattern.anode:
        raise InputError(
            f"names the anode {pattern.anode} and no wavelength: give the option emission, as in "
            f"'{pattern.anode} Ka' (both lines) or '{pattern.anode} Ka1'",
            where=pattern.source,
        )
    if not lines:
        raise InputError("states no wavelength: give the option wavelength or emission", where=pattern.source)
    if radiation == "X-ray" and len(lines) == 1 and (name := mean_of_doublet(lines[0][0])) is not None:
        lines = emission(name)
        remarks.append(f"the wavelength is the mean of {name}: both lines are used, as it fits neither")
    polarisation = pattern.polarisation
    if polarisation is None:
        polarisation = 1.0
        if radiation == "X-ray":
            remarks.append("polarisation is not known: taken as that of a tube without monochromator")
    return (
        Beam(
            radiation=radiation,
            lines=lines,
            polarisation=polarisation,
            absorption=options.cylinder_absorption or 0.0,
        ),
        tuple(remarks),
    )


def two_theta(pattern: Pattern, wavelength: float) -> Floats:
    """Return 2θ of a record's axis, degrees.

    Parameters
    ----------
    pattern : Pattern
        A powder pattern: axis and intensity as measured.
    wavelength : float
        Å.

    Raises
    ------
    InputError
        Where the axis is no angle and cannot be one at this wavelength.
    """
    if pattern.axis == "two_theta":
        return pattern.x
    if pattern.axis == "q":
        sine = pattern.x * wavelength / (4.0 * math.pi)
    elif pattern.axis == "d":
        raise InputError("an axis of d is not fitted: give the pattern over 2θ or q", where=pattern.source)
    else:
        raise InputError(f"an axis of {pattern.axis} is not fitted by a powder pattern", where=pattern.source)
    if sine[-1] >= 1.0:
        raise InputError(
            f"q up to {pattern.x[-1]:g} Å⁻¹ cannot be reached with {wavelength:g} Å: is q in nm⁻¹?",
            where=pattern.source,
        )
    return np.degrees(2.0 * np.arcsin(sine))
