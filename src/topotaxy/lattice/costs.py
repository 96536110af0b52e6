"""What each elementary event costs, from integer sums, so that nothing drifts.

Three classes, each with its reverse edge:

* redox: an octahedral cation takes an electron while A+ enters one of its eight tetrahedral
  neighbours, or the reverse;
* hop: A+ moves to one of six neighbouring tetrahedral sites;
* exchange: M0 trades places with one of twelve neighbouring cations, or moves to a vacancy.

:mod:`topotaxy.lattice.hamiltonian` defines what these costs must equal. What runs at every
trial takes its arrays one by one: numba counts references to every array of a tuple at each
call, which costs more than the arithmetic.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from topotaxy.lattice.selection import set_leaf
from topotaxy.lattice.tables import MOST_AT_SITE, MOST_AT_TETRAHEDRON


@njit(cache=True, nogil=True)
def metal_contacts(neighbours, bonds, site, species):  # type: ignore[no-untyped-def]
    """Bond energy (eV) that M0 of ``species`` would have at ``site``."""
    total = 0.0
    for other in range(len(bonds)):
        total += neighbours[site, other] * bonds[species, other]
    return total


@njit(cache=True, nogil=True)
def site_factors(tables, state, sites):  # type: ignore[no-untyped-def]
    """The part of the redox weights that belongs to the cation at each of these sites.

    Returns shape (sites, 2), reduction and oxidation; 0 where the cation cannot do that.
    """
    all_species, all_valences, sums = state.species, state.valence, state.site_excess
    neighbours, bonds, highest = state.metal_neighbours, tables.metal_bond, tables.highest_valence
    one_body, by_excess = tables.half_site, tables.half_site_excess
    per_bond = 0.5 / tables.thermal_energy
    factors = np.zeros((len(sites), 2))
    for index in range(len(sites)):
        site = sites[index]
        species, valence = all_species[site], all_valences[site]
        if species < 0 or highest[species] == 0:
            continue
        gain = 1.0
        if valence < 2:
            gain = math.exp(metal_contacts(neighbours, bonds, site, species) * per_bond)
        if valence > 0:
            factor = one_body[site, species, valence] * by_excess[MOST_AT_SITE + sums[site]]
            factors[index, 0] = factor * gain if valence == 1 else factor
        if valence < highest[species]:
            factor = by_excess[MOST_AT_SITE - sums[site]] / one_body[site, species, valence + 1]
            factors[index, 1] = factor / gain if valence == 0 else factor
    return factors


@njit(cache=True, nogil=True)
def reduction_weight(tables, state, site, direction):  # type: ignore[no-untyped-def]
    """exp(-ΔE/2kT) of reducing the cation at ``site`` with A+ into tetrahedron ``direction``.

    The six anions of the site lose 2 twelfths and the four of the tetrahedron gain 3:
    Δ(Σq²) = -4 Σ_6 q + 6 Σ_4 q + 24, the three shared anions included.
    """
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    return site_factors(tables, state, np.array([site]))[0, 0] * state.empty_weight[tetrahedron]


@njit(cache=True, nogil=True)
def oxidation_weight(tables, state, site, direction):  # type: ignore[no-untyped-def]
    """exp(-ΔE/2kT) of oxidising the cation at ``site`` while A+ leaves ``direction``.

    Δ(Σq²) = 4 Σ_6 q - 6 Σ_4 q + 24.
    """
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    return site_factors(tables, state, np.array([site]))[0, 1] * state.filled_weight[tetrahedron]


@njit(cache=True, nogil=True)
def hop_cost(alkali_energy, tetrahedral_excess, stiffness, start, end):  # type: ignore[no-untyped-def]
    """ΔE (eV) of A+ moving between neighbouring tetrahedra; ``end`` must be empty.

    Δ(Σq²) = 6 (Σ_4' q - Σ_4 q) + 36. Arrays are those of the tables and the state.
    """
    change = 6 * (tetrahedral_excess[end] - tetrahedral_excess[start]) + 36
    return alkali_energy[end] - alkali_energy[start] + stiffness * change


@njit(cache=True, nogil=True)
def exchange_cost(  # type: ignore[no-untyped-def]
    species, valence, site_excess, neighbours, bonds, site_energy, stiffness, metal, other
):
    """ΔE (eV) of M0 at site ``metal`` trading places with whatever is at ``other``.

    With M of valence z, Δ(Σq²) = 4 z (Σ_6 q - Σ_6' q) + 32 z². Arrays are those of the
    tables and the state.
    """
    mover, partner, z = species[metal], species[other], valence[other]
    # At its new site the mover does not count itself, which now is a neighbour at the old one.
    gained = metal_contacts(neighbours, bonds, other, mover) - bonds[mover, mover]
    cost = metal_contacts(neighbours, bonds, metal, mover) - gained
    cost += site_energy[other, mover, 0] - site_energy[metal, mover, 0]
    if partner >= 0 and z == 0:
        # Both are metal: their common bond stays, and each keeps the other out of its count.
        cost += metal_contacts(neighbours, bonds, other, partner)
        cost -= metal_contacts(neighbours, bonds, metal, partner) - bonds[partner, partner]
        cost -= 2.0 * bonds[mover, partner]
    elif partner >= 0:
        change = 4 * z * (site_excess[metal] - site_excess[other]) + 32 * z * z
        cost += site_energy[metal, partner, z] - site_energy[other, partner, z] + stiffness * change
    return cost


@njit(cache=True, nogil=True)
def renew_tetrahedron(alkali, tetrahedral_excess, one_body, by_excess, empty, filled, t):  # type: ignore[no-untyped-def]
    """Recompute the part of the redox weights that belongs to tetrahedral site ``t``."""
    weight = one_body[t] * by_excess[MOST_AT_TETRAHEDRON + tetrahedral_excess[t]]
    if alkali[t] == 0:
        empty[t] = weight
        filled[t] = 0.0
    else:
        empty[t] = 0.0
        filled[t] = 1.0 / weight


@njit(cache=True, nogil=True)
def renew_sites(tables, state, sites):  # type: ignore[no-untyped-def]
    """Recompute the summed redox weights of these octahedral sites."""
    empty, filled = state.empty_weight, state.filled_weight
    reductions, oxidations = state.reductions, state.oxidations
    neighbours = tables.octahedral_tetrahedra
    factors = site_factors(tables, state, sites)
    for index in range(len(sites)):
        site = sites[index]
        into_empty = 0.0
        from_filled = 0.0
        for direction in range(8):
            t = neighbours[site, direction]
            into_empty += empty[t]
            from_filled += filled[t]
        set_leaf(reductions, site, factors[index, 0] * into_empty)
        set_leaf(oxidations, site, factors[index, 1] * from_filled)


@njit(cache=True, nogil=True)
def renew_all(tables, state):  # type: ignore[no-untyped-def]
    """Recompute every weight."""
    for t in range(len(state.alkali)):
        renew_tetrahedron(
            state.alkali,
            state.tetrahedral_excess,
            tables.half_alkali,
            tables.half_tetrahedral_excess,
            state.empty_weight,
            state.filled_weight,
            t,
        )
    renew_sites(tables, state, np.arange(len(state.species), dtype=np.int32))
