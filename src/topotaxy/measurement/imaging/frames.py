"""The images of one file: each a record, with the scale that they share and what their user states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.files.stored import frame_names
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Kind, Micrograph, checked, scaled

T = TypeVar("T")


def frame_of(image: Any, size: Any, options: ImagingOptions | None, **known: Any) -> Micrograph:
    """Return the record of one image, with the scale and kind that its user states.

    Parameters
    ----------
    image : array (rows, columns)
        As the file has it.
    size : array (2,)
        Height and width of a pixel; see :class:`Micrograph`.
    options : ImagingOptions, optional
        What the user states of scale and kind.
    **known
        Further fields of the record, its source and format among them.

    Raises
    ------
    InputError
        As of :func:`checked`.
    """
    chosen = options or ImagingOptions()
    return scaled(checked(image, size, **known), chosen.pixel_size, chosen.image_kind)


def every_frame(
    name: str, images: Sequence[T], frames: Callable[[T, str], Sequence[Micrograph]]
) -> tuple[Micrograph, ...]:
    """Return the records of all images of a file, each of which may have several frames.

    Parameters
    ----------
    name : str
        Of the file; where it has several images, the source of each gets its number.
    images : sequence
        As the reader has them.
    frames : callable
        Records of one of them, given it and its source.
    """
    sources = [name] if len(images) == 1 else [f"{name}, image {n + 1}" for n in range(len(images))]
    return tuple(one for source, image in zip(sources, images, strict=True) for one in frames(image, source))


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
    if centred is None:
        centred = kind == "diffraction" and bool((np.asarray(corner) != 0.0).all())
    return [
        frame_of(image, size, options, corner=corner, source=name, kind=kind, centred=centred, **known)
        for image, name in zip(images, frame_names(source, len(images)), strict=True)
    ]
