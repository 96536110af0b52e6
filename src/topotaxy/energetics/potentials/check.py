"""Binaries beside the handbook: is this potential fit for the reactions asked of it?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from topotaxy.energetics.potentials.frame import reference, rock_salt_binary
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.material import conversion_voltage, lattice_parameter, parse_formula, salt

CATIONS = ("Mg", "Co", "Ni", "Cu", "Zn")
IONS = ("Na", "Li")


def binary_check(potential: Potential, cations: Iterable[str] = CATIONS) -> list[dict[str, Any]]:
    """Rock-salt lattice parameters (Å) and bulk conversion voltages (V) with the handbook's.

    Voltages are energies at 0 K of the stable phases, so their handbook side is that of the
    formation enthalpies.

    Parameters
    ----------
    potential : Potential
        Interatomic potential that is tried.
    cations : iterable of str
        Symbols of divalent cations whose monoxides are computed.

    Returns
    -------
    list of dict
        Potential, version, quantity, subject, unit, value and handbook value (4 decimals) of each number.
    """
    rows = []
    chosen = list(cations)
    for cation in chosen:
        handbook = lattice_parameter(parse_formula(f"{cation}O"))
        found = rock_salt_binary(potential, cation, "O", handbook)["lattice_parameter"]
        rows.append(_row(potential, "lattice_parameter", f"{cation}O", "Å", found, handbook))
    phases = [*chosen, *(f"{c}O" for c in chosen), *IONS, *(salt(ion, "O") for ion in IONS)]
    energy = {phase: reference(potential, phase)["energy_per_unit"] for phase in phases}
    for ion in IONS:
        for cation in chosen:
            products = energy[cation] + energy[salt(ion, "O")]
            voltage = -(products - energy[f"{cation}O"] - 2.0 * energy[ion]) / 2.0
            handbook = conversion_voltage(cation, {"O": 1.0}, ion, method="enthalpy")
            rows.append(_row(potential, "conversion_voltage", f"{cation}O/{ion}", "V", voltage, handbook))
    return rows


def _row(
    potential: Potential, quantity: str, subject: str, unit: str, value: float, handbook: float
) -> dict[str, Any]:
    return {
        "potential": potential.name,
        "version": potential.version,
        "quantity": quantity,
        "subject": subject,
        "unit": unit,
        "value": round(value, 4),
        "handbook": round(handbook, 4),
    }


def check_errors(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per potential: largest relative error of a lattice parameter, mean absolute error of the voltages.

    Parameters
    ----------
    rows : list of dict
        As :func:`binary_check` returns them, of one potential or several.

    Returns
    -------
    list of dict
        Of each potential: ``lattice_parameter`` (relative, largest) and ``conversion_voltage`` (V, mean).
    """
    errors = []
    for name, version in dict.fromkeys((row["potential"], row["version"]) for row in rows):
        own = [row for row in rows if row["potential"] == name]
        lattice = [abs(r["value"] / r["handbook"] - 1.0) for r in own if r["quantity"] == "lattice_parameter"]
        voltages = [abs(r["value"] - r["handbook"]) for r in own if r["quantity"] == "conversion_voltage"]
        errors.append(
            {
                "potential": name,
                "version": version,
                "lattice_parameter": max(lattice),
                "conversion_voltage": sum(voltages) / len(voltages),
            }
        )
    return errors
