from __future__ import annotations

import pytest

from topotaxy.errors import InputError
from topotaxy.material import inert_cations, parse_formula, percolation
from topotaxy.material.percolation import fcc_threshold, largest_cluster_share

HEO = "(MgCoNiCuZn)0.2O"


def test_threshold_is_the_fcc_one() -> None:
    assert fcc_threshold() == pytest.approx(0.1992, abs=1e-4)


def test_cluster_share_limits() -> None:
    assert largest_cluster_share(0.0) == 0.0
    assert largest_cluster_share(1.0) == 1.0
    assert largest_cluster_share(0.05, cells=16) < 0.05
    assert largest_cluster_share(0.5, cells=16) > 0.95


def test_the_share_rises_steeply_through_the_threshold() -> None:
    below, above = (
        sum(largest_cluster_share(p, cells=16, seed=s) for s in range(4)) / 4 for p in (0.14, 0.26)
    )
    assert below < 0.15
    assert above > 0.6


def test_the_twelve_neighbours_and_no_others() -> None:
    # one cell holds four sites, each a neighbour of the others
    shares = {largest_cluster_share(0.5, cells=1, seed=s) for s in range(40)}
    assert shares == {1.0} or shares == {0.0, 1.0}


def test_same_seed_same_share() -> None:
    assert largest_cluster_share(0.2, seed=3) == largest_cluster_share(0.2, seed=3)


def test_magnesium_is_inert_against_sodium_zinc_is_not() -> None:
    assert inert_cations(parse_formula(HEO), "Na") == ("Mg",)
    p = percolation(parse_formula(HEO), ["Mg", "Zn"])
    assert p.inert_fraction == pytest.approx(0.4)
    assert p.percolates
    assert p.largest_cluster_share > 0.9
    assert not percolation(parse_formula("Ni0.9Mg0.1O"), ion="Na").percolates


def test_alkali_hosts_are_inert() -> None:
    assert "Li" in inert_cations(parse_formula("Li0.1Mg0.18Co0.18Ni0.18Cu0.18Zn0.18O"), "Na")


def test_bad_arguments() -> None:
    with pytest.raises(InputError, match="Ca"):
        percolation(parse_formula("NiO"), ["Ca"])
    with pytest.raises(InputError, match="Se"):
        percolation(parse_formula("ZnSe"))
    for fraction in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError):
            largest_cluster_share(fraction)
    with pytest.raises(InputError):
        largest_cluster_share(0.2, cells=1000)
