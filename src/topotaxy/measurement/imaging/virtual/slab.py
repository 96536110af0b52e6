"""What the beam passes: a specimen cut to a slab along a zone axis, periodic across the beam."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.record import Floats

if TYPE_CHECKING:
    from topotaxy.specimen import Specimen

ZONES: dict[str, tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]] = {
    "x": ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
    "y": ((1, 0, 0), (0, 0, 1), (0, 1, 0)),
    "z": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "011": ((1, 0, 0), (0, 1, -1), (0, 1, 1)),
    "111": ((1, -1, 0), (1, 1, -2), (1, 1, 1)),
    "112": ((1, -1, 0), (1, 1, -1), (1, 1, 2)),
}
"""Direction of the beam to three directions of a cubic box: to the right, down, and along the beam."""
NEAR = 1e-6
MOST_ATOMS = 30_000_000


@dataclass(frozen=True, kw_only=True)
class Slab:
    """Atoms that the beam passes.

    Attributes
    ----------
    places:
        (n, 2), Å: along the rows of the image (down) and its columns (to the right), from 0 to ``edges``.
    depths:
        (n,), Å from the side where the beam comes in.
    elements:
        Symbols, (n,).
    edges:
        (2,), Å: height and width of what repeats across the beam.
    thickness:
        Å.
    """

    places: Floats
    depths: Floats
    elements: NDArray[np.str_]
    edges: Floats
    thickness: float

    def __len__(self) -> int:
        """Return the number of atoms."""
        return len(self.depths)


def slab_of(specimen: Specimen, beam_along: str, thickness: float | None) -> Slab:
    """Return the slab of a specimen that a beam passes.

    Seen along a diagonal, the smallest box at right angles that repeats is made of whole boxes, so that
    nothing is cut across the beam. A slab thicker than the box has the box several times.

    Parameters
    ----------
    specimen : Specimen
        With a box of right angles; along a diagonal, a cube.
    beam_along : str
        One of :data:`ZONES`.
    thickness : float, optional
        Å; one period of the box along the beam where None.

    Raises
    ------
    InputError
        Where the box does not suit, or nothing is in the slab.
    """
    where = specimen.source or None
    lengths = np.diag(specimen.box).astype(np.float64)
    if not np.allclose(specimen.box, np.diag(lengths), atol=NEAR * float(np.abs(lengths).max())):
        raise InputError("the virtual microscope needs a box with right angles", where=where)
    directions = np.array(ZONES[beam_along], dtype=np.float64)
    if len(beam_along) > 1 and np.ptp(lengths) > NEAR * float(lengths.max()):
        raise InputError(f"a view along [{' '.join(beam_along)}] needs a cubic box", where=where)
    periods = np.sqrt(((directions * lengths) ** 2).sum(axis=1))
    depth = float(periods[2]) if thickness is None else float(thickness)
    layers = math.ceil(depth / float(periods[2]) - NEAR)
    copies = round(abs(float(np.linalg.det(directions)))) * max(layers, 1)
    if copies * len(specimen) > MOST_ATOMS:
        raise InputError(
            f"a slab of {depth / 10:.3g} nm would hold more than {MOST_ATOMS} atoms", where=where
        )
    places, which = _turned(specimen.positions / lengths, directions)
    inside = places * periods
    stacked = np.concatenate([inside + np.array([0.0, 0.0, n * periods[2]]) for n in range(max(layers, 1))])
    which = np.tile(which, max(layers, 1))
    kept = stacked[:, 2] < depth + NEAR
    if not kept.any():
        raise InputError("the slab holds no atom", where=where)
    return Slab(
        places=np.ascontiguousarray(stacked[kept][:, [1, 0]]),
        depths=np.ascontiguousarray(stacked[kept, 2]),
        elements=specimen.elements[which[kept]],
        edges=np.array([periods[1], periods[0]]),
        thickness=depth,
    )


def _turned(fractions: Floats, directions: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Coordinates of all atoms of the turned period, in shares of it, and which atom each is.

    A point p = sum_i f_i direction_i; as the directions are at right angles, f_i = p . direction_i / |.|^2.
    """
    norms = (directions**2).sum(axis=1)
    volume = round(abs(float(np.linalg.det(directions))))
    fractions = fractions - np.floor(fractions)
    if volume == 1:
        # The edges of the box in another order.
        return fractions @ directions.T, np.arange(len(fractions))
    reach = [np.arange(math.floor(low), math.ceil(high) + 1) for low, high in _span(directions)]
    places: list[Floats] = []
    which: list[NDArray[np.int64]] = []
    for step in itertools.product(*reach):
        share = (fractions + np.array(step)) @ (directions / norms[:, None]).T
        inside = ((share >= -NEAR) & (share < 1.0 - NEAR)).all(axis=1)
        places.append(np.maximum(share[inside], 0.0))
        which.append(np.flatnonzero(inside))
    found = np.concatenate(which)
    assert len(found) == volume * len(fractions), "a turned box holds whole boxes"
    return np.concatenate(places), found


def _span(directions: Floats) -> list[tuple[float, float]]:
    """Range of whole boxes along each edge that the corners of the turned one reach, less one box."""
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=3))) @ directions
    return [(float(low) - 1.0, float(high)) for low, high in zip(corners.min(0), corners.max(0), strict=True)]
