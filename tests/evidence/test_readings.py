"""Observables and statements as terms: against what each is held, how wide, and why others are set aside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers import ledger_of, value
from topotaxy.errors import InputError
from topotaxy.evidence.cases import case_of_ledger, case_of_observables, with_observables
from topotaxy.evidence.latents import coordinates
from topotaxy.evidence.likelihood import Term, floor_of, log_likelihood, reading
from topotaxy.evidence.mechanisms import Map
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.readings import read_observables
from topotaxy.evidence.statements import read_statements
from topotaxy.observables import Observable, observable

MIXED = reaction_of("Ni0.5Co0.5O", "Li")
Fields = dict[str, Any]


def seen(quantity: str, number: float, **more: Any) -> Observable:
    return observable(quantity, number, **{"state": "discharged", "origin": "measured", **more})


READ: list[tuple[str, Fields, str]] = [
    ("strain", {}, "strain"),
    ("strain", {"subject": {"phase": "rock salt"}}, "strain"),
    ("phase_fraction", {"subject": {"phase": "rock salt"}}, "phase_fraction"),
    ("phase_fraction", {"subject": {"phase": "frame"}, "state": "charged"}, "phase_fraction_charged"),
    ("phase_fraction", {"subject": {"phase": "host"}, "method": "relative"}, "phase_fraction_relative"),
    ("phase_fraction", {"subject": {"phase": "Li2O"}}, "salt"),
    ("reduced_fraction", {"subject": "Ni"}, "reduced_seen.Ni"),
    ("reduced_fraction", {"subject": "Co", "technique": "XPS"}, "reduced_surface.Co"),
    ("reduced_fraction", {"subject": "Co", "technique": "EELS L3"}, "reduced_surface.Co"),
    ("reduced_fraction", {"subject": "Ni", "state": "charged"}, "reduced_charged.Ni"),
    ("coordination_number", {"subject": "Ni:anion"}, "anion_shell.Ni"),
    ("coordination_number", {"subject": "Ni:O"}, "anion_shell.Ni"),
    ("coordination_number", {"subject": "Co:cation"}, "cation_shell.Co"),
    ("coordination_number", {"subject": "Co:metal"}, "metal_shell.Co"),
    ("domain_size", {"technique": "TEM"}, "domain_imaged"),
    ("domain_size", {"technique": "total scattering"}, "domain_scattered"),
    ("domain_size", {"subject": {"phase": "metal", "percentile": 50.0}}, "domain_scattered"),
    ("site_fraction", {"subject": "Li"}, "tetrahedral_alkali"),
    ("voltage_hysteresis", {}, "hysteresis_seen"),
    ("capacity_retention", {"cycle": 100}, "retention"),
]


@pytest.mark.parametrize(("quantity", "more", "expected"), READ)
def test_a_number_is_held_against_its_expectation(quantity: str, more: Fields, expected: str) -> None:
    read = read_observables([seen(quantity, 0.8, **more)], MIXED)
    assert [(t.expected, t.said) for t in read.terms] == [(expected, True)]
    assert read.aside == []
    (term,) = read.terms
    assert term.value == pytest.approx(math.log(0.8) if quantity == "domain_size" else 0.8)
    bounded = read_observables([seen(quantity, 0.8, bound="upper", **more)], MIXED).terms[0]
    assert (bounded.expected, bounded.value) == (expected, None)
    assert bounded.fact != term.fact


ASIDE: list[tuple[str, Fields, str]] = [
    ("strain", {"state": "charged"}, "discharged state only"),
    ("strain", {"subject": {"phase": "metal"}}, "strain of the frame only"),
    ("strain", {"subject": {"rank": 2}}, "of which phase"),
    ("phase_fraction", {"subject": {"phase": "Li2O"}, "state": "charged"}, "discharged state only"),
    ("phase_fraction", {"subject": {"phase": "Li2O"}, "method": "by weight"}, "not its weight"),
    ("phase_fraction", {"subject": {"phase": "spinel"}}, "the map knows rock salt"),
    ("reduced_fraction", {}, "names no cation"),
    ("reduced_fraction", {"subject": "Fe"}, "Fe is no cation of Ni0.5Co0.5O"),
    ("reduced_fraction", {"subject": "Li"}, "names no cation"),
    ("coordination_number", {"subject": "Ni:metal", "state": "charged"}, "discharged state only"),
    ("coordination_number", {"subject": "Ni:third"}, "no cation with a shell"),
    ("coordination_number", {"subject": "Ni:metal", "method": "per metal atom"}, "not per absorber"),
    ("domain_size", {"state": "charged"}, "discharged state only"),
    ("domain_size", {"subject": {"phase": "rock salt"}}, "metal domains only"),
    ("domain_size", {"subject": {"percentile": 90.0}}, "middle of a distribution"),
    ("site_fraction", {"subject": "Ni"}, "alkali on tetrahedra"),
    ("microstrain", {}, "the map says nothing of it"),
    ("lattice_parameter", {}, "no pristine value"),
    ("voltage_hysteresis", {"conditions": {"role": "full-cell"}}, "half cells"),
    ("strain", {"technique": "reactive lattice"}, "no instrument sees it"),
    ("home_fraction", {}, "no instrument sees it"),
    ("trapped_fraction", {}, "no instrument sees it"),
]


@pytest.mark.parametrize(("quantity", "more", "why"), ASIDE)
def test_what_the_map_does_not_give_is_set_aside_with_the_reason(
    quantity: str, more: Fields, why: str
) -> None:
    entry = seen(quantity, 0.8, **more)
    read = read_observables([entry], MIXED)
    assert read.terms == []
    ((given, said),) = read.aside
    assert given is entry
    assert why in said


@settings(max_examples=60)
@given(st.lists(st.sampled_from([(q, m) for q, m, _ in READ + ASIDE]), max_size=8), st.randoms())
def test_nothing_is_lost_and_the_order_does_not_matter(
    given_: list[tuple[str, Fields]], shuffle: Any
) -> None:
    entries = [seen(quantity, 0.8, source=str(i), **more) for i, (quantity, more) in enumerate(given_)]
    read = read_observables(entries, MIXED)
    assert len(read.terms) + len(read.aside) == len(entries)
    turned = entries.copy()
    shuffle.shuffle(turned)
    again = read_observables(turned, MIXED)
    assert sorted(t.source + t.expected for t in again.terms) == sorted(
        t.source + t.expected for t in read.terms
    )


@pytest.mark.parametrize(
    ("scatter", "shared"), [(None, None), (0.0, None), (0.1, None), (None, 0.2), (0.1, 0.2)]
)
def test_a_width_is_floor_scatter_and_systematic_part_together(
    scatter: float | None, shared: float | None
) -> None:
    entry = seen("phase_fraction", 0.4, subject={"phase": "host"}, uncertainty=scatter, systematic=shared)
    (term,) = read_observables([entry], MIXED).terms
    floor = floor_of("phase_fraction")
    known = [one for one in (scatter, shared) if one is not None]
    assert term.width == pytest.approx(math.hypot(floor, *known) if known else 2 * floor)


def test_the_error_of_a_size_is_relative() -> None:
    (term,) = read_observables([seen("domain_size", 4.0, uncertainty=2.0)], MIXED).terms
    assert term.value == pytest.approx(math.log(4.0))
    assert term.width == pytest.approx(math.hypot(floor_of("domain"), 0.5))
    assert "positive" in read_observables([seen("domain_size", 0.0)], MIXED).aside[0][1]


@pytest.mark.parametrize("quantity", ["lattice_parameter", "interplanar_spacing"])
@pytest.mark.parametrize("same", [True, False])
def test_a_spacing_becomes_a_strain_and_one_instruments_scale_cancels(quantity: str, same: bool) -> None:
    subject = "(111)" if quantity == "interplanar_spacing" else ""
    common = {"subject": subject, "uncertainty": 0.02, "systematic": 0.05}
    first = seen(quantity, 2.0, state="pristine", source="a", **common)
    later = seen(quantity, 2.2, source="a" if same else "b", **common)
    (term,) = read_observables([later, first], MIXED).terms
    assert (term.expected, term.value) == ("strain", pytest.approx(0.1))
    parts = [0.02 / 2.0, 0.02 / 2.2] + ([] if same else [0.05 / 2.0, 0.05 / 2.2])
    assert term.width == pytest.approx(math.hypot(floor_of("strain"), 1.1 * math.hypot(*parts)))


@pytest.mark.parametrize(("shell", "full"), [("anion", 6.0), ("cation", 12.0)])
def test_neighbours_are_counted_against_the_pristine_ones(shell: str, full: float) -> None:
    """An analysis that finds a fifth too few finds as much too few before."""
    right, low = (
        read_observables(
            [
                seen("coordination_number", f * full, state="pristine", subject=f"Ni:{shell}"),
                seen("coordination_number", f * 3.0, subject=f"Ni:{shell}"),
            ],
            MIXED,
        ).terms[0]
        for f in (1.0, 0.8)
    )
    assert right.value == pytest.approx(low.value) == pytest.approx(3.0)
    assert right.expected == f"{shell}_shell.Ni"


def test_a_share_by_weight_gives_way_to_the_same_share_counted_in_atoms() -> None:
    weight = seen("phase_fraction", 0.5, subject={"phase": "host"}, source="x")
    atoms = seen("phase_fraction", 0.4, subject={"phase": "host", "note": "of the metal atoms"}, source="x")
    read = read_observables([weight, atoms], MIXED)
    assert [t.value for t in read.terms] == [0.4]
    assert "counted in cations" in read.aside[0][1]
    assert len(read_observables([weight, atoms.model_copy(update={"source": "y"})], MIXED).terms) == 2


def test_two_numbers_of_one_strain_by_one_technique_are_one_fact() -> None:
    pair = [seen("strain", 0.03, subject=hkl, technique="TEM") for hkl in ("(111)", "(200)")]
    facts = {t.fact for t in read_observables(pair, MIXED).terms}
    assert len(facts) == 1
    mixed = [pair[0], seen("strain", 0.03, technique="XRD")]
    assert len({t.fact for t in read_observables(mixed, MIXED).terms}) == 2


HOST = {"formula": "Ni0.5Co0.5O", "space_group": "Fm-3m"}
METAL = {"formula": "", "space_group": "Fm-3m", "reaction": "other"}


def presence(subject: str = "rock salt", **more: Any) -> Fields:
    base = {"id": "it", "kind": "presence", "material": "host", "cell": "li", "subject": subject}
    return {**base, "state": "discharged", "technique": "XRD", **more}


def order(quantity: str, subject: str, relation: str, left: str = "discharged", **more: Any) -> Fields:
    sides = {"left": {"state": left}, "right": {"state": "pristine"}}
    base = {"id": "it", "kind": "order", "material": "host", "cell": "li"}
    return {**base, "quantity": quantity, "subject": subject, "relation": relation, **sides, **more}


def statements(*claims: Fields) -> tuple[list[Term], list[str]]:
    tables = {"material": {"host": HOST, "metal": METAL, "else": HOST}}
    terms, aside = read_statements(ledger_of(*claims, **tables), MIXED, material="host", cell="li")
    return terms, [why for _, why in aside]


MEANS: list[tuple[Fields, str, int]] = [
    (presence(), "rock_salt", 1),
    (presence(technique="SAED"), "rock_salt", 1),
    (presence(state="charged"), "phase_fraction_charged", 1),
    (presence(state="charged", technique="HRTEM"), "rock_salt_charged", 1),
    (presence("", phase="metal", reflections=["(111)"], technique="SAED"), "incoherent_metal", 1),
    (presence("", quantity="segregation_index", state="charged"), "unmixed_length", -1),
    (presence("", quantity="twin_density"), "frame_strain", 1),
    (presence("Ni:metal", quantity="bond_length"), "metal_like.Ni", 1),
    (order("edge_energy", "Ni", "less"), "reduced_seen.Ni", 1),
    (order("edge_energy", "Co", "equal"), "reduced_seen.Co", -1),
    (order("edge_shift", "Ni", "equal", left="charged"), "reduced_charged.Ni", -1),
    (order("binding_energy_shift", "Co", "less"), "reduced_surface.Co", 1),
    (order("white_line_intensity", "Ni", "less"), "reduced_surface.Ni", 1),
    (order("stress", "", "greater"), "frame_strain", 1),
    (order("coordination_number", "Ni:anion", "less", extent="slightly"), "anion_shell.Ni", 1),
    (order("coordination_number", "Co:cation", "less", extent="strongly"), "cation_shell.Co", -1),
]


@pytest.mark.parametrize(("claim", "expectation", "sign"), MEANS)
def test_a_statement_is_likelier_the_more_the_map_expects_it(
    claim: Fields, expectation: str, sign: int
) -> None:
    """Between the miss rates, monotone in its expectation, and the contrary where it is said not to be."""
    z = np.zeros((3, len(coordinates(MIXED))))
    o = Map(reaction=MIXED).expected(z)
    o[expectation] = (
        np.exp(np.array([-6.0, 0.0, 6.0])) if expectation == "unmixed_length" else np.array([0, 0.5, 12.0])
    )
    term = next(t for t in statements(claim)[0] if t.source == "it")
    made = np.exp(log_likelihood(o, [term]))
    assert (sign * np.diff(made) >= -1e-12).all()
    assert sign * (made[-1] - made[0]) > 0.3
    miss = reading("miss")[0]
    assert miss - 1e-9 <= made.min() <= made.max() <= 1 - miss + 1e-9
    if claim["kind"] == "presence":
        denied = next(t for t in statements({**claim, "seen": False})[0] if t.source == "it")
        assert np.exp(log_likelihood(o, [denied])) == pytest.approx(1 - made)


def test_all_cations_of_a_shell_are_the_heavy_ones() -> None:
    heavy = order("coordination_number", "M:anion", "less", extent="slightly")
    terms, _ = statements(heavy)
    assert [t.fact for t in terms] == ["Ni-anion shell falls slightly", "Co-anion shell falls slightly"]
    light = reaction_of("Ni0.5Mg0.5O", "Li")
    read, _ = read_statements(
        ledger_of(heavy, host={"formula": "Ni0.5Mg0.5O"}), light, material="host", cell="li"
    )
    assert [t.fact for t in read] == ["Ni-anion shell falls slightly"]


@pytest.mark.parametrize(
    "claim",
    [
        presence("spinel"),
        presence("Ni:O", quantity="bond_length"),
        order("edge_energy", "Fe", "less"),
        order("edge_energy", "Ni", "greater"),
        order("coordination_number", "Ni:anion", "less"),
        order("specific_capacity_charge", "", "less"),
        {**order("edge_energy", "Ni", "less"), "right": {"state": "discharged"}},
    ],
)
def test_a_statement_without_a_reading_is_set_aside(claim: Fields) -> None:
    terms, why = statements(claim)
    assert terms == []
    assert why == ["the map has no reading of it"]


@pytest.mark.parametrize("more", [{"material": "else"}, {"cell": "na"}, {"state": "pristine"}])
def test_what_is_said_of_another_material_cell_or_state_is_not_read(more: Fields) -> None:
    assert statements(presence(**more)) == ([], [])
    assert len(statements(presence(cell=""))[0]) == 1


def test_reflections_seen_through_the_whole_cycle_say_three_things() -> None:
    terms, _ = statements(presence(state=None, reflections=["(111)"]))
    facts = {"rock salt while discharged", "rock salt after charge", "one rock-salt line, not two"}
    assert {t.fact for t in terms} == facts


def probability(claim: Fields, fact: str = "", **columns: float) -> float:
    """How probably a statement is true that is made, where these values are expected."""
    o = Map(reaction=MIXED).expected(np.zeros((1, len(coordinates(MIXED)))))
    o |= {name.replace("__", "."): np.array([one]) for name, one in columns.items()}
    (term,) = [t for t in statements(claim)[0] if fact in t.fact]
    miss = reading("miss")[0]
    return (float(np.exp(log_likelihood(o, [term]))[0]) - miss) / (1 - 2 * miss)


@pytest.mark.parametrize(
    ("shell", "extent", "name", "column", "full"),
    [
        ("anion", "slightly", "anion_shell_slightly", "anion_shell__Ni", 6.0),
        ("cation", "strongly", "cation_shell_strongly", "cation_shell__Ni", 12.0),
    ],
)
def test_half_of_the_readers_call_it_so_at_the_threshold(
    shell: str, extent: str, name: str, column: str, full: float
) -> None:
    claim = order("coordination_number", f"Ni:{shell}", "less", extent=extent)
    assert probability(claim, **{column: full * reading(name)[0]}) == pytest.approx(0.5)


def test_a_second_line_is_missed_one_time_in_five() -> None:
    seen_through = presence(state=None, reflections=["(111)"])
    assert probability(seen_through, "one rock-salt line", two_peaks=0.0) == pytest.approx(1.0, abs=0.01)
    assert probability(seen_through, "one rock-salt line", two_peaks=1.0) == pytest.approx(0.2, abs=0.01)


def test_the_strain_about_inclusions_counts_half_towards_stress() -> None:
    claim = order("stress", "", "greater")
    even = probability(claim, frame_strain=0.010, image_strain=0.0)
    assert probability(claim, frame_strain=0.007, image_strain=0.006) == pytest.approx(even)
    assert probability(claim, frame_strain=reading("stressed")[0], image_strain=0.0) == pytest.approx(0.5)


CHARGE = value("specific_capacity_charge", "500 mAh/g", cell="na", cycle=1)


def test_a_case_is_of_the_material_and_cell_of_which_most_is_claimed() -> None:
    more = [presence(id=f"p{i}") for i in range(3)]
    case = case_of_ledger(ledger_of(CHARGE, *more, host=HOST))
    assert (case.reaction.ion, case.origins, len(case.terms)) == ("Li", ("stated",), 3)
    other = case_of_ledger(ledger_of(CHARGE, *more, host=HOST), cell="na")
    assert other.reaction.ion == "Na"
    assert [t.expected for t in other.terms] == ["charge_capacity"]


@pytest.mark.parametrize(
    ("host", "chosen", "message"),
    [
        ({"name": "no formula"}, {}, "no conversion material"),
        ({**HOST, "reaction": "other"}, {}, "those are none"),
        (HOST, {"material": "guest"}, "'guest' with a formula; those are host"),
        (HOST, {"cell": "full"}, "no anode half cell of host; those are na"),
        ({"formula": "Na2O"}, {"cell": "na"}, "no cation of Na2O can be reduced"),
    ],
)
def test_a_case_that_cannot_be_had_is_refused_in_a_line(host: Fields, chosen: Fields, message: str) -> None:
    with pytest.raises(InputError, match=message):
        case_of_ledger(ledger_of(CHARGE, host=host), **chosen)


def test_observables_make_a_case_or_are_refused_by_name() -> None:
    strain = seen("strain", 0.02, origin="simulated", technique="virtual XRD")
    made = case_of_observables([strain, seen("microstrain", 0.01)], formula="NiO", ion="Li", name="own")
    assert (made.name, made.origins) == ("own", ("measured", "simulated"))
    assert [why for _, why in made.aside] == ["the map says nothing of it"]
    both = with_observables(made, [seen("phase_fraction", 0.4, subject={"phase": "host"})], name="more")
    assert [t.expected for t in both.terms] == ["strain", "phase_fraction"]


PRISTINE = seen("lattice_parameter", 4.2, state="pristine", subject={"phase": "rock salt"})


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ([], "holds nothing that a mechanism says anything of"),
        (
            [seen("microstrain", 0.01)],
            "holds nothing that a mechanism says anything of: the map says nothing of it",
        ),
        (
            [PRISTINE],
            "holds numbers of the pristine state only: those of the discharged and charged states are "
            "compared with them, and alone they say nothing of a mechanism",
        ),
        # A number of another state is not refused for the pristine ones beside it.
        (
            [PRISTINE, seen("microstrain", 0.01)],
            "holds nothing that a mechanism says anything of: the map says nothing of it",
        ),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_reason(given_: list[Observable], said: str) -> None:
    with pytest.raises(InputError) as bare:
        case_of_observables(given_, formula="NiO", ion="Li", name="own")
    assert str(bare.value) == f"own: {said}"
    case = case_of_observables([seen("strain", 0.02)], formula="NiO", ion="Li")
    with pytest.raises(InputError) as added:
        with_observables(case, given_, name="own")
    assert str(added.value) == f"own: {said}"
