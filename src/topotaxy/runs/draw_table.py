"""The rows of a campaign of draws in one table, and what it says of where it comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.cell.branches import BRANCHES, density_of
from topotaxy.cell.draws import DrawTable
from topotaxy.material import (
    Composition,
    electrode_composition,
    lattice_parameter,
    molar_mass,
    theoretical_capacity,
)
from topotaxy.runs.draw_campaign import Campaign
from topotaxy.version import __version__


def table_of(plan: Campaign, rows: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any]) -> DrawTable:
    """Put the rows of a campaign into one table, with what every draw shares.

    Parameters
    ----------
    plan : Campaign
        Draws that were run: one material, its alkalis, the protocol, and the inputs of each draw.
    rows : sequence of mapping
        As :func:`~topotaxy.runs.draw_runs.draw_once` returns them, in order.
    provenance : mapping
        Where the table comes from.
    """
    spec = plan.specs[0]
    composition = electrode_composition(spec.electrode)
    mass = mass_of_one_cation(composition)
    cations = list(composition.cations)
    ions = tuple(s.cell.ion for s in plan.specs)
    total = sum(composition.cations.values())
    return DrawTable(
        formula=composition.formula,
        ions=ions,
        temperature=spec.cell.temperature,
        lower_cutoff=spec.cell.lower_cutoff,
        upper_cutoff=spec.cell.upper_cutoff,
        molar_mass=round(mass, 4),
        density=round(density_of(mass, lattice_parameter(composition) ** 3 / 4.0), 4),
        cations=tuple(cations),
        cation_capacity=tuple(
            round(theoretical_capacity(composition.cations[el] / total, mass), 3) for el in cations
        ),
        input_names=tuple(r.key for r in plan.ranges),
        inputs=np.array([[row["inputs"][r.key] for r in plan.ranges] for row in rows]),
        capacity=_column(rows, ions, "capacity"),
        early_loss=_column(rows, ions, "early_loss"),
        later_loss=_column(rows, ions, "later_loss"),
        interface_area=_column(rows, ions, "interface_area"),
        domain_size=_column(rows, ions, "domain_size"),
        reduced=np.array([[[row["ions"][i]["reduced"][el] for el in cations] for i in ions] for row in rows]),
        branches=np.array(
            [[[row["ions"][i]["branches"][b] for b in BRANCHES] for i in ions] for row in rows]
        ),
        provenance=dict(provenance),
    )


def _column(rows: Sequence[Mapping[str, Any]], ions: Sequence[str], name: str) -> np.ndarray:
    return np.array([[row["ions"][ion][name] for ion in ions] for row in rows])


def mass_of_one_cation(composition: Composition) -> float:
    """Molar mass of as much of the host as has one cation, g/mol: a formula may be written with more.

    Parameters
    ----------
    composition : Composition
        Of the host.
    """
    return molar_mass(composition) / sum(composition.cations.values())


def lattice_digest() -> str:
    """SHA-256 over the code and tables that a draw comes from, to say which lattice made it."""
    root = Path(__file__).parents[1]
    found = hashlib.sha256()
    for package in ("lattice", "energetics", "material"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".csv", ".json") and "potentials" not in path.parts:
                found.update(path.relative_to(root).as_posix().encode())
                found.update(path.read_bytes())
    return found.hexdigest()


def draw_digest(plan: Campaign, index: int) -> str:
    """SHA-256 over what a draw is made from: specifications, protocol, inputs and seed.

    Parameters
    ----------
    plan : Campaign
        What is to be drawn.
    index : int
        Number of the draw, from 0.
    """
    document = {
        "specs": [spec.model_dump(mode="json") for spec in plan.specs],
        "protocol": asdict(plan.protocol),
        "inputs": dict(plan.inputs[index]),
        "seed": plan.seed,
        "index": index,
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def provenance_of(plan: Campaign, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the table says of where it comes from, as plain data.

    Parameters
    ----------
    plan : Campaign
        What is to be drawn.
    rows : Sequence[Mapping[str, Any]]
        What was drawn, one entry a draw.
    """
    return {
        "made_by": f"python -m topotaxy.studies.draws {plan.name} --specs "
        f"{' '.join(spec.name for spec in plan.specs)} --draws {len(plan.inputs)} --seed {plan.seed}",
        "topotaxy_version": __version__,
        "lattice": sorted({row["lattice"] for row in rows}),
        "protocol": asdict(plan.protocol),
        "seed": plan.seed,
        "ranges": [asdict(r) for r in plan.ranges],
    }
