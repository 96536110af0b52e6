"""EMD of the simulation program Prismatic: scans with one image for each ring of the detector.

Its steps are in Å though the label says nm: 22 steps of 0.25 span one cell of silicon (5.43 Å) in its own
example. The intensities of all rings beyond half of the largest angle are added, as an annular dark field
detector does.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.emd import axis
from topotaxy.measurement.files.hdf5 import looks, names_in, own
from topotaxy.measurement.files.stored import frame_names
from topotaxy.measurement.imaging.formats.berkeley import PRISMATIC
from topotaxy.measurement.imaging.frames import frame_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Micrograph
from topotaxy.measurement.technique import Format
from topotaxy.results.hdf5 import opened_hdf5

NAME = "Prismatic EMD"
SLICES = f"{PRISMATIC}/data/realslices"


def recognises(head: bytes, path: Path) -> bool:
    """Whether the group of such simulations is there.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file, where its beginning does not decide.
    """
    return looks(head, path, lambda file: PRISMATIC in file)


def read(path: Path, options: ImagingOptions | None) -> tuple[Micrograph, ...]:
    """Read each slice as an image.

    Parameters
    ----------
    path : Path
        The file.
    options : ImagingOptions, optional
        What the user states of scale and kind.

    Raises
    ------
    InputError
        Where it holds no image of a scan, or is damaged.
    """
    records = []
    with opened_hdf5(path, kind="EMD") as file:
        slices = file.get(SLICES)
        groups = [own(slices, name) for name in names_in(slices)]
        groups = [group for group in groups if own(group, "realslice") is not None]
        for name, group in zip(frame_names(path.name, len(groups)), groups, strict=True):
            values = np.asarray(own(group, "realslice")[()], dtype=np.float64)
            if values.ndim not in (2, 3):
                raise InputError(f"a slice has {values.ndim} axes, not 2 or 3", where=path.name)
            axes = [axis(group, number, values.shape[number - 1], path.name) for number in (1, 2)]
            notes = ["steps are in Å, as Prismatic computes, whatever their label"]
            if values.ndim == 3:
                first = values.shape[2] // 2
                values = values[:, :, first:].sum(axis=2)
                notes.append(f"detector rings {first + 1} and beyond are added")
            one = frame_of(
                values,
                np.abs([a[0] for a in axes]),
                options,
                source=name,
                format=NAME,
                notes=notes,
                instrument="virtual microscope of Prismatic",
                origin="simulated",
            )
            records.append(one)
    if not records:
        raise InputError("holds no image of a scan", where=path.name)
    return tuple(records)


FORMAT = Format(NAME, (".emd",), recognises, read)
