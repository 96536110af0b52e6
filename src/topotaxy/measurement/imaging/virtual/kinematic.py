"""Kinematic diffraction of a slab of any size: first Born approximation on Ewald's sphere.

Beside the coherent sum there is the diffuse background of atoms that move by themselves (Einstein's model;
J. M. Cowley, Diffraction Physics, 3rd ed. (1995), section 7.2).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.record import Floats
from topotaxy.measurement.imaging.virtual.deposition import deposited, frequencies, undone, workers
from topotaxy.measurement.imaging.virtual.electrons import interaction, scattering_factor, wavelength
from topotaxy.measurement.imaging.virtual.pattern import (
    Camera,
    Pattern,
    aperture_on,
    faded,
    on_camera,
    parts_of,
    seen_area,
)
from topotaxy.measurement.imaging.virtual.slab import Slab

OVERSAMPLED = 1.5
"""Frequency of the grid over that at the pattern's edge: ghosts of the grid are then below 0.4 %."""
CURVED = 0.7
"""Largest phase by the curvature of Ewald's sphere from the middle of a slice to its faces, rad: amplitudes
at the pattern's edge are 8 % low, at two thirds of the way 1.5 %."""
MOST_SLICES = 64


def kinematic_pattern(
    slab: Slab, camera: Camera, *, voltage: float, diameter: float, spread: float, thermal: float
) -> Pattern:
    """Return the kinematic diffraction pattern of a round area in the middle of a slab.

    Parameters
    ----------
    slab : Slab
        Atoms.
    camera : Camera
        In the diffraction plane.
    voltage : float
        V.
    diameter : float
        Of the aperture, or of the beam, Å.
    spread : float
        Blur by divergence and camera, one standard deviation, 1/Å.
    thermal : float
        Root of the mean square displacement of atoms along one axis, Å.
    """
    from scipy import fft

    area = seen_area(slab, diameter)
    side = camera.pixels * parts_of(camera, diameter)
    window = np.full(2, side / (2.0 * camera.reach))
    points = int(fft.next_fast_len(math.ceil(side * OVERSAMPLED), real=True))
    weight = faded(np.sqrt(((area.places - 0.5 * area.edges) ** 2).sum(axis=1)), diameter)
    lit = weight > 0.0
    steps = (area.places[lit] - 0.5 * area.edges + 0.5 * window) / window * points
    atoms = _Atoms(steps, area.depths[lit] / area.thickness, area.elements[lit], weight[lit])
    right, left, g = _amplitudes(atoms, points, window, camera.reach, area.thickness, voltage, thermal)
    stop = aperture_on((points, points), window, diameter)
    passed = float((stop**2).mean() * window.prod())
    scale = interaction(voltage) ** 2 / (passed * float(window.prod()))
    loose = (1.0 - np.exp(-4.0 * (math.pi * thermal * g) ** 2)) * atoms.squares(g)
    fine = np.zeros((side, side))
    for sign, half in ((1, right), (-1, left)):
        power = half.real.astype(np.float64) ** 2 + half.imag.astype(np.float64) ** 2
        _put(fine, scale * (power + loose), sign)
    scattered = float(fine.sum())
    fine += _direct_beam(stop, side)
    return on_camera(fine / (1.0 + scattered), camera, spread, scattered)


class _Atoms:
    """Lit atoms by element: places in steps of the grid, depths as shares of the slab, weights."""

    def __init__(self, steps: Floats, depths: Floats, elements: NDArray[np.str_], weights: Floats) -> None:
        self.kinds: dict[str, tuple[Floats, Floats, Floats]] = {}
        for kind in np.unique(elements):
            mine = np.flatnonzero(elements == kind)
            mine = mine[np.argsort(depths[mine], kind="stable")]
            self.kinds[str(kind)] = (steps[mine], depths[mine], weights[mine])

    def squares(self, g: Floats) -> Floats:
        """Sum over atoms of (weight f)^2, Å^2, in the shape of g."""
        total = np.zeros_like(g)
        for kind, (_, _, weights) in self.kinds.items():
            total += float((weights**2).sum()) * scattering_factor(kind, g) ** 2
        return total


def _amplitudes(
    atoms: _Atoms,
    points: int,
    window: Floats,
    reach: float,
    thickness: float,
    voltage: float,
    thermal: float,
) -> tuple[NDArray[np.complex64], NDArray[np.complex64], Floats]:
    """Amplitudes (Å) at frequencies g with columns from zero on, at -g, and |g|; rows from -n/2 on.

    A slice at depth z scatters with the phase pi lambda g^2 z. The sum over atoms of a slice at -g is the
    conjugate of that at g, so one real transform gives both.
    """
    from scipy import fft

    cores = workers()
    shape = (points, points)
    rows, columns = frequencies(shape, window, half=True)
    half = round(reach * float(window[0]))
    near = np.arange(-half, half) % points
    wide = half + 1
    g2 = rows[near] ** 2 + columns[:, :wide] ** 2
    spline = undone(shape)
    damped = spline[0][near, None] * spline[1][None, :wide] * np.exp(-2.0 * (math.pi * thermal) ** 2 * g2)
    g = np.sqrt(g2)
    factors = {kind: (scattering_factor(kind, g) * damped).astype(np.float32) for kind in atoms.kinds}
    turn = math.pi * wavelength(voltage) * g2
    bend = math.pi * wavelength(voltage) * reach**2 * thickness
    slices = int(min(MOST_SLICES, max(1, math.ceil(bend / (2.0 * CURVED)))))
    right, left = np.zeros(g.shape, dtype=np.complex64), np.zeros(g.shape, dtype=np.complex64)
    for slice_ in range(slices):
        total = np.zeros(g.shape, dtype=np.complex64)
        for kind, (steps, depths, weights) in atoms.kinds.items():
            first, last = np.searchsorted(depths, (slice_ / slices, (slice_ + 1) / slices))
            if slice_ == slices - 1:
                last = len(depths)
            if last > first:
                grid = deposited(steps[first:last], weights[first:last], shape)
                along = fft.rfft(grid, axis=1, workers=cores)[:, :wide]
                total += fft.fft(along, axis=0, workers=cores)[near] * factors[kind]
        phase = (turn * ((slice_ + 0.5) / slices * thickness)).astype(np.float32)
        wave = np.cos(phase) + 1j * np.sin(phase)
        right += total * wave
        left += total * wave.conj()
    return right, left, g


def _put(fine: Floats, values: Floats, sign: int) -> None:
    """Put intensities of one half on the points; zero frequency is at n // 2, and is the direct beam's."""
    side, half = len(fine), values.shape[0] // 2
    middle = side // 2
    rows = middle + sign * np.arange(-half, half)
    columns = middle + sign * np.arange(values.shape[1])
    # The column of zero frequency is in both halves: each gives the rows of its own side.
    first = 0 if sign > 0 else 1
    down = (rows >= 0) & (rows < side)
    across = (columns >= 0) & (columns < side) & (np.arange(len(columns)) >= first)
    fine[np.ix_(rows[down], columns[across])] = values[np.ix_(down, across)]
    fine[middle, middle] = 0.0


def _direct_beam(stop: Floats, side: int) -> Floats:
    """The pattern of the aperture alone, (side, side); its sum over all frequencies is 1."""
    from scipy import fft

    power = np.abs(fft.fftshift(fft.fft2(stop))) ** 2
    first = len(power) // 2 - side // 2
    return np.asarray(power[first : first + side, first : first + side] / power.sum())
