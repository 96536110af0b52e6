"""From finished tasks to the table that is shipped: one row a number, with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.energetics.potential_tables import SCHEMA
from topotaxy.energetics.potentials.rows.entry import Results, Row
from topotaxy.energetics.potentials.rows.frame import (
    elastic_rows,
    lattice_rows,
    mixing_rows,
    site_rows,
)
from topotaxy.energetics.potentials.rows.interface import interface_rows
from topotaxy.energetics.potentials.rows.loading import cluster_rows, loading_rows
from topotaxy.energetics.potentials.rows.metal import barrier_rows, embedding_rows, held_rows
from topotaxy.energetics.potentials.rows.voltage import (
    bulk_systematic,
    bulk_voltages,
    difference_rows,
    displacement_rows,
    drift_rows,
)
from topotaxy.errors import InputError
from topotaxy.material import Composition

Documents = Mapping[str, Mapping[str, Any]]


def build_table(
    composition: Composition,
    ion: str,
    documents: Documents,
    *,
    name: str | None = None,
    compared: Documents | None = None,
) -> dict[str, Any]:
    """Assemble the table of a composition from its finished tasks.

    ``compared`` holds the tasks of another potential; where it did the same tasks, the
    difference is the systematic error of displacement voltages, embedding and interface energies.

    What was not computed has no row; what did not converge stands under ``failed``.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the frame, with their amounts.
    ion : str
        The alkali metal: Li, Na or K.
    documents : mapping of str to mapping
        Finished tasks by name, as :func:`~topotaxy.energetics.parameterise.run_tasks` returns them:
        potential, version, result.
    name : str, optional
        Of the table; the formula by default.
    compared : mapping of str to mapping, optional
        Finished tasks of another potential.

    Returns
    -------
    dict
        The table as plain data, of schema :data:`~topotaxy.energetics.potential_tables.SCHEMA`.

    Raises
    ------
    InputError
        Where there is no finished task.
    """
    results, failed = _converged(documents)
    first = next(iter(documents.values()), None)
    if first is None:
        raise InputError("no finished task to make a table from")
    return {
        "schema": SCHEMA,
        "name": name or composition.formula,
        "formula": composition.formula,
        "ion": ion,
        "potential": first["potential"],
        "version": first["version"],
        "cells": _cells(results, documents),
        "rows": _rows(composition, ion, results, compared),
        "failed": failed,
    }


def _rows(composition: Composition, ion: str, results: Results, compared: Documents | None) -> list[Row]:
    theirs: Results = _converged(compared)[0] if compared else {}
    other = next(iter(compared.values()))["version"] if compared else ""
    bulk = bulk_voltages(composition, ion, results)
    difference, systematic = difference_rows(composition, ion, results, theirs, other)
    return [
        *lattice_rows(results),
        *site_rows(composition, results),
        *elastic_rows(results),
        *mixing_rows(composition, results),
        *bulk,
        *difference,
        *displacement_rows(composition, ion, results, systematic or bulk_systematic(bulk)),
        *drift_rows(ion, results),
        *embedding_rows(ion, results, theirs),
        *held_rows(ion, results),
        *barrier_rows(ion, results),
        *interface_rows(results, theirs),
        *loading_rows(ion, results),
        *cluster_rows(ion, results),
    ]


def _cells(results: Results, documents: Documents) -> list[dict[str, Any]]:
    """What the representative cells are and how they were relaxed."""
    return [
        {
            "formula": value["formula"],
            "atoms": len(value["structure"]["symbols"]),
            "mismatch": value["mismatch"],
            "force": value["force"],
            "annealing_steps": value["annealing_steps"],
            "started_from": documents[key].get("started_from"),
        }
        for key, value in sorted(results.items())
        if key.startswith("frame-")
    ]


def _converged(documents: Documents) -> tuple[dict[str, Mapping[str, Any]], list[dict[str, str]]]:
    results, failed = {}, []
    for key, document in documents.items():
        if "unusable" in document["result"]:
            failed.append({"task": key, "reason": document["result"]["unusable"]})
        elif document["result"].get("converged", True):
            results[key] = document["result"]
        else:
            force = document["result"].get("force")
            reason = "not converged" if force is None else f"not converged: {force:.3f} eV/Å remain"
            failed.append({"task": key, "reason": document["result"].get("reason", reason)})
    return results, failed
