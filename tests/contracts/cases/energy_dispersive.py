"""X-ray microanalysis: one made spectrum in each format; a random alloy under a virtual detector."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "measurement" / "energy_dispersive"))

import x_ray_files
from case import Case, GoodFile, Truth

from topotaxy.measurement.energy_dispersive import EnergyDispersiveOptions, XRayDetector
from topotaxy.measurement.energy_dispersive.probe import index_of, share_of
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt

DETECTOR = XRayDetector(scan_pixels=6, x_rays=300.0)
OPTIONS = EnergyDispersiveOptions(x_ray_elements=x_ray_files.CATIONS, mn_resolution=130.0, null_maps=19)


def good_files(folder: Path) -> list[GoodFile]:
    one = x_ray_files.record()
    truth = tuple(Truth(quantity="site_fraction", subject=e, value=0.2) for e in x_ray_files.CATIONS)
    return [
        GoodFile(path=make(folder, one), format=name, truth=truth) for name, make in x_ray_files.EVERY.items()
    ]


def same_record(folder: Path) -> Sequence[Path]:
    """Formats that hold the beam's energy, which is a condition of every number."""
    return [one.path for one in good_files(folder) if "Micrograph" not in one.format]


def specimens() -> list[Specimen]:
    return [rock_salt(x_ray_files.FORMULA, 3, seed=4)]


def truth(every: Sequence[Specimen]) -> list[Truth]:
    shares = [
        Truth(quantity="site_fraction", subject=e, value=share_of(every, e, x_ray_files.CATIONS))
        for e in ("Co", "Zn")
    ]
    uneven = index_of(every[0], "Co", x_ray_files.CATIONS, DETECTOR)
    return [*shares, Truth(quantity="segregation_index", subject="Co", value=uneven)]


CASE = Case(
    technique="energy_dispersive",
    options=OPTIONS,
    good_files=good_files,
    same_record=same_record,
    unmade={"Bruker bcf": "the container is Bruker's own; a real file stands beside the project"},
    specimens=specimens,
    instrument=DETECTOR,
    truth=truth,
)
