"""From finished replicas to one labelled dataset (xarray), units in the attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice import Box, Replica
from topotaxy.lattice.domains import DIAMETERS
from topotaxy.material import (
    Composition,
    EquilibriumProfile,
    electrode_composition,
    equilibrium_profile,
    molar_mass,
)
from topotaxy.portable import cbrt, over
from topotaxy.results.schema import schema_of
from topotaxy.runs.charge_budget import budget_of
from topotaxy.runs.composite import mixed_curves, mixed_cycles
from topotaxy.runs.phases import Phase
from topotaxy.runs.specimens import kept_specimens
from topotaxy.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = schema_of("run")
STATES = ("discharged", "charged")
_DIRECTION = {"discharged": "discharge", "charged": "charge"}

CYCLE_MEASURES = ("discharge_capacity", "charge_capacity", "mean_voltage_discharge", "mean_voltage_charge")
DERIVED_MEASURES = ("expansion", "trapped_fraction", "exchange_distance", "clipped_reach")

MEASURES = tuple(
    name for name in SCHEMA.of("cycles", "variable") if name not in (*CYCLE_MEASURES, *DERIVED_MEASURES)
)
"""Measures of the lattice, by the names that they have there."""


def run_tree(
    spec: Spec, phases: Sequence[Phase], histories: Sequence[list[Replica]], version: str
) -> xr.DataTree:
    """Return the whole run: curves, cycles, structure, equilibrium and budget.

    ``histories`` holds the replicas of each phase, in the order of ``phases``. In a composite
    curves and cycles are of the whole, and the structure is that of the phase that takes the
    most charge.

    Parameters
    ----------
    spec : Spec
        Electrode, cell, protocol and lattice that were run.
    phases : sequence of Phase
        Of the electrode.
    histories : sequence of list of Replica
        Of each phase, in its order.
    version : str
        Version of topotaxy.
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
        "/specimens": kept_specimens(phases, histories),
    }
    return xr.DataTree.from_dict(groups)


def _attributes(spec: Spec, composition: Composition, version: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA.name,
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
        **_charge_current(spec),
    }


def _charge_current(spec: Spec) -> dict[str, float]:
    """The current of charges, where it is not that of discharges."""
    other = spec.protocol.charge_current
    return {} if other is None else {"charge_current": other}


def _curves(box: Box, replicas: list[Replica]) -> xr.Dataset:
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
    return SCHEMA.dataset(
        "curves",
        {
            "charge": charge,
            "voltage": voltage,
            "charge_by_element": by_element,
            "cycle": [h.cycle for h in kept[0]],
            "direction": [h.direction for h in kept[0]],
            "element": list(box.energies.species),
        },
    )


def _expansion(phase: Phase, reduced: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear strain if the whole lattice swells coherently; volumes of the phases add up.

    ``reduced`` has the species on its last axis.
    """
    return over(cbrt, 1.0 + (reduced * phase.fractions * phase.growth).sum(axis=-1)) - 1.0


def _cycles(phase: Phase, replicas: list[Replica]) -> xr.Dataset:
    box = phase.box

    def gather(pick: Any, direction: str) -> NDArray[np.float64]:
        return np.array(
            [[pick(h) for h in r.half_cycles if h.direction == direction] for r in replicas], dtype=float
        )

    def by_state(name: str) -> NDArray[np.float64]:
        parts = [gather(lambda h: getattr(h.measures, name), _DIRECTION[state]) for state in STATES]
        return np.stack(parts, axis=2)

    def of_half_cycle(pick: Any) -> NDArray[np.float64]:
        return np.stack([gather(pick, _DIRECTION[state]) for state in STATES], axis=2)

    data: dict[str, Any] = {
        "discharge_capacity": gather(lambda h: h.capacity, "discharge"),
        "charge_capacity": gather(lambda h: h.capacity, "charge"),
        "mean_voltage_discharge": gather(lambda h: h.mean_voltage, "discharge"),
        "mean_voltage_charge": gather(lambda h: h.mean_voltage, "charge"),
        **{name: by_state(name) for name in MEASURES},
        "exchange_distance": of_half_cycle(lambda h: h.exchange_distance),
        "clipped_reach": of_half_cycle(lambda h: h.clipped),
    }
    reduced = data["reduced_fraction"]
    data["expansion"] = _expansion(phase, reduced)
    capacity_share = phase.fractions * box.energies.reducible
    trapped = (reduced[:, :, 1, :] * capacity_share).sum(axis=-1)
    data["trapped_fraction"] = trapped / max(float(capacity_share.sum()), 1e-300)
    data |= {
        "cycle": np.arange(1, box.cycles + 1),
        "state": list(STATES),
        "element": list(box.energies.species),
        "diameter": 0.5 * (DIAMETERS[1:] + DIAMETERS[:-1]),
    }
    dataset = SCHEMA.dataset("cycles", data)
    if box.registry is not None:
        for name in ("cleavage_strength", "twinning_strength"):
            dataset["frame_stress"].attrs[name] = getattr(box.registry, name)
    return dataset


def _structure(phase: Phase, replica: Replica) -> xr.Dataset:
    box = phase.box

    names, configurations = ["pristine"], [replica.pristine]
    for half in replica.half_cycles:
        if half.configuration is not None and half.cycle in (1, box.cycles):
            names.append(f"{half.direction}d {half.cycle}")
            configurations.append(half.configuration)
    a = phase.lattice_parameter
    symbols = np.array([*box.energies.species, ""], dtype=object)
    home = np.arange(box.geometry.sites)
    anions = np.array(box.energies.anions, dtype=object)
    return SCHEMA.dataset(
        "structure",
        {
            "position": box.geometry.octahedral_position * a,
            "symbol": np.stack([symbols[c.species] for c in configurations]),
            "valence": np.stack([c.valence for c in configurations]),
            "home": np.stack([c.identity == home for c in configurations]),
            "coherent": np.stack([(c.registered == 1)[box.geometry.region_of] for c in configurations]),
            "tetrahedral_position": box.geometry.tetrahedral_position * a,
            "alkali": np.stack([c.alkali for c in configurations]),
            "anion_position": box.geometry.anion_position * a,
            "anion_symbol": anions[replica.pristine.anion],
            "snapshot": names,
            "xyz": ["x", "y", "z"],
        },
        attrs={
            "lattice_parameter": a,
            "cells": box.spec.lattice.cells,
            "replica": 0,
            "formula": box.composition.formula,
        },
    )


def equilibrium_of(spec: Spec, composition: Composition) -> EquilibriumProfile:
    """Return the bulk equilibrium of a specification; asked for before a run, lacking data stop it early.

    Parameters
    ----------
    spec : Spec
        Alkali, cut-offs (V) and temperature (K).
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts.
    """
    cell = spec.cell
    return equilibrium_profile(
        composition,
        cell.ion,
        temperature=cell.temperature,
        lower=cell.lower_cutoff,
        upper=cell.upper_cutoff,
    )


def _equilibrium(profile: EquilibriumProfile) -> xr.Dataset:
    elements = list(profile.charge_by_cation)
    return SCHEMA.dataset(
        "equilibrium",
        {
            "charge": profile.charge,
            "voltage": profile.voltage,
            "charge_by_element": np.stack([profile.charge_by_cation[el] for el in elements], axis=-1),
            "element": elements,
        },
    )
