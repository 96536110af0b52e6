"""What an audit says: one finding, and the document of all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Severity = Literal["contradiction", "tension", "note"]
"""``contradiction``: the claims cannot all be true within their stated digits;
``tension``: they can, but only with an assumption that the publication does not state;
``note``: a consequence worth knowing, in conflict with nothing."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    check:
        Name of the check.
    severity:
        See :data:`Severity`.
    claims:
        Ids of the claims involved; empty where only a material's entry is at fault, which
        ``values`` then names.
    message:
        One or two plain sentences with the numbers.
    values:
        The numbers by name, canonical units.
    rule, source:
        The general rule, and where the rule or its reference data come from.
    """

    check: str
    severity: Severity
    claims: list[str]
    message: str
    rule: str
    source: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """One comparison that a check made and in which nothing was amiss: the ids of its claims."""

    claims: tuple[str, ...]


@dataclass(frozen=True)
class NotRun:
    """A comparison that a check could not make: why, and the claims that it would have been of."""

    check: str
    why: str
    claims: tuple[str, ...] = ()


Outcome = Finding | Compared | NotRun
"""What a check says of one comparison."""


@dataclass(frozen=True)
class Passed:
    """A check in whose comparisons nothing was amiss: how many, and the claims that they were of."""

    check: str
    comparisons: int
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Audit:
    """What all checks say of a ledger; findings from the gravest on."""

    findings: tuple[Finding, ...]
    passed: tuple[Passed, ...]
    not_run: tuple[NotRun, ...]


def audit_document(audit: Audit) -> dict[str, Any]:
    """Return the JSON shape of ``topotaxy audit --json``.

    Parameters
    ----------
    audit : Audit
        Findings, checks that passed, and those that could not be made.
    """
    return {
        **findings_document(audit.findings),
        "passed": [_finite(asdict(one)) for one in audit.passed],
        "not_run": [_finite(asdict(one)) for one in audit.not_run],
    }


def findings_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return findings as plain data, with a count by severity.

    An open end of an interval becomes ``null``, since JSON has no infinity.

    Parameters
    ----------
    findings : sequence of Finding
        Findings of an audit, gravest first.
    """
    summary = {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}
    listed = [_finite(asdict(f)) for f in findings]
    return {"findings": listed, "summary": {**summary, "total": len(findings)}}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
