"""The report of an analysis: what it says, and that it needs nothing but itself."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from looking import Seen

from topotaxy.errors import InputError
from topotaxy.measurement.analysis import analysed, write_results
from topotaxy.measurement.cycling import CyclingOptions, CyclingRecord, checked
from topotaxy.measurement.cycling.shown import analysis_page
from topotaxy.measurement.pages import page_of
from topotaxy.measurement.results_folder import whole_folder
from topotaxy.report.page import write_page

SOURCE = "cell & <b>bold</b>.csv"


def record(charges: list[float], *, current: float = 1e-3, **options: Any) -> CyclingRecord:
    parts: dict[str, list[np.ndarray]] = {n: [] for n in ("time", "voltage", "current", "cycle")}
    clock = 0.0
    for number, charge in enumerate(charges, start=1):
        for hours, sign, low, high in ((1.0, -1.0, 1.0, 0.0), (charge, 1.0, 0.5, 1.5)):
            share = np.linspace(0.0, 1.0, 80)
            parts["time"].append(clock + 3600.0 * hours * share)
            parts["voltage"].append(low + (high - low) * share**1.5)
            parts["current"].append(np.full(80, sign * current))
            parts["cycle"].append(np.full(80, float(number)))
            clock += 3600.0 * hours
    time, voltage, current_, cycle = (np.concatenate(parts[n]) for n in parts)
    columns = {
        "test_time_second": time,
        "voltage_volt": voltage,
        "current_ampere": current_,
        "cycle_count": cycle,
    }
    return checked(columns, source=options.pop("source", SOURCE), format="made", **options)


def report(
    folder: Path, measured: list[CyclingRecord], simulated: list[CyclingRecord] | None = None, **options: Any
) -> str:
    with whole_folder(folder) as work:
        overlaid = [replace(one, origin="simulated") for one in simulated or ()]
        analysis = analysed({"cycling": [*measured, *overlaid]}, {"cycling": CyclingOptions(**options)})
        write_results(analysis, work, version="0", options={"mass": ["2mg"]})
        write_page(work, page_of(analysis, work))
    return (folder / "report.html").read_text(encoding="utf-8")


def words(text: str) -> str:
    return Seen(text).said()


def test_a_report_says_what_a_group_meeting_asks(tmp_path: Path) -> None:
    cell = record([0.8, 0.79, 0.78, 0.77, 0.76, 0.75], mass=2e-3, reference="Na+/Na")
    text = report(tmp_path / "a", [cell], role="half-cell-anode")
    said = words(text)
    assert "an anode material in a half cell against Na, 6 cycles" in said
    assert "Cycle 1 discharges 500 and charges 400 mAh g⁻¹, an initial coulombic efficiency of 80.0 %" in said
    assert "charge capacity of cycle 6 over that of cycle 2" in said
    assert "2 mg of active material" in said
    assert "Voltage (V vs Na⁺/Na)" in text
    assert "Capacity (mAh g⁻¹)" in text
    assert {f.name for f in (tmp_path / "a" / "figures").iterdir()} == {
        f"{name}.{kind}"
        for name in ("voltage", "cycles", "differential-capacity")
        for kind in ("svg", "pdf", "png")
    }


def test_what_is_missing_is_said_where_it_is_read(tmp_path: Path) -> None:
    text = report(tmp_path / "a", [record([0.8, 0.7])])
    said = words(text)
    assert "Before quoting these numbers" in said
    assert "No role is given" in said
    assert "capacities are in mAh" in said
    assert "No coulombic efficiency, because no role was given" in said
    assert "Capacity (mAh)" in text


def test_an_unfinished_cycle_is_marked(tmp_path: Path) -> None:
    whole = record([0.8, 0.8, 0.8], mass=1e-3)
    cut = whole.table.iloc[:-40]
    columns = {n: cut[n] for n in ("test_time_second", "voltage_volt", "current_ampere", "cycle_count")}
    said = words(report(tmp_path / "a", [checked(columns, source="r", format="made", mass=1e-3)]))
    assert "3 cycles, the last of them unfinished, between" in said
    assert "3 (unfinished)" in said


def test_other_peoples_text_is_text_and_nothing_is_fetched(tmp_path: Path) -> None:
    text = report(tmp_path / "a", [record([0.8, 0.7], mass=1e-3)], role="half-cell-anode")
    assert "<b>bold" not in text
    assert "cell &amp; &lt;b&gt;bold" in text
    assert "default-src &#39;none&#39;" in text
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r'(src|href)="(?!#|data:|figures/)', markup)


def test_several_cells_share_axes_and_have_names(tmp_path: Path) -> None:
    cells = [record([0.8, 0.7], mass=1e-3, source=name) for name in ("one", "two")]
    said = words(report(tmp_path / "a", cells, role="half-cell-anode"))
    assert "2 cells: one, two" in said
    assert said.count("initial coulombic efficiency of 80.0 %") == 2


def test_rate_steps_have_a_table(tmp_path: Path) -> None:
    halves = record([0.8] * 6, mass=1e-3)
    table = halves.table.copy()
    fast = table["cycle_count"] > 3
    table.loc[fast, "current_ampere"] *= 4.0
    columns = {n: table[n] for n in ("test_time_second", "voltage_volt", "current_ampere", "cycle_count")}
    said = words(
        report(
            tmp_path / "a", [checked(columns, source="r", format="made", mass=1e-3)], role="half-cell-anode"
        )
    )
    assert "Rate steps of r" in said
    assert "1 to 3 1.00 1.00 800" in said
    assert "4 to 6 4.00 4.00 3,200" in said


def test_a_simulation_lies_over_the_measurement(tmp_path: Path) -> None:
    measured = record([0.8, 0.7], mass=1e-3)
    simulated = [record([c, c], mass=1e-3, source=f"run {c}") for c in (0.58, 0.6, 0.65, 0.67)]
    text = report(tmp_path / "a", [measured], simulated, role="half-cell-anode")
    said = words(text)
    assert "Measured beside simulated" in said
    # 800 measured; 580 to 670 simulated: 625 with a standard error of 21.
    assert "Charge capacity 1 800 mAh g⁻¹ 625 ± 21 mAh g⁻¹ 175 ± 21 mAh g⁻¹" in said
    assert "Thin grey: simulated, each replica a line" in said


def test_the_same_analysis_gives_the_same_bytes(tmp_path: Path) -> None:
    cell = record([0.8, 0.7, 0.6], mass=1e-3)
    for name in ("a", "b"):
        report(tmp_path / name, [cell], role="half-cell-anode")
    for path in ("report.html", "figures/voltage.svg", "figures/voltage.pdf", "figures/voltage.png"):
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes(), path


def interrupted(folder: Path) -> None:
    with whole_folder(folder) as work:
        (work / "analysis.nc").write_bytes(b"half")
        raise KeyboardInterrupt


def test_an_error_leaves_no_trace(tmp_path: Path) -> None:
    _without_report(tmp_path / "a", 0.7)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    (tmp_path / "a" / "mine.txt").write_text("mine", encoding="utf-8")
    for name in ("a", "b"):
        with pytest.raises(KeyboardInterrupt):
            interrupted(tmp_path / name)
    after = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p.name != "mine.txt"}
    assert after == before
    assert {p.name for p in tmp_path.iterdir()} == {"a"}
    _without_report(tmp_path / "a", 0.6)
    assert (tmp_path / "a" / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "a" / "cycles.csv").read_bytes() != before[tmp_path / "a" / "cycles.csv"]


def _without_report(folder: Path, charge: float) -> None:
    with whole_folder(folder) as work:
        analysis = analysed({"cycling": [record([charge, charge], mass=1e-3)]}, {"cycling": CyclingOptions()})
        write_results(analysis, work, version="0", options={})


def test_figures_that_a_later_analysis_does_not_have_are_removed(tmp_path: Path) -> None:
    report(tmp_path / "a", [record([0.8, 0.7], mass=1e-3)])
    resting = {
        "test_time_second": np.arange(4.0),
        "voltage_volt": np.full(4, 3.0),
        "current_ampere": np.zeros(4),
    }
    said = words(report(tmp_path / "a", [checked(resting, source="rest", format="made")]))
    assert "no current flows in this record" in said
    assert list((tmp_path / "a" / "figures").iterdir()) == []


def test_the_folder_holds_all_that_its_report_says(tmp_path: Path) -> None:
    cells = [record([0.8, 0.79, 0.7], mass=2e-3, source=f"cell {number}") for number in (1, 2)]
    made = report(tmp_path / "a", cells, [record([0.9, 0.8], mass=1.0, source="a run")])
    write_page(tmp_path / "a", analysis_page(tmp_path / "a"))
    assert (tmp_path / "a" / "report.html").read_text(encoding="utf-8") == made


def test_a_folder_without_an_analysis_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"observables\.json"):
        analysis_page(tmp_path)
