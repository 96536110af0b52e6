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
from topotaxy.results import hdf5, hdf5_trial

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


WAYS = (tampering.flipped, tampering.flipped, tampering.repeated, *(tampering.hdf5_structure,) * 5)
BATCH = 200
"""Datasets that one process goes through: a fork for each takes longer than all the rest."""


def test_datasets(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dataset without a provenance to tell its digest is read or refused: no signal, no other exception."""
    for warm in READERS.values():
        warm(place / "finished")
    folder = tmp_path / "run"
    folder.mkdir()
    original = (place / "finished" / "run.nc").read_bytes()
    said = tmp_path / "said"
    tally: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    until, number = time.monotonic() + SECONDS, FIRST
    while number < DATASETS and time.monotonic() < until:
        said.write_text("")
        last = min(number + BATCH, DATASETS)
        _, ended = called(lambda a=number, b=last: _datasets(a, b, original, folder, said), most=60.0 * BATCH)
        outcomes = [line.split(" ", 1) for line in said.read_text().splitlines()]
        for this, (outcome, *rest) in zip(range(number, last), outcomes, strict=False):
            number = this + 1
            tally[outcome] += outcome in ("read", "refused")
            if outcome not in ("read", "refused", "looking", "damaging"):
                wrong.append(f"{this} ({reader_of(this)}): {outcome} {' '.join(rest)} {_told(ended)}")
        # What ends the process that looks is refused; what ends the one that damages was never a dataset.
        tally["refused"] += outcomes[-1][0] == "looking"
        tally["not made"] += outcomes[-1][0] == "damaging"
    with capsys.disabled():
        print(f"\n{tally.total()} datasets: {dict(tally)}, {len(wrong)} wrong")
    assert wrong == []


def reader_of(number: int) -> str:
    return list(READERS)[number % len(READERS)]


def _datasets(first: int, last: int, original: bytes, folder: Path, said: Path) -> None:
    """Damage and read datasets; a line of a file for each tells what came of it, or how far it is."""
    outcomes: list[str] = []

    def say(what: str) -> None:
        said.write_text("\n".join([*outcomes, what]))

    def look(path: Path, size: int, changed: int, node: int) -> hdf5.Verdict:
        say("looking")
        found = hdf5_trial.tried(str(path))
        say("reading")
        return hdf5.Verdict(found["whole"], found["complaint"])

    setattr(hdf5, "_looked_at", look)  # noqa: B010
    path = folder / "run.nc"
    for number in range(first, last):
        say("damaging")
        rng = np.random.default_rng(number)
        path.write_bytes(original)
        for _ in range(int(rng.integers(1, 4))):
            with contextlib.suppress(OSError, ValueError, RuntimeError, KeyError):
                WAYS[int(rng.integers(len(WAYS)))](path, rng)
        say("reading")
        outcomes.append(_read(reader_of(number), folder))
    said.write_text("\n".join(outcomes))


def _read(name: str, folder: Path) -> str:
    try:
        READERS[name](folder)
    except InputError as error:
        return "refused" if "\n" not in str(error) else "many lines"
    except Exception as error:
        return f"raised {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return "read"


def _told(ended: Ended) -> str:
    return f"signal {ended.killed_by}" if ended.killed_by else ended.err[:300]
