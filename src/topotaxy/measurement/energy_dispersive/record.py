"""One X-ray spectrum or spectrum image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.files.spectra.stored import Floats


@dataclass(frozen=True, eq=False)
class XRayRecord:
    """What an X-ray detector recorded; files make one by :func:`~.files.spectra.stored.record_of`.

    Attributes
    ----------
    energy:
        Energy of the X-rays, eV, (n,), rising evenly.
    counts:
        (n,), or (rows, columns, n) of a spectrum image.
    counted:
        Whether ``counts`` are counts, so that their scatter is known.
    pixel:
        Height and width of a pixel, nm; None where there is no scale.
    beam_energy:
        eV; None where nothing says it.
    resolution:
        Full width at half maximum at Mn Kα that the file states, eV.
    """

    energy: Floats
    counts: Floats
    source: str
    format: str
    counted: bool = True
    pixel: tuple[float, float] | None = None
    beam_energy: float | None = None
    resolution: float | None = None
    instrument: str | None = None
    notes: tuple[str, ...] = ()
    origin: str = "measured"

    @property
    def total(self) -> Floats:
        """Sum over all pixels, (n,)."""
        return self.counts if self.counts.ndim == 1 else np.asarray(self.counts.sum(axis=(0, 1)))
