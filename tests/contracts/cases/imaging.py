"""Imaging: one lattice as every maker writes it; a virtual microscope looks at a random oxysulfide."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "measurement" / "imaging"))

import micrograph_files
from case import Case, GoodFile, Truth

from topotaxy.measurement.imaging import ImagingOptions, Microscope
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
CALIBRATION = 0.01
OPTIONS = ImagingOptions(crystals=("oxide=rock salt:4.33",), scale_error=CALIBRATION)
MICROSCOPE = Microscope(scan_step=0.25, magnification_error=CALIBRATION)


def good_files(folder: Path) -> list[GoodFile]:
    image = micrograph_files.lattice_image()
    truth = (Truth(quantity="interplanar_spacing", value=micrograph_files.SPACING, subject="oxide, (200)"),)
    return [
        GoodFile(path=make(folder / name, image), format=format_name, truth=truth)
        for format_name, makers in micrograph_files.EVERY.items()
        for name, make in makers
    ]


def same_record(folder: Path) -> Sequence[Path]:
    return [one.path for one in good_files(folder)]


def specimens() -> list[Specimen]:
    return [rock_salt(FORMULA, (9, 9, 2), seed=1)]


def truth(every: Sequence[Specimen]) -> list[Truth]:
    edge = every[0].unit_cell_or_raise()
    return [
        Truth(quantity="interplanar_spacing", value=edge / 2.0, subject="oxide, (200)"),
        Truth(quantity="interplanar_spacing", value=edge / 8.0**0.5, subject="oxide, (220)"),
    ]


CASE = Case(
    technique="imaging",
    options=OPTIONS,
    good_files=good_files,
    same_record=same_record,
    specimens=specimens,
    instrument=MICROSCOPE,
    truth=truth,
)
