"""The folder of a reproduction: everything that its report shows, computed here and written as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.constants import COULOMB_PER_MILLIAMPERE_HOUR
from topotaxy.errors import InputError
from topotaxy.evidence import Claim, Ledger, load_ledger
from topotaxy.evidence.claim_names import claim_name
from topotaxy.files import write_atomically
from topotaxy.measurement.cycling.metrics import Cell
from topotaxy.runs.paper import PaperRun
from topotaxy.studies.fast_paper import ion_of
from topotaxy.studies.paper_curves import curves_of_run
from topotaxy.studies.rate_map import rate_map
from topotaxy.studies.reproduction import Reproduction
from topotaxy.studies.reproduction_document import reproduction_document
from topotaxy.tables import read_table

SHORT = 100
"""Cycles of a run above which it is shown as ageing."""
SIZES_ALIKE = 0.3
"""Relative difference up to which a stated size is that of the powder: papers state it to one digit."""

DOCUMENT_FILE = "reproduction.json"
DIGITS = 6
"""Significant digits of written curves."""


@dataclass(frozen=True, kw_only=True)
class Aged:
    """One computed cell over its cycles, beside the paper's run that it is of."""

    run: PaperRun
    ion: str
    cell: Cell
    document: dict[str, Any]


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds something else than an earlier reproduction, before anything is computed.

    Parameters
    ----------
    folder : Path
        New, empty, or with a reproduction that is to be replaced.

    Raises
    ------
    InputError
        Where it is anything else.
    """
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / DOCUMENT_FILE).is_file()):
        return
    if folder.exists() or folder.is_symlink():
        raise InputError("is not empty and holds no reproduction; use another --out", where=str(folder))


def write_reproduction(found: Reproduction, folder: Path) -> Path:
    """Write ``reproduction.json`` with the comparison and all curves, and return its path.

    Parameters
    ----------
    found : Reproduction
        What was computed.
    folder : Path
        As for :func:`check_folder`.

    Raises
    ------
    InputError
        Where the folder holds something else.
    """
    check_folder(folder)
    document = whole_document(found)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / DOCUMENT_FILE
    write_atomically(target, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))
    return target


def whole_document(found: Reproduction) -> dict[str, Any]:
    """Return the comparison with the curves of its figures and the stated values that belong in them.

    Parameters
    ----------
    found : Reproduction
        What was predicted.
    """
    protocol = found.cells.paper
    ledger = load_ledger(protocol.claims)
    document = named_document(found, ledger)
    names: dict[str, str] = document["names"]
    document["curves"] = _kept_curves(found)
    document["rate_map"] = [
        {
            "name": f"{curve.diameter:g} nm",
            "current": list(curve.current),
            "capacity": _rounded(curve.capacity),
        }
        for curve in rate_map(protocol.rate_map, found.cells.values, found.cells.table)
    ]
    aged = _aged(found)
    document["ageing"] = [line.document for line in aged]
    document["stated"] = _stated(ledger, names, aged)
    document["limits"] = [row["limit"] for row in read_table("topotaxy.cell", "limits")]
    return document


def named_document(found: Reproduction, ledger: Ledger) -> dict[str, Any]:
    """Return the comparison with the names of the claims in words, by id, and the citation.

    Parameters
    ----------
    found : Reproduction
        What was predicted.
    ledger : Ledger
        What a paper states.
    """
    return {
        **reproduction_document(found),
        "names": {claim.id: claim_name(claim, ledger) for claim in ledger.claims if claim.kind == "value"},
        "citation": ledger.paper.citation,
    }


def _kept_curves(found: Reproduction) -> list[dict[str, Any]]:
    """Voltage curves of the runs that keep some, at the central point, by PyBaMM."""
    curves = []
    for name, run in found.cells.paper.runs.items():
        if not run.curves:
            continue
        for cycle, halves in curves_of_run(found.cells, name).items():
            for seconds, voltage, current in halves:
                curves.append(
                    {
                        "name": f"{run.title}, cycle {cycle}",
                        "direction": "discharge" if current[0] > 0 else "charge",
                        "capacity": _rounded(np.abs(current) * seconds / COULOMB_PER_MILLIAMPERE_HOUR),
                        "voltage": _rounded(voltage),
                    }
                )
    return curves


def _aged(found: Reproduction) -> list[Aged]:
    """The runs of more than :data:`SHORT` cycles."""
    lines = []
    for name, run in found.cells.paper.runs.items():
        if sum(leg.cycles for leg in run.legs) <= SHORT:
            continue
        history, cell = found.cells.history(name), found.cells.cell(name)
        document = {
            "name": run.title,
            "cycle": [float(n) for n in history.cycle],
            "capacity": _rounded(cell.totals.capacity(cell.delivered)),
            "trapped": _rounded(history.trapped),
            "film": _rounded(history.film),
            "active": _rounded(history.active),
        }
        ion = ion_of(run.table, found.cells.table)
        lines.append(Aged(run=run, ion=ion, cell=cell, document=document))
    return lines


def _stated(ledger: Ledger, names: dict[str, str], aged: Sequence[Aged]) -> list[dict[str, Any]]:
    """Place the stated values in the figures by what they are of, not by their names.

    A stated retention stands at that share of the computed capacity of cycle 2.
    """
    points: list[dict[str, Any]] = []
    for claim in ledger.claims:
        if claim.kind != "value":
            continue
        value = claim.stated.value
        named = {"name": names[claim.id], "y": value}
        cell = ledger.cell.get(claim.cell) if claim.cell else None
        line = next((a for a in aged if _same_cell(a, claim, ledger)), None)
        if claim.quantity == "capacity_retention" and line is not None and claim.cycle is not None:
            start = line.document["capacity"][1]
            words = f"{names[claim.id]}: {100 * value:g} % of the computed cycle 2"
            points.append({"figure": "ageing", "x": claim.cycle, "y": value * start, "name": words})
        elif claim.quantity == "rate_capacity" and claim.cycle is not None:
            points.append({"figure": "ageing", "x": claim.cycle, **named})
        elif cell is not None and cell.role == "full-cell":
            if claim.quantity in ("rate_capacity", "cell_voltage"):
                points.append({"figure": f"voltage: {claim.quantity}", "x": 0.0, **named})
        elif claim.quantity == "rate_capacity" and cell is not None and cell.role == "half-cell-anode":
            points.append({"figure": "rate", "x": claim.current, **named})
    return points


def _same_cell(line: Aged, claim: Claim, ledger: Ledger) -> bool:
    """Whether a claim is of the cell, the current and the size of the powder of a computed one."""
    cell = ledger.cell.get(claim.cell) if claim.cell else None
    if cell is None or claim.material != line.run.material or claim.current is None:
        return False
    if (cell.role, cell.ion) != (line.run.role, line.ion) or claim.current != line.run.legs[-1].current:
        return False
    if claim.particle_size is None:
        return not line.run.diameter
    own = line.cell.conditions.particle_size or 0.0
    return bool(line.run.diameter) and abs(own / claim.particle_size - 1.0) <= SIZES_ALIKE


def _rounded(values: Any) -> list[float]:
    return [float(f"{float(v):.{DIGITS}g}") for v in values]
