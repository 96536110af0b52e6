"""The one exception that a user's input can cause.

Every message is a single line: what is wrong, where, and what would be right.
"""

from __future__ import annotations


class InputError(ValueError):
    """Input that cannot be used; the command line turns it into exit status 2.

    The message is forced onto one line, so that text quoted from a hostile file
    cannot break out of it.
    """

    def __init__(self, message: str, *, where: str | None = None) -> None:
        text = f"{where}: {message}" if where else message
        printable = "".join(c if c.isprintable() else " " for c in text)
        super().__init__(" ".join(printable.split()))
