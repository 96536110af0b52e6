"""Structures: factors of exact small cases, multiplicities, masses, phases by name and by formula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.absorption import brindley, linear_absorption
from topotaxy.measurement.diffraction.phases import composition, names, phase
from topotaxy.measurement.diffraction.reflections import inverse_spacings, reflections
from topotaxy.measurement.diffraction.scattering import amplitude, dispersion


def rows_of(text: str, radiation: str = "X-ray") -> dict[tuple[int, ...], tuple[float, float, float]]:
    found = reflections(phase(text), shortest=0.7, radiation=radiation, wavelength=1.5405929)
    return {
        tuple(int(i) for i in h): (m, f, s)
        for h, m, f, s in zip(found.hkl, found.multiplicity, found.squared(), found.s2, strict=True)
    }


@pytest.mark.parametrize("radiation", ["X-ray", "neutron"])
def test_rock_salt_adds_its_ions_for_even_and_subtracts_for_odd_indices(radiation: str) -> None:
    rows = rows_of("x=rock salt:NiO:4.178", radiation)
    for hkl, sign in (((1, 1, 1), -1.0), ((2, 0, 0), 1.0), ((2, 2, 0), 1.0), ((3, 1, 1), -1.0)):
        _, squared, s2 = rows[hkl]
        ni, o = (
            amplitude(el, np.array([s2]), radiation=radiation, wavelength=1.5405929)[0] for el in ("Ni", "O")
        )
        assert squared == pytest.approx(abs(4 * (ni + sign * o) * np.exp(-0.5 * s2)) ** 2, rel=1e-9)


def test_friedel_mates_of_a_structure_without_centre_are_averaged() -> None:
    """Zinc blende: F = 4 (f_Zn ± i f_S) for (111); with f'' the signs differ, and both are on the line."""
    rows = rows_of("x=zinc blende:ZnS:5.41")
    _, squared, s2 = rows[1, 1, 1]
    zn, s = (
        4 * amplitude(el, np.array([s2]), radiation="X-ray", wavelength=1.5405929)[0] * np.exp(-0.5 * s2)
        for el in ("Zn", "S")
    )
    pair = [abs(zn + sign * 1j * s) ** 2 for sign in (1, -1)]
    assert abs(pair[0] / pair[1] - 1.0) > 0.02
    assert squared == pytest.approx(sum(pair) / 2.0, rel=1e-9)


def test_multiplicities_of_a_cube() -> None:
    rows = rows_of("x=fcc metal:Ni:3.524")
    expected = {(1, 1, 1): 8, (2, 0, 0): 6, (2, 2, 0): 12, (3, 1, 1): 24, (3, 3, 1): 24, (4, 2, 0): 24}
    assert {hkl: rows[hkl][0] for hkl in expected} == expected


def test_multiplicities_fill_the_sphere_of_reciprocal_space() -> None:
    """Points in a large sphere: its volume times that of the cell, over four lattice points of F."""
    structure = phase("fluorite")
    found = reflections(structure, shortest=0.45, radiation="X-ray", wavelength=1.54)
    expected = 4.0 / 3.0 * np.pi / 0.45**3 * structure.volume / 4.0
    assert found.multiplicity.sum() == pytest.approx(expected, rel=0.05)


def test_forward_amplitude_is_the_number_of_electrons() -> None:
    zero = np.array([0.0])
    for element, electrons in (("O", 8), ("Ni", 28), ("Zn", 30)):
        f = amplitude(element, zero, radiation="X-ray", wavelength=1.5405929)[0]
        assert f - dispersion(element, round(12398.419843320026 / 1.5405929, 3)) == pytest.approx(
            electrons, abs=0.02
        )


def test_dispersion_is_that_of_tables() -> None:
    """International Tables C, 4.2.6.8, for Cu Kα; f' within 0.15, f'' within 3 %."""
    for element, real, imaginary in (("Ni", -2.956, 0.509), ("Zn", -1.549, 0.678), ("Fe", -1.179, 3.204)):
        found = dispersion(element, 8047.8)
        assert found.real == pytest.approx(real, abs=0.15)
        assert found.imag == pytest.approx(imaginary, rel=0.03)


def test_absorption_is_that_of_tables() -> None:
    """Nickel for Cu Kα: 45.7 cm²/g (International Tables C, 4.2.4.3) times 8.907 g/cm³."""
    assert linear_absorption(phase("x=fcc metal:Ni:3.5238"), 1.5418) * 1e4 == pytest.approx(407.0, rel=0.05)


def test_particles_without_contrast_need_no_correction() -> None:
    assert brindley(np.array([0.0]))[0] == 1.0
    assert brindley(np.array([0.05]))[0] < 1.0 < brindley(np.array([-0.05]))[0]


def test_spacings_of_an_oblique_cell_agree_with_gemmi() -> None:
    import gemmi

    cell = (5.1, 6.2, 7.3, 81.0, 97.0, 112.0)
    hkl = np.array([[1, 0, 0], [1, -2, 3], [0, 4, -1]])
    expected = [1.0 / gemmi.UnitCell(*cell).calculate_d([int(i) for i in row]) for row in hkl]
    np.testing.assert_allclose(inverse_spacings(hkl, cell), expected, rtol=1e-12)


def test_a_formula_is_read_and_lack_becomes_vacancies() -> None:
    assert composition("(Mg0.5Ni0.5)0.9O") == pytest.approx({"Mg": 0.45, "Ni": 0.45, "O": 1.0})
    structure = phase("x=rock salt:Mg0.45Ni0.45O:4.2")
    assert sum(structure.sites[0].shares.values()) == pytest.approx(0.9)
    assert sum(structure.sites[1].shares.values()) == pytest.approx(1.0)
    assert phase("x=antifluorite:Na2O:5.55").mass == pytest.approx(4 * 61.979, rel=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "nosuch",
        "rock salt:MgO",
        "rock salt:MgO:far",
        "rock salt:Mg:4.2",
        "dream:MgO:4.2",
        "rock salt:mgo:4.2",
        "no.cif",
    ],
)
def test_what_names_no_phase_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError) as caught:
        phase(text)
    assert "\n" not in str(caught.value)


def test_shipped_phases_have_sources_and_whole_cells() -> None:
    for name in names():
        structure = phase(name)
        assert structure.source
        assert structure.mass > 0.0


def test_a_cif_with_b_and_shared_sites(tmp_path: Path) -> None:
    path = tmp_path / "two.cif"
    path.write_text(
        """data_two
_space_group.name_H-M_alt "P m -3 m"
_cell.length_a 3.89
_cell.length_b 3.89
_cell.length_c 3.89
loop_
_atom_site.label
_atom_site.type_symbol
_atom_site.fract_x
_atom_site.fract_y
_atom_site.fract_z
_atom_site.occupancy
_atom_site.B_iso_or_equiv
La La 0 0 0 0.5 0.7
Ba Ba 0 0 0 0.5 0.7
Co Co 0.5 0.5 0.5 1.0 0.3
O O 0 0.5 0.5 1.0 0.9
"""
    )
    structure = phase(str(path))
    assert structure.cell[5] == 90.0
    assert structure.sites[0].shares == {"La": 0.5, "Ba": 0.5}
    assert structure.sites[0].displacement == pytest.approx(0.7)
    assert structure.mass == pytest.approx(0.5 * 138.905 + 0.5 * 137.327 + 58.933 + 3 * 15.999, rel=1e-4)
