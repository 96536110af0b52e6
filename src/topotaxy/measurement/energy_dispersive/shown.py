"""What a page says of X-ray spectra: composition, lines with their fit, maps beside their null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, ImagePanel, Panel, Series
from topotaxy.content.numbers import observable_text, round_bar
from topotaxy.content.section import Paragraph, Section, Table
from topotaxy.measurement.energy_dispersive.maps import ElementMap
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.energy_dispersive.seen import SeenXRays
from topotaxy.measurement.files.spectra.stored import Floats
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Observable

INK, BACKGROUND, FIT = "#1b1f24", "#6b7280", "#009E73"
COLOURS = ("#D55E00", "#0072B2", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#882255", "#332288")
WORDS = {
    "atomic_fraction": "of the atoms",
    "site_fraction": "of the sublattice",
    "segregation_index": "unevenness",
}
MOST_RECORDS, MOST_MAPS, MOST_NUMBERS = 4, 8, 200


def shown(records: Sequence[XRayRecord], observed: Observed) -> list[Section]:
    """Return the sections of a page.

    Parameters
    ----------
    records : sequence of XRayRecord
        As they were observed.
    observed : Observed
        What :func:`.observed.observed` found.
    """
    details: Sequence[SeenXRays] = observed.details
    parts: list[Paragraph | Figure | Table] = [Paragraph(_answer(observed))]
    if details:
        parts.append(_spectra(details[:MOST_RECORDS]))
    if observed.observables:
        parts.append(_table(observed))
    sections = [Section(anchor="x-rays", title="X-ray spectra", parts=tuple(parts))]
    maps = [_maps(one, n) for n, one in enumerate(details[:MOST_RECORDS]) if one.maps]
    scans = [_scan(one, n) for n, one in enumerate(details[:MOST_RECORDS]) if one.scan is not None]
    if maps or scans:
        sections.append(Section(anchor="x-ray-maps", title="Maps", parts=(*maps, *scans)))
    return sections


def _answer(observed: Observed) -> str:
    uneven = [o for o in observed.observables if o.quantity == "segregation_index" and o.bound is None]
    even = [o for o in observed.observables if o.quantity == "segregation_index" and o.bound == "upper"]
    parts = [o for o in observed.observables if o.quantity == "site_fraction"] or [
        o for o in observed.observables if o.quantity == "atomic_fraction"
    ]
    of = len({o.source for o in observed.observables})
    over = f" ({of} records)" if of > 1 else ""
    said = []
    if parts:
        listed = ", ".join(_each(sorted(parts, key=lambda o: -o.value))[:8])
        said.append(f"{WORDS[parts[0].quantity].capitalize()}{over}: {listed}")
    if uneven:
        said.append(f"uneven beyond chance: {', '.join(_each(uneven))}")
    if even:
        largest = {o.subject.text: o.value for o in sorted(even, key=lambda o: o.value)}
        listed = ", ".join(f"{element} below {value:.2g}" for element, value in largest.items())
        said.append(f"no unevenness is seen, which leaves room for {listed} from pixel to pixel")
    return "; ".join(said) + "." if said else _nothing(observed)


def _each(entries: Sequence[Observable]) -> list[str]:
    """Return each element with its number; of several records the least and the most."""
    found: dict[str, list[Observable]] = {}
    for entry in entries:
        found.setdefault(entry.subject.text, []).append(entry)
    texts = []
    for element, own in found.items():
        ends = (min(own, key=lambda o: o.value), max(own, key=lambda o: o.value))
        texts.append(f"{element} {' to '.join(dict.fromkeys(map(observable_text, ends)))}")
    return texts


def _nothing(observed: Observed) -> str:
    """Say that there is no composition, of how many counts, and why."""
    seen: Sequence[SeenXRays] = observed.details
    why = {reasons["atomic_fraction"] for reasons in observed.absent.values() if "atomic_fraction" in reasons}
    of = f" of {sum(float(one.fit.data.sum()) for one in seen):,.0f} counts" if seen else ""
    said = f"No composition could be had from these spectra{of}"
    return f"{said}: {'; '.join(sorted(why))}." if why else f"{said}."


def _table(observed: Observed) -> Table:
    """Return a row for each element of each record, a column for each quantity that there is."""
    quantities = [word for word in WORDS if any(o.quantity == word for o in observed.observables)]
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for o in observed.observables[:MOST_NUMBERS]:
        said = ("< " if o.bound else "") + observable_text(o)
        cells.setdefault((o.source, o.subject.text), {})[o.quantity] = said
    several = len({source for source, _ in cells}) > 1
    first = ("Record", "Element") if several else ("Element",)
    return Table(
        caption="Fractions and unevenness; after ± counting and k-factors together",
        head=(*first, *(WORDS[word].capitalize() for word in quantities)),
        rows=[
            (
                *((source[-50:], element) if several else (element,)),
                *(own.get(word, "") for word in quantities),
            )
            for (source, element), own in cells.items()
        ],
        numeric=frozenset(range(len(first), len(first) + len(quantities))),
    )


def _line(x: Floats, y: Floats, name: str, colour: str) -> Series:
    xs, ys = thinned(x, y)
    return Series(x=xs, y=ys, name=name, key=name, colour=colour, width=1.1)


def _spectra(details: Sequence[SeenXRays]) -> Figure:
    panels = []
    for one in details:
        fit = one.fit
        energy = fit.energy / 1e3
        series = [
            _line(energy, fit.data, one.record.origin, INK),
            _line(energy, fit.model, "sum", FIT),
            _line(energy, fit.background, "background", BACKGROUND),
        ]
        for n, line in enumerate(one.lines[: len(COLOURS)]):
            own = fit.of(line.family.element)
            values = fit.profiles[:, own] @ fit.counts[own]
            series.append(_line(energy, values + fit.background, line.family.element, COLOURS[n]))
        panels.append(
            Panel(
                title=one.record.source[-60:],
                x_label="Energy (keV)",
                y_label="Counts",
                series=tuple(series),
                wide=True,
            )
        )
    return Figure(
        name="x-ray-spectra",
        title="Spectra and their lines",
        reading="Lines of one element keep their ratios; where two elements overlap both are drawn.",
        caption="All pixels together; families of lines on a smooth background, fitted together.",
        alt=f"X-ray spectra of {', '.join(one.record.source for one in details)}",
        panels=tuple(panels),
    )


def _maps(one: SeenXRays, number: int) -> Figure:
    rows, columns = one.maps[0].counts.shape
    height, width = one.record.pixel or (1.0, 1.0)
    ranges: dict[str, Any] = {"x_range": (0.0, columns * width), "y_range": (0.0, rows * height)}
    if one.record.pixel is not None:
        ranges["scale_bar"] = round_bar(columns * width, "nm")
    panels = []
    for found in one.maps[:MOST_MAPS]:
        panels += _pair(found, ranges)
    return Figure(
        name=f"x-ray-map-{number}",
        title=f"Maps of {one.record.source[-50:]}",
        reading=(
            "Beside each map stands its null: the same X-rays at random places, on the same scale. What both "
            "show is thickness and chance."
        ),
        caption="Photons a pixel above everything else that was fitted; values below zero are noise.",
        alt=f"Element maps of {one.record.source}, each beside its null",
        panels=tuple(panels),
    )


def _pair(found: ElementMap, ranges: dict[str, Any]) -> list[ImagePanel]:
    limits = (float(np.quantile(found.counts, 0.005)), float(np.quantile(found.counts, 0.995)))
    if not limits[1] > limits[0]:
        limits = (limits[0], limits[0] + 1.0)
    text = found.line.family.text
    panels = [
        ImagePanel(title=text, values=found.counts, limits=limits, colour_bar="Photons", **ranges),
    ]
    if found.null is not None:
        panels.append(
            ImagePanel(
                title=f"{text}, X-rays at random",
                values=found.null,
                limits=limits,
                colour_bar="Photons",
                **ranges,
            )
        )
    return panels


def _scan(one: SeenXRays, number: int) -> Figure:
    assert one.scan is not None
    series = tuple(
        _line(one.scan.distance, values, element, COLOURS[n % len(COLOURS)])
        for n, (element, values) in enumerate(one.scan.counts.items())
    )
    return Figure(
        name=f"x-ray-line-{number}",
        title=f"Line scan through {one.record.source[-50:]}",
        reading="Photons of each element, of a band a tenth of the map wide.",
        caption="Distance from the start of the line.",
        alt=f"Line scan through {one.record.source}",
        panels=(Panel(title="", x_label=f"Distance ({one.scan.unit})", y_label="Photons", series=series),),
    )
