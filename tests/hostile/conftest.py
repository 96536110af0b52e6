"""A small run, finished and half done, and a look at HDF5 files that needs no new interpreter."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from campaign import SPEC

from forked import looked_at_in_a_fork
from topotaxy.lattice import run_replica
from topotaxy.results import hdf5
from topotaxy.runs import run
from topotaxy.runs.phases import phases_of

# A potential without torch.
sys.path.append(str(Path(__file__).parents[1] / "energetics"))


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
    monkeypatch.setattr(hdf5, "_looked_at", looked_at_in_a_fork)
