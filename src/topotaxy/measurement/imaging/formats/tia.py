"""FEI TIA: images of a series in ``.ser``; what they are (image or diffraction) only its ``.emi`` says.

The ``.ser`` writes the unit metre for both, so that one without its ``.emi`` is refused unless the kind is
stated. Layout after the public description of C. Boothroyd.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.stored import Bytes, content, frame_names
from topotaxy.measurement.imaging.frames import frame_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Kind, Micrograph
from topotaxy.measurement.technique import Format

NAME = "TIA"
MAGIC = b"II\x97\x01"
DESCRIPTION = b"JK\x00\x02"
"""First bytes of an ``.emi``."""
SPECTRA, IMAGES = 0x4120, 0x4122
PIXELS = {1: "u1", 2: "u2", 3: "u4", 4: "i1", 5: "i2", 6: "i4", 7: "f4", 8: "f8"}
MOST_FRAMES = 100_000
_VALUE = r"<Label>{}</Label>\s*<Value>([^<]{{0,200}})</Value>"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it is a series of TIA, or the description of one; what is no image is refused by name.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file, where its beginning does not decide.
    """
    series = head.startswith(MAGIC) and int.from_bytes(head[6:10], "little") in (SPECTRA, IMAGES)
    return series or head.startswith(DESCRIPTION)


def _beside(path: Path) -> Path | None:
    """The ``.emi`` that belongs to a series: of the same name, less the number of the series."""
    names = dict.fromkeys((path.stem, re.sub(r"_\d+$", "", path.stem)))
    found = [path.with_name(f"{name}.emi") for name in names]
    return next((one for one in found if one.is_file() and not one.is_symlink()), None)


def _described(path: Path) -> tuple[Kind | None, str | None]:
    """Kind and microscope, as the ``.emi`` says."""
    beside = _beside(path)
    if beside is None:
        return None, None
    text = content(beside).data.decode("latin-1")
    mode = re.search(_VALUE.format("Mode"), text)
    microscope = re.search(_VALUE.format("Microscope"), text)
    # A scanning microscope has its projector in diffraction mode and still makes images.
    kind: Kind | None = None
    if mode is not None:
        kind = "diffraction" if "Diffraction" in mode[1] and "STEM" not in mode[1] else "image"
    return kind, microscope[1].strip()[:80] if microscope else None


def read(path: Path, options: ImagingOptions | None) -> tuple[Micrograph, ...]:
    """Read every image of a series.

    Parameters
    ----------
    path : Path
        The file.
    options : ImagingOptions, optional
        What the user states of scale and kind.

    Raises
    ------
    InputError
        Where it holds spectra, is damaged, or lacks the ``.emi`` that says what its images are.
    """
    chosen = options or ImagingOptions()
    data = content(path)
    if data.data.startswith(DESCRIPTION):
        raise InputError("describes a series of TIA: give the .ser beside it", where=path.name)
    if data.piece(0, 4) != MAGIC:
        raise InputError("is no series of TIA", where=path.name)
    version, what = data.unpack("hi", 4)
    if what != IMAGES:
        raise InputError("holds spectra and no image", where=path.name)
    total, valid = data.unpack("ii", 14)
    wide = version >= 0x220
    start = data.unpack("q" if wide else "i", 22)[0]
    if not 1 <= valid <= min(total, MOST_FRAMES):
        raise InputError(f"holds {valid} images of {total}: an empty or damaged series", where=path.name)
    places = data.unpack(f"{valid}{'q' if wide else 'i'}", start)
    kind, microscope = _described(path)
    if kind is None:
        kind = chosen.image_kind
    if kind is None and chosen.pixel_size is None:
        raise InputError(
            "its .emi is not beside it, and a .ser alone does not say whether it is an image or a "
            "diffraction pattern: put it there, or state the kind",
            where=path.name,
        )
    return tuple(
        _frame(data, place, name, kind or "image", microscope, chosen)
        for name, place in zip(frame_names(path.name, valid), places, strict=True)
    )


def _frame(
    data: Bytes, at: int, source: str, kind: Kind, microscope: str | None, options: ImagingOptions
) -> Micrograph:
    x_start, x_step, x_pixel, y_start, y_step, y_pixel, code, columns, rows = data.unpack("ddiddihii", at)
    if code not in PIXELS:
        raise InputError(f"its pixels are of type {code}: complex or damaged", where=data.source)
    pixels = data.pixels(at + 50, (rows, columns), PIXELS[code])
    # Metres, or per metre; calibrated at one pixel of each axis.
    per = 1e10 if kind == "image" else 1e-10
    steps = np.array([y_step, x_step]) * per
    starts = np.array([y_start, x_start]) * per - steps * np.array([y_pixel, x_pixel])
    notes = ("an axis runs backwards in the file; its step is taken without the sign",)
    return frame_of(
        pixels,
        np.abs(steps),
        options,
        corner=np.sign(steps) * starts,
        source=source,
        format=NAME,
        kind=kind,
        centred=kind == "diffraction" and bool((starts != 0.0).all()),
        notes=notes if (steps < 0.0).any() else (),
        instrument=microscope,
    )


FORMAT = Format(NAME, (".ser",), recognises, read)
