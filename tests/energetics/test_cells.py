from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.energetics.cells import diagonal, rock_salt_cell, whole_counts
from topotaxy.errors import InputError
from topotaxy.material import parse_formula

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def test_a_cell_holds_whole_atoms_closest_to_the_formula() -> None:
    cell = rock_salt_cell(parse_formula(HEOS), lattice_parameter=4.3)
    counts = Counter(cell.symbols)
    assert len(cell.symbols) == 64
    assert counts["O"] == 28
    assert counts["S"] == 4
    assert sorted(counts[el] for el in ("Mg", "Co", "Ni", "Cu", "Zn")) == [6, 6, 6, 7, 7]
    assert set(cell.symbols[: cell.cations]).isdisjoint({"O", "S"})


def test_every_cation_has_six_anions_at_half_a() -> None:
    cell = rock_salt_cell(parse_formula(HEOS), lattice_parameter=4.0)
    for site in range(cell.cations):
        assert sum(cell.anion_neighbours(site).values()) == 6
        offsets = cell.positions[cell.cations :] - cell.positions[site]
        offsets -= 8.0 * np.rint(offsets / 8.0)
        assert np.sum(np.isclose(np.linalg.norm(offsets, axis=1), 2.0)) == 6


def test_sulfur_contacts_add_up_to_six_a_sulfur() -> None:
    cell = rock_salt_cell(parse_formula(HEOS), lattice_parameter=4.3)
    assert sum(cell.anion_neighbours(i).get("S", 0) for i in range(cell.cations)) == 4 * 6


def test_the_arrangement_is_close_to_random_and_repeats_with_its_seed() -> None:
    first = rock_salt_cell(parse_formula(HEOS), lattice_parameter=4.3, seed=3)
    again = rock_salt_cell(parse_formula(HEOS), lattice_parameter=4.3, seed=3)
    other = rock_salt_cell(parse_formula(HEOS), lattice_parameter=4.3, seed=4)
    assert first.symbols == again.symbols != other.symbols
    # An ordered arrangement, elements in blocks, has a mismatch ten times as large.
    assert first.mismatch < 0.02


def test_a_binary_has_nothing_to_arrange() -> None:
    assert rock_salt_cell(parse_formula("NiO"), lattice_parameter=4.2).mismatch == pytest.approx(0.0)


def test_diagonals_are_the_eight_tetrahedra() -> None:
    assert len({tuple(diagonal(i)) for i in range(8)}) == 8


@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_whole_counts_fill_the_sites(weights: list[float], turn: int) -> None:
    total = sum(weights)
    fractions = {f"X{i}": w / total for i, w in enumerate(weights)}
    counts = whole_counts(fractions, 32, turn=turn)
    assert sum(counts.values()) == 32
    assert all(abs(counts[el] - 32 * share) < 1.0 + 1e-6 for el, share in fractions.items())


@pytest.mark.parametrize(
    ("formula", "cells", "message"),
    [
        ("Fe2O3", 2, "cations per anion"),
        ("NiO", 1, "at least 2 cells"),
        ("Ni0.995Mg0.005O", 2, "Mg .* gets no atom"),
    ],
)
def test_what_cannot_be_a_cell_is_refused(formula: str, cells: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rock_salt_cell(parse_formula(formula), lattice_parameter=4.2, cells=cells)
