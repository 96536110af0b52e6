"""The compiled loop over atoms: each onto sixteen points of a periodic grid by cubic B-splines."""

from __future__ import annotations

from pathlib import Path

import numba
import numpy as np

from topotaxy.caching import use_compiled_code_folder

use_compiled_code_folder(Path(__file__).parent)


@numba.njit(cache=True)
def spread(places, strength, grid):  # type: ignore[no-untyped-def]
    """Add atoms to a grid (rows, columns) in place; ``places`` (n, 2) in its steps, ``strength`` (n,).

    Parameters
    ----------
    places : array (n, 2)
        In points of the grid.
    strength : array (n,)
        What each place adds in all, any unit.
    grid : array (rows, columns)
        Added to in place; it repeats along both axes.
    """
    rows, columns = grid.shape
    down, across = np.empty(4), np.empty(4)
    for k in range(len(places)):
        row, column = int(np.floor(places[k, 0])), int(np.floor(places[k, 1]))
        for part, weights in ((places[k, 0] - row, down), (places[k, 1] - column, across)):
            rest = 1.0 - part
            weights[0] = rest * rest * rest / 6.0
            weights[1] = (4.0 - 6.0 * part * part + 3.0 * part * part * part) / 6.0
            weights[2] = (4.0 - 6.0 * rest * rest + 3.0 * rest * rest * rest) / 6.0
            weights[3] = part * part * part / 6.0
        for i in range(4):
            at = (row + i - 1) % rows
            weight = down[i] * strength[k]
            for j in range(4):
                grid[at, (column + j - 1) % columns] += np.float32(weight * across[j])
