"""A cell's protocol, run into a folder: observables, the cycler's record, provenance, report."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

import topotaxy
from topotaxy.campaign.folder import PROVENANCE_FILE
from topotaxy.cell.inputs import calibration, cell_inputs
from topotaxy.cell.protocol import CellSpec, cell_spec_from_text, material_branches
from topotaxy.cell.running import CellRun, observables_of_cell, record_text, run_cell
from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.observables import to_csv, to_json
from topotaxy.report.cells import (
    AgeingLine,
    ReportTable,
    VoltageCurve,
    ageing_figure,
    voltage_figure,
    write_cell_report,
)
from topotaxy.tables import read_table

SPEC_FILE = "cell.toml"
RECORD_FILE = "record.bdf.csv"


def run_cell_into(spec: CellSpec, out: Path, *, resume: bool = False, with_report: bool = True) -> Path:
    """Run a cell into the folder ``out`` and return it; a run of seconds keeps no checkpoint.

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
            return out
    elif out.exists() and any(out.iterdir()):
        raise InputError("is not empty and holds no run; use another --out", where=str(out))
    run = run_cell(spec)
    found = observables_of_cell(run)
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / SPEC_FILE, tomli_w.dumps(spec.model_dump(mode="json", exclude_none=True)))
    write_atomically(out / RECORD_FILE, record_text(run))
    write_atomically(out / "observables.json", to_json(found))
    write_atomically(out / "observables.csv", to_csv(found))
    if with_report:
        write_cell_report(
            out,
            title=spec.title or spec.name,
            lead=_lead(run),
            figures=[voltage_figure(_curves(run)), ageing_figure([_ageing(run)])],
            tables=[_cycle_table(run), _input_table(spec)],
        )
    text = json.dumps(_provenance(spec), indent=1, ensure_ascii=False)
    write_atomically(out / PROVENANCE_FILE, text)
    return out


def _lead(run: CellRun) -> list[str]:
    first, last = run.cycles[0], run.cycles[-1]
    kind = (
        f"against {run.ion} metal" if run.spec.cell.counter == "metal" else f"against {run.spec.cell.counter}"
    )
    return [
        f"{run.spec.cell.material} {kind}. First cycle {first.discharge:.0f} mAh/g on discharge and "
        f"{first.charge:.0f} on charge; cycle {last.cycle} {last.discharge:.0f} and {last.charge:.0f}, at "
        f"{last.current:g} A/g. Trapped metal then holds {last.trapped:.0f} mAh/g and the film "
        f"{last.film:.0f}; {100 * last.incoherent:.0f} % of the grains have lost coherency.",
        "All capacities per gram of pristine conversion material. Branches, trapping and loss of coherency "
        "come from the lattice; four parameters of the cell were fitted to four numbers of the paper.",
    ]


def _kept(cycles: int) -> list[int]:
    return sorted({n for n in (1, 2, 5, 10, 50, 100, 500, 1000) if n <= cycles} | {cycles})


def _curves(run: CellRun) -> list[VoltageCurve]:
    time, voltage, current, cycle = run.record
    found = []
    for n in _kept(len(run.cycles)):
        chosen = cycle == n
        for direction, sign in (("discharge", -1.0), ("charge", 1.0)):
            part = chosen & (np.sign(current) == sign)
            t, i = time[part], np.abs(current[part])
            if len(t) < 2:
                continue
            step = np.concatenate([[0.0], np.diff(t)])
            capacity = np.cumsum(step * i) / 3.6 / run.mass
            found.append(
                VoltageCurve(
                    name=f"cycle {n}",
                    direction=direction,
                    capacity=[float(v) for v in capacity],
                    voltage=[float(v) for v in voltage[part]],
                )
            )
    return found


def _ageing(run: CellRun) -> AgeingLine:
    return AgeingLine(
        name=run.spec.name,
        cycle=[float(c.cycle) for c in run.cycles],
        capacity=[c.charge for c in run.cycles],
        trapped=[c.trapped for c in run.cycles],
        film=[c.film for c in run.cycles],
        incoherent=[c.incoherent for c in run.cycles],
    )


def _cycle_table(run: CellRun) -> ReportTable:
    kept = set(_kept(len(run.cycles)))
    rows = [
        [
            str(c.cycle),
            f"{c.current:g}",
            f"{c.discharge:.1f}",
            f"{c.charge:.1f}",
            f"{c.discharge_voltage:.3f}",
            f"{c.charge_voltage:.3f}",
            f"{c.trapped:.1f}",
            f"{c.film:.1f}",
        ]
        for c in run.cycles
        if c.cycle in kept
    ]
    head = [
        "cycle",
        "A/g",
        "discharge, mAh/g",
        "charge, mAh/g",
        "discharge, V",
        "charge, V",
        "trapped",
        "film",
    ]
    return ReportTable(
        caption="Cycles, per gram of pristine conversion material",
        head=head,
        rows=rows,
        numeric=frozenset(range(1, 8)),
    )


def _inputs_of(spec: CellSpec) -> list[dict[str, Any]]:
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


def _input_table(spec: CellSpec) -> ReportTable:
    rows = [
        [
            str(r["name"]),
            f"{float(r['value']):.4g}",
            str(r["unit"]),
            f"{float(r['low']):g} to {float(r['high']):g}",
            str(r["label"]),
            str(r["source"]),
        ]
        for r in _inputs_of(spec)
    ]
    return ReportTable(
        caption="Inputs of the cell, apart from the lattice's tables",
        head=["parameter", "value", "unit", "range", "label", "source"],
        rows=rows,
        numeric=frozenset({1}),
    )


def _provenance(spec: CellSpec) -> dict[str, Any]:
    return {
        "topotaxy": topotaxy.__version__,
        "versions": {name: version(name) for name in ("numpy", "scipy", "pybamm")},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "branches": dict(material_branches(spec.cell.material).provenance),
        "parameters": _inputs_of(spec),
        "fitted_to": [t.claim for t in calibration().targets],
        "spec": spec.model_dump(mode="json"),
    }
