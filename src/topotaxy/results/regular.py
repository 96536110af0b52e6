"""A file that is one: no link, no pipe, no device, and of a size that can be read."""

from __future__ import annotations

import stat
from pathlib import Path

from topotaxy.errors import InputError

MOST_BYTES = 2_000_000_000
"""Size of a file up to which it is read."""


def regular_file(path: Path, *, most: int = MOST_BYTES) -> int:
    """Return the size of a file that is one.

    Raises
    ------
    InputError
        Where there is no such file, it is a link, a folder, a pipe or a device, or too large.
    """
    try:
        found = path.lstat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", where=str(path)[:200]) from None
    if stat.S_ISLNK(found.st_mode):
        raise InputError("is a link; a results folder holds its own files", where=str(path))
    if not stat.S_ISREG(found.st_mode):
        raise InputError("is no regular file", where=str(path))
    if found.st_size > most:
        raise InputError(f"holds {found.st_size} bytes; at most {most} are read", where=str(path))
    return found.st_size
