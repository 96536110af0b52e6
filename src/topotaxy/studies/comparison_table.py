"""A comparison as plain data and Markdown."""

from __future__ import annotations

import math
from typing import Any

from topotaxy.evidence import Claim
from topotaxy.runs.outcomes import NOTES, OUTCOMES
from topotaxy.studies.comparison import COMPARED, LEVEL, Comparison, Order, Row, Stated
from topotaxy.studies.text import markdown_table, value_text

SCHEMA = "topotaxy/comparison/1"
_HEADS = {
    "efficiency": "first-cycle efficiency",
    "reversible_fraction": "reversible fraction",
    "domain_size": "domain size, nm",
    "home_fraction": "home fraction",
    "framework_fraction": "framework fraction",
    "coherent_fraction": "coherent fraction",
    "retention": "retention",
}
_WORDS = {outcome.name: outcome.words for outcome in OUTCOMES}
_UNITS = {outcome.name: outcome.unit for outcome in OUTCOMES}
_BOUNDS = {"at least": ">= ", "at most": "<= ", "about": "about ", None: ""}

HOW = f"Orders: Welch's test of the two means, {LEVEL:.0%} for all orders together by Holm's method."


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return plain data for JSON.

    Parameters
    ----------
    comparison : Comparison
        Materials that were run, their outcomes, and what a paper states of them.
    """
    return {
        "schema": SCHEMA,
        "claims": comparison.ledger.paper.citation,
        "conditions": conditions(comparison),
        "outcomes": [{"outcome": name, "words": _WORDS[name], "unit": _UNITS[name]} for name in COMPARED],
        "materials": [_material(comparison, row) for row in comparison.rows],
        "orders": [_order(order) for order in comparison.orders],
        "notes": [HOW, NOTES],
    }


def _material(comparison: Comparison, row: Row) -> dict[str, Any]:
    spec = row.spec
    return {
        "name": spec.name,
        "material": row.material or None,
        "formula": spec.electrode.formula,
        "grains": list(spec.electrode.grains),
        "ion": spec.cell.ion,
        "replicas": spec.lattice.replicas,
        "cycles": spec.protocol.cycles,
        "outcomes": [_outcome(comparison, row, name) for name in COMPARED],
    }


def _outcome(comparison: Comparison, row: Row, name: str) -> dict[str, Any]:
    found = row.mean(name)
    value, error = (None, None) if found is None or not math.isfinite(found[0]) else found
    return {
        "outcome": name,
        "value": value,
        "uncertainty": error,
        "unit": _UNITS[name],
        "stated": [
            {
                "id": stated.claim.id,
                "value": stated.claim.stated.value,
                "bound": stated.claim.bound,
                "current": stated.claim.current,
                "cycle": stated.claim.cycle,
                "unlike": stated.words,
                "words": _stated(stated.claim),
            }
            for stated in comparison.claims_on(row, name)
        ],
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.claim.id,
        "outcome": order.outcome,
        "relation": order.claim.relation,
        "left": order.left.spec.name,
        "right": order.right.spec.name,
        "difference": order.difference.value,
        "uncertainty": order.difference.error,
        "p": order.difference.p,
        "verdict": order.verdict,
    }


def comparison_cells(comparison: Comparison, *, stated: bool = True) -> tuple[list[str], list[list[str]]]:
    """Return head and rows: one row a material, values with errors, and what is stated in brackets.

    Columns that no material has are left out.

    Parameters
    ----------
    comparison : Comparison
        Materials that were run, their outcomes, and what a paper states of them.
    stated : bool
        Whether stated values stand beside.
    """
    shown = [name for name in COMPARED if any(row.mean(name) is not None for row in comparison.rows)]
    rows = []
    for row in comparison.rows:
        cells = []
        for name in shown:
            found = row.mean(name)
            text = "-" if found is None else value_text(*found)
            claims = _all_stated(comparison, row, name) if stated else ""
            cells.append(f"{text} ({claims})" if claims else text)
        rows.append([row.spec.name, *cells])
    return ["", *[_HEADS[name] for name in shown]], rows


def stated_lines(comparison: Comparison) -> list[str]:
    """Return one line for each number of the table that the publication states.

    Parameters
    ----------
    comparison : Comparison
        Materials that were run, their outcomes, and what a paper states of them.
    """
    return [
        f"stated for {row.spec.name}: {_HEADS[name]} "
        + "; ".join(_with_conditions(stated) for stated in comparison.claims_on(row, name))
        for row in comparison.rows
        for name in COMPARED
        if comparison.claims_on(row, name)
    ]


def _with_conditions(stated: Stated) -> str:
    words = _stated(stated.claim)
    return f"{words} (model against paper: {stated.words})" if stated.words else words


def _all_stated(comparison: Comparison, row: Row, name: str) -> str:
    return "; ".join(_stated(stated.claim) for stated in comparison.claims_on(row, name))


def _stated(claim: Claim) -> str:
    where = [
        f"{claim.current:g} A/g" if claim.current is not None and claim.cycle not in (None, 1) else "",
        f"cycle {claim.cycle}" if claim.cycle not in (None, 1) else "",
    ]
    value = f"{_BOUNDS[claim.bound]}{claim.stated.value:.4g}"
    words = ", ".join(filter(None, where))
    return f"{value} at {words}" if words else value


def order_cells(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the claimed orders and what became of them.

    Parameters
    ----------
    comparison : Comparison
        Materials that were run, their outcomes, and what a paper states of them.
    """
    rows = [
        [
            f"{_HEADS[order.outcome]}: {order.left.spec.name} {_sign(order.claim)} {order.right.spec.name}",
            value_text(order.difference.value, order.difference.error, signed=True),
            f"{order.difference.p:.1g}",
            order.verdict,
        ]
        for order in comparison.orders
    ]
    return ["claimed order", "left minus right", "p", "in the model"], rows


def _sign(claim: Claim) -> str:
    return ">" if claim.relation == "greater" else "<"


def conditions(comparison: Comparison) -> str:
    """Say under what conditions the materials were run, where they share them.

    Parameters
    ----------
    comparison : Comparison
        Materials that were run, their outcomes, and what a paper states of them.
    """
    specs = [row.spec for row in comparison.rows]

    def shared(values: list[Any]) -> str:
        return f"{values[0]:g}" if len(set(values)) == 1 else "different numbers of"

    return (
        f"{shared([s.protocol.cycles for s in specs])} cycles, "
        f"{shared([s.lattice.replicas for s in specs])} replicas, "
        f"{shared([s.lattice.cells for s in specs])} cells along an edge, seed "
        f"{', '.join(sorted({str(s.lattice.seed) for s in specs}))}."
    )


def comparison_markdown(comparison: Comparison) -> str:
    """Return both tables with their notes.

    Parameters
    ----------
    comparison : Comparison
        Materials that were run, their outcomes, and what a paper states of them.
    """
    lines = [
        "# Materials side by side",
        "",
        conditions(comparison),
        "",
        markdown_table(*comparison_cells(comparison)),
        "",
    ]
    if comparison.orders:
        lines += [markdown_table(*order_cells(comparison)), ""]
    source = f"Stated values and orders: {comparison.ledger.paper.citation}."
    words = f"In brackets: what the publication states. {HOW} {source}"
    unlike = [f"- {line}" for line in stated_lines(comparison)]
    return "\n".join([*lines, words, "", *unlike, "", NOTES]) + "\n"
