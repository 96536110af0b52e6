"""``topotaxy analyse``: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from outcome import Call

from topotaxy.observables import from_csv, from_json

DATA = Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[3] / "shared" / "data")) / "cycling"

WRITTEN = {"analysis.nc", "cycles.csv", "observables.csv", "observables.json", "provenance.json"}

BAD = (
    "custom_missing_column.csv",
    "custom_missing_cycle.csv",
    "custom_nan_inf.csv",
    "custom_truncated.csv",
    "neware_corrupt.ndax",
    "neware_empty.ndax",
)


def cell_text(cycles: int = 3, charge: float = 0.8) -> str:
    """A Battery Data Format csv of an anode half cell: 1 mAh down at 0.5 V, ``charge`` mAh up at 1 V."""
    lines = ["test_time_second,voltage_volt,current_ampere,cycle_count"]
    clock = 0.0
    for number in range(1, cycles + 1):
        for hours, current, voltage in ((1.0, -1e-3, (1.0, 0.0)), (charge, 1e-3, (0.5, 1.5))):
            for share in np.linspace(0.0, 1.0, 50):
                volts = voltage[0] + share * (voltage[1] - voltage[0])
                lines.append(f"{clock + 3600 * hours * share:.3f},{volts:.6f},{current},{number}")
            clock += 3600 * hours
            clock += 60
            lines.append(f"{clock:.3f},{voltage[1]},0.0,{number}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def cell(tmp_path: Path) -> str:
    (tmp_path / "cell.bdf.csv").write_text(cell_text(), encoding="utf-8")
    return "cell.bdf.csv"


def test_a_cell_becomes_a_folder_with_a_report(topotaxy: Call, cell: str, tmp_path: Path) -> None:
    outcome = topotaxy("analyse", cell, "--mass", "2mg", "--role", "half-cell-anode", "--ion", "Na")
    assert (outcome.status, outcome.err) == (0, "")
    assert "V vs Na+/Na" in outcome.out
    assert "cell-analysis" in outcome.out
    folder = tmp_path / "cell-analysis"
    names = {item.name for item in folder.iterdir()}
    assert names == {*WRITTEN, "report.html", "figures"}
    assert {f.suffix for f in (folder / "figures").iterdir()} == {".svg", ".pdf", ".png"}
    observables = from_json((folder / "observables.json").read_text(encoding="utf-8"))
    assert observables == from_csv((folder / "observables.csv").read_text(encoding="utf-8"))
    first = next(o for o in observables if o.quantity == "initial_coulombic_efficiency")
    assert first.value == pytest.approx(0.8, rel=1e-6)
    assert (first.origin, first.source) == ("measured", "cell.bdf.csv")
    rows = list(csv.DictReader((folder / "cycles.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["cycle"] for row in rows] == ["1", "2", "3"]
    assert float(rows[1]["charge_capacity"]) == pytest.approx(400.0)
    assert rows[0]["capacity_unit"] == "mAh/g"


def test_json_is_the_published_shape_with_what_is_absent(topotaxy: Call, cell: str, tmp_path: Path) -> None:
    outcome = topotaxy("analyse", cell, "--json", "--no-report", "--out", "there")
    assert outcome.status == 0
    document = json.loads(outcome.out)
    assert document["schema"] == "topotaxy/observables/2"
    assert from_json(outcome.out)
    absent = document["absent"]["cell.bdf.csv"]
    assert "--role half-cell-anode" in absent["coulombic_efficiency"]
    assert "--mass" in absent["specific_capacity"]
    assert document["cells"][0]["mass_g"] is None
    assert {o["unit"] for o in document["observables"] if o["quantity"] == "capacity_charge"} == {"mAh"}
    assert document == json.loads((tmp_path / "there" / "observables.json").read_text(encoding="utf-8"))


def test_an_analysis_replaces_an_analysis_but_nothing_else(topotaxy: Call, cell: str, tmp_path: Path) -> None:
    options = ("--out", "there", "--no-report")
    assert topotaxy("analyse", cell, *options).status == 0
    assert topotaxy("analyse", cell, *options, "--mass", "1mg").status == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    refused = topotaxy("analyse", cell, "--out", "mine")
    assert (refused.status, refused.out) == (2, "")
    assert "holds no analysis" in refused.err
    assert {p.name for p in (tmp_path / "mine").iterdir()} == {"notes.txt"}


def test_bdf_files_read_back_to_the_same_observables(topotaxy: Call, cell: str, tmp_path: Path) -> None:
    first = topotaxy("analyse", cell, "--bdf", "--json", "--no-report", "--out", "one")
    second = topotaxy("analyse", "one/cell.bdf.csv", "--json", "--no-report", "--out", "two")
    assert second.status == 0, second.err
    pairs = zip(json.loads(first.out)["observables"], json.loads(second.out)["observables"], strict=True)
    for one, two in pairs:
        assert (one["quantity"], one["cycle"]) == (two["quantity"], two["cycle"])
        assert one["value"] == pytest.approx(two["value"], rel=1e-9)


def test_two_particle_sizes_bound_the_film(topotaxy: Call, tmp_path: Path) -> None:
    for name, charge in (("small", 0.7), ("large", 0.9)):
        (tmp_path / f"{name}.bdf.csv").write_text(cell_text(charge=charge), encoding="utf-8")
    masses = ("--mass", "1mg", "--mass", "1mg", "--role", "half-cell-anode")
    sizes = ("--particle-size", "50nm", "--particle-size", "2um", "--density", "5.9g/cm3")
    outcome = topotaxy("analyse", "small.bdf.csv", "large.bdf.csv", *masses, *sizes, "--json")
    assert outcome.status == 0, outcome.err
    found = {o.subject.text: o for o in from_json(outcome.out) if o.quantity == "film_charge"}
    areas = 6000.0 / (5.9 * 50.0), 6000.0 / (5.9 * 2000.0)
    lower = 3.6 * (300.0 - 100.0) / (areas[0] - areas[1])
    assert found["lower bound"].value == pytest.approx(lower, rel=1e-6)
    assert found["upper bound"].value == pytest.approx(3.6 * 300.0 / areas[0], rel=1e-6)
    report = (tmp_path / "small-analysis" / "report.html").read_text(encoding="utf-8")
    assert "Surface film, bounds" in report


def test_a_run_is_analysed_and_laid_over_a_measurement(topotaxy: Call, cell: str, tmp_path: Path) -> None:
    small = ("--cells", "3", "--cycles", "2", "--replicas", "2", "--no-report")
    assert topotaxy("simulate", "nio-na", *small, "--out", "run").status == 0
    own = topotaxy("analyse", "run", "--json", "--no-report", "--out", "own")
    assert own.status == 0
    assert {c["origin"] for c in json.loads(own.out)["cells"]} == {"simulated"}
    options = ("--mass", "2mg", "--role", "half-cell-anode", "--ion", "Na", "--overlay", "run")
    outcome = topotaxy("analyse", cell, *options, "--out", "both")
    assert outcome.status == 0, outcome.err
    assert "Measured less simulated" in outcome.out
    document = json.loads((tmp_path / "both" / "observables.json").read_text(encoding="utf-8"))
    for d in document["differences"]:
        # The run's current is another: capacities are not subtracted.
        assert d["unlike"]
        assert d["difference"] is None
    assert "Measured beside simulated" in (tmp_path / "both" / "report.html").read_text(encoding="utf-8")
    without = topotaxy("analyse", cell, "--overlay", "run", "--out", "none")
    assert (without.status, without.out) == (2, "")
    assert "needs a mass" in without.err
    other = topotaxy("analyse", cell, "--mass", "1mg", "--ion", "Li", "--overlay", "run", "--out", "none")
    assert "is measured against Li+/Li, the simulated run against Na+/Na" in other.err
    assert not (tmp_path / "none").exists()
    kept = topotaxy("analyse", cell, "--out", "run")
    assert "holds a run" in kept.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nosuch.csv",), "nosuch.csv"),
        (("cell.bdf.csv", "--mass", "1.2"), "--mass needs a unit, as in 1.23mg"),
        (("cell.bdf.csv", "--mass", "1.2V"), "--mass: expected a quantity such as 1.23mg"),
        (("cell.bdf.csv", "--mass=-1mg"), "--mass has to be positive"),
        (("cell.bdf.csv", "--mass", "nan mg"), "--mass: expected"),
        (("cell.bdf.csv", "--mass", "1mg", "--mass", "2mg"), "once for each of 1 files, got 2"),
        (("cell.bdf.csv", "--basis", "electrode"), "no mass is given"),
        (("cell.bdf.csv", "--area", "2mm"), "--area: expected a quantity such as 1.13cm2"),
        (("cell.bdf.csv", "--role", "anode"), "--role is one of half-cell-anode, full-cell"),
        (("cell.bdf.csv", "--ion", "Fe"), "--ion is one of Li, Na, K"),
        (("cell.bdf.csv", "--role", "full-cell", "--ion", "Na"), "a full cell has none"),
        (("cell.bdf.csv", "--mapping", "nosuch.toml"), "nosuch.toml"),
        (("cell.bdf.csv", "--format", "nosuch"), "nosuch"),
        (("cell.bdf.csv", "--overlay", "nosuch"), "nosuch: no such folder"),
        (("cell.bdf.csv", "--particle-size", "50nm"), "need a density"),
        (("cell.bdf.csv", "--out", "cell.bdf.csv"), "is a file, expected a folder"),
        ((".",), "holds no run.nc"),
        (("empty.csv",), "empty.csv: is empty"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_leaves_nothing(
    topotaxy: Call, cell: str, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    outcome = topotaxy("analyse", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.files == {"cell.bdf.csv", "empty.csv"}


@pytest.mark.parametrize("name", BAD)
def test_every_damaged_file_is_one_line(topotaxy: Call, name: str) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in {DATA}; set TOPOTAXY_DATA to the folder of instruments' files")
    outcome = topotaxy("analyse", str(DATA / name))
    assert (outcome.status, outcome.out, outcome.files) == (2, "", frozenset())
    assert outcome.err.count("\n") == 1
    assert name in outcome.err


def test_the_silicon_half_cell_runs_in_the_right_direction(topotaxy: Call, tmp_path: Path) -> None:
    name = "arbin_silicon_half_cell_45.res"
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in {DATA}; set TOPOTAXY_DATA to the folder of instruments' files")
    options = ("--mass", "0.853mg", "--role", "half-cell-anode", "--ion", "Li", "--out", "si")
    outcome = topotaxy("analyse", str(DATA / name), *options, "--no-report", "--json")
    assert outcome.status == 0
    observables = from_json(outcome.out)
    first = {o.quantity: o.value for o in observables if o.cycle == 1}
    assert first["initial_coulombic_efficiency"] == pytest.approx(
        first["specific_capacity_charge"] / first["specific_capacity_discharge"]
    )
    # Silicon: more goes in than comes out at first, and both are of the order of a half of 3579 mAh/g.
    assert 0.85 < first["initial_coulombic_efficiency"] < 0.95
    assert 1500.0 < first["specific_capacity_charge"] < 2500.0
    # Lithiation below delithiation, both below 1 V.
    assert 0.05 < first["mean_voltage_discharge"] < first["mean_voltage_charge"] < 1.0
    cells = json.loads(outcome.out)["cells"]
    assert cells[0]["cycles"] == list(range(1, 19))
    assert any("ends within the discharge of cycle 18" in note for note in cells[0]["notes"])
