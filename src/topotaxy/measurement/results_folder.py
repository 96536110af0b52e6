"""The folder that an analysis writes: nothing half-written, nothing of others overwritten."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.files import write_atomically

SCHEMA = "topotaxy/analysis/2"
OLDER = ("topotaxy/analysis/1",)
"""Schemas of folders that an analysis may replace."""
PROVENANCE_FILE = "provenance.json"


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give a folder to write into, whose files take their place in ``out`` once all of them are there.

    Nothing appears in ``out`` before that, or at all where an error ends it. Files of an earlier
    analysis that the new one does not have are removed, others are left alone.

    Raises
    ------
    InputError
        Where ``out`` is no folder, holds other files or a run, or cannot be made.
    """
    _check_folder(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", where=str(out)) from None
    try:
        yield work
        _publish(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError("is a file, expected a folder (or a name that is free)", where=str(out))
    recorded = out / PROVENANCE_FILE
    if out.is_dir() and any(out.iterdir()) and not recorded.is_file():
        raise InputError("is not empty and holds no analysis; use another --out", where=str(out))
    if recorded.is_file() and _recorded(recorded).get("schema") not in (SCHEMA, *OLDER):
        raise InputError("holds a run, not an analysis; use another --out", where=str(out))


def _publish(work: Path, out: Path) -> None:
    """Move the files of ``work`` to ``out``, the provenance last, with a list of them in it."""
    files = sorted(str(path.relative_to(work)) for path in work.rglob("*") if path.is_file())
    provenance = _recorded(work / PROVENANCE_FILE) | {"files": files}
    write_atomically(work / PROVENANCE_FILE, json.dumps(provenance, indent=1, ensure_ascii=False))
    before = _recorded(out / PROVENANCE_FILE).get("files", [])
    out.mkdir(exist_ok=True)
    for name in [*(n for n in files if n != PROVENANCE_FILE), PROVENANCE_FILE]:
        (out / name).parent.mkdir(exist_ok=True)
        (work / name).replace(out / name)
    for name in set(before) - set(files):
        stale = out / str(name)
        # A path that leads out of the folder was not written here.
        if stale.resolve().is_relative_to(out.resolve()):
            stale.unlink(missing_ok=True)


def _recorded(path: Path) -> dict[str, Any]:
    """What a provenance file says; nothing where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
