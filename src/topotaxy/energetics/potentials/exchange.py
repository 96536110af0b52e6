"""Exchange of a reduced atom with a cation that stays, in the product.

M0 and the cation lie on neighbouring octahedral holes of A2X; the cation has replaced the two
alkali ions of the tetrahedra that both holes share, so that charge is balanced and the two ways
between the holes are open: one for either atom. A half turn about the axis through the two
tetrahedra takes the start to the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.potentials.bands import band, displacement_within, moved
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.product import FORCE, NEIGHBOUR, STEPS, product
from topotaxy.energetics.potentials.relaxation import Relaxed, relax

WAY = (
    "M0 and {partner} on neighbouring octahedral holes of A2X change places over the two tetrahedra "
    "between them, whose alkali ions {partner} replaces"
)

IMAGES = 5
"""Between the ends, the one half way included."""

NEAR = 0.9
"""Å from its site within which an atom at an end counts as on it, about half the way to a tetrahedron."""

OFF = 0.1
"""Å that both atoms start off their holes, towards their own tetrahedra."""


def exchange(potential: Potential, salt: Mapping[str, Any], *, metal: str, partner: str) -> dict[str, Any]:
    """Let M0 and a neighbouring cation change places; cell of A2X, fixed.

    ``ends`` says how far (Å) the two lie from their holes where the band starts. The rest is as in
    :func:`.bands.band`; ``converged`` is False, with a ``reason``, also where the start does not
    relax or an atom leaves its hole, so that there is nothing to exchange.
    """
    cell, a, hole = product(salt)
    holes = [hole, hole + a * NEIGHBOUR]
    tetrahedra = [hole + 0.25 * a * np.array([1.0, 1.0, z]) for z in (1.0, -1.0)]
    host = _without(cell, tetrahedra)
    towards = [OFF * (t - h) / np.linalg.norm(t - h) for h, t in zip(holes, tetrahedra, strict=True)]
    start = _settled(host, potential, [metal, partner], [h + d for h, d in zip(holes, towards, strict=True)])
    ends = [
        float(np.linalg.norm(displacement_within(host, (place - site)[None])))
        for place, site in zip(start.atoms.positions[len(host) :], holes, strict=True)
    ]
    outcome: dict[str, Any] = {
        "metal": metal,
        "partner": partner,
        "path": WAY.format(partner=partner),
        "images": IMAGES,
        "ends": [round(end, 3) for end in ends],
    }
    if not start.converged or max(ends) > NEAR:
        who = metal if ends[0] > NEAR else partner
        why = (
            f"{who} leaves its hole by {max(ends):.1f} Å" if max(ends) > NEAR else "the start does not relax"
        )
        return outcome | {"converged": False, "reason": f"no start of an exchange: {why}"}
    turn = np.diag([-1.0, -1.0, 1.0])
    centre = hole + 0.5 * a * NEIGHBOUR
    last = moved(start.atoms, host, rotation=turn, shift=centre - turn @ centre)
    middle = start.atoms.copy()
    middle.positions[len(host) :] = tetrahedra
    half_way = 0.5 * displacement_within(
        host, last.positions[: len(host)] - start.atoms.positions[: len(host)]
    )
    middle.positions[: len(host)] += half_way
    return outcome | band(potential, [start.atoms, middle, last], IMAGES, mirrored=True)


def _without(cell: Any, places: list[NDArray[np.float64]]) -> Any:
    """Return the cell without the atoms at ``places``."""
    gone = [
        int(np.argmin(np.linalg.norm(displacement_within(cell, cell.positions - place), axis=1)))
        for place in places
    ]
    left = cell.copy()
    del left[gone]
    return left


def _settled(
    host: Any, potential: Potential, symbols: list[str], places: list[NDArray[np.float64]]
) -> Relaxed:
    from ase import Atoms

    return relax(
        host + Atoms(symbols, positions=np.array(places)), potential, cell="fixed", fmax=FORCE, steps=STEPS
    )
