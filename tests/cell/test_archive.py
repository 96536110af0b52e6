"""Plain data and arrays in one file: both come back, and another schema or a missing part is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from topotaxy.cell.archive import DOCUMENT, read_archive, write_archive
from topotaxy.errors import InputError

FACTS = {"name": "a name in Å", "numbers": [1, 2.5], "nothing": None}


def written(folder: Path, **arrays: np.ndarray) -> bytes:
    write_archive(folder / "x.npz", "mine/1", FACTS, arrays)
    return (folder / "x.npz").read_bytes()


def test_facts_and_arrays_come_back(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    facts, arrays = read_archive(written(tmp_path, v=values), "mine/1", ["v"], what="mine", where="x")
    assert facts == FACTS
    assert arrays["v"].dtype == np.float64
    assert_array_equal(arrays["v"], values)


def test_numpy_reads_it_without_unpickling(tmp_path: Path) -> None:
    written(tmp_path, v=np.zeros(2))
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        assert set(archive.files) == {DOCUMENT, "v"}


@pytest.mark.parametrize(
    ("schema", "names", "said"),
    [("other/1", ["v"], 'expected "schema": "other/1"'), ("mine/1", ["w"], "not mine")],
)
def test_another_schema_and_a_missing_array_are_refused(
    tmp_path: Path, schema: str, names: list[str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_archive(written(tmp_path, v=np.zeros(2)), schema, names, what="mine", where="x")


@pytest.mark.parametrize("document", ["[]", "3", "nonsense", '{"schema": "mine/1"', "\u00e4"])
def test_a_document_that_is_none_is_refused(tmp_path: Path, document: str) -> None:
    array = np.frombuffer(document.encode("latin-1"), dtype=np.uint8)
    np.savez_compressed(tmp_path / "x.npz", **{DOCUMENT: array}, v=np.zeros(2))
    with pytest.raises(InputError, match="not mine"):
        read_archive((tmp_path / "x.npz").read_bytes(), "mine/1", ["v"], what="mine", where="x")


def test_what_is_not_finite_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_archive(tmp_path / "x.npz", "mine/1", {"value": float("nan")}, {})
    assert list(tmp_path.iterdir()) == []
