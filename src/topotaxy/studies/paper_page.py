"""The page of a paper's claims of instruments, and of its figures with simulated counterparts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from topotaxy.content.figure import Absent, Figure
from topotaxy.content.section import Items, KeyNumber, Page, Paragraph, Part, Section, Table
from topotaxy.studies.paper_figures import FIGURES
from topotaxy.studies.paper_plate import plate_figures

NOT_THERE = {"3h": "a drawing"}
"""Figures of the first bundled paper without a counterpart, with the reason."""


CELLS_APART = "Figures 2a to e: only with the reproduction of the cells (topotaxy reproduce)"


def figures_page(
    paper: str,
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    cells: Sequence[Figure | Absent] = (),
    materials: Mapping[str, str] | None = None,
) -> Page:
    """Return the page of a paper's claims and figures.

    Parameters
    ----------
    paper : str
        Citation of the paper, for the title.
    folder : path
        Where the instruments' files are.
    rows : sequence of mapping
        Rows of claims, as :func:`~topotaxy.studies.instrument_claims.claim_rows` returns them.
    cells : sequence of Figure or Absent
        Counterparts of the paper's figures of cells.
    materials : mapping of str to str, optional
        What the short names of materials in the claims stand for.
    """
    compared = [row for row in rows if row.get("agrees") is not None]
    agreeing = [row for row in compared if row["agrees"]]
    figures = [make(folder) for make in FIGURES]
    claims = Section(anchor="claims", title="Claims", parts=(*_named(materials or {}), _table(rows)))
    return Page(
        kind="Paper",
        title=f"{paper}: what instruments saw, and its figures, simulated",
        verdict=(
            f"{len(agreeing)} of {len(compared)} claims that could be computed agree; "
            f"{len(rows) - len(compared)} of {len(rows)} could not be computed: there is no virtual "
            "instrument for them, or nothing in its data bears on them."
        ),
        key_numbers=[
            KeyNumber(
                name=label, value=_agreeing(compared, label), label=None, note="agree, of those compared"
            )
            for label in ("held-out", "imposed", "handbook")
        ],
        main=figures[0],
        sections=(claims, *_figures(folder, figures, cells)),
        limits=(
            "One small box of the reactive lattice stands for the electrode; its share in registry rests on "
            "inputs that nobody has measured, and so does every number with the label imposed.",
            "Spectra are imposed by valence; only the share of each valence follows from the simulation.",
            "Numbers of cells, what was fitted to them and what was not, are on the page of the cells "
            "(topotaxy reproduce --out).",
        ),
    )


def _figures(
    folder: Path, figures: Sequence[Figure | Absent], cells: Sequence[Figure | Absent]
) -> tuple[Section, ...]:
    """Counterparts of the paper's figures by what they are of; the first stands on top of the page."""
    return (
        Section(anchor="structure", title="Structure (Figures 1c and 3a)", parts=tuple(figures[1:3])),
        Section(
            anchor="cells",
            title="Cells (Figure 2a to e)",
            parts=tuple(cells) or (Absent(CELLS_APART),),
        ),
        Section(anchor="edges", title="Edges and neighbours (Figure 3b to g)", parts=tuple(figures[3:5])),
        Section(anchor="images", title="Images (Figure 4a to d and k)", parts=tuple(figures[5:7])),
        Section(
            anchor="resolved",
            title="Maps of elements and high-resolution images (Figures 1d, 1e, 4e)",
            parts=tuple(figures[7:]),
        ),
        Section(
            anchor="transforms",
            title="Transforms, domains and a twin (Figure 4f to j and l)",
            parts=tuple(plate_figures(folder)),
        ),
        Section(
            anchor="absent",
            title="Figures without a counterpart",
            parts=(Items([f"Figure {number}: {why}" for number, why in NOT_THERE.items()]),),
        ),
    )


def _agreeing(rows: Sequence[Mapping[str, Any]], label: str) -> str:
    own = [row for row in rows if row.get("label") == label]
    return f"{sum(bool(row['agrees']) for row in own)} of {len(own)}"


def _named(materials: Mapping[str, str]) -> list[Part]:
    if not materials:
        return []
    words = "; ".join(f"{short}: {words}" for short, words in materials.items())
    return [Paragraph(f"Short names of materials. {words}.", note=True)]


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    words = {True: "agrees", False: "disagrees", None: "not compared"}
    return Table(
        caption="What is stated and what virtual instruments say of the simulated electrode",
        head=("Claim", "Stated", "Computed", "Verdict", "Label"),
        rows=[
            (
                str(row["name"]),
                str(row["stated"]),
                str(row.get("computed_text") or ""),
                words[row.get("agrees")],
                str(row.get("label") or ""),
            )
            for row in rows
        ],
        label_column=4,
        details=[_sentence(str(row["why"])) for row in rows],
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def short_parts(rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Return what a terminal shows of the claims.

    Parameters
    ----------
    rows : Sequence[Mapping[str, Any]]
        Rows of the page, one a claim.
    """
    compared = [row for row in rows if row.get("agrees") is not None]
    agreeing = sum(bool(row["agrees"]) for row in compared)
    return [
        Paragraph(f"Claims of instruments and of other materials: {agreeing} of {len(compared)} agree."),
        _table(rows),
    ]
