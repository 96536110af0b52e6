"""The run folder: what it is called, and writing into it so that nothing is half-written."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.spec import Spec, spec_from_text

SPEC_FILE = "spec.toml"
DATA_FILE = "run.nc"
PROVENANCE_FILE = "provenance.json"
CHECKPOINTS = "checkpoint"


def spec_text(spec: Spec) -> str:
    """Return a specification as TOML with every default filled in."""
    return tomli_w.dumps(spec.model_dump(mode="json", exclude_none=True))


def prepare_folder(out: Path, spec: Spec, *, resume: bool) -> bool:
    """Make ``out`` ready for this run; returns whether the run in it is complete already.

    Raises
    ------
    InputError
        Where ``out`` is no folder, holds other files, or holds a run that may not be
        continued: ``resume`` not asked for, or another specification.
    """
    if out.exists() and not out.is_dir():
        raise InputError("is a file, expected a folder (or a name that is free)", where=str(out))
    recorded = out / SPEC_FILE
    if recorded.is_file():
        if not resume:
            raise InputError(
                "already holds a run; use --resume to continue it, or another --out", where=str(out)
            )
        if spec_from_text(recorded.read_text(encoding="utf-8"), where=str(recorded)) != spec:
            raise InputError(
                "holds a run of another specification; use another --out to start anew", where=str(out)
            )
        return (out / DATA_FILE).is_file() and (out / PROVENANCE_FILE).is_file()
    if out.exists() and any(out.iterdir()):
        raise InputError("is not empty and holds no run; use another --out", where=str(out))
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_atomically(recorded, spec_text(spec))
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", where=str(out)) from None
    return False
