"""Annular dark field of a scanned beam: a fast incoherent model, and multislice of every point.

The fast model: every atom scatters as Z^1.7, blurred by the beam. It knows no channelling and no multiple
scattering, so contrast is not quantitative; the places of columns are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.record import MOST_PIXELS, Floats
from topotaxy.measurement.imaging.virtual.deposition import (
    deposited,
    frequencies,
    grid_for,
    undone,
    workers,
)
from topotaxy.measurement.imaging.virtual.electrons import atomic_number, wavelength
from topotaxy.measurement.imaging.virtual.lens import Lens, aberration
from topotaxy.measurement.imaging.virtual.multislice import (
    Wave,
    band_limit,
    boundaries,
    phases,
    propagator,
    transmission,
)
from topotaxy.measurement.imaging.virtual.slab import Slab

EXPONENT = 1.7
"""Of the atomic number in annular dark-field intensity; 1.6 to 2 by detector angles (D. O. Klenov,
S. Stemmer, Ultramicroscopy 106 (2006) 889, doi:10.1016/j.ultramic.2006.03.007)."""
GRID = 0.2
"""Spacing of the grid on which the object is computed, Å."""
WINDOW = 12.0
"""Side of the window about a beam, Å, beside what it spreads in the slab."""
SLICE = 2.0
"""Thickness of a slice for beams, Å."""
BATCH = 16
MOST_STEPS = 4e6
"""Points times slices times configurations: beyond it a scan would take many hours."""
MOST_MEMORY = 2**31
"""Bytes of the slices' transmission functions."""


@dataclass(frozen=True, kw_only=True)
class Beam:
    """A focused beam and its detector.

    Attributes
    ----------
    voltage:
        V.
    lens:
        Defocus and spherical aberration of the lens before the slab; its aperture is the half angle of
        convergence.
    inner, outer:
        Half angles of the detector, rad.
    """

    voltage: float
    lens: Lens
    inner: float
    outer: float


def incoherent_image(slab: Slab, width: float) -> Floats:
    """Return the dark field of the fast model on a periodic grid over the slab, (rows, columns).

    Parameters
    ----------
    slab : Slab
        Atoms.
    width : float
        Blur by beam, source and thermal motion, one standard deviation, Å.

    Raises
    ------
    InputError
        Where the slab is too large for one image.
    """
    from scipy import fft

    shape = grid_for(slab.edges, GRID)
    if math.prod(shape) > MOST_PIXELS:
        height, wide = slab.edges
        raise InputError(f"a slab of {height:.0f} x {wide:.0f} Å is too large for one image")
    symbols, which = np.unique(slab.elements, return_inverse=True)
    strength = np.array([float(atomic_number(str(symbol))) ** EXPONENT for symbol in symbols])[which]
    grid = deposited(slab.places / slab.edges * np.array(shape), strength, shape)
    rows, columns = frequencies(shape, slab.edges, half=True)
    spline = undone(shape)
    down, across = (
        np.exp(-2.0 * (math.pi * width * k) ** 2) * one
        for k, one in ((rows, spline[0][:, None]), (columns, spline[1][None]))
    )
    transform = fft.rfft2(grid.astype(np.float64), workers=workers()) * down * across
    return np.asarray(np.maximum(fft.irfft2(transform, s=shape, workers=workers()), 0.0), dtype=np.float64)


def multislice_scan(
    slab: Slab,
    places: Floats,
    beam: Beam,
    *,
    thermal: float,
    configurations: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the share of the electrons that reaches the detector from each place of the beam, (n,).

    Frozen phonons: the mean over configurations of atoms displaced at random (R. F. Loane, P. Xu, J. Silcox,
    Acta Cryst. A 47 (1991) 267, doi:10.1107/S0108767391000375).

    Parameters
    ----------
    slab : Slab
        Atoms.
    places : array (n, 2)
        Of the beam, Å from the first corner.
    beam : Beam
        Voltage, lens and detector.
    thermal : float
        Root of the mean square displacement of atoms along one axis, Å.
    configurations : int
        Of displaced atoms.
    rng : numpy Generator
        Of the displacements.

    Raises
    ------
    InputError
        Where it would take hours, or more memory than :data:`MOST_MEMORY`.
    """
    wave = wavelength(beam.voltage)
    step = 1.0 / (3.0 * beam.outer / wave)
    shape = grid_for(slab.edges, step)
    slices = len(boundaries(slab.depths, slab.thickness, SLICE)) - 1
    if len(places) * slices * configurations > MOST_STEPS:
        raise InputError(
            f"{len(places)} points, {slices} slices and {configurations} configurations are too many for "
            "multislice; scan less, or use the fast model"
        )
    if slices * math.prod(shape) * 8 > MOST_MEMORY:
        raise InputError("the slab is too large for a multislice scan; use a smaller piece of it")
    total = np.zeros(len(places))
    for _ in range(configurations):
        moved = _displaced(slab, thermal, rng)
        cuts = boundaries(slab.depths, slab.thickness, SLICE)
        turns = [_limited(one, slab) for one in phases(moved, shape, cuts, beam.voltage, 0.0)]
        thick = np.diff(cuts)
        for chosen, waves in _beams(slab, shape, places, beam):
            total[chosen] += _detected(waves, turns, thick, chosen, places, slab, shape, beam)
    return total / configurations


def _limited(phase: NDArray[np.float32], slab: Slab) -> Wave:
    """Transmission of a slice without the frequencies that would fold back onto the detector's angles."""
    from scipy import fft

    shape = (phase.shape[0], phase.shape[1])
    rows, columns = frequencies(shape, slab.edges, half=False)
    inside = rows**2 + columns**2 <= band_limit(shape, slab.edges) ** 2
    transform = fft.fft2(transmission(phase), workers=workers()) * inside
    return np.asarray(fft.ifft2(transform, workers=workers()), dtype=np.complex64)


def _displaced(slab: Slab, thermal: float, rng: np.random.Generator) -> Slab:
    """The slab with every atom moved at random across the beam; along it nothing changes."""
    if not thermal > 0.0:
        return slab
    moved = slab.places + rng.normal(0.0, thermal, slab.places.shape)
    return replace(slab, places=np.mod(moved, slab.edges))


def _window(slab: Slab, shape: tuple[int, int], beam: Beam) -> tuple[tuple[int, int], Floats]:
    """Points and edges of the window about a beam: at most the slab's period."""
    side = WINDOW + 2.0 * beam.lens.aperture * slab.thickness
    steps = slab.edges / np.array(shape)
    rows, columns = (min(n, 2 * math.ceil(0.5 * side / s)) for n, s in zip(shape, steps, strict=True))
    return (rows, columns), np.array([rows, columns]) * steps


def _beams(
    slab: Slab, shape: tuple[int, int], places: Floats, beam: Beam
) -> Iterator[tuple[NDArray[np.int64], Wave]]:
    """Batches of beams in their windows, of unit intensity, less than a step from the window's middle."""
    from scipy import fft

    points, edges = _window(slab, shape, beam)
    rows, columns = frequencies(points, edges, half=False)
    g = np.hypot(rows, columns)
    wave = wavelength(beam.voltage)
    # An aperture that ends between two frequencies of the window lets a part of the next one through.
    bin_angle = wave / float(edges.min())
    opened = np.clip((beam.lens.aperture - g * wave) / bin_angle + 0.5, 0.0, 1.0)
    pupil = opened * np.exp(-1j * aberration(g, beam.lens, beam.voltage))
    pupil /= math.sqrt(float((np.abs(pupil) ** 2).sum()))
    steps = slab.edges / np.array(shape)
    for first in range(0, len(places), BATCH):
        chosen = np.arange(first, min(first + BATCH, len(places)))
        part = places[chosen] / steps
        part = (part - np.floor(part) + np.array(points) // 2) * steps
        turn = np.exp(
            -2j * math.pi * (rows[None] * part[:, 0, None, None] + columns[None] * part[:, 1, None, None])
        )
        waves = fft.ifft2((pupil * turn).astype(np.complex64), workers=workers(), norm="forward")
        yield chosen, waves


def _detected(
    waves: Wave,
    turns: list[Wave],
    thick: Floats,
    chosen: NDArray[np.int64],
    places: Floats,
    slab: Slab,
    shape: tuple[int, int],
    beam: Beam,
) -> Floats:
    """Share of each beam of a batch on the detector behind the slab, (len(chosen),)."""
    from scipy import fft

    points, edges = _window(slab, shape, beam)
    corner = np.floor(places[chosen] / (slab.edges / np.array(shape))).astype(np.int64)
    rows = (corner[:, 0, None] - points[0] // 2 + np.arange(points[0])) % shape[0]
    columns = (corner[:, 1, None] - points[1] // 2 + np.arange(points[1])) % shape[1]
    cores = workers()
    transfers: dict[float, Wave] = {}
    for turn, distance in zip(turns, thick, strict=True):
        key = round(float(distance), 4)
        if key not in transfers:
            transfers[key] = propagator(points, edges, key, beam.voltage)
        for n in range(len(chosen)):
            waves[n] *= turn[rows[n][:, None], columns[n][None]]
        waves = fft.fft2(waves, workers=cores, overwrite_x=True)
        waves *= transfers[key]
        waves = fft.ifft2(waves, workers=cores, overwrite_x=True)
    far = fft.fft2(waves, workers=cores, norm="forward")
    down, across = frequencies(points, edges, half=False)
    angle = np.hypot(down, across) * wavelength(beam.voltage)
    ring = (angle >= beam.inner) & (angle <= beam.outer)
    power = far.real.astype(np.float64) ** 2 + far.imag.astype(np.float64) ** 2
    return np.asarray((power * ring).sum(axis=(1, 2)))
