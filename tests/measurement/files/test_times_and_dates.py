"""Durations and moments as text."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.files import clock, dates


def seconds(*texts: str) -> list[float]:
    return clock.seconds(texts, range(2, 2 + len(texts)), source="a.csv", heading="Time").tolist()


@given(st.integers(0, 400), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_duration_is_its_days_hours_minutes_and_seconds(d: int, h: int, m: int, s: int, ms: int) -> None:
    value = 86400.0 * d + 3600.0 * h + 60.0 * m + s + 1e-3 * ms
    rest = f"{m:02d}:{s:02d}.{ms:03d}"
    forms = [
        f"{d}d {h:02d}:{rest}",
        f"{d}-{h:02d}:{rest}",
        f"{24 * d + h}:{rest}",
        f"{d}d {h:02d}:{rest}".replace(".", ","),
    ]
    assert seconds(*forms) == pytest.approx([value] * len(forms), rel=1e-12)


@pytest.mark.parametrize("text", ["12:60:00", "12:00:61", "1:2", "noon", "", "-1:00:00", "1e3:00:00"])
def test_what_is_no_duration_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(InputError, match=r"a\.csv, line 3"):
        seconds("0:00:00", text)


FORMS = ("%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p")


def moments(texts: list[str]) -> np.ndarray:
    return dates.seconds_since_first(texts, range(2, 2 + len(texts)), source="a.mpt", heading="time/s")


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2039, 1, 1)),
    st.lists(st.integers(1, 40_000), min_size=1, max_size=20),
    st.sampled_from(FORMS),
)
def test_moments_are_read_as_they_were_written_whatever_the_order_of_the_date(
    start: datetime, steps: list[int], form: str
) -> None:
    """A test that takes hours: the other reading of day and month would make months of them, or run back."""
    start = start.replace(microsecond=0)
    passed = np.concatenate(([0], np.cumsum(steps)))
    texts = [(start + timedelta(seconds=int(s))).strftime(form) for s in passed]
    assert moments(texts) == pytest.approx(passed.astype(float))


def test_fractions_of_a_second_are_kept() -> None:
    assert moments(["03/01/2024 23:59:59.750", "03/02/2024 00:00:00.250"]).tolist() == [0.0, 0.5]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["03/01/2024 12:00:00", "soon"], "line 3: 'time/s' is 'soon'"),
        (["13/13/2024 12:00:00"], "day and month cannot be told"),
        (["30/02/2024 12:00:00"], "day and month cannot be told"),
    ],
)
def test_what_is_no_moment_is_refused(texts: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        moments(texts)


@pytest.mark.parametrize(
    ("text", "is_one"), [("03/01/2024 12:00:00.000", True), ("12.5", False), ("12:00:00", False)]
)
def test_a_moment_is_known(text: str, is_one: bool) -> None:
    assert dates.is_moment(text) == is_one
