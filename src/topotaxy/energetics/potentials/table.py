"""From finished tasks to the table that is shipped: one row a number, with what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from topotaxy.energetics.cells import rock_salt_cell
from topotaxy.energetics.potential_tables import SCHEMA
from topotaxy.errors import InputError
from topotaxy.material import Composition, conversion_voltage, d_spacing, salt

Documents = Mapping[str, Mapping[str, Any]]

STATES = {
    "removed": "M in bulk metal, its place free for the alkali ions",
    "left": "M0 left at its place",
    "held": "M in bulk metal, alkali ions kept in tetrahedra",
}


def build_table(
    composition: Composition,
    ion: str,
    documents: Documents,
    *,
    name: str | None = None,
    compared: Documents | None = None,
) -> dict[str, Any]:
    """Assemble the table of a composition from its finished tasks.

    ``compared`` holds the tasks of another potential; where it displaced the same sites, the
    rms difference is the systematic error of the displacement voltages.

    What was not computed has no row; what did not converge stands under ``failed``.
    """
    results, failed = _converged(documents)
    first = next(iter(documents.values()), None)
    if first is None:
        raise InputError("no finished task to make a table from")
    bulk = _bulk_voltages(composition, ion, results)
    difference, systematic = _difference_rows(composition, ion, results, compared or {})
    systematic = systematic or _systematic(bulk)
    rows = [
        *_lattice_rows(results),
        *_elastic_rows(results),
        *_mixing_rows(composition, results),
        *bulk,
        *difference,
        *_displacement_rows(composition, ion, results, systematic),
        *_drift_rows(ion, results),
        *_cohesion_rows(ion, results),
        *_barrier_rows(ion, documents),
    ]
    frames = {key: value for key, value in results.items() if key.startswith("frame-")}
    return {
        "schema": SCHEMA,
        "name": name or composition.formula,
        "formula": composition.formula,
        "ion": ion,
        "potential": first["potential"],
        "version": first["version"],
        "cells": [
            {
                "formula": value["formula"],
                "atoms": len(value["structure"]["symbols"]),
                "mismatch": value["mismatch"],
                "force": value["force"],
                "annealing_steps": value["annealing_steps"],
                "started_from": documents[key].get("started_from"),
            }
            for key, value in sorted(frames.items())
        ],
        "rows": rows,
        "failed": failed,
    }


def _converged(documents: Documents) -> tuple[dict[str, Mapping[str, Any]], list[dict[str, str]]]:
    results, failed = {}, []
    for key, document in documents.items():
        if document["result"].get("converged", True):
            results[key] = document["result"]
        else:
            force = document["result"].get("force")
            reason = "not converged" if force is None else f"not converged: {force:.3f} eV/Å remain"
            failed.append({"task": key, "reason": document["result"].get("reason", reason)})
    return results, failed


def row(
    quantity: str,
    subject: str,
    value: float,
    unit: str,
    *,
    condition: str = "",
    error: float | None = None,
    sites: int = 1,
    systematic: float | None = None,
    basis: str = "",
    method: str = "",
) -> dict[str, Any]:
    """One row; ``error`` is the standard error of the mean over ``sites``, None for one site."""
    return {
        "quantity": quantity,
        "subject": subject,
        "condition": condition,
        "value": round(float(value), 5),
        "unit": unit,
        "standard_error": None if error is None else round(float(error), 5),
        "sites": sites,
        "systematic_error": None if systematic is None else round(float(systematic), 5),
        "systematic_basis": basis,
        "method": method,
    }


def standard_error(values: Iterable[float]) -> float | None:
    """Standard deviation over the root of the number; None for fewer than two."""
    found = list(values)
    return float(np.std(found, ddof=1) / math.sqrt(len(found))) if len(found) > 1 else None


def _lattice_rows(results: Documents) -> list[dict[str, Any]]:
    from topotaxy.material import lattice_parameter, parse_formula

    rows, relative = [], []
    for key in sorted(results):
        if key.startswith("binary-"):
            binary = key.removeprefix("binary-")
            a = results[key]["lattice_parameter"]
            handbook = lattice_parameter(parse_formula(binary))
            relative.append(a / handbook - 1.0)
            method = f"rock salt; handbook {handbook:.4f} Å"
            rows.append(row("lattice_parameter", binary, a, "Å", method=method))
    shift = math.sqrt(float(np.mean(np.square(relative)))) if relative else None
    frames = [value for key, value in sorted(results.items()) if key.startswith("frame-")]
    if frames:
        values = [value["lattice_parameter"] for value in frames]
        mean = float(np.mean(values))
        common: dict[str, Any] = {
            "sites": len(values),
            "basis": "rms error on the binaries' rock salts, this table",
        }
        method = "cube root of the volume of a relaxed cell at zero pressure"
        for quantity, scale in (("lattice_parameter", 1.0), ("interplanar_spacing", 1 / math.sqrt(3.0))):
            error = standard_error(values)
            rows.append(
                row(
                    quantity,
                    "" if scale == 1.0 else "(111)",
                    mean if scale == 1.0 else d_spacing(mean, (1, 1, 1)),
                    "Å",
                    error=None if error is None else error * scale,
                    systematic=None if shift is None else shift * mean * scale,
                    method=method,
                    **common,
                )
            )
    return rows


def _elastic_rows(results: Documents) -> list[dict[str, Any]]:
    found = [value for key, value in sorted(results.items()) if key.startswith("elastic-")]
    if not found:
        return []
    method = "central difference of the stress at ±0.5 % strain, ions relaxed; cubic average over the axes"
    basis = "universal potentials give bulk moduli of oxides 15 to 30 % too low"
    rows = []
    for quantity in ("bulk_modulus", "c11", "c12", "c44"):
        values = [value[quantity] for value in found]
        rows.append(
            row(
                quantity,
                "",
                float(np.mean(values)),
                "GPa",
                error=standard_error(values),
                sites=len(values),
                systematic=0.3 * float(np.mean(values)),
                basis=basis,
                method=method,
            )
        )
    return rows


def _mixing_rows(composition: Composition, results: Documents) -> list[dict[str, Any]]:
    """Energy of the mixed oxide against its binaries, per cation; only where all are oxides."""
    frames = [key for key in sorted(results) if key.startswith("frame-")]
    if len(composition.cations) < 2 or set(composition.anions) != {"O"}:
        return []
    rows = []
    for prefix, meaning in (("binary", "rock-salt binaries"), ("reference", "stable binaries")):
        values = []
        for key in frames:
            symbols = results[key]["structure"]["symbols"]
            cations = [s for s in symbols if s != "O"]
            if any(f"{prefix}-{c}O" not in results for c in cations):
                break
            parts = sum(results[f"{prefix}-{c}O"]["energy_per_unit"] for c in cations)
            values.append((results[key]["energy"] - parts) / len(cations))
        if values and len(values) == len(frames):
            rows.append(
                row(
                    "mixing_energy",
                    "",
                    float(np.mean(values)),
                    "eV",
                    condition=f"against {meaning}",
                    error=standard_error(values),
                    sites=len(values),
                    method="energy of the relaxed cell less that of its binaries, per cation",
                )
            )
    return rows


def _bulk_voltages(composition: Composition, ion: str, results: Documents) -> list[dict[str, Any]]:
    rows = []
    for anion in composition.anions:
        for cation in composition.cations:
            names = [f"reference-{p}" for p in (f"{cation}{anion}", cation, salt(ion, anion), ion)]
            if any(name not in results for name in names):
                continue
            oxide, metal, product, alkali = (results[name]["energy_per_unit"] for name in names)
            voltage = -(metal + product - oxide - 2.0 * alkali) / 2.0
            handbook = conversion_voltage(cation, {anion: 1.0}, ion, method="enthalpy")
            rows.append(
                row(
                    "conversion_voltage",
                    f"{cation}{anion}",
                    voltage,
                    "V",
                    condition="bulk",
                    systematic=abs(voltage - handbook),
                    basis=f"handbook formation enthalpies give {handbook:.4f} V",
                    method="energies at 0 K of the stable bulk phases",
                )
            )
    return rows


Systematic = tuple[float, str]
"""A systematic error, V, and what it rests on."""


def _systematic(bulk: list[dict[str, Any]]) -> Systematic | None:
    errors = [entry["systematic_error"] for entry in bulk]
    basis = "rms error of the bulk conversion voltages, this table; no other potential at these sites"
    return (math.sqrt(float(np.mean(np.square(errors)))), basis) if errors else None


def _difference_rows(
    composition: Composition, ion: str, results: Documents, compared: Documents
) -> tuple[list[dict[str, Any]], Systematic | None]:
    """Displacement voltages of this potential less those of another, at the same sites."""
    if not compared:
        return [], None
    theirs, _ = _converged(compared)
    version = next(iter(compared.values()))["version"]
    differences = []
    # The same tasks only: a try that one potential never made may have found another minimum.
    same = set(results) & set(theirs)
    for element in composition.cations:
        mine = {key: value for key, value in results.items() if key in same}
        others = {key: value for key, value in theirs.items() if key in same}
        here = _by_site(composition, ion, element, "removed", mine)
        there = _by_site(composition, ion, element, "removed", others)
        differences += [here[site][0] - there[site][0] for site in sorted(set(here) & set(there))]
    if not differences:
        return [], None
    method = f"this potential less {version}, at the same sites of the same cell"
    rms = math.sqrt(float(np.mean(np.square(differences))))
    basis = f"rms difference to {version} at {len(differences)} sites"
    entry = _mean("displacement_voltage_difference", "", differences, "V", "removed", {"method": method})
    return [entry], (rms, basis)


def displacement_voltage(change: float, *, metal: float | None, alkali: float) -> float:
    """V = -(E(frame after) [+ E(M bulk)] - E(frame) - 2 E(A bulk))/2, V; energies in eV."""
    return -(change + (0.0 if metal is None else metal) - 2.0 * alkali) / 2.0


def _displacement_rows(
    composition: Composition, ion: str, results: Documents, systematic: Systematic | None
) -> list[dict[str, Any]]:
    rows = []
    for state, meaning in STATES.items():
        for element in composition.cations:
            sites = _sites(composition, ion, element, state, results)
            if not sites:
                continue
            voltages = [voltage for voltage, _, _ in sites]
            common = {
                "systematic": None if systematic is None else systematic[0],
                "basis": "" if systematic is None else systematic[1],
                "method": f"M -> 2 {ion} in the frame, cell at zero pressure, shape kept; {meaning}",
            }
            rows.append(_mean("displacement_voltage", element, voltages, "V", state, common))
            for anion in [x for x in composition.anions if x != "O"]:
                for number in sorted({near.get(anion, 0) for _, _, near in sites}):
                    chosen = [v for v, _, near in sites if near.get(anion, 0) == number]
                    condition = f"{state}, {number} {anion} neighbours"
                    rows.append(_mean("displacement_voltage", element, chosen, "V", condition, common))
            swelling = [volume for _, volume, _ in sites]
            method = {"method": "volume of the cell after less before, per displaced cation"}
            rows.append(_mean("swelling_volume", element, swelling, "Å^3", state, method))
    return rows


def _mean(
    quantity: str, subject: str, values: list[float], unit: str, condition: str, common: dict[str, Any]
) -> dict[str, Any]:
    return row(
        quantity,
        subject,
        float(np.mean(values)),
        unit,
        condition=condition,
        error=standard_error(values),
        sites=len(values),
        **common,
    )


Site = tuple[float, float, dict[str, int]]


def _sites(composition: Composition, ion: str, element: str, state: str, results: Documents) -> list[Site]:
    """Return the values of :func:`_by_site`."""
    return list(_by_site(composition, ion, element, state, results).values())


def _by_site(
    composition: Composition, ion: str, element: str, state: str, results: Documents
) -> dict[str, Site]:
    """Voltage, volume change and anion neighbours of each displaced site, from its lowest minimum."""
    metal, alkali = (results.get(f"reference-{phase}") for phase in (element, ion))
    if metal is None or alkali is None:
        return {}
    prefix = f"displacement-{state}-{ion}-"
    lowest: dict[str, str] = {}
    for key in sorted(results):
        site_name = key.partition("~")[0]
        if not site_name.startswith(prefix) or not site_name.endswith(f"-{element}"):
            continue
        best = lowest.setdefault(site_name, key)
        if results[key]["energy_change"] < results[best]["energy_change"]:
            lowest[site_name] = key
    found = {}
    for site_name, key in sorted(lowest.items()):
        seed, site = (int(part) for part in site_name.removeprefix(prefix).split("-")[:2])
        cell = rock_salt_cell(composition, lattice_parameter=1.0, cells=2, seed=seed)
        voltage = displacement_voltage(
            results[key]["energy_change"],
            metal=None if state == "left" else metal["energy_per_unit"],
            alkali=alkali["energy_per_unit"],
        )
        found[site_name] = (voltage, results[key]["volume_change"], cell.anion_neighbours(site))
    return found


def _drift_rows(ion: str, results: Documents) -> list[dict[str, Any]]:
    values = [v["energy_change"] for k, v in sorted(results.items()) if k.startswith(f"returned-{ion}-")]
    if not values:
        return []
    method = "M put back, alkali taken out, relaxed: energy against the frame as it was before"
    return [_mean("frame_drift", "", values, "eV", "removed", {"method": method})]


def _cohesion_rows(ion: str, results: Documents) -> list[dict[str, Any]]:
    rows = []
    for key, value in sorted(results.items()):
        if not key.startswith(f"cohesion-{ion}-"):
            continue
        metal = results.get(f"reference-{value['metal']}")
        alkali = results.get(f"reference-{ion}")
        if metal is None or alkali is None:
            continue
        condition = f"frame strain {value['strain']:.3f}"
        method = (
            "ions relaxed, cell fixed at the host's size times 1 + strain; one pair of neighbouring sites"
        )
        embedding = value["left"] - value["removed"] - metal["energy_per_unit"]
        rows.append(
            row("metal_embedding", value["metal"], embedding, "eV", condition=condition, method=method)
        )
        if value.get("pair") is not None:
            bond = value["left"] + value["left_other"] - value["host"] - value["pair"]
            rows.append(row("metal_bond", value["metal"], bond, "eV", condition=condition, method=method))
    return rows


def _barrier_rows(ion: str, documents: Documents) -> list[dict[str, Any]]:
    rows = []
    for key, document in sorted(documents.items()):
        value = document["result"]
        if not key.startswith(f"barrier-{ion}-") or not value["converged"]:
            continue
        method = (
            f"climbing nudged elastic band, {value['images']} images, {value['steps']} steps, "
            f"{value['force']:.3f} eV/Å left; {value['path']}"
        )
        for direction in ("forward", "backward"):
            rows.append(
                row("barrier", value["metal"], value[direction], "eV", condition=direction, method=method)
            )
    return rows
