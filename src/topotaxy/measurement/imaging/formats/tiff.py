"""TIFF with the scale where Gatan, ImageJ or FEI put it; dots per inch of a printer are no scale.

Layout after the TIFF 6.0 specification (Adobe, 1992). Pixels are uncompressed or deflated; other
compressions are refused by name.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.archive import inflated
from topotaxy.measurement.files.stored import Bytes, content
from topotaxy.measurement.imaging.frames import frames_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import MOST_PIXELS, Micrograph, scale_of
from topotaxy.measurement.technique import Format

NAME = "TIFF"
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
BIG = (b"II+\0", b"MM\0+")
KINDS = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 6: "b", 7: "s", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d"}
MOST_PAGES = 10_000
MOST_VALUES = 1_000_000
WIDTH, LENGTH, BITS, COMPRESSION, COLOURS = 256, 257, 258, 259, 262
DESCRIPTION, STRIPS, SAMPLES, STRIP_BYTES, X_DENSITY, Y_DENSITY = 270, 273, 277, 279, 282, 283
SOFTWARE, PREDICTOR, TILES, SAMPLE_FORMAT = 305, 317, 322, 339
GATAN_X_START, GATAN_Y_START, GATAN_X_STEP, GATAN_Y_STEP = 65006, 65007, 65009, 65010
GATAN_X_UNIT, GATAN_Y_UNIT = 65012, 65013
FEI_TEXT = (34680, 34682)
COMPRESSIONS = {5: "LZW", 6: "JPEG", 7: "JPEG", 32773: "PackBits"}
WORDS = {"micrometer": "um", "nanometer": "nm", "picometer": "pm", "millimeter": "mm", "meter": "m"}
"""Units that Gatan writes out, as the table of units has them."""

Tags = dict[int, Any]


def recognises(head: bytes, path: Path) -> bool:
    """Whether it begins as a TIFF does.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file, where its beginning does not decide.
    """
    return head[:4] in ORDERS or head[:4] in BIG


def read(path: Path, options: ImagingOptions | None) -> tuple[Micrograph, ...]:
    """Read every page as an image.

    Parameters
    ----------
    path : Path
        The file.
    options : ImagingOptions, optional
        What the user states of scale and kind.

    Raises
    ------
    InputError
        Where its pages are coloured, tiled, packed by a method that is not read, or damaged.
    """
    data = content(path)
    start = data.piece(0, 4)
    if start in BIG:
        raise InputError("is a BigTIFF, which is not read: save it as a plain TIFF", where=path.name)
    if start not in ORDERS:
        raise InputError("is no TIFF", where=path.name)
    data.order = ORDERS[start]
    pages = _pages(data)
    stack = _stack(data, pages)
    size, kind, calibrated, notes = _scale(pages[0], path.name)
    corner = _corner(pages[0], size) if calibrated else np.zeros(2)
    software = _text(pages[0].get(SOFTWARE, b""))[:80]
    virtual = software.startswith("virtual")
    return tuple(
        frames_of(
            stack,
            path.name,
            size,
            options,
            kind=kind,
            corner=corner,
            format=NAME,
            calibrated=calibrated,
            notes=notes,
            instrument=software if virtual else None,
            origin="simulated" if virtual else "measured",
        )
    )


def _pages(data: Bytes) -> list[Tags]:
    """Tags of every page; a chain that runs in a circle is refused."""
    (at,) = data.unpack("I", 4)
    pages: list[Tags] = []
    seen = set()
    while at:
        if at in seen or len(pages) >= MOST_PAGES:
            raise InputError("its pages run in a circle: damaged", where=data.source)
        seen.add(at)
        (count,) = data.unpack("H", at)
        pages.append(dict(_tag(data, at + 2 + 12 * number) for number in range(count)))
        (at,) = data.unpack("I", at + 2 + 12 * count)
    if not pages:
        raise InputError("holds no page", where=data.source)
    return pages


def _tag(data: Bytes, at: int) -> tuple[int, Any]:
    number, kind, count = data.unpack("HHI", at)
    letters = KINDS.get(kind)
    if letters is None or count > MOST_VALUES:
        return number, ()
    size = {"s": 1, "II": 8, "ii": 8, "B": 1, "b": 1, "H": 2, "h": 2, "I": 4, "i": 4, "f": 4, "d": 8}[letters]
    place = at + 8 if size * count <= 4 else data.unpack("I", at + 8)[0]
    if letters == "s":
        return number, data.piece(place, count)
    values = data.unpack(letters * count, place)
    if letters in ("II", "ii"):
        pairs = zip(values[::2], values[1::2], strict=True)
        return number, tuple(a / b if b else math.nan for a, b in pairs)
    return number, values


def _first(tags: Tags, number: int, default: Any) -> Any:
    values = tags.get(number, ())
    return values[0] if isinstance(values, tuple) and values else default


@dataclass(frozen=True)
class _Layout:
    rows: int
    columns: int
    dtype: str


def _layout(tags: Tags, source: str) -> _Layout:
    bits, form = _first(tags, BITS, 1), _first(tags, SAMPLE_FORMAT, 1)
    letter = {1: "u", 2: "i", 3: "f"}.get(form)
    if _first(tags, SAMPLES, 1) != 1:
        raise InputError("is a colour picture; save the grey image that was recorded", where=source)
    if TILES in tags or letter is None or bits not in (8, 16, 32, 64) or (letter == "f" and bits < 16):
        raise InputError(f"pixels of {bits} bits in format {form}, or tiles, are not read", where=source)
    packing = _first(tags, COMPRESSION, 1)
    if packing not in (1, 8, 32946):
        named = COMPRESSIONS.get(packing, f"method {packing}")
        raise InputError(f"is compressed by {named}, which is not read: save it uncompressed", where=source)
    if _first(tags, PREDICTOR, 1) != 1:
        raise InputError("is compressed with a predictor, which is not read: save it plain", where=source)
    rows, columns = int(_first(tags, LENGTH, 0)), int(_first(tags, WIDTH, 0))
    if rows < 1 or columns < 1 or rows * columns > MOST_PIXELS:
        raise InputError(f"its page has {rows} x {columns} pixels: damaged", where=source)
    return _Layout(rows, columns, f"{letter}{bits // 8}")


def _stack(data: Bytes, pages: list[Tags]) -> list[Any]:
    """Pixels of every page; images of ImageJ without pages of their own are refused."""
    found = [_page(data, tags) for tags in pages]
    counted = re.search(r"^images=(\d{1,6})$", _text(pages[0].get(DESCRIPTION, b"")), re.MULTILINE)
    if counted and int(counted[1]) > len(pages) == 1:
        raise InputError(
            "is a stack of ImageJ with one page for all images, which is not read", where=data.source
        )
    return found


def _page(data: Bytes, tags: Tags) -> Any:
    layout = _layout(tags, data.source)
    starts, counts = tags.get(STRIPS, ()), tags.get(STRIP_BYTES, ())
    if not isinstance(starts, tuple) or not isinstance(counts, tuple) or len(starts) != len(counts):
        raise InputError("its strips are damaged", where=data.source)
    needed = layout.rows * layout.columns * np.dtype(layout.dtype).itemsize
    parts: list[bytes] = []
    held = 0
    for start, count in zip(starts, counts, strict=True):
        piece = data.piece(int(start), int(count))
        if _first(tags, COMPRESSION, 1) != 1:
            try:
                piece, _, _ = inflated(piece, max(needed - held, 1))
            except ValueError:
                raise InputError("a strip cannot be unpacked: damaged", where=data.source) from None
        parts.append(piece)
        held += len(piece)
        if held >= needed:
            break
    whole = Bytes(b"".join(parts), data.source, data.order)
    return whole.pixels(0, (layout.rows, layout.columns), layout.dtype)


def _text(value: Any) -> str:
    return value.decode("latin-1").rstrip("\0") if isinstance(value, bytes) else ""


def _scale(tags: Tags, source: str) -> tuple[Any, Any, bool, tuple[str, ...]]:
    """Scale as Gatan, FEI or ImageJ write it; the first that is there."""
    if GATAN_X_STEP in tags and GATAN_Y_STEP in tags:
        steps = [_first(tags, number, math.nan) for number in (GATAN_Y_STEP, GATAN_X_STEP)]
        units = [_text(tags.get(number, b"")).strip() for number in (GATAN_Y_UNIT, GATAN_X_UNIT)]
        return scale_of(steps, [WORDS.get(unit.lower(), unit) for unit in units], source)
    fei = "\n".join(_text(tags.get(number, b"")) for number in FEI_TEXT)
    width = re.search(r"^PixelWidth\s*=\s*([-+.\deE]{1,30})\s*$", fei, re.MULTILINE)
    height = re.search(r"^PixelHeight\s*=\s*([-+.\deE]{1,30})\s*$", fei, re.MULTILINE)
    if width and height:
        try:
            return scale_of([float(height[1]), float(width[1])], ["m", "m"], source)
        except ValueError:
            raise InputError("its pixel size is no number", where=source) from None
    described = _text(tags.get(DESCRIPTION, b""))
    unit = re.search(r"^unit=(.{1,20})$", described, re.MULTILINE)
    if described.startswith("ImageJ") and unit:
        density = [_first(tags, number, math.nan) for number in (Y_DENSITY, X_DENSITY)]
        if all(math.isfinite(one) and one > 0.0 for one in density):
            return scale_of([1.0 / one for one in density], [unit[1], unit[1]], source)
    return np.ones(2), "unknown", False, ("no scale in the file; lengths are in pixels",)


def _corner(tags: Tags, size: Any) -> Any:
    """Gatan's origin is the pixel at which the coordinate is zero."""
    starts = [_first(tags, number, 0.0) for number in (GATAN_Y_START, GATAN_X_START)]
    good = all(math.isfinite(one) for one in starts)
    return -size * np.array(starts) if good else np.zeros(2)


FORMAT = Format(NAME, (".tif", ".tiff"), recognises, read)
