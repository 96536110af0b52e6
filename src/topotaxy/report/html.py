"""Drawing a page as HTML: one file with styles and scripts inside it, that asks the network for nothing.

Everything that a page says is text, whoever wrote it: templates escape all of it. Only what this module
makes itself (drawings, data blocks, styles and scripts) passes as markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from topotaxy.content.figure import Cloud, Figure, Series, Swatch
from topotaxy.content.palette import NEUTRAL, ON_DARK
from topotaxy.content.section import MARKS, Page, Table
from topotaxy.report.formulas import chemical, whole_options
from topotaxy.report.interactive import documents
from topotaxy.report.turnable import scene_document

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MOST_CHARACTERS = 118
"""Characters that the columns of a table may need side by side on a page of 1400 px; more scroll sideways."""

SCENE_CAPTION = (
    "Drag to turn, scroll to zoom; press a name in the legend to hide or show it. Large marks are reduced to "
    "the metal, small marks are ions."
)
_DASHES = {"solid": "", "dash": "5 3", "dot": "1.5 2.5"}
_SHAPES = {
    "circle": "M12 2.5a3.5 3.5 0 1 0 .01 0Z",
    "square": "M9 3h6v6h-6Z",
    "diamond": "M12 2l4 4-4 4-4-4Z",
    "triangle": "M12 2l4 7h-8Z",
    "cross": "M9 3l6 6M15 3l-6 6",
    "star": "M12 1l1.5 3.3 3.5.4-2.6 2.4.7 3.5-3.1-1.8-3.1 1.8.7-3.5L7 4.7l3.5-.4Z",
}
_KINDS = ("svg", "pdf", "png")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of a legend: name, colour, dashes of its line (None for no line), shape of its mark."""

    name: str
    colour: str
    dash: str | None
    shape: str
    hollow: bool
    shown: bool = True


@dataclass(frozen=True, kw_only=True)
class DrawnScene:
    """What the template needs of a view in three dimensions."""

    source: str
    views: tuple[str, ...]
    keys: tuple[Entry, ...]
    swatches: tuple[Entry, ...]
    data: Markup
    caption: str


@dataclass(frozen=True, kw_only=True)
class DrawnFigure:
    """What the template needs of a figure beside its words."""

    alt: str
    sources: tuple[str, ...]
    data: Markup
    image: str
    columns: int
    keys: tuple[Entry, ...]
    swatches: tuple[Entry, ...]
    scene: DrawnScene | None


def html(page: Page, images: Mapping[str, bytes]) -> str:
    """Return the page as one HTML document.

    Parameters
    ----------
    page:
        The content.
    images:
        The printed form (SVG) of every figure by its name; shown where scripts do not run, and on paper.
    """
    from markupsafe import Markup

    scripts = [_plotly(), _template_text("report.js")]
    style = _template_text("report.css")
    contents = [(s.anchor, s.title) for s in page.sections]
    contents += [("limits", "What this report cannot show")] if page.limits else []
    contents += [("provenance", "Where the numbers come from")] if page.provenance else []
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            contents=contents,
            marks=[(word, MARKS[word]) for word in page.marks()],
            known_marks=frozenset(MARKS),
            drawn_figures={f.name: _drawn(f, images[f.name]) for f in page.figures()},
            kinds=_KINDS,
            policy=_policy(scripts),
            style=Markup(style),
            recolour=Markup(_dark_styles()),
            scripts=[Markup(script) for script in scripts],
        )
    )


def scrolls(table: Table) -> bool:
    """Return whether a table is wider than a page, and therefore scrolls sideways.

    Parameters
    ----------
    table : Table
        Content of the table.
    """
    return table.wide or table.least_width() > MOST_CHARACTERS


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template_text),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    environment.filters |= {
        "chemical": chemical,
        "whole_options": whole_options,
        "scrolls": scrolls,
        "kind": _kind,
        "units": unbroken,
        "headed": headed,
    }
    return environment


def _kind(part: object) -> str:
    return type(part).__name__


def headed(text: str) -> str:
    """Return a name with a capital letter first, unless its first word is a sign of its own, as ``dQ/dV``.

    Parameters
    ----------
    text : str
        A name.
    """
    word = text.split(" ")[0]
    plain = word.replace("-", "").rstrip(",")
    return text[:1].upper() + text[1:] if plain.isalpha() and plain.islower() and len(plain) > 2 else text


def unbroken(text: str) -> str:
    """Keep the words of a unit together, as in ``mAh g⁻¹``.

    Parameters
    ----------
    text : str
        A unit or number with its unit.
    """
    return re.sub(r" (?=\w+[⁻²³])|(?<=±) | (?=[±%])", "\u00a0", text)


def _template_text(name: str) -> str:
    return (resources.files("topotaxy.report") / "templates" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script


def _policy(scripts: list[str]) -> str:
    """Let only our own two scripts run, and nothing be fetched, whatever the content holds."""
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode("ascii") for s in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _dark_styles() -> str:
    """Styles that recolour legends in dark mode, and the same table for the script that recolours plots."""
    rules = "".join(
        f'.legend [{kind}="{light}"]{{{kind}:{dark}}}'
        for light, dark in ON_DARK.items()
        for kind in ("fill", "stroke")
    )
    pairs = " ".join(f"{light}={dark}" for light, dark in ON_DARK.items())
    return f'@media screen and (prefers-color-scheme: dark){{{rules}}}:root{{--on-dark:"{pairs}"}}'


def _drawn(figure: Figure, image: bytes) -> DrawnFigure:
    from markupsafe import Markup

    sources, data = [], []
    for number, document in enumerate(documents(figure)):
        source = f"{figure.name}-{number}"
        sources.append(source)
        data.append(data_block(document, identifier=source))
    return DrawnFigure(
        alt=figure.alt,
        sources=tuple(sources),
        data=Markup("").join(data),
        image=f"data:image/svg+xml;base64,{base64.b64encode(image).decode('ascii')}",
        columns={1: 1, 3: 3}.get(len(figure.panels), 2),
        keys=tuple(_key(name, first) for name, first in figure.legend().items()),
        swatches=tuple(_swatch(s) for s in figure.swatches),
        scene=_scene(figure),
    )


def _scene(figure: Figure) -> DrawnScene | None:
    if figure.scene is None:
        return None
    source = f"{figure.name}-scene"
    return DrawnScene(
        source=source,
        views=tuple(figure.scene.views),
        keys=tuple(_key(name, first) for name, first in figure.scene.legend().items()),
        swatches=(),
        data=data_block(scene_document(figure.scene), identifier=source),
        caption=SCENE_CAPTION,
    )


def _key(name: str, first: Series | Cloud) -> Entry:
    if isinstance(first, Cloud):
        return _entry(name, first.colour, None, first.symbol, shown=first.shown)
    # A key stands for filled and open marks alike; the swatches tell these apart.
    symbol = first.symbol.removesuffix("-open")
    return _entry(name, first.colour, first.dash if first.width > 0 else None, symbol)


def _swatch(swatch: Swatch) -> Entry:
    return _entry(swatch.name, NEUTRAL, swatch.dash, swatch.symbol)


def _entry(name: str, colour: str, dash: str | None, symbol: str, *, shown: bool = True) -> Entry:
    return Entry(
        name=name,
        colour=colour,
        dash=None if dash is None else _DASHES[dash],
        shape=_SHAPES.get(symbol.removesuffix("-open"), ""),
        hollow=symbol.endswith("-open") or symbol == "cross",
        shown=shown,
    )


def data_block(document: Any, *, identifier: str) -> Markup:
    """Return a block of JSON; no ``<`` is left in it that could end the block or open another.

    Parameters
    ----------
    document : Any
        What can be written as JSON.
    identifier : str
        The block's id in the page.
    """
    from markupsafe import Markup

    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup('<script type="application/json" id="{}">{}</script>').format(identifier, Markup(text))
