"""Galvanostatic and voltammetric cycling: any cycler's file to one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.checking import checked
from topotaxy.measurement.cycling.counter_check import capacity_difference
from topotaxy.measurement.cycling.mapping import COLUMNS, KEYS
from topotaxy.measurement.cycling.options import CyclingOptions
from topotaxy.measurement.cycling.record import ALWAYS, SOMETIMES, CyclingRecord
from topotaxy.measurement.technique import Format, Observed, Technique, formats_in

if TYPE_CHECKING:
    from topotaxy.content.section import Page, Part, Section
    from topotaxy.measurement.cycling.shown import CyclingData
    from topotaxy.measurement.files.mapping import ColumnMapping

__all__ = [
    "ALWAYS",
    "SOMETIMES",
    "TECHNIQUE",
    "CyclingOptions",
    "CyclingRecord",
    "capacity_difference",
    "checked",
    "read",
]


def read(
    path: str | Path,
    *,
    format: str | None = None,
    mapping: str | Path | None = None,
    mass: float | None = None,
    basis: str | None = None,
    reference: str | None = None,
    area: float | None = None,
    missing_cycles: str = "refuse",
) -> CyclingRecord:
    """Return what a cycler's file holds.

    Parameters
    ----------
    path : path
        The file; its format is known by its content.
    format : str, optional
        Name of the format (one of ``TECHNIQUE.formats()``), instead of recognising it.
    mapping : path, optional
        TOML file that says which column of a csv is what (see :mod:`.mapping`); the file is then read by it.
    mass, basis, reference, area : optional
        What is known of the sample (g, what the mass is of, as in "Na+/Na", cm²); they replace what the
        file says.
    missing_cycles : {"refuse", "note"}
        What to do where the file's cycle numbers skip some.

    Raises
    ------
    InputError
        Where the file cannot be read, is damaged or holds no cycling data; one line that says where.
    """
    from topotaxy.measurement import recognise
    from topotaxy.measurement.cycling.mapping import load

    path = Path(path)
    if missing_cycles not in ("refuse", "note"):
        raise InputError(f"missing_cycles is 'refuse' or 'note', not {missing_cycles!r:.40}")
    options = CyclingOptions(allow_missing_cycles=missing_cycles == "note")
    recognise.first_bytes(path)
    if mapping is not None:
        (record,) = _mapped(path, load(Path(mapping)), options)
    else:
        (record,) = recognise.recognised(path, among=[TECHNIQUE], format=format).format.read(path, options)
    return record.with_sample(mass=mass, basis=basis, reference=reference, area=area)


def _formats() -> tuple[Format[CyclingRecord], ...]:
    from topotaxy.measurement.cycling import formats

    return formats_in(formats.__name__)


def _mapped(path: Path, mapping: ColumnMapping, options: CyclingOptions) -> Sequence[CyclingRecord]:
    from topotaxy.measurement.cycling.mapping import FORMAT, read_mapped
    from topotaxy.measurement.cycling.reading import record_of

    return (record_of(read_mapped(path, mapping), source=path.name, format=FORMAT, options=options),)


def _observed(records: Sequence[CyclingRecord], options: CyclingOptions) -> Observed:
    from topotaxy.measurement.cycling.observed import observed

    return observed(records, options)


def _shown(records: Sequence[CyclingRecord], observed: Observed) -> Sequence[Section]:
    from topotaxy.measurement.cycling.shown import shown

    return shown(records, observed)


def _short(records: Sequence[CyclingRecord], observed: Observed) -> Sequence[Part]:
    from topotaxy.measurement.cycling.shown.short import short_parts

    return short_parts(_data(observed))


def _page(records: Sequence[CyclingRecord], observed: Observed, provenance: Mapping[str, Any]) -> Page:
    from topotaxy.measurement.cycling.shown import cycling_page

    return cycling_page(_data(observed), provenance)


def _data(observed: Observed) -> CyclingData:
    """Return what figures and tables are made from: observables and dataset hold all that is shown."""
    from topotaxy.measurement.cycling.shown import cycling_data

    assert observed.dataset is not None
    return cycling_data(observed.dataset, observed.observables, observed.document.get("differences", ()))


TECHNIQUE = Technique(
    name="cycling",
    title="Cycling",
    formats=_formats,
    options=CyclingOptions,
    observed=_observed,
    shown=_shown,
    no_probe=(
        "a cycler sees a whole cell (counter electrode, electrolyte, film), and a specimen of atoms is none; "
        "simulated runs and cells make the same records by themselves"
    ),
    mapped=_mapped,
    columns=COLUMNS,
    mapping_keys=KEYS,
    short=_short,
    page=_page,
    of_one_state=False,
)
