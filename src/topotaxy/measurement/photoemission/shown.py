"""What a page says of photoemission spectra: positions and shares, spectra with background and parts."""

from __future__ import annotations

from collections.abc import Sequence

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, Panel, Series
from topotaxy.content.numbers import observable_text
from topotaxy.content.section import Paragraph, Section
from topotaxy.measurement.photoemission.record import PhotoemissionRecord
from topotaxy.measurement.photoemission.seen import Seen
from topotaxy.measurement.technique import Observed

INK, BACKGROUND, METAL, OXIDE, FIT = "#1b1f24", "#6b7280", "#D55E00", "#0072B2", "#009E73"
AUGER = "#CC79A7"
MOST_PANELS = 6
WORDS = {
    "binding_energy": "maximum at",
    "binding_energy_shift": "shift from the oxide",
    "reduced_fraction": "metal share",
    "auger_parameter": "Auger parameter",
}


def shown(records: Sequence[PhotoemissionRecord], observed: Observed) -> list[Section]:
    """Return the sections of a page.

    Parameters
    ----------
    records : sequence of PhotoemissionRecord
        As they were observed.
    observed : Observed
        What :func:`.observed.observed` found.
    """
    details: Sequence[Seen] = observed.details
    found = observed.observables
    # The line alone tells which record is meant, where each has another.
    alone = len({o.source for o in found}) == len({o.subject.text for o in found}) == len(records)
    said = [
        f"{'' if alone else f'{o.source}: '}{o.subject.text} {WORDS[o.quantity]} {observable_text(o)}"
        for o in found
    ]
    text = "; ".join(said[:6]) + "." if said else "No line of the table was found in these spectra."
    for one in details:
        if one.combination is not None and one.combination.lines and one.line is not None:
            names = ", ".join(line.name for line in one.combination.lines)
            text += f" Under {one.line.name} lie Auger lines of the sample ({names}), fitted with it."
    panels = tuple(_panel(one) for one in details[:MOST_PANELS])
    figure = Figure(
        name="photoemission",
        title="Spectra",
        reading=(
            "Binding energy falls to the right. Points above the grey background belong to the line; where "
            "references were given, their parts are drawn with the sum."
        ),
        caption=f"The first {len(panels)} of {len(details)} spectra." if len(details) > len(panels) else "",
        alt=f"Photoemission spectra of {', '.join(one.record.source for one in details[:MOST_PANELS])}",
        panels=panels,
    )
    return [Section(anchor="spectra", title="Spectra", parts=(Paragraph(text), figure))]


def _panel(seen: Seen) -> Panel:
    series = [
        _line(seen.energy, seen.data, seen.record.origin, INK),
        _line(seen.energy, seen.background, "background", BACKGROUND),
    ]
    found = seen.combination
    if found is not None:
        under = found.background
        series += [
            _line(found.energy, found.fit, "sum", FIT),
            _line(found.energy, found.reduced + under, "metal", METAL),
            _line(found.energy, found.oxidised + under, "oxide", OXIDE),
        ]
        if found.lines:
            series.append(_line(found.energy, found.auger + under, "Auger lines", AUGER))
    name = seen.record.source[-20:]
    unit = "Counts" if seen.record.counted else "Intensity"
    return Panel(
        title=f"{seen.line.name}, {name}" if seen.line is not None else name,
        x_label="Binding energy (eV)",
        y_label=unit,
        series=tuple(series),
        x_reversed=True,
    )


def _line(x: object, y: object, name: str, colour: str) -> Series:
    import numpy as np

    xs, ys = thinned(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    return Series(x=xs, y=ys, name=name, key=name, colour=colour, width=1.2)
