"""HDF5 files that another process has gone through before this one opens them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from topotaxy.errors import InputError
from topotaxy.files import regular_file

if TYPE_CHECKING:
    import h5py

FAULTS = (
    OSError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    RuntimeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
)
"""What readers of a damaged file raise."""
LONGEST_TRIAL = 120.0
"""Seconds after which going through a file is given up."""


@dataclass(frozen=True)
class Verdict:
    """What another process found in a file.

    ``whole`` says that all of it could be gone through, so that opening it is safe; ``complaint`` is why it
    is refused nevertheless, None where it is not.
    """

    whole: bool
    complaint: str | None


def looked_at(path: Path) -> Verdict:
    """Let another process go through a file; kept for as long as size and time of the file stay.

    Parameters
    ----------
    path : Path
        Of the file; one that is not there is not whole.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return Verdict(False, "cannot be read")
    return _looked_at(path.absolute(), found.st_size, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=64)
def _looked_at(path: Path, size: int, changed: int, node: int) -> Verdict:
    script = (resources.files("topotaxy.results") / "hdf5_trial.py").read_text(encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", script, str(path), json.dumps(sys.path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_TRIAL,
            check=False,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::"},
        )
        said = json.loads(done.stdout)
        return Verdict(bool(said["whole"]), said["complaint"])
    except subprocess.TimeoutExpired:
        return Verdict(False, "damaged: it cannot be gone through in time")
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return Verdict(False, "damaged: it ends the process that reads it")


def check_hdf5(path: Path, *, kind: str = "netCDF") -> None:
    """Refuse a file that leads out of itself, contains itself, or declares more than it can hold.

    Parameters
    ----------
    path : Path
        Of the file.
    kind : str
        What it should be, for the message.

    Raises
    ------
    InputError
        One line that says what and where in the file.
    """
    regular_file(path)
    verdict = looked_at(path)
    if verdict.complaint is not None or not verdict.whole:
        said = verdict.complaint or "damaged"
        if not verdict.whole and said.startswith(("not readable", "damaged", "cannot")):
            said = f"not a readable {kind} file: {said}"
        raise InputError(said, where=str(path))


@contextmanager
def opened_hdf5(path: Path, *, kind: str) -> Iterator[h5py.File]:
    """Open a file that was checked: no links, no data elsewhere, no more than it can hold.

    Parameters
    ----------
    path : Path
        Of the file.
    kind : str
        What it should be, for the message.

    Raises
    ------
    InputError
        One line, also for whatever goes wrong while it is read.
    """
    check_hdf5(path, kind=kind)
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except FAULTS as error:
        said = " ".join(str(error).split())
        raise InputError(f"not a readable {kind} file ({said:.120})", where=str(path)) from None
