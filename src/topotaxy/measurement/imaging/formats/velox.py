"""EMD as Velox writes it: ``Data/Image/<id>/Data`` with frames last, metadata as JSON in columns of bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.hdf5 import looks, names_in, own
from topotaxy.measurement.files.velox import metadata, number, section
from topotaxy.measurement.imaging.frames import every_frame, frames_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Micrograph, scale_of
from topotaxy.measurement.technique import Format
from topotaxy.results.hdf5 import opened_hdf5

NAME = "Velox EMD"
IMAGES = "Data/Image"
SPECTRA = ("Data/Spectrum", "Data/SpectrumStream", "Data/SpectrumImage")


def recognises(head: bytes, path: Path) -> bool:
    """Whether there are images and no spectra, which are another technique's.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file, where its beginning does not decide.
    """
    return looks(head, path, lambda file: IMAGES in file and not any(name in file for name in SPECTRA))


def read(path: Path, options: ImagingOptions | None) -> tuple[Micrograph, ...]:
    """Read every image and every frame of it.

    Parameters
    ----------
    path : Path
        The file.
    options : ImagingOptions, optional
        What the user states of scale and kind.

    Raises
    ------
    InputError
        Where it holds no image, or is damaged.
    """
    images = []
    with opened_hdf5(path, kind="EMD") as file:
        images_of = file[IMAGES]
        for name in names_in(images_of):
            group = own(images_of, name)
            data = own(group, "Data")
            if data is not None:
                images.append((np.asarray(data[()]), metadata(group, path.name)))
    if not images:
        raise InputError("holds no image", where=path.name)
    return every_frame(path.name, images, lambda image, name: _frames(*image, name, options))


def _frames(
    values: Any, about: dict[str, Any], source: str, options: ImagingOptions | None
) -> list[Micrograph]:
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3:
        raise InputError(f"an image has {values.ndim} axes, not 2 or 3", where=source)
    result = section(about, "BinaryResult")
    sizes, start = section(result, "PixelSize"), section(result, "Offset")
    steps = [number(sizes.get("height")), number(sizes.get("width"))]
    units = [str(result.get("PixelUnitY", "")), str(result.get("PixelUnitX", ""))]
    size, kind, calibrated, notes = scale_of(steps, units, source)
    starts = np.array([number(start.get("y")), number(start.get("x"))])
    known = bool(np.isfinite(starts).all()) and calibrated
    corner = size * starts / np.array(steps) if known else np.zeros(2)
    said = [*notes]
    full = section(result, "ImageSize")
    if full and kind == "diffraction" and str(full.get("height")) != str(values.shape[0]):
        # Offset and pixel size are of the image as it was acquired; the stored one may be binned or cut.
        said.append("stored with fewer pixels than were acquired")
    instrument = str(section(about, "Instrument").get("InstrumentModel", ""))[:80] or None
    return frames_of(
        np.moveaxis(values, 2, 0),
        source,
        size,
        options,
        kind=kind,
        corner=corner,
        centred=False,
        format=NAME,
        calibrated=calibrated,
        notes=said,
        instrument=instrument,
    )


FORMAT = Format(NAME, (".emd",), recognises, read)
