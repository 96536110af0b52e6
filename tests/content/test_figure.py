"""What figures say of themselves: ranges, legends, coarse images, colour scales."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from topotaxy.content.figure import Bar, BarPanel, Cloud, Figure, ImagePanel, Panel, Scene, Series, letters

NAN = float("nan")


def line(x: list[float], y: list[float], key: str = "k", *, in_legend: bool = True) -> Series:
    return Series(
        x=np.array(x), y=np.array(y), name=f"{key} line", key=key, colour="#000000", in_legend=in_legend
    )


def panel(*series: Series, x_log: bool = False, x_reversed: bool = False) -> Panel:
    return Panel(title="t", x_label="x", y_label="y", series=series, x_log=x_log, x_reversed=x_reversed)


def image(values: np.ndarray, **more: object) -> ImagePanel:
    return ImagePanel(title="t", values=values, x_range=(0.0, 1.0), y_range=(0.0, 1.0), **more)  # type: ignore[arg-type]


def test_the_span_is_of_all_finite_values() -> None:
    assert panel(line([0, 1], [2.0, NAN]), line([0], [-3.0])).y_span() == (-3.0, 2.0)


@pytest.mark.parametrize("y", [[], [NAN], [float("inf")]])
def test_the_span_of_nothing_is_that_of_a_share(y: list[float]) -> None:
    assert panel(line([0.0] * len(y), y)).y_span() == (0.0, 1.0)


def test_a_flat_line_has_a_span() -> None:
    low, high = panel(line([0, 1], [5.0, 5.0])).y_span()
    assert low == 5.0
    assert high > low


@pytest.mark.parametrize("x_reversed", [False, True])
def test_right_is_where_the_reader_sees_it(x_reversed: bool) -> None:
    shown = panel(line([0.0, 10.0], [0, 0]), x_reversed=x_reversed)
    assert shown.is_right(9.0) is not x_reversed
    assert shown.is_right(1.0) is x_reversed


def test_on_a_logarithmic_axis_the_middle_is_the_geometric_mean() -> None:
    shown = panel(line([1.0, 100.0], [0, 0]), x_log=True)
    assert not shown.is_right(9.0)
    assert shown.is_right(11.0)


def test_nothing_is_right_of_nothing() -> None:
    assert not panel(line([NAN], [0.0])).is_right(1.0)


@given(
    arrays(
        float,
        st.tuples(st.integers(1, 40), st.integers(1, 40)),
        elements=st.one_of(st.floats(-1e3, 1e3), st.just(NAN)),
    ),
    st.integers(1, 12),
)
def test_a_coarse_image_keeps_range_size_and_gaps(values: np.ndarray, limit: int) -> None:
    """At most ``limit`` blocks along an edge; no mean outside the values; unknown only where all are."""
    coarse = image(values).coarse(limit)
    assert max(coarse.shape) <= limit or coarse.shape == values.shape
    assert np.isnan(coarse).all() == np.isnan(values).all()
    if np.isfinite(values).any():
        assert np.nanmin(coarse) >= np.nanmin(values) - 1e-9
        assert np.nanmax(coarse) <= np.nanmax(values) + 1e-9


def test_whole_blocks_keep_the_mean() -> None:
    values = np.arange(64.0).reshape(8, 8)
    coarse = image(values).coarse(4)
    assert coarse.shape == (4, 4)
    assert coarse.mean() == pytest.approx(values.mean())
    assert coarse[0, 0] == values[:2, :2].mean()


@given(arrays(float, (5, 5), elements=st.floats(-1e6, 1e6)))
def test_a_diverging_scale_has_zero_in_its_middle(values: np.ndarray) -> None:
    low, high = image(values, colours="diverging").colour_limits()
    assert low == -high
    assert high > 0.0


@given(arrays(float, (4, 4), elements=st.one_of(st.floats(-1e6, 1e6), st.just(NAN))))
def test_a_scale_of_colours_has_a_length(values: np.ndarray) -> None:
    low, high = image(values).colour_limits()
    assert high > low


def test_limits_that_are_given_are_kept() -> None:
    assert image(np.zeros((2, 2)), limits=(-2.0, 5.0)).colour_limits() == (-2.0, 5.0)


@pytest.mark.parametrize(
    ("low", "high", "has"),
    [(0.0, 1.0, True), (1.0, 1.0, False), (NAN, 1.0, False), (0.0, float("inf"), False), (2.0, 1.0, False)],
)
def test_a_range_is_drawn_only_where_there_is_one(low: float, high: float, has: bool) -> None:
    assert Bar(name="b", value=0.5, low=low, high=high).has_range is has


@pytest.mark.parametrize("dashes", [("dash", "solid"), ("solid", "dash"), ("dash", "solid", "dot")])
def test_a_key_with_lines_of_several_dashes_stands_as_a_solid_one(dashes: tuple[Any, ...]) -> None:
    series = [replace(line([0], [n], "k"), dash=dash) for n, dash in enumerate(dashes)]
    series += [replace(line([0], [9], "dotted"), dash="dot")]
    shown = Figure(name="f", title="f", reading="", caption="", alt="", panels=(panel(*series),))
    assert {key: found.dash for key, found in shown.legend().items()} == {"k": "solid", "dotted": "dot"}


def test_a_legend_names_each_key_once_in_order() -> None:
    shown = Figure(
        name="f",
        title="f",
        reading="",
        caption="",
        alt="",
        panels=(
            panel(line([0], [0], "b"), line([0], [0], "hidden", in_legend=False)),
            BarPanel(title="", x_label="", bars=()),
            panel(line([0], [1], "a"), line([0], [2], "b")),
        ),
    )
    assert list(shown.legend()) == ["b", "a"]
    assert shown.legend()["b"].y[0] == 0


def test_a_scene_names_each_key_once_in_order() -> None:
    def cloud(key: str, name: str) -> Cloud:
        return Cloud(position=np.zeros((1, 3)), name=name, key=key, colour="#000000")

    scene = Scene(views={"one": (cloud("Ni", "1"),), "two": (cloud("O", "2"), cloud("Ni", "3"))}, edge=1.0)
    assert [c.name for c in scene.legend().values()] == ["1", "2"]


def test_panels_have_letters_in_order() -> None:
    assert list(itertools.islice(letters(), 3)) == ["(a)", "(b)", "(c)"]
