"""One image or diffraction pattern, with its scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

Floats = NDArray[np.float64]
Kind = Literal["image", "diffraction", "unknown"]

# No physics: beyond these a file is damaged or in other units than it says.
FEWEST_PIXELS = 2
MOST_PIXELS = 2**27
SMALLEST_PIXEL, LARGEST_PIXEL = 1e-5, 1e9
LOST_BYTES = 64
"""Bytes of zeros in a row that mark a lost block where no other pixel is zero."""

UNITS: dict[str, tuple[Kind, float]] = {
    "m": ("image", 1e10),
    "meters": ("image", 1e10),
    "mm": ("image", 1e7),
    "um": ("image", 1e4),
    "micron": ("image", 1e4),
    "microns": ("image", 1e4),
    "nm": ("image", 10.0),
    "n_m": ("image", 10.0),
    "a": ("image", 1.0),
    "ang": ("image", 1.0),
    "angstrom": ("image", 1.0),
    "pm": ("image", 0.01),
    "1/m": ("diffraction", 1e-10),
    "1/um": ("diffraction", 1e-4),
    "1/nm": ("diffraction", 0.1),
    "n_m^-1": ("diffraction", 0.1),
    "nm^-1": ("diffraction", 0.1),
    "1/a": ("diffraction", 1.0),
    "a^-1": ("diffraction", 1.0),
    "1/angstrom": ("diffraction", 1.0),
    "1/pm": ("diffraction", 100.0),
}
"""Unit as files write it, in lower case, to kind and size in Å or 1/Å."""


@dataclass(frozen=True, eq=False)
class Micrograph:
    """What a camera or a scan recorded; make one with :func:`checked`.

    Attributes
    ----------
    image:
        Intensity, (rows, columns), first row on top.
    pixel_size:
        Height and width of a pixel, (2,): Å for images, 1/Å for diffraction patterns (|g| = 1/d), 1 where no
        scale is known.
    skew:
        Cosine of the angle between the directions along which frequencies are counted, 0 where rows and
        columns are at right angles, as they are unless an internal standard says otherwise.
    corner:
        Coordinates of the centre of the first pixel along rows and columns, (2,), in the unit of
        ``pixel_size``. In a diffraction pattern zero is the direct beam where ``centred``.
    kind:
        ``unknown`` where the file has no scale and nobody says.
    calibrated:
        Whether ``pixel_size`` is a length (or reciprocal length).
    centred:
        Whether the file states where the direct beam is.
    """

    image: Floats
    pixel_size: Floats
    corner: Floats
    source: str
    format: str
    kind: Kind = "image"
    calibrated: bool = True
    centred: bool = False
    instrument: str | None = None
    notes: tuple[str, ...] = ()
    origin: str = "measured"
    skew: float = 0.0

    @property
    def unit(self) -> str:
        """Unit of ``pixel_size``."""
        if not self.calibrated:
            return "px"
        return "Å" if self.kind == "image" else "1/Å"

    @property
    def extent(self) -> tuple[float, float]:
        """Height and width of the whole image, in its unit."""
        rows, columns = self.image.shape
        return rows * float(self.pixel_size[0]), columns * float(self.pixel_size[1])


def per_length(record: Micrograph) -> Floats:
    """Factors from frequencies along rows and columns to 1/Å, (2,).

    Parameters
    ----------
    record : Micrograph
        With a scale.
    """
    if record.kind == "diffraction":
        return record.pixel_size
    return np.asarray(1.0 / record.pixel_size, dtype=np.float64)


def known_unit(text: str) -> tuple[Kind, float] | None:
    """Return kind and size in Å or 1/Å of a unit as a file writes it; None where it is no length.

    Parameters
    ----------
    text : str
        As ``nm``, ``[n_m]``, ``1/nm`` or ``Å``; case and brackets do not matter.
    """
    plain = text.strip().strip("[]").lower().replace("µ", "u").replace("μ", "u")
    plain = plain.replace("å", "a").replace("å", "a").replace("\\u00b5", "u")
    return UNITS.get(plain)


def lost_block(image: Any) -> tuple[int, int] | None:
    """Return row and column where a block of an image was lost: its only zeros, 64 bytes or more in a row.

    A border of zeros, as alignment leaves, or masked pixels in several rows are no lost block.

    Parameters
    ----------
    image : array (rows, columns)
        Pixels in the type in which they are stored: the block is counted in its bytes.
    """
    stored = np.asarray(image)
    flat = stored.ravel() == 0
    count = int(flat.sum())
    if count < max(4, LOST_BYTES // max(stored.dtype.itemsize, 1) - 2) or flat[0] or flat[-1]:
        return None
    first = int(np.argmax(flat))
    if not flat[first : first + count].all():
        return None
    return first // stored.shape[1], first % stored.shape[1]


def scale_of(
    sizes: Sequence[float], units: Sequence[str], source: str
) -> tuple[Floats, Kind, bool, tuple[str, ...]]:
    """Return pixel size, kind, whether it is a scale, and notes, of sizes along rows and columns.

    Parameters
    ----------
    sizes, units : sequence of 2
        As the file has them; each axis may have a unit of its own. Negative steps lose their sign.

    Raises
    ------
    InputError
        Where one axis is a length and the other a reciprocal one.
    """
    known = [known_unit(unit) for unit in units]
    finite = all(math.isfinite(size) and size != 0.0 for size in sizes)
    if not finite or known[0] is None or known[1] is None:
        said = " and ".join(sorted({repr(unit.strip()[:20]) for unit in units if unit.strip()}))
        why = f"no scale: the unit is {said}" if finite and said else "no scale in the file"
        return np.ones(2), "unknown", False, (f"{why}; lengths are in pixels",)
    if known[0][0] != known[1][0]:
        raise InputError("has a length along one axis and a reciprocal length along the other", where=source)
    size = np.array([abs(one) * unit[1] for one, unit in zip(sizes, known, strict=True) if unit is not None])
    notes = []
    if min(sizes) < 0.0:
        notes.append("an axis runs backwards in the file; its step is taken without the sign")
    return size, known[0][0], True, tuple(notes)


def _finite(stored: NDArray[Any], source: str) -> Floats:
    """A plane of finite real numbers, as float64; anything else is refused."""
    if stored.ndim != 2 or min(stored.shape) < FEWEST_PIXELS:
        raise InputError(
            f"no image: the data are {stored.shape}, a plane of 2 x 2 or more is needed", where=source
        )
    if stored.size > MOST_PIXELS:
        raise InputError(f"{stored.shape} pixels are more than {MOST_PIXELS}", where=source)
    if stored.dtype.kind not in "iufb":
        raise InputError("its pixels are no real numbers (a Fourier transform?)", where=source)
    values = stored.astype(np.float64)
    if not np.isfinite(values).all() or np.abs(values).max() > 1e30:
        raise InputError("pixels are not finite: damaged", where=source)
    place = lost_block(stored)
    if place is not None:
        raise InputError(
            f"a block of zeros stands in row {place[0]}, column {place[1]}: damaged", where=source
        )
    return values


def checked(
    image: Any,
    pixel_size: Any = (1.0, 1.0),
    *,
    source: str,
    format: str,
    corner: Any = (0.0, 0.0),
    calibrated: bool = True,
    notes: Sequence[str] = (),
    **known: Any,
) -> Micrograph:
    """Return a record of an image that holds what it must.

    Parameters
    ----------
    image : array (rows, columns)
        Real numbers.
    pixel_size, corner : array (2,)
        See :class:`Micrograph`.
    **known
        Further fields of the record.

    Raises
    ------
    InputError
        Where it is no plane image of finite numbers, too small or too large, has a lost block, or its pixels
        are beyond all sense.
    """
    values = _finite(np.asarray(image), source)
    size, start = np.asarray(pixel_size, dtype=np.float64), np.asarray(corner, dtype=np.float64)
    if not (
        np.isfinite(size).all()
        and np.isfinite(start).all()
        and ((size >= SMALLEST_PIXEL) & (size <= LARGEST_PIXEL)).all()
    ):
        raise InputError(f"pixels of {size[0]:.4g} x {size[1]:.4g} are beyond all sense", where=source)
    said = list(notes)
    uneven = abs(float(size[1] / size[0]) - 1.0)
    if uneven > 1e-4:
        said.append(f"pixels are not square: {size[0]:.6g} high, {size[1]:.6g} wide")
    return Micrograph(
        image=values,
        pixel_size=size,
        corner=start,
        source=source,
        format=format,
        calibrated=calibrated,
        notes=tuple(said),
        **known,
    )


def scaled(record: Micrograph, pixel_size: float | None, kind: Kind | None) -> Micrograph:
    """Return a record with the scale and kind that its user states; the note says so.

    Parameters
    ----------
    record : Micrograph
        As its file says.
    pixel_size : float, optional
        Stated edge of a pixel, Å; patterns keep their own scale.
    kind : str, optional
        Stated kind, taken only where the file does not say.
    """
    from dataclasses import replace

    if record.kind == "unknown" and kind is not None:
        record = replace(record, kind=kind, notes=(*record.notes, f"taken as {kind}, as stated"))
    if pixel_size is not None and record.kind != "diffraction":
        note = f"pixel size {pixel_size:g} Å as stated, not as in the file"
        record = replace(
            record,
            kind="image",
            pixel_size=np.full(2, pixel_size),
            corner=record.corner / record.pixel_size * pixel_size,
            calibrated=True,
            notes=(*record.notes, note),
        )
    return record
