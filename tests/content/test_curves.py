"""What of a curve is drawn: ends, peaks, gaps and order stay, in no more points than asked for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.content.curves import MAX_POINTS, thinned, without_padding

VALUES = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=300)


@given(values=VALUES, limit=st.integers(4, 60))
def test_a_thinned_curve_is_a_part_of_it_with_its_ends_and_its_extremes(
    values: list[float], limit: int
) -> None:
    y = np.array(values)
    x = np.arange(len(y), dtype=float)
    kept, drawn = thinned(x, y, limit=limit)
    assert len(kept) <= limit
    assert (np.diff(kept) > 0).all()
    np.testing.assert_array_equal(drawn, y[kept.astype(int)])
    assert (kept[0], kept[-1]) == (0.0, len(y) - 1.0)
    if np.isfinite(y).any():
        assert np.nanmin(drawn) == np.nanmin(y)
        assert np.nanmax(drawn) == np.nanmax(y)


def test_one_spike_in_a_hundred_thousand_points_is_drawn_whichever_way_it_points() -> None:
    for spike in (-7.0, 7.0):
        y = np.zeros(100_000)
        y[54_321] = spike
        x, drawn = thinned(np.arange(100_000.0), y)
        assert len(x) <= MAX_POINTS
        assert drawn[x == 54_321.0] == spike


def test_a_gap_stays_a_gap() -> None:
    y = np.ones(10_000)
    y[3_000:6_000] = np.nan
    x, drawn = thinned(np.arange(10_000.0), y)
    assert np.isnan(drawn[(x > 3_100) & (x < 5_900)]).all()
    assert ((x > 3_100) & (x < 5_900)).any()


@given(values=VALUES)
def test_padding_goes_and_nothing_else(values: list[float]) -> None:
    y = np.array(values)
    x, known = without_padding(np.arange(len(y), dtype=float), y)
    assert np.isfinite(known).all()
    assert len(known) == np.isfinite(y).sum()
    np.testing.assert_array_equal(known, y[x.astype(int)])
