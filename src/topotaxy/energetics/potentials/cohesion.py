"""How reduced metal is embedded and bonds in the frame, against the strain of the frame.

In a binary, where only one metal can take the electrons: energies of the frame with no, one
and two neighbouring cations reduced in place, at fixed cell, ions relaxed. (Metal on the sites
of an ideal antifluorite frame gives nothing useful: unrelaxed, its embedding energy is 5 to
20 eV, outside what the potentials know.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from topotaxy.energetics.potentials.displacement import FORCE, STEPS, vacated
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import atoms_of, relax

DIAGONAL = np.array([1.0, -1.0, 1.0])
"""Of the alkali pair of both sites; perpendicular to the way [110] from one to the other, so
that the pairs share no tetrahedron."""

NEIGHBOUR = np.array([0.5, 0.5, 0.0])
"""From the first site to the second, in units of a."""


def cohesion(potential: Potential, host: Mapping[str, Any], *, ion: str, strain: float) -> dict[str, Any]:
    """Return energies (eV) at one linear strain of the frame; the site is the first cation.

    ``host``: no cation reduced; ``left``: one reduced in place; ``left_other``: the same by
    symmetry; ``removed``: one taken out; ``pair``: two neighbours reduced. ``converged`` is
    whether all relaxations were.
    """
    frame = atoms_of(host["structure"])
    a = frame.cell.array[0, 0] / host["cells"]
    half = 0.25 * a * DIAGONAL
    site = 0
    aim = frame.positions[site] + a * NEIGHBOUR
    offsets = frame.positions - aim
    offsets -= np.rint(offsets @ np.linalg.inv(frame.cell.array)) @ frame.cell.array
    other = int(np.argmin(np.linalg.norm(offsets, axis=1)))
    left = vacated(frame, site, ion, "left", half)
    starts = {
        "host": frame,
        "left": left,
        "removed": vacated(frame, site, ion, "removed", half),
        "pair": vacated(left, other, ion, "left", half),
    }
    cell = frame.cell.array * (1.0 + strain)
    energies: dict[str, Any] = {}
    converged = True
    for name, start in starts.items():
        start.set_cell(cell, scale_atoms=True)
        done = relax(start, potential, cell="fixed", fmax=FORCE, steps=STEPS)
        energies[name] = done.energy
        converged &= done.converged
    return energies | {
        "left_other": energies["left"],
        "metal": frame.symbols[site],
        "strain": strain,
        "converged": converged,
    }
