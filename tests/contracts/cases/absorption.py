"""Absorption: files of each format with one spectrum, and a specimen of NiO with spheres of nickel."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "measurement" / "absorption"))

import spectrum_files
from case import Case, GoodFile, Truth

from topotaxy.measurement.absorption.instrument import Beamline
from topotaxy.measurement.absorption.options import AbsorptionOptions

EDGE = 2.09


def good_files(folder: Path) -> list[GoodFile]:
    found = []
    for name, files in spectrum_files.EVERY.items():
        for file, data in files.items():
            path = folder / file
            path.write_bytes(data)
            found.append(GoodFile(path=path, format=name))
    return found


def same_record(folder: Path) -> Sequence[Path]:
    found = []
    for file, text in (("made.dat", spectrum_files.columns()), ("made.xdi", spectrum_files.xdi())):
        path = folder / file
        path.write_text(text)
        found.append(path)
    return found


def specimens() -> list[Any]:
    from topotaxy.specimen.builders import rock_salt

    return [rock_salt("NiO", 6, lattice_parameter=2.0 * EDGE)]


def truth(_: Sequence[Any]) -> list[Truth]:
    return [
        Truth(quantity="coordination_number", value=6.0, subject="Ni:anion"),
        Truth(quantity="coordination_number", value=12.0, subject="Ni:cation"),
        Truth(quantity="bond_length", value=EDGE, subject="Ni:anion"),
        Truth(quantity="bond_length", value=EDGE * 2.0**0.5, subject="Ni:cation"),
        Truth(quantity="reduced_fraction", value=0.0, subject="Ni"),
    ]


CASE = Case(
    technique="absorption",
    options=AbsorptionOptions(),
    good_files=good_files,
    same_record=same_record,
    specimens=specimens,
    instrument=Beamline(absorbers=("Ni",), sampled_atoms=100),
    truth=truth,
)
