"""One photoemission spectrum: intensity against binding energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

Floats = NDArray[np.float64]

FEWEST_POINTS = 8
HIGHEST_ENERGY = 20_000.0
"""eV: beyond it a file is damaged or in other units; hard X-rays reach 10 keV."""
LARGEST = 1e12


@dataclass(frozen=True, eq=False)
class PhotoemissionRecord:
    """What an electron spectrometer recorded of one region; make one with :func:`checked`.

    Attributes
    ----------
    binding_energy:
        eV, (n,), rising.
    intensity:
        (n,), in counts where ``counted``, else in the file's own unit (counts per second, arbitrary).
    counted:
        Whether ``intensity`` is in counts, so that its scatter is known.
    photon_energy:
        eV; None where nothing says it.
    line:
        Region, as in ``Ni 2p``; empty where the file names none.
    transmission:
        Relative transmission that the file states for each point, (n,); not applied.
    """

    binding_energy: Floats
    intensity: Floats
    source: str
    format: str
    counted: bool = False
    photon_energy: float | None = None
    line: str = ""
    transmission: Floats | None = None
    instrument: str | None = None
    notes: tuple[str, ...] = ()
    origin: str = "measured"

    @property
    def deviation(self) -> Floats:
        """Standard deviation of each intensity: of counting where counts are known, else of the scatter.

        Where they are not known, the median absolute second difference gives the scatter at the mean
        intensity, and it grows as the square root as counting does.
        """
        if self.counted:
            return np.sqrt(np.maximum(self.intensity, 1.0))
        second = np.abs(np.diff(self.intensity, n=2))
        # Of white noise s the second difference scatters by s sqrt(6), its median absolute by 0.6745 of that.
        scatter = float(np.median(second)) / (0.6745 * 6.0**0.5)
        level = np.maximum(self.intensity, 0.0) / max(float(np.mean(np.abs(self.intensity))), 1e-300)
        floor = 1e-6 * max(float(np.abs(self.intensity).max()), 1e-300)
        return np.asarray(np.maximum(scatter * np.sqrt(np.maximum(level, 0.05)), floor))


def _blank(intensity: Floats) -> bool:
    """Whether a run of zeros stands where counting would give one in 1e11 times."""
    if not np.median(intensity) > 25.0:
        return False
    zero = np.concatenate([[0], (intensity == 0.0).astype(np.int64), [0]])
    starts, ends = np.flatnonzero(np.diff(zero) == 1), np.flatnonzero(np.diff(zero) == -1)
    return bool(((ends - starts) >= 4).any())


def _axes(energy: Any, intensity: Any, source: str) -> tuple[Floats, Floats]:
    """Energies and intensities as numbers that a spectrum can have."""
    x = np.asarray(energy, dtype=np.float64)
    y = np.asarray(intensity, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise InputError("its energies and intensities differ in number", where=source)
    if len(x) < FEWEST_POINTS:
        raise InputError(f"holds {len(x)} points: it is cut short", where=source)
    if not (np.isfinite(x).all() and (np.abs(x) <= HIGHEST_ENERGY).all()):
        raise InputError("an energy is no number or beyond 20 keV: damaged, or in other units", where=source)
    if not (np.isfinite(y).all() and (np.abs(y) <= LARGEST).all()):
        raise InputError("an intensity is no number: damaged", where=source)
    if not (y > 0.0).any():
        raise InputError("has no intensity above zero", where=source)
    if _blank(y):
        raise InputError("several points in a row are exactly zero among high counts: damaged", where=source)
    return x, y


def _binding(kinetic: Floats, photon_energy: float | None, source: str) -> Floats:
    if photon_energy is None:
        raise InputError(
            "has kinetic energies and states no photon energy: --photon-energy 1486.6eV", where=source
        )
    return photon_energy - kinetic


def _counts(y: Floats, dwell: float | None, counted: bool, said: list[str]) -> tuple[Floats, bool]:
    """Intensities as counts where they can be, and whether they are."""
    if dwell is not None and dwell > 0.0:
        y, counted = y * dwell, True
        said.append(f"counts restored from counts per second by {dwell:g} s a point")
    if counted and (y < 0.0).any():
        counted = False
        said.append("some counts are negative, so they are taken as intensities of unknown scatter")
    return y, counted


def checked(
    energy: Any,
    intensity: Any,
    *,
    kinetic: bool,
    source: str,
    format: str,
    photon_energy: float | None = None,
    dwell: float | None = None,
    notes: tuple[str, ...] = (),
    transmission: Any = None,
    **known: Any,
) -> PhotoemissionRecord:
    """Return a record of a spectrum that holds what it must.

    Parameters
    ----------
    energy, intensity : array (n,)
        eV and counts (or counts per second where ``dwell`` is given, or anything else).
    kinetic : bool
        Whether ``energy`` is kinetic, on a scale that holds the work function: photon less binding energy.
    source, format : str
        Name of file and region, and of the format.
    photon_energy : float, optional
        eV.
    dwell : float, optional
        Seconds of all sweeps together, where ``intensity`` is in counts per second: counts are restored.
    notes : tuple of str
        What a reader of the result must know.
    transmission : array (n,), optional
        Relative transmission of the spectrometer at each point.
    **known
        Further fields of the record.

    Raises
    ------
    InputError
        Where lengths differ, points are few, a value is not finite or beyond all sense, the axis repeats, or
        a kinetic axis comes without a photon energy.
    """
    x, y = _axes(energy, intensity, source)
    if kinetic:
        x = _binding(x, photon_energy, source)
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    if (np.diff(x) <= 0.0).any():
        raise InputError("an energy stands there twice: two regions or sweeps in one table?", where=source)
    said = list(notes)
    y, counted = _counts(y, dwell, bool(known.pop("counted", False)), said)
    return PhotoemissionRecord(
        binding_energy=x,
        intensity=y,
        source=source,
        format=format,
        counted=counted,
        photon_energy=photon_energy,
        transmission=None if transmission is None else np.asarray(transmission, dtype=np.float64)[order],
        notes=tuple(said),
        **known,
    )
