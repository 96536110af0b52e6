"""Drawing figures for the screen: plotly, as plain data that the page hands to plotly.js.

Documents are made as plain data and not as plotly's objects, whose import and checks take longer than
all else in a page; tests pass every document through plotly's own schema.
"""

from __future__ import annotations

import math

import numpy as np

from topotaxy.content.figure import BarPanel, Figure, ImagePanel, Panel, Series, Ticks, Values
from topotaxy.content.palette import INK
from topotaxy.report.interactive_image import image_document
from topotaxy.report.plotly_layout import Document, axis, plain_layout, rounded, rounded_value, text

_EDGE = {"circle-open": 1.6, "square-open": 1.6, "cross": 1.4}
_SYMBOL = {"triangle": "triangle-up", "cross": "x-thin"}
TALL = 560
ROW = 0.06
"""Height of one row of ticks, as a share of the span of the curves."""


def documents(figure: Figure) -> list[Document]:
    """Return one plotly document for each panel.

    Legends are left to the page, where one legend serves all panels: each trace carries its
    legend key in ``meta``.

    Parameters
    ----------
    figure : Figure
        The figure's content.
    """
    return [panel_document(p) for p in figure.panels]


def panel_document(panel: Panel | BarPanel | ImagePanel) -> Document:
    """Return the plotly document of one panel.

    Parameters
    ----------
    panel : Panel | BarPanel | ImagePanel
        Content of one panel.
    """
    if isinstance(panel, BarPanel):
        return _bars(panel)
    return image_document(panel) if isinstance(panel, ImagePanel) else _axes(panel)


def _axes(panel: Panel) -> Document:
    """One panel; the range over replicas is drawn as a closed shape behind its line."""
    data: list[Document] = []
    for series in panel.series:
        if series.band is not None:
            data.append(_band(series))
        data.append(_trace(series, hover=not panel.square))
    layout = plain_layout(panel.title)
    x, y = axis(panel.x_label), axis(panel.y_label)
    if panel.square:
        extent = None if panel.extent is None else [float(v) for v in panel.extent]
        y |= {"scaleanchor": "x", "constrain": "domain", "range": extent, "visible": False}
        x |= {"constrain": "domain", "range": extent, "visible": False}
        layout["margin"] = {"l": 6, "r": 6, "t": 36, "b": 6}
    else:
        layout["hovermode"] = "closest"
    if panel.whole_numbers:
        x |= {"tickformat": "d", **_whole_ticks(panel)}
    if panel.y_limit is not None:
        y["range"] = [0, 1.04 * panel.y_limit]
    elif panel.y_from_zero:
        y["rangemode"] = "tozero"
    if panel.x_log:
        x |= {"type": "log", **_logarithmic_ticks([s.x for s in panel.series])}
    if panel.y_log:
        y |= {"type": "log", **_logarithmic_ticks([s.y for s in panel.series])}
    if panel.x_reversed:
        x["autorange"] = "reversed"
    if panel.hide_y_numbers:
        y |= {"showticklabels": False, "showgrid": False}
    low, high = panel.y_span()
    for row, ticks in enumerate(panel.ticks, start=1):
        data.append(_ticks(ticks, low - ROW * row * (high - low)))
    layout |= {"xaxis": x, "yaxis": y} | _annotations(panel)
    if panel.tall:
        layout["height"] = TALL
    if panel.ticks:
        layout["margin"] = layout["margin"] | {"r": 16 + 7 * max(len(t.name) for t in panel.ticks)}
    return {"data": data, "layout": layout}


FEW_DECADES = 4.0
"""Decades up to which a logarithmic axis is numbered by 1, 2 and 5 in each."""


def _logarithmic_ticks(columns: list[Values]) -> Document:
    """Numbers of a logarithmic axis: 1, 2 and 5 in each of few decades, else powers of ten."""
    known = [v[np.isfinite(v) & (v > 0)] for v in columns]
    known = [v for v in known if len(v)]
    if not known:
        return {}
    low = math.log10(min(float(v.min()) for v in known))
    high = math.log10(max(float(v.max()) for v in known))
    if high - low > FEW_DECADES:
        return {"dtick": 1, "exponentformat": "power"}
    steps = (1, 2, 5) if high - low > 0.7 else (1, 1.5, 2, 3, 4, 5, 6, 8)
    places = [s * 10.0**e for e in range(math.floor(low) - 1, math.ceil(high) + 1) for s in steps]
    return {"tickvals": places, "ticktext": [f"{place:g}" for place in places]}


def _ticks(ticks: Ticks, level: float) -> Document:
    return {
        "type": "scatter",
        "x": rounded(ticks.x),
        "y": [rounded_value(level)] * len(ticks.x),
        "mode": "markers",
        "marker": {"symbol": "line-ns", "size": 8, "line": {"width": 1.4, "color": ticks.colour}},
        "name": text(ticks.name),
        "meta": {"key": ticks.name},
        "hovertemplate": f"{text(ticks.name)} %{{x:.4g}}<extra></extra>",
    }


def _annotations(panel: Panel) -> Document:
    """Names of the rows of ticks, and labelled lines across a panel.

    Labels of neighbours stand at different heights.
    """
    shapes: list[Document] = []
    low, high = panel.y_span()
    notes: list[Document] = [
        {"x": 1.01, "xref": "x domain", "xanchor": "left", "y": low - ROW * row * (high - low)}
        | {"text": text(ticks.name), "showarrow": False, "font": {"size": 11, "color": ticks.colour}}
        for row, ticks in enumerate(panel.ticks, start=1)
    ]
    for number, marker in enumerate(panel.markers):
        along, across = ("x", "y") if marker.axis == "x" else ("y", "x")
        place = {along: marker.at, f"{along}ref": along}
        line = {"color": marker.colour, "width": 1.2, "dash": "dot"}
        shapes.append(
            {"type": "line", f"{along}0": marker.at, f"{along}1": marker.at, f"{along}ref": along}
            | {f"{across}0": 0, f"{across}1": 1, f"{across}ref": f"{across} domain", "line": line}
        )
        level = 1.0 - 0.07 * (number % 3) if marker.axis == "x" else 1.0
        notes.append(
            place
            | {across: level, f"{across}ref": f"{across} domain", "text": text(marker.text)}
            | {"showarrow": False, "font": {"size": 11, "color": marker.colour}}
            | {"xanchor": "left" if marker.axis == "x" and not panel.is_right(marker.at) else "right"}
            | {"yanchor": "top" if marker.axis == "x" else "bottom"}
        )
        if panel.x_log and marker.axis == "x":
            # Annotations of a logarithmic axis are placed by their exponent, shapes are not.
            notes[-1]["x"] = math.log10(marker.at) if marker.at > 0.0 else 0.0
    return {"shapes": shapes, "annotations": notes} if notes else {}


def _whole_ticks(panel: Panel) -> Document:
    last = max((float(s.x.max()) for s in panel.series if len(s.x)), default=1.0)
    return {"dtick": 1} if last <= 12 else {}


def _bars(panel: BarPanel) -> Document:
    """Horizontal bars; a range is drawn from its low to its high end."""
    names = [text(bar.name) for bar in panel.bars]
    ranges = [(text(b.name), rounded_value(b.low), rounded_value(b.high)) for b in panel.bars if b.has_range]
    edge = {"color": INK, "width": 1.4}
    data: list[Document] = [
        {
            "type": "bar",
            "x": [rounded_value(bar.value) for bar in panel.bars],
            "y": names,
            "orientation": "h",
            "marker": {"color": [bar.colour for bar in panel.bars], "opacity": 0.85},
            "width": 0.62,
            "hovertemplate": "%{y}: %{x:.4g}<extra></extra>",
        },
        {
            "type": "scatter",
            "x": [value for _, low, high in ranges for value in (low, high, None)],
            "y": [name for name, _, _ in ranges for _ in range(3)],
            "name": "range",
            "mode": "lines+markers",
            "line": edge,
            "marker": {"symbol": "line-ns", "size": 8, "line": edge},
            "hovertemplate": "%{y}: range ends at %{x:.4g}<extra></extra>",
        },
    ]
    layout = plain_layout(panel.title)
    layout["xaxis"] = axis(panel.x_label) | {"zeroline": True, "zerolinecolor": INK}
    layout["yaxis"] = axis("") | {"autorange": "reversed", "showgrid": False}
    layout["height"] = 120 + 38 * len(panel.bars)
    return {"data": data, "layout": layout}


def _trace(series: Series, *, hover: bool) -> Document:
    mode = "+".join(m for m, on in (("lines", series.width > 0), ("markers", series.symbol)) if on)
    unlabelled = "%{x:.4g}, %{y:.4g}" if hover else "(%{x:.1f}, %{y:.1f}) Å"
    symbol = _SYMBOL.get(series.symbol, series.symbol) or "circle"
    edge = {"color": series.colour, "width": _EDGE.get(series.symbol, 0.0)}
    trace: Document = {
        "type": "scatter",
        "x": rounded(series.x),
        "y": rounded(series.y),
        "name": text(series.name),
        "meta": {"key": series.key},
        "mode": mode or "none",
        "line": {"color": series.colour, "width": series.width, "dash": series.dash},
        "marker": {"symbol": symbol, "size": series.size, "color": series.colour, "line": edge},
        "hovertemplate": f"{text(series.name)}: {unlabelled}<extra></extra>",
    }
    if series.error is not None:
        bar = {"type": "data", "array": rounded(series.error), "thickness": 1.2, "width": 3}
        trace["error_y"] = bar | {"color": series.colour}
    return trace


def _band(series: Series) -> Document:
    assert series.band is not None
    low, high = series.band
    return {
        "type": "scatter",
        "x": rounded(np.concatenate([series.x, series.x[::-1]])),
        "y": rounded(np.concatenate([high, low[::-1]])),
        "name": text(f"{series.name}, range"),
        "meta": {"key": series.key, "band": True},
        "mode": "lines",
        "line": {"width": 0, "color": series.colour},
        "fill": "toself",
        "fillcolor": series.colour,
        "opacity": 0.18,
        "hoverinfo": "skip",
    }
