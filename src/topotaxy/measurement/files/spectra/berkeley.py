"""Spectra and spectrum images in EMD files as Berkeley defined them: the axis in eV is the energy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.emd import axis, data_groups, energy_axis
from topotaxy.measurement.files.hdf5 import looks, own, said
from topotaxy.measurement.files.spectra.stored import SIGNALS, Signal, StoredSpectrum, length_of, stored
from topotaxy.results.hdf5 import opened_hdf5


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
        found.update(_signal(one) for one in data_groups(file) if energy_axis(one) is not None)
        return True

    return found if looks(head, path, ask) else set()


def _signal(group: Any) -> Signal:
    """What the group, or the name of its energy axis, says."""
    stated = SIGNALS.get(said(group, "signal_type").strip().lower(), "")
    number = energy_axis(group)
    name = said(own(group, f"dim{number}"), "name").lower() if number is not None else ""
    if stated or not name:
        return stated
    return "loss" if "loss" in name else "x-ray" if "x-ray" in name or "xray" in name else ""


def read(path: Path, wanted: Signal) -> tuple[StoredSpectrum, ...]:
    """Return the spectra of a file that are of a signal.

    Parameters
    ----------
    path : Path
        Of the file.
    wanted : {"loss", "x-ray"}
        Signal.

    Raises
    ------
    InputError
        Where there is none, or the file is damaged.
    """
    found = []
    with opened_hdf5(path, kind="EMD") as file:
        microscope = own(file, "microscope")
        instrument = said(microscope, "name")[:80] if microscope is not None else ""
        groups = [g for g in data_groups(file) if energy_axis(g) is not None and _signal(g) == wanted]
        for number, group in enumerate(groups, start=1):
            source = path.name if len(groups) == 1 else f"{path.name}, spectrum {number}"
            found.append(_one(group, source, instrument or None))
    if not found:
        raise InputError("holds no such spectrum", where=path.name)
    return tuple(found)


def _one(group: Any, source: str, instrument: str | None) -> StoredSpectrum:
    values = np.asarray(own(group, "data")[()])
    along = energy_axis(group)
    assert along is not None
    axes = [axis(group, number + 1, length, source) for number, length in enumerate(values.shape)]
    step, offset, unit = axes[along - 1]
    rest = [one for number, one in enumerate(axes, start=1) if number != along]
    values = np.moveaxis(values, along - 1, -1)
    if values.ndim == 2:
        values = values[None]
    sizes = [length_of(one[0], one[2]) for one in rest]
    return stored(
        values,
        offset=offset,
        step=step,
        unit=unit,
        source=source,
        pixel=(float(sizes[0]), float(sizes[1])) if len(sizes) == 2 and None not in sizes else None,  # type: ignore[arg-type]
        counted=values.dtype.kind in "iu",
        instrument=instrument,
    )
