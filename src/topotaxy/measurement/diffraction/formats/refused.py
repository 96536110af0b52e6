"""Formats of diffractometers that are known and not read: refused by name, with what to do instead."""

from __future__ import annotations

from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.technique import Format

# First bytes, and what such a file is.
KNOWN: tuple[tuple[bytes, str], ...] = (
    (b"RAW_1.0", "a STOE raw file"),
    (b".RAW\r", "an old Siemens RAW export as text"),
    (b"RAS_", "a Rigaku RAS file"),
    (b"*RAS_DATA_START", "a Rigaku RAS file"),
    (b"HR-XRDScan", "a PANalytical scan of a high-resolution diffractometer"),
    (b"FI", "a Rigaku RAW file"),
)


def _known(head: bytes) -> str | None:
    for magic, name in KNOWN:
        if magic == b"FI":
            if head[:2] == magic and len(head) > 16 and head[2:4] == b"\x00\x00":
                return name
        elif head.startswith(magic):
            return name
    return None


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first bytes are of a format that is known and not read.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    return _known(head) is not None


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Refuse it by name.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    with path.open("rb") as file:
        name = _known(file.read(64))
    raise InputError(
        f"is {name or 'in a format'} that is not read: export it as .xy or .xye with the maker's program",
        where=path.name,
    )


FORMAT: Format[Pattern] = Format(
    name="refused by name", extensions=(".raw", ".ras"), recognises=recognises, read=read
)
