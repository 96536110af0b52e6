"""Barriers of a reduced atom in the product by climbing nudged elastic band.

Henkelman, Uberuaga and Jónsson, J. Chem. Phys. 113 (2000) 9901, 10.1063/1.1329672.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.product import NEIGHBOUR, product
from topotaxy.energetics.potentials.relaxation import atoms_of, corrected_energy, relax

Path = Literal["direct", "tetrahedron"]

PATHS: dict[str, str] = {
    "direct": "M0 from one octahedral hole of A2X to the next, straight between two alkali ions",
    "tetrahedron": "M0 from one octahedral hole of A2X to the next over a tetrahedron, whose alkali ion "
    "steps aside into a third hole and comes back",
}
"""By name; with every tetrahedron taken, the way over one of them pushes its alkali ion out."""

IMAGES = {"direct": 5, "tetrahedron": 3}
"""Between the ends of a band; the way over a tetrahedron is two bands, one the mirror of the other."""

FORCE = 0.15
STEPS = 90
CLIMB_AFTER = 25
"""Steps before the highest image climbs; a band that climbs from its guess folds."""

METHOD = "improvedtangent"
"""Henkelman and Jónsson, J. Chem. Phys. 113 (2000) 9978, 10.1063/1.1323224."""

SPRING = 1.0
"""eV/Å²."""

APART = 0.7
"""Å between M0 at an end and at the stop half way, for the stop to be one."""


def barrier(
    potential: Potential, salt: Mapping[str, Any], single: Mapping[str, Any], *, path: Path
) -> dict[str, Any]:
    """Move a lone M0 to the nearest other hole of A2X and return the band; cell fixed.

    Both ends are one minimum, the second shifted by a lattice vector of the anions, so that
    forward and backward barrier are equal by construction. Over the tetrahedron the band ends
    at the minimum half way, whose energy is ``stop``. ``profile`` is the energy (eV) of
    each image, ends included, against the first; ``converged`` is False, with a ``reason``,
    where there is no stop half way or the band did not come to rest.
    """
    cell, a, hole = product(salt)
    first = atoms_of(single["structure"])
    last = _shifted(first, cell, a * NEIGHBOUR)
    outcome = {"metal": single["metal"], "path": PATHS[path], "images": IMAGES[path]}
    if path == "direct":
        return outcome | _band(potential, first, last, IMAGES[path])
    stop = relax(_aside(first, last, cell, a, hole), potential, cell="fixed", fmax=0.05, steps=200)
    places = [atoms.positions[-1:] for atoms in (first, stop.atoms, last)]
    inverse = np.linalg.inv(cell.cell.array)
    ways = [float(np.linalg.norm(_wrapped(places[1] - end, cell, inverse))) for end in (places[0], places[2])]
    height = stop.energy - float(single["energy_change"]) - float(single["host_energy"])
    outcome |= {"stop": height, "stop_apart": ways}
    if not stop.converged or min(ways) < APART:
        why = "did not relax" if not stop.converged else f"falls back to {min(ways):.1f} Å from an end"
        return outcome | {
            "converged": False,
            "reason": f"M0 put on the tetrahedron {why}, at {height:.2f} eV",
        }
    return outcome | _band(potential, first, stop.atoms, IMAGES[path])


def _shifted(relaxed: Any, cell: Any, vector: NDArray[np.float64]) -> Any:
    """Move M0 and the distortion around it by ``vector``; every other atom keeps its own site."""
    inverse = np.linalg.inv(cell.cell.array)
    distortion = _wrapped(relaxed.positions[: len(cell)] - cell.positions, cell, inverse)
    shifted = relaxed.copy()
    symbols = cell.get_chemical_symbols()
    for i in range(len(cell)):
        apart = _wrapped(cell.positions - (cell.positions[i] - vector), cell, inverse)
        j = int(np.argmin(np.linalg.norm(apart, axis=1)))
        if symbols[i] != symbols[j]:
            raise ValueError("the vector is no lattice vector of the anions")
        shifted.positions[i] = cell.positions[i] + distortion[j]
    shifted.positions[len(cell) :] += vector
    return shifted


def _wrapped(offsets: NDArray[np.float64], cell: Any, inverse: NDArray[np.float64]) -> NDArray[np.float64]:
    wrapped: NDArray[np.float64] = offsets - np.rint(offsets @ inverse) @ cell.cell.array
    return wrapped


def _aside(first: Any, last: Any, cell: Any, a: float, hole: NDArray[np.float64]) -> Any:
    """Half way over a tetrahedron: M0 on the alkali's site, the alkali in a third hole."""
    inverse = np.linalg.inv(cell.cell.array)
    place = hole + 0.25 * a * np.array([1.0, 1.0, 1.0])
    site = int(np.argmin(np.linalg.norm(_wrapped(cell.positions - place, cell, inverse), axis=1)))
    middle = first.copy()
    middle.positions[: len(cell)] = 0.5 * (
        first.positions[: len(cell)]
        + first.positions[: len(cell)]
        + _wrapped(last.positions[: len(cell)] - first.positions[: len(cell)], cell, inverse)
    )
    middle.positions[len(cell)] = place
    # The tetrahedron touches four holes: where M0 comes from, where it goes, and two others.
    middle.positions[site] = hole + a * np.array([0.5, 0.0, 0.5])
    return middle


def _band(potential: Potential, first: Any, last: Any, number: int) -> dict[str, Any]:
    from ase.mep import NEB
    from ase.optimize import FIRE

    images = [first.copy() for _ in range(number + 1)] + [last.copy()]
    NEB(images, method=METHOD).interpolate(method="idpp", mic=True)
    for image in images:
        image.calc = potential.calculator()
    band = NEB(images, climb=False, k=SPRING, method=METHOD, allow_shared_calculator=True)
    FIRE(band, logfile=None).run(fmax=FORCE, steps=CLIMB_AFTER)
    band.climb = True
    optimiser = FIRE(band, logfile=None)
    converged = bool(optimiser.run(fmax=FORCE, steps=STEPS))
    force = float(np.sqrt((band.get_forces() ** 2).sum(axis=1).max()))
    energies = np.array([corrected_energy(image, potential) for image in images])
    profile = energies - energies[0]
    outcome = {
        "profile": [round(float(e), 4) for e in profile],
        "barrier": float(profile.max()),
        "end_difference": float(profile[-1]),
        "steps": CLIMB_AFTER + int(optimiser.nsteps),
        "force": force,
        "converged": converged,
    }
    if not converged:
        outcome["reason"] = (
            f"band not at rest after {outcome['steps']} steps: {force:.2f} eV/Å remain, "
            f"highest image {profile.max():.2f} eV"
        )
    return outcome
