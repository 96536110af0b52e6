"""An inference that is stopped anywhere comes to the same file; what is damaged is said in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from topotaxy.errors import InputError
from topotaxy.studies import journal as subject
from topotaxy.studies.journal import Journal, Values

BATCHES = [np.linspace(-1.0, 1.0, 2 * n).reshape(n, 2) * (n + 0.5) for n in (3, 1, 4, 2)]


def answer_to(points: Values) -> Values:
    """What is computed at each point: three numbers."""
    return np.column_stack([points.sum(axis=1), points[:, 0] ** 2, np.exp(points[:, 1])])


def inferred(path: Path | None, batches: Sequence[Values] = BATCHES, binding: str = "b") -> int:
    """Go through the batches as a sampler does; how many had to be computed."""
    journal, computed = Journal(path, binding), 0
    for points in batches:
        found = journal.answer(points)
        if found is None:
            found = answer_to(points)
            journal.keep(points, found)
            computed += 1
        assert_array_equal(found, answer_to(points))
    return computed


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("journal") / "whole"
    assert inferred(path) == len(BATCHES)
    return path.read_bytes()


@settings(max_examples=60)
@given(share=st.floats(0.0, 1.0))
def test_killed_at_any_byte_it_comes_to_the_same_bytes(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    path = tmp_path_factory.mktemp("cut") / "j"
    path.write_bytes(whole[: round(share * len(whole))])
    inferred(path)
    assert path.read_bytes() == whole


def test_nothing_that_is_kept_is_computed_again(whole: bytes, tmp_path: Path) -> None:
    """Cut right after an entry, exactly the entries behind it are missing; a byte less, one more is."""
    sizes = [40 + 8 * len(points) * 3 + 32 for points in BATCHES]
    head = len(whole) - sum(sizes)
    for count in range(len(BATCHES) + 1):
        end = head + sum(sizes[:count])
        (tmp_path / "j").write_bytes(whole[:end])
        assert inferred(tmp_path / "j") == len(BATCHES) - count
        if count:
            (tmp_path / "j").write_bytes(whole[: end - 1])
            assert inferred(tmp_path / "j") == len(BATCHES) - count + 1


def test_killed_before_its_first_line_was_written_it_begins(tmp_path: Path, whole: bytes) -> None:
    for size in (0, 5, 19):
        (tmp_path / "j").write_bytes(whole[:size])
        assert inferred(tmp_path / "j") == len(BATCHES)
        assert (tmp_path / "j").read_bytes() == whole


def test_a_finished_inference_read_again_changes_no_byte(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "j"
    path.write_bytes(whole)
    assert inferred(path) == 0
    assert path.read_bytes() == whole


def test_a_longer_inference_goes_on_and_a_shorter_one_keeps_what_is_there(
    tmp_path: Path, whole: bytes
) -> None:
    path = tmp_path / "j"
    assert inferred(path, BATCHES[:2]) == 2
    assert inferred(path) == 2
    assert path.read_bytes() == whole
    assert inferred(path, BATCHES[:1]) == 0
    assert path.read_bytes() == whole


@pytest.mark.parametrize("at", range(len(BATCHES)))
def test_from_the_first_other_point_on_all_is_new(tmp_path: Path, whole: bytes, at: int) -> None:
    path = tmp_path / "j"
    path.write_bytes(whole)
    other = [points.copy() for points in BATCHES]
    other[at][0, 0] = np.nextafter(other[at][0, 0], 9.0)
    assert inferred(path, other) == len(BATCHES) - at
    fresh = tmp_path / "fresh"
    inferred(fresh, other)
    assert path.read_bytes() == fresh.read_bytes()


def test_the_same_numbers_in_another_order_of_memory_are_the_same_points(tmp_path: Path) -> None:
    points = np.arange(12.0).reshape(3, 4)
    inferred_as = Journal(tmp_path / "j", "b")
    inferred_as.keep(points, answer_to(points[:, :2]))
    for same in (np.asfortranarray(points), np.arange(24.0).reshape(3, 8)[:, :4] * 0 + points):
        assert Journal(tmp_path / "j", "b").answer(same) is not None
    assert Journal(tmp_path / "j", "b").answer(points[::-1]) is None


def test_what_is_no_number_comes_back_as_it_was(tmp_path: Path) -> None:
    values = np.array([[np.nan, np.inf, -np.inf, -0.0, 5e-324]])
    Journal(tmp_path / "j", "b").keep(np.zeros((1, 1)), values)
    found = Journal(tmp_path / "j", "b").answer(np.zeros((1, 1)))
    assert found is not None
    assert found.tobytes() == values.tobytes()


def test_empty_batches_are_entries_too(tmp_path: Path) -> None:
    none = np.zeros((0, 2))
    batches = [BATCHES[0], none, BATCHES[1]]
    assert inferred(tmp_path / "j", batches) == 3
    assert inferred(tmp_path / "j", batches) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"topotaxy-journal-1\nb\n", "not a journal of evaluations"),
        (b"\x89PNG\r\n", "not a journal of evaluations"),
        (b"topotaxy-journal-2\nc\n", "a journal of another inference"),
        (b"topotaxy-journal-2\nbb\n", "a journal of another inference"),
    ],
)
def test_another_file_is_refused_in_one_line_and_left_as_it_is(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "j"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as raised:
        Journal(path, "b")
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)
    assert path.read_bytes() == content


@settings(max_examples=60)
@given(share=st.floats(0.0, 1.0, exclude_max=True), bit=st.integers(0, 7))
def test_a_changed_bit_is_never_read_as_numbers(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, share: float, bit: int
) -> None:
    """Wherever it lies in an entry: that entry is computed anew, and what stands before it is kept."""
    path = tmp_path_factory.mktemp("bit") / "j"
    first = len(b"topotaxy-journal-2\nb\n")
    at = first + int(share * (len(whole) - first))
    data = bytearray(whole)
    data[at] ^= 1 << bit
    path.write_bytes(data)
    before = sum(at >= end for end in np.cumsum([40 + 8 * len(p) * 3 + 32 for p in BATCHES]) + first)
    assert inferred(path) == len(BATCHES) - before
    assert path.read_bytes() == whole


def test_an_entry_that_claims_more_than_there_is_is_no_entry(tmp_path: Path, whole: bytes) -> None:
    """Whatever size a damaged entry declares: what is really there decides, and all before it stays."""
    path = tmp_path / "j"
    head = subject._HEAD
    for rows, columns in ((2**32 - 1, 2**32 - 1), (1, 10), (subject.LARGEST + 1, 1)):
        path.write_bytes(whole + head.pack(bytes(32), rows, columns) + b"rest")
        assert Journal(path, "b").kept == len(BATCHES)
        assert path.read_bytes() == whole


def test_without_a_file_everything_is_computed(tmp_path: Path) -> None:
    assert inferred(None) == inferred(None) == len(BATCHES)
    assert list(tmp_path.iterdir()) == []
