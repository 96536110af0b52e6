"""What the patterns of events list is what the geometry says."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.lattice.footprint import BLOCK_BITS, REDOX, footprint_of
from topotaxy.lattice.geometry import geometry_from_cells


@pytest.mark.parametrize(("cells", "block"), [(2, 2), (4, 1), (4, 2), (6, 3), (5, 5)])
def test_reduction_lists_every_site_whose_sum_of_q_changes(cells: int, block: int) -> None:
    g = geometry_from_cells(cells, block)
    f = footprint_of(g)
    rng = np.random.default_rng(1)
    for _ in range(40):
        site, direction = int(rng.integers(g.sites)), int(rng.integers(8))
        q = np.zeros(g.sites, dtype=int)
        q[g.octahedral_anions[site]] -= 2
        tetrahedron = g.octahedral_tetrahedra[site, direction]
        q[g.tetrahedral_anions[tetrahedron]] += 3
        own, local = divmod(site, g.sites_per_block)
        for near, pattern, anions, per_block, kind in [
            (f.near_tetrahedra, f.tetrahedra, g.tetrahedral_anions, 2 * g.sites_per_block, 0),
            (f.near_sites, f.sites, g.octahedral_anions, g.sites_per_block, 1),
        ]:
            rows = pattern[REDOX + direction, : f.counts[REDOX + direction, kind]]
            places = near[local, rows[:, 0]]
            items = f.beside[own, places & (1 << BLOCK_BITS) - 1] * per_block + (places >> BLOCK_BITS)
            listed = np.zeros(len(anions), dtype=int)
            np.add.at(listed, items, -rows[:, 1].astype(int))
            assert np.array_equal(listed, q[anions].sum(axis=1))
            if kind == 1:
                touched = f.touched_blocks[local, REDOX + direction]
                blocks = set(f.beside[own, touched[touched >= 0]].tolist())
                assert set((items // per_block).tolist()) == blocks
