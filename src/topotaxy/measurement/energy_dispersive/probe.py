"""A virtual X-ray detector: atoms of a specimen in projection, as lines on braking radiation, with noise.

An atom gives photons in proportion to its mass over its k-factor, in every family that the table of k-factors
has. There is no absorption in the specimen, as of thin ones, and the beam does not spread.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.energy_dispersive.instrument import XRayDetector
from topotaxy.measurement.energy_dispersive.lines import Family, atomic_mass, families_of, k_factor, profile
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra.stored import Floats
from topotaxy.measurement.instrument import counts
from topotaxy.measurement.projected import pixel_size, projected
from topotaxy.specimen import Specimen

NAME = "virtual X-ray detector"
LAST = 10_500.0
"""eV: K lines of zinc end below it."""
FIRST = -200.0
BEAM = 200_000.0
CARBONATE = {"Na": 2, "C": 1, "O": 3}
CARBONATE_VOLUME = 69.6
"""Å³ of a formula unit of Na2CO3: 105.99 g/mol at 2.53 g/cm³ (CRC Handbook, 97th ed., section 4)."""


def photons(family: Family) -> float:
    """Return the photons of a family for one atom, in units of silicon's K α for one gram a mole.

    Parameters
    ----------
    family : Family
        Zero where the table has no k-factor for its main line.
    """
    factor = k_factor(family, {})
    return 0.0 if factor is None else atomic_mass(family.element) / factor.value / family.main_share


def amounts(specimen: Specimen, detector: XRayDetector) -> dict[str, Floats]:
    """Return the atoms of each element in each pixel, (pixels, pixels), film included.

    Parameters
    ----------
    specimen : Specimen
        Projected along the beam.
    detector : XRayDetector
        Beam, pixels, probe and film.
    """
    pixels = detector.scan_pixels
    found = {
        str(element): projected(
            specimen,
            specimen.is_element(str(element)).astype(np.float64),
            along=detector.beam_along,
            pixels=pixels,
            probe_width=detector.probe_spread,
        )
        for element in np.unique(specimen.elements)
    }
    if detector.surface_film > 0.0:
        height, width = pixel_size(specimen, detector.beam_along, pixels)
        units = 2.0 * detector.surface_film * height * width * 1e3 / CARBONATE_VOLUME
        for element, count in CARBONATE.items():
            found[element] = found.get(element, np.zeros((pixels, pixels))) + count * units
    return found


def share_of(specimens: Sequence[Specimen], element: str, among: Sequence[str]) -> float:
    """Return the share of an element among some, by atoms of all specimens.

    Parameters
    ----------
    specimens : sequence of Specimen
        All atoms count alike.
    element : str
        Symbol.
    among : sequence of str
        Symbols of the sublattice.
    """
    mine = sum(int(one.is_element(element).sum()) for one in specimens)
    return mine / max(sum(int(one.is_element(*among).sum()) for one in specimens), 1)


def index_of(specimen: Specimen, element: str, among: Sequence[str], detector: XRayDetector) -> float:
    """Return the relative standard deviation of an element's share over pixels, weighted by atoms squared.

    Parameters
    ----------
    specimen : Specimen
        Projected along the beam.
    element : str
        Symbol of one that the specimen holds.
    among : sequence of str
        Symbols of the sublattice.
    detector : XRayDetector
        Beam, pixels and probe.
    """
    held = amounts(specimen, detector)
    total = np.sum([held[one] for one in among if one in held], axis=0)
    share = float(held[element].sum() / total.sum())
    spread = float(((held[element] - share * total) ** 2).sum() / (total**2).sum())
    return float(np.sqrt(spread)) / share


def probe(
    specimens: Sequence[Specimen], detector: XRayDetector, rng: np.random.Generator
) -> tuple[XRayRecord, ...]:
    """Return a map, or one spectrum, of each specimen.

    Parameters
    ----------
    specimens : sequence of Specimen
        One record each.
    detector : XRayDetector
        Scan, X-rays, braking radiation, resolution.
    rng : numpy Generator
        For counting.

    Raises
    ------
    InputError
        Where a specimen holds no element with a line.
    """
    return tuple(_recorded(one, detector, rng) for one in specimens)


def _recorded(specimen: Specimen, detector: XRayDetector, rng: np.random.Generator) -> XRayRecord:
    where = specimen.source or "specimen"
    energy = np.arange(FIRST, LAST, detector.channel_width)
    held = amounts(specimen, detector)
    families = families_of(list(held), 200.0, LAST, whole=True)
    pixels = detector.scan_pixels
    expected = np.zeros((pixels, pixels, len(energy)))
    total = np.zeros((pixels, pixels))
    for family in families:
        seen = np.maximum(held[family.element], 0.0) * photons(family)
        expected += seen[..., None] * profile(family, energy, detector.detector_resolution)
        total += seen
    mean = float(total.mean())
    if mean <= 0.0:
        raise InputError("holds no element with a line below 10 keV", where=where)
    braking = np.where(energy > 150.0, (BEAM - energy) / np.maximum(energy, 150.0), 0.0)
    # Braking radiation is in proportion to the mass that the beam meets, as the lines nearly are.
    expected += detector.braking_share * total[..., None] * braking / braking.sum()
    counted = counts(detector.x_rays / mean * expected, rng)
    return XRayRecord(
        energy=energy,
        counts=counted[0, 0] if pixels == 1 else counted,
        source=f"{specimen.formula or where}, virtual X-rays",
        format=NAME,
        pixel=None if pixels == 1 else pixel_size(specimen, detector.beam_along, pixels),
        beam_energy=BEAM,
        resolution=detector.detector_resolution,
        instrument=NAME,
        notes=("photons of an atom are those of the estimated k-factors",),
        origin="simulated",
    )
