"""Order claims against the numbers of the same ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from topotaxy.evidence.claim_sections import Side
from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.findings import Compared, Finding, Outcome


def stated_orders(ledger: Ledger) -> Iterator[Outcome]:
    """Inequalities against the values stated for their two sides.

    Contradiction where both sides have a value claim of that quantity under the named
    conditions and no numbers within their digits fulfil the relation. "Equal" is broken
    where the intervals are disjoint. Conditions that the order does not name (cell, current,
    cycle, technique) must be equal on both sides, or nothing is compared.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for order in ledger.claims:
        if order.kind != "order" or not order.quantity or order.left is None or order.right is None:
            continue
        for left, right in _pairs(ledger, order, order.left, order.right):
            if not _broken(order, left, right):
                yield Compared((order.id, left.id, right.id))
                continue
            sign = {"greater": ">", "less": "<", "equal": "="}[order.relation or "equal"]
            yield Finding(
                check="stated_orders",
                severity="contradiction",
                claims=[order.id, left.id, right.id],
                message=(
                    f"{order.quantity} is claimed as left {sign} right, but the values stated are "
                    f"{left.stated.value:g} and {right.stated.value:g}."
                ),
                values={"left": left.stated.value, "right": right.stated.value, "relation": sign},
                rule="a stated inequality holds for the stated numbers",
                source="arithmetic; rounding intervals of half a unit of the last stated digit",
            )


FREE = ("cell", "current", "cycle", "reference_cycle", "mean", "technique", "method", "phase")
"""Conditions that an order need not name; they must then be equal on its two sides."""


def _wanted(order: Claim, side: Side) -> dict[str, Any]:
    """Conditions that pick the value claims of one side."""
    named = {
        "material": side.material or order.material,
        "state": side.state or order.state,
        "subject": side.subject or order.subject,
        "particle_size": side.particle_size or order.particle_size,
    }
    optional = {
        "cell": side.cell or order.cell,
        "current": side.current or order.current,
        "cycle": order.cycle,
    }
    return named | {key: value for key, value in optional.items() if value}


def _pairs(ledger: Ledger, order: Claim, left: Side, right: Side) -> Iterator[tuple[Claim, Claim]]:
    """Value claims of the two sides that differ in nothing but what the order names."""
    first, second = _wanted(order, left), _wanted(order, right)
    values = ledger.values(order.quantity)
    for a in values:
        if any(getattr(a, key) != value for key, value in first.items()):
            continue
        for b in values:
            if a.id == b.id or any(getattr(b, key) != value for key, value in second.items()):
                continue
            free = [key for key in FREE if key not in first and key not in second]
            if "pristine" in {a.state, b.state}:
                free = [key for key in free if key not in {"cell", "cycle"}]  # pristine has neither
            if all(getattr(a, key) == getattr(b, key) for key in free):
                yield a, b


def _broken(order: Claim, left: Claim, right: Claim) -> bool:
    a, b = left.stated, right.stated
    if order.relation == "greater":
        return a.high < b.low
    if order.relation == "less":
        return a.low > b.high
    return a.disjoint(b)
