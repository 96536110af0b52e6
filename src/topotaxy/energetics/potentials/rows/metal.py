"""Rows of reduced metal in the product: embedding, bonds and their fading, barriers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.energetics.potentials.rows.entry import Results, Row, row
from topotaxy.material import salt

TOGETHER = 1.2
"""Distances of neighbouring holes within which two atoms count as together."""

BAND = "of the band only: a curve through its energies and forces; no other potential"

STOPS = {
    "tetrahedron": "M0 on the tetrahedron and its alkali in a hole",
    "exchange": "M0 and the other cation each on a tetrahedron",
}


def embedding_rows(ion: str, results: Results, compared: Results) -> list[Row]:
    """M0 in A2O above bulk metal, free to leave its site, and what binds two of them.

    ``compared`` are the results of another potential; where it did the same task, the
    difference is the systematic error.

    Parameters
    ----------
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.
    compared : mapping of str to mapping
        Results of another potential by the name of the task; may be empty.

    Returns
    -------
    list of Row
        ``metal_embedding`` and ``metal_bond``, eV per atom and per pair.
    """
    rows = []
    product = salt(ion, "O")
    for key, value in sorted(results.items()):
        bulk = _bulk(value, results)
        if key.startswith(f"embedding-{ion}-") and bulk is not None:
            other = _other(key, compared, "energy_change")
            beside = "" if value["neighbour"] is None else f", 1 {value['neighbour']} neighbour"
            rows.append(
                row(
                    "metal_embedding",
                    value["metal"],
                    value["energy_change"] - bulk,
                    "eV",
                    condition=f"{product}{beside}",
                    systematic=None if other is None else abs(value["energy_change"] - bulk - other),
                    basis="" if other is None else "difference to another potential, same task",
                    method=_embedding_method(value),
                )
            )
        elif key.startswith(f"pair-{ion}-"):
            between = value["lattice_parameter"] / 2.0**0.5
            together = value["distance"] < TOGETHER * between
            ends = f"{value['distance']:.2f} Å apart at rest, {between:.2f} Å between holes"
            rows.append(
                row(
                    "metal_bond",
                    value["metal"],
                    value["bond"],
                    "eV",
                    condition=f"{product}, two atoms {'together' if together else 'gone apart'}",
                    method=f"2 E(one) - E(none) - E(two), relaxed from {value['started']}; {ends}",
                )
            )
    return rows


def _embedding_method(value: Mapping[str, Any]) -> str:
    near = " ".join(f"{symbol} {distance:.2f}" for symbol, distance in value["surroundings"][:3])
    moment = "" if value["moment"] is None else f"; moment {value['moment']:.1f} Bohr magnetons"
    spread = max(value["minima"]) - min(value["minima"])
    return (
        f"lowest of {len(value['minima'])} minima within {spread:.2f} eV, cell of A2O at its own size; "
        f"nearest atoms {near} Å{moment}"
    )


def _bulk(value: Mapping[str, Any], results: Results) -> float | None:
    reference = results.get(f"reference-{value.get('metal')}")
    return None if reference is None else float(reference["energy_per_unit"])


def _other(key: str, compared: Results, name: str) -> float | None:
    value = compared.get(key)
    bulk = None if value is None else _bulk(value, compared)
    return None if value is None or bulk is None else float(value[name]) - bulk


def held_rows(ion: str, results: Results) -> list[Row]:
    """M0 kept on its sites at several sizes of the product: what a lattice model assumes.

    Parameters
    ----------
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        ``metal_embedding``, ``metal_bond`` and ``metal_stretching``, eV, by metal and lattice parameter.
    """
    rows = []
    product = salt(ion, "O")
    for key, value in sorted(results.items(), key=lambda item: _size(item[1])):
        bulk = _bulk(value, results)
        if not key.startswith(f"held-{ion}-") or bulk is None:
            continue
        at = f"{product} at {value['lattice_parameter']:.2f} Å"
        held = "M0 kept on the site, all else relaxed at fixed cell"
        for quantity, number, condition, method in (
            ("metal_embedding", value["one"] - bulk, f"{at}, on its site", held),
            ("metal_bond", 2.0 * value["one"] - value["two"], f"{at}, on two neighbouring sites", held),
            (
                "metal_bond",
                (value["one"] - value["full"]) / 6.0,
                f"{at}, every site filled",
                "a sixth of the energy that M0 gains per atom where every site is filled",
            ),
            (
                "metal_embedding",
                value["full"] - bulk,
                f"{at}, every site filled",
                "per M0, above bulk metal; symmetry leaves nothing to relax",
            ),
            (
                "metal_stretching",
                value["metal_only"] - bulk,
                f"fcc metal at {value['lattice_parameter']:.2f} Å",
                "the lattice of M0 without the salt, per atom, above bulk metal",
            ),
        ):
            rows.append(row(quantity, value["metal"], number, "eV", condition=condition, method=method))
    return rows


def _size(value: Mapping[str, Any]) -> tuple[str, float]:
    return str(value.get("metal", "")), float(value.get("lattice_parameter", 0.0))


def barrier_rows(ion: str, results: Results) -> list[Row]:
    """Barriers of bands that came to rest: the highest point of the way above its lowest.

    The lowest is what the atom has to leave, also where that is the stop half way. The stated
    error is that of the band, from its own images; that of the potential is not known.

    Parameters
    ----------
    ion : str
        The alkali metal: Li, Na or K.
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.

    Returns
    -------
    list of Row
        ``barrier`` and, where there is a minimum half way, ``barrier_stop``; eV.
    """
    rows = []
    for key, value in sorted(results.items()):
        if not key.startswith(f"barrier-{ion}-"):
            continue
        name, energies = key.rpartition("-")[2], value["profile"]
        profile = " ".join(f"{energy:.2f}" for energy in energies)
        along = " ".join(f"{length:.2f}" for length in value.get("coordinate", ()))
        method = (
            f"climbing nudged elastic band, {value['images']} images, {value['steps']} steps, "
            f"{value['force']:.2f} eV/Å left, profile {profile} eV"
            f"{f' at {along} Å' if along else ''}; {value['path']}"
        )
        rows.append(
            row(
                "barrier",
                value["metal"],
                max(energies) - min(energies),
                "eV",
                condition=f"{name} with {value['partner']}" if "partner" in value else name,
                systematic=value.get("error"),
                basis=BAND if "error" in value else "",
                method=method,
            )
        )
        if "stop" in value:
            method = f"minimum half way, {STOPS[name]}, above the ends"
            rows.append(
                row("barrier_stop", value["metal"], value["stop"], "eV", condition=name, method=method)
            )
    return rows
