"""Pairs of atoms by distance, counted in a box: each atom's with the others of its group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.debye import BIN, Pairs
from topotaxy.measurement.diffraction.scattering import Floats

Integers = NDArray[np.int64]

CELLS_A_REACH = 3
"""Cells of the search along the reach: with one, eight of nine pairs looked at are too far; with more, empty
cells cost as much."""
FADE_FROM = 0.5
"""Share of the reach from which pairs fade, so that a cut does not ring."""


@numba.njit(cache=True)
def _histogram(places, group, species, centres, cell_of, first, shape, offsets, box, periodic, reach, counts):  # type: ignore[no-untyped-def]
    """Add the pairs of ``centres`` (indices) with all atoms of their groups to ``counts`` (bins, s, s).

    A pair is shared by the two bins whose middles it lies between, so that its distance is kept.

    Atoms in the order of their cells, ``places`` (n, 3) in Å; ``first`` (cells + 1,) gives the first atom of
    each cell, ``cell_of`` (n, 3) the cell of each atom, ``offsets`` (m, 3) the steps to cells within reach.
    """
    most, per_step = reach * reach, 1.0 / BIN
    for c in range(centres.size):
        a = centres[c]
        for k in range(len(offsets)):
            x, y, z = (
                cell_of[a, 0] + offsets[k, 0],
                cell_of[a, 1] + offsets[k, 1],
                cell_of[a, 2] + offsets[k, 2],
            )
            turn_x, turn_y, turn_z = x // shape[0], y // shape[1], z // shape[2]
            if (
                (turn_x != 0 and not periodic[0])
                or (turn_y != 0 and not periodic[1])
                or (turn_z != 0 and not periodic[2])
            ):
                continue
            cell = ((x - turn_x * shape[0]) * shape[1] + y - turn_y * shape[1]) * shape[2]
            cell += z - turn_z * shape[2]
            here_x = places[a, 0] - (turn_x * box[0, 0] + turn_y * box[1, 0] + turn_z * box[2, 0])
            here_y = places[a, 1] - (turn_x * box[0, 1] + turn_y * box[1, 1] + turn_z * box[2, 1])
            here_z = places[a, 2] - (turn_x * box[0, 2] + turn_y * box[1, 2] + turn_z * box[2, 2])
            for b in range(first[cell], first[cell + 1]):
                if b == a or group[b] != group[a]:
                    continue
                apart_x = places[b, 0] - here_x
                apart_y = places[b, 1] - here_y
                apart_z = places[b, 2] - here_z
                square = apart_x * apart_x + apart_y * apart_y + apart_z * apart_z
                if square < most:
                    along = max(np.sqrt(square) * per_step - 0.5, 0.0)
                    place = int(along)
                    if place + 1 < counts.shape[0]:
                        counts[place, species[a], species[b]] += 1.0 - (along - place)
                        counts[place + 1, species[a], species[b]] += along - place


def pairs_within(
    positions: Floats,
    elements: Sequence[str] | NDArray[np.str_],
    groups: Integers,
    box: Floats,
    periodic: Sequence[bool],
    *,
    reach: float,
    rng: np.random.Generator,
    most_centres: int,
    continuous: bool = False,
    lattice: Callable[[Floats], Floats] | None = None,
) -> Pairs:
    """Return the pairs of atoms that share a group, up to a distance.

    Beyond half of ``reach`` pairs fade with a cosine, so that a cut does not ring. A pair of a periodic box
    is taken at its nearest image; ``reach`` is cut to half the shortest height.

    Parameters
    ----------
    positions : array (n, 3)
        Å.
    elements, groups : (n,)
    box : array (3, 3)
        Rows are the edges, Å.
    periodic : sequence of bool
        Along each edge.
    reach : float
        Å.
    rng : Generator
        Chooses the atoms whose pairs are counted where there are more than ``most_centres``.
    most_centres : int
    continuous : bool
        Whether groups go on through the periodic box: the pairs of a uniform medium of their mean density are
        then taken off, which scatters forward only and would else ring where pairs fade.
    lattice : callable, optional
        Ordered pairs (r, s, s) of a mean lattice in the bins around distances r; taken off as well.
    """
    symbols, species = np.unique(np.asarray(elements), return_inverse=True)
    singles = np.bincount(species, minlength=len(symbols)).astype(float)
    box = np.ascontiguousarray(box, dtype=float)
    heights = 1.0 / np.linalg.norm(np.linalg.inv(box), axis=0)
    held = np.asarray(periodic, dtype=bool)
    if held.any():
        reach = min(reach, 0.5 * float(heights[held].min()) - BIN)
    counts = np.zeros((int(reach / BIN), len(symbols), len(symbols)))
    if len(positions):
        counts = _counted(positions, species, groups, box, held, reach, rng, most_centres, counts)
    counts = 0.5 * (counts + counts.transpose(0, 2, 1))
    r = (np.arange(len(counts)) + 0.5) * BIN
    if continuous:
        members = np.zeros((int(groups.max(initial=0)) + 1, len(symbols)))
        np.add.at(members, (groups, species), 1.0)
        volume = float(abs(np.linalg.det(box)))
        counts = counts - 4.0 * np.pi * BIN * (r**2)[:, None, None] * (members.T @ members)[None] / volume
    if lattice is not None:
        counts = counts - lattice(np.asarray(r, dtype=np.float64))
    x = np.clip((r / reach - FADE_FROM) / (1.0 - FADE_FROM), 0.0, 1.0)
    counts = counts * (0.5 * (1.0 + np.cos(np.pi * x)))[:, None, None]
    kept = counts.any(axis=(1, 2))
    return Pairs(species=tuple(str(s) for s in symbols), singles=singles, r=r[kept], counts=counts[kept])


def _counted(
    positions: Floats,
    species: Integers,
    groups: Integers,
    box: Floats,
    held: NDArray[np.bool_],
    reach: float,
    rng: np.random.Generator,
    most_centres: int,
    counts: Floats,
) -> Floats:
    """Return the ordered pairs by bin and species, scaled up where centres were drawn."""
    inverse = np.linalg.inv(box)
    fractional = positions @ inverse
    fractional = np.where(held, fractional % 1.0, fractional)
    low = np.where(held, 0.0, fractional.min(axis=0))
    high = np.where(held, 1.0, fractional.max(axis=0) + 1e-9)
    heights = (high - low) / np.linalg.norm(inverse, axis=0)
    shape = np.maximum((heights / reach * CELLS_A_REACH).astype(np.int64), 1)
    cell_of = np.minimum(((fractional - low) / (high - low) * shape).astype(np.int64), shape - 1)
    flat = (cell_of[:, 0] * shape[1] + cell_of[:, 1]) * shape[2] + cell_of[:, 2]
    order = np.argsort(flat, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=int(shape.prod())))])
    count = len(positions)
    centres = np.arange(count)
    if count > most_centres:
        centres = np.sort(rng.choice(count, size=most_centres, replace=False))
    _histogram(
        np.ascontiguousarray((fractional @ box)[order]),
        np.ascontiguousarray(groups[order], dtype=np.int64),
        np.ascontiguousarray(species[order], dtype=np.int64),
        centres,
        np.ascontiguousarray(cell_of[order]),
        first,
        shape,
        _offsets(box, heights / shape, reach, np.where(held, np.iinfo(np.int64).max, shape - 1)),
        box,
        held,
        reach,
        counts,
    )
    return np.asarray(counts * (count / len(centres)))


def _offsets(box: Floats, heights: Floats, reach: float, largest: Integers) -> Integers:
    """Return the steps between cells that hold atoms within reach of each other, (m, 3)."""
    most = np.minimum(np.ceil(reach / heights), largest).astype(np.int64)
    steps: Any = np.meshgrid(*[np.arange(-n, n + 1) for n in most], indexing="ij")
    offsets = np.stack(steps, -1).reshape(-1, 3)
    least = np.maximum(np.abs(offsets) - 1, 0) * heights
    gram = box @ box.T
    square_angles = bool(np.abs(gram - np.diag(np.diag(gram))).max() < 1e-9 * np.diag(gram).max())
    # Where edges are not at right angles only the distance across each pair of faces is a bound.
    bound = np.linalg.norm(least, axis=1) if square_angles else least.max(axis=1)
    return np.ascontiguousarray(offsets[bound < reach], dtype=np.int64)
