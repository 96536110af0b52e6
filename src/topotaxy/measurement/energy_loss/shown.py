"""What a page says of energy loss: shares and lines, edges with their parts, maps with their error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, ImagePanel, Panel, Series
from topotaxy.content.numbers import observable_text, round_bar
from topotaxy.content.section import Paragraph, Section, Table, mark_of
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.energy_loss.seen import SeenEdge, SeenLoss
from topotaxy.measurement.files.spectra.stored import Floats
from topotaxy.measurement.technique import Observed

INK, BACKGROUND, METAL, OXIDE, FIT = "#1b1f24", "#6b7280", "#D55E00", "#0072B2", "#009E73"
MOST_PANELS = 6
WORDS = {
    "edge_energy": "edge at",
    "white_line_ratio": "L3/L2",
    "white_line_intensity": "white lines over the oxide's",
    "reduced_fraction": "metal share",
    "relative_thickness": "thickness over mean free path",
}


def shown(records: Sequence[LossRecord], observed: Observed) -> list[Section]:
    """Return the sections of a page.

    Parameters
    ----------
    records : sequence of LossRecord
        As they were observed.
    observed : Observed
        What :func:`.observed.observed` found.
    """
    details: Sequence[SeenLoss] = observed.details
    first = [o for o in observed.observables if o.quantity == "reduced_fraction"] or list(
        observed.observables
    )
    said: dict[str, list[str]] = {}
    for o in first[:6]:
        said.setdefault(o.subject.text or o.source, []).append(f"{WORDS[o.quantity]} {observable_text(o)}")
    told = "; ".join(f"{of}: {', '.join(numbers)}" for of, numbers in said.items())
    text = f"{told}." if told else "No edge and no zero-loss peak was found in these spectra."
    parts: list[Paragraph | Figure | Table] = [Paragraph(text), _spectra(details)]
    edges = [(one, seen) for one in details for seen in one.edges]
    fitted = [pair for pair in edges if pair[1].combination is not None or pair[1].lines is not None]
    if fitted:
        parts.append(_edges(fitted[:MOST_PANELS]))
    if observed.observables:
        parts.append(_table(observed))
    sections = [Section(anchor="losses", title="Energy loss", parts=tuple(parts))]
    maps = [figure for number, one in enumerate(details) for figure in _maps(one, number)]
    if maps:
        sections.append(Section(anchor="loss-maps", title="Maps", parts=tuple(maps[:4])))
    return sections


def _table(observed: Observed) -> Table:
    rows = [
        (o.source[-50:], o.subject.text, WORDS[o.quantity], observable_text(o), mark_of(o))
        for o in observed.observables[:200]
    ]
    return Table(
        caption="Numbers of each edge; after ± scatter and what windows and axis move them by, together",
        head=("Record", "Edge", "What", "Value", "Label"),
        rows=rows,
        numeric=frozenset({3}),
        label_column=4,
    )


def _line(x: Floats, y: Floats, name: str, colour: str) -> Series:
    xs, ys = thinned(x, y)
    return Series(x=xs, y=ys, name=name, key=name, colour=colour, width=1.2)


def _unit(record: LossRecord) -> str:
    return "Counts" if record.counted else "Intensity"


def _spectra(details: Sequence[SeenLoss]) -> Figure:
    panels = tuple(
        Panel(
            title=one.record.source[-60:],
            x_label="Energy loss (eV)",
            y_label=_unit(one.record),
            series=(_line(one.energy, one.total, one.record.origin, INK),),
            y_log=one.peak is not None and bool((one.total > 0.0).all()),
        )
        for one in details[:MOST_PANELS]
    )
    return Figure(
        name="energy-loss",
        title="Spectra",
        reading="Steps on the falling background are edges; lines at their beginning are white lines.",
        caption="All pixels of a record together."
        + (f" The first {len(panels)} of {len(details)} are shown." if len(details) > len(panels) else ""),
        alt=f"Energy-loss spectra of {', '.join(one.record.source for one in details[:MOST_PANELS])}",
        panels=panels,
    )


def _edges(pairs: Sequence[tuple[SeenLoss, SeenEdge]]) -> Figure:
    return Figure(
        name="loss-edges",
        title="Edges and their parts",
        reading=(
            "Where there are references, metal and oxide stand on the background, with their sum; else steps "
            "and lines. What stands between grey and black belongs to the edge."
        ),
        caption="Fits over the range that is shown; backgrounds are power laws.",
        alt="Edges with fits",
        panels=tuple(_edge_panel(one, seen) for one, seen in pairs),
    )


def _edge_panel(one: SeenLoss, seen: SeenEdge) -> Panel:
    found = seen.combination if seen.combination is not None else seen.lines
    assert found is not None
    series = [
        _line(found.energy, found.data, one.record.origin, INK),
        _line(found.energy, found.background, "background", BACKGROUND),
        _line(found.energy, found.fit, "sum", FIT),
    ]
    if seen.combination is not None:
        kind = ", imposed" if seen.combination.imposed else ""
        series += [
            _line(found.energy, seen.combination.metal + found.background, f"metal{kind}", METAL),
            _line(found.energy, seen.combination.oxide + found.background, f"oxide{kind}", OXIDE),
        ]
    return Panel(
        title=f"{seen.edge.element} {seen.edge.name}, {one.record.source[-40:]}",
        x_label="Energy loss (eV)",
        y_label=_unit(one.record),
        series=tuple(series),
    )


def _maps(one: SeenLoss, number: int) -> list[Figure]:
    panels = []
    size = one.record.pixel or (1.0, 1.0)
    for seen in one.edges:
        if seen.map is None:
            continue
        full = one.record.counts.shape
        height, width = size[0] * full[0], size[1] * full[1]
        ranges = {"x_range": (0.0, width), "y_range": (0.0, height)}
        bar = None if one.record.pixel is None else round_bar(width, "nm")
        name = f"{seen.edge.element} {seen.edge.name}"
        panels.append(
            ImagePanel(
                title=f"{name}: intensity",
                values=seen.map.intensity,
                scale_bar=bar,
                colour_bar=_unit(one.record),
                **ranges,  # type: ignore[arg-type]
            )
        )
        if seen.map.share is not None and seen.map.share_error is not None:
            error = (
                float(np.nanmedian(seen.map.share_error)) if np.isfinite(seen.map.share_error).any() else 0.0
            )
            panels.append(
                ImagePanel(
                    title=f"{name}: metal share, each pixel ± {error:.2g}",
                    values=seen.map.share,
                    limits=(0.0, 1.0),
                    scale_bar=bar,
                    colour_bar="share",
                    **ranges,  # type: ignore[arg-type]
                )
            )
    if not panels:
        return []
    return [
        Figure(
            name=f"loss-map-{number}",
            title=f"Maps of {one.record.source[-50:]}",
            reading="Scatter of the share between pixels means something only beyond the error in its title.",
            caption="Intensity above the background; pixels without a clear edge have no share.",
            alt=f"Maps of {one.record.source}",
            panels=tuple(panels[:6]),
        )
    ]
