"""Energy loss: one made spectrum in each format; a partly reduced oxysulfide under a virtual spectrometer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "measurement" / "energy_loss"))

import loss_files
import numpy as np
from case import Case, GoodFile, Truth

from topotaxy.measurement.energy_loss import EnergyLossOptions, LossSpectrometer
from topotaxy.measurement.energy_loss.probe import reduced_share
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt

SPECTROMETER = LossSpectrometer(edge_height=3.0)
OPTIONS = EnergyLossOptions(imposed_references=True, loss_elements=("Co", "Ni", "Cu"))
SHARES = {"Co": 0.5, "Ni": 0.3, "Cu": 0.6}


def good_files(folder: Path) -> list[GoodFile]:
    one = loss_files.record()
    truth = (Truth(quantity="reduced_fraction", subject="Ni, L3", value=0.4),)
    return [
        GoodFile(path=make(folder, one), format=name, truth=truth) for name, make in loss_files.EVERY.items()
    ]


def same_record(folder: Path) -> Sequence[Path]:
    """Formats that hold counts: others know the scatter from the data alone."""
    one = loss_files.record()
    return [make(folder, one) for name, make in loss_files.EVERY.items() if "Velox" not in name]


def specimens() -> list[Specimen]:
    """A random alloy with a share of three of its cations reduced on their sites."""
    host = rock_salt("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", 6, seed=3)
    rng = np.random.default_rng(5)
    valences = host.valences.copy()
    for element, share in SHARES.items():
        atoms = np.flatnonzero(host.is_element(element))
        valences[rng.choice(atoms, round(share * len(atoms)), replace=False)] = 0.0
    return [replace(host, valences=valences)]


def truth(every: Sequence[Specimen]) -> list[Truth]:
    return [
        Truth(quantity="reduced_fraction", subject=f"{element}, L3", value=reduced_share(every, element))
        for element in SHARES
    ]


CASE = Case(
    technique="energy_loss",
    options=OPTIONS,
    good_files=good_files,
    same_record=same_record,
    specimens=specimens,
    instrument=SPECTROMETER,
    truth=truth,
)
