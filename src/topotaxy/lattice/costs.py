"""What each elementary event costs, from integer sums, so that nothing drifts.

Classes on the sites, each with its reverse edge:

* redox: an octahedral cation takes an electron while A+ enters one of its eight tetrahedral
  neighbours, or the reverse; in an incoherent block M0 leaves its site for a cluster within
  reach, and comes back from there;
* hop: A+ moves to one of six neighbouring tetrahedral sites;
* exchange: M0 trades places with one of twelve neighbouring cations, or moves to a vacancy,
  within coherent blocks.

:mod:`topotaxy.lattice.flips` has those of whole blocks, :mod:`topotaxy.lattice.weights` keeps the
factors of redox weights. :mod:`topotaxy.lattice.hamiltonian` defines what these costs must equal.
"""

from __future__ import annotations

from topotaxy.lattice.compiled import inlined


@inlined
def metal_contacts(neighbours, bonds, site, species):  # type: ignore[no-untyped-def]
    """Bond energy (eV) that M0 of ``species`` would have at ``site``."""
    total = 0.0
    for other in range(len(bonds)):
        total += neighbours[site, other] * bonds[species, other]
    return total


@inlined
def hop_cost(tables, state, start, end):  # type: ignore[no-untyped-def]
    """ΔE (eV) of A+ moving between neighbouring tetrahedra; ``end`` must be empty.

    Δ(Σq²) = 6 (Σ_4' q - Σ_4 q) + 36.
    """
    change = 6 * (state.tetrahedral_excess[end] - state.tetrahedral_excess[start]) + 36
    energy, kind = tables.alkali_energy, tables.alkali_class
    return energy[kind[end]] - energy[kind[start]] + tables.stiffness * change


@inlined
def exchange_cost(tables, state, metal, other):  # type: ignore[no-untyped-def]
    """ΔE (eV) of M0 at site ``metal`` trading places with whatever is at ``other``.

    With M of valence z, Δ(Σq²) = 4 z (Σ_6 q - Σ_6' q) + 32 z². Where the two are in different
    blocks, elastic energy changes with the content of both.
    """
    neighbours, bonds, site_energy = state.metal_neighbours, state.bonds, tables.site_energy
    mover, partner, z = state.species[metal], state.species[other], state.valence[other]
    here, there = tables.site_class[metal], tables.site_class[other]
    # At its new site the mover does not count itself, which now is a neighbour at the old one.
    gained = metal_contacts(neighbours, bonds, other, mover) - bonds[mover, mover]
    cost = metal_contacts(neighbours, bonds, metal, mover) - gained
    cost += site_energy[there, mover, 0] - site_energy[here, mover, 0]
    if partner >= 0 and z == 0:
        # Both are metal: their common bond stays, and each keeps the other out of its count.
        cost += metal_contacts(neighbours, bonds, other, partner)
        cost -= metal_contacts(neighbours, bonds, metal, partner) - bonds[partner, partner]
        cost -= 2.0 * bonds[mover, partner]
        cost += site_energy[here, partner, 0] - site_energy[there, partner, 0]
    elif partner >= 0:
        change = 4 * z * (state.site_excess[metal] - state.site_excess[other]) + 32 * z * z
        cost += site_energy[here, partner, z] - site_energy[there, partner, z] + tables.stiffness * change
    start, end = metal // tables.sites_per_block, other // tables.sites_per_block
    if start != end:
        shift = content_shift(tables, state, other)
        content = state.block_electrons
        cost += 2.0 * tables.elastic * shift * (content[end] - content[start] + shift)
    return cost


@inlined
def content_shift(tables, state, other):  # type: ignore[no-untyped-def]
    """Electrons that the block of M0 loses to the block of ``other`` when the two trade places."""
    partner = state.species[other]
    if partner < 0 or tables.highest_valence[partner] == 0:
        return 2
    return 2 - (2 - state.valence[other])
