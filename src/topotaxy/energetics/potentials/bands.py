"""Climbing nudged elastic bands, and structures shifted along their crystal.

Henkelman, Uberuaga and Jónsson, J. Chem. Phys. 113 (2000) 9901, 10.1063/1.1329672.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import corrected_energy, structure_document

FORCE = 0.15
STEPS = 90
CLIMB_AFTER = 25
"""Steps before the highest image climbs; a band that climbs from its guess folds."""

METHOD = "improvedtangent"
"""Henkelman and Jónsson, J. Chem. Phys. 113 (2000) 9978, 10.1063/1.1323224."""

SPRING = 1.0
"""eV/Å²."""


def band(potential: Potential, ends: Sequence[Any], images: int) -> dict[str, Any]:
    """Relax a band between the structures ``ends``, with ``images`` between them.

    ``profile`` is the energy (eV) of each image, ends included, against the first, ``coordinate``
    (Å) the length of the way of all atoms to it. ``error`` (eV) is what a curve through energies
    and forces adds to the images. ``converged`` is False, with a ``reason``, where forces remain.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    ends : sequence of ase.Atoms
        Relaxed structures of one cell, with the same atoms in the same order; two or more.
    images : int
        Number of images between each two of these structures.
    """
    from ase.mep import NEB
    from ase.optimize import FIRE

    chain = [*(ends[0].copy() for _ in range(images + 1)), ends[1].copy()]
    NEB(chain, method=METHOD).interpolate(method="idpp", mic=True)
    for image in chain:
        image.calc = potential.calculator()
    neb = NEB(chain, climb=False, k=SPRING, method=METHOD, allow_shared_calculator=True)
    FIRE(neb, logfile=None).run(fmax=FORCE, steps=CLIMB_AFTER)
    neb.climb = True
    optimiser = FIRE(neb, logfile=None)
    converged = bool(optimiser.run(fmax=FORCE, steps=STEPS))
    force = float(np.sqrt((neb.get_forces() ** 2).sum(axis=1).max()))
    energies = np.array([corrected_energy(image, potential) for image in chain])
    profile = energies - energies[0]
    slopes = _slopes(chain)
    outcome = {
        "profile": [round(float(e), 4) for e in profile],
        "coordinate": [round(float(s), 3) for s in _lengths(chain)],
        "slopes": [round(float(s), 4) for s in slopes],
        "barrier": float(profile.max()),
        "end_difference": float(profile[-1]),
        "error": _between(profile, _lengths(chain), slopes),
        "steps": CLIMB_AFTER + int(optimiser.nsteps),
        "force": force,
        "structures": [structure_document(image) for image in chain],
        "converged": converged,
    }
    if not converged:
        outcome["reason"] = (
            f"band not at rest after {outcome['steps']} steps: {force:.2f} eV/Å remain, "
            f"highest image {profile.max():.2f} eV"
        )
    return outcome


def _steps(chain: Sequence[Any]) -> list[NDArray[np.float64]]:
    return [
        displacement_within(after, after.positions - before.positions) for before, after in pairwise(chain)
    ]


def _lengths(chain: Sequence[Any]) -> NDArray[np.float64]:
    """Å, from the first image along the band, over all atoms."""
    lengths: NDArray[np.float64] = np.cumsum([0.0, *(float(np.linalg.norm(step)) for step in _steps(chain))])
    return lengths


def _slopes(chain: Sequence[Any]) -> NDArray[np.float64]:
    """Derivative of the energy along the band (eV/Å) at each image, from the forces."""
    steps = _steps(chain)
    slopes = []
    for i, image in enumerate(chain):
        near = [step / np.linalg.norm(step) for step in steps[max(0, i - 1) : i + 1]]
        tangent = sum(near)
        slopes.append(-float(np.sum(image.get_forces() * tangent)) / float(np.linalg.norm(tangent)))
    return np.array(slopes)


def _between(
    profile: NDArray[np.float64], lengths: NDArray[np.float64], slopes: NDArray[np.float64]
) -> float:
    """By how much the range of a curve through the images exceeds that of the images themselves."""
    from scipy.interpolate import CubicHermiteSpline

    curve = CubicHermiteSpline(lengths, profile, slopes)(np.linspace(0.0, lengths[-1], 401))
    return float(curve.max() - curve.min()) - float(profile.max() - profile.min())


def moved(relaxed: Any, crystal: Any, shift: NDArray[np.float64]) -> Any:
    """Return ``relaxed`` shifted by a lattice vector ``shift`` (Å) of the atoms of ``crystal``.

    The distortion around the added atoms goes along with them; every atom of the crystal, which
    stand first in ``relaxed``, stays in its order near its own site.

    Parameters
    ----------
    relaxed : ase.Atoms
        Relaxed structure: the atoms of the crystal first, then those that were added.
    crystal : ase.Atoms
        The crystal without what was added, unrelaxed; it gives the order of the atoms.
    shift : array, shape (3,)
        Vector that takes the sites of the crystal to themselves, Å.

    Raises
    ------
    ValueError
        Where the shift does not take the crystal to itself.
    """
    size = len(crystal)
    distortion = displacement_within(crystal, relaxed.positions[:size] - crystal.positions)
    images = crystal.positions + shift
    after = relaxed.copy()
    symbols = crystal.get_chemical_symbols()
    for i in range(size):
        apart = np.linalg.norm(displacement_within(crystal, images - crystal.positions[i]), axis=1)
        j = int(np.argmin(apart))
        if symbols[i] != symbols[j] or apart[j] > 0.1:
            raise ValueError("the shift does not take the crystal to itself")
        after.positions[i] = crystal.positions[i] + distortion[j]
    after.positions[size:] += shift
    return after


def displacement_within(atoms: Any, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return offsets (N, 3), Å, wrapped to the nearest image of the periodic cell of ``atoms``.

    Parameters
    ----------
    atoms : ase.Atoms
        Atoms with positions and a periodic cell, Å.
    offsets : array, shape (N, 3)
        Differences of positions, Å.
    """
    cell = atoms.cell.array
    wrapped: NDArray[np.float64] = offsets - np.rint(offsets @ np.linalg.inv(cell)) @ cell
    return wrapped
