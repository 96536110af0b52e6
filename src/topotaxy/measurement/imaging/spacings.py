"""Distances of planes: of families of an indexed lattice, and of another crystal's spots beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from topotaxy.measurement.imaging.crystals import (
    RATIO_ERROR,
    Crystal,
    Indexed,
    Indices,
    family,
    low_families,
)
from topotaxy.measurement.imaging.lattice import Lattice
from topotaxy.measurement.imaging.record import Micrograph, per_length


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """Distance of planes, Å: of a family of reflections, or of one spot that has no indices.

    ``deviation`` is one standard deviation of what scatters, ``systematic`` of the length scale; ``phase`` is
    the crystal that the indices are of.
    """

    value: float
    deviation: float
    systematic: float
    indices: Indices | None
    rank: int
    phase: str = ""


def spacings_of(
    record: Micrograph, lattice: Lattice, answer: Indexed | None, error: float
) -> tuple[Spacing, ...]:
    """Return the spacings of a lattice: one of each family of reflections, of each spot without an indexing.

    Parameters
    ----------
    record : Micrograph
        With a scale.
    lattice : Lattice
        Of its spots.
    answer : Indexed, optional
        Indexing of the lattice's members.
    error : float
        Relative systematic error of lengths.
    """
    scale = per_length(record)
    metric = np.array([[1.0, record.skew], [record.skew, 1.0]])
    values, deviations = [], []
    for spot in lattice.members:
        g = spot.frequency * scale
        length = math.sqrt(float(g @ metric @ g))
        spread = float(np.hypot(*(metric @ g * spot.deviation * scale))) / length**2 * lattice.misfit
        values.append(1.0 / length)
        deviations.append(spread / length)
    every = list(zip(values, deviations, strict=True))
    if answer is None:
        return tuple(
            Spacing(value=d, deviation=s, systematic=error * d, indices=None, rank=n + 1)
            for n, (d, s) in enumerate(every)
        )
    families: dict[Indices, list[tuple[float, float]]] = {}
    for hkl, one in zip(answer.indices, every, strict=True):
        families.setdefault(family(hkl), []).append(one)
    return tuple(
        replace(_mean(members, hkl, rank + 1, error), phase=answer.crystal.name)
        for rank, (hkl, members) in enumerate(families.items())
    )


def _mean(members: list[tuple[float, float]], hkl: Indices, rank: int, error: float) -> Spacing:
    """Weighted mean of a family; its deviation is at least what the members' scatter says."""
    d = np.array([one[0] for one in members])
    weight = 1.0 / np.array([one[1] for one in members]) ** 2
    value = float((weight * d).sum() / weight.sum())
    deviation = 1.0 / math.sqrt(float(weight.sum()))
    if len(d) > 1:
        deviation = max(deviation, float(d.std(ddof=1)) / math.sqrt(len(d)))
    return Spacing(value=value, deviation=deviation, systematic=error * value, indices=hkl, rank=rank)


def of_other_crystals(
    record: Micrograph, lattice: Lattice, answer: Indexed, crystals: Sequence[Crystal], error: float
) -> tuple[Spacing, ...]:
    """Spacings of spots off the lattice that one other candidate explains.

    Their lengths are compared with those of the indexed crystal in the same image, so that the calibration
    drops out and :data:`RATIO_ERROR` is left. A spot that two candidates explain, or the indexed crystal in
    another direction, is left without a name.

    Parameters
    ----------
    record : Micrograph
        With a scale.
    lattice : Lattice
        Its strangers are looked at.
    answer : Indexed
        Gives the true scale.
    crystals : sequence of Crystal
        Candidates.
    error : float
        Relative systematic error of lengths.
    """
    every = [
        (crystal, hkl, crystal.edge / math.sqrt(sum(i * i for i in hkl)))
        for crystal in crystals
        for hkl in low_families(crystal)
    ]
    found: list[Spacing] = []
    for spot in lattice.strangers:
        one = spacings_of(record, replace(lattice, members=(spot,)), None, error)[0]
        true = one.value * answer.scale
        fits = [(c, hkl) for c, hkl, d in every if abs(math.log(true / d)) < 2.0 * RATIO_ERROR]
        if len(fits) == 1 and fits[0][0].name != answer.crystal.name:
            crystal, hkl = fits[0]
            found.append(replace(one, indices=hkl, phase=crystal.name, rank=len(found) + 1))
    return tuple(found)
