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
        Indices of members that the structure forbids: double diffraction, or another phase.
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
def _reflections(structure: str) -> tuple[Indices, ...]:
    span = range(-HIGHEST_INDEX, HIGHEST_INDEX + 1)
    every = itertools.product(span, span, span)
    return tuple(hkl for hkl in every if any(hkl) and _allowed(structure, hkl))


def indexed(
    lattice: Lattice, reciprocal: Floats, crystals: Sequence[Crystal], scale_error: float
) -> Indexed | None:
    """Return the best indexing of a lattice; None where no candidate fits.

    A candidate has to fit in length (within the calibration), ratio and angle. Those within :data:`LIKELY` go
    first; of them the one with the fewest forbidden and missing reflections, then the least misfit, is taken.

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
    found = [
        answer
        for crystal in crystals
        if (answer := _best(crystal, lattice, lengths, cosine, scale_error)) is not None
    ]
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


def _best(
    crystal: Crystal, lattice: Lattice, lengths: Floats, cosine: float, scale_error: float
) -> Indexed | None:
    every = np.array(_reflections(crystal.structure))
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


def axis_scales(lattice: Lattice, pixel_size: Floats, answer: Indexed) -> tuple[Floats, float, float]:
    """Return the pixels' sizes (2,) and skew that the crystal's known spacings demand, and the misfit left.

    |hkl|^2 / a^2 = (k_y / p_y)^2 + (k_x / p_x)^2 + 2 s (k_y / p_y) (k_x / p_x) is linear in three unknowns,
    which three reflections in different directions settle: a linear distortion of the scan, up to a
    rotation. Where there are no more than three, the skew s is left at 0. The misfit is relative, one
    standard deviation, for the reflections beyond the unknowns; infinite, and sizes as they were, where
    the spots fit no positive sizes.

    Parameters
    ----------
    lattice : Lattice
        Of the crystal's spots, frequencies in cycles per pixel.
    pixel_size : array (2,)
        As stated; Å.
    answer : Indexed
        Indices of the lattice's members, and the crystal.
    """
    k = np.array([spot.frequency for spot in lattice.members])
    wanted = np.array([sum(i * i for i in hkl) / answer.crystal.edge**2 for hkl in answer.indices])
    terms = np.column_stack([k**2, 2.0 * k[:, 0] * k[:, 1]]) / wanted[:, None]
    settled = len(k) > 3 and np.linalg.matrix_rank(terms, tol=1e-3 * np.abs(terms).max()) == 3
    terms = terms if settled else terms[:, :2]
    solved, *_ = np.linalg.lstsq(terms, np.ones(len(wanted)), rcond=None)
    if not (solved[:2] > 0.0).all():
        return pixel_size, 0.0, math.inf
    skew = float(solved[2] / math.sqrt(solved[0] * solved[1])) if settled else 0.0
    if abs(skew) >= 1.0:
        return pixel_size, 0.0, math.inf
    left = np.sqrt(terms @ solved) - 1.0
    freedom = max(len(k) - len(solved), 1)
    return 1.0 / np.sqrt(solved[:2]), skew, float(np.sqrt((left**2).sum() / freedom))
