"""BioLogic's own files, .mpr, read by galvani (GPL-3.0, so an extra: ``topotaxy[biologic]``)."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import biologic
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.reading import cycler_format

MPR_MAGIC = b"BIO-LOGIC MODULAR FILE\x1a"
LARGEST = 500_000_000


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file begins as BioLogic's modular files do."""
    return head.startswith(MPR_MAGIC)


def read(path: Path) -> Contents:
    """Read the data module."""
    try:
        from galvani import BioLogic
    except ImportError:
        raise InputError(
            "BioLogic .mpr files need the package galvani: pip install 'topotaxy[biologic]', or export the "
            "file as text (.mpt) in EC-Lab",
            where=path.name,
        ) from None
    if path.stat().st_size > LARGEST:
        raise InputError(f"is larger than the {LARGEST / 1e6:.0f} MB read", where=path.name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with path.open("rb") as file:
                data = BioLogic.MPRfile(file).data
        except MemoryError:
            raise
        except Exception as error:
            raise InputError(
                f"is damaged or of a kind that galvani does not read ({type(error).__name__}: {error!s:.80})",
                where=path.name,
            ) from error
    if not len(data):
        raise InputError("holds no data points", where=path.name)
    names = data.dtype.names or ()
    with np.errstate(invalid="ignore"):
        # Bytes that are no float become NaN, which is refused with its row.
        columns = {n: np.asarray(data[n], dtype=np.float64) for n in biologic.needed(names)}
    mode = (data["flags"].astype(np.int64) & 3).astype(np.float64) if "flags" in names else None
    contents = biologic.contents(columns, mode, source=path.name)
    said = tuple(f"galvani: {warning.message!s:.120}" for warning in caught)
    return Contents(contents.columns, instrument=contents.instrument, notes=(*contents.notes, *said))


FORMAT = cycler_format("BioLogic mpr", (".mpr",), recognises, read)
