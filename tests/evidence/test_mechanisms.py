"""Laws of the map from a reaction to what instruments see."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.evidence.latents import Prior, Shape, coordinates
from topotaxy.evidence.mechanisms import Expected, Map, constant_ranges, map_constants
from topotaxy.evidence.reaction import Reaction, reaction_of
from topotaxy.evidence.regions import REGIONS, border_ranges, borders, region_of

FLAT = Prior()
HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


@pytest.fixture(scope="module")
def reaction() -> Reaction:
    return reaction_of(HEOS, "Na")


def fixed(**values: float) -> Prior:
    """A prior that holds latents at values, for limits."""
    return Prior(
        changed={name: Shape(a=1.0, b=1.0, low=value, high=value + 1e-9) for name, value in values.items()}
    )


def expected(reaction: Reaction, prior: Prior = FLAT, count: int = 400, **constants: float) -> Expected:
    normals = np.random.default_rng(1).normal(size=(count, len(coordinates(reaction))))
    return Map(reaction=reaction, prior=prior, constants=constants).expected(normals)


def test_the_coherent_product_swells_by_its_salt_alone() -> None:
    """PHYSICS: full conversion of NiO strains a coherent frame by 0.106 (Li) and 0.329 (Na)."""
    for ion, strain in (("Li", 0.106), ("Na", 0.329)):
        assert reaction_of("NiO", ion).salt_volume ** (1 / 3) - 1 == pytest.approx(strain, abs=0.003)


def test_capacity_per_electron_is_faradays() -> None:
    assert reaction_of("NiO", "Li").capacity_per_electron == pytest.approx(
        96485.33212 / 3.6 / 74.6928, rel=1e-4
    )


def test_a_formula_without_conversion_is_refused() -> None:
    with pytest.raises(InputError, match="unknown ion"):
        reaction_of("NiO", "Cs")


def test_charge_is_conserved(reaction: Reaction) -> None:
    """Discharge = couples + stores + film; what does not come back is metal left and film."""
    o = expected(reaction)
    mass = o["discharge_capacity"] - o["charge_capacity"] - o["loss"]
    assert np.abs(mass).max() < 1e-9
    most = reaction.capacity_per_electron * sum(
        x * z for x, z in zip(reaction.amounts, reaction.electrons, strict=True)
    )
    in_metal = reaction.capacity_per_electron * o["metal_electrons"]
    assert (in_metal <= most * (1 + 1e-12)).all()


def test_shares_are_shares(reaction: Reaction) -> None:
    o = expected(reaction)
    for name in ("metal_share", "frame_share", "rock_salt", "rock_salt_charged", "back", "surface", "salt"):
        assert (o[name] >= 0).all(), name
        assert (o[name] <= 1 + 1e-12).all(), name


def test_nothing_reacted_is_pristine(reaction: Reaction) -> None:
    o = expected(reaction, fixed(core=1.0, irreversible_charge=0.0, reversible_charge=0.0))
    assert np.abs(o["rock_salt"] - 1).max() < 1e-6
    assert np.abs(o["strain"]).max() < 1e-6
    assert np.abs(o["discharge_capacity"]).max() < 1e-4
    assert np.abs(o["metal_shell.Ni"]).max() < 1e-6


def test_insertion_alone_makes_no_metal(reaction: Reaction) -> None:
    o = expected(reaction, fixed(extent=0.0))
    assert np.abs(o["metal_share"]).max() < 1e-6
    named = o["core"] < borders()["reacted"]
    assert (region_of(o)[named] == REGIONS.index("intercalation")).all()


def test_a_coherent_product_shows_no_metal_shell(reaction: Reaction) -> None:
    o = expected(reaction, fixed(coherent=1.0, frame=1.0))
    assert np.abs(o["metal_shell.Ni"]).max() < 1e-5
    assert np.abs(o["incoherent_metal"]).max() < 1e-8


def test_more_coherent_metal_strains_the_frame_more(reaction: Reaction) -> None:
    strains = [
        expected(reaction, fixed(coherent=k, core=0.0, frame=1.0, constraint=0.0, salt_on_frame=0.0))[
            "frame_strain"
        ]
        for k in (0.0, 0.5, 1.0)
    ]
    assert (strains[1] >= strains[0] - 1e-9).all()
    assert (strains[2] >= strains[1] - 1e-9).all()


def test_small_spheres_have_fewer_bonds_and_more_surface(reaction: Reaction) -> None:
    small, large = (expected(reaction, fixed(domain=np.log(size))) for size in (1.0, 8.0))
    assert (small["sphere_bonds"] < large["sphere_bonds"]).all()
    assert (small["surface"] > large["surface"]).all()
    # Calvin 2003: a sphere of diameter D holds 1 - 1.5 r + 0.5 r³ of the bulk's bonds, r = d/D.
    r = map_constants()["sphere_distance"] / 8.0
    assert large["sphere_bonds"][0] == pytest.approx(1 - 1.5 * r + 0.5 * r**3)


def test_every_constant_and_border_lies_within_its_range() -> None:
    for name, (low, high) in constant_ranges().items():
        assert low <= map_constants()[name] <= high, name
    for name, (low, high) in border_ranges().items():
        assert low <= borders()[name] <= high, name


def test_regions_do_not_depend_on_anything_but_their_latents(reaction: Reaction) -> None:
    o = expected(reaction)
    shifted = expected(reaction, image_strain=0.33, visible_size=2.0)
    assert np.array_equal(region_of(o), region_of(shifted))


def test_every_mechanism_has_a_place_in_the_prior(reaction: Reaction) -> None:
    found = np.bincount(region_of(expected(reaction, count=30_000)), minlength=len(REGIONS))
    assert (found > 100).all()
