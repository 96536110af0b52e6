"""The folder of an audit: its findings as data, and its page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from topotaxy.content.section import Page
from topotaxy.evidence import Audit, Ledger, audit_document
from topotaxy.evidence.audit_shown import audit_page
from topotaxy.files import write_atomically
from topotaxy.results import PROVENANCE_FILE, json_text, provenance, publishing
from topotaxy.results.folder import check_folder

AUDIT_FILE = "audit.json"
SCHEMA = "topotaxy/audit/1"


def write_audit(audit: Audit, ledger: Ledger, out: Path, *, draw: Callable[[Path, Page], Path]) -> Path:
    """Write ``audit.json`` and ``report.html`` into a folder, and return the path of the report.

    Parameters
    ----------
    audit : Audit
        What the checks say.
    ledger : Ledger
        The claims that they are of.
    out : Path
        A folder that is new, empty, or holds an earlier audit.
    draw : callable
        Writes a page into a folder and returns its path.

    Raises
    ------
    InputError
        Where ``out`` is no folder, or holds something else.
    """
    check_folder(out, what="audit", recorded=AUDIT_FILE)
    with publishing(out) as work:
        write_atomically(work / AUDIT_FILE, json_text({"schema": SCHEMA, **audit_document(audit)}))
        report = draw(work, audit_page(audit, ledger))
        said = provenance(SCHEMA, paper=ledger.paper.model_dump(mode="json"))
        write_atomically(work / PROVENANCE_FILE, json_text(said))
    return out / report.name
