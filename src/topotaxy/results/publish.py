"""Publishing a result: its files are made in a folder beside, and take their place once all are there."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.results.folder import json_text
from topotaxy.results.provenance import recorded
from topotaxy.results.seals import DIGESTS, PROVENANCE_FILE, check_seal, digest_of, digests_in, sealed

try:
    import fcntl
except ImportError:  # Windows: work folders of killed runs stay until somebody removes them
    fcntl = None  # type: ignore[assignment]

ENDING = ".work"
LOCK = ".lock"
YOUNG = 60.0
"""Seconds in which a work folder without a lock may still get one."""


@contextmanager
def publishing(out: Path) -> Iterator[Path]:
    """Give a folder to write into, whose files take their place in ``out`` once all of them are there.

    Nothing appears in ``out`` before that, or at all where an error ends it; the provenance comes last and
    lists the files. Files of an earlier result that the new one does not have are removed, others are
    left alone. Folders that killed runs of the same target left behind are removed first.

    Parameters
    ----------
    out : Path
        The folder of the result; it need not be there.

    Raises
    ------
    InputError
        Where the folder cannot be made.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _clean(out)
        work = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.", suffix=ENDING))
        lock = _locked(work / LOCK, make=True)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", where=str(out)) from None
    try:
        yield work
        _publish(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if lock is not None:
            lock.close()


def _publish(work: Path, out: Path) -> None:
    paths = (path for path in work.rglob("*") if path.is_file())
    files = sorted(str(path.relative_to(work)) for path in paths if path.name != LOCK)
    before = _earlier(out)
    if PROVENANCE_FILE in files:
        others = [name for name in files if name != PROVENANCE_FILE]
        document = recorded(work / PROVENANCE_FILE) | {"files": files}
        document[DIGESTS] = {name: digest_of(work / name) for name in others}
        write_atomically(work / PROVENANCE_FILE, json_text(sealed(document)))
    out.mkdir(exist_ok=True)
    for name in sorted(files, key=lambda name: name == PROVENANCE_FILE):
        try:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).replace(out / name)
        except OSError as error:
            raise InputError(f"cannot be replaced ({error.strerror})", where=str(out / name)) from None
    for name in set(before) - set(files):
        stale = out / name
        # A path that leads out of the folder was not written here.
        with suppress(OSError):
            if stale.resolve().is_relative_to(out.resolve()):
                stale.unlink(missing_ok=True)


def _earlier(out: Path) -> list[str]:
    """Files of an earlier result, as its provenance names them; none where that is not as it was written."""
    document = recorded(out / PROVENANCE_FILE)
    try:
        check_seal(document, out / PROVENANCE_FILE)
    except InputError:
        return []
    files = document.get("files")
    return [name for name in files if isinstance(name, str)] if isinstance(files, list) else []


def replace_file(path: Path, content: str) -> None:
    """Replace a file of a results folder by another version of it, with its digest in the provenance.

    Stopped at any time, it leaves the old or the new file, and a provenance that does not contradict it.

    Parameters
    ----------
    path : Path
        Of the file.
    content : str
        What it shall hold.

    Raises
    ------
    InputError
        Where the provenance is not as it was written.
    """
    target = path.parent / PROVENANCE_FILE
    digests = digests_in(path.parent)
    if not digests:
        write_atomically(path, content)
        return
    document = recorded(target)
    rest = {name: digest for name, digest in digests.items() if name != path.name}
    write_atomically(target, json_text(sealed(document | {DIGESTS: rest})))
    write_atomically(path, content)
    own = {name: digest_of(path) if name == path.name else digest for name, digest in digests.items()}
    write_atomically(target, json_text(sealed(document | {DIGESTS: own})))


def _clean(out: Path) -> None:
    """Remove work folders of this target that no living process holds."""
    own = re.compile(rf"\.{re.escape(out.name)}\.[A-Za-z0-9_]{{8}}{re.escape(ENDING)}")
    for path in out.parent.glob(f".*{ENDING}"):
        if not own.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
            continue
        lock = _locked(path / LOCK, make=False)
        unlocked = not (path / LOCK).exists() and time.time() - path.stat().st_mtime > YOUNG
        if lock is not None or unlocked:
            shutil.rmtree(path, ignore_errors=True)
        if lock is not None:
            lock.close()


def _locked(path: Path, *, make: bool) -> IO[bytes] | None:
    """Return the lock, held until it is closed or the process ends; None where another holds it."""
    if fcntl is None or not (make or path.is_file()):
        return None
    file = os.fdopen(os.open(path, os.O_RDWR | (os.O_CREAT if make else 0), 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
