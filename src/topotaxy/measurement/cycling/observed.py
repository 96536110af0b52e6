"""Cycling records to observables, by the mould: measured and simulated cells take one path."""

from __future__ import annotations

import re
from collections.abc import Sequence

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.analysis import Analysis, analysis_of
from topotaxy.measurement.cycling.analysis_dataset import analysis_tree
from topotaxy.measurement.cycling.documents import cell_document, cycles_csv, difference_document
from topotaxy.measurement.cycling.formats.battery_data_format import text_of
from topotaxy.measurement.cycling.joined import joined
from topotaxy.measurement.cycling.options import CyclingOptions
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.measurement.technique import Observed


def observed(records: Sequence[CyclingRecord], options: CyclingOptions) -> Observed:
    """Return what cells' records say: measured ones first, simulated ones laid over them.

    Parameters
    ----------
    records : sequence of CyclingRecord
        Cells, measured and simulated.
    options : CyclingOptions
        What the files do not say.

    Raises
    ------
    InputError
        Where measured and simulated cells cannot share axes, or the particle sizes do not suit the records.
    """
    measured = [record for record in records if record.origin == "measured"]
    simulated = [record for record in records if record.origin == "simulated"]
    if options.join and len(measured) > 1:
        measured = [joined(measured)]
    remarks = _masses(measured, options)
    _check_overlay(measured, simulated, full_cell=options.role == "full-cell")
    analysis = analysis_of(
        measured,
        simulated,
        role=options.role,
        reference=options.reference_cycle,
        sizes=options.particle_size,
        density=options.density,
    )
    document = {"cells": [cell_document(cell) for cell in analysis.cells]}
    if analysis.differences:
        document["differences"] = [difference_document(d) for d in analysis.differences]
    files = {"cycles.csv": cycles_csv(analysis)}
    if options.bdf:
        files |= {
            name: text_of(cell.record)
            for cell, name in zip(analysis.cells, _file_names(analysis), strict=True)
        }
    return Observed(
        observables=analysis.observables,
        absent=analysis.absent,
        remarks=(*remarks, *(f"{cell.name}: {note}" for cell in analysis.cells for note in cell.notes)),
        dataset=analysis_tree(analysis),
        files=files,
        document=document,
        details=analysis,
    )


SAME_MASS = 0.02
"""Relative difference of two weighings of one electrode from which one of them is of something else."""


def _masses(measured: Sequence[CyclingRecord], options: CyclingOptions) -> list[str]:
    """Hold the mass that was given against the one in the file; return what is to be remarked.

    Raises
    ------
    InputError
        Where they differ and nobody says what the given one is of.
    """
    found = []
    for record in measured:
        stated, given = record.stated_mass, record.mass
        if stated is None or given is None or abs(stated - given) <= SAME_MASS * given:
            continue
        said = f"the file states a mass of {1e3 * stated:.4g} mg, --mass is {1e3 * given:.4g} mg"
        if options.basis is None:
            raise InputError(
                f"{said}: a factor of {given / stated:.3g} in every capacity per gram; if both are right, "
                "say what yours is of (--basis 'active material')",
                where=record.source,
            )
        found.append(f"{record.source}: {said} of {options.basis}, which is used")
    return found


def _check_overlay(
    measured: Sequence[CyclingRecord], simulated: Sequence[CyclingRecord], *, full_cell: bool
) -> None:
    """A measured and a simulated cell share axes only in the same units and against the same metal."""
    if not measured or not simulated:
        return
    if full_cell:
        raise InputError("a simulated run is a half cell; it cannot be laid over a full cell")
    for record in measured:
        if record.mass is None:
            raise InputError(
                "needs a mass beside a simulated run, whose capacities are per gram: --mass 1.23mg",
                where=record.source,
            )
        if record.reference not in (None, simulated[0].reference):
            raise InputError(
                f"is measured against {record.reference}, the simulated run against {simulated[0].reference}",
                where=record.source,
            )


def _file_names(analysis: Analysis) -> list[str]:
    """Names of the cells without what file systems refuse or shells split, and none twice."""
    stems: list[str] = []
    for cell in analysis.cells:
        stem = re.sub(r"[^\w.+-]+", "-", cell.name.removesuffix(".bdf.csv")).strip("-.") or "cell"
        stems.append(f"{stem}-{len(stems)}" if stem in stems else stem)
    return [f"{stem}.bdf.csv" for stem in stems]
