"""Electrodes of known mechanism: what is counted in them, and where it lies among the regions."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.evidence.regions import REGIONS, region_of
from topotaxy.specimen.electrode_states import MECHANISMS
from topotaxy.studies.electrodes import METAL_VOLUME, NAMES, by_hand, coherent_strain, metal_diameter, truth

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


@pytest.mark.parametrize("name", MECHANISMS)
def test_what_is_built_for_a_mechanism_is_counted_as_it(name: str) -> None:
    made = by_hand(name, "NiO", "Li", reacted=0.6, seed=2)
    assert REGIONS[int(region_of(truth(made))[0])] == NAMES[name]


def test_reacted_cations_are_counted_as_metal() -> None:
    """Of each reducible cation 0.7 react, in exact amounts to one of about 400 atoms; Mg does not."""
    known = truth(by_hand("lattice-confined", HEOS, "Na", seed=1))
    for element in ("Co", "Ni", "Cu", "Zn"):
        assert known[f"reduced.{element}"][0] == pytest.approx(0.7, abs=0.003)
    assert known["reduced.Mg"][0] == 0.0
    assert known["coherent"][0] == 1.0
    assert known["frame_share"][0] == pytest.approx(1.0)


@pytest.mark.parametrize(("name", "frame"), [("inlaid", True), ("vanished", False)])
def test_salt_is_counted_where_its_metal_left_it(name: str, frame: bool) -> None:
    """Two Li a Ni that is metal, less those that its pieces push out; none where the frame is gone."""
    made = by_hand(name, "NiO", "Li", reacted=0.6, seed=2)
    (found,) = made.states["discharged"]
    metal = (found.is_element("Ni") & (found.valences == 0)).sum()
    salt = (found.is_element("Li") & found.is_phase("frame")).sum() / (2 * metal)
    assert (salt > 0.5) == frame
    assert truth(made)["salt_on_frame"][0] == pytest.approx(salt)


def test_a_core_is_the_share_of_cells_that_it_was_given() -> None:
    """8³ cells beside 7³, of which the converted part loses a few cations to its domains' borders."""
    known = truth(by_hand("unreacted-core", "NiO", "Li", seed=1))
    assert known["core"][0] == pytest.approx(512 / (512 + 343), abs=0.05)


def test_insertion_takes_one_electron_of_those_that_react() -> None:
    known = truth(by_hand("intercalation", "NiO", "Li", seed=1))
    assert known["metal_share"][0] == 0.0
    assert known["insertion"][0] == pytest.approx(0.7, abs=0.003)
    assert known["reduced_surface.Ni"][0] == pytest.approx(0.35, abs=0.003)
    # How much of it a combination of spectra sees is not counted, and stands at its median.
    assert known["reduced_seen.Ni"][0] == pytest.approx(0.35 * 0.5, abs=0.003)


def test_a_coherent_product_takes_the_room_of_its_salt() -> None:
    """At full conversion NiO strains by 0.106 with Li and 0.329 with Na; unreacted it does not."""
    assert coherent_strain("NiO", "Li", 1.0) == pytest.approx(0.106, abs=0.003)
    assert coherent_strain("NiO", "Na", 1.0) == pytest.approx(0.329, abs=0.003)
    assert coherent_strain("NiO", "Na", 0.0) == 0.0


def test_the_size_of_metal_is_that_of_its_mean_sphere_by_volume() -> None:
    """One piece of n atoms is a sphere of n volumes; of two pieces the larger counts by its atoms."""
    one, two = (
        SimpleNamespace(clusters=[SimpleNamespace(size=n) for n in sizes]) for sizes in ((400,), (100, 400))
    )
    assert np.pi / 6.0 * metal_diameter([one]) ** 3 == pytest.approx(400 * METAL_VOLUME)
    assert np.pi / 6.0 * metal_diameter([two]) ** 3 == pytest.approx((100**2 + 400**2) / 500 * METAL_VOLUME)
    assert metal_diameter([SimpleNamespace(clusters=[])]) == 1.0


def test_one_seed_makes_one_electrode() -> None:
    both = [by_hand("inlaid", "NiO", "Li", seed=5).states["discharged"][0] for _ in range(2)]
    assert np.array_equal(both[0].positions, both[1].positions)


def test_an_unknown_mechanism_is_refused() -> None:
    with pytest.raises(InputError, match="unknown mechanism"):
        by_hand("alchemy", "NiO", "Li", seed=0)
