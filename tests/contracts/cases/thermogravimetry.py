"""Thermogravimetry: files of each maker with one step; a virtual balance burns a random oxysulfide."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "measurement" / "thermogravimetry"))

import balance_files
from case import Case, GoodFile, Truth

from topotaxy.measurement.thermogravimetry import Thermobalance, ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.probe import composition_of, true_change
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
BALANCE = Thermobalance(
    sample_mass=0.010, drift_by_end=10e-6, balance_noise=2e-6, burnt_to=("CoO",), sampling=4.0
)
OPTIONS = ThermogravimetryOptions(formula=FORMULA, sulfate="none", water_share=0.0, balance_drift=10e-6)


def good_files(folder: Path) -> list[GoodFile]:
    found = []
    for name, makers in balance_files.EVERY.items():
        for make in makers:
            path = balance_files.written(folder, f"{make.__name__}.txt", make())
            truth = (Truth(quantity="mass_change", value=balance_files.STEP),)
            found.append(GoodFile(path=path, format=name, truth=truth))
    return found


def same_record(folder: Path) -> Sequence[Path]:
    return [one.path for one in good_files(folder)]


def specimens() -> list[Specimen]:
    return [rock_salt(FORMULA, 6, seed=seed) for seed in (1, 2)]


def truth(every: Sequence[Specimen]) -> list[Truth]:
    return [
        Truth(quantity="mass_change", value=true_change(every, BALANCE)),
        Truth(quantity="anion_fraction", subject="S", value=composition_of(every)[1]),
    ]


CASE = Case(
    technique="thermogravimetry",
    options=OPTIONS,
    good_files=good_files,
    same_record=same_record,
    specimens=specimens,
    instrument=BALANCE,
    truth=truth,
)
