"""The report of a cell's run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from topotaxy.cell.protocol import CellSpec
from topotaxy.cell.running import CellRun
from topotaxy.report.cells import (
    AgeingLine,
    ReportTable,
    VoltageCurve,
    ageing_figure,
    voltage_figure,
    write_cell_report,
)
from topotaxy.runs.cell_run import inputs_of


def write_report_of_cell(run: CellRun, folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` of a run into its folder."""
    return write_cell_report(
        folder,
        title=run.spec.title or run.spec.name,
        lead=_lead(run),
        figures=[voltage_figure(_curves(run)), ageing_figure([_ageing(run)])],
        tables=[_cycle_table(run), _input_table(run.spec)],
    )


def _lead(run: CellRun) -> list[str]:
    first, last = run.cycles[0], run.cycles[-1]
    kind = (
        f"against {run.ion} metal" if run.spec.cell.counter == "metal" else f"against {run.spec.cell.counter}"
    )
    return [
        f"{run.spec.cell.material} {kind}. First cycle {first.discharge:.0f} mAh/g on discharge and "
        f"{first.charge:.0f} on charge; cycle {last.cycle} {last.discharge:.0f} and {last.charge:.0f}, at "
        f"{last.current:g} A/g. Trapped metal then holds {last.trapped:.0f} mAh/g and the film "
        f"{last.film:.0f}; {100 * last.incoherent:.0f} % of the grains have lost coherency.",
        "All capacities per gram of pristine conversion material. Branches, trapping and loss of coherency "
        "come from the lattice; four parameters of the cell were fitted to four numbers of the paper.",
    ]


def _kept(cycles: int) -> list[int]:
    return sorted({n for n in (1, 2, 5, 10, 50, 100, 500, 1000) if n <= cycles} | {cycles})


def _curves(run: CellRun) -> list[VoltageCurve]:
    columns = ("test_time_second", "voltage_volt", "current_ampere", "cycle_count")
    time, voltage, current, cycle = (run.record[name] for name in columns)
    found = []
    for n in _kept(len(run.cycles)):
        chosen = cycle == n
        for direction, sign in (("discharge", -1.0), ("charge", 1.0)):
            part = chosen & (np.sign(current) == sign)
            t, i = time[part], np.abs(current[part])
            if len(t) < 2:
                continue
            step = np.concatenate([[0.0], np.diff(t)])
            capacity = np.cumsum(step * i) / 3.6 / run.mass
            found.append(
                VoltageCurve(
                    name=f"cycle {n}",
                    direction=direction,
                    capacity=[float(v) for v in capacity],
                    voltage=[float(v) for v in voltage[part]],
                )
            )
    return found


def _ageing(run: CellRun) -> AgeingLine:
    return AgeingLine(
        name=run.spec.name,
        cycle=[float(c.cycle) for c in run.cycles],
        capacity=[c.charge for c in run.cycles],
        trapped=[c.trapped for c in run.cycles],
        film=[c.film for c in run.cycles],
        incoherent=[c.incoherent for c in run.cycles],
    )


def _cycle_table(run: CellRun) -> ReportTable:
    kept = set(_kept(len(run.cycles)))
    rows = [
        [
            str(c.cycle),
            f"{c.current:g}",
            f"{c.discharge:.1f}",
            f"{c.charge:.1f}",
            f"{c.discharge_voltage:.3f}",
            f"{c.charge_voltage:.3f}",
            f"{c.trapped:.1f}",
            f"{c.film:.1f}",
        ]
        for c in run.cycles
        if c.cycle in kept
    ]
    head = [
        "cycle",
        "A/g",
        "discharge, mAh/g",
        "charge, mAh/g",
        "discharge, V",
        "charge, V",
        "trapped",
        "film",
    ]
    return ReportTable(
        caption="Cycles, per gram of pristine conversion material",
        head=head,
        rows=rows,
        numeric=frozenset(range(1, 8)),
    )


def _input_table(spec: CellSpec) -> ReportTable:
    rows = [
        [
            str(r["name"]),
            f"{float(r['value']):.4g}",
            str(r["unit"]),
            f"{float(r['low']):g} to {float(r['high']):g}",
            str(r["label"]),
            str(r["source"]),
        ]
        for r in inputs_of(spec)
    ]
    return ReportTable(
        caption="Inputs of the cell, apart from the lattice's tables",
        head=["parameter", "value", "unit", "range", "label", "source"],
        rows=rows,
        numeric=frozenset({1}),
    )
