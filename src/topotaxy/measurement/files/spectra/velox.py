"""Spectra of Velox (EMD): summed X-ray spectra, streams of X-ray events, electron energy-loss images.

A stream holds the channel of each X-ray; 65535 ends a pixel, pixels follow row by row and frame by frame.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.files.hdf5 import looks, names_in, own
from topotaxy.measurement.files.spectra.stored import MOST_VALUES, Signal, StoredSpectrum, length_of, stored
from topotaxy.measurement.files.velox import metadata, number, section
from topotaxy.results.hdf5 import opened_hdf5

SUMS, STREAMS, LOSSES = "Data/Spectrum", "Data/SpectrumStream", "Data/EelsSpectrumImage"
NEXT_PIXEL = 65535
MOST_CHANNELS = 65535


def signals(head: bytes, path: Path) -> set[Signal]:
    """Return what the spectra of a file are of; empty where it holds none.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file.
    """
    found: set[Signal] = set()

    def ask(file: Any) -> bool:
        if any(names_in(file.get(name)) for name in (SUMS, STREAMS)):
            found.add("x-ray")
        if LOSSES in file:
            found.add("loss")
        return True

    return found if looks(head, path, ask) else set()


def _groups(file: Any, name: str) -> list[Any]:
    parent = file.get(name)
    found = [own(parent, key) for key in names_in(parent)]
    return [one for one in found if own(one, "Data") is not None]


def losses(path: Path) -> tuple[StoredSpectrum, ...]:
    """Return the energy-loss images of a file, one for each range that was recorded.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    InputError
        Where there is none, or the file is damaged.
    """
    found = []
    with opened_hdf5(path, kind="EMD") as file:
        pixel = _pixel([metadata(one, path.name) for one in _groups(file, "Data/SpectrumImage")])
        for count, group in enumerate(_groups(file, LOSSES), start=1):
            about = section(_acquisition(group, path.name), "Data")
            values = np.asarray(own(group, "Data")[()])
            if values.ndim not in (2, 3):
                raise InputError(f"its spectra have {values.ndim} axes", where=path.name)
            # Columns, channels, rows; of a line, columns and channels.
            cube = np.moveaxis(values, 2, 0) if values.ndim == 3 else values[None]
            found.append(
                stored(
                    cube,
                    offset=number(about.get("offset")),
                    step=number(about.get("dispersion")),
                    unit="eV",
                    source=f"{path.name}, range {count}",
                    pixel=pixel,
                    beam_energy=_voltage(metadata(group, path.name)),
                    counted=False,
                )
            )
    if not found:
        raise InputError("holds no such spectrum", where=path.name)
    return tuple(sorted(found, key=lambda one: float(one.energy[0])))


def _acquisition(group: Any, source: str) -> dict[str, Any]:
    held = own(group, "AcquisitionMetadata")
    if held is None or held.ndim != 2 or held.dtype.kind not in "ui":
        raise InputError("states no energy axis", where=source)
    text = bytes(np.asarray(held[:, 0], dtype=np.uint8)).split(b"\0", 1)[0]
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("its metadata are no JSON: damaged", where=source) from None
    return found if isinstance(found, dict) else {}


def x_rays(path: Path) -> tuple[StoredSpectrum, ...]:
    """Return the X-ray spectra of a file: the image where events have pixels, else the summed spectra.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    InputError
        Where there is none, or the file is damaged.
    """
    with opened_hdf5(path, kind="EMD") as file:
        streams = [(one, metadata(one, path.name)) for one in _groups(file, STREAMS)]
        images = [(one, about) for one, about in streams if _raster(one, about) is not None]
        if images:
            return (_image(images, path.name),)
        sums = [(one, metadata(one, path.name)) for one in _groups(file, SUMS)]
        spectra = [_summed(one, about, path.name, n + 1) for n, (one, about) in enumerate(sums)]
    if not spectra:
        raise InputError("holds no such spectrum", where=path.name)
    return _together(spectra, path.name)


def _together(spectra: list[StoredSpectrum], source: str) -> tuple[StoredSpectrum, ...]:
    """The sum of all detectors alone, where one of the spectra is that."""
    for one in spectra:
        others = [other for other in spectra if other is not one]
        same = len(others) > 1 and all(other.counts.shape == one.counts.shape for other in others)
        if same and np.array_equal(np.sum([other.counts for other in others], axis=0), one.counts):
            from dataclasses import replace

            note = f"sum of {len(others)} detectors"
            return (replace(one, source=source, notes=(*one.notes, note)),)
    return tuple(spectra)


def _summed(group: Any, about: dict[str, Any], source: str, count: int) -> StoredSpectrum:
    values = np.asarray(own(group, "Data")[()])
    if values.ndim != 2 or values.shape[1] < 1:
        raise InputError("its spectrum is of no known shape", where=source)
    return stored(
        values.sum(axis=1), source=f"{source}, spectrum {count}", **_calibration(about, source), unit="eV"
    )


def _calibration(about: dict[str, Any], source: str) -> dict[str, Any]:
    """Offset and step of the detector that a spectrum names, eV."""
    wanted = str(section(about, "BinaryResult").get("Detector", ""))
    for detector in section(about, "Detectors").values():
        if not isinstance(detector, dict) or not wanted:
            continue
        if str(detector.get("DetectorName", "")).startswith(wanted):
            step, offset = number(detector.get("Dispersion")), number(detector.get("OffsetEnergy"))
            if math.isfinite(step) and math.isfinite(offset):
                known = section(about, "Instrument").get("InstrumentModel")
                return {
                    "offset": offset,
                    "step": step,
                    "beam_energy": _voltage(about),
                    "instrument": str(known)[:80] if known else None,
                }
    raise InputError("states no energy axis", where=source)


def _voltage(about: dict[str, Any]) -> float | None:
    volts = number(section(about, "Optics").get("AccelerationVoltage"))
    return volts if 1e3 < volts < 4e6 else None


def _pixel(abouts: list[dict[str, Any]]) -> tuple[float, float] | None:
    for about in abouts:
        result = section(about, "BinaryResult")
        size = section(result, "PixelSize")
        sides = [
            length_of(number(size.get(key)), str(result.get(unit, "")))
            for key, unit in (("height", "PixelUnitY"), ("width", "PixelUnitX"))
        ]
        if sides[0] is not None and sides[1] is not None:
            return sides[0], sides[1]
    return None


def _settings(group: Any) -> dict[str, Any]:
    held = own(group, "AcquisitionSettings")
    try:
        text = held[0] if held is not None and held.shape == (1,) else b"{}"
        found = json.loads(text)
    except (ValueError, RecursionError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _raster(group: Any, about: dict[str, Any]) -> tuple[int, int, int] | None:
    """Rows, columns and channels of the image that a stream is of; None where it has no pixels."""
    settings = _settings(group)
    raster = section(settings, "RasterScanDefinition")
    width, height = number(raster.get("Width")), number(raster.get("Height"))
    channels = number(settings.get("bincount"))
    area = section(about, "Scan", "ScanArea")
    if not (width >= 1.0 and height >= 1.0 and 1.0 <= channels <= MOST_CHANNELS):
        return None
    edges = {key: number(area.get(key)) for key in ("left", "right", "top", "bottom")}
    if all(math.isfinite(value) for value in edges.values()):
        width *= edges["right"] - edges["left"]
        height *= edges["bottom"] - edges["top"]
    rows, columns = round(min(max(height, 0.0), 1e6)), round(min(max(width, 0.0), 1e6))
    return (rows, columns, round(channels)) if rows >= 1 and columns >= 1 else None


def _image(streams: list[tuple[Any, dict[str, Any]]], source: str) -> StoredSpectrum:
    shape = _raster(*streams[0])
    assert shape is not None
    rows, columns, channels = shape
    if rows * columns * channels > MOST_VALUES:
        raise InputError(f"{shape} numbers are more than {MOST_VALUES}", where=source)
    total = np.zeros(rows * columns * channels, dtype=np.int64)
    for group, about in streams:
        if _raster(group, about) != shape:
            raise InputError("its detectors have images of different sizes", where=source)
        total += _placed(np.asarray(own(group, "Data")[()]).ravel(), rows * columns, channels, source)
    about = streams[0][1]
    return stored(
        total.reshape(shape),
        source=source,
        unit="eV",
        pixel=_pixel([about]),
        **_calibration(about, source),
        notes=(f"{len(streams)} detectors together",) if len(streams) > 1 else (),
    )


def _placed(stream: NDArray[Any], pixels: int, channels: int, source: str) -> NDArray[np.int64]:
    """Events of a stream, counted by pixel and channel, (pixels x channels,)."""
    if stream.dtype.kind not in "iu":
        raise InputError("its stream of events is of no known type", where=source)
    ends = stream == NEXT_PIXEL
    pixel = np.cumsum(ends) % pixels
    event = ~ends
    channel = stream[event].astype(np.int64)
    if channel.size and not (channel.min() >= 0 and channel.max() < channels):
        raise InputError("an event lies beyond the last channel: damaged", where=source)
    return np.bincount(pixel[event] * channels + channel, minlength=pixels * channels).astype(np.int64)
