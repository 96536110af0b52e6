"""What lattice images of a conversion electrode can tell, from atoms to numbers: three questions of a paper.

    python examples/what_images_resolve.py spacing     # is 0.251 -> 0.260 nm resolved?
    python examples/what_images_resolve.py domains     # are 1 to 2 nm of metal seen through 5 to 30 nm?
    python examples/what_images_resolve.py strain      # the smallest strain, and stress, of phase analysis

Each image is computed from atoms, with the noise of its dose, and analysed as a measured one is.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import numpy as np

from topotaxy.measurement.imaging import TECHNIQUE, ImagingOptions, Micrograph, Microscope
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.inclusions import ball_within, inside_spheres, with_metal

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
METAL = {"Cu": 0.5, "Ni": 0.5}
METAL_EDGE = 3.58
BEFORE, AFTER = 2.51, 2.60
"""Spacings of (111) that are claimed, Å (Fang et al., Small 18 (2022) 2204912)."""
CALIBRATIONS = (0.006, 0.01, 0.03, 0.04, 0.05)
NOISES = 6
"""Images of each state, each with noise of its own."""
PAIRS = 30
"""Of images that are calibrated apart from one another, whole from atoms to spacing."""
THICKNESSES = (5.2, 10.0, 20.0, 30.0)
ARRANGEMENTS = 3
MODULUS = 296.6 + 95.9 - 2.0 * 95.9**2 / 296.6
"""Biaxial, of MgO at 300 K, GPa: Y. Sumino, O. L. Anderson, I. Suzuki, Phys. Chem. Minerals 9 (1983) 38,
doi:10.1007/BF00309468."""


def image(specimen: Specimen, microscope: Microscope, seed: int) -> Micrograph:
    """Return what the microscope records, at its true scale."""
    exact = microscope.model_copy(update={"magnification_error": 0.0})
    return TECHNIQUE.probe([specimen], exact, np.random.default_rng(seed))[0]


def spacing_111(record: Micrograph, edge: float, scale: float, error: float) -> tuple[float, float]:
    """Return the spacing of (111), Å, and its whole error, of an image whose pixel is wrong by a factor."""
    off = replace(record, pixel_size=record.pixel_size * scale)
    look = ImagingOptions(crystals=(f"oxide=rock salt:{edge}",), scale_error=error)
    for one in TECHNIQUE.observed([off], look).observables:
        if one.quantity == "interplanar_spacing" and one.subject.reflection == (1, 1, 1):
            return one.value, math.hypot(one.uncertainty or 0.0, one.systematic or 0.0)
    return math.nan, math.nan


def changes(values: np.ndarray) -> str:
    """Say what a set of (before, its error, after, its error) reads as."""
    before, by, after, by_after = values.T
    change = after / before - 1.0
    sigma = (1.0 + change) * np.hypot(by / before, by_after / after)
    known = np.isfinite(change)
    change, sigma = change[known], sigma[known]
    beyond, wrong = (change > 2.0 * sigma).mean(), (change < 0.0).mean()
    return (
        f"change {100 * change.mean():.1f} ± {100 * change.std():.1f} % ({len(change)} pairs), beyond two "
        f"deviations {100 * beyond:.0f} %, of the wrong sign {100 * wrong:.0f} %"
    )


def spacing() -> None:
    """Print how often 0.251 and 0.260 nm are told apart, by the error of the calibration."""
    microscope = Microscope(view="hrtem", beam_along="011", slab_thickness=2.9, electron_dose=3e3)
    middle = math.sqrt(3.0) * 0.5 * (BEFORE + AFTER)
    records, noise = [], []
    for d in (BEFORE, AFTER):
        crystal = rock_salt(FORMULA, 10, lattice_parameter=math.sqrt(3.0) * d, seed=1)
        made = [image(crystal, microscope, seed) for seed in range(NOISES)]
        read = np.array([spacing_111(one, middle, 1.0, 0.03)[0] for one in made])
        print(
            f"(111) of {d} Å reads {read.mean():.4f} Å, scatter of {NOISES} images {read.std(ddof=1):.4f} Å"
        )
        records.append(made)
        noise.append(read)
    rng = np.random.default_rng(3)
    for error in CALIBRATIONS:
        scales = 1.0 + rng.normal(0.0, error, (100_000, 2))
        drawn = np.stack([noise[n][rng.integers(NOISES, size=100_000)] * scales[:, n] for n in (0, 1)])
        table = np.stack([drawn[0], error * drawn[0], drawn[1], error * drawn[1]], axis=1)
        print(f"calibrated to {100 * error:.1f} %, drawn: {changes(table)}")
    for error in (0.01, 0.03, 0.05):
        table = [
            [
                number
                for made in records
                for number in spacing_111(
                    made[rng.integers(NOISES)], middle, 1.0 + rng.normal(0.0, error), error
                )
            ]
            for _ in range(PAIRS)
        ]
        print(
            f"calibrated to {100 * error:.1f} %, from atoms to spacing: {changes(np.array(table))}",
            flush=True,
        )


def grain(thickness: float, diameter: float, seed: int) -> Specimen:
    """Return oxide of a thickness (nm) with a ball (nm) of metal, cube on cube, in its middle; 0 for none."""
    cells = math.ceil(10.0 * thickness / 4.2)
    oxide = rock_salt(FORMULA, (14, 14, cells), seed=seed)
    if not diameter:
        return oxide
    rng = np.random.default_rng(seed)
    middle = 0.5 * np.diag(oxide.box) + rng.uniform(-2.0, 2.0, 3)
    radius = 5.0 * diameter
    ball = middle + ball_within(radius, METAL_EDGE, rng, None)
    rest = oxide.subset(~inside_spheres(oxide.positions, middle[None], np.array([radius]), oxide.box))
    return with_metal(rest, [ball], metal=METAL, registered=False, rng=rng)


def domains() -> None:
    """Print whether balls of metal in oxide are seen, by thickness, size and view."""
    edge = rock_salt(FORMULA, 1).unit_cell_or_raise()
    look = ImagingOptions(
        crystals=(f"oxide=rock salt:{edge:.4f}", f"alloy=fcc:{METAL_EDGE}"), domains=True, scale_error=0.01
    )
    views = {
        "dark field": (Microscope(view="haadf"), ARRANGEMENTS),
        "image": (Microscope(view="hrtem", electron_dose=5e3, defocus=60.0), 1),
    }
    for name, (microscope, arrangements) in views.items():
        for thickness in THICKNESSES:
            for diameter in (0.0, 1.0, 2.0):
                seen = []
                for seed in range(1, arrangements + 1):
                    record = image(grain(thickness, diameter, seed), microscope, seed)
                    phases = TECHNIQUE.observed([record], look).details[0].details.phases
                    places = phases.places if phases is not None else ()
                    seen.append(
                        ", ".join(f"{place.phase} of {0.1 * place.diameter:.1f} nm" for place in places)
                        or "-"
                    )
                what = f"ball of {diameter:g} nm" if diameter else "no ball"
                print(f"{name}, {thickness:g} nm, {what}: {'; '.join(seen)}", flush=True)


def strain() -> None:
    """Print the spread of strain in images of a perfect crystal: what is not in the specimen."""
    crystal = rock_salt("MgO", 14, seed=1)
    alloy = rock_salt(FORMULA, 14, seed=1)
    views = {
        "dark field, rows shifted by 0 Å": Microscope(view="haadf", row_jitter=0.0),
        "dark field, rows shifted by 0.02 Å": Microscope(view="haadf"),
        "dark field, rows shifted by 0.05 Å": Microscope(view="haadf", row_jitter=0.05),
        "image, 5,000 electrons per Å²": Microscope(view="hrtem", electron_dose=5e3, slab_thickness=5.2),
        "image, 500 electrons per Å²": Microscope(view="hrtem", electron_dose=500.0, slab_thickness=5.2),
    }
    for what, specimen in (("MgO", crystal), ("alloy", alloy)):
        for name, microscope in views.items():
            found = TECHNIQUE.observed([image(specimen, microscope, 1)], ImagingOptions()).details[0].strain
            assert found is not None
            spread = max(float(np.nanstd(values)) for values in (found.xx, found.yy))
            stated = math.sqrt(float(np.nanmean(found.xx_noise**2)))
            print(
                f"{what}, {name}: spread {100 * spread:.3f} %, noise stated as {100 * stated:.3f} %; "
                f"3 deviations {300 * spread:.2f} %, times {MODULUS:.0f} GPa {3 * spread * MODULUS:.1f} GPa; "
                f"blur {found.resolution * microscope.scan_step:.2f} Å",
                flush=True,
            )


if __name__ == "__main__":
    {"spacing": spacing, "domains": domains, "strain": strain}[sys.argv[1]]()
