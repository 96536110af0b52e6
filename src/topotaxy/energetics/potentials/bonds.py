"""How reduced metal bonds in the frame, and how that fades as the frame swells.

The frame is the reacted lattice: A2X in the antifluorite structure on the host's own anion
lattice, metal M0 on its octahedral sites. All atoms stand on sites of high symmetry, so that
nothing relaxes and the strain alone changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import corrected_energy

STRAINS = (0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3)
"""Linear strain of the frame against the host. Full conversion at zero pressure ends near
0.2 (Li) and 0.3 to 0.4 (Na)."""

CELLS = 2
BONDS_PER_ATOM = 6
"""Twelve neighbours on the fcc lattice of octahedral sites, each bond shared by two."""


def metal_bonds(
    potential: Potential,
    *,
    metal: str,
    ion: str,
    anion: str,
    lattice_parameter: float,
    metal_energy: float,
    strains: Sequence[float] = STRAINS,
) -> dict[str, Any]:
    """Embedding energies and bonds (eV) of M0 at each linear strain of the frame.

    ``embedding_alone`` is the energy of a lone M0 on an octahedral site of the reacted frame
    relative to bulk metal; ``embedding_full`` that of an M0 whose twelve neighbour sites all
    hold M0. ``bond`` = (alone - full)/6 is the mean bond; ``pair_bond`` that of two neighbours
    with no others. Positive bonds bind.

    ``lattice_parameter`` (Å) is that of the host; ``metal_energy`` (eV) that of bulk M.
    """
    rows = []
    for strain in strains:
        a = lattice_parameter * (1.0 + strain)
        empty = _energy(potential, ion, anion, a, metal, 0)
        alone = _energy(potential, ion, anion, a, metal, 1) - empty - metal_energy
        pair = _energy(potential, ion, anion, a, metal, 2) - empty - 2.0 * metal_energy
        full = _full(potential, ion, anion, a, metal) - empty / CELLS**3 / 4.0 - metal_energy
        rows.append(
            {
                "strain": strain,
                "embedding_alone": alone,
                "embedding_full": full,
                "bond": (alone - full) / BONDS_PER_ATOM,
                "pair_bond": 2.0 * alone - pair,
            }
        )
    return {"metal": metal, "lattice_parameter": lattice_parameter, "rows": rows}


def _unit(ion: str, anion: str, a: float) -> Any:
    from ase.build import bulk

    return bulk(f"{anion}{ion}2", "fluorite", a=a, cubic=True)


def _energy(potential: Potential, ion: str, anion: str, a: float, metal: str, count: int) -> float:
    """Energy of CELLS³ conventional cells of A2X with 0, 1 or 2 neighbouring metal atoms, eV."""
    from ase import Atoms

    atoms = _unit(ion, anion, a).repeat(CELLS)
    sites = [[a / 2, a / 2, a / 2], [a, a, a / 2]][:count]
    atoms += Atoms([metal] * count, positions=sites) if count else Atoms()
    return _static(atoms, potential)


def _full(potential: Potential, ion: str, anion: str, a: float, metal: str) -> float:
    """Energy per formula unit of A2X with metal on every octahedral site, eV."""
    from ase import Atoms

    atoms = _unit(ion, anion, a)
    half = a / 2
    sites = [[half, half, half], [half, 0, 0], [0, half, 0], [0, 0, half]]
    return _static(atoms + Atoms([metal] * 4, positions=sites), potential) / 4.0


def _static(atoms: Any, potential: Potential) -> float:
    atoms.calc = potential.calculator()
    return corrected_energy(atoms, potential)
