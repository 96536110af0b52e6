"""Geometry of (001) slabs: layers on a square net, and a common in-plane cell of two crystals.

Rock salt, fcc metal and antifluorite all have square (001) nets with one anion or one metal atom a
node, of side a/√2. A cell of one net with edge vectors (m, n) and (-n, m) holds N = m² + n² nodes;
two crystals share a cell where √N₁ times the side of the one is nearly √N₂ times that of the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Crystal = Literal["rocksalt", "fcc", "antifluorite"]

LAYERS = 4
"""(001) layers of each crystal: two of its lattice parameters."""

LARGEST_STRAIN = 0.032
"""Linear strain up to which a crystal may be fitted to the other's net; its energy is taken off."""

LARGEST_CELL = 180
"""Atoms of the two slabs together."""

ATOMS_PER_NODE: dict[Crystal, int] = {"rocksalt": 2, "fcc": 1, "antifluorite": 3}


@dataclass(frozen=True, kw_only=True)
class Coincidence:
    """A common cell: edge vectors of either net in its own sides, and the strain of the second."""

    first: tuple[int, int]
    second: tuple[int, int]
    strain: float

    @property
    def nodes(self) -> tuple[int, int]:
        """Nodes of the two nets in one layer of the cell."""
        return _nodes(self.first), _nodes(self.second)


def _nodes(vector: tuple[int, int]) -> int:
    return vector[0] ** 2 + vector[1] ** 2


def coincidence(
    side: tuple[float, float], crystals: tuple[Crystal, Crystal], *, smallest: int = 4
) -> Coincidence | None:
    """Return the common cell with the fewest atoms in which the second net is strained little enough.

    None where no cell within :data:`LARGEST_CELL` atoms is strained by less than :data:`LARGEST_STRAIN`.

    Parameters
    ----------
    side : tuple of float
        Sides of the two nets, Å; the first stays as it is.
    crystals : tuple of str
        Kind of either crystal: ``rocksalt``, ``fcc`` or ``antifluorite``.
    smallest : int
        Least number of nodes of either net: fewer leave the atoms at the interface no freedom.
    """
    vectors = [(m, n) for m in range(1, 8) for n in range(m + 1) if _nodes((m, n)) >= smallest]
    per_node = [LAYERS * ATOMS_PER_NODE[crystal] for crystal in crystals]
    found: list[tuple[int, float, Coincidence]] = []
    for one in vectors:
        for other in vectors:
            strain = side[0] * math.sqrt(_nodes(one)) / (side[1] * math.sqrt(_nodes(other))) - 1.0
            atoms = per_node[0] * _nodes(one) + per_node[1] * _nodes(other)
            if abs(strain) <= LARGEST_STRAIN and atoms <= LARGEST_CELL:
                found.append((atoms, abs(strain), Coincidence(first=one, second=other, strain=strain)))
    return min(found, key=lambda entry: entry[:2])[2] if found else None


def net(vector: tuple[int, int], edge: float, offset: tuple[float, float]) -> NDArray[np.float64]:
    """Positions (N, 2), Å, of the nodes of one net, shifted by ``offset`` of its sides, in a square cell.

    Parameters
    ----------
    vector : tuple of int
        Edge of the square cell, in sides of the net: (m, n) makes m² + n² nodes.
    edge : float
        Edge of the square in-plane cell, Å.
    offset : tuple of float
        Shift of the nodes along the two sides of the net, as shares of them.
    """
    m, n = vector
    size = _nodes(vector)
    steps = range(-m - n, m + n + 1)
    points = np.array([(i, j) for i in steps for j in steps], float)
    # Coordinates along the edge vectors (m, n) and (-n, m).
    along = (
        np.stack([points[:, 0] * m + points[:, 1] * n, -points[:, 0] * n + points[:, 1] * m], axis=1) / size
    )
    inside = points[np.all((along > -1e-9) & (along < 1.0 - 1e-9), axis=1)] + np.array(offset)
    across = (
        np.stack([inside[:, 0] * m + inside[:, 1] * n, -inside[:, 0] * n + inside[:, 1] * m], axis=1) / size
    )
    positions: NDArray[np.float64] = np.mod(across, 1.0) * edge
    return positions


CORNER, CENTRE, SIDES = (0.0, 0.0), (0.5, 0.5), ((0.5, 0.0), (0.0, 0.5))


def rock_salt_slab(
    vector: tuple[int, int], edge: float, height: float, cations: list[str], anion: list[str]
) -> Any:
    """Return the layers of a rock salt as periodic bulk; ``cations`` and ``anion`` fill its sites in order.

    ``height`` (Å) is that of one layer; the cell is :data:`LAYERS` of them high.

    Parameters
    ----------
    vector : tuple of int
        Edge of the square cell, in sides of the net: (m, n) makes m² + n² nodes.
    edge : float
        Edge of the square in-plane cell, Å.
    height : float
        Height of one layer, Å.
    cations : list of str
        Symbols of the cations in the order of the sites.
    anion : list of str
        Symbols of the anions in the order of the sites.
    """
    symbols: list[str] = []
    rows: list[NDArray[np.float64]] = []
    size = _nodes(vector)
    for layer in range(LAYERS):
        at = slice(layer * size, (layer + 1) * size)
        for names, offset in (
            (anion[at], CORNER if layer % 2 == 0 else CENTRE),
            (cations[at], CENTRE if layer % 2 == 0 else CORNER),
        ):
            symbols += names
            rows.append(_at_height(net(vector, edge, offset), layer * height))
    return _bulk(symbols, rows, edge, LAYERS * height)


def fcc_slab(vector: tuple[int, int], edge: float, height: float, metal: str) -> Any:
    """Return the layers of an fcc metal as periodic bulk.

    Parameters
    ----------
    vector : tuple of int
        Edge of the square cell, in sides of the net: (m, n) makes m² + n² nodes.
    edge : float
        Edge of the square in-plane cell, Å.
    height : float
        Height of one layer, Å.
    metal : str
        Symbol of the reduced metal.
    """
    rows = [
        _at_height(net(vector, edge, CORNER if layer % 2 == 0 else CENTRE), layer * height)
        for layer in range(LAYERS)
    ]
    return _bulk([metal] * (LAYERS * _nodes(vector)), rows, edge, LAYERS * height)


def antifluorite_slab(vector: tuple[int, int], edge: float, height: float, ion: str, anion: str) -> Any:
    """Return the layers of an antifluorite as periodic bulk, cut through a plane of alkali ions.

    An anion plane and the plane of two alkali ions above it carry opposite charge: cut between
    them, a slab is polar. Cut through a plane of alkali ions, with half of them on either side,
    it is neutral, has no dipole and keeps its composition. The ions of the cut plane are those
    listed last, in turn for the lower and the upper side; see :func:`opened`.

    Parameters
    ----------
    vector : tuple of int
        Edge of the square cell, in sides of the net: (m, n) makes m² + n² nodes.
    edge : float
        Edge of the square in-plane cell, Å.
    height : float
        Height of one layer, Å.
    ion : str
        The alkali metal: Li, Na or K.
    anion : str
        Symbol of the anion.
    """
    size = _nodes(vector)
    symbols: list[str] = []
    rows: list[NDArray[np.float64]] = []
    for layer in range(LAYERS):
        symbols += [anion] * size
        rows.append(
            _at_height(net(vector, edge, CORNER if layer % 2 == 0 else CENTRE), (layer + 0.5) * height)
        )
    for layer in (*range(1, LAYERS), 0):
        symbols += [ion] * (2 * size)
        plane = np.concatenate([net(vector, edge, offset) for offset in SIDES])
        if layer == 0:
            plane = plane[spread_order(plane, edge)]
        rows.append(_at_height(plane, layer * height))
    return _bulk(symbols, rows, edge, LAYERS * height)


def spread_order(plane: NDArray[np.float64], edge: float) -> NDArray[np.int64]:
    """Order in which every second point, 0, 2, 4 and so on, lies as far as possible from the others.

    The farthest point first, one after the other; so a half of a plane is spread over it.

    Parameters
    ----------
    plane : array, shape (N, 2)
        Positions in the plane of a periodic square cell, Å.
    edge : float
        Edge of the square in-plane cell, Å.
    """
    offsets = plane[:, None, :] - plane[None, :, :]
    offsets -= edge * np.rint(offsets / edge)
    near = 1.0 / (np.linalg.norm(offsets, axis=-1) + np.eye(len(plane)) * 1e9) ** 2
    chosen = [0]
    while len(chosen) < len(plane) // 2:
        crowding = near[:, chosen].sum(axis=1)
        crowding[chosen] = np.inf
        chosen.append(int(np.argmin(np.round(crowding, 9))))
    rest = [i for i in range(len(plane)) if i not in chosen]
    return np.array([i for pair in zip(chosen, rest, strict=True) for i in pair])


def opened(slab: Any, crystal: Crystal) -> Any:
    """Return the slab with its cut plane shared between its two faces; others have none to share.

    Parameters
    ----------
    slab : ase.Atoms
        Layers of one crystal, in a cell with the edge across them last.
    crystal : str
        ``rocksalt``, ``fcc`` or ``antifluorite``.
    """
    split = slab.copy()
    if crystal != "antifluorite":
        return split
    size = 2 * len(slab) // (3 * LAYERS)
    height = slab.cell.array[2, 2] / LAYERS
    first = len(slab) - size
    split.positions[first + 1 :: 2, 2] += LAYERS * height
    return split


def thickness(slab: Any) -> tuple[float, float]:
    """Lowest and highest plane of an opened slab, Å.

    Parameters
    ----------
    slab : ase.Atoms
        Layers of one crystal, in a cell with the edge across them last.
    """
    return float(slab.positions[:, 2].min()), float(slab.positions[:, 2].max())


def stacked(lower: Any, upper: Any, gap: float) -> Any:
    """Put two opened slabs on each other, the same gap (Å) between planes at both interfaces.

    Parameters
    ----------
    lower : ase.Atoms
        Slab as :func:`opened` returns it; lies below.
    upper : ase.Atoms
        Slab as :func:`opened` returns it; lies above.
    gap : float
        Distance of the two planes at each interface, Å.
    """
    low, high = thickness(lower)
    start, end = thickness(upper)
    both = lower.copy()
    raised = upper.copy()
    raised.positions[:, 2] += high + gap - start
    both += raised
    cell = both.cell.array.copy()
    cell[2, 2] = (high - low) + (end - start) + 2.0 * gap
    both.set_cell(cell, scale_atoms=False)
    return both


def in_vacuum(slab: Any, vacuum: float) -> Any:
    """Return an opened slab with ``vacuum`` (Å) between its faces.

    Parameters
    ----------
    slab : ase.Atoms
        Layers of one crystal, in a cell with the edge across them last.
    vacuum : float
        Distance between the faces of the slab, Å.
    """
    free = slab.copy()
    low, high = thickness(free)
    cell = free.cell.array.copy()
    cell[2, 2] = high - low + vacuum
    free.set_cell(cell, scale_atoms=False)
    return free


def _at_height(plane: NDArray[np.float64], z: float) -> NDArray[np.float64]:
    return np.column_stack([plane, np.full(len(plane), z)])


def _bulk(symbols: list[str], rows: list[NDArray[np.float64]], edge: float, height: float) -> Any:
    from ase import Atoms

    return Atoms(symbols, positions=np.concatenate(rows), cell=[edge, edge, height], pbc=True)
