"""The view in three dimensions, as plain data for plotly.js."""

from __future__ import annotations

from topotaxy.content.figure import Cloud, Scene
from topotaxy.report.plotly_layout import Document, plain_layout, rounded, rounded_value, text

_SYMBOL = {"cross": "x", "circle-open": "circle-open", "square": "square", "square-open": "square-open"}
"""Marks that plotly has in three dimensions; all others become circles."""


def scene_document(content: Scene) -> Document:
    """Return all snapshots in one view; the page switches between them by ``meta.view``.

    It opens on the first view.

    Parameters
    ----------
    content : Scene
        Atoms and box that can be turned.
    """
    data: list[Document] = []
    for number, (label, clouds) in enumerate(content.views.items()):
        data += [_cloud(cloud, label, number) for cloud in clouds]
    data.append(_box_edges(content.edge))
    axis = {
        "range": [-0.02 * content.edge, 1.02 * content.edge],
        "showbackground": False,
        "showgrid": False,
        "showspikes": False,
        "zeroline": False,
        "nticks": 4,
        "tickfont": {"size": 10},
    }
    layout = plain_layout("") | {
        "scene": {
            "aspectmode": "manual",
            "aspectratio": {"x": 1.2, "y": 1.2, "z": 1.2},
            "xaxis": axis | {"title": {"text": "x (Å)"}},
            "yaxis": axis | {"title": {"text": "y (Å)"}},
            "zaxis": axis | {"title": {"text": "z (Å)"}},
            "camera": {"eye": {"x": 1.35, "y": 1.15, "z": 0.75}, "projection": {"type": "orthographic"}},
        },
        "uirevision": "specimen",
        "height": 560,
        "margin": {"l": 0, "r": 0, "t": 8, "b": 0},
        "meta": {"views": list(content.views)},
    }
    return {"data": data, "layout": layout}


def _cloud(cloud: Cloud, label: str, view: int) -> Document:
    x, y, z = (rounded(column) for column in cloud.position.T)
    return {
        "type": "scatter3d",
        "x": x,
        "y": y,
        "z": z,
        "mode": "markers",
        "name": text(cloud.name),
        "marker": {
            "size": cloud.size,
            "color": cloud.colour,
            "symbol": _SYMBOL.get(cloud.symbol, "circle"),
            "line": {"width": 0},
        },
        "meta": {"key": cloud.key, "view": view},
        "visible": view == 0 and cloud.shown,
        "hovertemplate": (
            f"{text(cloud.name)}<br>(%{{x:.1f}}, %{{y:.1f}}, %{{z:.1f}}) Å<extra>{text(label)}</extra>"
        ),
    }


def _box_edges(edge: float) -> Document:
    """Draw the twelve edges of the box, to show which way it is turned."""
    corners = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    points: list[tuple[float | None, ...]] = []
    for start in corners:
        for axis in range(3):
            if start[axis] == 0:
                end = tuple(1 if i == axis else v for i, v in enumerate(start))
                points += [tuple(rounded_value(edge * v) for v in c) for c in (start, end)]
                points.append((None, None, None))
    x, y, z = (list(column) for column in zip(*points, strict=True))
    line = {"color": "#9aa1aa", "width": 2}
    return {
        "type": "scatter3d",
        "x": x,
        "y": y,
        "z": z,
        "mode": "lines",
        "line": line,
        "hoverinfo": "skip",
        "name": "box",
    }
