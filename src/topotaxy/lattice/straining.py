"""The frame follows its content: strain, fading bonds, and what an electron pays for that.

The strain is held between refreshes, as the voltage is between events; the cost of moving
it, -Σ ½ ε_s M_s df_s/dE with M_s the M0-M0 contacts of species s, is paid electron by electron.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.clusters import renew_pool
from topotaxy.lattice.compiled import entry, inner
from topotaxy.lattice.weights import (
    BLOCKS,
    ELECTRONS,
    REFERENCE,
    REFRESHED,
    renew_block,
    renew_block_factor,
    renew_cation,
    renew_site,
    renew_tetrahedron,
)
from topotaxy.portable import cbrt, exp

STRAIN, FADING_COST = range(2)
"""Places in ``state.frame``."""


@inner
def _move_frame(tables, state):  # type: ignore[no-untyped-def]
    """Set the strain that belongs to the content, the bonds at it, and the cost of its moving."""
    coherent, frame = state.coherent, state.frame
    blocks, electrons = coherent[BLOCKS], coherent[ELECTRONS]
    coherent[REFRESHED] = electrons
    coherent[REFERENCE] = round(electrons / blocks) if blocks > 0 else 0
    volume = 1.0 + (tables.growth * electrons / blocks if blocks > 0 else 0.0)
    strain = cbrt(max(volume, 1e-3)) - 1.0
    grid = tables.strain_grid
    step = grid[1] - grid[0]
    lower = min(max(int(strain / step), 0), len(grid) - 2)
    part = min(max((strain - grid[lower]) / step, 0.0), 1.0)
    species = len(tables.metal_bond)
    contacts, fading = state.by_species[0], state.by_species[1]
    contacts[:] = 0.0
    for place in range(state.counts[0]):
        site = state.metal_list[place]
        for other in range(species):
            contacts[state.species[site]] += state.metal_neighbours[site, other]
    cost = 0.0
    for s in range(species):
        start, end = tables.fading[s, lower], tables.fading[s, lower + 1]
        fading[s] = start + part * (end - start)
        cost -= 0.5 * tables.metal_bond[s, s] * contacts[s] * (end - start) / step
    half = 0.5 / tables.thermal_energy
    for s in range(species):
        for other in range(species):
            own = tables.metal_bond[s, s] * fading[s]
            bond = 0.5 * (own + tables.metal_bond[other, other] * fading[other])
            state.bonds[s, other] = bond
            for count in range(state.bond_factors.shape[2]):
                state.bond_factors[s, other, count] = exp(count * bond * half)
    frame[STRAIN] = strain
    frame[FADING_COST] = 0.0
    if blocks > 0:
        frame[FADING_COST] = cost * tables.growth / (3.0 * (1.0 + strain) ** 2) / blocks


@inner
def refresh_frame(tables, state, everything):  # type: ignore[no-untyped-def]
    """Let the frame follow its content, and recompute what hangs on its strain.

    That is M0 and M+ on the sites of coherent blocks, and the elastic factors of blocks; with
    ``everything`` every weight is recomputed, as it must be where a block has flipped.
    """
    _move_frame(tables, state)
    per_block = tables.sites_per_block
    if everything:
        for t in range(len(state.alkali)):
            renew_tetrahedron(tables, state, np.uint64(t))
    for block in range(len(state.incoherent)):
        if everything or not state.incoherent[block]:
            for site in range(block * per_block, (block + 1) * per_block):
                if everything or (state.species[site] >= 0 and state.valence[site] < 2):
                    renew_cation(tables, state, site)
                    renew_site(tables, state, np.uint64(site))
        renew_block_factor(tables, state, block)
        renew_block(tables, state, block)
    sums = state.sums
    for node in range(len(sums) // 2 - 1, 0, -1):
        for column in range(4):
            sums[node, column] = sums[2 * node, column] + sums[2 * node + 1, column]


@entry
def prepare(tables, state):  # type: ignore[no-untyped-def]
    """Derive the factors of clusters, the strained frame and every weight of a new state."""
    for block in range(len(state.incoherent)):
        if state.incoherent[block]:
            renew_pool(tables, state, block)
    refresh_frame(tables, state, np.bool_(True))
