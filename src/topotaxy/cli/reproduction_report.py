"""The report of a reproduction: the table of claims, rate map, ageing, where lost charge went."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from topotaxy.cell.cycling import Cycler, CyclingHistory, Leg
from topotaxy.cell.inputs import calibration
from topotaxy.cell.predictions import FORMATION, Cells
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
from topotaxy.studies.reproduction import Predicted, Reproduction, reproduction_document

CURRENTS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""A/g, of the rate map."""

DIAMETERS = (50.0, 100.0, 500.0, 2000.0, 5000.0)
"""nm, of the rate map."""


def write_reproduction(found: Reproduction, folder: Path) -> Path:
    """Write ``reproduction.json``, ``report.html`` and ``figures/`` into ``folder``.

    Raises
    ------
    InputError
        Where the folder holds something else.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("is not an empty folder; use another --out", where=str(folder))
    cells = Cells()
    cells.set(found.parameters)
    predicted = found.predicted if found.predicted is not None else Predicted(cells)
    rate = rate_map(found, CURRENTS, DIAMETERS)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(reproduction_document(found), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / "reproduction.json", text)
    return write_cell_report(
        folder,
        title=f"{found.paper}: stated and computed numbers of cells",
        lead=_lead(found),
        figures=[
            voltage_figure(_full_cell_curves(predicted.full)),
            rate_figure(rate),
            ageing_figure(_ageing(predicted)),
        ],
        tables=[_claims(found), _parameters(found), *_correlations(found)],
    )


def rate_map(found: Reproduction, currents: Sequence[float], diameters: Sequence[float]) -> list[RateLine]:
    """Charge (mAh/g) of the second cycle at each current, after a formation cycle, by diameter (nm).

    A current that cannot be drawn has no point.
    """
    from topotaxy.cell.model import ConversionHalfCell
    from topotaxy.cell.parameters import shipped_parameters

    lines = []
    for diameter in diameters:
        parameters = shipped_parameters("heos-na", {**found.parameters, "particle_diameter": diameter})
        cell = Cycler(ConversionHalfCell(), parameters, compiled=False)
        points = []
        for current in currents:
            try:
                record = cell.run([Leg(cycles=1, current=FORMATION), Leg(cycles=2, current=current)])
            except InputError:
                continue
            points.append((current, record.charge[-1]))
        lines.append(
            RateLine(
                name=f"{diameter:g} nm",
                current=[current for current, _ in points],
                capacity=[capacity for _, capacity in points],
            )
        )
    return lines


def _lead(found: Reproduction) -> list[str]:
    fitted = ", ".join(t.claim for t in calibration().targets)
    return [
        f"Fitted to {fitted}; everything else is held out, with a median absolute error of "
        f"{100 * found.held_out_error:.1f} %.",
        "All capacities per gram of pristine oxysulfide, also in the full cell.",
    ]


def _full_cell_curves(record: CyclingHistory) -> list[VoltageCurve]:
    curves = []
    for cycle, halves in record.curves.items():
        for seconds, voltage, current in halves:
            curves.append(
                VoltageCurve(
                    name=f"full cell, cycle {cycle}",
                    direction="discharge" if current[0] > 0 else "charge",
                    capacity=[float(v) for v in np.abs(current) * seconds / 3.6],
                    voltage=[float(v) for v in voltage],
                )
            )
    return curves


def _ageing(predicted: Predicted) -> list[AgeingLine]:
    records = (
        ("0.5 A/g", predicted.slow_ageing, "charge"),
        ("1 A/g", predicted.fast_ageing, "charge"),
        ("0.5 A/g, 2 um", predicted.coarse_ageing, "charge"),
        ("full cell, 0.5 A/g", predicted.full, "discharge"),
    )
    return [
        AgeingLine(
            name=name,
            cycle=[float(n) for n in record.cycle],
            capacity=getattr(record, of),
            trapped=record.trapped,
            film=record.film,
            incoherent=record.incoherent,
        )
        for name, record, of in records
    ]


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
