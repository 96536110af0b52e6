"""The compiled loop over pairs: cells, half of the cells around each, and the atoms in both."""

from __future__ import annotations

from pathlib import Path

import numba
import numpy as np

from topotaxy.caching import use_compiled_code_folder

use_compiled_code_folder(Path(__file__).parent)


@numba.njit(parallel=True, cache=True)
def counted(places, codes, first, shape, offsets, box, periodic, reach, per_step, kinds, bins, parts):  # type: ignore[no-untyped-def]
    """Histogram of each part of the cells, (parts, kinds * kinds * bins): each pair once.

    Parameters
    ----------
    places : array (n, 3)
        Å, in the order of the cells.
    codes : array of int (n,)
        Kind of each atom, below ``kinds``.
    first, shape : arrays of int (cells + 1,), (3,)
        First atom of each cell, and cells along the edges.
    offsets : array of int (m, 3)
        Half of the steps between cells, the step of none first.
    box : array (3, 3)
        Rows are the edges, Å.
    periodic : array of bool (3,)
        Whether the box repeats along each edge.
    reach : float
        Largest distance that is counted, Å.
    per_step : float
        Bins per Å; ``reach`` times it has to stay below ``bins``.
    kinds, bins, parts : int
        Kinds of atoms, bins of distance, and parts that are counted side by side.
    """
    found = np.zeros((parts, kinds * kinds * bins), dtype=np.int64)
    cells = shape[0] * shape[1] * shape[2]
    most = reach * reach
    for part in numba.prange(parts):
        counts = found[part]
        for cell in range(cells * part // parts, cells * (part + 1) // parts):
            at_x, rest = cell // (shape[1] * shape[2]), cell % (shape[1] * shape[2])
            at_y, at_z = rest // shape[2], rest % shape[2]
            for k in range(len(offsets)):
                x, y, z = at_x + offsets[k, 0], at_y + offsets[k, 1], at_z + offsets[k, 2]
                turn_x, turn_y, turn_z = x // shape[0], y // shape[1], z // shape[2]
                if (
                    (turn_x != 0 and not periodic[0])
                    or (turn_y != 0 and not periodic[1])
                    or (turn_z != 0 and not periodic[2])
                ):
                    continue
                other = ((x - turn_x * shape[0]) * shape[1] + y - turn_y * shape[1]) * shape[2]
                other += z - turn_z * shape[2]
                shift_x = turn_x * box[0, 0] + turn_y * box[1, 0] + turn_z * box[2, 0]
                shift_y = turn_x * box[0, 1] + turn_y * box[1, 1] + turn_z * box[2, 1]
                shift_z = turn_x * box[0, 2] + turn_y * box[1, 2] + turn_z * box[2, 2]
                for i in range(first[cell], first[cell + 1]):
                    here_x = places[i, 0] - shift_x
                    here_y = places[i, 1] - shift_y
                    here_z = places[i, 2] - shift_z
                    row = codes[i] * kinds
                    start = i + 1 if k == 0 else first[other]
                    for j in range(start, first[other + 1]):
                        apart_x = places[j, 0] - here_x
                        apart_y = places[j, 1] - here_y
                        apart_z = places[j, 2] - here_z
                        square = apart_x * apart_x + apart_y * apart_y + apart_z * apart_z
                        if square < most:
                            counts[(row + codes[j]) * bins + int(np.sqrt(square) * per_step)] += 1
    return found
