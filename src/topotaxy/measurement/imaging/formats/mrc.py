"""MRC: a header of 1,024 bytes, an extended header, then the pixels.

Pixel size is the cell over its intervals, in Å (MRC2014, doi:10.1016/j.jsb.2015.04.002). Programs that know
none write a cell of as many Å as pixels, or zero: both are no scale.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.stored import content
from topotaxy.measurement.imaging.frames import frames_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Micrograph
from topotaxy.measurement.technique import Format

NAME = "MRC"
HEADER = 1024
MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
MAP_AT, STAMP_AT = 208, 212
LITTLE, BIG = (b"DD", b"DA"), (b"\x11\x11",)


def recognises(head: bytes, path: Path) -> bool:
    """Whether the word MAP stands where it must, or, in older files, the sizes add up to that of the file.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file, where its beginning does not decide.
    """
    if len(head) < HEADER or not any(head[STAMP_AT : STAMP_AT + 2] == stamp for stamp in (*LITTLE, *BIG)):
        return False
    if head[MAP_AT : MAP_AT + 4] in (b"MAP ", b"MAP\0"):
        return True
    order = ">" if head[STAMP_AT : STAMP_AT + 2] in BIG else "<"
    columns, rows, sections, mode = struct.unpack_from(f"{order}4i", head, 0)
    (extended,) = struct.unpack_from(f"{order}i", head, 92)
    if min(columns, rows, sections) < 1 or extended < 0 or mode not in MODES:
        return False
    try:
        size = path.stat().st_size
    except OSError:
        return False
    return bool(size == HEADER + extended + columns * rows * sections * np.dtype(MODES[mode]).itemsize)


def read(path: Path, options: ImagingOptions | None) -> tuple[Micrograph, ...]:
    """Read every section as an image.

    Parameters
    ----------
    path : Path
        The file.
    options : ImagingOptions, optional
        What the user states of scale and kind.

    Raises
    ------
    InputError
        Where its pixels are complex or fewer than its header says, or it is damaged.
    """
    data = content(path)
    data.order = ">" if data.piece(STAMP_AT, 2) in BIG else "<"
    columns, rows, sections, mode = data.unpack("4i", 0)
    intervals, cell = np.array(data.unpack("3i", 28), dtype=float), np.array(data.unpack("3f", 40))
    (extended,) = data.unpack("i", 92)
    if mode not in MODES:
        raise InputError(f"its pixels are of mode {mode}: complex or damaged", where=path.name)
    if extended < 0:
        raise InputError("its extended header has a negative length: damaged", where=path.name)
    pixels = data.pixels(HEADER + extended, (sections, rows, columns), MODES[mode])
    known = bool((cell[:2] > 0.0).all() and (intervals[:2] > 0).all()) and bool(
        (cell[:2] != intervals[:2]).any()
    )
    size = (cell[:2] / np.where(intervals[:2] > 0, intervals[:2], 1.0))[::-1] if known else np.ones(2)
    notes = () if known else ("no scale: the cell is zero or as many Å as pixels; lengths are in pixels",)
    return tuple(
        frames_of(
            pixels,
            path.name,
            size,
            options,
            kind="image" if known else "unknown",
            format=NAME,
            calibrated=known,
            notes=notes,
        )
    )


FORMAT = Format(NAME, (".mrc",), recognises, read)
