"""Spectra and spectrum images of Digital Micrograph (DM3, DM4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.gatan_tags import (
    Tags,
    array_of,
    calibrations,
    dimensions,
    images,
    is_spectrum,
    microscope,
)
from topotaxy.measurement.files.spectra.stored import (
    SIGNALS,
    Signal,
    StoredSpectrum,
    energy_unit,
    length_of,
    stored,
)
from topotaxy.measurement.files.stored import content

MAGIC = (b"\0\0\0\x03", b"\0\0\0\x04")


def signals(head: bytes, path: Path) -> set[Signal]:
    """Return what the spectra of a file are of; empty where it is no such file, or damaged.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file.
    """
    if len(head) < 12 or head[:4] not in MAGIC:
        return set()
    try:
        held = images(Tags(content(path)).tree, path.name)
    except InputError:
        return set()
    return {_signal(one) for one in held if is_spectrum(one)}


def _tags(image: dict[str, Any], *names: str) -> dict[str, Any]:
    found: Any = image.get("ImageTags")
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _signal(image: dict[str, Any]) -> Signal:
    """What the tags say; without a word, spectra in eV are those of an energy filter."""
    said = str(_tags(image, "Meta Data").get("Signal", "")).strip().lower()
    if said in SIGNALS:
        return SIGNALS[said]
    units = calibrations(image["ImageData"], len(dimensions(image)))[2]
    known = [unit.strip().lower() for unit in units if energy_unit(unit) is not None]
    if said or len(known) != 1:
        return ""
    return "loss" if known[0] == "ev" else "x-ray"


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
    data = content(path)
    held = [one for one in images(Tags(data).tree, path.name) if is_spectrum(one)]
    chosen = [one for one in held if _signal(one) == wanted]
    if not chosen:
        raise InputError("holds no such spectrum", where=path.name)
    found = []
    for number, image in enumerate(chosen, start=1):
        source = path.name if len(chosen) == 1 else f"{path.name}, spectrum {number}"
        values = np.asarray(array_of(image, data, source))
        found.append(_one(image, values, source))
    return tuple(found)


def _one(image: dict[str, Any], values: Any, source: str) -> StoredSpectrum:
    shape = dimensions(image)
    steps, starts, units = calibrations(image["ImageData"], len(shape))
    energies = [n for n, unit in enumerate(units[: len(shape)]) if energy_unit(unit) is not None]
    if len(energies) != 1:
        raise InputError("none or several of its axes are in eV: which is the energy?", where=source)
    (along,) = energies
    rest = [n for n in range(len(shape)) if n != along]
    values = np.moveaxis(values, along, -1)
    # Lines of spectra are images of one row; (1, n) is one spectrum.
    values = values.reshape(-1) if values.size == shape[along] else values
    if values.ndim == 2:
        values = values[None]
    voltage = _tags(image, "Microscope Info").get("Voltage")
    sizes = [length_of(steps[n], units[n]) for n in rest][-2:]
    pixel = (float(sizes[0]), float(sizes[1])) if len(sizes) == 2 and None not in sizes else None  # type: ignore[arg-type]
    brightness = image["ImageData"].get("Calibrations", {})
    unit = brightness.get("Brightness", {}).get("Units") if isinstance(brightness, dict) else None
    return stored(
        values,
        offset=-starts[along] * steps[along],
        step=steps[along],
        unit=units[along],
        source=source,
        pixel=pixel if values.ndim == 3 else None,
        beam_energy=float(voltage) if isinstance(voltage, (int, float)) and 1e3 < voltage < 4e6 else None,
        # A camera's intensities are not electrons: their scatter has to come from the data.
        counted=isinstance(unit, str) and unit.strip().lower() in ("counts", "e-"),
        instrument=microscope(image),
    )
