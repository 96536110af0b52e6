"""EMD as Velox writes it: ``Data/Image/<id>/Data`` with frames last, metadata as JSON in columns of bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.frames import frames_of
from topotaxy.measurement.imaging.hdf5 import looks, opened, own
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Micrograph, scale_of
from topotaxy.measurement.technique import Format

NAME = "Velox EMD"
IMAGES = "Data/Image"
SPECTRA = ("Data/Spectrum", "Data/SpectrumStream", "Data/SpectrumImage")


def recognises(head: bytes, path: Path) -> bool:
    """Whether there are images and no spectra, which are another technique's."""
    return looks(head, path, lambda file: IMAGES in file and not any(name in file for name in SPECTRA))


def read(path: Path, options: ImagingOptions | None) -> tuple[Micrograph, ...]:
    """Read every image and every frame of it."""
    chosen = options or ImagingOptions()
    images = []
    with opened(path, "EMD") as file:
        images_of = file[IMAGES]
        for name in images_of:
            group = own(images_of, name)
            data = own(group, "Data")
            if data is not None:
                images.append((np.asarray(data[()]), _metadata(group, path.name)))
    if not images:
        raise InputError("holds no image", where=path.name)
    names = [path.name] if len(images) == 1 else [f"{path.name}, image {n + 1}" for n in range(len(images))]
    return tuple(
        record
        for name, (values, about) in zip(names, images, strict=True)
        for record in _frames(values, about, name, chosen)
    )


def _metadata(group: Any, source: str) -> dict[str, Any]:
    stored = own(group, "Metadata")
    if stored is None or stored.ndim != 2 or stored.dtype.kind not in "ui" or not stored.shape[1]:
        return {}
    text = bytes(np.asarray(stored[:, 0], dtype=np.uint8)).split(b"\0", 1)[0]
    try:
        about = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        raise InputError("its metadata are no JSON: damaged", where=source) from None
    return about if isinstance(about, dict) else {}


def _section(about: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        found = about.get(name)
        about = found if isinstance(found, dict) else {}
    return about


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return float("nan")


def _frames(values: Any, about: dict[str, Any], source: str, options: ImagingOptions) -> list[Micrograph]:
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3:
        raise InputError(f"an image has {values.ndim} axes, not 2 or 3", where=source)
    result = _section(about, "BinaryResult")
    sizes, start = _section(result, "PixelSize"), _section(result, "Offset")
    steps = [_number(sizes.get("height")), _number(sizes.get("width"))]
    units = [str(result.get("PixelUnitY", "")), str(result.get("PixelUnitX", ""))]
    size, kind, calibrated, notes = scale_of(steps, units, source)
    starts = np.array([_number(start.get("y")), _number(start.get("x"))])
    known = bool(np.isfinite(starts).all()) and calibrated
    corner = size * starts / np.array(steps) if known else np.zeros(2)
    said = [*notes]
    full = _section(result, "ImageSize")
    if full and kind == "diffraction" and str(full.get("height")) != str(values.shape[0]):
        # Offset and pixel size are of the image as it was acquired; the stored one may be binned or cut.
        said.append("stored with fewer pixels than were acquired")
    instrument = str(_section(about, "Instrument").get("InstrumentModel", ""))[:80] or None
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
