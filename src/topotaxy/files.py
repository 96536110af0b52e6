"""Files: writing them so that nobody ever meets half of one, and telling what is a file from what is none."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from topotaxy.errors import InputError

MOST_BYTES = 2_000_000_000
"""Size of a file up to which it is read."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write beside ``path`` and rename: the old file stands until the new one is complete.

    Parameters
    ----------
    path : Path
        The file.
    content : str or bytes
        What it shall hold; text as UTF-8.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes the file private; a result is as readable as the folder it lies in.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def is_folder(path: Path) -> bool:
    """Return whether a path is that of a folder; a name that the system cannot have is of none.

    Parameters
    ----------
    path : Path
        Any path.
    """
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def regular_file(path: Path, *, most: int = MOST_BYTES, links: bool = False) -> int:
    """Return the size of a file that is one.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        Bytes that it may have.
    links : bool
        Whether a link is followed: to a file that a user names, never to one inside a results folder.

    Raises
    ------
    InputError
        Where there is no such file, it is a link, a folder, a pipe or a device, or too large.
    """
    where = ascii(str(path))[1:-1] if not str(path).isprintable() else str(path)
    where = where if len(where) <= 200 else f"{where[:200]}..."
    try:
        str(path).encode("utf-8")
        found = path.stat() if links else path.lstat()
    except UnicodeEncodeError:
        raise InputError("its name is not UTF-8 text; rename it", where=where) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", where=where) from None
    if stat.S_ISLNK(found.st_mode):
        raise InputError("is a link; a results folder holds its own files", where=where)
    if stat.S_ISDIR(found.st_mode):
        raise InputError("is a folder, expected a file", where=where)
    if not stat.S_ISREG(found.st_mode):
        raise InputError("is no regular file (a pipe or a device)", where=where)
    if found.st_size > most:
        raise InputError(f"holds {found.st_size:,} bytes; at most {most:,} are read", where=where)
    return found.st_size
