"""The page: sections in reading order, styles and scripts inside the file."""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from importlib import resources

from topotaxy.content.figure import Absent, BarPanel, Cloud, Figure, Series, Swatch
from topotaxy.content.numbers import fixed
from topotaxy.content.palette import NEUTRAL
from topotaxy.report.budget import budget_sentences, budget_terms
from topotaxy.report.folder import RunFolder
from topotaxy.report.headline_tables import headline_table
from topotaxy.report.inputs import inputs_section, provenance_table, reproduction, state_definitions
from topotaxy.report.interactive import documents, scene_document
from topotaxy.report.markup import Markup, embedded_json, joined, table, tag
from topotaxy.report.summary import summary


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A figure section: what it is called, its content or why there is none, and its print form."""

    anchor: str
    title: str
    content: Figure | Absent
    images: dict[str, bytes]


def page(folder: RunFolder, figures: list[Drawn]) -> str:
    """Return the whole report as one HTML document that asks the network for nothing."""
    title = _title(folder)
    sections = [
        ("numbers", "Headline numbers", headline_table(folder)),
        *[(f.anchor, f.title, _figure_section(folder, f)) for f in figures],
        ("inputs", "Inputs", inputs_section(folder)),
        ("provenance", "Where the numbers come from", _provenance(folder)),
    ]
    navigation = tag(
        "nav",
        *[joined(tag("a", anchor.capitalize(), href=f"#{anchor}"), " ") for anchor, _, _ in sections],
        aria_label="Sections",
    )
    main = tag(
        "main",
        tag(
            "header",
            tag("p", "topotaxy run report", class_="kicker"),
            tag("h1", title),
            summary(folder),
            _limits(folder),
        ),
        navigation,
        *[tag("section", tag("h2", text), content, id=anchor) for anchor, text, content in sections],
    )
    return document(title, main)


def _title(folder: RunFolder) -> str:
    candidates = (
        folder.attrs.get("title"),
        folder.spec.get("title"),
        folder.attrs.get("name"),
        folder.spec.get("name"),
    )
    return next((str(c) for c in candidates if c), "Report of a run")


def _limits(folder: RunFolder) -> Markup | None:
    limits = folder.provenance.get("limits")
    if not isinstance(limits, list) or not limits:
        return None
    return tag(
        "aside",
        tag("h2", "What this run cannot show"),
        tag("ul", *[tag("li", str(limit)) for limit in limits]),
        class_="limits",
    )


def _figure_section(folder: RunFolder, drawn: Drawn) -> Markup:
    figure = drawn.content
    if isinstance(figure, Absent):
        return tag("p", f"{drawn.title}: absent, because {figure.why}.", class_="absent")
    words = _budget_words(folder) if isinstance(figure.panels[0], BarPanel) else None
    return joined(tag("p", figure.reading), words, figure_block(figure, drawn.images), scene_block(figure))


def figure_block(figure: Figure, images: dict[str, bytes], *, place: str = "In the run folder") -> Markup:
    """Return a figure: legend, interactive panels, their printed form, caption and files."""
    panels, data = [], []
    for number, document in enumerate(documents(figure)):
        source = f"{figure.name}-{number}"
        panels.append(tag("div", class_="plot", data_source=source, role="img", aria_label=figure.alt))
        data.append(embedded_json(document, identifier=source))
    uri = f"data:image/svg+xml;base64,{base64.b64encode(images['svg']).decode('ascii')}"
    links = joined(
        *[
            joined(" · " if number else None, tag("a", kind.upper(), href=f"figures/{figure.name}.{kind}"))
            for number, kind in enumerate(images)
        ]
    )
    caption = tag(
        "figcaption",
        figure.caption,
        " " if figure.caption else None,
        tag("span", f"{place}: ", links, class_="files"),
    )
    return tag(
        "figure",
        _legend(figure.legend(), figure.swatches),
        tag("div", *panels, class_=f"plots columns-{_columns(figure)}"),
        tag("img", src=uri, alt=figure.alt, class_="printed"),
        caption,
        *data,
        class_="figure",
    )


def _columns(figure: Figure) -> int:
    return {1: 1, 3: 3}.get(len(figure.panels), 2)


def scene_block(figure: Figure) -> Markup | None:
    """Return the turnable view with its choice of snapshot; print shows the slice instead."""
    if figure.scene is None:
        return None
    source = f"{figure.name}-scene"
    choices = [
        tag(
            "label",
            tag("input", type="radio", name=source, value=str(i), checked=i == 0),
            tag("span", label),
        )
        for i, label in enumerate(figure.scene.views)
    ]
    return tag(
        "figure",
        tag("fieldset", tag("legend", "Snapshot"), *choices, class_="views"),
        _legend(figure.scene.legend(), ()),
        tag(
            "div",
            class_="plot scene",
            data_source=source,
            role="img",
            aria_label=f"Turnable three-dimensional view of the box. {figure.alt}",
        ),
        tag(
            "figcaption",
            "The same box as a whole: drag to turn, scroll to zoom, and press a name in the legend to "
            "hide it or show it. Large marks are reduced to the metal, small marks are ions. Anions and the "
            "marks of atoms that left their home site are off at first.",
        ),
        embedded_json(scene_document(figure.scene), identifier=source),
        class_="figure only-interactive",
    )


def _legend(entries: dict[str, Series] | dict[str, Cloud], swatches: tuple[Swatch, ...]) -> Markup | None:
    buttons = []
    for key, first in entries.items():
        shown = first.shown if isinstance(first, Cloud) else True
        pressed = "true" if shown else "false"
        buttons.append(tag("button", _key(first), key, type="button", data_key=key, aria_pressed=pressed))
    styles = [tag("span", _sample(NEUTRAL, s.dash, s.symbol), s.name) for s in swatches]
    return tag("div", *buttons, *styles, class_="legend") if buttons or styles else None


def _key(first: Series | Cloud) -> Markup:
    if isinstance(first, Cloud):
        return _sample(first.colour, None, first.symbol)
    symbol = "circle" if first.symbol == "circle-open" else first.symbol
    return _sample(first.colour, first.dash if first.width > 0 else None, symbol)


def _sample(colour: str, dash: str | None, symbol: str) -> Markup:
    """Return a small drawing of a line or a mark."""
    dashes = {"dash": "5 3", "dot": "1.5 2.5"}
    line = None
    if dash is not None:
        line = tag("path", d="M1 6H23", stroke=colour, stroke_width="2.4", stroke_dasharray=dashes.get(dash))
    shapes = {
        "circle": "M12 2.5a3.5 3.5 0 1 0 .01 0Z",
        "circle-open": "M12 2.5a3.5 3.5 0 1 0 .01 0Z",
        "square": "M9 3h6v6h-6Z",
        "diamond": "M12 2l4 4-4 4-4-4Z",
        "triangle": "M12 2l4 7h-8Z",
        "cross": "M9 3l6 6M15 3l-6 6",
        "star": "M12 1l1.5 3.3 3.5.4-2.6 2.4.7 3.5-3.1-1.8-3.1 1.8.7-3.5L7 4.7l3.5-.4Z",
    }
    mark = None
    if symbol in shapes:
        hollow = symbol in {"circle-open", "cross"}
        mark = tag(
            "path",
            d=shapes[symbol],
            fill="none" if hollow else colour,
            stroke=colour if hollow else None,
            stroke_width="1.4" if hollow else None,
        )
    return tag(
        "svg", line, mark, viewBox="0 0 24 12", width="24", height="12", aria_hidden="true", focusable="false"
    )


def _budget_words(folder: RunFolder) -> Markup | None:
    terms = budget_terms(folder)
    if isinstance(terms, Absent):
        return None
    sentences = budget_sentences(folder, terms)
    rows = [[t.name, _whole(t.capacity), _range(t.low, t.high), t.basis] for t in terms]
    head = ["Term", "Capacity (mAh g⁻¹)", "Range", "Basis"]
    listing = table(head, rows, caption="Terms of the capacity budget", numeric=frozenset({1, 2}))
    return joined(tag("p", " ".join(sentences)) if sentences else None, listing)


def _whole(value: float) -> str:
    return fixed(value, 0) if math.isfinite(value) else "–"


def _range(low: float, high: float) -> str:
    ends = [_whole(v) for v in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _provenance(folder: RunFolder) -> Markup:
    return joined(
        provenance_table(folder),
        tag("h3", "How to repeat it"),
        reproduction(folder),
        tag("h3", "Words for the states"),
        state_definitions(),
    )


def _asset(name: str) -> str:
    return (resources.files("topotaxy.report") / "assets" / name).read_text(encoding="utf-8")


def document(title: str, main: Markup) -> str:
    """Return a page with styles and scripts inside it, which may load nothing else."""
    from plotly.offline import get_plotlyjs

    scripts = [get_plotlyjs(), _asset("report.js")]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        Markup(f"<style>{_asset('report.css')}</style>"),
    )
    code = Markup("".join(f"<script>{script}</script>" for script in scripts))
    return f"<!doctype html>\n{tag('html', head, tag('body', main, code), lang='en')}\n"


def _policy(scripts: list[str]) -> str:
    """Let only our own two scripts run, and nothing be fetched, whatever the run folder contains."""
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode("ascii") for s in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
