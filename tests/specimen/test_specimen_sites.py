"""Cells, sites and who sits on them: exact counts, seeds, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.specimen.sites import FCC, OCTAHEDRAL, TETRAHEDRAL, drawn, grid_of, on_cells


@given(edges=st.tuples(*[st.integers(1, 6)] * 3))
def test_a_grid_has_every_cell_once(edges: tuple[int, int, int]) -> None:
    corners = grid_of(edges, 8)
    assert len(np.unique(corners, axis=0)) == len(corners) == np.prod(edges)
    np.testing.assert_array_equal(corners.max(axis=0) + 1, edges)
    assert (corners >= 0).all()


def test_one_number_is_a_cube() -> None:
    np.testing.assert_array_equal(grid_of(3, 1), grid_of((3, 3, 3), 1))


@pytest.mark.parametrize("cells", [0, -1, (1, 2, 0), (1, 2)])
def test_grids_without_cells_are_refused(cells) -> None:
    with pytest.raises(InputError, match="at least one cell"):
        grid_of(cells, 8)


def test_a_basis_stands_in_every_cell_in_the_same_order() -> None:
    corners = grid_of((2, 3, 1), 4)
    sites = on_cells(corners, FCC).reshape(len(corners), len(FCC), 3)
    np.testing.assert_array_equal(sites - sites[:, :1], np.broadcast_to(FCC - FCC[:1], sites.shape))
    np.testing.assert_array_equal(sites[:, 0], corners)


@pytest.mark.parametrize(
    ("holes", "ligands", "distance"), [(OCTAHEDRAL, 6, 0.5), (TETRAHEDRAL, 4, 3**0.5 / 4)]
)
def test_holes_of_the_fcc_lattice_have_their_neighbours(holes, ligands: int, distance: float) -> None:
    anions = on_cells(grid_of(3, 4), FCC)
    for hole in on_cells(np.array([[1, 1, 1]]), holes):
        away = np.linalg.norm(anions - hole, axis=1)
        assert (np.abs(away - away.min()) < 1e-9).sum() == ligands
        assert away.min() == pytest.approx(distance)


@given(
    shares=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=4),
    sites=st.integers(1, 300),
    seed=st.integers(0, 99),
)
def test_drawing_is_a_permutation_of_exact_amounts(shares: list[float], sites: int, seed: int) -> None:
    total = 1.25 * sum(shares)
    kinds = {(f"A{k}", k): share / total for k, share in enumerate(shares)}
    elements, valences = drawn(kinds, sites, np.random.default_rng(seed))
    again, _ = drawn(kinds, sites, np.random.default_rng(seed))
    np.testing.assert_array_equal(elements, again)
    for (name, valence), share in kinds.items():
        mine = elements == name
        assert abs(mine.sum() - share * sites) < 1.0 + 1e-6
        assert (valences[mine] == valence).all()
    assert abs((elements == "").sum() - 0.2 * sites) <= 0.5 + 1e-6


def test_every_site_is_as_likely_as_any_other() -> None:
    """Of 400 drawings, each of 20 sites has one element in half: 6 deviations of a binomial, risk 4e-8."""
    rng = np.random.default_rng(5)
    hits = np.zeros(20)
    for _ in range(400):
        hits += drawn({("Ni", 2): 0.5, ("Mg", 2): 0.5}, 20, rng)[0] == "Ni"
    assert np.abs(hits - 200.0).max() < 6.0 * 10.0


@pytest.mark.parametrize(
    "shares",
    [{("Ni", 2): -0.1}, {("Ni", 2): 0.0}, {("Ni", 2): float("nan")}, {("Ni", 2): 0.7, ("Mg", 2): 0.4}],
)
def test_shares_that_cannot_be_are_refused(shares: dict) -> None:
    with pytest.raises(InputError, match="fractions of a sublattice"):
        drawn(shares, 10, np.random.default_rng(0))
