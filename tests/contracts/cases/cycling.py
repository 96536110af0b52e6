"""Cycling: files of each maker with two cycles of 1 mAh down and up."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "measurement" / "cycling"))

import cycler_files
from case import Case, GoodFile, Truth

from topotaxy.measurement.cycling import CyclingOptions

MASS = 2e-3
CAPACITY = 1e3 * cycler_files.CAPACITY / MASS
TRUTH = (
    Truth(quantity="specific_capacity_discharge", value=CAPACITY),
    Truth(quantity="specific_capacity_charge", value=CAPACITY),
    Truth(quantity="coulombic_efficiency", value=1.0),
)


def good_files(folder: Path) -> list[GoodFile]:
    found = []
    for name, makers in cycler_files.EVERY.items():
        for make in makers:
            data = make()
            ending = {b"PK": ".xlsx", b"PA": ".parquet"}.get(data[:2], ".txt")
            path = folder / f"{make.__name__}{ending}"
            path.write_bytes(data)
            found.append(GoodFile(path=path, format=name, truth=TRUTH))
    return found


def same_record(folder: Path) -> Sequence[Path]:
    found = []
    for make in (cycler_files.bdf_csv, cycler_files.neware_csv, cycler_files.landt_csv):
        path = folder / f"{make.__name__}.csv"
        path.write_bytes(make())
        found.append(path)
    return found


CASE = Case(
    technique="cycling",
    options=CyclingOptions(mass=MASS, role="half-cell-anode", ion="Na"),
    good_files=good_files,
    same_record=same_record,
    unmade={
        "Arbin res": "an Access database, which nothing here writes; tests/measurement reads a real one",
        "Neware binary": "made by instruments only; tests/measurement reads real ones",
        "BioLogic mpr": "made by instruments only; tests/measurement reads real ones",
    },
    exact={
        "specific_capacity_discharge": 1e-4,
        "specific_capacity_charge": 1e-4,
        "coulombic_efficiency": 1e-4,
    },
)
