"""Laws of the one energy that every event obeys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies, lattice_energies, registry_energies
from topotaxy.lattice.frame import Frame, frame_of, region_content, rigid_frame
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.hamiltonian import (
    alkali_energies,
    atomic_volumes,
    border_area,
    elastic_energy,
    energy,
    site_energies,
    valence_excess,
)
from topotaxy.lattice.metal import object_energy
from topotaxy.lattice.state import VACANT, Configuration, ionic_configuration, pristine_configuration
from topotaxy.material import Composition, formation_gibbs, parse_formula, product_volume
from topotaxy.material.thermochemistry import FARADAY

HEO = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O")
HEOS = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11")
BOX = geometry_from_cells(2)
WIDE = geometry_from_cells(4)


def energies_of(composition: Composition, ion: str = "Na") -> LatticeEnergies:
    return lattice_energies(composition, ion, 298.15)


def reacted(geometry: Geometry, composition: Composition, seed: int, steps: int = 40) -> Configuration:
    """A configuration after so many reductions and hops drawn without regard to energy."""
    energies, rng = energies_of(composition), np.random.default_rng(seed)
    c = pristine_configuration(geometry, composition, energies, rng)
    species, valence, identity = c.species.copy(), c.valence.copy(), c.identity.copy()
    alkali, metal_of, centre = c.alkali.copy(), c.metal_of.copy(), c.centre.copy()
    for _ in range(steps):
        site, t = int(rng.integers(geometry.sites)), int(rng.choice(np.flatnonzero(alkali == 0)))
        if valence[site] == 0 or not energies.reducible[species[site]]:
            continue
        alkali[t] = 1
        valence[site] -= 1
        if valence[site] == 0:
            made = int(rng.integers(4))
            centre[made] = made if centre[made] < 0 else centre[made]
            metal_of[identity[site]] = made
            species[site] = identity[site] = VACANT
    return c._replace(
        species=species, valence=valence, identity=identity, alkali=alkali, metal_of=metal_of, centre=centre
    )


def mapped(geometry: Geometry, c: Configuration, map_grid: object) -> Configuration:
    """The configuration with every point of the box moved by a map of its grid onto itself."""
    edge = 2 * geometry.cells

    def places(position: NDArray[np.float64], half: float) -> NDArray[np.int64]:
        moved = map_grid(2.0 * position)
        keys = {
            tuple(p): i for i, p in enumerate(np.rint((2.0 * position - half) % edge).astype(int).tolist())
        }
        return np.array([keys[tuple(p)] for p in np.rint((moved - half) % edge).astype(int).tolist()])

    cations = places(geometry.octahedral_position, 0.0)
    anions = places(geometry.anion_position, 0.0)
    tetrahedra = places(geometry.tetrahedral_position, 0.5)

    def put(values: NDArray[np.generic], to: NDArray[np.int64]) -> NDArray[np.generic]:
        found = np.empty_like(values)
        found[to] = values
        return found

    identity = put(c.identity, cations)
    return c._replace(
        species=put(c.species, cations),
        valence=put(c.valence, cations),
        identity=np.where(identity >= 0, cations[identity], -1).astype(np.int32),
        alkali=put(c.alkali, tetrahedra),
        anion=put(c.anion, anions),
        metal_of=put(c.metal_of, cations),
        element=put(c.element, cations),
    )


@given(seed=st.integers(0, 10_000), shift=st.tuples(*[st.integers(0, 3)] * 3))
@settings(max_examples=15)
def test_a_translation_of_everything_costs_nothing(seed: int, shift: tuple[int, int, int]) -> None:
    if sum(shift) % 2:
        shift = (shift[0], shift[1], (shift[2] + 1) % 4)
    energies, c = energies_of(HEOS), reacted(BOX, HEOS, seed)
    moved = mapped(BOX, c, lambda p: p + np.array(shift))
    assert energy(BOX, energies, moved) == pytest.approx(energy(BOX, energies, c), abs=1e-8)


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(lambda p: p[:, [1, 2, 0]], id="threefold"),
        pytest.param(lambda p: p * np.array([-1.0, -1.0, -1.0]), id="inversion"),
        pytest.param(lambda p: p[:, [1, 0, 2]] * np.array([-1.0, 1.0, 1.0]), id="fourfold"),
        pytest.param(lambda p: p * np.array([1.0, 1.0, -1.0]), id="mirror"),
    ],
)
def test_the_point_group_of_rock_salt_leaves_the_energy(turn: object) -> None:
    energies, c = energies_of(HEOS, "Li"), reacted(BOX, HEOS, 5)
    assert energy(BOX, energies, mapped(BOX, c, turn)) == pytest.approx(energy(BOX, energies, c), abs=1e-8)


@pytest.mark.parametrize(("formula", "ion"), [("NiO", "Na"), ("CoO", "Li"), ("MnO", "K")])
def test_the_oxide_and_the_salt_have_their_energies_of_formation(formula: str, ion: str) -> None:
    composition = parse_formula(formula)
    energies, n = energies_of(composition, ion), BOX.sites
    one = np.ones(n, dtype=np.int8)
    oxide = ionic_configuration(BOX, 0 * one, 2 * one, np.zeros(2 * n, np.int8), 0 * one)
    assert energy(BOX, energies, oxide) == pytest.approx(
        n * formation_gibbs(formula, 298.15) / FARADAY, rel=1e-9
    )
    salt = ionic_configuration(BOX, VACANT * one, 0 * one, np.ones(2 * n, np.int8), 0 * one)
    expected = n * formation_gibbs(f"{ion}2O", 298.15) / FARADAY
    assert energy(BOX, energies, salt) == pytest.approx(expected, rel=1e-9)
    for c in (oxide, salt):
        assert not valence_excess(BOX, energies, c).any()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_the_excess_of_the_anions_adds_up_to_the_charge_of_the_box(seed: int) -> None:
    energies, c = energies_of(HEOS), reacted(BOX, HEOS, seed)
    assert valence_excess(BOX, energies, c).sum() == 0
    more = c.alkali.copy()
    more[np.flatnonzero(more == 0)[0]] = 1
    # An A+ too many lies on four anions with three twelfths each.
    assert valence_excess(BOX, energies, c._replace(alkali=more)).sum() == 12


def test_every_contact_is_counted_once() -> None:
    energies, c = energies_of(HEOS), reacted(BOX, HEOS, 3)
    total = 0.0
    for site in np.flatnonzero(c.species != VACANT):
        for x in BOX.octahedral_anions[site]:
            total += energies.cation_bond[c.species[site], c.valence[site], c.anion[x]]
    for t in np.flatnonzero(c.alkali):
        total += energies.alkali_bond[c.anion[BOX.tetrahedral_anions[t]]].sum()
    for k in np.flatnonzero(c.centre >= 0):
        counts = np.bincount(c.element[c.metal_of == k], minlength=len(energies.species))
        total += object_energy(counts, np.diag(energies.metal_bond))
    excess = valence_excess(BOX, energies, c).astype(float)
    total += energies.valence_stiffness / 288.0 * float((excess**2).sum())
    assert energy(BOX, energies, c) == pytest.approx(total, abs=1e-8)


def test_energies_by_site_go_by_the_anions_around() -> None:
    energies = energies_of(HEOS)
    pure = np.zeros(BOX.sites, dtype=np.int8)
    oxide = site_energies(BOX, energies, pure)
    assert np.allclose(oxide, 6.0 * energies.cation_bond[None, :, :, 0])
    assert np.allclose(alkali_energies(BOX, energies, pure), 4.0 * energies.alkali_bond[0])
    one = pure.copy()
    one[0] = 1
    touched = np.flatnonzero(np.abs(site_energies(BOX, energies, one) - oxide).max(axis=(1, 2)))
    assert set(touched.tolist()) == set(BOX.anion_octahedra[0].tolist())


def test_only_what_can_be_metal_has_a_volume() -> None:
    volumes = dict(zip(HEO.cations, atomic_volumes(energies_of(HEO)), strict=True))
    assert volumes.pop("Mg") == product_volume("Mg")
    assert all(volumes[el] == product_volume(el) for el in volumes)
    with_salt = energies_of(parse_formula("Li0.2Ni0.8O0.8F0.2"), "Li")
    assert dict(zip(with_salt.species, atomic_volumes(with_salt), strict=True))["Li"] == 0.0


def _frame(composition: Composition, geometry: Geometry, **overrides: float) -> tuple[Frame, Configuration]:
    energies = energies_of(composition)
    pristine = pristine_configuration(geometry, composition, energies, np.random.default_rng(0))
    registry = registry_energies(composition, "Na", overrides=overrides)
    return frame_of(registry, geometry, composition, energies, pristine, nucleation_factor=0.3), pristine


@given(excess=st.floats(1e-3, 1e4))
def test_elastic_energy_is_quadratic_at_first_and_never_above_its_cap(excess: float) -> None:
    frame, _ = _frame(HEO, WIDE)
    sites = WIDE.region_sites
    found = elastic_energy(frame, sites, sites * 0.5 + excess, 0.5)
    free = frame.elastic * excess**2
    assert (found <= np.minimum(free, frame.cap) * (1.0 + 1e-12)).all()
    assert (found >= 0.5 * np.minimum(free, frame.cap) * (1.0 - 1e-12)).all()
    assert elastic_energy(frame, sites, sites * 0.5 - excess, 0.5) == pytest.approx(found, rel=1e-6)


def test_regions_of_one_content_do_not_strain_each_other() -> None:
    frame, pristine = _frame(HEO, WIDE)
    content = region_content(WIDE, frame, pristine).astype(float)
    assert not content.any()
    assert not elastic_energy(frame, WIDE.region_sites, WIDE.region_sites * 1.25, 1.25).any()


@given(lost=st.integers(0, 2048))
def test_a_border_is_the_same_around_a_part_and_the_rest(lost: int) -> None:
    frame = rigid_frame(BOX, reacted(BOX, HEO, 0))
    area = border_area(frame, lost, 2048)
    assert area == pytest.approx(border_area(frame, 2048 - lost, 2048), rel=1e-12)
    assert area <= 2.0 * 2048 ** (2 / 3) * (1.0 + 1e-12)
    assert (area == 0.0) == (lost in (0, 2048))


def test_metal_pays_its_pressure_by_the_share_in_registry() -> None:
    composition = parse_formula("NiO")
    frame, pristine = _frame(composition, WIDE, matrix_pressure=2.0)
    energies = energies_of(composition)
    metal_of, centre = pristine.metal_of.copy(), pristine.centre.copy()
    species, valence, identity = (
        getattr(pristine, name).copy() for name in ("species", "valence", "identity")
    )
    for site in (0, 1):
        species[site], valence[site], identity[site], metal_of[site] = VACANT, 0, VACANT, 0
    centre[0] = 0
    c = pristine._replace(
        species=species, valence=valence, identity=identity, metal_of=metal_of, centre=centre
    )
    weightless = frame.__class__(**{**frame.__dict__, "elastic": 0 * frame.elastic, "surface": 0.0})
    free = frame.__class__(**{**weightless.__dict__, "pressure": 0.0})
    whole = energy(WIDE, energies, c, weightless) - energy(WIDE, energies, c, free)
    assert whole == pytest.approx(2.0 / 160.2176634 * 2 * product_volume("Ni"), rel=1e-9)
    registered = c.registered.copy()
    registered[:2] = 0
    half = c._replace(registered=registered)
    kept = 1.0 - WIDE.region_sites[:2].sum() / WIDE.sites
    paid = energy(WIDE, energies, half, weightless) - energy(WIDE, energies, half, free)
    assert paid == pytest.approx(kept * whole, rel=1e-9)
    # A single atom sits in a hole of its matrix and pays none.
    lone = c._replace(metal_of=np.where(np.arange(WIDE.sites) == 1, 1, c.metal_of).astype(np.int32))
    lone.centre[1] = 1
    assert energy(WIDE, energies, lone, weightless) == energy(WIDE, energies, lone, free)
