"""Rows of frames that take up alkali, and of clusters of metal in the product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.energetics.potentials.rows.entry import Results, Row, mean_row, row
from topotaxy.material import salt

PLACE = {"removed": "metal in bulk", "inserted": "metal left in place"}

METHOD = "cell at zero pressure, its shape kept; one arrangement of A+ a cell, in tetrahedra at the start"


def loading_rows(ion: str, results: Results) -> list[Row]:
    """Strain, mean voltage and displaced anions of a frame by what it has taken up.

    Parameters
    ----------
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        ``frame_strain`` (linear), ``loading_voltage`` (V, mean over all that was taken up, with the metal
        that was taken out as bulk) and ``anion_shift`` (rms, Å), by A+ a cation and where the metal is.
    """
    loads: dict[tuple[str, float], list[Mapping[str, Any]]] = {}
    for key, value in sorted(results.items()):
        if key.startswith(f"loading-{ion}-"):
            loads.setdefault((value["mode"], value["electrons"]), []).append(value)
    rows = []
    for (mode, electrons), found in sorted(loads.items()):
        condition = f"{electrons:.2f} {ion} a cation, {PLACE[mode]}"
        common = {"method": METHOD}
        strains = [float(value["linear_strain"]) for value in found]
        rows.append(mean_row("frame_strain", "", strains, "1", condition, common))
        voltages = [v for v in (_voltage(value, ion, results) for value in found) if v is not None]
        if voltages:
            rows.append(mean_row("loading_voltage", "", voltages, "V", condition, common))
        shifts = [float(value["anion_shift"]) for value in found]
        rows.append(mean_row("anion_shift", "", shifts, "Å", condition, common))
    return rows


def _voltage(value: Mapping[str, Any], ion: str, results: Results) -> float | None:
    """Mean voltage of taking up the alkali, against its metal; None where a bulk phase is missing."""
    wanted = [ion, *value["taken"]]
    if any(f"reference-{metal}" not in results for metal in wanted):
        return None
    bulk = {metal: float(results[f"reference-{metal}"]["energy_per_unit"]) for metal in wanted}
    out = sum(int(number) * bulk[metal] for metal, number in value["taken"].items())
    alkali = int(value["alkali"])
    change = float(value["energy_change"]) + out - alkali * bulk[ion]
    return -change / alkali if alkali else None


def cluster_rows(ion: str, results: Results) -> list[Row]:
    """Energy of clusters of metal in A2O above bulk metal and bulk A2O.

    Parameters
    ----------
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        ``cluster_energy``, eV a cluster, by metal and number of atoms.
    """
    return [
        row(
            "cluster_energy",
            value["metal"],
            float(value["excess_energy"]),
            "eV",
            condition=f"{salt(ion, 'O')}, {value['atoms']} atoms",
            method=f"one start, {value['units']} formula units taken out for it; cell at zero pressure",
        )
        for key, value in sorted(results.items(), key=lambda item: (item[1].get("atoms", 0), item[0]))
        if key.startswith(f"cluster-{ion}-")
    ]
