"""Candidate phases, and the indexing of a plane lattice of spots against them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.lattice import Lattice
from topotaxy.measurement.imaging.spots import Floats
from topotaxy.tables import read_table

Indices = tuple[int, int, int]

HIGHEST_INDEX = 4
"""Largest index of the two basis vectors that is tried; larger ones fit anything."""
RATIO_ERROR = 0.01
"""Distortion of ratios of lengths that is allowed beyond the noise, one standard deviation: an estimate from
two scanned images of SrTiO3, whose two equal axes differ by 1.3 %."""
ANGLE_ERROR = math.radians(1.0)
"""The same of angles: the right angle of the same images is 91.0 degrees."""
LIKELY = 2.0
"""Standard deviations of misfit beyond which a phase is taken only where no other is nearer."""
WIDEST = 4.0
"""Standard deviations of misfit beyond which a phase is no candidate."""
WEAK = 0.3
"""Of the strongest spot's amplitude, below which forbidden reflections may be the shortest of a lattice, as
they are where a cell is not whole along the beam. An estimate: in made images of 3 nm they are 0.04 of it."""


@dataclass(frozen=True)
class Crystal:
    """A cubic candidate phase: name, structure and cell edge in Å."""

    name: str
    structure: str
    edge: float

    def allows(self, hkl: Indices) -> bool:
        """Whether the structure allows a reflection, kinematically.

        Parameters
        ----------
        hkl : tuple of int (3,)
            Indices of the reflection.
        """
        return _allowed(self.structure, hkl)


@dataclass(frozen=True, kw_only=True)
class Indexed:
    """A lattice of spots as a zone of a crystal.

    Attributes
    ----------
    crystal, zone:
        What fits best, and the direction along which it is seen.
    indices:
        Of each member of the lattice.
    chi:
        Misfit of scale, ratio and angle in standard deviations, as root of the sum of squares.
    forbidden:
        Indices of members that the structure forbids: double diffraction, a cell that is not whole along the
        beam, or another phase.
    missing:
        Allowed reflections of the zone that the lattice of spots does not hold.
    scale:
        Length of the crystal's spacings over those measured.
    also:
        Other candidates that fit as well within the calibration, as text.
    """

    crystal: Crystal
    zone: Indices
    indices: tuple[Indices, ...]
    chi: float
    forbidden: tuple[Indices, ...]
    missing: int
    scale: float
    also: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def structures() -> dict[str, tuple[str, str]]:
    """Return centring and extra condition of each structure of ``structures.csv``."""
    rows = read_table("topotaxy.measurement.imaging", "structures")
    return {row["structure"]: (row["centring"], row["extra"]) for row in rows}


def _allowed(structure: str, hkl: Indices) -> bool:
    centring, extra = structures()[structure]
    h, k, m = hkl
    if centring == "F" and len({h % 2, k % 2, m % 2}) > 1:
        return False
    if centring == "I" and (h + k + m) % 2:
        return False
    if extra == "a" and not ((h + k + m) % 2 or (h + k + m) % 4 == 0):
        return False
    if extra == "d":
        return all((b + c) % 4 == 0 for a, b, c in ((h, k, m), (k, m, h), (m, h, k)) if a == 0)
    return True


def crystal_of(text: str) -> Crystal:
    """Return the candidate that a text names, as ``NiO=rock salt:4.178``.

    Parameters
    ----------
    text : str
        Name, structure of ``structures.csv`` and cell edge in Å.

    Raises
    ------
    InputError
        Where it has another form, or the structure or the edge is not known.
    """
    name, equals, rest = text.partition("=")
    structure, _, edge = rest.rpartition(":")
    structure = structure.strip().replace("_", " ")
    try:
        length = float(edge)
    except ValueError:
        length = math.nan
    if not (name.strip() and len(name) <= 60 and equals and structure and 1.0 < length < 50.0):
        raise InputError(
            "a candidate phase is written as NiO=rock salt:4.178 (name, structure, edge in Å), "
            f"got {text!r:.60}"
        )
    if structure not in structures():
        raise InputError(f"unknown structure {structure!r:.40}; known are {', '.join(structures())}")
    return Crystal(name.strip(), structure, length)


@lru_cache(maxsize=32)
def _reflections(structure: str, forbidden: bool = False) -> tuple[Indices, ...]:
    span = range(-HIGHEST_INDEX, HIGHEST_INDEX + 1)
    every = itertools.product(span, span, span)
    return tuple(hkl for hkl in every if any(hkl) and (forbidden or _allowed(structure, hkl)))


def indexed(
    lattice: Lattice, reciprocal: Floats, crystals: Sequence[Crystal], scale_error: float
) -> Indexed | None:
    """Return the best indexing of a lattice; None where no candidate fits.

    A candidate has to fit in length (within the calibration), ratio and angle. Those within :data:`LIKELY` go
    first; of them the one with the fewest forbidden and missing reflections, then the least misfit, is taken.
    The vectors of the lattice are reflections of the candidate; where none fits so, they may be forbidden
    ones, as long as all forbidden spots are weak.

    Parameters
    ----------
    reciprocal : array (2, 2)
        The lattice's basis in 1/Å; columns are the vectors.
    scale_error : float
        Relative standard deviation of the length scale.
    """
    first, second = reciprocal[:, 0], reciprocal[:, 1]
    lengths = np.array([np.hypot(*first), np.hypot(*second)])
    cosine = float(first @ second) / float(lengths.prod())
    found: list[Indexed] = []
    for forbidden in (False, True):
        every = [_best(crystal, lattice, lengths, cosine, scale_error, forbidden) for crystal in crystals]
        found = [one for one in every if one is not None and not (forbidden and _strong(one, lattice))]
        if found:
            break
    found.sort(key=lambda one: (one.chi > LIKELY, len(one.forbidden) + one.missing, one.chi))
    if not found:
        return None
    best = found[0]
    also = [
        f"{one.crystal.name} [{' '.join(map(str, one.zone))}]"
        for one in found[1:]
        if len(one.forbidden) + one.missing <= len(best.forbidden) + best.missing and one.chi < best.chi + 2.0
    ]
    return Indexed(**{**best.__dict__, "also": tuple(also)})


def _strong(answer: Indexed, lattice: Lattice) -> bool:
    """Whether a forbidden spot is strong beside the strongest that is allowed, or there is none."""
    heights = [spot.amplitude for spot in lattice.members]
    allowed = [answer.crystal.allows(hkl) for hkl in answer.indices]
    most = max((height for height, may in zip(heights, allowed, strict=True) if may), default=0.0)
    return any(height > WEAK * most for height, may in zip(heights, allowed, strict=True) if not may)


def _best(
    crystal: Crystal,
    lattice: Lattice,
    lengths: Floats,
    cosine: float,
    scale_error: float,
    forbidden: bool,
) -> Indexed | None:
    every = np.array(_reflections(crystal.structure, forbidden))
    size = np.sqrt((every**2).sum(axis=1)) / crystal.edge
    error = math.hypot(scale_error, RATIO_ERROR)
    ones = every[np.abs(np.log(size / lengths[0])) < WIDEST * error]
    twos = every[np.abs(np.log(size / lengths[1])) < WIDEST * error]
    # One of each family is enough for the first vector: the crystal may be turned.
    ones = ones[(ones[:, 0] >= ones[:, 1]) & (ones[:, 1] >= ones[:, 2]) & (ones[:, 2] >= 0)]
    best: Indexed | None = None
    for one in ones:
        for two in twos:
            answer = _pair(crystal, lattice, lengths, cosine, (one, two), scale_error)
            if answer is None:
                continue
            rank = (
                len(answer.forbidden) + answer.missing,
                round(answer.chi, 6),
                sum(i * i for i in answer.zone),
            )
            if best is None or rank < (
                len(best.forbidden) + best.missing,
                round(best.chi, 6),
                sum(i * i for i in best.zone),
            ):
                best = answer
    return best


def _pair(
    crystal: Crystal,
    lattice: Lattice,
    lengths: Floats,
    cosine: float,
    pair: tuple[NDArray[np.int64], NDArray[np.int64]],
    scale_error: float,
) -> Indexed | None:
    one, two = pair
    cross = np.cross(one, two)
    if not cross.any():
        return None
    ideal = np.sqrt([float(one @ one), float(two @ two)]) / crystal.edge
    angle = math.acos(float(one @ two) / math.sqrt(float(one @ one) * float(two @ two)))
    turned = (angle - math.acos(max(-1.0, min(1.0, cosine)))) / ANGLE_ERROR
    logs = np.log(ideal / lengths)
    ratio = float(logs[0] - logs[1]) / (math.sqrt(2.0) * RATIO_ERROR)
    scale = float(logs.mean())
    chi = math.sqrt(turned**2 + ratio**2 + (scale / math.hypot(scale_error, 0.5 * RATIO_ERROR)) ** 2)
    if chi > WIDEST:
        return None
    zone = _direction(cross)
    indices = tuple(_triple(m * one + n * two) for m, n in lattice.indices)
    return Indexed(
        crystal=crystal,
        zone=zone,
        indices=indices,
        chi=chi,
        forbidden=tuple(hkl for hkl in indices if not crystal.allows(hkl)),
        missing=_missing(crystal, one, two),
        scale=math.exp(-scale),
    )


def _missing(crystal: Crystal, one: NDArray[np.int64], two: NDArray[np.int64]) -> int:
    """Allowed reflections of the zone, no longer than the two, that are no whole combination of them."""
    zone = np.cross(one, two)
    every = np.array(_reflections(crystal.structure))
    longest = max(float(one @ one), float(two @ two))
    inside = every[(every @ zone == 0) & ((every**2).sum(axis=1) <= longest)]
    plane = np.stack([one, two], axis=1).astype(np.float64)
    parts = np.linalg.lstsq(plane, inside.T.astype(np.float64), rcond=None)[0]
    return int((np.abs(parts - np.round(parts)).max(axis=0) > 1e-6).sum()) // 2


def _direction(vector: NDArray[np.int64]) -> Indices:
    """The zone axis without a common factor, as the member of its cubic family that stands for it."""
    divisor = math.gcd(*(int(abs(v)) for v in vector)) or 1
    return family(_triple(vector // divisor))


def _triple(vector: NDArray[np.int64]) -> Indices:
    return (int(vector[0]), int(vector[1]), int(vector[2]))


def family(hkl: Indices) -> Indices:
    """Return the member of a cubic family that stands for it: (2, 0, 0) for all of 200, 020, -200, ...

    Parameters
    ----------
    hkl : tuple of int (3,)
        Indices of any member.
    """
    first, second, third = sorted((abs(index) for index in hkl), reverse=True)
    return first, second, third


def low_families(crystal: Crystal) -> list[Indices]:
    """Return the allowed families of reflections with indices up to 2: what a small piece shows.

    Parameters
    ----------
    crystal : Crystal
        Its structure says what is allowed.
    """
    every = {family(hkl) for hkl in _reflections(crystal.structure) if max(map(abs, hkl)) <= 2}
    return sorted(every, key=lambda hkl: sum(i * i for i in hkl))
