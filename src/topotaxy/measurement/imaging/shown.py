"""What a page says of micrographs: image with its scale, spots with their indices, strain with its noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, ImagePanel, Marker, Panel, Series
from topotaxy.content.numbers import number_text, observable_text, round_bar
from topotaxy.content.section import Paragraph, Section, Table
from topotaxy.measurement.imaging.analysed import Looked
from topotaxy.measurement.imaging.observed import spots
from topotaxy.measurement.imaging.record import Micrograph, per_length
from topotaxy.measurement.imaging.shown_details import (
    columns_figure,
    detail_sections,
    domains_figure,
    profile_figure,
    rings_figure,
)
from topotaxy.measurement.imaging.spots import power_spectrum
from topotaxy.measurement.technique import Observed

MOST_SHOWN = 6
"""Records that get figures; the others are in the table."""
LABEL = (0.4, 0.15)
"""Width and height of the indices of a spot, in halves of a transform's edges: names closer than that cover
each other."""


def shown(records: Sequence[Micrograph], observed: Observed) -> list[Section]:
    """Return the sections of a page.

    Parameters
    ----------
    records : sequence of Micrograph
        As they were observed.
    observed : Observed
        What :func:`.observed.observed` found.
    """
    details: Sequence[Looked] = observed.details
    answer = " ".join(_answer(one, observed) for one in details[:MOST_SHOWN])
    spots = Section(
        anchor="spots",
        title="Images and their spots",
        parts=(
            Paragraph(answer),
            *(_spot_figure(one, n) for n, one in enumerate(details[:MOST_SHOWN])),
            *_tables(observed),
        ),
    )
    sections = [spots]
    strained = [(n, one) for n, one in enumerate(details[:MOST_SHOWN]) if one.strain is not None]
    if strained:
        parts = tuple(_strain_figure(one, n) for n, one in strained)
        sections.append(Section(anchor="strain", title="Strain", parts=parts))
    twinned = [(n, one) for n, one in enumerate(details[:MOST_SHOWN]) if one.twin is not None]
    if twinned:
        twins = tuple(_twin_figure(one, n) for n, one in twinned)
        sections.append(Section(anchor="twins", title="Twins", parts=twins))
    sections += detail_sections(_detail_figures(details[:MOST_SHOWN]))
    return sections


def _detail_figures(details: Sequence[Looked]) -> list[Figure]:
    found: list[Figure] = []
    for number, one in enumerate(details):
        record, own = one.record, one.details
        if own.profile is not None:
            found.append(profile_figure(record, own.profile, number))
        if own.columns is not None:
            found.append(columns_figure(record, own.columns, number))
        if own.phases is not None:
            found.append(domains_figure(record, own.phases, number))
        if own.rings and one.centre is not None:
            found.append(rings_figure(record, own.rings, one.centre, number))
    return found


def _answer(one: Looked, observed: Observed) -> str:
    source = one.record.source
    mine = [o for o in observed.observables if o.source == source and o.quantity == "interplanar_spacing"]
    if one.lattice is None:
        return f"{source} shows no lattice: {one.reasons['interplanar_spacing']}."
    count = len(one.lattice.members)
    if not mine:
        return f"{source} shows a lattice of {count} spots, without a scale."
    said = ", ".join(f"{o.subject.text} {observable_text(o)}" for o in mine[:3])
    if one.answer is None:
        return f"{source} shows a lattice of {count} spots; spacings: {said}."
    zone = " ".join(map(str, one.answer.zone))
    return f"{source} is {one.answer.crystal.name} seen along [{zone}]; spacings: {said}."


def _tables(observed: Observed) -> list[Table]:
    mine = [o for o in observed.observables if o.quantity == "interplanar_spacing"]
    if not mine:
        return []
    rows = [(o.source, o.subject.text, observable_text(o)) for o in mine[:200]]
    return [
        Table(
            caption="Spacings of planes; after ± the scatter and the calibration together.",
            head=("Image", "Reflection", "Spacing"),
            rows=rows,
            numeric=frozenset({2}),
        )
    ]


def image_panel(one: Looked) -> ImagePanel:
    """Return a record as a picture with its scale bar, lengths in nm; a pattern as logarithm, spots marked.

    Parameters
    ----------
    one : Looked
        Of an image or a pattern.
    """
    height, width = one.record.extent
    unit, per = (one.record.unit, 1.0) if one.record.unit != "Å" else ("nm", 0.1)
    pattern = one.record.kind == "diffraction"
    return ImagePanel(
        title="Diffraction pattern" if pattern else "Image",
        # Half a count below the least that was counted.
        values=np.log10(np.maximum(one.record.image, 0.5)) if pattern else one.record.image,
        points=_pattern_points(one, per) if pattern else (),
        x_range=(0.0, width * per),
        y_range=(0.0, height * per),
        colours="grey",
        scale_bar=round_bar(width * per, unit),
    )


def _pattern_points(one: Looked, per: float) -> tuple[tuple[float, float, str], ...]:
    """Spots of a pattern at their places, the stronger ones with their indices."""
    if one.centre is None:
        return ()
    rows, columns = one.record.image.shape
    high, wide = (per * float(size) for size in one.record.pixel_size)
    across, down = 0.5 * LABEL[0] * columns, 0.5 * LABEL[1] * rows
    labels, named = _labels(one), list[tuple[float, float]]()
    points = []
    for spot in one.search.found:
        y, x = (float(v) for v in one.centre + spot.frequency + 0.5)
        text = labels.get((float(spot.frequency[0]), float(spot.frequency[1])), "")
        if any(abs(x - a) < across and abs(y - b) < down for a, b in named):
            text = ""
        named += [(x, y)] if text else []
        points.append((x * wide, y * high, text))
    return tuple(points)


def _labels(one: Looked) -> dict[tuple[float, float], str]:
    if one.lattice is None:
        return {}
    named: dict[tuple[float, float], str] = {}
    for number, spot in enumerate(one.lattice.members):
        hkl = one.answer.indices[number] if one.answer else None
        text = " ".join(map(str, hkl)) if hkl else str(number + 1)
        named[float(spot.frequency[0]), float(spot.frequency[1])] = text
    return named


def _spot_figure(one: Looked, number: int) -> Figure:
    panels: list[ImagePanel] = [image_panel(one)]
    further = ""
    if one.record.kind != "diffraction" and min(one.record.image.shape) >= 16:
        panels.append(transform_panel(one))
        reach = _reach(one)
        count = sum(bool((np.abs(s.frequency) > reach).any()) for s in one.search.found)
        further = f" {spots(count, 'beside the lattice', 'lie')} further out than is shown." if count else ""
    pattern = one.record.kind == "diffraction"
    what = "Logarithm of counts" if pattern else "Fourier transform: logarithm of the power, windowed"
    return Figure(
        name=f"image-{number}",
        title=f"{one.record.source} and its spots",
        reading="A regular set of spots is a lattice; each spot is one set of planes.",
        caption=f"{what}; spots above the detection limit are marked, the stronger ones with their indices "
        f"where a candidate phase fits.{further}",
        alt=f"{one.record.source} with a scale bar and "
        + ("marked spots." if pattern else "its Fourier transform with marked spots."),
        panels=tuple(panels),
    )


def _reach(one: Looked) -> float:
    """Largest frequency that is shown: what the lattice has, or all spots where there is none."""
    spots = one.search.found if one.lattice is None else one.lattice.members
    largest = max((float(np.hypot(*s.frequency)) for s in spots), default=0.3)
    return min(0.5, 1.3 * largest)


def transform_panel(one: Looked) -> ImagePanel:
    """Return the Fourier transform of an image as far as its lattice has spots, with their indices.

    Of spots whose names would cover each other the stronger one has its name.

    Parameters
    ----------
    one : Looked
        Of an image.
    """
    power = np.fft.fftshift(power_spectrum(one.record.image))
    rows, columns = power.shape
    reach = _reach(one)
    keep = [np.abs(np.fft.fftshift(np.fft.fftfreq(n))) <= reach for n in (rows, columns)]
    cut = power[np.ix_(*keep)]
    scale = per_length(one.record) if one.record.calibrated else np.ones(2)
    unit = "1/Å" if one.record.calibrated else "1/px"
    labels = _labels(one)
    points: list[tuple[float, float, str]] = []
    named: list[tuple[float, float]] = []
    for spot in one.search.found:
        y, x = float(spot.frequency[0]), float(spot.frequency[1])
        if max(abs(x), abs(y)) > reach:
            continue
        text = labels.get((y, x), "")
        if any(abs(x - a) < LABEL[0] * reach and abs(y - b) < LABEL[1] * reach for a, b in named):
            text = ""
        named += [(x, y)] if text else []
        points += [(x * scale[1], y * scale[0], text), (-x * scale[1], -y * scale[0], "")]
    top, side = reach * float(scale[0]), reach * float(scale[1])
    return ImagePanel(
        title="Fourier transform",
        values=np.log10(np.maximum(cut, 1e-12 * float(power.max()) + 1e-300)),
        x_range=(-side, side),
        y_range=(-top, top),
        x_label=f"g along x ({unit})",
        y_label=f"g along y ({unit})",
        colours="grey",
        points=tuple(points),
    )


def _strain_figure(one: Looked, number: int) -> Figure:
    assert one.strain is not None
    height, width = one.record.extent
    per, unit = (0.1, "nm") if one.record.unit == "Å" else (1.0, one.record.unit)
    x_range, y_range = (0.0, width * per), (0.0, height * per)
    panels = []
    for name, values, noise in (
        ("xx", one.strain.xx, one.strain.xx_noise),
        ("yy", one.strain.yy, one.strain.yy_noise),
        ("xy", one.strain.xy, one.strain.xy_noise),
    ):
        floor = 100.0 * float(np.nanmedian(noise))
        panels.append(
            ImagePanel(
                title=f"Strain {name}, noise {number_text(floor, 2)} %",
                values=100.0 * values,
                x_range=x_range,
                y_range=y_range,
                colours="diverging",
                colour_bar="Strain (%)",
                scale_bar=round_bar(width * per, unit),
            )
        )
    against = "the stated region" if one.reference is not None else "the mean of the whole image"
    smooth = number_text(one.strain.resolution * float(one.record.pixel_size.mean()) * per, 2)
    return Figure(
        name=f"strain-{number}",
        title=f"Strain in {one.record.source}",
        reading="Colours beyond the noise of the title may be strain, or distortions of the scan.",
        caption=f"Geometric phase analysis against {against}, blurred by {smooth} {unit} (one standard "
        "deviation). Positive is wider. A perfect crystal in a real scan shows 0.7 to 1.5 %.",
        alt=f"Maps of strain along x and y and of shear in {one.record.source}.",
        panels=tuple(panels),
    )


def _twin_figure(one: Looked, number: int) -> Figure:
    assert one.twin is not None
    per, unit = (0.1, "nm") if one.record.unit == "Å" else (1.0, one.record.unit)
    x, y = thinned(per * one.twin.places, one.twin.share)
    line = Series(x=x, y=y, name="share of the twin", key="share", colour="#0072B2", in_legend=False)
    places = tuple(Marker(at=per * place, text="boundary") for place in one.twin.boundaries)
    return Figure(
        name=f"twin-{number}",
        title=f"Twin in {one.record.source}",
        reading="Near 0 is the crystal, near 1 its mirror image; a passage is a boundary.",
        caption="Amplitude of the twin's spot over that of both, averaged along the boundary.",
        alt=f"Share of the twin along the normal of its boundary in {one.record.source}.",
        panels=(
            Panel(
                title="",
                x_label=f"Along the normal ({unit})",
                y_label="Share of the twin",
                series=(line,),
                markers=places,
                y_from_zero=True,
            ),
        ),
    )
