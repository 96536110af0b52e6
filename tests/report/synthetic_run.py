"""A run folder by the declared schema with plausible numbers, made without running a simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from topotaxy.observables import observable, to_json
from topotaxy.results import schema_of

SCHEMA = schema_of("run")

ELEMENTS = ["Co", "Cu", "Mg", "Ni", "Zn"]
FINAL = np.array([0.97, 0.99, 0.01, 0.98, 0.22])
STATES = ["discharged", "charged"]
HOSTILE = "</script><script>alert(1)</script>"


def curves(cycles: int, replicas: int, points: int = 80) -> xr.Dataset:
    halves = 2 * cycles
    charge = np.full((replicas, halves, points), np.nan)
    voltage = charge.copy()
    by_element = np.full((replicas, halves, points, 5), np.nan)
    for replica in range(replicas):
        for half in range(halves):
            filled = points - 5 * replica - half % 3
            u = np.linspace(0, 1, filled)
            size = (470 if half == 0 else 440) + 4 * replica - 2 * half
            charge[replica, half, :filled] = u * size
            down = 0.9 * np.exp(-6 * u) + 0.45 - 0.43 * u**6
            up = 0.3 + 1.0 * u + 1.6 * u**14
            voltage[replica, half, :filled] = up if half % 2 else down
            onset = np.array([0.4, 0.0, 0.9, 0.3, 0.7])
            grown = np.clip((u[:, None] - onset) / (1 - onset), 0, None) * FINAL + 1e-9
            share = np.cumsum(np.gradient(grown, axis=0), axis=0)
            share = np.abs(share) / np.abs(share).sum(axis=1, keepdims=True)
            by_element[replica, half, :filled] = share * (u * size)[:, None]
    return SCHEMA.dataset(
        "curves",
        {
            "charge": charge,
            "voltage": voltage,
            "charge_by_element": by_element,
            "cycle": np.arange(halves) // 2 + 1,
            "direction": ["discharge", "charge"] * cycles,
            "element": ELEMENTS,
        },
    )


def cycles_group(cycles: int, replicas: int, rng: np.random.Generator) -> xr.Dataset:
    n = np.arange(cycles)
    noise = rng.normal(0, 0.004, (replicas, cycles))
    state = np.array([1.0, 0.0])
    stay = 0.86 * 0.985 ** n[:, None] + 0.03 * (1 - state)
    home = np.broadcast_to(stay, (replicas, cycles, 2)) + noise[:, :, None]
    reduced = state[:, None] * FINAL + (1 - state)[:, None] * 0.04 * FINAL
    reduced = np.broadcast_to(reduced, (replicas, cycles, 2, 5))

    def spread(values: Any) -> Any:
        """The same in every replica and cycle."""
        return np.broadcast_to(values, (replicas, cycles, *np.shape(values)))

    data = {
        "discharge_capacity": (470 - 6 * n) * (1 + noise),
        "charge_capacity": (452 - 5 * n) * (1 + noise),
        "mean_voltage_discharge": 0.41 + noise,
        "mean_voltage_charge": 0.98 + noise,
        "trapped_fraction": 0.03 + np.abs(noise),
        "home_fraction": home,
        "framework_fraction": home - 0.45,
        "expansion": spread(0.16 * state + 0.01),
        "metal_coordination_random": spread(7.5 * state + 0.3),
        "coherent_fraction": spread(0.7 + 0.1 * (1 - state)),
        "confined_fraction": spread(0.1 + 0.0 * state),
        "inlaid_fraction": spread(0.6 + 0.0 * state),
        "lost_fraction": spread(0.3 + 0.0 * state),
        "exchange_distance": spread(0.3 + 0.1 * state),
        "clipped_reach": spread(0.2 * state),
        "domain_size": spread(1.1 + 0.3 * state),
        "interface_area": spread(0.02 + 0.05 * state),
        "frame_strain": spread(0.04 * state + 0.001),
        "domain_distribution": spread(np.tile([0.2, 0.5, 0.3], (2, 1))),
        "frame_stress": spread(2.5 * state),
        "anion_coordination": 6 - 4.4 * reduced,
        "metal_coordination": 9.0 * reduced,
        "anion_distance": 2.1 + 0.1 * reduced,
        "metal_distance": 2.9 - 0.4 * reduced,
        "reduced_fraction": reduced,
        "monovalent_fraction": 0.05 * reduced,
        "pooled_fraction": 0.2 * reduced,
        "cycle": n + 1,
        "state": STATES,
        "element": ELEMENTS,
        "diameter": [0.9, 1.0, 1.1],
    }
    return SCHEMA.dataset("cycles", data)


def structure(cells: int, cycles: int, rng: np.random.Generator) -> xr.Dataset:
    grid = np.stack(np.meshgrid(*[np.arange(2 * cells)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    even = grid.sum(axis=1) % 2 == 0
    parameter = 4.28
    sites, cubes = grid[~even], grid
    names = ["pristine", "discharged 1", "charged 1", f"discharged {cycles}", f"charged {cycles}"]
    start = rng.choice(ELEMENTS, len(sites))
    symbol = np.tile(start, (5, 1)).astype(object)
    home = np.ones((5, len(sites)), dtype=bool)
    for snapshot in range(1, 5):
        moved = rng.random(len(sites)) < 0.07 * snapshot
        symbol[snapshot, moved] = rng.permutation(symbol[snapshot, moved])
        home[snapshot, moved] = False
    symbol[3, 0] = ""
    active = np.isin(symbol, ["Co", "Ni", "Cu"])
    discharged = np.array([False, True, False, True, False])[:, None]
    valence = np.where(active & discharged, 0, 2)
    alkali = (rng.random((5, len(cubes))) < 0.6) & discharged
    return SCHEMA.dataset(
        "structure",
        {
            "position": sites * parameter / 2,
            "symbol": symbol.astype(str),
            "valence": valence,
            "home": home,
            "coherent": home.copy(),
            "tetrahedral_position": (cubes / 2 + 0.25) * parameter,
            "alkali": alkali.astype(np.int8),
            "anion_position": grid[even] * parameter / 2,
            "anion_symbol": rng.choice(["O", "S"], even.sum(), p=[0.89, 0.11]),
            "snapshot": names,
            "xyz": ["x", "y", "z"],
        },
        attrs={"lattice_parameter": parameter, "cells": cells, "replica": 0, "formula": "Co0.5Mg0.5O"},
    )


def equilibrium() -> xr.Dataset:
    charge = np.array([0.0, 149.0, 149.1, 447.0, 447.1, 596.0])
    voltage = np.array([1.28, 1.28, 0.86, 0.84, 0.28, 0.28])
    by_element = np.zeros((6, 5))
    by_element[:, 1] = np.minimum(charge, 149.0)
    by_element[:, 0] = by_element[:, 3] = np.clip(charge - 149, 0, 298) / 2
    by_element[:, 4] = np.clip(charge - 447, 0, 149)
    return SCHEMA.dataset(
        "equilibrium",
        {"charge": charge, "voltage": voltage, "charge_by_element": by_element, "element": ELEMENTS},
    )


def budget() -> xr.Dataset:
    terms = ["claimed couples (Co, Ni, Cu)", "Zn to the metal", "metal/salt interface", "carbon", "remainder"]
    return SCHEMA.dataset(
        "budget",
        {
            "capacity": [447.0, 149.0, 40.0, np.nan, 45.0],
            "low": [447.0, 0.0, 10.0, np.nan, -20.0],
            "high": [447.0, 149.0, 80.0, np.nan, 120.0],
            "basis": [
                "n F / (3.6 M)",
                "bulk voltage inside the window",
                "estimate",
                "not given",
                "difference",
            ],
            "term": terms,
        },
        attrs={
            "subject": "measured",
            "discharge_capacity": 641.0,
            "charge_capacity": 581.0,
            "source": "Fang et al., Small 2022, 18, 2204912",
        },
    )


def observables() -> str:
    made: dict[str, Any] = {"origin": "simulated", "technique": "lattice"}
    entries = [
        observable(
            "specific_capacity_discharge",
            471.3,
            uncertainty=1.9,
            state="discharged",
            cycle=1,
            label="emergent",
            method="charge to the lower cut-off",
            **made,
        ),
        observable(
            "specific_capacity_charge",
            452.0,
            uncertainty=2.2,
            state="charged",
            cycle=1,
            label="emergent",
            method="charge to the upper cut-off",
            **made,
        ),
        observable(
            "initial_coulombic_efficiency",
            0.959,
            uncertainty=0.003,
            cycle=1,
            label="emergent",
            method="charge over discharge, cycle 1",
            **made,
        ),
        observable(
            "voltage_hysteresis",
            0.57,
            uncertainty=0.01,
            cycle=1,
            label="emergent",
            method="difference of the mean voltages",
            **made,
        ),
        observable(
            "home_fraction",
            0.75,
            uncertainty=0.004,
            state="charged",
            cycle=10,
            label="emergent",
            method="identity on its starting site",
            **made,
        ),
        observable(
            "reduced_fraction",
            0.22,
            uncertainty=0.012,
            subject="Zn",
            state="discharged",
            cycle=1,
            label="held-out",
            **made,
        ),
        observable(
            "strain", 0.17, state="discharged", cycle=1, label="imposed", method="Vegard swelling", **made
        ),
        observable("coordination_number", 9.1, subject="Ni:metal", state="discharged", cycle=1, **made),
    ]
    return to_json(entries)


def atoms_table(*, others: float = 0.2) -> dict[str, Any]:
    """What a potential's table says: 0.1 V for the claimed cations, ``others`` for the rest."""
    cations = [
        {
            "element": element,
            "displacement_voltage": 1.0 - cost,
            "standard_error": 0.06,
            "sites": 6,
            "systematic_error": 0.44,
            "systematic_basis": "rms difference to another potential",
            "bulk": f"{element}O",
            "bulk_voltage": 1.0,
            "cost": cost,
            "swelling_volume": 26.0,
            "row": f"heos-na-potential: displacement_voltage {element} removed",
        }
        for element, cost in zip(ELEMENTS, (0.1, 0.1, others, 0.1, others), strict=True)
    ]
    return {
        "name": "heos-na-potential",
        "potential": "a potential 1.0",
        "cations": cations,
        "stiffness": {
            "value": 4.7,
            "standard_error": 1.2,
            "systematic_error": 10.5,
            "why": "",
            "unit": "eV",
            "agrees": True,
        },
    }


def provenance(title: str) -> dict[str, Any]:
    return {
        "topotaxy": "0.1.0",
        "versions": {"numpy": "2.4.6", "xarray": "2026.9.0"},
        "python": "3.11.9",
        "platform": "Linux x86_64",
        "seed": 1,
        "wall_time_s": 41.37,
        "events": 12345678,
        "started": "2026-01-02T03:04:05Z",
        "parameters": [
            {
                "name": "cation_barrier",
                "value": 0.95,
                "unit": "eV",
                "low": 0.85,
                "high": 1.05,
                "label": "imposed",
                "source": "estimate",
                "meaning": "Barrier of the exchange of a reduced atom with a neighbouring cation",
                "row": "energetics/tables/assumptions.csv: cation_barrier",
            },
            {
                "name": "attempt_frequency",
                "value": 1e13,
                "unit": "1/s",
                "low": 1e12,
                "high": 1e14,
                "label": "imposed",
                "source": "order of a phonon frequency",
                "meaning": "Attempts",
            },
        ],
        "handbook": [
            {
                "name": "formation_gibbs",
                "subject": "NiO",
                "value": -211529.3,
                "unit": "J/mol",
                "low": None,
                "high": None,
                "label": "handbook",
                "source": "a handbook",
                "meaning": "Formation Gibbs energy",
                "row": "material/tables/phases.csv: NiO",
            },
        ],
        "atoms": {"tables": [atoms_table()], "absent": ""},
        "calibration": [],
        "limits": [
            "No electrolyte film: its capacity and its loss are not in these numbers.",
            "One grain, no carbon.",
        ],
        "spec": {
            "name": "heos-na",
            "title": title,
            "electrode": {
                "formula": "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11",
                "claimed_active": ["Co", "Ni", "Cu"],
            },
            "cell": {"ion": "Na"},
            "measured": {
                "source": "Fang et al., Small 2022, 18, 2204912",
                "discharge_capacity": 641.0,
                "charge_capacity": 581.0,
            },
        },
    }


def write_run(
    folder: Path,
    *,
    cells: int = 3,
    cycles: int = 4,
    replicas: int = 2,
    title: str = "A test run",
    drop: tuple[str, ...] = (),
) -> Path:
    rng = np.random.default_rng(7)
    attrs = {
        "name": "heos-na",
        "title": title,
        "formula": "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11",
        "ion": "Na",
        "lower_cutoff": 0.01,
        "upper_cutoff": 3.0,
        "temperature": 298.15,
        "current": 0.1,
        "cells": cells,
        "replicas": replicas,
        "cycles": cycles,
        "seed": 1,
        "molar_mass": 71.94,
        "topotaxy_version": "0.1.0",
        "schema": SCHEMA.name,
        "grains": "",
    }
    groups = {
        "curves": curves(cycles, replicas),
        "cycles": cycles_group(cycles, replicas, rng),
        "structure": structure(cells, cycles, rng),
        "equilibrium": equilibrium(),
        "budget": budget(),
    }
    tree = xr.DataTree.from_dict({k: v for k, v in groups.items() if k not in drop})
    tree.attrs = attrs
    folder.mkdir(parents=True, exist_ok=True)
    if "run.nc" not in drop:
        tree.to_netcdf(folder / "run.nc", engine="h5netcdf")
    if "observables.json" not in drop:
        (folder / "observables.json").write_text(observables(), encoding="utf-8")
    if "provenance.json" not in drop:
        (folder / "provenance.json").write_text(json.dumps(provenance(title)), encoding="utf-8")
    return folder
