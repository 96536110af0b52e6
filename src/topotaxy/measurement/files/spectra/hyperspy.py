"""Spectra and spectrum images in HyperSpy's own files (.hspy), read and written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.files.hdf5 import looks, names_in, own, said
from topotaxy.measurement.files.hyperspy import signal_axes
from topotaxy.measurement.files.spectra.stored import SIGNALS, Signal, StoredSpectrum, length_of, stored
from topotaxy.results.hdf5 import opened_hdf5

SIGNAL_TYPES = {"loss": "EELS", "x-ray": "EDS_TEM"}


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
        experiments = own(file, "Experiments")
        if experiments is None or not said(file, "file_format").lower().startswith("hyperspy"):
            return False
        for name in names_in(experiments):
            group = own(experiments, name)
            if len(signal_axes(group)) == 1:
                found.add(_signal(group))
        return True

    return found if looks(head, path, ask) else set()


def _member(group: Any, path: str) -> Any:
    for name in path.split("/"):
        group = own(group, name)
        if group is None:
            return None
    return group


def _signal(group: Any) -> Signal:
    about = _member(group, "metadata/Signal")
    return "" if about is None else SIGNALS.get(said(about, "signal_type").lower(), "")


def _stated(group: Any, path: str, key: str) -> float | None:
    about = _member(group, path)
    try:
        value = float(said(about, key)) if about is not None else float("nan")
    except ValueError:
        return None
    return value if np.isfinite(value) and value > 0.0 else None


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
    with opened_hdf5(path, kind="HyperSpy") as file:
        experiments = own(file, "Experiments")
        names = [
            name
            for name in names_in(experiments)
            if len(signal_axes(own(experiments, name))) == 1 and _signal(own(experiments, name)) == wanted
        ]
        for name in names:
            source = path.name if len(names) == 1 else f"{path.name}, {name[:60]}"
            found.append(_one(own(experiments, name), source))
    if not found:
        raise InputError("holds no such spectrum", where=path.name)
    return tuple(found)


def _one(group: Any, source: str) -> StoredSpectrum:
    values = np.asarray(own(group, "data")[()])
    (along,) = signal_axes(group)
    axes = [own(group, f"axis-{n}") for n in range(values.ndim)]
    try:
        steps = [float(said(axis, "scale")) for axis in axes]
        offset = float(said(axes[along], "offset") or 0.0)
    except ValueError:
        raise InputError("an axis states no step", where=source) from None
    rest = [n for n in range(values.ndim) if n != along]
    values = np.moveaxis(values, along, -1)
    if values.ndim == 2:
        values = values[None]
    sizes = [length_of(steps[n], said(axes[n], "units")) for n in rest]
    beam = _stated(group, "metadata/Acquisition_instrument/TEM", "beam_energy")
    detector = "metadata/Acquisition_instrument/TEM/Detector/EDS"
    microscope = _member(group, "metadata/Acquisition_instrument/TEM")
    quantity = _member(group, "metadata/Signal")
    unit = said(quantity, "quantity").lower() if quantity is not None else ""
    return stored(
        values,
        offset=offset,
        step=steps[along],
        unit=said(axes[along], "units"),
        source=source,
        pixel=(float(sizes[0]), float(sizes[1])) if len(sizes) == 2 and None not in sizes else None,  # type: ignore[arg-type]
        beam_energy=None if beam is None else 1e3 * beam,
        resolution=_stated(group, detector, "energy_resolution_MnKa"),
        counted="counts" in unit or values.dtype.kind in "iu",
        instrument=(said(microscope, "microscope")[:80] or None) if microscope is not None else None,
    )


def write(one: StoredSpectrum, kind: Signal, path: Path) -> None:
    """Write a spectrum or spectrum image; numbers read back as they are, and a checksum guards them.

    Parameters
    ----------
    one : StoredSpectrum
        Spectrum or spectrum image.
    kind : {"loss", "x-ray"}
        Signal.
    path : Path
        Of the file; written whole or not at all.
    """
    import h5py

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file.attrs["file_format"] = "HyperSpy"
        file.attrs["file_format_version"] = "3.1"
        group = file.create_group("Experiments").create_group("spectrum")
        image = one.counts.ndim == 3
        packed = {"compression": "gzip", "shuffle": True} if image else {}
        chunks = (1, *one.counts.shape[1:]) if image else one.counts.shape
        group.create_dataset("data", data=one.counts, fletcher32=True, chunks=chunks, **packed)
        _axes(group, one)
        # HyperSpy opens these without asking whether they are there.
        for name in ("original_metadata", "learning_results"):
            group.create_group(name)
        about = group.create_group("metadata")
        signal = about.create_group("Signal")
        signal.attrs["signal_type"] = SIGNAL_TYPES[kind]
        signal.attrs["quantity"] = "Counts" if one.counted else "Intensity"
        about.create_group("General").attrs["title"] = one.source[:200]
        tem = about.create_group("Acquisition_instrument").create_group("TEM")
        tem.attrs["microscope"] = one.instrument or ""
        if one.beam_energy is not None:
            tem.attrs["beam_energy"] = one.beam_energy / 1e3
        if one.resolution is not None:
            detector = tem.create_group("Detector").create_group("EDS")
            detector.attrs["energy_resolution_MnKa"] = one.resolution
    write_atomically(path, memory.getvalue())


def _axes(group: Any, one: StoredSpectrum) -> None:
    step = float(one.energy[-1] - one.energy[0]) / (len(one.energy) - 1)
    axes: list[tuple[str, float, float, str, bool]] = []
    if one.counts.ndim == 3:
        pixel, unit = (one.pixel, "nm") if one.pixel is not None else ((1.0, 1.0), "<undefined>")
        axes = [("y", pixel[0], 0.0, unit, True), ("x", pixel[1], 0.0, unit, True)]
    axes.append(("Energy", step, float(one.energy[0]), "eV", False))
    for number, (name, scale, offset, unit, navigate) in enumerate(axes):
        axis = group.create_group(f"axis-{number}")
        axis.attrs.update({"_type": "UniformDataAxis", "name": name, "scale": scale, "offset": offset})
        axis.attrs.update({"units": unit, "navigate": navigate, "size": one.counts.shape[number]})
