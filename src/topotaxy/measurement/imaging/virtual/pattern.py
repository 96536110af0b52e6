"""Diffraction patterns: a round area of a slab, a camera, and the pattern of the wave behind the slab."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from topotaxy.measurement.imaging.record import Floats
from topotaxy.measurement.imaging.virtual.electrons import wavelength
from topotaxy.measurement.imaging.virtual.multislice import exit_wave
from topotaxy.measurement.imaging.virtual.slab import Slab

EDGE = 0.1
"""Width over which the aperture fades, share of its diameter: a hard edge makes rings about the beams."""


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A square camera in the diffraction plane.

    Attributes
    ----------
    pixels:
        Along each side.
    reach:
        Frequency at the middle of the sides, 1/Å.
    """

    pixels: int
    reach: float

    @property
    def pixel(self) -> float:
        """Size of a pixel, 1/Å."""
        return 2.0 * self.reach / self.pixels


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What a camera sees.

    Attributes
    ----------
    values:
        Share of the electrons in each pixel, (pixels, pixels); their sum is at most 1.
    centre:
        Row and column of the direct beam, (2,), in pixels.
    scattered:
        Kinematic probability that an electron is scattered, which may be above 1: where it is not small,
        kinematic intensities are not right. NaN for a dynamic pattern.
    """

    values: Floats
    centre: Floats
    scattered: float


def faded(distance: Floats, diameter: float) -> Floats:
    """Return what a round aperture lets through at distances from its middle; its edge fades as sin^2.

    Parameters
    ----------
    distance : array
        Å.
    diameter : float
        Where half of the amplitude passes, Å.
    """
    inside = np.clip(0.5 + (0.5 * diameter - distance) / (EDGE * diameter), 0.0, 1.0)
    return np.asarray(np.sin(0.5 * math.pi * inside) ** 2, dtype=np.float64)


def aperture_on(shape: tuple[int, int], edges: Floats, diameter: float) -> Floats:
    """Return what an aperture in the middle lets through on the points of a grid, (rows, columns).

    Parameters
    ----------
    shape : (rows, columns)
        Of the grid.
    edges : array (2,)
        Å.
    diameter : float
        Å.
    """
    down, across = (
        np.arange(n) * float(side) / n - 0.5 * float(side) for n, side in zip(shape, edges, strict=True)
    )
    return faded(np.hypot(down[:, None], across[None]), diameter)


def seen_area(slab: Slab, diameter: float) -> Slab:
    """Return a slab repeated across the beam as often as an aperture in its middle needs.

    Parameters
    ----------
    slab : Slab
        Periodic across the beam.
    diameter : float
        Of the aperture, Å.
    """
    counts = np.maximum(1, np.ceil(diameter * (1.0 + EDGE) / slab.edges - 1e-9).astype(int))
    if (counts == 1).all():
        return slab
    shifts = [slab.edges * np.array([i, j]) for i in range(counts[0]) for j in range(counts[1])]
    return replace(
        slab,
        places=np.concatenate([slab.places + shift for shift in shifts]),
        depths=np.tile(slab.depths, len(shifts)),
        elements=np.tile(slab.elements, len(shifts)),
        edges=slab.edges * counts,
    )


def parts_of(camera: Camera, diameter: float) -> int:
    """Return into how many points along each side a pixel is divided, so that the window holds the aperture.

    Parameters
    ----------
    camera : Camera
        Size of a pixel.
    diameter : float
        Of the aperture, Å.
    """
    return max(1, math.ceil(diameter * (1.0 + EDGE) * camera.pixel - 1e-9))


def on_camera(fine: Floats, camera: Camera, spread: float, scattered: float) -> Pattern:
    """Return the pattern of intensities on points, zero frequency at n // 2 of each side.

    Parameters
    ----------
    fine : array (n, n)
        n is a multiple of the camera's pixels.
    camera : Camera
        In the diffraction plane.
    spread : float
        Blur by divergence and camera, one standard deviation, 1/Å.
    scattered : float
        See :class:`Pattern`.
    """
    from scipy import ndimage

    parts = len(fine) // camera.pixels
    blurred = ndimage.gaussian_filter(fine, spread / camera.pixel * parts, mode="constant")
    pixels = blurred.reshape(camera.pixels, parts, camera.pixels, parts).sum(axis=(1, 3))
    centre = (len(fine) // 2 + 0.5) / parts - 0.5
    return Pattern(values=np.maximum(pixels, 0.0), centre=np.full(2, centre), scattered=scattered)


def dynamic_pattern(
    slab: Slab, camera: Camera, *, voltage: float, diameter: float, spread: float, thermal: float
) -> Pattern:
    """Return the pattern of a round area from the wave behind a slab; atoms that move only weaken its beams.

    Parameters
    ----------
    slab : Slab
        Atoms.
    camera : Camera
        In the diffraction plane.
    voltage : float
        V.
    diameter : float
        Of the aperture, Å.
    spread : float
        See :func:`on_camera`.
    thermal : float
        Root of the mean square displacement of atoms along one axis, Å.
    """
    area = seen_area(slab, diameter)
    # Waves go to two thirds of the grid's frequencies; beams beyond the camera scatter back into it.
    wave = exit_wave(area, voltage=voltage, thermal=thermal, step=min(0.25, 1.0 / (4.0 * camera.reach)))
    shape = (wave.values.shape[0], wave.values.shape[1])
    stop = aperture_on(shape, area.edges, diameter)
    side = camera.pixels * parts_of(camera, diameter)
    point = 2.0 * camera.reach / side
    g = (np.arange(side) - side // 2) * point
    # At the camera's own frequencies, which are not those of the grid: a product with two matrices of waves.
    down, across = (
        np.exp(-2j * math.pi * np.outer(g, np.arange(n) * float(edge) / n)).astype(np.complex64)
        for n, edge in zip(shape, area.edges, strict=True)
    )
    amplitude = down @ (wave.values * stop.astype(np.float32)) @ across.T
    power = amplitude.real.astype(np.float64) ** 2 + amplitude.imag.astype(np.float64) ** 2
    cell = float(area.edges.prod()) / math.prod(shape)
    lit = float((stop**2).sum()) * cell
    return on_camera(power * (cell * point) ** 2 / lit, camera, spread, math.nan)


def divergence_spread(divergence: float, camera: Camera, voltage: float) -> float:
    """Return the blur of a pattern, 1/Å: that of the divergence, and at least 0.6 pixels of the camera.

    Parameters
    ----------
    divergence : float
        One standard deviation along one axis, rad.
    camera : Camera
        A camera spreads a point over its neighbours; 0.6 pixels is an estimate.
    voltage : float
        V.
    """
    return max(divergence / wavelength(voltage), 0.6 * camera.pixel)
