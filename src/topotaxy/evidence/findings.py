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


def findings_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the JSON shape of ``topotaxy audit --json``, with a count by severity.

    An open end of an interval becomes ``null``, since JSON has no infinity.
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
