"""The wave behind a slab: multislice with planes of atoms between the slices' boundaries.

J. M. Cowley, A. F. Moodie, Acta Cryst. 10 (1957) 609, doi:10.1107/S0365110X57002194; as in E. J. Kirkland,
Advanced Computing in Electron Microscopy, 3rd ed. (2020), chapter 6.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.record import Floats
from topotaxy.measurement.imaging.virtual.deposition import (
    deposited,
    frequencies,
    grid_for,
    undone,
    workers,
)
from topotaxy.measurement.imaging.virtual.electrons import interaction, scattering_factor, wavelength
from topotaxy.measurement.imaging.virtual.slab import Slab

STEP = 0.1
"""Of the grid, Å: with it the image agrees with one on a grid of a third of it to 0.9999 (tests/peers)."""
SLICE = 1.5
"""Thickness of a slice, Å, about; halving it changes the correlation of an image by 1e-4."""
BAND = 2.0 / 3.0
"""Share of the grid's frequencies that waves may have, so that products do not fold back (Kirkland, 6.8)."""

Wave = NDArray[np.complex64]


@dataclass(frozen=True, kw_only=True)
class ExitWave:
    """A wave behind a slab.

    Attributes
    ----------
    values:
        (rows, columns), 1 for the wave without a slab.
    edges:
        (2,), height and width, Å.
    voltage:
        Of the beam, V.
    """

    values: Wave
    edges: Floats
    voltage: float


def boundaries(depths: Floats, thickness: float, target: float) -> Floats:
    """Return the depths between which slices lie, (n + 1,), Å, in the widest gaps near an even division.

    Parameters
    ----------
    depths : array (n,)
        Of the atoms, Å.
    thickness : float
        Of the slab, Å.
    target : float
        Thickness of a slice, Å.
    """
    count = max(1, round(thickness / target))
    even = np.linspace(0.0, thickness, count + 1)
    order = np.unique(np.concatenate([depths, [0.0, thickness]]))
    middle, gap = 0.5 * (order[1:] + order[:-1]), np.diff(order)
    found = even.copy()
    reach = 0.5 * thickness / count
    for number in range(1, count):
        first, last = np.searchsorted(middle, (even[number] - reach, even[number] + reach))
        if last > first:
            found[number] = middle[first + int(np.argmax(gap[first:last]))]
    return found


def phases(
    slab: Slab,
    shape: tuple[int, int],
    cuts: Floats,
    voltage: float,
    thermal: float,
    band: float | None = None,
) -> Iterator[NDArray[np.float32]]:
    """Yield the phase that each slice gives to the wave, (rows, columns), rad.

    Parameters
    ----------
    slab : Slab
        Atoms.
    shape : (rows, columns)
        Of the grid over the edges of the slab.
    cuts : array (n + 1,)
        Depths between which slices lie, Å.
    voltage : float
        Of the beam, V.
    thermal : float
        Root of the mean square displacement of atoms along one axis, Å; the potential is its mean over it.
    band : float, optional
        Largest frequency that is kept, 1/Å.
    """
    from scipy import fft

    cores = workers()
    rows, columns = frequencies(shape, slab.edges, half=True)
    squares = rows**2 + columns**2
    spline = undone(shape)
    # Products over a grid point's area: atoms per area times f times lambda gamma is a phase.
    scale = interaction(voltage) * math.prod(shape) / float(slab.edges.prod())
    common = scale * spline[0][:, None] * spline[1][None] * np.exp(-2.0 * (math.pi * thermal) ** 2 * squares)
    if band is not None:
        common = np.where(squares <= band**2, common, 0.0)
    lengths = np.sqrt(squares)
    kinds = np.unique(slab.elements)
    factors = {
        str(kind): (scattering_factor(str(kind), lengths) * common).astype(np.float32) for kind in kinds
    }
    steps = slab.places / slab.edges * np.array(shape)
    number = np.clip(np.searchsorted(cuts, slab.depths, side="right") - 1, 0, len(cuts) - 2)
    for slice_ in range(len(cuts) - 1):
        inside = number == slice_
        total: NDArray[np.complex64] | None = None
        for kind in np.unique(slab.elements[inside]):
            places = steps[inside & (slab.elements == kind)]
            one = fft.rfft2(deposited(places, None, shape), workers=cores) * factors[str(kind)]
            total = one if total is None else total + one
        if total is None:
            yield np.zeros(shape, dtype=np.float32)
        else:
            yield fft.irfft2(total, s=shape, workers=cores).astype(np.float32, copy=False)


def transmission(phase: NDArray[np.float32]) -> Wave:
    """Return exp(i phase) in single precision, (rows, columns).

    Parameters
    ----------
    phase : array (rows, columns)
        rad.
    """
    wave = np.empty(phase.shape, dtype=np.complex64)
    np.cos(phase, out=wave.real)
    np.sin(phase, out=wave.imag)
    return wave


def propagator(shape: tuple[int, int], edges: Floats, distance: float, voltage: float) -> Wave:
    """Return the transfer of free space in the paraxial approximation, limited to :data:`BAND`.

    Parameters
    ----------
    shape : (rows, columns)
        Of the grid.
    edges : array (2,)
        Å.
    distance : float
        Å.
    voltage : float
        V.
    """
    rows, columns = frequencies(shape, edges, half=False)
    squares = rows**2 + columns**2
    turn = transmission((-math.pi * wavelength(voltage) * distance * squares).astype(np.float32))
    return np.where(squares <= band_limit(shape, edges) ** 2, turn, np.complex64(0.0))


def band_limit(shape: tuple[int, int], edges: Floats) -> float:
    """Return the largest frequency of waves on a grid, 1/Å.

    Parameters
    ----------
    shape : (rows, columns)
        Of the grid.
    edges : array (2,)
        Å.
    """
    return BAND * 0.5 * float((np.array(shape) / edges).min())


def exit_wave(
    slab: Slab,
    *,
    voltage: float,
    thermal: float = 0.0,
    step: float = STEP,
    slice_thickness: float = SLICE,
) -> ExitWave:
    """Return the wave behind a slab for a plane wave along the beam.

    Parameters
    ----------
    slab : Slab
        Atoms.
    voltage : float
        Of the beam, V.
    thermal : float
        See :func:`phases`.
    step, slice_thickness : float
        Largest step of the grid and about the thickness of a slice, Å.
    """
    from scipy import fft

    cores = workers()
    shape = grid_for(slab.edges, step)
    cuts = boundaries(slab.depths, slab.thickness, slice_thickness)
    wave = np.ones(shape, dtype=np.complex64)
    transfer, known = None, math.nan
    middles = 0.5 * (cuts[1:] + cuts[:-1])
    ends = np.append(middles, slab.thickness)
    for number, phase in enumerate(phases(slab, shape, cuts, voltage, thermal)):
        wave *= transmission(phase)
        distance = float(ends[number + 1] - ends[number])
        if transfer is None or abs(distance - known) > 1e-6:
            transfer, known = propagator(shape, slab.edges, distance, voltage), distance
        wave = fft.fft2(wave, workers=cores, overwrite_x=True)
        wave *= transfer
        wave = fft.ifft2(wave, workers=cores, overwrite_x=True)
    return ExitWave(values=wave, edges=slab.edges, voltage=voltage)
