"""Arrays of an archive: taken where each fits the bytes behind it, refused in every other case."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from topotaxy.results.members import FAULTS, MOST_ARRAYS, PLAIN_TYPES, members

ARRAYS = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([True, False]), "c": np.zeros((0, 2), np.int64)}


def archive(packed: bool = True, **arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(stream, **arrays)
    return stream.getvalue()


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(sorted(PLAIN_TYPES, key=str)).flatmap(
        lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    ),
    st.booleans(),
)
def test_what_numpy_writes_is_read(values: np.ndarray, packed: bool) -> None:
    values = np.ascontiguousarray(values)
    found = members(archive(packed, x=values), most=10_000, packed=packed)
    assert list(found) == ["x"]
    assert found["x"].dtype == values.dtype
    assert_array_equal(found["x"], values)


def test_all_arrays_together_are_bounded() -> None:
    data = archive(x=np.zeros(1000), y=np.zeros(1000))
    assert len(members(data, most=17_000, packed=True)) == 2
    with pytest.raises(ValueError, match="larger"):
        members(data, most=15_000, packed=True)


def test_too_many_arrays_are_refused() -> None:
    data = archive(**{f"x{i}": np.zeros(1) for i in range(MOST_ARRAYS + 1)})
    with pytest.raises(ValueError, match="too many"):
        members(data, most=10**6, packed=True)


@pytest.mark.parametrize("packed", [True, False])
def test_the_other_kind_of_packing_is_refused(packed: bool) -> None:
    with pytest.raises(ValueError, match="not written here"):
        members(archive(packed, **ARRAYS), most=10_000, packed=not packed)


@pytest.mark.parametrize(
    "values", [np.array(["text"]), np.array([1j]), np.array([1.0, 2.0], ">f8"), np.asfortranarray(np.eye(3))]
)
def test_arrays_of_other_kinds_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="not written here"):
        members(archive(x=values), most=10_000, packed=True)


def _with_member(content: bytes, *, declared: int | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr("x.npy", content)
    data = stream.getvalue()
    if declared is not None:
        data = data.replace(len(content).to_bytes(4, "little"), declared.to_bytes(4, "little"))
    return data


def test_an_array_that_says_more_than_is_there_is_refused() -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros(100))
    with pytest.raises(ValueError, match="not all there"):
        members(_with_member(stream.getvalue()[:-8]), most=10_000, packed=True)


def test_a_member_that_unpacks_to_more_than_it_declares_is_refused() -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros(100_000))
    lying = _with_member(stream.getvalue(), declared=300)
    with pytest.raises(FAULTS):
        members(lying, most=10_000, packed=True)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 255), st.booleans())
def test_a_changed_byte_gives_the_arrays_or_a_named_fault(at: int, by: int, packed: bool) -> None:
    data = bytearray(archive(packed, **ARRAYS))
    data[at % len(data)] ^= by
    try:
        found = members(bytes(data), most=10_000, packed=packed)
    except FAULTS:
        return
    assert all(values.nbytes <= 10_000 for values in found.values())
