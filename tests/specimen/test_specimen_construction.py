"""Lattice states to specimens: counts, room, orientation and strain, whatever the order of the atoms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from atoms_compared import closest

from topotaxy.errors import InputError
from topotaxy.material import product_volume
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.construction import LatticeState, specimen_of
from topotaxy.specimen.packing import LEAST

CELLS = 5


def state(
    pieces: list[int], *, registered: bool = True, strain: float = 0.0, seed: int = 0, framed: bool = True
) -> LatticeState:
    """NiO of which as many nickel atoms as the pieces hold are metal, centres far from each other."""
    host = rock_salt("NiO", CELLS)
    rng = np.random.default_rng(seed)
    metal = rng.permutation(np.flatnonzero(host.elements == "Ni"))[: sum(pieces)]
    kept = np.setdiff1d(np.arange(len(host)), metal)
    corners = np.array([(i, j, k) for i in (1, 3) for j in (1, 3) for k in (1, 3)]) / 4.0
    return LatticeState(
        sites=host.positions[kept] / host.box[0, 0],
        elements=host.elements[kept],
        valences=host.valences[kept],
        phases=host.phases[kept],
        identities=host.identities[kept],
        metal_elements=host.elements[metal],
        metal_identities=host.identities[metal],
        piece=np.repeat(np.arange(len(pieces)), pieces),
        centres=corners[: len(pieces)],
        registered=np.full(len(pieces), registered),
        edge=float(host.box[0, 0]) * (1.0 + strain),
        cells=CELLS,
        framed=framed,
    )


def made(given: LatticeState, cycle: int = 1, replica: int = 0) -> Specimen:
    return specimen_of(
        given, when="discharged", cycle=cycle, replica=replica, formula="NiO", source="state", notes=("a",)
    )


def test_without_metal_atoms_stay_on_their_sites_to_the_last_bit() -> None:
    given = state([])
    found = made(given)
    np.testing.assert_array_equal(found.positions, given.sites * given.edge)
    assert found.clusters == ()
    assert found.unit_cell == given.edge / CELLS


@pytest.mark.parametrize("pieces", [[1], [13], [55, 20], [30, 0, 25]])
@pytest.mark.parametrize("registered", [True, False])
def test_every_atom_is_there_once_and_has_room(pieces: list[int], registered: bool) -> None:
    given = state(pieces, registered=registered, strain=0.05)
    found = made(given)
    assert sorted(found.identities) == sorted([*given.identities, *given.metal_identities])
    assert found.counts() == rock_salt("NiO", CELLS).counts()
    assert closest(found) >= LEAST
    assert [c.size for c in found.clusters] == [n for n in pieces if n]
    assert all(c.registered == registered for c in found.clusters)
    metal = np.flatnonzero(found.is_phase("metal"))
    np.testing.assert_array_equal(np.sort(np.concatenate([c.members for c in found.clusters])), metal)
    assert not found.valences[metal].any()
    inside = found.positions / given.edge
    assert ((inside >= 0.0) & (inside < 1.0 + 1e-12)).all()


def test_a_piece_has_the_spacing_of_its_metal_and_its_centre_where_it_was() -> None:
    given = state([43])
    found = made(given)
    (cluster,) = found.clusters
    places = found.positions[cluster.members]
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    middle = int(np.argmin(np.linalg.norm(places - places.mean(axis=0), axis=1)))
    around = np.sort(apart[middle])[1:13]
    # Twelve neighbours; the matrix may push the outer ones by some hundredths of an Å.
    assert around.mean() == pytest.approx(np.cbrt(4.0 * product_volume("Ni")) / np.sqrt(2.0), rel=0.03)
    np.testing.assert_allclose(cluster.centre, given.centres[0] * given.edge, atol=0.3)


def axes_of(places: np.ndarray) -> float:
    """Share of the bonds of a piece that lie along <110> of the box, within 4 degrees."""
    vectors = (places[:, None] - places[None]).reshape(-1, 3)
    length = np.linalg.norm(vectors, axis=1)
    bonds = vectors[(length > 0.1) & (length < 2.8)]
    bonds = np.sort(np.abs(bonds / np.linalg.norm(bonds, axis=1)[:, None]), axis=1)
    cosine = bonds @ np.array([0.0, 1.0, 1.0]) / np.sqrt(2.0)
    return float((cosine > np.cos(np.radians(4.0))).mean())


def test_metal_in_registry_lies_along_the_box_and_other_metal_is_turned() -> None:
    along = made(state([55]))
    turned = made(state([55], registered=False))
    assert axes_of(along.positions[along.clusters[0].members]) > 0.9
    assert axes_of(turned.positions[turned.clusters[0].members]) < 0.5


def test_orientation_belongs_to_place_cycle_and_replica_not_to_other_pieces() -> None:
    one = made(state([19], registered=False))
    two = made(state([19, 19], registered=False))
    first, again = (s.positions[s.clusters[0].members] for s in (one, two))
    shift = first.mean(axis=0) - again.mean(axis=0)
    np.testing.assert_allclose(first, again + shift, atol=0.35)
    for other in (
        made(state([19], registered=False), cycle=2),
        made(state([19], registered=False), replica=1),
    ):
        moved = other.positions[other.clusters[0].members]
        assert np.abs(moved - first).max() > 0.5


def test_numbers_of_pieces_do_not_matter() -> None:
    given = state([20, 12, 9])
    order = np.array([2, 0, 1])
    relabelled = replace(
        given,
        piece=np.argsort(order)[given.piece],
        centres=given.centres[order],
        registered=given.registered[order],
    )
    one, two = made(given), made(relabelled)
    np.testing.assert_allclose(one.positions, two.positions, atol=1e-9)
    assert {c.size for c in one.clusters} == {c.size for c in two.clusters}


def test_the_same_state_gives_the_same_bytes() -> None:
    given = state([40, 20], registered=False)
    assert made(given).positions.tobytes() == made(given).positions.tobytes()


@pytest.mark.parametrize("strain", [-0.02, 0.0, 0.1])
def test_box_and_cell_carry_the_strain(strain: float) -> None:
    found = made(state([10], strain=strain))
    a = rock_salt("NiO", 1).box[0, 0]
    np.testing.assert_allclose(np.diag(found.box), a * CELLS * (1.0 + strain))
    assert found.unit_cell == pytest.approx(a * (1.0 + strain))


def test_no_frame_has_no_cell() -> None:
    found = made(state([10], framed=False))
    assert found.unit_cell is None
    with pytest.raises(InputError, match="no frame"):
        found.unit_cell_or_raise()


def test_what_is_said_of_the_whole_is_kept() -> None:
    found = made(state([]), cycle=7, replica=3)
    assert (found.state, found.cycle, found.replica) == ("discharged", 7, 3)
    assert (found.formula, found.source, found.notes) == ("NiO", "state", ("a",))


def test_a_box_too_small_for_its_atoms_is_refused() -> None:
    given = state([])
    few = {name: getattr(given, name)[:60] for name in ("elements", "valences", "phases", "identities")}
    with pytest.raises(InputError, match="no room"):
        made(replace(given, sites=np.random.default_rng(1).random((60, 3)), edge=4.0, **few))


def intensity(found: Specimen, steps: np.ndarray) -> np.ndarray:
    """Of anions at scattering vectors in whole steps of the box, an anion each, (m,)."""
    anions = found.positions[found.is_element("O")] / found.box[0, 0]
    return np.abs(np.exp(2j * np.pi * anions @ steps.T).sum(axis=0)) ** 2 / len(anions)


def test_spots_of_the_frame_are_those_of_the_unit_cell_whatever_metal_pushes_it_apart() -> None:
    """Sites are conserved: near (200) the strongest vector is that of the mean period; what metal displaces
    the frame by is diffuse, towards the smaller spacing between the pieces."""
    # The box has the room of the metal, as the lattice gives it.
    plain = state([])
    given = state([43, 43, 43, 43])
    metal = 4 * 43 * product_volume("Ni")
    grown = replace(given, edge=float(np.cbrt(plain.edge**3 + metal)))
    found = made(grown)
    assert found.unit_cell == grown.edge / CELLS
    span = np.arange(-3, 4)
    around = np.stack(np.meshgrid(span, span, span, indexing="ij"), axis=-1).reshape(-1, 3)
    total = np.zeros(len(around))
    lengths = np.zeros(len(around))
    for along in range(3):
        steps = np.roll(around, along, axis=1) + 2 * CELLS * np.eye(3, dtype=int)[along]
        total += intensity(found, steps)
        lengths = np.linalg.norm(steps, axis=1)
    strongest = int(np.argmax(total))
    np.testing.assert_array_equal(around[strongest], 0)
    rest = np.delete(total, strongest)
    centroid = float((np.delete(lengths, strongest) * rest).sum() / rest.sum())
    # A flat background would have the mean of the lengths.
    assert centroid > float(np.delete(lengths, strongest).mean())
