"""Spectra in workbooks: each sheet is a region, what is no number is named by its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.photoemission.formats import energy_csv, energy_xlsx
from topotaxy.measurement.photoemission.options import PhotoemissionOptions

openpyxl = pytest.importorskip("openpyxl")

ENERGY = np.linspace(850.0, 860.0, 11)
COUNTS = np.arange(11.0) ** 2 + 3.0


def book(folder: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(folder / "made.xlsx")
    return folder / "made.xlsx"


def rows(heading: list[Any], energy: np.ndarray = ENERGY, counts: np.ndarray = COUNTS) -> list[list[Any]]:
    return [heading, *([float(x), float(y)] for x, y in zip(energy, counts, strict=True))]


def test_a_sheet_reads_as_the_same_table_in_a_csv(tmp_path: Path) -> None:
    kinetic = 1486.6 - ENERGY
    path = book(tmp_path, {"Ni 2p": rows(["KE/eV", "PE: 1486.6 eV"], kinetic)})
    (found,) = energy_xlsx.read(path, None)
    text = tmp_path / "made.csv"
    text.write_text(
        "KE/eV,PE: 1486.6 eV\n"
        + "".join(f"{x!r},{y!r}\n" for x, y in zip(kinetic.tolist(), COUNTS.tolist(), strict=True))
    )
    (other,) = energy_csv.read(text, None)
    assert np.array_equal(found.binding_energy, other.binding_energy)
    assert np.array_equal(found.intensity, other.intensity)
    assert (found.photon_energy, found.line) == (1486.6, "Ni 2p")


def test_each_sheet_is_a_region_and_notes_beside_them_are_passed_over(tmp_path: Path) -> None:
    sheets = {
        "notes": [["taken on Monday"], ["BE/eV"]],
        "Ni 2p": [["sample 3"], [], *rows(["Binding Energy (eV)", "counts"])],
        "O 1s": rows(["BE [eV]", "CPS", "fit"], ENERGY - 320.0),
    }
    path = book(tmp_path, sheets)
    assert energy_xlsx.recognises(path.read_bytes(), path)
    found = energy_xlsx.read(path, PhotoemissionOptions(photon_energy=1253.6))
    assert [one.line for one in found] == ["Ni 2p", "O 1s"]
    assert [one.photon_energy for one in found] == [1253.6, 1253.6]
    assert found[1].binding_energy.min() == pytest.approx(530.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([[851.0, "n.a."]], r"row 13: 'counts' is 'n\.a\.', not a number|'counts' is 'n.a.', not a number"),
        ([[851.0]], "'counts' is empty"),
    ],
)
def test_a_cell_that_is_no_number_is_named_by_sheet_and_row(
    tmp_path: Path, wrong: list[list[Any]], message: str
) -> None:
    path = book(tmp_path, {"Ni 2p": [*rows(["BE/eV", "counts"]), *wrong]})
    with pytest.raises(InputError, match=message) as caught:
        energy_xlsx.read(path, None)
    assert "Ni 2p" in str(caught.value)
    assert "row 13" in str(caught.value)


def test_a_heading_without_rows_or_intensity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no data rows"):
        energy_xlsx.read(book(tmp_path, {"Ni 2p": [["BE/eV", "counts"]]}), None)
    with pytest.raises(InputError, match="no intensity to the right"):
        energy_xlsx.read(book(tmp_path, {"Ni 2p": rows(["counts", "BE/eV"], COUNTS, ENERGY)}), None)


def test_a_workbook_of_a_cycler_is_not_taken(tmp_path: Path) -> None:
    path = book(tmp_path, {"record": rows(["Voltage(V)", "Current(mA)"])})
    assert not energy_xlsx.recognises(path.read_bytes(), path)
