"""``topotaxy list``: what ships by name, what can be read, what can be said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from topotaxy.cli.output import write_json, write_tables
from topotaxy.errors import InputError

Rows = list[dict[str, Any]]


def list_names(
    what: Annotated[
        str | None,
        typer.Argument(
            help="One of electrodes, cells, papers, techniques, formats, quantities.", metavar="WHAT"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the lists as JSON.")] = False,
) -> None:
    """List what ships by name: electrodes, cells, papers; techniques; and, asked for, formats and quantities.

    Examples:

    topotaxy list

    topotaxy list formats
    """
    if what is not None and what not in LISTS:
        raise InputError(f"nothing to list of {what!r:.40}; expected one of {', '.join(LISTS)}")
    wanted = [what] if what is not None else list(SHORT)
    found = {name: LISTS[name]() for name in wanted}
    if json:
        write_json(found)
        return
    from topotaxy.content.section import Table
    from topotaxy.report.terminal import Fitted

    lines: list[Any] = []
    for name, rows in found.items():
        head = [key.replace("_", " ") for key in rows[0]]
        cells = [[str(value) for value in row.values()] for row in rows]
        lines += [name.capitalize(), Fitted(Table(caption="", head=head, rows=cells)), ""]
    if what is None:
        lines.append("topotaxy list formats: what can be read; topotaxy list quantities: the vocabulary")
    write_tables(*lines)


def _electrodes() -> Rows:
    from topotaxy.spec import load_spec
    from topotaxy.toml_documents import bundled_names

    specs = [load_spec(name) for name in bundled_names("specs")]
    return [{"name": s.name, "formula": s.electrode.formula, "ion": s.cell.ion} for s in specs]


def _cells() -> Rows:
    from topotaxy.cell.protocol import load_cell_spec
    from topotaxy.toml_documents import bundled_names

    cells = [load_cell_spec(name) for name in bundled_names("cells")]
    return [
        {"name": c.name, "material": c.cell.material, "counter": c.cell.counter, "cycles": c.cycles}
        for c in cells
    ]


def _papers() -> Rows:
    from topotaxy.evidence import load_ledger
    from topotaxy.toml_documents import bundled_names

    protocols = bundled_names("papers")
    return [
        {
            "name": name,
            "paper": load_ledger(name).paper.citation,
            "verbs": ", ".join(["audit", "judge", *(["reproduce"] if name in protocols else [])]),
        }
        for name in bundled_names("claims")
    ]


def _techniques() -> Rows:
    from topotaxy.measurement.technique import techniques

    return [
        {
            "name": t.name,
            "title": t.title,
            "formats": len(t.formats()),
            "virtual_instrument": "yes" if t.probe is not None else "no",
        }
        for t in techniques().values()
    ]


def _formats() -> Rows:
    from topotaxy.measurement.technique import techniques

    return [
        {"technique": t.name, "format": f.name, "endings": " ".join(f.extensions)}
        for t in techniques().values()
        for f in t.formats()
    ]


def _quantities() -> Rows:
    from topotaxy.observables.vocabulary import VOCABULARY

    return [{"quantity": name, "unit": q.unit, "meaning": q.meaning} for name, q in VOCABULARY.items()]


SHORT = ("electrodes", "cells", "papers", "techniques")
"""What is listed where nothing is asked for."""

LISTS: dict[str, Callable[[], Rows]] = {
    "electrodes": _electrodes,
    "cells": _cells,
    "papers": _papers,
    "techniques": _techniques,
    "formats": _formats,
    "quantities": _quantities,
}
