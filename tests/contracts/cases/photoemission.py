"""Photoemission: one made spectrum in each format; a half-reduced specimen under a virtual spectrometer."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "measurement" / "photoemission"))

import numpy as np
import spectrometer_files
from case import Case, GoodFile, Truth

from topotaxy.measurement.photoemission import PhotoemissionOptions, Spectrometer
from topotaxy.measurement.photoemission.formats.vamas import write
from topotaxy.measurement.photoemission.probe import reduced_share, references
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt

SPECTROMETER = Spectrometer(spectrum_element="Ni", peak_counts=4000.0)


def _reference(which: int) -> Path:
    path = Path(tempfile.mkdtemp(prefix="topotaxy-references-")) / f"reference-{which}.vms"
    write(references("Ni", SPECTROMETER)[which], path)
    return path


OPTIONS = PhotoemissionOptions(reduced_reference=(_reference(0),), oxidised_reference=(_reference(1),))


def good_files(folder: Path) -> list[GoodFile]:
    one = spectrometer_files.record()
    return [GoodFile(path=make(folder, one), format=name) for name, make in spectrometer_files.EVERY.items()]


def same_record(folder: Path) -> Sequence[Path]:
    """Formats that hold counts: others know the scatter from the data alone."""
    one = spectrometer_files.record()
    return [make(folder, one) for make in (spectrometer_files.vamas, spectrometer_files.casaxps)]


def specimens() -> list[Specimen]:
    """A random alloy of which the upper part of the nickel is reduced."""
    host = rock_salt("Ni0.5Mg0.5O", 8, seed=3)
    valences = host.valences.copy()
    upper = host.positions[:, 2] > np.median(host.positions[:, 2])
    valences[host.is_element("Ni") & upper] = 0.0
    return [replace(host, valences=valences)]


def truth(every: Sequence[Specimen]) -> list[Truth]:
    share = reduced_share(every, "Ni", SPECTROMETER)
    return [Truth(quantity="reduced_fraction", subject="Ni, 2p3/2", value=share)]


CASE = Case(
    technique="photoemission",
    options=OPTIONS,
    good_files=good_files,
    same_record=same_record,
    specimens=specimens,
    instrument=SPECTROMETER,
    truth=truth,
)
