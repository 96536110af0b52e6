"""Rules for claims of instruments on made-up sights: what agrees, what does not, and what cannot be said."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.evidence import load_ledger
from topotaxy.evidence.claims import Ledger
from topotaxy.evidence.likelihood import reading
from topotaxy.observables import Observable, observable
from topotaxy.studies.instrument_claims import claim_rows, instrument_claim, stated_text
from topotaxy.studies.instrument_rules import percent
from topotaxy.studies.instruments_seen import SURE, Computed, Seen, of

BUNDLED = load_ledger("fang2022")


def ledger(**claim: Any) -> Ledger:
    """One claim on a made-up rock salt."""
    return Ledger.model_validate(
        {
            "paper": {"citation": "Made up, 2024"},
            "material": {"a": {"formula": "NiO"}, "b": {"formula": "CoO"}},
            "claim": [{"id": "claim", "material": "a", **claim}],
        }
    )


def made(quantity: str, value: float, state: str, subject: Any = "", **fields: Any) -> Observable:
    known = {"uncertainty": 0.01, "technique": "diffraction", "origin": "simulated", **fields}
    return observable(quantity, value, state=state, subject=subject, **known)  # type: ignore[arg-type]


def seen(*observables: Observable, **fields: Any) -> Seen:
    known: dict[str, Any] = {"spots": {}, "others": {}, "missing": {}, "folder": Path(), **fields}
    return Seen(observables=observables, **known)


def say(claim: Mapping[str, Any], *observables: Observable, **fields: Any) -> Computed:
    return instrument_claim(ledger(**claim).claims[0], seen(*observables, **fields))


# --- what was seen


def test_a_number_carries_all_parts_of_its_uncertainty() -> None:
    assert of(made("lattice_parameter", 4.2, "pristine", uncertainty=0.03, systematic=0.04)) == (
        4.2,
        pytest.approx(0.05),
    )
    assert of(made("lattice_parameter", 4.2, "pristine", uncertainty=None)) == (4.2, 0.0)
    assert all(math.isnan(v) for v in of(None))


def test_one_is_the_first_of_its_quantity_state_and_parts() -> None:
    entries = [
        made("lattice_parameter", 4.0, "charged", {"phase": "rock salt"}),
        made("lattice_parameter", 4.1, "pristine", {"phase": "metal"}),
        made("lattice_parameter", 4.2, "pristine", {"phase": "rock salt"}, method="by Rietveld"),
        made("lattice_parameter", 4.3, "pristine", {"phase": "rock salt"}, method="by peaks"),
    ]
    sight = seen(*entries)
    assert sight.one("lattice_parameter", "pristine", phase="rock salt") is entries[2]
    assert sight.one("lattice_parameter", "pristine", phase="rock salt", method="peaks") is entries[3]
    assert sight.one("lattice_parameter", "pristine") is entries[1]
    assert sight.one("lattice_parameter", "discharged") is None
    assert sight.one("domain_size", "pristine") is None
    assert sight.one("lattice_parameter", "pristine", phase="salt") is None


# --- laws of every rule


def holds_together(found: Computed) -> None:
    """What is said has words, a label and a reason; what is not said has a reason alone."""
    assert found.why
    assert (found.agrees is None) == (found.label is None)
    assert (found.agrees is None) == (found.computed == "")
    if found.agrees is None:
        assert found.value is None


def test_without_instruments_only_the_formula_says_anything() -> None:
    for claim in BUNDLED.claims:
        found = instrument_claim(claim, seen())
        holds_together(found)
        assert (found.agrees is not None) == (claim.quantity == "oxidation_state")


POSSIBLE: tuple[tuple[str, tuple[Any, ...], str], ...] = (
    ("interplanar_spacing", ({"phase": "rock salt", "reflection": (2, 0, 0)},), "imaging"),
    ("lattice_parameter", ({"phase": "rock salt"},), "diffraction"),
    ("domain_size", ({"phase": "metal"},), "diffraction"),
    ("anion_fraction", ("S",), "thermogravimetry"),
    ("phase_fraction", ({"phase": "rock salt", "note": "of the metal atoms"},), "diffraction"),
    ("microstrain", ({"note": "along x"},), "imaging"),
    ("segregation_index", ("Ni", "Cu"), "energy_dispersive"),
    ("white_line_intensity", ("Ni", "Cu", "Co"), "energy_loss"),
    ("edge_energy", ("Cu", "Ni"), "energy_loss"),
    ("reduced_fraction", ("Zn", "Ni", "Cu"), "photoemission"),
    (
        "coordination_number",
        tuple({"element": e, "shell": s} for e in ("Ni", "Cu") for s in ("anion", "cation")),
        "absorption",
    ),
    ("bond_length", ({"element": "Cu", "shell": "metal"},), "absorption"),
)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_is_seen_every_claim_gets_an_answer_that_holds_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    observables = []
    for quantity, subjects, technique in POSSIBLE:
        for state, subject in itertools.product(("pristine", "discharged", "charged"), subjects):
            if rng.random() < 0.7:
                method = str(rng.choice(["combination of two references", "linear combination"]))
                value, error = float(10 ** rng.uniform(-2, 1)), float(rng.choice([0.001, 0.1]))
                if quantity in ("phase_fraction", "anion_fraction", "reduced_fraction"):
                    value = min(value, 1.0)
                observables.append(
                    made(
                        quantity, value, state, subject, technique=technique, uncertainty=error, method=method
                    )
                )
    sight = seen(*observables, spots={"charged": {("rock salt", "(200)")}, "discharged": set()})
    for claim in BUNDLED.claims:
        holds_together(instrument_claim(claim, sight))
    rows = claim_rows(BUNDLED, sight, done=set())
    assert [row["id"] for row in rows] == [claim.id for claim in BUNDLED.claims]


def test_claims_that_have_a_row_are_not_asked_again() -> None:
    done = {claim.id for claim in BUNDLED.claims[::2]}
    rows = claim_rows(BUNDLED, seen(), done=done)
    assert [row["id"] for row in rows] == [claim.id for claim in BUNDLED.claims[1::2]]
    assert claim_rows(BUNDLED, seen(), done={claim.id for claim in BUNDLED.claims}) == []


def test_what_no_rule_and_no_instrument_knows_says_so() -> None:
    assert (
        say({"kind": "presence", "quantity": "occupancy"}).why == "no virtual instrument says anything of it"
    )
    twins = {"kind": "presence", "quantity": "twin_density", "technique": "HRTEM"}
    assert "cannot twin" in say(twins).why


# --- spacings


INDICES = st.tuples(*[st.integers(-4, 4)] * 3).filter(any)


def spacing(value: str, state: str = "pristine", index: str = "(111)") -> dict[str, Any]:
    return {
        "kind": "value",
        "quantity": "interplanar_spacing",
        "value": value,
        "state": state,
        "subject": index,
        "technique": "TEM",
    }


def spot(index: tuple[int, int, int], edge: float, state: str = "pristine", **more: Any) -> Observable:
    distance = edge / math.sqrt(sum(i * i for i in index))
    subject = {"phase": "rock salt", "reflection": index}
    return made("interplanar_spacing", distance, state, subject, technique="imaging", **more)


@settings(max_examples=40)
@given(index=INDICES, edge=st.floats(3.0, 6.0))
def test_whichever_spots_are_indexed_the_edge_is_the_same(index: tuple[int, int, int], edge: float) -> None:
    found = say(spacing("2.5 Å"), spot(index, edge), spot((2, 0, 0), edge))
    assert found.value == pytest.approx(edge / math.sqrt(3.0))


def test_a_spacing_agrees_within_two_of_all_its_errors() -> None:
    """2.50 Å with 3 % for its scale: 0.075; and what the spots and the digits add."""
    stated = ledger(**spacing("2.50 Å")).claims[0].stated
    for edge_error in (0.0, 0.1):
        wide = SURE * math.hypot(edge_error / math.sqrt(3.0), stated.sigma, 0.03 * stated.value)
        for inside in (0.999, 1.001):
            for side in (1.0, -1.0):
                edge = math.sqrt(3.0) * (2.5 + side * inside * wide)
                entry = spot((2, 0, 0), edge, uncertainty=0.5 * edge_error or None)
                assert say(spacing("2.50 Å"), entry).agrees is (inside < 1.0)


def test_spots_of_another_state_phase_or_technique_say_nothing() -> None:
    wrong = [
        spot((2, 0, 0), 4.2, state="charged"),
        made(
            "interplanar_spacing",
            2.1,
            "pristine",
            {"phase": "metal", "reflection": (2, 0, 0)},
            technique="imaging",
        ),
        made("interplanar_spacing", 2.1, "pristine", {"phase": "rock salt", "reflection": (2, 0, 0)}),
    ]
    found = say(spacing("2.5 Å"), *wrong)
    assert found.agrees is None
    assert "no rock salt is indexed in the pristine state" in found.why


def test_only_the_pristine_spacing_rests_on_tables_alone() -> None:
    labels = [
        say(spacing("2.5 Å", state), spot((2, 0, 0), 4.3, state)).label
        for state in ("pristine", "discharged", "charged")
    ]
    assert labels == ["handbook", "imposed", "imposed"]


# --- sizes and contents


@pytest.mark.parametrize(("bound", "sign"), [("at least", 1.0), ("at most", -1.0)])
def test_a_bounded_size_agrees_up_to_two_deviations_beyond_its_bound(bound: str, sign: float) -> None:
    claim = {"kind": "value", "quantity": "domain_size", "value": "2.0 nm", "bound": bound}
    for beyond, agrees in ((-5.0, True), (0.19, True), (0.21, False)):
        domain = made("domain_size", 2.0 - sign * beyond, "discharged", {"phase": "metal"}, uncertainty=0.1)
        if 2.0 - sign * beyond > 0.0:
            assert say(claim, domain).agrees is agrees


@settings(max_examples=30)
@given(share=st.floats(0.0, 1.0), error=st.floats(1e-4, 0.1), stated=st.integers(1, 99))
def test_sulfur_and_oxygen_are_two_sides_of_one_number(share: float, error: float, stated: int) -> None:
    """Of two anions that fill the sublattice one claim agrees exactly where the other does."""
    entry = made("anion_fraction", share, "pristine", "S", uncertainty=error, technique="thermogravimetry")
    base = {"kind": "value", "quantity": "site_fraction", "state": "pristine", "resolution": 0.01}
    sulfur = say({**base, "value": stated / 100, "subject": "S"}, entry)
    oxygen = say({**base, "value": (100 - stated) / 100, "subject": "O"}, entry)
    assert sulfur.value == pytest.approx(1.0 - oxygen.value)  # type: ignore[operator]
    assert sulfur.uncertainty == oxygen.uncertainty
    margin = abs(abs(share - stated / 100) - SURE * math.hypot(error, 0.01 / math.sqrt(12.0)))
    if margin > 1e-6:
        assert sulfur.agrees is oxygen.agrees


@pytest.mark.parametrize(("bound", "low", "high"), [("upper", True, False), ("lower", False, True)])
def test_a_balance_that_bounds_refutes_one_side_alone(bound: str, low: bool, high: bool) -> None:
    entry = made("anion_fraction", 0.3, "pristine", "S", bound=bound, technique="thermogravimetry")
    base = {"kind": "value", "quantity": "site_fraction", "state": "pristine", "subject": "S"}
    assert say({**base, "value": "0.10"}, entry).agrees is low
    assert say({**base, "value": "0.50"}, entry).agrees is high


@pytest.mark.parametrize(("value", "agrees"), [("2.0", True), ("2", True), ("2.5", False), ("3.0", False)])
def test_valences_are_those_of_the_balance(value: str, agrees: bool) -> None:
    assert say({"kind": "value", "quantity": "oxidation_state", "value": value}).agrees is agrees


# --- orders


def strain(first: float, second: float, left: str = "discharged", right: str = "pristine") -> bool | None:
    claim = {
        "kind": "order",
        "quantity": "microstrain",
        "relation": "greater",
        "left": {"state": left},
        "right": {"state": right},
    }
    maps = [
        made("microstrain", v, state, {"note": "along x"}, technique="imaging")
        for state, v in ((left, first), (right, second))
    ]
    return say(claim, *maps).agrees


def test_of_two_orders_of_strain_one_agrees() -> None:
    assert (strain(0.04, 0.01), strain(0.01, 0.04), strain(0.02, 0.02)) == (True, False, False)


def larger(own: float, other: float, error: float = 0.01) -> Computed:
    claim = {
        "kind": "order",
        "quantity": "lattice_parameter",
        "relation": "greater",
        "left": {"material": "a"},
        "right": {"material": "b"},
    }
    subject = {"phase": "rock salt"}
    mine = made("lattice_parameter", own, "pristine", subject, uncertainty=error)
    others = {"b": [made("lattice_parameter", other, "pristine", subject, uncertainty=error)]}
    return say(claim, mine, others=others)


@pytest.mark.parametrize("apart", [0.0, 0.02, 0.028, 0.029, 0.1])
def test_a_cell_is_larger_from_two_deviations_of_both_on(apart: float) -> None:
    assert larger(4.2 + apart, 4.2).agrees is (apart > SURE * 0.01 * math.sqrt(2.0))
    assert larger(4.2, 4.2 + apart).agrees is False


def efficiencies(first: float, second: float, errors: tuple[float, float] = (0.01, 0.02)) -> bool | None:
    claim = {
        "kind": "order",
        "quantity": "initial_coulombic_efficiency",
        "relation": "greater",
        "left": {"material": "a"},
        "right": {"material": "b"},
    }
    others = {
        name: [made("initial_coulombic_efficiency", v, "charged", uncertainty=e)]
        for name, v, e in zip("ab", (first, second), errors, strict=True)
    }
    return say(claim, others=others).agrees


@settings(max_examples=40)
@given(first=st.floats(0.3, 1.0), second=st.floats(0.3, 1.0))
def test_two_materials_are_never_each_above_the_other(first: float, second: float) -> None:
    there, back = efficiencies(first, second), efficiencies(second, first, (0.02, 0.01))
    assert not (there and back)
    assert (there or back) is (abs(first - second) > SURE * math.hypot(0.01, 0.02))


def test_a_material_that_was_not_run_has_its_own_reason() -> None:
    claim = {
        "kind": "order",
        "quantity": "initial_coulombic_efficiency",
        "relation": "greater",
        "left": {"material": "a"},
        "right": {"material": "b"},
    }
    assert say(claim, missing={"a": "was left out"}).why == "was left out"
    assert "no run gives it for a" in say(claim).why


# --- spectra


def reduced(relation: str, share: float, technique: str, error: float = 0.01, **fields: Any) -> Computed:
    surface = "XPS" in technique
    claim = {
        "kind": "order",
        "quantity": "binding_energy_shift" if surface else "edge_energy",
        "relation": relation,
        "left": {"state": "discharged"},
        "right": {"state": "pristine"},
        "subject": "Ni:2p" if surface else "Ni:K",
        "technique": technique,
    }
    entry = made(
        "reduced_fraction",
        share,
        "discharged",
        "Ni",
        uncertainty=error,
        technique="photoemission" if surface else "absorption",
        method="combination of two references" if surface else "linear combination of standards",
    )
    return say(claim, entry, **fields)


@pytest.mark.parametrize(
    ("technique", "unchanged", "falls"),
    [("XPS Ni 2p", "line_unchanged", "line_falls"), ("XANES K edge", "edge_unchanged", "edge_falls")],
)
def test_a_line_stays_or_falls_by_the_share_that_is_metal(technique: str, unchanged: str, falls: str) -> None:
    most, least = reading(unchanged)[0], reading(falls)[0]
    assert most <= least
    for share, stays in ((0.0, True), (1.0, False)):
        assert reduced("equal", share, technique).agrees is stays
        assert reduced("less", share, technique).agrees is not stays
    # Within two deviations of either limit the statement still agrees.
    assert reduced("equal", most + 0.019, technique).agrees
    assert not reduced("equal", most + 0.021, technique).agrees
    assert reduced("less", least - 0.019, technique).agrees
    assert not reduced("less", least - 0.021, technique).agrees


def test_a_spectrum_of_the_other_depth_does_not_answer() -> None:
    """XPS sees a surface, absorption the whole: one says nothing of the other's claim."""
    bulk = made("reduced_fraction", 0.9, "discharged", "Ni", method="linear combination of standards")
    claim = {
        "kind": "order",
        "quantity": "binding_energy_shift",
        "relation": "less",
        "left": {"state": "discharged"},
        "right": {"state": "pristine"},
        "subject": "Ni:2p",
        "technique": "XPS Ni 2p",
    }
    assert say(claim, bulk).agrees is None


def test_what_is_counted_stands_beside_what_is_seen() -> None:
    assert "by counting 40 % of the Ni is metal" in reduced("less", 0.5, "XPS", counted={"Ni": 0.4}).why
    assert "counting" not in reduced("less", 0.5, "XPS", counted={"Co": 0.4}).why


def shifted(relation: str, shift: float, offset: float = 0.0) -> Computed:
    claim = {
        "kind": "order",
        "quantity": "edge_energy",
        "relation": relation,
        "left": {"state": "discharged"},
        "right": {"state": "pristine"},
        "subject": "Cu:L3",
        "technique": "EELS L edge",
    }
    edges = [
        made("edge_energy", 930.0 + offset + at, state, "Cu", technique="energy_loss", uncertainty=0.1)
        for state, at in (("pristine", 0.0), ("discharged", shift))
    ]
    return say(claim, *edges)


@pytest.mark.parametrize("shift", [-3.0, -0.2, 0.0, 0.2, 3.0])
def test_an_edge_moves_one_way_at_most_and_by_more_than_its_errors(shift: float) -> None:
    up, down = shifted("greater", shift).agrees, shifted("less", shift).agrees
    certain = abs(shift) > SURE * math.hypot(0.1, 0.1)
    assert up is (certain and shift > 0.0)
    assert down is (certain and shift < 0.0)


def test_an_axis_that_is_off_in_both_states_moves_no_edge() -> None:
    assert shifted("greater", 1.5, offset=7.0).value == pytest.approx(shifted("greater", 1.5).value)


@pytest.mark.parametrize(("intensity", "agrees"), [(0.3, True), (0.979, True), (0.981, False), (1.5, False)])
def test_a_white_line_is_weaker_from_two_deviations_below_the_pristine_one(
    intensity: float, agrees: bool
) -> None:
    claim = {
        "kind": "order",
        "quantity": "white_line_intensity",
        "relation": "less",
        "subject": "Ni:L",
        "left": {"state": "discharged"},
        "right": {"state": "pristine"},
        "technique": "EELS L3 and L2",
    }
    entry = made("white_line_intensity", intensity, "discharged", "Ni", technique="energy_loss")
    assert say(claim, entry).agrees is agrees


def shells(left: float, *, kind: str = "cation", extent: str = "strongly", scale: float = 1.0) -> Computed:
    claim = {
        "kind": "order",
        "quantity": "coordination_number",
        "relation": "less",
        "subject": f"{kind}s",
        "extent": extent,
        "left": {"state": "discharged"},
        "right": {"state": "pristine"},
        "technique": "EXAFS",
    }
    counts = [
        made(
            "coordination_number",
            scale * n,
            state,
            {"element": "Ni", "shell": kind},
            technique="absorption",
            uncertainty=1e-4 * scale,
        )
        for state, n in (("pristine", 12.0), ("discharged", 12.0 * left))
    ]
    return say(claim, *counts)


@settings(max_examples=25)
@given(left=st.floats(0.05, 1.2), scale=st.floats(0.3, 3.0))
def test_neighbours_left_are_a_ratio(left: float, scale: float) -> None:
    """An amplitude that is off by a factor in both states changes nothing."""
    assert (
        shells(left, scale=scale).computed == shells(left).computed == f"left: Ni cation {100 * left:.0f} %"
    )


def test_neighbours_fall_strongly_or_slightly_by_their_thresholds() -> None:
    strong, slight = reading("cation_shell_strongly")[0], reading("anion_shell_slightly")[0]
    assert shells(strong - 0.01).agrees
    assert not shells(strong + 0.01).agrees
    assert shells(slight + 0.01, kind="anion", extent="slightly").agrees
    assert not shells(slight - 0.01, kind="anion", extent="slightly").agrees


# --- phases and spots


def phases(state: str, **shares: float) -> bool | None:
    claim = {
        "kind": "presence",
        "quantity": "phase_fraction",
        "state": state,
        "subject": "rock salt",
        "technique": "XRD",
    }
    entries = [
        made("phase_fraction", v, name, {"phase": "rock salt", "note": "of the metal atoms"})
        for name, v in shares.items()
    ]
    return say(claim, *entries).agrees


def test_one_phase_alone_takes_nine_tenths_and_one_that_persists_what_a_pattern_shows() -> None:
    least = reading("rock_salt_pattern")[0]
    assert phases("pristine", pristine=0.91) is True
    assert phases("pristine", pristine=0.89) is False
    assert phases("charged", discharged=least + 0.01, charged=least + 0.01) is True
    # Every state of the cycle has to show it.
    assert phases("charged", discharged=least - 0.01, charged=0.99) is False
    assert phases("charged", discharged=0.99, charged=least - 0.01) is False
    assert phases("charged", charged=0.99) is None


@pytest.mark.parametrize(
    ("phase", "state", "found", "agrees"),
    [
        ("", "discharged", {"rock salt"}, True),
        ("", "discharged", {"rock salt", "metal", "salt"}, True),
        ("", "discharged", {"metal"}, False),
        ("", "charged", {"rock salt"}, True),
        ("", "charged", {"rock salt", "metal"}, False),
        ("alloy", "discharged", {"rock salt", "metal"}, True),
        ("alloy", "discharged", {"rock salt"}, False),
        ("na2o", "discharged", {"salt"}, True),
        ("na2o", "discharged", set(), False),
    ],
)
def test_spots_show_their_phase_and_when_charged_nothing_else(
    phase: str, state: str, found: set[str], agrees: bool
) -> None:
    book = Ledger.model_validate(
        {
            "paper": {"citation": "x"},
            "material": {"a": {}, "alloy": {}, "na2o": {}},
            "claim": [
                {"id": "c", "kind": "presence", "material": "a", "phase": phase, "state": state}
                | {"technique": "HRTEM, FFT"}
            ],
        }
    )
    sight = seen(spots={state: {(name, "(200)") for name in found}})
    (row,) = claim_rows(book, sight, done=set())
    assert row["agrees"] is agrees
    (absent,) = claim_rows(book, seen(), done=set())
    assert absent["agrees"] is None
    assert state in str(absent["why"])


# --- words


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ({"kind": "value", "quantity": "domain_size", "value": "3 nm", "bound": "at most"}, "at most 3 nm"),
        ({"kind": "presence", "seen": False}, "not seen"),
        (
            {"kind": "order", "relation": "equal", "left": {"material": "a"}, "right": {"material": "b"}},
            "a: the same as b",
        ),
        (
            {
                "kind": "order",
                "relation": "less",
                "left": {"particle_size": "2 um"},
                "right": {"current": "1 A/g", "state": "charged"},
            },
            "particles of 2000 nm: less than charged, 1 A/g",
        ),
        (
            {"kind": "order", "relation": "greater", "left": {"subject": "Ni"}, "right": {}},
            "Ni: more than the powder as it is",
        ),
    ],
)
def test_a_claim_is_told_with_both_its_sides(claim: dict[str, Any], text: str) -> None:
    assert stated_text(ledger(**claim).claims[0]) == text


def test_a_share_is_told_with_its_deviation_where_it_has_one() -> None:
    assert percent(0.9071, 0.0123) == "90.7 ± 1.2"
    assert percent(0.9071, 0.0) == percent(0.9071, math.nan) == "90.7"
