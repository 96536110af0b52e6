"""``topotaxy doctor``: does this installation work?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from topotaxy.cli.output import write_json, write_tables
from topotaxy.cli.progress import shown_progress


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Write what was found as JSON.")] = False,
) -> None:
    """Tell whether this installation works: versions, extras, where files go, and a self-test of seconds.

    Exit status 1 where a check fails.

    Examples:

    topotaxy doctor
    """
    from topotaxy.studies.self_test import CHECKS, extras, self_test, versions

    checks = []
    with shown_progress() as progress:
        progress(0, len(CHECKS), "self-test")
        for check in self_test():
            checks.append(check)
            progress(len(checks), len(CHECKS), check.name)
    failed = [check for check in checks if not check.passed]
    if json:
        write_json(
            {
                "versions": versions(),
                "extras": {
                    e.name: {"missing": list(e.missing), "install": e.install, "licence": e.licence}
                    for e in extras()
                },
                "checks": [{"name": c.name, "passed": c.passed, "found": c.found} for c in checks],
            }
        )
    else:
        write_tables(*_shown(versions(), extras(), checks))
    if failed:
        raise typer.Exit(1)


def _shown(versions: dict[str, str], extras: list[Any], checks: list[Any]) -> list[Any]:
    from topotaxy.content.section import Table
    from topotaxy.report.terminal import Fitted

    optional = [
        [e.name, "installed" if not e.missing else f"lacks {', '.join(e.missing)}", e.install, e.licence]
        for e in extras
    ]
    looked = [["ok" if c.passed else "FAILED", c.name, c.found] for c in checks]
    failed = sum(not c.passed for c in checks)
    return [
        Fitted(Table(caption="", head=["what", "version"], rows=[[k, v] for k, v in versions.items()])),
        "",
        Fitted(Table(caption="", head=["extra", "state", "how to get it", "licence"], rows=optional)),
        "",
        Fitted(Table(caption="", head=["", "check", "found"], rows=looked)),
        "",
        "Everything works." if not failed else f"{failed} of {len(checks)} checks failed.",
    ]
