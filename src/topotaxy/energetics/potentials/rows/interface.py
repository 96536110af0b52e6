"""Rows of interfaces and free surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.energetics.potentials.rows.entry import Results, Row, row

FACET = "(001)"


def interface_rows(results: Results, compared: Results) -> list[Row]:
    """Energy of each interface and surface, and the work that takes two crystals apart, J/m².

    ``compared`` are the results of another potential; where it did the same task, the difference
    is the systematic error.

    Parameters
    ----------
    results : mapping of str to mapping
        Results of converged tasks by the name of the task; energies in eV, lengths in Å.
    compared : mapping of str to mapping
        Results of another potential by the name of the task; may be empty.
    """
    rows = []
    for key, value in sorted(results.items()):
        if not key.startswith("interface-"):
            continue
        names = [_name(key, i, phase) for i, phase in enumerate(value["phases"])]
        both = "/".join(names)
        other = compared.get(key)
        rows.append(_row("interface_energy", both, FACET, value, "interface_energy", other, _method(value)))
        apart = "the two free surfaces less the interface"
        rows.append(_row("work_of_adhesion", both, FACET, value, "work_of_adhesion", other, apart))
        for i, name in enumerate(names):
            strained = f", strained by {100 * value['strain']:.1f} %" if i == 1 else ""
            rows.append(
                row(
                    "surface_energy",
                    name,
                    value["surface_energies"][i],
                    "J/m^2",
                    condition=f"{FACET}, cell of {both}",
                    systematic=None
                    if other is None
                    else abs(value["surface_energies"][i] - other["surface_energies"][i]),
                    basis="" if other is None else DIFFERENCE,
                    method=f"{value['layers']} layers in vacuum against the same layers as bulk{strained}",
                )
            )
    return rows


DIFFERENCE = "difference to another potential, same task"


def _name(key: str, index: int, phase: str) -> str:
    return "frame" if index == 0 and key.startswith("interface-frame-") else phase


def _row(
    quantity: str,
    subject: str,
    condition: str,
    value: Mapping[str, Any],
    name: str,
    other: Mapping[str, Any] | None,
    method: str,
) -> Row:
    return row(
        quantity,
        subject,
        value[name],
        "J/m^2",
        condition=condition,
        systematic=None if other is None else abs(value[name] - other[name]),
        basis="" if other is None else DIFFERENCE,
        method=method,
    )


def _method(value: Mapping[str, Any]) -> str:
    first, second = value["phases"]
    one, two = value["nodes"]
    return (
        "both on each other less either alone in the same cell, over two interfaces; "
        f"{value['layers']} layers each, {one} nodes of {first} on {two} of {second}, the latter strained "
        f"by {100 * value['strain']:.1f} %, {value['atoms']} atoms, "
        f"{max(value['forces'].values()):.2f} eV/Å left"
    )
