"""The folder of a judgement: the document and what it was made from."""

from __future__ import annotations

import json
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.evidence.verdict import Verdict, document
from topotaxy.files import write_atomically
from topotaxy.version import __version__

JUDGEMENT_FILE = "judgement.json"


def write_judgement(verdict: Verdict, out: Path, *, seed: int) -> Path:
    """Write ``judgement.json`` into a folder and return its path.

    Parameters
    ----------
    verdict : Verdict
        What was judged.
    out : Path
        A folder that is new, empty, or holds an earlier judgement.
    seed : int
        Of the random numbers; recorded.

    Raises
    ------
    InputError
        Where ``out`` is no folder, or holds something else.
    """
    if out.exists() and not out.is_dir():
        raise InputError("is a file, expected a folder (or a name that is free)", where=str(out))
    target = out / JUDGEMENT_FILE
    if out.is_dir() and any(out.iterdir()) and not target.is_file():
        raise InputError("is not empty and holds no judgement; use another --out", where=str(out))
    out.mkdir(parents=True, exist_ok=True)
    made_by = {"topotaxy": __version__, "seed": seed}
    whole = document(verdict) | {"made_by": made_by}
    write_atomically(target, json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False))
    return target
