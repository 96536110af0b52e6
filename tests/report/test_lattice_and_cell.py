"""The lattice beside its cell, from a ledger made by hand: sums, efficiencies, what is not compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from test_cell_page import cell_folder

from topotaxy.content.figure import Absent, Figure, Panel
from topotaxy.content.section import Paragraph, Table, every_part
from topotaxy.report.cell.folder import CellFolder, read_cell_folder
from topotaxy.report.cell.lattice import beside_figure, lattice_parts, shares
from topotaxy.report.pages.cell import cell_page, curves_of

CAPACITY, HELD = 400.0, 0.2
ENDS = ("cycle", "state")


def groups() -> dict[str, xr.Dataset]:
    """Two cycles: couples 390 up and 300 back, then 290; stores 100 up and back; film 10, then 4."""
    ledger = xr.Dataset(
        {
            "couples": (ENDS, [[390.0, 90.0], [379.0, 98.0]]),
            "lost": (ENDS, [[0.0, 0.0], [1.0, 2.0]]),
            "film": (ENDS, [[8.0, 10.0], [12.0, 14.0]]),
            "stored": ((*ENDS, "store"), [[[60.0, 40.0], [0.0, 0.0]], [[60.0, 30.0], [0.0, 0.0]]]),
        },
        coords={"state": ["discharged", "charged"], "store": ["film", "carbon"]},
    )
    lattice = xr.Dataset(
        {
            "voltage": (("branch", "stoichiometry"), [[0.6, 0.4], [0.8, 0.4], [1.5, 0.9]]),
        },
        coords={"branch": ["first_discharge", "discharge", "charge"], "stoichiometry": [0.0, 1.0]},
        attrs={"capacity": CAPACITY, "held_after_first": HELD},
    )
    return {"ledger": ledger, "lattice": lattice}


def cell(folder: Path, **changes: object) -> CellFolder:
    return replace(read_cell_folder(cell_folder(folder, cycles=2, **changes)), groups=groups())


def parts_of(run: CellFolder) -> tuple[str, dict[str, Table]]:
    parts = list(every_part(lattice_parts(run, curves_of(run))))
    words = " ".join(p.text for p in parts if isinstance(p, Paragraph))
    return words, {p.caption.split()[0]: p for p in parts if isinstance(p, Table)}


def test_a_cycle_is_counted_from_the_end_of_the_one_before() -> None:
    first, second = (shares(groups()["ledger"], n) for n in (0, 1))
    assert first.couples == (390.0, 300.0)
    assert first.film == (8.0, -2.0)
    assert second.couples == (290.0, 280.0)
    assert second.film == (2.0, -2.0)
    assert second.stores == {"film": (60.0, 60.0), "carbon": (30.0, 30.0)}
    assert second.whole() == (290.0 + 90.0 + 2.0, 280.0 + 90.0 - 2.0)


def test_the_words_take_the_efficiency_of_the_lattice_to_that_of_the_cell(tmp_path: Path) -> None:
    words, _ = parts_of(cell(tmp_path))
    steps = [0.8, 300 / 390, 400 / 490, 398 / 498]
    places = [words.index(f"{100 * step:.1f} %") for step in steps]
    assert places == sorted(places)


def test_columns_add_up_to_the_last_row(tmp_path: Path) -> None:
    _, tables = parts_of(cell(tmp_path))
    rows = tables["Charge"].rows
    assert rows[0] == ["Couples of the lattice", "400", "390", "320", "300"]
    for column in (2, 4):
        numbers = [float(row[column].replace("−", "-")) for row in rows]
        assert sum(numbers[:-1]) == numbers[-1]
    assert [row[1] for row in rows[1:-1]] == ["–"] * 3


def test_of_each_current_stands_the_share_of_the_capacity_that_comes_back(tmp_path: Path) -> None:
    _, tables = parts_of(cell(tmp_path))
    assert tables["The"].rows == [
        ["1", "0.1", "300", "75.0 %", "100", "398"],
        ["2", "0.1", "280", "70.0 %", "90", "368"],
    ]


def test_voltages_of_lattice_and_cell_differ_by_what_the_table_says(tmp_path: Path) -> None:
    words, tables = parts_of(cell(tmp_path))
    assert [row[1:] for row in tables["Voltage"].rows] == [
        ["0.50", "0.50", "0.00"],
        ["1.20", "1.00", "−0.20"],
        ["0.70", "0.50", "−0.20"],
    ]
    assert "keeps 0.70 V between discharge and charge, the cell 0.50 V" in words


def test_both_start_at_zero_and_end_at_their_own_charge(tmp_path: Path) -> None:
    run = cell(tmp_path)
    lattice = run.groups["lattice"]
    voltage = {str(n): lattice["voltage"].sel(branch=n).values for n in lattice["branch"].values}
    figure = beside_figure(run, voltage, curves_of(run))
    assert isinstance(figure, Figure)
    panel = figure.panels[0]
    assert isinstance(panel, Panel)
    ends = {s.name: (float(s.x[0]), float(s.x[-1]), bool(np.diff(s.y).sum() > 0)) for s in panel.series}
    assert ends["lattice, discharge"] == (0.0, CAPACITY, False)
    assert ends["lattice, charge"] == (0.0, pytest.approx((1.0 - HELD) * CAPACITY), True)
    assert ends["cell, discharge"][1] == pytest.approx(500.0)
    assert isinstance(beside_figure(run, voltage, []), Absent)


def test_a_full_cell_compares_charges_and_no_voltages(tmp_path: Path) -> None:
    words, tables = parts_of(cell(tmp_path, counter="Na3V2(PO4)3"))
    assert set(tables) == {"Charge", "The"}
    assert "Voltages are not compared" in words


def test_a_folder_without_a_ledger_says_so(tmp_path: Path) -> None:
    page = cell_page(cell_folder(tmp_path))
    section = next(s for s in page.sections if s.anchor == "lattice")
    assert isinstance(section.parts[0], Absent)
    lattice = groups()["lattice"]
    lattice.attrs.clear()
    bare = replace(cell(tmp_path / "bare"), groups=groups() | {"lattice": lattice})
    assert isinstance(lattice_parts(bare, [])[0], Absent)
