"""Reflections against space group and zone, spacings and strains against one cubic lattice."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledgers import found, ledger_of, reasons, severity, value
from topotaxy.evidence.checks.crystallography import (
    forbidden_reflections,
    reflections_of,
    spacings_one_lattice,
    strains_agree,
    zone_law,
)

Claim = dict[str, Any]
HKL = [hkl for hkl in product(range(4), repeat=3) if any(hkl)]


def text(hkl: tuple[int, ...]) -> str:
    return f"({' '.join(map(str, hkl))})"


def pattern(*reflections: tuple[int, ...], **more: Any) -> Claim:
    listed = [text(hkl) for hkl in reflections]
    return {"id": "pattern", "kind": "presence", "material": "host", "reflections": listed, **more}


def forbidden(space_group: str) -> dict[tuple[int, ...], str]:
    """Severity of each forbidden reflection of a group among indices up to 3."""
    seen = found(forbidden_reflections, pattern(*HKL), host={"space_group": space_group})
    return {tuple(one.values["reflection"]): one.severity for one in seen}


def test_a_centring_forbids_by_parity_for_good() -> None:
    """F: indices all odd or all even; I: even sum; C: h + k even; P: none."""
    rules = {
        "F m -3 m": lambda hkl: len({index % 2 for index in hkl}) == 1,
        "I m -3 m": lambda hkl: sum(hkl) % 2 == 0,
        "C m m m": lambda hkl: (hkl[0] + hkl[1]) % 2 == 0,
        "P m -3 m": lambda hkl: True,
    }
    for group, allowed in rules.items():
        assert forbidden(group) == {hkl: "contradiction" for hkl in HKL if not allowed(hkl)}, group


def test_a_glide_or_screw_forbids_unless_diffracted_twice() -> None:
    """P2_1/c: (h 0 n) with n odd and (0 k 0) with k odd; both may come of double diffraction."""
    absent = {hkl for hkl in HKL if hkl[1] == 0 and hkl[2] % 2}
    absent |= {(0, k, 0) for k in (1, 3)}
    assert forbidden("P 1 21/c 1") == dict.fromkeys(absent, "tension")
    assert forbidden("F d -3 m")[(2, 0, 0)] == "tension"
    assert forbidden("F d -3 m")[(2, 1, 0)] == "contradiction"


def test_one_finding_a_reflection_names_all_who_say_so() -> None:
    again = value("interplanar_spacing", "0.2 nm", subject="(210)", state="pristine")
    (one,) = found(forbidden_reflections, pattern((2, 1, 0), (2, 0, 0)), again)
    assert one.claims == ["pattern", "interplanar_spacing"]
    assert "(210)" in one.message
    assert severity(forbidden_reflections, pattern((2, 1, 0)), host={"formula": "NiO"}) == "not compared"


def test_what_is_said_to_be_absent_is_no_reflection() -> None:
    claims = ledger_of(
        pattern((1, 1, 1), (2, 0, 0)),
        pattern((2, 1, 0), id="absent", seen=False),
        {**pattern((2, 1, 0), id="order"), "kind": "order"},
    ).claims
    assert [len(reflections_of(claim)) for claim in claims] == [2, 0, 0]


index = st.tuples(*[st.integers(-5, 5)] * 3)


@settings(max_examples=25)
@given(index, index)
def test_a_zone_holds_the_two_reflections_that_span_it(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    zone = np.cross(a, b)
    assume(zone.any())
    assert severity(zone_law, pattern(a, b, zone_axis=zone.tolist())) == "in order"
    (one,) = found(zone_law, pattern(tuple(zone.tolist()), zone_axis=zone.tolist()))
    assert one.severity == "tension"
    assert one.values["product"] == int((zone**2).sum())


def test_a_pattern_without_axis_is_of_no_zone() -> None:
    assert severity(zone_law, pattern((1, 1, 1))) == "not compared"


def spacing(hkl: tuple[int, ...], d: float, **more: Any) -> Claim:
    where = {"state": "pristine", "id": f"d{''.join(map(str, hkl))}{more.get('state', '')}"}
    return value("interplanar_spacing", f"{d:.4f} Å", **{**where, "subject": text(hkl), **more})


def lattice(a: float, *reflections: tuple[int, ...], **more: Any) -> list[Claim]:
    return [spacing(hkl, a / math.sqrt(sum(i * i for i in hkl)), **more) for hkl in reflections]


@settings(max_examples=25)
@given(st.floats(3.5, 6.5), st.lists(st.sampled_from(HKL), min_size=2, max_size=5, unique=True))
def test_spacings_of_one_cubic_lattice_agree(a: float, reflections: list[tuple[int, ...]]) -> None:
    assert severity(spacings_one_lattice, *lattice(a, *reflections)) == "in order"


@pytest.mark.parametrize(
    ("factor", "technique", "wanted"),
    [
        (1.005, "TEM", "tension"),
        (1.005, "XRD", "contradiction"),
        (1.005, "neutron powder diffraction", "contradiction"),
        (1.02, "TEM", "contradiction"),
        (0.98, "XRD", "contradiction"),
    ],
)
def test_an_image_has_the_error_of_its_scale_a_diffractometer_has_none(
    factor: float, technique: str, wanted: str
) -> None:
    one, two = lattice(4.2, (1, 1, 1), (2, 0, 0), technique=technique)
    off = spacing((2, 2, 0), factor * 4.2 / math.sqrt(8), technique=technique)
    assert severity(spacings_one_lattice, one, two, off) == wanted
    # One image among diffraction patterns is enough for the allowance.
    if wanted == "contradiction" and factor == 1.005:
        assert severity(spacings_one_lattice, {**one, "technique": "HRTEM"}, off) == "tension"


def test_the_pair_furthest_apart_is_told_with_its_parameters() -> None:
    claims = [*lattice(4.20, (1, 1, 1)), *lattice(4.25, (2, 0, 0)), *lattice(4.40, (2, 2, 0))]
    (one,) = found(spacings_one_lattice, *claims)
    assert one.claims == ["d111", "d220"]
    assert one.values["relative_difference"] == pytest.approx(4.40 / 4.20 - 1, abs=1e-3)


@pytest.mark.parametrize(
    "more", [{"state": "discharged"}, {"bound": "about"}, {"state": None}, {"subject": ""}, {"phase": "hcp"}]
)
def test_spacings_of_other_states_and_phases_are_not_of_that_lattice(more: Claim) -> None:
    phases = {"host": {"space_group": "Fm-3m"}, "hcp": {"space_group": "P 63/m m c"}}
    claims = [*lattice(4.2, (1, 1, 1)), *lattice(5.0, (2, 0, 0), **more)]
    assert severity(spacings_one_lattice, *claims, material=phases) == "not compared"


def test_a_system_of_more_parameters_is_told_as_not_compared() -> None:
    claims = lattice(4.2, (1, 0, 0), (0, 0, 2))
    ledger = ledger_of(*claims, host={"space_group": "P 63/m m c"})
    (why,) = reasons(spacings_one_lattice(ledger))
    assert "more than one parameter" in why
    assert "hexagonal" in why
    assert not reasons(spacings_one_lattice(ledger_of(claims[0], host={"space_group": "P 63/m m c"})))


def strained(first: float, second: float, digits: int = 4) -> list[Claim]:
    """(111) and (200) of one lattice, each widened by a share on discharge."""
    claims = lattice(4.2, (1, 1, 1), (2, 0, 0))
    for hkl, strain in (((1, 1, 1), first), ((2, 0, 0), second)):
        d = 4.2 / math.sqrt(sum(i * i for i in hkl)) * (1 + strain)
        one = spacing(hkl, d, state="discharged", cell="li")
        claims.append({**one, "value": f"{d:.{digits}f} Å"})
    return claims


@pytest.mark.parametrize(
    ("first", "second", "digits", "wanted"),
    [
        (0.03, 0.03, 4, "in order"),
        (0.03, 0.05, 4, "contradiction"),
        (0.03, 0.05, 1, "in order"),
        (0.0104, 0.0143, 2, "tension"),
        (-0.01, -0.01, 4, "in order"),
    ],
)
def test_a_cubic_lattice_strains_equally_within_its_digits(
    first: float, second: float, digits: int, wanted: str
) -> None:
    claims = strained(first, second, digits)
    assert severity(strains_agree, *claims) == wanted
    assert severity(strains_agree, *reversed(claims)) == wanted


@settings(max_examples=25)
@given(st.floats(-0.05, 0.2), st.integers(2, 4))
def test_one_strain_rounded_is_never_a_contradiction(strain: float, digits: int) -> None:
    assert severity(strains_agree, *strained(strain, strain, digits)) != "contradiction"


def test_the_two_strains_furthest_apart_are_told_with_all_their_spacings() -> None:
    claims = strained(0.03, 0.05)
    third = lattice(4.2, (2, 2, 0)) + lattice(4.2 * 1.01, (2, 2, 0), state="discharged", cell="li")
    (one,) = found(strains_agree, *claims, *third)
    assert set(one.claims) == {"d200", "d200discharged", "d220", "d220discharged"}
    assert one.values["strain_(2 0 0)"] == pytest.approx(0.05, abs=1e-3)
    assert one.values["strain_(2 2 0)"] == pytest.approx(0.01, abs=1e-3)
    assert one.values["intervals_disjoint"] is True


def test_the_scale_of_an_image_cancels_in_a_strain() -> None:
    """All discharged and pristine spacings of (200) 2 % too long: the lattice disagrees, no strain does."""
    claims = strained(0.03, 0.03)
    for claim in claims[1::2]:
        claim["value"] = f"{1.02 * float(claim['value'].split()[0]):.4f} Å"
    assert severity(strains_agree, *claims) == "in order"
    assert found(spacings_one_lattice, *claims)


def test_strains_of_a_phase_that_is_not_cubic_may_differ() -> None:
    claims = strained(0.03, 0.09)
    assert severity(strains_agree, *claims, host={"space_group": "P 6/m m m"}) == "not compared"
    assert severity(strains_agree, *claims, host={"formula": "NiO"}) == "not compared"
