from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants

from topotaxy.energetics import coherency_energies
from topotaxy.energetics.coherency import (
    EV_PER_CUBIC_ANGSTROM,
    STRAIN_GRID,
    rose_fading,
)
from topotaxy.energetics.handbook import surface_energies
from topotaxy.energetics.moduli import aggregate_moduli, frame_moduli
from topotaxy.errors import InputError
from topotaxy.material import IONS, conversion_volume_ratio, parse_formula
from topotaxy.tables import read_table

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def test_misfit_of_nickel_oxide_by_hand() -> None:
    # Ni 10.94 and Na2O 42.74 Å³ in place of 4.1771³/4 = 18.22 Å³: a ratio of 2.946.
    found = coherency_energies(parse_formula("NiO"), "Na", 298.15)
    assert found.site_volume == pytest.approx(18.22, abs=0.01)
    assert found.eigenstrain[0] == pytest.approx(0.4336, abs=2e-4)
    assert found.swelling_per_electron[0] == pytest.approx((10.94 + 42.74 - 18.22) / 2, abs=0.01)


@pytest.mark.parametrize("ion", IONS)
def test_misfits_of_the_species_add_up_to_that_of_the_whole(ion: str) -> None:
    composition = parse_formula(HEOS)
    found = coherency_energies(composition, ion, 298.15)
    shares = np.array(list(composition.cation_fractions.values()))
    assert shares @ (1 + found.eigenstrain) ** 3 == pytest.approx(conversion_volume_ratio(composition, ion))
    electrons = np.array(list(composition.mean_valences.values()))
    grown = shares @ (electrons * found.swelling_per_electron) / found.site_volume
    assert 1 + grown == pytest.approx(conversion_volume_ratio(composition, ion))


def test_an_alkali_cation_of_the_host_strains_and_fades_nothing() -> None:
    found = coherency_energies(parse_formula("Li0.25Cu0.75O0.75F0.25"), "Na", 298.15)
    assert found.eigenstrain[0] == found.swelling_per_electron[0] == 0
    assert (found.fading[0] == 1).all()
    assert found.eigenstrain[1] > 0


@given(st.floats(50, 400), st.floats(0.05, 0.45))
def test_an_isotropic_crystal_has_the_moduli_of_its_aggregate(young: float, poisson: float) -> None:
    first = young * poisson / ((1 + poisson) * (1 - 2 * poisson))
    shear = young / (2 * (1 + poisson))
    found = aggregate_moduli(c11=first + 2 * shear, c12=first, c44=shear)
    assert found == pytest.approx((young, poisson))


def test_the_aggregate_of_periclase_is_as_measured() -> None:
    # Ceramics of full density: E = 300 to 310 GPa and nu = 0.18 (Bass, AGU Reference Shelf 2, 1995).
    (row,) = (r for r in read_table("topotaxy.energetics", "elastic_constants") if r["cation"] == "Mg")
    young, poisson = aggregate_moduli(**{key: float(row[key]) for key in ("c11", "c12", "c44")})
    assert 300 < young < 312
    assert poisson == pytest.approx(0.18, abs=0.01)


def test_the_modulus_is_a_mean_over_the_oxides_and_says_where_from() -> None:
    ends = [frame_moduli(parse_formula(f))[0] for f in ("NiO", "MgO")]
    value, _, source = frame_moduli(parse_formula("Ni0.25Mg0.75O"))
    assert value == pytest.approx(0.25 * ends[0] + 0.75 * ends[1])
    assert "Ni: elastic constants" in source
    assert "Cu: bulk modulus" in frame_moduli(parse_formula("CuO"))[2]
    found = coherency_energies(parse_formula("NiO"), "Li", 298.15)
    assert found.modulus * constants.e * 1e21 == pytest.approx(ends[0])


def test_twinning_takes_less_shear_than_the_shear_modulus_over_nine() -> None:
    # G/(2 pi sqrt 2) = 0.113 G; MgO: G = 131 GPa (Bass, AGU Reference Shelf 2, 1995).
    _, shear, _ = frame_moduli(parse_formula("MgO"))
    assert shear == pytest.approx(131, rel=0.02)
    found = coherency_energies(parse_formula("MgO"), "Na", 298.15)
    assert found.twinning_strength == pytest.approx(0.1125 * shear, rel=1e-3)
    assert found.twinning_strength < found.cleavage_strength


def test_near_its_own_volume_a_metal_has_its_bulk_modulus() -> None:
    volume, cohesion, modulus = 10.94, 4.44, 186.0
    strain = 1e-4
    stretched = np.array([volume * (1 + strain) ** 3])
    fading = rose_fading(
        volume=stretched, atomic_volume=volume, cohesive_energy=cohesion, bulk_modulus=modulus
    )
    elastic = 0.5 * modulus * EV_PER_CUBIC_ANGSTROM * volume * (3 * strain) ** 2
    assert cohesion * (1 - fading[0]) == pytest.approx(elastic, rel=2e-3)


def test_bonds_fade_as_the_frame_swells_and_never_grow() -> None:
    found = coherency_energies(parse_formula(HEOS), "Na", 298.15)
    assert (found.strain_grid == STRAIN_GRID).all()
    assert found.strain_grid[0] == 0
    assert found.strain_grid[-1] >= 0.6
    assert (np.diff(found.fading, axis=1) <= 0).all()
    assert (found.fading <= 1).all()
    assert (found.fading[:, -1] < 0.1).all()
    # Magnesium is larger than a cation site of the frame: nothing pulls it apart at first.
    assert found.fading[0, 0] == 1
    assert found.fading[2, 0] < 1


def test_units() -> None:
    overrides = {"frame_interface_energy": 1.0, "nucleation_factor": 0.1}
    found = coherency_energies(parse_formula("NiO"), "Na", 300.0, overrides=overrides)
    assert found.interface_energy == pytest.approx(1e-20 / constants.e)
    assert found.nucleation_factor == 0.1
    assert found.assumptions["nucleation_factor"].label == "imposed"


def test_every_metal_that_the_lattice_knows_has_its_coherency_data() -> None:
    for element in set(surface_energies()) - set(IONS):
        found = coherency_energies(parse_formula(f"{element}O"), "Na", 298.15)
        assert found.modulus > 0
        assert found.eigenstrain[0] > 0


def test_what_is_no_rock_salt_is_refused() -> None:
    with pytest.raises(InputError, match="cations per anion"):
        coherency_energies(parse_formula("Cu2O"), "Na", 298.15)


def test_cleavage_strength_is_a_tenth_of_the_modulus_or_so() -> None:
    from topotaxy.energetics.moduli import cleavage_strength

    # MgO: E = 250 GPa on {100}, 1.2 J/m², planes 2.1 Å apart.
    assert cleavage_strength(modulus=250.0, surface_energy=1.2, spacing=2.1) == pytest.approx(37.8, abs=0.1)
