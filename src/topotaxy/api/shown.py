"""Results that show themselves: their report in a notebook, their figures by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from topotaxy.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from topotaxy.content.section import Page

HEIGHT = 720
"""Pixels of a report inside a notebook; the rest scrolls."""


class Shown(ABC):
    """A result with a page: the same content that the report on disk has."""

    @abstractmethod
    def page(self) -> Page:
        """Return the content of the report."""

    @property
    def figures(self) -> list[str]:
        """Names of the figures, the main one first."""
        return [figure.name for figure in self.page().figures()]

    def plot(self, name: str | None = None) -> Figure:
        """Draw a figure of the report with matplotlib.

        Parameters
        ----------
        name : str, optional
            One of :attr:`figures`; the main one without it.

        Raises
        ------
        InputError
            Where there is no such figure.
        """
        from topotaxy.report.printed import drawn, print_style

        figures = {figure.name: figure for figure in self.page().figures()}
        if not figures:
            raise InputError("this result has no figures")
        if name is not None and name not in figures:
            raise InputError(f"no figure {name!r:.60}; there are {', '.join(figures)}")
        with print_style():
            return drawn(figures[name] if name is not None else next(iter(figures.values())))

    def report(self, folder: str | Path) -> Path:
        """Write the report and its figures into a folder, which is made, and return the page's path.

        Parameters
        ----------
        folder : str or Path
            Where it goes.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        from topotaxy.report.page import write_page

        path = Path(folder)
        try:
            path.mkdir(parents=True, exist_ok=True)
            return write_page(path, self.page())
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", where=str(path)) from None

    def _repr_html_(self) -> str:
        """The report, in a frame of its own: its styles stay inside, and none of its scripts run."""
        from topotaxy.report.html import html
        from topotaxy.report.printed import printed

        page = self.page()
        text = html(page, {figure.name: printed(figure)["svg"] for figure in page.figures()})
        title = escape(page.title, quote=True)
        return (
            f'<iframe srcdoc="{escape(text, quote=True)}" sandbox="" title="{title}" '
            f'style="width: 100%; height: {HEIGHT}px; border: 1px solid #ccc"></iframe>'
        )
