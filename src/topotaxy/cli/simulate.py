"""``topotaxy simulate``: run a specification and write its report."""

from __future__ import annotations

import errno
import json as json_format
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.spec import Spec

LINE_EVERY = 10.0
"""Seconds between lines of progress where no terminal can show a bar."""


def simulate(
    spec: Annotated[
        str, typer.Argument(help="A bundled name (heos-na, nio-na, ...) or a TOML file.", metavar="SPEC")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; by default the specification's name.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the random numbers.")] = None,
    cycles: Annotated[int | None, typer.Option(help="Cycles of discharge and charge.")] = None,
    replicas: Annotated[int | None, typer.Option(help="Independent boxes.")] = None,
    cells: Annotated[int | None, typer.Option(help="Conventional cells along the edge of a box.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in the folder, if any.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the observables as JSON.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")] = False,
) -> None:
    """Cycle an electrode on the reactive lattice; write observables and a report.

    Options replace what the specification says. A run that was stopped continues with --resume.

    Bundled: heos-na, heos-li, heo-na, heo-li, nio-na, coo-na, nio-li.

    Examples:

    topotaxy simulate heos-na

    topotaxy simulate nio-na --cells 4 --cycles 2 --replicas 1 --out quick

    topotaxy simulate my-electrode.toml --seed 7 --json
    """
    from topotaxy.spec import load_spec

    chosen = _with_options(
        load_spec(spec),
        {"protocol": {"cycles": cycles}, "lattice": {"seed": seed, "replicas": replicas, "cells": cells}},
    )
    _check_material(chosen, where=spec)
    folder = out if out is not None else Path(chosen.name)
    try:
        report = _run(chosen, folder, resume=resume, with_report=not no_report)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the same command with --resume continues the run") from None
    text = (folder / "observables.json").read_text(encoding="utf-8")
    if json:
        write_json(json_format.loads(text))
        message(f"run: {folder}" if report is None else f"report: {report}")
    else:
        from topotaxy.cli.headline import headline_tables
        from topotaxy.observables import from_json

        headline = [o for o in from_json(text, where=str(folder)) if o.label is not None]
        paths = [f"run     {folder}", *([f"report  {report}"] if report is not None else [])]
        write_tables(*headline_tables(chosen, headline), *paths)


def _with_options(spec: Spec, options: dict[str, dict[str, int | None]]) -> Spec:
    """Return the specification with the options in place, under the same rules."""
    from pydantic import ValidationError

    from topotaxy.spec import Spec, first_error

    document = spec.model_dump()
    for section, keys in options.items():
        document[section].update({key: value for key, value in keys.items() if value is not None})
    try:
        return Spec.model_validate(document)
    except ValidationError as error:
        raise InputError(first_error(error), where="command line") from None


def _check_material(spec: Spec, *, where: str) -> None:
    """Refuse a formula that cannot be used before the kernel loads, which takes seconds."""
    from topotaxy.material import electrode_composition

    try:
        electrode_composition(spec.electrode)
    except InputError as error:
        raise InputError(str(error), where=where) from None


def _run(spec: Spec, folder: Path, *, resume: bool, with_report: bool) -> Path | None:
    from topotaxy.campaign import run

    try:
        with _progress() as progress:
            run(spec, folder, resume=resume, progress=progress)
            if not with_report:
                return None
            from topotaxy.report import write_report

            return write_report(folder)
    except OSError as error:
        if not _concerns(error, folder):
            raise
        raise InputError(f"cannot be written ({error.strerror})", where=str(folder)) from None


def _concerns(error: OSError, folder: Path) -> bool:
    """Whether a full disk or a folder that may not be written is what went wrong.

    Anything else that the system refuses is no fault of the input and keeps its traceback.
    """
    if error.filename is None:
        return errno.errorcode.get(error.errno or 0) in ("ENOSPC", "EDQUOT", "EROFS")
    return Path(os.fsdecode(error.filename)).is_relative_to(folder)


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar where standard error is a terminal, otherwise a line now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1)

        def show(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, description=text)

        yield show


def _lines() -> Callable[[int, int, str], None]:
    last = time.monotonic()

    def show(done: int, total: int, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY:
            last = now
            message(f"{done}/{total} {text}")

    return show
