"""The digests by which a results folder knows its own files again.

``provenance.json`` holds a digest of every other file, and of itself. A folder of an earlier version, which
holds none, is taken as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.files import regular_file

PROVENANCE_FILE = "provenance.json"
DIGESTS = "digests"
SEAL = "seal"
MOST_TEXT = 500_000_000
"""Size of a text file of a results folder up to which it is read."""


def digest_of(path: Path) -> str:
    """Return the SHA-256 digest of a file, hexadecimal.

    Parameters
    ----------
    path : Path
        A file of the folder.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sealed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a provenance with a digest of its own content.

    Parameters
    ----------
    document : mapping
        Plain data, as JSON has them.
    """
    bare = {name: value for name, value in document.items() if name != SEAL}
    return {**bare, SEAL: _seal(bare)}


def _seal(bare: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def check_seal(document: Mapping[str, Any], path: Path) -> None:
    """Refuse a provenance that is not as it was written.

    Parameters
    ----------
    document : mapping
        What the file says.
    path : Path
        The file, for the message.

    Raises
    ------
    InputError
        Where its own digest is another one.
    """
    if (SEAL in document or DIGESTS in document) and sealed(document)[SEAL] != document.get(SEAL):
        raise InputError("is not as it was written; delete it, and --resume makes it again", where=str(path))


def digests_in(folder: Path) -> dict[str, str] | None:
    """Return the digests that the provenance of a folder holds, by name; None where there is no provenance.

    Parameters
    ----------
    folder : Path
        A folder of results.

    Raises
    ------
    InputError
        Where the provenance is no regular file, is damaged, or not as it was written.
    """
    path = folder / PROVENANCE_FILE
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return None
    regular_file(path, most=MOST_TEXT)
    return _digests(path.absolute(), found.st_size, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=64)
def _digests(path: Path, size: int, changed: int, node: int) -> dict[str, str]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError, MemoryError):
        raise InputError("is damaged; delete it, and --resume makes it again", where=str(path)) from None
    if not isinstance(document, dict):
        raise InputError("expected a JSON object", where=str(path))
    check_seal(document, path)
    digests = document.get(DIGESTS, {})
    if not isinstance(digests, dict):
        raise InputError("is damaged; delete it, and --resume makes it again", where=str(path))
    return {str(name): str(digest) for name, digest in digests.items()}


def check_written(path: Path) -> None:
    """Refuse a file of a results folder that is not as it was written.

    Parameters
    ----------
    path : Path
        Of a regular file; one that no provenance beside it names is taken as it is.

    Raises
    ------
    InputError
        Where its digest is another one than that in the provenance, or the provenance is damaged.
    """
    digest = (digests_in(path.parent) or {}).get(path.name)
    if digest is not None and digest_of(path) != digest:
        raise InputError(
            f"is not as it was written (its digest in {PROVENANCE_FILE} is another); delete it, and --resume "
            "makes it again, or keep what you changed in another folder",
            where=str(path),
        )


def is_complete(folder: Path, needed: tuple[str, ...] = ()) -> bool:
    """Say whether a folder holds a whole result, as its provenance has it.

    Parameters
    ----------
    folder : Path
        A folder of results.
    needed : tuple of str
        Files that it must have, also where it names none, as one of an earlier version.

    Raises
    ------
    InputError
        Where a file, or the provenance itself, is not as it was written.
    """
    digests = digests_in(folder)
    if digests is None:
        return False
    names = {*digests, *needed}
    if not all((folder / name).exists() or (folder / name).is_symlink() for name in names):
        return False
    for name in sorted(names):
        regular_file(folder / name)
        check_written(folder / name)
    return True
