"""Figures, colours and numbers, before anyone draws them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from contents import image
from hypothesis import given
from hypothesis import strategies as st

import topotaxy
from topotaxy.content.curves import thinned
from topotaxy.content.figure import Panel, Series
from topotaxy.content.numbers import with_uncertainty
from topotaxy.content.palette import (
    ELEMENT_COLOUR,
    GRID,
    LINES,
    ON_DARK,
    PAPER,
    PAPER_DARK,
    SCALES,
    contrast,
    sequence,
)

SEEN = 1.9
"""Contrast that a line of a plot keeps on its paper; the lightest colours of Okabe and Ito have less on white
(yellow, 1.3) and carry marks."""


def test_contrast_has_its_known_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", sorted({*LINES, *ELEMENT_COLOUR.values(), *ON_DARK} - {GRID}))
def test_every_colour_is_seen_in_dark_mode(colour: str) -> None:
    assert contrast(ON_DARK.get(colour, colour), PAPER_DARK) >= 3.0


PAGES = sorted(
    path
    for room in ("measurement", "report", "evidence", "studies")
    for path in Path(topotaxy.__file__).parent.joinpath(room).rglob("*.py")
)


def test_every_colour_that_a_page_names_is_seen_in_dark_mode() -> None:
    named = {c for path in PAGES for c in re.findall('"(#[0-9A-Fa-f]{6})"', path.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert [c for c in sorted(named) if contrast(ON_DARK.get(c, c), PAPER_DARK) < 3.0] == []


@given(st.integers(min_value=1, max_value=60))
def test_a_sequence_is_seen_on_both_papers_and_keeps_its_order(count: int) -> None:
    colours = sequence(count)
    assert len(colours) == count
    assert all(contrast(c, PAPER) > SEEN and contrast(c, PAPER_DARK) > SEEN for c in colours)
    red = [int(c[1:3], 16) for c in colours]
    assert red == sorted(red)


def test_diverging_colours_meet_at_white() -> None:
    stops = SCALES["diverging"]
    assert contrast(stops[len(stops) // 2], PAPER) < 1.1
    assert int(stops[0][5:], 16) > int(stops[0][1:3], 16), "blue below zero"
    assert int(stops[-1][5:], 16) < int(stops[-1][1:3], 16), "red above"


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 12))
def test_a_coarse_image_keeps_its_mean(rows: int, columns: int, limit: int) -> None:
    values = np.random.default_rng(rows * 100 + columns).random((rows, columns))
    found = image(values=values).coarse(limit)
    assert max(found.shape) <= limit
    assert found.min() >= values.min()
    assert found.max() <= values.max()
    step = -(-max(rows, columns) // limit)
    if rows % step == 0 and columns % step == 0:
        assert found.mean() == pytest.approx(values.mean())


@given(st.integers(501, 5000), st.integers(4, 500), st.integers(0, 4999))
def test_thinning_loses_no_peak(count: int, limit: int, at: int) -> None:
    x = np.arange(float(count))
    y = 0.01 * np.sin(x)
    y[at % count] = 5.0
    y[(at + 7) % count] = -5.0
    found_x, found_y = thinned(x, y, limit=limit)
    assert len(found_x) <= limit
    assert (found_y.min(), found_y.max()) == (-5.0, 5.0)
    assert (found_x[0], found_x[-1]) == (0.0, count - 1.0)
    assert (np.diff(found_x) > 0).all()
    np.testing.assert_array_equal(found_y, y[found_x.astype(int)])


def test_a_gap_in_an_image_stays_a_gap() -> None:
    values = np.full((4, 4), np.nan)
    values[2:, 2:] = [[1.0, 3.0], [np.nan, 2.0]]
    found = image(values=values).coarse(2)
    assert np.isnan(found[0]).all()
    assert found[1, 1] == pytest.approx(2.0)


def test_colours_that_diverge_are_symmetric_about_zero() -> None:
    low, high = image(values=np.linspace(-1.0, 3.0, 60).reshape(6, 10), colours="diverging").colour_limits()
    assert low == -high


@pytest.mark.parametrize(("reverse", "log"), [(False, False), (True, False), (False, True)])
def test_words_run_away_from_the_nearer_edge(reverse: bool, log: bool) -> None:
    x = np.array([1.0, 100.0])
    line = Series(x=x, y=x, name="", key="", colour="#000000")
    panel = Panel(title="", x_label="", y_label="", series=(line,), x_reversed=reverse, x_log=log)
    assert panel.is_right(30.0) is (log or reverse)
    assert panel.is_right(90.0) is not reverse
    assert panel.is_right(2.0) is reverse


@given(
    st.floats(min_value=1e-3, max_value=1e5),
    st.floats(min_value=1e-4, max_value=0.3),
)
def test_digits_follow_the_error(value: float, share: float) -> None:
    error = share * value
    text = with_uncertainty(value, error).replace(",", "")
    shown, _, spread = text.partition(" ± ")
    if "×" in text:
        return
    assert len(shown.partition(".")[2]) == len(spread.partition(".")[2]), "the last digits stand together"
    digits = spread.replace(".", "").lstrip("0")
    assert len(digits) <= 2 or "." not in spread
    assert float(shown) == pytest.approx(value, abs=0.51 * error + 0.5)
