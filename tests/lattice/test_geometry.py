from __future__ import annotations

import numpy as np
import pytest

from topotaxy.lattice.geometry import block_edge, geometry_from_cells, sites_around


@pytest.mark.parametrize("cells", [2, 3, 5])
def test_counts_and_coordination_of_rock_salt_and_antifluorite(cells: int) -> None:
    g = geometry_from_cells(cells)
    n = 4 * cells**3
    assert g.sites == n == len(g.anion_position)
    assert len(g.tetrahedral_position) == 2 * n
    shapes = {
        "octahedral_anions": (n, 6),
        "octahedral_tetrahedra": (n, 8),
        "octahedral_octahedra": (n, 12),
        "tetrahedral_anions": (2 * n, 4),
        "tetrahedral_octahedra": (2 * n, 4),
        "tetrahedral_tetrahedra": (2 * n, 6),
        "anion_octahedra": (n, 6),
        "anion_tetrahedra": (n, 8),
    }
    for name, shape in shapes.items():
        table = getattr(g, name)
        assert table.shape == shape, name
        assert all(len(set(row)) == len(row) for row in table.tolist()), f"{name}: repeated neighbour"


def _distance(first: np.ndarray, second: np.ndarray, cells: int) -> np.ndarray:
    gap = first[:, None, :] - second
    gap -= cells * np.round(gap / cells)
    return np.linalg.norm(gap, axis=-1)


def test_neighbours_are_at_the_distances_of_the_structure() -> None:
    cells = 3
    g = geometry_from_cells(cells)
    o, x, t = g.octahedral_position, g.anion_position, g.tetrahedral_position
    assert np.allclose(_distance(o, x[g.octahedral_anions], cells), 0.5)
    assert np.allclose(_distance(o, t[g.octahedral_tetrahedra], cells), np.sqrt(3) / 4)
    assert np.allclose(_distance(o, o[g.octahedral_octahedra], cells), np.sqrt(0.5))
    assert np.allclose(_distance(t, x[g.tetrahedral_anions], cells), np.sqrt(3) / 4)
    assert np.allclose(_distance(t, o[g.tetrahedral_octahedra], cells), np.sqrt(3) / 4)
    assert np.allclose(_distance(t, t[g.tetrahedral_tetrahedra], cells), 0.5)


def test_neighbourhood_is_mutual() -> None:
    g = geometry_from_cells(2)
    pairs = [
        (g.octahedral_anions, g.anion_octahedra),
        (g.tetrahedral_anions, g.anion_tetrahedra),
        (g.octahedral_tetrahedra, g.tetrahedral_octahedra),
        (g.octahedral_octahedra, g.octahedral_octahedra),
        (g.tetrahedral_tetrahedra, g.tetrahedral_tetrahedra),
    ]
    for forward, back in pairs:
        edges = {(i, j) for i, row in enumerate(forward.tolist()) for j in row}
        assert edges == {(i, j) for j, row in enumerate(back.tolist()) for i in row}


def test_a_box_of_one_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        geometry_from_cells(1)


@pytest.mark.parametrize(("cells", "block"), [(4, 2), (5, 2), (7, 3), (3, 3), (2, 1)])
def test_regions_share_out_the_box(cells: int, block: int) -> None:
    g = geometry_from_cells(cells, block)
    pieces = cells // block
    assert g.regions == pieces**3
    assert g.region_sites.sum() == g.sites
    edges = {round((n / 4) ** (1 / 3)) for n in (g.region_sites.min(), g.region_sites.max())}
    assert max(edges) - min(edges) <= 1
    for region in range(g.regions):
        mine = np.flatnonzero(g.region_of == region)
        assert mine.tolist() == list(range(g.region_start[region], g.region_start[region + 1]))
    back = {(i, j) for i, row in enumerate(g.region_neighbours.tolist()) for j in row}
    assert back == {(j, i) for i, j in back}


@pytest.mark.parametrize("cells", [4, 5, 6, 7, 9, 11])
def test_a_prime_edge_is_no_single_region(cells: int) -> None:
    """The edge of a region that nobody chose is the same for every box, and never the box itself."""
    g = geometry_from_cells(cells)
    assert block_edge(cells) == block_edge(4)
    assert g.regions == (cells // block_edge(4)) ** 3 > 1


def test_a_region_larger_than_the_box_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        geometry_from_cells(4, 5)


def test_a_site_finds_every_other_by_its_offsets() -> None:
    g = geometry_from_cells(4)
    offsets = sites_around(9)
    assert offsets[0].tolist() == [0, 0, 0]
    squared = (offsets**2).sum(axis=1)
    assert (np.diff(squared) >= 0).all()
    assert np.bincount(squared)[[0, 2, 4, 6, 8]].tolist() == [1, 12, 6, 24, 12]
    point = (g.grid[9] + offsets) % (2 * g.cells)
    found = g.site_at[(point[:, 0] * 8 + point[:, 1]) * 8 + point[:, 2]]
    assert (found >= 0).all()
    assert len(set(found.tolist())) == len(offsets)
    assert found[0] == 9
