"""Bruker composite files (.bcf), by RosettaSciIO, which the extra ``em`` brings."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.spectra.stored import StoredSpectrum, length_of, stored

MAGIC = b"AAMVHFSS"
MOST_BYTES = 2_000_000_000


def is_composite(head: bytes) -> bool:
    """Whether a file begins as Bruker's container does.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    """
    return head.startswith(MAGIC)


def read(path: Path) -> tuple[StoredSpectrum, ...]:
    """Return the spectrum images of a file.

    Parameters
    ----------
    path : Path
        Of the file; no link.

    Raises
    ------
    InputError
        Where the extra is not installed, or the file cannot be read, in one line.
    """
    try:
        from rsciio.bruker import file_reader
    except ImportError:
        raise InputError(
            "is a bcf file, which takes the extra: pip install topotaxy[em]", where=path.name
        ) from None
    if path.is_symlink() or path.stat().st_size > MOST_BYTES:
        raise InputError(f"is a link, or larger than {MOST_BYTES} bytes", where=path.name)
    if not is_composite(path.read_bytes()[: len(MAGIC)]):
        raise InputError("is no Bruker composite file", where=path.name)
    logging.getLogger("rsciio").setLevel(logging.CRITICAL)
    try:
        signals = file_reader(str(path), select_type="spectrum_image", lazy=False)
    except Exception as error:  # a library's reader of a foreign format: whatever it meets in a damaged file
        said = " ".join(str(error).split())
        raise InputError(f"cannot be read as bcf ({said:.100}): damaged", where=path.name) from None
    found = [_one(signal, path.name) for signal in signals if np.ndim(signal.get("data")) == 3]
    if not found:
        raise InputError("holds no spectrum image", where=path.name)
    return tuple(found)


def _one(signal: dict[str, Any], source: str) -> StoredSpectrum:
    height, width, energy = signal["axes"]
    sides = [length_of(float(axis["scale"]), str(axis["units"])) for axis in (height, width)]
    about = signal.get("metadata", {}).get("Acquisition_instrument", {}).get("TEM", {})
    beam = float(about.get("beam_energy", math.nan))
    return stored(
        np.asarray(signal["data"]),
        offset=float(energy["offset"]),
        step=float(energy["scale"]),
        unit=str(energy["units"]),
        source=source,
        pixel=(float(sides[0]), float(sides[1])) if None not in sides else None,  # type: ignore[arg-type]
        beam_energy=1e3 * beam if 1.0 < beam < 4000.0 else None,
    )
