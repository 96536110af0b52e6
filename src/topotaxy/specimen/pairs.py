"""Pair distances of a periodic specimen, by kind of pair: what total scattering and EXAFS are made of.

Cell lists along three edges of any shape; compiled, on as many threads as there are cores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.specimen.periodic import heights, wrapped
from topotaxy.specimen.specimen import PHASES, Floats, Integers, Specimen

FINENESS = 3
"""Cells per cutoff: smaller cells test fewer pairs that are too far, and cost more to walk through."""


@dataclass(frozen=True, kw_only=True)
class PairCounts:
    """Histogram of distances by kind of pair.

    Attributes
    ----------
    edges (bins + 1,):
        Of the bins, Å.
    kinds:
        (element, phase) of each kind of atom.
    numbers (kinds,):
        Atoms of each kind.
    counts (kinds, kinds, bins):
        Neighbours of kind j that atoms of kind i have, summed over the atoms of kind i: symmetric, a pair of
        unlike kinds counted once in each place, of like kinds twice.
    """

    edges: Floats
    kinds: tuple[tuple[str, str], ...]
    numbers: Integers
    counts: Integers

    def between(
        self, element: str, other: str, *, phase: str | None = None, other_phase: str | None = None
    ) -> Integers:
        """Return neighbours of ``other`` around all of ``element``, in chosen phases or all, (bins,).

        Parameters
        ----------
        element, other : str
            Symbols of the atoms in the middle and of their neighbours.
        phase, other_phase : str, optional
            Of the former and of the latter; every phase where None.
        """
        first = [k for k, (el, ph) in enumerate(self.kinds) if el == element and phase in (None, ph)]
        second = [k for k, (el, ph) in enumerate(self.kinds) if el == other and other_phase in (None, ph)]
        return np.asarray(self.counts[np.ix_(first, second)].sum(axis=(0, 1)))

    def number(self, element: str, *, phase: str | None = None) -> int:
        """Return the atoms of an element, in a chosen phase or all.

        Parameters
        ----------
        element : str
            Symbol.
        phase : str, optional
            Every phase where None.
        """
        chosen = [el == element and phase in (None, ph) for el, ph in self.kinds]
        return int(self.numbers[chosen].sum())


def pair_counts(
    specimen: Specimen, *, cutoff: float, step: float = 0.02, by_phase: bool = True
) -> PairCounts:
    """Return how many neighbours lie at which distance, by element and phase of both atoms.

    Parameters
    ----------
    cutoff
        Largest distance, Å; beyond half a box images of one atom count as what they are, several neighbours.
    step
        Width of a bin, Å.
    by_phase
        Whether atoms of one element in different phases are different kinds.

    Raises
    ------
    InputError
        Where cutoff and step cannot be.
    """
    if not (0.0 < step <= cutoff < np.inf) or cutoff / step > 1e6:
        raise InputError(f"expected a step above 0 and a cutoff above it, got {step:g} and {cutoff:g} Å")
    bins = round(cutoff / step)
    codes, kinds = _kinds(specimen, by_phase)
    reach = bins * step
    order, first, shape = _cells(specimen, reach)
    places = np.ascontiguousarray(wrapped(specimen.positions, specimen.box, specimen.periodic)[order])
    # Places in the order of cells, so that neighbours are near in memory.
    found = _compiled()(
        places,
        codes[order],
        first,
        np.array(shape),
        _offsets(specimen, shape, reach),
        np.ascontiguousarray(specimen.box),
        np.array(specimen.periodic),
        # A hair less than the last edge, so that rounding puts nothing beyond the last bin.
        reach * (1.0 - 1e-12),
        1.0 / step,
        len(kinds),
        bins,
        min(16, math.prod(shape)),
    )
    counts = found.sum(axis=0).reshape(len(kinds), len(kinds), bins)
    return PairCounts(
        edges=np.asarray(np.arange(bins + 1) * step, dtype=np.float64),
        kinds=kinds,
        numbers=np.bincount(codes, minlength=len(kinds)),
        counts=counts + counts.transpose(1, 0, 2),
    )


def _kinds(specimen: Specimen, by_phase: bool) -> tuple[Integers, tuple[tuple[str, str], ...]]:
    symbols, element = np.unique(specimen.elements, return_inverse=True)
    phase = specimen.phases.astype(np.int64) if by_phase else np.zeros(len(specimen), dtype=np.int64)
    present, codes = np.unique(element * len(PHASES) + phase, return_inverse=True)
    names = [
        (str(symbols[k // len(PHASES)]), str(PHASES[k % len(PHASES)]) if by_phase else "") for k in present
    ]
    return codes.astype(np.int64), tuple(names)


def _cells(specimen: Specimen, reach: float) -> tuple[Integers, Integers, tuple[int, int, int]]:
    """Atoms in the order of their cells, the first of each cell, and the number of cells along each edge."""
    most = max(1, round(len(specimen) ** (1.0 / 3.0)))
    x, y, z = (int(min(max(1, h * FINENESS // reach), most)) for h in heights(specimen.box))
    inside = wrapped(specimen.positions, specimen.box, specimen.periodic)
    fractions = np.linalg.solve(specimen.box.T, inside.T).T
    place = np.clip((fractions * (x, y, z)).astype(np.int64), 0, np.array([x, y, z]) - 1)
    flat = (place[:, 0] * y + place[:, 1]) * z + place[:, 2]
    order = np.argsort(flat, kind="stable")
    first = np.searchsorted(flat[order], np.arange(x * y * z + 1))
    return order, first.astype(np.int64), (x, y, z)


def _offsets(specimen: Specimen, shape: tuple[int, int, int], reach: float) -> Integers:
    """Half of the steps between cells that can hold neighbours, the step to the cell itself first, (m, 3)."""
    widths = heights(specimen.box) / shape
    spans = np.where(
        specimen.periodic, np.ceil(reach / widths), np.minimum(np.ceil(reach / widths), shape)
    ).astype(int)
    steps = np.stack(np.meshgrid(*[np.arange(-k, k + 1) for k in spans], indexing="ij"), axis=-1).reshape(
        -1, 3
    )
    x, y, z = steps.T
    forward = (x > 0) | ((x == 0) & ((y > 0) | ((y == 0) & (z >= 0))))
    # Atoms of two cells are at least the cells between them apart, along each height of the box.
    gaps = np.maximum(np.abs(steps) - 1, 0) * widths
    upright = np.count_nonzero(specimen.box - np.diag(np.diag(specimen.box))) == 0
    nearest = np.sqrt((gaps**2).sum(axis=1)) if upright else gaps.max(axis=1)
    chosen = steps[forward & (nearest < reach)]
    itself = (chosen == 0).all(axis=1)
    return np.ascontiguousarray(np.concatenate([chosen[itself], chosen[~itself]]))


def _compiled() -> Any:
    from topotaxy.specimen.pair_kernel import counted

    return counted
