"""Pieces that virtual instruments share: a beam, a detector that counts, noise and drift of an amplifier.

Each takes the generator that its caller hands in; with one seed the same record comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HC = 12398.419843320026
"""Planck's constant times the speed of light, eV Å (exact by the SI of 2019)."""


@dataclass(frozen=True, kw_only=True)
class Beam:
    """Photons or particles on the sample.

    Attributes
    ----------
    wavelength:
        Å.
    flux:
        Particles per second on the sample.
    """

    wavelength: float
    flux: float

    @property
    def photon_energy(self) -> float:
        """Energy of a photon of this wavelength, eV."""
        return HC / self.wavelength


@dataclass(frozen=True, kw_only=True)
class Detector:
    """A detector that counts.

    Attributes
    ----------
    efficiency:
        Share of what arrives that is counted, above 0 to 1.
    dark_rate:
        Counts per second without a beam, in each channel.
    dead_time:
        Non-extending dead time, s: counts are lost at high rates, r = n / (1 + n t) (Knoll, Radiation
        Detection and Measurement, 4th ed., 2010, section 4.VII).
    """

    efficiency: float = 1.0
    dark_rate: float = 0.0
    dead_time: float = 0.0

    def expected(self, rate: Floats, dwell: float) -> Floats:
        """Return the mean counts of each channel.

        Parameters
        ----------
        rate : array, any shape
            Particles per second that arrive.
        dwell : float
            Seconds that each channel counts.
        """
        true = self.efficiency * np.asarray(rate, dtype=np.float64) + self.dark_rate
        return np.asarray(dwell * true / (1.0 + self.dead_time * true), dtype=np.float64)

    def counted(self, rate: Floats, dwell: float, rng: np.random.Generator) -> Floats:
        """Return counts of each channel, with counting noise.

        Parameters
        ----------
        rate : array, any shape
            Particles per second that arrive.
        dwell : float
            Seconds that each channel counts.
        rng : numpy Generator
            Source of the noise.
        """
        return counts(self.expected(rate, dwell), rng)


def counts(expected: Floats, rng: np.random.Generator) -> Floats:
    """Return Poisson counts about the expected ones, as floats.

    Parameters
    ----------
    expected : array, any shape
        Mean counts, none negative.
    rng : numpy Generator
        Source of the noise.

    Raises
    ------
    ValueError
        Where a mean is negative or not finite: a fault of the probe.
    """
    mean = np.asarray(expected, dtype=np.float64)
    if not (np.isfinite(mean).all() and (mean >= 0.0).all()):
        raise ValueError("expected counts have to be finite and not negative")
    return rng.poisson(mean).astype(np.float64)


def counting_deviation(counted: Floats) -> Floats:
    """Return the standard deviation of counts; that of an empty channel is taken as one count.

    Parameters
    ----------
    counted : array, any shape
        Counts, none negative.
    """
    return np.sqrt(np.maximum(np.asarray(counted, dtype=np.float64), 1.0))


def white_noise(count: int, deviation: float, rng: np.random.Generator) -> Floats:
    """Return independent Gaussian noise, (count,), in the unit of its standard deviation.

    Parameters
    ----------
    count : int
        Values wanted.
    deviation : float
        Standard deviation of each.
    rng : numpy Generator
        Source of the noise.
    """
    return np.asarray(rng.normal(0.0, deviation, count), dtype=np.float64)


def linear_drift(time: Floats, deviation: float, rng: np.random.Generator) -> Floats:
    """Return a drift that grows evenly from zero to a Gaussian end value.

    Parameters
    ----------
    time : array (n,)
        Rising; any unit.
    deviation : float
        Standard deviation of the drift at the last time.
    rng : numpy Generator
        Source of the drift.
    """
    clock = np.asarray(time, dtype=np.float64)
    span = float(clock[-1] - clock[0])
    share: Any = (clock - clock[0]) / span if span > 0.0 else np.zeros_like(clock)
    return np.asarray(float(rng.normal(0.0, deviation)) * share, dtype=np.float64)
