"""Laws of the cells, plans and tables that calculations with potentials start from and end in."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.energetics import assumptions_with
from topotaxy.energetics.cells import diagonal, representative_cell, rock_salt_cell, whole_counts
from topotaxy.energetics.inputs import lattice_inputs
from topotaxy.energetics.plan import (
    all_tasks,
    binary_tasks,
    displacement_tasks,
    frame_tasks,
    reference_tasks,
    sites_in,
)
from topotaxy.errors import InputError
from topotaxy.material import parse_formula

HALF = parse_formula("Ni0.5Mg0.5O")
HEOS = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11")
shares = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=5)


@given(weights=shares, sites=st.integers(1, 200))
def test_whole_counts_are_within_one_of_their_share(weights: list[float], sites: int) -> None:
    total = math.fsum(weights)
    fractions = {f"X{i}": w / total for i, w in enumerate(weights)}
    counts = whole_counts(fractions, sites)
    assert sum(counts.values()) == sites
    assert all(abs(counts[el] - share * sites) < 1.0 + 1e-6 for el, share in fractions.items())


@given(number=st.integers(2, 6), sites=st.integers(2, 40))
def test_ties_in_turn_average_to_the_fractions(number: int, sites: int) -> None:
    fractions = {f"X{i}": 1.0 / number for i in range(number)}
    total: Counter[str] = Counter()
    for turn in range(number):
        total.update(whole_counts(fractions, sites, turn=turn))
    assert set(total.values()) == {sites}


def test_the_eight_diagonals_are_opposite_in_pairs() -> None:
    every = np.array([diagonal(k) for k in range(8)])
    assert len({tuple(d) for d in every.tolist()}) == 8
    assert (np.abs(every) == 1.0).all()
    assert not every.sum(axis=0).any()
    assert all((diagonal(k) == -diagonal(7 - k)).all() for k in range(8))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_cell_is_rock_salt_whatever_sits_where(seed: int) -> None:
    cell = rock_salt_cell(HEOS, lattice_parameter=4.2, cells=2, seed=seed)
    positions, n = cell.positions, cell.cations
    assert len(positions) == 2 * n == 64
    edge = 8.4
    gap = positions[:, None] - positions[None]
    gap -= edge * np.round(gap / edge)
    distance = np.linalg.norm(gap, axis=-1) + 9.0 * np.eye(2 * n)
    assert distance.min() == pytest.approx(2.1)
    nearest = np.isclose(distance, 2.1)
    assert (nearest.sum(axis=1) == 6).all()
    # Cations have anions around them, anions cations.
    assert not nearest[:n, :n].any()
    assert not nearest[n:, n:].any()
    counts = Counter(cell.symbols)
    assert counts["O"] + counts["S"] == n
    assert {el: len(cell.sites(el)) for el in HEOS.cations} == {el: counts[el] for el in HEOS.cations}
    for site in (0, n - 1):
        around = cell.anion_neighbours(site)
        assert sum(around.values()) == 6
        assert around == dict(Counter(cell.symbols[j] for j in np.flatnonzero(nearest[site])))


def test_contacts_of_a_pair_are_counted_from_both_sides_alike() -> None:
    cell = representative_cell(HEOS.formula, 2, 0)
    sulfur = Counter(cell.symbols)["S"]
    contacts = sum(cell.anion_neighbours(site).get("S", 0) for site in range(cell.cations))
    assert contacts == 6 * sulfur
    assert representative_cell(HEOS.formula, 2, 0) is cell


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_every_task_comes_after_what_it_needs_and_is_there_once(ion: str) -> None:
    tasks = all_tasks(HEOS, ion, sites=2)
    names = [task.name for task in tasks]
    assert len(set(names)) == len(names)
    known = set(names)
    for task in tasks:
        assert set(task.needs) <= known, task.name


def test_references_are_the_phases_of_the_reaction() -> None:
    names = {task.name.removeprefix("reference-") for task in reference_tasks(HALF, "Na")}
    assert {"Ni", "Na"} <= names
    assert any("O" in name for name in names)
    assert {task.kind for task in frame_tasks(HALF, 2)} == {"frame"}
    assert len(frame_tasks(HALF, 3)) == 3
    assert binary_tasks(HALF)


@given(sites=st.integers(1, 4), tries=st.integers(1, 3), arrangements=st.integers(1, 2))
@settings(max_examples=12, deadline=None)
def test_displacements_are_as_many_as_asked_for(sites: int, tries: int, arrangements: int) -> None:
    tasks = displacement_tasks(HALF, "Na", sites=sites, arrangements=arrangements, tries=tries)
    for element in ("Ni", "Mg"):
        mine = [t.name for t in tasks if t.name.split("~")[0].endswith(element)]
        assert len(mine) == len(set(mine))
        assert len({name.split("~")[0] for name in mine}) == sites
        assert len(mine) == sites * tries
    assert sum(sites_in(HALF, el, 0) for el in ("Ni", "Mg")) == 32


@pytest.mark.parametrize("name", sorted(assumptions_with()))
def test_the_ends_of_every_range_are_allowed_and_what_lies_beyond_is_said(name: str) -> None:
    row = assumptions_with()[name]
    for value in (row.low, row.high):
        found = assumptions_with({name: value})[name]
        assert (found.value, found.label) == (value, "imposed")
        assert (found.low, found.high, found.unit) == (row.low, row.high, row.unit)
    others = assumptions_with({name: row.low})
    assert all(others[n] == row_n for n, row_n in assumptions_with().items() if n != name)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(InputError):
        assumptions_with({"matrix_pressure": value})


@pytest.mark.parametrize("formula", ["NiO", "Ni0.5Mg0.5O", HEOS.formula])
def test_inputs_are_listed_once_with_a_range_that_holds_them(formula: str) -> None:
    listed = list(lattice_inputs(parse_formula(formula), "Na", 298.15))
    names = [(item.name, item.subject, item.row) for item in listed]
    assert len(set(names)) == len(names)
    for item in listed:
        document = item.document()
        assert document["source"], item.name
        low, high, value = document.get("low"), document.get("high"), document.get("value")
        if low is not None and high is not None and value is not None:
            assert float(low) <= float(value) <= float(high), item.name


def test_cells_of_different_seeds_are_different_and_alike() -> None:
    cells = [representative_cell(HALF.formula, 2, seed) for seed in range(3)]
    assert all(a.symbols != b.symbols for a, b in pairwise(cells))
    assert all(Counter(a.symbols) == Counter(b.symbols) for a, b in pairwise(cells))
    assert all(0.0 <= cell.mismatch < 0.2 for cell in cells)
