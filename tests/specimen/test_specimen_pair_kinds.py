"""Counts of pairs by kind: symmetry, sums, and what changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import antifluorite, as_phase, rock_salt, strained
from topotaxy.specimen.inclusions import metal_spheres
from topotaxy.specimen.pairs import pair_counts
from topotaxy.specimen.periodic import wrapped
from topotaxy.specimen.view import scene


@pytest.fixture(scope="module")
def mixed() -> Specimen:
    return metal_spheres(antifluorite("Na", "O", 4), metal={"Ni": 1, "Cu": 1}, count=1, diameter=1.2, seed=1)


def test_counts_are_symmetric_and_even_for_like_atoms(mixed: Specimen) -> None:
    found = pair_counts(mixed, cutoff=6.0, step=0.05)
    np.testing.assert_array_equal(found.counts, found.counts.transpose(1, 0, 2))
    for kind in range(len(found.kinds)):
        assert not (found.counts[kind, kind] % 2).any()
    assert found.numbers.sum() == len(mixed)


def test_kinds_add_up_to_elements_and_elements_to_all(mixed: Specimen) -> None:
    two_phases = as_phase(mixed, "oxide", np.arange(0, len(mixed), 3))
    fine = pair_counts(two_phases, cutoff=5.0, step=0.05)
    coarse = pair_counts(two_phases, cutoff=5.0, step=0.05, by_phase=False)
    for one in ("Na", "O", "Ni"):
        assert fine.number(one) == coarse.number(one) == (mixed.elements == one).sum()
        for other in ("Na", "O", "Cu"):
            np.testing.assert_array_equal(fine.between(one, other), coarse.between(one, other))
            parts = [fine.between(one, other, phase=p) for p in ("salt", "metal", "oxide")]
            np.testing.assert_array_equal(np.sum(parts, axis=0), fine.between(one, other))
            back = [fine.between(other, one, other_phase=p) for p in ("salt", "metal", "oxide")]
            np.testing.assert_array_equal(parts, back)


def test_numbers_of_a_phase_are_counted(mixed: Specimen) -> None:
    found = pair_counts(mixed, cutoff=3.0)
    metal = mixed.is_phase("metal")
    assert found.number("Ni", phase="metal") == (mixed.is_element("Ni") & metal).sum()
    assert found.number("Ni", phase="salt") == 0
    assert found.number("Xe") == 0
    assert not found.between("Xe", "O").any()


def test_moving_all_atoms_alike_and_their_order_change_nothing(mixed: Specimen) -> None:
    rng = np.random.default_rng(0)
    # Off the perfect places, so that no distance lies on the edge of a bin.
    loose = replace(mixed, positions=mixed.positions + rng.normal(0.0, 0.02, (len(mixed), 3)), clusters=())
    plain = pair_counts(loose, cutoff=5.0, step=0.1)
    shuffled = loose.subset(rng.permutation(len(mixed)))
    moved = wrapped(loose.positions + np.array([1.3, -2.1, 7.7]), loose.box, loose.periodic)
    shifted = replace(loose, positions=moved)
    mirrored = replace(loose, positions=loose.positions[:, [1, 0, 2]])
    for other in (shuffled, shifted, mirrored):
        np.testing.assert_array_equal(pair_counts(other, cutoff=5.0, step=0.1).counts, plain.counts)


def test_a_stretched_crystal_has_its_shells_further_out() -> None:
    crystal = rock_salt("NiO", 4)
    a = crystal.unit_cell_or_raise()
    wide = strained(crystal, 0.1)
    for specimen, factor in ((crystal, 1.0), (wide, 1.1)):
        found = pair_counts(specimen, cutoff=0.6 * a * factor, step=0.01)
        near = found.between("Ni", "O")
        (shell,) = np.flatnonzero(near)
        assert near[shell] == 6 * found.number("Ni")
        assert found.edges[shell] <= 0.5 * a * factor + 1e-9 <= found.edges[shell + 1] + 1e-9


def test_counting_is_the_same_on_parts_of_a_supercell() -> None:
    small, large = rock_salt("MgO", 3), rock_salt("MgO", 6)
    one, eight = (pair_counts(s, cutoff=8.0, step=0.1) for s in (small, large))
    np.testing.assert_array_equal(8 * one.counts, eight.counts)


def test_a_scene_shows_every_atom_once_in_its_kind(mixed: Specimen) -> None:
    named = replace(mixed, state="discharged", cycle=2)
    made = scene([rock_salt("NiO", 2), named])
    assert list(made.views) == ["Discharged 2", "Pristine"]
    clouds = made.views["Discharged 2"]
    assert sum(len(c.position) for c in clouds) == len(mixed)
    names = {c.name for c in clouds}
    assert {"Na⁺", "O anions", "Ni metal", "Cu metal"} == names
    assert [c.shown for c in clouds if c.name == "O anions"] == [False]


def test_a_scene_of_nothing_has_no_view() -> None:
    assert scene([]).views == {}
