"""A spectrum or spectrum image as a file holds it, before a technique takes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record")
Floats = NDArray[np.float64]
Signal = Literal["loss", "x-ray", ""]

# No physics: beyond these a file is damaged or in other units than it says.
FEWEST_CHANNELS = 16
MOST_VALUES = 2**27
HIGHEST_ENERGY = 2e5
LARGEST = 1e15

LENGTHS = {
    "m": 1e9,
    "meters": 1e9,
    "mm": 1e6,
    "um": 1e3,
    "micron": 1e3,
    "nm": 1.0,
    "n_m": 1.0,
    "a": 0.1,
    "ang": 0.1,
    "angstrom": 0.1,
    "pm": 1e-3,
}
"""Unit as files write it, in lower case, to its size in nm."""
ENERGIES = {"ev": 1.0, "kev": 1e3, "e_v": 1.0, "e_kv": 1e3}
"""Unit as files write it, in lower case, to its size in eV."""
SIGNALS: dict[str, Signal] = {
    "els": "loss",
    "eels": "loss",
    "eds": "x-ray",
    "edx": "x-ray",
    "xeds": "x-ray",
    "eds_tem": "x-ray",
    "eds_sem": "x-ray",
    "x-ray": "x-ray",
}
"""What files call their signal, in lower case."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredSpectrum:
    """Counts against energy, of one point or of each pixel; make one with :func:`stored`.

    Attributes
    ----------
    energy:
        eV, (n,), rising evenly.
    counts:
        (n,), or (rows, columns, n) of a spectrum image.
    pixel:
        Height and width of a pixel, nm; None where the file has no scale.
    beam_energy:
        eV.
    resolution:
        Full width at half maximum of Mn Kα that the file states, eV.
    counted:
        Whether ``counts`` are counts, so that their scatter is known.
    """

    energy: Floats
    counts: Floats
    source: str
    pixel: tuple[float, float] | None = None
    beam_energy: float | None = None
    resolution: float | None = None
    counted: bool = True
    instrument: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Virtual instruments say so in their name."""
        return "simulated" if (self.instrument or "").startswith("virtual") else "measured"


def record_of(kind: Callable[..., Record], one: StoredSpectrum, format: str) -> Record:
    """Return a technique's record of a spectrum as a file holds it: the fields that both have.

    Parameters
    ----------
    kind : callable
        Dataclass of the record; it has ``format`` and ``origin``.
    one : StoredSpectrum
        What the file holds.
    format : str
        Name of the file's format.
    """
    shared = {field.name for field in fields(one)} & set(signature(kind).parameters)
    return kind(format=format, origin=one.origin, **{name: getattr(one, name) for name in shared})


def stored_of(record: DataclassInstance) -> StoredSpectrum:
    """Return what a file holds of a technique's record.

    Parameters
    ----------
    record : dataclass
        With the fields of :class:`StoredSpectrum` that have no default, at least.
    """
    shared = {field.name for field in fields(record)} & {field.name for field in fields(StoredSpectrum)}
    return StoredSpectrum(**{name: getattr(record, name) for name in shared})


def length_of(step: float, unit: str) -> float | None:
    """Return a step in nm; None where it has no length.

    Parameters
    ----------
    step : float
        In ``unit``; its sign does not count.
    unit : str
        As the file writes it.
    """
    plain = unit.strip(" []").lower().replace("µ", "u").replace("μ", "u").replace("å", "a")
    factor = LENGTHS.get(plain)
    size = math.nan if factor is None else abs(step) * factor
    return size if math.isfinite(size) and size > 0.0 else None


def energy_unit(unit: str) -> float | None:
    """Return the size of an energy unit in eV, None where it is none.

    Parameters
    ----------
    unit : str
        As the file writes it.
    """
    return ENERGIES.get(unit.strip(" []").lower())


def lost_run(counts: Any) -> bool:
    """Return whether a block of channels was lost: zeros in a row, between channels of many counts.

    Of a mean of 25 counts four empty channels in a row come by chance once in 1e43.

    Parameters
    ----------
    counts : array (..., n)
        Spectra.
    """
    flat = np.asarray(counts).reshape(-1, np.shape(counts)[-1])
    if flat.shape[0] > 1:
        # A pixel may have few counts; a lost block is several zeros where all other pixels have many.
        flat = flat[flat.mean(axis=1) > 25.0][:64]
    for row in flat:
        zero = np.concatenate([[0], (row == 0.0).astype(np.int8), [0]])
        starts, ends = np.flatnonzero(np.diff(zero) == 1), np.flatnonzero(np.diff(zero) == -1)
        for a, b in zip(starts, ends, strict=True):
            inside = a >= 2 and b <= len(row) - 2
            if b - a >= 4 and inside and min(row[a - 2 : a].min(), row[b : b + 2].min()) > 25.0:
                return True
    return False


def _axis(offset: float, step: float, unit: str, channels: int, source: str) -> tuple[float, float]:
    """First energy and step of an axis in eV, or its refusal."""
    size = energy_unit(unit)
    if size is None:
        raise InputError(f"its energy axis is in {unit.strip()[:20]!r}, not in eV or keV", where=source)
    first, each = offset * size, step * size
    if not (math.isfinite(first) and math.isfinite(each) and each != 0.0):
        raise InputError("its energy axis is no number: damaged", where=source)
    if abs(first) > HIGHEST_ENERGY or abs(first + each * channels) > HIGHEST_ENERGY or abs(each) < 1e-5:
        raise InputError(
            f"energies from {first:g} in steps of {each:g} eV are beyond all sense", where=source
        )
    return first, each


def stored(
    counts: Any,
    *,
    offset: float,
    step: float,
    unit: str,
    source: str,
    **known: Any,
) -> StoredSpectrum:
    """Return a spectrum that holds what it must.

    Parameters
    ----------
    counts : array (n,) or (rows, columns, n)
        As the file has them.
    offset, step : float
        Energy of the first channel and distance of the channels, in ``unit``.
    unit : str
        eV or keV, as the file writes it.
    source : str
        Name of the file, and of the spectrum in it.
    **known
        Further fields.

    Raises
    ------
    InputError
        Where the axis has no unit of energy, channels are few, or numbers are beyond all sense.
    """
    values = np.asarray(counts)
    first, each = _axis(offset, step, unit, values.shape[-1] if values.ndim else 0, source)
    if values.ndim not in (1, 3) or values.shape[-1] < FEWEST_CHANNELS or 0 in values.shape:
        raise InputError(f"no spectrum: its data are {values.shape}", where=source)
    if values.size > MOST_VALUES:
        raise InputError(f"{values.shape} numbers are more than {MOST_VALUES}", where=source)
    if values.dtype.kind not in "iuf":
        raise InputError("its counts are no real numbers", where=source)
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all() or np.abs(numbers).max() > LARGEST:
        raise InputError("a count is no number: damaged", where=source)
    if lost_run(numbers):
        raise InputError("several channels in a row are zero among high counts: damaged", where=source)
    if not (numbers > 0.0).any():
        raise InputError("has no counts", where=source)
    energy: Floats = np.asarray(first + each * np.arange(values.shape[-1]), dtype=np.float64)
    said = list(known.pop("notes", ()))
    if each < 0.0:
        energy, numbers = energy[::-1], numbers[..., ::-1]
        said.append("the energy axis runs backwards in the file")
    counted = bool(known.pop("counted", True)) and bool((numbers >= 0.0).all())
    return StoredSpectrum(
        energy=energy, counts=numbers, source=source, counted=counted, notes=tuple(said), **known
    )
