"""What a metal object costs: its energy, its factors of redox weights, the rates at which atoms come and go.

An atom leaves an object of n atoms for a site in contact, as a single atom, at the rate
``ν exp(-E_m/kT) min(1, exp(-ΔE/kT)) n_s/n``, and a single atom in contact joins at ``ν exp(-E_m/kT)
min(1, exp(ΔE/kT))``: contact is judged by the object without that atom, in both directions. Where atoms of
a kind would leave an object faster than the cap, both are slowed by the same factor.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.places import FASTEST, LOST
from topotaxy.portable import exp


@inner
def changed_energy(tables, state, k, species, step):  # type: ignore[no-untyped-def]
    """Energy (eV) of object k with an atom of ``species`` more (``step`` = 1), less (-1), or as it is (0).

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of an object.
    species : int
        Index of the metal among the cations.
    step : {-1, 0, 1}
        Atoms of that species more.

    Returns
    -------
    float
        Broken bonds, and from two atoms on the pressure of the matrix on their volume; eV.
    """
    atoms = state.size[k] + step
    broken = room = 0.0
    for s in range(len(tables.bonds)):
        number = state.composition[k, s]
        if s == species:
            number += step
        broken += number * tables.bonds[s]
        room += number * tables.volumes[s]
    energy = broken * tables.lost_bonds[atoms]
    if atoms > 1:
        sites = len(state.species)
        energy += tables.pressure * room * ((sites - state.clock[LOST]) / sites)
    return energy


@inner
def leaving_cost(tables, state, k, species):  # type: ignore[no-untyped-def]
    """ΔE (eV) of an atom that leaves object k to be a single one.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of an object.
    species : int
        Index of the metal among the cations.
    """
    now = changed_energy(tables, state, k, species, 0)
    return 6.0 * tables.bonds[species] + changed_energy(tables, state, k, species, -1) - now


@inner
def joining_cost(tables, state, k, species):  # type: ignore[no-untyped-def]
    """ΔE (eV) of a single atom that joins object k.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of an object.
    species : int
        Index of the metal among the cations.
    """
    now = changed_energy(tables, state, k, species, 0)
    return changed_energy(tables, state, k, species, 1) - now - 6.0 * tables.bonds[species]


@inner
def rate_of_leaving(tables, state, species, atoms, cost):  # type: ignore[no-untyped-def]
    """Rate (1/s) at which one of ``atoms`` takes one site when it leaves at this ΔE (eV); see above.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    species : int
        Index of the metal among the cations.
    atoms : int
        Of the object before, at least two.
    cost : float
        ΔE of leaving, eV.
    """
    rate = tables.metal_hop_rate[species] * exp(-max(cost, 0.0) / tables.thermal_energy)
    return min(rate, state.held[FASTEST] / tables.touching[tables.size_class[atoms - 1]])


@inner
def rate_of_joining(tables, state, species, atoms, cost):  # type: ignore[no-untyped-def]
    """Rate (1/s) of the way back to ``atoms``, of which ``cost`` is that of leaving.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    species : int
        Index of the metal among the cations.
    atoms : int
        Of the object afterwards, at least two.
    cost : float
        ΔE of leaving it again, eV.

    Returns
    -------
    float
        1/s; by detailed balance with :func:`rate_of_leaving`.
    """
    leaving = rate_of_leaving(tables, state, species, atoms, cost)
    return leaving * exp(cost / tables.thermal_energy) if leaving > 0.0 else 0.0


@inner
def renew_factors(tables, state, k):  # type: ignore[no-untyped-def]
    """What object k gives to redox weights by species, as its size and composition are.

    Parameters
    ----------
    tables, state : Tables, State
        Of the box; ``gain`` and ``loss`` of the object are renewed.
    k : int
        Number of an object.
    """
    half, atoms = 0.5 / tables.thermal_energy, np.int64(state.size[k])
    full = atoms + 2 > len(tables.lost_bonds) - 1
    for s in range(len(tables.bonds)):
        state.gain[k, s] = 0.0
        state.loss[k, s] = 0.0
        if tables.reducible[s] == 1:
            if not full:
                state.gain[k, s] = exp(-joining_cost(tables, state, k, s) * half)
            if state.composition[k, s] > 0:
                share = state.composition[k, s] / atoms
                state.loss[k, s] = exp(-leaving_cost(tables, state, k, s) * half) * share


@inner
def lone_species(state, k):  # type: ignore[no-untyped-def]
    """Species of a single atom.

    Parameters
    ----------
    state : State
        What changes in the box.
    k : int
        Number of an object of one atom.
    """
    species = 0
    for s in range(state.composition.shape[1]):
        if state.composition[k, s] > 0:
            species = s
    return species
