"""Runs of a study with a stub in the run's place: what is asked of each, what is told, what is unpacked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from topotaxy.spec import Spec
from topotaxy.studies import execution
from topotaxy.studies.execution import HERE, Where, run_into, run_there


def spec_of(seed: int) -> Spec:
    return Spec.model_validate(
        {
            "name": f"seed-{seed}",
            "electrode": {"formula": "NiO"},
            "cell": {"ion": "Li"},
            "protocol": {"cycles": 1},
            "lattice": {"cells": 2, "replicas": 1, "seed": seed},
        }
    )


SPECS = {f"run-{seed}": spec_of(seed) for seed in (3, 1, 2)}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    seen: list[tuple[Any, ...]] = []

    def stub(
        spec: Spec, folder: Path, *, resume: bool = False, progress: Callable[..., None] | None = None
    ) -> Path:
        seen.append((spec.lattice.seed, folder, resume))
        (folder / "deep").mkdir(parents=True, exist_ok=True)
        (folder / "run.nc").write_bytes(bytes([spec.lattice.seed]))
        (folder / "deep" / "more").write_bytes(b"more")
        if progress is not None:
            progress(1, 4, "cycle 1")
        return folder

    monkeypatch.setattr(execution, "run", stub)
    return seen


@pytest.mark.parametrize("resume", [True, False])
def test_each_specification_is_run_into_the_folder_of_its_name_in_order(
    tmp_path: Path, asked: list[tuple[Any, ...]], resume: bool
) -> None:
    folders = run_into(SPECS, tmp_path, resume=resume)
    assert folders == {name: tmp_path / name for name in SPECS}
    assert asked == [(seed, tmp_path / f"run-{seed}", resume) for seed in (3, 1, 2)]


def test_each_message_says_of_which_run_it_is(tmp_path: Path, asked: list[tuple[Any, ...]]) -> None:
    told: list[tuple[int, int, str]] = []
    run_into(
        SPECS,
        tmp_path,
        resume=False,
        progress=lambda *said: told.append(said),
        words={"run-1": "the second"},
    )
    assert told == [(1, 4, "cycle 1, run-3"), (1, 4, "cycle 1, the second"), (1, 4, "cycle 1, run-2")]


def test_nothing_to_run_is_nothing_run(tmp_path: Path, asked: list[tuple[Any, ...]]) -> None:
    assert run_into({}, tmp_path / "none", resume=False) == {}
    assert asked == []
    assert not (tmp_path / "none").exists()


def test_one_at_a_time_on_this_machine_is_the_rule() -> None:
    assert (HERE.workers, HERE.scheduler) == (1, None)
    assert Where() == HERE


def test_a_worker_that_sees_the_folder_writes_there_and_returns_nothing(
    tmp_path: Path, asked: list[tuple[Any, ...]]
) -> None:
    document = SPECS["run-3"].model_dump(mode="json")
    assert run_there(document, str(tmp_path / "x")) == {}
    assert asked == [(3, tmp_path / "x", True)]


def test_a_worker_that_does_not_returns_every_file_by_its_place(asked: list[tuple[Any, ...]]) -> None:
    files = run_there(SPECS["run-3"].model_dump(mode="json"), None)
    assert files == {"run.nc": b"\x03", str(Path("deep") / "more"): b"more"}
    # What it was written into is gone.
    assert not asked[0][1].exists()


def test_files_that_came_back_stand_in_their_folder(tmp_path: Path) -> None:
    execution._unpack({"run.nc": b"a", "deep/down/more": b"b"}, tmp_path / "run")
    assert (tmp_path / "run" / "run.nc").read_bytes() == b"a"
    assert (tmp_path / "run" / "deep" / "down" / "more").read_bytes() == b"b"


@pytest.mark.parametrize("name", ["../out", "/tmp/out-of-it", "deep/../../out"])
def test_a_file_outside_its_folder_is_refused_and_nothing_appears(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="outside its folder"):
        execution._unpack({"run.nc": b"a", name: b"b"}, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
