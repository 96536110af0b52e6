"""Barriers of a reduced atom that moves alone from hole to hole of the product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.potentials.bands import band, displacement_within, moved
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.product import NEIGHBOUR, product
from topotaxy.energetics.potentials.relaxation import atoms_of, relax

Path = Literal["direct", "tetrahedron"]

PATHS: dict[str, str] = {
    "direct": "M0 from one octahedral hole of A2X to the next, straight between two alkali ions",
    "tetrahedron": "M0 from one octahedral hole of A2X to the next over a tetrahedron, whose alkali ion "
    "steps aside into a third hole and comes back",
}
"""By name; with every tetrahedron taken, the way over one of them pushes its alkali ion out."""

IMAGES = {"direct": 5, "tetrahedron": 3}
"""Between the ends of a band; the way over a tetrahedron is two bands, one the mirror of the other."""

APART = 0.7
"""Å between M0 at an end and at the stop half way, for the stop to be one."""


def barrier(
    potential: Potential, salt: Mapping[str, Any], single: Mapping[str, Any], *, path: Path
) -> dict[str, Any]:
    """Move a lone M0 to the nearest other hole of A2X and return the band; cell fixed.

    Both ends are one minimum, the second shifted by a lattice vector of the anions, so that
    forward and backward barrier are equal by construction. Over the tetrahedron the band ends
    at the minimum half way, whose energy is ``stop``. The rest is as in :func:`.bands.band`;
    ``converged`` is False, with a ``reason``, also where there is no stop half way.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    salt : mapping
        Result of the relaxed antifluorite A2X, as :func:`~.potentials.frame.reference` returns it.
    single : mapping
        Outcome of :func:`~topotaxy.energetics.potentials.product.embedding`.
    path : str
        ``direct``, or ``tetrahedron``, by the tetrahedron between the two holes.
    """
    cell, a, hole = product(salt)
    first = atoms_of(single["structure"])
    last = moved(first, cell, a * NEIGHBOUR)
    outcome = {"metal": single["metal"], "path": PATHS[path], "images": IMAGES[path]}
    if path == "direct":
        return outcome | band(potential, [first, last], IMAGES[path])
    stop = relax(_aside(first, last, cell, a, hole), potential, cell="fixed", fmax=0.05, steps=200)
    places = [atoms.positions[-1:] for atoms in (first, stop.atoms, last)]
    ways = [
        float(np.linalg.norm(displacement_within(cell, places[1] - end))) for end in (places[0], places[2])
    ]
    height = stop.energy - float(single["energy_change"]) - float(single["host_energy"])
    outcome |= {"stop": height, "stop_apart": ways}
    if not stop.converged or min(ways) < APART:
        why = "did not relax" if not stop.converged else f"falls back to {min(ways):.1f} Å from an end"
        return outcome | {
            "converged": False,
            "reason": f"M0 put on the tetrahedron {why}, at {height:.2f} eV",
        }
    return outcome | band(potential, [first, stop.atoms], IMAGES[path])


def _aside(first: Any, last: Any, cell: Any, a: float, hole: NDArray[np.float64]) -> Any:
    """Half way over a tetrahedron: M0 on the alkali's site, the alkali in a third hole."""
    place = hole + 0.25 * a * np.array([1.0, 1.0, 1.0])
    site = int(np.argmin(np.linalg.norm(displacement_within(cell, cell.positions - place), axis=1)))
    middle = first.copy()
    middle.positions[: len(cell)] = 0.5 * (
        first.positions[: len(cell)]
        + first.positions[: len(cell)]
        + displacement_within(cell, last.positions[: len(cell)] - first.positions[: len(cell)])
    )
    middle.positions[len(cell)] = place
    # The tetrahedron touches four holes: where M0 comes from, where it goes, and two others.
    middle.positions[site] = hole + a * np.array([0.5, 0.0, 0.5])
    return middle
