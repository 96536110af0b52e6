"""Laws of what is read off a configuration, of its export, and of the state that is derived from it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_hamiltonian import HEO, HEOS, energies_of, reacted

from topotaxy.lattice.distances import spacings_of
from topotaxy.lattice.domains import (
    DIAMETERS,
    diameters,
    distribution,
    domain_volumes,
    interface_area,
    mean_size,
)
from topotaxy.lattice.export import FRAME, METAL, OXIDE, SALT, kinds_of, lattice_state, strained_edge
from topotaxy.lattice.frame import rigid_frame
from topotaxy.lattice.geometry import geometry_from_cells
from topotaxy.lattice.history import keeps_curve
from topotaxy.lattice.measures import BESIDE, Measures, measures_of
from topotaxy.lattice.running import configuration_of, state_from
from topotaxy.lattice.simulation import tables_of
from topotaxy.lattice.state import VACANT, Configuration, object_sizes, pristine_configuration
from topotaxy.material import lattice_parameter, product_volume

BOX = geometry_from_cells(4)
ENERGIES = energies_of(HEOS)
PRISTINE = pristine_configuration(BOX, HEOS, ENERGIES, np.random.default_rng(2))
SPACINGS = spacings_of(HEOS, ENERGIES)
KINDS = kinds_of(HEOS, ENERGIES.species, ENERGIES.anions, "Na")
seeds = st.integers(0, 10_000)


def measured(c: Configuration, pristine: Configuration) -> Measures:
    return measures_of(BOX, ENERGIES, rigid_frame(BOX, pristine), SPACINGS, c, pristine)


def converted(seed: int) -> tuple[Configuration, Configuration]:
    """A reacted configuration with the pristine one that it came from."""
    return reacted(BOX, HEOS, seed, 400), reacted(BOX, HEOS, seed, 0)


def test_the_pristine_box_is_at_home_and_holds_no_metal() -> None:
    found = measured(PRISTINE, PRISTINE)
    assert (found.home_fraction, found.coherent_fraction, found.interface_area) == (1.0, 1.0, 0.0)
    assert np.isnan(
        [found.confined_fraction, found.inlaid_fraction, found.lost_fraction, found.domain_size]
    ).all()
    assert (found.anion_coordination == 6.0).all()
    assert np.isnan(found.metal_coordination).all()
    for shares in (found.reduced_fraction, found.monovalent_fraction, found.pooled_fraction):
        assert not shares.any()
    assert found.frame_strain == 0.0
    assert np.allclose(found.anion_distance, lattice_parameter(HEOS) / 2.0)


@given(seed=seeds)
@settings(max_examples=12)
def test_shares_are_shares_of_one_whole(seed: int) -> None:
    c, pristine = converted(seed)
    found = measured(c, pristine)
    assert found.confined_fraction + found.inlaid_fraction + found.lost_fraction == pytest.approx(1.0)
    for shares in (found.monovalent_fraction, found.pooled_fraction, found.reduced_fraction):
        assert ((shares >= 0.0) & (shares <= 1.0)).all()
    # What is oxidised has six anions, what is metal none; M+ has given half of its electrons' places.
    oxidised = found.anion_coordination / 6.0
    assert found.reduced_fraction == pytest.approx(1.0 - oxidised + found.monovalent_fraction / 2.0)


@given(seed=seeds)
@settings(max_examples=12)
def test_electrons_taken_are_alkali_taken(seed: int) -> None:
    c, pristine = converted(seed)
    found = measured(c, pristine)
    number = Counter(c.element[c.element != VACANT].tolist())
    electrons = sum(2.0 * number[s] * found.reduced_fraction[s] for s in number)
    assert electrons == pytest.approx(float(c.alkali.sum()))


def test_an_object_moves_from_confined_to_inlaid_with_one_atom_more() -> None:
    for atoms, small in ((BESIDE, 1.0), (BESIDE + 1, 0.0)):
        species, valence, identity = (getattr(PRISTINE, n).copy() for n in ("species", "valence", "identity"))
        metal_of, centre = PRISTINE.metal_of.copy(), PRISTINE.centre.copy()
        species[:atoms], valence[:atoms], identity[:atoms], metal_of[:atoms], centre[0] = (
            VACANT,
            0,
            VACANT,
            0,
            0,
        )
        c = PRISTINE._replace(
            species=species, valence=valence, identity=identity, metal_of=metal_of, centre=centre
        )
        found = measured(c, PRISTINE)
        assert (found.confined_fraction, found.inlaid_fraction, found.lost_fraction) == (
            small,
            1.0 - small,
            0.0,
        )
        lost = measured(c._replace(registered=0 * c.registered), PRISTINE)
        assert (lost.lost_fraction, lost.coherent_fraction) == (1.0, 0.0)
        assert np.isnan(lost.frame_strain)


@given(seed=seeds)
@settings(max_examples=10)
def test_domains_hold_the_volume_of_their_atoms(seed: int) -> None:
    c, _ = converted(seed)
    volumes, sizes = domain_volumes(ENERGIES, c), object_sizes(c)
    for k in np.flatnonzero(sizes > 1):
        atoms = c.element[c.metal_of == k]
        assert volumes[k] == pytest.approx(sum(product_volume(ENERGIES.species[s]) for s in atoms))
    assert not volumes[sizes <= 1].any()
    present = volumes[volumes > 0.0]
    if len(present):
        assert diameters(present).min() <= mean_size(volumes) <= diameters(present).max()
        assert distribution(volumes).sum() == pytest.approx(1.0)


@given(volumes=st.lists(st.floats(10.0, 3e4), min_size=1, max_size=20), times=st.integers(2, 5))
def test_sizes_do_not_depend_on_how_much_there_is(volumes: list[float], times: int) -> None:
    once, often = np.array(volumes), np.array(volumes * times)
    assert mean_size(often) == pytest.approx(mean_size(once))
    assert distribution(often) == pytest.approx(distribution(once))
    assert interface_area(often) == pytest.approx(times * interface_area(once))
    # Of one size: surface times a third of the radius is the volume.
    alone = np.array([volumes[0]])
    assert interface_area(alone) * diameters(alone)[0] / 6.0 == pytest.approx(volumes[0] * 1e-3)
    assert DIAMETERS[0] == 0.0


@given(seed=seeds)
@settings(max_examples=10)
def test_the_export_keeps_every_atom_and_its_charge(seed: int) -> None:
    c, _ = converted(seed)
    state = lattice_state(BOX, KINDS, c, edge=17.0)
    ions = int((c.species != VACANT).sum())
    assert len(state.sites) == ions + BOX.sites + int(c.alkali.sum())
    assert state.valences.sum() == pytest.approx(0.0)
    everyone = [*state.identities.tolist(), *state.metal_identities.tolist()]
    assert len(set(everyone)) == len(everyone)
    found = Counter(state.elements.tolist()) + Counter(state.metal_elements.tolist())
    expected = Counter(ENERGIES.species[s] for s in c.element if s != VACANT)
    expected += Counter(ENERGIES.anions[x] for x in c.anion) + Counter({"Na": int(c.alkali.sum())})
    assert found == expected
    assert ((state.sites >= 0.0) & (state.sites < 1.0)).all()
    assert len(state.centres) == len(np.flatnonzero(object_sizes(c)))
    assert (
        np.bincount(state.piece, minlength=len(state.centres)).tolist()
        == object_sizes(c)[np.flatnonzero(object_sizes(c))].tolist()
    )
    assert METAL not in state.phases


def test_what_is_out_of_registry_is_oxide_and_salt() -> None:
    c, _ = converted(1)
    kept = lattice_state(BOX, KINDS, c, edge=17.0)
    assert set(kept.phases.tolist()) == {FRAME}
    assert kept.framed
    gone = lattice_state(BOX, KINDS, c._replace(registered=0 * c.registered), edge=17.0)
    assert set(gone.phases.tolist()) <= {OXIDE, SALT}
    assert not gone.framed
    assert not gone.registered.any()
    cations = np.isin(gone.elements, ENERGIES.species)
    assert (gone.phases[cations] == OXIDE).all()
    assert (gone.phases[gone.elements == "Na"] == SALT).all()


def test_the_box_is_as_large_as_what_is_in_it() -> None:
    a = lattice_parameter(HEOS)
    assert strained_edge(BOX, KINDS, PRISTINE, lattice_parameter=a, frame_strain=0.0) == pytest.approx(4 * a)
    assert strained_edge(BOX, KINDS, PRISTINE, lattice_parameter=a, frame_strain=0.1) == pytest.approx(
        4.4 * a
    )
    c, _ = converted(4)
    kept = strained_edge(BOX, KINDS, c, lattice_parameter=a, frame_strain=0.05) ** 3
    room = domain_volumes(ENERGIES, c).sum()
    assert kept == pytest.approx((4.2 * a) ** 3 + room, rel=1e-9)
    gone = c._replace(registered=0 * c.registered)
    own = strained_edge(BOX, KINDS, gone, lattice_parameter=a, frame_strain=0.05) ** 3
    ions = c.species != VACANT
    oxide = (KINDS.oxide_volume[c.species[ions]] * c.valence[ions] / 2.0).sum()
    assert own == pytest.approx(oxide + KINDS.alkali_volume * c.alkali.sum() + room, rel=1e-9)


@given(cycle=st.integers(1, 5000), cycles=st.integers(1, 5000))
def test_of_every_decade_the_same_cycles_are_kept(cycle: int, cycles: int) -> None:
    if cycle <= 10 or cycle == cycles:
        assert keeps_curve(cycle, cycles)
    else:
        assert keeps_curve(10 * cycle, 0) == keeps_curve(cycle, 0)
        assert keeps_curve(cycle, 0) == (str(cycle).rstrip("0") in ("1", "2", "5"))


@pytest.mark.parametrize("seed", [0, 3])
def test_a_running_state_holds_the_configuration_that_it_came_from(seed: int, system: object) -> None:
    made = system(HEOS.formula, "Na", 4)
    c, _ = converted(seed)
    tables = tables_of(made.box, made.frame, c)
    state = state_from(BOX, ENERGIES, tables, c)
    for name, values in configuration_of(state)._asdict().items():
        assert np.array_equal(values, getattr(c, name)), name
    # Its lists are inverses, its sums are those of its members.
    for members, place, mask in (
        (state.alkali_list, state.alkali_place, c.alkali == 1),
        (state.vacant_list, state.vacant_place, c.species == VACANT),
        (state.active_list, state.active_place, object_sizes(c) > 0),
    ):
        listed = members[members >= 0]
        assert set(listed.tolist()) == set(np.flatnonzero(mask).tolist())
        assert (place[listed] == np.arange(len(listed))).all()
        assert (place[~mask] == -1).all()
    assert state.electrons.sum() == state.alkali.sum()
    for region in range(BOX.regions):
        sites = slice(BOX.region_start[region], BOX.region_start[region + 1])
        parts = state.redox[sites].sum(axis=0) * state.region_factor[region]
        assert state.sums[len(state.sums) // 2 + region] == pytest.approx(parts, rel=1e-12)
    assert state.sums[1] == pytest.approx(state.sums[len(state.sums) // 2 :].sum(axis=0), rel=1e-12)
    assert (state.redox >= 0.0).all()


def test_species_of_another_composition_are_not_at_home() -> None:
    other = pristine_configuration(BOX, HEO, energies_of(HEO), np.random.default_rng(2))
    assert len(other.species) == len(PRISTINE.species)
    swapped = PRISTINE.identity.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    found = measured(PRISTINE._replace(identity=swapped), PRISTINE)
    assert found.home_fraction == pytest.approx(1.0 - 2.0 / BOX.sites)
    assert found.framework_fraction == found.home_fraction
