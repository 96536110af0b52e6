"""What a page shows of profiles, columns, domains and rings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, ImagePanel, Marker, Panel, Series
from topotaxy.content.numbers import number_text
from topotaxy.content.section import Paragraph, Section
from topotaxy.measurement.imaging.atomic_columns import Columns
from topotaxy.measurement.imaging.phase_map import PhaseMap
from topotaxy.measurement.imaging.profiles import Profile
from topotaxy.measurement.imaging.record import Micrograph
from topotaxy.measurement.imaging.rings import Ring, radial
from topotaxy.measurement.imaging.spots import Floats

BLUE, RED = "#0072B2", "#D55E00"
MOST_LABELS = 40


def detail_sections(parts: Sequence[Figure]) -> list[Section]:
    """Return one section of figures, none where there is none.

    Parameters
    ----------
    parts : sequence of Figure
        Of profiles, columns, domains and rings.
    """
    if not parts:
        return []
    said = Paragraph("Lines, columns, domains and rings of these images, as they were asked for.")
    return [Section(anchor="details", title="Profiles, columns and domains", parts=(said, *parts))]


def profile_figure(record: Micrograph, profile: Profile, number: int) -> Figure:
    """Return the profile along a line, with the distances of its maxima.

    Parameters
    ----------
    record : Micrograph
        That it is of.
    profile : Profile
        What is drawn.
    number : int
        Of the record.
    """
    per, unit = (0.1, "nm") if record.unit == "Å" else (1.0, record.unit)
    x, y = thinned(per * profile.distance, profile.intensity)
    line = Series(x=x, y=y, name="intensity", key="intensity", colour=BLUE, in_legend=False)
    steps = profile.spacings
    mean = "" if not len(steps) else f"; mean distance {number_text(per * float(steps.mean()), 4)} {unit}"
    scatter = "" if len(steps) < 2 else f", scatter {number_text(per * float(steps.std(ddof=1)), 2)} {unit}"
    return Figure(
        name=f"profile-{number}",
        title=f"Intensity along a line of {record.source}",
        reading="Each maximum is a plane or a column.",
        caption=f"{len(profile.maxima)} maxima{mean}{scatter}.",
        alt=f"Intensity along a line of {record.source}.",
        panels=(
            Panel(
                title="",
                x_label=f"Along the line ({unit})",
                y_label="Intensity",
                series=(line,),
                markers=tuple(Marker(at=per * float(m), text="") for m in profile.maxima[:MOST_LABELS]),
            ),
        ),
    )


def columns_figure(record: Micrograph, columns: Columns, number: int) -> Figure:
    """Return histograms of the distances of columns beside what noise alone would make.

    Parameters
    ----------
    record : Micrograph
        That they are of.
    columns : Columns
        What is drawn.
    number : int
        Of the record.
    """
    panels = []
    for vector, spread in enumerate(columns.spreads, 1):
        low, high = (float(v) for v in np.percentile(spread.distances, (0.5, 99.5)))
        edges = np.linspace(low, high, 31)
        counted, _ = np.histogram(spread.distances, edges)
        middle = 0.5 * (edges[1:] + edges[:-1])
        normal = np.exp(-0.5 * ((middle - spread.distances.mean()) / spread.noise) ** 2)
        normal *= len(spread.distances) * (edges[1] - edges[0]) / (spread.noise * np.sqrt(2.0 * np.pi))
        panels.append(
            Panel(
                title=f"Vector {vector}",
                x_label=f"Distance ({record.unit})",
                y_label="Pairs of columns",
                series=(
                    Series(
                        x=middle,
                        y=counted.astype(np.float64),
                        name="fitted columns",
                        key="seen",
                        colour=BLUE,
                        symbol="circle",
                        width=0.0,
                    ),
                    Series(x=middle, y=normal, name="noise alone", key="noise", colour=RED),
                ),
                y_from_zero=True,
            )
        )
    return Figure(
        name=f"columns-{number}",
        title=f"Distances of columns in {record.source}",
        reading="Wider than the line is more than noise: disorder, or distortions of the scan.",
        caption=f"{len(columns.places)} columns, fitted as Gaussians; the line is what noise makes.",
        alt=f"Distribution of the distances of atomic columns in {record.source}.",
        panels=tuple(panels),
    )


def domains_figure(record: Micrograph, phases: PhaseMap, number: int) -> Figure:
    """Return the map of domains and their sizes by phase.

    Parameters
    ----------
    record : Micrograph
        That they are of.
    phases : PhaseMap
        What is drawn.
    number : int
        Of the record.
    """
    panels: list[ImagePanel | Panel] = [map_panel(record, phases)]
    if phases.places:
        panels.append(_size_panel(phases))
    return Figure(
        name=f"domains-{number}",
        title=f"Domains in {record.source}",
        reading="Bright places have planes that the rest has not.",
        caption=f"Local transform blurred by {number_text(0.1 * phases.map.blur, 2)} nm; domains are "
        f"more than {number_text(phases.map.limit, 2)} times the noise. Sizes are in projection.",
        alt=f"Map of domains in {record.source} and the distribution of their sizes.",
        panels=tuple(panels),
    )


def map_panel(record: Micrograph, phases: PhaseMap) -> ImagePanel:
    """Return the map of waves beside those of the lattice, with the names of the domains.

    Parameters
    ----------
    record : Micrograph
        That they are of.
    phases : PhaseMap
        What is drawn.
    """
    height, width = record.extent
    points = [
        (
            0.1 * float(place.centre[1] * record.pixel_size[1]),
            0.1 * float(place.centre[0] * record.pixel_size[0]),
            place.phase,
        )
        for place in phases.places[:MOST_LABELS]
    ]
    return ImagePanel(
        title="Waves beside those of the lattice",
        # Margins too near the edge were not looked at.
        values=np.where(phases.map.ratio > 0.0, phases.map.ratio, np.nan),
        x_range=(0.0, 0.1 * width),
        y_range=(0.0, 0.1 * height),
        x_label="x (nm)",
        y_label="y (nm)",
        colours="sequential",
        limits=(0.0, max(2.0 * phases.map.limit, float(phases.map.ratio.max()))),
        colour_bar="Amplitude over noise",
        points=tuple(points),
    )


def _size_panel(phases: PhaseMap) -> Panel:
    every = np.array([0.1 * place.diameter for place in phases.places])
    edges = np.linspace(0.0, 1.1 * float(every.max()), 16)
    colours = (BLUE, RED, "#009E73", "#CC79A7", "#6b7280")
    series = []
    for (name, places), colour in zip(phases.phases().items(), colours, strict=False):
        counted, _ = np.histogram([0.1 * place.diameter for place in places], edges)
        series.append(
            Series(
                x=0.5 * (edges[1:] + edges[:-1]),
                y=counted.astype(np.float64),
                name=name,
                key=name,
                colour=colour,
                symbol="circle",
            )
        )
    return Panel(
        title="Sizes",
        x_label="Diameter (nm)",
        y_label="Domains",
        series=tuple(series),
        y_from_zero=True,
        whole_numbers=True,
    )


def rings_figure(record: Micrograph, rings: Sequence[Ring], centre: Floats, number: int) -> Figure:
    """Return the mean intensity of a pattern against radius, with its rings.

    Parameters
    ----------
    record : Micrograph
        A pattern.
    rings : sequence of Ring
        Found in it.
    centre : array (2,)
        Direct beam, pixels.
    number : int
        Of the record.
    """
    radius, sectors = radial(record.image, centre, record.pixel_size)
    mean = np.nanmedian(sectors, axis=0)
    known = np.isfinite(mean)
    x, y = thinned(radius[known], np.log10(np.maximum(mean[known] - mean[known].min() + 1.0, 1.0)))
    line = Series(x=x, y=y, name="intensity", key="intensity", colour=BLUE, in_legend=False)
    return Figure(
        name=f"rings-{number}",
        title=f"Rings of {record.source}",
        reading="A ring is many small crystals turned at random.",
        caption="Logarithm of the median over directions.",
        alt=f"Intensity against radius in {record.source}.",
        panels=(
            Panel(
                title="",
                x_label=f"g ({record.unit})",
                y_label="log10 of the intensity",
                series=(line,),
                markers=tuple(
                    Marker(at=ring.radius, text=f"{number_text(1.0 / ring.radius, 4)} Å")
                    for ring in rings[:8]
                ),
            ),
        ),
    )
