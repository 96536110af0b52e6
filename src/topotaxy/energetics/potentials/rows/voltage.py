"""Rows of the voltages: in bulk, and of the displacement of one cation in the frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from topotaxy.energetics.cells import CELLS, representative_cell
from topotaxy.energetics.potentials.rows.entry import Results, Row, mean_row, root_mean_square, row
from topotaxy.material import Composition, conversion_voltage, salt

STATES = {
    "removed": "M in bulk metal, its place free for the alkali ions",
    "left": "M0 left at its place",
    "held": "M in bulk metal, alkali ions kept in tetrahedra",
}

Systematic = tuple[float, str]
"""A systematic error, V, and what it rests on."""


def bulk_voltages(composition: Composition, ion: str, results: Results) -> list[Row]:
    """Conversion voltages of the stable binaries; systematic error: distance to the handbook.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the frame, with their amounts.
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        ``conversion_voltage`` of each binary of which all four phases were computed, V.
    """
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


def bulk_systematic(bulk: list[Row]) -> Systematic | None:
    """The rms error of the bulk voltages: what is left to say where no other potential ran.

    Parameters
    ----------
    bulk : list of Row
        As :func:`bulk_voltages` returns them; may be empty.

    Returns
    -------
    Systematic or None
        V; None where there is no bulk voltage.
    """
    basis = "rms error of the bulk conversion voltages, this table; no other potential at these sites"
    error = root_mean_square(entry["systematic_error"] for entry in bulk)
    return None if error is None else (error, basis)


def difference_rows(
    composition: Composition, ion: str, results: Results, theirs: Results, version: str
) -> tuple[list[Row], Systematic | None]:
    """Displacement voltages of this potential less those of another, at the same sites.

    By element and over all; the rms over all is the systematic error.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the frame, with their amounts.
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.
    theirs : mapping of str to mapping
        Results of the other potential by the name of the task.
    version : str
        Name and version of the other potential, for the words.

    Returns
    -------
    rows : list of Row
        Mean differences, V; none where no site is common.
    systematic : Systematic or None
        The rms difference, V, and what it rests on.
    """
    # The same tasks only: a try that one potential never made may have found another minimum.
    same = set(results) & set(theirs)
    mine = {key: value for key, value in results.items() if key in same}
    others = {key: value for key, value in theirs.items() if key in same}
    method = f"this potential less {version}, at the same sites of the same cell"
    rows: list[Row] = []
    everything: list[float] = []
    for element in composition.cations:
        here = displaced_sites(composition, ion, element, "removed", mine)
        there = displaced_sites(composition, ion, element, "removed", others)
        found = [here[site].voltage - there[site].voltage for site in sorted(set(here) & set(there))]
        if found:
            rows.append(_difference(element, found, method))
        everything += found
    error = root_mean_square(everything)
    if error is None:
        return [], None
    basis = f"rms difference to {version} at {len(everything)} sites"
    return [_difference("", everything, method), *rows], (error, basis)


def _difference(element: str, values: list[float], method: str) -> Row:
    return mean_row("displacement_voltage_difference", element, values, "V", "removed", {"method": method})


def displacement_voltage(change: float, *, metal: float | None, alkali: float) -> float:
    """V = -(E(frame after) [+ E(M bulk)] - E(frame) - 2 E(A bulk))/2, V; energies in eV.

    Parameters
    ----------
    change : float
        Energy of the frame after the displacement less that before, eV per displaced cation.
    metal : float or None
        Energy of an atom in the bulk metal, eV; None where M0 stays in the frame.
    alkali : float
        Energy of an atom in the bulk alkali metal, eV.

    Returns
    -------
    float
        V against the alkali metal, two electrons a cation.
    """
    return -(change + (0.0 if metal is None else metal) - 2.0 * alkali) / 2.0


def displacement_rows(
    composition: Composition, ion: str, results: Results, systematic: Systematic | None
) -> list[Row]:
    """Displacement voltages and swelling of each cation, over all sites and by foreign anions beside it.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the frame, with their amounts.
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.
    systematic : Systematic or None
        Systematic error of the voltages, V, and what it rests on.

    Returns
    -------
    list of Row
        ``displacement_voltage`` (V) and ``swelling_volume`` (Å³ per cation) by state and element.
    """
    rows = []
    for state, meaning in STATES.items():
        for element in composition.cations:
            sites = list(displaced_sites(composition, ion, element, state, results).values())
            if not sites:
                continue
            common = {
                "systematic": None if systematic is None else systematic[0],
                "basis": "" if systematic is None else systematic[1],
                "method": f"M -> 2 {ion} in the frame, cell at zero pressure, shape kept; {meaning}",
            }
            voltages = [site.voltage for site in sites]
            rows.append(mean_row("displacement_voltage", element, voltages, "V", state, common))
            for anion in [x for x in composition.anions if x != "O" and len(composition.anions) > 1]:
                for number in sorted({site.anions.get(anion, 0) for site in sites}):
                    chosen = [site.voltage for site in sites if site.anions.get(anion, 0) == number]
                    condition = f"{state}, {number} {anion} neighbours"
                    rows.append(mean_row("displacement_voltage", element, chosen, "V", condition, common))
            swelling = [site.swelling for site in sites]
            method = {"method": "volume of the cell after less before, per displaced cation"}
            rows.append(mean_row("swelling_volume", element, swelling, "Å^3", state, method))
    return rows


@dataclass(frozen=True, kw_only=True)
class DisplacedSite:
    """Voltage (V), change of the cell's volume (Å³) and anion neighbours of one displaced site."""

    voltage: float
    swelling: float
    anions: dict[str, int]


def displaced_sites(
    composition: Composition, ion: str, element: str, state: str, results: Results
) -> dict[str, DisplacedSite]:
    """Return each displaced site of an element by its name, from the lowest minimum found.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the frame, with their amounts.
    ion : str
        The alkali metal: Li, Na or K.
    element : str
        Symbol of the displaced cation.
    state : str
        One of :data:`STATES`.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    dict
        By name of the task's site; empty where the bulk metal or the alkali metal was not computed.
    """
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
        cell = representative_cell(composition.formula, CELLS, seed)
        voltage = displacement_voltage(
            results[key]["energy_change"],
            metal=None if state == "left" else metal["energy_per_unit"],
            alkali=alkali["energy_per_unit"],
        )
        found[site_name] = DisplacedSite(
            voltage=voltage, swelling=results[key]["volume_change"], anions=cell.anion_neighbours(site)
        )
    return found


def drift_rows(ion: str, results: Results) -> list[Row]:
    """How far the frame itself went to another minimum while a cation was displaced.

    Parameters
    ----------
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        One row, ``frame_drift`` in eV, or none.
    """
    values: list[Any] = [
        v["energy_change"] for k, v in sorted(results.items()) if k.startswith(f"returned-{ion}-")
    ]
    if not values:
        return []
    method = "M put back, alkali taken out, relaxed: energy against the frame as it was before"
    return [mean_row("frame_drift", "", values, "eV", "removed", {"method": method})]
