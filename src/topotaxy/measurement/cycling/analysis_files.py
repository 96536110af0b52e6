"""The folder of an analysis: what is in it, and writing it so that nothing is half-written."""

from __future__ import annotations

import csv
import io
import json
import math
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.cycling.analysis import Analysis
from topotaxy.measurement.cycling.analysis_dataset import SCHEMA, analysis_tree
from topotaxy.measurement.cycling.metrics import Cell
from topotaxy.measurement.cycling.metrics.half_cycles import DIRECTIONS
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import SCHEMA as SCHEMA_OF_OBSERVABLES
from topotaxy.observables import entry_of, to_csv

DATA_FILE = "analysis.nc"
PROVENANCE_FILE = "provenance.json"
_PACKAGES = ("numpy", "scipy", "pandas", "xarray", "pydantic")


def document(analysis: Analysis) -> dict[str, Any]:
    """Return the observables with what is absent, the cells and the differences, as plain data."""
    whole: dict[str, Any] = {
        "schema": SCHEMA_OF_OBSERVABLES,
        "observables": [entry_of(o) for o in analysis.observables],
    }
    whole["cells"] = [cell_document(cell) for cell in analysis.cells]
    whole["absent"] = analysis.absent
    if analysis.differences:
        whole["differences"] = [
            {
                "quantity": d.quantity,
                "unit": d.unit,
                "cycle": d.cycle,
                "subject": d.subject,
                "measured": d.measured,
                "measured_uncertainty": d.measured_uncertainty,
                "simulated": d.simulated,
                "simulated_uncertainty": d.simulated_uncertainty,
                "difference": d.difference,
                "uncertainty": d.uncertainty,
            }
            for d in analysis.differences
        ]
    return whole


def cell_document(cell: Cell) -> dict[str, Any]:
    """Return what is known of a cell and of its file, as plain data; null is what nobody said."""
    record = cell.record
    return {
        "name": cell.name,
        "origin": cell.origin,
        "role": cell.role,
        "format": record.format,
        "instrument": record.instrument,
        "mass_g": record.mass,
        "basis": record.basis,
        "area_cm2": record.area,
        "reference": record.reference,
        "rows": len(cell.rows.time),
        "cycles": [int(n) for n in cell.totals.cycle],
        "derived_columns": list(record.derived),
        "notes": list(cell.notes),
    }


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give a folder to write into, whose files take their place in ``out`` once all of them are there.

    Nothing appears in ``out`` before that, or at all where an error ends it. Files of an earlier
    analysis that the new one does not have are removed, others are left alone.

    Raises
    ------
    InputError
        Where ``out`` is no folder, holds other files or a run, or cannot be made.
    """
    _check_folder(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", where=str(out)) from None
    try:
        yield work
        _publish(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError("is a file, expected a folder (or a name that is free)", where=str(out))
    recorded = out / PROVENANCE_FILE
    if out.is_dir() and any(out.iterdir()) and not recorded.is_file():
        raise InputError("is not empty and holds no analysis; use another --out", where=str(out))
    if recorded.is_file() and _recorded(recorded).get("schema") != SCHEMA:
        raise InputError("holds a run, not an analysis; use another --out", where=str(out))


def _publish(work: Path, out: Path) -> None:
    """Move the files of ``work`` to ``out``, the provenance last, with a list of them in it."""
    files = sorted(str(path.relative_to(work)) for path in work.rglob("*") if path.is_file())
    provenance = _recorded(work / PROVENANCE_FILE) | {"files": files}
    write_atomically(work / PROVENANCE_FILE, json.dumps(provenance, indent=1, ensure_ascii=False))
    before = _recorded(out / PROVENANCE_FILE).get("files", [])
    out.mkdir(exist_ok=True)
    for name in [*(n for n in files if n != PROVENANCE_FILE), PROVENANCE_FILE]:
        (out / name).parent.mkdir(exist_ok=True)
        (work / name).replace(out / name)
    for name in set(before) - set(files):
        stale = out / str(name)
        # A path that leads out of the folder was not written here.
        if stale.resolve().is_relative_to(out.resolve()):
            stale.unlink(missing_ok=True)


def _recorded(path: Path) -> dict[str, Any]:
    """What a provenance file says; nothing where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_analysis(
    analysis: Analysis, out: Path, *, version: str, options: dict[str, Any], bdf: bool = False
) -> dict[str, Any]:
    """Write everything but the report into a folder, the provenance last; return the document.

    ``version`` is that of topotaxy, and ``options`` what was asked for; both are recorded. ``bdf`` also
    writes every cell as Battery Data Format csv.
    """
    whole = document(analysis)
    tree = analysis_tree(analysis, version)
    partial = out / f".{DATA_FILE}.part"
    tree.to_netcdf(partial, engine="h5netcdf")
    partial.replace(out / DATA_FILE)
    write_atomically(
        out / "observables.json",
        json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False),
    )
    write_atomically(out / "observables.csv", to_csv(analysis.observables))
    write_atomically(out / "cycles.csv", cycles_csv(analysis))
    if bdf:
        for cell, name in zip(analysis.cells, _file_names(analysis), strict=True):
            write_bdf(cell.record, out / name)
    provenance = {
        "schema": SCHEMA,
        "topotaxy": version,
        "versions": {name: version_of(name) for name in _PACKAGES},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "options": options,
        "cells": [cell_document(cell) for cell in analysis.cells],
    }
    write_atomically(out / PROVENANCE_FILE, json.dumps(provenance, indent=1, ensure_ascii=False))
    return whole


def write_bdf(record: CyclingRecord, path: Path) -> None:
    """Write a record as Battery Data Format csv, every number so that it reads back exactly.

    The format has no place for mass, area, reference and role: they are given again when it is read.
    """
    write_atomically(path, record.table.to_csv(index=False, lineterminator="\n"))


def _file_names(analysis: Analysis) -> list[str]:
    """Names of the cells without what file systems refuse or shells split, and none twice."""
    stems: list[str] = []
    for cell in analysis.cells:
        stem = re.sub(r"[^\w.+-]+", "-", cell.name.removesuffix(".bdf.csv")).strip("-.") or "cell"
        stems.append(f"{stem}-{len(stems)}" if stem in stems else stem)
    return [f"{stem}.bdf.csv" for stem in stems]


def cycles_csv(analysis: Analysis) -> str:
    """One row a cell and cycle; units in the header; empty cells for what is absent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "cell",
            "cycle",
            "capacity_unit",
            "discharge_capacity",
            "charge_capacity",
            "coulombic_efficiency_1",
            "energy_efficiency_1",
            "mean_voltage_discharge_V",
            "mean_voltage_charge_V",
            "voltage_hysteresis_V",
            "hysteresis_at_half_capacity_V",
            "current_unit",
            "discharge_current",
            "charge_current",
            "unfinished",
        ]
    )
    for cell in analysis.cells:
        for index, number in enumerate(cell.totals.cycle):
            cut = cell.unfinished is not None and cell.unfinished.cycle == int(number)
            writer.writerow(
                [
                    cell.name,
                    int(number),
                    cell.totals.unit,
                    *_numbers(*(cell.totals.capacity(d)[index] for d in DIRECTIONS)),
                    *_numbers(cell.efficiency[index], cell.energy_efficiency[index]),
                    *_numbers(*(cell.mean_voltage[d][index] for d in DIRECTIONS)),
                    *_numbers(cell.hysteresis[index], cell.hysteresis_at_half[index]),
                    cell.current_unit,
                    *_numbers(*(cell.current[d][index] for d in DIRECTIONS)),
                    cell.unfinished.direction if cut and cell.unfinished is not None else "",
                ]
            )
    return text.getvalue()


def _numbers(*values: float) -> list[str]:
    return [repr(float(v)) if math.isfinite(v) else "" for v in values]
