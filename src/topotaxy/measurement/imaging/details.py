"""What is looked for where its user asks: a profile, columns, domains; and rings in patterns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.imaging.atomic_columns import Columns, columns_of
from topotaxy.measurement.imaging.crystals import Crystal, Indexed
from topotaxy.measurement.imaging.domains import domains_of
from topotaxy.measurement.imaging.lattice import Lattice
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.phase_map import PhaseMap, phase_map
from topotaxy.measurement.imaging.profiles import Profile, profile_of
from topotaxy.measurement.imaging.record import Floats, Micrograph
from topotaxy.measurement.imaging.rings import Ring, rings_of

LARGEST_SPACING = 6.0
"""Of rings, Å: nearer to the beam are fringes of the aperture; (111) of spinels is 4.9 Å."""
NOT_ASKED = "domains are looked for where --domains says so"


@dataclass(frozen=True, kw_only=True)
class Details:
    """Each None or empty where it was not asked for, or not there."""

    profile: Profile | None = None
    columns: Columns | None = None
    phases: PhaseMap | None = None
    rings: tuple[Ring, ...] = ()


def details_of(
    record: Micrograph,
    lattice: Lattice | None,
    answer: Indexed | None,
    centre: Floats | None,
    options: ImagingOptions,
    crystals: Sequence[Crystal],
) -> tuple[Details, dict[str, str]]:
    """Return the details of a record, and why some are absent, by quantity.

    Parameters
    ----------
    record : Micrograph
        With its scale.
    lattice, answer
        Of its spots, where there is one.
    centre : array (2,), optional
        Direct beam of a pattern, pixels.
    options : ImagingOptions
        What is asked for.
    crystals : sequence of Crystal
        Candidates.
    """
    if record.kind == "diffraction":
        least = 1.0 / LARGEST_SPACING if record.calibrated else 0.0
        rings = rings_of(record.image, centre, record.pixel_size, least) if centre is not None else ()
        why = "a diffraction pattern has no places"
        return Details(rings=rings), {"domain_size": why, "phase_fraction": why}
    reasons = {} if options.domains else {"domain_size": NOT_ASKED, "phase_fraction": NOT_ASKED}
    phases = None
    if options.domains:
        phases, why = _phases(record, lattice, answer, crystals)
        if why:
            reasons = {"domain_size": why, "phase_fraction": why}
    columns = None
    if options.columns and lattice is not None:
        columns = columns_of(record.image, lattice, record.pixel_size)
    return Details(profile=_profile(record, options), columns=columns, phases=phases), reasons


def _profile(record: Micrograph, options: ImagingOptions) -> Profile | None:
    if not options.profile_line:
        return None
    x0, y0, x1, y1 = options.profile_line
    size = np.array(record.image.shape, dtype=np.float64) - 1.0
    ends = np.array([[y0, x0], [y1, x1]]) * size
    width = options.profile_width if record.calibrated else 1.0
    return profile_of(record.image, ends, width, record.pixel_size)


def _phases(
    record: Micrograph, lattice: Lattice | None, answer: Indexed | None, crystals: Sequence[Crystal]
) -> tuple[PhaseMap | None, str]:
    if not record.calibrated:
        return None, "no scale: spacings of domains mean nothing"
    found = domains_of(record.image, lattice, record.pixel_size)
    if found is None:
        return None, "the image is too small, its pixels are too coarse, or its lattice leaves no frequencies"
    strongest = max((spot.amplitude for spot in lattice.members), default=math.nan) if lattice else math.nan
    named = phase_map(found, record.image.shape, record.pixel_size, crystals, answer, strongest)
    if named.places:
        return named, ""
    seen = "" if math.isnan(named.least) else f" ({named.least:.2g} of the strongest spot's amplitude)"
    return named, f"no wave beside those of the lattice stands above the detection limit{seen}"
