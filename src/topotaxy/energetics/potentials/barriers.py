"""Barriers of a reduced atom by nudged elastic band.

Henkelman, Uberuaga and Jónsson, J. Chem. Phys. 113 (2000) 9901, 10.1063/1.1329672.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from topotaxy.energetics.potentials.displacement import vacated
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import atoms_of, corrected_energy, relax

IMAGES = 5
FORCE = 0.15
STEPS = 60

PATH = "reduced atom from its octahedral site over a tetrahedron to a neighbouring vacant one"


def barrier(potential: Potential, host: Mapping[str, Any], *, site: int, ion: str) -> dict[str, Any]:
    """Move a reduced cation into a neighbouring vacancy and return the band.

    Two neighbouring cations give way to four alkali ions: one is taken out, the other stays as
    M0 and moves over the tetrahedron between both sites. Cell fixed at the host's size.
    ``profile`` is the energy (eV) of each image against the first; ``converged`` is False,
    with a ``reason``, where an end did not relax, both ends fell into one minimum, or the band
    did not come to rest.
    """
    frame = atoms_of(host["structure"])
    ends = [_end(frame, site, ion, host["cells"], moved=moved) for moved in (False, True)]
    relaxed = [relax(end, potential, cell="fixed", fmax=0.1, steps=150) for end in ends]
    common = {"metal": frame.symbols[site], "path": PATH, "images": IMAGES}
    if not all(end.converged for end in relaxed):
        return common | {"converged": False, "reason": "an end of the band did not relax"}
    apart = relaxed[0].atoms.positions[site] - relaxed[1].atoms.positions[site]
    apart -= np.rint(apart @ np.linalg.inv(frame.cell.array)) @ frame.cell.array
    if np.linalg.norm(apart) < 1.0:
        return common | {"converged": False, "reason": "both ends relaxed to one place of the atom"}
    return common | _band(potential, relaxed[0].atoms, relaxed[1].atoms)


def _end(frame: Any, site: int, ion: str, cells: int, *, moved: bool) -> Any:
    a = frame.cell.array[0, 0] / cells
    way = 0.5 * a * np.array([1.0, 1.0, 0.0])
    offsets = frame.positions - (frame.positions[site] + way)
    offsets -= np.rint(offsets @ np.linalg.inv(frame.cell.array)) @ frame.cell.array
    vacancy = int(np.argmin(np.linalg.norm(offsets, axis=1)))
    half = 0.25 * a * np.array([1.0, -1.0, 1.0])
    end = vacated(frame, site, ion, "left", half)
    end.set_cell(frame.cell.array, scale_atoms=True)
    end = vacated(end, vacancy, ion, "left", half)
    end.set_cell(frame.cell.array, scale_atoms=True)
    if moved:
        end.positions[site] = frame.positions[site] + way
    del end[vacancy]
    return end


def _band(potential: Potential, first: Any, last: Any) -> dict[str, Any]:
    from ase.mep import NEB
    from ase.optimize import FIRE

    images = [first.copy() for _ in range(IMAGES + 1)] + [last.copy()]
    for image in images:
        image.calc = potential.calculator()
    band = NEB(images, climb=True, k=0.5, allow_shared_calculator=True)
    band.interpolate(method="idpp", mic=True)
    optimiser = FIRE(band, logfile=None)
    converged = bool(optimiser.run(fmax=FORCE, steps=STEPS))
    force = float(np.sqrt((band.get_forces() ** 2).sum(axis=1).max()))
    energies = np.array([corrected_energy(image, potential) for image in images])
    profile = energies - energies[0]
    outcome = {
        "profile": [round(float(e), 4) for e in profile],
        "forward": float(profile.max()),
        "backward": float(profile.max() - profile[-1]),
        "steps": int(optimiser.nsteps),
        "force": force,
        "converged": converged,
    }
    if not converged:
        outcome["reason"] = f"band not at rest after {STEPS} steps: {force:.2f} eV/Å remain"
    return outcome
