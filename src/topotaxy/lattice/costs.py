"""What each elementary event costs, from integer sums, so that nothing drifts.

Classes on the sites, each with its reverse edge:

* redox: an octahedral cation takes an electron while A+ enters one of its eight tetrahedral
  neighbours, or the reverse; in an incoherent block M0 leaves its site for a cluster within
  reach, and comes back from there;
* hop: A+ moves to one of six neighbouring tetrahedral sites;
* exchange: M0 trades places with one of twelve neighbouring cations, or moves to a vacancy,
  within coherent blocks.

:mod:`topotaxy.lattice.flips` has those of whole blocks.

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

BLOCKS, ELECTRONS, REFERENCE, REFRESHED = range(4)
"""Places in ``state.coherent``: coherent blocks, the electrons in them, the electrons of a block
that its elastic factor is reckoned from, and the electrons at the last refresh."""

STRAIN, FADING_COST = range(2)
"""Places in ``state.frame``."""


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

    Returns shape (sites, 2), reduction and oxidation; 0 where the cation cannot do that. At a
    vacant site of an incoherent block oxidation takes an atom out of a cluster within reach.
    """
    all_species, all_valences, sums = state.species, state.valence, state.site_excess
    neighbours, bonds, highest = state.metal_neighbours, state.bonds, tables.highest_valence
    one_body, by_excess = tables.half_site, tables.half_site_excess
    incoherent, pool_size, pool_gain, pool_loss = (
        state.incoherent,
        state.pool_size,
        state.pool_gain,
        state.pool_loss,
    )
    reach, per_block, per_bond = tables.reach, tables.sites_per_block, 0.5 / tables.thermal_energy
    factors = np.zeros((len(sites), 2))
    for index in range(len(sites)):
        site = sites[index]
        species, valence = all_species[site], all_valences[site]
        if species < 0:
            if incoherent[site // per_block]:
                total = 0.0
                for block in reach[site]:
                    if block >= 0 and incoherent[block] and pool_size[block] > 0:
                        for s in range(len(bonds)):
                            total += pool_loss[block, s] / one_body[site, s, 1]
                factors[index, 1] = total * by_excess[MOST_AT_SITE - sums[site]]
            continue
        if highest[species] == 0:
            continue
        gain = 1.0
        if valence < 2:
            if incoherent[site // per_block]:
                gain = 0.0
                for block in reach[site]:
                    if block >= 0 and incoherent[block]:
                        gain += pool_gain[block, species]
            else:
                gain = math.exp(metal_contacts(neighbours, bonds, site, species) * per_bond)
        if valence > 0:
            factor = one_body[site, species, valence] * by_excess[MOST_AT_SITE + sums[site]]
            factors[index, 0] = factor * gain if valence == 1 else factor
        if valence < highest[species]:
            factor = by_excess[MOST_AT_SITE - sums[site]] / one_body[site, species, valence + 1]
            factors[index, 1] = factor / gain if valence == 0 else factor
    return factors


@njit(cache=True, nogil=True)
def block_factors(tables, state, block):  # type: ignore[no-untyped-def]
    """Elastic part of the redox weights of a block, reduction and oxidation.

    With E electrons in the block, one more changes c [ΣE² - (ΣE)²/N] by c (2E + 1) and a part
    that all coherent blocks share (:func:`common_factors`).
    """
    if state.incoherent[block]:
        return 1.0, 1.0
    over = 2 * (state.block_electrons[block] - state.coherent[REFERENCE])
    half = 0.5 * tables.elastic / tables.thermal_energy
    return math.exp(-half * (over + 1)), math.exp(half * (over - 1))


@njit(cache=True, nogil=True)
def common_factors(tables, state):  # type: ignore[no-untyped-def]
    """Part of the redox weights that all coherent blocks share, reduction and oxidation.

    The mean content of the frame moves with each electron, and metal bonds fade with it.
    """
    blocks = state.coherent[BLOCKS]
    if blocks == 0:
        return 1.0, 1.0
    over = 2 * (state.coherent[ELECTRONS] - blocks * state.coherent[REFERENCE])
    half = 0.5 / tables.thermal_energy
    fading = state.frame[FADING_COST]
    lower = tables.elastic * (over + 1) / blocks - fading
    raise_ = -tables.elastic * (over - 1) / blocks + fading
    return math.exp(half * lower), math.exp(half * raise_)


@njit(cache=True, nogil=True)
def reduction_weight(tables, state, site, direction):  # type: ignore[no-untyped-def]
    """exp(-ΔE/2kT) of reducing the cation at ``site`` with A+ into tetrahedron ``direction``.

    The six anions of the site lose 2 twelfths and the four of the tetrahedron gain 3:
    Δ(Σq²) = -4 Σ_6 q + 6 Σ_4 q + 24, the three shared anions included.
    """
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    block = site // tables.sites_per_block
    factor = site_factors(tables, state, np.array([site]))[0, 0] * block_factors(tables, state, block)[0]
    if not state.incoherent[block]:
        factor *= common_factors(tables, state)[0]
    return factor * state.empty_weight[tetrahedron]


@njit(cache=True, nogil=True)
def oxidation_weight(tables, state, site, direction):  # type: ignore[no-untyped-def]
    """exp(-ΔE/2kT) of oxidising the cation at ``site`` while A+ leaves ``direction``.

    Δ(Σq²) = 4 Σ_6 q - 6 Σ_4 q + 24. At a vacant site, the sum over the atoms of the cluster.
    """
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    block = site // tables.sites_per_block
    factor = site_factors(tables, state, np.array([site]))[0, 1] * block_factors(tables, state, block)[1]
    if not state.incoherent[block]:
        factor *= common_factors(tables, state)[1]
    return factor * state.filled_weight[tetrahedron]


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
def content_shift(highest_valence, species, valence, other):  # type: ignore[no-untyped-def]
    """Electrons that the block of M0 loses to the block of ``other`` when the two trade places."""
    partner = species[other]
    if partner < 0 or highest_valence[partner] == 0:
        return 2
    return 2 - (2 - valence[other])


@njit(cache=True, nogil=True)
def content_cost(elastic, block_electrons, start, end, shift):  # type: ignore[no-untyped-def]
    """Elastic ΔE (eV) of moving ``shift`` electrons from one coherent block to another."""
    if start == end:
        return 0.0
    return 2.0 * elastic * shift * (block_electrons[end] - block_electrons[start] + shift)


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
def renew_block(tables, state, block):  # type: ignore[no-untyped-def]
    """Recompute the sums of a block from its sites."""
    first = block * tables.sites_per_block
    last = first + tables.sites_per_block
    reduction = 0.0
    oxidation = 0.0
    reductions, oxidations = state.reductions, state.oxidations
    for site in range(first, last):
        reduction += reductions[site]
        oxidation += oxidations[site]
    lower, higher = block_factors(tables, state, block)
    reduction *= lower
    oxidation *= higher
    if state.incoherent[block]:
        set_leaf(state.incoherent_reductions, block, reduction)
        set_leaf(state.incoherent_oxidations, block, oxidation)
        set_leaf(state.coherent_reductions, block, 0.0)
        set_leaf(state.coherent_oxidations, block, 0.0)
    else:
        set_leaf(state.coherent_reductions, block, reduction)
        set_leaf(state.coherent_oxidations, block, oxidation)
        set_leaf(state.incoherent_reductions, block, 0.0)
        set_leaf(state.incoherent_oxidations, block, 0.0)


@njit(cache=True, nogil=True)
def renew_sites(tables, state, sites):  # type: ignore[no-untyped-def]
    """Recompute the summed redox weights of these octahedral sites and of their blocks."""
    empty, filled = state.empty_weight, state.filled_weight
    reductions, oxidations = state.reductions, state.oxidations
    neighbours, per_block = tables.octahedral_tetrahedra, tables.sites_per_block
    stamp, dirty = state.block_stamp, state.dirty
    stamp[-1] += 1
    event = stamp[-1]
    count = 0
    factors = site_factors(tables, state, sites)
    for index in range(len(sites)):
        site = sites[index]
        into_empty = 0.0
        from_filled = 0.0
        if factors[index, 0] > 0.0:
            for direction in range(8):
                into_empty += empty[neighbours[site, direction]]
        if factors[index, 1] > 0.0:
            for direction in range(8):
                from_filled += filled[neighbours[site, direction]]
        reductions[site] = factors[index, 0] * into_empty
        oxidations[site] = factors[index, 1] * from_filled
        block = site // per_block
        if stamp[block] != event:
            stamp[block] = event
            dirty[count] = block
            count += 1
    for index in range(count):
        renew_block(tables, state, dirty[index])


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


@njit(cache=True, nogil=True)
def refresh_frame(tables, state):  # type: ignore[no-untyped-def]
    """Let the frame follow its content: strain, bonds, and what an electron costs by fading them.

    The strain is held between refreshes, as the voltage is between events; the cost of moving
    it, -Σ ½ ε_s M_s df_s/dE with M_s the M0-M0 contacts of species s, is paid electron by electron.
    """
    coherent, frame = state.coherent, state.frame
    blocks, electrons = coherent[BLOCKS], coherent[ELECTRONS]
    coherent[REFRESHED] = electrons
    coherent[REFERENCE] = round(electrons / blocks) if blocks > 0 else 0
    volume = 1.0 + (tables.growth * electrons / blocks if blocks > 0 else 0.0)
    strain = max(volume, 1e-3) ** (1.0 / 3.0) - 1.0
    grid = tables.strain_grid
    step = grid[1] - grid[0]
    lower = min(max(int(strain / step), 0), len(grid) - 2)
    part = min(max((strain - grid[lower]) / step, 0.0), 1.0)
    species = len(tables.metal_bond)
    contacts = np.zeros(species)
    for site in range(len(state.species)):
        if state.species[site] >= 0 and state.valence[site] == 0:
            for other in range(species):
                contacts[state.species[site]] += state.metal_neighbours[site, other]
    fading = np.empty(species)
    cost = 0.0
    for s in range(species):
        start, end = tables.fading[s, lower], tables.fading[s, lower + 1]
        fading[s] = start + part * (end - start)
        cost -= 0.5 * tables.metal_bond[s, s] * contacts[s] * (end - start) / step
    for s in range(species):
        for other in range(species):
            own = tables.metal_bond[s, s] * fading[s]
            state.bonds[s, other] = 0.5 * (own + tables.metal_bond[other, other] * fading[other])
    frame[STRAIN] = strain
    frame[FADING_COST] = 0.0
    if blocks > 0:
        frame[FADING_COST] = cost * tables.growth / (3.0 * (1.0 + strain) ** 2) / blocks
    renew_all(tables, state)
