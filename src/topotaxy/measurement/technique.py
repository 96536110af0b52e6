"""The mould: what a technique is, so that everything outside its folder can treat all of them alike.

A technique is one folder under ``measurement`` with one :data:`TECHNIQUE` in its ``__init__``. Recognition,
options of the command line, results folder, report page and contract tests follow from it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from topotaxy.content.section import Page, Part, Section
from topotaxy.observables import Observable

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from pydantic import BaseModel

    from topotaxy.measurement.files.mapping import ColumnMapping
    from topotaxy.specimen import Specimen


class Record(Protocol):
    """What one instrument recorded, real or virtual: a frozen dataclass with these fields.

    A reader and a probe make the same type. Axes carry their unit in the name of the field.
    """

    @property
    def source(self) -> str:
        """Name of the file, or what made the record."""

    @property
    def format(self) -> str:
        """Name of the format it was read from; that of the probe where it is virtual."""

    @property
    def instrument(self) -> str | None:
        """The instrument, as far as it is known; a virtual one begins with ``virtual``, in its files too."""

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
    lacks: Callable[[Sequence[str]], Sequence[str] | None] | None = None
    """Given the headings of a table, what a file of this format would need besides; None where the table is
    far from it. Only for the message of a file that no format takes."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the analysis of a technique found in its records.

    Attributes
    ----------
    observables:
        The numbers; ``source`` of each is that of its record.
    absent:
        By record (its source) and quantity, the reason why something that users would look for could not be
        computed.
    remarks:
        What a reader must know before the numbers.
    dataset:
        What figures are drawn from: groups with units in the attributes; the schema is the technique's.
    files:
        Further files of the results folder, by name: tables as csv, records written anew.
    document:
        Further plain data for ``observables.json``; keys are the technique's own.
    details:
        The technique's own result for its ``shown``; nothing else looks into it.
    """

    observables: tuple[Observable, ...]
    absent: dict[str, dict[str, str]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    dataset: xr.DataTree | None = None
    files: dict[str, str] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    details: Any = None


@dataclass(frozen=True, kw_only=True, eq=False)
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
        has a default and a description, and numbers with a unit are marked
        :class:`~topotaxy.measurement.options.Quantity`. The command line and the sample's TOML are made
        from it.
    observed:
        Records and options to observables, what is absent and why, remarks, and a dataset. Fields of the
        options that may differ from file to file (:class:`~topotaxy.measurement.options.PerFile`) belong in
        the records by then.
    shown:
        Records and what was observed to the content of a page: the answer first. The first paragraph of the
        first section is the answer in one sentence; the first figure becomes the page's main one.
    instrument:
        A pydantic model of the virtual instrument's options; None where there is no probe.
    probe:
        Specimens (replicas of one sample) through the virtual instrument, with noise from the generator, to
        records with ``origin="simulated"``; None where there is none.
    no_probe:
        Why there is no probe, where there is none.
    expected:
        Specimens, options of the instrument and names of the options that the user gave to options of the
        analysis that the specimens know better than their file (the phases of a pattern), and a sentence that
        says so; both empty where nothing is added. None where a file says all.
    mapped:
        Read a csv by a mapping file: path of the file, what the mapping says
        (:class:`~topotaxy.measurement.files.mapping.ColumnMapping`), options. None where no such reader is.
    columns:
        Names of the columns that a mapping file may say, each with the units it may come in and their size
        in the column's own; empty for counts.
    mapping_keys:
        Further keys of a mapping file with the values they may have.
    limits:
        What data of this technique cannot show, whatever the file; one sentence each.
    short:
        What a terminal shows, where that is not a table of the observables.
    page:
        The page of an analysis of this technique alone, where it has one of its own: from records, what was
        observed, and the provenance as the results folder has it.
    of_one_state:
        Whether a record is of one state of the sample (as a pattern is), so that state and cycle of the
        sample are those of its observables; a record of many cycles is not.
    """

    name: str
    title: str
    formats: Callable[[], tuple[Format[R], ...]]
    options: type[BaseModel]
    observed: Callable[[Sequence[R], Any], Observed]
    shown: Callable[[Sequence[R], Observed], Sequence[Section]]
    instrument: type[BaseModel] | None = None
    probe: Callable[[Sequence[Specimen], Any, np.random.Generator], Sequence[R]] | None = None
    no_probe: str = ""
    expected: Callable[[Sequence[Specimen], Any, Collection[str]], tuple[dict[str, Any], str]] | None = None
    mapped: Callable[[Path, ColumnMapping, Any], Sequence[R]] | None = None
    columns: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    mapping_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    short: Callable[[Sequence[R], Observed], Sequence[Part]] | None = None
    page: Callable[[Sequence[R], Observed, Mapping[str, Any]], Page] | None = None
    of_one_state: bool = True


NOT_TECHNIQUES = frozenset({"files"})
"""Folders of the package that are no technique."""


@lru_cache(maxsize=1)
def techniques() -> dict[str, Technique[Any]]:
    """Return the techniques by name, one for each folder under ``measurement`` that has a ``TECHNIQUE``.

    Raises
    ------
    AttributeError
        Where a folder has none: a fault of the installation.
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
    """Return the formats of a package, one for each of its modules that has a ``FORMAT``.

    Parameters
    ----------
    package : str
        Full name of the package.
    """
    root = importlib.import_module(package)
    found = []
    for module in pkgutil.iter_modules(root.__path__):
        described = getattr(importlib.import_module(f"{package}.{module.name}"), "FORMAT", None)
        if described is not None:
            found.append(described)
    return tuple(found)
