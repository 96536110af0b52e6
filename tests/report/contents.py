"""One page that holds every kind of content, with hostile words in each, for tests of the drawers."""

from __future__ import annotations

import numpy as np

from topotaxy.content.figure import (
    Absent,
    Bar,
    BarPanel,
    Cloud,
    Figure,
    ImagePanel,
    Marker,
    Panel,
    Scene,
    Series,
    Swatch,
    Ticks,
)
from topotaxy.content.palette import INK, sequence
from topotaxy.content.section import (
    Code,
    Group,
    Items,
    KeyNumber,
    Page,
    Paragraph,
    Section,
    Table,
    Terms,
)

HOSTILE = "</script><script>alert(1)</script> $x$ %{x} |`_*"
X = np.linspace(0.0, 1.0, 40)


def curves() -> Panel:
    """A panel with band, error bars, ticks and markers."""
    y = np.sin(3 * X)
    return Panel(
        title=f"(a) {HOSTILE}",
        x_label=f"x {HOSTILE}",
        y_label="y (V)",
        series=(
            Series(x=X, y=y, name=f"one {HOSTILE}", key=HOSTILE, colour=INK, band=(y - 0.1, y + 0.1)),
            Series(
                x=X[::8], y=y[::8], error=0.1 + X[::8], name="two", key="two", colour="#D55E00", symbol="star"
            ),
        ),
        ticks=(Ticks(x=np.array([0.2, 0.4]), name=f"phase {HOSTILE}", colour="#009E73"),),
        markers=(Marker(at=0.3, text=HOSTILE), Marker(at=0.5, text="level", axis="y")),
    )


def rates() -> Panel:
    """A panel with logarithmic axes, x falling to the right."""
    current = np.array([0.1, 1.0, 10.0])
    line = Series(x=current, y=500 / current, name="c", key="c", colour="#0072B2", symbol="square-open")
    return Panel(
        title="(b)", x_label="A", y_label="B", series=(line,), x_log=True, y_log=True, x_reversed=True
    )


def waterfall(count: int) -> Panel:
    """Many patterns above each other, in an order that is seen."""
    lines = tuple(
        Series(
            x=20 + 60 * X,
            y=np.exp(-(((X - 0.3) / 0.05) ** 2)) + 0.3 * k,
            name=f"pattern {k}",
            key=f"pattern {k}",
            colour=colour,
            in_legend=k in (0, count - 1),
        )
        for k, colour in enumerate(sequence(count))
    )
    return Panel(
        title="", x_label="2θ (°)", y_label="Intensity", series=lines, hide_y_numbers=True, tall=True
    )


def image(**options: object) -> ImagePanel:
    """A map with a gap, points and a scale bar."""
    values = np.add.outer(np.arange(12.0), np.arange(20.0))
    values[3, 4] = np.nan
    given = {
        "title": "(a) map",
        "values": values,
        "x_range": (0.0, 20.0),
        "y_range": (0.0, 12.0),
        "colour_bar": f"I {HOSTILE}",
        "points": ((5.0, 5.0, HOSTILE),),
        "scale_bar": (5.0, "5 nm"),
    }
    return ImagePanel(**(given | options))  # type: ignore[arg-type]


def figures() -> tuple[Figure, ...]:
    """A figure of each kind of panel, and one with a scene."""
    clouds = (Cloud(position=np.eye(3), name=f"Ni {HOSTILE}", key=HOSTILE, colour="#009E73"),)
    hidden = (Cloud(position=np.eye(3), name="moved", key="moved", colour=INK, symbol="cross", shown=False),)
    words = {"title": f"T {HOSTILE}", "reading": f"R {HOSTILE}", "caption": f"C {HOSTILE}", "alt": HOSTILE}
    scene = Scene(views={"Discharged 1": clouds + hidden, f"Pristine {HOSTILE}": clouds}, edge=10.0)
    bars = (Bar(name=f"b {HOSTILE}", value=3.0, low=1.0, high=5.0), Bar(name="less", value=-2.0))
    return (
        Figure(name="curves", panels=(curves(), rates()), swatches=(Swatch(name="s", dash="dot"),), **words),
        Figure(name="waterfall", panels=(waterfall(30),), **words),
        Figure(name="images", panels=(image(), image(colours="diverging", scale_bar=None)), **words),
        Figure(name="bars", panels=(BarPanel(title="", x_label="mAh", bars=bars),), **words),
        Figure(name="scene", panels=(curves(),), scene=scene, **words),
    )


def everything() -> Page:
    """A page that holds every kind of content."""
    shown = figures()
    table = Table(
        caption=f"caption {HOSTILE}",
        head=["Quantity", "Value", "Label"],
        rows=[[f"q {HOSTILE}", "471 ± 2", "emergent"], ["r", "", f"odd {HOSTILE}"]],
        numeric=frozenset({1}),
        label_column=2,
        details=[f"detail {HOSTILE}", ""],
        note=f"note {HOSTILE}",
    )
    parts = [
        Paragraph(f"paragraph {HOSTILE}"),
        Items([f"item {HOSTILE}"]),
        Terms([(f"word {HOSTILE}", f"meaning {HOSTILE}")]),
        Code(f"code {HOSTILE}"),
        table,
        Group(title=f"folded {HOSTILE}", parts=[shown[1], Paragraph("inside")], folded=True),
        Group(title="open", parts=[Absent(f"absence {HOSTILE}")]),
        *shown[2:4],
    ]
    return Page(
        kind=f"kind {HOSTILE}",
        title=f"title {HOSTILE}",
        verdict=f"verdict {HOSTILE}",
        key_numbers=[
            KeyNumber(name=f"name {HOSTILE}", value=f"471 ± 2 {HOSTILE}", label="held-out", note=HOSTILE)
        ],
        main=(shown[0], shown[4]),
        remarks=[f"remark {HOSTILE}"],
        sections=[Section(anchor="numbers", title=f"section {HOSTILE}", parts=parts)],
        limits=[f"limit {HOSTILE}"],
        provenance=[Paragraph(f"provenance {HOSTILE}")],
    )


SAID = (
    *(
        "kind",
        "title",
        "verdict",
        "name",
        "remark",
        "section",
        "paragraph",
        "item",
        "word",
        "meaning",
        "code",
    ),
    *("caption", "detail", "note", "folded", "inside", "absence", "limit", "provenance"),
)
"""Words of the page, each of its own piece of content."""
