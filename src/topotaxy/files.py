"""Files: writing them so that nobody ever meets half of one, and telling what is a file from what is none."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from topotaxy.errors import InputError

try:
    import fcntl
except ImportError:  # Windows: what killed writers leave stays until somebody removes it
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

MOST_BYTES = 2_000_000_000
"""Size of a file up to which it is read."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write beside ``path`` and rename: the old file stands until the new one is complete.

    What writers that were killed left beside the file is removed.

    Parameters
    ----------
    path : Path
        The file.
    content : str or bytes
        What it shall hold; text as UTF-8.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    descriptor, part = _begun(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            # mkstemp makes the file private; a result is as readable as the folder it lies in.
            part.chmod(0o644)
            if HAS_LOCKS:
                # Before the lock ends, or another writer could take it for what a killed one left.
                part.replace(path)
        if not HAS_LOCKS:
            part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sweep(path)


def is_part(name: str, *, of: str) -> bool:
    """Return whether a file name is that of an unfinished version of another file.

    Parameters
    ----------
    name : str
        Of the file in question.
    of : str
        Name of the file that it would have become.
    """
    return name.startswith(f".{of}.") and re.fullmatch("[a-z0-9_]{8}", name[len(of) + 2 :]) is not None


def _begun(path: Path) -> tuple[int, Path]:
    """Return an open part of a file, held so that no other writer takes it for one that was left."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            _hold(descriptor)
        except BlockingIOError:
            # Another writer came between and sweeps it away.
            os.close(descriptor)
            continue
        except OSError:
            # No locks on this file system: nobody holds one there, so nobody sweeps.
            return descriptor, Path(name)
        if Path(name).exists():
            return descriptor, Path(name)
        os.close(descriptor)


def _sweep(path: Path) -> None:
    """Remove the parts of a file that no living process writes."""
    if not HAS_LOCKS:
        return
    with suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if is_part(entry.name, of=path.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _sweep_one(entry.path)


def _sweep_one(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        _hold(descriptor)
        os.unlink(path)  # noqa: PTH108
    finally:
        os.close(descriptor)


def _hold(descriptor: int) -> None:
    """Hold a file until its descriptor is closed or the process ends; OSError where that cannot be."""
    if HAS_LOCKS:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold a folder while the block lasts; whether no other process holds it, where that can be told.

    Parameters
    ----------
    folder : Path
        Which is there.
    """
    if not HAS_LOCKS:
        yield True
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        alone = True
        try:
            _hold(descriptor)
        except BlockingIOError:
            alone = False
        except OSError:
            pass  # a file system without locks
        yield alone
    finally:
        os.close(descriptor)


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


def name_of(path: Path) -> str:
    """Return the name that a path comes to, as of the folder that ``.`` is; its own where it leads nowhere.

    Parameters
    ----------
    path : Path
        Any path.
    """
    try:
        return path.resolve().name
    except (OSError, ValueError, RuntimeError):  # a loop of links, a name that the system cannot have
        return path.name


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
