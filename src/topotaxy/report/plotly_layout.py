"""What all plotly documents share: layout, axes, and numbers as JSON takes them."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np

from topotaxy.content.figure import Values
from topotaxy.content.palette import GRID, INK

Document = dict[str, Any]
"""A plotly figure as plain data."""

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def plain_layout(title: str) -> Document:
    """Return what all panels share: fonts, margins, a clear ground.

    Parameters
    ----------
    title : str
        Title of the panel.
    """
    return {
        "template": {},
        "title": {"text": text(title), "x": 0.01, "xanchor": "left", "y": 0.98, "font": {"size": 13.5}},
        "font": {"family": _FONT, "size": 12, "color": INK},
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 58, "r": 20, "t": 36, "b": 48},
        "height": 330,
        "hoverlabel": {"font": {"size": 12}},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#8a929c", "activecolor": INK},
    }


def axis(label: str) -> Document:
    """Return an axis with its label.

    Parameters
    ----------
    label : str
        Words and unit beside the axis.
    """
    return {
        "title": {"text": text(label), "standoff": 8},
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": INK,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": INK,
        "automargin": True,
    }


def text(words: str) -> str:
    """Escape what plotly.js would read as its HTML-like markup or as a template field.

    Parameters
    ----------
    words : str
        Text in words.
    """
    return html.escape(words, quote=False).replace("%{", "%\u200b{")


def rounded_value(value: float) -> float:
    """Return five significant digits: finer than any screen, and half the size of the page.

    Parameters
    ----------
    value : float
        The number.
    """
    short = float(f"{value:.5g}")
    # The largest numbers there are would be rounded up to infinity.
    return short if math.isfinite(short) else value


def rounded(values: Values) -> list[float | None]:
    """Return values to five significant digits; None, a gap, for what is not finite.

    Parameters
    ----------
    values : Values
        Numbers; any that is not finite becomes a gap.
    """
    return [rounded_value(v) if math.isfinite(v) else None for v in np.asarray(values, float).tolist()]
