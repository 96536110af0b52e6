"""From finished replicas to one labelled dataset (xarray), units in the attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice import Box, HalfCycle, Replica
from topotaxy.lattice.domains import DIAMETERS
from topotaxy.material import (
    Composition,
    EquilibriumProfile,
    electrode_composition,
    equilibrium_profile,
    molar_mass,
)
from topotaxy.portable import cbrt, over
from topotaxy.runs.charge_budget import budget_of
from topotaxy.runs.composite import mixed_curves, mixed_cycles
from topotaxy.runs.phases import Phase
from topotaxy.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = "topotaxy/run/1"
STATES = ("discharged", "charged")
_DIRECTION = {"discharged": "discharge", "charged": "charge"}

MEASURES = {
    "home_fraction": ("1", "cations on the site where they started"),
    "framework_fraction": ("1", "cations at home and not metal"),
    "coherent_fraction": ("1", "share of the frame in registry with the host"),
    "confined_fraction": ("1", "metal in objects of at most 13 atoms inside the registered frame"),
    "inlaid_fraction": ("1", "metal in larger objects inside the registered frame"),
    "lost_fraction": ("1", "metal outside the registered frame"),
    "domain_size": ("nm", "diameter of metal domains, mean by volume"),
    "domain_distribution": ("1", "share of the metal of the domains by diameter"),
    "interface_area": ("nm^2", "metal/salt interface per cation"),
    "frame_strain": ("1", "linear strain of the registered frame by the salt in it"),
    "frame_stress": ("GPa", "root-mean-square stress of the registered regions"),
    "anion_coordination": ("1", "M-X bonds per cation"),
    "metal_coordination": ("1", "M0 neighbours per M0"),
    "anion_distance": ("Å", "mean M-X distance of oxidised cations"),
    "metal_distance": ("Å", "mean M-M distance over the bonds of the domains"),
    "metal_coordination_random": ("1", "M0 neighbours per M0 if spread at random"),
    "reduced_fraction": ("1", "electrons taken up over electrons to the metal"),
    "monovalent_fraction": ("1", "cations that are M+"),
    "pooled_fraction": ("1", "cations in metal objects of two atoms or more"),
}
"""Measures of the lattice: unit and meaning of each."""

_LAST_DIMENSION = {"domain_distribution": "diameter"}
"""What a measure runs over besides replica, cycle and state, where that is not the element."""


def _variable(dims: tuple[str, ...], data: Any, units: str, long_name: str) -> tuple[Any, ...]:
    return (dims, data, {"units": units, "long_name": long_name})


def run_tree(
    spec: Spec, phases: Sequence[Phase], histories: Sequence[list[Replica]], version: str
) -> xr.DataTree:
    """Return the whole run: curves, cycles, structure, equilibrium and budget.

    ``histories`` holds the replicas of each phase, in the order of ``phases``. In a composite
    curves and cycles are of the whole, and the structure is that of the phase that takes the
    most charge.
    """
    import xarray as xr

    composition = electrode_composition(spec.electrode)
    curves = [_curves(phase.box, found) for phase, found in zip(phases, histories, strict=True)]
    cycles = [_cycles(phase, found) for phase, found in zip(phases, histories, strict=True)]
    main = int(
        np.argmax(
            [float(c.discharge_capacity.max()) * p.mass_fraction for c, p in zip(cycles, phases, strict=True)]
        )
    )
    structure = _structure(phases[main], histories[main][0])
    whole = mixed_cycles(composition, phases, cycles)
    groups = {
        "/": xr.Dataset(attrs=_attributes(spec, composition, version)),
        "/curves": mixed_curves(composition, phases, curves, spec.cell),
        "/cycles": whole,
        "/structure": structure,
        "/equilibrium": _equilibrium(equilibrium_of(spec, composition)),
        "/budget": budget_of(spec, composition, whole),
    }
    return xr.DataTree.from_dict(groups)


def _attributes(spec: Spec, composition: Composition, version: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "topotaxy_version": version,
        "name": spec.name,
        "title": spec.title,
        "formula": spec.electrode.formula,
        "molar_mass": molar_mass(composition),
        "ion": spec.cell.ion,
        "lower_cutoff": spec.cell.lower_cutoff,
        "upper_cutoff": spec.cell.upper_cutoff,
        "temperature": spec.cell.temperature,
        "current": spec.protocol.current,
        "cells": spec.lattice.cells,
        "replicas": spec.lattice.replicas,
        "cycles": spec.protocol.cycles,
        "seed": spec.lattice.seed,
        "grains": " ".join(spec.electrode.grains),
    }


def _curves(box: Box, replicas: list[Replica]) -> xr.Dataset:
    import xarray as xr

    kept = [[h for h in r.half_cycles if h.curve is not None] for r in replicas]
    points = max(len(h.curve.charge) for halves in kept for h in halves if h.curve)
    species = len(box.energies.species)
    shape = (len(replicas), len(kept[0]), points)
    charge, voltage = np.full(shape, np.nan), np.full(shape, np.nan)
    by_element = np.full((*shape, species), np.nan)
    for r, halves in enumerate(kept):
        for h, half in enumerate(halves):
            if half.curve is not None:
                n = len(half.curve.charge)
                charge[r, h, :n], voltage[r, h, :n] = half.curve.charge, half.curve.voltage
                by_element[r, h, :n] = half.curve.charge_by_element
    dims = ("replica", "half_cycle", "point")
    return xr.Dataset(
        {
            "charge": _variable(dims, charge, "mAh/g", "charge since the start of the half-cycle"),
            "voltage": _variable(dims, voltage, "V", f"voltage against {box.spec.cell.ion}"),
            "charge_by_element": _variable(
                (*dims, "element"), by_element, "mAh/g", "charge taken or given by each cation"
            ),
        },
        coords={
            "cycle": ("half_cycle", [h.cycle for h in kept[0]]),
            "direction": ("half_cycle", [h.direction for h in kept[0]]),
            "element": list(box.energies.species),
        },
    )


def _expansion(phase: Phase, reduced: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear strain if the whole lattice swells coherently; volumes of the phases add up.

    ``reduced`` has the species on its last axis.
    """
    return over(cbrt, 1.0 + (reduced * phase.fractions * phase.growth).sum(axis=-1)) - 1.0


def _cycles(phase: Phase, replicas: list[Replica]) -> xr.Dataset:
    import xarray as xr

    box = phase.box

    def gather(pick: Any, direction: str) -> NDArray[np.float64]:
        return np.array(
            [[pick(h) for h in r.half_cycles if h.direction == direction] for r in replicas], dtype=float
        )

    def by_state(name: str) -> NDArray[np.float64]:
        parts = [gather(lambda h: getattr(h.measures, name), _DIRECTION[state]) for state in STATES]
        return np.stack(parts, axis=2)

    def plain(pick: Any, direction: str, units: str, long_name: str) -> tuple[Any, ...]:
        return _variable(("replica", "cycle"), gather(pick, direction), units, long_name)

    def capacity(half: HalfCycle) -> float:
        return half.capacity

    def mean_voltage(half: HalfCycle) -> float:
        return half.mean_voltage

    dims = ("replica", "cycle", "state")
    variables = {
        "discharge_capacity": plain(capacity, "discharge", "mAh/g", "discharge capacity"),
        "charge_capacity": plain(capacity, "charge", "mAh/g", "charge capacity"),
        "mean_voltage_discharge": plain(mean_voltage, "discharge", "V", "mean voltage on discharge"),
        "mean_voltage_charge": plain(mean_voltage, "charge", "V", "mean voltage on charge"),
        "exchange_distance": _variable(
            dims,
            np.stack([gather(lambda h: h.exchange_distance, _DIRECTION[state]) for state in STATES], axis=2),
            "nm",
            "mean distance over which atoms were exchanged with metal",
        ),
        "clipped_reach": _variable(
            dims,
            np.stack([gather(lambda h: h.clipped, _DIRECTION[state]) for state in STATES], axis=2),
            "1",
            "share of the electrons that passed while the box cut the reach of metal",
        ),
    }
    for name, (units, long_name) in MEASURES.items():
        data = by_state(name)
        every = (*dims, _LAST_DIMENSION.get(name, "element"))
        variables[name] = _variable(every[: data.ndim], data, units, long_name)
    if box.registry is not None:
        for name in ("cleavage_strength", "twinning_strength"):
            variables["frame_stress"][2][name] = getattr(box.registry, name)
    reduced = variables["reduced_fraction"][1]
    variables["expansion"] = _variable(
        dims, _expansion(phase, reduced), "1", "linear strain if the whole lattice swells coherently"
    )
    capacity_share = phase.fractions * box.energies.reducible
    trapped = (reduced[:, :, 1, :] * capacity_share).sum(axis=-1) / max(float(capacity_share.sum()), 1e-300)
    variables["trapped_fraction"] = _variable(
        ("replica", "cycle"), trapped, "1", "electrons still held when charged, over capacity to the metal"
    )
    return xr.Dataset(
        variables,
        coords={
            "cycle": np.arange(1, box.cycles + 1),
            "state": list(STATES),
            "element": list(box.energies.species),
            "diameter": ("diameter", 0.5 * (DIAMETERS[1:] + DIAMETERS[:-1]), {"units": "nm"}),
        },
    )


def _structure(phase: Phase, replica: Replica) -> xr.Dataset:
    import xarray as xr

    box = phase.box

    names, configurations = ["pristine"], [replica.pristine]
    for half in replica.half_cycles:
        if half.configuration is not None and half.cycle in (1, box.cycles):
            names.append(f"{half.direction}d {half.cycle}")
            configurations.append(half.configuration)
    a = phase.lattice_parameter
    symbols = np.array([*box.energies.species, ""], dtype=object)
    home = np.arange(box.geometry.sites)
    xyz = ["x", "y", "z"]
    return xr.Dataset(
        {
            "position": _variable(("site", "xyz"), box.geometry.octahedral_position * a, "Å", "cation sites"),
            "symbol": (("snapshot", "site"), np.stack([symbols[c.species] for c in configurations])),
            "valence": _variable(
                ("snapshot", "site"), np.stack([c.valence for c in configurations]), "1", "valence"
            ),
            "home": (("snapshot", "site"), np.stack([c.identity == home for c in configurations])),
            "coherent": (
                ("snapshot", "site"),
                np.stack([(c.registered == 1)[box.geometry.region_of] for c in configurations]),
            ),
            "metal_of": _variable(
                ("snapshot", "site"),
                np.stack([c.metal_of for c in configurations]),
                "1",
                "metal object that the atom which started here is part of, -1 while it is an ion",
            ),
            "metal_centre": _variable(
                ("snapshot", "object"),
                np.stack([c.centre for c in configurations]),
                "1",
                "cation site at the centre of a metal object, -1 where there is none",
            ),
            "tetrahedral_position": _variable(
                ("tetrahedral", "xyz"), box.geometry.tetrahedral_position * a, "Å", "tetrahedral sites"
            ),
            "alkali": _variable(
                ("snapshot", "tetrahedral"), np.stack([c.alkali for c in configurations]), "1", "A+ present"
            ),
            "anion_position": _variable(
                ("anion", "xyz"), box.geometry.anion_position * a, "Å", "anion sites"
            ),
            "anion_symbol": ("anion", np.array(box.energies.anions, dtype=object)[replica.pristine.anion]),
        },
        coords={"snapshot": names, "xyz": xyz},
        attrs={
            "lattice_parameter": a,
            "cells": box.spec.lattice.cells,
            "replica": 0,
            "formula": box.composition.formula,
        },
    )


def equilibrium_of(spec: Spec, composition: Composition) -> EquilibriumProfile:
    """Return the bulk equilibrium of a specification; asked for before a run, lacking data stop it early."""
    cell = spec.cell
    return equilibrium_profile(
        composition,
        cell.ion,
        temperature=cell.temperature,
        lower=cell.lower_cutoff,
        upper=cell.upper_cutoff,
    )


def _equilibrium(profile: EquilibriumProfile) -> xr.Dataset:
    import xarray as xr

    elements = list(profile.charge_by_cation)
    return xr.Dataset(
        {
            "charge": _variable(("point",), profile.charge, "mAh/g", "charge"),
            "voltage": _variable(("point",), profile.voltage, "V", "bulk equilibrium voltage"),
            "charge_by_element": _variable(
                ("point", "element"),
                np.stack([profile.charge_by_cation[el] for el in elements], axis=-1),
                "mAh/g",
                "charge taken by each cation",
            ),
        },
        coords={"element": elements},
    )
