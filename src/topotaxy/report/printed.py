"""Drawing figures for print: SVG and PNG by matplotlib, the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from topotaxy.content.figure import BarPanel, Figure, ImagePanel, Panel, Series, Swatch
from topotaxy.content.palette import INK, NEUTRAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

COLUMN_INCHES = 3.5
PNG_DPI = 200
LEGEND_MARK_INCHES = 0.5
LETTER_INCHES = 0.066
_DASH: dict[str, Any] = {"solid": "-", "dash": (0, (4, 2)), "dot": (0, (1, 1.5))}
_MARKER = {
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
_STYLE = {
    "font.family": "sans-serif",
    # DejaVu Sans ships with matplotlib and has the superscripts of the labels.
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    # Names come from the run; a "$" in one must not start a formula.
    "text.parse_math": False,
    "svg.hashsalt": "topotaxy",
    "svg.fonttype": "path",
    # Letters stay letters, as journals ask.
    "pdf.fonttype": 42,
}


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(cast(Any, _STYLE))
        yield


def printed(figure: Figure, *, pdf: bool = False) -> dict[str, bytes]:
    """Return the figure as ``{"svg": ..., "png": ...}``, and ``"pdf"`` where asked for."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with _style():
        canvas = drawn(figure)
        # Laid out once for both formats, and printed without the trial drawing of savefig.
        canvas.draw_without_rendering()
        canvas.set_layout_engine("none")
        vector, raster = io.BytesIO(), io.BytesIO()
        png: Any = FigureCanvasAgg(canvas)
        svg: Any = FigureCanvasSVG(canvas)
        png.print_png(raster, metadata={"Software": None})
        svg.print_svg(vector, metadata={"Date": None, "Creator": None})
        found = {"svg": vector.getvalue(), "png": raster.getvalue()}
        if pdf:
            found["pdf"] = _portable(canvas)
        return found


def _portable(canvas: Canvas) -> bytes:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    target = io.BytesIO()
    page: Any = FigureCanvasPdf(canvas)
    page.print_pdf(target, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return target.getvalue()


def drawn(figure: Figure) -> Canvas:
    """Return the matplotlib figure, one pair of axes a panel."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    columns, rows, size = _layout(figure)
    canvas = Canvas(figsize=size, dpi=PNG_DPI, layout="constrained")
    FigureCanvasAgg(canvas)
    grid = canvas.subplots(rows, columns, squeeze=False)
    for axes, panel in zip(grid.flat, figure.panels, strict=False):
        if isinstance(panel, BarPanel):
            _draw_bars(axes, panel)
        elif isinstance(panel, ImagePanel):
            _draw_image(canvas, axes, panel)
        else:
            _draw_panel(axes, panel)
    for axes in list(grid.flat)[len(figure.panels) :]:
        axes.set_axis_off()
    _draw_legend(canvas, figure)
    return canvas


def _draw_image(canvas: Canvas, axes: Axes, panel: ImagePanel) -> None:
    low, high = panel.colour_limits()
    near, far = panel.y_range
    drawn = axes.imshow(
        panel.values,
        extent=(*panel.x_range, far, near) if panel.origin_on_top else (*panel.x_range, near, far),
        origin="upper" if panel.origin_on_top else "lower",
        vmin=low,
        vmax=high,
        cmap={"grey": "gray", "sequential": "viridis", "diverging": "RdBu_r"}[panel.colours],
        aspect="equal" if panel.equal_axes else "auto",
        interpolation="nearest",
    )
    axes.set_title(panel.title, loc="left")
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    if panel.colour_bar:
        canvas.colorbar(drawn, ax=axes, label=panel.colour_bar, fraction=0.046, pad=0.02)
    for x, y, text in panel.points:
        axes.annotate(text, (x, y), xytext=(4, 4), textcoords="offset points", color="white")
    if panel.scale_bar is not None:
        length, words = panel.scale_bar
        left, right = panel.x_range
        start = left + 0.05 * (right - left)
        level = far - 0.06 * (far - near) if panel.origin_on_top else near + 0.06 * (far - near)
        axes.plot([start, start + length], [level, level], color="white", linewidth=3)
        axes.annotate(
            words,
            (start + 0.5 * length, level),
            xytext=(0, 4),
            textcoords="offset points",
            color="white",
            ha="center",
        )
        axes.set_xticks([])
        axes.set_yticks([])


def _layout(figure: Figure) -> tuple[int, int, tuple[float, float]]:
    count = len(figure.panels)
    if isinstance(figure.panels[0], BarPanel):
        return 1, 1, (2 * COLUMN_INCHES, 0.9 + 0.32 * len(figure.panels[0].bars))
    columns = 3 if count == 3 else min(count, 2)
    rows = -(-count // columns)
    width = COLUMN_INCHES if count == 1 else 2 * COLUMN_INCHES
    return columns, rows, (width, rows * 2.5 + 0.5)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_title(panel.title, fontweight="bold")
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    for series in panel.series:
        if series.band is not None:
            axes.fill_between(series.x, *series.band, color=series.colour, alpha=0.18, linewidth=0)
        axes.plot(series.x, series.y, label=series.name, **_line_style(series))
        if series.error is not None:
            axes.errorbar(
                series.x,
                series.y,
                yerr=series.error,
                fmt="none",
                ecolor=series.colour,
                elinewidth=0.8,
                capsize=2,
            )
    if panel.square:
        axes.set_aspect("equal")
        axes.set_axis_off()
    if panel.extent is not None:
        axes.set_xlim(*panel.extent)
        axes.set_ylim(*panel.extent)
    if panel.whole_numbers:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if panel.y_limit is not None:
        axes.set_ylim(0, 1.04 * panel.y_limit)
    elif panel.y_from_zero:
        top = max((float(np.max(s.y)) for s in panel.series if len(s.y)), default=0.0)
        axes.set_ylim(0, 1.08 * top if top > 0 else 1.0)
    if panel.x_log:
        axes.set_xscale("log")
    if panel.y_log:
        axes.set_yscale("log")
    if panel.x_reversed:
        axes.invert_xaxis()
    if panel.hide_y_numbers:
        axes.set_yticklabels([])
    _draw_strokes(axes, panel)
    if not panel.series:
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", color=NEUTRAL)


def _draw_strokes(axes: Axes, panel: Panel) -> None:
    """Rows of short strokes below the curves, and labelled lines across the panel."""
    low, high = panel.y_span()
    for row, ticks in enumerate(panel.ticks, start=1):
        level = np.full(len(ticks.x), low - 0.06 * row * (high - low))
        axes.plot(ticks.x, level, "|", color=ticks.colour, markersize=5, markeredgewidth=0.8)
        axes.annotate(
            ticks.name,
            (0.0, float(low - 0.06 * row * (high - low))),
            xycoords=("axes fraction", "data"),
            fontsize=6.5,
            color=ticks.colour,
            va="center",
        )
    for marker in panel.markers:
        draw = axes.axvline if marker.axis == "x" else axes.axhline
        draw(marker.at, color=marker.colour, linewidth=0.8, linestyle=":")
        where = (marker.at, 0.98) if marker.axis == "x" else (0.98, marker.at)
        frame = ("data", "axes fraction") if marker.axis == "x" else ("axes fraction", "data")
        axes.annotate(
            marker.text, where, xycoords=frame, fontsize=6.5, color=marker.colour, va="top", ha="right"
        )


def _line_style(series: Series) -> dict[str, Any]:
    hollow = series.symbol.endswith("-open")
    return {
        "color": series.colour,
        "linestyle": _DASH[series.dash] if series.width > 0 else "none",
        "linewidth": 0.75 * series.width,
        "marker": _MARKER[series.symbol],
        "markersize": 0.6 * series.size,
        "markerfacecolor": "white" if hollow else series.colour,
        "markeredgecolor": series.colour,
        "markeredgewidth": 0.9 if hollow else 0.7 if series.symbol == "cross" else 0.0,
    }


def _draw_bars(axes: Axes, panel: BarPanel) -> None:
    rows = np.arange(len(panel.bars))[::-1]
    axes.barh(
        rows, [b.value for b in panel.bars], color=[b.colour for b in panel.bars], height=0.62, alpha=0.85
    )
    for row, bar in zip(rows, panel.bars, strict=True):
        if bar.has_range:
            axes.plot([bar.low, bar.high], [row, row], color=INK, linewidth=1.1, marker="|", markersize=6)
        reach = max(v for v in (bar.value, bar.high, 0.0) if np.isfinite(v))
        axes.annotate(
            f"{bar.value:.0f}",
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


def _draw_legend(canvas: Canvas, figure: Figure) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=key, **_legend_style(first)) for key, first in figure.legend().items()]
    handles += [Line2D([], [], label=swatch.name, **_swatch_style(swatch)) for swatch in figure.swatches]
    if handles:
        columns = _legend_columns([str(h.get_label()) for h in handles], canvas.get_size_inches()[0])
        canvas.legend(handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.2)


def _legend_columns(names: list[str], width: float) -> int:
    """Return the columns of the legend of fewest rows that fits, as even as may be.

    Matplotlib fills a legend column by column, the first columns being one row longer.
    """
    for columns in range(len(names), 0, -1):
        size, longer = divmod(len(names), columns)
        starts = [i * size + min(i, longer) for i in range(columns + 1)]
        longest = [max(map(len, names[a:b])) for a, b in pairwise(starts)]
        if columns == 1 or sum(LEGEND_MARK_INCHES + LETTER_INCHES * n for n in longest) < width:
            rows = -(-len(names) // columns)
            return -(-len(names) // rows)
    return 1


def _legend_style(series: Series) -> dict[str, Any]:
    solid = _line_style(series)
    if series.symbol == "circle-open":
        solid |= {"markerfacecolor": series.colour}
    return solid | {"markersize": max(3.0, 0.6 * series.size)}


def _swatch_style(swatch: Swatch) -> dict[str, Any]:
    hollow = swatch.symbol.endswith("-open")
    return {
        "color": NEUTRAL,
        "linestyle": _DASH[swatch.dash] if swatch.dash else "none",
        "linewidth": 1.2,
        "marker": _MARKER[swatch.symbol],
        "markersize": 5,
        "markerfacecolor": "white" if hollow else NEUTRAL,
        "markeredgecolor": NEUTRAL,
    }
