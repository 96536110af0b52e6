"""The mould: what a technique is, so that everything outside its folder can treat all of them alike.

A technique is one folder under ``measurement`` with one :data:`TECHNIQUE` in its ``__init__``. Recognition,
options of the command line, results folder, report page and contract tests follow from it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from topotaxy.content.section import Section
from topotaxy.observables import Observable

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from pydantic import BaseModel

    from topotaxy.specimen import Specimen


class Record(Protocol):
    """What one instrument recorded, real or virtual: a frozen dataclass with these fields."""

    @property
    def source(self) -> str:
        """Name of the file, or what made the record."""

    @property
    def format(self) -> str:
        """Name of the format it was read from; that of the probe where it is virtual."""

    @property
    def instrument(self) -> str | None:
        """The instrument, as far as it is known."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the result must know: points left out, units assumed by an option, ..."""

    @property
    def origin(self) -> str:
        """``measured`` or ``simulated``."""


R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Format(Generic[R]):
    """A file format of one technique: how to know it, to read it, and to write it if that makes sense.

    Facts of a format (magic bytes, header words, units) stand as data beside the functions.
    """

    name: str
    """As in ``Netzsch text``."""
    extensions: tuple[str, ...]
    """Endings such files usually have, with their dot; they do not decide."""
    recognises: Callable[[bytes, Path], bool]
    """Whether a file that begins with these bytes is of this format; never raises, whatever the content."""
    read: Callable[[Path, Any], Sequence[R]]
    """Read a file with the technique's options into its records; what cannot be read raises InputError."""
    write: Callable[[R, Path], None] | None = None
    """Write a record so that it reads back as it is; None where nobody would want the format written."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the analysis of a technique found in its records.

    ``absent`` gives a reason for each thing that users would look for and that could not be computed, by
    record and quantity. ``remarks`` are what a reader must know before the numbers.
    """

    observables: tuple[Observable, ...]
    absent: dict[str, dict[str, str]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    dataset: xr.DataTree | None = None
    """What figures are drawn from: groups with units in the attributes; the schema is the technique's."""


@dataclass(frozen=True, kw_only=True)
class Technique(Generic[R]):
    """One way of measuring, real and virtual, by one analysis.

    Attributes
    ----------
    name:
        One word, as in ``diffraction``: name of the folder and of the command-line choice.
    title:
        In words, as in ``Thermogravimetry``.
    formats:
        The file formats, one a module under ``formats``.
    options:
        A pydantic model of what the files do not say and the user may (wavelength, mass, role); each field
        has a default, a description and the unit in it. The command line and the sample's TOML are made
        from it.
    observed:
        Records and options to observables, what is absent and why, remarks, and a dataset.
    shown:
        Records and what was observed to the content of a page: the answer first.
    instrument:
        A pydantic model of the virtual instrument's options; None where there is no probe.
    probe:
        A specimen through the virtual instrument, with counting noise from ``rng``; None where there is none.
    """

    name: str
    title: str
    formats: Callable[[], tuple[Format[R], ...]]
    options: type[BaseModel]
    observed: Callable[[Sequence[R], Any], Observed]
    shown: Callable[[Sequence[R], Observed], Sequence[Section]]
    instrument: type[BaseModel] | None = None
    probe: Callable[[Sequence[Specimen], Any, np.random.Generator], Sequence[R]] | None = None


NOT_TECHNIQUES = frozenset({"files"})
"""Folders of the package that are no technique."""


@lru_cache(maxsize=1)
def techniques() -> dict[str, Technique[Any]]:
    """Return the techniques by name, one for each folder under ``measurement`` that has a ``TECHNIQUE``.

    A folder of that kind without one is a fault of the installation (AttributeError).
    """
    from topotaxy import measurement

    found: dict[str, Technique[Any]] = {}
    for module in pkgutil.iter_modules(measurement.__path__):
        if module.ispkg and module.name not in NOT_TECHNIQUES:
            package = importlib.import_module(f"{measurement.__name__}.{module.name}")
            technique: Technique[Any] = package.TECHNIQUE
            found[technique.name] = technique
    return found


def formats_in(package: str) -> tuple[Format[Any], ...]:
    """Return the formats of a package, one for each of its modules that has a ``FORMAT``."""
    root = importlib.import_module(package)
    found = []
    for module in pkgutil.iter_modules(root.__path__):
        described = getattr(importlib.import_module(f"{package}.{module.name}"), "FORMAT", None)
        if described is not None:
            found.append(described)
    return tuple(found)
