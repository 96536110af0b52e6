"""Maps of values for the screen: micrographs, strain maps, patterns against charge."""

from __future__ import annotations

import numpy as np

from topotaxy.content.figure import ImagePanel
from topotaxy.content.palette import SCALES
from topotaxy.report.plotly_layout import Document, axis, plain_layout, rounded, rounded_value, text


def image_document(panel: ImagePanel) -> Document:
    """Return a map of values as plotly data, no finer than a screen shows.

    Parameters
    ----------
    panel : ImagePanel
        Content of one panel with an image.
    """
    values = panel.coarse()
    rows, columns = values.shape
    low, high = panel.colour_limits()
    stops = SCALES[panel.colours]
    heat: Document = {
        "type": "heatmap",
        "z": [rounded(row) for row in values],
        "x": _centres(panel.x_range, panel.values.shape[1], columns),
        "y": _centres(panel.y_range, panel.values.shape[0], rows),
        "zmin": low,
        "zmax": high,
        "colorscale": [[i / (len(stops) - 1), colour] for i, colour in enumerate(stops)],
        "showscale": bool(panel.colour_bar),
        "colorbar": {
            "title": {"text": text(panel.colour_bar), "side": "right"},
            "thickness": 12,
            "outlinewidth": 0,
        },
        "hovertemplate": "%{x:.4g}, %{y:.4g}: %{z:.4g}<extra></extra>",
    }
    layout = plain_layout(panel.title)
    x = axis(panel.x_label) | {"constrain": "domain", "showgrid": False}
    y = axis(panel.y_label) | {"showgrid": False}
    if panel.origin_on_top:
        y["autorange"] = "reversed"
    if panel.equal_axes:
        y |= {"scaleanchor": "x", "constrain": "domain"}
    notes = [_point(x_, y_, words) for x_, y_, words in panel.points if words]
    if panel.scale_bar is not None:
        notes += _scale_bar(panel, layout)
        x["visible"] = y["visible"] = False
    layout |= {"xaxis": x, "yaxis": y, "annotations": notes, "height": 380 if panel.equal_axes else 330}
    return {"data": [heat, *_circles(panel)], "layout": layout}


def _circles(panel: ImagePanel) -> list[Document]:
    """Rings about the points, which leave what is in them to be seen."""
    if not panel.points:
        return []
    ring = {"symbol": "circle-open", "size": 9, "color": "#ffffff", "line": {"width": 1.5}}
    x, y = (rounded(np.array([one[axis] for one in panel.points], dtype=np.float64)) for axis in (0, 1))
    return [
        {"type": "scatter", "mode": "markers", "marker": ring, "showlegend": False, "hoverinfo": "skip"}
        | {"x": x, "y": y}
    ]


# On images words stand on a dark ground of their own: they must be read on black and on white.
_ON_IMAGE = {"font": {"size": 11, "color": "#ffffff"}, "bgcolor": "rgba(0,0,0,0.55)", "borderpad": 2}


def _point(x: float, y: float, words: str) -> Document:
    beside = {"showarrow": False, "xanchor": "left", "yanchor": "bottom", "xshift": 4, "yshift": 3}
    return {"x": x, "y": y, "text": text(words)} | beside | _ON_IMAGE


def _scale_bar(panel: ImagePanel, layout: Document) -> list[Document]:
    assert panel.scale_bar is not None
    length, words = panel.scale_bar
    left, right = min(panel.x_range), max(panel.x_range)
    start = left + 0.05 * (right - left)
    near, far = panel.y_range
    level = far - 0.06 * (far - near) if panel.origin_on_top else near + 0.06 * (far - near)
    place = {"type": "line", "x0": start, "x1": start + length, "y0": level, "y1": level}
    # A dark line below a light one: to be seen on any image.
    layout["shapes"] = [
        place | {"line": {"color": "#000000", "width": 7}},
        place | {"line": {"color": "#ffffff", "width": 4}},
    ]
    middle = {"x": start + 0.5 * length, "y": level, "yshift": 14, "showarrow": False}
    return [middle | {"text": text(words)} | _ON_IMAGE]


def _centres(span: tuple[float, float], pixels: int, count: int) -> list[float]:
    """Centres of ``count`` blocks of whole pixels; the last may reach beyond the outer edge."""
    block = -(-pixels // count)
    step = block * (span[1] - span[0]) / pixels
    return [rounded_value(span[0] + (index + 0.5) * step) for index in range(count)]
