"""Pages: figures and marks are found wherever they stand, tables know their width."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.content.curves import thinned, without_padding
from topotaxy.content.figure import Absent, Bar, BarPanel, Figure, Panel, Series, letters
from topotaxy.content.section import (
    MARKS,
    Group,
    KeyNumber,
    Page,
    Paragraph,
    Section,
    Table,
    every_part,
    mark_of,
)
from topotaxy.observables import observable


def figure(name: str) -> Figure:
    return Figure(
        name=name,
        title=name,
        alt=name,
        reading=name,
        caption=name,
        panels=(BarPanel(title="", x_label="x", bars=(Bar(name="b", value=1.0),)),),
    )


def table(*marks: str) -> Table:
    return Table(caption="c", head=["a", "mark"], rows=[["x", mark] for mark in marks], label_column=1)


def page(**fields: object) -> Page:
    return Page(kind="k", title="t", verdict="v", **fields)  # type: ignore[arg-type]


def test_figures_are_found_in_reading_order_at_any_depth() -> None:
    deep = Group(title="g", parts=[Paragraph("x"), Group(title="h", parts=[figure("c")], folded=True)])
    found = page(
        main=[figure("a"), Absent("none")],
        sections=[Section(anchor="s", title="s", parts=[figure("b"), deep])],
        provenance=[figure("d")],
    )
    assert [one.name for one in found.figures()] == ["a", "b", "c", "d"]
    assert page(main=figure("a")).main_figures()[0].name == "a"  # type: ignore[union-attr]
    assert page().main_figures() == ()


def test_marks_are_those_of_numbers_and_of_tables_in_the_fixed_order() -> None:
    found = page(
        key_numbers=[KeyNumber(name="n", value="1", label="stated"), KeyNumber(name="m", value="2")],
        sections=[Section(anchor="s", title="s", parts=[Group(title="g", parts=[table("imposed", "")])])],
        provenance=[table("measured")],
    )
    assert found.marks() == ("imposed", "measured", "stated")
    assert list(MARKS).index("imposed") < list(MARKS).index("measured") < list(MARKS).index("stated")


def test_the_mark_of_a_number_is_its_label_or_its_origin() -> None:
    assert mark_of(observable("strain", 0.1, origin="measured")) == "measured"
    assert mark_of(observable("strain", 0.1, origin="simulated", label="held-out")) == "held-out"


@given(st.lists(st.text("ab ", min_size=1, max_size=30), min_size=1, max_size=6))
def test_an_unbroken_column_never_needs_less_than_a_breaking_one(cells: list[str]) -> None:
    rows = [[cell] for cell in cells]
    breaking = Table(caption="", head=["h"], rows=rows)
    whole = Table(caption="", head=["h"], rows=rows, numeric=frozenset({0}))
    assert breaking.least_width() <= whole.least_width()


def test_every_part_is_yielded_once() -> None:
    inner = Paragraph("in")
    group = Group(title="g", parts=[inner])
    assert list(every_part([group, inner])) == [group, inner, inner]


def test_letters_go_through_the_alphabet() -> None:
    found = list(letters())
    assert found[0] == "(a)"
    assert len(set(found)) == 26


def test_a_range_is_drawn_where_there_is_one() -> None:
    assert Bar(name="b", value=1.0, low=0.5, high=2.0).has_range
    assert not Bar(name="b", value=1.0).has_range
    assert not Bar(name="b", value=1.0, low=2.0, high=0.5).has_range


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=40))
def test_without_padding_only_whole_points_are_left(values: list[float]) -> None:
    x = np.arange(float(len(values)))
    found_x, found_y = without_padding(x, np.array(values))
    assert np.isfinite(found_y).all()
    np.testing.assert_array_equal(found_y, np.array(values)[found_x.astype(int)])
    assert len(found_x) == np.isfinite(values).sum()


def test_a_gap_survives_thinning() -> None:
    x = np.arange(3000.0)
    y = np.sin(x)
    y[1000:2000] = np.nan
    _, found = thinned(x, y, limit=100)
    assert np.isnan(found).any()


def panel(*y: float) -> Panel:
    values = np.array(y)
    series = Series(x=np.arange(float(len(y))), y=values, name="s", key="s", colour="#000000")
    return Panel(title="", x_label="", y_label="", series=(series,))


@pytest.mark.parametrize(
    ("y", "span"),
    [
        ((1.0, 3.0), (1.0, 3.0)),
        ((2.0,), (2.0, 3.0)),
        ((float("nan"),), (0.0, 1.0)),
        ((float("inf"), 4.0, 2.0), (2.0, 4.0)),
    ],
)
def test_a_panel_spans_what_is_finite(y: tuple[float, ...], span: tuple[float, float]) -> None:
    assert panel(*y).y_span() == span
