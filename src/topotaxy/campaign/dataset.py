"""From finished replicas to one labelled dataset (xarray), units in the attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice import Box, HalfCycle, Replica
from topotaxy.material import (
    EquilibriumProfile,
    capacity_budget,
    conversion_volume_ratio,
    equilibrium_profile,
    lattice_parameter,
    molar_mass,
)

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = "topotaxy/run/1"
STATES = ("discharged", "charged")
_DIRECTION = {"discharged": "discharge", "charged": "charge"}

_LONG_NAMES = {
    "home_fraction": "cations on the site where they started",
    "framework_fraction": "cations at home and not metal",
    "anion_coordination": "M-X bonds per cation",
    "metal_coordination": "M0 neighbours per M0",
    "metal_coordination_random": "M0 neighbours per M0 if spread at random",
    "reduced_fraction": "electrons taken up over electrons to the metal",
}


def _variable(dims: tuple[str, ...], data: Any, units: str, long_name: str) -> tuple[Any, ...]:
    return (dims, data, {"units": units, "long_name": long_name})


@dataclass(frozen=True, kw_only=True)
class ClosedForms:
    """What the formula alone gives; worked out before a run, so that lacking data stop it early.

    ``lattice_parameter`` in Å; ``growth`` (species,): volume of the products over that of the
    host, less one, for each cation (zero for those that do not react).
    """

    lattice_parameter: float
    growth: NDArray[np.float64]
    equilibrium: EquilibriumProfile


def closed_forms(box: Box) -> ClosedForms:
    """Return the closed-form properties that a run reports.

    Raises
    ------
    InputError
        Where a volume, a lattice parameter or a formation energy is not tabulated.
    """
    cell, species = box.spec.cell, box.energies.species
    growth = [
        conversion_volume_ratio(box.composition, cell.ion, [element]) - 1.0 if reducible else 0.0
        for element, reducible in zip(species, box.energies.reducible, strict=True)
    ]
    return ClosedForms(
        lattice_parameter=lattice_parameter(box.composition),
        growth=np.array(growth),
        equilibrium=equilibrium_profile(
            box.composition,
            cell.ion,
            temperature=cell.temperature,
            lower=cell.lower_cutoff,
            upper=cell.upper_cutoff,
        ),
    )


def run_tree(box: Box, forms: ClosedForms, replicas: list[Replica], version: str) -> xr.DataTree:
    """Return the whole run: curves, cycles, structure, equilibrium and budget."""
    import xarray as xr

    spec = box.spec
    root = xr.Dataset(
        attrs={
            "schema": SCHEMA,
            "topotaxy_version": version,
            "name": spec.name,
            "title": spec.title,
            "formula": spec.electrode.formula,
            "molar_mass": molar_mass(box.composition),
            "ion": spec.cell.ion,
            "lower_cutoff": spec.cell.lower_cutoff,
            "upper_cutoff": spec.cell.upper_cutoff,
            "temperature": spec.cell.temperature,
            "current": spec.protocol.current,
            "cells": spec.lattice.cells,
            "replicas": spec.lattice.replicas,
            "cycles": spec.protocol.cycles,
            "seed": spec.lattice.seed,
        }
    )
    groups = {
        "/": root,
        "/curves": _curves(box, replicas),
        "/cycles": _cycles(box, forms, replicas),
        "/structure": _structure(box, forms, replicas[0]),
        "/equilibrium": _equilibrium(forms.equilibrium),
    }
    cycles = groups["/cycles"]
    groups["/budget"] = _budget(box, cycles)
    return xr.DataTree.from_dict(groups)


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


def _expansion(box: Box, forms: ClosedForms, reduced: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear strain if the whole lattice swells coherently; volumes of the phases add up.

    ``reduced`` has the species on its last axis.
    """
    share = np.array([box.composition.cation_fractions[el] for el in box.energies.species])
    return np.asarray((1.0 + (reduced * share * forms.growth).sum(axis=-1)) ** (1.0 / 3.0) - 1.0)


def _cycles(box: Box, forms: ClosedForms, replicas: list[Replica]) -> xr.Dataset:
    import xarray as xr

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
    }
    for name, long_name in _LONG_NAMES.items():
        data = by_state(name)
        variables[name] = _variable((*dims, "element")[: data.ndim], data, "1", long_name)
    reduced = variables["reduced_fraction"][1]
    variables["expansion"] = _variable(
        dims, _expansion(box, forms, reduced), "1", "linear strain if the whole lattice swells coherently"
    )
    share = np.array([box.composition.cation_fractions[el] for el in box.energies.species])
    trapped = (reduced[:, :, 1, :] * share * box.energies.reducible).sum(axis=-1) / (
        share * box.energies.reducible
    ).sum()
    variables["trapped_fraction"] = _variable(
        ("replica", "cycle"), trapped, "1", "electrons still held when charged, over capacity to the metal"
    )
    return xr.Dataset(
        variables,
        coords={
            "cycle": np.arange(1, box.cycles + 1),
            "state": list(STATES),
            "element": list(box.energies.species),
        },
    )


def _structure(box: Box, forms: ClosedForms, replica: Replica) -> xr.Dataset:
    import xarray as xr

    names, configurations = ["pristine"], [replica.pristine]
    for half in replica.half_cycles:
        if half.configuration is not None and half.cycle in (1, box.cycles):
            names.append(f"{half.direction}d {half.cycle}")
            configurations.append(half.configuration)
    a = forms.lattice_parameter
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
        attrs={"lattice_parameter": a, "cells": box.spec.lattice.cells, "replica": 0},
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


def _budget(box: Box, cycles: xr.Dataset) -> xr.Dataset:
    import xarray as xr

    measured = box.spec.measured
    discharge, charge, source = measured.discharge_capacity, measured.charge_capacity, measured.source
    simulated = discharge is None or charge is None
    if discharge is None or charge is None:
        discharge = float(cycles.discharge_capacity[:, 0].mean())
        charge = float(cycles.charge_capacity[:, 0].mean())
        source = "this run"
    terms = capacity_budget(
        box.composition,
        box.spec.cell.ion,
        discharge,
        charge,
        active=box.spec.electrode.claimed_active or None,
        lower=box.spec.cell.lower_cutoff,
        upper=box.spec.cell.upper_cutoff,
        temperature=box.spec.cell.temperature,
        carbon_mass_ratio=box.spec.electrode.carbon_mass_ratio,
    )

    def number(value: float | None) -> float:
        return np.nan if value is None else value

    return xr.Dataset(
        {
            "capacity": _variable(("term",), [number(t.capacity) for t in terms], "mAh/g", "capacity"),
            "low": _variable(("term",), [number(t.low) for t in terms], "mAh/g", "lower bound"),
            "high": _variable(("term",), [number(t.high) for t in terms], "mAh/g", "upper bound"),
            "basis": ("term", np.array([t.basis for t in terms], dtype=object)),
        },
        coords={"term": [t.term for t in terms]},
        attrs={
            "subject": "simulated" if simulated else "measured",
            "discharge_capacity": discharge,
            "charge_capacity": charge,
            "source": source,
        },
    )
