"""What the files of a results folder are called, and whether a folder may be used."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.files import is_part
from topotaxy.results.seals import is_complete

SPEC_FILE = "spec.toml"
DATA_FILE = "run.nc"
CURVES_FILE = "curves.csv"
OBSERVABLES_FILE = "observables.json"
OBSERVABLES_TABLE = "observables.csv"
LABELS_FILE = "labels.json"
CHECKPOINTS = "checkpoint"


def claimed(
    out: Path,
    *,
    what: str,
    resume: bool,
    recorded: str,
    same: Callable[[Path], bool] | None = None,
    option: str = "--out",
    needed: tuple[str, ...] = (),
) -> bool:
    """Say whether ``out`` holds this very result already, complete; nothing is written.

    Parameters
    ----------
    out : Path
        The folder; it need not be there.
    what : str
        Kind of the result, for messages: "a run", "an ablation".
    resume : bool
        Whether what is there may be continued.
    recorded : str
        File or folder whose presence shows that ``out`` holds a result of this kind.
    same : callable, optional
        Whether that file belongs to what is asked for.
    option : str
        Name of the option that chooses the folder, for messages.
    needed : tuple of str
        Files that a complete result has.

    Returns
    -------
    bool
        Whether the result is complete, which its provenance and the files that it names show.

    Raises
    ------
    InputError
        Where ``out`` is no folder, holds other files, holds a result that may not be continued, or a file in
        it is not as it was written.
    """
    if out.exists() and not out.is_dir():
        raise InputError("is a file, expected a folder (or a name that is free)", where=str(out))
    mark = out / recorded
    if mark.exists():
        if not resume:
            raise InputError(
                f"already holds {what}; use --resume to continue it, or another {option}", where=str(out)
            )
        if same is not None and not same(mark):
            raise InputError(
                f"holds {what} of another specification; use another {option} to start anew", where=str(out)
            )
        return is_complete(out, needed)
    # A run killed while it wrote its first file has begun nothing: what it left is no more than a part.
    if out.exists() and any(not is_part(path.name, of=recorded) for path in out.iterdir()):
        raise InputError(
            f"is not empty and holds no {what.split()[-1]}; use another {option}", where=str(out)
        )
    return False


def check_folder(out: Path, *, what: str, recorded: str) -> None:
    """Refuse a folder that cannot take a result of one kind, before anything is computed.

    Parameters
    ----------
    out : Path
        A folder that is new, empty, or holds an earlier result of that kind.
    what : str
        Kind of the result, for messages: "judgement", "audit", "analysis".
    recorded : str
        File whose presence shows that ``out`` holds a result of this kind.

    Raises
    ------
    InputError
        Where ``out`` is no folder, or holds something else.
    """
    if out.exists() and not out.is_dir():
        raise InputError("is a file, expected a folder (or a name that is free)", where=str(out))
    if out.is_dir() and any(out.iterdir()) and not (out / recorded).is_file():
        raise InputError(f"is not empty and holds no {what}; use another --out", where=str(out))


def json_text(document: Mapping[str, Any]) -> str:
    """Return a document as the text of a JSON file; a number that is not finite is a fault of the caller.

    Parameters
    ----------
    document : mapping
        Of what JSON has: text, finite numbers, lists, mappings, true, false, None.
    """
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
