"""The image of a wave: aberrations, aperture, and a beam that is coherent in part."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.imaging.record import Floats
from topotaxy.measurement.imaging.virtual.deposition import frequencies, workers
from topotaxy.measurement.imaging.virtual.electrons import wavelength
from topotaxy.measurement.imaging.virtual.multislice import ExitWave


@dataclass(frozen=True, kw_only=True)
class Lens:
    """An objective lens.

    Attributes
    ----------
    defocus:
        Å; positive is underfocus.
    spherical:
        Coefficient of spherical aberration of third order, Å.
    focal_spread:
        Of the defocus by spread of energy, voltage and current, one standard deviation, Å.
    divergence:
        Of the illumination, one standard deviation along one axis, rad.
    aperture:
        Half angle of the objective aperture, rad; none where infinite.
    """

    defocus: float = 0.0
    spherical: float = 0.0
    focal_spread: float = 0.0
    divergence: float = 0.0
    aperture: float = math.inf


def aberration(g: Floats, lens: Lens, voltage: float) -> Floats:
    """Return the phase chi of the lens, rad: pi lambda g^2 (Cs lambda^2 g^2 / 2 - defocus).

    O. Scherzer, J. Appl. Phys. 20 (1949) 20, doi:10.1063/1.1698233.

    Parameters
    ----------
    g : array
        1/Å.
    lens : Lens
        Defocus and spherical aberration count.
    voltage : float
        V.
    """
    wave = wavelength(voltage)
    squares = np.asarray(g, dtype=np.float64) ** 2
    return np.asarray(math.pi * wave * squares * (0.5 * lens.spherical * wave**2 * squares - lens.defocus))


def focal_series(lens: Lens, voltage: float, highest: float) -> list[tuple[float, float]]:
    """Return defoci (Å) and weights whose images add up to that of a beam with focal spread.

    Gauss-Hermite quadrature, with as many points as the turn of the phase at the highest frequency needs.

    Parameters
    ----------
    lens : Lens
        Mean defocus and spread.
    voltage : float
        V.
    highest : float
        Largest frequency that the aperture lets through, 1/Å.
    """
    if not lens.focal_spread > 0.0:
        return [(lens.defocus, 1.0)]
    turn = math.pi * wavelength(voltage) * lens.focal_spread * highest**2
    count = min(41, 5 + 2 * math.ceil(turn))
    nodes, weights = np.polynomial.hermite.hermgauss(count)
    foci = lens.defocus + math.sqrt(2.0) * lens.focal_spread * nodes
    shares = weights / weights.sum()
    return [(float(f), float(w)) for f, w in zip(foci, shares, strict=True) if w > 1e-6]


def image_of(wave: ExitWave, lens: Lens) -> Floats:
    """Return the intensity in the image plane, (rows, columns); its mean is 1 where no electron is stopped.

    Focal spread is an incoherent sum over defoci. Divergence is an envelope of the wave, exp(-(theta /
    lambda)^2 |grad chi|^2 / 2): right to first order in what is scattered (J. Frank, Optik 38 (1973) 519).

    Parameters
    ----------
    wave : ExitWave
        Behind the slab.
    lens : Lens
        What makes the image.
    """
    from dataclasses import replace

    from scipy import fft

    cores = workers()
    shape = wave.values.shape
    rows, columns = frequencies((shape[0], shape[1]), wave.edges, half=False)
    g = np.hypot(rows, columns)
    length = wavelength(wave.voltage)
    transform = fft.fft2(wave.values, workers=cores)
    inside = g * length <= lens.aperture
    highest = min(lens.aperture / length, float(g.max()))
    total = np.zeros(shape)
    for defocus, share in focal_series(lens, wave.voltage, highest):
        one = replace(lens, defocus=defocus)
        slope = 2.0 * math.pi * length * g * (one.spherical * length**2 * g**2 - defocus)
        damped = np.exp(-0.5 * (one.divergence / length * slope) ** 2) * inside
        transfer = damped * np.exp(-1j * aberration(g, one, wave.voltage))
        seen = fft.ifft2(transform * transfer.astype(np.complex64), workers=cores)
        total += share * (seen.real.astype(np.float64) ** 2 + seen.imag.astype(np.float64) ** 2)
    return np.asarray(total, dtype=np.float64)
