"""The page of an analysis: sections in reading order."""

from __future__ import annotations

from topotaxy.content.figure import Figure
from topotaxy.report.markup import Markup, joined, tag
from topotaxy.report.measured.folder import AnalysisFolder
from topotaxy.report.measured.sample import absent_table, cautions, cell_table, provenance
from topotaxy.report.measured.tables import (
    cycle_table,
    difference_table,
    film_table,
    headline_table,
    step_table,
    summary,
)
from topotaxy.report.page import Drawn, document, figure_block


def page(folder: AnalysisFolder, figures: list[Drawn]) -> str:
    """Return the report as one HTML document that asks the network for nothing."""
    beside = {"cycles": cycle_table(folder)}
    sections: list[tuple[str, str, Markup]] = [
        ("numbers", "Headline numbers", joined(headline_table(folder), film_table(folder)))
    ]
    differences = difference_table(folder)
    if differences is not None:
        sections.append(("overlay", "Measured beside simulated", differences))
    for drawn in figures:
        if isinstance(drawn.content, Figure):
            block = figure_block(drawn.content, drawn.images, place="In the folder")
            text = joined(tag("p", drawn.content.reading), block, beside.get(drawn.anchor))
            sections.append((drawn.anchor, drawn.title, text))
    steps = step_table(folder)
    if steps is not None:
        sections.append(("steps", "Capacity by current", steps))
    absent = [tag("li", f"{d.title}: {d.content.why}.") for d in figures if not isinstance(d.content, Figure)]
    missing = joined(absent_table(folder), tag("p", "No figure of:") if absent else None, tag("ul", *absent))
    sections += [
        ("absent", "What could not be computed", missing),
        ("samples", "Files and samples", joined(cell_table(folder), provenance(folder))),
    ]
    navigation = tag(
        "nav",
        *[joined(tag("a", title, href=f"#{anchor}"), " ") for anchor, title, _ in sections],
        aria_label="Sections",
    )
    title = _title(folder)
    main = tag(
        "main",
        tag(
            "header",
            tag("p", "topotaxy analysis of cycling data", class_="kicker"),
            tag("h1", title),
            summary(folder),
            cautions(folder),
        ),
        navigation,
        *[tag("section", tag("h2", text), content, id=anchor) for anchor, text, content in sections],
    )
    return document(title, main)


def _title(folder: AnalysisFolder) -> str:
    names = [cell.name for cell in folder.measured]
    title = names[0] if len(names) == 1 else f"{len(names)} cells: {', '.join(names[:3])}"
    title += ", ..." if len(names) > 3 else ""
    return f"{title}, with a simulation" if folder.overlaid else title
