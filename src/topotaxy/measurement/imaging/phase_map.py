"""Domains named after candidate phases: which, how large, and what share of the image they take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.imaging.crystals import RATIO_ERROR, Crystal, Indexed, Indices, low_families
from topotaxy.measurement.imaging.domains import Domain, DomainMap
from topotaxy.measurement.imaging.local_waves import EDGE
from topotaxy.measurement.imaging.spots import Floats

UNKNOWN = "unassigned"
TURNED = "in another orientation"
SIGMAS = 2.0
"""Standard deviations of misfit within which a wave may be a reflection of a candidate."""

WEAK = 0.5
"""Of the amplitude of a domain's strongest wave: waves below it do not count for its size, place and name."""
AROUND = 2.0
"""Blurs about a domain within which a weak wave is of its edge."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One domain with all of its waves.

    Attributes
    ----------
    centre:
        Row and column, pixels.
    diameter:
        Å; mean over its strong waves, by their ratio.
    phase:
        Name of the candidate whose reflections its waves are, :data:`UNKNOWN` where none or several fit.
    reflections:
        Indices of each wave, None where no candidate fits.
    waves:
        By falling ratio.
    """

    centre: Floats
    diameter: float
    phase: str
    reflections: tuple[Indices | None, ...]
    waves: tuple[Domain, ...]


@dataclass(frozen=True, kw_only=True)
class PhaseMap:
    """Domains by phase.

    Attributes
    ----------
    places:
        Each a domain.
    map:
        As found, with the limit.
    area:
        That was looked at, Å^2.
    least:
        Smallest amplitude of a wave that would have been seen over that of the strongest spot; NaN where
        there is no lattice.
    """

    places: tuple[Place, ...]
    map: DomainMap
    area: float
    least: float

    def phases(self) -> dict[str, list[Place]]:
        """Return the domains of each phase, named ones first."""
        names = sorted({place.phase for place in self.places}, key=lambda name: (name == UNKNOWN, name))
        return {name: [place for place in self.places if place.phase == name] for name in names}

    def share(self, places: Sequence[Place]) -> tuple[float, float]:
        """Return the share of the area that domains take, and the error of counting them.

        Parameters
        ----------
        places : sequence of Place
            Some of the map's.
        """
        areas = np.array([0.25 * math.pi * place.diameter**2 for place in places])
        return float(areas.sum()) / self.area, math.sqrt(float((areas**2).sum())) / self.area


def phase_map(
    found: DomainMap,
    image_shape: tuple[int, ...],
    pixel_size: Floats,
    crystals: Sequence[Crystal],
    answer: Indexed | None,
    strongest: float,
) -> PhaseMap:
    """Return domains with their phases.

    Parameters
    ----------
    found : DomainMap
        Waves beside those of the image's lattice.
    image_shape, pixel_size
        (rows, columns), and height and width of a pixel, Å.
    crystals : sequence of Crystal
        Candidates.
    answer : Indexed, optional
        What the image's own lattice is; its scale takes the calibration out.
    strongest : float
        Amplitude of the strongest spot of the lattice; NaN where there is none.
    """
    groups: list[list[Domain]] = []
    for wave in found.domains:
        for group in groups:
            apart = float(np.hypot(*((group[0].centre - wave.centre) * pixel_size)))
            # The edge of a domain has weak waves of its own, narrower than the domain: they are part of it.
            weak = wave.amplitude < WEAK * group[0].amplitude
            if apart < 0.5 * max(group[0].diameter, wave.diameter) + (AROUND * found.blur if weak else 0.0):
                group.append(wave)
                break
        else:
            groups.append([wave])
    scale = answer.scale if answer is not None else 1.0
    own = answer.crystal.name if answer is not None else ""
    places = tuple(_place(group, crystals, scale, own) for group in groups)
    extent = np.array(image_shape) * pixel_size - 2.0 * (EDGE + 1.0) * found.blur
    return PhaseMap(
        places=places,
        map=found,
        area=float(np.prod(extent)),
        least=found.least / strongest if strongest > 0.0 else math.nan,
    )


def _place(group: list[Domain], crystals: Sequence[Crystal], scale: float, own: str) -> Place:
    # The weak waves of a domain's edge say nothing of its size, nor of what it is.
    strongest = max(wave.amplitude for wave in group)
    weights = np.array([wave.ratio if wave.amplitude > WEAK * strongest else 0.0 for wave in group])
    votes: dict[str, float] = {}
    fits = [_fits(wave, crystals, scale) for wave in group]
    for weight, one in zip(weights.tolist(), fits, strict=True):
        for name in {crystal.name for crystal, _ in one} if weight else ():
            votes[name] = votes.get(name, 0.0) + weight
    best = sorted(votes, key=lambda name: -votes[name])
    sure = len(best) == 1 or (len(best) > 1 and votes[best[0]] > 1.2 * votes[best[1]])
    name = best[0] if sure else ""
    reflections = tuple(next((hkl for crystal, hkl in one if crystal.name == name), None) for one in fits)
    return Place(
        centre=np.asarray((weights @ np.array([wave.centre for wave in group])) / weights.sum()),
        diameter=float(weights @ np.array([wave.diameter for wave in group]) / weights.sum()),
        phase=UNKNOWN if not name else f"{name} {TURNED}" if name == own else name,
        reflections=reflections,
        waves=tuple(group),
    )


def _fits(wave: Domain, crystals: Sequence[Crystal], scale: float) -> list[tuple[Crystal, Indices]]:
    """Reflections of candidates that a wave may be by its spacing."""
    spacing = wave.spacing * scale
    allowed = SIGMAS * math.hypot(RATIO_ERROR, wave.deviation * wave.spacing)
    return [
        (crystal, hkl)
        for crystal in crystals
        for hkl in low_families(crystal)
        if abs(math.log(spacing * math.sqrt(sum(i * i for i in hkl)) / crystal.edge)) < allowed
    ]
