"""Where a run's numbers come from: versions, seed, machine, parameters, limits."""

from __future__ import annotations

from typing import Any

from topotaxy.energetics import LatticeEnergies, atoms_document, lattice_inputs
from topotaxy.material.grains import electrode_grains
from topotaxy.results import provenance
from topotaxy.spec import Spec
from topotaxy.tables import read_table

SCHEMA = "topotaxy/run/1"
_PACKAGES = ("numba", "chemicals", "periodictable")


def provenance_of(
    spec: Spec, energies: LatticeEnergies, *, started: str, wall_time: float, events: int
) -> dict[str, Any]:
    """Return plain data for ``provenance.json``; ``wall_time`` in seconds.

    ``parameters`` are those of the model, ``handbook`` the tabulated values of end members, each
    with range, label and row; ``atoms`` is what shipped tables of interatomic potentials say of
    this composition and ion, or why there is nothing.

    Parameters
    ----------
    spec : Spec
        Electrode, cell, protocol and lattice that were run.
    energies : LatticeEnergies
        Energies and parameters of the (first) phase.
    started : str
        Time of the start, ISO 8601.
    wall_time : float
        Time that the run took, s.
    events : int
        Steps of the lattice in all replicas.
    """
    compositions = [grain.composition for grain in electrode_grains(spec.electrode)]
    inputs = {
        (row.name, row.subject): row
        for composition in compositions
        for row in lattice_inputs(
            composition, energies.ion, energies.temperature, overrides=spec.lattice.parameters
        )
    }
    stiffness = energies.assumptions["valence_stiffness"]
    return provenance(
        SCHEMA,
        packages=_PACKAGES,
        seed=spec.lattice.seed,
        started=started,
        wall_time_s=round(wall_time, 3),
        events=events,
        parameters=[a.document() | {"row": inputs[a.name, ""].row} for a in energies.assumptions.values()],
        handbook=[
            row.document()
            for row in inputs.values()
            if row.label != "check" and row.name not in energies.assumptions
        ],
        atoms=atoms_document(compositions, energies.ion, (stiffness.low, stiffness.high)),
        calibration=[dict(row) for row in read_table("topotaxy.energetics", "calibration")],
        limits=[row["limit"] for row in read_table("topotaxy.energetics", "limits")],
        spec=spec.model_dump(mode="json"),
    )
