"""Drawing figures for the screen: plotly, as plain data that the page hands to plotly.js."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.content.figure import BarPanel, Cloud, Figure, ImagePanel, Panel, Scene, Series, Values
from topotaxy.content.palette import INK

if TYPE_CHECKING:
    import plotly.graph_objects as go

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_GRID = "#e6e8eb"
_EDGE = {"circle-open": 1.6, "cross": 1.1}
_SYMBOL = {"triangle": "triangle-up", "cross": "x-thin"}


def documents(figure: Figure) -> list[dict[str, Any]]:
    """Return one plotly document for each panel.

    Legends are left to the page, where one legend serves all panels: each trace carries its
    legend key in ``meta``.
    """
    return [_plain(_panel(p)) for p in figure.panels]


def _panel(panel: Panel | BarPanel | ImagePanel) -> go.Figure:
    if isinstance(panel, BarPanel):
        return bars(panel)
    return image(panel) if isinstance(panel, ImagePanel) else axes(panel)


def image(panel: ImagePanel) -> go.Figure:
    """Draw a map of values."""
    import plotly.graph_objects as go

    rows, columns = panel.values.shape
    low, high = panel.colour_limits()
    scale = {"grey": "gray", "sequential": "Viridis", "diverging": "RdBu"}[panel.colours]
    figure = go.Figure(
        go.Heatmap(
            z=panel.values,
            x=_centres(panel.x_range, columns),
            y=_centres(panel.y_range, rows),
            zmin=low,
            zmax=high,
            colorscale=scale,
            reversescale=panel.colours == "diverging",
            showscale=bool(panel.colour_bar),
            colorbar={"title": {"text": _text(panel.colour_bar), "side": "right"}, "thickness": 12},
        )
    )
    figure.update_layout(**_layout(panel.title))
    figure.update_xaxes(title_text=_text(panel.x_label), constrain="domain")
    figure.update_yaxes(title_text=_text(panel.y_label))
    if panel.origin_on_top:
        figure.update_yaxes(autorange="reversed")
    if panel.equal_axes:
        figure.update_yaxes(scaleanchor="x", constrain="domain")
    for x, y, text in panel.points:
        figure.add_annotation(x=x, y=y, text=_text(text), showarrow=True, arrowhead=0, ax=12, ay=-12)
    if panel.scale_bar is not None:
        length, words = panel.scale_bar
        left, right = min(panel.x_range), max(panel.x_range)
        start = left + 0.05 * (right - left)
        near, far = panel.y_range
        level = far - 0.06 * (far - near) if panel.origin_on_top else near + 0.06 * (far - near)
        line = {"color": "white", "width": 4}
        figure.add_shape(type="line", x0=start, x1=start + length, y0=level, y1=level, line=line)
        figure.add_annotation(
            x=start + 0.5 * length, y=level, text=_text(words), showarrow=False, yshift=12, font_color="white"
        )
        figure.update_xaxes(visible=False)
        figure.update_yaxes(visible=False)
    return figure


def _centres(span: tuple[float, float], count: int) -> list[float]:
    """Centres of equal steps between two outer edges."""
    step = (span[1] - span[0]) / count
    return [span[0] + (index + 0.5) * step for index in range(count)]


def scene_document(content: Scene) -> dict[str, Any]:
    """Return the plotly document of a scene."""
    return _plain(scene(content))


def _plain(figure: go.Figure) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(figure.to_json())
    return document


def axes(panel: Panel) -> go.Figure:
    """Return one panel; the range over replicas is drawn as a closed shape behind its line."""
    import plotly.graph_objects as go

    figure = go.Figure(layout=_layout(panel.title))
    for series in panel.series:
        if series.band is not None:
            figure.add_trace(_band(series))
        figure.add_trace(_trace(series, hover=not panel.square))
    figure.update_xaxes(title_text=_text(panel.x_label), **_axis())
    figure.update_yaxes(title_text=_text(panel.y_label), **_axis())
    if panel.square:
        extent = None if panel.extent is None else list(panel.extent)
        figure.update_yaxes(scaleanchor="x", constrain="domain", range=extent, visible=False)
        figure.update_xaxes(constrain="domain", range=extent, visible=False)
        figure.update_layout(margin={"l": 6, "r": 6, "t": 36, "b": 6})
    if panel.whole_numbers:
        figure.update_xaxes(tickformat="d", **_whole_ticks(panel))
    if panel.y_limit is not None:
        figure.update_yaxes(range=[0, 1.04 * panel.y_limit])
    elif panel.y_from_zero:
        figure.update_yaxes(rangemode="tozero")
    if not panel.square:
        figure.update_layout(hovermode="closest")
    if panel.x_log:
        figure.update_xaxes(type="log")
    if panel.y_log:
        figure.update_yaxes(type="log")
    if panel.x_reversed:
        figure.update_xaxes(autorange="reversed")
    if panel.hide_y_numbers:
        figure.update_yaxes(showticklabels=False)
    _strokes(figure, panel)
    return figure


def _strokes(figure: go.Figure, panel: Panel) -> None:
    """Rows of short strokes below the curves, and labelled lines across the panel."""
    import plotly.graph_objects as go

    if panel.ticks:
        low, high = panel.y_span()
        for row, ticks in enumerate(panel.ticks, start=1):
            figure.add_trace(
                go.Scatter(
                    x=ticks.x,
                    y=np.full(len(ticks.x), low - 0.06 * row * (high - low)),
                    mode="markers",
                    marker={"symbol": "line-ns", "size": 8, "line": {"width": 1.2, "color": ticks.colour}},
                    name=_text(ticks.name),
                    meta={"key": ticks.name},
                    showlegend=False,
                    hovertemplate=f"{_text(ticks.name)} %{{x:.4g}}<extra></extra>",
                )
            )
    for marker in panel.markers:
        line = {"color": marker.colour, "width": 1, "dash": "dot"}
        if marker.axis == "x":
            figure.add_vline(x=marker.at, line=line, annotation_text=_text(marker.text))
        else:
            figure.add_hline(y=marker.at, line=line, annotation_text=_text(marker.text))


def _whole_ticks(panel: Panel) -> dict[str, Any]:
    last = max((float(s.x.max()) for s in panel.series if len(s.x)), default=1.0)
    return {"dtick": 1} if last <= 12 else {}


def bars(panel: BarPanel) -> go.Figure:
    """Return horizontal bars; a range is drawn from its low to its high end."""
    import plotly.graph_objects as go

    figure = go.Figure(layout=_layout(panel.title))
    names = [_text(bar.name) for bar in panel.bars]
    figure.add_trace(
        go.Bar(
            x=[_round(bar.value) for bar in panel.bars],
            y=names,
            orientation="h",
            marker={"color": [bar.colour for bar in panel.bars], "opacity": 0.85},
            width=0.62,
            hovertemplate="%{y}: %{x:.0f} mAh g⁻¹<extra></extra>",
        )
    )
    ranges = [(_text(bar.name), _round(bar.low), _round(bar.high)) for bar in panel.bars if bar.has_range]
    figure.add_trace(
        go.Scatter(
            x=[value for _, low, high in ranges for value in (low, high, None)],
            y=[name for name, _, _ in ranges for _ in range(3)],
            name="range",
            mode="lines+markers",
            line={"color": INK, "width": 1.4},
            marker={"symbol": "line-ns", "size": 8, "line": {"color": INK, "width": 1.4}},
            hovertemplate="%{y}: range ends at %{x:.0f} mAh g⁻¹<extra></extra>",
        )
    )
    figure.update_xaxes(title_text=_text(panel.x_label), **_axis())
    figure.update_xaxes(zeroline=True, zerolinecolor=INK)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    figure.update_layout(height=120 + 38 * len(panel.bars))
    return figure


def scene(content: Scene) -> go.Figure:
    """Return all snapshots in one view; the page switches between them by ``meta.view``."""
    import plotly.graph_objects as go

    figure = go.Figure(layout=_layout(""))
    for number, (label, clouds) in enumerate(content.views.items()):
        for cloud in clouds:
            trace = _cloud(cloud)
            trace.update(
                meta={"key": cloud.key, "view": number},
                visible=number == 0 and cloud.shown,
                hovertemplate=(
                    f"{_text(cloud.name)}<br>(%{{x:.1f}}, %{{y:.1f}}, %{{z:.1f}}) Å"
                    f"<extra>{_text(label)}</extra>"
                ),
            )
            figure.add_trace(trace)
    figure.add_trace(_box_edges(content.edge))
    axis = {
        "range": [-0.02 * content.edge, 1.02 * content.edge],
        "showbackground": False,
        "showgrid": False,
        "showspikes": False,
        "zeroline": False,
        "nticks": 4,
        "tickfont": {"size": 10},
    }
    figure.update_layout(
        scene={
            "aspectmode": "manual",
            "aspectratio": {"x": 1.2, "y": 1.2, "z": 1.2},
            "xaxis": axis | {"title": {"text": "x (Å)"}},
            "yaxis": axis | {"title": {"text": "y (Å)"}},
            "zaxis": axis | {"title": {"text": "z (Å)"}},
            "camera": {"eye": {"x": 1.35, "y": 1.15, "z": 0.75}, "projection": {"type": "orthographic"}},
        },
        uirevision="lattice",
        height=600,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        meta={"views": list(content.views)},
    )
    return figure


def _box_edges(edge: float) -> go.Scatter3d:
    """Draw the twelve edges of the box, to show which way it is turned."""
    import plotly.graph_objects as go

    corners = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    points: list[tuple[float | None, ...]] = []
    for start in corners:
        for axis in range(3):
            if start[axis] == 0:
                end = tuple(1 if i == axis else v for i, v in enumerate(start))
                points += [tuple(_round(edge * v) for v in c) for c in (start, end)]
                points.append((None, None, None))
    x, y, z = zip(*points, strict=True)
    return go.Scatter3d(
        x=x, y=y, z=z, mode="lines", line={"color": "#9aa1aa", "width": 2}, hoverinfo="skip", name="box"
    )


def _cloud(cloud: Cloud) -> go.Scatter3d:
    import plotly.graph_objects as go

    x, y, z = cloud.position.T.astype(np.float32)
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="markers",
        name=_text(cloud.name),
        marker={
            "size": cloud.size,
            "color": cloud.colour,
            "symbol": "x" if cloud.symbol == "cross" else cloud.symbol,
            "line": {"width": 0},
        },
    )


def _trace(series: Series, *, hover: bool) -> go.Scatter:
    import plotly.graph_objects as go

    mode = "+".join(m for m, on in (("lines", series.width > 0), ("markers", series.symbol)) if on)
    unlabelled = "%{x:.4g}, %{y:.4g}" if hover else "(%{x:.1f}, %{y:.1f}) Å"
    return go.Scatter(
        x=_rounded(series.x),
        y=_rounded(series.y),
        name=_text(series.name),
        meta={"key": series.key},
        mode=mode or "none",
        line={"color": series.colour, "width": series.width, "dash": series.dash},
        marker=_marker(series),
        error_y=None
        if series.error is None
        else {"array": _rounded(series.error), "thickness": 1, "width": 3, "color": series.colour},
        hovertemplate=f"{_text(series.name)}: {unlabelled}<extra></extra>",
    )


def _marker(series: Series) -> dict[str, Any]:
    symbol = _SYMBOL.get(series.symbol, series.symbol) or "circle"
    edge = {"color": series.colour, "width": _EDGE.get(series.symbol, 0.0)}
    return {"symbol": symbol, "size": series.size, "color": series.colour, "line": edge}


def _band(series: Series) -> go.Scatter:
    import plotly.graph_objects as go

    assert series.band is not None
    low, high = series.band
    red, green, blue = (int(series.colour[i : i + 2], 16) for i in (1, 3, 5))
    return go.Scatter(
        x=_rounded(np.concatenate([series.x, series.x[::-1]])),
        y=_rounded(np.concatenate([high, low[::-1]])),
        name=_text(f"{series.name}, range"),
        meta={"key": series.key, "band": True},
        mode="lines",
        line={"width": 0, "color": series.colour},
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.18)",
        hoverinfo="skip",
    )


def _layout(title: str) -> dict[str, Any]:
    return {
        "template": {},
        "title": {"text": _text(title), "x": 0.01, "xanchor": "left", "y": 0.98, "font": {"size": 13.5}},
        "font": {"family": _FONT, "size": 12, "color": INK},
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 58, "r": 12, "t": 36, "b": 48},
        "height": 330,
        "hoverlabel": {"font": {"size": 12}},
        "modebar": {"bgcolor": "rgba(255,255,255,0.85)", "color": "#8a929c", "activecolor": INK},
    }


def _axis() -> dict[str, Any]:
    return {
        "gridcolor": _GRID,
        "zeroline": False,
        "linecolor": INK,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "title_standoff": 8,
    }


def _text(text: str) -> str:
    """Escape what plotly.js would read as its HTML-like markup or as a template field."""
    return html.escape(text, quote=False).replace("%{", "%\u200b{")


def _round(value: float) -> float:
    return float(f"{value:.5g}")


def _rounded(values: Values) -> list[float]:
    """Five significant digits: finer than any screen, and half the size of the page."""
    return [_round(v) for v in values.tolist()]
