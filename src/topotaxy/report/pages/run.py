"""The page of a lattice run, from its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from topotaxy.content.figure import Absent, Figure
from topotaxy.content.section import Group, Page, Paragraph, Part, Section
from topotaxy.report.run.budget import budget_figure, budget_parts
from topotaxy.report.run.coherency import coherency_figure
from topotaxy.report.run.cycles import capacity_figure, lattice_figure
from topotaxy.report.run.folder import RunFolder, read_run_folder
from topotaxy.report.run.inputs import input_parts, provenance_table, reproduction_parts, state_definitions
from topotaxy.report.run.numbers import number_parts
from topotaxy.report.run.structure import structure_figure
from topotaxy.report.run.verdict import key_numbers, verdict
from topotaxy.report.run.voltage import element_charge_figure, voltage_figure
from topotaxy.report.run.words import sentences

Maker = Callable[[RunFolder], Figure | Absent]

FIGURES: tuple[tuple[str, str, Maker], ...] = (
    ("elements", "Which elements carry the charge", element_charge_figure),
    ("cycles", "Capacity and who reacted, cycle by cycle", capacity_figure),
    ("measures", "What becomes of the lattice, cycle by cycle", lattice_figure),
    ("coherency", "Does the frame hold?", coherency_figure),
    ("budget", "Capacity budget", budget_figure),
)
"""Figures below the main ones: anchor, title and what makes them."""

UNLIMITED = "The run records no list of what its model leaves out."


def run_page(folder: Path) -> Page:
    """Return the page of a run: verdict, key numbers, voltage curves and specimen, then everything else.

    Parameters
    ----------
    folder : Path
        Folder of the results; the report is written into it.

    Raises
    ------
    InputError
        Where the folder holds no run, or one of its files cannot be read.
    """
    run = read_run_folder(folder)
    sections = [Section(anchor="numbers", title="Numbers", parts=_numbers(run))]
    for anchor, title, make in FIGURES:
        beside = budget_parts(run) if anchor == "budget" else []
        sections.append(Section(anchor=anchor, title=title, parts=[make(run), *beside]))
    sections.append(Section(anchor="inputs", title="Inputs", parts=input_parts(run)))
    return Page(
        kind="report of a lattice run",
        title=_title(run),
        verdict=verdict(run),
        key_numbers=key_numbers(run),
        main=(voltage_figure(run), structure_figure(run)),
        sections=sections,
        limits=_limits(run),
        provenance=[
            provenance_table(run),
            Group(title="How to repeat it", parts=reproduction_parts(run)),
            Group(title="Words for the states", parts=[state_definitions()]),
        ],
    )


def _numbers(run: RunFolder) -> list[Part]:
    return [Paragraph(" ".join(sentences(run))), *number_parts(run)]


def _title(run: RunFolder) -> str:
    candidates = (run.attrs.get("title"), run.spec.get("title"), run.attrs.get("name"), run.spec.get("name"))
    return next((str(c) for c in candidates if c), "Report of a run")


def _limits(run: RunFolder) -> list[str]:
    limits = run.provenance.get("limits")
    if isinstance(limits, list) and limits:
        return [str(limit) for limit in limits]
    return [
        (run.missing.get("provenance.json", "") and f"Not known: {run.missing['provenance.json']}.")
        or UNLIMITED
    ]
