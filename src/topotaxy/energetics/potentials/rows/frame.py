"""Rows of the frame as it is: its size, its stiffness and its energy of mixing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from topotaxy.energetics.cells import representative_cell
from topotaxy.energetics.potentials.frame import off_sites
from topotaxy.energetics.potentials.rows.entry import (
    Results,
    Row,
    mean_row,
    root_mean_square,
    row,
    standard_error,
)
from topotaxy.material import Composition, d_spacing, lattice_parameter, parse_formula

BINARIES = "rms error on the binaries' rock salts, this table"


def _frames(results: Results) -> list[str]:
    return [key for key in sorted(results) if key.startswith("frame-")]


def lattice_rows(results: Results) -> list[Row]:
    """Lattice parameters of the binaries beside the handbook's, of the frame, and its d(111).

    Parameters
    ----------
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        Lattice parameters and d(111), Å; the systematic error is the rms relative error on the oxides.
    """
    rows, relative = [], []
    for key in sorted(results):
        if key.startswith("binary-"):
            binary = parse_formula(key.removeprefix("binary-"))
            a = results[key]["lattice_parameter"]
            handbook = lattice_parameter(binary)
            method = f"rock salt; handbook {handbook:.4f} Å"
            rows.append(row("lattice_parameter", binary.formula, a, "Å", method=method))
            # Rock salts with other anions are estimates in the handbook's table too.
            if set(binary.anions) == {"O"}:
                relative.append(a / handbook - 1.0)
    shift = root_mean_square(relative)
    values = [results[key]["lattice_parameter"] for key in _frames(results)]
    if not values:
        return rows
    mean, error = float(np.mean(values)), standard_error(values)
    for quantity, subject, value, scale in (
        ("lattice_parameter", "", mean, 1.0),
        ("interplanar_spacing", "(111)", d_spacing(mean, (1, 1, 1)), 1.0 / math.sqrt(3.0)),
    ):
        rows.append(
            row(
                quantity,
                subject,
                value,
                "Å",
                error=None if error is None else error * scale,
                sites=len(values),
                systematic=None if shift is None else shift * value,
                basis=BINARIES,
                method="cube root of the volume of a relaxed cell at zero pressure",
            )
        )
    return rows


def site_rows(composition: Composition, results: Results) -> list[Row]:
    """How far the atoms of the relaxed frame lie from the sites of rock salt.

    Around 0.1 Å in an oxide; where single atoms are an ångström away the frame is no rock salt
    any more, and a displacement in it is not one in a frame.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the frame, with their amounts.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        Root mean square and farthest distance, Å, means over the cells; none without a relaxed cell.
    """
    squares, farthest = [], []
    for key in _frames(results):
        structure = results[key]["structure"]
        cell = representative_cell(composition.formula, results[key]["cells"], int(key.split("-")[1]))
        if tuple(structure["symbols"]) != cell.symbols:
            continue
        lengths = off_sites(cell, structure)
        squares.append(math.sqrt(float(np.mean(lengths**2))))
        farthest.append(float(lengths.max()))
    if not squares:
        return []
    method = {"method": "distance of the relaxed atoms from the sites of rock salt"}
    return [
        mean_row("site_displacement", "", squares, "Å", "root mean square", method),
        mean_row("site_displacement", "", farthest, "Å", "farthest atom", method),
    ]


CONSTANTS = ("bulk_modulus", "c11", "c12", "c44")


def elastic_rows(results: Results) -> list[Row]:
    """Elastic constants of binaries beside measured ones, and of the frame.

    The systematic error of the frame is the rms relative error of the same constant on the
    binaries of this table; absent where none of them was computed or has been measured.

    Parameters
    ----------
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        Of :data:`CONSTANTS`, GPa.
    """
    method = "central difference of the stress at ±0.5 % strain, ions relaxed; cubic average over the axes"
    rows: list[Row] = []
    relative: dict[str, list[float]] = {name: [] for name in CONSTANTS}
    for key in sorted(results):
        if not key.startswith("elastic-binary-"):
            continue
        binary = key.removeprefix("elastic-binary-")
        measured = measured_constants(binary.removesuffix("O"))
        for name in CONSTANTS:
            value = results[key][name]
            relative[name].append(value / measured[name] - 1.0)
            rows.append(
                row(
                    name,
                    binary,
                    value,
                    "GPa",
                    systematic=abs(value - measured[name]),
                    basis=f"measured: {measured[name]:.0f} GPa",
                    method=method,
                )
            )
    frames = [v for k, v in sorted(results.items()) if k.removeprefix("elastic-").isdigit()]
    for name in CONSTANTS if frames else ():
        values = [value[name] for value in frames]
        share = root_mean_square(relative[name])
        common = {
            "systematic": None if share is None else share * abs(float(np.mean(values))),
            "basis": "" if share is None else BINARIES,
            "method": method,
        }
        rows.append(mean_row(name, "", values, "GPa", "", common))
    return rows


def measured_constants(cation: str) -> dict[str, float]:
    """Elastic constants (GPa) of a rock-salt monoxide from ``tables/elastic_constants.csv``.

    Parameters
    ----------
    cation : str
        Symbol of one that the table has.

    Returns
    -------
    dict
        ``c11``, ``c12``, ``c44``, and ``bulk_modulus`` (c11 + 2 c12)/3, which is exact for a cubic crystal;
        GPa. The sources stand in the table.

    Raises
    ------
    StopIteration
        Where the table does not have the cation.
    """
    from topotaxy.tables import read_table

    table = read_table("topotaxy.energetics", "elastic_constants")
    entry = next(entry for entry in table if entry["cation"] == cation)
    c11, c12, c44 = (float(entry[name]) for name in ("c11", "c12", "c44"))
    return {"c11": c11, "c12": c12, "c44": c44, "bulk_modulus": (c11 + 2.0 * c12) / 3.0}


def mixing_rows(composition: Composition, results: Results) -> list[Row]:
    """Energy of the mixed frame against its binaries, per cation.

    A cell with several anions is set against binaries in which every cation has the cell's
    anions in their shares. Absent where a binary was not computed or has no such structure.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the frame, with their amounts.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        Against rock-salt binaries and against the stable ones, eV per cation; each only if every frame has
        all of its binaries.
    """
    keys = _frames(results)
    rows = []
    for prefix, meaning in (("binary", "rock-salt binaries"), ("reference", "stable binaries")):
        values = [_mixing(composition, results[key], results, prefix) for key in keys]
        found = [value for value in values if value is not None]
        if found and len(found) == len(keys):
            method = "energy of the relaxed cell less that of its binaries, per cation"
            rows.append(mean_row("mixing_energy", "", found, "eV", f"against {meaning}", {"method": method}))
    return rows


def _mixing(composition: Composition, frame: Any, results: Results, prefix: str) -> float | None:
    symbols = frame["structure"]["symbols"]
    cations = [s for s in symbols if s in composition.cations]
    anions = [s for s in symbols if s in composition.anions]
    if len(composition.cations) * len(composition.anions) < 2:
        return None
    parts = 0.0
    for anion in set(anions):
        share = anions.count(anion) / len(anions)
        for cation in set(cations):
            binary = results.get(f"{prefix}-{cation}{anion}")
            if binary is None:
                return None
            parts += share * cations.count(cation) * binary["energy_per_unit"]
    return (float(frame["energy"]) - parts) / len(cations)
