"""Ledgers of a few claims, for tests: what a file would say, without the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from topotaxy.evidence import Finding, Ledger
from topotaxy.evidence.findings import Compared, NotRun, Outcome

NIO = {"formula": "NiO", "space_group": "Fm-3m", "claimed_active": ["Ni"]}
HALF = {"formula": "Ni0.5Mg0.5O", "space_group": "Fm-3m", "claimed_active": ["Ni"], "claimed_inert": ["Mg"]}
CELLS = {
    "li": {"ion": "Li"},
    "na": {"ion": "Na"},
    "other": {"ion": "Li"},
    "full": {"ion": "Li", "role": "full-cell", "cathode": "LiFePO4"},
    "cathode": {"ion": "Li", "role": "half-cell-cathode"},
}

Check = Callable[[Ledger], Iterator[Outcome]]


def value(quantity: str, number: Any, /, **more: Any) -> dict[str, Any]:
    """A value claim on ``host``; its id is its quantity where none is given."""
    return {
        "id": quantity,
        "kind": "value",
        "material": "host",
        "quantity": quantity,
        "value": number,
        **more,
    }


def ledger_of(*claims: dict[str, Any], host: dict[str, Any] = NIO, **tables: Any) -> Ledger:
    """A ledger on ``host`` in the cells of :data:`CELLS`, unless ``material`` or ``cell`` say otherwise."""
    named = {"material": {"host": host}, "cell": CELLS, **tables}
    return Ledger.model_validate({"paper": {"citation": "made"}, **named, "claim": claims})


def found(check: Check, *claims: dict[str, Any], **tables: Any) -> list[Finding]:
    """What a check finds in such a ledger."""
    return [one for one in check(ledger_of(*claims, **tables)) if isinstance(one, Finding)]


def severity(check: Check, *claims: dict[str, Any], **tables: Any) -> str:
    """The one finding's severity; ``in order`` or ``not compared`` where there is none."""
    outcomes = list(check(ledger_of(*claims, **tables)))
    findings = [one for one in outcomes if isinstance(one, Finding)]
    if findings:
        (one,) = findings
        assert one.check == check.__name__
        return one.severity
    return "in order" if any(isinstance(one, Compared) for one in outcomes) else "not compared"


def reasons(outcomes: Iterable[Outcome]) -> list[str]:
    """Why comparisons could not be made."""
    return [one.why for one in outcomes if isinstance(one, NotRun)]
