"""The report of a reproduction: the table of claims, rate map, ageing, where lost charge went."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from topotaxy.cell.inputs import calibration
from topotaxy.constants import COULOMB_PER_MILLIAMPERE_HOUR
from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.report.cells import (
    AgeingLine,
    RateLine,
    ReportTable,
    VoltageCurve,
    ageing_figure,
    rate_figure,
    voltage_figure,
    write_cell_report,
)
from topotaxy.studies.rate_map import rate_map
from topotaxy.studies.reproduction import Reproduction, reproduction_document

SHORT = 100
"""Cycles up to which a run shows no ageing."""


def write_reproduction(found: Reproduction, folder: Path) -> Path:
    """Write ``reproduction.json``, ``report.html`` and ``figures/`` into ``folder``.

    Raises
    ------
    InputError
        Where the folder holds something else.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("is not an empty folder; use another --out", where=str(folder))
    paper = found.cells.paper
    rate = [
        RateLine(name=f"{curve.diameter:g} nm", current=curve.current, capacity=curve.capacity)
        for curve in rate_map(paper.rate_map, found.parameters)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(reproduction_document(found), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / "reproduction.json", text)
    return write_cell_report(
        folder,
        title=f"{found.paper}: stated and computed numbers of cells",
        lead=_lead(found),
        figures=[
            voltage_figure(_kept_curves(found)),
            rate_figure(rate),
            ageing_figure(_ageing(found)),
        ],
        tables=[_claims(found), _parameters(found), *_correlations(found)],
    )


def _lead(found: Reproduction) -> list[str]:
    fitted = ", ".join(t.claim for t in calibration().targets)
    return [
        f"Fitted to {fitted}; everything else is held out, with a median absolute error of "
        f"{100 * found.held_out_error:.1f} %.",
        "All capacities per gram of pristine oxysulfide, also in the full cell.",
    ]


def _kept_curves(found: Reproduction) -> list[VoltageCurve]:
    return [
        VoltageCurve(
            name=f"{run.title}, cycle {cycle}",
            direction="discharge" if current[0] > 0 else "charge",
            capacity=[float(v) for v in np.abs(current) * seconds / COULOMB_PER_MILLIAMPERE_HOUR],
            voltage=[float(v) for v in voltage],
        )
        for name, run in found.cells.paper.runs.items()
        if run.curves
        for cycle, halves in found.cells.history(name).curves.items()
        for seconds, voltage, current in halves
    ]


def _ageing(found: Reproduction) -> list[AgeingLine]:
    """The runs of more than a hundred cycles."""
    lines = []
    for name, run in found.cells.paper.runs.items():
        if sum(leg.cycles for leg in run.legs) <= SHORT:
            continue
        history, cell = found.cells.history(name), found.cells.cell(name)
        lines.append(
            AgeingLine(
                name=run.title,
                cycle=[float(n) for n in history.cycle],
                capacity=cell.totals.capacity(cell.delivered).tolist(),
                trapped=history.trapped,
                film=history.film,
                incoherent=history.incoherent,
            )
        )
    return lines


def _claims(found: Reproduction) -> ReportTable:
    rows = [
        [
            c.id,
            "" if c.stated is None else f"{c.stated:.4g}",
            f"{c.computed:.4g}" + ("" if c.uncertainty is None else f" ± {c.uncertainty:.2g}"),
            "" if c.error is None or c.label == "imposed" else f"{100 * c.error:+.1f} %",
            c.unit,
            c.label or "",
            c.why,
        ]
        for c in found.claims
        if c.computed is not None
    ]
    head = ["claim", "stated", "computed", "error", "unit", "label", "how"]
    return ReportTable(caption="Stated and computed", head=head, rows=rows, numeric=frozenset({1, 2, 3}))


def _parameters(found: Reproduction) -> ReportTable:
    deviations = {} if found.fit is None else {p.name: p for p in found.fit.parameters}
    rows = []
    for p in calibration().parameters:
        fitted = deviations.get(p.name)
        deviation = (
            "" if fitted is None else f"{fitted.deviation:.2g}" + (" (log)" if p.scale == "log" else "")
        )
        bound = "" if fitted is None or not fitted.at_bound else f"at its {fitted.at_bound} bound"
        rows.append(
            [
                p.name,
                f"{found.parameters[p.name]:.4g}",
                deviation,
                p.unit,
                f"{p.low:g} to {p.high:g}",
                bound,
                p.meaning,
                p.source,
            ]
        )
    head = ["parameter", "value", "deviation", "unit", "bounds", "", "meaning", "bounds from"]
    return ReportTable(caption="Calibrated parameters", head=head, rows=rows, numeric=frozenset({1, 2}))


def _correlations(found: Reproduction) -> list[ReportTable]:
    if found.fit is None:
        return []
    names = [p.name for p in found.fit.parameters]
    rows = [
        [name, *(f"{value:+.2f}" for value in row)]
        for name, row in zip(names, found.fit.correlations, strict=True)
    ]
    return [
        ReportTable(
            caption="Correlations of the calibrated parameters",
            head=["", *names],
            rows=rows,
            numeric=frozenset(range(1, len(names) + 1)),
        )
    ]
