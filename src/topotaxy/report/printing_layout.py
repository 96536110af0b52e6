"""Where panels and legends stand in a printed figure.

Margins follow from the words of labels and numbers by their count of letters. Matplotlib's own layouts
measure every letter several times, which takes longer than drawing the figure in all three formats.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from topotaxy.content.figure import BarPanel, Figure, ImagePanel, Panel, Series, Swatch
from topotaxy.content.palette import NEUTRAL
from topotaxy.report.printed_panels import DASH, MARK, line_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

COLUMN_INCHES = 3.5
"""Width of one column of a journal."""
PANEL_INCHES = 2.5
TALL_INCHES = 4.2
LETTER_INCHES = 0.066
"""Width of a letter of 8 points, on the average, of DejaVu Sans."""
LINE_INCHES = 0.16
LEGEND_MARK_INCHES = 0.5
MOST_LETTERS = 8
"""Letters of a number on an axis; what is longer is matplotlib's markup of a power, which is not seen."""

_GAP = 0.08
_COLOUR_BAR = 0.48
_BAR_INCHES = 0.32


def place(canvas: Canvas, all_axes: list[Axes], figure: Figure) -> None:
    """Set the size of the figure, and panels, colour scales and legend in it.

    Parameters
    ----------
    canvas : Canvas
        matplotlib figure that holds them.
    all_axes : list[Axes]
        The axes of the panels, in their order.
    figure : Figure
        The figure's content.
    """
    count = len(figure.panels)
    columns = 3 if count == 3 else min(count, 2)
    alone = count == 1
    bars = any(isinstance(p, BarPanel) for p in figure.panels)
    width = COLUMN_INCHES if alone and not bars and not figure.panels[0].wide else 2 * COLUMN_INCHES
    columns = 1 if bars else columns
    heights = _heights(figure, columns)
    handles, legend_columns = _legend(figure, width)
    legend_rows = -(-len(handles) // legend_columns) if handles else 0
    foot = legend_rows * LINE_INCHES + (_GAP if legend_rows else 0.0)
    total = sum(heights) + foot
    canvas.set_size_inches(width, total)
    top = total
    for row, height in enumerate(heights):
        for column in range(columns):
            index = row * columns + column
            if index < count:
                box = (column * width / columns, top - height, width / columns, height)
                _place_panel(canvas, all_axes[index], figure.panels[index], box, (width, total))
        top -= height
    if handles:
        canvas.legend(
            handles=handles,
            loc="lower center",
            bbox_to_anchor=(0.5, 0.0),
            ncols=legend_columns,
            columnspacing=1.2,
            borderaxespad=0.2,
            borderpad=0.1,
        )


def _heights(figure: Figure, columns: int) -> list[float]:
    """Height of every row of panels, in inches."""
    found = []
    for start in range(0, len(figure.panels), columns):
        row = figure.panels[start : start + columns]
        found.append(max(_height(panel) for panel in row))
    return found


def _height(panel: Panel | BarPanel | ImagePanel) -> float:
    if isinstance(panel, BarPanel):
        return 0.75 + _BAR_INCHES * len(panel.bars)
    return TALL_INCHES if panel.tall else PANEL_INCHES


def _place_panel(
    canvas: Canvas,
    axes: Axes,
    panel: Panel | BarPanel | ImagePanel,
    box: tuple[float, float, float, float],
    size: tuple[float, float],
) -> None:
    """Set one panel into its box (left, bottom, width, height in inches) of a figure of that size."""
    left, bottom, width, height = box
    near, far = _left_margin(axes, panel), _right_margin(panel)
    bare = isinstance(panel, Panel) and panel.square
    below = _GAP if bare else _GAP + LINE_INCHES + (LINE_INCHES if panel.x_label else 0.0) + 0.06
    above = _GAP + (LINE_INCHES if panel.title else 0.0)
    across, up = width - near - far, height - below - above
    start = left + near
    if isinstance(panel, ImagePanel) and panel.equal_axes:
        # The box takes the shape of the image, so that labels and colour scale stand beside it.
        shape = abs((panel.y_range[1] - panel.y_range[0]) / (panel.x_range[1] - panel.x_range[0]))
        room = across
        across, up = min(across, up / shape), min(up, across * shape)
        start += 0.5 * (room - across)
        bottom = bottom + height - above - up - below
    _set(axes, (start, bottom + below, across, up), size)
    # Labels at fixed places: matplotlib would otherwise measure all numbers of the axis to place them.
    axes.yaxis.set_label_coords(-(near - _GAP - LINE_INCHES) / across, 0.5)
    axes.xaxis.set_label_coords(0.5, -(LINE_INCHES + 0.08) / up)
    if isinstance(panel, ImagePanel) and panel.colour_bar:
        bar = canvas.add_axes((0.0, 0.0, 1.0, 1.0))
        _set(bar, (start + across + 0.06, bottom + below, 0.1, up), size)
        canvas.colorbar(axes.images[0], cax=bar, label=panel.colour_bar)


def _set(axes: Axes, box: tuple[float, float, float, float], size: tuple[float, float]) -> None:
    """Set axes into a box (left, bottom, width, height in inches) of a figure of that size."""
    left, bottom, width, height = box
    axes.set_position((left / size[0], bottom / size[1], width / size[0], height / size[1]))


def _left_margin(axes: Axes, panel: Panel | BarPanel | ImagePanel) -> float:
    if isinstance(panel, Panel) and panel.square:
        return _GAP
    if isinstance(panel, BarPanel):
        return _GAP + 0.06 + LETTER_INCHES * max(len(bar.name) for bar in panel.bars)
    places = axes.get_yticks()
    numbers = axes.yaxis.get_major_formatter().format_ticks([float(p) for p in places])
    low, high = sorted(axes.get_ylim())
    shown = [len(t) for t, p in zip(numbers, places, strict=True) if low <= p <= high]
    letters = min(max(shown, default=0), MOST_LETTERS)
    label = LINE_INCHES + 0.04 if panel.y_label else 0.0
    return _GAP + label + 0.07 + LETTER_INCHES * letters


def _right_margin(panel: Panel | BarPanel | ImagePanel) -> float:
    if isinstance(panel, ImagePanel) and panel.colour_bar:
        letters = max(len(f"{value:.2g}") for value in panel.colour_limits())
        return _COLOUR_BAR + LETTER_INCHES * max(letters, 3)
    if isinstance(panel, Panel) and panel.ticks:
        return _GAP + 0.8 * LETTER_INCHES * max(len(ticks.name) for ticks in panel.ticks)
    return 2 * _GAP


def _legend(figure: Figure, width: float) -> tuple[list[Any], int]:
    """Handles of the legend and the columns in which they stand."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=key, **_legend_style(first)) for key, first in figure.legend().items()]
    handles += [Line2D([], [], label=swatch.name, **_swatch_style(swatch)) for swatch in figure.swatches]
    return handles, legend_columns([str(h.get_label()) for h in handles], width)


def legend_columns(names: list[str], width: float) -> int:
    """Return the columns of the legend of fewest rows that fits into ``width`` inches, as even as may be.

    Matplotlib fills a legend column by column, the first columns being one row longer.

    Parameters
    ----------
    names : list[str]
        Names in the legend.
    width : float
        Width of the figure in inches.
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
    solid = line_style(series)
    if series.symbol.endswith("-open"):
        solid |= {"markerfacecolor": series.colour}
    return solid | {"markersize": max(3.0, 0.6 * series.size)}


def _swatch_style(swatch: Swatch) -> dict[str, Any]:
    hollow = swatch.symbol.endswith("-open")
    return {
        "color": NEUTRAL,
        "linestyle": DASH[swatch.dash] if swatch.dash else "none",
        "linewidth": 1.2,
        "marker": MARK[swatch.symbol],
        "markersize": 5,
        "markerfacecolor": "white" if hollow else NEUTRAL,
        "markeredgecolor": NEUTRAL,
    }
