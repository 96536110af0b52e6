"""The report of cells: voltage curves, capacity against current, ageing, and where lost charge went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from topotaxy.content.figure import Figure, Panel, Series, thinned
from topotaxy.files import write_atomically
from topotaxy.report.markup import Markup, joined, table, tag

LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""Colours of Okabe and Ito, in the order in which lines take them."""


@dataclass(frozen=True, kw_only=True)
class VoltageCurve:
    """One half-cycle: capacity (mAh/g) and voltage (V); ``direction`` discharge or charge."""

    name: str
    direction: str
    capacity: Sequence[float]
    voltage: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class RateLine:
    """Capacity (mAh/g) against current (A/g) of one cell."""

    name: str
    current: Sequence[float]
    capacity: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class AgeingLine:
    """One cell over its cycles: capacity and charge held by trapped metal and film (mAh/g)."""

    name: str
    cycle: Sequence[float]
    capacity: Sequence[float]
    trapped: Sequence[float]
    film: Sequence[float]
    incoherent: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class ReportTable:
    """A table: caption, head and rows of text; ``numeric`` columns align right."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()


def voltage_figure(curves: Sequence[VoltageCurve]) -> Figure:
    """Voltage against capacity, each cycle by its colour."""
    names = list(dict.fromkeys(c.name for c in curves))
    series = []
    for curve in curves:
        x, y = thinned(np.asarray(curve.capacity, dtype=float), np.asarray(curve.voltage, dtype=float))
        series.append(
            Series(
                x=x,
                y=y,
                name=f"{curve.name}, {curve.direction}",
                key=curve.name,
                colour=LINES[names.index(curve.name) % len(LINES)],
                dash="solid" if curve.direction == "discharge" else "dash",
            )
        )
    return Figure(
        name="cell-voltage",
        title="Voltage curves of the cell",
        reading="Solid: discharge; dashed: charge. A fresh electrode is discharged on a branch of its own.",
        caption="Capacity per gram of pristine conversion material.",
        alt=f"Voltage against capacity of {', '.join(names)}",
        panels=(
            Panel(
                title="(a) Voltage",
                x_label="Capacity (mAh g⁻¹)",
                y_label="Voltage (V)",
                series=tuple(series),
            ),
        ),
    )


def rate_figure(lines: Sequence[RateLine]) -> Figure:
    """Capacity against current, a line for each particle size."""
    series = tuple(
        Series(
            x=np.log10(np.asarray(line.current, dtype=float)),
            y=np.asarray(line.capacity, dtype=float),
            name=line.name,
            key=line.name,
            colour=LINES[i % len(LINES)],
            symbol="circle",
        )
        for i, line in enumerate(lines)
    )
    return Figure(
        name="cell-rate",
        title="Capacity against current and particle size",
        reading="Lines that fall together are limited by the cell; lines that fan out, by the particle.",
        caption="Charge of the second cycle at the current, after one cycle at 0.1 A g⁻¹.",
        alt="Capacity against the logarithm of the current for several particle sizes",
        panels=(
            Panel(
                title="(a) Rate map",
                x_label="log10 of current (A g⁻¹)",
                y_label="Capacity (mAh g⁻¹)",
                series=series,
                y_from_zero=True,
            ),
        ),
    )


def ageing_figure(lines: Sequence[AgeingLine]) -> Figure:
    """Capacity over cycles, and the charge that trapped metal and film hold."""
    panels = []
    views = (
        ("capacity", "(a) Capacity", "Charge capacity (mAh g⁻¹)", 1.0),
        ("trapped", "(b) Lost to trapped metal", "Charge held (mAh g⁻¹)", 1.0),
        ("film", "(c) Lost to the film", "Charge held (mAh g⁻¹)", 1.0),
        ("incoherent", "(d) Grains without coherency", "Share (%)", 100.0),
    )
    for field, title, label, factor in views:
        series = []
        for i, line in enumerate(lines):
            x, y = thinned(
                np.asarray(line.cycle, dtype=float), factor * np.asarray(getattr(line, field), dtype=float)
            )
            series.append(Series(x=x, y=y, name=line.name, key=line.name, colour=LINES[i % len(LINES)]))
        panels.append(
            Panel(title=title, x_label="Cycle", y_label=label, series=tuple(series), y_from_zero=True)
        )
    return Figure(
        name="cell-ageing",
        title="Ageing, and where the lost charge went",
        reading=(
            "In a half cell the counter electrode replaces what the film takes: capacity falls by trapped "
            "metal alone. In a full cell both come out of the inventory."
        ),
        caption="Charges per gram of pristine conversion material, at the end of each cycle.",
        alt="Capacity, trapped charge, film charge and incoherent share against the cycle",
        panels=tuple(panels),
    )


def write_cell_report(
    folder: Path,
    *,
    title: str,
    lead: Sequence[str],
    figures: Sequence[Figure],
    tables: Sequence[ReportTable],
) -> Path:
    """Write ``report.html`` and ``figures/`` into a folder and return the report's path.

    The first table stands above the figures, the others below.
    """
    from topotaxy.report.page import document, figure_block
    from topotaxy.report.printed import printed

    drawn = [(figure, printed(figure)) for figure in figures]
    sections = [tag("section", tag("h2", "Numbers"), _table(tables[0]), id="numbers")]
    for figure, images in drawn:
        block = joined(tag("p", figure.reading), figure_block(figure, images))
        sections.append(tag("section", tag("h2", figure.title), block, id=figure.name))
    rest = [_table(t) for t in tables[1:]]
    sections.append(tag("section", tag("h2", "Inputs"), *rest, id="inputs"))
    main = tag("main", _header(title, lead), *sections)
    (folder / "figures").mkdir(exist_ok=True)
    for figure, images in drawn:
        _write_images(folder / "figures", figure.name, images)
    target = folder / "report.html"
    write_atomically(target, document(title, main).encode("utf-8"))
    return target


def _table(given: ReportTable) -> Markup:
    rows = [list(row) for row in given.rows]
    return table(list(given.head), rows, caption=given.caption, numeric=given.numeric)


def _header(title: str, lead: Sequence[str]) -> Markup:
    return tag(
        "header",
        tag("p", "topotaxy cell report", class_="kicker"),
        tag("h1", title),
        *[tag("p", text) for text in lead],
    )


def _write_images(folder: Path, name: str, images: Mapping[str, bytes]) -> None:
    for kind, data in images.items():
        write_atomically(folder / f"{name}.{kind}", data)
