"""What the verbs write: results to standard output, messages to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

PLAIN_WIDTH = 110
"""Columns of a table that goes to a file or a pipe, where no terminal sets the width."""


def write_json(document: Mapping[str, Any]) -> None:
    """Write a result as JSON; a number that is not finite is a fault of the caller.

    Where standard output is not UTF-8, other characters are escaped, so that the text
    stays valid JSON.

    Parameters
    ----------
    document : Mapping[str, Any]
        The reproduction's document, as its JSON has it.
    """
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    _write(json.dumps(document, indent=1, ensure_ascii=encoding != "utf8", allow_nan=False) + "\n")


def write_tables(*parts: RenderableType) -> None:
    """Write tables and paragraphs, with colours only where a terminal reads them."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    console = Console(width=width, markup=False, highlight=False, emoji=False)
    # Captured, then written here: rich answers a closed pipe with exit status 1, which is
    # the status of a negative answer.
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    _write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))
    sys.stdout.flush()


_quiet = False


def only_results() -> None:
    """Leave out progress and messages from here on; errors are still written."""
    global _quiet
    _quiet = True


def everything() -> None:
    """Write progress and messages again."""
    global _quiet
    _quiet = False


def is_quiet() -> bool:
    """Whether progress and messages are left out."""
    return _quiet


def message(text: str) -> None:
    """Write one line to standard error, where that can be written, unless only results are wanted.

    Parameters
    ----------
    text : str
        The line, without its end.
    """
    if not _quiet:
        complain(text)


def complain(text: str) -> None:
    """Write one line to standard error, where that can be written, whatever is wanted.

    Parameters
    ----------
    text : str
        The line, without its end.
    """
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "ascii"
    with suppress(OSError, ValueError):
        sys.stderr.write(text.encode(encoding, errors="backslashreplace").decode(encoding) + "\n")
        sys.stderr.flush()
