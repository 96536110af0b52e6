from __future__ import annotations

import pytest
from scipy import constants as codata

from topotaxy import constants


@pytest.mark.parametrize(
    ("constant", "published"),
    [
        (constants.ELEMENTARY_CHARGE, codata.e),
        (constants.BOLTZMANN_JOULE, codata.k),
        (constants.AVOGADRO, codata.N_A),
        (constants.FARADAY, codata.physical_constants["Faraday constant"][0]),
        (constants.GAS_CONSTANT, codata.R),
        (constants.BOLTZMANN, codata.k / codata.e),
        (constants.SECONDS_PER_HOUR, codata.hour),
        (constants.COULOMB_PER_MILLIAMPERE_HOUR, 1e-3 * codata.hour),
    ],
)
def test_constants_are_those_of_codata(constant: float, published: float) -> None:
    assert constant == pytest.approx(published, rel=1e-10)
