"""Every file of the folder of cases against its right answer, each under the law that it tries.

The files are made for this (see their README) and are no part of the project: the tests skip without them.
The same laws stand, on files made in the test, in the other modules of this folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from cycler_files import data_folder

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import CyclingOptions, read
from topotaxy.measurement.cycling.analysis import analysis_of
from topotaxy.measurement.cycling.joined import joined

FOLDER = data_folder() / "cases"
MASS = 1e-3
NONE = float("nan")


@dataclass(frozen=True)
class Right:
    """A law in a sentence, and the numbers that follow from it: mAh/g by cycle; or why the file is
    refused."""

    law: str
    discharge: tuple[float, ...] = (500.0, 420.0, 410.0)
    charge: tuple[float, ...] = (400.0, 410.0, 403.0)
    retention: float | None = None
    role: str = "half-cell-anode"
    noted: str = ""
    refused: str = ""


THREE = Right("three cycles read as they are")
RESET = Right(
    "a counter that begins anew with each step sums over the steps", (500, 450, 400), (400, 400, 400)
)
FULL = "what a full cell delivers is held against the charge before it, wherever cycles turn"

RIGHT = {
    "arbin-control.csv": THREE,
    "bdf-control.csv": THREE,
    "landt-control.csv": THREE,
    "eclab-control.mpt": THREE,
    "neware-control.csv": THREE,
    "arbin-one-channel.xlsx": THREE,
    "bdf-counter-falls-a-little-at-a-step.csv": Right(
        "a counter that falls in its last digits has not begun anew", retention=0.983
    ),
    "bdf-positive-current-is-discharge.csv": Right(
        "what counters and step types call discharge is discharge, whatever the current's sign",
        noted="positive current discharges",
    ),
    "bdf-current-without-sign.csv": Right(
        "a current without a sign goes the way of the counters", noted="one sign"
    ),
    "landt-current-without-sign.csv": Right(
        "a current without a sign goes the way of the steps", noted="one sign"
    ),
    "neware-current-reverses-within-step.csv": Right(
        "a counter with a sign that falls while the current discharges counts a discharge",
        (166.67,),
        (250.0,),
    ),
    "bdf-no-counters-gap-of-ten-hours.csv": Right(
        "no charge is integrated over time of which nothing is recorded",
        (500, NONE, 410),
        noted="nothing is recorded",
    ),
    "bdf-no-counters-gap-minute-rows.csv": Right(
        "no charge is integrated over time of which nothing is recorded",
        (500, NONE, 410),
        noted="nothing is recorded",
    ),
    "neware-capacity-mislabelled.csv": Right(
        "a counter that its current contradicts by a factor is refused",
        refused=r"1213 mAh .* factor of 1e\+03",
    ),
    "arbin-cycle-number-never-advances.csv": Right(
        "a cycle number that never advances counts no cycles", noted="holds more than one"
    ),
    "capacity-limited-last-discharge.csv": Right(
        "a half-cycle that passed the charge of the one before it is whole",
        (500, 500, 500, 500, 500),
        (450, 460, 470, 475, NONE),
    ),
    "arbin-counter-reset-with-each-step-2.csv": RESET,
    "arbin-counter-reset-with-each-step.csv": RESET,
    "arbin-counter-not-reset-in-cycle-2.csv": Right("a counter that runs on gains what it gains"),
    "arbin-headings-without-units.csv": Right("headings without units have the maker's"),
    "arbin-no-data-point.xlsx": Right("a column that nobody needs never refuses a file"),
    "arbin-optional-column-empty.csv": Right(
        "a column that nobody needs never refuses a file", noted="left out"
    ),
    "maccor-two-columns-named-units.txt": Right("headings that nobody needs may be there twice"),
    "maccor-days-in-time-no-clock.txt": Right("a time written as days and clock needs no unit"),
    "maccor-days-in-time.txt": Right("a time written as days and clock needs no unit"),
    "ndax-remark-ascii.ndax": Right("a remark decides nothing", (4166.5,), (4166.5,)),
    "ndax-remark-with-umlaut-cp1252.ndax": Right("a remark decides nothing", (4166.5,), (4166.5,)),
    "ndax-remark-with-umlaut-utf8.ndax": Right("a remark decides nothing", (4166.5,), (4166.5,)),
    "neware-micro-sign-latin1.csv": Right("a byte beyond ASCII that stands alone is a western letter"),
    "neware-degree-sign-latin1.csv": Right("a byte beyond ASCII that stands alone is a western letter"),
    "neware-greek-mu-gbk.csv": Right("two bytes beyond ASCII are one character of GBK"),
    "neware-greek-mu-utf8.csv": Right("text is UTF-8 where it can be"),
    "eclab-dates-in-time.mpt": Right("moments are times since the first of them"),
    "landt-three-columns.txt": Right("time, voltage and current are enough", noted="integral of its current"),
    "neware-chinese-headings-gbk.csv": Right("headings are read in the maker's languages"),
    "arbin-two-channels.xlsx": Right("two tests are not one", refused="the clock runs back"),
    "arbin-rest-tail-in-next-cycle.csv": Right("a rest belongs to no half-cycle", retention=0.983),
    "arbin-continued-in-second-sheet.xlsx": Right("sheets with one header follow one another"),
    "full-cell-begins-with-discharge.csv": Right(
        FULL, (150, 480, 478, 476), (NONE, 500, 495, 492), role="full-cell"
    ),
    "full-cell-begins-with-discharge-cycles-turn-at-discharge.csv": Right(
        FULL, (150, 480, 478, 476), (500, 495, 492, NONE), role="full-cell"
    ),
    "formation-then-cycling.csv": Right(
        "cycles at another current are no part of a retention",
        (500, 490, 480, *range(400, 360, -4)),
        (480, 470, 460, *range(395, 355, -4)),
        retention=359 / 395,
    ),
    "neware-specific-capacities.xlsx": Right("a capacity per gram of the file is not the cell's"),
    "neware-semicolon-comma-decimals.csv": Right("a comma is a decimal sign where semicolons separate"),
    "neware-durations-as-excel-times.xlsx": Right("times of a sheet are durations"),
    "bdf-unix-time-falls-an-hour.csv": Right("the clock of the wall decides nothing"),
    "split-part-1.csv": Right("a part is read as a part", (500, 420), (400, 410)),
    "split-part-2.csv": Right("a part is read as a part", (410, 405), (403, 401)),
}

FULL_CELL_EFFICIENCY = (96.0, 96.6, 96.7)


def case(name: str) -> Path:
    if not FOLDER.exists():
        pytest.skip("the folder of cases is not here; set TOPOTAXY_DATA to the folder of instruments' files")
    return FOLDER / name


def test_every_case_has_its_right_answer() -> None:
    case("")
    assert {path.name for path in FOLDER.iterdir() if path.name != "README.md"} == set(RIGHT)


@pytest.mark.parametrize("name", RIGHT)
def test_case(name: str) -> None:
    right, path = RIGHT[name], case(name)
    if right.refused:
        with pytest.raises(InputError, match=right.refused) as caught:
            read(path, mass=MASS)
        assert "\n" not in str(caught.value)
        return
    (cell,) = analysis_of([read(path, mass=MASS)], role=right.role).cells
    assert cell.totals.discharge == pytest.approx(right.discharge, rel=1e-3, nan_ok=True), right.law
    assert cell.totals.charge == pytest.approx(right.charge, rel=1e-3, nan_ok=True), right.law
    if right.role == "half-cell-anode" and len(right.charge) > 1:
        ratio = np.array(right.charge) / np.array(right.discharge)
        assert cell.efficiency == pytest.approx(ratio, rel=1e-3, nan_ok=True), right.law
    if right.role == "full-cell":
        known = 100.0 * cell.efficiency[np.isfinite(cell.efficiency)]
        assert known == pytest.approx(FULL_CELL_EFFICIENCY, abs=0.06), right.law
    if right.retention is not None:
        assert cell.retention is not None
        assert cell.retention.value == pytest.approx(right.retention, abs=1e-3), right.law
    assert not cell.swept
    assert any(right.noted in note for note in cell.notes) or not right.noted, cell.notes


def test_two_parts_of_one_test_are_one_cell_where_they_are_joined() -> None:
    parts = [read(case(f"split-part-{k}.csv"), mass=MASS) for k in (1, 2)]
    (cell,) = analysis_of([joined(parts)], role="half-cell-anode").cells
    assert cell.totals.cycle.tolist() == [1, 2, 3, 4]
    assert cell.totals.discharge == pytest.approx([500, 420, 410, 405], rel=1e-3)
    assert cell.totals.charge == pytest.approx([400, 410, 403, 401], rel=1e-3)
    assert CyclingOptions(join=True).join
