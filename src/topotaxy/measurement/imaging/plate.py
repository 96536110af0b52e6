"""A plate: several states of one specimen beside each other, view by view, as papers show them.

Images, intensity along a line, Fourier transforms with their indexed spots, strain, domains and twins.
Brightness and colours have one scale for all states, so that panels can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, ImagePanel, Marker, Panel, Series
from topotaxy.content.numbers import number_text
from topotaxy.measurement.imaging.analysed import Looked, looked_at
from topotaxy.measurement.imaging.crystals import crystal_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.record import Micrograph
from topotaxy.measurement.imaging.shown import image_panel, transform_panel
from topotaxy.measurement.imaging.shown_details import map_panel

COLOURS = {"pristine": "#000000", "discharged": "#D55E00", "charged": "#0072B2"}
OTHER = ("#009E73", "#CC79A7", "#6b7280")
MOST_NAMED = 4
"""Spots of a transform whose indices are written: those nearest to the middle."""
SHIFT = 2.0
"""Between profiles that are drawn above each other, in their means."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One view of every state.

    Attributes
    ----------
    name:
        Of its figures, as ``dark-field``.
    title:
        As ``Dark field along [001]``.
    seen:
        What was found, by state.
    """

    name: str
    title: str
    seen: Mapping[str, Looked]


def view_of(name: str, title: str, records: Mapping[str, Micrograph], options: ImagingOptions) -> View:
    """Return what is seen in the records of one view.

    Parameters
    ----------
    name, title : str
        See :class:`View`.
    records : mapping of str to Micrograph
        By state.
    options : ImagingOptions
        Candidates, line of the profile, whether domains are looked for; the same for all states.

    Raises
    ------
    InputError
        Where a candidate phase cannot be understood.
    """
    crystals = [crystal_of(text) for text in options.crystals]
    return View(
        name=name,
        title=title,
        seen={state: looked_at(record, options, crystals) for state, record in records.items()},
    )


def plate(view: View) -> list[Figure]:
    """Return the figures of a view: images, profiles, transforms, strain, domains and twins, as far as there.

    Parameters
    ----------
    view : View
        Of one state or more.
    """
    images = [one for one in view.seen.values() if one.record.kind != "diffraction"]
    figures = [_images(view)]
    if any(one.details.profile is not None for one in images):
        figures.append(_profiles(view))
    if images:
        figures.append(_transforms(view))
    if any(one.strain is not None for one in images):
        figures.append(_strains(view))
    if any(one.details.phases is not None for one in images):
        figures.append(_domains(view))
    if any(one.twin is not None for one in images):
        figures.append(_twins(view))
    return figures


def _what(one: Looked) -> str:
    """The lattice that is seen, in a few words."""
    if one.answer is not None:
        return f"{one.answer.crystal.name} [{' '.join(map(str, one.answer.zone))}]"
    return "no lattice" if one.lattice is None else "a lattice of no candidate"


def _figure(
    view: View, part: str, title: str, reading: str, caption: str, panels: Sequence[ImagePanel | Panel]
) -> Figure:
    states = ", ".join(view.seen)
    return Figure(
        name=f"{view.name}-{part}",
        title=f"{title}: {states}",
        reading=reading,
        caption=f"{view.title}. {caption}",
        alt=f"{title} of the states {states}. {reading}",
        panels=tuple(panels),
    )


def _images(view: View) -> Figure:
    """All states in one grey scale: intensities over their own mean."""
    means = {state: float(one.record.image.mean()) or 1.0 for state, one in view.seen.items()}
    shares = {state: one.record.image / means[state] for state, one in view.seen.items()}
    low = min(float(np.percentile(v, 0.5)) for v in shares.values())
    high = max(float(np.percentile(v, 99.5)) for v in shares.values())
    pattern = any(one.record.kind == "diffraction" for one in view.seen.values())
    panels = [
        replace(
            image_panel(one),
            title=f"{state}: {_what(one)}",
            values=image_panel(one).values if pattern else shares[state],
            points=(),
            limits=None if pattern else (low, max(high, low + 1e-6)),
        )
        for state, one in view.seen.items()
    ]
    return _figure(
        view,
        "images",
        "Patterns" if pattern else "Images",
        "The title says which lattice the spots of the whole image belong to.",
        "Grey is the logarithm of counts."
        if pattern
        else "Grey is intensity over its mean, one scale for all.",
        panels,
    )


def _profiles(view: View) -> Figure:
    series = []
    said = []
    others = iter(OTHER)
    for place, (state, one) in enumerate(view.seen.items()):
        profile = one.details.profile
        if profile is None:
            continue
        mean = float(profile.intensity.mean()) or 1.0
        x, y = thinned(0.1 * profile.distance, profile.intensity / mean + SHIFT * place)
        colour = COLOURS.get(state) or next(others, OTHER[-1])
        series.append(Series(x=x, y=y, name=state, key=state, colour=colour))
        steps = profile.spacings
        if len(steps) > 1:
            said.append(
                f"{state}: {len(steps) + 1} maxima, {number_text(float(steps.mean()), 3)} Å apart, "
                f"scatter {number_text(float(steps.std(ddof=1)), 2)} Å"
            )
    return _figure(
        view,
        "profiles",
        "Intensity along a line",
        "Equal distances between maxima are a uniform spacing.",
        f"Intensity over its mean, shifted. {'; '.join(said)}.",
        [Panel(title="", x_label="Along the line (nm)", y_label="Intensity, shifted", series=tuple(series))],
    )


def _transforms(view: View) -> Figure:
    panels = []
    for state, one in view.seen.items():
        if one.record.kind == "diffraction":
            continue
        strangers = 0 if one.lattice is None else len(one.lattice.strangers)
        beside = f", {strangers} beside" if strangers else ""
        panel = transform_panel(one)
        named = sorted((p for p in panel.points if p[2]), key=lambda p: p[0] ** 2 + p[1] ** 2)[:MOST_NAMED]
        points = tuple(p if p in named else (p[0], p[1], "") for p in panel.points)
        title = f"{state}: {len(one.search.found)} spots{beside}"
        panels.append(replace(panel, title=title, points=points))
    return _figure(
        view,
        "transforms",
        "Fourier transforms",
        "Spots with indices belong to the lattice of the image; those beside it are another crystal's.",
        "Logarithm of the power; spots above the detection limit are marked.",
        panels,
    )


def _strains(view: View) -> Figure:
    """Maps of strain along x in one colour scale, each with its spread and the noise in it."""
    known = {state: one for state, one in view.seen.items() if one.strain is not None}
    spreads = {
        s: 100.0 * float(np.nanstd(one.strain.xx)) for s, one in known.items() if one.strain is not None
    }
    reach = max(3.0 * min(spreads.values()), max(spreads.values()), 0.1)
    panels, noise = [], []
    for state, one in known.items():
        assert one.strain is not None
        floor = 100.0 * float(np.nanmedian(one.strain.xx_noise))
        noise.append(f"{state} {number_text(floor, 2)} %")
        panels.append(
            replace(
                image_panel(one),
                title=f"{state}: spread {number_text(spreads[state], 2)} %",
                values=100.0 * one.strain.xx,
                colours="diverging",
                limits=(-reach, reach),
                colour_bar="Strain along x (%)",
            )
        )
    return _figure(
        view,
        "strain",
        "Strain by phase analysis",
        "A spread beyond its noise is strain, distortion of the scan, or a lattice that is not one.",
        "Geometric phase analysis of the strongest two spots, against the mean of each image: no stress, and "
        f"nothing of the change between states. Noise: {', '.join(noise)}.",
        panels,
    )


def _domains(view: View) -> Figure:
    found = {state: one.details.phases for state, one in view.seen.items() if one.details.phases is not None}
    top = max(max(2.0 * phases.map.limit, float(phases.map.ratio.max())) for phases in found.values())
    panels = [
        replace(
            map_panel(view.seen[state].record, phases),
            title=f"{state}: {len(phases.places)} domain(s)",
            limits=(0.0, top),
        )
        for state, phases in found.items()
    ]
    return _figure(
        view,
        "domains",
        "Waves beside those of the lattice",
        "Bright places have planes that the rest has not; what stands above the limit is named.",
        "Local Fourier transforms; blank margins are too near the edge. Sizes are in projection.",
        panels,
    )


def _twins(view: View) -> Figure:
    panels: list[ImagePanel | Panel] = []
    for state, one in view.seen.items():
        if one.twin is None:
            continue
        x, y = thinned(0.1 * one.twin.places, one.twin.share)
        line = Series(x=x, y=y, name=state, key=state, colour=COLOURS.get(state, OTHER[0]), in_legend=False)
        panels.append(
            Panel(
                title=f"{state}: boundaries: {len(one.twin.boundaries)}",
                x_label="Along the normal (nm)",
                y_label="Share of the twin",
                series=(line,),
                markers=tuple(Marker(at=0.1 * at, text="boundary") for at in one.twin.boundaries),
                y_from_zero=True,
            )
        )
    return _figure(
        view,
        "twins",
        "Twins",
        "Near 0 is the crystal, near 1 its mirror image; a passage is a boundary.",
        "Amplitude of the twin's spot over that of both, averaged along the boundary.",
        panels,
    )
