"""What publications state, and whether it agrees with itself."""

from __future__ import annotations

from topotaxy.evidence.audit import CHECKS, audit, audited
from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.findings import Audit, Finding, NotRun, Passed, audit_document, findings_document
from topotaxy.evidence.ledger import ledger_from_text, load_ledger

__all__ = [
    "CHECKS",
    "Audit",
    "Claim",
    "Finding",
    "Ledger",
    "NotRun",
    "Passed",
    "audit",
    "audit_document",
    "audited",
    "findings_document",
    "ledger_from_text",
    "load_ledger",
]
