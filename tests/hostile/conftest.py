"""A small run, finished and half done, and a look at HDF5 files that needs no new interpreter."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from campaign import SPEC
from forked import called

from topotaxy.lattice import run_replica
from topotaxy.results import hdf5, hdf5_trial
from topotaxy.runs import run
from topotaxy.runs.phases import phases_of


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a specification, its finished run, and the same run stopped after one cycle."""
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
                tick=stop_after_one,
            )
    return folder


class Stop(Exception):
    pass


def stop_after_one(cycle: int) -> None:
    if cycle == 1:
        raise Stop


@pytest.fixture(autouse=True)
def _look_without_a_new_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "_looked_at", _look_in_a_fork)


def _look_in_a_fork(path: Path, size: int, changed: int, node: int) -> hdf5.Verdict:
    """The verdict as another process finds it, without the time that a new interpreter takes."""

    def look() -> str:
        hdf5_trial.limited()
        return json.dumps(hdf5_trial.tried(str(path)))

    text, ended = called(look, most=60.0)
    if ended.killed_by is not None or text is None:
        return hdf5.Verdict(False, "damaged: it ends the process that reads it")
    said = json.loads(text)
    return hdf5.Verdict(said["whole"], said["complaint"])
