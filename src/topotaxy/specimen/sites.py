"""Sites of crystals in whole cells, and who sits on them: at random, in exact amounts."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.specimen.specimen import Floats

MOST_ATOMS = 20_000_000
"""More than this is a slip of the pen, not a specimen."""

FCC = np.array([(0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0)])
OCTAHEDRAL = FCC + np.array([0.5, 0.0, 0.0])
TETRAHEDRAL = np.concatenate([FCC + 0.25, FCC + 0.75]) % 1.0

Cells = int | tuple[int, int, int]


def grid_of(cells: Cells, atoms_per_cell: int) -> NDArray[np.int64]:
    """Return the corners of ``cells`` conventional cells, in units of the cell, (n, 3).

    Parameters
    ----------
    cells : int or tuple of int (3,)
        Along the three edges.
    atoms_per_cell : int
        For the bound only.

    Raises
    ------
    InputError
        Where an edge is less than one cell or the atoms are more than :data:`MOST_ATOMS`.
    """
    edges = (cells,) * 3 if isinstance(cells, int) else tuple(cells)
    if len(edges) != 3 or min(edges) < 1:
        raise InputError(f"expected at least one cell along each of three edges, got {cells!r:.60}")
    if math.prod(edges) * atoms_per_cell > MOST_ATOMS:
        raise InputError(f"{edges} cells are more than {MOST_ATOMS} atoms; use a smaller box")
    return np.stack(np.meshgrid(*map(np.arange, edges), indexing="ij"), axis=-1).reshape(-1, 3)


def on_cells(corners: NDArray[np.int64], basis: Floats) -> Floats:
    """Return the positions of a basis (k, 3) in every cell, in units of the cell, (n k, 3).

    Parameters
    ----------
    corners : array of int (n, 3)
        Of the cells, in cells.
    basis : array (k, 3)
        Places in one cell, in fractions of its edge.
    """
    return np.asarray((corners[:, None, :] + basis[None]).reshape(-1, 3))


def shared_out(fractions: Mapping[tuple[str, int], float], sites: int) -> dict[tuple[str, int], int]:
    """Share out sites by largest remainder; what fractions lack to one stays vacant.

    Parameters
    ----------
    fractions
        Share of the sites of each (element, valence).
    sites
        Number of sites.
    """
    total = math.fsum(fractions.values())
    if any(not (math.isfinite(x) and x >= 0) for x in fractions.values()) or not 0 < total <= 1 + 1e-6:
        raise InputError(
            f"fractions of a sublattice have to be from 0 to 1 and sum to at most 1, got {total:g}"
        )
    exact = {kind: share * sites for kind, share in fractions.items()}
    counts = {kind: math.floor(number + 1e-9) for kind, number in exact.items()}
    missing = min(sites, round(total * sites)) - sum(counts.values())
    for kind in sorted(exact, key=lambda kind: counts[kind] - exact[kind])[:missing]:
        counts[kind] += 1
    return counts


def drawn(
    fractions: Mapping[tuple[str, int], float], sites: int, rng: np.random.Generator
) -> tuple[NDArray[np.str_], Floats]:
    """Return element ("" for a vacancy) and valence of each site, at random in exact amounts, (n,) each.

    Parameters
    ----------
    fractions : mapping of (element, valence) to float
        Share of the sites; what is lacking to one stays vacant.
    sites : int
        Number of sites.
    rng : numpy.random.Generator
        Draws the arrangement.

    Raises
    ------
    InputError
        Where the fractions cannot be shares.
    """
    counts = shared_out(fractions, sites)
    kinds = [*counts, ("", 0)]
    numbers = [*counts.values(), sites - sum(counts.values())]
    order = rng.permutation(np.repeat(np.arange(len(kinds)), numbers))
    elements = np.array([element for element, _ in kinds], dtype="U2")[order]
    return elements, np.array([valence for _, valence in kinds], dtype=np.float64)[order]
