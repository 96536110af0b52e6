"""What a browser would see of a page, for tests."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser

from topotaxy.content.section import Page, Part, Section
from topotaxy.report.html import html

VOID = frozenset({"meta", "img", "br", "hr", "input", "col", "path", "link"})


class Seen(HTMLParser):
    """Elements with their attributes, the text outside scripts, and whether all elements are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text.append(data)

    def said(self) -> str:
        return " ".join(" ".join(self.text).split())


def page_of(parts: Sequence[Part]) -> Page:
    """A page of one section that holds these parts."""
    return Page(kind="k", title="t", verdict="v", sections=[Section(anchor="a", title="s", parts=parts)])


def words_of(parts: Sequence[Part]) -> str:
    """What a reader reads of these parts in a page."""
    return Seen(html(page_of(parts), {})).said()


def data_blocks(text: str) -> dict[str, dict[str, object]]:
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', text, re.DOTALL)
    return {name: json.loads(block) for name, block in found}
