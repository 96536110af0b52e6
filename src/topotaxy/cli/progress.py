"""What verbs that take their time share: progress, interruption, and folders that cannot be written."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from topotaxy.cli.output import is_quiet, message
from topotaxy.errors import InputError

LINE_EVERY = 10.0
"""Seconds between lines of progress where no terminal can show a bar."""

Progress = Callable[[int, int, str], None]


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn a folder that cannot be written into one line.

    Parameters
    ----------
    folder : Path
        Folder of the results; the report is written into it.
    """
    try:
        yield
    except OSError as error:
        if not _concerns(error, folder):
            raise
        raise InputError(f"cannot be written ({error.strerror})", where=str(folder)) from None


@contextmanager
def resumable() -> Iterator[None]:
    """Say, where a run is interrupted, how it goes on."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the same command with --resume continues the run") from None


def _concerns(error: OSError, folder: Path) -> bool:
    """Whether a full disk or a folder that may not be written is what went wrong.

    Anything else that the system refuses is no fault of the input and keeps its traceback.
    """
    if error.filename is None:
        return errno.errorcode.get(error.errno or 0) in ("ENOSPC", "EDQUOT", "EROFS")
    return Path(os.fsdecode(error.filename)).is_relative_to(folder)


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """A bar where standard error is a terminal, otherwise a line now and then; nothing with ``--quiet``."""
    if is_quiet() or not sys.stderr.isatty():
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


def _lines() -> Progress:
    last = time.monotonic()

    def show(done: int, total: int, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY:
            last = now
            message(f"{done}/{total} {text}")

    return show
