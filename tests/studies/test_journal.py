"""The journal of an inference: read back in order, dropped where the sampler went another way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from topotaxy.errors import InputError
from topotaxy.studies.journal import Journal

A, B = np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(4, 2) + 0.5


def _written(path: Path) -> None:
    journal = Journal(path, "x")
    assert journal.answer(A) is None
    journal.keep(A, 2.0 * A)
    journal.keep(B, 3.0 * B)


def test_answers_come_back_in_order(tmp_path: Path) -> None:
    _written(tmp_path / "j")
    again = Journal(tmp_path / "j", "x")
    assert again.kept == 2
    assert_array_equal(again.answer(A), 2.0 * A)
    assert_array_equal(again.answer(B), 3.0 * B)
    assert again.answer(A) is None


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_torn_entry_is_dropped(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j"
    _written(path)
    path.write_bytes(path.read_bytes()[:-cut])
    again = Journal(path, "x")
    assert_array_equal(again.answer(A), 2.0 * A)
    assert again.answer(B) is None
    again.keep(B, B)
    assert_array_equal(Journal(path, "x").answer(A), 2.0 * A)
    assert Journal(path, "x").kept == 2


def test_another_way_is_computed_anew(tmp_path: Path) -> None:
    _written(tmp_path / "j")
    again = Journal(tmp_path / "j", "x")
    assert again.answer(B) is None
    again.keep(B, B)
    third = Journal(tmp_path / "j", "x")
    assert third.kept == 1
    assert_array_equal(third.answer(B), B)


def test_other_files_are_refused(tmp_path: Path) -> None:
    _written(tmp_path / "j")
    with pytest.raises(InputError, match="another inference"):
        Journal(tmp_path / "j", "y")
    (tmp_path / "k").write_bytes(b"something else")
    with pytest.raises(InputError, match="not a journal"):
        Journal(tmp_path / "k", "x")


def test_without_a_file_nothing_is_kept() -> None:
    journal = Journal(None, "x")
    journal.keep(A, A)
    assert journal.answer(A) is None
