"""Representative rock-salt cells of a composition, for calculations with interatomic potentials.

A finite cell holds whole atoms and a handful of neighbours; it stands for the random crystal
where its pair counts equal those of the random crystal (special quasi-random structure,
Zunger et al., Phys. Rev. Lett. 65 (1990) 353, 10.1103/PhysRevLett.65.353). Several such cells
are averaged, because none is perfect.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.material import Composition, parse_formula

_EVEN_SHELLS = ((2, 1.0), (4, 0.5))
_ODD_SHELLS = ((1, 1.0),)

CELLS = 2
"""Conventional cells along an edge: 64 atoms."""

TRIALS = 4000
"""Exchanges tried; the mismatch of a 64-atom cell no longer falls after about 2000."""


@dataclass(frozen=True, kw_only=True)
class RockSaltCell:
    """Atoms of a cubic cell of ``cells``³ conventional rock-salt cells.

    Attributes
    ----------
    symbols:
        Element of each atom; cations first, then anions.
    fractional:
        Shape (atoms, 3): positions in units of the cell's edge.
    cells:
        Conventional cells along an edge.
    lattice_parameter:
        Å, of the conventional cell.
    seed:
        What the arrangement was drawn with.
    mismatch:
        Weighted root-mean-square deviation of the pair counts from the random crystal,
        relative to the number of pairs of the shell; 0 is ideal.
    """

    symbols: tuple[str, ...]
    fractional: NDArray[np.float64]
    cells: int
    lattice_parameter: float
    seed: int
    mismatch: float

    @property
    def cations(self) -> int:
        """Number of cation sites, which is that of the anion sites."""
        return len(self.symbols) // 2

    @property
    def positions(self) -> NDArray[np.float64]:
        """Shape (atoms, 3), Å."""
        return self.fractional * (self.cells * self.lattice_parameter)

    @property
    def formula(self) -> str:
        """Composition of the cell as it is, per cell."""
        counts = Counter(self.symbols)
        return "".join(f"{element}{n}" for element, n in counts.items())

    def sites(self, element: str) -> list[int]:
        """Indices of the cation sites that hold ``element``.

        Parameters
        ----------
        element : str
            Symbol of a cation.
        """
        return [i for i in range(self.cations) if self.symbols[i] == element]

    def anion_neighbours(self, site: int) -> dict[str, int]:
        """Elements of the six anions around a cation site, with their number.

        Parameters
        ----------
        site : int
            Index of a cation among the atoms of the cell.
        """
        grid = np.rint(self.fractional * 2 * self.cells).astype(int)
        squares = _squared_distances(grid[site : site + 1], grid[self.cations :], 2 * self.cells)[0]
        return dict(Counter(self.symbols[self.cations + j] for j in np.flatnonzero(squares == 1)))


def diagonal(direction: int) -> NDArray[np.float64]:
    """Return body diagonal 0 to 7 of the cube, entries ±1: from a cation to its tetrahedra.

    Parameters
    ----------
    direction : int
        Number of the diagonal, 0 to 7; 7 less it is the opposite one.
    """
    signs = [1.0 if direction >> axis & 1 else -1.0 for axis in range(3)]
    return np.array(signs)


def whole_counts(fractions: Mapping[str, float], sites: int, *, turn: int = 0) -> dict[str, int]:
    """Whole numbers of each element closest to ``fractions`` of ``sites`` (largest remainders).

    Ties go to the elements in turn, so that cells of different ``turn`` average to the
    fractions.

    Parameters
    ----------
    fractions : mapping of str to float
        Share of each element; they sum to one.
    sites : int
        Number of sites to be filled.
    turn : int
        Which element is first where remainders tie.
    """
    exact = {element: share * sites for element, share in fractions.items()}
    counts = {element: math.floor(n + 1e-9) for element, n in exact.items()}
    order = list(exact)
    order = order[turn % len(order) :] + order[: turn % len(order)]
    remainders = sorted(order, key=lambda el: -round(exact[el] - counts[el], 6))
    for element in remainders[: sites - sum(counts.values())]:
        counts[element] += 1
    return counts


def rock_salt_cell(
    composition: Composition, *, lattice_parameter: float, cells: int = 2, seed: int = 0
) -> RockSaltCell:
    """Build a cell whose pair counts are as close to random as exchanges bring them.

    ``cells`` = 2 gives 64 atoms. ``lattice_parameter`` in Å is where a relaxation starts.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    lattice_parameter : float
        Edge of a conventional cell, where a relaxation starts, Å.
    cells : int
        Conventional cells along an edge; 2 gives 64 atoms.
    seed : int
        Seed of the random arrangement.

    Raises
    ------
    InputError
        Where cations and anions are not equal in number, or an element of the formula
        would get no atom in the cell.
    """
    if not math.isclose(composition.cations_per_anion, 1.0, rel_tol=1e-3):
        raise InputError(
            f"{composition.formula} has {composition.cations_per_anion:.3g} cations per anion; "
            "a rock-salt cell without vacancies needs 1"
        )
    if cells < 2:
        raise InputError(f"expected at least 2 cells along an edge, got {cells}")
    grid, sublattice = _grid(cells)
    half = len(grid) // 2
    rng = np.random.default_rng(seed)
    symbols: list[str] = []
    for fractions in (composition.cation_fractions, composition.anion_fractions):
        counts = whole_counts(fractions, half, turn=seed)
        absent = [element for element, n in counts.items() if n == 0]
        if absent:
            raise InputError(
                f"{absent[0]} of {composition.formula} gets no atom among {half} sites; take larger cells"
            )
        drawn = np.array([element for element, n in counts.items() for _ in range(n)])
        symbols.extend(rng.permutation(drawn).tolist())
    arrangement, mismatch = _randomised(np.array(symbols), grid, sublattice, 2 * cells, rng)
    return RockSaltCell(
        symbols=tuple(arrangement.tolist()),
        fractional=grid / (2.0 * cells),
        cells=cells,
        lattice_parameter=lattice_parameter,
        seed=seed,
        mismatch=mismatch,
    )


@cache
def representative_cell(formula: str, cells: int, seed: int) -> RockSaltCell:
    """Return the arrangement of a formula with the lattice parameter 1: which site holds what.

    Parameters
    ----------
    formula : str
        Formula of the material.
    cells, seed : int
        Conventional cells along an edge, and seed of the random arrangement.
    """
    return rock_salt_cell(parse_formula(formula), lattice_parameter=1.0, cells=cells, seed=seed)


def _grid(cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Grid points (N, 3) in half lattice constants, cations first, and their sublattice 0 or 1."""
    axis = np.arange(2 * cells)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    parity = points.sum(axis=1) % 2
    order = np.argsort(parity, kind="stable")
    return points[order], parity[order]


def _squared_distances(a: NDArray[np.int64], b: NDArray[np.int64], edge: int) -> NDArray[np.int64]:
    offsets = np.abs(a[:, None, :] - b[None, :, :])
    offsets = np.minimum(offsets, edge - offsets)
    squares: NDArray[np.int64] = (offsets**2).sum(axis=-1)
    return squares


def _randomised(
    symbols: NDArray[np.str_],
    grid: NDArray[np.int64],
    sublattice: NDArray[np.int64],
    edge: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.str_], float]:
    """Exchange atoms of one sublattice while that brings the pair counts closer to random."""
    elements, codes = np.unique(symbols, return_inverse=True)
    squares = _squared_distances(grid, grid, edge)
    same = sublattice[:, None] == sublattice[None, :]
    shells = [((squares == d) & same, w) for d, w in _EVEN_SHELLS]
    shells += [((squares == d) & ~same, w) for d, w in _ODD_SHELLS]
    matrices = [(shell.astype(float), w) for shell, w in shells]
    mixed = [np.flatnonzero(sublattice == s) for s in (0, 1)]
    mixed = [sites for sites in mixed if len(set(codes[sites])) > 1]
    identity = np.eye(len(elements))
    targets = [_random_pairs(identity[codes], shell, sublattice) for shell, _ in matrices]

    def mismatch(trial: NDArray[np.int64]) -> float:
        hot = identity[trial]
        total = sum(
            w * float((((hot.T @ shell @ hot) - target) ** 2).sum()) / float(shell.sum()) ** 2
            for (shell, w), target in zip(matrices, targets, strict=True)
        )
        return math.sqrt(total / sum(w for _, w in matrices))

    best = mismatch(codes)
    for _ in range(TRIALS if mixed else 0):
        i, j = rng.choice(mixed[rng.integers(len(mixed))], 2, replace=False)
        if codes[i] == codes[j]:
            continue
        trial = codes.copy()
        trial[[i, j]] = trial[[j, i]]
        if (found := mismatch(trial)) <= best:
            codes, best = trial, found
    return elements[codes], best


def _random_pairs(
    hot: NDArray[np.float64], shell: NDArray[np.float64], sublattice: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Pair counts if every sublattice were random at its composition."""
    target = np.zeros((hot.shape[1], hot.shape[1]))
    for s in (0, 1):
        for t in (0, 1):
            pairs = shell[np.ix_(sublattice == s, sublattice == t)].sum()
            left = hot[sublattice == s].mean(axis=0)
            right = hot[sublattice == t].mean(axis=0)
            target += pairs * np.outer(left, right)
    return target
