"""What publications state, and whether it agrees with itself."""

from __future__ import annotations

from topotaxy.evidence.audit import CHECKS, audit
from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.findings import Finding, findings_document
from topotaxy.evidence.ledger import ledger_from_text, load_ledger

__all__ = [
    "CHECKS",
    "Claim",
    "Finding",
    "Ledger",
    "audit",
    "findings_document",
    "ledger_from_text",
    "load_ledger",
]
