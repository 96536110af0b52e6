"""Climbing nudged elastic bands, and the images of a structure under a symmetry of its crystal.

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


def band(
    potential: Potential, stops: Sequence[Any], images: int, *, mirrored: bool = False
) -> dict[str, Any]:
    """Relax a band through the structures ``stops``, of which the first and the last stay.

    ``images`` are spread evenly over the ways between stops; those between the ends are the
    stops' own. ``mirrored`` says that the way back is the way there, so that equivalent images
    tell how far the band is from being settled.

    ``profile`` is the energy (eV) of each image, ends included, against the first, ``coordinate``
    (Å) the length of the way of all atoms to it. ``error`` (eV) is the larger of two: what a curve
    through energies and forces adds to the highest image, and the largest difference between
    images that mirror each other. ``converged`` is False, with a ``reason``, where forces remain.
    """
    from ase.mep import NEB
    from ase.optimize import FIRE

    chain = _interpolated(stops, images)
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
        "error": _error(profile, _lengths(chain), slopes, mirrored=mirrored),
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


def _interpolated(stops: Sequence[Any], images: int) -> list[Any]:
    from ase.mep import NEB

    ways = len(stops) - 1
    between = (images - (ways - 1)) // ways
    chain: list[Any] = [stops[0].copy()]
    for start, end in pairwise(stops):
        part = [start.copy() for _ in range(between + 1)] + [end.copy()]
        NEB(part, method=METHOD).interpolate(method="idpp", mic=True)
        chain += part[1:]
    return chain


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


def _error(
    profile: NDArray[np.float64],
    lengths: NDArray[np.float64],
    slopes: NDArray[np.float64],
    *,
    mirrored: bool,
) -> float:
    from scipy.interpolate import CubicHermiteSpline

    curve = CubicHermiteSpline(lengths, profile, slopes)(np.linspace(0.0, lengths[-1], 401))
    between = float(curve.max() - curve.min()) - float(profile.max() - profile.min())
    folded = float(np.abs(profile - profile[::-1]).max()) if mirrored else 0.0
    return max(abs(between), folded)


def moved(
    relaxed: Any,
    crystal: Any,
    *,
    shift: NDArray[np.float64],
    rotation: NDArray[np.float64] | None = None,
) -> Any:
    """Return ``relaxed`` after a symmetry operation of ``crystal``, x -> rotation x + ``shift`` (Å).

    The distortion around the added atoms goes along with them; every atom of the crystal, which
    stand first in ``relaxed``, stays in its order near its own site.

    Raises
    ------
    ValueError
        Where the operation does not take the crystal to itself.
    """
    turn = np.eye(3) if rotation is None else rotation
    size = len(crystal)
    distortion = displacement_within(crystal, relaxed.positions[:size] - crystal.positions) @ turn.T
    images = crystal.positions @ turn.T + shift
    after = relaxed.copy()
    symbols = crystal.get_chemical_symbols()
    for i in range(size):
        apart = np.linalg.norm(displacement_within(crystal, images - crystal.positions[i]), axis=1)
        j = int(np.argmin(apart))
        if symbols[i] != symbols[j] or apart[j] > 0.1:
            raise ValueError("the operation does not take the crystal to itself")
        after.positions[i] = crystal.positions[i] + distortion[j]
    after.positions[size:] = relaxed.positions[size:] @ turn.T + shift
    return after


def displacement_within(atoms: Any, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return offsets (N, 3), Å, wrapped to the nearest image of the periodic cell of ``atoms``."""
    cell = atoms.cell.array
    wrapped: NDArray[np.float64] = offsets - np.rint(offsets @ np.linalg.inv(cell)) @ cell
    return wrapped
