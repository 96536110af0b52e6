"""Laws of what lies around a site: the same as the neighbours that the geometry lists, everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.surroundings import LEAST_PAD, SITE, TETRAHEDRON, padded, shared_anions, surroundings_of

# Boxes in which a change meets itself, an odd one, and one of regions of unequal size.
BOXES = [(2, None), (3, None), (4, None), (5, 2)]


def _sites(geometry: Geometry, pad: int) -> np.ndarray:
    return padded(geometry.site_at.reshape((2 * geometry.cells,) * 3), pad)


@pytest.mark.parametrize(("cells", "block"), BOXES)
@pytest.mark.parametrize("pad", [LEAST_PAD, LEAST_PAD + 2])
def test_places_lead_to_the_neighbours_of_the_geometry(cells: int, block: int | None, pad: int) -> None:
    g = geometry_from_cells(cells, block)
    t, sites = surroundings_of(g, pad), _sites(g, pad)
    at, tetrahedra = t["site_place"], t["padded_tetrahedron"]
    assert (sites[at] == np.arange(g.sites)).all()
    assert (tetrahedra[t["tetrahedron_place"]] == np.arange(2 * g.sites)).all()
    assert (tetrahedra[at[:, None] + t["tetrahedron_beside"]] == g.octahedral_tetrahedra).all()
    assert (sites[at[:, None] + t["site_neighbour"]] == g.octahedral_octahedra).all()
    for kind in (0, 1):
        mine = np.flatnonzero(t["tetrahedron_kind"] == TETRAHEDRON + kind)
        beside = sites[t["tetrahedron_place"][mine, None] + t["site_beside"][kind]]
        assert (np.sort(beside) == np.sort(g.tetrahedral_octahedra[mine])).all()
    around = t["tetrahedron_place"][:, None] + t["tetrahedron_neighbour"]
    assert (tetrahedra[around] == g.tetrahedral_tetrahedra).all()


def _changed_sums(g: Geometry, charge: dict[int, int], alkali: dict[int, int]) -> tuple[np.ndarray, ...]:
    """Changes of the sums of q of sites and tetrahedra, from those of the anions one by one."""
    q = np.zeros(g.sites, dtype=int)
    for site, step in charge.items():
        np.add.at(q, g.octahedral_anions[site], 2 * step)
    for t, step in alkali.items():
        np.add.at(q, g.tetrahedral_anions[t], 3 * step)
    return q[g.octahedral_anions].sum(axis=1), q[g.tetrahedral_anions].sum(axis=1)


@pytest.mark.parametrize(("cells", "block"), BOXES)
def test_a_change_is_felt_where_sums_of_q_change_and_beside_that(cells: int, block: int | None) -> None:
    g, rng = geometry_from_cells(cells, block), np.random.default_rng(cells)
    t, sites = surroundings_of(g, LEAST_PAD), _sites(g, LEAST_PAD)
    cases = []
    for site in rng.integers(g.sites, size=4).tolist():
        place = int(t["site_place"][site])
        cases.append((place, SITE, {site: 1}, {}))
        cases += [(place, d, {site: -1}, {int(g.octahedral_tetrahedra[site, d]): 1}) for d in range(8)]
    for one in rng.integers(2 * g.sites, size=8).tolist():
        cases.append((int(t["tetrahedron_place"][one]), int(t["tetrahedron_kind"][one]), {}, {one: 1}))
    for place, change, charge, alkali in cases:
        of_sites, of_tetrahedra = _changed_sums(g, charge, alkali)
        number = t["felt_counts"][change]
        felt_t = t["padded_tetrahedron"][place + t["felt_tetrahedra"][change, : number[0]]]
        felt_s = sites[place + t["felt_sites"][change, : number[1]]]
        assert (felt_s >= 0).all()
        found_t, found_s = np.zeros(2 * g.sites, dtype=int), np.zeros(g.sites, dtype=int)
        np.add.at(found_t, felt_t, t["felt_tetrahedra_by"][change, : number[0]])
        np.add.at(found_s, felt_s, t["felt_sites_by"][change, : number[1]])
        assert (found_t == of_tetrahedra).all()
        assert (found_s == of_sites).all()
        # Weights of tetrahedra change with q or with A+, those of sites with the tetrahedra around.
        changed = np.union1d(np.flatnonzero(of_tetrahedra), list(alkali)).astype(int)
        assert np.isin(changed, felt_t).all()
        touched = np.flatnonzero(np.isin(g.octahedral_tetrahedra, changed).any(axis=1))
        assert np.isin(np.union1d(touched, np.flatnonzero(of_sites)), felt_s).all()


@pytest.mark.parametrize(("cells", "block"), BOXES)
def test_shared_anions_are_those_that_lists_have_in_common_at_every_site(
    cells: int, block: int | None
) -> None:
    g, rng = geometry_from_cells(cells, block), np.random.default_rng(cells)
    shared = shared_anions(g)

    def common(first: np.ndarray, second: np.ndarray) -> int:
        return len(np.intersect1d(first, second))

    for end in rng.integers(g.sites, size=3).tolist():
        k = int(rng.integers(12))
        start = int(g.octahedral_octahedra[end, k])
        out = g.tetrahedral_anions[g.octahedral_tetrahedra[end]]
        into = g.tetrahedral_anions[g.octahedral_tetrahedra[start]]
        for a in range(8):
            for b in range(8):
                assert shared["hop_shared"][k, a, b] == common(out[a], into[b])
                assert shared["beside_shared"][a, b] == common(out[a], out[b])
                own = common(g.octahedral_anions[start], out[a]) + common(g.octahedral_anions[end], into[b])
                assert shared["hop_own"][k, a, b] == own - 6
