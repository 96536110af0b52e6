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

UNIT = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
CORNERS = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
FCC = np.array(
    [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1) if abs(i) + abs(j) + abs(k) == 2]
)


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Positions and neighbour tables of a periodic box of ``cells``³ conventional cells.

    With ``n = 4 cells³`` anions there are ``n`` octahedral and ``2n`` tetrahedral sites.
    Positions are in units of the lattice parameter; tables hold site indices. Sites are
    numbered block by block: block ``b`` of ``block``³ cells has the octahedral sites
    ``b * sites_per_block`` to ``(b + 1) * sites_per_block - 1``, and so for anions and
    tetrahedra, so that what is near in the crystal is near in memory.

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
    block_neighbours (blocks, 6):
        Blocks that share a face; a block of the full width of the box neighbours itself.
    reach (n, most):
        Blocks that hold an octahedral site or one of its twelve neighbours, its own first, then
        in order; padded with -1.
    """

    cells: int
    block: int
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
    block_neighbours: IntArray
    reach: IntArray

    @property
    def sites(self) -> int:
        """Number of octahedral sites, equal to the number of anions."""
        return len(self.octahedral_position)

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.block_neighbours)

    @property
    def sites_per_block(self) -> int:
        """Octahedral sites of a block."""
        return self.sites // self.blocks


def block_edge(cells: int) -> int:
    """Return the smallest block of at least two cells an edge that fills the box."""
    return next(edge for edge in range(2, cells + 1) if cells % edge == 0)


def geometry_from_cells(cells: int, block: int | None = None, *, shared_metal: bool = True) -> Geometry:
    """Build the box; ``cells`` is at least 2, so that no site neighbours itself.

    ``block`` is the edge of a block in cells and divides ``cells``; by default the smallest
    that does. Without ``shared_metal`` a site reaches the metal cluster of its own block only.
    """
    if cells < 2:
        raise ValueError(f"a periodic box needs at least 2 cells per edge, got {cells}")
    block = block_edge(cells) if block is None else block
    if block < 1 or cells % block:
        raise ValueError(f"blocks of {block} cells do not fill a box of {cells}")
    edge = 2 * cells
    grid = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    grid = grid[np.argsort(_flat(grid // (2 * block), cells // block), kind="stable")]
    even = grid.sum(axis=1) % 2 == 0
    anions, octahedra, cubes = grid[even], grid[~even], grid
    point_index = np.empty(edge**3, dtype=np.int32)
    point_index[_flat(anions, edge)] = np.arange(len(anions))
    point_index[_flat(octahedra, edge)] = np.arange(len(octahedra))
    cube_index = np.empty(edge**3, dtype=np.int32)
    cube_index[_flat(cubes, edge)] = np.arange(len(cubes))

    def neighbours(centres: NDArray[np.int64], offsets: NDArray[np.int64], index: IntArray) -> IntArray:
        return np.ascontiguousarray(index[_flat(centres[:, None, :] + offsets[None], edge)])

    octahedral_octahedra = neighbours(octahedra, FCC, point_index)
    corners = cubes[:, None, :] + CORNERS[None]
    corner_is_anion = corners.sum(axis=2) % 2 == 0
    corner_index = point_index[_flat(corners, edge)]
    return Geometry(
        cells=cells,
        block=block,
        anion_position=anions / 2.0,
        octahedral_position=octahedra / 2.0,
        tetrahedral_position=cubes / 2.0 + 0.25,
        octahedral_anions=neighbours(octahedra, UNIT, point_index),
        octahedral_tetrahedra=neighbours(octahedra, -CORNERS, cube_index),
        octahedral_octahedra=octahedral_octahedra,
        tetrahedral_anions=corner_index[corner_is_anion].reshape(-1, 4),
        tetrahedral_octahedra=corner_index[~corner_is_anion].reshape(-1, 4),
        tetrahedral_tetrahedra=neighbours(cubes, UNIT, cube_index),
        anion_octahedra=neighbours(anions, UNIT, point_index),
        anion_tetrahedra=neighbours(anions, -CORNERS, cube_index),
        block_neighbours=_block_neighbours(cells // block),
        reach=_reach(octahedral_octahedra if shared_metal else octahedral_octahedra[:, :0], 4 * block**3),
    )


def _reach(neighbours: IntArray, per_block: int) -> IntArray:
    own = np.arange(len(neighbours)) // per_block
    lists = [
        [b, *sorted(set(row) - {b})] for b, row in zip(own, (neighbours // per_block).tolist(), strict=True)
    ]
    most = max(map(len, lists))
    return np.array([row + [-1] * (most - len(row)) for row in lists], dtype=np.int32)


def _flat(points: NDArray[np.int64], edge: int) -> NDArray[np.int64]:
    """Index of grid points in a periodic cube of ``edge`` points."""
    wrapped = points % edge
    flat: NDArray[np.int64] = (wrapped[..., 0] * edge + wrapped[..., 1]) * edge + wrapped[..., 2]
    return flat


def _block_neighbours(edge: int) -> IntArray:
    blocks = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return _flat(blocks[:, None, :] + UNIT[None], edge).astype(np.int32)
