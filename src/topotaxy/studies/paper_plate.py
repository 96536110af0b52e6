"""Transforms, domains and a twin of a paper's Figure 4 as simulated counterparts, from files of images."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from topotaxy.content.figure import Absent, Figure
from topotaxy.errors import InputError
from topotaxy.measurement import recognise
from topotaxy.studies.paper_microscopy import CRYSTALS, IMAGED, RESOLVED, TWIN, records_of
from topotaxy.studies.virtual_bench import INDEXING_ERROR

PARTS = {
    "transforms": (
        "figure-4f-j",
        "Figure 4f to j: transforms of the images along [011]",
        "Of whole images of one small box: the paper magnifies single regions of a particle, so its spots of "
        "metal and salt come from places that were chosen.",
    ),
    "domains": (
        "figure-4f-h",
        "Figure 4f to h: where waves are that the frame has not",
        "Local transforms in place of regions chosen by eye; an image of three nanometres has room for "
        "one or two of them, so that most of it is left white and a domain is hardly found.",
    ),
    "twins": (
        "figure-4l",
        "Figure 4l: a twin",
        "Built by hand with (111) mirror planes and looked at along [110]: the lattice of the simulation "
        "cannot twin, so this says what a twin would look like, not that there is one.",
    ),
}
"""Parts of a plate that are shown, with name, title and what differs from the paper's."""


def plate_figures(folder: Path) -> list[Figure | Absent]:
    """Return the figures of the transforms, of the domains and of the twin (Figures 4f to j and l).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    candidates = _candidates(folder / CRYSTALS)
    found: dict[str, Figure] = {}
    if candidates:
        records = {str(state): _record(folder, f"{RESOLVED}-{state}-*") for state in IMAGED}
        _add(found, "resolved", "Images along [011]", records, candidates)
        _add(found, "twin", "A twin by hand", {"twin by hand": _record(folder, f"{TWIN}-*")}, candidates)
    absent = "the instruments' files of it are not there"
    return [
        replace(found[part], name=name, title=title, caption=f"What differs from the paper's: {differs}")
        if part in found
        else Absent(f"{title}: {absent}")
        for part, (name, title, differs) in PARTS.items()
    ]


def _add(
    found: dict[str, Figure], name: str, title: str, records: dict[str, Any], candidates: tuple[str, ...]
) -> None:
    """Add the parts of one view that are not there yet; the twin's own transform is none of the electrode."""
    from topotaxy.measurement.imaging import ImagingOptions
    from topotaxy.measurement.imaging.plate import plate, view_of

    there = {state: record for state, record in records.items() if record is not None}
    if not there:
        return
    options = ImagingOptions(crystals=candidates, scale_error=INDEXING_ERROR, domains=name == "resolved")
    for figure in plate(view_of(name, title, there, options)):
        part = figure.name.removeprefix(f"{name}-")
        if part in PARTS and (part == "twins") == (name == "twin"):
            found[part] = figure


def _record(folder: Path, pattern: str) -> Any:
    records = records_of(folder, pattern, "imaging", recognise.technique_named("imaging").options())
    return records[0] if records else None


def _candidates(path: Path) -> tuple[str, ...]:
    """Return the lattices that are looked for, as the study wrote them; none where it did not."""
    if not path.is_file():
        return ()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InputError("expected a list of lattices, as this study writes it", where=str(path))
    return tuple(found)
