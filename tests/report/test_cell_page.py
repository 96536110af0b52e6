"""The page of a cell's run, from a folder made by hand: known charge, known voltages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from looking import Seen

from topotaxy.content.figure import Absent, Figure, Panel
from topotaxy.content.section import Table, every_part
from topotaxy.errors import InputError
from topotaxy.observables import observable, to_json
from topotaxy.report import write_cell_report
from topotaxy.report.cell.figures import RateLine, StatedPoint, rate_figure, voltage_figure
from topotaxy.report.cell.folder import NEEDED_CYCLES, NEEDED_RECORD, read_cell_folder
from topotaxy.report.pages.cell import cell_page, curves_of, shown_cycles

HOSTILE = "<b>bold</b>"
MASS = 2e-3


def cell_folder(folder: Path, *, cycles: int = 3, counter: str = "metal", **changes: object) -> Path:
    """Cycles of 500 mAh/g on discharge and 400 on charge at constant current."""
    folder.mkdir(exist_ok=True)
    rows, record = [NEEDED_CYCLES], []
    for n in range(1, cycles + 1):
        rows.append((n, 0.1, 500 - n, 400 - n, 0.5, 1.0, 10 + n, 20 + n, 1.0 - 0.01 * n))
        for sign, size in ((-1, 500.0), (1, 400.0)):
            for share in np.linspace(0.0, 1.0, 20):
                ah = share * size * MASS / 1e3
                charged, discharged = (ah, 0.5 * MASS) if sign > 0 else (0.0, ah)
                record.append((1.0 + share, sign * 2e-4, n, charged, discharged))
    lines = [",".join(map(str, row)) for row in rows]
    (folder / "cycles.csv").write_text("\n".join(lines))
    (folder / "record.bdf.csv").write_text(
        "\n".join(",".join(map(str, row)) for row in [NEEDED_RECORD, *record])
    )
    fields = {"origin": "simulated", "source": "cell"}
    found = [
        observable("specific_capacity_discharge", 499.0, cycle=1, label="calibrated", **fields),
        observable("specific_capacity_charge", 399.0, cycle=1, label="calibrated", **fields),
        observable("initial_coulombic_efficiency", 0.8, cycle=1, label="calibrated", **fields),
        observable(
            "capacity_retention", 0.99, cycle=cycles, label="held-out", method="last over 2", **fields
        ),
        observable("trapped_fraction", 0.05, cycle=cycles, label="held-out", **fields),
    ]
    (folder / "observables.json").write_text(to_json(found))
    parameter = {"name": "film_diffusivity", "value": 1e-21, "unit": "m2/s", "low": 1e-23, "high": 1e-18}
    provenance = {
        "topotaxy": "0",
        "mass_g": MASS,
        "ion": "Na",
        "limits": [f"no {HOSTILE}"],
        "parameters": [parameter | {"label": "calibrated", "meaning": HOSTILE, "source": "a book"}],
        "spec": {"name": "cell", "title": HOSTILE, "cell": {"material": "heos-na", "counter": counter}},
    }
    (folder / "provenance.json").write_text(json.dumps(provenance | changes))
    return folder


def test_the_page_answers_with_labelled_numbers(tmp_path: Path) -> None:
    page = cell_page(cell_folder(tmp_path))
    assert "heos-na against Na metal passes 499 mAh g⁻¹ on its first discharge and 399" in page.verdict
    assert "trapped metal then holds 23 mAh g⁻¹ and the film 13, and 97 % of the material" in page.verdict
    assert 4 <= len(page.key_numbers) <= 6
    assert all(number.label for number in page.key_numbers)
    assert page.limits == [f"no {HOSTILE}"]
    tables = [p for s in page.sections for p in every_part(s.parts) if isinstance(p, Table)]
    labelled = next(t for t in tables if "Label" in t.head)
    assert all(row[labelled.label_column or 0] for row in labelled.rows)


def test_capacity_above_theory_heads_the_page(tmp_path: Path) -> None:
    above = cell_page(cell_folder(tmp_path / "a", couples_mAh_per_g=300.0)).verdict
    assert above.startswith("Above theory: 399 mAh g⁻¹ come back where the couples that react hold 300;")
    below = cell_page(cell_folder(tmp_path / "b", couples_mAh_per_g=450.0)).verdict
    assert "Above theory" not in below
    full = cell_page(cell_folder(tmp_path / "c", couples_mAh_per_g=450.0, counter="Na3V2(PO4)3")).verdict
    assert full.startswith("Above theory: 499 mAh g⁻¹ come back where the couples that react hold 450;")


def test_curves_end_at_the_charge_of_the_counters(tmp_path: Path) -> None:
    run = read_cell_folder(cell_folder(tmp_path))
    curves = curves_of(run)
    assert [c.name for c in curves] == [f"cycle {n}" for n in (1, 1, 2, 2, 3, 3)]
    assert [c.capacity[-1] for c in curves[:2]] == pytest.approx([500.0, 400.0])


def test_of_many_cycles_a_few_are_shown_the_last_among_them(tmp_path: Path) -> None:
    run = read_cell_folder(cell_folder(tmp_path, cycles=70))
    assert shown_cycles(run) == [1, 2, 5, 10, 50, 70]


@pytest.mark.usefixtures("quick_print")
def test_words_of_the_folder_are_escaped(tmp_path: Path) -> None:
    text = write_cell_report(cell_folder(tmp_path)).read_text(encoding="utf-8")
    assert HOSTILE not in text
    assert Seen(text).said().count(HOSTILE) >= 3


def test_a_full_cell_says_whose_directions_are_shown(tmp_path: Path) -> None:
    page = cell_page(cell_folder(tmp_path, counter="Na3V2(PO4)3"))
    assert any("conversion electrode" in remark for remark in page.remarks)
    main = page.main_figures()[0]
    assert isinstance(main, Figure)
    assert main.panels[0].y_label == "Cell voltage (V)"  # type: ignore[union-attr]


def test_without_the_mass_the_curves_are_absent_with_a_reason(tmp_path: Path) -> None:
    page = cell_page(cell_folder(tmp_path, mass_g=None))
    main = page.main_figures()[0]
    assert isinstance(main, Absent)
    assert "mass" in main.why


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cycles.csv", "cycle\n1", "has no column current_A_per_g"),
        ("cycles.csv", ",".join(NEEDED_CYCLES), "has no row"),
        ("cycles.csv", f"{','.join(NEEDED_CYCLES)}\n1,x", "not numbers"),
        ("record.bdf.csv", "\x00", "has no column voltage_volt"),
        ("provenance.json", "[]", "expected a JSON object"),
        ("provenance.json", "{", "is damaged"),
    ],
)
def test_damaged_files_are_one_line(tmp_path: Path, name: str, content: str, words: str) -> None:
    folder = cell_folder(tmp_path)
    (folder / name).write_text(content)
    with pytest.raises(InputError, match=words):
        cell_page(folder)
    assert not (folder / "report.html").exists()


def test_currents_stand_on_a_logarithmic_axis_with_the_stated_value() -> None:
    current = np.array([0.1, 1.0, 10.0])
    line = RateLine(name="50 nm", current=current, capacity=np.array([500.0, 400.0, 100.0]))
    figure = rate_figure([line], [StatedPoint(x=5.0, y=211.0, name="rate")])
    assert isinstance(figure, Figure)
    panel = figure.panels[0]
    assert isinstance(panel, Panel)
    assert panel.x_log
    np.testing.assert_array_equal(panel.series[0].x, current)
    assert [(s.x[0], s.y[0]) for s in panel.series if s.key == "stated"] == [(5.0, 211.0)]
    empty = np.array([])
    assert isinstance(rate_figure([RateLine(name="x", current=empty, capacity=empty)]), Absent)
    assert isinstance(voltage_figure([], voltage="V"), Absent)
