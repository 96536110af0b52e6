"""What is not the frame: oxide beside it, metal, and what spectra and lines make of either."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.evidence.latents import coordinates
from topotaxy.evidence.likelihood import floor_of
from topotaxy.evidence.mechanisms import Expected, Map
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.readings import OF_METALS, read_observables
from topotaxy.observables import Subject, observable

MIXED = reaction_of("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", "Na")
NAMES = list(coordinates(MIXED))


def rows(count: int = 300, **normals: float) -> Expected:
    z = np.random.default_rng(4).normal(size=(count, len(NAMES)))
    for name, value in normals.items():
        z[:, NAMES.index(name.replace("__", "."))] = value
    return Map(reaction=MIXED).expected(z)


def test_every_cation_is_frame_oxide_beside_it_or_metal_beside_it() -> None:
    o = rows(offset__diffraction=0.0)
    beside = o["reacted"] * o["metal_share"] * (1.0 - o["frame"] * o["coherent"])
    assert o["rock_salt"] + o["oxide"] + beside == pytest.approx(1.0)


def test_charged_too_every_cation_is_one_of_the_three() -> None:
    o = rows(offset__diffraction=0.0)
    assert o["rock_salt_charged"] + o["oxide_charged"] + o["metal_left"] == pytest.approx(1.0)
    assert (o["oxide_charged"] >= 0.0).all()


def test_a_combination_sees_metal_beside_the_frame_and_the_rest_as_far_as_it_is_let() -> None:
    """With neither inserted electrons nor metal in registry seen, it is the metal off the frame's sites."""
    blind = rows(insertion_seen=-9.0, coherent_seen=-9.0, offset__absorption_edge=0.0)
    full = rows(insertion_seen=9.0, coherent_seen=9.0, offset__absorption_edge=0.0)
    for element, electrons in zip(MIXED.cations, MIXED.electrons, strict=True):
        metal = blind[f"reduced.{element}"] * blind["reacted"]
        assert blind[f"reduced_seen.{element}"] == pytest.approx(metal * (1.0 - blind["coherent"]), abs=1e-4)
        inserted = full[f"insertion.{element}"] * full["reacted"] / electrons
        assert full[f"reduced_seen.{element}"] == pytest.approx(metal + inserted, abs=1e-4)


def test_lines_of_all_cations_are_off_together() -> None:
    none, high = rows(offset__photoemission=0.0), rows(offset__photoemission=1.0)
    shifts = [high[f"reduced_surface.{e}"] - none[f"reduced_surface.{e}"] for e in MIXED.cations]
    assert np.ptp(shifts) == pytest.approx(0.0, abs=1e-12)
    assert shifts[0] == pytest.approx(0.1)


def test_of_two_lines_the_stronger_is_reported() -> None:
    """A frame that swells beside a core: its strain where it is the larger part, else none."""
    o = rows(3000)
    weight = o["reacted"] * o["frame_share"]
    parted = o["frame_strain"] > 0.04
    frame, core = parted & (weight > 1.5 * o["core"]), parted & (weight < o["core"] / 1.5)
    assert frame.sum() > 50
    assert core.sum() > 20
    assert o["strain"][frame] == pytest.approx(o["frame_strain"][frame], rel=0.03)
    assert np.abs(o["strain"][core]).max() < 0.03 * o["frame_strain"][core].max()


@pytest.mark.parametrize(("state", "expected"), [("discharged", "oxide"), ("charged", "oxide_charged")])
def test_oxide_that_is_not_the_frame_is_read(state: str, expected: str) -> None:
    share = observable(
        "phase_fraction",
        0.3,
        uncertainty=0.08,
        subject=Subject(phase="oxide", note=OF_METALS),
        state=state,
        technique="X-ray diffraction",
        origin="measured",
        source="made",
    )
    (term,) = read_observables([share], MIXED).terms
    assert term.expected == expected
    assert term.width == pytest.approx(math.hypot(0.08, floor_of("oxide")))


@pytest.mark.parametrize("bound", [None, "upper"])
def test_a_limit_has_its_uncertainty_in_it_and_a_number_without_one_gets_twice_the_floor(
    bound: str | None,
) -> None:
    share = observable(
        "phase_fraction",
        0.3,
        subject=Subject(phase="rock salt", note=OF_METALS),
        state="discharged",
        bound=bound,
        technique="X-ray diffraction",
        origin="measured",
        source="made",
    )
    (term,) = read_observables([share], MIXED).terms
    floor = floor_of("phase_fraction")
    at = rows(1) | {"phase_fraction": np.array([0.3 + floor])}
    if bound is None:
        assert term.width == pytest.approx(2.0 * floor)
    else:
        assert term.probability is not None
        # One scale beyond the limit, Student's t of four degrees has 0.1870 left.
        assert term.probability(at, 1.0) == pytest.approx(0.18695, abs=1e-4)
