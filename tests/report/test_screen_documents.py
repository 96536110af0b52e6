"""Documents for the screen: numbers as JSON takes them, positions where they belong, text that is text."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from topotaxy.content.figure import Cloud, ImagePanel, Scene
from topotaxy.report.interactive_image import image_document
from topotaxy.report.plotly_layout import axis, plain_layout, rounded, rounded_value, text
from topotaxy.report.turnable import scene_document

any_float = st.floats(allow_nan=True, allow_infinity=True, width=64)


@example(np.array([1.79765e308, -1.79765e308]))
@given(arrays(float, st.integers(0, 30), elements=any_float))
def test_what_is_not_finite_is_a_gap_and_the_rest_keeps_five_digits(values: np.ndarray) -> None:
    found = rounded(values)
    json.dumps(found, allow_nan=False)
    for before, after in zip(values, found, strict=True):
        if not math.isfinite(before):
            assert after is None
        else:
            assert after == pytest.approx(before, rel=5.1e-5, abs=1e-300)


@given(st.floats(-1e12, 1e12))
def test_rounding_twice_is_rounding_once(value: float) -> None:
    assert rounded_value(rounded_value(value)) == rounded_value(value)


@given(st.text())
def test_no_markup_or_template_is_left_in_text(words: str) -> None:
    found = text(words)
    assert "<" not in found
    assert ">" not in found
    assert "%{" not in found


def test_titles_and_labels_are_escaped() -> None:
    assert plain_layout("<b>")["title"]["text"] == "&lt;b&gt;"
    assert axis("%{x}")["title"]["text"] != "%{x}"


def image(rows: int, columns: int, **more: object) -> ImagePanel:
    values = np.arange(float(rows * columns)).reshape(rows, columns)
    ranges = {"x_range": (0.0, float(columns)), "y_range": (0.0, float(rows))}
    return ImagePanel(title="t", values=values, **(ranges | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(("rows", "columns"), [(3, 5), (401, 7), (1000, 999), (2000, 1)])
def test_blocks_stand_where_their_pixels_are(rows: int, columns: int) -> None:
    """The value at the centre of each whole block is the mean of values that are linear in place."""
    (heat,) = image_document(image(rows, columns))["data"]
    x, y, z = np.array(heat["x"]), np.array(heat["y"]), np.array(heat["z"], dtype=float)
    # Values rise by 1 a pixel along x and by the number of columns along y; pixel centres are at + 1/2.
    expected = (y[:, None] - 0.5) * columns + (x[None, :] - 0.5)
    whole = (slice(0, max(len(y) - 1, 1)), slice(0, max(len(x) - 1, 1)))
    np.testing.assert_allclose(z[whole], expected[whole], rtol=2e-4, atol=0.02 * columns)


@pytest.mark.parametrize("on_top", [True, False])
def test_the_first_row_is_on_top_where_it_belongs_there(on_top: bool) -> None:
    layout = image_document(image(2, 2, origin_on_top=on_top))["layout"]
    assert (layout["yaxis"].get("autorange") == "reversed") is on_top


def test_a_scale_bar_has_its_length_and_hides_the_axes() -> None:
    document = image_document(image(10, 20, scale_bar=(5.0, "5 nm")))
    dark, light = document["layout"]["shapes"]
    assert dark["x1"] - dark["x0"] == light["x1"] - light["x0"] == 5.0
    assert document["layout"]["xaxis"]["visible"] is False
    assert document["layout"]["annotations"][-1]["text"] == "5 nm"


@pytest.mark.parametrize("on_top", [True, False])
def test_a_scale_bar_stands_near_the_lower_edge(on_top: bool) -> None:
    layout = image_document(image(10, 20, scale_bar=(5.0, "5"), origin_on_top=on_top))["layout"]
    level = layout["shapes"][0]["y0"]
    # With the first row on top, y grows downwards.
    assert (level > 9.0) if on_top else (level < 1.0)


def test_points_keep_place_and_words() -> None:
    document = image_document(image(4, 4, points=((1.5, 2.5, "<111>"), (3.0, 1.0, ""))))
    (note,) = document["layout"]["annotations"]
    assert (note["x"], note["y"], note["text"]) == (1.5, 2.5, "&lt;111&gt;")
    # A mark without words is a ring all the same.
    _, rings = document["data"]
    assert (rings["x"], rings["y"]) == ([1.5, 3.0], [2.5, 1.0])


@pytest.mark.parametrize("on_top", [True, False])
def test_screen_and_print_have_the_same_row_on_top(on_top: bool) -> None:
    """The first row: its place on either axis, measured from the edge that is drawn on top."""
    from matplotlib.figure import Figure as Printed

    from topotaxy.report.printed_panels import draw_image

    values = np.zeros((4, 3))
    values[0] = 1.0
    panel = ImagePanel(title="", values=values, x_range=(0.0, 3.0), y_range=(0.0, 4.0), origin_on_top=on_top)
    document = image_document(panel)
    (heat,) = document["data"]
    downwards = document["layout"]["yaxis"].get("autorange") == "reversed"
    place = float(np.array(heat["y"])[np.array(heat["z"], dtype=float)[:, 0] == 1.0][0])
    assert ((place < 2.0) if downwards else (place > 2.0)) is on_top
    axes = Printed().add_subplot()
    draw_image(axes, panel)
    bottom, top = axes.get_ylim()
    drawn = axes.images[0]
    _, _, low, high = drawn.get_extent()
    # The first row lies at the last end of the extent where matplotlib's origin is upper.
    edge = high if drawn.origin == "upper" else low
    assert bool(abs(edge - top) < abs(edge - bottom)) is on_top


def cloud(key: str, *, shown: bool = True, symbol: str = "circle") -> Cloud:
    position = np.array([[0.0, 1.0, 2.0], [3.0, np.nan, 5.0]])
    return Cloud(position=position, name=key, key=key, colour="#000000", shown=shown, symbol=symbol)  # type: ignore[arg-type]


def test_a_scene_opens_on_its_first_view_and_keeps_what_is_switched_off_hidden() -> None:
    scene = Scene(views={"a": (cloud("Ni"), cloud("O", shown=False)), "b": (cloud("Ni"),)}, edge=10.0)
    document = scene_document(scene)
    atoms = [trace for trace in document["data"] if trace["mode"] == "markers"]
    assert [trace["visible"] for trace in atoms] == [True, False, False]
    assert [trace["meta"]["view"] for trace in atoms] == [0, 0, 1]
    assert document["layout"]["meta"]["views"] == ["a", "b"]
    assert atoms[0]["y"] == [1.0, None]


def test_the_box_has_twelve_edges_of_one_length() -> None:
    box = scene_document(Scene(views={"a": ()}, edge=8.0))["data"][-1]
    corners = np.array([box["x"], box["y"], box["z"]], dtype=float).T
    starts, ends = corners[0::3], corners[1::3]
    assert len(starts) == 12
    np.testing.assert_allclose(np.abs(ends - starts).sum(axis=1), 8.0)
    assert len({tuple(sorted(map(tuple, pair))) for pair in np.stack([starts, ends], 1).tolist()}) == 12


def test_marks_that_space_does_not_have_become_circles() -> None:
    scene = Scene(views={"a": (cloud("x", symbol="star"), cloud("y", symbol="square"))}, edge=1.0)
    assert [t["marker"]["symbol"] for t in scene_document(scene)["data"][:2]] == ["circle", "square"]
