"""Files that another process goes through first: what it must complain of, and what it must not."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.results import hdf5
from topotaxy.results.hdf5 import check_hdf5, looked_at, opened_hdf5
from topotaxy.results.hdf5_trial import tried

TEXT = h5py.string_dtype()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with all that files of ours hold: numbers, text, scales of dimensions, chunks, nothing."""
    where = tmp_path / "good.h5"
    with h5py.File(where, "w") as file:
        file.attrs["name"] = "made"
        group = file.create_group("group")
        data = group.create_dataset(
            "data", data=np.arange(600.0).reshape(20, 30), chunks=(5, 30), compression=4
        )
        scale = group.create_dataset("x", data=np.arange(20))
        scale.make_scale("x")
        data.dims[0].attach_scale(scale)
        group.create_dataset("names", data=["one", "two"], dtype=TEXT)
        group.create_dataset("flags", data=[True, False])
        group.create_dataset("single", data=3.0)
        group.create_dataset("none", shape=(0, 4), dtype="f8")
        group.create_dataset("null", data=h5py.Empty("f8"))
    return where


def test_all_that_ours_hold_is_taken(path: Path) -> None:
    assert tried(str(path)) == {"whole": True, "complaint": None}
    assert looked_at(path).complaint is None
    with opened_hdf5(path, kind="HDF5") as file:
        assert file["group/data"][19, 29] == 599.0


def _text_shared_by_all(file: h5py.File) -> None:
    file.create_dataset("text", data=["x" * 2_000_000] * 40, dtype=TEXT)


def _chunk_beyond_the_data(file: h5py.File) -> None:
    file.create_dataset("wide", shape=(4,), maxshape=(None,), chunks=(500_000_000,), dtype="f8")


def _scales_that_are_numbers(file: h5py.File) -> None:
    del file["group/data"].attrs["DIMENSION_LIST"]
    file["group/data"].attrs["DIMENSION_LIST"] = np.arange(1000.0)


def _scales_of_more_dimensions(file: h5py.File) -> None:
    file["group/single"].attrs.create(
        "DIMENSION_LIST", file["group/data"].attrs["DIMENSION_LIST"], dtype=h5py.vlen_dtype(h5py.ref_dtype)
    )


def _users_of_a_scale_that_are_text(file: h5py.File) -> None:
    del file["group/x"].attrs["REFERENCE_LIST"]
    file["group/x"].attrs["REFERENCE_LIST"] = "nobody"


def _reference_in_an_attribute(file: h5py.File) -> None:
    file.attrs["points"] = file["group"].ref


def _reference_of_a_region(file: h5py.File) -> None:
    file.attrs["points"] = file["group/data"].regionref[2:3]


def _references_that_lead_nowhere(file: h5py.File) -> None:
    for name in list(file):
        del file[name]
    hidden = file.create_dataset(None, data=np.arange(3))
    file.attrs.create("REFERENCE_LIST", np.array([hidden.ref], dtype=h5py.ref_dtype))


def _too_many(file: h5py.File) -> None:
    for number in range(20_100):
        file.create_group(str(number))


def _fill_values_alone(file: h5py.File) -> None:
    file.create_dataset("fill", shape=(3_000_000,), dtype="f8", fillvalue=1.0)


def _link_to_itself(file: h5py.File) -> None:
    file["group/soft"] = h5py.SoftLink("/group/soft")


def _shared_group(file: h5py.File) -> None:
    file["other"] = file["group"]


@pytest.mark.parametrize(
    "trick",
    [
        _chunk_beyond_the_data,
        _scales_that_are_numbers,
        _scales_of_more_dimensions,
        _users_of_a_scale_that_are_text,
        _reference_in_an_attribute,
        _reference_of_a_region,
        _references_that_lead_nowhere,
        _too_many,
        _fill_values_alone,
        _link_to_itself,
        _shared_group,
    ],
)
def test_what_no_file_of_ours_holds_is_complained_of(path: Path, trick: Callable[[h5py.File], None]) -> None:
    with h5py.File(path, "r+") as file:
        trick(file)
    assert tried(str(path))["complaint"]
    with pytest.raises(InputError) as refused:
        check_hdf5(path)
    assert "\n" not in str(refused.value)


def test_long_text_counts_as_often_as_it_is_read(path: Path) -> None:
    """Many elements may name one long piece of text; each costs its length once it is read."""
    with h5py.File(path, "w", libver="latest") as file:
        _text_shared_by_all(file)
    honest = path.stat().st_size
    assert tried(str(path))["complaint"] is None
    # The same pointer forty times, with a file forty times smaller, is refused.
    with h5py.File(path, "w", libver="latest") as file:
        data = file.create_dataset("text", data=["x" * 100_000, *["y"] * 2000], dtype=TEXT)
        first = data.id.get_offset()
    raw = bytearray(path.read_bytes())
    raw[first : first + 16 * 2001] = bytes(raw[first : first + 16]) * 2001
    path.write_bytes(bytes(raw))
    assert path.stat().st_size < honest / 40
    assert "text" in tried(str(path))["complaint"]


def test_what_ends_the_other_process_is_damaged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal in the process that looks is one line in this one."""
    real = subprocess.run

    def killed(command: list[str], **options: object) -> object:
        script = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
        return real([command[0], "-c", script], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(hdf5.subprocess, "run", killed)
    hdf5._looked_at.cache_clear()
    with pytest.raises(InputError, match="ends the process that reads it"):
        check_hdf5(path)
    hdf5._looked_at.cache_clear()


def test_a_verdict_is_kept_until_the_file_changes(path: Path) -> None:
    assert looked_at(path).complaint is None
    with h5py.File(path, "r+") as file:
        _link_to_itself(file)
    assert "link" in (looked_at(path).complaint or "")


def test_what_is_not_there_is_not_whole(tmp_path: Path) -> None:
    assert not looked_at(tmp_path / "absent").whole
    assert not looked_at(tmp_path / ("x" * 300)).whole
    (tmp_path / "empty").write_bytes(b"")
    assert not looked_at(tmp_path / "empty").whole


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are other ones there")
def test_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="no regular file"), opened_hdf5(tmp_path / "pipe", kind="EMD"):
        pass
