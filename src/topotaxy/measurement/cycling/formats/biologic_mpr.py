"""BioLogic's own files, .mpr, read by galvani (GPL-3.0, so an extra: ``topotaxy[biologic]``)."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import biologic
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.reading import cycler_format

MPR_MAGIC = b"BIO-LOGIC MODULAR FILE\x1a"
LARGEST = 500_000_000
SIZES = (4, 8, 2, 1, 0)
"""Bytes that a column may take in a data point, likely ones first; flags of a common byte take none."""
MOST_UNKNOWN = 30
_UNKNOWN = re.compile(r"Column ID (\d{1,5}) ")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file begins as BioLogic's modular files do.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return head.startswith(MPR_MAGIC)


def read(path: Path) -> Contents:
    """Read the data module.

    Parameters
    ----------
    path : path
        The file.
    """
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
            data, unknown = _data(BioLogic, path)
        except MemoryError:
            raise
        except Exception as error:
            raise InputError(
                f"is damaged or of a kind that galvani does not read ({type(error).__name__}: "
                f"{error!s:.80}); if EC-Lab opens it, export it as text (.mpt)",
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
    if unknown:
        said += (f"columns of numbers {', '.join(map(str, unknown))} are not known, and left out",)
    return Contents(contents.columns, instrument=contents.instrument, notes=(*contents.notes, *said))


def _data(galvani: Any, path: Path) -> tuple[Any, list[int]]:
    """Return the data points, and the numbers of columns that galvani does not know.

    Their size follows from that of the data module, whose number of points the file states.

    Raises
    ------
    NotImplementedError
        Where there are too many of them, or no one size of all suits the file.
    """
    known = galvani.VMPdata_colID_dtype_map
    unknown: list[int] = []
    kept = dict(known)
    try:
        while len(unknown) <= MOST_UNKNOWN:
            for size in SIZES if unknown else (0,):
                known.update({number: (f"unknown {number}", f"V{size}") for number in unknown})
                try:
                    with path.open("rb") as file:
                        return galvani.MPRfile(file).data, unknown
                except NotImplementedError as error:
                    number = _UNKNOWN.search(str(error))
                    if number is None:
                        raise
                    unknown.append(int(number.group(1)))
                    break
                except (AssertionError, ValueError):
                    # The points do not fill the module at this size.
                    if not unknown or size == SIZES[-1]:
                        raise
        raise NotImplementedError(f"{len(unknown)} unknown columns")
    finally:
        known.clear()
        known.update(kept)


FORMAT = cycler_format("BioLogic mpr", (".mpr",), recognises, read)
