"""Exchange of a reduced atom with a cation that stays, in the product.

M0 and the cation lie on neighbouring octahedral holes of A2X and change places over the two
tetrahedra between them, one each. The cation replaces the alkali ions of these two, so that charge
is balanced beside it and both ways are open. A half turn about the axis through the tetrahedra
takes the start to the end, so that the second half of the way mirrors the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.potentials.bands import band, displacement_within
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.product import FORCE, NEIGHBOUR, STEPS, product
from topotaxy.energetics.potentials.relaxation import Relaxed, relax

WAY = (
    "M0 and {partner} on neighbouring octahedral holes of A2X change places over the two tetrahedra "
    "between them, whose alkali ions {partner} replaces; half of the way, the other half is its mirror image"
)

IMAGES = 3
"""Between the start and the stop half way."""

NEAR = 1.2
"""Å from its site within which an atom counts as on it, half the way from hole to tetrahedron in Na2O."""

OFF = 0.3
"""Å that both atoms start off their holes, away from each other: M0 nearer to the tetrahedra between
them falls into one at once."""

BETWEEN = 0.25
"""Height of the two tetrahedra over the middle of the holes, in lattice parameters."""


def exchange(potential: Potential, salt: Mapping[str, Any], *, metal: str, partner: str) -> dict[str, Any]:
    """Let M0 and a neighbouring cation change places; cell of A2X, fixed.

    The band leads from both on their holes to both on their tetrahedra, whose energy is ``stop``.
    ``away`` says how far (Å) the two relaxed from these places. The rest is as in
    :func:`.bands.band`; ``converged`` is False, with a ``reason``, also where an end does not relax
    or an atom leaves its place, so that there is nothing to exchange or no stop half way.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    salt : mapping
        Result of the relaxed antifluorite A2X, as :func:`~.potentials.frame.reference` returns it.
    metal : str
        Symbol of the reduced metal.
    partner : str
        Symbol of the cation that changes places with it.
    """
    cell, a, hole = product(salt)
    holes = np.array([hole, hole + a * NEIGHBOUR])
    over = hole + 0.5 * a * NEIGHBOUR
    tetrahedra = over + a * np.array([[0.0, 0.0, BETWEEN], [0.0, 0.0, -BETWEEN]])
    host = cell.copy()
    del host[[_nearest(cell, place) for place in tetrahedra]]
    apart = OFF * (holes - over) / np.linalg.norm(holes - over, axis=1, keepdims=True)
    start = _settled(host, potential, [metal, partner], holes + apart)
    stop = _settled(host, potential, [metal, partner], tetrahedra)
    away = {
        "start": _distances(host, start.atoms.positions[-2:] - holes),
        "stop": _distances(host, stop.atoms.positions[-2:] - tetrahedra),
    }
    outcome: dict[str, Any] = {
        "metal": metal,
        "partner": partner,
        "path": WAY.format(partner=partner),
        "images": IMAGES,
        "stop": stop.energy - start.energy,
        "away": away,
    }
    for name, end in (("start", start), ("stop", stop)):
        left = [
            f"{who} {far:.1f} Å" for who, far in zip((metal, partner), away[name], strict=True) if far > NEAR
        ]
        if left or not end.converged:
            why = f"leaves its place: {', '.join(left)}" if left else f"{end.force:.2f} eV/Å remain"
            reason = f"no {name} of the way, {why}; stop {outcome['stop']:.2f} eV above the start"
            return outcome | {"converged": False, "reason": reason}
    return outcome | band(potential, [start.atoms, stop.atoms], IMAGES)


def _nearest(cell: Any, place: NDArray[np.float64]) -> int:
    return int(np.argmin(_distances(cell, cell.positions - place)))


def _distances(cell: Any, offsets: NDArray[np.float64]) -> list[float]:
    lengths = np.linalg.norm(displacement_within(cell, offsets), axis=1)
    return [round(float(length), 3) for length in lengths]


def _settled(host: Any, potential: Potential, symbols: list[str], places: NDArray[np.float64]) -> Relaxed:
    from ase import Atoms

    return relax(host + Atoms(symbols, positions=places), potential, cell="fixed", fmax=FORCE, steps=STEPS)
