"""The folder of a reproduction: everything that its report shows, computed here and written as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.cell.cycling import Cycler, CyclingHistory, Leg
from topotaxy.cell.predictions import FORMATION, Cells
from topotaxy.errors import InputError
from topotaxy.evidence import Claim, Ledger, load_ledger
from topotaxy.files import write_atomically
from topotaxy.studies.claim_names import claim_name
from topotaxy.studies.reproduction import Predicted, Reproduction, reproduction_document
from topotaxy.tables import read_table

CURRENTS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""A/g, of the rate map."""

DIAMETERS = (50.0, 100.0, 500.0, 2000.0, 5000.0)
"""nm, of the rate map."""

DOCUMENT_FILE = "reproduction.json"
DIGITS = 6
"""Significant digits of written curves."""


@dataclass(frozen=True, kw_only=True)
class Aged:
    """One computed cell over its cycles, and what tells it apart: cell, current (A/g), size (nm)."""

    name: str
    record: CyclingHistory
    of: str
    cell: str
    current: float
    particle_size: float | None = None


def write_reproduction(found: Reproduction, folder: Path) -> Path:
    """Write ``reproduction.json`` with the comparison and all curves, and return its path.

    Raises
    ------
    InputError
        Where the folder holds something else.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("is not an empty folder; use another --out", where=str(folder))
    document = whole_document(found, CURRENTS, DIAMETERS)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / DOCUMENT_FILE
    write_atomically(target, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))
    return target


def whole_document(
    found: Reproduction, currents: Sequence[float], diameters: Sequence[float]
) -> dict[str, Any]:
    """Return the comparison with the curves of its figures and the stated values that belong in them."""
    cells = Cells()
    cells.set(found.parameters)
    predicted = found.predicted if found.predicted is not None else Predicted(cells)
    ledger = load_ledger(found.paper)
    document = named_document(found, ledger)
    names: dict[str, str] = document["names"]
    document["curves"] = _full_cell_curves(predicted.full)
    document["rate_map"] = rate_map(found, currents, diameters)
    aged = _aged(predicted)
    document["ageing"] = [_aged_document(line) for line in aged]
    document["stated"] = _stated(ledger, names, aged)
    document["limits"] = [row["limit"] for row in read_table("topotaxy.cell", "limits")]
    return document


def named_document(found: Reproduction, ledger: Ledger) -> dict[str, Any]:
    """Return the comparison with the names of the claims in words, by id, and the citation."""
    return {
        **reproduction_document(found),
        "names": {claim.id: claim_name(claim, ledger) for claim in ledger.claims if claim.kind == "value"},
        "citation": ledger.paper.citation,
    }


def rate_map(
    found: Reproduction, currents: Sequence[float], diameters: Sequence[float]
) -> list[dict[str, Any]]:
    """Charge (mAh/g) of the second cycle at each current, after a formation cycle, by diameter (nm).

    A current that cannot be drawn has no point.
    """
    from topotaxy.cell.model import ConversionHalfCell
    from topotaxy.cell.parameters import shipped_parameters

    lines = []
    for diameter in diameters:
        parameters = shipped_parameters("heos-na", {**found.parameters, "particle_diameter": diameter})
        cell = Cycler(ConversionHalfCell(), parameters, compiled=False)
        points = []
        for current in currents:
            try:
                record = cell.run([Leg(cycles=1, current=FORMATION), Leg(cycles=2, current=current)])
            except InputError:
                continue
            points.append((current, record.charge[-1]))
        lines.append(
            {
                "name": f"{diameter:g} nm",
                "current": [current for current, _ in points],
                "capacity": _rounded([capacity for _, capacity in points]),
            }
        )
    return lines


def _full_cell_curves(record: CyclingHistory) -> list[dict[str, Any]]:
    return [
        {
            "name": f"full cell, cycle {cycle}",
            "direction": "discharge" if current[0] > 0 else "charge",
            "capacity": _rounded(np.abs(current) * seconds / 3.6),
            "voltage": _rounded(voltage),
        }
        for cycle, halves in record.curves.items()
        for seconds, voltage, current in halves
    ]


def _aged(predicted: Predicted) -> list[Aged]:
    return [
        Aged(name="0.5 A/g", record=predicted.slow_ageing, of="charge", cell="na", current=0.5),
        Aged(name="1 A/g", record=predicted.fast_ageing, of="charge", cell="na", current=1.0),
        Aged(
            name="0.5 A/g, 2 µm",
            record=predicted.coarse_ageing,
            of="charge",
            cell="na",
            current=0.5,
            particle_size=2000.0,
        ),
        Aged(name="full cell, 0.5 A/g", record=predicted.full, of="discharge", cell="full", current=0.5),
    ]


def _aged_document(line: Aged) -> dict[str, Any]:
    record = line.record
    return {
        "name": line.name,
        "cycle": [float(n) for n in record.cycle],
        "capacity": _rounded(getattr(record, line.of)),
        "trapped": _rounded(record.trapped),
        "film": _rounded(record.film),
        "incoherent": _rounded(record.incoherent),
    }


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
        line = next((a for a in aged if _same_cell(a, claim)), None)
        if claim.quantity == "capacity_retention" and line is not None and claim.cycle is not None:
            start = float(getattr(line.record, line.of)[1])
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


def _same_cell(line: Aged, claim: Claim) -> bool:
    return (line.cell, line.current, line.particle_size) == (claim.cell, claim.current, claim.particle_size)


def _rounded(values: Any) -> list[float]:
    return [float(f"{float(v):.{DIGITS}g}") for v in values]
