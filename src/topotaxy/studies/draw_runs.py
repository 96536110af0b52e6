"""One draw of the lattice, run: branches, early loss, interface and reduced shares of every alkali
together."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.cell.branches import BRANCHES, area_per_gram, branch_from_curves, density_of
from topotaxy.cell.draws import DrawTable
from topotaxy.lattice import Replica, box_from_spec, run_replica
from topotaxy.material import (
    Composition,
    electrode_composition,
    lattice_parameter,
    molar_mass,
    theoretical_capacity,
)
from topotaxy.spec import Spec
from topotaxy.studies.draw_campaign import Protocol
from topotaxy.studies.draw_inputs import drawn_energies, parameters_of

if TYPE_CHECKING:
    from topotaxy.studies.draw_campaign import Campaign


_SENSES = ("discharge", "charge")

LATER = 3
"""Last cycles whose held charge is the later loss."""


def draw_once(
    specs: Sequence[Spec], inputs: Mapping[str, float], protocol: Protocol, seed: int
) -> dict[str, Any]:
    """Run one draw and return its row as plain data, by alkali.

    Parameters
    ----------
    specs : sequence of Spec
        One material, one specification an alkali.
    inputs : mapping of str to float
        By :attr:`~topotaxy.studies.draw_inputs.LatticeRange.key`.
    protocol : Protocol
        Size, currents and cycles.
    seed : int
        Of the boxes; every alkali has the same.
    """
    return {"inputs": dict(inputs), "ions": {s.cell.ion: _one_ion(s, inputs, protocol, seed) for s in specs}}


def _one_ion(spec: Spec, inputs: Mapping[str, float], protocol: Protocol, seed: int) -> dict[str, Any]:
    slow = _replicas(spec, inputs, protocol, seed, protocol.slow, protocol.slow_cycles)
    fast = _replicas(spec, inputs, protocol, seed, protocol.fast, protocol.fast_cycles)
    composition = electrode_composition(spec.electrode)
    mass = _mass_of_one_cation(composition)
    first = [replica.half_cycles[0] for replica in slow]
    measures = [half.measures for half in first]
    held = np.array([_held(replica) for replica in fast]).mean(axis=0)
    species = list(composition.cations)
    return {
        "capacity": round(float(np.mean([half.capacity for half in first])), 2),
        "branches": _branches(slow),
        "early_loss": round(max(0.0, float(held[0])), 5),
        "later_loss": round(max(0.0, float(held[-LATER:].mean())), 5),
        "interface_area": round(
            float(np.mean([m.interface_area for m in measures])) * area_per_gram(mass), 2
        ),
        "domain_size": round(float(np.mean([m.domain_size for m in measures])), 3),
        "reduced": {
            el: round(float(np.mean([m.reduced_fraction[s] for m in measures])), 4)
            for s, el in enumerate(species)
        },
    }


def _replicas(
    spec: Spec, inputs: Mapping[str, float], protocol: Protocol, seed: int, current: float, cycles: int
) -> list[Replica]:
    document = spec.model_dump()
    document["protocol"].update(current=current, cycles=cycles)
    document["lattice"].update(cells=protocol.cells, replicas=protocol.replicas, seed=seed)
    document["lattice"]["parameters"] |= parameters_of(inputs)
    own_spec = Spec.model_validate(document)
    box = box_from_spec(own_spec, energies=drawn_energies(own_spec, inputs))
    seeds = np.random.SeedSequence(seed).spawn(protocol.replicas)
    found = []
    with tempfile.TemporaryDirectory(prefix="topotaxy-") as folder:
        for index, own in enumerate(seeds):
            grain = (index + 0.5) / protocol.replicas
            replica = run_replica(box, own, Path(folder) / f"{index}.npz", grain=grain)
            found.append(replica)
    return found


def _held(replica: Replica) -> np.ndarray:
    """Charge that is still held after each cycle, over the first discharge."""
    capacity = {d: np.array([h.capacity for h in replica.half_cycles if h.direction == d]) for d in _SENSES}
    return np.asarray(np.cumsum(capacity["discharge"] - capacity["charge"]) / capacity["discharge"][0])


def _branches(replicas: Sequence[Replica]) -> dict[str, list[float]]:
    """First discharge, later discharge and charge, mean over replicas and cycles."""
    gathered: dict[str, tuple[list[Any], list[Any]]] = {name: ([], []) for name in BRANCHES}
    for replica in replicas:
        for half in replica.half_cycles:
            if half.curve is None:
                continue
            down = half.direction == "discharge"
            share = half.curve.charge / half.capacity
            x, v = gathered["first_discharge" if down and half.cycle == 1 else half.direction]
            x.append(share if down else 1.0 - share)
            v.append(half.curve.voltage)
    return {name: list(branch_from_curves(*found)) for name, found in gathered.items()}


def _mass_of_one_cation(composition: Composition) -> float:
    """Molar mass of as much of the host as has one cation, g/mol: a formula may be written with more."""
    return molar_mass(composition) / sum(composition.cations.values())


def table_of(plan: Campaign, rows: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any]) -> DrawTable:
    """Put the rows of a campaign into one table, with what every draw shares.

    Parameters
    ----------
    plan : Campaign
        Draws that were run: one material, its alkalis, the protocol, and the inputs of each draw.
    rows : sequence of mapping
        As :func:`draw_once` returns them, in order.
    provenance : mapping
        Where the table comes from.
    """
    spec = plan.specs[0]
    composition = electrode_composition(spec.electrode)
    mass = _mass_of_one_cation(composition)
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
