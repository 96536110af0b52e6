"""A cell's protocol, run into a folder: dataset, observables, the cycler's record, provenance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from topotaxy.cell.experiment import CellRun, run_cell
from topotaxy.cell.priors import Prior, priors
from topotaxy.cell.protocol import CellSpec, cell_spec_from_text
from topotaxy.files import write_atomically
from topotaxy.measurement.cycling.formats.battery_data_format import write as write_bdf
from topotaxy.observables import to_csv, to_json
from topotaxy.results import (
    DATA_FILE,
    OBSERVABLES_FILE,
    OBSERVABLES_TABLE,
    PROVENANCE_FILE,
    claimed,
    json_text,
    provenance,
    publishing,
    write_dataset,
)
from topotaxy.results.reading import stored_text
from topotaxy.runs.as_cycler import record_of_cell
from topotaxy.runs.cell_cycles import CYCLES_FILE, cycles_csv
from topotaxy.runs.cell_dataset import cell_tree
from topotaxy.runs.cell_material import material_in
from topotaxy.runs.cell_observed import measured_cell, observables_of_cell_run
from topotaxy.runs.together import Progress
from topotaxy.tables import read_table

if TYPE_CHECKING:
    import xarray as xr

SPEC_FILE = "cell.toml"
RECORD_FILE = "record.bdf.csv"
SCHEMA = "topotaxy/cell/1"


def run_cell_into(
    spec: CellSpec, out: Path, *, resume: bool = False, progress: Progress | None = None
) -> CellRun | None:
    """Run a cell into the folder ``out``; ``None`` where ``resume`` finds it complete.

    A run of seconds keeps no checkpoint; tables of the material that have to be made first are kept.

    Parameters
    ----------
    spec : CellSpec
        Cell, material and protocol that are to be run.
    out : Path
        The folder; it need not be there.
    resume : bool
        Whether a complete run of the same cell is left as it is.
    progress : callable, optional
        Called with (finished cycles, all cycles, message) while tables of the material are made.

    Raises
    ------
    InputError
        Where the cell or the folder cannot be used; nothing is written then.
    """

    def same(recorded: Path) -> bool:
        return cell_spec_from_text(stored_text(recorded), where=str(recorded)) == spec

    needed = (SPEC_FILE, DATA_FILE, OBSERVABLES_FILE, CYCLES_FILE, RECORD_FILE)
    if claimed(out, what="a run", resume=resume, recorded=SPEC_FILE, same=same, needed=needed):
        return None
    run = run_cell(spec, material_in(spec.cell, progress=progress))
    cell = measured_cell(run)
    found = observables_of_cell_run(run, cell)
    with publishing(out) as work:
        write_atomically(work / SPEC_FILE, tomli_w.dumps(spec.model_dump(mode="json", exclude_none=True)))
        write_bdf(record_of_cell(run), work / RECORD_FILE)
        write_atomically(work / CYCLES_FILE, cycles_csv(run, cell))
        write_dataset(cell_tree(run, cell), work / DATA_FILE)
        write_atomically(work / OBSERVABLES_FILE, to_json(found))
        write_atomically(work / OBSERVABLES_TABLE, to_csv(found))
        write_atomically(work / PROVENANCE_FILE, json_text(_provenance(run)))
    return run


def simulated_cell(spec: CellSpec, *, progress: Progress | None = None) -> xr.DataTree:
    """Run a cell in memory and return its dataset.

    Parameters
    ----------
    spec : CellSpec
        Cell, material and protocol that are to be run.
    progress : callable, optional
        Called with (finished cycles, all cycles, message) while tables of the material are made.

    Raises
    ------
    InputError
        Where the cell cannot be used.
    """
    run = run_cell(spec, material_in(spec.cell, progress=progress))
    return cell_tree(run, measured_cell(run))


def inputs_of(run: CellRun) -> list[dict[str, Any]]:
    """Return every input of a cell apart from the lattice's draw: value, range, label, source.

    Parameters
    ----------
    run : CellRun
        A finished protocol.
    """
    imposed = run.spec.cell.parameters
    values = run.material.values(imposed)
    label = {"learned": "calibrated", "transferred": "imposed", "prior": "imposed"}[run.material.basis]
    words = {
        "learned": f"learned on {run.material.posterior}; range of the prior from: ",
        "transferred": f"carried over from {run.material.posterior}, another material; prior's range from: ",
        "prior": "median of the prior; range from: ",
    }[run.material.basis]
    rows: list[dict[str, Any]] = [
        {
            "name": p.name,
            "value": values[p.name],
            "unit": p.unit,
            "low": p.low,
            "high": p.high,
            "label": "imposed" if p.name in imposed else label,
            "meaning": p.meaning,
            "source": p.source if p.name in imposed else words + p.source,
        }
        for p in _of_alkali(run.ion)
    ]
    for row in read_table("topotaxy.cell", "assumptions"):
        own = "imposed" if row["name"] in imposed else row["label"]
        rows.append({**row, "value": values[row["name"]], "label": own})
    return rows


def _of_alkali(ion: str) -> list[Prior]:
    """The parameters that are inferred: those of this alkali, of one without its own those of another."""
    own = [p for p in priors() if p.ion in ("", ion)]
    others = {p.name: p for p in priors() if p.name not in {o.name for o in own}}
    return [*own, *others.values()]


def _provenance(run: CellRun) -> dict[str, Any]:
    spec, material = run.spec, run.material
    return provenance(
        SCHEMA,
        packages=("pybamm",),
        branches={**dict(material.provenance), "draw": material.draw_index},
        parameters=inputs_of(run),
        parameters_are=material.basis,
        posterior=material.posterior,
        couples_mAh_per_g=material.draw.capacity,
        limits=[row["limit"] for row in read_table("topotaxy.cell", "limits")],
        mass_g=run.mass,
        ion=run.ion,
        spec=spec.model_dump(mode="json"),
    )
