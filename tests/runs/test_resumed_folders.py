"""Folders of runs that somebody or something has been at: made again, or named in one line; never wrong."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from topotaxy.errors import InputError
from topotaxy.runs import run
from topotaxy.runs.as_cycler import records_of_run
from topotaxy.spec import Spec
from topotaxy.specimen.kept import specimens_of

SPEC = Spec.model_validate(
    {
        "name": "small",
        "electrode": {"formula": "NiO"},
        "cell": {"ion": "Na"},
        "protocol": {"cycles": 2},
        "lattice": {"cells": 2, "replicas": 2, "seed": 4},
    }
)
SAME = ("run.nc", "observables.json", "observables.csv", "curves.csv", "spec.toml", "labels.json")
"""Files whose bytes follow from the specification alone."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(SPEC, tmp_path_factory.mktemp("runs") / "small")


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "small"))


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in SAME}


@pytest.mark.parametrize("name", [*SAME, "provenance.json"])
def test_a_missing_file_is_made_again(name: str, folder: Path, finished: Path) -> None:
    """What is missing is made again, to the bytes that it had; without a specification nothing is known."""
    (folder / name).unlink()
    if name == "spec.toml":
        with pytest.raises(InputError, match="is not empty and holds no run"):
            run(SPEC, folder, resume=True)
        return
    run(SPEC, folder, resume=True)
    assert digests(folder) == digests(finished)
    assert (folder / "provenance.json").is_file()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _latin(path: Path) -> None:
    path.write_bytes(path.read_bytes() + "é".encode("latin-1"))


def _link(path: Path) -> None:
    kept = path.with_name("kept")
    path.rename(kept)
    path.symlink_to(kept)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _one_digit(path: Path) -> None:
    """Another number, all else in order."""
    content = bytearray(path.read_bytes())
    at = next(i for i in range(len(content) // 2, len(content)) if chr(content[i]).isdigit())
    content[at] = ord("1") if content[at] != ord("1") else ord("2")
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [_cut, _empty, _latin, _link, _pipe, _folder, _one_digit])
@pytest.mark.parametrize("name", [*SAME, "provenance.json"])
def test_a_changed_file_is_named_in_one_line(name: str, damage: Callable[[Path], None], folder: Path) -> None:
    damage(folder / name)
    with pytest.raises(InputError) as refused:
        run(SPEC, folder, resume=True)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_nobody_reads_numbers_that_the_run_did_not_write(folder: Path) -> None:
    """A dataset of another run, whole in itself, is no dataset of this one."""
    other = SPEC.model_copy(update={"lattice": SPEC.lattice.model_copy(update={"seed": 5})})
    shutil.copy(run(other, folder.parent / "other") / "run.nc", folder / "run.nc")
    for read in (records_of_run, lambda path: list(specimens_of(path))):
        with pytest.raises(InputError, match="not as it was written"):
            read(folder)


def test_checkpoints_elsewhere_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "provenance.json").unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "checkpoint").symlink_to(elsewhere)
    with pytest.raises(InputError, match="checkpoint: is no folder of this run"):
        run(SPEC, folder, resume=True)
    (folder / "checkpoint").unlink()
    (folder / "checkpoint").write_text("")
    with pytest.raises(InputError, match="checkpoint: is no folder of this run"):
        run(SPEC, folder, resume=True)
    assert list(elsewhere.iterdir()) == []


def test_a_folder_of_an_earlier_version_is_complete(folder: Path) -> None:
    """It has no digests: what it holds is taken as it is."""
    path = folder / "provenance.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    old = {key: value for key, value in document.items() if key not in ("digests", "seal")}
    path.write_text(json.dumps(old), encoding="utf-8")
    before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
    run(SPEC, folder, resume=True)
    assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before
