"""From what a format's reader hands over to a checked record, and a format in the shape of the mould."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from topotaxy.measurement.cycling.checking import checked_contents
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.options import CyclingOptions
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.measurement.technique import Format


def record_of(
    contents: Contents, *, source: str, format: str, options: CyclingOptions | None = None
) -> CyclingRecord:
    """Return the record of a file's contents, of the sample that the options know.

    Parameters
    ----------
    contents : Contents
        Columns as the file has them.
    source : str
        Name of the file, for messages.
    format : str
        Name of the format.
    options : CyclingOptions, optional
        What the file does not say.

    Raises
    ------
    InputError
        As :func:`topotaxy.measurement.cycling.checking.checked_contents`.
    """
    options = CyclingOptions() if options is None else options
    missing = "note" if options.allow_missing_cycles else "refuse"
    record = checked_contents(contents, source=source, format=format, missing_cycles=missing)
    return record.with_sample(
        mass=options.mass, basis=options.basis, reference=options.reference, area=options.area
    )


def cycler_format(
    name: str,
    extensions: tuple[str, ...],
    recognises: Callable[[bytes, Path], bool],
    contents: Callable[[Path], Contents],
    *,
    write: Callable[[CyclingRecord, Path], None] | None = None,
    lacks: Callable[[Sequence[str]], Sequence[str] | None] | None = None,
) -> Format[CyclingRecord]:
    """Return a format whose reader hands over columns as the file has them.

    Parameters
    ----------
    name, extensions, recognises, write, lacks
        As in :class:`~topotaxy.measurement.technique.Format`.
    contents : callable
        From a path to the columns in the record's names and units; InputError where that cannot be.
    """

    def read(path: Path, options: CyclingOptions | None) -> tuple[CyclingRecord, ...]:
        # A damaged number may be as large as it likes: what is not finite in the end is refused.
        with np.errstate(over="ignore", invalid="ignore"):
            found = contents(path)
            return (record_of(found, source=path.name, format=name, options=options),)

    return Format(name, extensions, recognises, read, write, lacks)
