"""The folder that an analysis writes: nothing half-written, nothing of others overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.results import PROVENANCE_FILE, publishing
from topotaxy.results.folder import check_folder
from topotaxy.results.provenance import recorded

SCHEMA = "topotaxy/analysis/2"
OLDER = ("topotaxy/analysis/1",)
"""Schemas of folders that an analysis may replace."""


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give a folder to write into, whose files take their place in ``out`` once all of them are there.

    Nothing appears in ``out`` before that, or at all where an error ends it. Files of an earlier
    analysis that the new one does not have are removed, others are left alone.

    Parameters
    ----------
    out : Path
        The folder of the analysis; it need not be there.

    Raises
    ------
    InputError
        Where ``out`` is no folder, holds other files or a run, or cannot be made.
    """
    check_analysis_folder(out)
    with publishing(out) as work:
        yield work


def check_analysis_folder(out: Path) -> None:
    """Refuse a folder that cannot take an analysis, before anything is read or computed.

    Parameters
    ----------
    out : Path
        The folder of the analysis; it need not be there.

    Raises
    ------
    InputError
        Where ``out`` is no folder, or holds other files or a run.
    """
    check_folder(out, what="analysis", recorded=PROVENANCE_FILE)
    earlier = out / PROVENANCE_FILE
    if earlier.is_file() and recorded(earlier).get("schema") not in (SCHEMA, *OLDER):
        raise InputError("holds a run, not an analysis; use another --out", where=str(out))
