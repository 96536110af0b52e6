"""One energy-loss spectrum or spectrum image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.files.spectra.stored import Floats


@dataclass(frozen=True, eq=False)
class LossRecord:
    """What a spectrometer recorded; files make one by :func:`~.files.spectra.stored.record_of`.

    Attributes
    ----------
    energy:
        Energy loss, eV, (n,), rising evenly.
    counts:
        (n,), or (rows, columns, n) of a spectrum image.
    counted:
        Whether ``counts`` are counts, so that their scatter is known.
    pixel:
        Height and width of a pixel, nm; None where there is no scale.
    beam_energy:
        eV; None where nothing says it.
    """

    energy: Floats
    counts: Floats
    source: str
    format: str
    counted: bool = True
    pixel: tuple[float, float] | None = None
    beam_energy: float | None = None
    instrument: str | None = None
    notes: tuple[str, ...] = ()
    origin: str = "measured"

    @property
    def total(self) -> Floats:
        """Sum over all pixels, (n,)."""
        return self.counts if self.counts.ndim == 1 else np.asarray(self.counts.sum(axis=(0, 1)))

    @property
    def variance(self) -> Floats:
        """Variance of :attr:`total`, (n,): its counts where they are counts, else from its scatter."""
        return variance_of(self.total, counted=self.counted)

    @property
    def reaches_zero(self) -> bool:
        """Whether the range holds the zero-loss peak."""
        return bool(self.energy[0] < -2.0 and self.energy[-1] > 5.0)


def variance_of(values: Floats, *, counted: bool) -> Floats:
    """Return the variance of a spectrum's values, (n,).

    Where they are no counts, a gain comes from the second differences: a camera's intensity is in proportion
    to the electrons, so that its variance is in proportion to it as well.

    Parameters
    ----------
    values : array (n,)
        Intensities.
    counted : bool
        Whether they are counts.
    """
    smooth = np.convolve(np.pad(values, 2, mode="edge"), np.ones(5) / 5.0, mode="valid")
    level = np.maximum(smooth, max(1e-6 * float(np.abs(values).max()), 1e-12))
    if counted:
        return np.maximum(level, 1.0)
    # Of white noise s the second difference scatters by s sqrt(6), its median absolute by 0.6745 of that.
    second = np.abs(np.diff(values, n=2)) / np.sqrt(level[1:-1])
    gain = (float(np.median(second)) / (0.6745 * 6.0**0.5)) ** 2
    return np.asarray(level * max(gain, 1e-9))
