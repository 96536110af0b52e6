"""One panel in print: curves, bars or a map of values in a pair of matplotlib axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.content.figure import BarPanel, ImagePanel, Panel, Series
from topotaxy.content.palette import INK, NEUTRAL, SCALES
from topotaxy.report.interactive import FEW_DECADES, ROW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

DASH: dict[str, Any] = {"solid": "-", "dash": (0, (4, 2)), "dot": (0, (1, 1.5))}
MARK = {
    "": "",
    "circle": "o",
    "circle-open": "o",
    "square": "s",
    "square-open": "s",
    "diamond": "D",
    "triangle": "^",
    "cross": "x",
    "star": "*",
}
SMALL = 6.5
"""Points of words inside a panel."""

# Words on an image stand on a dark ground of their own: they must be read on black and on white.
_GROUND = {"facecolor": "black", "alpha": 0.55, "edgecolor": "none", "pad": 1.5}


def line_style(series: Series) -> dict[str, Any]:
    """Return matplotlib's words for the line and marks of a series.

    Parameters
    ----------
    series : Series
        The line.
    """
    hollow = series.symbol.endswith("-open")
    return {
        "color": series.colour,
        "linestyle": DASH[series.dash] if series.width > 0 else "none",
        "linewidth": 0.75 * series.width,
        "marker": MARK[series.symbol],
        "markersize": 0.6 * series.size,
        "markerfacecolor": "white" if hollow else series.colour,
        "markeredgecolor": series.colour,
        "markeredgewidth": 0.9 if hollow or series.symbol == "cross" else 0.0,
    }


def draw_panel(axes: Axes, panel: Panel) -> None:
    """Draw curves with bands, errors, ticks and markers.

    Parameters
    ----------
    axes : Axes
        matplotlib axes to draw into.
    panel : Panel
        Content of one panel.
    """
    axes.set_title(panel.title, fontweight="bold")
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    for series in panel.series:
        if series.band is not None:
            axes.fill_between(series.x, *series.band, color=series.colour, alpha=0.18, linewidth=0)
        axes.plot(series.x, series.y, label=series.name, **line_style(series))
        if series.error is not None:
            bar: dict[str, Any] = {
                "ecolor": series.colour,
                "elinewidth": 0.9,
                "capsize": 2.0,
                "capthick": 0.9,
            }
            axes.errorbar(series.x, series.y, yerr=series.error, fmt="none", **bar)
    _scale_axes(axes, panel)
    _draw_ticks(axes, panel)
    _draw_markers(axes, panel)
    if not any(len(series.x) for series in panel.series):
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", color=NEUTRAL)


def _scale_axes(axes: Axes, panel: Panel) -> None:
    from matplotlib.ticker import MaxNLocator

    if panel.square:
        axes.set_aspect("equal")
        axes.set_axis_off()
    if panel.extent is not None:
        axes.set_xlim(*panel.extent)
        axes.set_ylim(*panel.extent)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    if panel.whole_numbers:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    if panel.y_limit is not None:
        axes.set_ylim(0, 1.04 * panel.y_limit)
    elif panel.y_from_zero:
        low, high = panel.y_span()
        axes.set_ylim(min(0.0, 1.08 * low), 1.08 * high if high > 0 else 1.0)
    if panel.x_log:
        axes.set_xscale("log")
        _plain_powers(axes.xaxis, *axes.get_xlim())
    if panel.y_log:
        axes.set_yscale("log")
        _plain_powers(axes.yaxis, *axes.get_ylim())
    if panel.x_reversed:
        axes.invert_xaxis()
    if panel.hide_y_numbers:
        axes.set_yticks([])


def _plain_powers(axis: Axis, low: float, high: float) -> None:
    """Number a logarithmic axis of few decades by 1, 2 and 5 in each, in plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    few = high / max(low, 1e-300) < 10.0**FEW_DECADES
    if not few:
        return
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw_ticks(axes: Axes, panel: Panel) -> None:
    """Rows of short strokes below the curves, each with its name to the right of the panel."""
    low, high = panel.y_span()
    for row, ticks in enumerate(panel.ticks, start=1):
        level = low - ROW * row * (high - low)
        axes.plot(
            ticks.x, np.full(len(ticks.x), level), "|", color=ticks.colour, markersize=5, markeredgewidth=0.8
        )
        axes.annotate(
            ticks.name,
            (1.01, level),
            xycoords=("axes fraction", "data"),
            fontsize=SMALL,
            color=ticks.colour,
            va="center",
            annotation_clip=False,
        )


def _draw_markers(axes: Axes, panel: Panel) -> None:
    """Labelled lines across the panel; labels of neighbours stand at different heights."""
    for number, marker in enumerate(panel.markers):
        draw = axes.axvline if marker.axis == "x" else axes.axhline
        draw(marker.at, color=marker.colour, linewidth=0.8, linestyle=":")
        right = panel.is_right(marker.at)
        upright = marker.axis == "x"
        axes.annotate(
            marker.text,
            (marker.at, 0.99 - 0.07 * (number % 3)) if upright else (0.99, marker.at),
            xycoords=("data", "axes fraction") if upright else ("axes fraction", "data"),
            xytext=(-2.0 if right else 2.0, 0.0) if upright else (0.0, 1.0),
            textcoords="offset points",
            fontsize=SMALL,
            color=marker.colour,
            va="top" if upright else "bottom",
            ha="left" if upright and not right else "right",
        )


def draw_image(axes: Axes, panel: ImagePanel) -> None:
    """Draw a map of values; its colour scale is placed by the layout.

    Parameters
    ----------
    axes : Axes
        matplotlib axes to draw into.
    panel : ImagePanel
        Content of one panel with an image.
    """
    from matplotlib.colors import LinearSegmentedColormap

    low, high = panel.colour_limits()
    near, far = panel.y_range
    axes.imshow(
        panel.values,
        extent=(*panel.x_range, far, near) if panel.origin_on_top else (*panel.x_range, near, far),
        origin="upper" if panel.origin_on_top else "lower",
        vmin=low,
        vmax=high,
        cmap=LinearSegmentedColormap.from_list(panel.colours, SCALES[panel.colours]),
        aspect="equal" if panel.equal_axes else "auto",
        interpolation="nearest",
    )
    axes.set_title(panel.title, fontweight="bold")
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    style: dict[str, Any] = {
        "textcoords": "offset points",
        "color": "white",
        "fontsize": SMALL,
        "bbox": _GROUND,
    }
    for x, y, words in panel.points:
        axes.plot([x], [y], "o", color="white", markersize=5, markeredgewidth=0.7, fillstyle="none")
        if words:
            axes.annotate(words, (x, y), xytext=(5, 5), **style)
    if panel.scale_bar is not None:
        length, words = panel.scale_bar
        left, right = min(panel.x_range), max(panel.x_range)
        start = left + 0.05 * (right - left)
        level = far - 0.06 * (far - near) if panel.origin_on_top else near + 0.06 * (far - near)
        ends, levels = [start, start + length], [level, level]
        axes.plot(ends, levels, color="black", linewidth=4.5, solid_capstyle="butt")
        axes.plot(ends, levels, color="white", linewidth=2.5, solid_capstyle="butt")
        axes.annotate(words, (start + 0.5 * length, level), xytext=(0, 5), ha="center", **style)
        axes.set_xticks([])
        axes.set_yticks([])


def draw_bars(axes: Axes, panel: BarPanel) -> None:
    """Draw horizontal bars with their ranges and numbers.

    Parameters
    ----------
    axes : Axes
        matplotlib axes to draw into.
    panel : BarPanel
        Content of one panel of bars.
    """
    rows = np.arange(len(panel.bars))[::-1]
    axes.set_title(panel.title, fontweight="bold")
    values = [b.value for b in panel.bars]
    axes.barh(rows, values, color=[b.colour for b in panel.bars], height=0.62, alpha=0.85)
    for row, bar in zip(rows, panel.bars, strict=True):
        if bar.has_range:
            axes.plot([bar.low, bar.high], [row, row], color=INK, linewidth=1.1, marker="|", markersize=6)
        reach = max(v for v in (bar.value, bar.high, 0.0) if np.isfinite(v))
        axes.annotate(
            f"{bar.value:.3g}".replace("-", "−"),
            (reach, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
    axes.set_yticks(rows, [b.name for b in panel.bars])
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=INK, linewidth=0.7)
    axes.margins(x=0.08)
    axes.set_xlabel(panel.x_label)
