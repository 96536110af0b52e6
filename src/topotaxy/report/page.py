"""The one assembler of pages: content in, ``report.html`` and ``figures/`` out, whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.content.section import Page
from topotaxy.errors import InputError
from topotaxy.files import write_atomically

KINDS = ("svg", "pdf", "png")
"""Formats in which every figure is written."""

REPORT_FILE = "report.html"
FIGURES_FOLDER = "figures"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_LINK = re.compile(r'href="figures/([a-z0-9-]+)\.(?:svg|pdf|png)"')
_READ = 64 * 2**20
"""Bytes of an earlier report that are searched for the figures it had."""


def write_page(folder: Path, page: Page) -> Path:
    """Write ``report.html`` and ``figures/`` (SVG, PDF, PNG) into a folder that is there.

    Everything is drawn before anything is written, and each file replaces its predecessor in one step.
    Figures of an earlier report in the folder that this one does not have are removed. The same page gives
    the same bytes.

    Parameters
    ----------
    folder:
        Where to write; the folder must exist.
    page:
        What the report says.

    Returns
    -------
    The path of ``report.html``.

    Raises
    ------
    ValueError
        Where figures share a name, or a name is not made of small letters, digits and hyphens: a fault of
        whoever made the page.
    InputError
        Where ``figures`` is a link to elsewhere.
    OSError
        Where the folder cannot be written.
    """
    from topotaxy.report.html import html
    from topotaxy.report.printed import printed

    figures = page.figures()
    names = [figure.name for figure in figures]
    if len(set(names)) < len(names):
        raise ValueError(f"two figures of a page share a name: {sorted(names)}")
    for name in [*names, *(section.anchor for section in page.sections)]:
        if not _NAME.fullmatch(name):
            raise ValueError(f"name of a figure or section {name!r}: expected small letters, digits, hyphens")
    images = {figure.name: printed(figure) for figure in figures}
    text = html(page, {name: found["svg"] for name, found in images.items()})
    target = folder / REPORT_FILE
    if (folder / FIGURES_FOLDER).is_symlink():
        where = str(folder / FIGURES_FOLDER)
        raise InputError("is a link; figures are written into a folder of their own", where=where)
    earlier = _earlier_figures(target)
    if images:
        (folder / FIGURES_FOLDER).mkdir(exist_ok=True)
    for name, found in images.items():
        for kind, data in found.items():
            write_atomically(folder / FIGURES_FOLDER / f"{name}.{kind}", data)
    write_atomically(target, text.encode("utf-8"))
    for name in earlier - set(names):
        for kind in KINDS:
            (folder / FIGURES_FOLDER / f"{name}.{kind}").unlink(missing_ok=True)
    return target


def _earlier_figures(report: Path) -> set[str]:
    """Names of the figures to which a report already in the folder links."""
    if not report.is_file():
        return set()
    with report.open("rb") as file:
        return set(_LINK.findall(file.read(_READ).decode("utf-8", errors="replace")))
