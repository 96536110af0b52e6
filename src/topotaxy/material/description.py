"""Everything that a formula alone tells, as one JSON-able dictionary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from topotaxy.errors import InputError
from topotaxy.material.composition import Composition, molar_mass, parse_formula
from topotaxy.material.equilibrium import equilibrium_profile
from topotaxy.material.mixing import (
    assumption,
    configurational_entropy,
    modulus_mismatch,
    size_mismatch,
    stability,
)
from topotaxy.material.oxidation import IONS
from topotaxy.material.percolation import percolation
from topotaxy.material.phases import T_STANDARD
from topotaxy.material.redox_sets import redox_capacities
from topotaxy.material.structure import (
    REFLECTIONS,
    conversion_volume_ratio,
    d_spacing,
    estimated_pairs,
    lattice_parameter,
)
from topotaxy.material.thermochemistry import conversion_voltages

LOWER, UPPER = 0.01, 3.0
"""Window of the equilibrium summary, V; that of :class:`topotaxy.spec.Cell` by default."""


def describe(formula: str, *, temperature: float = T_STANDARD) -> dict[str, Any]:
    """Describe a formula: capacity, voltages, structure, mixing, all from tables and closed forms.

    Units: g/mol, mAh/g, V, Å, J/mol, J/mol/K, K; fractions for the rest. Voltages are bulk
    values against Li, Na and K at ``temperature`` (K); ``equilibrium`` covers 0.01 to 3.0 V.
    What could not be computed is missing from its place and stands in ``absent`` with the
    reason; ``notes`` say what the numbers rest on. Pure JSON types.

    Parameters
    ----------
    formula : str
        Elements with their amounts, as Ni0.8Mg0.2O.
    temperature : float
        Temperature, K.

    Raises
    ------
    InputError
        Where the formula cannot be used, or the temperature is not above 0 K.
    """
    if not 0.0 < temperature < 1e4:
        raise InputError(f"expected a temperature above 0 K and below 10000 K, got {temperature!r:.40}")
    c = parse_formula(formula)
    absent: dict[str, str] = {}
    entropy = configurational_entropy(c)
    result: dict[str, Any] = {
        "formula": c.formula,
        "temperature": float(temperature),
        "molar_mass": molar_mass(c),
        "cations": c.cation_fractions,
        "anions": c.anion_fractions,
        "valences": {el: {str(z): n for z, n in states.items()} for el, states in c.valences.items()},
        "capacity": [
            {"redox": list(r.redox), "electrons": r.electrons, "value": r.value} for r in redox_capacities(c)
        ],
        "conversion_voltage": _voltages(c, temperature, "gibbs", absent),
        "conversion_voltage_enthalpy": _voltages(c, temperature, "enthalpy", absent),
        "configurational_entropy": entropy.total,
        "configurational_entropy_by_sublattice": {"cations": entropy.cations, "anions": entropy.anions},
        "equilibrium": _per_ion(absent, "equilibrium", lambda ion: _equilibrium(c, ion, temperature)),
        "percolation": _per_ion(absent, "percolation", lambda ion: _percolation(c, ion, temperature)),
        "conversion_volume_ratio": _per_ion(
            absent, "conversion_volume_ratio", lambda ion: conversion_volume_ratio(c, ion)
        ),
    }
    _add(result, absent, "lattice_parameter", lambda: lattice_parameter(c))
    _add(result, absent, "d_spacing", lambda: _spacings(c))
    _add(result, absent, "size_mismatch", lambda: size_mismatch(c))
    _add(result, absent, "modulus_mismatch", lambda: modulus_mismatch(c))
    _add(result, absent, "stability", lambda: _stability(c))
    result["notes"] = _notes(c, result)
    result["absent"] = absent
    return result


def _add(result: dict[str, Any], absent: dict[str, str], key: str, compute: Callable[[], Any]) -> None:
    try:
        result[key] = compute()
    except InputError as error:
        absent[key] = str(error)


def _per_ion(absent: dict[str, str], key: str, compute: Callable[[str], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for ion in IONS:
        try:
            found[ion] = compute(ion)
        except InputError as error:
            absent[f"{key}.{ion}"] = str(error)
    return found


def _voltages(
    c: Composition, temperature: float, method: str, absent: dict[str, str]
) -> dict[str, dict[str, float]]:
    key = "conversion_voltage" if method == "gibbs" else "conversion_voltage_enthalpy"
    table = {}
    for ion in IONS:
        table[ion], reasons = conversion_voltages(c, ion, temperature, method=method)
        absent.update({f"{key}.{ion}.{cation}": reason for cation, reason in reasons.items()})
    return table


def _equilibrium(c: Composition, ion: str, temperature: float) -> dict[str, Any]:
    profile = equilibrium_profile(c, ion, temperature=temperature, lower=LOWER, upper=UPPER)
    return {
        "window": [LOWER, UPPER],
        "capacity": profile.capacity,
        "mean_voltage": profile.mean_voltage,
        "charge_by_cation": {
            el: float(q[-1]) if len(q) else 0.0 for el, q in profile.charge_by_cation.items()
        },
        "above_window": profile.skipped,
    }


def _percolation(c: Composition, ion: str, temperature: float) -> dict[str, Any]:
    found = percolation(c, ion=ion, lower=LOWER, temperature=temperature)
    return {**asdict(found), "inert": list(found.inert)}


def _spacings(c: Composition) -> dict[str, float]:
    a = lattice_parameter(c)
    return {"({}{}{})".format(*hkl): d_spacing(a, hkl) for hkl in REFLECTIONS}


def _stability(c: Composition) -> dict[str, Any]:
    found = stability(c)
    return {**asdict(found), "leaves_out": list(found.leaves_out)}


def _notes(c: Composition, result: dict[str, Any]) -> list[str]:
    notes = [
        "conversion_voltage uses Gibbs energies, conversion_voltage_enthalpy formation enthalpies; the "
        "first lie about 0.05 V lower because the reaction loses entropy. Both are of bulk phases: "
        "confinement in a lattice, particle size and overpotential shift what a cell shows.",
        "equilibrium takes the host as the cheapest mixture of pure phases with the pristine valences; "
        "its free energy of mixing, alloys and ternary alkali oxides are left out.",
    ]
    margin = assumption("voltage_uncertainty")
    for ion, voltages in result["conversion_voltage"].items():
        near = [el for el, v in voltages.items() if abs(v - LOWER) < margin]
        if near:
            notes.append(
                f"against {ion}, {', '.join(near)} converts within {margin:g} V of the lower cut-off of "
                f"{LOWER:g} V: the tables cannot tell whether it reacts."
            )
    for ion, found in result["percolation"].items():
        if abs(found["inert_fraction"] - found["threshold"]) < 0.1 * found["threshold"]:
            notes.append(
                f"against {ion} the inert share lies within a tenth of the percolation threshold: a finite "
                "crystal may or may not be spanned."
            )
    if len(c.anions) > 1:
        notes.append(
            "conversion_voltage weights mixed anions by their share of the charge, as in a random "
            "solution; equilibrium lets the anions choose their cations."
        )
    if "lattice_parameter" in result and (pairs := estimated_pairs(c)):
        notes.append(
            "lattice_parameter rests on rock-salt parameters estimated from Shannon radii for "
            f"{', '.join(pairs)}."
        )
    if "modulus_mismatch" in result and (set(c.anions) != {"O"} or "Cu" in c.cations):
        notes.append("modulus_mismatch is that of the monoxides; CuO enters with the modulus of tenorite.")
    if len(c.cations) == 1:
        notes.append("a single cation does not mix: size and modulus mismatch are zero by definition.")
    return notes
