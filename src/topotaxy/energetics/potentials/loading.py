"""A rock-salt frame that takes up alkali: how far it swells, what it costs, where its anions go.

The lattice strains a registered region by what its salt takes up. Here the same is done with atoms: a share
of the cations is taken out to bulk metal (``removed``) or stays where it is (``inserted``), A+ goes into
tetrahedra, and the cell relaxes to zero pressure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.cells import diagonal
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import atoms_of, relax, with_atoms
from topotaxy.material import ANION_CHARGE

Mode = Literal["removed", "inserted"]
"""Where the cations go that the electrons reduce: out to bulk metal, or nowhere."""

FORCE = 0.1
STEPS = 300

FULL_SWELLING = {"Li": 0.1, "Na": 0.3, "K": 0.5}
"""Linear strain at two A+ a cation, of which a relaxation starts from its share; it ends at zero pressure."""


def loading(
    potential: Potential,
    host: Mapping[str, Any],
    *,
    ion: str,
    electrons: float,
    mode: Mode,
    cations: int,
    seed: int,
) -> dict[str, Any]:
    """Relax a frame that has taken up ``electrons`` A+ a cation, its shape kept, at zero pressure.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    host : mapping
        Result of the relaxed frame, as :func:`~.potentials.frame.frame` returns it: cations first.
    ion : str
        The alkali metal: Li, Na or K.
    electrons : float
        A+ for every cation of the frame, 0 to 2.
    mode : str
        ``removed``: half as many cations are in bulk metal; ``inserted``: all stay.
    cations : int
        Number of cations of the frame that may be reduced; they stand first.
    seed : int
        Of the sites that react.

    Returns
    -------
    dict
        ``energy_change`` of the cell (eV), ``alkali`` and ``taken`` (counts, metal by element),
        ``linear_strain``, ``anion_shift``: root mean square displacement of the anions from their places in
        the swollen net (Å), and ``anion_neighbour``, half the distance between two of those (Å), with the
        relaxation.
    """
    frame = atoms_of(host["structure"])
    number = round(electrons * cations / 2.0)
    rng = np.random.default_rng([seed, number])
    sites = [int(i) for i in rng.permutation(cations)[:number]]
    places = _tetrahedra(frame, sites, rng)
    filled = with_atoms(frame, ion, places)
    taken: dict[str, int] = {}
    if mode == "removed":
        for site in sites:
            taken[frame.symbols[site]] = taken.get(frame.symbols[site], 0) + 1
        del filled[sites]
    filled.set_cell(frame.cell.array * (1.0 + 0.5 * electrons * FULL_SWELLING[ion]), scale_atoms=True)
    filled.rattle(0.05, seed=seed)
    done = relax(filled, potential, cell="volume", fmax=FORCE, steps=STEPS)
    shift, half = _anion_shift(frame, done.atoms)
    return done.document() | {
        "energy_change": done.energy - float(host["energy"]),
        "alkali": len(places),
        "taken": taken,
        "linear_strain": float((done.atoms.get_volume() / frame.get_volume()) ** (1.0 / 3.0) - 1.0),
        "anion_shift": shift,
        "anion_neighbour": half,
        "electrons": 2.0 * number / cations,
        "mode": mode,
    }


def _tetrahedra(frame: Any, sites: list[int], rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Two tetrahedra for each site, beside it where one is free, and none of them twice."""
    edge = float(frame.get_volume() / (len(frame) / 8.0)) ** (1.0 / 3.0)
    inverse = np.linalg.inv(frame.cell.array)
    taken: set[tuple[int, ...]] = set()
    found: list[NDArray[np.float64]] = []
    rounds = round(4.0 * np.cbrt(len(frame) / 8.0))
    for site in sites:
        first = int(rng.integers(8))
        order = [first, 7 - first, *(int(i) for i in rng.permutation(8) if int(i) not in (first, 7 - first))]
        free = []
        for direction in order:
            place = frame.positions[site] + 0.25 * edge * diagonal(direction)
            # Quarters of a cell, on which tetrahedra lie but for the frame's own displacements.
            key = tuple(int(i) % rounds for i in np.rint(place @ inverse * rounds))
            if key not in taken:
                free.append((key, place))
        for key, place in free[:2]:
            taken.add(key)
            found.append(place)
    return found


def _anion_shift(before: Any, after: Any) -> tuple[float, float]:
    """How far the anions lie from the scaled net they came from, rms (Å), and half its nearest distance."""
    anions, kept = ([s in ANION_CHARGE for s in one.get_chemical_symbols()] for one in (before, after))
    scale = (after.get_volume() / before.get_volume()) ** (1.0 / 3.0)
    offsets = after.positions[kept] - scale * before.positions[anions]
    offsets -= np.rint(offsets @ np.linalg.inv(after.cell.array)) @ after.cell.array
    offsets -= offsets.mean(axis=0)
    edge = (after.get_volume() / (len(before) / 8.0)) ** (1.0 / 3.0)
    return float(np.sqrt((offsets**2).sum(axis=1).mean())), float(edge / np.sqrt(8.0))
