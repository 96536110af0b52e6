"""States of an electrode: charge, volume and counts are kept whatever the mechanism says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.material import lattice_parameter, parse_formula, product_volume
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.electrode_states import Electrode
from topotaxy.specimen.mechanisms import counted, mechanism
from topotaxy.specimen.periodic import close_pairs

FORMULA = "Mg0.25Co0.25Ni0.25Cu0.25O"


def electrode(ion: str = "Na", cells: int = 4, reacted: float = 0.6) -> Electrode:
    return Electrode(
        composition=parse_formula(FORMULA),
        ion=ion,
        host=rock_salt(FORMULA, cells, seed=1),
        reacted=reacted,
        strain=0.0,
        seed=1,
        reducible=("Co", "Ni", "Cu"),
    )


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_nothing_reacted_has_the_volume_of_the_host(ion: str) -> None:
    metal, salt, left = electrode(ion).volumes(0.0)
    assert (metal, salt) == (0.0, 0.0)
    assert left == pytest.approx(lattice_parameter(parse_formula(FORMULA)) ** 3 / 4.0)


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_volumes_are_those_of_the_products_and_grow_evenly(ion: str) -> None:
    one = electrode(ion)
    half, whole = np.array(one.volumes(0.5)), np.array(one.volumes(1.0))
    nothing = np.array(one.volumes(0.0))
    np.testing.assert_allclose(half, 0.5 * (nothing + whole))
    # Three of four cations give two electrons each: 0.75 A2O a cation.
    assert whole[1] == pytest.approx(0.75 * product_volume(f"{ion}2O"))
    assert whole[0] == pytest.approx(0.25 * sum(product_volume(el) for el in ("Co", "Ni", "Cu")))


@pytest.mark.parametrize("reacted", [0.0, 0.4, 0.9])
@pytest.mark.parametrize("phase", ["oxide", "frame"])
def test_what_is_left_is_neutral_and_lacks_what_reacted(reacted: float, phase: str) -> None:
    made = electrode().left(reacted, phase)
    assert abs(made.valences.sum()) < 1e-9
    assert made.is_phase(phase).all()  # type: ignore[arg-type]
    counts = made.counts()
    share = counts["Mg"] / sum(counts[el] for el in ("Mg", "Co", "Ni", "Cu"))
    assert share == pytest.approx(1.0 / (4.0 - 3.0 * reacted), abs=0.03)


def test_alkali_sits_in_tetrahedra_of_anions() -> None:
    one = electrode()
    made = one.with_alkali(one.host, 40, np.random.default_rng(0))
    assert made.counts()["Na"] == 40
    a = one.host.unit_cell_or_raise()
    pairs, vectors = close_pairs(made.positions, made.box, made.periodic, 0.45 * a)
    alkali = made.is_element("Na")
    for cation_side in (0, 1):
        mine = alkali[pairs[:, cation_side]] & made.is_element("O")[pairs[:, 1 - cation_side]]
        np.testing.assert_allclose(np.linalg.norm(vectors[mine], axis=1), math.sqrt(3.0) / 4.0 * a)
    with pytest.raises(InputError, match="do not fit"):
        one.with_alkali(one.host, 8 * 64 + 1, np.random.default_rng(0))


def test_exact_shares_of_each_element_are_drawn() -> None:
    one = electrode(reacted=0.25)
    chosen = one.drawn(np.random.default_rng(3))
    assert len(np.unique(chosen)) == len(chosen)
    for element in one.reducible:
        have = (one.host.elements == element).sum()
        assert (one.host.elements[chosen] == element).sum() == round(0.25 * have)


@pytest.mark.parametrize("network", [True, False])
def test_converted_matter_has_the_metal_that_the_reaction_makes(network: bool) -> None:
    one = electrode(cells=6, reacted=0.8)
    made = one.converted(0.8, network=network)
    metal, salt, left = one.volumes(0.8)
    cations = 4 * 6**3
    assert made.volume == pytest.approx((metal + salt + left) * cations, rel=1e-6)
    found = made.is_phase("metal").sum() * metal / (0.8 * 0.75)
    # Whole spheres of 2 nm in a box of 2.9 nm: one more or less.
    assert found == pytest.approx(metal * cations, rel=0.5 if not network else 0.15)


@pytest.mark.parametrize("name", ["intercalation", "lattice-confined", "inlaid"])
@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_strain_of_a_frame_that_holds_is_that_asked_for(name: str, ion: str) -> None:
    made = mechanism(name, FORMULA, ion, cells=4, strain=0.05, seed=2)
    pristine, discharged, charged = (made.states[s] for s in ("pristine", "discharged", "charged"))
    assert discharged.unit_cell == pytest.approx(1.05 * pristine.unit_cell)
    assert charged.unit_cell == pristine.unit_cell
    np.testing.assert_array_equal(charged.positions, pristine.positions)


def test_counting_is_of_shares() -> None:
    made = mechanism("lattice-confined", FORMULA, "Na", cells=4, reacted=0.5)
    truth = made.truth("discharged")
    assert truth["metal"] == pytest.approx(0.75 * 0.5, abs=0.01)
    assert truth["coherent"] == 1.0
    # Two electrons an atom of metal.
    assert truth["alkali"] == pytest.approx(2.0 * truth["metal"])
    assert truth["frame"] + truth["metal"] == pytest.approx(1.0)
    assert made.truth("pristine")["metal"] == 0.0
    nothing = counted(rock_salt("NiO", 2).subset(np.zeros(64, dtype=bool)))
    assert nothing == {}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"reacted": 0.0}, "reacted share"),
        ({"reacted": 1.1}, "reacted share"),
        ({"ion": "Ag"}, "unknown ion"),
        ({"redox": ()}, "is reduced by"),
        ({"redox": ("Mg",)}, "cannot be reduced"),
        ({"name": "melting"}, "unknown mechanism"),
    ],
)
def test_electrodes_that_cannot_be_are_refused(given: dict, says: str) -> None:
    known = {"name": "inlaid", "formula": "NiO", "ion": "Na", "cells": 3} | given
    if known.get("redox") == ("Mg",):
        known["formula"] = "Ni0.5Cu0.5O"
    with pytest.raises(InputError, match=says):
        mechanism(known.pop("name"), known.pop("formula"), known.pop("ion"), **known)
