"""Sites of the reactive lattice, who neighbours whom, and the regions of its frame.

Rock salt MX and antifluorite A2X share one fcc anion sublattice. On a periodic grid of
half lattice constants, points of even parity are anions and points of odd parity are
octahedral sites; the centres of the grid cubes are tetrahedral sites, two per anion.
"""

from __future__ import annotations

import math
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
    numbered region by region, so that what is near in the crystal is near in memory.

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
    grid (n, 3):
        Octahedral sites in half lattice parameters.
    site_at (8 cells³,):
        Octahedral site at a point of the grid, x slowest; -1 where there is an anion.
    region_of (n,):
        Region of the frame that an octahedral site belongs to.
    region_start (regions + 1,):
        First octahedral site of each region.
    region_neighbours (regions, 6):
        Regions that share a face; one of the full width of the box neighbours itself.
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
    grid: IntArray
    site_at: IntArray
    region_of: IntArray
    region_start: IntArray
    region_neighbours: IntArray

    @property
    def sites(self) -> int:
        """Number of octahedral sites, equal to the number of anions."""
        return len(self.octahedral_position)

    @property
    def regions(self) -> int:
        """Number of regions of the frame."""
        return len(self.region_neighbours)

    @property
    def region_sites(self) -> IntArray:
        """Octahedral sites of each region."""
        return np.diff(self.region_start)


def block_edge(cells: int) -> int:
    """Return the edge, in cells, of the regions of a box that asks for none.

    Parameters
    ----------
    cells : int
        Conventional cells along the edge of the box.
    """
    return min(2, cells)


def geometry_from_cells(cells: int, block: int | None = None) -> Geometry:
    """Build the box.

    Parameters
    ----------
    cells : int
        Conventional cells along an edge, at least 2, so that no site neighbours itself.
    block : int, optional
        Edge of the regions of the frame, in cells, about; 2 by default. An edge that it does not divide is
        cut into pieces that differ by one cell at most.
    """
    if cells < 2:
        raise ValueError(f"a periodic box needs at least 2 cells per edge, got {cells}")
    block = block_edge(cells) if block is None else block
    if not 1 <= block <= cells:
        raise ValueError(f"regions of {block} cells do not fit into a box of {cells}")
    edge, pieces = 2 * cells, cells // block
    # Piece of each cell along an edge, in whole numbers.
    piece = np.arange(cells) * pieces // cells
    grid = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    grid = grid[np.argsort(_flat(piece[grid // 2], pieces), kind="stable")]
    even = grid.sum(axis=1) % 2 == 0
    anions, octahedra, cubes = grid[even], grid[~even], grid
    point_index = np.empty(edge**3, dtype=np.int32)
    point_index[_flat(anions, edge)] = np.arange(len(anions))
    point_index[_flat(octahedra, edge)] = np.arange(len(octahedra))
    site_at = np.full(edge**3, -1, dtype=np.int32)
    site_at[_flat(octahedra, edge)] = np.arange(len(octahedra))
    cube_index = np.empty(edge**3, dtype=np.int32)
    cube_index[_flat(cubes, edge)] = np.arange(len(cubes))

    def neighbours(centres: NDArray[np.int64], offsets: NDArray[np.int64], index: IntArray) -> IntArray:
        return np.ascontiguousarray(index[_flat(centres[:, None, :] + offsets[None], edge)])

    corners = cubes[:, None, :] + CORNERS[None]
    corner_is_anion = corners.sum(axis=2) % 2 == 0
    corner_index = point_index[_flat(corners, edge)]
    region_of = _flat(piece[octahedra // 2], pieces).astype(np.int32)
    return Geometry(
        cells=cells,
        anion_position=anions / 2.0,
        octahedral_position=octahedra / 2.0,
        tetrahedral_position=cubes / 2.0 + 0.25,
        octahedral_anions=neighbours(octahedra, UNIT, point_index),
        octahedral_tetrahedra=neighbours(octahedra, -CORNERS, cube_index),
        octahedral_octahedra=neighbours(octahedra, FCC, point_index),
        tetrahedral_anions=corner_index[corner_is_anion].reshape(-1, 4),
        tetrahedral_octahedra=corner_index[~corner_is_anion].reshape(-1, 4),
        tetrahedral_tetrahedra=neighbours(cubes, UNIT, cube_index),
        anion_octahedra=neighbours(anions, UNIT, point_index),
        anion_tetrahedra=neighbours(anions, -CORNERS, cube_index),
        grid=octahedra.astype(np.int32),
        site_at=site_at,
        region_of=region_of,
        region_start=np.searchsorted(region_of, np.arange(pieces**3 + 1)).astype(np.int32),
        region_neighbours=_region_neighbours(pieces),
    )


def sites_around(square: int) -> IntArray:
    """Offsets between octahedral sites, in half lattice parameters, whose square is at most ``square``.

    Nearest first; shape (number, 3), the site itself among them; in the same order everywhere.

    Parameters
    ----------
    square : int
        Square of the longest separation, in half lattice parameters.
    """
    reach = math.isqrt(square)
    span = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(span, span, span, indexing="ij"), axis=-1).reshape(-1, 3)
    squared = (offsets**2).sum(axis=1)
    kept = (squared % 2 == 0) & (squared <= square)
    ordered: IntArray = offsets[kept][np.argsort(squared[kept], kind="stable")].astype(np.int32)
    return ordered


def _flat(points: NDArray[np.int64], edge: int) -> NDArray[np.int64]:
    """Index of grid points in a periodic cube of ``edge`` points."""
    wrapped = points % edge
    flat: NDArray[np.int64] = (wrapped[..., 0] * edge + wrapped[..., 1]) * edge + wrapped[..., 2]
    return flat


def _region_neighbours(edge: int) -> IntArray:
    regions = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return _flat(regions[:, None, :] + UNIT[None], edge).astype(np.int32)
