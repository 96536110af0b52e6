"""HTML that is escaped unless it was built here.

Formulas, titles and sources in a run folder are other people's text; plain ``str`` children
and attribute values are therefore always escaped, and only :class:`Markup` passes as it is.
"""

from __future__ import annotations

import html
import json
from typing import Any

VOID = frozenset({"meta", "img", "br", "hr", "input", "col"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | None


def escaped(text: str) -> Markup:
    """Return the text as HTML; what is :class:`Markup` already stays as it is."""
    return text if isinstance(text, Markup) else Markup(html.escape(text, quote=True))


def joined(*children: Child) -> Markup:
    """Join children into one fragment; ``None`` is left out."""
    return Markup("".join(escaped(child) for child in children if child is not None))


def tag(name: str, /, *children: Child, **attributes: str | bool | None) -> Markup:
    """Return an element; ``class_`` and ``data_x`` become ``class`` and ``data-x``."""
    parts = [name]
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(attribute)
        elif value not in (None, False):
            parts.append(f'{attribute}="{html.escape(str(value), quote=True)}"')
    opening = f"<{' '.join(parts)}>"
    if name in VOID:
        return Markup(opening)
    return Markup(f"{opening}{joined(*children)}</{name}>")


def table(
    head: list[str], rows: list[list[str]], *, caption: str, numeric: frozenset[int] = frozenset()
) -> Markup:
    """Return a table whose first column heads its rows; ``numeric`` columns align right.

    A focusable region that scrolls sideways holds it, so that a wide table fits a phone.
    """

    def style(column: int) -> str | None:
        return "number" if column in numeric else None

    header = tag("tr", *[tag("th", text, scope="col", class_=style(i)) for i, text in enumerate(head)])
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *[tag("td", c, class_=style(i)) for i, c in enumerate(row[1:], 1)],
        )
        for row in rows
    ]
    content = tag("table", tag("caption", caption), tag("thead", header), tag("tbody", *body))
    return tag("div", content, class_="scroll", role="region", tabindex="0", aria_label=caption)


def embedded_json(document: Any, *, identifier: str) -> Markup:
    """Return a data block; no ``<`` is left in it that could end the block or open another."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(f'<script type="application/json" id="{html.escape(identifier)}">{text}</script>')


def formula_markup(formula: str) -> Markup:
    """Return a formula with its amounts set as subscripts."""
    pieces: list[str] = []
    run = ""
    for character in formula:
        is_amount = character.isdigit() or (character == "." and run != "")
        if is_amount:
            run += character
            continue
        if run:
            pieces.append(tag("sub", run))
            run = ""
        pieces.append(character)
    if run:
        pieces.append(tag("sub", run))
    return joined(*pieces)
