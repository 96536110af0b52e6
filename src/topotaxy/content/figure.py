"""What a figure shows, apart from how it is drawn.

A figure is defined once; one drawer makes it for the screen and another for paper, so that the two
cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Dash = Literal["solid", "dash", "dot"]
Symbol = Literal["", "circle", "circle-open", "square", "square-open", "diamond", "triangle", "cross", "star"]
Values = NDArray[np.float64]

MAX_PIXELS = 400
"""Rows and columns of an image on the screen; in print it is as fine as it is."""


@dataclass(frozen=True)
class Absent:
    """Something the report cannot show, and why."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Series:
    """Points in a panel, joined by a line where ``width`` is above 0.

    ``key`` is the legend entry that several series share (an element, say); ``band`` holds
    the lower and the upper edge of a shaded range at each ``x``; ``error`` is one standard deviation of
    each ``y``, drawn as a bar. A series alone in its panel may stay out of the legend.
    """

    x: Values
    y: Values
    name: str
    key: str
    colour: str
    dash: Dash = "solid"
    width: float = 1.6
    symbol: Symbol = ""
    size: float = 6.0
    band: tuple[Values, Values] | None = None
    error: Values | None = None
    in_legend: bool = True


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """Positions along x, drawn as short strokes in a row below the curves, as for the lines of a phase."""

    x: Values
    name: str
    colour: str


@dataclass(frozen=True, kw_only=True)
class Marker:
    """A labelled line across a panel at one value of x (``axis="x"``) or y."""

    at: float
    text: str
    axis: Literal["x", "y"] = "x"
    colour: str = "#6b7280"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One pair of axes.

    ``square`` gives both axes one scale and the range ``extent``, as for a map of atoms;
    ``y_limit`` is a natural end of the y axis, as 100 is for a share in percent. ``x_reversed`` lets x
    fall to the right, as binding energies do; ``hide_y_numbers`` is for arbitrary units. ``tall`` gives it
    more height, as for many curves above each other; ``wide`` the whole page where it stands alone.
    """

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    square: bool = False
    extent: tuple[float, float] | None = None
    whole_numbers: bool = False
    y_from_zero: bool = False
    y_limit: float | None = None
    x_log: bool = False
    y_log: bool = False
    x_reversed: bool = False
    hide_y_numbers: bool = False
    tall: bool = False
    wide: bool = False
    ticks: tuple[Ticks, ...] = ()
    markers: tuple[Marker, ...] = ()

    def y_span(self) -> tuple[float, float]:
        """Return the smallest and the largest finite y of all series; 0 and 1 where there is none."""
        values = [s.y[np.isfinite(s.y)] for s in self.series if np.isfinite(s.y).any()]
        if not values:
            return 0.0, 1.0
        low, high = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
        return (low, high) if high > low else (low, low + 1.0)

    def is_right(self, x: float) -> bool:
        """Return whether ``x`` lies in the right half of the panel, where words must run to the left.

        Parameters
        ----------
        x : float
            Position on the x axis, in its unit.
        """
        known = [s.x[np.isfinite(s.x)] for s in self.series if np.isfinite(s.x).any()]
        if not known:
            return False
        low, high = min(float(v.min()) for v in known), max(float(v.max()) for v in known)
        if self.x_log and low > 0.0 and x > 0.0:
            low, high, x = math.log(low), math.log(high), math.log(x)
        return (x > 0.5 * (low + high)) != self.x_reversed


@dataclass(frozen=True, kw_only=True)
class ImagePanel:
    """A map of values: a micrograph, a strain map, a series of patterns against charge.

    Attributes
    ----------
    values:
        (rows, columns); the first row is drawn on top where ``origin_on_top``, else at the bottom. NaN is
        left blank.
    x_range, y_range:
        Coordinates of the outer edges of the first and the last column and row, in axis units; rising, so
        that y grows downwards where the first row is on top.
    colours:
        ``grey`` for micrographs, ``sequential`` for amounts, ``diverging`` (white at zero) for strains.
    limits:
        Values at the ends of the colour scale; None for the 1st and 99th percentile.
    scale_bar:
        Length of a drawn bar in axis units with its text, as in (5.0, "5 nm"); axes are then not numbered.
    colour_bar:
        Label of the colour scale; empty for none.
    points:
        Marked positions with their labels: (x, y, text).
    tall, wide:
        As of :class:`Panel`.
    """

    title: str
    values: Values
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_label: str = ""
    y_label: str = ""
    colours: Literal["grey", "sequential", "diverging"] = "sequential"
    limits: tuple[float, float] | None = None
    scale_bar: tuple[float, str] | None = None
    colour_bar: str = ""
    equal_axes: bool = True
    origin_on_top: bool = True
    points: tuple[tuple[float, float, str], ...] = ()
    tall: bool = False
    wide: bool = False

    def coarse(self, limit: int = MAX_PIXELS) -> Values:
        """Return the values as means of square blocks, with at most ``limit`` rows and columns.

        Blocks at the far edges may be cut. A block without a known value is NaN.

        Parameters
        ----------
        limit : int
            Pixels along the longer edge that are kept at most.
        """
        rows, columns = self.values.shape
        step = -(-max(rows, columns) // limit)
        if step == 1:
            return self.values
        tall, wide = -(-rows // step) * step, -(-columns // step) * step
        padded = np.full((tall, wide), np.nan)
        padded[:rows, :columns] = self.values
        blocks = padded.reshape(tall // step, step, wide // step, step)
        known = np.isfinite(blocks)
        count = known.sum(axis=(1, 3))
        total = np.where(known, blocks, 0.0).sum(axis=(1, 3))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def colour_limits(self) -> tuple[float, float]:
        """Return the values at the ends of the colour scale; symmetric where colours diverge."""
        if self.limits is not None:
            return self.limits
        known = self.values[np.isfinite(self.values)]
        if not known.size:
            return 0.0, 1.0
        low, high = (float(v) for v in np.percentile(known, (1.0, 99.0)))
        if self.colours == "diverging":
            largest = max(abs(low), abs(high)) or 1.0
            return -largest, largest
        return (low, high) if high > low else (low, low + 1.0)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One horizontal bar with the range of its value; NaN bounds are not drawn."""

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    colour: str = "#0072B2"

    @property
    def has_range(self) -> bool:
        """Whether there is a range to draw."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high) and self.high > self.low)


@dataclass(frozen=True, kw_only=True)
class BarPanel:
    """Horizontal bars, the first on top."""

    title: str
    x_label: str
    bars: tuple[Bar, ...]
    tall: bool = False
    wide: bool = True


@dataclass(frozen=True, kw_only=True)
class Swatch:
    """A legend entry for a style (solid, dashed, filled, open) that several colours share."""

    name: str
    dash: Dash | None = None
    symbol: Symbol = ""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Points in space of one colour and one mark; ``shown`` is false where the reader switches it on."""

    position: Values
    name: str
    key: str
    colour: str
    symbol: Symbol = "circle"
    size: float = 4.0
    shown: bool = True


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A view in three dimensions that can be turned, one set of clouds for each snapshot."""

    views: dict[str, tuple[Cloud, ...]]
    edge: float

    def legend(self) -> dict[str, Cloud]:
        """Return the first cloud of every legend key, in order of appearance."""
        found: dict[str, Cloud] = {}
        for clouds in self.views.values():
            for cloud in clouds:
                found.setdefault(cloud.key, cloud)
        return found


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure with its reading (how to look at it), caption (details) and text alternative."""

    name: str
    title: str
    reading: str
    caption: str
    alt: str
    panels: tuple[Panel | BarPanel | ImagePanel, ...]
    swatches: tuple[Swatch, ...] = ()
    scene: Scene | None = None

    def legend(self) -> dict[str, Series]:
        """Return one series a legend key, in order of appearance: the first solid one, or else the first.

        What dashes mean, where a key has lines of several, its swatches say.
        """
        found: dict[str, Series] = {}
        for panel in self.panels:
            if isinstance(panel, Panel):
                for series in (s for s in panel.series if s.in_legend):
                    if series.key not in found or (found[series.key].dash != "solid" == series.dash):
                        found[series.key] = series
        return found


def letters() -> Iterator[str]:
    """Panel letters (a), (b), ... in order."""
    return (f"({letter})" for letter in "abcdefghijklmnopqrstuvwxyz")
