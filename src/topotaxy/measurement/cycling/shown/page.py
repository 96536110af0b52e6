"""The sections and the page of cells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.content.figure import Absent, Figure
from topotaxy.content.section import Items, Page, Paragraph, Part, Section
from topotaxy.errors import InputError
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.measurement.cycling.shown.cycle_tables import (
    cycle_tables,
    difference_tables,
    film_tables,
    step_tables,
)
from topotaxy.measurement.cycling.shown.data import CyclingData, cycling_data
from topotaxy.measurement.cycling.shown.figures import (
    curve_voltage_figure,
    differential_figure,
    rate_figure,
)
from topotaxy.measurement.cycling.shown.per_cycle import cycles_figure
from topotaxy.measurement.cycling.shown.sample import (
    LIMITS,
    absent_part,
    cell_table,
    provenance_parts,
    remarks,
)
from topotaxy.measurement.cycling.shown.sweeps import sweep_figure
from topotaxy.measurement.cycling.shown.tables import headline_table, key_numbers, verdict
from topotaxy.measurement.technique import Observed
from topotaxy.observables import from_json
from topotaxy.results.reading import read_dataset, stored_object, stored_text

if TYPE_CHECKING:
    import xarray as xr

DATA_FILE = "analysis.nc"

GROUP = "cycling"
"""Group of the file that holds the cells, where an analysis has several techniques."""


def shown(records: Sequence[CyclingRecord], observed: Observed) -> list[Section]:
    """Return the sections of a page on cells.

    The first paragraph is the answer, the first figure the main one.

    Parameters
    ----------
    records:
        As they were observed; all that is shown of them stands in the dataset.
    observed:
        Observables and dataset of the analysis; ``document`` may hold ``differences``.
    """
    if observed.dataset is None:
        return []
    differences = getattr(observed, "document", {}).get("differences", ())
    data = cycling_data(observed.dataset, observed.observables, differences)
    first = Section(anchor="answer", title="Cells", parts=[Paragraph(verdict(data)), *main_figures(data)[:1]])
    return [first, *sections_of(data), Section(anchor="samples", title="Samples", parts=[cell_table(data)])]


def main_figures(data: CyclingData) -> list[Figure | Absent]:
    """Return the figure that comes first: voltage curves; sweeps, where voltage was swept alone.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    if all(cell.swept for cell in data.measured):
        return [sweep_figure(data)]
    return [curve_voltage_figure(data)]


def sections_of(data: CyclingData) -> list[Section]:
    """Return everything below the main figure, in reading order.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    """
    sections = [Section(anchor="numbers", title="Numbers", parts=[headline_table(data), *film_tables(data)])]
    differences = difference_tables(data)
    if differences:
        sections.append(Section(anchor="overlay", title="Measured beside simulated", parts=differences))
    main = {figure.name for figure in main_figures(data) if isinstance(figure, Figure)}
    makers = (
        ("voltage", "Voltage curves", curve_voltage_figure),
        ("cycles", "Cycle by cycle", cycles_figure),
        ("dqdv", "Differential capacity", differential_figure),
        ("rates", "Rate steps", rate_figure),
        ("sweeps", "Voltage sweeps", sweep_figure),
    )
    beside: dict[str, list[Part]] = {"cycles": cycle_tables(data), "rates": step_tables(data)}
    absent = []
    for anchor, title, make in makers:
        figure = make(data)
        if isinstance(figure, Absent):
            absent.append(f"{title}: {figure.why}.")
        parts: list[Part] = [] if isinstance(figure, Absent) or figure.name in main else [figure]
        parts += beside.get(anchor, [])
        if parts:
            sections.append(Section(anchor=anchor, title=title, parts=parts))
    missing: list[Part] = [absent_part(data)]
    missing += [Paragraph("No figure of:"), Items(absent)] if absent else []
    return [*sections, Section(anchor="absent", title="What could not be computed", parts=missing)]


def cycling_page(data: CyclingData, provenance: Mapping[str, Any]) -> Page:
    """Return the page of an analysis of cells alone.

    Parameters
    ----------
    data : CyclingData
        Cells with their observables.
    provenance : mapping
        What is known of the analysis, as its folder has it.
    """
    return Page(
        kind="analysis of cycling data",
        title=_title(data),
        verdict=verdict(data),
        key_numbers=key_numbers(data),
        main=main_figures(data),
        remarks=remarks(data),
        sections=sections_of(data),
        limits=LIMITS,
        provenance=[cell_table(data), *provenance_parts(provenance)],
    )


def _title(data: CyclingData) -> str:
    names = [cell.name for cell in data.measured]
    title = names[0] if len(names) == 1 else f"{len(names)} cells: {', '.join(names[:3])}"
    title += ", ..." if len(names) > 3 else ""
    return f"{title}, with a simulation" if data.overlaid else title


def analysis_page(folder: Path) -> Page:
    """Return the page of the folder of an analysis of cells.

    Parameters
    ----------
    folder : path
        Folder of an analysis.

    Raises
    ------
    InputError
        Where one of its files is missing or cannot be read, or it holds no cell.
    """
    return cycling_page(read_cycling(folder), stored_object(folder / "provenance.json"))


def read_cycling(folder: Path) -> CyclingData:
    """Return the cells of the folder of an analysis; errors as of :func:`analysis_page`.

    Parameters
    ----------
    folder : path
        Folder of an analysis.
    """
    text = stored_text(folder / "observables.json")
    observables = from_json(text, where=str(folder / "observables.json"))
    differences = json.loads(text).get("differences", ())
    data = cycling_data(_tree(folder / DATA_FILE), observables, differences)
    if not data.cells:
        raise InputError("holds no cell", where=str(folder / DATA_FILE))
    return data


def _tree(path: Path) -> xr.DataTree:
    import xarray as xr

    tree = read_dataset(path)
    loaded = tree[GROUP] if GROUP in tree.children else tree
    return xr.DataTree.from_dict({str(name): group.to_dataset() for name, group in loaded.children.items()})
