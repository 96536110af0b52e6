"""Gatan Digital Micrograph, DM3 and DM4: a tree of tags in which the image is one.

Layout of the tags after the public descriptions of C. Boothroyd and G. Lefman.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.gatan_tags import (
    Tags,
    array_of,
    calibrations,
    dimensions,
    images,
    is_spectrum,
    microscope,
)
from topotaxy.measurement.files.stored import Bytes, content
from topotaxy.measurement.imaging.frames import every_frame, frames_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Micrograph, scale_of
from topotaxy.measurement.technique import Format

NAME = "Digital Micrograph"
NO_IMAGE = {
    3: "complex numbers",
    5: "a packed Fourier transform",
    8: "a binary mask",
    13: "complex numbers",
    23: "a colour picture",
    27: "a packed Fourier transform",
    28: "a packed Fourier transform",
}


def recognises(head: bytes, path: Path) -> bool:
    """Whether it is such a file and does not say that it holds spectra, which are another technique's.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file, where its beginning does not decide.
    """
    if len(head) < 12 or head[:4] not in (b"\0\0\0\x03", b"\0\0\0\x04"):
        return False
    order = head[8:12] if head[3] == 3 else head[12:16]
    if order not in (b"\0\0\0\x01", b"\0\0\0\0"):
        return False
    try:
        held = images(Tags(content(path)).tree, path.name)
    except InputError:
        return True
    return any(not is_spectrum(image) for image in held)


def read(path: Path, options: ImagingOptions | None) -> tuple[Micrograph, ...]:
    """Read every image of a file.

    Parameters
    ----------
    path : Path
        The file.
    options : ImagingOptions, optional
        What the user states of scale and kind.

    Raises
    ------
    InputError
        Where it holds no image, a transform or a colour picture, or is damaged.
    """
    data = content(path)
    tags = Tags(data)
    every = [image for image in images(tags.tree, path.name) if not is_spectrum(image)]
    if not every:
        raise InputError("holds spectra and no image", where=path.name)
    return every_frame(path.name, every, lambda image, name: _frames(image, data, name, options))


def _frames(
    image: dict[str, Any], data: Bytes, source: str, options: ImagingOptions | None
) -> list[Micrograph]:
    about = image["ImageData"]
    code, shape = about.get("DataType"), dimensions(image)
    if code in NO_IMAGE:
        raise InputError(f"holds {NO_IMAGE[code]} (data type {code}); save the image itself", where=source)
    if len(shape) < 2:
        raise InputError("its image is of no known type: damaged", where=source)
    pixels = array_of(image, data, source)
    steps, starts, units = calibrations(about, len(shape))
    size, kind, calibrated, notes = scale_of(steps[-2:], units[-2:], source)
    # Gatan's origin is the pixel at which the coordinate is zero.
    corner = -size * np.array(starts[-2:]) if calibrated else np.zeros(2)
    frames = pixels.reshape(-1, *shape[-2:])
    return frames_of(
        frames,
        source,
        size,
        options,
        kind=kind,
        corner=corner,
        format=NAME,
        calibrated=calibrated,
        notes=notes,
        instrument=microscope(image),
    )


FORMAT = Format(NAME, (".dm3", ".dm4"), recognises, read)
