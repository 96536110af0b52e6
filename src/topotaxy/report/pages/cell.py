"""The page of a cell's run, from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.content.figure import Absent, Figure
from topotaxy.content.numbers import fixed, observable_text, percent, plain_number, voltage_label
from topotaxy.content.section import KeyNumber, Page, Paragraph, Part, Section, Table, mark_of
from topotaxy.observables import Observable
from topotaxy.report.cell.figures import AgeingLine, VoltageCurve, ageing_figure, voltage_figure
from topotaxy.report.cell.folder import CellFolder, read_cell_folder
from topotaxy.report.cell.lattice import lattice_parts
from topotaxy.report.run.headline import headlines, name_of
from topotaxy.report.run.inputs import inputs_table, records
from topotaxy.report.run.numbers import headline_parts

SHOWN_CYCLES = (1, 2, 5, 10, 50, 100, 500, 1000)
"""Cycles whose curves and numbers are shown, beside the last one."""

FEWEST_POINTS = 2

UNLIMITED = "The run records no list of what its model leaves out."

_KEYS = (
    ("specific_capacity_discharge", 0),
    ("specific_capacity_charge", 0),
    ("initial_coulombic_efficiency", 0),
    ("capacity_retention", -1),
    ("trapped_fraction", -1),
    ("cell_voltage", 0),
    ("mean_voltage_charge", 0),
)
MOST_KEYS = 6


def cell_page(folder: Path) -> Page:
    """Return the page of a cell's run: verdict, key numbers, voltage curves, ageing, numbers, inputs.

    Parameters
    ----------
    folder : Path
        Folder of the results; the report is written into it.

    Raises
    ------
    InputError
        Where the folder holds no run of a cell, or one of its files cannot be read.
    """
    run = read_cell_folder(folder)
    limits = run.provenance.get("limits")
    return Page(
        kind="report of a cell",
        title=str(_spec(run).get("title") or _spec(run).get("name") or "A cell"),
        verdict=verdict(run),
        key_numbers=key_numbers(run),
        main=(_voltage(run), _ageing(run)),
        remarks=_remarks(run),
        sections=[
            Section(
                anchor="lattice",
                title="From the lattice to the cell",
                parts=lattice_parts(run, curves_of(run) if np.isfinite(run.mass) else []),
            ),
            Section(anchor="numbers", title="Numbers", parts=_numbers(run)),
            Section(anchor="inputs", title="Inputs", parts=_inputs(run)),
        ],
        limits=[str(text) for text in limits] if isinstance(limits, list) and limits else [UNLIMITED],
        provenance=_provenance(run),
    )


def _spec(run: CellFolder) -> dict[str, Any]:
    spec = run.provenance.get("spec")
    return spec if isinstance(spec, dict) else {}


def _against(run: CellFolder) -> str:
    counter = str(run.section("cell").get("counter", "metal"))
    return f"{run.provenance.get('ion', 'alkali')} metal" if counter == "metal" else counter


def verdict(run: CellFolder) -> str:
    """Return the answer in one sentence: what it delivers, what it keeps, and what the loss is.

    Parameters
    ----------
    run : CellFolder
        The cell's folder as :func:`~topotaxy.report.cell.folder.read_cell_folder` read it.
    """
    c = run.cycles
    material = run.section("cell").get("material", "the material")
    first = f"{fixed(c['discharge_mAh_per_g'][0], 0)} mAh g⁻¹ on its first discharge and "
    first += f"{fixed(c['charge_mAh_per_g'][0], 0)} on its first charge"
    text = f"{material} against {_against(run)} passes {first}"
    last = len(c["cycle"]) - 1
    if last > 0:
        text += (
            f"; cycle {int(c['cycle'][last])}, at {plain_number(float(c['current_A_per_g'][last]))} A g⁻¹, "
            f"{fixed(c['discharge_mAh_per_g'][last], 0)} and {fixed(c['charge_mAh_per_g'][last], 0)}"
        )
    active = percent(float(c["active_fraction"][last]), 2)
    held = (
        f"trapped metal then holds {fixed(c['trapped_mAh_per_g'][last], 0)} mAh g⁻¹ and the film "
        f"{fixed(c['film_mAh_per_g'][last], 0)}, and {active} of the material still takes part"
    )
    return f"{_above_theory(run)}{text}; {held}."


def _above_theory(run: CellFolder) -> str:
    """What heads the verdict where more comes back first than the couples can hold; else nothing."""
    couples = run.provenance.get("couples_mAh_per_g")
    # In a full cell it is the discharge that takes the alkali back out of the conversion material.
    first = float(run.cycles["discharge_mAh_per_g" if run.is_full else "charge_mAh_per_g"][0])
    if not isinstance(couples, (int, float)) or first <= couples:
        return ""
    return (
        f"Above theory: {fixed(first, 0)} mAh g⁻¹ come back where the couples that react hold "
        f"{fixed(float(couples), 0)}; the rest is put down to film, interfaces, carbon and alloys. "
    )


def key_numbers(run: CellFolder) -> list[KeyNumber]:
    """Return four to six numbers with their labels.

    Parameters
    ----------
    run : CellFolder
        The cell's folder as :func:`~topotaxy.report.cell.folder.read_cell_folder` read it.
    """
    entries = headlines(run.observables)
    found: list[KeyNumber] = []
    for quantity, place in _KEYS:
        of = sorted((o for o in entries if o.quantity == quantity), key=lambda o: o.cycle or 0)
        if of and len(found) < MOST_KEYS:
            entry = of[place]
            found.append(KeyNumber(name=name_of(entry), value=observable_text(entry), label=mark_of(entry)))
    return found


def _remarks(run: CellFolder) -> list[str]:
    found = ["All capacities are per gram of pristine conversion material."]
    if run.is_full:
        found.append(
            "In the numbers by state, discharge and charge are those of the conversion electrode (discharge "
            "takes the alkali up); curves and the table of cycles have the directions of the full cell."
        )
    if run.provenance.get("parameters_are") == "transferred":
        found.append(
            "Tables of the lattice are of this material; film, stores, resistance and ageing are carried "
            f"over from {run.provenance.get('posterior', 'another')}, learned on another material."
        )
    given = run.section("cell").get("parameters")
    if isinstance(given, dict) and given:
        named = ", ".join(str(name).replace("_", " ") for name in given)
        found.append(f"Imposed by the specification in place of fitted values: {named}.")
    return found


def shown_cycles(run: CellFolder) -> list[int]:
    """Return the numbers of the cycles that are shown.

    Parameters
    ----------
    run : CellFolder
        The cell's folder as :func:`~topotaxy.report.cell.folder.read_cell_folder` read it.
    """
    known = [int(n) for n in run.cycles["cycle"]]
    return [n for n in known if n in SHOWN_CYCLES or n == known[-1]]


def _voltage(run: CellFolder) -> Figure | Absent:
    if not np.isfinite(run.mass):
        return Absent("provenance.json does not say the mass of the material")
    label = "Cell voltage (V)" if run.is_full else voltage_label(str(run.provenance.get("ion", "A")))
    return voltage_figure(curves_of(run), voltage=label)


def curves_of(run: CellFolder) -> list[VoltageCurve]:
    """Return the half-cycles of the shown cycles, by the record's own counters.

    Parameters
    ----------
    run : CellFolder
        The cell's folder as :func:`~topotaxy.report.cell.folder.read_cell_folder` read it.
    """
    record, found = run.record, []
    for number in shown_cycles(run):
        for direction, sign, column in (
            ("discharge", -1.0, "discharging_capacity_ah"),
            ("charge", 1.0, "charging_capacity_ah"),
        ):
            part = (record["cycle_count"] == number) & (np.sign(record["current_ampere"]) == sign)
            if part.sum() >= FEWEST_POINTS:
                found.append(
                    VoltageCurve(
                        name=f"cycle {number}",
                        direction=direction,
                        capacity=1e3 * record[column][part] / run.mass,
                        voltage=record["voltage_volt"][part],
                    )
                )
    return found


def _ageing(run: CellFolder) -> Figure:
    c = run.cycles
    line = AgeingLine(
        name=str(_spec(run).get("name", "cell")),
        cycle=c["cycle"],
        capacity=c["discharge_mAh_per_g" if run.is_full else "charge_mAh_per_g"],
        trapped=c["trapped_mAh_per_g"],
        film=c["film_mAh_per_g"],
        active=c["active_fraction"],
    )
    return ageing_figure([line])


def _numbers(run: CellFolder) -> list[Part]:
    shown = {1, *shown_cycles(run)[-1:]}
    entries = [o for o in headlines(run.observables) if o.cycle is None or o.cycle in shown]
    return [*headline_parts(_by_cycle(entries)), cycle_table(run)]


def _by_cycle(entries: list[Observable]) -> list[Observable]:
    return sorted(entries, key=lambda o: o.cycle or 0)


def cycle_table(run: CellFolder) -> Table:
    """Return the numbers of the shown cycles.

    Parameters
    ----------
    run : CellFolder
        The cell's folder as :func:`~topotaxy.report.cell.folder.read_cell_folder` read it.
    """
    c, shown = run.cycles, set(shown_cycles(run))
    rows = []
    for i in range(len(c["cycle"])):
        if int(c["cycle"][i]) not in shown:
            continue
        rows.append(
            [
                str(int(c["cycle"][i])),
                plain_number(float(c["current_A_per_g"][i])),
                *[fixed(float(c[f"{way}_mAh_per_g"][i]), 0) for way in ("discharge", "charge")],
                *[fixed(float(c[f"{way}_voltage_V"][i]), 2) for way in ("discharge", "charge")],
                *[fixed(float(c[f"{way}_mAh_per_g"][i]), 0) for way in ("trapped", "film")],
            ]
        )
    return Table(
        caption="Cycle by cycle, in the directions of the cell",
        head=[
            "Cycle",
            "A g⁻¹",
            "Discharge (mAh g⁻¹)",
            "Charge (mAh g⁻¹)",
            "Mean V, discharge",
            "Mean V, charge",
            "Trapped (mAh g⁻¹)",
            "Film (mAh g⁻¹)",
        ],
        rows=rows,
        numeric=frozenset(range(1, 8)),
        wide=True,
        note="cycles.csv has every cycle, record.bdf.csv the whole record.",
    )


def _inputs(run: CellFolder) -> list[Part]:
    given = records(run.provenance.get("parameters"))
    if not given:
        return [Paragraph("The run records no inputs.")]
    return [inputs_table(given, "Inputs of the cell, apart from the lattice's tables")]


def _provenance(run: CellFolder) -> list[Part]:
    p = run.provenance
    versions = p.get("versions")
    packages = ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else ""
    branches = p.get("branches")
    tables = branches if isinstance(branches, dict) else {}
    rows = [
        ["topotaxy", str(p.get("topotaxy", ""))],
        ["Python", str(p.get("python", ""))],
        ["Platform", str(p.get("platform", ""))],
        ["Packages", packages],
        ["Tables of the lattice made by", str(tables.get("made_by", ""))],
        ["Digest of what they were made from", str(tables.get("digest", ""))[:16]],
    ]
    found: list[Part] = [Table(caption="Provenance", head=["Item", "Value"], rows=[r for r in rows if r[1]])]
    return found
