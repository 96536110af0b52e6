"""Diffraction: one rock salt in every format that can be made, and specimens of known lattice parameter."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "measurement" / "diffraction"))

import pattern_files
from case import Case, GoodFile, Truth

from topotaxy.measurement.diffraction import Instrument, Options
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt

# The probe's crystallites and the files' peaks are so wide that nothing finer is needed.
TRUTH = (Truth(quantity="lattice_parameter", value=pattern_files.EDGE, subject="rock salt"),)


def good_files(folder: Path) -> list[GoodFile]:
    found = []
    for name, (make, ending) in pattern_files.EVERY.items():
        path = folder / f"{make.__name__}{ending}"
        path.write_bytes(make())
        found.append(GoodFile(path=path, format=name, truth=TRUTH))
    return found


def same_record(folder: Path) -> Sequence[Path]:
    return [one.path for one in good_files(folder)]


def specimens() -> list[Specimen]:
    return [rock_salt("MgO", 4, lattice_parameter=pattern_files.EDGE)]


def truth(made: Sequence[Specimen]) -> list[Truth]:
    return [Truth(quantity="lattice_parameter", value=made[0].unit_cell or 0.0, subject="rock salt")]


CASE = Case(
    technique="diffraction",
    options=Options(
        radiation="X-ray",
        emission="Cu Ka",
        polarisation=1.0,
        phases=(pattern_files.PHASE,),
        background_terms=4,
        resolution=pattern_files.RESOLUTION,
        spread=False,
    ),
    good_files=good_files,
    same_record=same_record,
    unmade={
        "Bruker RAW": "binary, made by instruments only; tests/measurement makes its segments by hand",
        "pair distribution function": "no pattern: tests/measurement reads and fits one",
        "refused by name": "formats that are known and not read",
    },
    specimens=specimens,
    instrument=Instrument(first_angle=30.0, last_angle=90.0, angle_step=0.05, peak_counts=3000.0),
    truth=truth,
)
