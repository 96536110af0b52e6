"""A cell's protocol, run into a folder: observables, the cycler's record, provenance."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from topotaxy.cell.inputs import calibration, cell_inputs
from topotaxy.cell.protocol import CellSpec, cell_spec_from_text, material_branches
from topotaxy.cell.running import CellRun, observables_of_cell, run_cell
from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.cycling.analysis_files import write_bdf
from topotaxy.observables import to_csv, to_json
from topotaxy.runs.as_cycler import record_of_cell
from topotaxy.runs.folder import PROVENANCE_FILE
from topotaxy.tables import read_table
from topotaxy.version import __version__

SPEC_FILE = "cell.toml"
RECORD_FILE = "record.bdf.csv"


def run_cell_into(spec: CellSpec, out: Path, *, resume: bool = False) -> CellRun | None:
    """Run a cell into the folder ``out``; ``None`` where ``resume`` finds it complete.

    A run of seconds keeps no checkpoint.

    Raises
    ------
    InputError
        Where the cell or the folder cannot be used; nothing is written then.
    """
    if out.exists() and not out.is_dir():
        raise InputError("is a file, expected a folder (or a name that is free)", where=str(out))
    if (out / SPEC_FILE).is_file():
        same = cell_spec_from_text((out / SPEC_FILE).read_text(encoding="utf-8"), where=str(out)) == spec
        if not resume or not same:
            words = "another cell" if resume else "a run"
            raise InputError(f"already holds {words}; use another --out", where=str(out))
        if (out / PROVENANCE_FILE).is_file():
            return None
    elif out.exists() and any(out.iterdir()):
        raise InputError("is not empty and holds no run; use another --out", where=str(out))
    run = run_cell(spec)
    found = observables_of_cell(run)
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / SPEC_FILE, tomli_w.dumps(spec.model_dump(mode="json", exclude_none=True)))
    write_bdf(record_of_cell(run), out / RECORD_FILE)
    write_atomically(out / "observables.json", to_json(found))
    write_atomically(out / "observables.csv", to_csv(found))
    text = json.dumps(_provenance(spec), indent=1, ensure_ascii=False)
    write_atomically(out / PROVENANCE_FILE, text)
    return run


def inputs_of(spec: CellSpec) -> list[dict[str, Any]]:
    """Return every input of a cell apart from the lattice's tables: value, range, label, source."""
    values = cell_inputs(spec.cell.parameters)
    rows: list[dict[str, Any]] = [
        {
            "name": p.name,
            "value": values[p.name],
            "unit": p.unit,
            "low": p.low,
            "high": p.high,
            "label": "imposed" if p.name in spec.cell.parameters else "calibrated",
            "meaning": p.meaning,
            "source": p.source,
        }
        for p in calibration().parameters
    ]
    for row in read_table("topotaxy.cell", "assumptions"):
        imposed = row["name"] in spec.cell.parameters
        rows.append({**row, "value": values[row["name"]], "label": "imposed" if imposed else row["label"]})
    return rows


def _provenance(spec: CellSpec) -> dict[str, Any]:
    return {
        "topotaxy": __version__,
        "versions": {name: version(name) for name in ("numpy", "scipy", "pybamm")},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "branches": dict(material_branches(spec.cell.material).provenance),
        "parameters": inputs_of(spec),
        "fitted_to": [t.claim for t in calibration().targets],
        "spec": spec.model_dump(mode="json"),
    }
