"""Profiles, columns, domains and rings to observables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from topotaxy.measurement.imaging.crystals import RATIO_ERROR, Crystal, Indices, low_families
from topotaxy.measurement.imaging.details import Details
from topotaxy.measurement.imaging.phase_map import TURNED, UNKNOWN
from topotaxy.observables import Observable
from topotaxy.observables.subject import Subject

Make = Callable[..., Observable]
FEWEST_SPACINGS = 3
DISC = 0.25
"""Error of a mean diameter beside the scatter, in blurs of the filter (0.9 Å): made discs of 1 to 4 nm under
noise of 0.25 to 2 times each wave are off by up to 1 Å in the mean (tests)."""
ONE_DISC = 0.25
"""Least scatter of single diameters, likewise: made discs at random places scatter by 0.5 to 1.2 Å, whatever
their size (tests). A few that agree by chance are not better known."""


def detail_observables(
    details: Details, make: Make, scale_error: float, calibrated: bool, crystals: Sequence[Crystal]
) -> list[Observable]:
    """Return the observables of one record's details.

    Parameters
    ----------
    details : Details
        What was found.
    make : callable
        Takes a quantity, a value and fields of an observable.
    scale_error : float
        Relative systematic error of lengths.
    calibrated : bool
        Whether lengths are in Å.
    crystals : sequence of Crystal
        Candidates for rings.
    """
    found: list[Observable] = []
    if calibrated:
        found += _profile(details, make, scale_error)
        found += _rings(details, make, scale_error, crystals)
    found += _columns(details, make)
    found += _domains(details, make, scale_error)
    return found


def _profile(details: Details, make: Make, scale_error: float) -> list[Observable]:
    if details.profile is None or len(details.profile.spacings) < FEWEST_SPACINGS:
        return []
    steps = details.profile.spacings
    mean = float(steps.mean())
    return [
        make(
            "interplanar_spacing",
            mean,
            uncertainty=float(steps.std(ddof=1)) / math.sqrt(len(steps)),
            systematic=scale_error * mean,
            subject=Subject(note="along the profile"),
            method=f"mean distance of {len(steps) + 1} maxima along a line; systematic: scale",
        )
    ]


def _columns(details: Details, make: Make) -> list[Observable]:
    if details.columns is None:
        return []
    return [
        make(
            "microstrain",
            spread.excess / spread.length,
            uncertainty=spread.deviation / spread.length,
            subject=Subject(note=f"columns, vector {number}"),
            method=f"scatter of {len(spread.distances)} distances of fitted columns beyond noise "
            f"({spread.noise / spread.length:.2g}); distortions of the scan are in it",
        )
        for number, spread in enumerate(details.columns.spreads, 1)
    ]


def _domains(details: Details, make: Make, scale_error: float) -> list[Observable]:
    if details.phases is None:
        return []
    found = []
    for name, places in details.phases.phases().items():
        sizes = np.array([0.1 * place.diameter for place in places])
        mean = float(sizes.mean())
        blur = 0.1 * details.phases.map.blur
        scatter = max(float(sizes.std(ddof=1)) if len(sizes) > 1 else 0.0, ONE_DISC * blur)
        spread = scatter / math.sqrt(len(sizes))
        share, error = details.phases.share(places)
        known: dict[str, Any] = {"subject": Subject(phase=name)}
        found.append(
            make(
                "domain_size",
                mean,
                uncertainty=spread,
                systematic=math.hypot(scale_error * mean, DISC * blur),
                method=f"mean diameter of {len(places)} domain(s) by local Fourier transforms, in "
                "projection; systematic: scale and filter",
                **known,
            )
        )
        found.append(
            make(
                "phase_fraction",
                share,
                uncertainty=error,
                method="share of the image's area that its domains take, in projection; error of counting",
                **known,
            )
        )
    return found


def _rings(details: Details, make: Make, scale_error: float, crystals: Sequence[Crystal]) -> list[Observable]:
    found = []
    for number, ring in enumerate(details.rings, 1):
        spacing = 1.0 / ring.radius
        named = ring_of(spacing, crystals, scale_error)
        subject = Subject(phase=named[0], reflection=named[1]) if named else Subject(note=f"ring {number}")
        found.append(
            make(
                "interplanar_spacing",
                spacing,
                uncertainty=ring.deviation * spacing**2,
                systematic=scale_error * spacing,
                subject=subject,
                method=f"radius of a ring that stands out in {100 * ring.share:.0f} % of the directions",
            )
        )
    return found


def ring_of(spacing: float, crystals: Sequence[Crystal], scale_error: float) -> tuple[str, Indices] | None:
    """Return name and reflection of the only candidate that a ring can be, None where none or several fit.

    Parameters
    ----------
    spacing : float
        Å.
    crystals : sequence of Crystal
        Candidates.
    scale_error : float
        Relative, one standard deviation.
    """
    allowed = 2.0 * math.hypot(scale_error, RATIO_ERROR)
    fits = [
        (abs(math.log(spacing * math.sqrt(sum(i * i for i in hkl)) / crystal.edge)), crystal.name, hkl)
        for crystal in crystals
        for hkl in low_families(crystal)
    ]
    near = sorted(fit for fit in fits if fit[0] < allowed)
    return (near[0][1], near[0][2]) if len(near) == 1 else None


def detail_remarks(details: Details, source: str, unit: str) -> list[str]:
    """Return what a reader should know of the details of a record.

    Parameters
    ----------
    details : Details
        What was found.
    source : str
        Of the record.
    unit : str
        Of its lengths.
    """
    said = []
    if details.columns is not None:
        for number, spread in enumerate(details.columns.spreads, 1):
            verdict = "more than noise" if spread.excess > 2.0 * spread.deviation else "no more than noise"
            said.append(
                f"{source}: {len(spread.distances)} distances of columns along vector {number}, mean "
                f"{spread.length:.4g} {unit}, scatter by {spread.seen:.2g} {unit}, of which noise makes "
                f"{spread.noise:.2g} {unit}: {verdict}"
            )
    if details.phases is not None:
        for name, places in details.phases.phases().items():
            sizes = np.array([0.1 * place.diameter for place in places])
            said.append(
                f"{source}: {len(places)} domain(s) {name if name != UNKNOWN else 'of no one candidate'}, "
                f"diameters {sizes.min():.2g} to {sizes.max():.2g} nm"
                + (f" ({name.removesuffix(' ' + TURNED)} turned)" if name.endswith(TURNED) else "")
            )
    if details.rings:
        said.append(f"{source}: {len(details.rings)} ring(s)")
    return said
