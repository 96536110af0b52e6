"""``topotaxy audit``: does a published set of claims agree with itself?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from topotaxy.cli.options import ReportFolder
from topotaxy.cli.output import message, write_json, write_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Group

    from topotaxy.evidence import Audit, Finding

SEVERITIES = {"contradiction": "bold red", "tension": "yellow", "note": "cyan"}
"""From worst to mildest, with the style of each."""


def audit(
    claims: Annotated[
        str,
        typer.Argument(
            help="A ledger of claims: a bundled name (fang2022) or a TOML file.", metavar="CLAIMS"
        ),
    ],
    out: ReportFolder = None,
    json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Check a ledger of published claims against itself, arithmetic and thermodynamics.

    Listed are what was found, what is in order, and what could not be compared and why. Exit status 1 says
    that a contradiction was found. 'topotaxy new claims FILE' writes a ledger to fill in.

    Examples:

    topotaxy audit fang2022

    topotaxy audit my-paper.toml --out my-paper-audit

    topotaxy audit my-paper.toml --json
    """
    from topotaxy.evidence import audit_document, audited, load_ledger

    ledger = load_ledger(claims)
    found = audited(ledger)
    if out is not None:
        from topotaxy.cli.progress import writing_to
        from topotaxy.report.page import write_page
        from topotaxy.studies.auditing import write_audit

        with writing_to(out):
            message(f"report: {write_audit(found, ledger, out, draw=write_page)}")
    if json:
        write_json(audit_document(found))
    else:
        write_tables(*_sections(claims, found))
    if any(finding.severity == "contradiction" for finding in found.findings):
        raise typer.Exit(1)


def _sections(claims: str, found: Audit) -> list[Any]:
    from rich.text import Text

    from topotaxy.evidence.audit_shown import counted, verdict

    parts: list[Any] = [Text(f"{claims}: {verdict(found)}")]
    for severity, style in SEVERITIES.items():
        group = [finding for finding in found.findings if finding.severity == severity]
        if group:
            parts += [Text(), Text(counted(len(group), severity).capitalize(), style=style)]
            parts += [_entry(finding, style) for finding in group]
    for heading, lines in (
        ("In order", [f"{one.check}: {counted(one.comparisons, 'comparison')}" for one in found.passed]),
        ("Could not be run", [f"{one.check}: {one.why}" for one in found.not_run]),
    ):
        if lines:
            parts += [Text(), Text(heading), *_indented(lines)]
    return parts


def _indented(lines: Sequence[str]) -> list[Any]:
    from rich.padding import Padding
    from rich.text import Text

    return [Padding(Text(line), (0, 0, 0, 2)) for line in lines]


def _entry(finding: Finding, style: str) -> Group:
    """One finding: what was found, then the numbers, the rule and the source, indented."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from topotaxy.evidence.audit_shown import numbers_text

    head = Text.assemble((finding.check, style), "  ", finding.message)
    details = Table.grid(padding=(0, 2))
    details.add_column(style="dim", no_wrap=True)
    details.add_column(overflow="fold")
    for name, text in (
        ("claims", ", ".join(finding.claims)),
        ("numbers", numbers_text(finding.values)),
        ("rule", finding.rule),
        ("source", finding.source),
    ):
        if text:
            details.add_row(name, text)
    return Group(Padding(head, (0, 0, 0, 2)), Padding(details, (0, 0, 1, 4)))
