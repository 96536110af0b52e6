"""Galvanostatic and voltammetric cycling: any cycler's file to one table."""

from __future__ import annotations

from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.counter_check import capacity_difference
from topotaxy.measurement.cycling.record import ALWAYS, SOMETIMES, CyclingRecord, checked

__all__ = ["ALWAYS", "SOMETIMES", "CyclingRecord", "capacity_difference", "checked", "read"]


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
        Name of the format (see :func:`topotaxy.measurement.cycling.recognise.known_formats`), instead of
        recognising it.
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
    from topotaxy.measurement.cycling import recognise
    from topotaxy.measurement.cycling.mapping import load, read_mapped

    path = Path(path)
    if missing_cycles not in ("refuse", "note"):
        raise InputError(f"missing_cycles is 'refuse' or 'note', not {missing_cycles!r:.40}")
    recognise.first_bytes(path)
    if mapping is not None:
        name, contents = "csv by mapping", read_mapped(path, load(Path(mapping)))
    else:
        chosen = recognise.recognised(path) if format is None else recognise.named(format)
        name, contents = chosen.name, chosen.read(path)
    record = checked(
        contents.columns,
        source=path.name,
        format=name,
        instrument=contents.instrument,
        notes=contents.notes,
        mass=contents.mass,
        basis=contents.basis,
        reference=contents.reference,
        area=contents.area,
        totals=contents.totals,
        first_row=contents.first_row,
        time_resolution=contents.time_resolution,
        missing_cycles=missing_cycles,
    )
    return record.with_sample(mass=mass, basis=basis, reference=reference, area=area)
