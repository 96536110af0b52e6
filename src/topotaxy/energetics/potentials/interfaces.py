"""Energies of (001) interfaces between rock salt, its metals and the antifluorite product.

Two crystals share an in-plane cell that neither edge dislocations nor vacuum interrupt; each is
also relaxed alone in the same cell, so that what the fit to the other's net costs is taken off:
γ = (E(both) - E(first) - E(second))/2A. The uncorrected energies of the potential are used: the
atoms on both sides are the same, and a correction by composition would count metal beside an
oxide as oxide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from topotaxy.energetics.cells import whole_counts
from topotaxy.energetics.potentials.crystals import prototype_crystal
from topotaxy.energetics.potentials.frame import REFERENCE_FORCE
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import CellFreedom, Relaxed, relax, structure_document
from topotaxy.energetics.potentials.slabs import (
    LARGEST_CELL,
    LARGEST_STRAIN,
    LAYERS,
    Crystal,
    antifluorite_slab,
    coincidence,
    fcc_slab,
    in_vacuum,
    opened,
    rock_salt_slab,
    stacked,
)
from topotaxy.material import parse_formula

JOULE_PER_SQUARE_METRE = 16.021766
"""J/m² in 1 eV/Å²; exact by the 2019 SI."""

FORCE = 0.15
"""eV/Å, as for displacements. Slabs that slide on each other do so on slopes lower than this; 0.1 eV in
the two interfaces of a cell, 2 x 80 Å², is 0.01 J/m²."""

STEPS = 200

RATTLE = 0.05
"""Å, standard deviation of the displacement at the start, so that symmetry holds nothing."""

GAP = {
    ("rocksalt", "fcc"): 2.6,
    ("rocksalt", "antifluorite"): 1.3,
    ("fcc", "antifluorite"): 1.7,
}
"""Å between the facing planes where a relaxation starts: rather too far, because slabs that start too
close stay where they are squeezed."""

UNBOUND = 0.02
"""J/m² by which an interface may lie above its two free surfaces, for what remains of the forces."""

VACUUM = 12.0
"""Å between the faces of a free slab: beyond the reach of both potentials' atoms."""


def interface(
    potential: Potential,
    bulk: Sequence[Mapping[str, Any]],
    *,
    phases: Sequence[str],
    crystals: Sequence[Crystal],
) -> dict[str, Any]:
    """Relax two crystals on each other, either alone as bulk, and either alone as a free slab.

    Height and atoms are free, the in-plane cell is not. Interface energy, surface energies and work of
    adhesion (J/m²) are means over the two faces of a slab.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    bulk : sequence of mapping
        Results of the two phases by themselves, relaxed as bulk.
    phases : sequence of str
        Their formulas. The first keeps its net; the second is strained to it by ``strain``.
    crystals : sequence of str
        Their kinds: ``rocksalt``, ``fcc`` or ``antifluorite``.

    Returns
    -------
    dict
        ``interface_energy``, ``surface_energies``, ``work_of_adhesion``, ``strain``, ``structure`` and how
        they were reached. ``converged`` is False, with a ``reason``, where the nets have no common cell or
        a relaxation did not come to rest.
    """
    one, other = crystals
    sides = [
        _lattice_parameter(potential, phase, crystal, result) / math.sqrt(2.0)
        for phase, crystal, result in zip(phases, crystals, bulk, strict=True)
    ]
    common = coincidence((sides[0], sides[1]), (one, other))
    outcome: dict[str, Any] = {"phases": list(phases), "crystals": list(crystals)}
    if common is None:
        reason = f"no common cell of up to {LARGEST_CELL} atoms with a strain below {LARGEST_STRAIN:.1%}"
        return outcome | {"converged": False, "reason": reason}
    edge = sides[0] * math.sqrt(common.nodes[0])
    slabs = [
        _slab(phase, crystal, vector, edge, side / math.sqrt(2.0))
        for phase, crystal, vector, side in zip(
            phases, crystals, (common.first, common.second), sides, strict=True
        )
    ]
    alone = [_settled(slab, potential, "height") for slab in slabs]
    halves = [opened(done.atoms, crystal) for done, crystal in zip(alone, crystals, strict=True)]
    free = [_settled(in_vacuum(half, VACUUM), potential, "fixed") for half in halves]
    both = _settled(stacked(halves[0], halves[1], GAP[one, other]), potential, "height")
    outcome |= {"strain": common.strain, "nodes": list(common.nodes), "layers": LAYERS, "edge": edge}
    outcome |= _faces(both, alone, free, edge)
    parts = {"both": both, **{f"{p} alone": d for p, d in zip(phases, alone, strict=True)}}
    parts |= {f"{p} free": d for p, d in zip(phases, free, strict=True)}
    outcome |= {
        "forces": {name: round(done.force, 4) for name, done in parts.items()},
        "steps": {name: done.steps for name, done in parts.items()},
    }
    return outcome | _verdict(outcome, parts)


def _faces(both: Relaxed, alone: Sequence[Relaxed], free: Sequence[Relaxed], edge: float) -> dict[str, Any]:
    """Energies (J/m²) of the faces of two slabs of this ``edge`` (Å), together, alone and cleaved."""
    scale = JOULE_PER_SQUARE_METRE / (2.0 * edge**2)
    gamma = scale * (both.raw - sum(done.raw for done in alone))
    surfaces = [scale * (cleaved.raw - done.raw) for cleaved, done in zip(free, alone, strict=True)]
    return {
        "interface_energy": gamma,
        "surface_energies": surfaces,
        "work_of_adhesion": sum(surfaces) - gamma,
        "atoms": len(both.atoms),
        "structure": structure_document(both.atoms),
    }


def _verdict(outcome: Mapping[str, Any], parts: Mapping[str, Relaxed]) -> dict[str, Any]:
    """Whether everything came to rest, in a minimum; else why not."""
    gamma = outcome["interface_energy"]
    moving = {name: round(done.force, 3) for name, done in parts.items() if not done.converged}
    if moving:
        left = ", ".join(f"{name} {force:.2f} eV/Å" for name, force in moving.items())
        return {"converged": False, "reason": f"not at rest: {left}; interface energy there {gamma:.2f} J/m²"}
    if outcome["work_of_adhesion"] < -UNBOUND:
        reason = f"no minimum: {gamma:.2f} J/m², more than the two free surfaces together"
        return {"converged": False, "reason": reason}
    return {"converged": True}


def _settled(atoms: Any, potential: Potential, cell: CellFreedom) -> Relaxed:
    shaken = atoms.copy()
    shaken.rattle(RATTLE, seed=len(atoms))
    return relax(shaken, potential, cell=cell, fmax=FORCE, steps=STEPS)


def _lattice_parameter(
    potential: Potential, phase: str, crystal: Crystal, result: Mapping[str, Any]
) -> float:
    """Å, by the same potential. A metal of another structure is taken as fcc, for its square net."""
    if crystal == "rocksalt":
        return float(result["lattice_parameter"])
    cubic = math.cbrt(4.0 * float(result["volume_per_unit"]))
    if crystal == "antifluorite":
        return cubic
    done = relax(
        prototype_crystal(phase, "fcc", cubic), potential, cell="volume", fmax=REFERENCE_FORCE, steps=100
    )
    return float(done.atoms.get_volume() ** (1.0 / 3.0))


def _slab(phase: str, crystal: Crystal, vector: tuple[int, int], edge: float, height: float) -> Any:
    if crystal == "fcc":
        return fcc_slab(vector, edge, height, phase)
    composition = parse_formula(phase)
    if crystal == "antifluorite":
        (ion,), (anion,) = composition.cations, composition.anions
        return antifluorite_slab(vector, edge, height, ion, anion)
    sites = LAYERS * (vector[0] ** 2 + vector[1] ** 2)
    rng = np.random.default_rng(sites)
    cations, anions = (
        rng.permutation([el for el, n in whole_counts(shares, sites).items() for _ in range(n)]).tolist()
        for shares in (composition.cation_fractions, composition.anion_fractions)
    )
    return rock_salt_slab(vector, edge, height, cations, anions)
