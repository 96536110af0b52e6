"""Colours are told apart, on light and on dark."""

from __future__ import annotations

import itertools
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.content import palette
from topotaxy.content.palette import contrast, element_colour, element_symbol, sequence

colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
ALKALI = ("Li", "Na", "K")
"""Only one of them is in a cell."""
ANIONS = ("O", "S", "Se", "F")
"""Drawn as dots behind the cations, faint on purpose."""
LEAST = 2.0
"""Contrast below which a line is lost on its ground."""


@given(colours, colours)
def test_contrast_is_symmetric_and_between_one_and_twenty_one(first: str, second: str) -> None:
    assert contrast(first, second) == pytest.approx(contrast(second, first))
    assert 1.0 <= contrast(first, second) <= 21.0 + 1e-9


@given(colours)
def test_a_colour_has_no_contrast_to_itself(colour: str) -> None:
    assert contrast(colour, colour) == pytest.approx(1.0)


def test_black_on_white_is_the_largest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_elements_are_told_apart_by_colour_and_mark_together() -> None:
    elements = [e for e in palette.ELEMENT_COLOUR if e not in ALKALI]
    for one, other in itertools.combinations(elements, 2):
        assert (element_colour(one), element_symbol(one)) != (element_colour(other), element_symbol(other)), (
            one,
            other,
        )


def test_an_element_without_a_colour_is_grey() -> None:
    assert element_colour("Xx") == palette.NEUTRAL


@pytest.mark.parametrize("element", sorted(set(palette.ELEMENT_COLOUR) - set(ANIONS)))
@pytest.mark.parametrize("dark", [False, True])
def test_lines_of_elements_are_seen_on_the_ground(element: str, dark: bool) -> None:
    colour = element_colour(element)
    if dark:
        assert contrast(palette.ON_DARK.get(colour, colour), palette.PAPER_DARK) >= LEAST
    else:
        assert contrast(colour, palette.PAPER) >= LEAST


@pytest.mark.parametrize("colour", sorted(palette.ON_DARK))
def test_what_a_dark_page_replaces_is_seen_better_there(colour: str) -> None:
    if colour == palette.GRID:
        pytest.skip("a grid is meant to be faint on either ground")
    replaced = palette.ON_DARK[colour]
    assert contrast(replaced, palette.PAPER_DARK) > contrast(colour, palette.PAPER_DARK)
    assert contrast(replaced, palette.PAPER_DARK) >= 3.0


def test_lines_that_differ_on_white_differ_on_a_dark_page_too() -> None:
    """Cobalt and zinc, or the first and sixth line, must not become one blue."""
    shown = {c.lower(): palette.ON_DARK.get(c, c).lstrip("#") for c in palette.LINES}
    rgb = [tuple(int(c[i : i + 2], 16) for i in (0, 2, 4)) for c in shown.values()]
    apart = [math.dist(a, b) for n, a in enumerate(rgb) for b in rgb[:n]]
    assert min(apart) > 40.0


@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_a_sequence_has_as_many_colours_as_asked_and_none_twice(count: int) -> None:
    found = sequence(count)
    assert len(set(found)) == len(found) == count
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in found)


def test_no_colours_for_no_lines() -> None:
    assert sequence(0) == ()
