"""Geometry of (001) slabs: what is cut apart and put together again is the bulk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("ase")

from topotaxy.energetics.potentials import slabs
from topotaxy.energetics.potentials.slabs import (
    LAYERS,
    antifluorite_slab,
    coincidence,
    fcc_slab,
    in_vacuum,
    net,
    opened,
    rock_salt_slab,
    spread_order,
    stacked,
    thickness,
)

VECTOR = (2, 1)
NODES = 5


def contacts(atoms: Any, reach: float) -> tuple[float, set[tuple[str, str]]]:
    """Neighbours per atom within ``reach`` and the pairs of elements among them."""
    from ase.neighborlist import neighbor_list

    first, second = neighbor_list("ij", atoms, reach)
    symbols = atoms.get_chemical_symbols()
    return len(first) / len(atoms), {(symbols[i], symbols[j]) for i, j in zip(first, second, strict=True)}


@pytest.fixture
def salt() -> Any:
    return antifluorite_slab(VECTOR, 3.9 * NODES**0.5, 2.76, "Na", "O")


def test_the_layers_are_the_crystals(salt: Any) -> None:
    side, count = 3.0, LAYERS * NODES
    rock = rock_salt_slab(VECTOR, side * NODES**0.5, side / 2**0.5, ["Mg"] * count, ["O"] * count)
    assert contacts(rock, 0.75 * side) == (6.0, {("Mg", "O"), ("O", "Mg")})
    assert contacts(fcc_slab(VECTOR, side * NODES**0.5, side / 2**0.5, "Ni"), 1.1 * side)[0] == 12.0
    # Four O around each Na, eight Na around each O: 16 contacts in three atoms.
    neighbours, pairs = contacts(salt, 2.6)
    assert neighbours == pytest.approx(16 / 3)
    assert pairs == {("Na", "O"), ("O", "Na")}


def test_an_opened_antifluorite_is_neutral_without_a_dipole(salt: Any) -> None:
    cut = opened(salt, "antifluorite")
    charge = np.array([1.0 if symbol == "Na" else -2.0 for symbol in cut.get_chemical_symbols()])
    low, high = thickness(cut)
    assert charge.sum() == 0.0
    assert (charge * (cut.positions[:, 2] - 0.5 * (low + high))).sum() == pytest.approx(0.0, abs=1e-9)
    faces = [np.isclose(cut.positions[:, 2], z) for z in (low, high)]
    assert [face.sum() for face in faces] == [NODES, NODES]
    assert {s for face in faces for s in np.array(cut.get_chemical_symbols())[face]} == {"Na"}


def test_two_opened_slabs_put_together_are_bulk_again(salt: Any) -> None:
    halves = [opened(salt, "antifluorite")] * 2
    both = stacked(*halves, 0.0)
    assert both.get_volume() == pytest.approx(2 * salt.get_volume())
    assert contacts(both, 2.6) == contacts(salt, 2.6)


def test_vacuum_is_what_was_asked_for(salt: Any) -> None:
    free = in_vacuum(opened(salt, "antifluorite"), 10.0)
    low, high = thickness(free)
    assert free.cell.array[2, 2] - (high - low) == pytest.approx(10.0)


def test_half_a_plane_is_spread(salt: Any) -> None:
    plane = np.concatenate([net((2, 0), 2.0, offset) for offset in slabs.SIDES])
    order = spread_order(plane, 2.0)
    chosen = plane[order[::2]]
    offsets = chosen[:, None] - chosen[None]
    offsets -= 2.0 * np.rint(offsets / 2.0)
    apart = np.linalg.norm(offsets, axis=-1) + 9.0 * np.eye(len(chosen))
    # Of eight places on a net of side 1/√2, four can all lie one side of the cell's square apart.
    assert sorted(order) == list(range(len(plane)))
    assert apart.min() == pytest.approx(1.0)


@given(st.floats(2.0, 4.5), st.floats(2.0, 4.5))
def test_a_common_cell_fits_both_nets(first: float, second: float) -> None:
    found = coincidence((first, second), ("rocksalt", "fcc"))
    if found is None:
        return
    one, other = found.nodes
    assert min(one, other) >= 4
    assert second * (1 + found.strain) * other**0.5 == pytest.approx(first * one**0.5)
    assert abs(found.strain) <= slabs.LARGEST_STRAIN
    assert LAYERS * (2 * one + other) <= slabs.LARGEST_CELL


def test_equal_nets_share_the_smallest_cell() -> None:
    found = coincidence((3.0, 3.0), ("rocksalt", "rocksalt"))
    assert found is not None
    assert (found.nodes, found.strain) == ((4, 4), 0.0)


def test_nets_without_a_common_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slabs, "LARGEST_STRAIN", 0.001)
    assert coincidence((3.0, 3.7), ("rocksalt", "fcc")) is None
