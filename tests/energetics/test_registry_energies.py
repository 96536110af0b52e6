"""Laws of what it costs a frame to stay in registry, and of the strengths beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.energetics import (
    assumptions_with,
    lattice_energies,
    lattice_kinetics,
    registry_energies,
    salt_ratios,
)
from topotaxy.energetics.coherency import (
    EV_PER_CUBIC_ANGSTROM,
    coherency_energies,
    rose_fading,
)
from topotaxy.energetics.handbook import EV_PER_SQUARE_ANGSTROM, metal_bond_from_interface, surface_energies
from topotaxy.energetics.moduli import aggregate_moduli, cleavage_strength, frame_moduli, twinning_strength
from topotaxy.errors import InputError
from topotaxy.material import (
    compound,
    conversion_volume_ratio,
    formation_gibbs,
    lattice_parameter,
    parse_formula,
    product_volume,
    salt,
)
from topotaxy.material.thermochemistry import FARADAY

NIO = parse_formula("NiO")
HEO = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O")
CHARGE = 1.602176634e-19
moduli = st.floats(20.0, 600.0)


def test_units_are_exact() -> None:
    assert pytest.approx(1e9 * 1e-30 / CHARGE) == EV_PER_CUBIC_ANGSTROM
    assert pytest.approx(1e-20 / CHARGE) == EV_PER_SQUARE_ANGSTROM


@pytest.mark.parametrize("ion", ["Li", "Na", "K"])
def test_salt_and_metal_fill_the_converted_frame(ion: str) -> None:
    site = lattice_parameter(NIO) ** 3 / 4.0
    (ratio,) = salt_ratios(NIO, ion)
    whole = conversion_volume_ratio(NIO, ion, ("Ni",))
    assert ratio * site + product_volume("Ni") == pytest.approx(whole * site)
    assert ratio * site == pytest.approx(product_volume(f"{ion}2O"))


def test_a_larger_ion_strains_more() -> None:
    ratios = [float(salt_ratios(NIO, ion)[0]) for ion in ("Li", "Na", "K")]
    assert ratios == sorted(ratios)
    assert ratios[0] > 1.0


def test_a_host_of_the_alkali_itself_is_left_as_it_is() -> None:
    mixed = parse_formula("Li0.2Ni0.8O0.8F0.2")
    found = dict(zip(mixed.cations, salt_ratios(mixed, "Li"), strict=True))
    assert found["Li"] == 1.0
    assert found["Ni"] > 1.0


@pytest.mark.parametrize(
    ("name", "of", "scale"),
    [
        ("matrix_pressure", "matrix_pressure", EV_PER_CUBIC_ANGSTROM),
        ("frame_interface_energy", "interface_energy", EV_PER_SQUARE_ANGSTROM),
        ("semicoherent_energy", "semicoherent_energy", EV_PER_SQUARE_ANGSTROM),
        ("nucleation_factor", "nucleation_factor", 1.0),
        ("nucleation_spread", "nucleation_spread", 1.0),
    ],
)
def test_an_imposed_constant_enters_by_itself_and_nowhere_else(name: str, of: str, scale: float) -> None:
    row = assumptions_with()[name]
    plain = registry_energies(NIO, "Na")
    changed = registry_energies(NIO, "Na", overrides={name: row.high})
    assert getattr(changed, of) == pytest.approx(row.high * scale)
    others = [n for n in plain.__dataclass_fields__ if n not in (of, "salt_ratio")]
    assert [getattr(plain, n) for n in others] == [getattr(changed, n) for n in others]
    assert changed.salt_ratio.tolist() == plain.salt_ratio.tolist()


@given(c12=moduli, c44=moduli, more=st.floats(1.0, 400.0))
def test_an_aggregate_lies_between_uniform_stress_and_strain(c12: float, c44: float, more: float) -> None:
    c11 = c12 + more
    young, poisson = aggregate_moduli(c11=c11, c12=c12, c44=c44)
    shear = young / (2.0 * (1.0 + poisson))
    voigt = (more + 3.0 * c44) / 5.0
    reuss = 5.0 * more * c44 / (4.0 * c44 + 3.0 * more)
    assert reuss - 1e-9 * voigt <= shear <= voigt * (1.0 + 1e-9)
    assert -1.0 < poisson < 0.5
    # The bulk modulus of a cubic crystal is that of its aggregate.
    assert young / (3.0 * (1.0 - 2.0 * poisson)) == pytest.approx((c11 + 2.0 * c12) / 3.0, rel=1e-9)


@given(modulus=moduli, surface=st.floats(0.1, 5.0), spacing=st.floats(1.0, 5.0), times=st.floats(1.0, 9.0))
def test_cleavage_is_orowan(modulus: float, surface: float, spacing: float, times: float) -> None:
    one = cleavage_strength(modulus=modulus, surface_energy=surface, spacing=spacing)
    assert one**2 * spacing * 1e-10 == pytest.approx(modulus * surface / 1.0 * 1e-9, rel=1e-9)
    four = cleavage_strength(modulus=times * modulus, surface_energy=surface, spacing=spacing / times)
    assert four == pytest.approx(times * one)


@given(shear=moduli)
def test_twinning_is_frenkel(shear: float) -> None:
    a = 1.0
    burgers, planes = a / math.sqrt(6.0), a / math.sqrt(3.0)
    assert twinning_strength(shear) == pytest.approx(shear * burgers / (2.0 * math.pi * planes))


def test_a_mean_over_oxides_is_between_them() -> None:
    found = [frame_moduli(parse_formula(f))[0] for f in ("MgO", "NiO", "Mg0.5Ni0.5O")]
    assert min(found[:2]) <= found[2] <= max(found[:2])
    assert found[2] == pytest.approx((found[0] + found[1]) / 2.0)


@given(
    cohesion=st.floats(1.0, 6.0),
    bulk=st.floats(50.0, 250.0),
    atomic=st.floats(9.0, 16.0),
    swollen=st.floats(1.0, 4.0),
)
def test_bonds_fade_from_one_to_nothing(cohesion: float, bulk: float, atomic: float, swollen: float) -> None:
    volume = np.array([0.5, 1.0, swollen, swollen + 0.5, 1e6]) * atomic
    found = rose_fading(volume=volume, atomic_volume=atomic, cohesive_energy=cohesion, bulk_modulus=bulk)
    assert found[0] == 1.0
    assert found[1] == pytest.approx(1.0)
    assert (np.diff(found) <= 1e-12).all()
    assert 0.0 <= found[-1] < 1e-6


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_swelling_is_what_the_products_add(ion: str) -> None:
    found = coherency_energies(HEO, ion, 298.15)
    for s, element in enumerate(HEO.cations):
        ratio = conversion_volume_ratio(HEO, ion, (element,))
        assert 2.0 * found.swelling_per_electron[s] == pytest.approx(found.site_volume * (ratio - 1.0))
        assert (1.0 + found.eigenstrain[s]) ** 3 == pytest.approx(ratio)
    assert 4.0 * found.site_volume == pytest.approx(lattice_parameter(HEO) ** 3)


@given(gamma=st.floats(0.01, 3.0), volume=st.floats(8.0, 30.0), times=st.floats(1.0, 10.0))
def test_a_bond_is_a_face_of_an_atom_over_one_and_a_half(gamma: float, volume: float, times: float) -> None:
    bond = metal_bond_from_interface(interface_energy=gamma, atomic_volume=volume)
    area = math.sqrt(3.0) / 4.0 * (4.0 * volume) ** (2 / 3)
    assert 1.5 * bond == pytest.approx(gamma * EV_PER_SQUARE_ANGSTROM * area, rel=1e-9)
    more = metal_bond_from_interface(interface_energy=times * gamma, atomic_volume=volume)
    assert more == pytest.approx(times * bond)


@given(temperature=st.floats(260.0, 500.0))
def test_energies_of_the_lattice_are_those_of_the_phases_at_every_temperature(temperature: float) -> None:
    found = lattice_energies(parse_formula("Ni0.5Co0.5O"), "Na", temperature)
    for s, element in enumerate(found.species):
        oxide = formation_gibbs(compound(element, "O", 2), temperature) / FARADAY
        assert 6.0 * found.cation_bond[s, 2, 0] == pytest.approx(oxide, rel=1e-12)
    assert 8.0 * found.alkali_bond[0] == pytest.approx(
        formation_gibbs(salt("Na", "O"), temperature) / FARADAY
    )
    assert not found.cation_bond[:, 0].any()


def test_metal_bonds_between_unlike_atoms_are_means() -> None:
    found = lattice_energies(HEO, "Na", 298.15)
    own = np.diag(found.metal_bond)
    assert found.metal_bond == pytest.approx((own[:, None] + own[None, :]) / 2.0)
    ratio = assumptions_with()["interface_ratio"].value
    for bond, element in zip(own, found.species, strict=True):
        gamma = ratio * surface_energies()[element]
        expected = metal_bond_from_interface(interface_energy=gamma, atomic_volume=product_volume(element))
        assert bond == pytest.approx(expected)


@pytest.mark.parametrize("offset", [0.5, 0.7])
def test_the_monovalent_offset_moves_m_plus_alone(offset: float) -> None:
    plain = lattice_energies(HEO, "Na", 298.15, overrides={"monovalent_offset": 0.6})
    moved = lattice_energies(HEO, "Na", 298.15, overrides={"monovalent_offset": offset})
    change = 6.0 * (moved.cation_bond - plain.cation_bond)[:, :, 0]
    assert not change[:, [0, 2]].any()
    free = ~plain.monovalent_phase & plain.reducible
    assert change[free, 1] == pytest.approx(np.full(free.sum(), offset - 0.6))
    assert not change[~free, 1].any()
    assert plain.monovalent_phase.tolist() == [el == "Cu" for el in plain.species]


@given(low=st.floats(280.0, 380.0), more=st.floats(1.0, 80.0))
def test_hops_are_faster_when_it_is_warmer(low: float, more: float) -> None:
    cold, warm = (lattice_kinetics(lattice_energies(HEO, "Na", t), {"O": 1.0}) for t in (low, low + more))
    assert (warm.metal_hop_rate > cold.metal_hop_rate).all()
    assert warm.blocked_hop_rate > cold.blocked_hop_rate
    assert warm.cation_hop_rate > cold.cation_hop_rate
    assert warm.registry_rate > cold.registry_rate
    attempts = assumptions_with()["attempt_frequency"].value
    assert max(warm.metal_hop_rate.max(), warm.registry_rate, warm.cation_hop_rate) <= attempts


@pytest.mark.parametrize(
    ("formula", "says"),
    [("Na2O", "rock salt|reduced to a metal"), ("Fe2O3", "valences up to 2")],
)
def test_what_the_lattice_does_not_hold_is_refused(formula: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        lattice_energies(parse_formula(formula), "Na", 298.15)
