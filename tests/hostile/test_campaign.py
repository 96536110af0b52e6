"""A thousand tampered run folders, ten thousand datasets: refused, or right; never else.

``TOPOTAXY_CAMPAIGN`` scales the numbers (1 is the whole campaign); ``TOPOTAXY_CAMPAIGN_SECONDS`` ends each
test after that time, with the figures that it has by then; ``TOPOTAXY_CAMPAIGN_FIRST`` is the number that it
begins with, so that a campaign can be run in parts.
"""

from __future__ import annotations

import collections
import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tampering
from campaign import (
    ANALYSE,
    DATASETS,
    EXPORT,
    FIRST,
    FOLDERS,
    MARKS,
    SAME,
    SECONDS,
    SIMULATE,
    digests,
    fresh,
    warmed,
)

from forked import Ended, called, command
from topotaxy.errors import InputError

pytestmark = MARKS

KIND: dict[str, tuple[tampering.Tamper, ...]] = {
    "run.nc": tampering.HDF5,
    "observables.json": tampering.JSON,
    "observables.csv": tampering.TEXT,
    "curves.csv": tampering.TEXT,
    "labels.json": tampering.JSON,
    "spec.toml": tampering.TEXT,
    "provenance.json": tampering.JSON,
}


def test_tampered_run_folders(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever was done to a folder, a verb refuses it in one line or gives what the untouched one gives."""
    scratch = tmp_path / "scratch"
    right: dict[str, dict[str, str]] = {"simulate": digests(place / "finished", SAME)}
    for verb, arguments, out in (("analyse", ANALYSE, "analysis"), ("export", EXPORT, "atoms")):
        fresh(place, scratch, "finished")
        warmed(arguments, scratch)
        shutil.rmtree(scratch / out)
        assert command(arguments, where=scratch).status == 0
        right[verb] = digests(scratch / out) | {"provenance.json": ""}
    tally: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    until, done = time.monotonic() + SECONDS, 0
    for number in range(FIRST, FOLDERS):
        if time.monotonic() > until:
            break
        done += 1
        rng = np.random.default_rng(number)
        unfinished = number % 3 == 0
        folder = fresh(place, scratch, "half" if unfinished else "finished")
        if unfinished:
            path = sorted((folder / "checkpoint").iterdir())[int(rng.integers(2))]
            ways = tampering.CHECKPOINT
        else:
            path = folder / list(KIND)[int(rng.integers(len(KIND)))]
            ways = KIND[path.name]
        way = ways[int(rng.integers(len(ways)))]
        way(path, rng)
        verb, arguments, out = [
            ("simulate", SIMULATE, "small"),
            ("analyse", ANALYSE, "analysis"),
            ("export", EXPORT, "atoms"),
            ("simulate", SIMULATE, "small"),
        ][0 if unfinished else int(rng.integers(4))]
        ended = command(arguments, where=scratch)
        what = f"{number}: {way.__name__} of {path.name}, {verb}"
        if ended.status == 0:
            found = digests(scratch / out, SAME if verb == "simulate" else None)
            found |= {"provenance.json": ""} if verb != "simulate" else {}
            if found != right[verb]:
                wrong.append(f"{what}: accepted with another result")
            tally["right"] += 1
        elif ended.is_one_line:
            tally["refused"] += 1
        else:
            wrong.append(f"{what}: {ended}")
    with capsys.disabled():
        print(f"\n{done} tampered folders: {dict(tally)}, {len(wrong)} wrong")
    assert wrong == []


READERS: dict[str, Callable[[Path], object]] = {
    "report": lambda folder: __import__("topotaxy.report.run.folder", fromlist=["x"]).read_run_folder(folder),
    "cycler": lambda folder: __import__("topotaxy.runs.as_cycler", fromlist=["x"]).records_of_run(folder),
    "specimens": lambda folder: list(
        __import__("topotaxy.specimen.kept", fromlist=["x"]).specimens_of(folder)
    ),
}


def test_datasets(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dataset without a provenance to tell its digest is read or refused: no signal, no other exception."""
    for warm in READERS.values():
        warm(place / "finished")
    folder = tmp_path / "run"
    folder.mkdir()
    original = (place / "finished" / "run.nc").read_bytes()
    ways = (tampering.flipped, tampering.flipped, tampering.repeated, *(tampering.hdf5_structure,) * 5)
    tally: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    until, done = time.monotonic() + SECONDS, 0
    for number in range(FIRST, DATASETS):
        if time.monotonic() > until:
            break
        done += 1
        rng = np.random.default_rng(number)
        path = folder / "run.nc"
        path.write_bytes(original)
        for _ in range(int(rng.integers(1, 4))):
            with contextlib.suppress(OSError, ValueError, RuntimeError, KeyError):
                ways[int(rng.integers(len(ways)))](path, rng)
        name = list(READERS)[number % len(READERS)]

        def read(name: str = name) -> str:
            try:
                READERS[name](folder)
            except InputError as error:
                return "refused" if "\n" not in str(error) else "many lines"
            return "read"

        said, ended = called(read, most=60.0)
        if said in ("read", "refused"):
            tally[said] += 1
        else:
            wrong.append(f"{number} ({name}): {_told(ended)}")
    with capsys.disabled():
        print(f"\n{done} datasets: {dict(tally)}, {len(wrong)} wrong")
    assert wrong == []


def _told(ended: Ended) -> str:
    return f"signal {ended.killed_by}" if ended.killed_by else ended.err[:300]
