"""abTEM on the same slab, where it is installed (``pip install topotaxy[peers]``)."""

from __future__ import annotations

import numpy as np
import pytest

abtem = pytest.importorskip("abtem", reason="abTEM is not installed")

import imaging  # noqa: E402  (the benchmark of this name)

from topotaxy.measurement.imaging.virtual.electrons import interaction, scattering_factor  # noqa: E402
from topotaxy.measurement.imaging.virtual.slab import slab_of  # noqa: E402
from topotaxy.specimen.mechanisms import mechanism  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")


def test_scattering_factors_are_those_of_abtem() -> None:
    from abtem.parametrizations import LobatoParametrization

    g = np.linspace(0.0, 6.0, 61)
    for element in ("O", "Na", "S", "Ni", "Zn"):
        theirs = LobatoParametrization().get_function("scattering_factor", element)(g**2)
        np.testing.assert_allclose(scattering_factor(element, g), theirs, rtol=1e-5)


def test_the_interaction_is_that_of_abtem() -> None:
    from abtem.core.energy import energy2sigma

    assert interaction(2e5) / 47.87801 == pytest.approx(energy2sigma(2e5), rel=1e-5)


def test_an_image_is_that_of_converged_abtem() -> None:
    inlaid = mechanism("inlaid", imaging.FORMULA, "Na", cells=3, seed=2).states["discharged"]
    found = imaging.image_beside(slab_of(inlaid, "z", None))
    assert found.correlation > 0.9995


def test_the_fast_dark_field_is_much_like_that_of_frozen_phonons() -> None:
    from topotaxy.specimen.builders import rock_salt

    slab = slab_of(rock_salt(imaging.FORMULA, (3, 3, 4), seed=4), "z", None)
    # Eight configurations of phonons; one alone correlates with another with 0.96.
    found = imaging.dark_field_beside(slab, 12, 8)
    assert found.correlation > 0.98
