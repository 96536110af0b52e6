"""Drawing figures for print: SVG, PDF and PNG by matplotlib, the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from topotaxy.content.figure import BarPanel, Figure, ImagePanel
from topotaxy.content.palette import INK
from topotaxy.report.printed_panels import draw_bars, draw_image, draw_panel
from topotaxy.report.printing_layout import place

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

PNG_DPI = 200
_STYLE = {
    "font.family": "sans-serif",
    # DejaVu Sans ships with matplotlib and has the superscripts of the labels.
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    # A title that need not be moved out of the way of anything spares a measuring of all labels.
    "axes.titley": 1.0,
    "axes.titlepad": 4.0,
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
    # Letters stay letters, to be searched and copied. Type 3 holds those that are used as they are; Type 42
    # would cut a font down for every file, which takes longer than drawing the figure in all three formats.
    "pdf.fonttype": 3,
}


@contextmanager
def print_style() -> Iterator[None]:
    """Draw in the style of these reports, whatever the user's own settings are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(cast(Any, _STYLE))
        yield


def printed(figure: Figure) -> dict[str, bytes]:
    """Return the figure as ``{"svg": ..., "pdf": ..., "png": ...}``, drawn once and printed three times.

    Parameters
    ----------
    figure : Figure
        The figure's content.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with print_style():
        canvas = drawn(figure)
        vector, page, raster = io.BytesIO(), io.BytesIO(), io.BytesIO()
        png: Any = FigureCanvasAgg(canvas)
        svg: Any = FigureCanvasSVG(canvas)
        pdf: Any = FigureCanvasPdf(canvas)
        png.print_png(raster, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
        svg.print_svg(vector, metadata={"Date": None, "Creator": None})
        pdf.print_pdf(page, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return {"svg": vector.getvalue(), "pdf": page.getvalue(), "png": raster.getvalue()}


def drawn(figure: Figure) -> Canvas:
    """Return the matplotlib figure, one pair of axes a panel.

    Parameters
    ----------
    figure : Figure
        The figure's content.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(dpi=PNG_DPI)
    FigureCanvasAgg(canvas)
    all_axes = []
    for panel in figure.panels:
        axes = canvas.add_axes((0.0, 0.0, 1.0, 1.0))
        all_axes.append(axes)
        if isinstance(panel, BarPanel):
            draw_bars(axes, panel)
        elif isinstance(panel, ImagePanel):
            draw_image(axes, panel)
        else:
            draw_panel(axes, panel)
    place(canvas, all_axes, figure)
    return canvas
