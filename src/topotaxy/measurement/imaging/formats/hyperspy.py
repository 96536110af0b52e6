"""HyperSpy's own files: ``Experiments/<name>/data`` with groups ``axis-0``, ``axis-1``, ..."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.hdf5 import looks, names_in, own, said
from topotaxy.measurement.files.hyperspy import signal_axes
from topotaxy.measurement.imaging.frames import frames_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Micrograph, scale_of
from topotaxy.measurement.technique import Format
from topotaxy.results.hdf5 import opened_hdf5

NAME = "HyperSpy"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds a signal of two axes; spectra are another technique's.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file, where its beginning does not decide.
    """

    def images(file: Any) -> bool:
        experiments = own(file, "Experiments")
        if experiments is None or not said(file, "file_format").lower().startswith("hyperspy"):
            return False
        return any(len(signal_axes(own(experiments, name))) == 2 for name in names_in(experiments))

    return looks(head, path, images)


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
        Where it holds no image, or one whose axes are not the last two of its data.
    """
    chosen = options or ImagingOptions()
    records: list[Micrograph] = []
    with opened_hdf5(path, kind="HyperSpy") as file:
        experiments = own(file, "Experiments")
        for name in names_in(experiments):
            group = own(experiments, name)
            if len(signal_axes(group)) == 2:
                records += _frames(group, path.name, chosen)
    if not records:
        raise InputError("holds no image", where=path.name)
    return tuple(records)


def _frames(group: Any, source: str, options: ImagingOptions) -> list[Micrograph]:
    data = np.asarray(own(group, "data")[()])
    along = signal_axes(group)
    if along != [data.ndim - 2, data.ndim - 1]:
        raise InputError("the axes of its image are not the last two of its data", where=source)
    axes = [own(group, f"axis-{n}") for n in along]
    try:
        steps = [float(said(a, "scale")) for a in axes]
        starts = [float(said(a, "offset") or 0.0) for a in axes]
    except ValueError:
        raise InputError("an axis of its image states no step", where=source) from None
    size, kind, calibrated, notes = scale_of(steps, [_unit(said(a, "units")) for a in axes], source)
    corner = size * np.array(starts) / np.array(steps) if calibrated else np.zeros(2)
    frames = data.reshape(-1, *data.shape[-2:])
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
    )


def _unit(text: str) -> str:
    return "" if text in ("<undefined>", "None") else text


FORMAT = Format(NAME, (".hspy", ".hdf5"), recognises, read)
