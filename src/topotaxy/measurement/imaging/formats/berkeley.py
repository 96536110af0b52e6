"""EMD as Berkeley defined it: groups of ``emd_group_type`` 1 with ``data`` and ``dim1``, ``dim2``, ...

Layout after emdatasets.com (EMD 0.2); HyperSpy and Digital Micrograph's plug-in read what is written.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.files.emd import axis, data_groups, energy_axis
from topotaxy.measurement.files.hdf5 import looks, own, said
from topotaxy.measurement.imaging.frames import frames_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Floats, Micrograph, scale_of
from topotaxy.measurement.technique import Format
from topotaxy.results.hdf5 import opened_hdf5

NAME = "Berkeley EMD"
PRISMATIC = "4DSTEM_simulation"


def recognises(head: bytes, path: Path) -> bool:
    """Whether there is a group of that kind with two axes or more, none of them an energy.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file, where its beginning does not decide.
    """

    def images(file: Any) -> bool:
        groups = data_groups(file) if PRISMATIC not in file else []
        return any(one["data"].ndim >= 2 and energy_axis(one) is None for one in groups)

    return looks(head, path, images)


def read(path: Path, options: ImagingOptions | None) -> tuple[Micrograph, ...]:
    """Read every image; of more axes than two the last two are the image.

    Parameters
    ----------
    path : Path
        The file.
    options : ImagingOptions, optional
        What the user states of scale and kind.

    Raises
    ------
    InputError
        Where it holds no image, or one without steps, or is damaged.
    """
    chosen = options or ImagingOptions()
    records: list[Micrograph] = []
    with opened_hdf5(path, kind="EMD") as file:
        instrument = said(file["microscope"], "name") if own(file, "microscope") is not None else ""
        for group in data_groups(file):
            data = own(group, "data")
            if data.ndim >= 2 and energy_axis(group) is None:
                records += _frames(group, data, path.name, instrument or None, chosen)
    if not records:
        raise InputError("holds no image", where=path.name)
    return tuple(records)


def _frames(
    group: Any, data: Any, source: str, instrument: str | None, options: ImagingOptions
) -> list[Micrograph]:
    rows, columns = data.shape[-2:]
    axes = [axis(group, data.ndim - 1, rows, source), axis(group, data.ndim, columns, source)]
    size, kind, calibrated, notes = scale_of([a[0] for a in axes], [a[2] for a in axes], source)
    corner = size * np.array([a[1] / a[0] for a in axes])
    frames = np.asarray(data[()]).reshape(-1, rows, columns)
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
        instrument=instrument,
        origin="simulated" if (instrument or "").startswith("virtual") else "measured",
    )


def write(record: Micrograph, path: Path) -> None:
    """Write one image; numbers read back as they are, and a checksum guards the pixels.

    Parameters
    ----------
    record : Micrograph
        Image or pattern; lengths go into nm or 1/nm.
    path : Path
        Written as a whole or not at all.
    """
    import h5py

    per, unit = {"image": (0.1, "[n_m]"), "diffraction": (10.0, "[n_m^-1]")}.get(record.kind, (1.0, "[px]"))
    if not record.calibrated:
        per, unit = 1.0, "[px]"
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file.attrs["version_major"] = 0
        file.attrs["version_minor"] = 2
        file.create_group("microscope").attrs["name"] = record.instrument or "unknown"
        group = file.create_group("data").create_group("image")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", data=record.image, fletcher32=True, chunks=record.image.shape)
        for number, name in ((1, "y"), (2, "x")):
            values = _positions(record, number - 1) * per
            stored = group.create_dataset(f"dim{number}", data=values)
            stored.attrs["name"] = name
            stored.attrs["units"] = unit
    write_atomically(path, memory.getvalue())


def _positions(record: Micrograph, along: int) -> Floats:
    count = record.image.shape[along]
    return np.asarray(record.corner[along] + record.pixel_size[along] * np.arange(count), dtype=np.float64)


FORMAT = Format(NAME, (".emd",), recognises, read, write)
