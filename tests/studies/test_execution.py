"""Runs of a study are the same wherever they are done, and finished ones are not done again."""

from __future__ import annotations

from pathlib import Path

import pytest

from topotaxy.errors import InputError
from topotaxy.spec import Spec
from topotaxy.studies.execution import Where, run_into, run_there

FILES = ("run.nc", "observables.json", "curves.csv", "spec.toml")


def spec(seed: int) -> Spec:
    return Spec.model_validate(
        {
            "name": f"seed-{seed}",
            "electrode": {"formula": "NiO"},
            "cell": {"ion": "Li"},
            "protocol": {"cycles": 1},
            "lattice": {"cells": 2, "replicas": 1, "seed": seed},
        }
    )


SPECS = {f"seed-{seed}": spec(seed) for seed in (1, 2)}


def contents(folders: dict[str, Path]) -> dict[tuple[str, str], bytes]:
    return {(name, file): (folders[name] / file).read_bytes() for name in folders for file in FILES}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return run_into(SPECS, tmp_path_factory.mktemp("here"), resume=False)


def test_processes_give_the_same_bytes_and_take_what_is_finished(
    here: dict[str, Path], tmp_path: Path
) -> None:
    done: list[tuple[int, int]] = []
    first = run_into({"seed-1": SPECS["seed-1"]}, tmp_path, resume=False)
    before = (first["seed-1"] / "run.nc").stat().st_mtime_ns
    there = run_into(
        SPECS,
        tmp_path,
        resume=True,
        where=Where(workers=2),
        progress=lambda n, total, _: done.append((n, total)),
    )
    assert (there["seed-1"] / "run.nc").stat().st_mtime_ns == before
    assert contents(there) == contents(here)
    assert done == [(2, 2)]


def test_a_worker_that_sees_no_files_returns_them(here: dict[str, Path]) -> None:
    files = run_there(SPECS["seed-2"].model_dump(mode="json"), None)
    assert {(name): files[name] for name in FILES} == {
        name: (here["seed-2"] / name).read_bytes() for name in FILES
    }


def test_a_run_that_is_there_is_refused_before_anything_is_run(here: dict[str, Path], tmp_path: Path) -> None:
    run_into({"seed-2": SPECS["seed-2"]}, tmp_path, resume=False)
    with pytest.raises(InputError, match="--resume"):
        run_into(SPECS, tmp_path, resume=False, where=Where(workers=2))
    assert not (tmp_path / "seed-1" / "run.nc").exists()
