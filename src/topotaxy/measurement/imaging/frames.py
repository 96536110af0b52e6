"""The images of one file: each a record, with the scale that they share and what their user states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.files.stored import frame_names
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Kind, Micrograph, checked, scaled


def frames_of(
    images: Sequence[Any] | NDArray[Any],
    source: str,
    size: Any,
    options: ImagingOptions | None,
    *,
    kind: Kind,
    corner: Any = (0.0, 0.0),
    centred: bool | None = None,
    **known: Any,
) -> list[Micrograph]:
    """Return the records of a stack of images.

    Parameters
    ----------
    images : sequence of array (rows, columns)
        As the file has them.
    source
        Name of the file, or of the stack in it.
    size, corner : array (2,)
        Of a pixel, and of the first one's centre; see :class:`Micrograph`.
    options
        What the user states of scale and kind.
    centred
        Whether the file states where the direct beam is; where None, a pattern does whose corner is not zero.
    **known
        Further fields of the records.

    Raises
    ------
    InputError
        As of :func:`checked`.
    """
    chosen = options or ImagingOptions()
    if centred is None:
        centred = kind == "diffraction" and bool((np.asarray(corner) != 0.0).all())
    return [
        scaled(
            checked(image, size, corner=corner, source=name, kind=kind, centred=centred, **known),
            chosen.pixel_size,
            chosen.image_kind,
        )
        for image, name in zip(images, frame_names(source, len(images)), strict=True)
    ]
