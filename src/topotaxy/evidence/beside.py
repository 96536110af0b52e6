"""What stands beside a verdict on a paper's page: its inconsistencies, and what of it was reproduced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from topotaxy.content.section import Items, Paragraph, Part, Section, Table
from topotaxy.evidence.findings import SEVERITIES, Finding

PLURAL = {"contradiction": "contradictions", "tension": "tensions", "note": "notes"}
NEEDED = ("contradiction", "tension")
"""What is listed in full; notes are counted."""


def audit_section(findings: Sequence[Finding]) -> Section:
    """Return the section of a ledger's inconsistencies.

    Parameters
    ----------
    findings : sequence of Finding
        Findings of an audit, gravest first.
    """
    counts = {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}
    said = ", ".join(
        f"{number} {PLURAL[severity] if number != 1 else severity}"
        for severity, number in counts.items()
        if number
    )
    parts: list[Part] = [
        Paragraph(f"The claims beside each other, arithmetic and thermodynamics: {said or 'none'}.")
    ]
    rows = [(f.severity, f.message, ", ".join(f.claims)) for f in findings if f.severity in NEEDED]
    if rows:
        parts.append(
            Table(
                caption="Claims that cannot all be true, or only with an assumption that is not stated",
                head=("kind", "what", "entries of the ledger"),
                rows=rows,
            )
        )
    return Section(anchor="inconsistencies", title="What does not agree within the paper", parts=tuple(parts))


def reproduction_section(document: Mapping[str, Any]) -> Section:
    """Return the section of what of a paper was computed.

    Parameters
    ----------
    document : mapping
        A reproduction as ``reproduction.json`` holds it; claims without a computed number are counted.
    """
    claims = [claim for claim in document.get("claims", []) if isinstance(claim, dict)]
    names = document.get("names")
    words = names if isinstance(names, dict) else {}
    compared = [claim for claim in claims if claim.get("agrees") is not None]
    agreeing = sum(bool(claim["agrees"]) for claim in compared)
    parts: list[Part] = [
        Paragraph(
            f"{agreeing} of {len(compared)} claims that were computed and compared agree; "
            f"{len(claims) - len(compared)} were not compared."
        )
    ]
    misses = [claim for claim in compared if not claim["agrees"]]
    if misses:
        parts.append(Paragraph("Not as stated:"))
        parts.append(
            Items(
                [
                    f"{words.get(claim.get('id'), claim.get('id'))}: "
                    f"{claim.get('why') or 'no reason recorded'} ({claim.get('label') or 'no label'})"
                    for claim in misses
                ]
            )
        )
    return Section(anchor="reproduction", title="What of it the models reproduce", parts=tuple(parts))
