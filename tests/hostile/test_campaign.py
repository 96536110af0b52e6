"""A thousand tampered run folders, two hundred kills, ten thousand datasets: refused, or right; never else.

``TOPOTAXY_CAMPAIGN`` scales the numbers (1 is the whole campaign); ``TOPOTAXY_CAMPAIGN_SECONDS`` ends each
test after that time, with the figures that it has by then.
"""

from __future__ import annotations

import collections
import contextlib
import hashlib
import io
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tampering
from forked import Ended, called, command

from topotaxy.cli import main
from topotaxy.errors import InputError
from topotaxy.lattice import run_replica
from topotaxy.results import hdf5, hdf5_trial
from topotaxy.runs import run
from topotaxy.runs.phases import phases_of
from topotaxy.spec import Spec

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="calls are forked"),
]

SCALE = float(os.environ.get("TOPOTAXY_CAMPAIGN", "1"))
FOLDERS, KILLS, DATASETS = (max(int(SCALE * n), 10) for n in (1000, 200, 10_000))
SECONDS = float(os.environ.get("TOPOTAXY_CAMPAIGN_SECONDS", "inf"))
SPEC = Spec.model_validate(
    {
        "name": "small",
        "electrode": {"formula": "NiO"},
        "cell": {"ion": "Na"},
        "protocol": {"cycles": 3},
        "lattice": {"cells": 2, "replicas": 2, "seed": 4},
    }
)
SAME = ("run.nc", "observables.json", "observables.csv", "curves.csv", "labels.json")
KIND: dict[str, tuple[tampering.Tamper, ...]] = {
    "run.nc": tampering.HDF5,
    "observables.json": tampering.JSON,
    "observables.csv": tampering.TEXT,
    "curves.csv": tampering.TEXT,
    "labels.json": tampering.JSON,
    "spec.toml": tampering.TEXT,
    "provenance.json": tampering.JSON,
}
SIMULATE = ["simulate", "small.toml", "--out", "small", "--resume", "--no-report"]
ANALYSE = ["analyse", "small", "--out", "analysis", "--no-report"]
EXPORT = ["export", "small", "--out", "atoms"]
PROBE = [
    "probe",
    "small",
    "--technique",
    "diffraction",
    "--state",
    "discharged",
    "--out",
    "probed",
    "--no-report",
]


def digests(folder: Path, names: tuple[str, ...] | None = None) -> dict[str, str]:
    chosen = sorted(p.name for p in folder.iterdir() if p.is_file()) if names is None else names
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in chosen}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a specification, its finished run, and the same run stopped after two cycles."""
    folder = tmp_path_factory.mktemp("campaign")
    made = run(SPEC, folder / "finished")
    shutil.copy(made / "spec.toml", folder / "small.toml")
    half = folder / "half"
    (half / "checkpoint").mkdir(parents=True)
    shutil.copy(made / "spec.toml", half)
    (phase,) = phases_of(SPEC)
    for index, seed in enumerate(np.random.SeedSequence(SPEC.lattice.seed).spawn(2)):
        with contextlib.suppress(Stop):
            run_replica(
                phase.box,
                seed,
                half / "checkpoint" / f"replica-{index:03d}.npz",
                grain=(index + 0.5) / 2,
                tick=stop_after_two,
            )
    return folder


class Stop(Exception):
    pass


def stop_after_two(cycle: int) -> None:
    if cycle == 2:
        raise Stop


def _warm(arguments: list[str], where: Path) -> None:
    """Run a command in this process, so that its forks need load nothing."""
    with contextlib.chdir(where), contextlib.redirect_stdout(io.StringIO()):
        assert main(arguments) in (0, 1)


def _fresh(place: Path, scratch: Path, kind: str) -> Path:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    shutil.copy(place / "small.toml", scratch)
    shutil.copytree(place / kind, scratch / "small", symlinks=True)
    return scratch / "small"


def test_tampered_run_folders(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever was done to a folder, a verb refuses it in one line or gives what the untouched one gives."""
    scratch = tmp_path / "scratch"
    right: dict[str, dict[str, str]] = {"simulate": digests(place / "finished", SAME)}
    for verb, arguments, out in (("analyse", ANALYSE, "analysis"), ("export", EXPORT, "atoms")):
        _fresh(place, scratch, "finished")
        _warm(arguments, scratch)
        shutil.rmtree(scratch / out)
        assert command(arguments, where=scratch).status == 0
        right[verb] = digests(scratch / out) | {"provenance.json": ""}
    tally: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    until, done = time.monotonic() + SECONDS, 0
    for number in range(FOLDERS):
        if time.monotonic() > until:
            break
        done += 1
        rng = np.random.default_rng(number)
        unfinished = number % 3 == 0
        folder = _fresh(place, scratch, "half" if unfinished else "finished")
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


VERBS: dict[str, tuple[list[str], str, int]] = {
    "simulate": (["simulate", "small.toml", "--out", "made", "--resume"], "made", 60),
    "analyse": (["analyse", "small", "--out", "made"], "made", 35),
    "export": (["export", "small", "--out", "made"], "made", 35),
    "probe": ([*PROBE[:-3], "--out", "made"], "made", 35),
    "judge": (["judge", "poizot2001", "--out", "made"], "made", 20),
    "reproduce": (["reproduce", "fang2022", "--out", "made"], "made", 15),
}
"""Arguments, folder of results, and kills of 200."""


@pytest.mark.parametrize("verb", VERBS)
def test_kills(verb: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed at any time, the same command makes what it makes uninterrupted and leaves nothing beside."""
    arguments, out, share = VERBS[verb]
    scratch = tmp_path / "scratch"
    _fresh(place, scratch, "finished")
    _warm(arguments, scratch)
    _fresh(place, scratch, "finished")
    whole = command(arguments, where=scratch, most=900.0)
    assert whole.status in (0, 1), whole
    right = _made(scratch / out)
    before = {p.name for p in scratch.iterdir()}
    kills, finished, wrong = max(int(KILLS * share / 200), 2), 0, []
    rng = np.random.default_rng(7)
    until, done = time.monotonic() + SECONDS, 0
    for number in range(kills):
        if time.monotonic() > until:
            break
        done += 1
        _fresh(place, scratch, "finished")
        killed = command(arguments, where=scratch, kill_after=float(rng.uniform(0.02, 1.0)) * whole.seconds)
        finished += killed.status is not None
        again = command(arguments, where=scratch, most=900.0)
        if again.is_one_line and verb in ("export", "judge", "reproduce"):
            # Verbs without --resume refuse a folder that is not theirs; without it they make it anew.
            shutil.rmtree(scratch / out)
            again = command(arguments, where=scratch, most=900.0)
        if again.status != whole.status:
            wrong.append(f"{number}: {again}")
        elif _made(scratch / out) != right:
            wrong.append(f"{number}: another result")
        left = {p.name for p in scratch.iterdir()} - before
        if left:
            wrong.append(f"{number}: left {left}")
    with capsys.disabled():
        print(f"\n{verb}: {done} kills ({finished} came too late), {len(wrong)} wrong")
    assert wrong == []


def _made(folder: Path) -> dict[str, str]:
    """What a verb made, without what tells the time."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name not in ("provenance.json", "report.html"))
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _look_in_a_fork(path: Path, size: int, changed: int, node: int) -> hdf5.Verdict:
    """The verdict as another process finds it, without the time that a new interpreter takes."""

    def look() -> str:
        import json

        hdf5_trial.limited()
        return json.dumps(hdf5_trial.tried(str(path)))

    import json

    text, ended = called(look, most=60.0)
    if ended.killed_by is not None or text is None:
        return hdf5.Verdict(False, "damaged: it ends the process that reads it")
    said = json.loads(text)
    return hdf5.Verdict(said["whole"], said["complaint"])


READERS: dict[str, Callable[[Path], object]] = {
    "report": lambda folder: __import__("topotaxy.report.run.folder", fromlist=["x"]).read_run_folder(folder),
    "cycler": lambda folder: __import__("topotaxy.runs.as_cycler", fromlist=["x"]).records_of_run(folder),
    "specimens": lambda folder: list(
        __import__("topotaxy.specimen.kept", fromlist=["x"]).specimens_of(folder)
    ),
}


def test_datasets(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dataset without a provenance to tell its digest is read or refused: no signal, no other exception."""
    monkeypatch.setattr(hdf5, "_looked_at", _look_in_a_fork)
    for warm in READERS.values():
        warm(place / "finished")
    folder = tmp_path / "run"
    folder.mkdir()
    original = (place / "finished" / "run.nc").read_bytes()
    ways = (tampering.flipped, tampering.flipped, tampering.repeated, *(tampering.hdf5_structure,) * 5)
    tally: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    until, done = time.monotonic() + SECONDS, 0
    for number in range(DATASETS):
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
