"""A result is there whole or not at all, whatever ends its making."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
import xarray as xr

from topotaxy.errors import InputError
from topotaxy.results import PROVENANCE_FILE, claimed, json_text, provenance, publishing, write_dataset


def publish(out: Path, *names: str) -> None:
    with publishing(out) as work:
        for name in names:
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_text(name, encoding="utf-8")
        (work / PROVENANCE_FILE).write_text(json_text(provenance("topotaxy/test/1")), encoding="utf-8")


def names_in(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_files_take_their_place_together_and_are_listed(tmp_path: Path) -> None:
    publish(tmp_path / "out", "a", "sub/b")
    assert names_in(tmp_path) == {"out/a", "out/sub/b", f"out/{PROVENANCE_FILE}"}
    document = json.loads((tmp_path / "out" / PROVENANCE_FILE).read_text(encoding="utf-8"))
    assert document["files"] == ["a", PROVENANCE_FILE, "sub/b"]
    assert {"numpy", "xarray"} <= set(document["versions"])


def test_what_the_new_result_lacks_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    publish(out, "a", "b")
    (out / "thesis.txt").write_text("keep", encoding="utf-8")
    publish(out, "a")
    assert names_in(out) == {"a", PROVENANCE_FILE, "thesis.txt"}


def test_a_list_of_files_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    publish(out, "a")
    (tmp_path / "precious").write_text("keep", encoding="utf-8")
    (out / PROVENANCE_FILE).write_text(json.dumps({"files": ["../precious", "a"]}), encoding="utf-8")
    publish(out, "b")
    assert (tmp_path / "precious").is_file()
    assert not (out / "a").exists()


def test_an_error_leaves_the_old_result_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    publish(out, "a")
    with pytest.raises(FileNotFoundError), publishing(out) as work:
        (work / "no such folder" / "b").write_text("half", encoding="utf-8")
    assert names_in(tmp_path) == {"out/a", f"out/{PROVENANCE_FILE}"}


def wait_inside(out: Path) -> None:
    with publishing(out) as work:
        (work / "half").write_text("half", encoding="utf-8")
        time.sleep(600.0)


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    context = multiprocessing.get_context("spawn")
    killed, alive = (context.Process(target=wait_inside, args=(out,), daemon=True) for _ in range(2))
    killed.start()
    alive.start()
    try:
        while len(list(tmp_path.glob(".out.*.work/half"))) < 2:
            time.sleep(0.02)
        assert killed.pid is not None
        os.kill(killed.pid, signal.SIGKILL)
        killed.join()
        other = tmp_path / ".out.more.abcdefgh.work"
        other.mkdir()
        os.utime(other, (0, 0))
        publish(out, "a")
        assert len(list(tmp_path.glob(".out.*.work/half"))) == 1
        assert other.is_dir()
    finally:
        alive.terminate()
        alive.join()


def test_a_folder_is_used_only_for_what_it_holds(tmp_path: Path) -> None:
    def claim(out: Path, *, resume: bool = False, same: bool = True) -> bool:
        return claimed(out, what="a run", resume=resume, recorded="spec.toml", same=lambda _: same)

    out = tmp_path / "out"
    assert not claim(out)
    publish(out, "spec.toml")
    assert claim(out, resume=True)
    (out / PROVENANCE_FILE).unlink()
    assert not claim(out, resume=True)
    with pytest.raises(InputError, match="--resume"):
        claim(out)
    with pytest.raises(InputError, match="another specification"):
        claim(out, resume=True, same=False)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        claim(tmp_path / "file")
    with pytest.raises(InputError, match="not empty and holds no run"):
        claim(tmp_path)


def test_a_disk_that_is_full_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_dataset(xr.DataTree(xr.Dataset({"a": ("x", [1.0])})), tmp_path / "run.nc")
    assert list(tmp_path.iterdir()) == []


def test_the_same_dataset_is_the_same_bytes(tmp_path: Path) -> None:
    tree = xr.DataTree.from_dict(
        {"/": xr.Dataset(attrs={"a": 1}), "/g": xr.Dataset({"x": ("y", [1.0, 2.0])})}
    )
    for name in ("a.nc", "b.nc"):
        write_dataset(tree, tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    with xr.open_datatree(tmp_path / "a.nc", engine="h5netcdf") as back:
        xr.testing.assert_identical(back.load(), tree)
