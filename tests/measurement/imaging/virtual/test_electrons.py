"""Wavelength, interaction and scattering factors beside independent tables."""

from __future__ import annotations

import gemmi
import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.virtual.electrons import interaction, scattering_factor, wavelength
from topotaxy.tables import read_table

MOTT_BETHE = 0.0239337
"""f = 0.0239337 (Z - f_x) / s^2 with s = g / 2 (International Tables C, 4.3.1.2), Å."""
POTENTIAL = 47.87801
"""h^2 / (2 pi m e), V Å^2."""


@pytest.mark.parametrize(
    ("kilovolts", "angstroms"), [(80, 0.0417572), (100, 0.0370144), (200, 0.0250793), (300, 0.0196875)]
)
def test_wavelengths_are_those_of_the_handbook(kilovolts: int, angstroms: float) -> None:
    """E. J. Kirkland, Advanced Computing in Electron Microscopy, table 2.2."""
    assert wavelength(1e3 * kilovolts) == pytest.approx(angstroms, rel=2e-5)


@pytest.mark.parametrize(("kilovolts", "sigma"), [(100, 9.244e-4), (200, 7.288e-4), (300, 6.526e-4)])
def test_the_interaction_is_that_of_the_handbook(kilovolts: int, sigma: float) -> None:
    """sigma in rad / (V Å), the same table."""
    assert interaction(1e3 * kilovolts) / POTENTIAL == pytest.approx(sigma, rel=2e-4)


ELEMENTS = ("O", "Na", "Mg", "S", "Co", "Ni", "Cu", "Zn", "Sr", "Ti", "Au")


@pytest.mark.parametrize("element", ELEMENTS)
def test_factors_are_those_of_the_international_tables(element: str) -> None:
    """Peng's fit in table 4.3.2.2 of volume C, another fit to other calculations: within 3 %."""
    g = np.linspace(0.2, 2.0, 19)
    theirs = [gemmi.Element(element).c4322.calculate_sf(float((one / 2.0) ** 2)) for one in g]
    np.testing.assert_allclose(scattering_factor(element, g), theirs, rtol=0.03)


@pytest.mark.parametrize("element", ELEMENTS)
def test_factors_follow_from_those_of_x_rays(element: str) -> None:
    """Mott's and Bethe's formula with the factors of table 6.1.1.4."""
    g = np.linspace(1.0, 3.0, 21)
    atom = gemmi.Element(element)
    x_rays = np.array([atom.it92.calculate_sf(float((one / 2.0) ** 2)) for one in g])
    expected = MOTT_BETHE * (atom.atomic_number - x_rays) / (g / 2.0) ** 2
    np.testing.assert_allclose(scattering_factor(element, g), expected, rtol=0.03)


def test_every_atom_scatters_like_its_nucleus_far_out() -> None:
    """g^2 f goes to 4 x 0.0239337 Z: to 5 % at 12 1/Å, the end of the fit, for light atoms."""
    for element in ("C", "O", "Mg", "S", "Ni"):
        z = gemmi.Element(element).atomic_number
        assert 144.0 * float(scattering_factor(element, 12.0)) == pytest.approx(
            4.0 * MOTT_BETHE * z, rel=0.06
        )


def test_every_row_of_the_table_is_an_atom() -> None:
    rows = read_table("topotaxy.measurement.imaging", "scattering_factors")
    g = np.linspace(0.0, 12.0, 241)
    assert len({row["element"] for row in rows}) == len(rows) == 103
    for row in rows:
        factors = scattering_factor(row["element"], g)
        assert (factors > 0.0).all(), row["element"]
        assert (np.diff(factors[g < 10.0]) < 0.0).all(), row["element"]


def test_an_unknown_element_is_refused() -> None:
    with pytest.raises(InputError, match="no electron scattering factor"):
        scattering_factor("Xx", 0.5)
