"""Sites of the reactive lattice and who neighbours whom.

Rock salt MX and antifluorite A2X share one fcc anion sublattice. On a periodic grid of
half lattice constants, points of even parity are anions and points of odd parity are
octahedral sites; the centres of the grid cubes are tetrahedral sites, two per anion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]

_UNIT = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
_CORNERS = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
_FCC = np.array(
    [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1) if abs(i) + abs(j) + abs(k) == 2]
)
_NEAR_ODD = np.array(
    [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1) if (i + j + k) % 2 != 0]
)


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Positions and neighbour tables of a periodic box of ``cells``³ conventional cells.

    With ``n = 4 cells³`` anions there are ``n`` octahedral and ``2n`` tetrahedral sites.
    Positions are in units of the lattice parameter; tables hold site indices.

    Attributes
    ----------
    anion_position, octahedral_position, tetrahedral_position:
        Shapes (n, 3), (n, 3) and (2n, 3).
    octahedral_anions (n, 6), octahedral_tetrahedra (n, 8), octahedral_octahedra (n, 12):
        Neighbours of an octahedral site.
    tetrahedral_anions (2n, 4), tetrahedral_octahedra (2n, 4), tetrahedral_tetrahedra (2n, 6):
        Neighbours of a tetrahedral site.
    anion_octahedra (n, 6), anion_tetrahedra (n, 8):
        Neighbours of an anion.
    anion_reach (n, 14):
        Octahedral sites of all cubes around an anion: those whose reactions feel a change
        of its valence sum.
    """

    cells: int
    anion_position: NDArray[np.float64]
    octahedral_position: NDArray[np.float64]
    tetrahedral_position: NDArray[np.float64]
    octahedral_anions: IntArray
    octahedral_tetrahedra: IntArray
    octahedral_octahedra: IntArray
    tetrahedral_anions: IntArray
    tetrahedral_octahedra: IntArray
    tetrahedral_tetrahedra: IntArray
    anion_octahedra: IntArray
    anion_tetrahedra: IntArray
    anion_reach: IntArray

    @property
    def sites(self) -> int:
        """Number of octahedral sites, equal to the number of anions."""
        return len(self.octahedral_position)


def geometry_from_cells(cells: int) -> Geometry:
    """Build the box; ``cells`` is at least 2, so that no site neighbours itself."""
    if cells < 2:
        raise ValueError(f"a periodic box needs at least 2 cells per edge, got {cells}")
    edge = 2 * cells
    grid = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    even = grid.sum(axis=1) % 2 == 0
    anions, octahedra, cubes = grid[even], grid[~even], grid
    point_index = np.empty(edge**3, dtype=np.int32)
    point_index[even] = np.arange(even.sum())
    point_index[~even] = np.arange((~even).sum())
    cube_index = np.arange(edge**3, dtype=np.int32)

    def flat(points: NDArray[np.int64]) -> NDArray[np.int64]:
        wrapped = points % edge
        return (wrapped[..., 0] * edge + wrapped[..., 1]) * edge + wrapped[..., 2]

    def neighbours(centres: NDArray[np.int64], offsets: NDArray[np.int64], index: IntArray) -> IntArray:
        return np.ascontiguousarray(index[flat(centres[:, None, :] + offsets[None])])

    corners = cubes[:, None, :] + _CORNERS[None]
    corner_is_anion = corners.sum(axis=2) % 2 == 0
    corner_index = point_index[flat(corners)]
    return Geometry(
        cells=cells,
        anion_position=anions / 2.0,
        octahedral_position=octahedra / 2.0,
        tetrahedral_position=cubes / 2.0 + 0.25,
        octahedral_anions=neighbours(octahedra, _UNIT, point_index),
        octahedral_tetrahedra=neighbours(octahedra, -_CORNERS, cube_index),
        octahedral_octahedra=neighbours(octahedra, _FCC, point_index),
        tetrahedral_anions=corner_index[corner_is_anion].reshape(-1, 4),
        tetrahedral_octahedra=corner_index[~corner_is_anion].reshape(-1, 4),
        tetrahedral_tetrahedra=neighbours(cubes, _UNIT, cube_index),
        anion_octahedra=neighbours(anions, _UNIT, point_index),
        anion_tetrahedra=neighbours(anions, -_CORNERS, cube_index),
        anion_reach=neighbours(anions, _NEAR_ODD, point_index),
    )
