"""Laws of the prior: quantiles are those of the stated distribution, and one normal drives one latent."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from topotaxy.evidence.latents import AS_LISTED, Prior, Shape, coordinates, latents, offset_names
from topotaxy.evidence.reaction import reaction_of
from topotaxy.tables import read_table

NIO = reaction_of("NiO", "Li")
MIXED = reaction_of("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", "Na")
NAMES = [row["name"] for row in read_table("topotaxy.evidence", "latents")]


def drawn(reaction=NIO, prior=AS_LISTED, count=4000, correlation=0.6, seed=5):
    z = np.random.default_rng(seed).normal(size=(count, len(coordinates(reaction))))
    return z, latents(z, reaction, prior, correlation)


@pytest.mark.parametrize("name", NAMES)
def test_a_quantile_holds_the_share_that_it_is_of(name: str) -> None:
    """F(x) = 1 - (1 - y^a)^b at the quantile of a share is that share."""
    latent, _, element = name.partition(".")
    shape = AS_LISTED.shape(latent, element)
    for share in (0.05, 0.31, 0.5, 0.95):
        y = (shape.quantile(share) - shape.low) / (shape.high - shape.low)
        assert 1.0 - (1.0 - y**shape.a) ** shape.b == pytest.approx(share, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_quantiles_rise_within_their_range(name: str) -> None:
    latent, _, element = name.partition(".")
    shape = AS_LISTED.shape(latent, element)
    found = [shape.quantile(share) for share in (0.0, 0.01, 0.5, 0.99, 1.0)]
    assert found == sorted(found)
    assert shape.low <= found[0] < found[-1] <= shape.high


@pytest.mark.parametrize("sharpness", [0.7, 1.0, 1.4])
def test_many_at_once_are_what_one_by_one_gives(sharpness: float) -> None:
    prior = Prior(sharpness=sharpness)
    z, found = drawn(prior=prior, count=20)
    names = list(coordinates(NIO))
    for latent in ("core", "insertion", "coherent", "domain", "irreversible_charge", "frame_scattering"):
        column = ndtr(z[:, names.index(latent)])
        shape = prior.shape(latent)
        single = [shape.quantile(float(share)) for share in column]
        # Read straight between 4096 points; 1e-6 of the range, as the docstring says.
        assert found[latent] == pytest.approx(single, abs=1e-6 * (shape.high - shape.low)), latent


def test_normals_beyond_all_that_is_drawn_give_the_ends() -> None:
    z = np.array([[-40.0], [40.0]]) * np.ones((1, len(coordinates(NIO))))
    found = latents(z, NIO, AS_LISTED, 0.6)
    for latent in ("core", "frame", "domain", "reversible_charge"):
        shape = AS_LISTED.shape(latent)
        # A hundredth of the range: steep ends are reached only as far as a share of 1e-12 goes.
        ends = pytest.approx([shape.low, shape.high], abs=0.01 * (shape.high - shape.low))
        assert found[latent] == ends, latent


def test_a_latent_rises_with_its_own_normal_and_with_no_other() -> None:
    names = list(coordinates(NIO))
    z = np.zeros((2, len(names)))
    z[1, names.index("frame")] = 1.0
    found = latents(z, NIO, AS_LISTED, 0.6)
    assert found["frame"][1] > found["frame"][0]
    assert all(values[0] == values[1] for name, values in found.items() if name != "frame")


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9])
def test_reoxidised_shares_are_correlated_as_told_and_keep_their_prior(correlation: float) -> None:
    """Rank correlation of two elements; 6/pi asin(r/2) for normals. The scatter of 4,000 draws is 0.016."""
    _, found = drawn(MIXED, correlation=correlation)
    ranks = [np.argsort(np.argsort(found[f"reoxidised.{e}"])) for e in ("Ni", "Co")]
    expected = 6.0 / np.pi * np.arcsin(correlation / 2.0)
    assert np.corrcoef(*ranks)[0, 1] == pytest.approx(expected, abs=5 * 0.016)
    median = AS_LISTED.shape("reoxidised", "Ni").quantile(0.5)
    assert np.mean(found["reoxidised.Ni"] < median) == pytest.approx(0.5, abs=5 * 0.008)


def test_there_is_a_normal_for_each_latent_of_each_cation() -> None:
    names = coordinates(MIXED)
    assert len(set(names)) == len(names)
    for element in MIXED.cations:
        assert {f"reducible.{element}", f"reoxidised.{element}"} <= set(names)
    assert {f"offset.{name}" for name in offset_names()} <= set(names)


def test_a_changed_shape_holds_for_its_latent_only() -> None:
    prior = Prior(changed={"frame": Shape(a=1.0, b=1.0, low=0.4, high=0.5)})
    _, found = drawn(prior=prior)
    _, listed = drawn()
    assert 0.4 <= found["frame"].min() <= found["frame"].max() <= 0.5
    assert np.array_equal(found["core"], listed["core"])


@pytest.mark.parametrize("steep", [0.5, 2.0])
def test_a_prior_of_all_or_nothing_has_more_at_its_ends(steep: float) -> None:
    """The outer fifth holds more than a fifth with a = b = 1/2, and less with 2; exactly what F says."""
    shape = Shape(a=steep, b=steep, low=0.0, high=1.0)
    shares = np.array([shape.quantile(s) for s in (np.arange(4000) + 0.5) / 4000])
    outer = np.mean((shares < 0.1) | (shares > 0.9))
    assert (outer > 0.2) == (steep < 1.0)
    exact = 1 - (1 - 0.1**steep) ** steep + (1 - 0.9**steep) ** steep
    assert outer == pytest.approx(exact, abs=1e-3)


def test_less_is_believed_of_magnesium() -> None:
    assert AS_LISTED.shape("reducible", "Mg").quantile(0.5) < AS_LISTED.shape("reducible", "Ni").quantile(0.5)
