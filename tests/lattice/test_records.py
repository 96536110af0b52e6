from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numba import njit, typeof

from topotaxy.lattice import records
from topotaxy.lattice.compiled import by_address, inner
from topotaxy.lattice.parts import Part
from topotaxy.lattice.records import Record


class Members(NamedTuple):
    line: np.ndarray[Any, np.dtype[np.float64]]
    number: int
    share: float
    plane: np.ndarray[Any, np.dtype[np.int32]]
    yes: bool
    bytes: np.ndarray[Any, np.dtype[np.int8]]
    last: float


def members(**changes: Any) -> Members:
    plain = Members(
        np.arange(3.0), -7, 0.1, np.arange(8, dtype=np.int32).reshape(2, 4), True, np.zeros(0, np.int8), 2.5
    )
    return plain._replace(**changes)


@inner
def _weighted(record, row, column):  # type: ignore[no-untyped-def]
    return record.plane[row, column] * record.share


@by_address
@njit
def _read(record, found):  # type: ignore[no-untyped-def]
    found[0], found[1], found[2], found[3] = record.number, record.share, record.yes, record.last
    found[4], found[5], found[6] = len(record.line), record.plane.shape[1], len(record.bytes)
    for row in range(record.plane.shape[0]):
        for column in range(record.plane.shape[1]):
            found[7] += (10 * row + column) * _weighted(record, row, column)
    for place in range(len(record.line)):
        record.line[place] *= 2.0
    found[8] = record.line.sum()


@given(
    line=arrays.arrays(np.float64, st.integers(0, 5), elements=st.floats(-1e6, 1e6)),
    plane=arrays.arrays(np.int32, st.tuples(st.integers(0, 3), st.integers(0, 4))),
    number=st.integers(-(2**62), 2**62),
    share=st.floats(-1e100, 1e100),
    yes=st.booleans(),
    last=st.floats(allow_nan=False),
)
def test_compiled_code_reads_and_writes_what_python_sees(
    line: Any, plane: Any, number: int, share: float, yes: bool, last: float
) -> None:
    before, found = line.copy(), np.zeros(9)
    _read(members(line=line, plane=plane, number=number, share=share, yes=yes, last=last), found)
    assert found[:4].tolist() == [float(number), share, float(yes), last]
    assert found[4:7].tolist() == [len(line), plane.shape[1], 0]
    places = 10 * np.arange(plane.shape[0])[:, None] + np.arange(plane.shape[1])
    terms = [float(p) * (float(x) * share) for p, x in zip(places.ravel(), plane.ravel(), strict=True)]
    assert found[7] == pytest.approx(
        math.fsum(terms), rel=1e-9, abs=1e-9 * math.fsum(map(abs, terms)) + 1e-300
    )
    np.testing.assert_array_equal(line, 2.0 * before)
    assert found[8] == pytest.approx(line.sum())


@given(value=st.floats())
def test_a_number_keeps_every_bit(value: float) -> None:
    word = int(Record(members(share=value)).words[2 + 1])
    assert np.int64(word).view(np.float64).tobytes() == np.float64(value).tobytes()


def test_what_is_no_member_is_refused() -> None:
    with pytest.raises(TypeError, match="contiguous"):
        Record(members(plane=np.zeros((4, 4), dtype=np.int32)[:, ::2]))
    with pytest.raises(TypeError, match="arrays and numbers, not str"):
        Record(members(last="2.5"))


def test_records_are_told_apart_by_members_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = typeof(Record(members()))
    assert typeof(Record(members(line=np.zeros(9), number=3, yes=False))) == plain
    assert typeof(Record(members(line=np.zeros(3, np.float32)))) != plain
    assert typeof(Record(members(line=np.zeros((3, 1))))) != plain
    assert typeof(Record(members(number=1.0))) != plain
    # Kept code belongs to the sources it was made of.
    monkeypatch.setattr(records, "_SOURCES", b"another release")
    assert typeof(Record(members())) != plain


def test_a_record_holds_its_arrays() -> None:
    record = Record(members(line=np.full(100_000, 3.0)))
    found = np.zeros(9)
    _read.__wrapped__(record, found)
    assert found[8] == 600_000.0


def test_a_part_has_no_machine_code_of_its_own() -> None:
    _read(members(), np.zeros(9))
    (compiled,) = _weighted.overloads.values()
    assert isinstance(compiled.library, Part)
    assert compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name) == 0
