"""The report of a cell's run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from topotaxy.cell.experiment import CellRun
from topotaxy.cell.protocol import CellSpec
from topotaxy.report.cells import (
    AgeingLine,
    ReportTable,
    VoltageCurve,
    ageing_figure,
    voltage_figure,
    write_cell_report,
)
from topotaxy.runs.cell_dataset import cell_tree, shown_cycles
from topotaxy.runs.cell_observed import measured_cell
from topotaxy.runs.cell_run import inputs_of

if TYPE_CHECKING:
    import xarray as xr


def write_report_of_cell(run: CellRun, folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` of a run into its folder."""
    cell = measured_cell(run)
    tree = cell_tree(run, cell)
    cycles = tree["cycles"].to_dataset()
    return write_cell_report(
        folder,
        title=run.spec.title or run.spec.name,
        lead=_lead(run, cycles),
        figures=[voltage_figure(_curves(tree["curves"].to_dataset())), ageing_figure([_ageing(run, cycles)])],
        tables=[_cycle_table(cycles), _input_table(run.spec)],
    )


def _lead(run: CellRun, cycles: xr.Dataset) -> list[str]:
    first, last = cycles.isel(cycle=0), cycles.isel(cycle=-1)
    kind = (
        f"against {run.ion} metal" if run.spec.cell.counter == "metal" else f"against {run.spec.cell.counter}"
    )
    return [
        f"{run.spec.cell.material} {kind}. First cycle {float(first.discharge_capacity):.0f} mAh/g on "
        f"discharge and {float(first.charge_capacity):.0f} on charge; cycle {int(last.cycle)} "
        f"{float(last.discharge_capacity):.0f} and {float(last.charge_capacity):.0f}, at "
        f"{float(last.current):g} A/g. Trapped metal then holds {float(last.trapped_capacity):.0f} mAh/g and "
        f"the film {float(last.film_capacity):.0f}; {100 * float(1 - last.coherent_fraction):.0f} % of the "
        "grains have lost coherency.",
        "All capacities per gram of pristine conversion material. Branches, trapping and loss of coherency "
        "come from the lattice; four parameters of the cell were fitted to four numbers of the paper.",
    ]


def _curves(curves: xr.Dataset) -> list[VoltageCurve]:
    found = []
    for n in range(curves.sizes["half_cycle"]):
        half = curves.isel(half_cycle=n).dropna("point", subset=["charge", "voltage"])
        found.append(
            VoltageCurve(
                name=f"cycle {int(half.cycle)}",
                direction=str(half.direction.values),
                capacity=half["charge"].values.tolist(),
                voltage=half["voltage"].values.tolist(),
            )
        )
    return found


def _ageing(run: CellRun, cycles: xr.Dataset) -> AgeingLine:
    delivered = "discharge_capacity" if run.role == "full-cell" else "charge_capacity"
    return AgeingLine(
        name=run.spec.name,
        cycle=cycles["cycle"].values.tolist(),
        capacity=cycles[delivered].values.tolist(),
        trapped=cycles["trapped_capacity"].values.tolist(),
        film=cycles["film_capacity"].values.tolist(),
        incoherent=(1.0 - cycles["coherent_fraction"]).values.tolist(),
    )


_COLUMNS = (
    ("cycle", "cycle", "d"),
    ("current", "A/g", "g"),
    ("discharge_capacity", "discharge, mAh/g", ".1f"),
    ("charge_capacity", "charge, mAh/g", ".1f"),
    ("mean_voltage_discharge", "discharge, V", ".3f"),
    ("mean_voltage_charge", "charge, V", ".3f"),
    ("trapped_capacity", "trapped", ".1f"),
    ("film_capacity", "film", ".1f"),
)


def _cycle_table(cycles: xr.Dataset) -> ReportTable:
    kept = cycles.sel(cycle=shown_cycles(cycles.sizes["cycle"]))
    rows = [
        [format(kept[name].values[n].item(), form) for name, _, form in _COLUMNS]
        for n in range(kept.sizes["cycle"])
    ]
    return ReportTable(
        caption="Cycles, per gram of pristine conversion material",
        head=[head for _, head, _ in _COLUMNS],
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
