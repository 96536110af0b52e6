"""``topotaxy audit``: does a published set of claims agree with itself?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from topotaxy.cli.output import write_json, write_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Group

    from topotaxy.evidence import Finding

SEVERITIES = {"contradiction": "bold red", "tension": "yellow", "note": "cyan"}
"""From worst to mildest, with the style of each."""


def audit(
    claims: Annotated[
        str,
        typer.Argument(
            help="A ledger of claims: a bundled name (fang2022) or a TOML file.", metavar="CLAIMS"
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Check a ledger of published claims against itself, arithmetic and thermodynamics.

    Exit status 1 says that a contradiction was found.

    Examples:

    topotaxy audit fang2022

    topotaxy audit my-paper.toml --json
    """
    from topotaxy.evidence import audit as find
    from topotaxy.evidence import findings_document

    findings = find(claims)
    if json:
        write_json(findings_document(findings))
    else:
        write_tables(*_sections(claims, findings))
    if any(finding.severity == "contradiction" for finding in findings):
        raise typer.Exit(1)


def _sections(claims: str, findings: Sequence[Finding]) -> list[Any]:
    from rich.text import Text

    if not findings:
        return [Text(f"{claims}: no findings")]
    counts = {s: sum(f.severity == s for f in findings) for s in SEVERITIES}
    parts: list[Any] = [Text(f"{claims}: " + ", ".join(_counted(n, s) for s, n in counts.items() if n))]
    for severity, style in SEVERITIES.items():
        group = [finding for finding in findings if finding.severity == severity]
        if group:
            parts += [Text(), Text(_counted(len(group), severity).capitalize(), style=style)]
            parts += [_entry(finding, style) for finding in group]
    return parts


def _counted(count: int, severity: str) -> str:
    return f"{count} {severity}{'' if count == 1 else 's'}"


def _entry(finding: Finding, style: str) -> Group:
    """One finding: what was found, then the numbers, the rule and the source, indented."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    head = Text.assemble((finding.check, style), "  ", finding.message)
    details = Table.grid(padding=(0, 2))
    details.add_column(style="dim", no_wrap=True)
    details.add_column(overflow="fold")
    for name, text in (
        ("claims", ", ".join(finding.claims)),
        ("numbers", ", ".join(f"{key} = {_number(value)}" for key, value in finding.values.items())),
        ("rule", finding.rule),
        ("source", finding.source),
    ):
        if text:
            details.add_row(name, text)
    return Group(Padding(head, (0, 0, 0, 2)), Padding(details, (0, 0, 1, 4)))


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_number(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_number(item) for item in value)
    return str(value)
